/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets towards a TAP's queues, sent out of its own netdev: of an EtherType
 * nobody else uses, each with a number of its own.
 */
#ifndef TEST_INJECT_H
#define TEST_INJECT_H

#include <stdbool.h>
#include <stdint.h>

/* The low byte of the number, for tap_steer(). */
#define INJECT_STEER_OFFSET	21

/* A socket that sends out of this device; bails out if there is none. */
int inject_open(unsigned int ifindex);
/* Returns 0 or -errno. */
int inject_one(int sock, uint32_t seq);
/* Is this one of ours, and which? */
bool inject_is(const void *frame, uint32_t *seq);

struct injector {
	unsigned int ifindex;
	unsigned int rate;		/* packets a second */
	uint32_t max;			/* stop by itself after so many */
	volatile bool stop;
	volatile uint32_t sent;
	volatile uint32_t refused;	/* by the kernel, right at the socket */
	volatile uint64_t ns;		/* how long it took */
};

/*
 * Send until told to stop. If the machine is late it does not make up for it by a
 * burst. @injector is in memory shared with whoever stops it.
 */
void inject_run(struct injector *injector);

#endif /* TEST_INJECT_H */
