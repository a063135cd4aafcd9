// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Who holds a file
 *
 * A file does not know which processes hold it, so this looks through the fd
 * tables of all of them. That costs time in proportion to the open files of the
 * machine, so it is for rare cases: an owner that exited while its children go
 * on, an owner that executed another program, an admin that wants it killed.
 *
 * What it finds is true for the moment only. A file in flight on a socket, or
 * held by io_uring or by another file alone, has no holder here.
 *
 * Locks: RCU over the walk; inside, each task's alloc_lock and its table's
 * file_lock. Files are compared by address and never followed.
 */
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "holder.h"

struct wanted {
	struct file *const *files;
	unsigned int n;
};

static int holder_match(const void *arg, struct file *file, unsigned int fd)
{
	const struct wanted *wanted = arg;
	unsigned int i;

	for (i = 0; i < wanted->n; i++)
		if (file == wanted->files[i])
			return 1;
	return 0;
}

/*
 * The thread of a process that holds one of the files: threads may have fd tables
 * of their own, and the leader may be dead.
 */
static struct task_struct *holder_thread(struct task_struct *leader,
					 const struct wanted *wanted)
{
	struct files_struct *seen = NULL;
	struct task_struct *t;
	bool found = false;

	for_each_thread(leader, t) {
		task_lock(t);
		if (t->files && t->files != seen) {
			seen = t->files;
			found = iterate_fd(seen, 0, holder_match, wanted);
		}
		task_unlock(t);
		if (found)
			return t;
	}
	return NULL;
}

/**
 * tappin_holder_is_current() - does the calling thread hold a file?
 * @file: compared only
 *
 * Context: Process context.
 * Return: true if so.
 */
bool tappin_holder_is_current(const struct file *file)
{
	struct file *const files[] = { (struct file *)file };
	const struct wanted wanted = { files, 1 };
	bool found;

	task_lock(current);
	found = current->files && iterate_fd(current->files, 0, holder_match, &wanted);
	task_unlock(current);
	return found;
}

/**
 * tappin_holder_find() - name a process that holds a file
 * @file: compared only
 *
 * Context: Process context.
 * Return: its pid, with a reference; NULL if there is none.
 */
struct pid *tappin_holder_find(const struct file *file)
{
	struct file *const files[] = { (struct file *)file };
	const struct wanted wanted = { files, 1 };
	struct task_struct *p;
	struct pid *pid = NULL;

	rcu_read_lock();
	for_each_process(p) {
		if (!holder_thread(p, &wanted))
			continue;
		pid = get_pid(task_tgid(p));
		break;
	}
	rcu_read_unlock();
	return pid;
}

/**
 * tappin_holder_mms() - collect the address spaces of processes that hold a file
 * @file: compared only
 * @mms: filled, each with a reference (mm_users)
 * @max: room in @mms
 *
 * Context: Process context.
 * Return: how many there are in @mms.
 */
unsigned int tappin_holder_mms(const struct file *file, struct mm_struct **mms,
			       unsigned int max)
{
	struct file *const files[] = { (struct file *)file };
	const struct wanted wanted = { files, 1 };
	struct task_struct *p, *t;
	unsigned int n = 0;

	rcu_read_lock();
	for_each_process(p) {
		if (n == max)
			break;
		t = holder_thread(p, &wanted);
		mms[n] = t ? get_task_mm(t) : NULL;
		if (mms[n])
			n++;
	}
	rcu_read_unlock();
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
 * Context: A command.
 */
void tappin_holder_kill(struct file *const *files, unsigned int n)
{
	const struct wanted wanted = { files, n };
	struct task_struct *p;

	rcu_read_lock();
	for_each_process(p)
		if (!is_global_init(p) && !same_thread_group(p, current) &&
		    task_tgid_vnr(p) && holder_thread(p, &wanted))
			kill_pid(task_tgid(p), SIGKILL, 0);
	rcu_read_unlock();
}
