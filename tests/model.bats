#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random sequences of all commands, by several processes in several namespaces,
# against a model: tests/model. TAPPIN_STEPS is how many (20,000), TAPPIN_SEED
# repeats a run.

load helpers

STEPS=${TAPPIN_STEPS:-20000}
BATS_TEST_TIMEOUT=$((600 + STEPS / 50))

# What it says while it goes on shows that it lives.
@test "model: random sequences of all commands: answers, events and pins are the model's" {
	requires program:model vhost userns
	expedite
	"$TESTS/model" --steps "$STEPS" ${TAPPIN_SEED:+--seed "$TAPPIN_SEED"} |
		tee "$BATS_TEST_TMPDIR/said" |
		sed -un -E '/^# (seed [0-9]+|[0-9]+ steps)/p' >&3
	run cat "$BATS_TEST_TMPDIR/said"
	assert_line --regexp '^ok 1'
	refute_line --regexp '^not ok'
	assert_line '1..1'
}
