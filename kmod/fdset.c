// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: File descriptors on their way to a caller
 *
 * Numbers are reserved while a command can still fail, files are added once it has
 * succeeded, which can't fail, and they appear in the caller's table only after
 * the reply that names them was queued. Numbers that got no file, or whose reply
 * was lost, are given back.
 *
 * Lifecycle: alloc, reserve, add, put in messages, then tappin_fdset_end(), which
 * installs or gives back, and frees the set. Locks: none; a set belongs to one command.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <net/netlink.h>

#include "fdset.h"

/**
 * struct tappin_fdset - fds of one reply
 * @reserved: how many numbers there are
 * @used: how many of them have a file
 * @put: how many of those were put in a message
 * @max: room
 * @fds: number and file, in the order they are put
 */
struct tappin_fdset {
	unsigned int reserved;
	unsigned int used;
	unsigned int put;
	unsigned int max;
	struct {
		int fd;
		struct file *file;
	} fds[];
};

/**
 * tappin_fdset_alloc() - make an empty set
 * @max: how many fds will be reserved at most
 *
 * Context: Process context.
 * Return: the set or NULL.
 */
struct tappin_fdset *tappin_fdset_alloc(unsigned int max)
{
	struct tappin_fdset *set;

	set = kvzalloc(struct_size(set, fds, max), GFP_KERNEL);
	if (set)
		set->max = max;
	return set;
}

/**
 * tappin_fdset_reserve() - reserve numbers in the caller's table
 * @set: the set
 * @n: how many more
 *
 * Context: A command.
 * Return: 0; -EMFILE. Those reserved so far stay with the set.
 */
int tappin_fdset_reserve(struct tappin_fdset *set, unsigned int n)
{
	int fd;

	while (n--) {
		if (WARN_ON_ONCE(set->reserved == set->max))
			return -EINVAL;
		fd = get_unused_fd_flags(O_CLOEXEC);
		if (fd < 0)
			return fd;
		set->fds[set->reserved++].fd = fd;
	}
	return 0;
}

/**
 * tappin_fdset_add() - let the next number stand for a file
 * @set: has a number left
 * @file: the set takes a reference of its own
 */
void tappin_fdset_add(struct tappin_fdset *set, struct file *file)
{
	if (!WARN_ON_ONCE(set->used == set->reserved))
		set->fds[set->used++].file = get_file(file);
}

/**
 * tappin_fdset_put() - put the numbers added since the last put into a message
 * @skb: the message
 * @set: the set
 * @attr: as this attribute, an array of s32; there is room for it
 */
void tappin_fdset_put(struct sk_buff *skb, struct tappin_fdset *set, int attr)
{
	struct nlattr *nla;
	s32 *out;

	nla = nla_reserve(skb, attr, (set->used - set->put) * sizeof(*out));
	if (WARN_ON_ONCE(!nla))
		return;
	out = nla_data(nla);
	while (set->put < set->used)
		*out++ = set->fds[set->put++].fd;
}

/**
 * tappin_fdset_end() - let the caller have the files, or take all numbers back
 * @set: freed; may be NULL
 * @install: which of both; numbers without a file are taken back in any case
 *
 * Context: A command; to install, one in which nothing can fail any more.
 */
void tappin_fdset_end(struct tappin_fdset *set, bool install)
{
	unsigned int i;

	for (i = 0; set && i < set->reserved; i++) {
		struct file *file = set->fds[i].file;

		if (install && file) {
			fd_install(set->fds[i].fd, file);
			continue;
		}
		put_unused_fd(set->fds[i].fd);
		if (file)
			fput(file);
	}
	kvfree(set);
}
