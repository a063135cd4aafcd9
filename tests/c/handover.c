// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * handover - live hand-overs without a guest
 *
 *	handover [ROUNDS [QUEUES [RATE [BACK]]]]	(1000, 1, 2000, 10)
 *
 * Processes with vhost rings of their own pass a pin on, ROUNDS times: offer,
 * standby, claim with the cookie, confirm. Every BACKth time there is one more that
 * does not come to its end, and the pin goes back. All the while packets are sent
 * to the TAP, RATE a second, each with its number; in the end each must be in
 * exactly one ring:
 *
 *	injector --AF_PACKET--> netdev hand0 --> queues --vhost--> old's rings
 *	                                                  \-vhost--> new's rings
 *
 * A packet in a ring of the old side was received by the old side. That its rings
 * don't change any more once the new one's claim has succeeded is checked too.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "inject.h"
#include "pin.h"
#include "process.h"
#include "side.h"

#define NAME		"hand0"
#define PACKETS_MAX	(8u << 20)
#define QUEUE_LEN	4000u	/* what waits in a queue while a slow machine pauses */

enum back {
	BACK_CLOSE,	/* the claimant gives up after its claim */
	BACK_KILL,	/* it dies */
	BACK_EARLY,	/* it dies before its claim */
	BACK_KINDS,
};

struct run {
	struct tappin *handle;
	unsigned int queues;
	int memfd;
	struct injector *injector;
	pid_t injector_pid;
	struct side sides[2];
	unsigned int old;	/* which of them owns the pin */
	uint8_t *seen;		/* how often each number was received */
	uint32_t received;
	uint32_t foreign;
	uint32_t late;		/* in a ring after its owner was fenced */
	uint64_t *claims;
	uint64_t *starts;
	unsigned int n;
	uint64_t *returns;	/* withdraw, when the pin comes back by it */
	uint64_t *set_ups;	/* of the fresh devices after that */
	unsigned int backs;
	unsigned int returned;
};

static uint32_t used(const struct side *side)
{
	uint32_t sum = 0;
	unsigned int i;

	for (i = 0; i < side->queues; i++)
		sum += ring_used(&side->rings[i]);
	return sum;
}

static void count_ring(struct run *run, const struct ring *ring)
{
	uint16_t i, end = ring_used(ring);
	uint32_t seq;

	for (i = 0; i < end; i++) {
		if (!inject_is(ring_frame(ring, i), &seq) || seq >= PACKETS_MAX) {
			run->foreign++;
			continue;
		}
		run->received++;
		if (run->seen[seq] < UINT8_MAX)
			run->seen[seq]++;
	}
}

/* Once and for all: its process is gone, or fenced and about to. */
static void count(struct run *run, const struct side *side)
{
	unsigned int i;

	for (i = 0; i < side->queues; i++)
		count_ring(run, &side->rings[i]);
}

struct traffic {
	const struct side *side;
	uint32_t than;
};

static bool is_more(void *arg)
{
	const struct traffic *t = arg;

	return used(t->side) > t->than;
}

/* Each generation is to have its packets. */
static void await_traffic(const struct side *side, uint32_t than)
{
	struct traffic t = { side, than };

	errno = 0;
	if (!eventually(is_more, &t, PATIENCE_MS))
		bail("no packet arrives");
}

static struct side *stand_by(struct run *run)
{
	struct side *fresh = &run->sides[!run->old];
	struct side_msg msg;

	side_spawn(fresh, NAME, run->memfd);
	side_must(fresh, SIDE_STANDBY, &msg);
	return fresh;
}

/* Offer and claim; returns how much the old side had received by then. */
static uint32_t pass_on(struct run *run, const struct side *old,
			const struct side *fresh)
{
	struct side_msg msg;

	side_must(old, SIDE_OFFER, &msg);
	side_must(fresh, SIDE_CLAIM, &msg);
	run->claims[run->n] = msg.claim_ns;
	run->starts[run->n++] = msg.start_ns;
	return used(old);
}

static void forward(struct run *run)
{
	struct side *old = &run->sides[run->old];
	struct side *fresh = stand_by(run);
	struct side_msg msg;
	uint32_t before;

	before = pass_on(run, old, fresh);
	await_traffic(fresh, 0);
	side_must(fresh, SIDE_CONFIRM, &msg);
	if (!(side_must(old, SIDE_POLL, &msg) & POLLHUP))
		bail("the old lease did not end");
	run->late += used(old) - before;
	side_close(old);
	count(run, old);
	run->old = !run->old;
}

static void fail_after_claim(struct run *run, struct side *old,
			     struct side *fresh, enum back how)
{
	uint32_t before = pass_on(run, old, fresh);

	await_traffic(fresh, 0);
	run->late += used(old) - before;
	if (how == BACK_CLOSE)
		side_close(fresh);
	else
		side_kill(fresh);
}

static void back(struct run *run, enum back how)
{
	struct side *old = &run->sides[run->old];
	struct side *fresh = stand_by(run);
	struct side_msg msg;
	uint32_t before, theirs;

	if (how == BACK_EARLY) {
		side_must(old, SIDE_OFFER, &msg);
		side_kill(fresh);
	} else {
		fail_after_claim(run, old, fresh, how);
	}
	before = used(old);
	if (side_must(old, SIDE_WITHDRAW, &msg) != (how != BACK_EARLY))
		bail("fresh vhost devices where there should be none, or the reverse");
	if (how != BACK_EARLY) {
		run->returns[run->returned] = msg.claim_ns;
		run->set_ups[run->returned++] = msg.start_ns;
	}
	theirs = used(fresh);
	await_traffic(old, before);
	run->late += used(fresh) - theirs;
	count(run, fresh);
	run->backs++;
}

