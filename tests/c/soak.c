// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * soak - all that is done to pins, among many of them, for a given time
 *
 *	soak make PINS PREFIX
 *	soak run PINS PREFIX SECONDS [SEED]	(0: of the clock)
 *	soak drop PINS PREFIX
 *
 * The pins are PREFIX0 and so on, and stay from one call to the next; their links are
 * down. Every second one has vhost, some have several queues. In each round one of them
 * is drawn, and one of the stories in stories.c is told of it. When they are over all
 * pins must be there and free. A line says how many rounds there were, which is what
 * the caller measures growth by.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "pin.h"
#include "stories.h"
#include "tally.h"

#define QUEUES		4u
#define QUEUES_ONE_IN	20
#define VHOST_ONE_IN	2

struct world {
	struct cast cast;
	unsigned int pins;
	const char *prefix;
	struct told {
		unsigned int times;
		uint64_t ns;
	} *told;		/* of each story */
};

static void choose(struct world *w, unsigned int i)
{
	struct arena *arena = w->cast.arena;

	snprintf(arena->pin, sizeof(arena->pin), "%s%u", w->prefix, i);
	arena->vhost = i % VHOST_ONE_IN == 0;
	w->cast.queues = i % QUEUES_ONE_IN ? 1 : QUEUES;
}

static void make(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->pins; i++) {
		choose(w, i);
		cast_make_pin(&w->cast);
	}
	ok(true, "%u pins are made", i);
}

static void drop(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->pins; i++) {
		choose(w, i);
		pin_drop(w->cast.handle, w->cast.arena->pin);
	}
	ok(true, "%u pins are deleted", i);
}

static void round_of(struct world *w)
{
	unsigned int which = roll(stories_n);
	uint64_t begin = now_ns();

	choose(w, roll(w->pins));
	cast_ready(&w->cast);
	stories[which].tell(&w->cast);
	cast_clear(&w->cast);
	w->told[which].times++;
	w->told[which].ns += now_ns() - begin;
}

struct sum {
	const char *prefix;
	unsigned int free;
};

static int add(const struct tappin_pin *pin, void *arg)
{
	struct sum *sum = arg;

	if (!strncmp(tappin_pin_name(pin), sum->prefix, strlen(sum->prefix)))
		sum->free += tappin_pin_state(pin) == TAPPIN_STATE_FREE;
	return 0;
}

static void run(struct world *w, unsigned int seconds, unsigned int seed)
{
	uint64_t end = now_ns() + seconds * 1000000000ull;
	struct sum sum = { .prefix = w->prefix };
	unsigned int i, rounds = 0;

	tally_seed(seed);
	for (; now_ns() < end; rounds++)
		round_of(w);
	cast_end(&w->cast);
	for (i = 0; i < stories_n; i++)
		if (w->told[i].times)
			say("%6u %s, %.0f ms each", w->told[i].times, stories[i].name,
			    w->told[i].ns / 1e6 / w->told[i].times);
	say("rounds %u", rounds);
	if (tappin_dump(w->cast.handle, 0, add, &sum))
		bail("dump: %s", tappin_errmsg(w->cast.handle));
	ok(sum.free == w->pins, "%u of %u pins are free", sum.free, w->pins);
}

int main(int argc, char **argv)
{
	struct world w = { 0 };

	if (argc < 4)
		bail("usage: soak make|run|drop PINS PREFIX [SECONDS [SEED]]");
	w.pins = number(argc, argv, 2, 0);
	w.prefix = argv[3];
	w.cast.arena = shared_memory(sizeof(*w.cast.arena));
	w.cast.handle = pin_connect();
	w.told = calloc(stories_n, sizeof(*w.told));
	if (!w.told)
		bail("memory");
	if (!strcmp(argv[1], "make"))
		make(&w);
	else if (!strcmp(argv[1], "drop"))
		drop(&w);
	else
		run(&w, number(argc, argv, 4, 10), number(argc, argv, 5, 0));
	return done();
}
