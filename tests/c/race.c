// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * race - many processes that want the same pin at the same moment
 *
 *	race [ROUNDS [CLAIMANTS]]	(200, 8)
 *
 * An owner offers its pin, claimants stand by, all as processes of their own. They
 * meet at a barrier, and then at once the claimants claim with the cookie and
 * something else may happen too; see the table of races. After each round the
 * answers must fit together and with the pin's state, and when all are gone the pin
 * must be there to be claimed again.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "pin.h"
#include "process.h"

#define NAME		"race0"
#define CLAIMANTS_MAX	64
#define PENDING		1000

/* In shared memory. */
struct meeting {
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	volatile int owner;			/* what it got */
	volatile int claims[CLAIMANTS_MAX];
};

struct round {
	struct tappin *handle;
	struct barrier *barrier;
	struct meeting *meeting;
	unsigned int n;		/* claimants */
	pid_t owner;
	pid_t claimants[CLAIMANTS_MAX];
	int referee;		/* what the parent's own command got */
	int state;		/* after all have their answers */
	unsigned int won;
	int lost;		/* an answer of those that didn't win */
};

struct race {
	const char *what;
	unsigned int (*claimants)(unsigned int max);
	/* At the barrier's end; or NULL. */
	int (*owner)(struct tappin *handle, struct tappin_lease *lease);
	int (*referee)(struct tappin *handle);
	bool (*fits)(const struct round *round);
};

static unsigned int all(unsigned int max)
{
	return max;
}

static unsigned int one(unsigned int max)
{
	(void)max;
	return 1;
}

static int do_withdraw(struct tappin *handle, struct tappin_lease *lease)
{
	return tappin_withdraw(handle, lease);
}

static int do_die(struct tappin *handle, struct tappin_lease *lease)
{
	(void)handle;
	(void)lease;
	return raise(SIGKILL);
}

static int do_evict(struct tappin *handle)
{
	return tappin_evict(handle, NAME, 0, 0);
}

static int do_evict_kill(struct tappin *handle)
{
	return tappin_evict(handle, NAME, 0, TAPPIN_KILL);
}

static int do_del_force(struct tappin *handle)
{
	return tappin_del(handle, NAME, 0, TAPPIN_FORCE);
}

static bool one_has_it(const struct round *r)
{
	return r->won == 1 && r->state == TAPPIN_STATE_TAKEN &&
	       (r->n == 1 || r->lost == -EBUSY);
}

static bool one_or_the_owner(const struct round *r)
{
	int owner = r->meeting->owner;

	if (r->won)
		return one_has_it(r) &&
		       (owner == -EBUSY || owner == -EINPROGRESS);
	return !owner && r->lost == -EKEYREJECTED &&
	       r->state == TAPPIN_STATE_OWNED;
}

/* Evicted before the claim, the pin is free; after it, back with the offerer. */
static bool free_or_back(const struct round *r)
{
	if (r->referee && r->referee != -EINPROGRESS)
		return false;
	if (r->state == TAPPIN_STATE_RETURNED)
		return r->won <= 1;
	/* It could not yet evict whom it did not see: fencing came in between. */
	if (r->state == TAPPIN_STATE_TAKEN)
		return r->won == 1 && r->referee == -EINPROGRESS;
	return !r->won && r->state == TAPPIN_STATE_FREE;
}

/* Killed with its offer, or the claimant killed: the offer stands. */
static bool nothing_or_offered(const struct round *r)
{
	return free_or_back(r) || r->state == TAPPIN_STATE_OFFERED;
}

static bool gone(const struct round *r)
{
	return r->state == -ENOENT && r->won <= 1 &&
	       (!r->referee || r->referee == -EINPROGRESS);
}

static const struct race races[] = {
	{ "many claimants", all, NULL, NULL, one_has_it },
	{ "claim against withdraw", one, do_withdraw, NULL, one_or_the_owner },
	{ "many claims against withdraw", all, do_withdraw, NULL, one_or_the_owner },
	{ "claims against the owner's death", all, do_die, NULL, one_has_it },
	{ "claim against evict", one, NULL, do_evict, free_or_back },
	{ "claims against evict", all, NULL, do_evict, free_or_back },
	{ "claim against evict kill", one, NULL, do_evict_kill, nothing_or_offered },
	{ "claims against del force", all, NULL, do_del_force, gone },
};

static _Noreturn void wait_for_the_end(void)
{
	for (;;)
		pause();
}

static void run_owner(const struct round *r, const struct race *race)
{
	struct tappin *handle = pin_connect();
	struct tappin_lease *lease = pin_own(handle, NAME);

	if (pin_own_vhost(lease) ||
	    tappin_offer(handle, lease, r->meeting->cookie))
		bail("offer: %s", tappin_errmsg(handle));
	barrier_wait(r->barrier);
	r->meeting->owner = race->owner ? race->owner(handle, lease) : 0;
	wait_for_the_end();
}

