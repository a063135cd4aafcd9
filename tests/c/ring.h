/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A receive queue as a guest would have it: a virtio ring in memory of ours that
 * a vhost-net device fills from a TAP queue.
 *
 * Buffer i stands in place i of the ring for ever, so a ring can be read, and gone
 * on with by another device, knowing nothing but its memory.
 */
#ifndef TEST_RING_H
#define TEST_RING_H

#include <linux/virtio_ring.h>
#include <stddef.h>
#include <stdint.h>

#define RING_NUM	4096u	/* packets that a ring takes, once */
#define RING_BUFFER	128u
#define RING_SIZE	(1u << 20)

struct ring {
	uint8_t *mem;		/* RING_SIZE */
	struct vring vring;
	int vhost;
	int kick;
	int call;
};

/* Anonymous memory for @n rings, shared with children. */
void *ring_memory(unsigned int n);
/* Look at a ring that is in @mem. */
void ring_view(struct ring *ring, void *mem);
/* Make an empty one there, with all buffers given to the device. */
void ring_init(struct ring *ring, void *mem);
/*
 * Tell @vhost, which this process owns, everything but the TAP. The ring goes on
 * where it is. Returns 0 or -errno.
 */
int ring_set_up(struct ring *ring, int vhost);
/* Give the device its TAP queue; packets flow. Returns 0 or -errno. */
int ring_start(const struct ring *ring, int tap);
/* Drop the eventfds; the device is the caller's. */
void ring_close(struct ring *ring);
/* How many packets have come since the ring was made, modulo 65536. */
uint16_t ring_used(const struct ring *ring);
/* Packet @index of those; the frame without its header. */
const void *ring_frame(const struct ring *ring, uint16_t index);
/* VHOST_SET_OWNER on @vhost. Returns 0 or -errno. */
int vhost_own(int vhost);

#endif /* TEST_RING_H */
