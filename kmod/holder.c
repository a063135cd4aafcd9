// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Who holds a file
 *
 * A file does not know which processes hold it, so this looks through the fd
 * tables of all of them. That costs time in proportion to the open files of the
 * machine, so it is for rare cases: an owner that exited while its children go
 * on, an owner that executed another program, an admin that wants it killed.
 *
 * How long it takes is in the hands of whoever makes processes and fds, so it
 * goes on by number from one thread to the next, with a rest after each: a table
 * of fds is the most that is looked at in one piece.
 *
 * What it finds is true for the moment only. A file in flight on a socket, or
 * held by io_uring or by another file alone, has no holder here.
 *
 * Locks: RCU over one thread; inside, its alloc_lock and its table's file_lock.
 * Files are compared by address and never followed.
 */
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "holder.h"

/**
 * tappin_holder_visit() - does a thread hold a file that matches?
 * @t: the thread
 * @walk: what it is asked for; what was last looked at is noted in it
 *
 * Context: Any but interrupts; takes as long as the thread's table is long.
 * Return: true if so; false, too, if its table is the one that was last looked at.
 */
bool tappin_holder_visit(struct task_struct *t, struct tappin_walk *walk)
{
	bool found = false;

	task_lock(t);
	if (t->files && (t->files != walk->seen || t->signal != walk->process))
		found = iterate_fd(t->files, 0, walk->match, walk->arg);
	walk->process = t->signal;
	walk->seen = t->files;
	task_unlock(t);
	return found;
}

/**
 * tappin_holder_next() - go on to the next thread that holds a file that matches
 * @walk: how far it is
 *
 * Context: Process context; may sleep.
 * Return: the thread, with a reference; NULL after the last.
 */
struct task_struct *tappin_holder_next(struct tappin_walk *walk)
{
	struct task_struct *t, *found = NULL;
	struct pid *pid;

	do {
		cond_resched();
		rcu_read_lock();
		pid = find_ge_pid(walk->next, &init_pid_ns);
		walk->next = pid ? pid_nr(pid) + 1 : 0;
		t = pid ? pid_task(pid, PIDTYPE_PID) : NULL;
		if (t && tappin_holder_visit(t, walk))
			found = get_task_struct(t);
		rcu_read_unlock();
	} while (pid && !found);
	return found;
}

/**
 * tappin_holder_find() - name a process that holds a file
 * @file: compared only
 *
 * Context: Process context; may sleep.
 * Return: its pid, with a reference; NULL if there is none.
 */
struct pid *tappin_holder_find(struct file *file)
{
	struct tappin_walk walk = tappin_walk_for(file);
	struct task_struct *t = tappin_holder_next(&walk);
	struct pid *pid = NULL;

	if (t) {
		pid = get_task_pid(t, PIDTYPE_TGID);
		put_task_struct(t);
	}
	return pid;
}
