#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# doctor: what is missing on this machine, and how to get it.

load helpers

@test "doctor: all is well" {
	run tappin doctor
	assert_success
	assert_line --regexp '^ok +the module tappin [0-9.]+ is loaded'
	assert_line --partial "/dev/net/tun can be opened"
	assert_line --partial "/dev/vhost-net can be opened"
	assert_line --partial "CAP_NET_ADMIN in the initial user namespace"
	refute_output --partial FAIL
}

@test "doctor: -j is an array with result and advice" {
	run jq -r '.[] | select(.result != "ok") | .check' <(tappin -j doctor)
	assert_output ""
	run jq -r '.[].check' <(tappin -j doctor)
	assert_line module
	assert_line rights
}

@test "doctor: without the module it says how to get it" {
	[ ! -d /sys/module/tappin ] || rmmod tappin
	run unshare -m sh -c 'mount -t tmpfs none /lib/modules && tappin doctor'
	assert_failure 2
	assert_output --partial "FAIL there is no module tappin"
	assert_output --partial dkms-install
}

@test "doctor: without rights it says so, and what is enough to claim" {
	run setpriv --reuid nobody --clear-groups tappin doctor
	assert_failure 2
	assert_output --regexp 'FAIL you have no CAP_NET_ADMIN.*to claim, being the user of the pin is enough'
}

@test "doctor: who may not open vhost-net is told to get the right" {
	requires vhost
	# The node's mode is the machine's affair: put a file of root's alone over it.
	touch "$BATS_TEST_TMPDIR/node"
	chmod 600 "$BATS_TEST_TMPDIR/node"
	run unshare -m sh -c "mount --bind '$BATS_TEST_TMPDIR/node' /dev/vhost-net &&
		exec setpriv --reuid nobody --clear-groups tappin doctor"
	assert_failure 2
	assert_output --regexp "warn can't open /dev/vhost-net: Permission denied: run as root"
}

@test "doctor: zero-copy transmit is a warning" {
	requires vhost
	local file=/sys/module/vhost_net/parameters/experimental_zcopytx
	[ -e "$file" ] || skip "needs vhost_net's zero-copy"
	echo 1 >"$BATS_TEST_TMPDIR/one"
	run unshare -m sh -c "mount --bind '$BATS_TEST_TMPDIR/one' $file && tappin doctor"
	assert_success
	assert_output --partial "warn vhost-net's zero-copy transmit is on"
}

@test "doctor: a user namespace's root is told that it can't create" {
	requires userns
	run unshare -Ur tappin doctor
	assert_failure 2
	assert_output --partial "not that of the initial user namespace"
}

@test "doctor: it may, where userns_pins lets it" {
	requires userns
	userns_pins 3
	run unshare -Ur tappin doctor
	assert_success
	assert_output --partial "may have 3 pins each"
}
