// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "pin.h"
#include "races.h"

/* What they do. */

static int do_own_and_offer(struct runner *self)
{
	return racer_both(self, do_own, do_offer);
}

/* The offer stands, and nobody is behind it. */
static int do_offer_and_go(struct runner *self)
{
	return racer_both(self, do_own_and_offer, do_let_go);
}

static int do_standby_and_claim(struct runner *self)
{
	return racer_both(self, do_standby, do_claim);
}

static int do_evict(struct runner *self)
{
	return tappin_evict(self->handle, self->arena->pin, 0, 0);
}

static int do_evict_kill(struct runner *self)
{
	return tappin_evict(self->handle, self->arena->pin, 0, TAPPIN_KILL);
}

static int do_del_force(struct runner *self)
{
	return tappin_del(self->handle, self->arena->pin, 0, TAPPIN_FORCE);
}

static int do_link_del(struct runner *self)
{
	return tap_delete(self->arena->ifindex);
}

/* A pin keeps its own network namespace; that which its TAP moved to may end. */
static int namespace = -1;

static int do_move_away(struct runner *self)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int ret;

	if (home < 0 || unshare(CLONE_NEWNET))
		return -errno;
	namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ret = setns(home, CLONE_NEWNET) ? -errno :
	      tap_move(self->arena->ifindex, namespace);
	close(home);
	return ret;
}

static int do_end_namespace(struct runner *self)
{
	(void)self;
	return close(namespace) ? -errno : 0;
}

static int do_hear_the_end(struct runner *self)
{
	struct pollfd end = { .fd = tappin_lease_fd(self->lease) };

	return poll(&end, 1, PATIENCE_MS) == 1 && end.revents & POLLHUP ? 0 : -ETIME;
}

/* What may come of it. */

/* Has each claimant that did not win one of these answers? */
static bool others_got(const struct round *r, int one, int or)
{
	unsigned int i;

	for (i = 0; i < r->n; i++) {
		int ret = r->claimants[i].said.ret;

		if (ret && ret != one && ret != or)
			return false;
	}
	return true;
}

static bool winner_has_it(const struct round *r, int state)
{
	return r->won == 1 && r->state == state &&
	       r->holder == r->claimants[r->winner].pid;
}

static bool is_done_or_goes_on(const struct racer *racer)
{
	return !racer->said.ret || racer->said.ret == -EINPROGRESS;
}

/* Which began before the other, where the answers don't tell. */
static int order(const struct racer *first, const struct racer *second)
{
	return first->said.begin_ns > second->said.begin_ns;
}

static int one_takes_it(const struct round *r)
{
	if (!winner_has_it(r, TAPPIN_STATE_TAKEN) || !others_got(r, -EBUSY, -EBUSY))
		return -1;
	return r->winner % 2;
}

static int one_owns_it(const struct round *r)
{
	if (!winner_has_it(r, TAPPIN_STATE_OWNED) || !others_got(r, -EBUSY, -EBUSY))
		return -1;
	return r->winner % 2;
}

/* By the cookie it is taken; by force it is owned, and the cookie void. */
static int one_by_force_or_cookie(const struct round *r)
{
	if (winner_has_it(r, TAPPIN_STATE_OWNED) && r->winner % 2 == 0)
		return others_got(r, -EBUSY, -EKEYREJECTED) ? 0 : -1;
	if (winner_has_it(r, TAPPIN_STATE_TAKEN) && r->winner % 2)
		return others_got(r, -EBUSY, -EBUSY) ? 1 : -1;
	return -1;
}

static int claimed_or_withdrawn(const struct round *r)
{
	int owner = r->owner.said.ret;

	if (r->won)
		return one_takes_it(r) >= 0 &&
		       (owner == -EBUSY || owner == -EINPROGRESS) ? 0 : -1;
	return !owner && r->state == TAPPIN_STATE_OWNED && r->holder == r->owner.pid &&
	       others_got(r, -EKEYREJECTED, -EKEYREJECTED) ? 1 : -1;
}

/* All refused: the dead owner's files were still open when their time was up. */
static int claimed_from_the_dead(const struct round *r)
{
	if (r->owner.said.ret != RACER_DIED || !others_got(r, -EBUSY, -EBUSY))
		return -1;
	if (!r->won)
		return r->state == TAPPIN_STATE_OFFERED ? 2 : -1;
	if (!winner_has_it(r, TAPPIN_STATE_TAKEN))
		return -1;
	return r->losses ? 1 : 0;
}

