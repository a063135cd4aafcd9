/* SPDX-License-Identifier: GPL-2.0-only */
/* File descriptors on their way to a caller. */
#ifndef TAPPIN_FDSET_H
#define TAPPIN_FDSET_H

#include <linux/types.h>

struct file;
struct sk_buff;
struct tappin_fdset;

struct tappin_fdset *tappin_fdset_alloc(unsigned int max);
int tappin_fdset_reserve(struct tappin_fdset *set, unsigned int n);
void tappin_fdset_add(struct tappin_fdset *set, struct file *file);
void tappin_fdset_put(struct sk_buff *skb, struct tappin_fdset *set, int attr);
void tappin_fdset_end(struct tappin_fdset *set, bool install);

#endif /* TAPPIN_FDSET_H */
