// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walk - the state table against the running module
 *
 * For each state and each input of kmod/table.h, a fresh pin is brought into the
 * state by real commands and the input is applied by a real command of whom it is
 * about. Errno, sentence, event and next state must be those of the row. Pairs
 * without a row can't come about and are counted.
 *
 * FENCING is made to last by an owner whose vhost worker hangs, see stick.h. In a
 * pair that leads to FENCING from elsewhere nothing hangs, and what follows is
 * the row's "after".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../kmod/table.h"

#include "check.h"
#include "pin.h"
#include "process.h"
#include "scene.h"

#define NAME		"walk0"
#define EVENTS_MAX	16
#define NO_ANSWER	1	/* not every input is a command */

static const char *const input_names[TAPPIN_INPUTS] = {
	[IN_STANDBY]		= "standby",
	[IN_CLAIM]		= "claim",
	[IN_CLAIM_OVER]		= "claim over",
	[IN_CLAIM_COOKIE]	= "claim with cookie",
	[IN_CLAIM_BAD]		= "claim with a bad cookie",
	[IN_AGAIN]		= "claim again",
	[IN_OFFER]		= "offer",
	[IN_WITHDRAW]		= "withdraw",
	[IN_CONFIRM]		= "confirm",
	[IN_OFFERER_WITHDRAW]	= "offerer's withdraw",
	[IN_OFFERER_OTHER]	= "offerer's other",
	[IN_LOST]		= "lost",
	[IN_LOST_OFFERER]	= "offerer lost",
	[IN_EVICT]		= "evict",
	[IN_DEL]		= "del",
	[IN_DEL_FORCE]		= "del force",
	[IN_FENCED]		= "fenced",
	[IN_GONE]		= "gone",
};

struct walk {
	struct scene at;
	struct tappin_monitor *monitor;
	int after;			/* where FENCING leads */
	pid_t deleter;			/* of the device */
	int events[EVENTS_MAX];
	unsigned int n;
};

/* How a state is made. */

static void fence_to_free(struct walk *w)
{
	scene_own(&w->at);
	scene_stick(&w->at);
	if (tappin_evict(w->at.handle, NAME, 0, 0) != -EINPROGRESS)
		bail("evict: %s", tappin_errmsg(w->at.handle));
	w->after = TAPPIN_STATE_FREE;
}

static void fence_to_taken(struct walk *w)
{
	scene_offer(&w->at);
	scene_stick(&w->at);
	w->at.offerer = w->at.owner;
	w->at.owner = pin_standby(w->at.handle, NAME);
	if (tappin_claim(w->at.handle, w->at.owner, w->at.cookie, 0) != -EINPROGRESS)
		bail("claim: %s", tappin_errmsg(w->at.handle));
	w->after = TAPPIN_STATE_TAKEN;
}

static void fence(struct walk *w, enum tappin_input input)
{
	switch (input) {
	case IN_CLAIM_COOKIE:
	case IN_AGAIN:
	case IN_OFFER:
	case IN_WITHDRAW:
	case IN_CONFIRM:
	case IN_OFFERER_WITHDRAW:
	case IN_OFFERER_OTHER:
	case IN_LOST:
	case IN_LOST_OFFERER:
		fence_to_taken(w);
		break;
	default:
		fence_to_free(w);
	}
}

/* The device's end may have to wait for a worker that hangs: not we. */
static void delete_device(struct walk *w)
{
	unsigned int ifindex = w->at.ifindex;

	w->at.ifindex = 0;
	w->deleter = spawn();
	if (!w->deleter) {
		/* Its copy would go on withholding pages. */
		stick_release(&w->at.stick);
		_exit(tap_delete(ifindex) ? 1 : 0);
	}
	if (!pin_reaches(w->at.handle, NAME, TAPPIN_STATE_DEAD))
		say("the pin does not get dead");
}

