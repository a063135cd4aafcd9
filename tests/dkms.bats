#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# dkms install from the checkout, with the kernel's own headers and compiler: the
# module is built, loads by itself when the command first needs it, and goes.
# Only in the lab, as it changes the machine.

load helpers

# It compiles, under emulation.
BATS_TEST_TIMEOUT=1800

RELEASE=$(uname -r)
MODULES=/lib/modules/$RELEASE
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TOP/dkms.conf")

# depmod reads every module, for minutes in here: it gets to see a few only, and
# not the one that tests/in-vm put there.
setup() {
	requires lab dkms
	tests_setup
	rmmod tappin
	SAVED=$BATS_TEST_TMPDIR/saved
	mkdir "$SAVED"
	find "$MODULES/kernel/drivers/net" "$MODULES/kernel/drivers/vhost" -name '*.ko*' \
		\( -name 'tun.*' -o -name 'tap.*' -o -name 'macv*' -o -name 'vhost*' \) -exec cp -t "$SAVED" {} +
	mkdir "$SAVED/index"
	cp "$MODULES"/modules.* "$SAVED/index"
	mv "$MODULES/updates/tappin.ko" "$SAVED/index/"
	mount -t tmpfs tmpfs "$MODULES/kernel"
	cp "$SAVED"/*.ko* "$MODULES/kernel"
}

teardown() {
	dkms remove "tappin/$VERSION" --all >/dev/null 2>&1 || :
	[ ! -d /sys/module/tappin ] || rmmod tappin || :
	umount "$MODULES/kernel"
	mv "$SAVED/index/tappin.ko" "$MODULES/updates/"
	cp "$SAVED/index"/modules.* "$MODULES/"
	REFERENCES=0
	tests_teardown
}

# What a person has who cloned it: all but what was built and the cache.
checkout() {
	local source=$BATS_TEST_TMPDIR/tappin

	mkdir "$source"
	(cd "$TOP" && tar -cf - --exclude=./build --exclude=./.cache --exclude=./.git .) | tar -C "$source" -xf -
	echo "$source"
}

@test "dkms: install builds the module, which loads by itself and works; remove takes it away" {
	local source
	source=$(checkout)
	run modprobe tappin
	assert_failure
	run dkms install "$source"
	assert_success
	run dkms status "tappin/$VERSION"
	assert_output --partial "installed"
	run modinfo -n tappin
	assert_output --partial "$MODULES/updates/dkms/tappin.ko"

	[ ! -d /sys/module/tappin ]
	tappin create "$PIN" queues 2
	[ -d /sys/module/tappin ]
	assert_field "$PIN" state free
	run cat /sys/module/tappin/version
	assert_output "$VERSION"
	run tappin exec "$PIN" -- true
	assert_success

	# A pin outlives the removal of the module's file.
	run dkms remove "tappin/$VERSION" --all
	assert_success
	assert_field "$PIN" state free
	tappin delete "$PIN"
	rmmod tappin
	run modprobe tappin
	assert_failure
	run tappin show
	assert_failure 2
	assert_output --partial "modprobe tappin"
}
