#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Network namespaces: a pin belongs to the one it was made in, and outlives its
# name; the initial one reaches all pins by their numbers.

load helpers

in_a() {
	ip netns exec "${PIN}a" "$@"
}

@test "netns: a pin is seen in its namespace only, and by all-netns from the initial one" {
	ip netns add "${PIN}a"
	in_a tappin create "$PIN"
	run tappin show
	assert_output ""
	refused "no such pin" tappin show "$PIN"
	run in_a tappin show
	assert_output --partial "$PIN: state free"
	run tappin show all-netns
	assert_output --partial "$PIN: state free"
	assert_output --partial "in network namespace $(in_a stat -L -c %i /proc/self/ns/net)"
}

@test "netns: two namespaces may have pins of one name" {
	ip netns add "${PIN}a"
	in_a tappin create "$PIN" queues 2
	tappin create "$PIN"
	assert_field "$PIN" queues 1
	run grep -c "^$PIN:" <(tappin show "$PIN" all-netns)
	assert_output 2
	tappin delete "$PIN"
	run in_a tappin show "$PIN"
	assert_output --partial "queues 2"
}

@test "netns: from the initial namespace a pin is shown, evicted and deleted by its number" {
	ip netns add "${PIN}a"
	in_a tappin create "$PIN"
	local id
	id=$(in_a tappin -j show "$PIN" | jq '.[0].id')
	background ip netns exec "${PIN}a" tappin exec "$PIN" -- sleep 1000
	tappin wait id "$id" state owned timeout 20
	tappin evict id "$id" kill
	tappin wait id "$id" state free timeout 10
	retry 10 ended "$JOB"
	tappin delete id "$id"
	run in_a tappin show
	assert_output ""
}

@test "netns: another namespace reaches no pin but its own" {
	ip netns add "${PIN}a"
	tappin create "$PIN"
	local id
	id=$(field "$PIN" id)
	refused "no such pin" in_a tappin show id "$id"
	refused "no such pin" in_a tappin delete id "$id"
	refused "shown to CAP_NET_ADMIN in the initial one" in_a tappin show all-netns
	assert_field "$PIN" state free
}

@test "netns: ip netns del keeps the pin and its TAP; deleting it lets go of them" {
	local id inode

	ip netns add "${PIN}a"
	inode=$(in_a stat -L -c %i /proc/self/ns/net)
	in_a tappin create "$PIN"
	id=$(in_a tappin -j show "$PIN" | jq '.[0].id')
	ip netns del "${PIN}a"
	run tappin show id "$id"
	assert_output --partial "$PIN: state free dev $PIN"
	assert_output --partial "in network namespace $inode"
	run tappin exec id "$id" -- true
	assert_success
	tappin wait id "$id" state free timeout 10
	tappin delete id "$id"
	refused "no such pin" tappin show id "$id"
}

@test "netns: a TAP that moves to another namespace is not dead, and works on" {
	start_agents a
	ip netns add "${PIN}a"
	tappin create "$PIN"
	local index
	index=$(netdev "$PIN" ifindex)
	ip link set "$PIN" netns "${PIN}a"
	assert_field "$PIN" state free
	assert_field "$PIN" ifname "$PIN"
	owner a
	in_a ip link set "$PIN" netns 1
	assert_field "$PIN" state owned
	tell a poll 0
	assert_equal "$ANSWER" ""
	assert_field "$PIN" ifindex "$index"
}

@test "netns: a TAP deleted in another namespace than its pin's is dead" {
	ip netns add "${PIN}a"
	tappin create "$PIN"
	ip link set "$PIN" netns "${PIN}a"
	in_a ip link del "$PIN"
	assert_field "$PIN" state dead
}

@test "netns: an owner in another pid namespace is shown as one that can't be seen" {
	tappin create "$PIN"
	hold "$PIN"
	run unshare -pf --mount-proc tappin -j show "$PIN"
	assert_output --partial '"pid":0'
	run unshare -pf --mount-proc tappin show "$PIN"
	assert_output --partial "held by a process that can't be seen from here"
}
