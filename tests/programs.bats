#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a shell cannot do: tests/c, one program each. They print TAP, which is
# shown if they fail.

load helpers

# Hand-overs, and a round of each race for every twenty of them; make check-full
# has a thousand. (make check-races has races at length.)
ROUNDS=${TAPPIN_ROUNDS:-100}
BATS_TEST_TIMEOUT=1800

@test "programs: each state and each input: the module's answers are the table's" {
	program walk
}

@test "programs: bad input: each has a clear error and changes nothing" {
	program bad
}

@test "programs: many commands at once: they don't wait one after the other" {
	program flood
}

@test "programs: races: claims, deaths, evictions and deletions at once" {
	expedite
	program race $((ROUNDS / 20)) 4
}

@test "programs: races: the module's unloading against its last and its next user" {
	requires installed
	expedite
	program unload 3
}

@test "programs: hand-overs with 1 queue: no packet lost, none twice" {
	program handover "$ROUNDS" 1
}

@test "programs: hand-overs with 4 queues: no packet lost, none twice" {
	program handover "$ROUNDS" 4
}

@test "programs: fds run out at each step of each command: nothing changes, nothing leaks" {
	program faults fds
}
