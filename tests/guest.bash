# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest.bash - real guests under the distribution's own QEMU, an outside that
# pings them, and what is measured there; sourced by guest.bats and the demo
#
#	namespace $OUTSIDE         this machine
#	+-----------------+        +------------------------------------------+
#	| ping, 100/s     |        |  bridge $BRIDGE                          |
#	|     |           |        |    |           |                         |
#	|  gout0          |  veth  |  gpeer0     TAP $DEV                     |
#	|  10.77.0.1 -----+--------+---            | its queues: in a pin, or |
#	+-----------------+        |               | in QEMU alone            |
#	                           |      +--------+------------------------+ |
#	                           |      | QEMU: fds of TAP and vhost-net  | |
#	                           |      |   guest N: eth0 10.77.0.N       | |
#	                           |      +---------------------------------+ |
#	                           +------------------------------------------+
#
# The outside knows the guests' link addresses for good, so that it sends pings
# also to a guest that isn't there: what happens to them is the TAP's doing.
#
# Under emulation a guest inside of the guest now and then does not boot, or KVM says
# that a processor's state is impossible. So tests with guests may be tried again,
# TAPPIN_RETRIES times. What failed before is said.
#
# Whoever sources this has retry.bash, too, and sets
# GUEST_DIR to a folder for logs and pid files. Functions that look at something
# again and again do it without starting programs: each costs an emulated machine
# some hundredths of a second, which the guest needs more.

# shellcheck disable=SC2034
BATS_TEST_RETRIES=${TAPPIN_RETRIES:-0}
GUEST_TOP=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
OUTSIDE=guest-outside
BRIDGE=gbr0
# Without the extension that would let them have guests of their own: an emulated
# processor is now and then wrong about the state of that, and the guest's QEMU
# ends with "Failed to set nested state".
GUEST_CPU=host,-svm,-vmx
GUEST_MEMORY=256 # MiB, all of it touched before the guest's first instruction
GUEST_SECONDS=${TAPPIN_GUEST_SECONDS:-300}

# guests_teardown: for the teardown of tests
guests_teardown() {
	if [ -z "${BATS_TEST_COMPLETED-}" ] && [ "$BATS_TEST_TRY_NUMBER" -le "$BATS_TEST_RETRIES" ]; then
		figure "again: $BATS_TEST_DESCRIPTION; this time:"
		sed 's/^/#    /' "$BATS_OUT" >&3
	fi
	guests_end
}

# calc EXPRESSION: with fractions
calc() {
	awk "BEGIN { print $* }"
}

# is_true EXPRESSION: a comparison with fractions
is_true() {
	awk "BEGIN { exit !($*) }"
}

# elapsed FROM [TO]: in seconds
elapsed() {
	printf '%.2f' "$(calc "${2-$EPOCHREALTIME} - $1")"
}

# --- the world around the guests

world_modules() {
	modprobe -a tun vhost_net
	[ -e /dev/kvm ] || modprobe -q kvm_amd || modprobe -q kvm_intel || :
	[ -e /dev/kvm ]
}

world_make() {
	mkdir -p "$GUEST_DIR"
	ip netns add "$OUTSIDE"
	ip link add "$BRIDGE" type bridge forward_delay 0 mcast_snooping 0
	ip link add gpeer0 type veth peer name gout0 netns "$OUTSIDE"
	ip link set gpeer0 master "$BRIDGE" up
	ip link set "$BRIDGE" up
	ip -n "$OUTSIDE" addr add 10.77.0.1/24 dev gout0
	ip -n "$OUTSIDE" link set gout0 up
}

# Ends all guests, too.
world_drop() {
	pings_stop
	guests_end
	ip netns del "$OUTSIDE" 2>/dev/null || :
	ip link del gpeer0 2>/dev/null || :
	ip link del "$BRIDGE" 2>/dev/null || :
}

# pin_make NAME [WORD...]: a pin whose TAP, of that name, is in the bridge
pin_make() {
	tappin create "$@" || return
	ip link set "$1" master "$BRIDGE" up
}

