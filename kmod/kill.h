/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes to kill for an eviction. */
#ifndef TAPPIN_KILL_H
#define TAPPIN_KILL_H

struct tappin_pin;

#define WHY_KILLING	"processes to kill are still being looked for"

int tappin_kill_start(struct tappin_pin *pin, const char **why);

#endif /* TAPPIN_KILL_H */
