// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "../../kmod/state.h"

#include "check.h"
#include "dice.h"

/* How often, of those that can be tried. Slow ones are rare. */
static const unsigned int weights[OPS] = {
	[OP_NEW] = 10, [OP_DEL] = 6, [OP_GET] = 20, [OP_DUMP] = 10, [OP_SET] = 8,
	[OP_NOTE] = 10, [OP_STANDBY] = 45, [OP_CLAIM] = 130, [OP_OFFER] = 70,
	[OP_WITHDRAW] = 60, [OP_CONFIRM] = 25, [OP_EVICT] = 9, [OP_POLL] = 50,
	[OP_DUP] = 20, [OP_CLOSE] = 150, [OP_INHERIT] = 12, [OP_PASS] = 40,
	[OP_START] = 60, [OP_FORK] = 8, [OP_EXEC] = 2, [OP_KILL] = 5, [OP_OWN] = 50,
	[OP_PROBE] = 20, [OP_RING] = 20, [OP_PACKET] = 12, [OP_UNLINK] = 2, [OP_RMMOD] = 3,
};

/* Seeds beside each other are not to give the same numbers, one later. */
void dice_seed(struct dice *dice, uint64_t seed)
{
	*dice = (struct dice){ .state = ~seed };
	dice->state = next_random(&dice->state);
}

static unsigned int roll(struct dice *dice, unsigned int sides)
{
	return next_random(&dice->state) % sides;
}

static enum op roll_op(struct dice *dice)
{
	unsigned int sum = 0, value;
	enum op op;

	for (op = 0; op < OPS; op++)
		sum += weights[op];
	value = roll(dice, sum);
	for (op = 0; value >= weights[op]; op++)
		value -= weights[op];
	return op;
}

/* Any fd of this kind that any process has; false if there is none. */
static bool roll_fd(struct dice *dice, const struct oracle *o, struct step *step)
{
	unsigned int i, p, n = 0;

	for (p = 0; p < PROCS; p++) {
		for (i = 0; o->proc[p].alive && i < o->proc[p].fds; i++) {
			const struct file *f = &o->file[o->proc[p].fd[i].file];

			if (f->what != step->what || roll(dice, ++n))
				continue;
			step->proc = p;
			step->queue = f->queue;
			if (f->what == WHAT_TAP)
				step->pin = f->pin;
			else
				step->lease = f->lease;
		}
	}
	return n;
}

static bool has_role(const struct oracle *o, int lease)
{
	const struct model_lease *l = &o->lease[lease];
	const struct model_pin *p = &o->pin[l->pin];

	return l->pin != NONE && (p->owner == lease || p->offerer == lease ||
				  p->next == lease);
}

/* Leases with a role are looked for twice more. */
static bool roll_lease(struct dice *dice, const struct oracle *o, struct step *step)
{
	unsigned int tries = 3;

	step->what = WHAT_LEASE;
	do {
		if (!roll_fd(dice, o, step))
			return false;
		tries--;
	} while (tries && !has_role(o, step->lease));
	return true;
}

/* What fits the pin's state, more often than not. */
static void roll_claim(struct dice *dice, const struct oracle *o, struct step *step)
{
	int pin = o->lease[step->lease].pin;

	step->cookie = roll(dice, COOKIES);
	step->flags = roll(dice, 3) ? STEP_FORCE : 0;
	if (roll(dice, 2))
		step->flags |= STEP_VHOST;
	if (pin == NONE || !roll(dice, 4))
		return;
	step->cookie = o->pin[pin].offered ? COOKIE_RIGHT : COOKIE_NONE;
}

/* States that a pin soon leaves are looked for, half of the time. */
static unsigned int roll_pin(struct dice *dice, const struct oracle *o)
{
	unsigned int pin, found = roll(dice, PINS), n = 0;

	if (roll(dice, 2))
		return found;
	for (pin = 0; pin < PINS; pin++)
		if (o->pin[pin].exists && o->pin[pin].state >= TAPPIN_STATE_TAKEN &&
		    !roll(dice, ++n))
			found = pin;
	return found;
}

/* Mostly by somebody who sees the pin and may do something to it. */
static void roll_target(struct dice *dice, const struct oracle *o, struct step *step)
{
	unsigned int tries = 8;
	int pin;

	do {
		step->proc = roll(dice, PROCS);
		step->pin = roll_pin(dice, o);
		step->flags = roll(dice, 3) ? 0 : STEP_BY_ID;
		pin = oracle_target(o, step);
	} while (--tries && (!o->proc[step->proc].alive || pin == NONE ||
			     !oracle_may_claim(o, &o->proc[step->proc], pin)));
}

/* Mostly where there is none yet, by somebody who may. */
static void roll_new(struct dice *dice, const struct oracle *o, struct step *step)
{
	static const uint8_t makers[] = { 0, 1, 3 };
	unsigned int tries = 4;

	do {
		step->pin = roll(dice, PINS);
		if (roll(dice, 8))
			step->proc = makers[step->pin / PINS_PER_NS];
	} while (--tries && o->pin[step->pin].exists);
	step->queues = 1 + roll(dice, 2) * roll(dice, QUEUES);
	step->flags = roll(dice, 3) ? STEP_VHOST : 0;
	if (!roll(dice, 8))
		step->flags |= STEP_KEEP;
}

