#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# update-soak: the same as soak.bats, with a guest that gets from QEMU to QEMU in
# between, among a thousand pins
#
# Between two slices of rounds the guest comes from a file, is updated there and back,
# and goes: its QEMU quits, or is killed. Where emulation fails (guest.bash), one of ten
# may fail, which is said: that updates go well is for the other suites.
#
# shellcheck disable=SC2154 # variables that update.bash sets

load helpers
load update-suite
# Half of the time is the guest's.
: "${TAPPIN_SOAK_SECONDS:=180}"
load soak

setup_file() {
	update_setup_file
	ip netns exec "$OUTSIDE" sysctl -qw net.ipv4.tcp_orphan_retries=1
}

teardown() {
	soak_teardown
	update_teardown
}

updates=0 updates_failed=0

update_once() {
	local way=vm_quit
	guest_at_work && live_update && traffic_flows && live_update && traffic_flows || return
	traffic_stop
	[ $((updates % 2)) -eq 0 ] || way=vm_kill
	"$way" "$VM"
}

# The traffic's end of a stream to a guest that has gone goes on trying, with all that
# it has sent.
no_orphans() {
	[[ $(ip netns exec "$OUTSIDE" cat /proc/net/sockstat) =~ orphan\ 0 ]]
}

# Nothing of the guest is left but what it comes from. Its traffic's process has ended
# and is not to be killed by its number hours later.
between() {
	local jobs=("${JOBS[@]}")
	updates=$((updates + 1))
	update_once || {
		updates_failed=$((updates_failed + 1))
		figure "again: update $updates"
		rm -f "$GUEST_DIR"/state-*
	}
	guest_away
	retry 60 no_orphans
	JOBS=("${jobs[@]}")
	rm -f "$RAM" "$GUEST_DIR"/guest-*
}

@test "update-soak: nothing grows with the rounds and updates" {
	configured on 1
	soak_make
	soak_run between
	figure "$updates times there and back, $updates_failed of them failed"
	[ "$updates_failed" -le $((1 + updates / 10)) ]
}
