#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# update-faults: a live update that fails, at each of its stages. Until the new
# QEMU runs the guest, the old one goes on as if nothing had been, or can be told
# to; after that it can't.
#
# shellcheck disable=SC2154 # variables that update.bash sets

load helpers
load update-suite

# goes_on WORDS: the guest in VM has its network, nothing was lost on the way, and
# the next update works
goes_on() {
	local words=$1
	assert_field "$PIN" state owned
	assert_equal "$(pin_of "$VM")" owner
	traffic_flows "$words"
	figure "vhost $VHOST, queues $QUEUES, $words: gap $traffic_gap ms"
	live_update
	assert_field "$PIN" state owned
	traffic_flows "the update after: $words"
	[ "$QUEUES" -eq 1 ] || assert_equal "$(tap_detached "$PIN")" 0
	assert_equal "$(guest_facts "$PIN")" "$facts"
}

# each_configuration FUNCTION [CORNER...]: with a guest at work
each_configuration() {
	local c facts
	configurations "${@:2}"
	for c in "${configurations[@]}"; do
		configured "$c"
		guest_at_work
		facts=$(guest_facts "$PIN")
		"$1"
		figure "vhost $VHOST, queues $QUEUES: $TRAFFIC"
		guest_away
	done
}

killed_at_start() {
	local command
	other
	vm_command "$TARGET" -incoming defer
	LD_LIBRARY_PATH=$GUEST_TOP/build/lib run_guest "$TARGET" "${command[@]}"
	guest_kill "$TARGET"
	goes_on "the target was killed as it started"
}

@test "update-faults: the target is killed as it starts" {
	each_configuration killed_at_start 'on 1'
}

killed_standing_by() {
	target_start
	vm_kill "$TARGET"
	goes_on "the target was killed while it stood by"
}

@test "update-faults: the target is killed while it stands by" {
	each_configuration killed_standing_by 'on 1'
}

# The target has the guest and the pin, and does not run.
taken_not_run() {
	local source=$VM
	target_start -S
	target_update
	assert_equal "$pause" ''
	assert_field "$PIN" state taken
	assert_equal "$(pin_of "$TARGET")" provisional
	vm_refuses "pin '$PIN'" ask "$source" cont
	vm_is "$source" postmigrate
	assert_field "$PIN" state taken
	vm_refuses "pin '$PIN'" ask "$source" cont
}

# taken_and_returned: it was killed then, and the guest is stopped in VM, the source
taken_and_returned() {
	taken_not_run
	vm_kill "$TARGET"
	tappin wait "$PIN" state returned timeout 5
	VM=$SOURCE
}

died_before_it_ran() {
	taken_and_returned
	done_well ask "$VM" cont
	vm_is "$VM" running
	goes_on "the target was killed before its guest ran"
}

@test "update-faults: the target took the pin and is killed before it runs the guest" {
	each_configuration died_before_it_ran 'on 1' 'off 4'
}

ran_later() {
	local source=$VM
	taken_not_run
	done_well ask "$TARGET" cont
	assert_field "$PIN" state owned
	vm_refuses "pin '$PIN'" ask "$source" cont
	vm_is "$source" postmigrate
	traffic_flows "after cont in the target"
	vm_refuses "pin '$PIN'" ask "$source" cont
	traffic_flows "after another cont in the source"
	vm_quit "$source"
	goes_on "the target was told to run later"
}

@test "update-faults: the target runs the guest later; the source is refused from then on" {
	each_configuration ran_later 'on 1'
}

# onward PHASE [BYTES]: TARGET's guest is to go on to a third QEMU, so many bytes a
# second; in that phase it is not to
onward() {
	rm -f "$GUEST_DIR/$MIGRATION"
	done_well receive c "unix:$GUEST_DIR/$MIGRATION"
	done_well send "$TARGET" "unix:$GUEST_DIR/$MIGRATION" "${@:2}"
	done_well wait "$TARGET" 20 MIGRATION "status=$1"
	done_well ask "$TARGET" migrate_cancel
	done_well wait "$TARGET" 20 MIGRATION status=cancelled
	retry 20 guest_gone c
	qmp close c
	done_well with return-path
	assert_field "$PIN" state taken
	vm_is "$TARGET" paused
}

