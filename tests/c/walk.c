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
#include "stick.h"

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

struct scene {
	struct tappin *handle;
	struct tappin_monitor *monitor;
	unsigned int ifindex;
	struct tappin_lease *owner;	/* or the next one */
	struct tappin_lease *offerer;	/* behind @owner */
	struct tappin_lease *third;	/* stands by */
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	struct stick stick;
	int after;			/* where FENCING leads */
	pid_t deleter;			/* of the device */
	int events[EVENTS_MAX];
	unsigned int n;
};

/* How a state is made. */

static void own(struct scene *s)
{
	s->owner = pin_own(s->handle, NAME);
}

static void offer(struct scene *s)
{
	own(s);
	if (tappin_offer(s->handle, s->owner, s->cookie))
		bail("offer: %s", tappin_errmsg(s->handle));
}

static void take(struct scene *s)
{
	offer(s);
	s->offerer = s->owner;
	s->owner = pin_standby(s->handle, NAME);
	if (pin_claim(s->handle, s->owner, s->cookie))
		bail("claim: %s", tappin_errmsg(s->handle));
}

static void give_back(struct scene *s)
{
	take(s);
	tappin_lease_close(s->owner);
	s->owner = s->offerer;
	s->offerer = NULL;
}

/* The owner's device hangs from here on. */
static void stick(struct scene *s)
{
	stick_init(&s->stick);
	if (pin_own_vhost(s->owner) ||
	    ring_set_up(&s->stick.ring, tappin_lease_vhost_fd(s->owner, 0)) ||
	    ring_start(&s->stick.ring, tappin_lease_tap_fd(s->owner, 0)))
		bail("the ring");
	stick_spring(&s->stick, s->ifindex);
}

static void fence_to_free(struct scene *s)
{
	own(s);
	stick(s);
	if (tappin_evict(s->handle, NAME, 0, 0) != -EINPROGRESS)
		bail("evict: %s", tappin_errmsg(s->handle));
	s->after = TAPPIN_STATE_FREE;
}

static void fence_to_taken(struct scene *s)
{
	offer(s);
	stick(s);
	s->offerer = s->owner;
	s->owner = pin_standby(s->handle, NAME);
	if (tappin_claim(s->handle, s->owner, s->cookie, 0) != -EINPROGRESS)
		bail("claim: %s", tappin_errmsg(s->handle));
	s->after = TAPPIN_STATE_TAKEN;
}

static void fence(struct scene *s, enum tappin_input input)
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
		fence_to_taken(s);
		break;
	default:
		fence_to_free(s);
	}
}

/* The device's end may have to wait for a worker that hangs: not we. */
static void delete_device(struct scene *s)
{
	unsigned int ifindex = s->ifindex;

	s->ifindex = 0;
	s->deleter = spawn();
	if (!s->deleter) {
		/* Its copy would go on withholding pages. */
		stick_release(&s->stick);
		_exit(tap_delete(ifindex) ? 1 : 0);
	}
	if (!pin_reaches(s->handle, NAME, TAPPIN_STATE_DEAD))
		say("the pin does not get dead");
}

static void enter(struct scene *s, int state, enum tappin_input input)
{
	switch (state) {
	case TAPPIN_STATE_OWNED:
		own(s);
		break;
	case TAPPIN_STATE_OFFERED:
		offer(s);
		break;
	case TAPPIN_STATE_TAKEN:
		take(s);
		break;
	case TAPPIN_STATE_RETURNED:
		give_back(s);
		break;
	case TAPPIN_STATE_FENCING:
		fence(s, input);
		break;
	case TAPPIN_STATE_DEAD:
		delete_device(s);
		break;
	}
	if (input == IN_CLAIM_OVER) {
		tappin_lease_close(s->owner);
		s->owner = NULL;
	}
	if (!pin_reaches(s->handle, NAME, state))
		bail("no way to %s", pin_state_name(state));
}

/* How an input is made. */

static int stand_by(struct scene *s)
{
	struct tappin_lease *lease;
	int ret = tappin_standby(s->handle, NAME, 0, &lease, NULL);

	if (!ret)
		tappin_lease_close(lease);
	return ret;
}

static int claim_bad(struct scene *s)
{
	uint8_t bad[TAPPIN_COOKIE_LEN];
	unsigned int i;

	for (i = 0; i < sizeof(bad); i++)
		bad[i] = ~s->cookie[i];
	return tappin_claim(s->handle, s->third, bad, 0);
}

