/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pin on a TAP of its own, those who have a part in it, all of them leases of
 * this process, and a way into each state. What must work bails out if it doesn't.
 */
#ifndef TEST_SCENE_H
#define TEST_SCENE_H

#include "pin.h"
#include "stick.h"

struct scene {
	struct tappin *handle;
	const char *name;		/* of pin and TAP */
	unsigned int queues;
	bool vhost;
	unsigned int ifindex;		/* 0: there is none, or no more */
	struct tappin_lease *owner;	/* or the next one */
	struct tappin_lease *offerer;	/* behind @owner */
	struct tappin_lease *third;	/* stands by */
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	struct stick stick;
};

/* A free pin, with @third standing by; the TAP is up. */
void scene_open(struct scene *s);
/* Lets go of all, and the pin is deleted. The TAP is left if it is persistent. */
void scene_close(struct scene *s);

/* The states, from that of scene_open(). */
void scene_own(struct scene *s);
void scene_offer(struct scene *s);
void scene_take(struct scene *s);
void scene_give_back(struct scene *s);

/* The steps of the last two: what was offered is claimed; the claimant goes. */
void scene_claim(struct scene *s);
void scene_go(struct scene *s);

/* The owner's device hangs from here on, see stick.h. */
void scene_stick(struct scene *s);
/* A lease is closed and forgotten; NULL is good. */
void scene_drop(struct tappin_lease **lease);

#endif /* TEST_SCENE_H */
