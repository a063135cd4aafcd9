/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TAP devices for tests: with a virtio header of 12 bytes, an owner, and quiet,
 * so that nothing is in their queues but what a test puts there.
 */
#ifndef TEST_TAP_H
#define TEST_TAP_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#define TAP_QUEUES_MAX	257

struct tap {
	char name[IFNAMSIZ];
	unsigned int ifindex;
	unsigned int queues;
	int fd[TAP_QUEUES_MAX];
};

/* Makes the device, link down. Bails out if it can't. */
void tap_make(struct tap *tap, const char *name, unsigned int queues);
/* One more queue of a device, or the first; without TUNSETOWNER. */
int tap_queue(const char *name, int flags);
void tap_up(const struct tap *tap);
/* How many packets each queue holds (500 otherwise). */
void tap_set_length(const struct tap *tap, unsigned int packets);
void tap_close(struct tap *tap);
/* Is any queue of a device that is up attached? They go after their last fd has. */
bool tap_is_held(const char *name);
/* Deletes the device as `ip link del` does, in this network namespace. */
int tap_delete(unsigned int ifindex);
/* Returns whether there is no device of this name, in PATIENCE_MS. */
bool tap_goes(const char *name);
/* Moves the device to the network namespace behind an fd. */
int tap_move(unsigned int ifindex, int netns);
/* The queue of a packet is its byte at @offset, modulo their number. */
void tap_steer(const struct tap *tap, unsigned int offset);
/*
 * A macvtap and what it is on, made by "ip": what these have to do with rtnetlink is
 * not what is tested; and one more queue of it. They bail out.
 */
void macvtap_make_lower(const char *lower);
void macvtap_make(const char *name, const char *lower);
int macvtap_queue(const char *name);
/* A figure of /sys/class/net/NAME/statistics. */
uint64_t tap_statistic(const char *name, const char *figure);

#endif /* TEST_TAP_H */
