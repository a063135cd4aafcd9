// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "mutate.h"

#define CMD(name)	.cmd = TAPPIN_CMD_##name
#define BY(who_)	.who = who_
/* Which attributes more than usual; see takes[] in message.c. */
#define NEW_VHOST	0x10
#define NEW_NOTE	0x40
#define DEL_FORCE	0x02
#define SET_NOTE	0x02
#define SET_UID		0x04
#define CLAIM_COOKIE	0x02
#define CLAIM_FORCE	0x04
#define CLAIM_VHOST	0x08
#define EVICT_KILL	0x02

/* Ends with a step that has no command and does nothing. */
#define SEED_STEPS	16

static unsigned short dice[3];

/* The first claims are by force, as our own TAP fds make us strays. */
static const struct step seeds[][SEED_STEPS] = {
	/* A hand-over between two leases, both nobody's. */
	{ { CMD(NEW), .attrs = NEW_VHOST }, { CMD(STANDBY), BY(NOBODY) },
	  { CMD(CLAIM), BY(NOBODY), .attrs = CLAIM_FORCE | CLAIM_VHOST },
	  { CMD(OFFER), BY(NOBODY) }, { CMD(STANDBY), BY(NOBODY) },
	  { .op = OP_FORK, .value = { 1 } },
	  { CMD(CLAIM), BY(NOBODY), .attrs = CLAIM_COOKIE },
	  { CMD(CONFIRM), BY(NOBODY) }, { .op = OP_POLL }, { .op = OP_CLOSE },
	  { CMD(DEL), .attrs = DEL_FORCE } },
	/* One that comes back. */
	{ { CMD(NEW), .target = PIN_MANY, .attrs = NEW_VHOST | NEW_NOTE },
	  { CMD(STANDBY), .target = PIN_MANY }, { CMD(CLAIM), .attrs = CLAIM_FORCE },
	  { CMD(OFFER) }, { CMD(STANDBY), .target = PIN_MANY },
	  { CMD(CLAIM), .attrs = CLAIM_COOKIE }, { CMD(WITHDRAW), .fd = { 0, 0, 1 } },
	  { .op = OP_CLOSE }, { CMD(WITHDRAW) }, { CMD(WITHDRAW) },
	  { CMD(EVICT), .target = PIN_MANY }, { CMD(CLAIM) } },
	/* An offer that is claimed over. */
	{ { CMD(NEW) }, { CMD(STANDBY) }, { CMD(CLAIM), .attrs = CLAIM_FORCE },
	  { CMD(OFFER) }, { .op = OP_CLOSE }, { CMD(STANDBY) },
	  { CMD(CLAIM), .attrs = CLAIM_COOKIE, .value = { 2 } },
	  { CMD(CLAIM), .attrs = CLAIM_FORCE }, { CMD(SET), .attrs = 0x13 },
	  { CMD(GET) }, { CMD(GET), .how = HOW_DUMP } },
	/* The stranger's own pin. */
	{ { CMD(NEW), BY(STRANGER), .target = PIN_STRANGE, .attrs = NEW_VHOST,
	    .value = { 0, 0, 1 } },
	  { CMD(STANDBY), BY(STRANGER), .target = PIN_STRANGE },
	  { CMD(CLAIM), BY(STRANGER), .attrs = CLAIM_FORCE }, { .op = OP_FORK },
	  { CMD(EVICT), BY(STRANGER), .target = PIN_STRANGE, .attrs = EVICT_KILL },
	  { CMD(GET), .how = HOW_DUMP, .attrs = 0x05 } },
	/* Nobody and the canaries. */
	{ { CMD(GET), BY(NOBODY), .target = CANARY_OWNED },
	  { CMD(STANDBY), BY(NOBODY), .target = CANARY_FREE },
	  { CMD(EVICT), BY(NOBODY), .target = CANARY_OWNED, .attrs = EVICT_KILL },
	  { CMD(DEL), BY(NOBODY), .target = CANARY_FREE },
	  { CMD(SET), BY(NOBODY), .target = CANARY_FREE, .attrs = SET_NOTE | SET_UID },
	  { CMD(SET), BY(STRANGER), .target = CANARY_FREE, .attrs = 0x23 } },
	/* Device gone, and a lease in flight. */
	{ { CMD(NEW), .attrs = NEW_VHOST }, { CMD(STANDBY) },
	  { CMD(CLAIM), .attrs = CLAIM_FORCE }, { .op = OP_LISTEN },
	  { .op = OP_EPOLL }, { .op = OP_PASS },
	  { .op = OP_GARBAGE, .value = { 0, 1 } }, { .op = OP_LINK }, { .op = OP_TAKE },
	  { CMD(GET) }, { CMD(STANDBY) }, { CMD(DEL) } },
	/* Fences that have to look for whose the devices are. */
	{ { CMD(NEW), .target = PIN_MANY, .attrs = NEW_VHOST },
	  { CMD(STANDBY), .target = PIN_MANY }, { .op = OP_FORK, .value = { 1 } },
	  { CMD(CLAIM), .attrs = CLAIM_FORCE }, { CMD(EVICT), .target = PIN_MANY },
	  { .op = OP_CLOSE }, { CMD(DEL), .target = PIN_MANY, .attrs = DEL_FORCE },
	  { .op = OP_KILL } },
	/* A group's pin, more who stand by than may, and a table of fds that is full. */
	{ { CMD(NEW), .attrs = 0x28 }, { CMD(STANDBY), BY(NOBODY), .how = HOW_MANY },
	  { CMD(STANDBY), .how = HOW_VERY_MANY | HOW_MANY | HOW_SMALL | HOW_UNREAD },
	  { CMD(STANDBY), .how = HOW_VERY_MANY | HOW_MANY },
	  { .op = OP_LIMIT, .value = { 0, 1 } }, { CMD(STANDBY) }, { CMD(CLAIM) },
	  { .op = OP_LIMIT, .value = { 1 } } },
};

