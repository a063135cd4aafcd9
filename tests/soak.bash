# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# soak.bash - a thousand pins, all that is done to pins, for long; and what it left in
# the kernel
#
# TAPPIN_SOAK_SECONDS is how long, TAPPIN_SEED which stories; make soak has hours of it.
# After a warm-up of a quarter of that, or of six minutes, a first look is taken at what
# the kernel holds, and at the end, when all pins are free again, the last one: they must
# be flat (figures.bash says what that is). Those between are printed, to see where
# something grows, and what.
#
# Loaded after helpers.bash; the suite says what is done between two slices of rounds.

load figures

SOAK_SECONDS=${TAPPIN_SOAK_SECONDS:-45}
# From line to line of the table, and of rounds at a time: lab/run wants to hear of us.
SOAK_STEP=$((SOAK_SECONDS > 1440 ? 360 : SOAK_SECONDS / 4))
SOAK_SLICE=$((SOAK_STEP / 3 + 1))
SOAK_PINS=1000
# So many at least between the looks, or a busy machine would show nothing: what is lost
# in one round of six is more than figures.bash has slack for.
SOAK_ROUNDS=400
# The index of pins, and the kernel's of devices, are trees. Pins that are made again
# get numbers that are far from each other, up to a leaf for each.
SOAK_MORE=(slab:radix_tree_node $((2 * SOAK_PINS)))
SOAK_LIMIT=60
# shellcheck disable=SC2034
BATS_TEST_TIMEOUT=$((SOAK_SECONDS + 3600))

# soak_program WORD [ARGUMENT...]: what it says is in "output"
soak_program() {
	run "$TESTS/soak" "$1" "$SOAK_PINS" "${PIN}n" "${@:2}"
	assert_success
	assert_tap
}

soak_make() {
	requires vhost program:soak
	expedite
	SOAK_SEED=${TAPPIN_SEED:-$((SRANDOM % 1000000))}
	SOAK_DIR=$BATS_TEST_TMPDIR
	soak_rounds=0
	figure "seed $SOAK_SEED, $SOAK_SECONDS seconds"
	soak_program make
}

# soak_slice: some seconds of rounds, each slice with a seed of its own
soak_slice() {
	soak_program run "$SOAK_SLICE" $(((SOAK_SEED + soak_rounds) % 1000000 + 1))
	# shellcheck disable=SC2154 # run sets it
	[[ $output =~ rounds\ ([0-9]+) ]]
	soak_rounds=$((soak_rounds + BASH_REMATCH[1]))
	grep -E '^# +[0-9]+ ' <<<"$output" >>"$SOAK_DIR/told"
}

soak_row() {
	printf '# %6d %8d %s\n' "$((SECONDS - soak_began))" "$soak_rounds" "$(figures_row "$1")" >&3
}

# soak_run BETWEEN: a command that is given after each slice
soak_run() {
	local first next=$SOAK_STEP

	soak_began=$SECONDS
	printf '# %6s %8s %s\n' seconds rounds "$(figures_head)" >&3
	until [ $((SECONDS - soak_began)) -ge "$next" ]; do
		soak_slice
		"$1"
	done
	retry "$SOAK_LIMIT" figures_still "$SOAK_DIR/first" "$SOAK_DIR/before" ||
		fail "it does not come to rest: $(figures_grown "$SOAK_DIR/first" "$SOAK_DIR/before" 0)"
	soak_row "$SOAK_DIR/first"
	first=$soak_rounds next=$((next + SOAK_STEP))
	until [ $((SECONDS - soak_began)) -ge "$SOAK_SECONDS" ] &&
		[ $((soak_rounds - first)) -ge "$SOAK_ROUNDS" ]; do
		soak_slice
		"$1"
		[ $((SECONDS - soak_began)) -lt "$next" ] || {
			figures_look "$SOAK_DIR/now"
			soak_row "$SOAK_DIR/now"
			next=$((next + SOAK_STEP))
		}
	done
	soak_end $((soak_rounds - first))
}

# How often each story was told
soak_told() {
	awk '
		{ n = $2; sub(/^# +[0-9]+ /, ""); sub(/, [0-9]+ ms each$/, ""); sum[$0] += n }
		END { for (name in sum) printf "%s %d; ", name, sum[name] }
		' "$SOAK_DIR/told" | fold -sw 90 | sed 's/^/# /' >&3
	echo >&3
}

# soak_end ROUNDS: since the first look
soak_end() {
	local flat=0 looks=("$SOAK_DIR/first" "$SOAK_DIR/last" "$1" "${SOAK_MORE[@]}")

	retry "$SOAK_LIMIT" figures_flat "${looks[@]}" || flat=1
	soak_row "$SOAK_DIR/last"
	soak_told
	[ "$flat" -eq 0 ] || fail "in $1 rounds grew:"$'\n'"$(figures_grown "${looks[@]}")"
	figure "flat after $1 rounds"
}

# soak_teardown: before the test's own, which would look for each pin by itself
soak_teardown() {
	[ -z "${SOAK_DIR-}" ] || "$TESTS/soak" drop "$SOAK_PINS" "${PIN}n" || :
}
