#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A running owner passes its pin on: offer, standby, claim with the cookie,
# confirm (promises P3 and P5), and every way back before it. That no packet is
# lost on the way is shown in programs.bats.

load helpers

# Most of it is the same with vhost and without; what differs says so.
pin() {
	start_agents a b c
	tappin create "$PIN" "$@"
}

# Is this pin a's again, as before?
assert_a_owns() {
	assert_field "$PIN" state owned
	assert_field "$PIN" pid "${AGENT_PID[a]}"
	tell a claim
}

# a has offered, b has claimed and ended: the pin waits for a alone.
returned() {
	taken a b
	tell b close
	tappin wait "$PIN" state returned timeout 20
}

@test "handover: offer, standby, claim with the cookie, confirm: each state and who is in it" {
	pin queues 2
	offered a
	assert_field "$PIN" state offered
	assert_field "$PIN" pid "${AGENT_PID[a]}"
	tell b standby "$PIN"
	assert_field "$PIN" standbys 1
	tell b own
	tell b claim "$COOKIE"
	assert_field "$PIN" state taken
	assert_field "$PIN" pid "${AGENT_PID[b]}"
	assert_field "$PIN" offerer_pid "${AGENT_PID[a]}"
	assert_field "$PIN" offerer_comm agent
	tell b confirm
	assert_field "$PIN" state owned
	assert_field "$PIN" pid "${AGENT_PID[b]}"
	assert_field "$PIN" offerer_pid ""
	assert_field "$PIN" handovers 1
	assert_field "$PIN" generation 2
}

@test "handover: once confirmed, the old lease is void and says so by poll" {
	pin
	taken a b
	tell b confirm
	polled a "in hup"
	denied a ESTALE claim
	denied a ESTALE withdraw
	denied a ESTALE offer
	denied a ESTALE confirm
	assert_field "$PIN" state owned
}

@test "handover: the old owner's vhost workers move no packet once the claim is done" {
	requires vhost
	pin queues 2
	link_up "$PIN"
	owner a
	gets_packets a 20
	tell a offer
	COOKIE=$ANSWER
	tell b standby "$PIN"
	tell b own
	tell b claim "$COOKIE"
	tell a used
	local before=$ANSWER
	gets_packets b 20
	tell a used
	assert_equal "$ANSWER" "$before"
}

@test "handover: only the owner sees the cookie, 32 hexadecimal digits" {
	pin
	offered a
	assert_regex "$COOKIE" '^[0-9a-f]{32}$'
	run tappin -j show "$PIN"
	refute_output --partial "$COOKIE"
	refute_output --partial cookie
}

@test "handover: an offer repeated gives the same cookie; a new offer a new one" {
	pin
	offered a
	tell a offer
	assert_equal "$ANSWER" "$COOKIE"
	tell a withdraw
	tell a offer
	[ "$ANSWER" != "$COOKIE" ]
}

@test "handover: a wrong cookie is refused in every state and changes nothing" {
	local wrong=00112233445566778899aabbccddeeff

	pin
	tell b standby "$PIN"
	denied b EKEYREJECTED claim "$wrong"
	assert_field "$PIN" state free
	owner a
	denied b EKEYREJECTED claim "$wrong"
	assert_field "$PIN" state owned
	tell a offer
	COOKIE=$ANSWER
	denied b EKEYREJECTED claim "$wrong"
	denied b EKEYREJECTED claim "$wrong" force
	assert_field "$PIN" state offered
	tell c standby "$PIN"
	tell c claim "$COOKIE"
	denied b EKEYREJECTED claim "$wrong"
	assert_field "$PIN" state taken
	tell c close
	tappin wait "$PIN" state returned timeout 20
	denied b EKEYREJECTED claim "$wrong"
	assert_field "$PIN" state returned
}

@test "handover: a cookie is good once: not while the pin is taken, not after" {
	pin
	taken a b
	tell c standby "$PIN"
	denied c EBUSY claim "$COOKIE"
	tell b confirm
	denied c EKEYREJECTED claim "$COOKIE"
	assert_field "$PIN" pid "${AGENT_PID[b]}"
}