# The target has the guest and never runs it. That it might have gone on confirms
# nothing.
onward_canceled() {
	local ram=$RAM
	taken_not_run
	RAM=$ram-other
	vm_start c -incoming defer
	RAM=$ram
	done_well with return-path -x-ignore-shared
	onward active 100000
	rm -f "$ram-other"
	vm_start c -incoming defer
	done_well with return-path pause-before-switchover
	onward pre-switchover
	vm_quit "$TARGET"
	tappin wait "$PIN" state returned timeout 5
	VM=$SOURCE
	done_well ask "$VM" cont
	goes_on "a third one was not to have it, and the second ended"
}

@test "update-faults: on to a third one, canceled before the guest ran: the first goes on" {
	each_configuration onward_canceled 'on 1'
}

# goes_on_without NAME: after it was refused, and told that nobody else has the guest
goes_on_without() {
	done_well ask "$1" netdev_del '{"id": "n0"}'
	done_well ask "$1" cont
	vm_is "$1" running
	assert_equal "$(pin_of "$1")" lost
}

# Nobody but who manages them knows that the guest does not run in the source.
evicted_before_it_ran() {
	local source=$VM
	taken_not_run
	vm_quit "$source"
	tappin evict "$PIN"
	vm_refuses "netdev_del it" ask "$TARGET" cont
	vm_refuses "netdev_del it" ask "$TARGET" cont
	assert_equal "$(pin_of "$TARGET")" provisional
	goes_on_without "$TARGET"
	done_well wait "$TARGET" 10 NETDEV_PIN_LOST netdev-id=n0 "pin=$PIN" reason=evicted
	# The offer of the source that has gone.
	tappin evict "$PIN"
	tappin wait "$PIN" state free timeout 5
	tappin exec "$PIN" -- true
	vm_is "$TARGET" running
}

@test "update-faults: evicted before its guest ran: it goes on without when told so" {
	each_configuration evicted_before_it_ran 'on 1' 'off 4'
}

# The NIC that comes first has a pin that is free when the guest is to run: that one
# is taken, and says nothing of where the guest runs. The other one's lease has ended.
free_beside_evicted() {
	local netdev device
	second_nic
	update_options=(-netdev "$netdev" -device "$device")
	update_netdev="pinned=$PIN,pin-section=off"
	guest_pin "$PIN"
	guest_boot
	target_start -S
	target_update
	assert_equal "$(pin_of "$TARGET") $(pin_of "$TARGET" n1)" "standby provisional"
	vm_quit "$SOURCE"
	tappin evict "${PIN}b"
	vm_refuses "can't keep pin '${PIN}b'" ask "$TARGET" cont
	vm_refuses "netdev_del it" ask "$TARGET" cont
	assert_equal "$(pin_of "$TARGET")" owner
}

@test "update-faults: evicted before its guest ran: a free pin beside it proves nothing" {
	configured on 1
	free_beside_evicted
	guest_away
}

# What the source lost does not come with the guest, and somebody else has it.
pin_of_another() {
	local source=$VM
	tappin evict "$PIN"
	done_well wait "$source" 10 NETDEV_PIN_LOST
	tappin wait "$PIN" state free timeout 5
	hold "$PIN"
	target_start -S
	target_update
	assert_equal "$(pin_of "$TARGET")" standby
	vm_refuses "can't claim pin '$PIN'.*held by .*netdev_del it" ask "$TARGET" cont
	vm_is "$TARGET" paused
	goes_on_without "$TARGET"
	vm_quit "$source"
	assert_field "$PIN" pid "$JOB"
	end "$JOB"
}

@test "update-faults: the source had lost the pin, another has it: the target goes on without when told so" {
	each_configuration pin_of_another 'on 1' 'off 4'
}

# room_for PID N: the limit with which it can open N more files
room_for() {
	local n=0 free=0
	while [ "$free" -lt "$2" ]; do
		[ -L "/proc/$1/fd/$n" ] || free=$((free + 1))
		n=$((n + 1))
	done
	echo "$n"
}

