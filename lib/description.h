/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A pin's description as the module gave it. Everything has its place in the
 * structure, so that understanding a reply needs no memory.
 */
#ifndef TPN_DESCRIPTION_H
#define TPN_DESCRIPTION_H

#include <linux/if.h>

#include "libtappin.h"

#define TPN_COMM_MAX	64	/* TASK_COMM_LEN is 16 and may grow */

struct tappin_pin {
	uint64_t present;		/* one bit for each attribute seen */
	uint64_t id;
	uint64_t generation;
	uint64_t handovers;
	uint64_t losses;
	uint64_t evictions;
	uint32_t state;
	uint32_t ifindex;
	uint32_t netns;
	uint32_t queues;
	uint32_t uid;
	uint32_t gid;
	uint32_t pid;
	uint32_t offerer_pid;
	uint32_t standbys;
	uint32_t fencing;
	uint32_t strays;
	char name[TAPPIN_NAME_MAX + 1];
	char ifname[IFNAMSIZ];
	char comm[TPN_COMM_MAX];
	char offerer_comm[TPN_COMM_MAX];
	size_t note_len;
	unsigned char note[TAPPIN_NOTE_MAX];
};

static inline bool tpn_pin_has(const struct tappin_pin *pin,
			       enum tappin_attr attr)
{
	return pin->present & (UINT64_C(1) << attr);
}

#endif /* TPN_DESCRIPTION_H */