@test "handover: an old cookie is refused after a withdrawal and a new offer" {
	pin
	offered a
	tell a withdraw
	assert_field "$PIN" state owned
	tell b standby "$PIN"
	denied b EKEYREJECTED claim "$COOKIE"
	tell a offer
	denied b EKEYREJECTED claim "$COOKIE"
	assert_field "$PIN" state offered
}

@test "handover: an offered pin is not to be had without the cookie" {
	pin
	offered a
	tell b standby "$PIN"
	denied b EBUSY claim
	denied b EBUSY claim force
	refused "waits for its cookie" tappin exec "$PIN" -- true
	assert_field "$PIN" state offered
}

# The looks of a long fence are 250 ms apart, and the last one comes after its end.
@test "handover: who took the pin back after a long fence is fenced again, later" {
	requires vhost
	start_agents a b c
	stuck a
	tell a offer
	COOKIE=$ANSWER
	tell b standby "$PIN"
	denied b EINPROGRESS claim "$COOKIE"
	run -3 tappin wait "$PIN" state taken timeout 1
	tell b close
	tell a unstick
	tell a withdraw
	tell a own
	gets_packets a 20
	run -3 tappin wait "$PIN" state free timeout 1
	tappin evict "$PIN"
	denied a EPERM ring
	packets_move a c
}

@test "handover: a withdrawn offer disturbs nothing: the vhost files are the same" {
	requires vhost
	pin queues 2
	offered a
	tell a fds
	local before=$ANSWER
	tell a withdraw
	assert_equal "$ANSWER" ""
	tell a fds
	assert_equal "$ANSWER" "$before"
	assert_a_owns
}

@test "handover: withdraw without an offer is no error" {
	pin
	owner a
	tell a withdraw
	assert_a_owns
}

@test "handover: a claimant that dies before its claim is never noticed by the owner" {
	pin
	offered a
	tell a poll 0
	tell b standby "$PIN"
	tell b own
	kill_agent b
	retry 10 is_field "$PIN" standbys 0
	assert_field "$PIN" state offered
	tell a poll 0
	assert_equal "$ANSWER" ""
	tell a withdraw
	assert_a_owns
}

@test "handover: a claimant that dies before it confirms: the pin waits for the offerer alone" {
	pin
	taken a b
	kill_agent b
	tappin wait "$PIN" state returned timeout 20
	assert_field "$PIN" pid "${AGENT_PID[a]}"
	tell c standby "$PIN"
	denied c EBUSY claim
	denied c EBUSY claim "$COOKIE"
	denied c EBUSY claim force
	tell a withdraw
	assert_a_owns
	assert_field "$PIN" handovers 0
}

@test "handover: a claimant that gives up before it confirms gives the pin back, and the offerer hears it" {
	pin
	taken a b
	tell a poll 0
	tell b close
	polled a in
	tell a withdraw
	assert_a_owns
}

@test "handover: taken back, the offerer has fresh vhost files that work" {
	requires vhost
	pin queues 2
	returned
	tell a withdraw
	assert_equal "$ANSWER" fresh
	tell a own
	tell a ring
	assert_a_owns
}

@test "handover: taken back without vhost there is nothing fresh" {
	pin vhost off
	returned
	tell a withdraw
	assert_equal "$ANSWER" ""
	assert_a_owns
}

@test "handover: a returned pin can be offered again only after it was taken back" {
	pin
	returned
	denied a EBADFD offer
	denied a EBADFD claim
	denied a EBADFD confirm
	tell a withdraw
	tell a offer
	COOKIE=$ANSWER
	tell b standby "$PIN"
	tell b claim "$COOKIE"
	tell b confirm
	assert_field "$PIN" pid "${AGENT_PID[b]}"
}

@test "handover: while the claimant lives, the offerer can't have the pin" {
	pin
	taken a b
	denied a EBUSY withdraw
	denied a EBADFD claim
	denied a EBADFD offer
	denied a EBADFD confirm
	assert_field "$PIN" state taken
	assert_field "$PIN" pid "${AGENT_PID[b]}"
}

@test "handover: the claimant offers and withdraws only once it has confirmed" {
	pin
	taken a b
	denied b EBADFD offer
	denied b EBADFD withdraw
	tell b confirm
	tell b confirm
	tell b offer
	assert_field "$PIN" state offered
}

