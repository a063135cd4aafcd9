# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# update-suite.bash - what the suites of live updates have in common: the world is
# made once for each, and each test begins without QEMUs; loaded after helpers.bash

load guest
load update

# shellcheck disable=SC2034
BATS_TEST_TIMEOUT=1200

update_setup_file() {
	requires root socat python3
	# shellcheck disable=SC2154
	update_ready || skip "$update_lacks"
	load_module
	update_folder
	world_make
	guest_known "$UPDATE_GUEST"
}

update_teardown_file() {
	world_drop
	update_folder_drop
}

update_teardown() {
	local ended=0
	traffic_stop
	guests_teardown
	# Another try begins as the first one did: with a guest that has to boot.
	[ -n "${BATS_TEST_COMPLETED-}" ] || rm -f "$GUEST_DIR"/state-*
	tests_teardown || ended=1
	return "$ended"
}

# A suite that needs more defines its own of these four, and calls those above.

setup_file() {
	update_setup_file
}

teardown_file() {
	update_teardown_file
}

setup() {
	tests_setup
	update_setup
}

teardown() {
	update_teardown
}