void mutate_seed(uint64_t seed)
{
	dice[0] = seed;
	dice[1] = seed >> 16;
	dice[2] = seed >> 32 ^ 0x330e;
}

unsigned int mutate_roll(unsigned int sides)
{
	return (nrand48(dice) >> 4) % sides;
}

bool mutate_begin(unsigned int index, struct input *input)
{
	static const struct step nothing;

	if (index >= ARRAY_SIZE(seeds))
		return false;
	for (input->n = 0; input->n < SEED_STEPS; input->n++) {
		input->step[input->n] = seeds[index][input->n];
		if (!memcmp(&seeds[index][input->n], &nothing, sizeof(nothing)))
			break;
	}
	return true;
}

/* Zero, mostly: what is usual. */
static uint8_t roll_byte(unsigned int odds)
{
	if (mutate_roll(odds))
		return 0;
	return mutate_roll(2) ? mutate_roll(8) : mutate_roll(256);
}

static struct step roll_step(void)
{
	struct step step = { .op = OP_SEND };
	unsigned int i;

	if (!mutate_roll(3))
		step.op = mutate_roll(OPS);
	/* Devices take long to make again. */
	if (step.op == OP_LINK && mutate_roll(4))
		step.op = OP_CLOSE;
	step.who = mutate_roll(4) ? mutate_roll(SENDERS) : mutate_roll(256);
	step.cmd = 1 + mutate_roll(TAPPIN_CMD_EVICT);
	step.how = !mutate_roll(5) ? mutate_roll(256) : 0;
	step.attrs = mutate_roll(2) ? mutate_roll(128) & mutate_roll(128) : 0;
	step.target = mutate_roll(12) ? mutate_roll(TARGETS) : mutate_roll(256);
	for (i = 0; i < 3; i++) {
		step.fd[i] = roll_byte(4);
		step.value[i] = roll_byte(3);
	}
	if (!mutate_roll(6))
		step.twist = nrand48(dice) << 1;
	/* Names that are none. */
	if (!mutate_roll(20))
		step.target = 0xe0 + mutate_roll(0x20);
	return step;
}

static void put_steps(struct input *input, unsigned int at, const struct step *steps,
		      unsigned int n)
{
	if (n > STEPS_MAX - input->n)
		n = STEPS_MAX - input->n;
	memmove(&input->step[at + n], &input->step[at],
		(input->n - at) * sizeof(*steps));
	memcpy(&input->step[at], steps, n * sizeof(*steps));
	input->n += n;
}

static void drop_steps(struct input *input, unsigned int at, unsigned int n)
{
	if (n > input->n - at)
		n = input->n - at;
	input->n -= n;
	memmove(&input->step[at], &input->step[at + n],
		(input->n - at) * sizeof(*input->step));
}

static void mutate_once(struct input *input, const struct input *other)
{
	unsigned int at = mutate_roll(input->n + 1), from;
	struct step step;
	uint8_t *byte;

	if (!input->n || !mutate_roll(3)) {
		step = roll_step();
		put_steps(input, at, &step, 1);
		return;
	}
	if (at == input->n)
		at--;
	switch (mutate_roll(8)) {
	case 0:
		drop_steps(input, at, 1 + mutate_roll(3));
		break;
	case 1:
		step = input->step[mutate_roll(input->n)];
		put_steps(input, at, &step, 1);
		break;
	case 2:
		input->step[at].twist = nrand48(dice) << 1;
		break;
	case 3:
		input->step[at].who = mutate_roll(12);
		break;
	case 4:
		if (!other->n)
			break;
		from = mutate_roll(other->n);
		put_steps(input, at, &other->step[from], 1 + mutate_roll(other->n - from));
		break;
	case 5:
		input->step[at].attrs ^= 1 << mutate_roll(8);
		break;
	default:
		byte = (uint8_t *)&input->step[at] + mutate_roll(sizeof(step));
		*byte = mutate_roll(2) ? mutate_roll(8) : mutate_roll(256);
	}
}

void mutate(struct input *input, const struct input *other)
{
	unsigned int n = 1 + mutate_roll(4);

	if (!mutate_roll(20)) {
		input->n = 0;
		n = 4 + mutate_roll(12);
	}
	while (n--)
		mutate_once(input, other);
}