# There is room for the fresh vhost-net files, but not for what QEMU sets them up with.
renewal_fails() {
	local pid limit
	[ "$VHOST" = on ] || return 0
	taken_and_returned
	pid=$(guest_pid "$VM")
	limit=$(prlimit --noheadings --output SOFT --nofile --pid "$pid")
	prlimit --nofile="$(room_for "$pid" "$QUEUES")": --pid "$pid"
	vm_refuses "could not be initialized" ask "$VM" cont
	# With several queues those that are left take the room.
	vm_refuses "could not be initialized|can't take back" ask "$VM" cont
	assert_equal "$(pin_of "$VM")" owner
	prlimit --nofile="$limit": --pid "$pid"
	done_well ask "$VM" cont
	vm_is "$VM" running
	goes_on "vhost-net was set up at the third time"
}

@test "update-faults: vhost-net can't be set up anew: cont can be tried again" {
	each_configuration renewal_fails 'on 1' 'on 4'
}

confirmed() {
	target_start
	target_update
	vm_refuses "pin '$PIN'" ask "$SOURCE" cont
	vm_is "$SOURCE" postmigrate
	traffic_flows "after cont in the source"
	vm_quit "$SOURCE"
	goes_on "the source was refused"
}

@test "update-faults: after an update the source is refused" {
	each_configuration confirmed 'on 1'
}

# load_fails [OPTION...]: which the target has and the source hasn't. The section
# of something that comes after the pin's does not fit.
load_fails() {
	local generation
	generation=$(field "$PIN" generation)
	target_start "$@"
	rm -f "$GUEST_DIR/$MIGRATION"
	vm_refuses failed update "$VM" "$TARGET" "unix:$GUEST_DIR/$MIGRATION"
	retry 20 vm_is "$VM" running
	retry 20 guest_gone "$TARGET"
	qmp close "$TARGET"
	# It had taken it.
	assert_field "$PIN" generation $((generation + 1))
}

wrong_address() {
	update_nic=virtio-net-pci,addr=0x12
	load_fails
	update_nic=virtio-net-pci
	goes_on "the target has the NIC elsewhere"
}

@test "update-faults: the target fails after it took the pin: its NIC is elsewhere" {
	each_configuration wrong_address 'on 1' 'off 4'
}

fewer_devices() {
	load_fails -machine hpet=off
	goes_on "the target lacks a device"
}

@test "update-faults: the target fails after it took the pin: it lacks a device" {
	each_configuration fewer_devices 'on 1'
}

# A manager may have paused it, and decides by itself when it runs again.
paused_before() {
	done_well ask "$VM" stop
	update_nic=virtio-net-pci,addr=0x12
	target_start
	update_nic=virtio-net-pci
	rm -f "$GUEST_DIR/$MIGRATION"
	vm_refuses failed update "$VM" "$TARGET" "unix:$GUEST_DIR/$MIGRATION"
	retry 20 guest_gone "$TARGET"
	qmp close "$TARGET"
	vm_is "$VM" paused
	target_start
	target_update
	vm_is "$VM" paused
	assert_field "$PIN" state taken
	done_well ask "$VM" cont
	vm_quit "$SOURCE"
	goes_on "paused, then a target that failed, and one that did not"
}

@test "update-faults: a guest that was paused: the target fails, the next one does not" {
	each_configuration paused_before 'on 1'
}

stays_after_failure() {
	update_nic=virtio-net-pci,addr=0x12
	target_start
	update_nic=virtio-net-pci
	rm -f "$GUEST_DIR/$MIGRATION"
	done_well receive "$TARGET" "unix:$GUEST_DIR/$MIGRATION" '{"exit-on-error": false}'
	done_well send "$VM" "unix:$GUEST_DIR/$MIGRATION"
	done_well wait "$VM" 30 MIGRATION status=failed
	done_well wait "$TARGET" 30 MIGRATION status=failed
	retry 20 vm_is "$VM" running
	assert_field "$PIN" state owned
	vm_is "$TARGET" inmigrate
	figure "the target's pin is $(pin_of "$TARGET")"
	traffic_flows "beside the target that failed"
	vm_quit "$TARGET"
	goes_on "the target failed and stayed"
}

