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
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "holder.h"

/* Threads mostly share a table: one that was looked at in this process is passed by. */
struct walk {
	struct file *const *files;
	unsigned int n;
	int next;
	const struct signal_struct *process;
	const struct files_struct *seen;
};

static int holder_match(const void *arg, struct file *file, unsigned int fd)
{
	const struct walk *walk = arg;
	unsigned int i;

	for (i = 0; i < walk->n; i++)
		if (file == walk->files[i])
			return 1;
	return 0;
}

static bool holder_looks(struct task_struct *t, struct walk *walk)
{
	bool found = false;

	task_lock(t);
	if (t->files && (t->files != walk->seen || t->signal != walk->process))
		found = iterate_fd(t->files, 0, holder_match, walk);
	walk->process = t->signal;
	walk->seen = t->files;
	task_unlock(t);
	return found;
}

/* The next thread that holds one of the files, with a reference; NULL after the last. */
static struct task_struct *holder_next(struct walk *walk)
{
	struct task_struct *t, *found = NULL;
	struct pid *pid;

	do {
		cond_resched();
		rcu_read_lock();
		pid = find_ge_pid(walk->next, &init_pid_ns);
		walk->next = pid ? pid_nr(pid) + 1 : 0;
		t = pid ? pid_task(pid, PIDTYPE_PID) : NULL;
		if (t && holder_looks(t, walk))
			found = get_task_struct(t);
		rcu_read_unlock();
	} while (pid && !found);
	return found;
}

/**
 * tappin_holder_is_current() - does the calling thread hold a file?
 * @file: compared only
 *
 * Context: Process context.
 * Return: true if so.
 */
bool tappin_holder_is_current(struct file *file)
{
	struct walk walk = { .files = &file, .n = 1 };

	return holder_looks(current, &walk);
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
	struct walk walk = { .files = &file, .n = 1 };
	struct task_struct *t = holder_next(&walk);
	struct pid *pid = NULL;

	if (t) {
		pid = get_task_pid(t, PIDTYPE_TGID);
		put_task_struct(t);
	}
	return pid;
}

/**
 * tappin_holder_mms() - collect the address spaces of processes that hold a file
 * @file: compared only
 * @mms: filled, each with a reference (mm_users)
 * @max: room in @mms
 *
 * Context: Process context; may sleep.
 * Return: how many there are in @mms.
 */
unsigned int tappin_holder_mms(struct file *file, struct mm_struct **mms,
			       unsigned int max)
{
	struct walk walk = { .files = &file, .n = 1 };
	struct task_struct *t;
	unsigned int n = 0;

	while (n < max && (t = holder_next(&walk))) {
		mms[n] = get_task_mm(t);
		n += !!mms[n];
		put_task_struct(t);
	}
	return n;
}

/**
 * tappin_holder_kill() - send SIGKILL to every process that holds one of the files
 * @files: compared only
 * @n: how many
 *
 * Spares init and the caller, and those whom the caller may not kill or does not
 * see: to rule a network namespace is not to rule every process that was passed
 * an fd, and kill_pid() does not ask for the pid namespace.
 *
 * Context: A command; may sleep.
 */
void tappin_holder_kill(struct file *const *files, unsigned int n)
{
	struct walk walk = { .files = files, .n = n };
	struct task_struct *t;
	struct pid *pid;

	while ((t = holder_next(&walk))) {
		pid = get_task_pid(t, PIDTYPE_TGID);
		if (!is_global_init(t) && !same_thread_group(t, current) && pid_vnr(pid))
			kill_pid(pid, SIGKILL, 0);
		put_pid(pid);
		put_task_struct(t);
	}
}
