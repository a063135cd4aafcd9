#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest: what people want a pin for. A guest runs under the distribution's own
# QEMU, which knows nothing of tappin; the QEMU is killed or evicted, another one
# takes its place, and an outside that pings the guest a hundred times a second
# sees a guest that was away, never a network that was.
#
# guest.bash has a drawing. One guest is booted for all tests and saved; tests in
# which it does not matter how a guest came up go on from there. Figures are said
# as comments in bats' output.
#
# shellcheck disable=SC2154 # variables that guest.bash sets

load helpers
load guest

GUEST=2

setup_file() {
	requires root qemu-system-x86_64 socat
	world_modules || skip "needs /dev/kvm"
	load_module
	GUEST_DIR=$BATS_FILE_TMPDIR
	guest_image
	world_make
	pin_make guest0
	guest_start "$GUEST" guest0
	guest_ready "$GUEST"
	retry 20 guest_answers "$GUEST"
	guest_save "$GUEST" "$GUEST_DIR/state"
	tappin wait guest0 state free timeout 5
	tappin delete guest0
}

teardown_file() {
	GUEST_DIR=$BATS_FILE_TMPDIR
	world_drop
	! tappin show guest0 >/dev/null 2>&1 || tappin delete guest0 force
}

setup() {
	GUEST_DIR=$BATS_FILE_TMPDIR
	tests_setup
}

teardown() {
	local ended=0
	pings_stop
	guests_teardown
	tests_teardown || ended=1
	return "$ended"
}

# restored START [OPTION...]: the saved guest goes on, and answers
restored() {
	local start=$1 from=$EPOCHREALTIME
	shift
	"$start" "$GUEST" "$PIN" -incoming "exec:cat $GUEST_DIR/state" "$@"
	[ -e "$GUEST_DIR/pings.pid" ] || pings_start "$GUEST"
	guest_back "$GUEST" "${dead_at-$from}"
}

# more_pings N: wait for N more answers
more_pings() {
	local have
	have=$(wc -l <"$GUEST_DIR/pings")
	retry 60 pings_are_many $((have + $1))
}

# kill -9, and the memory is back before there is another guest.
killed_and_buried() {
	local memory
	memory_look
	memory=$memory_available
	guest_kill "$GUEST"
	tappin wait "$PIN" state free timeout 5
	retry 5 memory_reaches $((memory + GUEST_MEMORY * 9 / 10))
	figure "memory back $(elapsed "$killed_at") s after kill -9:" \
		"$memory MiB available before, $memory_available after"
	assert_equal "$(tap_facts "$PIN")" "$facts"
}

# assert_none_lost FROM WORDS: of the pings sent since then
assert_none_lost() {
	local answered lost twice
	read -r answered lost twice < <(pings_sent "$1" "$EPOCHREALTIME")
	figure "$2: $answered pings answered, $lost lost, $twice answered twice"
	[ "$answered" -gt 0 ]
	assert_equal "$lost $twice" "0 0"
}

@test "guest: a second exec is refused and says who has the pin; not one ping is lost" {
	local from _
	pin_make "$PIN"
	restored guest_start
	from=$EPOCHREALTIME
	for _ in 1 2 3 4 5; do
		refused "held by pid $(guest_pid "$GUEST") (qemu-system-x86)" \
			tappin exec "$PIN" -- true
	done
	# A whole QEMU, as a second manager would start it.
	guest_command 3 'fds={tapfds},vhostfds={vhostfds},vhost=on'
	refused "held by pid $(guest_pid "$GUEST") (qemu-system-x86)" \
		tappin exec "$PIN" -- "${command[@]}"
	more_pings 100
	assert_none_lost "$from" "while others tried to start"
	assert_field "$PIN" generation 1
}

