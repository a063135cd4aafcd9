# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# update.bash - a guest whose QEMU knows of pins, traffic both ways, and the QEMU
# replaced while the guest runs; sourced after guest.bash, whose world it is in
#
# At any time the guest runs in the QEMU named $VM. Each QEMU's files are
# $GUEST_DIR/guest-NAME.*; the guest's memory is a file, $RAM, which QEMUs hand
# over by leaving it where it is.
#
# One process talks with all QEMUs (tests/qmp), another one makes the traffic and
# counts it (tests/c/traffic.c); both are asked a line and answer one, through
# pipes: no program is started for it.
#
# Whoever sources this has sourced helpers.bash, too.

GUEST_DIR=/dev/shm/tappin-update
RAM=$GUEST_DIR/ram
UPDATE_CACHE=${TAPPIN_CACHE:-$GUEST_TOP/.cache}/qemu-10.0
UPDATE_QEMU=${TAPPIN_QEMU:-$UPDATE_CACHE/qemu-system-x86_64}
UPDATE_GUEST=2
UPDATE_ADDRESS=10.77.0.$UPDATE_GUEST
# Pairs of "vhost" and "queues"; the full run goes through all for all.
UPDATE_ALL=('on 1' 'off 1' 'on 4' 'off 4')

# With which words QEMUs are started, with which more options, and what the NIC is;
# empty: there is none yet
update_as=()
update_options=()
update_nic=virtio-net-pci
# How the netdev gets its TAP; empty: from $PIN
update_netdev=
update_machine=pc
# Not empty: QEMUs write down the moments of an update, in $GUEST_DIR/trace-*.log
update_trace=

# configurations [CORNER...]: sets the array; the words are for the short run
configurations() {
	[ -z "${TAPPIN_UPDATE_FULL-}" ] || set -- "${UPDATE_ALL[@]}"
	# shellcheck disable=SC2034
	configurations=("$@")
}

# configured VHOST QUEUES, or both in one word
configured() {
	read -r VHOST QUEUES <<<"$*"
}

# --- the two helpers, and how to ask them

# helper NAME COMMAND...: starts it with pipes; it ends with the test
helper() {
	local name=$1 pipe=$GUEST_DIR/$1 in out
	shift
	rm -f "$pipe.in" "$pipe.out"
	mkfifo "$pipe.in" "$pipe.out"
	exec {in}<>"$pipe.in" {out}<>"$pipe.out"
	"$@" <"$pipe.in" >"$pipe.out" 2>"$pipe.err" 3>&- {in}>&- {out}>&- &
	declare -g "${name}_pid=$!" "${name}_in=$in" "${name}_out=$out"
	JOBS+=("$!")
}

qmp_start() {
	helper qmp "$GUEST_TOP/tests/qmp" --batch
	qmp with return-path
}

# qmp LINE...: sets QMP to the answer; false if it is that it could not
qmp() {
	QMP=
	# shellcheck disable=SC2154
	echo "$*" >&"$qmp_in"
	# shellcheck disable=SC2154
	if ! read -rt 200 -u "$qmp_out" QMP; then
		echo "no answer to: $*" "$(<"$GUEST_DIR/qmp.err")" >&2
		return 1
	fi
	[[ $QMP =~ ^(OK|ERR)\ ?(.*)$ ]]
	QMP=${BASH_REMATCH[2]}
	[ "${BASH_REMATCH[1]}" = OK ]
}

# done_well LINE...: or say why not, and what the QEMUs said
done_well() {
	! qmp "$@" || return 0
	echo "qmp $*: $QMP"
	qemus_complain
	return 1
} >&2

qemus_complain() {
	local file
	for file in "$GUEST_DIR"/guest-*.err; do
		echo "--- ${file##*/}:"
		tail -n 5 "$file"
		tail -n 3 "${file%.err}.log" 2>/dev/null || :
	done
}

# traffic_start: and it runs both ways when this returns
traffic_start() {
	local line=
	traffic_stop
	helper traffic ip netns exec "$OUTSIDE" "$GUEST_TOP/build/tests/traffic" \
		--log "$GUEST_DIR/traffic.log" "$UPDATE_ADDRESS"
	# shellcheck disable=SC2154
	read -rt 90 -u "$traffic_out" line
	[ "$line" = ready ] && return
	echo "no traffic: $line $(<"$GUEST_DIR/traffic.err")" >&2
	return 1
}

