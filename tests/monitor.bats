#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# monitor: what happens to the pins of the namespace, in order, a line each.

load helpers

RMEM_MAX=/proc/sys/net/core/rmem_max

teardown() {
	[ -z "${RMEM-}" ] || echo "$RMEM" >"$RMEM_MAX"
	tests_teardown
}

# monitor [FLAG...]: in the background, and it listens when this returns. LOG is
# what it prints, LOG.err its standard error. AS is a command that runs it.
monitor() {
	LOG=$BATS_TEST_TMPDIR/monitor
	background sh -c 'exec ${AS-} tappin "$@" monitor >"$0" 2>"$0.err"' "$LOG" "$@"
	tappin create "$PIN-probe" vhost off
	retry 20 probed
	tappin delete "$PIN-probe"
	retry 20 grep -q 'deleted.*-probe' "$LOG"
}

probed() {
	echo x | tappin set "$PIN-probe" note -
	grep -q 'changed.*-probe' "$LOG"
}

# The events of PIN so far, in one line.
events() {
	sed -nE "s/^(\[[^]]*\] )?([a-z]+) $PIN:.*/\2/p" "$LOG" | paste -sd' '
}

seen() {
	[ "$(events)" = "$*" ]
}

assert_events() {
	retry 20 seen "$*" || assert_equal "$(events)" "$*"
}

stopped() {
	grep -q '^State:.T' "/proc/$1/status"
}

@test "monitor: the life of a pin: new, claimed, lost, fenced, changed, deleted" {
	monitor
	tappin create "$PIN" vhost off
	tappin exec "$PIN" -- true
	tappin wait "$PIN" state free timeout 10
	tappin set "$PIN" owner nobody
	tappin delete "$PIN"
	assert_events new claimed lost fenced changed deleted
	assert_equal "$(cat "$LOG.err")" ""
}

@test "monitor: a hand-over: offered, taken, confirmed" {
	start_agents a b
	monitor
	tappin create "$PIN" queues 2
	taken a b
	tell b confirm
	assert_events new claimed offered taken confirmed
}

@test "monitor: the way back: withdrawn; lost, returned, withdrawn" {
	start_agents a b
	tappin create "$PIN" vhost off
	monitor
	offered a
	tell a withdraw
	assert_events claimed offered withdrawn
	tell a offer
	COOKIE=$ANSWER
	tell b standby "$PIN"
	tell b claim "$COOKIE"
	kill_agent b
	tappin wait "$PIN" state returned timeout 10
	tell a withdraw
	assert_events claimed offered withdrawn offered taken lost returned withdrawn
}

@test "monitor: evicted, fenced; gone" {
	tappin create "$PIN" vhost off
	hold "$PIN"
	monitor
	tappin evict "$PIN" kill
	tappin wait "$PIN" state free timeout 10
	ip link del "$PIN"
	tappin wait "$PIN" state dead timeout 10
	tappin delete "$PIN"
	assert_events evicted fenced gone deleted
}

losses() {
	[ "$(grep -c '"event":"lost"' "$LOG")" -eq "$1" ]
}

# When the first copy is closed another holder is looked for, and none is found: the
# process has no table of fds any more, while its other copies are still open.
@test "monitor: who dies with many copies of its lease is named when it is lost" {
	local i
	monitor -j
	tappin create "$PIN" vhost off
	for i in {1..5}; do
		background tappin exec "$PIN" -- bash -c '
			for i in {1..400}; do exec {copy}>&"$TAPPIN_LEASE_FD"; done
			kill -STOP $$'
		retry 20 stopped "$JOB"
		end "$JOB"
		retry 20 losses "$i"
		run tail -n 1 <(grep '"event":"lost"' "$LOG")
		assert_output --partial "\"pid\":$JOB,"
		tappin wait "$PIN" state free timeout 10
	done
}

@test "monitor: each line has the pin as it is after the event" {
	monitor
	tappin create "$PIN" vhost off
	hold "$PIN"
	retry 10 grep -q "^claimed $PIN: " "$LOG"
	run grep "^claimed $PIN: " "$LOG"
	assert_output --partial "state owned"
	assert_output --partial "held by pid $JOB"
	assert_output --partial "generation 1"
	run grep -c "state free.*not held" <(grep "^new $PIN: " "$LOG")
	assert_output 1
}