static void run_claimant(const struct round *r, unsigned int i)
{
	struct tappin *handle = pin_connect();
	struct tappin_lease *lease = pin_standby(handle, NAME);

	if (pin_own_vhost(lease))
		bail("VHOST_SET_OWNER");
	barrier_wait(r->barrier);
	r->meeting->claims[i] = pin_claim(handle, lease, r->meeting->cookie);
	wait_for_the_end();
}

static void begin(struct round *r, const struct race *race)
{
	unsigned int i;

	barrier_reset(r->barrier, r->n + 2);
	r->meeting->owner = PENDING;
	for (i = 0; i < r->n; i++)
		r->meeting->claims[i] = PENDING;
	r->owner = spawn();
	if (!r->owner)
		run_owner(r, race);
	for (i = 0; i < r->n; i++) {
		r->claimants[i] = spawn();
		if (!r->claimants[i])
			run_claimant(r, i);
	}
	barrier_wait(r->barrier);
}

static bool has_died(pid_t pid)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid == pid;
}

static bool all_answered(void *arg)
{
	const struct round *r = arg;
	unsigned int i;

	if (r->meeting->owner == PENDING && !has_died(r->owner))
		return false;
	for (i = 0; i < r->n; i++)
		if (r->meeting->claims[i] == PENDING && !has_died(r->claimants[i]))
			return false;
	return true;
}

static bool is_settled(void *arg)
{
	struct round *r = arg;

	r->state = pin_state(r->handle, NAME);
	return r->state != TAPPIN_STATE_FENCING;
}

static bool judge(struct round *r, const struct race *race)
{
	bool answered = eventually(all_answered, r, PATIENCE_MS);
	bool settled = eventually(is_settled, r, PATIENCE_MS);
	unsigned int i;

	r->won = 0;
	r->lost = 0;
	for (i = 0; i < r->n; i++) {
		if (!r->meeting->claims[i])
			r->won++;
		else
			r->lost = r->meeting->claims[i];
	}
	if (answered && settled && race->fits(r))
		return true;
	say("%s: %u won, another got %s, the owner %s, the referee %s, state %s",
	    race->what, r->won, error_name(r->lost),
	    error_name(r->meeting->owner), error_name(r->referee),
	    pin_state_name(r->state));
	return false;
}

static bool is_device_gone(void *arg)
{
	(void)arg;
	return !if_nametoindex(NAME);
}

/* With all of them gone the pin is free, or offered and can be had by evict. */
static bool is_claimable(struct round *r)
{
	struct tappin_lease *lease;
	int ret;

	if (pin_state(r->handle, NAME) == -ENOENT) {
		if (!eventually(is_device_gone, NULL, PATIENCE_MS))
			return false;
		pin_make(r->handle, NAME, 1, true);
	}
	eventually(is_settled, r, PATIENCE_MS);
	if (r->state != TAPPIN_STATE_FREE)
		tappin_evict(r->handle, NAME, 0, 0);
	if (!pin_reaches(r->handle, NAME, TAPPIN_STATE_FREE))
		return false;
	lease = pin_standby(r->handle, NAME);
	ret = pin_claim(r->handle, lease, NULL);
	tappin_lease_close(lease);
	return !ret && pin_reaches(r->handle, NAME, TAPPIN_STATE_FREE);
}

static bool run(struct round *r, const struct race *race)
{
	unsigned int i;
	bool good;

	r->referee = 0;
	begin(r, race);
	if (race->referee)
		r->referee = race->referee(r->handle);
	good = judge(r, race);
	slay(r->owner);
	for (i = 0; i < r->n; i++)
		slay(r->claimants[i]);
	if (is_claimable(r))
		return good;
	say("%s: the pin can't be claimed afterwards: %s", race->what,
	    pin_state_name(pin_state(r->handle, NAME)));
	return false;
}

static void run_all(struct round *r, const struct race *race, unsigned int rounds)
{
	unsigned int i, good = 0, won = 0;

	for (i = 0; i < rounds && i - good < 5; i++) {
		good += run(r, race);
		won += r->won;
	}
	ok(good == rounds, "%s: %u of %u rounds, a claim won %u", race->what, good,
	   rounds, won);
}

int main(int argc, char **argv)
{
	unsigned int rounds = number(argc, argv, 1, 200);
	unsigned int max = number(argc, argv, 2, 8);
	struct round round = { 0 };
	unsigned int i;

	if (max > CLAIMANTS_MAX)
		bail("at most %d claimants", CLAIMANTS_MAX);
	round.handle = pin_connect();
	round.barrier = barrier_new();
	round.meeting = shared_memory(sizeof(*round.meeting));
	pin_make(round.handle, NAME, 1, true);
	for (i = 0; i < ARRAY_SIZE(races); i++) {
		round.n = races[i].claimants(max);
		run_all(&round, &races[i], rounds);
	}
	pin_drop(round.handle, NAME);
	return done();
}
