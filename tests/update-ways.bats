#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# update-ways: by which ways, and between which QEMUs and hosts, a guest with a pin
# can go: transports, postcopy, the modes named cpr, another host, another boot, a
# QEMU that knows nothing of pins, another version; and what must do no harm.
#
# shellcheck disable=SC2154 # variables that update.bash sets

load helpers
load update-suite

ELSEWHERE=guest-elsewhere

# A machine type that both versions have
OLD_MACHINE=pc-i440fx-10.0

setup_file() {
	update_setup_file
	ip link set lo up
}

teardown() {
	elsewhere_drop
	update_teardown
}

with_new_qemu() {
	UPDATE_QEMU=${UPDATE_CACHE%10.0}10.2/qemu-system-x86_64
	[ -x "$UPDATE_QEMU" ] || skip "needs QEMU 10.2 with the patches: make qemu QEMU=10.2"
}

# goes_to_and_fro HOW: there by that function, and back in the usual way
goes_to_and_fro() {
	guest_at_work
	"$1"
	traffic_flows "$1"
	live_update
	traffic_flows "the update after $1"
	figure "$1: $TRAFFIC"
}

over_tcp() {
	target_start
	target_update tcp:127.0.0.1:4477
	vm_quit "$SOURCE"
}

@test "update-ways: over tcp" {
	goes_to_and_fro over_tcp
}

into_chroot() {
	target_start -run-with "chroot=$BATS_TEST_TMPDIR"
	target_update tcp:127.0.0.1:4477
	vm_quit "$SOURCE"
}

@test "update-ways: into a chroot without /proc, and from there into another" {
	guest_at_work
	into_chroot
	traffic_flows "in a chroot"
	into_chroot
	traffic_flows "in another chroot"
	figure "in chroots: $TRAFFIC"
}

through_pipe() {
	local pipe=$GUEST_DIR/pipe
	mkfifo -m 666 "$pipe"
	done_well with
	target_start
	target_update "exec:cat<$pipe" "exec:cat>$pipe"
	vm_quit "$SOURCE"
	done_well with return-path
}

@test "update-ways: through two commands and a pipe" {
	goes_to_and_fro through_pipe
}

by_postcopy() {
	local ram=$RAM uri=unix:$GUEST_DIR/$MIGRATION
	done_well with return-path postcopy-ram -x-ignore-shared
	RAM=$ram-other
	target_start
	RAM=$ram
	done_well receive "$TARGET" "$uri"
	done_well send "$VM" "$uri" 2000000
	done_well wait "$VM" 20 MIGRATION status=active
	done_well ask "$VM" migrate-start-postcopy
	done_well wait "$VM" 60 MIGRATION status=completed
	done_well wait "$TARGET" 20 RESUME
	vm_quit "$VM"
	VM=$TARGET
	mv "$ram-other" "$ram"
	done_well with return-path
}

@test "update-ways: postcopy: the guest runs before all of its memory is there" {
	goes_to_and_fro by_postcopy
}

# address PATH: of a socket, as QMP wants it
address() {
	echo "{\"transport\": \"socket\", \"type\": \"unix\", \"path\": \"$1\"}"
}

# channel TYPE PATH
channel() {
	echo "{\"channel-type\": \"$1\", \"addr\": $(address "$2")}"
}

by_cpr_transfer() {
	local main cpr command
	main=$(channel main "$GUEST_DIR/main")
	cpr=$(channel cpr "$GUEST_DIR/cpr")
	rm -f "$GUEST_DIR/main" "$GUEST_DIR/cpr"
	done_well ask "$VM" migrate-set-parameters '{"mode": "cpr-transfer"}'
	done_well ask "$VM" migrate-set-capabilities \
		'{"capabilities": [{"capability": "events", "state": true}, {"capability": "x-ignore-shared", "state": false}]}'
	other
	# It has no monitor before it has heard from the source.
	vm_command "$TARGET" -incoming "$main" -incoming "$cpr"
	LD_LIBRARY_PATH=$GUEST_TOP/build/lib run_guest "$TARGET" "${command[@]}"
	retry 20 test -S "$GUEST_DIR/cpr"
	done_well ask "$VM" migrate "{\"channels\": [$main, $cpr]}"
	done_well wait "$VM" 60 MIGRATION status=completed
	done_well open "$TARGET" "$GUEST_DIR/guest-$TARGET.qmp" 60
	retry 20 vm_is "$TARGET" running
	vm_quit "$VM"
	VM=$TARGET
}

@test "update-ways: cpr-transfer" {
	update_machine=pc,aux-ram-share=on
	goes_to_and_fro by_cpr_transfer
}

# words WORD...: as a list in JSON
words() {
	local text
	printf -v text ', "%s"' "$@"
	echo "[${text#, }]"
}

# to_exec WORD...: the guest is saved, and its QEMU becomes that command
to_exec() {
	done_well ask "$VM" migrate-set-parameters \
		"{\"mode\": \"cpr-exec\", \"cpr-exec-command\": $(words "$@")}" &&
		done_well ask "$VM" migrate "{\"uri\": \"file:$GUEST_DIR/exec\"}"
}

