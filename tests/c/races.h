/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The races: who does what at the same moment, and what may come of it. */
#ifndef TEST_RACES_H
#define TEST_RACES_H

#include "racer.h"
#include "tally.h"

#define CLAIMANTS_MAX	64

/* One round, as it ended. */
struct round {
	struct arena *arena;
	struct racer owner, referee;
	struct racer claimants[CLAIMANTS_MAX];
	unsigned int n;			/* claimants */
	/* Once all have their answers: */
	int state;			/* enum tappin_state or -ENOENT */
	pid_t holder;
	uint64_t losses;		/* counted in this round */
	unsigned int won;		/* how many claimants got 0 */
	unsigned int winner;		/* the last of them */
};

struct race {
	const char *name;
	const char *what;
	bool alone;			/* one claimant */
	/* One after the other, before the race; or NULL. */
	deed_fn owner_ready, referee_ready, claimant_ready;
	int from;			/* the state then */
	/* All at the same moment; or NULL. @other is of each second claimant. */
	deed_fn owner, referee, claimant, other;
	/* Of each claimant, when the pin is in its last state; must give 0. Or NULL. */
	deed_fn after;
	bool gone;			/* the device goes */
	/* Which outcome it was, or -1 if it can't be. */
	int (*judge)(const struct round *round);
	/*
	 * The first two are the two orders. Where claimants race among themselves alone
	 * the first is that of those who do @claimant.
	 */
	const char *outcomes[OUTCOMES];
};

extern const struct race races[];
extern const unsigned int n_races;

/* Do claimant @i and its deed count as the first side, which wins outcome 0? */
bool race_first_side(const struct race *race, unsigned int i);

#endif /* TEST_RACES_H */