@test "guest: kill -9 and a boot: the TAP did not notice, the memory is back" {
	local facts
	pin_make "$PIN"
	facts=$(tap_facts "$PIN")
	restored guest_start
	killed_and_buried

	guest_start "$GUEST" "$PIN"
	guest_ready "$GUEST"
	figure "booted $(elapsed "$killed_at" "$guest_ready_at") s after kill -9"
	guest_back "$GUEST" "$guest_ready_at"
	is_true "$(pings_first_answer "$dead_at") < $guest_ready_at + 2"
	guest_calm "$GUEST"
	more_pings 100
	assert_none_lost "$calm_at" "since the guest is up"
	assert_equal "$(tap_facts "$PIN")" "$facts"
	assert_equal "$(field "$PIN" losses)" 1
}

@test "guest: the same with -daemonize; the pings that came meanwhile waited" {
	local facts sent lost meanwhile
	pin_make "$PIN" txqlen 20000
	facts=$(tap_facts "$PIN")
	restored guest_daemonize
	# The process that "tappin exec" became has ended: its child has the pin.
	assert_field "$PIN" pid "$(guest_pid "$GUEST")"
	assert_field "$PIN" comm qemu-system-x86
	guest_calm "$GUEST"
	pings_count
	sent=$echoes_sent
	lost=$((echoes_sent - echoes_answered))
	killed_and_buried

	restored guest_daemonize
	figure "answers again $(elapsed "$killed_at" "$(pings_first_answer "$dead_at")") s after kill -9"
	pings_count
	meanwhile=$((echoes_sent - sent))
	guest_calm "$GUEST"
	more_pings 100
	assert_none_lost "$calm_at" "since the guest is back"
	pings_end "$GUEST"
	pings_count
	lost=$((echoes_sent - echoes_answered - lost))
	figure "of $meanwhile pings sent meanwhile $lost were lost, the others waited"
	assert_equal "$(netdev "$PIN" statistics/tx_dropped)" 0
	# The dead one took some with it; and of many that come all at once a guest
	# doesn't answer all, though it gets them (its ICMP socket's buffer).
	[ $((lost * 4)) -le "$meanwhile" ]
	assert_equal "$(tap_facts "$PIN")" "$facts"
}

@test "guest: four queues, one used: detached ones come back, the next QEMU does not abort" {
	local facts from
	pin_make "$PIN" queues 4
	facts=$(tap_facts "$PIN")
	guest_start "$GUEST" "$PIN"
	# QEMU does that before the guest's first instruction.
	retry "$GUEST_SECONDS" has_detached "$PIN" 3
	guest_kill "$GUEST"
	tappin wait "$PIN" state free timeout 5
	assert_equal "$(tap_detached "$PIN")" 3
	run tappin exec "$PIN" -- ip -d link show dev "$PIN"
	assert_success
	assert_output --partial "numqueues 4 numdisabled 0"

	from=$EPOCHREALTIME
	guest_start "$GUEST" "$PIN"
	guest_ready "$GUEST"
	pings_start "$GUEST"
	guest_back "$GUEST" "$from"
	assert_equal "$(tap_detached "$PIN")" 3
	guest_calm "$GUEST"
	more_pings 100
	assert_none_lost "$calm_at" "with one of four queues"

	# And from a guest that was in the midst of things.
	guest_kill "$GUEST"
	guest_start "$GUEST" "$PIN"
	retry "$GUEST_SECONDS" has_detached "$PIN" 3
	guest_lives "$GUEST"
	assert_equal "$(tap_facts "$PIN")" "$facts"
}

@test "guest: evict kill of a stopped QEMU, and another takes over" {
	local facts pid
	pin_make "$PIN"
	facts=$(tap_facts "$PIN")
	restored guest_start
	pid=$(guest_pid "$GUEST")
	kill -STOP "$pid"
	refused "held by pid $pid (qemu-system-x86)" tappin exec "$PIN" -- true

	dead_at=$EPOCHREALTIME
	run tappin evict "$PIN" kill
	assert_success
	figure "evict kill took $(elapsed "$dead_at") s"
	assert_field "$PIN" state free
	retry 5 ended "$pid"
	assert_field "$PIN" evictions 1

	restored guest_start
	guest_calm "$GUEST"
	more_pings 100
	assert_none_lost "$calm_at" "under the next QEMU"
	assert_equal "$(tap_facts "$PIN")" "$facts"
}