by_cpr_exec() {
	local command
	other
	vm_command "$TARGET" -incoming "file:$GUEST_DIR/exec"
	to_exec "${command[@]}"
	mv "$GUEST_DIR/guest-$VM.pid" "$GUEST_DIR/guest-$TARGET.pid"
	done_well open "$TARGET" "$GUEST_DIR/guest-$TARGET.qmp" 60
	qmp close "$VM" || :
	VM=$TARGET
	retry 20 vm_is "$VM" running
}

@test "update-ways: cpr-exec, which 10.2 has, and which fails at first" {
	local pid
	with_new_qemu
	update_machine=$OLD_MACHINE,aux-ram-share=on
	guest_pin "$PIN"
	guest_boot
	traffic_start
	pid=$(guest_pid "$VM")
	done_well ask "$VM" migrate-set-capabilities \
		'{"capabilities": [{"capability": "events", "state": true}]}'
	to_exec /nonexistent
	done_well wait "$VM" 60 MIGRATION status=failed
	retry 20 vm_is "$VM" running
	assert_equal "$(pin_of "$VM")" owner
	traffic_flows "after an exec that failed"
	by_cpr_exec
	assert_equal "$(guest_pid "$VM")" "$pid"
	assert_equal "$(pin_of "$VM")" owner
	traffic_flows "by cpr-exec"
	live_update
	traffic_flows "the update after it"
	figure "$TRAFFIC"
}

# as_after_boot: all that a boot takes away: the module's memory, and the boot's id
as_after_boot() {
	tappin delete "$PIN" force
	modprobe -r tappin
	load_module
	guest_pin "$PIN"
	echo 00000000-1111-2222-3333-444444444444 >"$GUEST_DIR/boot_id"
	update_as=(unshare -m bash -c
		'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"' "$GUEST_DIR/boot_id")
}

@test "update-ways: cpr-reboot: the host boots in between" {
	guest_at_work
	done_well ask "$VM" migrate-set-parameters '{"mode": "cpr-reboot"}'
	vm_save "$GUEST_DIR/saved"
	vm_quit "$VM"
	traffic_stop
	as_after_boot
	vm_load b "$GUEST_DIR/saved"
	assert_field "$PIN" state owned
	traffic_start
	live_update
	traffic_flows "in the next boot"
}

# elsewhere COMMAND...: on another host, which here is a network namespace
elsewhere() {
	ip netns exec "$ELSEWHERE" "$@"
}

# elsewhere_make: its switch and ours are connected, and it has a pin of that name
elsewhere_make() {
	ip netns add "$ELSEWHERE"
	elsewhere ip link add "$BRIDGE" type bridge forward_delay 0 mcast_snooping 0
	ip link add gtrunk0 type veth peer name gtrunk0 netns "$ELSEWHERE"
	ip link set gtrunk0 master "$BRIDGE" up
	elsewhere ip link set gtrunk0 master "$BRIDGE" up
	elsewhere ip link set "$BRIDGE" up
	elsewhere tappin create "$PIN" queues "$QUEUES" txqlen 4000
	elsewhere ip link set "$PIN" master "$BRIDGE" up
}

elsewhere_drop() {
	ip link del gtrunk0 2>/dev/null || :
	ip netns del "$ELSEWHERE" 2>/dev/null || :
}

@test "update-ways: to another host with a pin of its own, and home again" {
	local c
	configurations 'on 1' 'off 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_at_work
		elsewhere_make
		update_as=(ip netns exec "$ELSEWHERE")
		live_update
		update_as=()
		retry 30 traffic_is_back
		run elsewhere tappin -j show "$PIN"
		assert_output --partial '"state":"owned"'
		# What the guest left behind waits for a cookie that never comes.
		assert_field "$PIN" state offered
		tappin delete "$PIN" force
		guest_pin "$PIN"
		live_update
		retry 30 traffic_is_back
		assert_field "$PIN" state owned
		figure "vhost $VHOST, queues $QUEUES: $TRAFFIC"
		guest_away
		elsewhere_drop
	done
}

# saved_to FILE, loaded_from FILE: for QEMUs that have no "file:"
saved_to() {
	done_well with && done_well send "$VM" "exec:cat>$1" &&
		done_well wait "$VM" 60 MIGRATION status=completed
	vm_quit "$VM"
	done_well with return-path
}

loaded_from() {
	done_well with && done_well receive "$VM" "exec:cat<$1" &&
		done_well wait "$VM" 60 RESUME && done_well with return-path
}

# stock: QEMUs are the distribution's, which get their fds from tappin exec
stock() {
	UPDATE_QEMU=$(command -v qemu-system-x86_64)
	update_as=(tappin exec "$PIN" --)
	update_netdev='fds={tapfds},vhostfds={vhostfds}'
}

