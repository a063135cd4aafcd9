// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * race - processes that want the same pin at the same moment
 *
 *	race [ROUNDS [CLAIMANTS [SEED [NAME...]]]]	(200, 4, 0: of the clock, all)
 *
 * In each round the processes are made ready, meet at a barrier, wait for a moment
 * that is drawn for each, and act; see the table in races.c. The answers must fit
 * together and with the pin's state, and when all have let go of the pin it must be
 * there to be claimed again. One round in eight is with vhost. That one of the two
 * orders never came about in many rounds is a failure, too.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "pin.h"
#include "races.h"

#define PLAIN		"race0"
#define WITH_VHOST	"race1"
#define VHOST_ONE_IN	8

static struct tappin *handle;
static struct barrier *barrier;

static void ready_racer(struct racer *racer, struct arena *arena, deed_fn deed)
{
	if (racer_spawn(racer, arena))
		racer_must(racer, do_connect);
	if (deed)
		racer_must(racer, deed);
}

static bool make_ready(struct round *r, const struct race *race)
{
	struct tappin_pin *pin;
	unsigned int i;

	if (race->owner_ready)
		ready_racer(&r->owner, r->arena, race->owner_ready);
	if (race->referee)
		ready_racer(&r->referee, r->arena, race->referee_ready);
	for (i = 0; i < r->n; i++)
		ready_racer(&r->claimants[i], r->arena, race->claimant_ready);
	if (!pin_reaches(handle, r->arena->pin, race->from) ||
	    tappin_get(handle, r->arena->pin, 0, &pin))
		return false;
	r->losses = tappin_pin_losses(pin);
	tappin_pin_free(pin);
	return true;
}

static deed_fn deed_of(const struct race *race, unsigned int i)
{
	return i % 2 && race->other ? race->other : race->claimant;
}

static void let_run(struct round *r, const struct race *race, const struct tally *tally)
{
	unsigned int i, kind = r->arena->vhost;

	barrier_reset(barrier, r->n + !!race->owner + !!race->referee);
	if (race->owner)
		racer_order(&r->owner, race->owner, barrier,
			    tally_moment(tally, kind, false));
	if (race->referee)
		racer_order(&r->referee, race->referee, barrier,
			    tally_moment(tally, kind, false));
	for (i = 0; i < r->n; i++)
		racer_order(&r->claimants[i], deed_of(race, i), barrier,
			    tally_moment(tally, kind, race_first_side(race, i)));
	if (race->owner)
		racer_wait(&r->owner);
	if (race->referee)
		racer_wait(&r->referee);
	for (i = 0; i < r->n; i++)
		racer_wait(&r->claimants[i]);
}

static bool is_settled(void *arg)
{
	struct round *r = arg;

	r->state = pin_state(handle, r->arena->pin);
	return r->state != TAPPIN_STATE_FENCING;
}

static void look(struct round *r)
{
	struct tappin_pin *pin;
	unsigned int i;

	r->won = 0;
	for (i = 0; i < r->n; i++) {
		if (r->claimants[i].said.ret)
			continue;
		r->won++;
		r->winner = i;
	}
	if (tappin_get(handle, r->arena->pin, 0, &pin))
		return;
	r->holder = tappin_pin_pid(pin);
	r->losses = tappin_pin_losses(pin) - r->losses;
	tappin_pin_free(pin);
}

static int judge(struct round *r, const struct race *race)
{
	bool settled = race->gone ?
		       pin_reaches(handle, r->arena->pin, TAPPIN_STATE_DEAD) :
		       eventually(is_settled, r, PATIENCE_MS);
	unsigned int i;

	r->state = pin_state(handle, r->arena->pin);
	look(r);
	for (i = 0; i < r->n && race->after; i++) {
		struct racer_answer said = r->claimants[i].said;

		racer_must(&r->claimants[i], race->after);
		r->claimants[i].said = said;
	}
	return settled ? race->judge(r) : -1;
}

static void complain(const struct round *r, const struct race *race)
{
	unsigned int i;

	say("%s%s: state %s of %d, the owner %d %s, the referee %d %s", race->name,
	    r->arena->vhost ? " with vhost" : "", pin_state_name(r->state),
	    (int)r->holder, (int)r->owner.pid, error_name(r->owner.said.ret),
	    (int)r->referee.pid, error_name(r->referee.said.ret));
	for (i = 0; i < r->n; i++)
		say("  claimant %d %s %s", (int)r->claimants[i].pid,
		    error_name(r->claimants[i].said.ret), r->claimants[i].said.why);
}

