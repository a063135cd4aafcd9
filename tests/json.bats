#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# -j: JSON whose keys are the names of the netlink attributes.

load helpers

@test "json: no pin is an empty array" {
	run tappin -j show
	assert_output "[]"
	run tappin -j
	assert_output "[]"
}

@test "json: show is an array, one object a pin, in one line" {
	tappin create "$PIN" vhost off
	tappin create "${PIN}b" vhost off
	run tappin -j show
	assert_equal "${#lines[@]}" 1
	run jq -r 'map(.name) | join(" ")' <<<"$output"
	assert_output "$PIN ${PIN}b"
}

@test "json: keys are attributes of the protocol" {
	local key attributes

	start_agents a b
	tappin create "$PIN" owner nobody group nogroup
	echo note | tappin set "$PIN" note -
	taken a b
	attributes=$(sed -n 's/^\tTAPPIN_A_\([A-Z_]*\),$/\1/p' "$TOP/kmod/uapi/linux/tappin.h" | tr '[:upper:]' '[:lower:]')
	for key in $(tappin -j show "$PIN" | jq -r '.[0] | keys[]'); do
		run grep -qx "$key" <<<"$attributes"
		assert_success
	done
}

@test "json: each value has its type" {
	start_agents a b
	tappin create "$PIN" owner nobody group nogroup queues 2
	printf 'a "note"\n' | tappin set "$PIN" note -
	taken a b
	run jq -r '.[0] | to_entries[] | "\(.key) \(.value | type)"' <(tappin -j show "$PIN")
	assert_output "name string
id number
state string
ifname string
ifindex number
queues number
vhost boolean
uid number
gid number
pid number
comm string
generation number
offerer_pid number
offerer_comm string
standbys number
fencing number
strays number
netns number
handovers number
losses number
evictions number
note string"
	run jq -r '.[0].note' <(tappin -j show "$PIN")
	assert_output 'a "note"'
}

@test "json: what there isn't has no key" {
	tappin create "$PIN" vhost off
	run jq -r '.[0] | has("uid"), has("gid"), has("pid"), has("comm"), has("offerer_pid"), has("note")' <(tappin -j show "$PIN")
	assert_output "$(printf 'false\n%.0s' 1 2 3 4 5 6)"
	ip link del "$PIN"
	run jq -r '.[0] | has("ifindex"), has("ifname")' <(tappin -j show "$PIN")
	assert_output "$(printf 'false\n%.0s' 1 2)"
}

@test "json: a note that is no text is base64" {
	tappin create "$PIN" vhost off
	head -c 4096 /dev/urandom >"$BATS_TEST_TMPDIR/note"
	tappin set "$PIN" note "$BATS_TEST_TMPDIR/note"
	tappin -j show "$PIN" | jq -r '.[0].note_base64' | base64 -d | cmp - "$BATS_TEST_TMPDIR/note"
	run jq -r '.[0] | has("note")' <(tappin -j show "$PIN")
	assert_output false
}

@test "json: a note of 4096 bytes is good, one of 4097 refused, an empty one removes it" {
	tappin create "$PIN" vhost off
	head -c 4097 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/note"
	run tappin set "$PIN" note "$BATS_TEST_TMPDIR/note"
	assert_failure
	run jq -r '.[0] | has("note")' <(tappin -j show "$PIN")
	assert_output false
	head -c 4096 "$BATS_TEST_TMPDIR/note" | tappin set "$PIN" note -
	run jq -r '.[0].note | length' <(tappin -j show "$PIN")
	assert_output 4096
	tappin set "$PIN" note /dev/null
	run jq -r '.[0] | has("note")' <(tappin -j show "$PIN")
	assert_output false
}

@test "json: names in UTF-8 come through" {
	tappin create "${PIN}-zürich" vhost off
	run jq -r '.[0].name' <(tappin -j show)
	assert_output "${PIN}-zürich"
}

@test "json: -p has line breaks and says the same" {
	tappin create "$PIN" vhost off
	run tappin -p show
	[ "${#lines[@]}" -gt 10 ]
	assert_equal "$(jq -cS . <<<"$output")" "$(tappin -j show | jq -cS .)"
}

@test "json: a refusal prints no JSON and the same sentence" {
	refused "no such pin" tappin -j show "$PIN"
	assert_output "Error: no such pin."
}

@test "json: all-netns has the namespaces' numbers" {
	tappin create "$PIN" vhost off
	run jq -r '.[0].netns' <(tappin -j show all-netns)
	assert_output "$(stat -L -c %i /proc/self/ns/net)"
}

@test "json: output that can't be written is an error" {
	tappin create "$PIN" vhost off
	run sh -c 'tappin -j show >/dev/full'
	assert_failure 2
	assert_output --partial "can't write the output"
}
