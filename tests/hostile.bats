#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Owners that hang, cling or make noise, and claimants that die at each step (promise
# P6): nobody waits for them without bound, others use generic netlink all along, an
# admin ends them, and the next owner gets the pin.

load helpers

# A command waits 50 ms at most; the rest is a busy emulated machine's time.
BOUND_MS=10000
# A small module that registers a generic netlink family. Where it is none, as in the
# debug kernel, the bystander asks for families only.
OTHER_FAMILY=psample

setup() {
	tests_setup
	requires agent program:bystander vhost
	HUNG=/proc/sys/kernel/hung_task_timeout_secs
	[ ! -e "$HUNG" ] || HUNG_WAS=$(cat "$HUNG")
	BYSTANDER=
}

teardown() {
	local ended=0

	assert_bystander_unhindered || ended=1
	thaw
	[ -z "${HUNG_WAS-}" ] || echo "$HUNG_WAS" >"$HUNG"
	tests_teardown || ended=1
	[ -z "${PROBED-}" ] || echo "-:$PROBED" >>"$PROBES"
	return "$ended"
}

bystander() {
	local module=

	! modinfo "$OTHER_FAMILY" >/dev/null 2>&1 || module=$OTHER_FAMILY
	background "$TESTS/bystander" ${module:+"$module"} >"$BATS_TEST_TMPDIR/bystander"
	BYSTANDER=$JOB
}

# What it says goes to the log, for it is a figure.
assert_bystander_unhindered() {
	local said

	[ -n "${BYSTANDER-}" ] || return 0
	kill -TERM "$BYSTANDER"
	retry 20 ended "$BYSTANDER" || return 1
	said=$(cat "$BATS_TEST_TMPDIR/bystander")
	figure "$BATS_TEST_DESCRIPTION: $said"
	[[ $said =~ ^queries\ ([1-9][0-9]*)\ slowest\ ([0-9]+)\ ms,\ loads\ ([0-9]+)\ slowest\ ([0-9]+)\ ms$ ]] &&
		[ "${BASH_REMATCH[2]}" -lt "$BOUND_MS" ] &&
		[ "${BASH_REMATCH[4]}" -lt "$BOUND_MS" ] && return
	echo "the bystander was held up: $said"
	return 1
}

