// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: vhost-net files, seen from outside
 *
 * vhost-net has no interface inside the kernel, so its files are handled by what
 * userspace has: their ioctls, called through f_op in the right context.
 *
 * A vhost device belongs to an address space. VHOST_SET_OWNER makes that of the
 * caller its owner and takes a reference to it (mm_users); from then on every
 * ioctl of a device's set-up answers EPERM to others. VHOST_RESET_OWNER lets go:
 * it stops the workers, drops rings, backends and the reference. All it needs
 * that can fail comes first, so it either does nothing or all.
 *
 * Hence a device is ended in the context of its owner's mm, which a kernel thread
 * can put on. A device that nobody owns takes a thread without an mm for its
 * owner (NULL equals NULL), which tells it from one that is owned, and is why
 * nothing but a question may be asked in that way.
 *
 * Locks: none of ours. vhost's own mutex may be held for long by an owner that
 * hangs, so none of the ioctls is called from a command.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/sched/mm.h>
#include <linux/vhost.h>

#include "vhost.h"

/**
 * tappin_vhost_is() - is this an open vhost-net device?
 * @file: any file
 *
 * Context: Any.
 * Return: true if so, and open for writing.
 */
bool tappin_vhost_is(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return S_ISCHR(inode->i_mode) && imajor(inode) == MISC_MAJOR &&
	       iminor(inode) == VHOST_NET_MINOR &&
	       (file->f_mode & FMODE_WRITE) && file->f_op->unlocked_ioctl;
}

/**
 * tappin_vhost_set() - remember where to open vhost-net from
 * @vhost: to be filled
 * @file: proof of the right to it
 *
 * Context: Process context.
 * Return: 0, or -ENODEV if vhost_net is being unloaded.
 */
int tappin_vhost_set(struct tappin_vhost *vhost, struct file *file)
{
	vhost->fops = fops_get(file->f_op);
	if (!vhost->fops)
		return -ENODEV;
	vhost->path = file->f_path;
	path_get(&vhost->path);
	vhost->cred = get_cred(file->f_cred);
	return 0;
}

/**
 * tappin_vhost_put() - undo tappin_vhost_set()
 * @vhost: may never have been set
 *
 * Context: Process context; may sleep.
 */
void tappin_vhost_put(struct tappin_vhost *vhost)
{
	if (!vhost->fops)
		return;
	path_put(&vhost->path);
	put_cred(vhost->cred);
	fops_put(vhost->fops);
	vhost->fops = NULL;
}

/**
 * tappin_vhost_open() - open a fresh device that nobody owns
 * @vhost: where from
 *
 * Skips the check of the node's mode: the right was proven when the pin was made.
 * The LSM is asked, on behalf of the pin's maker.
 *
 * Context: Process context, no locks.
 * Return: the file or an error: ENOMEM, or what the LSM says.
 */
struct file *tappin_vhost_open(const struct tappin_vhost *vhost)
{
	struct file *file;

	file = dentry_open(&vhost->path, O_RDWR | O_LARGEFILE, vhost->cred);
	if (IS_ERR(file) || tappin_vhost_is(file))
		return file;
	fput(file);
	return ERR_PTR(-ENXIO);
}

/**
 * tappin_vhost_reset() - end a device on behalf of its owner
 * @file: the device
 * @mm: the owner's, with a reference (mm_users) for the time of the call
 *
 * Waits for the device's workers, which may wait for the owner's page faults or
 * for a stopped owner to go on: without bound.
 *
 * Context: A kernel thread or worker of its own, no locks.
 * Return: 0; -EPERM if @mm is not the owner's; -ENOMEM. Errors change nothing.
 */
int tappin_vhost_reset(struct file *file, struct mm_struct *mm)
{
	int err;

	kthread_use_mm(mm);
	err = file->f_op->unlocked_ioctl(file, VHOST_RESET_OWNER, 0);
	kthread_unuse_mm(mm);
	return err;
}

/**
 * tappin_vhost_unowned() - does nobody own the device?
 * @file: the device
 *
 * VHOST_GET_VRING_BASE checks for the owner before it reads its argument, and an
 * argument that can't be read ends it before it does anything. To all but the
 * owner, vhost-net says EPERM only after it waited for the workers.
 *
 * Context: As tappin_vhost_reset(), with no mm.
 * Return: true if so.
 */
bool tappin_vhost_unowned(struct file *file)
{
	if (WARN_ON_ONCE(current->mm))
		return false;
	return file->f_op->unlocked_ioctl(file, VHOST_GET_VRING_BASE, ~0UL) == -EFAULT;
}
