// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unload - the module is unloaded while its last user goes, or its next one comes
 *
 *	unload [ROUNDS [SEED [NAME...]]]	(50, 0: of the clock, all)
 *
 * It must be where modprobe finds it, for it is loaded again by its family's name. No
 * other pin may exist. Either the user or the unloading comes first; whoever is refused
 * is refused well, and without a user left the module can always be unloaded.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "pin.h"
#include "racer.h"
#include "tally.h"

#define NAME	"unload0"

struct race {
	const char *name;
	const char *what;
	deed_fn ready, user;
	int (*judge)(int user, int unload);
	const char *outcomes[OUTCOMES];
};

static bool is_loaded(void)
{
	return !access("/sys/module/tappin", F_OK);
}

/* In the user's process. */
static struct tap tap;

static int do_make(struct runner *self)
{
	int ret = do_connect(self);

	if (!ret)
		pin_make(self->handle, self->arena->pin, 1, true);
	return ret;
}

static int do_del(struct runner *self)
{
	return tappin_del(self->handle, self->arena->pin, 0, 0);
}

/* The lease is the last that is left of the pin; and the vhost-net files with it. */
static int do_own_and_del(struct runner *self)
{
	int ret = do_make(self);

	if (!ret)
		ret = do_own(self);
	return ret ? ret : tappin_del(self->handle, self->arena->pin, 0, TAPPIN_FORCE);
}

static int do_make_tap(struct runner *self)
{
	tap_make(&tap, self->arena->pin, 1);
	return do_connect(self);
}

static int do_new(struct runner *self)
{
	return pin_new(self->handle, self->arena->pin, &tap, true);
}

static int do_load_and_new(struct runner *self)
{
	int ret = do_connect(self);

	return ret ? ret : do_new(self);
}

static int do_clean_up(struct runner *self)
{
	tap_close(&tap);
	do_let_go(self);
	if (is_loaded() && !do_connect(self))
		tappin_del(self->handle, self->arena->pin, 0, 0);
	return 0;
}

/* An unloading that is refused must have met a user. */
static int went_or_was_in_use(int user, int unload)
{
	if (user)
		return -1;
	return !unload ? 0 : unload == -EWOULDBLOCK ? 1 : -1;
}

/* It is not there, or on its way out. */
static bool is_without_module(int err)
{
	return err == -EOPNOTSUPP || err == -ENODEV;
}

static int made_or_too_late(int user, int unload)
{
	if (!user)
		return unload == -EWOULDBLOCK ? 0 : -1;
	return !unload && is_without_module(user) ? 1 : -1;
}

/* Unloaded first, it is loaded again for the user; or unloaded once that was done. */
static int made_or_loaded_again(int user, int unload)
{
	if (!user)
		return unload == -EWOULDBLOCK ? 0 : !unload ? 1 : -1;
	return !unload && is_without_module(user) ? 2 : -1;
}

static const struct race races[] = {
	{ "unload-del", "unloading against the deletion of the last pin", do_make, do_del,
	  went_or_was_in_use, { "deleted first", "unload refused" } },
	{ "unload-close", "unloading against the close of the last lease", do_own_and_del,
	  do_let_go, went_or_was_in_use, { "closed first", "unload refused" } },
	{ "unload-new", "unloading against the first pin", do_make_tap, do_new,
	  made_or_too_late, { "made first", "unloaded first" } },
	{ "unload-load", "unloading against the first pin, which loads the module",
	  do_make_tap, do_load_and_new, made_or_loaded_again,
	  { "made first", "loaded again", "unloaded in between" } },
};

static bool is_unloaded(void *arg)
{
	return !is_loaded() || !do_unload(arg);
}

static void run(struct arena *arena, struct barrier *barrier, struct racer racers[2],
		const struct race *race, struct tally *tally)
{
	int user, unload, outcome;
	bool at_once;

	racer_spawn(&racers[0], arena);
	racer_spawn(&racers[1], arena);
	racer_must(&racers[0], race->ready);
	barrier_reset(barrier, 2);
	racer_order(&racers[0], race->user, barrier, tally_moment(tally, 0, true));
	racer_order(&racers[1], do_unload, barrier, tally_moment(tally, 0, false));
	user = racer_wait(&racers[0]);
	unload = racer_wait(&racers[1]);
	at_once = racers_overlap(&racers[0], &racers[1]);
	outcome = race->judge(user, unload);
	if (outcome < 0)
		say("%s: the user %s %s, the unloading %s", race->name, error_name(user),
		    racers[0].said.why, error_name(unload));
	racer_must(&racers[0], do_clean_up);
	if (!tap_goes(arena->pin) || !eventually(is_unloaded, NULL, PATIENCE_MS)) {
		say("%s: something is left", race->name);
		outcome = -1;
	}
	tally_count(tally, 0, outcome, at_once);
}

static void run_all(struct arena *arena, struct barrier *barrier, struct racer racers[2],
		    const struct race *race, unsigned int rounds)
{
	struct tally tally;
	unsigned int i;

	tally_begin(&tally, race->name, race->outcomes, NULL);
	for (i = 0; i < rounds && !tally_is_hopeless(&tally); i++)
		run(arena, barrier, racers, race, &tally);
	tally_end(&tally, race->what, rounds);
}

int main(int argc, char **argv)
{
	unsigned int rounds = number(argc, argv, 1, 50);
	struct arena *arena = shared_memory(sizeof(*arena));
	struct barrier *barrier = barrier_new();
	struct racer racers[2] = { 0 };
	unsigned int i;

	tally_seed(number(argc, argv, 2, 0));
	strcpy(arena->pin, NAME);
	arena->vhost = true;
	if (is_loaded() && do_unload(NULL))
		bail("the module is in use");
	for (i = 0; i < ARRAY_SIZE(races); i++)
		if (is_one_of(races[i].name, argc, argv, 3))
			run_all(arena, barrier, racers, &races[i], rounds);
	tappin_close(pin_connect());
	return done();
}