traffic_stop() {
	[ -n "${traffic_pid-}" ] || return 0
	kill "$traffic_pid" 2>/dev/null || :
	wait "$traffic_pid" 2>/dev/null || :
	# shellcheck disable=SC2154
	exec {traffic_in}>&- {traffic_out}>&-
	traffic_pid=
}

# traffic_look: sets TRAFFIC to the figures, of which traffic_gap (the longest, in
# ms, since the last look) and traffic_bytes are two; false if it is not as it
# should be: nothing lost, nothing twice, no byte wrong, all alive
traffic_look() {
	TRAFFIC=
	# shellcheck disable=SC2154
	echo >&"$traffic_in"
	read -rt 60 -u "$traffic_out" TRAFFIC || TRAFFIC='no answer'
	[[ $TRAFFIC =~ gap-ms\ ([0-9]+).*gap-ms\ ([0-9]+).*tcp:\ out\ ([0-9]+)\ in\ ([0-9]+) ]] && {
		# shellcheck disable=SC2034
		traffic_gap=$((BASH_REMATCH[1] > BASH_REMATCH[2] ? BASH_REMATCH[1] : BASH_REMATCH[2]))
		traffic_bytes=$((BASH_REMATCH[3] < BASH_REMATCH[4] ? BASH_REMATCH[3] : BASH_REMATCH[4]))
	}
	[[ $TRAFFIC == *'lost 0 twice 0 '*'lost 0 twice 0 '*'bad 0; up' ]]
}

traffic_reaches() {
	traffic_look || return 0
	[ "$traffic_bytes" -ge "$1" ]
}

# traffic_flows [WORDS]: so far all is well, and the stream goes on both ways. The
# gap is the one since the last look before this.
traffic_flows() {
	local gap
	if traffic_look; then
		gap=$traffic_gap
		if retry 60 traffic_reaches $((traffic_bytes + 20000)) && traffic_look; then
			[ "$gap" -lt "$traffic_gap" ] || traffic_gap=$gap
			return
		fi
	fi
	traffic_explain "${1-}" >&2
	return 1
}

# traffic_is_back: both ways, whatever was lost
traffic_is_back() {
	traffic_look || :
	[[ $TRAFFIC == *'; up' ]]
}

# Where packets may have gone
traffic_explain() {
	echo "the traffic${1:+ ($1)}: $TRAFFIC"
	qemus_complain
	guest_says 'end of figures' \
		"cat /proc/net/dev /proc/net/arp /proc/interrupts; grep -i udp: /proc/net/snmp; echo end of 'figures'" || :
	tail -n 40 "$GUEST_DIR/guest-$VM.log"
	ip -s link show dev "$PIN"
	tc -s qdisc show dev "$PIN"
	ip -s link show dev gpeer0
	ip -n "$OUTSIDE" -s link show dev gout0
	ip -n "$OUTSIDE" -s neigh
}

# --- the world, as the tests want it

# update_ready: sets update_lacks to what is missing
update_ready() {
	update_lacks=
	if [ ! -x "$UPDATE_QEMU" ]; then
		update_lacks="needs a QEMU that knows tappin: $UPDATE_QEMU"
	elif [ ! -x "$GUEST_TOP/build/tests/traffic" ]; then
		update_lacks="needs build/tests/traffic: make -C tests/c"
	elif ! world_modules; then
		update_lacks="needs /dev/kvm"
	fi
	[ -z "$update_lacks" ]
}

# In RAM, and open to everybody, since a test is somebody else.
# Large pages, as VMs have them: a QEMU that has just taken over has a page fault for
# each page of the guest, which a real machine does not mind.
update_folder() {
	update_folder_drop
	mkdir "$GUEST_DIR"
	mount -t tmpfs -o mode=777,size=75%,huge=always tappin-update "$GUEST_DIR"
}

update_folder_drop() {
	[ ! -d "$GUEST_DIR" ] || umount -l "$GUEST_DIR" 2>/dev/null || :
	rm -rf "$GUEST_DIR"
}

# guest_pin NAME [WORD...]: as many queues as configured, and long enough ones
guest_pin() {
	pin_make "$1" queues "$QUEUES" txqlen 4000 "${@:2}"
}

# second_nic: makes its pin, ${PIN}b; sets netdev and device, to be given to QEMUs
second_nic() {
	pin_make "${PIN}b" txqlen 4000
	# shellcheck disable=SC2034
	netdev="tap,id=n1,pinned=${PIN}b,vhost=on"
	# shellcheck disable=SC2034
	device="virtio-net-pci,netdev=n1,id=nic1,mac=52:54:00:78:00:02,addr=0x10,romfile="
}