/* Did a deed of the one side overlap one of the other? */
static bool were_at_once(const struct round *r, const struct race *race)
{
	unsigned int i, k;

	for (i = 0; i < r->n; i++) {
		const struct racer *claimant = &r->claimants[i];

		if (!race_first_side(race, i))
			continue;
		if (race->owner && racers_overlap(claimant, &r->owner))
			return true;
		if (race->referee && racers_overlap(claimant, &r->referee))
			return true;
		for (k = 0; k < r->n; k++)
			if (!race_first_side(race, k) &&
			    racers_overlap(claimant, &r->claimants[k]))
				return true;
	}
	return false;
}

static void let_go(struct racer *racer)
{
	if (!racer->pid)
		return;
	racer_order(racer, do_let_go, NULL, 0);
	racer_wait(racer);
}

/* Free, or offered and free by evict, or dead or deleted and made again. */
static bool restore(struct round *r)
{
	const char *name = r->arena->pin;
	unsigned int i;

	/* In this order no fence waits for the TAPs of others. */
	for (i = 0; i < r->n; i++)
		let_go(&r->claimants[i]);
	let_go(&r->owner);
	eventually(is_settled, r, PATIENCE_MS);
	if (r->state == TAPPIN_STATE_DEAD || r->state == -ENOENT) {
		if (r->state == TAPPIN_STATE_DEAD && tappin_del(handle, name, 0, 0))
			return false;
		if (!tap_goes(name))
			return false;
		pin_make(handle, name, 1, r->arena->vhost);
	} else if (r->state != TAPPIN_STATE_FREE) {
		tappin_evict(handle, name, 0, 0);
	}
	return pin_reaches(handle, name, TAPPIN_STATE_FREE);
}

static void set_scene(struct arena *arena)
{
	arena->vhost = !roll(VHOST_ONE_IN);
	snprintf(arena->pin, sizeof(arena->pin), "%s", arena->vhost ? WITH_VHOST : PLAIN);
	arena->ifindex = if_nametoindex(arena->pin);
}

static void run(struct round *r, const struct race *race, struct tally *tally)
{
	bool at_once = false;
	int outcome = -1;

	set_scene(r->arena);
	if (make_ready(r, race)) {
		let_run(r, race, tally);
		at_once = were_at_once(r, race);
		outcome = judge(r, race);
	}
	if (outcome < 0)
		complain(r, race);
	if (!restore(r)) {
		say("%s: the pin is not free afterwards: %s", race->name,
		    pin_state_name(pin_state(handle, r->arena->pin)));
		outcome = -1;
	}
	tally_count(tally, r->arena->vhost, outcome, at_once);
}

static void run_all(struct round *r, const struct race *race, unsigned int rounds)
{
	struct tally tally;
	unsigned int i;

	tally_begin(&tally, race->name, race->outcomes, "with vhost");
	for (i = 0; i < rounds && !tally_is_hopeless(&tally); i++)
		run(r, race, &tally);
	tally_end(&tally, race->what, rounds);
}

int main(int argc, char **argv)
{
	unsigned int rounds = number(argc, argv, 1, 200);
	unsigned int max = number(argc, argv, 2, 4);
	unsigned int seed = number(argc, argv, 3, 0);
	static struct round round;
	unsigned int i;

	if (!max || max > CLAIMANTS_MAX)
		bail("1 to %d claimants", CLAIMANTS_MAX);
	tally_seed(seed);
	handle = pin_connect();
	barrier = barrier_new();
	round.arena = shared_memory(sizeof(*round.arena));
	pin_make(handle, PLAIN, 1, false);
	pin_make(handle, WITH_VHOST, 1, true);
	for (i = 0; i < n_races; i++) {
		round.n = races[i].alone ? 1 : max;
		if (is_one_of(races[i].name, argc, argv, 4))
			run_all(&round, &races[i], rounds);
	}
	pin_drop(handle, PLAIN);
	pin_drop(handle, WITH_VHOST);
	return done();
}
