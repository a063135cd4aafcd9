#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Promise P1: while a pin exists its TAP stays as it is, whoever lives or dies:
# carrier, operstate, ifindex, bridge, addresses.

load helpers

# What must not change: all of the device but its counters of packets.
state_of_device() {
	local file

	for file in ifindex carrier carrier_changes carrier_up_count carrier_down_count operstate address mtu tx_queue_len flags; do
		echo "$file $(netdev "$PIN" "$file")"
	done
	readlink "/sys/class/net/$PIN/master"
	cat "/sys/class/net/$PIN/brport/state"
	ip -o addr show dev "$PIN" scope global
	ip neigh show dev "$PIN" nud permanent
	tc qdisc show dev "$PIN"
}

in_bridge() {
	tappin create "$PIN" "$@"
	ip link add "${PIN}br" type bridge forward_delay 0
	ip link set "${PIN}br" up
	ip link set "$PIN" master "${PIN}br" up
	ip addr add 192.0.2.7/24 dev "$PIN"
	ip neigh add 192.0.2.8 lladdr 02:00:00:00:00:08 nud permanent dev "$PIN"
	forwards() {
		[ "$(cat "/sys/class/net/$PIN/brport/state")" = 3 ]
	}
	retry 20 forwards
	BEFORE=$(state_of_device)
}

assert_unchanged() {
	assert_equal "$(state_of_device)" "$BEFORE"
}

@test "carrier: a free pin's TAP has its carrier and forwards" {
	in_bridge
	assert_equal "$(netdev "$PIN" carrier)" 1
	# A TAP that never was without a carrier is not known to be up.
	assert_regex "$(netdev "$PIN" operstate)" '^(up|unknown)$'
}

@test "carrier: nothing changes over claim, kill -9 and the next claim" {
	in_bridge queues 2
	hold "$PIN"
	assert_unchanged
	end "$JOB"
	tappin wait "$PIN" state free timeout 10
	assert_unchanged
	hold "$PIN"
	assert_unchanged
}

@test "carrier: without a pin the same death takes the carrier" {
	ip tuntap add "$PIN" mode tap
	ip link set "$PIN" up
	background python3 -c '
import fcntl, signal, struct, sys
f = open("/dev/net/tun", "r+b", buffering=0)
fcntl.ioctl(f, 0x400454ca, struct.pack("16sH22x", sys.argv[1].encode(), 0x1002))
signal.pause()' "$PIN"
	has_carrier() {
		[ "$(netdev "$PIN" carrier)" = "$1" ]
	}
	retry 20 has_carrier 1
	end "$JOB"
	retry 10 has_carrier 0
}

@test "carrier: nothing changes when an owner whose vhost runs is killed" {
	requires vhost
	start_agents a b
	in_bridge queues 4
	owner a
	tell a ring
	kill_agent a
	tappin wait "$PIN" state free timeout 10
	assert_unchanged
	owner b
	tell b ring
	assert_unchanged
}

@test "carrier: nothing changes over a hand-over, nor over one that fails" {
	start_agents a b
	in_bridge queues 2
	taken a b
	assert_unchanged
	tell b close
	tappin wait "$PIN" state returned timeout 10
	tell a withdraw
	assert_unchanged
	tell a offer
	COOKIE=$ANSWER
	tell b standby "$PIN"
	tell b claim "$COOKIE"
	tell b confirm
	assert_unchanged
	tell a close
	assert_unchanged
}

@test "carrier: nothing changes over eviction, with and without kill" {
	start_agents a
	in_bridge
	owner a
	tappin evict "$PIN"
	assert_unchanged
	tell a close
	owner a
	tappin evict "$PIN" kill
	retry 10 ended "${AGENT_PID[a]}"
	assert_unchanged
}

@test "carrier: an owner that detached its queues and died leaves them attached for the next" {
	in_bridge queues 4
	hold "$PIN" queues 1
	end "$JOB"
	tappin wait "$PIN" state free timeout 10
	assert_equal "$(netdev "$PIN" carrier)" 1
	hold "$PIN"
	run ip -d link show "$PIN"
	assert_output --partial "numqueues 4 numdisabled 0"
	assert_unchanged
}

@test "carrier: after ip netns del the TAP lives on in the namespace that has no name" {
	ip netns add "${PIN}a"
	ip netns exec "${PIN}a" tappin create "$PIN"
	ip netns exec "${PIN}a" ip link set "$PIN" up
	local id
	id=$(tappin -j show all-netns | jq '.[0].id')
	background ip netns exec "${PIN}a" tappin exec "$PIN" -- sleep 1000
	tappin wait id "$id" state owned timeout 20
	ip netns del "${PIN}a"
	run nsenter -t "$JOB" -n ip -o link show "$PIN"
	assert_output --partial LOWER_UP
}
