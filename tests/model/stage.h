/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: the real machine, on which actors carry steps out. It has namespaces,
 * and one actor for each living process of the oracle.
 */
#ifndef TEST_STAGE_H
#define TEST_STAGE_H

#include "actor.h"
#include "view.h"

/* All that came of a step. */
struct result {
	struct seen seen;
	const char *why;
	bool described;
	struct view view;	/* if described */
	unsigned int n_fds;
	int fd[GIFTS];		/* in the order of the gifts in struct want */
	unsigned int n_dumped;
	uint64_t dumped[PINS + 1];
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	char ifname[IFNAMSIZ];
};

/* Namespaces and connections, once for all. */
void stage_open(void);
/* An empty world, with no process but this. */
void stage_clear(const struct oracle *o);
void stage_do(const struct oracle *o, const struct step *step, struct result *result);
/* The processes that have ended since the last time. */
uint16_t stage_deaths(const struct oracle *o);
const char *stage_note(unsigned int note);

#endif /* TEST_STAGE_H */
