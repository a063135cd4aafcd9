/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judge has a step done and compares what came of it with the oracle. */
#ifndef TEST_JUDGE_H
#define TEST_JUDGE_H

#include "oracle.h"

struct verdict {
	bool done;		/* the step was not refused */
	char expected[160];
	char got[160];
};

/*
 * One step, which is possible. On agreement the oracle has taken it, too. What comes
 * later is waited for @patience ms.
 */
bool judge_step(struct oracle *o, const struct step *step, unsigned int patience,
		struct verdict *verdict);
/* How many rows of the state table the steps have gone by; @known: of how many. */
unsigned int judge_rows(unsigned int *known);

#endif /* TEST_JUDGE_H */