# guest_facts DEV: what tap_facts says, and what a guest at work has its device do for
# it, which a new QEMU must not make the kernel forget
guest_facts() {
	echo "$(tap_facts "$1") offloads" \
		"$(ethtool -k "$1" | awk -F: '$2 ~ /^ on/ { printf "%s ", $1 }')"
}

# --- QEMUs

# vm_command NAME [OPTION...]: sets the array "command"; the guest has four
# processors if it is to use four queues
vm_command() {
	local name=$1 files=$GUEST_DIR/guest-$1 smp=1 nic=()
	shift
	guest_image || return
	[ -z "$update_nic" ] || nic=(
		-netdev "tap,id=n0,${update_netdev:-pinned=$PIN},vhost=$VHOST"
		-device "$update_nic,netdev=n0,id=nic0,mac=$(guest_mac "$UPDATE_GUEST"),romfile=")
	if [ "$QUEUES" -gt 1 ]; then
		smp=$QUEUES
		nic[-1]+=,mq=on,vectors=$((2 * QUEUES + 2))
	fi
	# shellcheck disable=SC2054
	command=("${update_as[@]}" "$UPDATE_QEMU"
		-L /usr/share/qemu -L /usr/share/seabios
		-M "$update_machine,memory-backend=ram" -nodefaults -no-reboot -display none
		-enable-kvm -cpu "$GUEST_CPU" -smp "$smp" -m "$GUEST_MEMORY"
		-object "memory-backend-file,id=ram,size=${GUEST_MEMORY}M,mem-path=$RAM,share=on"
		-kernel "$guest_kernel" -initrd "$guest_initrd"
		-append "console=ttyS0 quiet mitigations=off nokaslr pci=noearly tappin.ip=$UPDATE_ADDRESS/24 tappin.run=/bin/traffic"
		-chardev "socket,id=serial,path=$files.serial,server=on,wait=off,logfile=$files.log"
		-serial chardev:serial
		-qmp "unix:$files.qmp,server=on,wait=off"
		"${nic[@]}" "${update_options[@]}" "$@")
	# shellcheck disable=SC2054
	[ -z "$update_trace" ] || command+=(-D "$GUEST_DIR/trace-$name-$SRANDOM.log"
		-msg timestamp=on -trace "tap_pin_*" -trace vmstate_downtime_checkpoint)
	rm -f "$files".*
	: >"$files.log"
	chmod 666 "$files.log"
}

# vm_start NAME [OPTION...]: until it answers
vm_start() {
	local name=$1 command
	vm_command "$@" || return
	LD_LIBRARY_PATH=$GUEST_TOP/build/lib run_guest "$name" "${command[@]}"
	done_well open "$name" "$GUEST_DIR/guest-$name.qmp" 60
}

# vm_quit NAME: as managers do it
vm_quit() {
	qmp ask "$1" quit || :
	done_well ended "$1" 20 || :
	retry 20 guest_gone "$1"
	qmp close "$1"
}

# vm_kill NAME
vm_kill() {
	guest_kill "$1"
	qmp close "$1" || :
}

# vm_refuses SENTENCE LINE...: can't do that, and says why
vm_refuses() {
	local sentence=$1
	shift
	if qmp "$@"; then
		echo "qmp $*: was done" >&2
		return 1
	fi
	[[ $QMP =~ $sentence ]] && return
	echo "qmp $*: expected \"$sentence\", but: $QMP" >&2
	qemus_complain >&2
	return 1
}

# vm_is NAME STATUS
vm_is() {
	qmp ask "$1" query-status && [[ $QMP == *"\"status\": \"$2\""* ]]
}

# pin_of NAME [ID]: what this QEMU says that it is to its pin
pin_of() {
	done_well ask "$1" query-netdev-pins || return
	[[ $QMP =~ \"netdev-id\":\ \"${2-n0}\"[^}]*\"state\":\ \"([a-z]*)\" ]] &&
		echo "${BASH_REMATCH[1]}"
}

# json_of KEY WORD,KEY=VALUE...: an object
json_of() {
	local text="{\"$1\": \"${2%%,*}\"" words word
	IFS=, read -ra words <<<"${2#*,}"
	for word in "${words[@]}"; do
		case ${word#*=} in
		on) text+=", \"${word%%=*}\": true" ;;
		off) text+=", \"${word%%=*}\": false" ;;
		*) text+=", \"${word%%=*}\": \"${word#*=}\"" ;;
		esac
	done
	echo "$text}"
}