@test "update-faults: the same with a target that stays when it fails" {
	each_configuration stays_after_failure 'on 1'
}

fails_without_return_path() {
	done_well with
	update_nic=virtio-net-pci,addr=0x12
	target_start
	update_nic=virtio-net-pci
	rm -f "$GUEST_DIR/$MIGRATION"
	vm_refuses 'target' update "$VM" "$TARGET" "unix:$GUEST_DIR/$MIGRATION"
	retry 20 guest_gone "$TARGET"
	qmp close "$TARGET"
	vm_is "$VM" postmigrate
	assert_field "$PIN" state returned
	done_well ask "$VM" cont
	done_well with return-path
}

no_return_path() {
	fails_without_return_path
	goes_on "the target failed, the manager said cont"
}

@test "update-faults: the same without a return path: cont in the source" {
	each_configuration no_return_path 'on 1'
}

# The same, and it sleeps on all along. (It does not wake up in the lab: what is emulated
# there resets it.)
suspended() {
	guest_do "echo mem >/sys/power/state"
	done_well wait "$VM" 30 SUSPEND
	fails_without_return_path
	vm_is "$VM" suspended
	assert_field "$PIN" state owned
	target_start
	target_update
	vm_is "$VM" suspended
	assert_field "$PIN" state owned
	vm_refuses "pin '$PIN'" ask "$SOURCE" cont
}

@test "update-faults: the same with a guest that is suspended; and the next target has it" {
	each_configuration suspended 'on 1'
}

# A target with a memory of its own, since the other one is in use.
canceled_early() {
	local ram=$RAM
	RAM=$ram-other
	target_start
	RAM=$ram
	rm -f "$GUEST_DIR/$MIGRATION"
	done_well with return-path -x-ignore-shared
	done_well receive "$TARGET" "unix:$GUEST_DIR/$MIGRATION"
	done_well send "$VM" "unix:$GUEST_DIR/$MIGRATION" 100000
	done_well wait "$VM" 20 MIGRATION status=active
	traffic_flows "while memory is on its way"
	done_well ask "$VM" migrate_cancel
	done_well wait "$VM" 20 MIGRATION status=cancelled
	retry 20 guest_gone "$TARGET"
	qmp close "$TARGET"
	rm -f "$ram-other"
	done_well with return-path
	vm_is "$VM" running
	goes_on "canceled while memory was on its way"
}

@test "update-faults: migrate_cancel while the guest runs" {
	each_configuration canceled_early 'on 1'
}

# held_up: the guest stands still, and nothing of its devices has been sent
held_up() {
	target_start
	done_well with return-path pause-before-switchover
	rm -f "$GUEST_DIR/$MIGRATION"
	done_well receive "$TARGET" "unix:$GUEST_DIR/$MIGRATION"
	done_well send "$VM" "unix:$GUEST_DIR/$MIGRATION"
	done_well wait "$VM" 20 MIGRATION status=pre-switchover
}

canceled_late() {
	held_up
	vm_refuses "migration" ask "$VM" netdev_del '{"id": "n0"}'
	vm_refuses "migration" ask "$VM" netdev_add \
		"$(json_of type "tap,id=n9,pinned=${PIN}b")"
	done_well ask "$VM" migrate_cancel
	done_well wait "$VM" 20 MIGRATION status=cancelled
	retry 20 vm_is "$VM" running
	retry 20 guest_gone "$TARGET"
	qmp close "$TARGET"
	done_well with return-path
	goes_on "canceled in pre-switchover"
}

@test "update-faults: migrate_cancel in pre-switchover, where no netdev comes or goes" {
	tappin create "${PIN}b"
	each_configuration canceled_late 'on 1'
}

let_go_on() {
	held_up
	done_well ask "$VM" migrate-continue '{"state": "pre-switchover"}'
	done_well wait "$VM" 20 MIGRATION status=completed
	done_well wait "$TARGET" 20 RESUME
	vm_quit "$VM"
	VM=$TARGET
	done_well with return-path
	goes_on "continued from pre-switchover"
}

@test "update-faults: migrate-continue from pre-switchover" {
	each_configuration let_go_on 'on 1'
}