/* Claim, offer and confirm are one input to the offerer: all must agree. */
static int offerer_other(struct scene *s)
{
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	int claim = tappin_claim(s->handle, s->offerer, NULL, 0);
	int confirm = tappin_confirm(s->handle, s->offerer);
	int offered = tappin_offer(s->handle, s->offerer, cookie);

	return claim == confirm && confirm == offered ? offered : -EPROTO;
}

static int lose(struct tappin_lease **lease)
{
	tappin_lease_close(*lease);
	*lease = NULL;
	return NO_ANSWER;
}

static int unstick(struct scene *s)
{
	stick_release(&s->stick);
	return NO_ANSWER;
}

static int device_gone(struct scene *s)
{
	delete_device(s);
	return NO_ANSWER;
}

static int withdraw(struct scene *s, struct tappin_lease *lease)
{
	int ret = tappin_withdraw(s->handle, lease);

	return ret > 0 ? 0 : ret;
}

static int apply(struct scene *s, enum tappin_input input)
{
	uint8_t cookie[TAPPIN_COOKIE_LEN];

	switch (input) {
	case IN_STANDBY:
		return stand_by(s);
	case IN_CLAIM:
		return tappin_claim(s->handle, s->third, NULL, 0);
	case IN_CLAIM_OVER:
		return tappin_claim(s->handle, s->third, NULL, TAPPIN_FORCE);
	case IN_CLAIM_COOKIE:
		return tappin_claim(s->handle, s->third, s->cookie, 0);
	case IN_CLAIM_BAD:
		return claim_bad(s);
	case IN_AGAIN:
		return tappin_claim(s->handle, s->owner, NULL, 0);
	case IN_OFFER:
		return tappin_offer(s->handle, s->owner, cookie);
	case IN_WITHDRAW:
		return withdraw(s, s->owner);
	case IN_CONFIRM:
		return tappin_confirm(s->handle, s->owner);
	case IN_OFFERER_WITHDRAW:
		return withdraw(s, s->offerer);
	case IN_OFFERER_OTHER:
		return offerer_other(s);
	case IN_LOST:
		return lose(&s->owner);
	case IN_LOST_OFFERER:
		return lose(&s->offerer);
	case IN_EVICT:
		return tappin_evict(s->handle, NAME, 0, 0);
	case IN_DEL:
		return tappin_del(s->handle, NAME, 0, 0);
	case IN_DEL_FORCE:
		return tappin_del(s->handle, NAME, 0, TAPPIN_FORCE);
	case IN_FENCED:
		return unstick(s);
	case IN_GONE:
		return device_gone(s);
	default:
		return -ENOSYS;
	}
}

/* What came of it. */

static int on_event(enum tappin_event event, const struct tappin_pin *pin,
		    void *arg)
{
	struct scene *s = arg;

	(void)pin;
	if (s->n < EVENTS_MAX)
		s->events[s->n++] = event;
	return 0;
}

static void read_events(struct scene *s)
{
	s->n = 0;
	if (tappin_monitor_read(s->monitor, on_event, s) < 0)
		bail("monitor: %s", tappin_monitor_errmsg(s->monitor));
}

