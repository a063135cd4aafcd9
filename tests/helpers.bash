# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# helpers - what the bats suites share
#
# A suite begins with "load helpers". Each test then runs with PIN set to a name
# that no other test has: pins, interfaces and network namespaces whose names
# begin with it are the test's, and teardown removes them. What a test leaves
# behind in another way (a process, a lease, a reference to the module) fails it,
# and so does any complaint in the kernel log since it began.
#
# Nothing here sleeps to let something happen: "tappin wait" waits for an event,
# "retry" asks again until a limit.

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert
load complaints
load retry

TOP=$(CDPATH='' cd -- "$BATS_TEST_DIRNAME/.." && pwd)
TESTS=$TOP/build/tests

# What was built here goes before what is installed.
[ ! -x "$TOP/build/tools/tappin" ] || PATH=$TOP/build/tools:$PATH
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL=C

# --- The life of a test ------------------------------------------------------

setup() {
	tests_setup
}

teardown() {
	tests_teardown
}

tests_setup() {
	requires root
	load_module
	PIN=t$$
	export TAPPIN_TEST=$PIN
	declare -gA AGENT_IN=() AGENT_OUT=() AGENT_PID=()
	JOBS=()
	REFERENCES=$(references)
	MARK="tappin test $PIN $RANDOM begins"
	echo "$MARK" >/dev/kmsg
}

tests_teardown() {
	local ended=0

	[ -n "${MARK-}" ] || return 0
	[ -z "${EXPEDITED-}" ] || echo "$EXPEDITED" >/sys/kernel/rcu_expedited
	[ ! -e "${USERNS_PINS-}" ] || echo 0 >"$USERNS_PINS"
	[ ! -e "${TRACED-}" ] || echo "!$BY_PROCESS" >"$TRACED"
	end_processes
	remove_pins
	remove_devices
	assert_nothing_left || ended=1
	assert_quiet_kernel || ended=1
	return "$ended"
}

# On a machine where "modprobe tappin" finds it, the command loads the module; a
# test of that is in load.bats.
load_module() {
	[ ! -d /sys/module/tappin ] || return 0
	if [ -n "${TAPPIN_KO-}" ]; then
		insmod "$TAPPIN_KO"
	else
		modprobe tappin
	fi
}

# Until the test ends, nobody waits long for RCU, as closing vhost devices and TAPs do:
# that is half of the time of some tests.
expedite() {
	EXPEDITED=$(cat /sys/kernel/rcu_expedited)
	echo 1 >/sys/kernel/rcu_expedited
}

# Sets memory_available, in MiB
memory_look() {
	local key value
	while read -r key value _; do
		[ "$key" != MemAvailable: ] || memory_available=$((value / 1024))
	done </proc/meminfo
}

# memory_reaches MIB: is so much available?
memory_reaches() {
	memory_look
	[ "$memory_available" -ge "$1" ]
}

# userns_pins N: network namespaces of other user namespaces may have so many, in this
# test
userns_pins() {
	USERNS_PINS=/sys/module/tappin/parameters/userns_pins
	echo "$1" >"$USERNS_PINS"
}

# count_by_process FOLDER: from now on its file "hist" says how often this event of the
# kernel came in which process
BY_PROCESS='hist:keys=common_pid.execname'
count_by_process() {
	echo "$BY_PROCESS" >"$1/trigger"
	TRACED=$1/trigger
}

# figure WORD...: said in the results, among the tests
figure() {
	echo "# $*" >&3
}

references() {
	local count=0

	[ ! -d /sys/module/tappin ] || read -r count </sys/module/tappin/refcnt
	echo "$count"
}

end_processes() {
	local pid

	for pid in "${AGENT_PID[@]}" "${JOBS[@]}"; do
		kill -CONT "$pid" 2>/dev/null || :
		kill -KILL "$pid" 2>/dev/null || :
	done
	for pid in "${AGENT_PID[@]}" "${JOBS[@]}"; do
		wait "$pid" 2>/dev/null || :
	done
}

