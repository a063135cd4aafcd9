/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes hold a file? */
#ifndef TAPPIN_HOLDER_H
#define TAPPIN_HOLDER_H

#include <linux/types.h>

struct file;
struct files_struct;
struct pid;
struct signal_struct;
struct task_struct;

/**
 * struct tappin_walk - a walk through all threads, by number
 * @match: is it one of the files? Called with locks of others' held: compares, no more
 * @arg: for @match
 * @next: number of the next thread
 * @process: of the last thread
 * @seen: its table of fds, which threads of one process mostly share
 */
struct tappin_walk {
	int (*match)(const void *arg, struct file *file, unsigned int fd);
	const void *arg;
	int next;
	const struct signal_struct *process;
	const struct files_struct *seen;
};

static inline int tappin_walk_is(const void *arg, struct file *file, unsigned int fd)
{
	return file == arg;
}

/* A walk to those who hold one file. */
static inline struct tappin_walk tappin_walk_for(const struct file *file)
{
	return (struct tappin_walk){ .match = tappin_walk_is, .arg = file };
}

struct pid *tappin_holder_find(struct file *file);
struct task_struct *tappin_holder_next(struct tappin_walk *walk);
bool tappin_holder_visit(struct task_struct *t, struct tappin_walk *walk);

#endif /* TAPPIN_HOLDER_H */
