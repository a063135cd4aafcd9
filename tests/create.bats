#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# create makes a pin and its TAP, or takes a TAP that is there; what can't be
# made leaves nothing behind.

load helpers

# No pin, and no interface but those there were.
assert_nothing_made() {
	run tappin show
	assert_output ""
	assert_equal "$(ls /sys/class/net)" "$INTERFACES"
}

devices() {
	INTERFACES=$(ls /sys/class/net)
}

@test "create: makes a TAP named like the pin, with its link down" {
	run tappin create "$PIN"
	assert_success
	assert_output ""
	assert_field "$PIN" state free
	assert_field "$PIN" ifname "$PIN"
	assert_field "$PIN" queues 1
	assert_field "$PIN" ifindex "$(netdev "$PIN" ifindex)"
	assert_equal "$(netdev "$PIN" operstate)" down
}

@test "create: one queue is a TAP for one queue, with virtio-net headers and an owner" {
	tappin create "$PIN"
	run ip -d link show "$PIN"
	assert_output --partial "tun type tap pi off vnet_hdr on persist off user root"
	refute_output --partial multi_queue
}

@test "create: the TAP goes with its pin" {
	tappin create "$PIN"
	tappin delete "$PIN"
	[ ! -e "/sys/class/net/$PIN" ]
}

@test "create: four queues are a multi-queue TAP with all four attached" {
	tappin create "$PIN" queues 4
	assert_field "$PIN" queues 4
	run ip -d link show "$PIN"
	assert_output --partial "multi_queue numqueues 4 numdisabled 0"
}

@test "create: 256 queues" {
	tappin create "$PIN" queues 256 vhost off
	assert_field "$PIN" queues 256
	run ip -d link show "$PIN"
	assert_output --partial "numqueues 256"
}

@test "create: 0 and 257 queues are refused with the limits" {
	devices
	misused 'takes a number from 1 to 256, not "0"' tappin create "$PIN" queues 0
	misused 'takes a number from 1 to 256, not "257"' tappin create "$PIN" queues 257
	misused 'takes a number from 1 to 256, not "-1"' tappin create "$PIN" queues -1
	misused 'takes a number from 1 to 256, not "4x"' tappin create "$PIN" queues 4x
	assert_nothing_made
}

@test "create: with vhost by default, where there is vhost-net" {
	requires vhost
	tappin create "$PIN"
	assert_field "$PIN" vhost true
}

@test "create: vhost off, and vhost on" {
	requires vhost
	tappin create "$PIN" vhost off
	assert_field "$PIN" vhost false
	tappin create "${PIN}b" vhost on
	assert_field "${PIN}b" vhost true
}

@test "create: vhost on without vhost-net fails and makes nothing" {
	devices
	run unshare -m sh -c 'mount --bind /dev/null /dev/vhost-net && exec "$@"' sh \
		tappin create "$PIN" vhost on
	assert_failure 2
	assert_nothing_made
}

@test "create: owner and group by name and by number" {
	tappin create "$PIN" owner nobody group nogroup
	assert_field "$PIN" uid "$(id -u nobody)"
	assert_field "$PIN" gid "$(getent group nogroup | cut -d: -f3)"
	tappin create "${PIN}b" owner 12345 group 23456
	assert_field "${PIN}b" uid 12345
	assert_field "${PIN}b" gid 23456
}

@test "create: an unknown owner is a usage error" {
	misused "takes a user's name or number" tappin create "$PIN" owner nosuchuser
	misused "takes a group's name or number" tappin create "$PIN" group nosuchgroup
	misused "takes a user's name or number" tappin create "$PIN" owner 4294967295
}

@test "create: txqlen is set on the device" {
	tappin create "$PIN" txqlen 4321
	assert_equal "$(netdev "$PIN" tx_queue_len)" 4321
}

@test "create: a pin whose name is no interface's gets a tapN" {
	tappin create "$PIN:a-name-too-long-for-an-interface"
	run field "$PIN:a-name-too-long-for-an-interface" ifname
	assert_output --regexp '^tap[0-9]+$'
}

@test "create: a short name that only the kernel refuses for an interface gets a tapN" {
	# The last byte of its UTF-8, 0xa0, is a blank to the kernel's device names.
	tappin create "${PIN}à"
	run field "${PIN}à" ifname
	assert_output --regexp '^tap[0-9]+$'
}

@test "create: dev names the TAP to make" {
	tappin create "$PIN" dev "${PIN}x"
	assert_field "$PIN" ifname "${PIN}x"
	[ ! -e "/sys/class/net/$PIN" ]
}

