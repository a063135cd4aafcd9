#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# wait: until a pin is in a state, by events and not by asking again.

load helpers

@test "wait: returns at once when it is so already" {
	tappin create "$PIN" vhost off
	run tappin wait "$PIN" state free timeout 0
	assert_success
	assert_output ""
	run tappin wait "${PIN}x" state absent timeout 0
	assert_success
}

@test "wait: exits with 3 when the time runs out and says what the state is" {
	tappin create "$PIN" vhost off
	run tappin wait "$PIN" state owned timeout 0.3
	assert_failure 3
	assert_output "Error: \"$PIN\" was not owned within 0.3 seconds: it is free."
	run tappin wait "${PIN}x" state free timeout 0
	assert_failure 3
	assert_output --partial "it is absent"
}

@test "wait: returns when the state comes" {
	tappin create "$PIN" vhost off
	background tappin wait "$PIN" state owned timeout 60
	local waiter=$JOB
	hold "$PIN"
	wait "$waiter"
}

@test "wait: sees a state that was there for a moment only" {
	tappin create "$PIN" vhost off
	background tappin wait "$PIN" state owned timeout 60
	local waiter=$JOB
	# It listens before it looks; give it no second chance once it does.
	retry 20 listens "$waiter"
	tappin exec "$PIN" -- true
	wait "$waiter"
}

# Its netlink sockets are open, and it sleeps in poll().
listens() {
	[ "$(find "/proc/$1/fd" -lname 'socket:*' 2>/dev/null | wc -l)" -ge 2 ] &&
		grep -q poll "/proc/$1/wchan" "/proc/$1/stack" 2>/dev/null
}

@test "wait: for a pin that is not there yet, and for one that goes" {
	background tappin wait "$PIN" state free timeout 60
	local waiter=$JOB
	tappin create "$PIN" vhost off
	wait "$waiter"
	background tappin wait "$PIN" state absent timeout 60
	waiter=$JOB
	tappin delete "$PIN"
	wait "$waiter"
}

@test "wait: by number, in another namespace" {
	ip netns add "${PIN}a"
	ip netns exec "${PIN}a" tappin create "$PIN" vhost off
	local id
	id=$(tappin -j show all-netns | jq '.[0].id')
	background tappin wait id "$id" state dead timeout 60
	ip netns exec "${PIN}a" ip link del "$PIN"
	wait "$JOB"
	refused "no such pin" tappin wait id 18446744073709551615 state free
}

@test "wait: usage" {
	misused '"state" and the state to wait for are missing' tappin wait "$PIN"
	misused 'or "absent", not "gone"' tappin wait "$PIN" state gone
	misused "takes a number of seconds" tappin wait "$PIN" state free timeout soon
	misused "takes a number of seconds" tappin wait "$PIN" state free timeout -1
}

@test "wait: the time runs out, too, while other pins' events never end" {
	requires program:meanwhile.so
	tappin create "$PIN" vhost off
	run env MEANWHILE=events LD_PRELOAD="$TESTS/meanwhile.so" PIN="$PIN" \
		timeout 30 tappin wait "${PIN}x" state free timeout 0.5
	assert_failure 3
	assert_output --partial "was not free within 0.5 seconds"
}
