// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <time.h>

#include "check.h"
#include "tally.h"

/* A moment is drawn up to one of this many powers of two, in microseconds. */
#define SCALES		9
#define STEP_MIN_NS	2000ll
#define STEP_MAX_NS	20000000ll
#define LEAN_MAX_NS	500000000ll
/* In so many rounds both orders must come about. */
#define ENOUGH		100
#define PROGRESS_NS	60000000000ull
#define HOPELESS	5

static uint64_t chance;

void tally_seed(unsigned int seed)
{
	if (!seed)
		seed = time(NULL) % 1000000;
	chance = seed;
	say("seed %u", seed);
}

unsigned int roll(unsigned int sides)
{
	return next_random(&chance) % sides;
}

void tally_begin(struct tally *tally, const char *name, const char *const *outcomes,
		 const char *kind)
{
	*tally = (struct tally){
		.name = name, .outcomes = outcomes, .kind = kind, .begin_ns = now_ns(),
		.said_ns = now_ns(),
	};
}

uint64_t tally_moment(const struct tally *tally, unsigned int kind, bool first_side)
{
	uint64_t ns = roll((1u << roll(SCALES)) * 1000);
	int64_t lean = tally->lean[kind].ns;

	if (!first_side)
		lean = -lean;
	return lean > 0 ? ns + lean : ns;
}

static int64_t within(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

static void lean_on(struct tally *tally, unsigned int kind, int outcome)
{
	int64_t step = tally->lean[kind].step, ns = tally->lean[kind].ns;

	step = outcome == tally->lean[kind].last ? step * 2 : step / 4;
	step = within(step, STEP_MIN_NS, STEP_MAX_NS);
	ns += outcome ? -step : step;
	tally->lean[kind].ns = within(ns, -LEAN_MAX_NS, LEAN_MAX_NS);
	tally->lean[kind].step = step;
	tally->lean[kind].last = outcome;
}

static const char *describe(const struct tally *tally)
{
	unsigned int i, used, seconds = (now_ns() - tally->begin_ns) / 1000000000;
	static char text[256];

	used = snprintf(text, sizeof(text), "%u rounds", tally->rounds);
	if (tally->kind)
		used += snprintf(text + used, sizeof(text) - used, ", %u %s",
				 tally->kinds[1], tally->kind);
	used += snprintf(text + used, sizeof(text) - used, ", %u at once, %u s:",
			 tally->at_once, seconds);
	for (i = 0; i < OUTCOMES && tally->outcomes[i]; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s %u %s",
				 i ? "," : "", tally->counts[i], tally->outcomes[i]);
	return text;
}

void tally_count(struct tally *tally, unsigned int kind, int outcome, bool at_once)
{
	tally->rounds++;
	tally->kinds[kind]++;
	tally->at_once += at_once;
	if (outcome >= 0) {
		tally->good++;
		tally->counts[outcome]++;
	}
	if (outcome == 0 || outcome == 1)
		lean_on(tally, kind, outcome);
	if (now_ns() - tally->said_ns < PROGRESS_NS)
		return;
	say("%s: %s", tally->name, describe(tally));
	tally->said_ns = now_ns();
}

bool tally_is_hopeless(const struct tally *tally)
{
	return tally->rounds - tally->good >= HOPELESS;
}

void tally_end(const struct tally *tally, const char *what, unsigned int rounds)
{
	bool both = rounds < ENOUGH || (tally->counts[0] && tally->counts[1]);

	ok(tally->good == rounds && both, "%s: %s: %s%s", tally->name, what,
	   describe(tally), both ? "" : ": never the other way round");
}
