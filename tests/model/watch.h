/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be seen from outside: pins, events, and the rings' packets. */
#ifndef TEST_WATCH_H
#define TEST_WATCH_H

#include <stdint.h>

#include "view.h"

struct watch_event {
	uint64_t id;
	uint64_t generation;
	unsigned int event;
	unsigned int state;
};

/* @rings: a memfd of FILES rings. */
void watch_open(int rings);
/* Also to events of the network namespace that this process is in. */
void watch_listen(void);
/* All pins of the machine, in the order of their ids. Returns how many. */
unsigned int watch_look(struct view *views, unsigned int max);
/* Events since the last time, in the order of each pin. Returns how many. */
unsigned int watch_events(struct watch_event *events, unsigned int max);
/* Packets that came to the ring of a vhost file, modulo 65536. */
unsigned int watch_taken(int file);
/* Delete a pin, whoever has it; it may take a while. */
void watch_delete(uint64_t id);

#endif /* TEST_WATCH_H */
