/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New inputs: from nothing, from what is known to be good, from others. */
#ifndef TEST_MUTATE_H
#define TEST_MUTATE_H

#include "input.h"

/* Seeds the dice. */
void mutate_seed(uint64_t seed);
unsigned int mutate_roll(unsigned int sides);
/* The inputs to begin with; returns false if there is no such one. */
bool mutate_begin(unsigned int index, struct input *input);
/* From one input, and another to take parts of. */
void mutate(struct input *input, const struct input *other);

#endif /* TEST_MUTATE_H */
