/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TAPPIN_HOLDER_H
#define TAPPIN_HOLDER_H

#include <linux/types.h>

struct file;
struct mm_struct;
struct pid;

bool tappin_holder_is_current(struct file *file);
struct pid *tappin_holder_find(struct file *file);
unsigned int tappin_holder_mms(struct file *file, struct mm_struct **mms,
			       unsigned int max);
void tappin_holder_kill(struct file *const *files, unsigned int n);

#endif /* TAPPIN_HOLDER_H */
