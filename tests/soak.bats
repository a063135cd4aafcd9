#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# soak: a thousand pins that are claimed, handed over, taken back, left, killed, evicted,
# deleted and made again, a minute by default; and nothing stays behind in the kernel
# (soak.bash). update-soak.bats has live updates besides.

load helpers
load soak

teardown() {
	soak_teardown
	tests_teardown
}

@test "soak: nothing grows with the rounds" {
	soak_make
	soak_run :
}