static void make_device(struct run *run)
{
	struct tap tap;

	tap_make(&tap, NAME, run->queues);
	tap_set_length(&tap, QUEUE_LEN);
	tap_up(&tap);
	run->injector->ifindex = tap.ifindex;
	errno = 0;
	if (pin_new(run->handle, NAME, &tap, true))
		bail("new: %s", tappin_errmsg(run->handle));
	tap_close(&tap);
}

static void begin(struct run *run, unsigned int rounds, unsigned int rate)
{
	struct side_msg msg;
	unsigned int i;

	run->handle = pin_connect();
	run->injector = shared_memory(sizeof(*run->injector));
	run->injector->rate = rate;
	run->injector->max = PACKETS_MAX;
	run->seen = calloc(PACKETS_MAX, 1);
	run->claims = calloc(2 * rounds + 1, sizeof(*run->claims));
	run->starts = calloc(2 * rounds + 1, sizeof(*run->starts));
	run->returns = calloc(rounds + 1, sizeof(*run->returns));
	run->set_ups = calloc(rounds + 1, sizeof(*run->set_ups));
	run->memfd = side_memory(2, run->queues);
	for (i = 0; i < 2; i++) {
		run->sides[i].slot = i;
		run->sides[i].queues = run->queues;
		run->sides[i].rings = side_view(run->memfd, i, run->queues);
	}
	make_device(run);
	side_spawn(&run->sides[0], NAME, run->memfd);
	side_must(&run->sides[0], SIDE_STANDBY, &msg);
	side_must(&run->sides[0], SIDE_CLAIM_FREE, &msg);
	run->injector_pid = spawn();
	if (!run->injector_pid) {
		inject_run(run->injector);
		_exit(0);
	}
	await_traffic(&run->sides[0], 0);
}

static bool all_arrived(void *arg)
{
	const struct run *run = arg;

	return run->received + used(&run->sides[run->old]) >= run->injector->sent;
}

static void end(struct run *run)
{
	struct side *last = &run->sides[run->old];

	run->injector->stop = true;
	reap(run->injector_pid);
	eventually(all_arrived, run, 2000);
	side_close(last);
	count(run, last);
}

static void report(struct run *run)
{
	uint32_t lost = 0, twice = 0, i;

	for (i = 0; i < run->injector->sent; i++) {
		lost += !run->seen[i];
		twice += run->seen[i] > 1;
	}
	say("%u queues; packets: %u sent, %.0f/s, %u received, %u lost, %u twice",
	    run->queues, run->injector->sent,
	    run->injector->sent * 1e9 / run->injector->ns, run->received, lost,
	    twice);
	say("claim: median %.2f ms, p99 %.2f ms, max %.2f ms; backends: median %.2f ms",
	    percentile(run->claims, run->n, 50) / 1e6,
	    percentile(run->claims, run->n, 99) / 1e6,
	    percentile(run->claims, run->n, 100) / 1e6,
	    percentile(run->starts, run->n, 50) / 1e6);
	say("withdraw: median %.2f ms, max %.2f ms; its set-up: median %.2f ms, max %.2f ms",
	    percentile(run->returns, run->returned, 50) / 1e6,
	    percentile(run->returns, run->returned, 100) / 1e6,
	    percentile(run->set_ups, run->returned, 50) / 1e6,
	    percentile(run->set_ups, run->returned, 100) / 1e6);
	say("the device dropped %llu",
	    (unsigned long long)tap_statistic(NAME, "tx_dropped"));
	ok(!lost, "no packet lost");
	ok(!twice, "no packet received twice");
	ok(!run->foreign, "nothing else in the rings");
	ok(!run->late, "nothing came to a side after it had lost the pin: %u", run->late);
	ok(!run->injector->refused, "every packet could be sent");
}

static void check_counts(struct run *run, unsigned int rounds)
{
	struct tappin_pin *pin;

	if (tappin_get(run->handle, NAME, 0, &pin))
		bail("get");
	ok(tappin_pin_handovers(pin) == rounds,
	   "%u hand-overs and %u ways back: the pin counts %llu hand-overs",
	   rounds, run->backs, (unsigned long long)tappin_pin_handovers(pin));
	tappin_pin_free(pin);
	ok(pin_reaches(run->handle, NAME, TAPPIN_STATE_FREE),
	   "the pin is free in the end");
}

int main(int argc, char **argv)
{
	unsigned int rounds, every, i;
	static struct run run;

	side_main(argc, argv);
	rounds = number(argc, argv, 1, 1000);
	every = number(argc, argv, 4, 10);
	run.queues = number(argc, argv, 2, 1);
	begin(&run, rounds, number(argc, argv, 3, 2000));
	for (i = 0; i < rounds; i++) {
		forward(&run);
		if (every && i % every == every - 1)
			back(&run, run.backs % BACK_KINDS);
	}
	end(&run);
	report(&run);
	check_counts(&run, rounds);
	pin_drop(run.handle, NAME);
	return done();
}