# in_time COMMAND...: however it ends, it does so soon
in_time() {
	local start=$EPOCHREALTIME ms

	run "$@"
	ms=$(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
	[ "$ms" -lt "$BOUND_MS" ] || fail "$* took $ms ms"
}

# in_time_ask NAME COMMAND...: the same for an agent; ANSWER is what it says
in_time_ask() {
	local start=$EPOCHREALTIME ms

	ask "$@"
	ms=$(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
	[ "$ms" -lt "$BOUND_MS" ] || fail "agent $* took $ms ms"
}

# ended_by_admin PID...: PIN's owner does not cooperate, and these have to do with it.
# Evict, a claim by b and kill answer soon, they are gone at the end, and c owns it.
ended_by_admin() {
	local pid

	in_time tappin evict "$PIN"
	[ "$status" -eq 0 ] || assert_output --partial "the eviction goes on"
	tell b standby "$PIN"
	in_time_ask b claim
	assert_regex "$ANSWER" '^(OK|ERR EBUSY)'
	[[ $ANSWER != OK* ]] || tell b close
	in_time tappin show "$PIN"
	assert_success
	in_time tappin evict "$PIN" kill
	for pid; do retry 20 ended "$pid"; done
	tappin wait "$PIN" state free timeout 20
	retry 10 is_field "$PIN" strays 0
	owner c
	tell c ring
}

# freeze PID: by a control group
freeze() {
	CGROUP=$BATS_TEST_TMPDIR/cgroup
	mkdir "$CGROUP"
	mount -t cgroup2 none "$CGROUP" 2>/dev/null || skip "needs control groups"
	FROZEN=$CGROUP/$PIN
	mkdir "$FROZEN"
	echo "$1" >"$FROZEN/cgroup.procs"
	echo 1 >"$FROZEN/cgroup.freeze"
	retry 10 grep -q '^frozen 1' "$FROZEN/cgroup.events"
}

thaw() {
	[ -n "${FROZEN-}" ] && [ -d "$FROZEN" ] || return 0
	echo 0 >"$FROZEN/cgroup.freeze"
	end_processes
	retry 10 rmdir "$FROZEN"
	umount "$CGROUP"
}

# has_workers PID N: it owns so many vhost devices, whose workers are called after it
has_workers() {
	[ "$(cat /proc/[0-9]*/task/*/comm 2>/dev/null | grep -cx "vhost-$1")" -ge "$2" ]
}

# From now on, each look for the next process that holds one of a lease's files.
PROBES=/sys/kernel/tracing/kprobe_events
count_walks() {
	[ -e "$PROBES" ] || skip "needs kprobes"
	PROBED=tappin/walk
	echo "p:$PROBED tappin:tappin_holder_next" >>"$PROBES"
	WALKS=${PROBES%/*}/events/$PROBED
	count_by_process "$WALKS"
}

walks() {
	awk -F: '/hitcount/ { n += $NF } END { print n + 0 }' "$WALKS/hist"
}

@test "hostile: a vhost worker that hangs on a page: evict, claim and kill answer soon, kill ends it" {
	start_agents a b c
	bystander
	stuck a
	ended_by_admin "${AGENT_PID[a]}"
}

@test "hostile: what waits for a hanging worker is no hung task" {
	start_agents a
	[ ! -e "$HUNG" ] || echo 3 >"$HUNG"
	bystander
	stuck a
	refused "the eviction goes on" tappin evict "$PIN"
	# Time itself is what is tested: the kernel looks every 3 s, and complains of
	# what it has seen twice without having run.
	run -3 tappin wait "$PIN" state free timeout 12
	assert_quiet_kernel
	tell a unstick
	tappin wait "$PIN" state free timeout 20
}

@test "hostile: an owner that is stopped" {
	start_agents a b c
	bystander
	running a
	kill -STOP "${AGENT_PID[a]}"
	ended_by_admin "${AGENT_PID[a]}"
}

@test "hostile: an owner that is stopped by a tracer" {
	start_agents a b c t
	bystander
	running a
	tell t trace "${AGENT_PID[a]}"
	ended_by_admin "${AGENT_PID[a]}"
}

@test "hostile: an owner that is stopped by a tracer goes on: the fence ends without kill" {
	start_agents a t
	bystander
	running a
	tell t trace "${AGENT_PID[a]}"
	in_time tappin evict "$PIN"
	kill_agent t
	tappin wait "$PIN" state free timeout 20
	polled a "in hup"
}

@test "hostile: an owner that is frozen by a control group" {
	start_agents a b c
	bystander
	running a
	freeze "${AGENT_PID[a]}"
	ended_by_admin "${AGENT_PID[a]}"
}

@test "hostile: an owner that takes its vhost devices again and again, and has copies of all in a child" {
	start_agents a b c
	bystander
	running a
	tell a reown
	ended_by_admin "${AGENT_PID[a]}" "$ANSWER"
}

@test "hostile: the same; without kill the fence ends, and its TAPs are shown as strays" {
	start_agents a b
	bystander
	running a
	tell a reown
	JOBS+=("$ANSWER")
	in_time tappin evict "$PIN"
	tappin wait "$PIN" state free timeout 20
	assert_field "$PIN" strays 2
	tell b standby "$PIN"
	denied b EBUSY claim
	assert_regex "$ANSWER" "claim with force, or evict with kill"
}

# Each of the others is asked before it, and to be refused takes time.
@test "hostile: a child owns the vhost devices, behind 20 others that hold them, too: the fence ends" {
	start_agents a
	bystander
	tappin create "$PIN"
	tell a standby "$PIN"
	tell a claim
	local i
	for ((i = 0; i < 20; i++)); do
		tell a fork
		JOBS+=("$ANSWER")
	done
	tell a forkown
	JOBS+=("$ANSWER")
	retry 10 has_workers "$ANSWER" 1
	in_time tappin evict "$PIN"
	tappin wait "$PIN" state free timeout 60
}

# Who makes processes makes a search long; and 64 of them keep as many processors busy.
@test "hostile: a child owns 64 vhost devices: it is searched for once, not for each of them" {
	requires lab
	start_agents a
	bystander
	tappin create "$PIN" queues 64
	tell a standby "$PIN"
	tell a claim
	tell a forkown
	JOBS+=("$ANSWER")
	retry 20 has_workers "$ANSWER" 64
	count_walks
	in_time tappin evict "$PIN"
	tappin wait "$PIN" state free timeout 60
	figure "$(walks) processes were asked for one of them"
	[ "$(walks)" -gt 0 ]
	[ "$(walks)" -lt 20 ]
}

@test "hostile: copies of all files in a stopped child, whose the vhost devices are" {
	start_agents a b c
	bystander
	running a
	tell a reown
	local child=$ANSWER
	kill -STOP "$child"
	ended_by_admin "${AGENT_PID[a]}" "$child"
}

@test "hostile: an owner killed with its worker hanging and copies of its files elsewhere" {
	start_agents a b c
	bystander
	stuck a
	tell a fork
	local child=$ANSWER
	kill_agent a
	ended_by_admin "$child"
}

@test "hostile: a crowd that shares a table of fds makes a search long, and keeps nobody up" {
	local fds=500000

	# Where each access is looked at, such a table would take a minute.
	[ ! -e /sys/kernel/debug/kcsan ] && [ ! -e /sys/kernel/debug/kmemleak ] || fds=20000
	program crowd "$fds"
}

@test "hostile: 80 devices hang: those of others are fenced all the same" {
	bystander
	program hang
}

@test "hostile: events without end, to one who never reads: the memory is bounded, others go on" {
	start_agents a
	bystander
	tappin create "$PIN" vhost off
	owner a
	# Without rights, its buffer is small.
	background setpriv --reuid nobody --clear-groups tappin monitor \
		>"$BATS_TEST_TMPDIR/deaf"
	local deaf=$JOB rmem drops
	background tappin monitor >"$BATS_TEST_TMPDIR/reader"
	retry 10 listening 2
	kill -STOP "$deaf"
	tell a notes 5000
	read -r rmem drops < <(listeners '{ r = $5 > r ? $5 : r; d += $9 } END { print r + 0, d + 0 }')
	figure "5000 events, never read: $rmem bytes held, $drops dropped"
	[ "$drops" -gt 0 ]
	[ "$rmem" -lt $((8 << 20)) ]
	tappin delete "$PIN" force
	reader_heard() {
		grep -q deleted "$BATS_TEST_TMPDIR/reader"
	}
	retry 20 reader_heard
}

# goes_so_far NAME STEP...: a claimant with COOKIE
goes_so_far() {
	local step

	for step in "${@:2}"; do
		case $step in
		standby) tell "$1" standby "$PIN" ;;
		claim) tell "$1" claim "$COOKIE" ;;
		*) tell "$1" "$step" ;;
		esac
	done
}

@test "hostile: a claimant that dies at each step of a hand-over: the offerer goes on" {
	start_agents a
	bystander
	tappin create "$PIN" queues 2
	offered a
	tell a ring
	local steps=(standby own claim ring) i
	for ((i = 1; i <= ${#steps[@]}; i++)); do
		start_agents "b$i"
		goes_so_far "b$i" "${steps[@]:0:i}"
		kill_agent "b$i"
		[ "$i" -le 2 ] || tappin wait "$PIN" state returned timeout 20
		tell a withdraw
		assert_field "$PIN" state owned
		assert_field "$PIN" pid "${AGENT_PID[a]}"
		# Its vhost devices are fresh ones then.
		[ "$i" -le 2 ] || tell a own
		[ "$i" -le 2 ] || tell a ring
		tell a offer
		COOKIE=$ANSWER
	done
	assert_field "$PIN" standbys 0
}

@test "hostile: a claimant that dies once it has confirmed: the pin is free" {
	start_agents a b c
	bystander
	tappin create "$PIN" queues 2
	taken a b
	tell b ring
	tell b confirm
	kill_agent b
	tappin wait "$PIN" state free timeout 20
	kill_agent a
	retry 10 is_field "$PIN" strays 0
	owner c
}
