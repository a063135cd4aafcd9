/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Doing a sequence again, and finding the least of it that still fails. */
#ifndef TEST_SHRINK_H
#define TEST_SHRINK_H

#include "judge.h"
#include "step.h"

/*
 * From a clean world; steps that are not possible are left out. Returns the number of
 * steps up to the one that failed, itself included; 0 if none did.
 */
unsigned int replay(const struct step *steps, unsigned int n, unsigned int patience,
		    struct verdict *verdict);
/* Shrinks @steps, which failed, in place. Returns their number; 0: it did not again. */
unsigned int shrink(struct step *steps, unsigned int n, struct verdict *verdict);

#endif /* TEST_SHRINK_H */