static void enter(struct walk *w, int state, enum tappin_input input)
{
	switch (state) {
	case TAPPIN_STATE_OWNED:
		scene_own(&w->at);
		break;
	case TAPPIN_STATE_OFFERED:
		scene_offer(&w->at);
		break;
	case TAPPIN_STATE_TAKEN:
		scene_take(&w->at);
		break;
	case TAPPIN_STATE_RETURNED:
		scene_give_back(&w->at);
		break;
	case TAPPIN_STATE_FENCING:
		fence(w, input);
		break;
	case TAPPIN_STATE_DEAD:
		delete_device(w);
		break;
	}
	if (input == IN_CLAIM_OVER)
		scene_drop(&w->at.owner);
	if (!pin_reaches(w->at.handle, NAME, state))
		bail("no way to %s", pin_state_name(state));
}

/* How an input is made. */

static int stand_by(struct walk *w)
{
	struct tappin_lease *lease;
	int ret = tappin_standby(w->at.handle, NAME, 0, &lease, NULL);

	if (!ret)
		tappin_lease_close(lease);
	return ret;
}

static int claim_bad(struct walk *w)
{
	uint8_t bad[TAPPIN_COOKIE_LEN];
	unsigned int i;

	for (i = 0; i < sizeof(bad); i++)
		bad[i] = ~w->at.cookie[i];
	return tappin_claim(w->at.handle, w->at.third, bad, 0);
}

/* Claim, offer and confirm are one input to the offerer: all must agree. */
static int offerer_other(struct walk *w)
{
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	int claim = tappin_claim(w->at.handle, w->at.offerer, NULL, 0);
	int confirm = tappin_confirm(w->at.handle, w->at.offerer);
	int offered = tappin_offer(w->at.handle, w->at.offerer, cookie);

	return claim == confirm && confirm == offered ? offered : -EPROTO;
}

static int lose(struct tappin_lease **lease)
{
	scene_drop(lease);
	return NO_ANSWER;
}

static int unstick(struct walk *w)
{
	stick_release(&w->at.stick);
	return NO_ANSWER;
}

static int device_gone(struct walk *w)
{
	delete_device(w);
	return NO_ANSWER;
}

static int withdraw(struct walk *w, struct tappin_lease *lease)
{
	int ret = tappin_withdraw(w->at.handle, lease);

	return ret > 0 ? 0 : ret;
}

static int apply(struct walk *w, enum tappin_input input)
{
	uint8_t cookie[TAPPIN_COOKIE_LEN];

	switch (input) {
	case IN_STANDBY:
		return stand_by(w);
	case IN_CLAIM:
		return tappin_claim(w->at.handle, w->at.third, NULL, 0);
	case IN_CLAIM_OVER:
		return tappin_claim(w->at.handle, w->at.third, NULL, TAPPIN_FORCE);
	case IN_CLAIM_COOKIE:
		return tappin_claim(w->at.handle, w->at.third, w->at.cookie, 0);
	case IN_CLAIM_BAD:
		return claim_bad(w);
	case IN_AGAIN:
		return tappin_claim(w->at.handle, w->at.owner, NULL, 0);
	case IN_OFFER:
		return tappin_offer(w->at.handle, w->at.owner, cookie);
	case IN_WITHDRAW:
		return withdraw(w, w->at.owner);
	case IN_CONFIRM:
		return tappin_confirm(w->at.handle, w->at.owner);
	case IN_OFFERER_WITHDRAW:
		return withdraw(w, w->at.offerer);
	case IN_OFFERER_OTHER:
		return offerer_other(w);
	case IN_LOST:
		return lose(&w->at.owner);
	case IN_LOST_OFFERER:
		return lose(&w->at.offerer);
	case IN_EVICT:
		return tappin_evict(w->at.handle, NAME, 0, 0);
	case IN_DEL:
		return tappin_del(w->at.handle, NAME, 0, 0);
	case IN_DEL_FORCE:
		return tappin_del(w->at.handle, NAME, 0, TAPPIN_FORCE);
	case IN_FENCED:
		return unstick(w);
	case IN_GONE:
		return device_gone(w);
	default:
		return -ENOSYS;
	}
}

