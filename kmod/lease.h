/* SPDX-License-Identifier: GPL-2.0-only */
/* The open file that is ownership, or a place in the line. */
#ifndef TAPPIN_LEASE_H
#define TAPPIN_LEASE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#define WHY_ENDED	"the lease has ended: its owner was evicted or superseded, its user may not claim any more, or the pin or its device is gone"

struct file;
struct mm_struct;
struct pid;
struct tappin_lease;
struct tappin_pin;

/**
 * struct tappin_vdev - one vhost-net file of a lease
 * @file: NULL once it was given up: fenced, or dropped with its lease
 * @busy: its ender is at work and nobody else touches it
 * @task: of the ender, once that runs; valid while @busy
 * @search: its ender looks for the owner among all processes
 * @mm: the ender's first guess whose device it is, with a reference (mm_count)
 * @lease: the lease it belongs to
 * @work: the ender, see fence.c; has a reference to the lease while queued
 */
struct tappin_vdev {
	struct file *file;
	bool busy;
	struct task_struct *task;
	bool search;
	struct mm_struct *mm;
	struct tappin_lease *lease;
	struct work_struct work;
};

/**
 * struct tappin_lease - the right to a pin, or to line up for it
 * @refs: held by the open file, by pin->fencing and by queued work
 * @pin: constant, with a reference
 * @file: constant and without a reference: to be compared, not to be used,
 *	unless the file is known to be open
 * @node: on pin->leases from standby until the lease ends or is closed
 * @standby: counted in pin->standbys
 * @ended: for good; every command on it answers ESTALE
 * @news: what poll says, see <linux/tappin.h>
 * @pid: the process that used it last, or holds it now that that one exited
 * @adrift: no process was found that holds it
 * @comm: the name of the process of the last command, for when it is no more
 * @mm: that of the last command, or of whom a device was that was searched for, with
 *	a reference (mm_count): the first guess whose the vhost devices are
 * @holder_work: looks for another holder; has a reference while queued
 * @fence_work: see fence.c; has a reference while queued
 * @fence_start: jiffies when fencing began
 * @fence_tries: how often @fence_work ran
 * @searched: those who hold its files were looked for, to be killed
 * @searches: how many searches for whose a device is were in vain in this fence
 * @unfenced: how many of @vdev still have their file, or it is being closed
 * @resend: the reply with the present vhost files may have been lost
 * @nvhost: constant; 0 or one for each queue of the pin
 * @vdev: the vhost-net files; the array is constant
 *
 * All that is not constant is under pin->lock; @file, @ended, @news and @pid are looked
 * at without it, too.
 */
struct tappin_lease {
	struct kref refs;
	struct tappin_pin *pin;
	struct file *file;
	struct list_head node;
	bool standby;
	bool ended;
	bool news;
	struct pid *pid;
	bool adrift;
	char comm[TASK_COMM_LEN];
	struct mm_struct *mm;
	struct work_struct holder_work;
	struct delayed_work fence_work;
	unsigned long fence_start;
	unsigned int fence_tries;
	bool searched;
	unsigned int searches;
	unsigned int unfenced;
	bool resend;
	unsigned int nvhost;
	struct tappin_vdev vdev[];
};

struct tappin_lease *tappin_lease_open(struct tappin_pin *pin);
void tappin_lease_add(struct tappin_lease *lease);
struct tappin_lease *tappin_lease_of(struct file *file);
void tappin_lease_guess(struct tappin_lease *lease, struct mm_struct *mm);
void tappin_lease_touch(struct tappin_lease *lease);
void tappin_lease_news(struct tappin_pin *pin);
void tappin_lease_end(struct tappin_lease *lease);
void tappin_lease_end_standbys(struct tappin_pin *pin);
struct file **tappin_lease_open_vhost(struct tappin_lease *lease);
void tappin_lease_put_vhost(struct file **files, unsigned int n);
void tappin_lease_set_vhost(struct tappin_lease *lease, struct file **files);

void tappin_lease_free(struct kref *refs);

static inline void tappin_lease_get(struct tappin_lease *lease)
{
	if (lease)
		kref_get(&lease->refs);
}

static inline void tappin_lease_put(struct tappin_lease *lease)
{
	if (lease)
		kref_put(&lease->refs, tappin_lease_free);
}

#endif /* TAPPIN_LEASE_H */
