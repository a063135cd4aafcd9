// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The oracle's processes and their files. A file lives as long as a process, or
 * the module, has it; the last close of a lease is an input to its pin. A TAP's
 * queue that is out stays out until whoever has it closes it, and a vhost device
 * that has it for its backend has it, too.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "oracle.h"

int oracle_file_new(struct oracle *o, enum what what)
{
	int i = 0;

	while (i < FILES && o->file[i].used)
		i++;
	if (i == FILES)
		bail("more files than expected");
	o->file[i] = (struct file){
		.what = what, .used = true, .lease = NONE, .backend = NONE,
	};
	return i;
}

struct entry *oracle_give(struct oracle *o, struct want *want, int proc, int file)
{
	struct proc *p = &o->proc[proc];
	struct entry *entry = &p->fd[p->fds];

	if (p->fds == FDS || want->n_gifts == GIFTS)
		bail("more fds than expected");
	want->gift[want->n_gifts++] = (struct gift){ proc, p->fds };
	p->fds++;
	*entry = (struct entry){ .file = file, .cloexec = true, .fd = -1 };
	o->file[file].refs++;
	return entry;
}

int oracle_find(const struct oracle *o, int proc, enum what what, int pin, int lease,
		int queue)
{
	const struct proc *p = &o->proc[proc];
	unsigned int i;

	for (i = 0; i < p->fds; i++) {
		const struct file *f = &o->file[p->fd[i].file];

		if (f->what != what || (what != WHAT_LEASE && f->queue != queue))
			continue;
		if (what == WHAT_TAP ? f->pin == pin : f->lease == lease)
			return i;
	}
	return NONE;
}

bool oracle_holds(const struct proc *proc, int file)
{
	unsigned int i;

	for (i = 0; i < proc->fds; i++)
		if (proc->fd[i].file == file)
			return true;
	return false;
}

int oracle_backend(const struct oracle *o, int tap)
{
	int i, found = NONE;

	for (i = 0; i < FILES; i++)
		if (o->file[i].used && o->file[i].what == WHAT_VHOST &&
		    o->file[i].backend == tap)
			found = found == NONE ? i : MANY;
	return found;
}

static bool has_holder(const struct oracle *o, int file)
{
	return o->file[file].refs || oracle_backend(o, file) != NONE;
}

static void forget_if_unused(struct oracle *o, int file);

/* A vhost device that was reset or closed lets its TAP go. */
static void drop_backend(struct oracle *o, int file)
{
	int tap = o->file[file].backend;

	o->file[file].backend = NONE;
	if (tap != NONE)
		forget_if_unused(o, tap);
}

static void forget_if_unused(struct oracle *o, int file)
{
	if (o->file[file].kernel || has_holder(o, file))
		return;
	o->file[file].used = false;
	drop_backend(o, file);
}

void oracle_unkernel(struct oracle *o, int file)
{
	o->file[file].kernel = false;
	forget_if_unused(o, file);
}

/* The kernel names the oldest process that has it. */
static pid_t another_holder(const struct oracle *o, int file)
{
	const struct proc *best = NULL;
	unsigned int i;

	for (i = 0; i < PROCS; i++) {
		const struct proc *p = &o->proc[i];

		if (p->alive && oracle_holds(p, file) && (!best || p->born < best->born))
			best = p;
	}
	return best ? best->pid : 0;
}

/* Returns the lease that this was the last fd of, or NONE. */
static int drop(struct oracle *o, struct want *want, int proc, int index)
{
	struct proc *p = &o->proc[proc];
	int file = p->fd[index].file;
	struct file *f = &o->file[file];
	struct model_lease *l;

	p->fds--;
	memmove(&p->fd[index], &p->fd[index + 1],
		(p->fds - index) * sizeof(p->fd[0]));
	f->refs--;
	if (f->what != WHAT_LEASE) {
		forget_if_unused(o, file);
		return NONE;
	}
	l = &o->lease[f->lease];
	if (f->refs && l->pid == p->pid && !oracle_holds(p, file)) {
		l->pid = another_holder(o, file);
		want->later = true;
	}
	if (f->refs)
		return NONE;
	f->used = false;
	return f->lease;
}

void oracle_close(struct oracle *o, struct want *want, int proc, int index)
{
	int lease = drop(o, want, proc, index);

	if (lease != NONE)
		oracle_lease_closed(o, want, lease);
}

/*
 * All at once, at death; or what exec does not leave. Leases that end so may end in
 * either order, and the fence that one begins may be through before the next.
 */
void oracle_exit(struct oracle *o, struct want *want, int proc, unsigned int variant,
		 bool exec)
{
	struct proc *p = &o->proc[proc];
	int ended[FDS], lease;
	unsigned int i, n = 0;

	if (exec)
		p->mm = ++o->mms;
	else
		p->alive = false;
	for (i = 0; i < p->fds; ) {
		if (exec && !p->fd[i].cloexec) {
			i++;
			continue;
		}
		lease = drop(o, want, proc, i);
		if (lease != NONE)
			ended[n++] = lease;
	}
	for (i = 0; i < n; i++) {
		if (variant & 2)
			oracle_settle(o, want);
		oracle_lease_closed(o, want, ended[variant & 1 ? n - 1 - i : i]);
	}
	want->later = true;
}

bool oracle_owner_lives(const struct oracle *o, int file)
{
	unsigned int i;

	for (i = 0; i < PROCS; i++)
		if (o->proc[i].alive && o->proc[i].mm == o->file[file].owner)
			return true;
	return false;
}

unsigned int oracle_strays(const struct oracle *o, int pin)
{
	const struct model_pin *p = &o->pin[pin];
	unsigned int i, strays = 0;

	for (i = 0; i < p->queues; i++)
		strays += has_holder(o, p->tap[i]);
	return strays;
}

/* Is there a process of this address space that holds the file? */
static bool owner_holds(const struct oracle *o, int file)
{
	unsigned int i;

	for (i = 0; i < PROCS; i++)
		if (o->proc[i].alive && o->proc[i].mm == o->file[file].owner &&
		    oracle_holds(&o->proc[i], file))
			return true;
	return false;
}

bool oracle_finds_owner(const struct oracle *o, int file)
{
	const struct file *f = &o->file[file];

	return f->refs && f->owner && owner_holds(o, file);
}

bool oracle_fence_file(struct oracle *o, int file, const uint32_t *guess, unsigned int n)
{
	struct file *f = &o->file[file];

	if (f->refs && f->owner) {
		while (n && guess[n - 1] != f->owner)
			n--;
		if (!n)
			return false;
		f->owner = 0;
		drop_backend(o, file);
	}
	oracle_unkernel(o, file);
	return true;
}
