/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One side of a hand-over: a process of its own, as a VMM is, executed afresh, with
 * vhost rings in memory that its parent sees too. It does what it is told over a
 * socket. It counts nothing: its parent reads the rings.
 */
#ifndef TEST_SIDE_H
#define TEST_SIDE_H

#include <libtappin.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ring.h"

enum side_op {
	SIDE_STANDBY,	/* stand by, own the vhost devices, set the rings up */
	SIDE_CLAIM,	/* with the cookie; start the rings */
	SIDE_CLAIM_FREE,	/* without; and steer packets by their number */
	SIDE_OFFER,	/* gives the cookie */
	SIDE_WITHDRAW,	/* and go on; gives 1 if that took fresh devices */
	SIDE_CONFIRM,
	SIDE_POLL,	/* the lease: gives the events */
	SIDE_CLOSE,	/* the lease and all, and exit */
};

struct side_msg {
	enum side_op op;
	int ret;
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	uint64_t claim_ns;	/* the command alone: claim or withdraw */
	uint64_t start_ns;	/* backends of all queues; after withdraw all set-up */
	char why[128];
};

struct side {
	pid_t pid;
	int sock;
	unsigned int slot;	/* which rings it has */
	unsigned int queues;
	struct ring *rings;	/* the parent's view of them */
};

/* Memory for the rings of @slots sides, to be inherited. */
int side_memory(unsigned int slots, unsigned int queues);
/* The parent's view of one slot. */
struct ring *side_view(int memfd, unsigned int slot, unsigned int queues);
/* Starts a process on the rings of @side->slot. */
void side_spawn(struct side *side, const char *pin, int memfd);
/* One order; returns what it gave, with the whole answer in @msg. Bails out on an error. */
int side_must(const struct side *side, enum side_op op, struct side_msg *msg);
/* Tell it to close and exit, or kill it. */
void side_close(struct side *side);
void side_kill(struct side *side);
/* main() of the process: takes over if the arguments say so. */
void side_main(int argc, char **argv);

#endif /* TEST_SIDE_H */
