/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TAPPIN_LINK_H
#define TAPPIN_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * struct link - a network interface, as rtnetlink tells it
 * @index: interface index
 * @name: present name
 * @kind: driver ("tun", "macvtap", ...), empty for hardware
 * @txqlen: length of the transmit queue, which is that of a TAP's rings
 * @is_tap: a tun device in TAP mode, not TUN mode
 * @multi_queue: made to have several queues
 * @no_pi: no packet information before each frame
 * @vnet_hdr: a virtio-net header before each frame
 * @persist: stays without a queue
 * @queues: how many are attached; multi-queue devices only
 * @disabled: how many are detached
 * @has_owner: only @owner may attach a queue
 * @owner: user
 * @has_group: only @group may attach a queue
 */
struct link {
	unsigned int index;
	char name[IFNAMSIZ];
	char kind[16];
	unsigned int txqlen;
	bool is_tap;
	bool multi_queue;
	bool no_pi;
	bool vnet_hdr;
	bool persist;
	unsigned int queues;
	unsigned int disabled;
	bool has_owner;
	uid_t owner;
	bool has_group;
};

/**
 * link_get() - look at an interface of this network namespace
 * @name: its name, or NULL: by @index
 * @index: its index
 * @link: the answer
 *
 * sysfs would be simpler, and shows the namespace it was mounted in.
 *
 * Return: 0; -ENODEV: there is none; another -errno
 */
int link_get(const char *name, unsigned int index, struct link *link);

/* Set the length of the transmit queue. Return: 0 or -errno */
int link_set_txqlen(const char *name, unsigned int txqlen);

#endif