@test "handover: the offerer gone after its offer, the pin waits for the cookie" {
	pin
	offered a
	kill_agent a
	retry 20 is_field "$PIN" pid ""
	assert_field "$PIN" state offered
	tell b standby "$PIN"
	denied b EBUSY claim
	tell b claim "$COOKIE"
	tell b confirm
	assert_field "$PIN" state owned
	assert_field "$PIN" handovers 1
}

@test "handover: the offerer gone, the claimant gone: the offer and its cookie stand again" {
	pin
	taken a b
	kill_agent a
	retry 20 is_field "$PIN" offerer_pid ""
	assert_field "$PIN" state taken
	kill_agent b
	tappin wait "$PIN" state offered timeout 20
	tell c standby "$PIN"
	tell c claim "$COOKIE"
	tell c confirm
	assert_field "$PIN" pid "${AGENT_PID[c]}"
}

@test "handover: a returned pin whose offerer goes is offered again with the same cookie" {
	pin
	returned
	kill_agent a
	tappin wait "$PIN" state offered timeout 20
	tell c standby "$PIN"
	tell c claim "$COOKIE"
	assert_field "$PIN" state taken
}

@test "handover: an admin claims an offered pin over by force once its offerer has gone" {
	pin
	offered a
	kill_agent a
	retry 20 is_field "$PIN" pid ""
	tell b standby "$PIN"
	tell b claim force
	assert_field "$PIN" state owned
	assert_field "$PIN" pid "${AGENT_PID[b]}"
	tell c standby "$PIN"
	denied c EKEYREJECTED claim "$COOKIE"
}

@test "handover: exec force takes an offered pin over as well" {
	pin
	offered a
	kill_agent a
	retry 20 is_field "$PIN" pid ""
	refused "waits for its cookie" tappin exec "$PIN" -- true
	run tappin exec "$PIN" force -- true
	assert_success
	tappin wait "$PIN" state free timeout 10
}

@test "handover: evicting the claimant gives the pin back to the offerer" {
	pin
	taken a b
	tappin evict "$PIN"
	assert_field "$PIN" state returned
	polled b "in hup"
	tell a withdraw
	assert_a_owns
}

@test "handover: delete force ends both leases" {
	pin
	taken a b
	tappin delete "$PIN" force
	polled a "in hup"
	polled b "in hup"
	denied b ESTALE confirm
}

@test "handover: an owner confirms nothing and loses nothing by it" {
	pin
	owner a
	tell a confirm
	assert_a_owns
	tell a offer
	denied a EBADFD confirm
	assert_field "$PIN" state offered
}

@test "handover: a lease that owns a pin does not take another's offer" {
	pin
	tappin create "${PIN}b"
	offered a
	owner b "${PIN}b"
	# Its own pin's answer: it is the owner there.
	tell b claim "$COOKIE"
	assert_field "$PIN" state offered
	tell c standby "${PIN}b"
	denied c EKEYREJECTED claim "$COOKIE"
}

@test "handover: from a stopped owner: no command waits, and the claim ends well when it can" {
	requires vhost
	pin queues 4
	owner a
	tell a ring
	tell a offer
	COOKIE=$ANSWER
	tell b standby "$PIN"
	tell b own
	kill -STOP "${AGENT_PID[a]}"
	ask b claim "$COOKIE"
	if [[ $ANSWER != OK* ]]; then
		assert_regex "$ANSWER" '^ERR EINPROGRESS '
		assert_field "$PIN" state fencing
		kill -CONT "${AGENT_PID[a]}"
		polled b in
		tell b claim "$COOKIE"
	fi
	assert_field "$PIN" state taken
	tell b confirm
	assert_field "$PIN" pid "${AGENT_PID[b]}"
}

@test "handover: 16 queues in one step" {
	requires vhost
	pin queues 16
	taken a b
	tell b confirm
	tell b ring
	assert_field "$PIN" handovers 1
}

@test "handover: a macvtap's pin is handed over in the same way" {
	requires macvtap
	start_agents a b
	ip link add "$PIN" type dummy
	ip link set "$PIN" up
	ip link add link "$PIN" "${PIN}m" type macvtap mode bridge
	ip link set "${PIN}m" up
	tappin create "$PIN" dev "${PIN}m" queues 2
	taken a b
	tell b confirm
	tell b ring
	assert_field "$PIN" pid "${AGENT_PID[b]}"
}
