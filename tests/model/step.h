/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A step of a random sequence: who does what to which thing. Things have names
 * that are part of the step (lease 5, process 8), so that a sequence keeps its
 * sense when steps are left out of it. As text it is one line of a script:
 *
 *	claim proc=4 lease=5 cookie=right force
 */
#ifndef TEST_STEP_H
#define TEST_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum op {
	OP_NEW,		/* a TAP with queues=, and a pin on it; keep: the fds, too */
	OP_DEL,
	OP_GET,
	OP_DUMP,
	OP_SET,		/* uid, gid, note, by an admin */
	OP_NOTE,	/* by a lease */
	OP_STANDBY,	/* lease= names it */
	OP_CLAIM,
	OP_OFFER,
	OP_WITHDRAW,
	OP_CONFIRM,
	OP_EVICT,
	OP_POLL,	/* a lease */
	OP_DUP,		/* these take what=, and lease= or pin=, and queue= */
	OP_CLOSE,
	OP_INHERIT,	/* let it outlive exec */
	OP_PASS,	/* to=, over a socket */
	OP_START,	/* a process of the role that is its number */
	OP_FORK,	/* to= is the child */
	OP_EXEC,
	OP_KILL,	/* with signal 9 */
	OP_OWN,		/* VHOST_SET_OWNER */
	OP_PROBE,	/* whose is the vhost device? */
	OP_RING,	/* give the vhost device a ring and the TAP queue */
	OP_PACKET,	/* send one out of the TAP: whose ring gets it? */
	OP_UNLINK,	/* delete the TAP as ip link does */
	OP_RMMOD,	/* try to */

	OPS
};

enum what {
	WHAT_LEASE,
	WHAT_TAP,
	WHAT_VHOST,

	WHAT_KINDS
};

enum cookie {
	COOKIE_NONE,
	COOKIE_RIGHT,
	COOKIE_WRONG,
	COOKIE_OLD,	/* of an earlier offer */

	COOKIES
};

enum right {
	RIGHT_LEAVE,	/* as it is */
	RIGHT_NONE,
	RIGHT_GIVE,	/* to the one uid, or gid, that has rights here */

	RIGHTS
};

enum {
	STEP_FORCE = 1 << 0,
	STEP_KILL = 1 << 1,
	STEP_VHOST = 1 << 2,
	STEP_BY_ID = 1 << 3,
	STEP_ALL = 1 << 4,
	STEP_KEEP = 1 << 5,
};

struct step {
	uint8_t op;
	uint8_t proc;
	uint8_t to;
	uint8_t pin;
	uint8_t lease;
	uint8_t what;
	uint8_t queue;
	uint8_t queues;
	uint8_t cookie;
	uint8_t uid;
	uint8_t gid;
	uint8_t note;
	uint8_t flags;
};

#define STEP_TEXT_MAX	128

const char *step_name(enum op op);
/* Returns @text. */
char *step_print(const struct step *step, char text[STEP_TEXT_MAX]);
/* Returns whether @text is a step; changes it. */
bool step_parse(char *text, struct step *step);

#endif /* TEST_STEP_H */