@test "create: names of 63 bytes and in UTF-8 are good" {
	local long=$PIN

	while [ ${#long} -lt 63 ]; do long+=x; done
	tappin create "$long"
	assert_field "$long" name "$long"
	tappin create "${PIN}-zürich-東京"
	assert_field "${PIN}-zürich-東京" state free
}

@test "create: bad names are refused: empty, too long, with / or blanks or controls, . or - first" {
	local name long=$PIN

	devices
	while [ ${#long} -lt 64 ]; do long+=x; done
	for name in "" "$long" "$PIN/x" "$PIN x" " $PIN" ".$PIN" "$PIN"$'\t' "$PIN"$'\e[1m' "$PIN"$'\x7f'; do
		misused "can't be a pin's name" tappin create "$name"
	done
	misused "own flags go before the command" tappin create "-$PIN"
	assert_nothing_made
}

@test "create: names that are not UTF-8 are refused by the kernel, and the TAP is undone" {
	local name

	devices
	for name in "$PIN"$'\xff' "$PIN"$'\xc3' "$PIN"$'\xc2\x85' "$PIN"$'\xed\xa0\x80'; do
		refused "a name is printable text in UTF-8" tappin create "$name" dev "${PIN}x"
	done
	assert_nothing_made
}

@test "create: words of the command line can't be names" {
	misused "is a word of the command line" tappin create all-netns
	misused "is a word of the command line" tappin create id
}

@test "create: a name that is taken is refused and its pin stays as it is" {
	tappin create "$PIN" queues 2
	local id
	id=$(field "$PIN" id)
	devices
	refused "there is a pin \"$PIN\" already" tappin create "$PIN" dev "${PIN}b"
	assert_equal "$(ls /sys/class/net)" "$INTERFACES"
	assert_field "$PIN" id "$id"
	assert_field "$PIN" queues 2
}

@test "create: an interface of the name that was not asked for is not adopted" {
	ip tuntap add "$PIN" mode tap
	refused "adopt it by \"dev $PIN\"" tappin create "$PIN"
}

@test "create: adopts a persistent TAP, which stays after the pin" {
	ip tuntap add "$PIN" mode tap user nobody
	local index
	index=$(netdev "$PIN" ifindex)
	tappin create "$PIN" dev "$PIN"
	assert_field "$PIN" ifindex "$index"
	tappin delete "$PIN"
	assert_equal "$(netdev "$PIN" ifindex)" "$index"
	run ip -d link show "$PIN"
	assert_output --partial "persist on user nobody"
}

@test "create: adopts a persistent multi-queue TAP, and gives it an owner if it has none" {
	ip tuntap add "$PIN" mode tap multi_queue
	tappin create "$PIN" dev "$PIN" queues 3
	run ip -d link show "$PIN"
	assert_output --partial "numqueues 3 numdisabled 0"
	assert_output --partial "user root"
}

@test "create: more queues than the device can have are refused, and it stays as it was" {
	ip tuntap add "$PIN" mode tap
	refused "was made for one queue" tappin create "$PIN" dev "$PIN" queues 2
	run ip -d link show "$PIN"
	refute_output --partial "user"
	run tappin show
	assert_output ""
}

@test "create: a TAP that somebody has open is refused" {
	tappin create "$PIN"
	refused "is held by the pin \"$PIN\" already" tappin create "${PIN}b" dev "$PIN"
	ip tuntap add "${PIN}c" mode tap multi_queue
	ip link set "${PIN}c" up
	background python3 -c '
import fcntl, signal, struct, sys
f = open("/dev/net/tun", "r+b", buffering=0)
fcntl.ioctl(f, 0x400454ca, struct.pack("16sH22x", sys.argv[1].encode(), 0x1102))
signal.pause()' "${PIN}c"
	retry 30 grep -q 1 "/sys/class/net/${PIN}c/carrier"
	refused "is in use" tappin create "${PIN}b" dev "${PIN}c"
}

@test "create: adopt takes an interface that is there, and makes none" {
	devices
	refused "there is no interface \"$PIN\" to adopt: make it first" tappin create "$PIN" adopt "$PIN"
	misused "not both" tappin create "$PIN" adopt "$PIN" dev "$PIN"
	misused "\"adopt\" takes an interface's name" tappin create "$PIN" adopt a/b
	assert_nothing_made
	ip tuntap add "$PIN" mode tap
	tappin create "$PIN" adopt "$PIN"
	assert_field "$PIN" ifname "$PIN"
}

@test "create: a device that is no TAP is refused" {
	ip link add "$PIN" type dummy
	refused "is neither a TAP nor a macvtap" tappin create "$PIN" dev "$PIN"
	ip tuntap add "${PIN}b" mode tun
	refused "is a TUN device" tappin create "$PIN" dev "${PIN}b"
	misused "can't be" tappin create "$PIN" dev "a/b"
	misused "can't be" tappin create "$PIN" dev "name-of-16-bytes"
}

@test "create: adopts a macvtap with one queue and with four, and it stays after the pin" {
	requires macvtap
	ip link add "$PIN" type dummy
	ip link set "$PIN" up
	ip link add link "$PIN" "${PIN}m" type macvtap mode bridge
	local queues
	for queues in 1 4; do
		tappin create "$PIN" dev "${PIN}m" queues "$queues"
		assert_field "$PIN" queues "$queues"
		assert_field "$PIN" ifname "${PIN}m"
		tappin delete "$PIN"
		[ -e "/sys/class/net/${PIN}m" ]
	done
}

@test "create: a macvtap that a process has open is refused with its pid" {
	requires macvtap
	ip link add "$PIN" type dummy
	ip link add link "$PIN" "${PIN}m" type macvtap mode bridge
	background sh -c 'exec sleep 1000 7<>"$1"' sh "/dev/tap$(netdev "${PIN}m" ifindex)"
	retry 20 test -e "/proc/$JOB/fd/7"
	refused "is in use by pid $JOB" tappin create "$PIN" dev "${PIN}m"
}

@test "create: a full fd table fails with a sentence and makes nothing" {
	devices
	run bash -c 'ulimit -n 40; tappin create "$0" queues 64' "$PIN"
	assert_failure 2
	assert_output --partial "Too many open files"
	assert_nothing_made
}

@test "create: -j prints the pin that was made" {
	run tappin -j create "$PIN" queues 2
	assert_success
	assert_output --regexp "^\{\"name\":\"$PIN\",\"id\":[0-9]+,\"state\":\"free\""
	assert_equal "${#lines[@]}" 1
}
