#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Races at length: make check-races. TAPPIN_RACE_ROUNDS is how many rounds of each
# (1,000), a tenth of that where a device, a namespace or the module goes. TAPPIN_SEED
# gives all the same seed, which is printed. Each race is a test, so that one that was
# interrupted, or failed, is run again by its name.

load helpers

ROUNDS=${TAPPIN_RACE_ROUNDS:-1000}
CLAIMANTS=3
BATS_TEST_TIMEOUT=$((3600 + ROUNDS * 10))

# race PROGRAM ARGUMENT...: how it ended is a figure
race() {
	requires vhost
	expedite
	long_program 's/^[^#]/# &/; p' "$@"
	assert_line '1..1'
}

pins() {
	race race "$2" "$CLAIMANTS" "${TAPPIN_SEED:-0}" "$1"
}

module() {
	requires installed
	race unload "$2" "${TAPPIN_SEED:-0}" "$1"
}

@test "races: many: many claimants of one offer" {
	pins many "$ROUNDS"
}

@test "races: withdraw-1: claim against withdraw" {
	pins withdraw-1 "$ROUNDS"
}

@test "races: withdraw: many claims against withdraw" {
	pins withdraw "$ROUNDS"
}

@test "races: death: claims against the owner's death" {
	pins death "$ROUNDS"
}

@test "races: evict-1: claim against evict" {
	pins evict-1 "$ROUNDS"
}

@test "races: evict: many claims against evict" {
	pins evict "$ROUNDS"
}

@test "races: kill: claim against evict kill" {
	pins kill "$ROUNDS"
}

@test "races: confirm: confirm against evict" {
	pins confirm "$ROUNDS"
}

@test "races: confirm-death: confirm against the offerer's death" {
	pins confirm-death "$ROUNDS"
}

@test "races: give-up: giving back against withdraw" {
	pins give-up "$ROUNDS"
}

@test "races: offer: offer against claims without cookie" {
	pins offer "$ROUNDS"
}

@test "races: force-stray: takers by force of a free pin with a stray" {
	pins force-stray "$ROUNDS"
}

@test "races: force: takers by force of an offer that its offerer left" {
	pins force "$ROUNDS"
}

@test "races: force-cookie: force against cookie" {
	pins force-cookie "$ROUNDS"
}

@test "races: rmmod: claims against module unload" {
	pins rmmod "$ROUNDS"
}

@test "races: del: claims against del force" {
	pins del $((ROUNDS / 10))
}

@test "races: link: claims against ip link del" {
	pins link $((ROUNDS / 10))
}

@test "races: netns: claims against the end of the TAP's namespace" {
	pins netns $((ROUNDS / 10))
}

@test "races: unload-del: module unload against the deletion of the last pin" {
	module unload-del $((ROUNDS / 10))
}

@test "races: unload-close: module unload against the close of the last lease" {
	module unload-close $((ROUNDS / 10))
}

@test "races: unload-new: module unload against the first pin" {
	module unload-new $((ROUNDS / 10))
}

@test "races: unload-load: module unload against the first pin, which loads the module" {
	module unload-load $((ROUNDS / 10))
}
