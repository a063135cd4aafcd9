/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is there before an input and after it: namespaces, devices, two pins that
 * only root has a right to, the canaries, and nothing else of ours.
 */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include "input.h"
#include "place.h"

#define FIXTURE_STRANGER	100000
#define FIXTURE_RENAMED	"kfother"

extern const struct role fixture_stranger;

const char *fixture_name(unsigned int target);
unsigned int fixture_queues(unsigned int target);
/* For place_go(). */
unsigned int fixture_place(unsigned int target);
unsigned int fixture_ifindex(unsigned int target);

/* @complaints: what of the kernel's log is one, an extended regular expression. */
void fixture_open(const char *complaints);
/* The multicast group of events. */
int fixture_group(void);
uint64_t fixture_canary_id(unsigned int target);
/* After an input: returns what is not as it was, or NULL. */
const char *fixture_restore(void);
/* All of it goes. Returns whether that could be done. */
bool fixture_close(void);

#endif /* TEST_FIXTURE_H */
