/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of an owner's vhost devices. */
#ifndef TAPPIN_FENCE_H
#define TAPPIN_FENCE_H

struct tappin_lease;
struct tappin_pin;

void tappin_fence_init(struct tappin_lease *lease);
void tappin_fence_start(struct tappin_pin *pin);
void tappin_fence_files(struct tappin_lease *lease);

#endif /* TAPPIN_FENCE_H */
