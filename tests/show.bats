#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# show: pins for people. (JSON is in json.bats, namespaces are in netns.bats.)

load helpers

@test "show: nothing where there is no pin" {
	run tappin show
	assert_success
	assert_output ""
	run tappin
	assert_success
	assert_output ""
}

@test "show: is what tappin does without a command" {
	tappin create "$PIN"
	run tappin
	assert_success
	assert_output "$(tappin show)"
	assert_output --partial "$PIN: state free dev $PIN ifindex $(netdev "$PIN" ifindex) queues 1 vhost "
}

@test "show: a free pin is not held, and has its generation" {
	tappin create "$PIN" vhost off owner nobody
	run tappin show "$PIN"
	assert_line --index 0 --regexp "^$PIN: state free dev $PIN ifindex [0-9]+ queues 1 vhost off owner nobody$"
	assert_line --index 1 "    not held, generation 0"
	assert_output --partial "hand-overs 0, losses 0, evictions 0"
}

@test "show: an owned pin names its holder by pid and name" {
	tappin create "$PIN"
	hold "$PIN"
	run tappin show "$PIN"
	assert_line --index 0 --partial "state owned"
	assert_line --index 1 "    held by pid $JOB (sleep), generation 1"
}

@test "show: a number leads to the pin, and is not used again" {
	tappin create "$PIN"
	local id
	id=$(field "$PIN" id)
	run tappin show id "$id"
	assert_success
	assert_output "$(tappin show "$PIN")"
	tappin delete "$PIN"
	tappin create "$PIN"
	[ "$(field "$PIN" id)" -gt "$id" ]
	refused "no such pin" tappin show id "$id"
}

@test "show: a pin that is not there is refused" {
	refused "no such pin" tappin show "$PIN"
	refused "no such pin" tappin show id 18446744073709551615
}

@test "show: pins come in the order they were made" {
	local name
	for name in c a b; do tappin create "$PIN$name" vhost off; done
	run grep -o "^$PIN." <(tappin show)
	assert_output "${PIN}c
${PIN}a
${PIN}b"
}

@test "show: the note, to those who may claim, and only of one pin" {
	tappin create "$PIN"
	printf 'mtu is 9000' | tappin set "$PIN" note -
	run tappin show "$PIN"
	assert_output --partial "note: mtu is 9000"
	run tappin show
	refute_output --partial "mtu is 9000"
	run setpriv --reuid nobody --clear-groups tappin show "$PIN"
	assert_success
	refute_output --partial "mtu is 9000"
	tappin set "$PIN" owner nobody
	run setpriv --reuid nobody --clear-groups tappin show "$PIN"
	assert_output --partial "note: mtu is 9000"
}

@test "show: what is in a note can't steer a terminal" {
	tappin create "$PIN"
	printf 'a\033[2Jb' | tappin set "$PIN" note -
	run tappin show "$PIN"
	assert_output --partial "note: a?[2Jb"
}

@test "show: a process name can't steer a terminal either" {
	tappin create "$PIN"
	background tappin exec "$PIN" -- bash -c 'printf "x\033[2J" >/proc/self/comm; kill -STOP $$'
	tappin wait "$PIN" state owned timeout 20
	retry 10 is_field "$PIN" comm 'x\u001B[2J'
	run tappin show "$PIN"
	assert_output --partial "(x?[2J)"
}

@test "show: the device's present name, after it was renamed" {
	tappin create "$PIN"
	ip link set "$PIN" name "${PIN}new"
	assert_field "$PIN" ifname "${PIN}new"
}

@test "show: a hundred pins in one list" {
	local i
	for ((i = 0; i < 100; i++)); do echo "create $PIN-$i vhost off"; done >"$BATS_TEST_TMPDIR/batch"
	tappin -b "$BATS_TEST_TMPDIR/batch"
	run grep -c "^$PIN-" <(tappin show)
	assert_output 100
}
