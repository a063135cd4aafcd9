/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's workqueues. */
#ifndef TAPPIN_WORK_H
#define TAPPIN_WORK_H

struct workqueue_struct;

/* What is soon done: looks at fences, and what the end of a device means. */
extern struct workqueue_struct *tappin_wq;
/* Enders (fence.c), any of which may hang. */
extern struct workqueue_struct *tappin_ender_wq;
/* Searches for who holds a lease (lease.c), one after the other. */
extern struct workqueue_struct *tappin_search_wq;
/* Searches for whom to kill (kill.c). */
extern struct workqueue_struct *tappin_kill_wq;

int tappin_work_init(void);
void tappin_work_exit(void);

#endif /* TAPPIN_WORK_H */
