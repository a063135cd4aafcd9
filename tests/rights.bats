#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who may do what (promise P7): CAP_NET_ADMIN over the pin's network namespace
# deletes and evicts; making a pin needs it in the initial user namespace; that,
# or the pin's uid or gid, claims.

load helpers

as_nobody() {
	setpriv --reuid nobody --regid nogroup --clear-groups "$@"
}

# With the group as one of the supplementary ones.
as_member() {
	setpriv --reuid nobody --regid 65533 --groups "$1" "${@:2}"
}

@test "rights: nobody may look, and gets no note" {
	tappin create "$PIN"
	printf secret | tappin set "$PIN" note -
	run as_nobody tappin show "$PIN"
	assert_success
	assert_output --partial "$PIN: state free"
	refute_output --partial secret
}

@test "rights: nobody may not create" {
	run as_nobody tappin create "$PIN" vhost off
	assert_failure 2
	run tappin show
	assert_output ""
}

@test "rights: nobody may not delete, force or not" {
	tappin create "$PIN"
	refused "needs CAP_NET_ADMIN" as_nobody tappin delete "$PIN"
	refused "needs CAP_NET_ADMIN" as_nobody tappin delete "$PIN" force
	assert_field "$PIN" state free
}

@test "rights: nobody may not evict, and the owner does not notice" {
	start_agents a
	tappin create "$PIN"
	owner a
	refused "needs CAP_NET_ADMIN" as_nobody tappin evict "$PIN"
	refused "needs CAP_NET_ADMIN" as_nobody tappin evict "$PIN" kill
	tell a poll 0
	assert_equal "$ANSWER" ""
	assert_field "$PIN" state owned
}

@test "rights: nobody may not set owner, group or note" {
	tappin create "$PIN"
	refused "needs CAP_NET_ADMIN" as_nobody tappin set "$PIN" owner nobody
	refused "needs CAP_NET_ADMIN" as_nobody tappin set "$PIN" group nogroup
	refused "needs CAP_NET_ADMIN" as_nobody sh -c "echo x | tappin set $PIN note -"
	assert_field "$PIN" uid ""
}

@test "rights: nobody may not claim" {
	tappin create "$PIN"
	refused "only the pin's uid or gid, or CAP_NET_ADMIN, may claim it" as_nobody tappin exec "$PIN" -- true
	assert_field "$PIN" generation 0
}

@test "rights: another user than the pin's may not claim" {
	tappin create "$PIN" owner 12345 group 12345
	refused "may claim it" as_nobody tappin exec "$PIN" -- true
}

@test "rights: the pin's user may claim, with vhost, without any capability" {
	requires vhost
	tappin create "$PIN" owner nobody
	run as_nobody tappin exec "$PIN" -- sh -c 'echo {tapfds} {vhostfds}; id -u'
	assert_success
	assert_line --index 0 --regexp '^[0-9]+ [0-9]+$'
	assert_line --index 1 "$(id -u nobody)"
}

# It would have the packets of a queue that no pin holds, though "set" took its right.
@test "rights: the pin's user may not join the TAP without a claim" {
	tappin create "$PIN" queues 2 owner nobody
	run as_nobody python3 -c '
import fcntl, struct, sys
f = open("/dev/net/tun", "r+b", buffering=0)
fcntl.ioctl(f, 0x400454ca, struct.pack("16sH22x", sys.argv[1].encode(), 0x5102))' "$PIN"
	assert_failure 1
	assert_output --partial "Operation not permitted"
}

@test "rights: the pin's group may claim, as the process's group or one of them" {
	tappin create "$PIN" group nogroup
	run as_nobody tappin exec "$PIN" -- true
	assert_success
	tappin wait "$PIN" state free timeout 10
	tappin set "$PIN" group 54321
	run as_member 54321 tappin exec "$PIN" -- true
	assert_success
	refused "may claim it" as_member 54320 tappin exec "$PIN" -- true
}

@test "rights: the pin's user may claim and no more" {
	tappin create "$PIN" owner nobody
	refused "needs CAP_NET_ADMIN" as_nobody tappin delete "$PIN"
	refused "needs CAP_NET_ADMIN" as_nobody tappin evict "$PIN"
	refused "needs CAP_NET_ADMIN" as_nobody tappin set "$PIN" group nogroup
}

@test "rights: set changes who may claim, and takes it away again" {
	tappin create "$PIN"
	tappin set "$PIN" owner nobody
	run as_nobody tappin exec "$PIN" -- true
	assert_success
	tappin wait "$PIN" state free timeout 10
	tappin set "$PIN" owner none
	assert_field "$PIN" uid ""
	refused "may claim it" as_nobody tappin exec "$PIN" -- true
}

@test "rights: root without CAP_NET_ADMIN is no admin" {
	tappin create "$PIN"
	refused "needs CAP_NET_ADMIN" setpriv --bounding-set -net_admin --inh-caps -net_admin tappin delete "$PIN"
}

@test "rights: a hand-over between two unprivileged processes of the pin's user" {
	requires agent
	tappin create "$PIN" owner nobody
	start_agent a setpriv --reuid nobody --regid nogroup --clear-groups
	start_agent b setpriv --reuid nobody --regid nogroup --clear-groups
	taken a b
	tell b confirm
	assert_field "$PIN" pid "${AGENT_PID[b]}"
	assert_field "$PIN" handovers 1
}

@test "rights: the pin's user can't claim an offered pin over by force" {
	requires agent
	tappin create "$PIN" owner nobody
	start_agent a setpriv --reuid nobody --regid nogroup --clear-groups
	start_agent b setpriv --reuid nobody --regid nogroup --clear-groups
	offered a
	kill_agent a
	retry 20 is_field "$PIN" pid ""
	tell b standby "$PIN"
	denied b EBUSY claim force
	assert_field "$PIN" state offered
}

@test "rights: all namespaces are not for everybody" {
	refused "CAP_NET_ADMIN in the initial one" as_nobody tappin show all-netns
}

@test "rights: root of a user namespace may not make pins" {
	requires userns
	refused "needs CAP_NET_ADMIN in the initial user namespace" unshare -Urn tappin create "$PIN" vhost off
	run tappin show all-netns
	assert_output ""
}

@test "rights: with userns_pins it may, up to that many in a namespace" {
	requires userns
	userns_pins 2
	run unshare -Urn sh -c "
		tappin create ${PIN}a vhost off && tappin create ${PIN}b vhost off &&
		tappin create ${PIN}c vhost off"
	assert_failure 2
	assert_output --partial "as many pins as userns_pins allows"
	run grep -c "^$PIN" <(tappin show all-netns)
	assert_output 2
}

@test "rights: root of a user namespace is admin of its own pins only" {
	requires userns
	userns_pins 1
	tappin create "$PIN" vhost off
	local id
	id=$(field "$PIN" id)
	run unshare -Urn sh -c "
		tappin create ${PIN}x vhost off && tappin delete ${PIN}x || exit 9
		tappin delete id $id"
	assert_failure 2
	assert_output --partial "no such pin"
	# In the pin's own network namespace, with all capabilities of another user's.
	refused "needs CAP_NET_ADMIN" unshare -Ur tappin delete "$PIN"
	assert_field "$PIN" state free
}
