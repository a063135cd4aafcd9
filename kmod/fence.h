/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TAPPIN_FENCE_H
#define TAPPIN_FENCE_H

struct tappin_lease;
struct tappin_pin;
struct workqueue_struct;

extern struct workqueue_struct *tappin_wq;
extern struct workqueue_struct *tappin_search_wq;
extern struct workqueue_struct *tappin_kill_wq;

int tappin_fence_module_init(void);
void tappin_fence_module_exit(void);

void tappin_fence_init(struct tappin_lease *lease);
void tappin_fence_start(struct tappin_pin *pin);
void tappin_fence_files(struct tappin_lease *lease);

#endif /* TAPPIN_FENCE_H */
