#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A pin whose device is gone is dead, for good; who had it hears of it.

load helpers

@test "gone: ip link del makes the pin dead, without a device" {
	tappin create "$PIN"
	ip link del "$PIN"
	assert_field "$PIN" state dead
	assert_field "$PIN" ifindex ""
	assert_field "$PIN" ifname ""
}

@test "gone: a dead pin stays dead when a device of that name comes" {
	tappin create "$PIN"
	ip link del "$PIN"
	assert_field "$PIN" state dead
	ip tuntap add "$PIN" mode tap
	assert_field "$PIN" state dead
	refused "the device is gone: delete the pin" tappin exec "$PIN" -- true
	assert_field "$PIN" ifname ""
}

@test "gone: a dead pin can't be claimed or evicted, but deleted, and its name used again" {
	tappin create "$PIN"
	ip link del "$PIN"
	refused "the device is gone: delete the pin" tappin exec "$PIN" -- true
	refused "the device is gone: delete the pin" tappin evict "$PIN"
	tappin delete "$PIN"
	tappin create "$PIN"
	assert_field "$PIN" state free
}

@test "gone: the owner's lease hangs up and its commands answer ESTALE" {
	start_agents a
	tappin create "$PIN"
	owner a
	ip link del "$PIN"
	polled a "in hup"
	denied a ESTALE claim
	denied a ESTALE offer
	assert_field "$PIN" state dead
	assert_field "$PIN" pid ""
}

@test "gone: who stands by hears it too" {
	start_agents a
	tappin create "$PIN"
	tell a standby "$PIN"
	ip link del "$PIN"
	polled a "in hup"
	denied a ESTALE claim
}

@test "gone: in the middle of a hand-over" {
	start_agents a b
	tappin create "$PIN" queues 2
	taken a b
	ip link del "$PIN"
	polled a "in hup"
	polled b "in hup"
	denied b ESTALE confirm
	assert_field "$PIN" state dead
}

@test "gone: the queues that a process of a dead pin still holds are shown" {
	start_agents a
	tappin create "$PIN" queues 2 vhost off
	owner a
	ip link del "$PIN"
	assert_field "$PIN" strays 2
	tell a close
	retry 10 is_field "$PIN" strays 0
}

@test "gone: while an owner is fenced" {
	requires vhost
	start_agents a
	stuck a
	refused "the eviction goes on" tappin evict "$PIN"
	# ip waits for the worker that hangs, if that has a queue in its hands.
	background ip link del "$PIN"
	tappin wait "$PIN" state dead timeout 20
	tell a unstick
	wait "$JOB"
	assert_field "$PIN" state dead
}

@test "gone: a macvtap that is deleted" {
	requires macvtap
	start_agents a
	ip link add "$PIN" type dummy
	ip link add link "$PIN" "${PIN}m" type macvtap mode bridge
	tappin create "$PIN" dev "${PIN}m"
	owner a
	ip link del "${PIN}m"
	assert_field "$PIN" state dead
	polled a "in hup"
}

@test "gone: a macvtap goes with its lower device" {
	requires macvtap
	ip link add "$PIN" type dummy
	ip link add link "$PIN" "${PIN}m" type macvtap mode bridge
	tappin create "$PIN" dev "${PIN}m"
	ip link del "$PIN"
	assert_field "$PIN" state dead
}

@test "gone: a macvtap that moves to another namespace is not dead" {
	requires macvtap
	ip netns add "${PIN}a"
	ip link add "$PIN" type dummy
	ip link add link "$PIN" "${PIN}m" type macvtap mode bridge
	tappin create "$PIN" dev "${PIN}m"
	ip link set "${PIN}m" netns "${PIN}a"
	assert_field "$PIN" state free
	assert_field "$PIN" ifname "${PIN}m"
}

@test "gone: link down is not gone" {
	start_agents a
	tappin create "$PIN"
	ip link set "$PIN" up
	owner a
	ip link set "$PIN" down
	assert_field "$PIN" state owned
	tell a poll 0
	assert_equal "$ANSWER" ""
}
