/* SPDX-License-Identifier: GPL-2.0-only */
/* vhost-net files: opened fresh, and made harmless. */
#ifndef TAPPIN_VHOST_H
#define TAPPIN_VHOST_H

#include <linux/path.h>
#include <linux/types.h>

struct cred;
struct file;
struct file_operations;
struct mm_struct;

/**
 * struct tappin_vhost - where fresh vhost-net files are opened from
 * @path: the device node that was proven to be vhost-net's
 * @cred: credentials of whoever proved it
 * @fops: keeps vhost_net loaded, so that opening never has to load a module;
 *	NULL if the pin has no vhost
 */
struct tappin_vhost {
	struct path path;
	const struct cred *cred;
	const struct file_operations *fops;
};

bool tappin_vhost_is(const struct file *file);
int tappin_vhost_set(struct tappin_vhost *vhost, struct file *file);
void tappin_vhost_put(struct tappin_vhost *vhost);
struct file *tappin_vhost_open(const struct tappin_vhost *vhost);

int tappin_vhost_reset(struct file *file, struct mm_struct *mm);
bool tappin_vhost_unowned(struct file *file);

static inline bool tappin_vhost_have(const struct tappin_vhost *vhost)
{
	return vhost->fops;
}

#endif /* TAPPIN_VHOST_H */
