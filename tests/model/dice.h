/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dice: random steps, of which those that can be tried and lead somewhere come
 * more often. The same seed and the same answers give the same steps.
 */
#ifndef TEST_DICE_H
#define TEST_DICE_H

#include "oracle.h"

#define PLAN	6

struct dice {
	uint64_t state;
	struct step plan[PLAN];		/* to come first, from @next on */
	unsigned int n, next;
};

void dice_seed(struct dice *dice, uint64_t seed);
/* A step that is possible. */
void dice_step(struct dice *dice, const struct oracle *o, struct step *step);

#endif /* TEST_DICE_H */