/*
 * Evicted before the claim, the pin is free; after it, back with the offerer. In vain:
 * while the claim was fencing there was nobody to evict.
 */
static int free_or_back(const struct round *r)
{
	if (!is_done_or_goes_on(&r->referee) || r->won > 1)
		return -1;
	if (r->state == TAPPIN_STATE_RETURNED)
		return others_got(r, -EBUSY, -ESTALE) ? 0 : -1;
	if (r->state == TAPPIN_STATE_FREE)
		return !r->won && others_got(r, -EKEYREJECTED, -EBUSY) ? 1 : -1;
	return winner_has_it(r, TAPPIN_STATE_TAKEN) ? 2 : -1;
}

/* With the offerer or the claimant killed after the claim the offer stands. */
static int killed(const struct round *r)
{
	if (!is_done_or_goes_on(&r->referee) || r->won > 1)
		return -1;
	switch (r->state) {
	case TAPPIN_STATE_RETURNED:
		return 0;
	case TAPPIN_STATE_FREE:
		return r->won ? -1 : 1;
	case TAPPIN_STATE_TAKEN:
		return r->won ? 2 : -1;
	case TAPPIN_STATE_OFFERED:
		return 3;
	}
	return -1;
}

static int deleted(const struct round *r)
{
	int i, ret;

	if (!is_done_or_goes_on(&r->referee) || r->state != -ENOENT || r->won > 1)
		return -1;
	for (i = 0; i < (int)r->n; i++) {
		ret = r->claimants[i].said.ret;
		if (ret && ret != -EBUSY && ret != -ESTALE && ret != -EKEYREJECTED)
			return -1;
	}
	return !r->won;
}

static int dead(const struct round *r)
{
	if (r->referee.said.ret || r->state != TAPPIN_STATE_DEAD || r->won > 1)
		return -1;
	return others_got(r, -EBUSY, -ESTALE) ? !r->won : -1;
}

static int taken_and_not_unloaded(const struct round *r)
{
	if (one_takes_it(r) < 0 || r->referee.said.ret != -EWOULDBLOCK)
		return -1;
	return order(&r->claimants[r->winner], &r->referee);
}

/* What it is refused for says which came first. */
static int refused_and_offered(const struct round *r)
{
	const char *why = r->claimants[0].said.why;

	if (r->owner.said.ret || r->won || r->state != TAPPIN_STATE_OFFERED ||
	    r->holder != r->owner.pid || !others_got(r, -EBUSY, -EBUSY))
		return -1;
	return strstr(why, "waits for its cookie") ? 1 : 0;
}

static int confirmed_or_back(const struct round *r)
{
	if (!is_done_or_goes_on(&r->referee))
		return -1;
	if (r->won)
		return r->state == TAPPIN_STATE_FREE ? 0 : -1;
	return r->state == TAPPIN_STATE_RETURNED &&
	       others_got(r, -ESTALE, -ESTALE) ? 1 : -1;
}

static int confirmed_from_the_dead(const struct round *r)
{
	if (r->owner.said.ret != RACER_DIED || !winner_has_it(r, TAPPIN_STATE_OWNED))
		return -1;
	return order(&r->claimants[0], &r->owner);
}

static int given_back_or_not(const struct round *r)
{
	int owner = r->owner.said.ret;

	if (!owner)
		return r->state == TAPPIN_STATE_OWNED && r->holder == r->owner.pid ? 0 : -1;
	if (owner == -EBUSY)
		return r->state == TAPPIN_STATE_RETURNED ? 1 : -1;
	return owner == -EINPROGRESS && r->state == TAPPIN_STATE_RETURNED ? 2 : -1;
}

#define OFFERED \
	.owner_ready = do_own_and_offer, .claimant_ready = do_standby, \
	.from = TAPPIN_STATE_OFFERED, .claimant = do_claim
#define TAKEN \
	.alone = true, .owner_ready = do_own_and_offer, \
	.claimant_ready = do_standby_and_claim, .from = TAPPIN_STATE_TAKEN

