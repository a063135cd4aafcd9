# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ways.bash - how a guest can get from one QEMU to another with its network, and
# what that costs: with tappin, and the ways people go today; sourced by the demo
# and the benchmark, which run in the lab
#
# A way NAME has two functions: boot_NAME boots the guest in VM, update_NAME brings
# it to another QEMU, which VM is then, and SOURCE the old one. Figures are in
# "seen", as [WAY,WHAT].

WAYS_TOP=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
PATH=$WAYS_TOP/build/tools:$PATH
JOBS=()
declare -A seen
"$WAYS_TOP/tests/lab/keep"

# shellcheck source=tests/retry.bash
. "$WAYS_TOP/tests/retry.bash"
# shellcheck source=tests/guest.bash
. "$WAYS_TOP/tests/guest.bash"
# shellcheck source=tests/update.bash
. "$WAYS_TOP/tests/update.bash"

# A trap for EXIT.
# shellcheck disable=SC2317
ways_end() {
	traffic_stop
	world_drop
	[ ${#JOBS[@]} -eq 0 ] || kill "${JOBS[@]}" 2>/dev/null
	wait
	update_folder_drop
}

# --- the ways

boot_pin() {
	guest_boot
}

# The TAP is the pin's: the new QEMU finds it as the old one left it.
update_pin() {
	target_start && target_update
}

boot_taps() {
	# shellcheck disable=SC2034
	update_netdev=ifname=tapa,script=no,downscript=no
	second_tap a && ip link set tapa master "$BRIDGE" up && guest_boot
}

# second_tap NAME: a TAP that a QEMU can take, not in the switch yet
second_tap() {
	ip link del "tap$1" 2>/dev/null
	ip tuntap add dev "tap$1" mode tap vnet_hdr
}

# The new QEMU has a TAP of its own, and when the guest has got there the manager
# changes what is plugged into the switch.
update_taps() {
	other
	second_tap "$TARGET" || return
	# shellcheck disable=SC2034
	update_netdev=ifname=tap$TARGET,script=no,downscript=no
	target_start && target_update || return
	printf '%s\n' "link set tap$TARGET master $BRIDGE up" \
		"link set tap$SOURCE nomaster down" | ip -batch -
}

# The manager has the TAP's fd and passes it to each QEMU; it adds the NIC to the
# new one when the old one has stopped and has not yet sent its devices' state.
boot_fds() {
	VM=a
	rm -f "$RAM"
	ip link del tapm 2>/dev/null
	ip tuntap add dev tapm mode tap vnet_hdr
	done_well tap tapm && ip link set tapm master "$BRIDGE" up || return
	update_nic=''
	vm_start "$VM" -S && plug "$VM" && done_well ask "$VM" cont && guest_ready "$VM"
}

# plug NAME: the NIC, with the manager's TAP
plug() {
	local netdev=tap,id=n0,fd=tapm
	[ "$VHOST" = off ] || netdev+=,vhost=on
	done_well pass "$1" tapm && done_well ask "$1" netdev_add "$(json_of type "$netdev")" &&
		done_well ask "$1" device_add "$(json_of driver \
			"virtio-net-pci,id=nic0,netdev=n0,addr=0x10,mac=$(guest_mac "$UPDATE_GUEST"),romfile=")"
}

update_fds() {
	local uri=unix:$GUEST_DIR/$MIGRATION
	update_nic=''
	target_start && done_well with return-path pause-before-switchover || return
	rm -f "$GUEST_DIR/$MIGRATION"
	done_well receive "$TARGET" "$uri" && done_well send "$VM" "$uri" &&
		done_well look "$VM" 20 MIGRATION status=pre-switchover && plug "$TARGET" &&
		done_well ask "$VM" migrate-continue '{"state": "pre-switchover"}' &&
		done_well arrive "$VM" "$TARGET" || return
	target_has_it
	done_well with return-path
}

# --- do it, and count

# way_run WAY ROUNDS: updates under traffic. Medians are in seen[WAY,pause] and
# seen[WAY,gap] (ms), sums in seen[WAY,lost_out] and seen[WAY,lost_in]; seen[WAY,stream]
# is intact or broken. Says a line for each.
way_run() {
	local way=$1 round pauses=() gaps=() lost
	seen[$way,lost_out]=0 seen[$way,lost_in]=0
	for ((round = 1; round <= $2; round++)); do
		traffic_settled || return
		"update_$way" || return
		vm_quit "$SOURCE"
		lost=${traffic_lost[*]}
		traffic_settled || return
		pauses+=("$pause")
		gaps+=("$traffic_gap")
		lost=($((traffic_lost[0] - ${lost% *})) $((traffic_lost[1] - ${lost#* })))
		seen[$way,lost_out]=$((seen[$way,lost_out] + lost[0]))
		seen[$way,lost_in]=$((seen[$way,lost_in] + lost[1]))
		echo "    update $round: the guest paused for $pause ms; no packet for" \
			"$traffic_gap ms at the longest; lost $((lost[0] + lost[1]))"
	done
	seen[$way,pause]=$(median "${pauses[@]}")
	seen[$way,gap]=$(median "${gaps[@]}")
	seen[$way,stream]=broken
	[[ $TRAFFIC != *'bad 0; up' ]] || seen[$way,stream]=intact
}

median() {
	printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

# traffic_settled: until all that is under way has arrived. Sets traffic_lost, to the
# guest and from it, since the traffic began.
traffic_lost=(0 0)
traffic_settled() {
	if retry 30 traffic_is_back && [[ $TRAFFIC =~ lost\ ([0-9]+).*lost\ ([0-9]+) ]]; then
		traffic_lost=("${BASH_REMATCH[@]:1}")
		return
	fi
	echo "the traffic did not go on: $TRAFFIC" >&2
	return 1
}
