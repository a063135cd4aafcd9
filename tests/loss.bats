#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# However an owner is lost (promise P4): the pin is free as soon as nobody holds
# its lease, what the owner had is released, and the next one finds the TAP as it
# should be.

load helpers

free_within() {
	tappin wait "$PIN" state free timeout "$1"
}

@test "loss: kill -9 of the owner frees the pin, and the loss is counted" {
	tappin create "$PIN"
	hold "$PIN"
	end "$JOB"
	free_within 10
	assert_field "$PIN" losses 1
	assert_field "$PIN" strays 0
	assert_field "$PIN" pid ""
}

@test "loss: kill -9 of an owner whose vhost devices run frees the pin" {
	requires vhost
	start_agents a
	tappin create "$PIN" queues 4
	ip link set "$PIN" up
	owner a
	tell a ring
	kill_agent a
	free_within 10
	assert_field "$PIN" strays 0
}

@test "loss: the dead owner's memory is back at once, though its vhost files were pinned" {
	requires vhost
	start_agents a
	tappin create "$PIN" queues 2
	owner a
	tell a ring
	local before
	memory_look
	before=$memory_available
	tell a eat 600
	memory_look
	[ "$memory_available" -lt $((before - 400)) ]
	kill_agent a
	retry 5 memory_reaches $((before - 199))
}

# A fence that waited for the memory of a guest of hundreds of gigabytes, or for the
# disks that it has requests to, would keep its next QEMU waiting. Where processors are
# not emulated this is over too soon to be seen.
@test "loss: the pin is free before all of the dead owner's memory is" {
	requires lab vhost
	local before AGENT_SECONDS=600
	expedite
	start_agents a
	tappin create "$PIN"
	owner a
	memory_look
	before=$memory_available
	tell a eat 800 small
	background tappin wait "$PIN" state free timeout 300
	kill -KILL "${AGENT_PID[a]}"
	wait "$JOB"
	memory_look
	figure "$((before - memory_available)) of 800 MiB are still to come back"
	[ "$memory_available" -lt $((before - 50)) ]
	retry 300 memory_reaches $((before - 199))
}

# Where exit_mmap() in a kernel thread closes the file that it is, the kernel's shared
# work frees it, which others wait for.
@test "loss: the dead owner's shared memory is not left to the kernel's shared work" {
	requires lab vhost
	local freed=/sys/kernel/tracing/events/filemap/mm_filemap_delete_from_page_cache
	[ -e "$freed/hist" ] || skip "needs ftrace"
	all_freed() {
		awk -F: '/hitcount/ { n += $NF } END { exit n < 25600 }' "$freed/hist"
	}
	start_agents a
	tappin create "$PIN"
	owner a
	tell a ring
	tell a eat 100 shared
	count_by_process "$freed"
	kill_agent a
	free_within 10
	retry 60 all_freed
	run cat "$freed/hist"
	refute_line --regexp 'kworker/[0-9].* hitcount: +[0-9]{4,}'
}

# The ring holds the lease, that the vhost files, those the memory, and that the ring.
polled_by() {
	requires vhost
	start_agents a
	tappin create "$PIN" queues 2
	owner a
	tell a ring
	ask a "$1"
	[[ $ANSWER != "ERR ENOSYS"* && $ANSWER != "ERR EPERM"* ]] || skip "needs $1"
	assert_equal "$ANSWER" OK
	kill_agent a
	free_within 10
	assert_field "$PIN" strays 0
}

@test "loss: kill -9 of an owner whose lease is polled by its io_uring frees the pin" {
	polled_by uring
}

@test "loss: kill -9 of an owner whose lease is polled by Linux AIO frees the pin" {
	polled_by aio
}

@test "loss: the owner's exit and its close free the pin as well" {
	start_agents a
	tappin create "$PIN"
	owner a
	tell a close
	free_within 10
	owner a
	tell a quit
	free_within 10
	assert_field "$PIN" losses 2
}

@test "loss: a daemon that its parent leaves behind keeps the pin, and is named as holder" {
	tappin create "$PIN"
	tappin exec "$PIN" -- sh -c 'sleep 1000 </dev/null >/dev/null 2>&1 3>&- & echo $!' >"$BATS_TEST_TMPDIR/pid"
	local child
	child=$(cat "$BATS_TEST_TMPDIR/pid")
	JOBS+=("$child")
	retry 10 is_field "$PIN" pid "$child"
	assert_field "$PIN" comm sleep
	assert_field "$PIN" state owned
	kill -KILL "$child"
	free_within 10
}

@test "loss: a forked copy keeps the pin until it too is gone" {
	requires vhost
	start_agents a b
	tappin create "$PIN"
	owner a
	tell a ring
	tell a fork
	local child=$ANSWER
	JOBS+=("$child")
	kill_agent a
	tell b standby "$PIN"
	denied b EBUSY claim
	assert_field "$PIN" state owned
	retry 10 is_field "$PIN" pid "$child"
	kill -KILL "$child"
	free_within 10
	tell b claim
}

