#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# save writes pins as commands, restore makes what is missing of them.

load helpers

saved() {
	tappin save "$BATS_TEST_TMPDIR/pins.conf"
}

@test "restore: save, delete, restore: the same pins" {
	tappin create "$PIN" queues 2 txqlen 777 owner nobody group nogroup
	tappin create "${PIN}b" vhost off
	local before
	before=$(tappin -j show | jq -c 'map([.name, .ifname, .queues, .vhost, .uid, .gid])')
	saved
	tappin delete "$PIN"
	tappin delete "${PIN}b"
	run tappin restore "$BATS_TEST_TMPDIR/pins.conf"
	assert_success
	assert_output ""
	assert_equal "$(tappin -j show | jq -c 'map([.name, .ifname, .queues, .vhost, .uid, .gid])')" "$before"
	assert_equal "$(netdev "$PIN" tx_queue_len)" 777
}

@test "restore: what is there as it should be is left alone, its owner too" {
	tappin create "$PIN" vhost off
	hold "$PIN"
	saved
	local id
	id=$(field "$PIN" id)
	run tappin restore "$BATS_TEST_TMPDIR/pins.conf"
	assert_success
	assert_field "$PIN" id "$id"
	assert_field "$PIN" pid "$JOB"
}

@test "restore: what is different is an error, and the other lines are done" {
	tappin create "$PIN" vhost off
	tappin create "${PIN}b" vhost off
	saved
	tappin delete "$PIN"
	tappin create "$PIN" vhost off queues 2
	tappin delete "${PIN}b"
	run tappin restore "$BATS_TEST_TMPDIR/pins.conf"
	assert_failure 2
	assert_output --partial "pins.conf:2: the pin \"$PIN\" exists and its number of \"queues\" is different"
	assert_field "${PIN}b" state free
	assert_field "$PIN" queues 2
}

@test "restore: -n says what it would do and does nothing" {
	tappin create "$PIN" vhost off
	tappin create "${PIN}b" vhost off
	saved
	tappin delete "${PIN}b"
	run tappin restore -n "$BATS_TEST_TMPDIR/pins.conf"
	assert_success
	assert_output "keep $PIN
create ${PIN}b"
	run tappin restore "$BATS_TEST_TMPDIR/pins.conf" -n
	assert_line "create ${PIN}b"
	refused "no such pin" tappin show "${PIN}b"
	run tappin -j restore -n "$BATS_TEST_TMPDIR/pins.conf"
	assert_line --index 0 "{\"action\":\"keep\",\"name\":\"$PIN\"}"
}

@test "restore: a folder's .conf files in the order of their names" {
	mkdir "$BATS_TEST_TMPDIR/d"
	echo "create ${PIN}b vhost off" >"$BATS_TEST_TMPDIR/d/1.conf"
	echo "create ${PIN}a vhost off" >"$BATS_TEST_TMPDIR/d/2.conf"
	echo "create ${PIN}c vhost off" >"$BATS_TEST_TMPDIR/d/3.conf.bak"
	run tappin restore "$BATS_TEST_TMPDIR/d"
	assert_success
	run grep -o "^$PIN." <(tappin show)
	assert_output "${PIN}b
${PIN}a"
}

@test "restore: from the standard input, and save to the standard output" {
	tappin create "$PIN" vhost off
	run tappin save
	assert_line --index 1 --regexp "^create $PIN dev $PIN txqlen [0-9]+ queues 1 vhost off$"
	tappin delete "$PIN"
	tappin restore - <<<"$output"
	assert_field "$PIN" state free
}

@test "restore: only create commands are good" {
	tappin create "$PIN" vhost off
	echo "delete $PIN" >"$BATS_TEST_TMPDIR/pins.conf"
	run tappin restore "$BATS_TEST_TMPDIR/pins.conf"
	assert_failure 1
	assert_output --partial "is not a \"create\" command"
	assert_field "$PIN" state free
}

@test "restore: save replaces a file only by a whole one" {
	echo "# old" >"$BATS_TEST_TMPDIR/pins.conf"
	tappin create "$PIN" vhost off
	saved
	run grep -c "old" "$BATS_TEST_TMPDIR/pins.conf"
	assert_output 0
	run stat -c %a "$BATS_TEST_TMPDIR/pins.conf"
	assert_output 644
	refused "can't" tappin save /proc/nowhere
	refused "can't write" tappin save /dev/full
}

@test "restore: a dead pin is saved as a comment and restored as an error" {
	tappin create "$PIN" vhost off
	saved
	ip link del "$PIN"
	run tappin save
	assert_output --partial "# its device is gone: create $PIN"
	refused "its device is gone: delete it first" tappin restore "$BATS_TEST_TMPDIR/pins.conf"
}

# gone_and_restored DEVICE MAKE...: a pin of DEVICE, which MAKE makes
gone_and_restored() {
	local dev=$1
	shift

	"$@"
	tappin create "$PIN" vhost off dev "$dev"
	saved
	run tappin restore "$BATS_TEST_TMPDIR/pins.conf"
	assert_success
	tappin delete "$PIN"
	ip link del "$dev"
	refused "there is no interface \"$dev\" to adopt: make it first" \
		tappin restore "$BATS_TEST_TMPDIR/pins.conf"
	[ ! -e "/sys/class/net/$dev" ]
	"$@"
	tappin restore "$BATS_TEST_TMPDIR/pins.conf"
	assert_field "$PIN" ifname "$dev"
	tappin delete "$PIN"
	[ -e "/sys/class/net/$dev" ]
}

@test "restore: a persistent TAP that was adopted is not made, but adopted again" {
	gone_and_restored "${PIN}t" ip tuntap add "${PIN}t" mode tap
	tappin create "$PIN" vhost off dev "${PIN}u"
	refused "the pin \"$PIN\" exists and its \"adopt\" is different" \
		tappin restore - <<<"create $PIN adopt ${PIN}u"
}

@test "restore: a macvtap that was adopted is not made, but adopted again" {
	requires macvtap
	ip link add "$PIN" type dummy
	gone_and_restored "${PIN}m" ip link add link "$PIN" "${PIN}m" type macvtap mode bridge
}
