#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# exec runs a program that knows nothing of pins with the fds of one.

load helpers

@test "exec: {tapfds} and {vhostfds} become the numbers, one for each queue" {
	requires vhost
	tappin create "$PIN" queues 3
	run tappin exec "$PIN" -- echo '{tapfds}' '{vhostfds}'
	assert_success
	assert_output --regexp '^[0-9]+:[0-9]+:[0-9]+ [0-9]+:[0-9]+:[0-9]+$'
}

@test "exec: they are replaced inside words, as often as they come" {
	tappin create "$PIN" queues 2 vhost off
	run tappin exec "$PIN" -- echo 'tap,fds={tapfds},x {tapfds}'
	assert_output --regexp '^tap,fds=([0-9]+:[0-9]+),x ([0-9]+:[0-9]+)$'
	[[ $output =~ fds=([0-9:]+),x\ ([0-9:]+) ]]
	assert_equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

@test "exec: {tapfd} is one number, and the command gets one queue" {
	requires vhost
	tappin create "$PIN" queues 4
	run tappin exec "$PIN" -- sh -c "echo {tapfd} {vhostfd}; ip -d link show $PIN"
	assert_line --index 0 --regexp '^[0-9]+ [0-9]+$'
	assert_output --partial "numqueues 1 numdisabled 3"
}

@test "exec: {tapfds,} and {vhostfds,} have commas" {
	requires vhost
	tappin create "$PIN" queues 2
	run tappin exec "$PIN" -- echo '[{tapfds,}] [{vhostfds,}]'
	assert_output --regexp '^\[[0-9]+,[0-9]+\] \[[0-9]+,[0-9]+\]$'
}

@test "exec: nothing else in braces is touched" {
	tappin create "$PIN" vhost off
	run tappin exec "$PIN" -- echo '{} {tap} {tapfdsx} {TAPFDS} ${x} {tapfds' '{ tapfds}'
	assert_output '{} {tap} {tapfdsx} {TAPFDS} ${x} {tapfds { tapfds}'
}

@test "exec: the fds are open: the TAP's, vhost-net's and the lease's; and no others" {
	requires vhost
	tappin create "$PIN" queues 2
	run tappin exec "$PIN" -- bash -c '
		for fd in ${1//:/ }; do readlink /proc/self/fd/$fd; done
		for fd in ${2//:/ }; do readlink /proc/self/fd/$fd; done
		readlink /proc/self/fd/$TAPPIN_LEASE_FD
		ls -l /proc/$$/fd | grep -c -e tun -e vhost -e tappin
		ls -l /proc/$$/fd | grep -c socket' bash '{tapfds}' '{vhostfds}'
	assert_line --index 0 /dev/net/tun
	assert_line --index 1 /dev/net/tun
	assert_line --index 2 /dev/vhost-net
	assert_line --index 3 /dev/vhost-net
	assert_line --index 4 "anon_inode:[tappin]"
	assert_line --index 5 5
	assert_line --index 6 0
}

@test "exec: where standard fds are closed no queue takes their place" {
	tappin create "$PIN" vhost off
	local said=$BATS_TEST_TMPDIR/said
	# shellcheck disable=SC2016
	tappin exec "$PIN" -- sh -c '
		for fd in 0 1 2; do [ "/proc/self/fd/$fd" -ef /dev/null ] || exit 7; done
		echo {tapfd} >"$0"' "$said" 0<&- 1>&- 2>&-
	[ "$(cat "$said")" -gt 2 ]
}

@test "exec: fds that the command does not name are not passed" {
	requires vhost
	tappin create "$PIN" queues 2
	run tappin exec "$PIN" -- sh -c 'ls -l /proc/$$/fd'
	refute_output --partial vhost-net
	refute_output --partial /dev/net/tun
	assert_output --partial "[tappin]"
}

@test "exec: the environment has the pin's name and the lease" {
	tappin create "$PIN" vhost off
	run tappin exec "$PIN" -- sh -c 'echo "$TAPPIN_PIN"; [ -e /proc/self/fd/$TAPPIN_LEASE_FD ]'
	assert_success
	assert_output "$PIN"
}

@test "exec: by number too, with the pin's name in the environment" {
	tappin create "$PIN" vhost off
	run tappin exec id "$(field "$PIN" id)" -- sh -c 'echo "$TAPPIN_PIN"'
	assert_success
	assert_output "$PIN"
}

@test "exec: queues N uses the first N, the others are out of service" {
	tappin create "$PIN" queues 4 vhost off
	run tappin exec "$PIN" queues 2 -- sh -c "echo {tapfds}; ip -d link show $PIN"
	assert_line --index 0 --regexp '^[0-9]+:[0-9]+$'
	assert_output --partial "numqueues 2 numdisabled 2"
}

@test "exec: more queues than the pin has are refused and nothing is claimed" {
	tappin create "$PIN" queues 2 vhost off
	refused "has only 2 queues" tappin exec "$PIN" queues 3 -- true
	assert_field "$PIN" generation 0
	misused 'takes a number from 1 to 256, not "0"' tappin exec "$PIN" queues 0 -- true
}

@test "exec: {vhostfds} of a pin without vhost is refused and nothing is claimed" {
	tappin create "$PIN" vhost off
	refused "has no vhost-net" tappin exec "$PIN" -- echo '{vhostfds}'
	assert_field "$PIN" generation 0
}

@test "exec: a busy pin is refused with its holder's pid and name, who keeps it" {
	tappin create "$PIN"
	hold "$PIN"
	retry 10 is_field "$PIN" comm sleep
	run tappin exec "$PIN" -- true
	assert_failure 2
	assert_output --partial "$JOB"
	assert_output --partial sleep
	run tappin exec "$PIN" force -- true
	assert_failure 2
	assert_field "$PIN" state owned
	assert_field "$PIN" pid "$JOB"
}

@test "exec: the exit code is the command's" {
	tappin create "$PIN" vhost off
	run tappin exec "$PIN" -- sh -c 'exit 7'
	assert_failure 7
	tappin wait "$PIN" state free timeout 10
	run tappin exec "$PIN" -- sh -c 'kill -TERM $$'
	assert_failure 143
}

@test "exec: a command that can't be run is refused and the pin is free again" {
	tappin create "$PIN" vhost off
	refused "can't run \"/no/such/program\"" tappin exec "$PIN" -- /no/such/program
	tappin wait "$PIN" state free timeout 5
	refused "can't run \"/etc/passwd\"" tappin exec "$PIN" -- /etc/passwd
	tappin wait "$PIN" state free timeout 5
}

@test "exec: no command is a usage error" {
	tappin create "$PIN" vhost off
	misused '"--" and the command to run are missing' tappin exec "$PIN"
	misused 'the command to run is missing after "--"' tappin exec "$PIN" --
	misused "a pin's name is missing" tappin exec -- true
	misused "is not known here" tappin exec "$PIN" qeues 2 -- true
}

@test "exec: a pin that is not there" {
	refused "no such pin" tappin exec "$PIN" -- true
}

@test "exec: children hold the lease, too" {
	tappin create "$PIN" vhost off
	tappin exec "$PIN" -- sh -c 'sleep 1000 3>&- >/dev/null 2>&1 & echo $! >"$0"' "$BATS_TEST_TMPDIR/pid"
	JOBS+=("$(cat "$BATS_TEST_TMPDIR/pid")")
	assert_field "$PIN" state owned
	kill -KILL "$(cat "$BATS_TEST_TMPDIR/pid")"
	tappin wait "$PIN" state free timeout 10
}

@test "exec: waits for the last owner to be fenced" {
	requires vhost
	start_agents a
	stuck a
	refused "the eviction goes on" tappin evict "$PIN"
	background sh -c 'tappin exec "$0" -- sleep 1000 2>"$1"' "$PIN" "$BATS_TEST_TMPDIR/err"
	retry 10 is_field "$PIN" standbys 1
	kill_agent a
	tappin wait "$PIN" state owned timeout 20
	retry 10 is_field "$PIN" comm sleep
	assert_equal "$(cat "$BATS_TEST_TMPDIR/err")" ""
	kill -KILL "$(field "$PIN" pid)"
}

@test "exec: claims a pin that has become free since it was refused" {
	requires program:meanwhile.so
	tappin create "$PIN" vhost off
	run env MEANWHILE=free LD_PRELOAD="$TESTS/meanwhile.so" PIN="$PIN" \
		tappin exec "$PIN" -- true
	assert_success
}

@test "exec: of one that is not fenced in time it says how to end it" {
	requires vhost
	start_agents a
	stuck a
	refused "the eviction goes on" tappin evict "$PIN"
	run tappin exec "$PIN" -- true
	assert_failure 2
	assert_output --partial "evict"
	assert_output --partial "kill"
	tell a unstick
	tappin wait "$PIN" state free timeout 10
}

@test "exec: a macvtap's queues" {
	requires macvtap
	ip link add "$PIN" type dummy
	ip link add link "$PIN" "${PIN}m" type macvtap mode bridge
	tappin create "$PIN" dev "${PIN}m" queues 2
	run tappin exec "$PIN" -- bash -c 'for fd in ${1//:/ }; do readlink /proc/self/fd/$fd; done' bash '{tapfds}'
	assert_line --index 0 "/dev/tap$(netdev "${PIN}m" ifindex)"
	assert_line --index 1 "/dev/tap$(netdev "${PIN}m" ifindex)"
}
