#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random sequences of all commands, by several processes in several namespaces,
# against a model: tests/model. TAPPIN_STEPS is how many (20,000), TAPPIN_SEED
# repeats a run.

load helpers

STEPS=${TAPPIN_STEPS:-20000}
BATS_TEST_TIMEOUT=$((600 + STEPS / 50))

@test "model: random sequences of all commands: answers, events and pins are the model's" {
	requires vhost userns
	expedite
	long_program '/^# (seed [0-9]+|[0-9]+ steps)/p' \
		model --steps "$STEPS" ${TAPPIN_SEED:+--seed "$TAPPIN_SEED"}
	assert_line '1..1'
}