# other: sets TARGET to the name of the next QEMU
other() {
	case $VM in
	a) TARGET=b ;;
	*) TARGET=a ;;
	esac
}

# target_start [OPTION...]: TARGET stands by
target_start() {
	other
	vm_start "$TARGET" -incoming defer "$@"
}

MIGRATION=migration # a socket in GUEST_DIR

# target_update [URI [URI]]: the guest goes to TARGET, which is VM then; the old one
# is left. URIs are those of "qmp update".
# shellcheck disable=SC2120
target_update() {
	rm -f "$GUEST_DIR/$MIGRATION"
	done_well update "$VM" "$TARGET" "${@:-unix:$GUEST_DIR/$MIGRATION}" || return
	target_has_it
}

# target_has_it: so said the last answer, with the pause
target_has_it() {
	# shellcheck disable=SC2034
	pause=${QMP#pause-ms }
	SOURCE=$VM
	VM=$TARGET
}

# live_update [OPTION...]: all of it. Sets pause, in ms.
live_update() {
	target_start "$@" && target_update && vm_quit "$SOURCE"
}

# guest_do COMMAND...: a line for the shell in the guest, which takes some bytes at
# a time: a connection that ends too early takes the rest of it along
guest_do() {
	echo "$*" | socat -t 1 - "unix:$GUEST_DIR/guest-$VM.serial,shut-none" >/dev/null
}

guest_has_said() {
	[[ $(<"$GUEST_DIR/guest-$VM.log") == *"$1"* ]]
}

# guest_says TEXT COMMAND...: it does that, and TEXT comes of it
guest_says() {
	local text=$1 limit=$((SECONDS + 30))
	shift
	until guest_has_said "$text"; do
		[ "$SECONDS" -lt "$limit" ] || return 1
		guest_do "$@"
		retry 1 guest_has_said "$text" || :
	done
}

# --- a guest that was booted once for each configuration

# guest_boot: in VM, which has PIN. Under emulation a guest with several processors
# now and then stands still before it has said a word, and is started once more.
guest_boot() {
	local GUEST_SECONDS=$GUEST_SECONDS
	VM=a
	rm -f "$RAM"
	vm_start "$VM" || return
	[ "$QUEUES" -eq 1 ] || GUEST_SECONDS=150
	guest_ready "$VM" && return
	[ "$QUEUES" -gt 1 ] && guest_lives "$VM" && [ ! -s "$GUEST_DIR/guest-$VM.log" ] || return
	echo "guest $VM said nothing for $GUEST_SECONDS s; once more" >&2
	vm_kill "$VM"
	tappin wait "$PIN" state free timeout 5
	rm -f "$RAM"
	vm_start "$VM" && guest_ready "$VM"
}

# vm_save FILE: the guest's state without its memory; VM is done then
vm_save() {
	done_well with && done_well send "$VM" "file:$1" &&
		done_well wait "$VM" 60 MIGRATION status=completed &&
		done_well with return-path
}

# vm_load NAME FILE: a new QEMU in which the guest goes on from there
vm_load() {
	VM=$1
	vm_start "$VM" -incoming defer &&
		done_well with && done_well receive "$VM" "file:$2" &&
		done_well with return-path && done_well wait "$VM" 60 RESUME
}

# guest_up: the guest runs in VM, on PIN
guest_up() {
	local state=$GUEST_DIR/state-$VHOST-$QUEUES ram=$GUEST_DIR/ram-$VHOST-$QUEUES
	if [ ! -e "$state" ]; then
		guest_boot && traffic_start || return
		traffic_stop
		vm_save "$state" || return
		vm_quit "$VM"
		cp --sparse=always "$RAM" "$ram"
		chmod 644 "$state"
	fi
	cp --sparse=always "$ram" "$RAM" && chmod 666 "$RAM"
	vm_load a "$state"
}

# guest_at_work: on a pin of its own, and there is traffic
guest_at_work() {
	guest_pin "$PIN" && guest_up && traffic_start
}

# guest_away: for the next one
guest_away() {
	traffic_stop
	guests_end
	qmp close a || :
	qmp close b || :
	tappin delete "$PIN" force
}

# update_setup: nothing of what the last one wanted, and somebody to ask QEMUs
update_setup() {
	update_as=()
	update_options=()
	update_nic=virtio-net-pci
	update_netdev=
	update_machine=pc
	configured on 1
	qmp_start
}
