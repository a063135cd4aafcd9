#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# update-again: QEMU is replaced again and again while the guest runs, and the network
# does not notice: what is sent meanwhile comes later, and only once.
#
# Figures are said as comments in bats' output: each update's pause (from STOP to
# RESUME), and the gap that the outside saw. With TAPPIN_UPDATE_FULL there are twenty
# updates in each configuration.
#
# shellcheck disable=SC2154 # variables that update.bash sets

load helpers
load update-suite

# updates ROUNDS: or twenty in the full run
updates() {
	local rounds=${TAPPIN_UPDATE_FULL:+20} round pauses='' facts handovers
	rounds=${rounds:-$1}
	guest_at_work
	facts=$(guest_facts "$PIN")
	# The guest came from a file, which is a hand-over, too.
	assert_regex "$facts" 'offloads .*tx-checksumming .*tcp-segmentation-offload'
	handovers=$(field "$PIN" handovers)
	for ((round = 1; round <= rounds; round++)); do
		live_update
		traffic_flows "round $round, pause $pause"
		pauses+=" $pause/$traffic_gap"
		assert_equal "$(guest_facts "$PIN")" "$facts"
		[ "$QUEUES" -eq 1 ] || assert_equal "$(tap_detached "$PIN")" 0
	done
	figure "vhost $VHOST, queues $QUEUES: pause/gap in ms:$pauses"
	figure "$TRAFFIC"
	assert_field "$PIN" handovers $((handovers + rounds))
	assert_field "$PIN" state owned
	assert_equal "$(netdev "$PIN" statistics/tx_dropped)" 0
}

@test "update-again: vhost on, one queue: nothing lost, nothing twice" {
	configured on 1
	updates 20
}

@test "update-again: vhost on, four queues: none is detached on the way" {
	configured on 4
	updates 10
}

@test "update-again: vhost off, four queues" {
	configured off 4
	updates 5
}

@test "update-again: vhost off, one queue" {
	configured off 1
	updates 5
}
