#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# update: QEMU is replaced while the guest runs: what the new one does before and
# after, with a guest that is paused, by a file, with other devices and other rights.
#
# update.bash has the pieces. With TAPPIN_UPDATE_FULL each test runs with vhost on and
# off and 1 and 4 queues.
#
# shellcheck disable=SC2154 # variables that update.bash sets

load helpers
load update-suite

# no_tap NAME: it has not so much as opened the device
no_tap() {
	run ls -l "/proc/$(guest_pid "$1")/fd"
	assert_success
	refute_output --partial /dev/net/tun
}

@test "update: who stands by does nothing to the TAP, and has no fd of it" {
	local c
	configurations 'on 1' 'off 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_at_work
		update_as=(strace -D -f --seccomp-bpf -e trace=ioctl -o "$GUEST_DIR/ioctls")
		target_start
		update_as=()
		no_tap "$TARGET"
		run grep -E 'TUN|VHOST_NET_SET_BACKEND' "$GUEST_DIR/ioctls"
		assert_output ''
		# It is a trace of what we think it is.
		grep -q KVM_CREATE_VM "$GUEST_DIR/ioctls"
		assert_field "$PIN" state owned
		target_update
		grep -qE 'TUNGETVNETHDRSZ|TUNSETOFFLOAD' "$GUEST_DIR/ioctls"
		traffic_flows "vhost $VHOST, queues $QUEUES"
		guest_away
	done
}

@test "update: of a paused guest, which stays paused until cont" {
	local c
	configurations 'on 1' 'off 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_at_work
		done_well ask "$VM" stop
		live_update
		assert_equal "$pause" ''
		vm_is "$VM" paused
		assert_equal "$(pin_of "$VM")" provisional
		done_well ask "$VM" cont
		assert_equal "$(pin_of "$VM")" owner
		assert_field "$PIN" state owned
		traffic_flows "vhost $VHOST, queues $QUEUES"
		live_update
		traffic_flows "the next one"
		figure "vhost $VHOST, queues $QUEUES: $TRAFFIC"
		guest_away
	done
}

@test "update: no return path, so that the source learns nothing of the target" {
	guest_at_work
	done_well with
	live_update
	traffic_flows
}

@test "update: to a file, quit, and load it; and once more when that has ended" {
	local c facts
	configurations 'on 1' 'off 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_at_work
		facts=$(guest_facts "$PIN")
		vm_save "$GUEST_DIR/saved"
		cp --sparse=always "$RAM" "$GUEST_DIR/saved-ram"
		vm_quit "$VM"
		assert_field "$PIN" state offered
		vm_load b "$GUEST_DIR/saved"
		assert_field "$PIN" state owned
		traffic_flows "loaded"
		figure "vhost $VHOST, queues $QUEUES: $TRAFFIC"

		traffic_stop
		vm_quit "$VM"
		tappin wait "$PIN" state free timeout 5
		cp --sparse=always "$GUEST_DIR/saved-ram" "$RAM"
		vm_load a "$GUEST_DIR/saved"
		traffic_start
		traffic_flows "loaded again"
		assert_equal "$(guest_facts "$PIN")" "$facts"
		guest_away
	done
}

@test "update: e1000" {
	configured off 1
	update_nic=e1000
	guest_pin "$PIN"
	guest_boot
	traffic_start
	live_update
	traffic_flows "the first"
	live_update
	traffic_flows "the second"
	figure "$TRAFFIC"
}

@test "update: an unprivileged QEMU in a sandbox, on a pin that its user owns" {
	local c
	update_as=(setpriv --reuid nobody --regid nogroup --clear-groups)
	update_options=(-sandbox on)
	configurations 'on 1' 'off 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_pin "$PIN" owner nobody
		chmod 666 /dev/kvm
		guest_up
		traffic_start
		live_update
		traffic_flows "vhost $VHOST, queues $QUEUES"
		live_update
		traffic_flows "the next one"
		run cat "/proc/$(guest_pid "$VM")/status"
		assert_line --regexp "^Uid:.$(id -u nobody)"
		assert_line --regexp '^CapEff:.0000000000000000'
		assert_line --regexp '^Seccomp:.2'
		guest_away
	done
}

# second_answers: does the guest's other NIC answer?
second_answers() {
	ip netns exec "$OUTSIDE" ping -q -c 1 -W 1 10.78.0.2 >/dev/null 2>&1
}

@test "update: a second NIC, plugged in while the guest runs" {
	local netdev device handovers
	guest_at_work
	handovers=$(field "$PIN" handovers)
	second_nic
	ip -n "$OUTSIDE" addr add 10.78.0.1/24 dev gout0
	done_well ask "$VM" netdev_add "$(json_of type "$netdev")"
	done_well ask "$VM" device_add "$(json_of driver "$device")"
	guest_says 'second is up' "ip addr add 10.78.0.2/24 dev eth1 && ip link set eth1 up && echo second 'is up'"
	retry 20 second_answers

	live_update -netdev "$netdev" -device "$device"
	traffic_flows "from plugged to given"
	second_answers
	assert_field "${PIN}b" handovers 1

	target_start
	done_well ask "$TARGET" netdev_add "$(json_of type "$netdev")"
	done_well ask "$TARGET" device_add "$(json_of driver "$device")"
	target_update
	vm_quit "$SOURCE"
	traffic_flows "from given to plugged"
	second_answers
	assert_field "${PIN}b" handovers 2
	assert_field "$PIN" handovers $((handovers + 2))

	# Unplugged, and its netdev deleted: the pin is free, and updates go on.
	done_well ask "$VM" device_del '{"id": "nic1"}'
	done_well wait "$VM" 30 DEVICE_DELETED device=nic1
	done_well ask "$VM" netdev_del '{"id": "n1"}'
	assert_field "${PIN}b" state free
	live_update
	traffic_flows "without it again"
	ip -n "$OUTSIDE" addr del 10.78.0.1/24 dev gout0
}
