#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# update-start: a QEMU that knows of pins starts, dies, starts again, loses its
# pin, or can't have it and says so.
#
# shellcheck disable=SC2154 # variables that update.bash sets

load helpers
load update-suite

@test "update-start: what the pin has is the default, and QMP and HMP show it" {
	local c
	configurations 'on 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_pin "$PIN"
		update_netdev="pinned=$PIN,script=no,downscript=no"
		vm_start a -S
		update_netdev=
		done_well ask a query-netdev-pins
		assert_equal "$QMP" "[{\"netdev-id\": \"n0\", \"pin\": \"$PIN\", \"queues\": $QUEUES, \"state\": \"owner\", \"vhost\": true}]"
		done_well ask a human-monitor-command '{"command-line": "info network"}'
		assert_regex "$QMP" "pinned=$PIN,state=owner"
		run ls -l "/proc/$(guest_pid a)/fd"
		assert_output --partial vhost-net
		assert_equal "$(grep -c /dev/net/tun <<<"$output")" "$QUEUES"
		guest_away
	done
}

@test "update-start: kill -9 of a running QEMU, and a new one on the same pin" {
	local c facts
	configurations 'on 1' 'off 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_at_work
		facts=$(guest_facts "$PIN")
		vm_kill "$VM"
		tappin wait "$PIN" state free timeout 5
		guest_boot
		traffic_start
		traffic_flows "under the next QEMU"
		[ "$QUEUES" -eq 1 ] || assert_equal "$(tap_detached "$PIN")" 0
		figure "vhost $VHOST, queues $QUEUES: up $(elapsed "$dead_at" "$guest_ready_at") s after"
		assert_equal "$(guest_facts "$PIN")" "$facts"
		guest_away
	done
}

@test "update-start: kill -9 before the guest's driver is up, when one queue is in use" {
	local c facts
	configurations 'on 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_pin "$PIN"
		facts=$(tap_facts "$PIN")
		vm_start a -S
		[ "$QUEUES" -eq 1 ] || assert_equal "$(tap_detached "$PIN")" 3
		vm_kill a
		tappin wait "$PIN" state free timeout 5
		guest_boot
		traffic_start
		traffic_flows "vhost $VHOST, queues $QUEUES"
		[ "$QUEUES" -eq 1 ] || assert_equal "$(tap_detached "$PIN")" 0
		assert_equal "$(tap_facts "$PIN")" "$facts"
		guest_away
	done
}

# lost REASON: VM knows it, its guest has no link, and both live
lost() {
	done_well wait "$VM" 10 NETDEV_PIN_LOST netdev-id=n0 "pin=$PIN" "reason=$1"
	assert_equal "$(pin_of "$VM")" lost
	vm_is "$VM" running
	guest_says "carrier is 0" "echo carrier 'is' \$(cat /sys/class/net/eth0/carrier)"
}

# vm_let_go: is the pin free again, though the QEMU that had it lives?
vm_let_go() {
	is_field "$PIN" state free
}

@test "update-start: evicted while the guest runs: link down, and an event" {
	local c
	configurations 'on 1' 'off 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_at_work
		tappin evict "$PIN"
		lost evicted
		# The network is another one's, and the evicted one does it no harm.
		retry 10 vm_let_go
		vm_is "$VM" running
		# It has closed its queues: no force is needed.
		tappin exec "$PIN" -- true
		tappin wait "$PIN" state free timeout 5
		vm_is "$VM" running
		guest_away
	done
}

@test "update-start: the TAP is deleted while the guest runs" {
	local c
	configurations 'off 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_at_work
		ip link del "$PIN"
		lost device-gone
		assert_field "$PIN" state dead
		guest_away
	done
}

# fails_with SENTENCE NETDEV [OPTION...]: a QEMU does not start and says why
fails_with() {
	run timeout 60 "${update_as[@]}" env "LD_LIBRARY_PATH=$GUEST_TOP/build/lib" \
		"$UPDATE_QEMU" -M none -nodefaults -display none -netdev "tap,id=n0,$2" "${@:3}"
	assert_failure 1
	assert_output --partial "$1"
}

# pin_fails_with SENTENCE [OPTION]: and names the pin
pin_fails_with() {
	fails_with "$1" "pinned=$PIN${2:+,$2}"
	assert_output --partial "'$PIN'"
}

@test "update-start: a pin that can't be had is named" {
	pin_fails_with "no such pin"
	tappin create "$PIN" queues 4
	pin_fails_with "has 4 queues, not 2" queues=2
	assert_field "$PIN" state free
	hold "$PIN"
	pin_fails_with "held by pid $JOB"
	assert_field "$PIN" state owned
	end "$JOB"
	tappin wait "$PIN" state free timeout 5

	update_as=(setpriv --reuid nobody --regid nogroup --clear-groups)
	pin_fails_with "may claim it"
	update_as=()

	ip link del "$PIN"
	pin_fails_with "gone"
	tappin delete "$PIN"

	tappin create "$PIN" vhost off
	pin_fails_with "no vhost-net" vhost=on
}

@test "update-start: waits for an owner that is on its way out, but lets no guest wait" {
	kill_when_awaited() {
		retry 60 is_field "$PIN" standbys 1
		kill -KILL "${AGENT_PID[h]}"
	}
	start_agents h
	stuck h
	refused "the eviction goes on" tappin evict "$PIN"
	update_nic=
	vm_start a
	vm_refuses "files are still held" ask a netdev_add "$(json_of type "tap,id=n0,pinned=$PIN")"
	vm_quit a
	update_nic=virtio-net-pci
	background kill_when_awaited
	vm_start a -S
	wait "$JOB"
	assert_equal "$(pin_of a)" owner
}

@test "update-start: options that contradict a pin" {
	tappin create "$PIN"
	fails_with "invalid with pinned=" "pinned=$PIN,ifname=x"
	fails_with "invalid with pinned=" "pinned=$PIN,fd=5"
	fails_with "invalid with pinned=" "pinned=$PIN,script=/bin/true"
	fails_with "without pinned=" "pin-section=off,fd=5"
	fails_with "cannot be used with hubs" "pinned=$PIN" \
		-netdev hubport,id=h0,hubid=0,netdev=n0
	tappin wait "$PIN" state free timeout 5
	assert_field "$PIN" state free
}
