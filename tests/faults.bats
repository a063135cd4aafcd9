#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Allocations that fail, each in turn: tests/c/faults.c. For kernels that were built to
# let them, as the debug kernel is. TAPPIN_FAULTS_FULL=1 has all configurations.

load helpers

BATS_TEST_TIMEOUT=7200
LEAKS=/sys/kernel/debug/kmemleak

setup() {
	requires faults
	tests_setup
	expedite
}

# Of allocations that fail the kernel tells with a trace, and of the memory there is:
# those are wanted here. kmemleak is met by some, too.
kernel_log() {
	dmesg | sed -E -e '/: (vmalloc error|page allocation failure): /,/ pages reserved$/d' \
		-e '/kmemleak: Cannot allocate a scan area/d'
}

@test "faults: each allocation of each command fails once: nothing changes, nothing leaks" {
	long_program 's/^[^#]/# &/; p' faults memory
}

@test "faults: allocations of the threads that fence fail: the fence ends" {
	long_program 's/^[^#]/# &/; p' faults threads
}

# What is younger than a few seconds is not told: a second look comes after the first,
# which takes longer.
@test "faults: kmemleak has nothing to tell, and the module goes" {
	[ -e "$LEAKS" ] || skip "needs kmemleak"
	echo scan >"$LEAKS"
	echo scan >"$LEAKS"
	run cat "$LEAKS"
	assert_output ""
	rmmod tappin
	[ ! -d /sys/module/tappin ]
}