# --- what the machine says of a TAP

# tap_value DEV PLACE: a file of its folder in sysfs, or "none"
tap_value() {
	local value=none
	{ read -r value <"/sys/class/net/$1/$2"; } 2>/dev/null
	echo "$value"
}

tap_bridge() {
	local master
	master=$(readlink "/sys/class/net/$1/master")
	echo "${master##*/}"
}

# All that must not change as long as there is a pin, in one line
tap_facts() {
	echo "ifindex $(tap_value "$1" ifindex)" \
		"operstate $(tap_value "$1" operstate)" \
		"carrier $(tap_value "$1" carrier)" \
		"changes $(tap_value "$1" carrier_changes)" \
		"bridge $(tap_bridge "$1")" \
		"port $(tap_value "$1" brport/state)"
}

# The number of its queues that are out of service
tap_detached() {
	local text
	text=$(ip -d link show dev "$1")
	[[ $text =~ numdisabled\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

has_detached() {
	[ "$(tap_detached "$1")" = "$2" ]
}

# --- guests; each has a number, which is also the end of its addresses

guest_image() {
	local cache=${TAPPIN_CACHE:-$GUEST_TOP/.cache}/guest
	if [ ! -e "$cache/vmlinux" ]; then
		"$GUEST_TOP/tests/lab/guest" >/dev/null || return
	fi
	guest_kernel=$cache/vmlinux
	guest_initrd=$cache/initrd
}

guest_mac() {
	printf '52:54:00:77:00:%02x' "$1"
}

# guest_known N: the outside knows its link address, whether it is there or not
guest_known() {
	ip -n "$OUTSIDE" neigh replace "10.77.0.$1" dev gout0 \
		lladdr "$(guest_mac "$1")" nud permanent
}

# guest_command N NETDEV [OPTION...]: sets the array "command"; NETDEV is what
# comes after "-netdev tap,id=n0,".
guest_command() {
	local n=$1 netdev=$2
	shift 2
	guest_image || return
	# shellcheck disable=SC2054
	command=(qemu-system-x86_64
		-M pc,memory-backend=ram -nodefaults -no-reboot -display none
		-enable-kvm -cpu "$GUEST_CPU"
		-object "memory-backend-ram,id=ram,size=${GUEST_MEMORY}M,prealloc=on"
		-m "$GUEST_MEMORY"
		-kernel "$guest_kernel" -initrd "$guest_initrd"
		-append "console=ttyS0 quiet mitigations=off nokaslr pci=noearly tappin.ip=10.77.0.$n/24"
		-chardev "file,id=serial,path=$GUEST_DIR/guest-$n.log"
		-serial chardev:serial
		-monitor "unix:$GUEST_DIR/guest-$n.monitor,server=on,wait=off"
		-netdev "tap,id=n0,$netdev"
		-device "virtio-net-pci,netdev=n0,mac=$(guest_mac "$n"),mq=on,romfile="
		"$@")
	: >"$GUEST_DIR/guest-$n.log"
	rm -f "$GUEST_DIR/guest-$n.pid"
	guest_known "$n"
}

# run_guest N WORD...: runs it in the background, with a session of its own,
# and notes its pid, which QEMU keeps through "tappin exec".
run_guest() {
	local n=$1
	shift
	setsid "$@" </dev/null >"$GUEST_DIR/guest-$n.err" 2>&1 3>&- &
	echo $! >"$GUEST_DIR/guest-$n.pid"
	disown
}

# guest_start N PIN [OPTION...]: under a QEMU that gets what PIN holds
guest_start() {
	local n=$1 pin=$2 command
	shift 2
	guest_command "$n" 'fds={tapfds},vhostfds={vhostfds},vhost=on' "$@" || return
	run_guest "$n" tappin exec "$pin" -- "${command[@]}"
}

# The same as guest_start, with a QEMU that puts itself into the background.
guest_daemonize() {
	local n=$1 pin=$2 command
	shift 2
	guest_command "$n" 'fds={tapfds},vhostfds={vhostfds},vhost=on' "$@" || return
	tappin exec "$pin" -- "${command[@]}" -daemonize \
		-pidfile "$GUEST_DIR/guest-$n.pid" \
		</dev/null >"$GUEST_DIR/guest-$n.err" 2>&1 3>&-
}

guest_pid() {
	local pid=
	{ read -r pid <"$GUEST_DIR/guest-$1.pid"; } 2>/dev/null
	echo "$pid"
}

# A zombie with threads left still has its files open. (In a trap, return alone
# would not tell of the failure.)
guest_lives() {
	local pid stat threads
	{ read -r pid <"$GUEST_DIR/guest-$1.pid"; } 2>/dev/null || return 1
	{ read -r stat <"/proc/$pid/stat"; } 2>/dev/null || return 1
	threads=("/proc/$pid/task"/*)
	[[ ! $stat =~ ^.*\)\ [ZX] ]] || [ ${#threads[@]} -gt 1 ]
}

guest_gone() {
	! guest_lives "$1"
}

guest_said_ready() {
	[[ $(<"$GUEST_DIR/guest-$1.log") == *'GUEST READY'* ]]
}

guest_ready_or_gone() {
	guest_said_ready "$1" || guest_gone "$1"
}

guest_answers() {
	ip netns exec "$OUTSIDE" ping -q -c 1 -W 1 "10.77.0.$1" >/dev/null 2>&1
}

# Says in guest_ready_at when.
guest_ready() {
	retry "$GUEST_SECONDS" guest_ready_or_gone "$1"
	# shellcheck disable=SC2034
	guest_ready_at=$EPOCHREALTIME
	guest_said_ready "$1" && return
	guest_complain "$1"
}

guest_complain() {
	echo "guest $1 is not up; it and its QEMU said:"
	tail -n 20 "$GUEST_DIR/guest-$1.log" "$GUEST_DIR/guest-$1.err"
	return 1
} >&2

# guest_calm N: until no answers to older pings are on their way. Sets calm_at.
guest_calm() {
	guest_back "$1" "$EPOCHREALTIME" || return
	# shellcheck disable=SC2034
	calm_at=$EPOCHREALTIME
}

# guest_back N MOMENT: until it has answered a ping that was sent after MOMENT, or
# has ended
guest_back() {
	retry "$GUEST_SECONDS" guest_answered_or_gone "$@"
	pings_answered_after "$2" || guest_complain "$1"
}

guest_answered_or_gone() {
	pings_answered_after "$2" || guest_gone "$1"
}

# kill -9. Sets killed_at, and dead_at, after which it can't have answered.
guest_kill() {
	# shellcheck disable=SC2034
	killed_at=$EPOCHREALTIME
	kill -KILL "$(guest_pid "$1")"
	retry 20 guest_gone "$1"
	# shellcheck disable=SC2034
	dead_at=$EPOCHREALTIME
}

# Whatever of them still lives.
guests_end() {
	local file
	for file in "$GUEST_DIR"/guest-*.pid; do
		file=${file##*/guest-}
		! guest_lives "${file%.pid}" || guest_kill "${file%.pid}" 2>/dev/null || :
	done
}

# guest_save N FILE: writes its whole state to FILE and ends it. A QEMU with
# -incoming "exec:cat FILE" goes on from there.
guest_save() {
	local monitor=unix:$GUEST_DIR/guest-$1.monitor
	rm -f "$2"
	printf '%s\n' 'migrate_set_parameter max-bandwidth 4G' \
		"migrate -d \"exec:cat >$2.part && mv $2.part $2\"" |
		socat -t 5 - "$monitor" >"$GUEST_DIR/guest-$1.said"
	retry 120 test -e "$2" || {
		tr -d '\r' <"$GUEST_DIR/guest-$1.said" >&2
		return 1
	}
	guest_kill "$1"
}

# --- pings, from the outside to one guest

pings_start() {
	pings_stop
	ip netns exec "$OUTSIDE" ping -D -i 0.01 "10.77.0.$1" >"$GUEST_DIR/pings" 2>&1 3>&- &
	echo $! >"$GUEST_DIR/pings.pid"
	disown
}

pings_ended() {
	local pid
	read -r pid <"$GUEST_DIR/pings.pid"
	! kill -0 "$pid" 2>/dev/null
}

pings_stop() {
	local pid
	[ -e "$GUEST_DIR/pings.pid" ] || return 0
	read -r pid <"$GUEST_DIR/pings.pid"
	kill -INT "$pid" 2>/dev/null || :
	retry 5 pings_ended || kill -KILL "$pid" 2>/dev/null || :
	rm -f "$GUEST_DIR/pings.pid"
}

# pings_sent FROM TO: of the pings sent between two moments, from the first to
# the last that got an answer at any time, prints how many were answered, how
# many were not, and how many were answered twice. The first and last are those
# just inside; with "around" as third word, those just outside.
pings_sent() {
	awk -v from="$1" -v to="$2" -v around="${3-}" '
		match($0, /icmp_seq=[0-9]+/) {
			seq = substr($0, RSTART + 9, RLENGTH - 9) + 0
			if (!match($0, /time=[0-9.]+/))
				next
			rtt = substr($0, RSTART + 5, RLENGTH - 5)
			at = substr($1, 2) - rtt / 1000
			count[seq]++
			if (count[seq] == 1)
				sent[seq] = at
		}
		END {
			for (seq in sent) {
				seq += 0
				in_front = sent[seq] < from
				behind = sent[seq] > to
				if (around) {
					if (in_front && (!first || seq > first))
						first = seq
					if (behind && (!last || seq < last))
						last = seq
				} else if (!in_front && !behind) {
					if (!first || seq < first)
						first = seq
					if (!last || seq > last)
						last = seq
				}
			}
			if (!first || !last) {
				print 0, 0, 0
				exit
			}
			if (around) {
				first++
				last--
			}
			for (seq = first; seq <= last; seq++) {
				if (!count[seq])
					lost++
				else
					answered++
				if (count[seq] > 1)
					twice++
			}
			print answered + 0, lost + 0, twice + 0
		}' "$GUEST_DIR/pings"
}

# pings_count: sets echoes_sent and echoes_answered, as the outside's kernel has
# counted them since it was made. ping itself may miss answers that come all at
# once, from a guest that finds a thousand pings waiting.
pings_count() {
	# shellcheck disable=SC2016,SC2034
	read -r echoes_sent echoes_answered < <(ip netns exec "$OUTSIDE" awk '
		$1 == "Icmp:" && !names {
			for (i = 2; i <= NF; i++)
				column[$i] = i
			names = 1
			next
		}
		$1 == "Icmp:" { print $column["OutEchos"], $column["InEchoReps"] }
		' /proc/net/snmp)
}

# pings_end N: stop, and return when all answers that come have come: one more
# ping goes the way of the others.
pings_end() {
	pings_stop
	retry 20 guest_answers "$1"
}

# pings_first_answer MOMENT: when the first answer came to a ping that was sent
# after it; nothing if none did.
pings_first_answer() {
	awk -v from="$1" '
		match($0, /time=[0-9.]+/) {
			at = substr($1, 2) + 0
			rtt = substr($0, RSTART + 5, RLENGTH - 5)
			if (at - rtt / 1000 > from) {
				printf "%.6f\n", at
				exit
			}
		}' "$GUEST_DIR/pings"
}

# Is the last answer one to a ping that was sent after MOMENT?
pings_answered_after() {
	tail -n 1 "$GUEST_DIR/pings" | awk -v from="$1" '
		match($0, /time=[0-9.]+/) {
			rtt = substr($0, RSTART + 5, RLENGTH - 5)
			good = substr($1, 2) - rtt / 1000 > from
		}
		END { exit !good }'
}

# pings_are_many N: were so many answered since the start?
pings_are_many() {
	[ "$(wc -l <"$GUEST_DIR/pings")" -gt "$1" ]
}
