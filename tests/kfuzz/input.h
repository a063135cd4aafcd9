/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An input: up to STEPS_MAX steps of 16 bytes each, from which all follows that is
 * sent and done. Any bytes are an input. A step that is all zeroes but for its
 * command is a good request of the initial namespace's root, as far as there is
 * one; every other value leads away from that.
 */
#ifndef TEST_INPUT_H
#define TEST_INPUT_H

#include <linux/tappin.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STEPS_MAX	48

enum op {
	OP_SEND,	/* a message */
	OP_CLOSE,	/* an fd */
	OP_DUP,
	OP_FORK,	/* a process that has all fds, too */
	OP_KILL,	/* one of those */
	OP_PASS,	/* an fd onto a socket to ourselves */
	OP_TAKE,	/* one from there */
	OP_GARBAGE,	/* leave a lease in flight where nobody can take it */
	OP_EPOLL,
	OP_POLL,
	OP_CALL,	/* some other call on an fd */
	OP_VHOST,	/* an ioctl of vhost */
	OP_QUEUE,	/* attach or detach a queue */
	OP_LISTEN,	/* to events */
	OP_LIMIT,	/* of open fds */
	OP_LINK,	/* delete, rename, move or shut down a device */
	OPS
};

/* Who sends, and then on whose socket. */
enum who {
	ROOT, NOBODY, STRANGER,
	SENDERS
};

/* How a message is sent; bits of struct step's @how. */
#define HOW_NO_ACK	0x01
#define HOW_DUMP	0x02
#define HOW_MORE	0x04	/* in one sendmsg() with the next message */
#define HOW_UNREAD	0x08	/* read the answer later */
#define HOW_MANY	0x10	/* several times */
#define HOW_VERY_MANY	0x20
#define HOW_ECHO	0x40
#define HOW_SMALL	0x80	/* on a socket with a small buffer */

/* What there is to be sent to; also devices, except the last two. */
enum target {
	PIN_ONE,	/* a TAP with one queue */
	PIN_MANY,	/* with several */
	PIN_STRANGE,	/* in the stranger's namespace */
	CANARY_OWNED,	/* never by root, and nothing may change */
	CANARY_FREE,
	TARGETS,
	DEVICES = CANARY_OWNED
};

struct step {
	uint8_t op;
	uint8_t who;		/* % SENDERS sends; / SENDERS % SENDERS is 0, or on whose socket */
	uint8_t cmd;
	uint8_t how;
	uint8_t attrs;		/* which attributes more, or less, than usual */
	uint8_t target;
	uint8_t fd[3];		/* see fds.h: TAP, vhost, lease or any */
	uint8_t value[3];
	uint32_t twist;		/* what is broken in the message; 0 for nothing */
};

struct input {
	unsigned int n;
	struct step step[STEPS_MAX];
};

_Static_assert(sizeof(struct step) == 16, "a step has 16 bytes");

/* Returns whether there was anything in the file. */
bool input_read(struct input *input, const char *path);
void input_write(const struct input *input, const char *path);
/* One line for each step. */
void input_print(const struct input *input);

#endif /* TEST_INPUT_H */
