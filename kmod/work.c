// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Where the module's work is done
 *
 * What may wait, search or close for others is not done by a command, but by work
 * on one of four workqueues, which keeps the kinds from waiting for each other.
 *
 * Lifecycle: made before the first command, dropped after the last pin; whoever
 * queues work holds what it needs.
 */
#include <linux/workqueue.h>

#include "work.h"

/* Enders that are at work at the same time; since 6.9 that is a node's share, or less. */
#define ENDERS_MAX		64
/* Searches for whom to kill, each of which may keep a processor busy. */
#define KILLS_MAX		4

struct workqueue_struct *tappin_wq;
struct workqueue_struct *tappin_ender_wq;
struct workqueue_struct *tappin_search_wq;
struct workqueue_struct *tappin_kill_wq;

/**
 * tappin_work_init() - make the workqueues
 *
 * Not WQ_MEM_RECLAIM: enders drop the last reference to files and address spaces
 * of others, whose ends may wait for ordinary workqueues. Searches through the
 * machine's processes go one after the other, and nothing waits behind them.
 *
 * Return: 0 or -ENOMEM.
 */
int tappin_work_init(void)
{
	tappin_wq = alloc_workqueue("tappin", WQ_UNBOUND, 0);
	tappin_ender_wq = alloc_workqueue("tappin-ender", WQ_UNBOUND, ENDERS_MAX);
	tappin_search_wq = alloc_ordered_workqueue("tappin-search", 0);
	tappin_kill_wq = alloc_workqueue("tappin-kill", WQ_UNBOUND, KILLS_MAX);
	if (tappin_wq && tappin_ender_wq && tappin_search_wq && tappin_kill_wq)
		return 0;
	tappin_work_exit();
	return -ENOMEM;
}

/**
 * tappin_work_exit() - wait for the last work and drop the workqueues
 */
void tappin_work_exit(void)
{
	struct workqueue_struct *all[] = {
		tappin_kill_wq, tappin_search_wq, tappin_ender_wq, tappin_wq
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i])
			destroy_workqueue(all[i]);
}
