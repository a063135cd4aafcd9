# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# retry.bash - how tests, demo and benchmark wait for what tells nobody that it is there

# retry LIMIT COMMAND...: run it until it succeeds, for at most LIMIT seconds
retry() {
	local limit=$1 start=$SECONDS

	shift
	until "$@"; do
		[ $((SECONDS - start)) -lt "$limit" ] || return 1
		# The pause between two looks, not the wait for something.
		read -rt 0.05 <> <(:) || :
	done
}