@test "monitor: -j is an object a line, with event and the attributes" {
	monitor -j
	tappin create "$PIN" vhost off
	tappin delete "$PIN"
	retry 20 grep -q "\"deleted\".*\"$PIN\"" "$LOG"
	run jq -rs --arg pin "$PIN" '[.[] | select(.name == $pin) | .event] | join(" ")' "$LOG"
	assert_output "new deleted"
	run jq -rs --arg pin "$PIN" '.[] | select(.name == $pin and .event == "new") | "\(.state) \(.queues) \(.ifname)"' "$LOG"
	assert_output "free 1 $PIN"
}

@test "monitor: -t puts the time before each line" {
	monitor -t
	tappin create "$PIN" vhost off
	assert_events new
	run grep -E "^\[20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}[+-][0-9]{2}:[0-9]{2}\] new $PIN:" "$LOG"
	assert_success
}

@test "monitor: hears nothing of other namespaces" {
	ip netns add "${PIN}a"
	monitor
	ip netns exec "${PIN}a" tappin create "$PIN" vhost off
	tappin create "${PIN}z" vhost off
	retry 10 grep -q "^new ${PIN}z:" "$LOG"
	assert_equal "$(events)" ""
}

@test "monitor: refused commands are no events" {
	tappin create "$PIN" vhost off
	hold "$PIN"
	monitor
	run tappin exec "$PIN" -- true
	assert_failure
	run tappin delete "$PIN"
	assert_failure
	run tappin create "$PIN"
	assert_failure
	tappin set "$PIN" owner nobody
	assert_events changed
}

@test "monitor: SIGTERM ends it well" {
	monitor
	kill -TERM "$JOB"
	wait "$JOB"
}

# is_full PIPE: no more can be written to it
is_full() {
	! timeout 1 dd if=/dev/zero of="$1" bs=4096 count=1 oflag=nonblock status=none 2>/dev/null
}

@test "monitor: SIGTERM ends it, too, when the reader of its output stands still" {
	local pipe=$BATS_TEST_TMPDIR/pipe reader i
	mkfifo "$pipe"
	exec {reader}<>"$pipe"
	background sh -c 'exec tappin -j monitor >"$0"' "$pipe"
	tappin create "$PIN" vhost off
	for ((i = 0; i < 500; i++)); do echo "set $PIN owner $((i % 2 + 1))"; done >"$BATS_TEST_TMPDIR/batch"
	fill() {
		tappin -b "$BATS_TEST_TMPDIR/batch"
		is_full "$pipe"
	}
	retry 60 fill
	kill -TERM "$JOB"
	retry 20 ended "$JOB"
	exec {reader}<&-
}

unloaded() {
	modprobe -r tappin 2>/dev/null
	[ ! -d /sys/module/tappin ]
}

@test "monitor: the module is unloaded: it and wait say so, and end" {
	monitor
	local monitor=$JOB
	background sh -c 'exec tappin wait "$0" state free 2>"$1"' "$PIN" "$LOG.wait"
	local waiter=$JOB
	retry 20 listening 2
	retry 20 unloaded
	retry 20 ended "$monitor"
	retry 20 ended "$waiter"
	assert_equal "$(cat "$LOG.err")" "Error: module tappin was unloaded: connect again."
	assert_equal "$(cat "$LOG.wait")" "Error: module tappin was unloaded: connect again."
}

@test "monitor: it ends when nobody reads what it writes" {
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	background sh -c 'exec tappin monitor >"$0"' "$BATS_TEST_TMPDIR/pipe"
	local reader
	exec {reader}<"$BATS_TEST_TMPDIR/pipe"
	exec {reader}<&-
	retry 20 ended "$JOB"
}

@test "monitor: when it can't keep up it says so, and goes on" {
	local i
	# Without rights its buffer is small; but 7.2 lets it be 4 MiB.
	RMEM=$(<"$RMEM_MAX")
	[ "$RMEM" -lt 212992 ] || echo 212992 >"$RMEM_MAX"
	AS='setpriv --reuid nobody --clear-groups'
	export AS
	monitor
	tappin create "$PIN" vhost off
	kill -STOP "$JOB"
	for ((i = 0; i < 800; i++)); do echo "set $PIN owner $((i % 2 + 1))"; done >"$BATS_TEST_TMPDIR/batch"
	tappin -b "$BATS_TEST_TMPDIR/batch"
	kill -CONT "$JOB"
	retry 20 grep -q "Error: events were lost" "$LOG.err"
	# The kernel drops what comes before the old ones are read: until one comes.
	goes_on() {
		tappin set "$PIN" owner 777
		grep -q "^changed $PIN: .* owner 777" "$LOG"
	}
	retry 20 goes_on
}