/* As the table's two rules have it. */
static int settle(const struct scene *s, int state)
{
	if (state == TAPPIN_STATE_RETURNED && !s->offerer)
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

static void expect_after(struct expected *want, const struct scene *s, int after)
{
	want->state = settle(s, after);
	expect_event(want, event_of_after(want->state));
}

static struct expected expect(const struct scene *s, int state,
			      enum tappin_input input,
			      const struct tappin_row *row)
{
	struct expected want = { .state = state };

	if (row->moves) {
		expect_event(&want, row->event);
		want.state = row->to;
		if (row->to == TAPPIN_STATE_FENCING &&
		    state != TAPPIN_STATE_FENCING)
			expect_after(&want, s, row->after);
	} else if (input == IN_FENCED) {
		expect_after(&want, s, s->after);
	}
	return want;
}

static bool events_are(const struct scene *s, const struct expected *want)
{
	unsigned int i;

	for (i = 0; i < want->n && i < s->n; i++)
		if (s->events[i] != want->events[i])
			return false;
	return s->n == want->n;
}

static void describe_events(const struct scene *s, const struct expected *want)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		say("  event %s", tappin_event_name(s->events[i]));
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

static bool state_is(struct scene *s, int want)
{
	int wanted = want == TAPPIN_DELETED ? -ENOENT : want;

	if (pin_reaches(s->handle, NAME, wanted))
		return true;
	say("  state %s, expected %s",
	    pin_state_name(pin_state(s->handle, NAME)), pin_state_name(wanted));
	return false;
}

/* FENCING that went on: let it end, and see that it ends where the row says. */
static bool ends_well(struct scene *s, const struct tappin_row *row)
{
	int after = row->moves ? row->after : s->after;

	if (s->stick.uffd < 0)
		return true;
	stick_release(&s->stick);
	return state_is(s, settle(s, after));
}

static void set_up(struct scene *s)
{
	struct tap tap;

	s->stick.uffd = -1;
	tap_make(&tap, NAME, 1);
	tap_up(&tap);
	s->ifindex = tap.ifindex;
	if (pin_new(s->handle, NAME, &tap, true))
		bail("new: %s", tappin_errmsg(s->handle));
	tap_close(&tap);
	s->third = pin_standby(s->handle, NAME);
}

static void tear_down(struct scene *s)
{
	stick_release(&s->stick);
	tappin_lease_close(s->third);
	if (s->owner)
		tappin_lease_close(s->owner);
	if (s->offerer)
		tappin_lease_close(s->offerer);
	tappin_del(s->handle, NAME, 0, TAPPIN_FORCE);
	if (!pin_reaches(s->handle, NAME, -ENOENT))
		bail("the pin can't be deleted: %s", tappin_errmsg(s->handle));
	if (s->deleter)
		reap(s->deleter);
	if (s->ifindex)
		tap_delete(s->ifindex);
	s->owner = s->offerer = NULL;
	s->deleter = 0;
}

static void try(struct scene *s, int state, enum tappin_input input)
{
	const struct tappin_row *row = &tappin_table[state][input];
	struct expected want;
	char why[256];
	bool good;
	int got;

	set_up(s);
	enter(s, state, input);
	read_events(s);
	got = apply(s, input);
	snprintf(why, sizeof(why), "%s", tappin_errmsg(s->handle));
	want = expect(s, state, input, row);
	good = answer_is(row, state, got, why);
	good &= state_is(s, want.state);
	read_events(s);
	if (!events_are(s, &want)) {
		describe_events(s, &want);
		good = false;
	}
	if (want.state == TAPPIN_STATE_FENCING)
		good &= ends_well(s, row);
	ok(good, "%s: %s -> %s", pin_state_name(state), input_names[input],
	   want.state == TAPPIN_DELETED ? "deleted" : pin_state_name(want.state));
	tear_down(s);
}

/* These have rows for the race of two causes alone. */
static bool is_out_of_reach(int state, enum tappin_input input)
{
	return state == TAPPIN_STATE_DEAD && input == IN_GONE;
}

static void walk_state(struct scene *s, int state, unsigned int *rowless)
{
	enum tappin_input input;

	for (input = 0; input < TAPPIN_INPUTS; input++) {
		if (!tappin_table[state][input].known)
			++*rowless;
		else if (is_out_of_reach(state, input))
			say("%s: %s has a row that no command leads to",
			    pin_state_name(state), input_names[input]);
		else
			try(s, state, input);
	}
}

/* The commands that name a pin; leases of a deleted one have ended. */
static void walk_deleted(struct scene *s)
{
	const struct tappin_row *row = tappin_table[TAPPIN_DELETED];

	ok(stand_by(s) == row[IN_STANDBY].err, "deleted: standby");
	ok(tappin_evict(s->handle, NAME, 0, 0) == row[IN_EVICT].err,
	   "deleted: evict");
	ok(tappin_del(s->handle, NAME, 0, 0) == row[IN_DEL].err, "deleted: del");
	ok(!strcmp(tappin_errmsg(s->handle), row[IN_DEL].why),
	   "deleted: the sentence");
}

int main(int argc, char **argv)
{
	int only = number(argc, argv, 1, TAPPIN_STATES);
	static struct scene scene;
	unsigned int rowless = 0;
	int state;

	scene.handle = pin_connect();
	if (tappin_monitor_open(&scene.monitor))
		bail("monitor");
	for (state = 0; state < TAPPIN_DELETED; state++)
		if (only == TAPPIN_STATES || only == state)
			walk_state(&scene, state, &rowless);
	walk_deleted(&scene);
	say("%u pairs have no row: they can't come about", rowless);
	return done();
}
