/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rounds of a race between two sides: for how long each is held up, which order
 * came about, and how often.
 *
 * A race that one side always wins shows nothing. So whoever came first last time is
 * held up a little more in the next round, which leads to where the two meet.
 */
#ifndef TEST_TALLY_H
#define TEST_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#define OUTCOMES	4
/* Rounds that differ so much in time that each has its own balance. */
#define KINDS		2

struct tally {
	const char *name;
	const char *const *outcomes;	/* OUTCOMES names; the first two are the orders */
	const char *kind;		/* what the second kind of rounds is, or NULL */
	unsigned int rounds, good, at_once;
	unsigned int counts[OUTCOMES];
	unsigned int kinds[KINDS];
	uint64_t begin_ns, said_ns;
	/* By how much the first side is held up; the second, if it is less than 0. */
	struct {
		int64_t ns, step;
		int last;
	} lean[KINDS];
};

/* For all random numbers of the program; it is said. 0: of the clock. */
void tally_seed(unsigned int seed);
/* A number less than @sides. */
unsigned int roll(unsigned int sides);
void tally_begin(struct tally *tally, const char *name, const char *const *outcomes,
		 const char *kind);
/* For how many ns to wait in a round of this kind. */
uint64_t tally_moment(const struct tally *tally, unsigned int kind, bool first_side);
/* A round is over: @outcome, or less than 0 if it was wrong. */
void tally_count(struct tally *tally, unsigned int kind, int outcome, bool at_once);
/* So many failures that there is no use in going on? */
bool tally_is_hopeless(const struct tally *tally);
/* One result for all of @rounds. */
void tally_end(const struct tally *tally, const char *what, unsigned int rounds);

#endif /* TEST_TALLY_H */