patched() {
	UPDATE_QEMU=$1
	update_as=()
	update_netdev="pinned=$PIN,pin-section=off"
}

@test "update-ways: from the distribution's QEMU to one with pins, and back, by way of a file" {
	local qemu=$UPDATE_QEMU facts
	update_machine=pc-i440fx-7.2
	guest_pin "$PIN"
	facts=$(tap_facts "$PIN")
	stock
	guest_boot
	traffic_start
	saved_to "$GUEST_DIR/saved"
	tappin wait "$PIN" state free timeout 5

	patched "$qemu"
	VM=b
	vm_start b -incoming defer
	assert_equal "$(pin_of b)" owner
	loaded_from "$GUEST_DIR/saved"
	# That one reads, and drops, a packet of a guest that stands still.
	retry 30 traffic_is_back
	saved_to "$GUEST_DIR/saved"
	tappin wait "$PIN" state free timeout 5

	stock
	VM=a
	vm_start a -incoming defer
	loaded_from "$GUEST_DIR/saved"
	retry 30 traffic_is_back
	assert_equal "$(tap_facts "$PIN")" "$facts"
	figure "$TRAFFIC"
}

@test "update-ways: from 10.0 to 10.2 and back, with one machine type" {
	local c old=$UPDATE_QEMU new round
	with_new_qemu
	new=$UPDATE_QEMU
	update_machine=$OLD_MACHINE
	configurations 'on 1' 'off 4'
	for c in "${configurations[@]}"; do
		configured "$c"
		UPDATE_QEMU=$old
		guest_pin "$PIN"
		guest_boot
		traffic_start
		for ((round = 1; round <= 2; round++)); do
			UPDATE_QEMU=$new
			live_update
			traffic_flows "to 10.2"
			UPDATE_QEMU=$old
			live_update
			traffic_flows "to 10.0"
		done
		figure "vhost $VHOST, queues $QUEUES: $TRAFFIC"
		guest_away
	done
}

# job NAME COMMAND JSON: until it is done
job() {
	done_well ask "$VM" "$2" "$3"
	done_well wait "$VM" 120 JOB_STATUS_CHANGE "id=$1" status=concluded
	done_well ask "$VM" query-jobs
	[[ $QMP != *'"error"'* ]] || {
		echo "job $1: $QMP" >&2
		qemus_complain >&2
		return 1
	}
	done_well ask "$VM" job-dismiss "{\"id\": \"$1\"}"
}

@test "update-ways: snapshots do no harm" {
	local disk=$GUEST_DIR/disk
	guest_at_work
	done_well ask "$VM" migrate-set-capabilities \
		'{"capabilities": [{"capability": "x-ignore-shared", "state": false}]}'
	done_well ask "$VM" blockdev-create \
		"{\"job-id\": \"file\", \"options\": {\"driver\": \"file\", \"filename\": \"$disk\", \"size\": 0}}"
	done_well wait "$VM" 20 JOB_STATUS_CHANGE id=file status=concluded
	done_well ask "$VM" blockdev-add \
		"{\"driver\": \"file\", \"node-name\": \"file\", \"filename\": \"$disk\"}"
	job qcow2 blockdev-create '{"job-id": "qcow2", "options": {"driver": "qcow2", "file": "file", "size": 1048576}}'
	done_well ask "$VM" blockdev-add '{"driver": "qcow2", "node-name": "disk", "file": "file"}'
	job save snapshot-save '{"job-id": "save", "tag": "then", "vmstate": "disk", "devices": ["disk"]}'
	assert_equal "$(pin_of "$VM")" owner
	assert_field "$PIN" state owned
	traffic_flows "after the snapshot was taken"
	traffic_stop
	job load snapshot-load '{"job-id": "load", "tag": "then", "vmstate": "disk", "devices": ["disk"]}'
	assert_equal "$(pin_of "$VM")" owner
	assert_field "$PIN" state owned
	traffic_start
	traffic_flows "after it was loaded"
	figure "$TRAFFIC"
}

@test "update-ways: a QEMU that gives up root when it has started" {
	update_options=(-run-with user=nobody)
	guest_pin "$PIN" owner nobody
	chmod 666 /dev/kvm
	guest_up
	traffic_start
	live_update
	traffic_flows "the first"
	live_update
	traffic_flows "the second"
	run cat "/proc/$(guest_pid "$VM")/status"
	assert_line --regexp "^Uid:.$(id -u nobody)"
}

@test "update-ways: COLO, which needs two owners, is refused" {
	guest_at_work
	target_start
	if ! qmp ask "$VM" migrate-set-capabilities '{"capabilities": [{"capability": "x-colo", "state": true}]}'; then
		assert_regex "$QMP" 'replication|COLO'
	else
		vm_refuses "COLO needs two" update "$VM" "$TARGET" "unix:$GUEST_DIR/$MIGRATION"
	fi
	vm_is "$VM" running
	assert_field "$PIN" state owned
	traffic_flows "after COLO was refused"
}