static void roll_settings(struct dice *dice, struct step *step)
{
	step->uid = roll(dice, RIGHTS);
	step->gid = roll(dice, RIGHTS);
	step->note = roll(dice, NOTES);
}

static void roll_any_fd(struct dice *dice, const struct oracle *o, struct step *step)
{
	step->what = roll(dice, WHAT_KINDS);
	roll_fd(dice, o, step);
}

/* A TAP and a vhost fd of the same process. */
static void roll_ring(struct dice *dice, const struct oracle *o, struct step *step)
{
	step->what = WHAT_VHOST;
	if (!roll_fd(dice, o, step) || o->lease[step->lease].pin == NONE)
		return;
	step->pin = o->lease[step->lease].pin;
}

static void roll_step(struct dice *dice, const struct oracle *o, struct step *step)
{
	*step = (struct step){ .op = roll_op(dice), .proc = roll(dice, PROCS) };
	switch ((enum op)step->op) {
	case OP_NEW:
		roll_new(dice, o, step);
		roll_settings(dice, step);
		break;
	case OP_DEL:
		roll_target(dice, o, step);
		if (!roll(dice, 3))
			step->flags |= STEP_FORCE;
		break;
	case OP_GET:
		roll_target(dice, o, step);
		break;
	case OP_DUMP:
		if (roll(dice, 2))
			step->flags |= STEP_ALL;
		break;
	case OP_SET:
		roll_target(dice, o, step);
		roll_settings(dice, step);
		break;
	case OP_STANDBY:
		roll_target(dice, o, step);
		step->lease = roll(dice, LEASES);
		break;
	case OP_EVICT:
		roll_target(dice, o, step);
		if (roll(dice, 2))
			step->flags |= STEP_KILL;
		break;
	case OP_CLAIM:
		if (roll_lease(dice, o, step))
			roll_claim(dice, o, step);
		break;
	case OP_NOTE:
		step->note = roll(dice, NOTES);
		roll_lease(dice, o, step);
		break;
	case OP_OFFER:
	case OP_WITHDRAW:
	case OP_CONFIRM:
	case OP_POLL:
		roll_lease(dice, o, step);
		break;
	case OP_DUP:
	case OP_CLOSE:
	case OP_INHERIT:
		roll_any_fd(dice, o, step);
		break;
	case OP_PASS:
		roll_any_fd(dice, o, step);
		step->to = roll(dice, PROCS);
		break;
	case OP_FORK:
		step->to = ROLES + roll(dice, PROCS - ROLES);
		break;
	case OP_OWN:
	case OP_PROBE:
		step->what = WHAT_VHOST;
		roll_fd(dice, o, step);
		break;
	case OP_RING:
		roll_ring(dice, o, step);
		break;
	case OP_PACKET:
	case OP_RMMOD:
		step->pin = roll(dice, PINS);
		break;
	case OP_UNLINK:
		step->pin = roll_pin(dice, o);
		break;
	case OP_START:
	case OP_EXEC:
	case OP_KILL:
	case OPS:
		break;
	}
}

/*
 * Chance alone hardly ever makes a fence hang. One does where the process that owned a
 * vhost device is gone, and the one that uses its lease and keeps it open is another.
 */
static void plan_to_hang(struct dice *dice, const struct oracle *o)
{
	struct step step = { 0 };
	unsigned int to = ROLES + roll(dice, PROCS - ROLES);

	dice->n = 0;
	dice->next = 0;
	if (!roll_lease(dice, o, &step) || !has_role(o, step.lease))
		return;
	step.op = OP_OWN;
	step.queue = roll(dice, QUEUES);
	dice->plan[dice->n++] = step;
	step.op = OP_FORK;
	step.to = to;
	dice->plan[dice->n++] = step;
	step.op = OP_KILL;
	dice->plan[dice->n++] = step;
	step.proc = to;
	step.op = OP_OFFER;
	dice->plan[dice->n++] = step;
	if (roll(dice, 2))
		return;
	step = (struct step){
		.op = OP_STANDBY, .proc = 0, .pin = o->lease[step.lease].pin,
		.lease = roll(dice, LEASES), .flags = STEP_BY_ID,
	};
	dice->plan[dice->n++] = step;
	step.op = OP_CLAIM;
	step.cookie = COOKIE_RIGHT;
	step.flags = STEP_VHOST;
	dice->plan[dice->n++] = step;
}

/* In a script, a pin that goes by its name is that of the process's namespace. */
static void name_pin(const struct oracle *o, struct step *step)
{
	switch (step->op) {
	case OP_NEW:
	case OP_DEL:
	case OP_GET:
	case OP_SET:
	case OP_STANDBY:
	case OP_EVICT:
		if (!(step->flags & STEP_BY_ID))
			step->pin = oracle_role(&o->proc[step->proc])->ns * PINS_PER_NS +
				    step->pin % PINS_PER_NS;
	}
}

void dice_step(struct dice *dice, const struct oracle *o, struct step *step)
{
	while (dice->next < dice->n) {
		*step = dice->plan[dice->next++];
		if (oracle_possible(o, step))
			return;
	}
	if (!roll(dice, 100))
		plan_to_hang(dice, o);
	do
		roll_step(dice, o, step);
	while (!oracle_possible(o, step));
	name_pin(o, step);
}