# deletions: of the test's pins, as commands. Of all namespaces, for "ip netns
# del" keeps a pin and its namespace.
deletions() {
	local pins

	pins=$(tappin -j show all-netns)
	while [[ $pins =~ \{\"name\":\"${PIN}[^\"]*\",\"id\":([0-9]+)(.*) ]]; do
		pins=${BASH_REMATCH[2]}
		echo "delete id ${BASH_REMATCH[1]} force"
	done
}

no_pins() {
	[ "$(references)" -eq 0 ] || deletions | tappin -b -
}

# A pin whose owner takes its time to go is there for some more.
remove_pins() {
	[ ! -d /sys/module/tappin ] || retry 10 no_pins
}

remove_devices() {
	local path

	for path in /run/netns/"$PIN"*; do
		[ ! -e "$path" ] || ip netns del "${path##*/}" || :
	done
	for path in /sys/class/net/"$PIN"*; do
		[ ! -e "$path" ] || ip link del "${path##*/}" 2>/dev/null || :
	done
}

# The test's processes have its mark in the environment they were started with;
# this shell and its copies, whose environment is older, do not.
leftover_processes() {
	TAPPIN_TEST='' grep -lsz "^TAPPIN_TEST=$PIN\$" /proc/[0-9]*/environ || :
}

released() {
	[ "$(references)" -le "$REFERENCES" ]
}

assert_nothing_left() {
	local path good=0

	for path in $(leftover_processes); do
		path=${path%/environ}
		echo "left running: ${path##*/}: $(tr '\0' ' ' <"$path/cmdline")"
		kill -KILL "${path##*/}" 2>/dev/null || :
		good=1
	done
	if ! retry 10 released; then
		echo "references to the module: $REFERENCES before, $(references) after"
		tappin show all-netns || :
		good=1
	fi
	return "$good"
}

# kernel_log: suites that make the kernel complain on purpose have their own
kernel_log() {
	dmesg
}

assert_quiet_kernel() {
	local said

	said=$(kernel_log)
	said=${said##*"$MARK"}
	[[ $said != *KCSAN* ]] || said=$(without_others_races <<<"$said")
	[[ $said =~ $COMPLAINTS ]] || return 0
	echo "the kernel complained during this test:"
	echo "$said"
	return 1
}

# --- What a test needs -------------------------------------------------------

# requires WHAT...: skip, with one wording for each, if it isn't there
requires() {
	local what

	for what; do
		case $what in
		lab) [ -n "${LAB_SHARE-}" ] || skip "needs the lab's VM" ;;
		root) [ "$EUID" -eq 0 ] || skip "needs root" ;;
		vhost) [ -c /dev/vhost-net ] || skip "needs vhost_net" ;;
		agent) [ -x "$TESTS/agent" ] || skip "needs build/tests/agent: make -C tests/c" ;;
		macvtap) modprobe -q macvtap || skip "needs macvtap" ;;
		faults) [ -e /sys/kernel/debug/failslab ] || skip "needs a kernel that was built with fault injection" ;;
		userns) unshare -Ur true 2>/dev/null || skip "needs user namespaces" ;;
		installed) modinfo -n tappin >/dev/null 2>&1 || skip "needs the module where modprobe finds it" ;;
		program:*) [ -x "$TESTS/${what#*:}" ] || skip "needs build/tests/${what#*:}: make -C tests/c" ;;
		*) command -v "$what" >/dev/null || skip "needs $what" ;;
		esac
	done
}

# assert_tap: what was run printed TAP with a plan, and nothing failed
assert_tap() {
	assert_line --regexp '^1\.\.[1-9][0-9]*$'
	assert_line --regexp '^ok 1'
	refute_line --regexp '^not ok'
}

# program NAME [ARG...]: one of tests/c, with TAP of its own, which is shown if it fails
program() {
	requires "program:$1"
	run "$TESTS/$1" "${@:2}"
	assert_success
	assert_tap
}

# long_program SCRIPT NAME [ARG...]: the same of one that takes long. What sed's SCRIPT
# prints of it goes to the log meanwhile, and shows that it lives.
long_program() {
	requires "program:$2"
	"$TESTS/$2" "${@:3}" | tee "$BATS_TEST_TMPDIR/said" | sed -un -E "$1" >&3
	run cat "$BATS_TEST_TMPDIR/said"
	assert_tap
}

