/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that race. Each lives for many rounds and does the deeds it is told,
 * alone or at the same moment as others; one that was killed is spawned anew.
 */
#ifndef TEST_RACER_H
#define TEST_RACER_H

#include <libtappin.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "process.h"

/* What all of them see, in shared memory. */
struct arena {
	char pin[TAPPIN_NAME_MAX + 1];
	bool vhost;
	unsigned int ifindex;
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	uint64_t death_ns;	/* when the last one killed itself */
};

/* What one has, in its own process. */
struct runner {
	struct arena *arena;
	struct tappin *handle;
	struct tappin_lease *lease;
	int stray;		/* a TAP fd kept without the lease, or -1 */
};

/* Returns what the command does. */
typedef int (*deed_fn)(struct runner *self);

/* A deed's return of one that died meanwhile. */
#define RACER_DIED	1000

struct racer_answer {
	int ret;
	uint64_t begin_ns, end_ns;
	char why[128];
};

/* What its parent has; begin with all of it zero. */
struct racer {
	pid_t pid;		/* 0: none */
	int sock;
	const struct arena *arena;
	struct racer_answer said;
};

/* Starts a process unless there is one. Returns whether it did. */
bool racer_spawn(struct racer *racer, struct arena *arena);
/* Do it after @delay_ns, once all are at @barrier (NULL: at once). */
void racer_order(struct racer *racer, deed_fn deed, struct barrier *barrier,
		 uint64_t delay_ns);
/* The answer to the last order. */
int racer_wait(struct racer *racer);
/* Both, of what must work. */
void racer_must(struct racer *racer, deed_fn deed);

/* Were their last deeds done at the same time, in part? */
bool racers_overlap(const struct racer *a, const struct racer *b);

/* One after the other, up to the first that does not work. */
int racer_both(struct runner *self, deed_fn first, deed_fn second);

/* Deeds of many races. */
int do_connect(struct runner *self);
int do_standby(struct runner *self);
int do_own(struct runner *self);
int do_offer(struct runner *self);
/* The pin is free, but for its TAP. */
int do_stray(struct runner *self);
int do_claim(struct runner *self);
int do_claim_plain(struct runner *self);
int do_claim_force(struct runner *self);
int do_confirm(struct runner *self);
int do_withdraw(struct runner *self);
int do_die(struct runner *self);
/* Of all that it has of the pin. */
int do_let_go(struct runner *self);
/* delete_module(2), which does not wait. */
int do_unload(struct runner *self);

#endif /* TEST_RACER_H */
