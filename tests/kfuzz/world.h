/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one input has made so far: its fds, its sockets, what it learnt from
 * answers. In shared memory, as several processes act in it one after the other,
 * and as the fuzzer itself reads what came of it.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include "check.h"
#include "input.h"

#define SLOTS		96
#define HOLDERS		4
#define PASSED		8
#define EXPECTED_MAX	1024
#define BATCH_MAX	49152
#define BATCH_MESSAGES	400

/* Root's, nobody's and the stranger's, each also with a small buffer. */
#define SOCKETS		(2 * SENDERS)

enum kind {
	KIND_TAP, KIND_VHOST, KIND_LEASE, KIND_OTHER,
	KINDS
};

struct slot {
	int fd;
	uint8_t kind;
	uint8_t target;		/* whose TAP */
};

/* An answer that is due. */
struct expected {
	uint32_t seq;
	uint8_t cmd;
	uint8_t sender;
	uint8_t opener;
	bool must;		/* come; else it may, once */
	bool plain;		/* nothing was broken in the message */
	uint8_t got;
};

struct channel {
	int fd;			/* -1: not opened yet */
	bool lost;		/* answers may be missing: there was no room */
	unsigned int n;
	struct expected expected[EXPECTED_MAX];
};

struct world {
	/* For the fuzzer. */
	char flaw[256];		/* what must not be, or "" */
	unsigned int at;	/* the step under way */
	uint64_t since;		/* when its present call began, or 0 */
	uint64_t longest;	/* such call, in ns */
	unsigned long messages;
	unsigned long granted;	/* of those, by the module */
	bool links;		/* devices are not as they were */

	int base;		/* fds below are not the input's */
	unsigned int slots;
	struct slot slot[SLOTS];
	struct channel channel[SOCKETS];
	uint32_t seq;
	int passing[2];
	unsigned int passed, taken;
	uint8_t passed_kind[PASSED];
	pid_t holder[HOLDERS];
	unsigned int holders;
	bool holder_ready;

	uint64_t id[TARGETS];
	uint8_t cookie[TAPPIN_COOKIE_LEN];

	/* The messages of the next sendmsg(). */
	unsigned int len;
	uint8_t batch[BATCH_MAX];
	bool broken[EXPECTED_MAX];	/* by their numbers, modulo that */
	unsigned int in_batch;
	unsigned int batch_who;
	uint8_t batch_how;
};

extern struct world *world;

/* Something must not be; the first such thing is kept. */
void flaw(const char *what, ...) PRINTF(1);
/* Before an input; fds from @base on are its own. */
void world_reset(int base);

#endif /* TEST_WORLD_H */