# --- Looking at pins ---------------------------------------------------------

# field PIN KEY: a number, word or boolean of its JSON; nothing if it has none.
# (jq takes half a second in an emulated machine.)
field() {
	local text

	text=$(tappin -j show "$1") || return
	[[ $text =~ \"$2\":(\"([^\"]*)\"|([^,}]*)) ]] || return 0
	echo "${BASH_REMATCH[2]}${BASH_REMATCH[3]}"
}

# assert_field PIN KEY VALUE
assert_field() {
	local found

	found=$(field "$1" "$2")
	[ "$found" = "$3" ] && return
	batslib_print_kv_single 8 pin "$1" key "$2" expected "$3" actual "$found" |
		batslib_decorate 'the pin is not as it should be' | fail
}

is_field() {
	[ "$(field "$1" "$2")" = "$3" ]
}

# refused SENTENCE COMMAND...: it ends with 2 and an error that has the sentence
refused() {
	local sentence=$1

	shift
	run "$@"
	assert_failure 2
	assert_output --partial "Error: "
	assert_output --partial "$sentence"
}

# shellcheck disable=SC2154
# misused SENTENCE COMMAND...: it ends with 1 and one line that has the sentence
misused() {
	local sentence=$1

	shift
	run "$@"
	assert_failure 1
	assert_output --partial "$sentence"
	assert_equal "${#lines[@]}" 1
	assert_output --regexp '^Error: .*[.?!]$'
}

# netdev DEVICE FILE: what sysfs says of it
netdev() {
	cat "/sys/class/net/$1/$2"
}

# --- Packets -----------------------------------------------------------------

# link_up DEVICE: with an address and a route, so that packets can go there. A
# pin's gets the header of 12 bytes that the agent's rings have, as a VMM would
# set it (TUNSETVNETHDRSZ).
link_up() {
	# shellcheck disable=SC2016
	tappin exec "$1" -- perl -e 'open(F, "+<&=", $ARGV[0]);
		my $size = pack("l", 12); ioctl(F, 0x400454d8, $size) or die $!' '{tapfd}'
	tappin wait "$1" state free timeout 20
	ip link set "$1" up
	ip addr add 192.0.2.1/24 dev "$1"
	ip route add 224.0.0.99/32 dev "$1"
}

# packets N: that many to the device that is up; multicast, so nobody answers
packets() {
	local i

	for ((i = 0; i < $1; i++)); do
		echo "$i" >/dev/udp/224.0.0.99/9
	done
}

# used_at_least NAME N: have so many reached the agent's rings?
used_at_least() {
	tell "$1" used
	[ "$ANSWER" -ge "$2" ]
}

# --- Processes ---------------------------------------------------------------

# background COMMAND...: run it until the test ends; JOB is its pid
background() {
	"$@" 3>&- &
	JOB=$!
	JOBS+=("$JOB")
}

# hold PIN [WORD...]: a process that owns the pin and does nothing; JOB is its pid
hold() {
	background tappin exec "$@" -- sleep 1000
	tappin wait "$1" state owned timeout 20
}

# end PID [SIGNAL]: and it has ended when this returns
end() {
	kill "-${2:-KILL}" "$1"
	wait "$1" || :
}

# ended PID: is it gone, or waits for us to take note?
ended() {
	local stat

	[ -e "/proc/$1" ] || return 0
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
	[[ $stat =~ ^.*\)\ Z ]]
}

# listeners AWK: what it says of all sockets that generic netlink sends events to
listeners() {
	awk '$2 == 16 && $4 != "00000000" '"$1" /proc/net/netlink
}

# listening N: so many at least have asked for events
listening() {
	[ "$(listeners '{ n++ } END { print n + 0 }')" -ge "$1" ]
}

# --- Agents ------------------------------------------------------------------
#
# tests/c/agent.c: holders of leases that do what they are told. Each has a name
# in the test; ${AGENT_PID[NAME]} is its pid.

# start_agent NAME [COMMAND...]: COMMAND runs it, like "ip netns exec NAMESPACE"
start_agent() {
	local name=$1 pipe=$BATS_TEST_TMPDIR/agent-$1 in out

	shift
	mkfifo "$pipe.in" "$pipe.out"
	exec {in}<>"$pipe.in" {out}<>"$pipe.out"
	"$@" "$TESTS/agent" <"$pipe.in" >"$pipe.out" 3>&- &
	AGENT_PID[$name]=$!
	AGENT_IN[$name]=$in
	AGENT_OUT[$name]=$out
}

start_agents() {
	local name

	requires agent
	for name; do start_agent "$name"; done
}

# ask NAME COMMAND...: ANSWER is the line that it says, within AGENT_SECONDS (30)
ask() {
	local name=$1

	shift
	echo "$*" >&"${AGENT_IN[$name]}"
	ANSWER=
	read -rt "${AGENT_SECONDS:-30}" -u "${AGENT_OUT[$name]}" ANSWER ||
		fail "agent $name did not answer \"$*\""
}

# tell NAME COMMAND...: it does that well; ANSWER is what it says beside OK. What
# was accepted and is not finished yet is asked for again, as the protocol says.
tell() {
	local limit=$((SECONDS + 30))

	ask "$@"
	while [[ $ANSWER == 'ERR EINPROGRESS'* ]] && [ "$SECONDS" -lt "$limit" ]; do
		ask "$1" poll 1000
		ask "$@"
	done
	[[ $ANSWER =~ ^OK\ ?(.*) ]] || fail "agent $*: $ANSWER"
	ANSWER=${BASH_REMATCH[1]}
}

# denied NAME ERRNO COMMAND...: it can't; ANSWER is the sentence
denied() {
	local name=$1 errno=$2

	shift 2
	ask "$name" "$@"
	[[ $ANSWER =~ ^ERR\ $errno\ (.*) ]] ||
		fail "agent $name $*: expected $errno, but: $ANSWER"
	ANSWER=${BASH_REMATCH[1]}
}

# owner NAME [PIN]: it owns the pin, and its vhost devices if there are any
owner() {
	tell "$1" standby "${2:-$PIN}"
	tell "$1" claim
	[ "$(field "${2:-$PIN}" vhost)" != true ] || tell "$1" own
}

# offered NAME: it owns PIN and has offered it; COOKIE is the cookie
offered() {
	owner "$1"
	tell "$1" offer
	COOKIE=$ANSWER
}

# taken OLD NEW: NEW has claimed the pin that OLD offered, and not confirmed
taken() {
	offered "$1"
	tell "$2" standby "$PIN"
	[ "$(field "$PIN" vhost)" != true ] || tell "$2" own
	tell "$2" claim "$COOKIE"
}

# running NAME [QUEUES]: it owns PIN, a new one, and vhost moves packets to its rings
running() {
	tappin create "$PIN" queues "${2:-2}"
	owner "$1"
	tell "$1" ring
}

# stuck NAME: it owns PIN, a new one, and its vhost worker hangs on a page fault
stuck() {
	tappin create "$PIN"
	link_up "$PIN"
	tell "$1" standby "$PIN"
	tell "$1" own
	tell "$1" claim
	tell "$1" stick "$PIN"
}

# gets_packets NAME N: its vhost devices get rings, and so many packets come to them
gets_packets() {
	tell "$1" ring
	packets "$2"
	retry 10 used_at_least "$1" "$2"
}

# packets_move OLD NEW: NEW claims PIN by force; packets are its, and not OLD's any more
packets_move() {
	local before

	tell "$1" used
	before=$ANSWER
	tell "$2" standby "$PIN"
	tell "$2" own
	tell "$2" claim force
	gets_packets "$2" 10
	tell "$1" used
	assert_equal "$ANSWER" "$before"
}

# polled NAME WORDS: what poll says of its lease within 10 s: "in", "in hup"
polled() {
	tell "$1" poll 10000
	assert_equal "$ANSWER" "$2"
}

# kill_agent NAME
kill_agent() {
	end "${AGENT_PID[$1]}" 2>/dev/null
}
