#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A free pin has one owner at a time (promise P2), and who asks in vain is told
# who that is and disturbs nobody. Hand-overs are in handover.bats.

load helpers

@test "claim: the owner gets the TAP's queues and the pin is owned" {
	start_agents a
	tappin create "$PIN" queues 4 vhost off
	tell a standby "$PIN"
	assert_equal "$ANSWER" "queues 4 note 0"
	assert_field "$PIN" state free
	tell a claim
	assert_field "$PIN" state owned
	assert_field "$PIN" pid "${AGENT_PID[a]}"
	assert_field "$PIN" comm agent
	tell a fds
	assert_regex "$ANSWER" '^lease [0-9]+ tap [0-9]+ [0-9]+ [0-9]+ [0-9]+ vhost -9 -9 -9 -9$'
}

@test "claim: with vhost there is a fresh vhost-net file for each queue, owned by nobody" {
	requires vhost
	start_agents a
	tappin create "$PIN" queues 2
	tell a standby "$PIN"
	tell a fds
	assert_regex "$ANSWER" ' vhost [0-9]+ [0-9]+$'
	# The first VHOST_SET_OWNER succeeds: nobody had made one.
	tell a own
	tell a claim
	tell a ring
}

@test "claim: the generation counts owners" {
	start_agents a
	tappin create "$PIN"
	assert_field "$PIN" generation 0
	owner a
	assert_field "$PIN" generation 1
	tell a close
	tappin wait "$PIN" state free timeout 10
	owner a
	assert_field "$PIN" generation 2
	assert_field "$PIN" losses 1
}

@test "claim: a second claim is refused with EBUSY and names the holder; the owner keeps the pin" {
	start_agents a b
	tappin create "$PIN"
	owner a
	tell b standby "$PIN"
	denied b EBUSY claim
	assert_regex "$ANSWER" "agent.*${AGENT_PID[a]}|${AGENT_PID[a]}.*agent"
	assert_field "$PIN" state owned
	assert_field "$PIN" pid "${AGENT_PID[a]}"
	tell a claim
}

@test "claim: force does not take a pin from its owner" {
	start_agents a b
	tappin create "$PIN"
	owner a
	tell b standby "$PIN"
	denied b EBUSY claim force
	assert_field "$PIN" pid "${AGENT_PID[a]}"
}

@test "claim: repeated by the owner it gives the fds again" {
	start_agents a
	tappin create "$PIN" queues 2
	owner a
	tell a claim
	tell a claim
	assert_field "$PIN" generation 1
}

@test "claim: several stand by, the first good claim wins" {
	start_agents a b c
	tappin create "$PIN"
	tell a standby "$PIN"
	tell b standby "$PIN"
	tell c standby "$PIN"
	assert_field "$PIN" standbys 3
	tell b claim
	assert_field "$PIN" standbys 2
	denied a EBUSY claim
	denied c EBUSY claim
	assert_field "$PIN" pid "${AGENT_PID[b]}"
}

@test "claim: who stands by and dies leaves the owner alone" {
	requires vhost
	start_agents a b
	tappin create "$PIN" queues 2
	link_up "$PIN"
	owner a
	tell a ring
	tell b standby "$PIN"
	tell b own
	packets 10
	kill_agent b
	retry 10 is_field "$PIN" standbys 0
	packets 10
	retry 10 used_at_least a 20
	assert_field "$PIN" state owned
	tell a poll 0
	assert_equal "$ANSWER" ""
}

@test "claim: standing by gives no access to the TAP" {
	start_agents a
	tappin create "$PIN"
	tell a standby "$PIN"
	tell a fds
	assert_regex "$ANSWER" ' tap -9 '
	denied a EPERM offer
	denied a EPERM confirm
	denied a EPERM withdraw
	denied a EPERM note hello
}

@test "claim: a free pin that was deleted answers ESTALE to who stood by, and hangs up" {
	start_agents a
	tappin create "$PIN"
	tell a standby "$PIN"
	tappin delete "$PIN"
	polled a "in hup"
	denied a ESTALE claim
}

@test "claim: delete is refused while the pin is owned, and force evicts the owner" {
	start_agents a
	tappin create "$PIN"
	owner a
	refused "force evicts its owner first" tappin delete "$PIN"
	assert_field "$PIN" state owned
	tappin delete "$PIN" force
	polled a "in hup"
	denied a ESTALE claim
	refused "no such pin" tappin show "$PIN"
}

@test "claim: the owner's lease becomes readable when something happens that it did not ask for" {
	start_agents a b
	tappin create "$PIN"
	owner a
	tell a poll 0
	assert_equal "$ANSWER" ""
	tappin evict "$PIN"
	polled a "in hup"
}

@test "claim: the owner leaves a note for the next" {
	start_agents a b
	tappin create "$PIN"
	owner a
	tell a note "vnet_hdr_sz=12"
	tell b standby "$PIN"
	assert_equal "$ANSWER" "queues 1 note 14"
	run tappin show "$PIN"
	assert_output --partial "note: vnet_hdr_sz=12"
}

@test "claim: a full fd table is refused and the pin stays free" {
	requires agent prlimit
	start_agent a
	tappin create "$PIN" queues 16 vhost off
	tell a standby "$PIN"
	prlimit --pid "${AGENT_PID[a]}" --nofile=20
	denied a EMFILE claim
	assert_regex "$ANSWER" RLIMIT_NOFILE
	assert_field "$PIN" state free
	prlimit --pid "${AGENT_PID[a]}" --nofile=1024
	tell a claim
}
