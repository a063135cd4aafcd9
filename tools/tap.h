/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DOC: where a pin's TAP comes from
 *
 * A TAP is made, or one that exists is adopted: a persistent tun device that
 * nobody has a queue of, or a macvtap that nobody has open. Either way all of
 * its queues are opened here, given to the module, and closed: the pin is what
 * holds them.
 *
 * One that was made is gone when its queues are closed and no pin has them. One
 * that was adopted gets its settings back by tap_undo(), with one exception:
 * the kernel knows no way to take an owner away again. So that is set last.
 */
#ifndef TAPPIN_TAP_H
#define TAPPIN_TAP_H

#include <libtappin.h>

#include "link.h"

/* What the ring's memory, one allocation of pointers, can't exceed. */
#define TAP_TXQLEN_MAX 524288

/**
 * struct tap_opts - what is wanted
 * @dev: the interface to adopt or make, or NULL: make one for @pin_name
 * @adopt: @dev is there, or it is an error
 * @pin_name: what the interface is called when it can be
 * @queues: how many, from 1 to %TAPPIN_QUEUES_MAX
 * @has_txqlen: set the length of the rings
 * @txqlen: packets in each
 */
struct tap_opts {
	const char *dev;
	bool adopt;
	const char *pin_name;
	unsigned int queues;
	bool has_txqlen;
	unsigned int txqlen;
};

/**
 * struct tap - an open one
 * @link: what it was before, for one that was adopted; index and name for all
 * @adopted: existed before
 * @txqlen_set: not what it was before
 * @owner_set: had none before
 * @queues: how many of @fds are open
 * @fds: the queues
 */
struct tap {
	struct link link;
	bool adopted;
	bool txqlen_set;
	bool owner_set;
	unsigned int queues;
	int fds[TAPPIN_QUEUES_MAX];
};

/* Return: 0, or an exit code after saying why and undoing everything. */
int tap_open(struct tap *tap, const struct tap_opts *opts);

/* There is a pin for it now: let go of the queues. */
void tap_close(struct tap *tap);

/* There is none: put back what can be. */
void tap_undo(struct tap *tap);

/* Is it the pin's device? */
bool tap_is_of_pin(const struct link *link, const struct tappin_pin *pin);

/* The pin's device. Return: false if it is not in this network namespace */
bool tap_of_pin(const struct tappin_pin *pin, struct link *link);

/* Does it stay when nobody holds a queue of it, as one that was adopted does? */
bool tap_is_lasting(const struct link *link);

/* Take an open queue out of service. Return: 0 or -errno */
int tap_detach_queue(int fd);

/* May an interface have this name? */
bool tap_legal_name(const char *name);

#endif