/* What came of it. */

static int on_event(enum tappin_event event, const struct tappin_pin *pin,
		    void *arg)
{
	struct walk *w = arg;

	(void)pin;
	if (w->n < EVENTS_MAX)
		w->events[w->n++] = event;
	return 0;
}

static void read_events(struct walk *w)
{
	w->n = 0;
	if (tappin_monitor_read(w->monitor, on_event, w) < 0)
		bail("monitor: %s", tappin_monitor_errmsg(w->monitor));
}

/* As the table's two rules have it. */
static int settle(const struct walk *w, int state)
{
	if (state == TAPPIN_STATE_RETURNED && !w->at.offerer)
		return TAPPIN_STATE_OFFERED;
	return state;
}

static int event_of_after(int state)
{
	switch (state) {
	case TAPPIN_STATE_TAKEN:
		return TAPPIN_EVENT_TAKEN;
	case TAPPIN_STATE_RETURNED:
		return TAPPIN_EVENT_RETURNED;
	case TAPPIN_DELETED:
		return TAPPIN_EVENT_DELETED;
	default:
		return TAPPIN_EVENT_FENCED;
	}
}

struct expected {
	int state;		/* TAPPIN_DELETED too */
	int events[2];
	unsigned int n;
};

static void expect_event(struct expected *want, int event)
{
	if (event != TAPPIN_NO_EVENT)
		want->events[want->n++] = event;
}

static void expect_after(struct expected *want, const struct walk *w, int after)
{
	want->state = settle(w, after);
	expect_event(want, event_of_after(want->state));
}

static struct expected expect(const struct walk *w, int state,
			      enum tappin_input input,
			      const struct tappin_row *row)
{
	struct expected want = { .state = state };

	if (row->moves) {
		expect_event(&want, row->event);
		want.state = row->to;
		if (row->to == TAPPIN_STATE_FENCING &&
		    state != TAPPIN_STATE_FENCING)
			expect_after(&want, w, row->after);
	} else if (input == IN_FENCED) {
		expect_after(&want, w, w->after);
	}
	return want;
}

static bool events_are(const struct walk *w, const struct expected *want)
{
	unsigned int i;

	for (i = 0; i < want->n && i < w->n; i++)
		if (w->events[i] != want->events[i])
			return false;
	return w->n == want->n;
}

static void describe_events(const struct walk *w, const struct expected *want)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		say("  event %s", tappin_event_name(w->events[i]));
	for (i = 0; i < want->n; i++)
		say("  expected %s", tappin_event_name(want->events[i]));
}

/* With EBUSY the library says who has the pin: this process. */
static bool sentence_is(int err, const char *why, const char *want)
{
	char held[64] = "";

	if (err == -EBUSY)
		snprintf(held, sizeof(held), ": held by pid %d (walk)",
			 (int)getpid());
	if (!strncmp(why, want, strlen(want)) && !strcmp(why + strlen(want), held))
		return true;
	say("  \"%s\", expected \"%s%s\"", why, want, held);
	return false;
}

/*
 * A step that fences may take longer than a command waits. One that finds a fence
 * under way can't end it, as that one hangs.
 */
static bool answer_is(const struct tappin_row *row, int state, int got,
		      const char *why)
{
	bool fences = row->moves && row->to == TAPPIN_STATE_FENCING;
	const char *sentence = row->why;
	int want = row->err;

	if (got == NO_ANSWER)
		return true;
	if (fences && (state == TAPPIN_STATE_FENCING || got == -EINPROGRESS)) {
		want = -EINPROGRESS;
		sentence = WHY_PROGRESS;
	}
	if (got != want)
		say("  answer %s, expected %s", error_name(got), error_name(want));
	return got == want && (!want || sentence_is(want, why, sentence));
}

