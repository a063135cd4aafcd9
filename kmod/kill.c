// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Killing who holds what an eviction ends
 *
 * EVICT with KILL sends SIGKILL to every process that holds the file of the lease
 * that goes, one of its vhost files or, unless another lease is entitled to them,
 * the queues: strays may hold those, too. To find them is a walk through all threads
 * of the machine, which takes as long as others make it take. So it is a work, and
 * the command waits for it no longer than for anything.
 *
 * Meanwhile files may be closed and their addresses used again. So what is looked for
 * is asked of the pin anew for each thread; and one that was found is looked at once
 * more, and killed, under pin->lock. Until the search is through nobody gets the pin: a
 * free one is not claimed, and for an owner that is fenced see fence.c.
 *
 * It is done in the name of who sent the command. That process is spared, and so are
 * init and those that it may not kill or does not see: to rule a network namespace is
 * not to rule every process that was passed an fd. Neither does kill_pid() ask for the
 * pid namespace, nor does it spare that one's init if it is called from here.
 *
 * Lifecycle: made by the command, pin->kill until the search is through; a pin has one
 * at a time. It has references to all it names.
 *
 * Locks: none while it looks; pin->lock to kill and at the end.
 */
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "fence.h"
#include "holder.h"
#include "kill.h"
#include "lease.h"
#include "pin.h"
#include "work.h"

/*
 * A table of fds is gone through in one piece and may have millions, of whoever likes and
 * all alike; what is looked for may be 513 files. So each is compared with few of those.
 */
#define KILL_HASH_BITS 10

struct tappin_kill {
	struct work_struct work;
	struct tappin_pin *pin;
	struct tappin_lease *lease;
	const struct cred *cred;
	struct pid_namespace *pid_ns;
	struct pid *sender;
	/* By hash, the number of a file, and by that the next one; from 1, and 0 ends. */
	u16 first[1 << KILL_HASH_BITS];
	u16 next[];
};

/* What is looked for, from 1. Without pin->lock that is a guess: it may change. */
static const struct file *kill_file(const struct tappin_kill *kill, unsigned int n)
{
	const struct tappin_lease *lease = kill->lease;
	unsigned int i = n - 1;

	if (i < kill->pin->queues)
		return data_race(kill->pin->taps[i]);
	i -= kill->pin->queues;
	return i < lease->nvhost ? data_race(lease->vdev[i].file) : data_race(lease->file);
}

static bool kill_wants_queues(const struct tappin_kill *kill)
{
	return (data_race(kill->pin->owner) ?: kill->lease) == kill->lease &&
	       (data_race(kill->pin->offerer) ?: kill->lease) == kill->lease;
}

static int kill_match(const void *arg, struct file *file, unsigned int fd)
{
	const struct tappin_kill *kill = arg;
	unsigned int n = kill->first[hash_ptr(file, KILL_HASH_BITS)];

	while (n && file != kill_file(kill, n))
		n = kill->next[n];
	return n && (n > kill->pin->queues || kill_wants_queues(kill));
}

static void kill_holder(const struct tappin_kill *kill, struct task_struct *t)
{
	struct tappin_walk again = { .match = kill_match, .arg = kill };
	struct pid *pid = get_task_pid(t, PIDTYPE_TGID);

	tappin_pin_lock(kill->pin);
	if (pid != kill->sender && pid_nr_ns(pid, kill->pid_ns) > 1 &&
	    tappin_holder_visit(t, &again))
		kill_pid(pid, SIGKILL, 0);
	tappin_pin_unlock(kill->pin);
	put_pid(pid);
	put_task_struct(t);
}

static void kill_work(struct work_struct *work)
{
	struct tappin_kill *kill = container_of(work, struct tappin_kill, work);
	struct tappin_walk walk = { .match = kill_match, .arg = kill };
	const struct cred *own = override_creds(kill->cred);
	struct tappin_pin *pin = kill->pin;
	struct task_struct *t;

	while ((t = tappin_holder_next(&walk)))
		kill_holder(kill, t);
	tappin_pin_lock(pin);
	pin->kill = NULL;
	if (kill->lease)
		kill->lease->searched = true;
	if (kill->lease && kill->lease == pin->fencing)
		tappin_fence_start(pin);
	tappin_pin_unlock(pin);
	revert_creds(own);
	put_pid(kill->sender);
	put_pid_ns(kill->pid_ns);
	put_cred(kill->cred);
	tappin_lease_put(kill->lease);
	tappin_pin_put(pin);
	kfree(kill);
}

/**
 * tappin_kill_start() - kill the processes that hold what an eviction is to end
 * @pin: the pin
 * @why: set to a sentence if one is under way
 *
 * Context: A command, before its step; pin->lock held.
 * Return: 0, with pin->kill until the walk is through; -EBUSY or -ENOMEM.
 */
int tappin_kill_start(struct tappin_pin *pin, const char **why)
{
	struct tappin_lease *lease = pin->owner ?: pin->fencing;
	unsigned int n, files = pin->queues + (lease ? lease->nvhost + 1 : 0);
	struct tappin_kill *kill;

	lockdep_assert_held(&pin->lock);
	if (pin->kill)
		return tappin_refusal(why, -EBUSY, WHY_KILLING);
	kill = kzalloc(struct_size(kill, next, files + 1), GFP_KERNEL);
	if (!kill)
		return -ENOMEM;
	INIT_WORK(&kill->work, kill_work);
	refcount_inc(&pin->refs);
	kill->pin = pin;
	kill->lease = lease;
	tappin_lease_get(lease);
	kill->cred = get_current_cred();
	kill->pid_ns = get_pid_ns(task_active_pid_ns(current));
	kill->sender = get_task_pid(current, PIDTYPE_TGID);
	for (n = 1; n <= files; n++) {
		/* Those that were given up would make one list long. */
		if (!kill_file(kill, n))
			continue;
		kill->next[n] = n;
		swap(kill->next[n], kill->first[hash_ptr(kill_file(kill, n), KILL_HASH_BITS)]);
	}
	pin->kill = kill;
	queue_work(tappin_kill_wq, &kill->work);
	return 0;
}
