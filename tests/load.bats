#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module comes when it is needed, stays while it is, and goes when told to.

load helpers

unload() {
	[ ! -d /sys/module/tappin ] || rmmod tappin
}

@test "load: the command loads the module by the family's name" {
	requires installed
	unload
	run tappin show
	assert_success
	assert_output ""
	[ -d /sys/module/tappin ]
}

@test "load: the module goes again when there is no pin" {
	load_module
	run rmmod tappin
	assert_success
	[ ! -d /sys/module/tappin ]
}

@test "load: rmmod is refused while a pin exists, though nobody owns it" {
	tappin create "$PIN"
	run rmmod tappin
	assert_failure
	assert_output --partial "in use"
	assert_field "$PIN" state free
}

@test "load: rmmod is refused while a lease exists, though its pin is gone" {
	requires installed
	tappin create "$PIN"
	hold "$PIN"
	tappin delete "$PIN" force
	run rmmod tappin
	assert_failure
	assert_output --partial "in use"
}

@test "load: the module that is loaded next does not use an id again" {
	local id
	load_module
	tappin create "$PIN" vhost off
	id=$(field "$PIN" id)
	tappin delete "$PIN"
	unload
	load_module
	tappin create "$PIN" vhost off
	[ "$(field "$PIN" id)" -gt "$id" ]
}

@test "load: a command without the module says how to load it" {
	unload
	# Where the kernel finds no modprobe, for this command only.
	local modprobe
	modprobe=$(cat /proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	run tappin show
	echo "$modprobe" >/proc/sys/kernel/modprobe
	assert_failure 2
	assert_output --partial "modprobe tappin"
	[ ! -d /sys/module/tappin ]
}

@test "load: the module says its version, and it is the command's" {
	run tappin --version
	assert_output "tappin $(cat /sys/module/tappin/version)"
}

@test "load: the module is not tainting by anything but being out of tree" {
	run tr -d OE </sys/module/tappin/taint
	assert_output ""
}