const struct race races[] = {
	{ "many", "many claimants of one offer", OFFERED,
	  .judge = one_takes_it,
	  .outcomes = { "an even one won", "an odd one won" } },
	{ "withdraw-1", "claim against withdraw", .alone = true, OFFERED,
	  .owner = do_withdraw, .judge = claimed_or_withdrawn,
	  .outcomes = { "claimed", "withdrawn" } },
	{ "withdraw", "claims against withdraw", OFFERED,
	  .owner = do_withdraw, .judge = claimed_or_withdrawn,
	  .outcomes = { "claimed", "withdrawn" } },
	{ "death", "claims against the owner's death", OFFERED,
	  .owner = do_die, .judge = claimed_from_the_dead,
	  .outcomes = { "claimed first", "died first", "nobody in time" } },
	{ "evict-1", "claim against evict", .alone = true, OFFERED,
	  .referee = do_evict, .judge = free_or_back,
	  .outcomes = { "claimed first", "evicted first", "evict in vain" } },
	{ "evict", "claims against evict", OFFERED,
	  .referee = do_evict, .judge = free_or_back,
	  .outcomes = { "claimed first", "evicted first", "evict in vain" } },
	{ "kill", "claim against evict kill", .alone = true, OFFERED,
	  .referee = do_evict_kill, .judge = killed,
	  .outcomes = { "claimed first", "evicted first", "evict in vain",
			"both killed" } },
	{ "del", "claims against del force", OFFERED,
	  .referee = do_del_force, .judge = deleted,
	  .outcomes = { "claimed first", "deleted first" } },
	{ "link", "claims against ip link del", OFFERED,
	  .referee = do_link_del, .after = do_hear_the_end, .gone = true, .judge = dead,
	  .outcomes = { "claimed first", "gone first" } },
	{ "netns", "claims against the end of the TAP's namespace", OFFERED,
	  .referee_ready = do_move_away, .referee = do_end_namespace,
	  .after = do_hear_the_end, .gone = true, .judge = dead,
	  .outcomes = { "claimed first", "gone first" } },
	{ "rmmod", "claims against module unload, which is refused", OFFERED,
	  .referee = do_unload, .judge = taken_and_not_unloaded,
	  .outcomes = { "claim began first", "unload began first" } },
	{ "offer", "offer against claims without cookie, which are refused",
	  .owner_ready = do_own, .claimant_ready = do_standby,
	  .from = TAPPIN_STATE_OWNED, .owner = do_offer, .claimant = do_claim_plain,
	  .judge = refused_and_offered,
	  .outcomes = { "claimed first", "offered first" } },
	{ "force-stray", "takers by force of a free pin with a stray",
	  .owner_ready = do_stray, .claimant_ready = do_standby,
	  .from = TAPPIN_STATE_FREE, .claimant = do_claim_force, .judge = one_owns_it,
	  .outcomes = { "an even one won", "an odd one won" } },
	{ "force", "takers by force of an offer whose offerer has gone",
	  .owner_ready = do_offer_and_go, .claimant_ready = do_standby,
	  .from = TAPPIN_STATE_OFFERED, .claimant = do_claim_force,
	  .judge = one_owns_it,
	  .outcomes = { "an even one won", "an odd one won" } },
	{ "force-cookie", "force against cookie, of an offer whose offerer has gone",
	  .owner_ready = do_offer_and_go, .claimant_ready = do_standby,
	  .from = TAPPIN_STATE_OFFERED, .claimant = do_claim_force, .other = do_claim,
	  .judge = one_by_force_or_cookie,
	  .outcomes = { "by force", "by cookie" } },
	{ "confirm", "confirm against evict", TAKEN, .claimant = do_confirm,
	  .referee = do_evict, .judge = confirmed_or_back,
	  .outcomes = { "confirmed first", "evicted first" } },
	{ "confirm-death", "confirm against the offerer's death", TAKEN,
	  .claimant = do_confirm, .owner = do_die, .judge = confirmed_from_the_dead,
	  .outcomes = { "confirm began first", "died first" } },
	{ "give-up", "giving the pin back against withdraw", TAKEN,
	  .claimant = do_let_go, .owner = do_withdraw, .judge = given_back_or_not,
	  .outcomes = { "given back first", "withdraw first", "withdraw goes on" } },
};

const unsigned int n_races = ARRAY_SIZE(races);

bool race_first_side(const struct race *race, unsigned int i)
{
	return race->owner || race->referee || i % 2 == 0;
}
