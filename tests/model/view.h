/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of one pin, in a dump or an answer. */
#ifndef TEST_VIEW_H
#define TEST_VIEW_H

#include <libmnl/libmnl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libtappin.h"

struct view {
	uint64_t id;
	uint64_t generation;
	uint64_t handovers;
	uint64_t losses;
	uint64_t evictions;
	unsigned int state;
	unsigned int netns;
	unsigned int ifindex;
	unsigned int queues;
	unsigned int standbys;
	unsigned int fencing;
	unsigned int strays;
	unsigned int uid;	/* UINT32_MAX: none */
	unsigned int gid;
	bool vhost;
	bool held;
	bool offered;		/* has an offerer behind the owner */
	pid_t pid;
	pid_t offerer_pid;
	unsigned int note_len;	/* of an answer alone */
	char note[16];
	char name[16];
	char ifname[IFNAMSIZ];
};

/* One attribute of an answer; others than the description's are left alone. */
void view_attribute(struct view *view, const struct nlattr *attr);
/* As the library gives it. */
void view_pin(struct view *view, const struct tappin_pin *pin);

#endif /* TEST_VIEW_H */
