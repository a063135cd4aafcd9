#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An admin ends an owner (promise P6): one that runs, one that is stopped, one
# whose vhost worker hangs; politely or by kill.

load helpers

# Before 6.4 vhost's workers are kernel threads, which a stopped owner can't stop.
workers_stop_with_owner() {
	[ "$(printf '6.4\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 6.4 ]
}

@test "evict: ends a running owner's lease and frees the pin; the process lives on" {
	start_agents a
	tappin create "$PIN" vhost off
	owner a
	run tappin evict "$PIN"
	assert_success
	assert_output ""
	assert_field "$PIN" state free
	assert_field "$PIN" evictions 1
	assert_field "$PIN" losses 0
	polled a "in hup"
	denied a ESTALE claim
}

@test "evict: the evicted owner's vhost workers move no more packets, the next one's do" {
	requires vhost
	start_agents a b
	tappin create "$PIN" queues 2
	link_up "$PIN"
	owner a
	gets_packets a 10
	tappin evict "$PIN"
	packets_move a b
}

@test "evict: an evicted owner that keeps the TAP is a stray" {
	start_agents a
	tappin create "$PIN" vhost off
	owner a
	tappin evict "$PIN"
	assert_field "$PIN" strays 1
	tell a closetap
	retry 10 is_field "$PIN" strays 0
}

@test "evict: nobody owns the pin" {
	tappin create "$PIN"
	refused "nobody owns the pin" tappin evict "$PIN"
	refused "no such pin" tappin evict "${PIN}x"
}

@test "evict: kill ends the process, and the pin is free of it" {
	tappin create "$PIN" queues 2
	hold "$PIN"
	run tappin evict "$PIN" kill
	assert_success
	retry 10 ended "$JOB"
	tappin wait "$PIN" state free timeout 10
	retry 10 is_field "$PIN" strays 0
	assert_field "$PIN" evictions 1
}

@test "evict: kill ends a stopped owner without vhost" {
	start_agents a b
	tappin create "$PIN" vhost off
	owner a
	kill -STOP "${AGENT_PID[a]}"
	tappin evict "$PIN" kill
	retry 10 ended "${AGENT_PID[a]}"
	retry 10 is_field "$PIN" strays 0
	owner b
}

@test "evict: kill ends a stopped owner with vhost, and the next owner takes over" {
	requires vhost
	start_agents a b
	running a 4
	kill -STOP "${AGENT_PID[a]}"
	tappin evict "$PIN" kill
	retry 10 ended "${AGENT_PID[a]}"
	tappin wait "$PIN" state free timeout 10
	retry 10 is_field "$PIN" strays 0
	owner b
	tell b ring
}

@test "evict: a stopped owner without vhost has nothing to fence" {
	start_agents a
	tappin create "$PIN" vhost off
	owner a
	kill -STOP "${AGENT_PID[a]}"
	run tappin evict "$PIN"
	assert_success
	assert_field "$PIN" state free
}

@test "evict: of a stopped owner with vhost it is done, or goes on and says so" {
	requires vhost
	start_agents a b
	running a
	kill -STOP "${AGENT_PID[a]}"
	if workers_stop_with_owner; then
		refused "\"tappin evict $PIN kill\" ends it" tappin evict "$PIN"
		assert_field "$PIN" state fencing
		assert_field "$PIN" fencing 2
		tell b standby "$PIN"
		denied b EBUSY claim
	else
		tappin evict "$PIN"
	fi
	kill -CONT "${AGENT_PID[a]}"
	tappin wait "$PIN" state free timeout 10
	polled a "in hup"
}

@test "evict: an owner whose vhost worker hangs on a page fault: nobody waits, kill ends it" {
	requires vhost
	start_agents a b
	stuck a
	refused "the eviction goes on" tappin evict "$PIN"
	assert_field "$PIN" state fencing
	tell b standby "$PIN"
	local start=$EPOCHREALTIME
	denied b EBUSY claim
	run tappin show "$PIN"
	assert_success
	# Two commands: 50 ms at most for the first, and a busy emulated machine's time.
	(((${EPOCHREALTIME/./} - ${start/./}) / 1000 < 10000))
	run tappin evict "$PIN" kill
	tappin wait "$PIN" state free timeout 20
	retry 10 is_field "$PIN" strays 0
	tell b claim
}

@test "evict: a hanging owner's page comes after all: the eviction ends without kill" {
	requires vhost
	start_agents a
	stuck a
	refused "the eviction goes on" tappin evict "$PIN"
	tell a unstick
	tappin wait "$PIN" state free timeout 20
	kill -0 "${AGENT_PID[a]}"
}

@test "evict: kill ends all who hold copies of the lease" {
	start_agents a
	tappin create "$PIN"
	owner a
	tell a fork
	local child=$ANSWER
	JOBS+=("$child")
	tappin evict "$PIN" kill
	retry 10 ended "${AGENT_PID[a]}"
	retry 10 ended "$child"
	tappin wait "$PIN" state free timeout 10
}

@test "evict: kill of a free pin ends the strays" {
	start_agents a
	tappin create "$PIN" vhost off
	owner a
	tell a closelease
	tappin wait "$PIN" state free timeout 10
	assert_field "$PIN" strays 1
	tappin evict "$PIN" kill
	retry 10 ended "${AGENT_PID[a]}"
	retry 10 is_field "$PIN" strays 0
}

# It is the module that kills, to which all pid namespaces are below its own.
@test "evict: kill from within a pid namespace spares its init" {
	local answer=$BATS_TEST_TMPDIR/answer
	tappin create "$PIN" vhost off
	background unshare --pid --fork --kill-child --mount-proc -- \
		tappin exec "$PIN" -- bash -c 'tappin evict "$1" kill; echo "$?" >"$2"; exec sleep 1000' \
		init "$PIN" "$answer"
	retry 20 test -s "$answer"
	assert_equal "$(cat "$answer")" 0
	retry 10 is_field "$PIN" state free
}

@test "evict: kill spares who stands by" {
	start_agents a b
	tappin create "$PIN"
	owner a
	tell b standby "$PIN"
	tappin evict "$PIN" kill
	retry 10 ended "${AGENT_PID[a]}"
	tappin wait "$PIN" state free timeout 10
	tell b claim
}

@test "evict: kill of a claimant that has not confirmed spares the offerer" {
	start_agents a b
	tappin create "$PIN"
	taken a b
	tappin evict "$PIN" kill
	retry 10 ended "${AGENT_PID[b]}"
	tappin wait "$PIN" state returned timeout 10
	kill -0 "${AGENT_PID[a]}"
	tell a withdraw
	assert_field "$PIN" state owned
}

# The source hangs as the pin is taken from it. What is ended is the source.
@test "evict: kill of an owner that hangs in a hand-over leaves it to the claimant" {
	requires vhost
	start_agents a b
	stuck a
	tell a offer
	local cookie=$ANSWER
	tell b standby "$PIN"
	denied b EINPROGRESS claim "$cookie"
	assert_field "$PIN" state fencing
	run tappin evict "$PIN" kill
	assert_success
	tappin wait "$PIN" state taken timeout 20
	tell b confirm
	assert_field "$PIN" state owned
	tell b pid
	assert_field "$PIN" pid "$ANSWER"
	assert_field "$PIN" evictions 0
}

@test "evict: an offer that its offerer left is ended, and its cookie" {
	start_agents a b
	tappin create "$PIN"
	offered a
	kill_agent a
	retry 20 is_field "$PIN" pid ""
	tappin evict "$PIN"
	assert_field "$PIN" state free
	tell b standby "$PIN"
	denied b EKEYREJECTED claim "$COOKIE"
	tell b claim
}

@test "evict: the next owner is not hit by an eviction of the last" {
	start_agents a b
	tappin create "$PIN" vhost off
	owner a
	tappin evict "$PIN"
	tell a close
	owner b
	tell b poll 0
	assert_equal "$ANSWER" ""
	assert_field "$PIN" evictions 1
}
