#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Netlink messages that nobody meant, by root, nobody and the root of another user
# namespace: tests/kfuzz. The same ones each time; tests/kfuzz/run takes others.
# TAPPIN_INPUTS is how many (120), TAPPIN_SEED which.

load helpers

INPUTS=${TAPPIN_INPUTS:-120}
BATS_TEST_TIMEOUT=$((900 + INPUTS * 5))

setup() {
	tests_setup
	expedite
}

@test "kfuzz: broken messages, by anyone: no flaw, a silent log, nothing left" {
	requires vhost userns
	long_program '/^# [0-9]+ inputs/p' kfuzz --inputs "$INPUTS" \
		--seed "${TAPPIN_SEED:-1}" --complaints "$COMPLAINTS"
	rmmod tappin
}
