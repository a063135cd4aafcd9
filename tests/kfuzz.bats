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

# What it says while it goes on shows that it lives.
@test "kfuzz: broken messages, by anyone: no flaw, a silent log, nothing left" {
	requires program:kfuzz vhost userns
	"$TESTS/kfuzz" --inputs "$INPUTS" --seed "${TAPPIN_SEED:-1}" |
		tee "$BATS_TEST_TMPDIR/said" | sed -un -E '/^# [0-9]+ inputs/p' >&3
	run cat "$BATS_TEST_TMPDIR/said"
	assert_line --regexp '^ok 1'
	refute_line --regexp '^not ok'
	assert_line --regexp '^1\.\.[1-9]'
	rmmod tappin
}