@test "loss: a lease on its way through a socket keeps the pin, held by no process" {
	requires python3
	tappin create "$PIN"
	# The child has both ends of the socket and not the lease, which is in it.
	background tappin exec "$PIN" -- python3 -c '
import array, os, signal, socket, sys
lease = int(os.environ["TAPPIN_LEASE_FD"])
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [lease]))])
child = os.fork()
if not child:
    os.close(lease)
    signal.pause()
open(sys.argv[1], "w").write(str(child))' "$BATS_TEST_TMPDIR/pid"
	wait "$JOB"
	local child
	child=$(cat "$BATS_TEST_TMPDIR/pid")
	JOBS+=("$child")
	retry 20 is_field "$PIN" pid 0
	assert_field "$PIN" state owned
	kill -KILL "$child"
	free_within 10
}

@test "loss: fds are close-on-exec, so that exec ends the lease" {
	requires python3
	start_agents a
	tappin create "$PIN" queues 2
	owner a
	local fd
	tell a fds
	for fd in $ANSWER; do
		[[ $fd =~ ^[0-9]+$ ]] || continue
		run grep -E '^flags:\s*0?2[0-9]{6}$' "/proc/${AGENT_PID[a]}/fdinfo/$fd"
		assert_success
	done
	tell a close
	free_within 10
	background tappin exec "$PIN" -- python3 -c '
import os
os.set_inheritable(int(os.environ["TAPPIN_LEASE_FD"]), False)
os.execlp("sleep", "sleep", "1000")'
	retry 30 is_field "$PIN" losses 2
	free_within 10
	kill -0 "$JOB"
}

@test "loss: a program that inherits the lease by exec keeps the pin" {
	start_agents a
	tappin create "$PIN"
	owner a
	tell a exec "exec sleep 1000"
	retry 10 is_field "$PIN" comm sleep
	assert_field "$PIN" state owned
	assert_field "$PIN" pid "${AGENT_PID[a]}"
	kill_agent a
	free_within 10
}

@test "loss: an owner that executed another program with its vhost files is fenced all the same" {
	requires vhost
	start_agents b
	tappin create "$PIN" queues 2
	owner b
	tell b ring
	tell b exec "exec sleep 1000"
	retry 10 is_field "$PIN" comm sleep
	kill_agent b
	free_within 10
	assert_field "$PIN" strays 0
}

@test "loss: queues that a process without a lease keeps are shown as strays; claiming takes force" {
	start_agents a b
	tappin create "$PIN" queues 2 vhost off
	owner a
	tell a closelease
	free_within 10
	assert_field "$PIN" strays 2
	run tappin show "$PIN"
	assert_output --partial "2 queues still held by a process without a lease"
	tell b standby "$PIN"
	denied b EBUSY claim
	assert_regex "$ANSWER" "claim with force, or evict with kill"
	refused "claim with force" tappin exec "$PIN" -- true
	tell b claim force
	assert_field "$PIN" state owned
}

@test "loss: strays are gone with their process" {
	start_agents a b
	tappin create "$PIN" vhost off
	owner a
	tell a closelease
	free_within 10
	assert_field "$PIN" strays 1
	kill_agent a
	retry 10 is_field "$PIN" strays 0
	tell b standby "$PIN"
	tell b claim
}

@test "loss: a process that lives on without its lease has lost its vhost devices" {
	requires vhost
	start_agents a b
	tappin create "$PIN"
	link_up "$PIN"
	owner a
	gets_packets a 10
	tell a closelease
	free_within 10
	packets_move a b
}

@test "loss: queues that were left detached are attached for the next owner" {
	start_agents a
	tappin create "$PIN" queues 4
	hold "$PIN" queues 1
	retry 10 is_field "$PIN" comm sleep
	run ip -d link show "$PIN"
	assert_output --partial "numqueues 1 numdisabled 3"
	end "$JOB"
	free_within 10
	owner a
	run ip -d link show "$PIN"
	assert_output --partial "numqueues 4 numdisabled 0"
}

@test "loss: packets that came while nobody owned the pin wait for the next owner, in order" {
	requires python3
	tappin create "$PIN" txqlen 500
	sysctl -q "net.ipv6.conf.$PIN.disable_ipv6=1" || :
	ip link set "$PIN" up
	hold "$PIN"
	end "$JOB"
	free_within 10
	python3 - "$PIN" <<-'END'
		import socket, struct, sys
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind((sys.argv[1], 0))
		for i in range(400):
		    s.send(b"\xff" * 6 + b"\x02" + b"\0" * 5 + b"\x88\xb5" + struct.pack("!I", i) + b"\0" * 42)
	END
	run tappin exec "$PIN" -- python3 -c '
import os, struct, sys
seen = []
try:
    while True:
        frame = os.read(int(sys.argv[1]), 2000)[10:]
        if frame[12:14] == b"\x88\xb5":
            seen.append(struct.unpack("!I", frame[14:18])[0])
except BlockingIOError:
    print("in order" if seen == list(range(400)) else seen)' '{tapfd}'
	assert_output "in order"
}

@test "loss: exec right after kill -9 gets the pin, while the dying process still closes its files" {
	tappin create "$PIN" queues 8
	local round
	for round in 1 2 3 4 5; do
		hold "$PIN"
		kill -KILL "$JOB"
		run tappin exec "$PIN" -- true
		assert_success
		tappin wait "$PIN" state free timeout 10
	done
}
