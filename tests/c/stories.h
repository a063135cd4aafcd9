/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a pin, told many times: whoever takes part in one is out of it when
 * the next begins, and the pin is free as it was before.
 */
#ifndef TEST_STORIES_H
#define TEST_STORIES_H

#include "racer.h"

/* Who is in all of them. Begin with all of it zero, but for @handle and @arena. */
struct cast {
	struct tappin *handle;
	struct arena *arena;		/* the pin of this round */
	unsigned int queues;		/* it has */
	struct racer old, new;
	struct tappin_monitor *monitor;	/* comes and goes */
};

struct story {
	const char *name;
	/* Bails out if anything is not as it must be. */
	void (*tell)(struct cast *cast);
};

extern const struct story stories[];
extern const unsigned int stories_n;

/* The pin, with its TAP. */
void cast_make_pin(struct cast *cast);
/* Both processes live, and hold nothing. */
void cast_ready(struct cast *cast);
/* They let go, and the pin gets free. */
void cast_clear(struct cast *cast);
/* They end. */
void cast_end(struct cast *cast);

#endif /* TEST_STORIES_H */