static bool state_is(struct walk *w, int want)
{
	int wanted = want == TAPPIN_DELETED ? -ENOENT : want;

	if (pin_reaches(w->at.handle, NAME, wanted))
		return true;
	say("  state %s, expected %s",
	    pin_state_name(pin_state(w->at.handle, NAME)), pin_state_name(wanted));
	return false;
}

/* FENCING that went on: let it end, and see that it ends where the row says. */
static bool ends_well(struct walk *w, const struct tappin_row *row)
{
	int after = row->moves ? row->after : w->after;

	if (w->at.stick.uffd < 0)
		return true;
	stick_release(&w->at.stick);
	return state_is(w, settle(w, after));
}

static void tear_down(struct walk *w)
{
	scene_close(&w->at);
	if (w->deleter)
		reap(w->deleter);
	if (w->at.ifindex)
		tap_delete(w->at.ifindex);
	w->deleter = 0;
}

static void try(struct walk *w, int state, enum tappin_input input)
{
	const struct tappin_row *row = &tappin_table[state][input];
	struct expected want;
	char why[256];
	bool good;
	int got;

	scene_open(&w->at);
	enter(w, state, input);
	read_events(w);
	got = apply(w, input);
	snprintf(why, sizeof(why), "%s", tappin_errmsg(w->at.handle));
	want = expect(w, state, input, row);
	good = answer_is(row, state, got, why);
	good &= state_is(w, want.state);
	read_events(w);
	if (!events_are(w, &want)) {
		describe_events(w, &want);
		good = false;
	}
	if (want.state == TAPPIN_STATE_FENCING)
		good &= ends_well(w, row);
	ok(good, "%s: %s -> %s", pin_state_name(state), input_names[input],
	   want.state == TAPPIN_DELETED ? "deleted" : pin_state_name(want.state));
	tear_down(w);
}

/* These have rows for the race of two causes alone. */
static bool is_out_of_reach(int state, enum tappin_input input)
{
	return state == TAPPIN_STATE_DEAD && input == IN_GONE;
}

static void walk_state(struct walk *w, int state, unsigned int *rowless)
{
	enum tappin_input input;

	for (input = 0; input < TAPPIN_INPUTS; input++) {
		if (!tappin_table[state][input].known)
			++*rowless;
		else if (is_out_of_reach(state, input))
			say("%s: %s has a row that no command leads to",
			    pin_state_name(state), input_names[input]);
		else
			try(w, state, input);
	}
}

/* The commands that name a pin; leases of a deleted one have ended. */
static void walk_deleted(struct walk *w)
{
	const struct tappin_row *row = tappin_table[TAPPIN_DELETED];

	ok(stand_by(w) == row[IN_STANDBY].err, "deleted: standby");
	ok(tappin_evict(w->at.handle, NAME, 0, 0) == row[IN_EVICT].err,
	   "deleted: evict");
	ok(tappin_del(w->at.handle, NAME, 0, 0) == row[IN_DEL].err, "deleted: del");
	ok(!strcmp(tappin_errmsg(w->at.handle), row[IN_DEL].why),
	   "deleted: the sentence");
}

int main(int argc, char **argv)
{
	int only = number(argc, argv, 1, TAPPIN_STATES);
	static struct walk walk = {
		.at = { .name = NAME, .queues = 1, .vhost = true },
	};
	unsigned int rowless = 0;
	int state;

	walk.at.handle = pin_connect();
	if (tappin_monitor_open(&walk.monitor))
		bail("monitor");
	for (state = 0; state < TAPPIN_DELETED; state++)
		if (only == TAPPIN_STATES || only == state)
			walk_state(&walk, state, &rowless);
	walk_deleted(&walk);
	say("%u pairs have no row: they can't come about", rowless);
	return done();
}
