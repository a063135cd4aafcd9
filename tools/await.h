/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TAPPIN_AWAIT_H
#define TAPPIN_AWAIT_H

#include <stdbool.h>
#include <libtappin.h>

#include "args.h"

struct cli;

#define AWAIT_FOREVER (-1.0)

/* Is it so? @pin is NULL when there is none (any more). */
typedef bool (*await_fn)(const struct tappin_pin *pin, void *arg);

/**
 * await_pin() - wait for a pin to be as wanted, even for a moment
 * @cli: connected
 * @ref: which pin
 * @fn: tells whether it is so, now or after each event
 * @arg: for @fn
 * @seconds: how long, or %AWAIT_FOREVER
 *
 * Return: 0, an exit code after saying why not, or %EXIT_TIMEOUT, which says
 * nothing: the caller knows what was waited for
 */
int await_pin(struct cli *cli, const struct pin_ref *ref, await_fn fn,
	      void *arg, double seconds);

/* Seconds on a clock that nobody sets. */
double await_now(void);

/* NAME or "id N", to be typed again; good until the next call. */
const char *await_ref_text(const struct pin_ref *ref);

#endif
