/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TAPPIN_DESCRIBE_H
#define TAPPIN_DESCRIBE_H

#include <stdbool.h>
#include <libtappin.h>

/**
 * enum describe - how much text; JSON always has everything
 * @DESCRIBE_BLOCK: a few lines: what a pin is and who has to do with it
 * @DESCRIBE_ALL: the same with number, namespace, counters and note
 * @DESCRIBE_LINE: one line
 */
enum describe {
	DESCRIBE_BLOCK,
	DESCRIBE_ALL,
	DESCRIBE_LINE,
};

/* Print a pin as (part of) the object that was begun. */
void describe_pin(const struct tappin_pin *pin, enum describe how);

#endif