# sent_to_nobody: the source has offered, and TARGET stands still, with all that is
# sent to it waiting in its socket
sent_to_nobody() {
	target_start
	rm -f "$GUEST_DIR/$MIGRATION"
	done_well receive "$TARGET" "unix:$GUEST_DIR/$MIGRATION"
	kill -STOP "$(guest_pid "$TARGET")"
	done_well send "$VM" "unix:$GUEST_DIR/$MIGRATION"
	done_well wait "$VM" 20 STOP
	tappin wait "$PIN" state offered timeout 10
}

# The other end of the channel is gone in the middle of the load, and the source
# hears of it only from its socket.
killed_stopped() {
	sent_to_nobody
	vm_kill "$TARGET"
	done_well wait "$VM" 20 MIGRATION status=failed
	retry 20 vm_is "$VM" running
	goes_on "the target was killed while the source waited for it"
}

@test "update-faults: the target is killed when it has the stream and did nothing with it" {
	each_configuration killed_stopped 'on 1' 'off 4'
}

# comes_too_late: TARGET goes on, and its cookie is no good any more
comes_too_late() {
	kill -CONT "$(guest_pid "$TARGET")"
	done_well wait "$VM" 30 MIGRATION status=failed
	retry 20 guest_gone "$TARGET"
	grep -q "can't take over pin '$PIN'" "$GUEST_DIR/guest-$TARGET.err"
	qmp close "$TARGET"
}

# The source is told where its pin is, and its guest goes on without.
evicted_between() {
	sent_to_nobody
	tappin evict "$PIN"
	tappin wait "$PIN" state free timeout 5
	comes_too_late
	retry 20 vm_is "$VM" running
	assert_equal "$(pin_of "$VM")" lost
	assert_field "$PIN" state free
}

@test "update-faults: evicted in mid-migration: the target is refused, the guest goes on" {
	each_configuration evicted_between 'on 1' 'off 4'
}

# The pin that was offered is no more, and who has the guest can't be asked.
deleted_between() {
	sent_to_nobody
	tappin delete "$PIN" force
	comes_too_late
	retry 20 vm_is "$VM" postmigrate
	vm_refuses "which was deleted: if the guest runs nowhere else, netdev_del it" ask "$VM" cont
	goes_on_without "$VM"
	# For the next one to delete.
	guest_pin "$PIN"
}

@test "update-faults: the pin is deleted in mid-migration: the guest goes on when told so" {
	each_configuration deleted_between 'on 1'
}

# The guest has run in the target: what is left in the source is history, and in
# nobody's way.
killed_running() {
	target_start
	target_update
	vm_kill "$VM"
	tappin wait "$PIN" state free timeout 5
	vm_refuses "pin '$PIN'" ask "$SOURCE" cont
	vm_is "$SOURCE" postmigrate
	tappin exec "$PIN" -- true
	tappin wait "$PIN" state free timeout 5
	vm_quit "$SOURCE"
	assert_field "$PIN" state free
	guest_boot
	traffic_start
	goes_on "the target was killed after its guest had run"
}

@test "update-faults: the target is killed after its guest ran: nobody resumes the old one" {
	each_configuration killed_running 'on 1'
}

# ended_or_runs NAME: it can't stay in between
ended_or_runs() {
	guest_gone "$1" || vm_is "$1" running
}

# Whether the target got enough of the stream is chance; it runs the guest with its
# pin, or the pin waits for somebody with the cookie until an admin decides.
source_killed() {
	local source=$VM
	sent_to_nobody
	vm_kill "$source"
	kill -CONT "$(guest_pid "$TARGET")"
	retry 30 ended_or_runs "$TARGET"
	VM=$TARGET
	if guest_gone "$TARGET"; then
		figure "the target ended, too"
		qmp close "$TARGET"
		assert_field "$PIN" state offered
		tappin evict "$PIN"
		tappin wait "$PIN" state free timeout 5
		guest_boot
		traffic_start
	fi
	goes_on "the source was killed in mid-migration"
}

@test "update-faults: the source is killed when it has offered" {
	each_configuration source_killed 'on 1' 'off 4'
}
