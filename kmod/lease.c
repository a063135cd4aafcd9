// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The lease
 *
 * A lease is an open anonymous file, with the vhost-net files that were opened
 * for it. Who holds a copy of its fd holds the lease, as with flock(2): a VMM that
 * daemonizes, a jailed child and a process that got the fd over a socket keep it.
 * The last close is the end of it, whatever its cause, and ->release tells the
 * pin.
 *
 * Lifecycle: tappin_lease_open() makes file and vhost files, tappin_lease_add()
 * puts it among the pin's leases; from then on it stands by, and the steps of
 * pin.c give it a role. tappin_lease_end() takes it away from a holder that goes
 * on. The object outlives its file while it is fenced.
 *
 * Who holds it is for people and for the first guess whose address space a vhost
 * device is in; nothing is decided by it. It is the process of the last command.
 * When that one closes its last copy while others go on, ->flush sees it and has
 * another holder looked for.
 *
 * Locks: pin->lock.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "fence.h"
#include "holder.h"
#include "lease.h"
#include "pin.h"
#include "work.h"

/**
 * tappin_lease_free() - the last reference has gone
 * @refs: the lease's
 *
 * Context: Process context; may sleep. Not under the lock of its pin unless the
 *	caller has a reference to that.
 */
void tappin_lease_free(struct kref *refs)
{
	struct tappin_lease *lease = container_of(refs, struct tappin_lease, refs);

	put_pid(lease->pid);
	if (lease->mm)
		mmdrop(lease->mm);
	tappin_pin_put(lease->pin);
	kvfree(lease);
}

static void lease_drop_vhost(struct tappin_lease *lease)
{
	unsigned int i;

	for (i = 0; i < lease->nvhost; i++) {
		if (lease->vdev[i].file)
			fput(lease->vdev[i].file);
		lease->vdev[i].file = NULL;
	}
	lease->unfenced = 0;
}

static void lease_unlist(struct tappin_lease *lease)
{
	struct tappin_pin *pin = lease->pin;

	list_del_init(&lease->node);
	if (lease->standby)
		pin->standbys--;
	lease->standby = false;
}

/**
 * tappin_lease_end() - take a lease away from its holder
 * @lease: on its pin's list, with no role any more
 *
 * Context: pin->lock held.
 */
void tappin_lease_end(struct tappin_lease *lease)
{
	WRITE_ONCE(lease->ended, true);
	lease_unlist(lease);
	if (lease != lease->pin->fencing && lease->unfenced)
		tappin_fence_files(lease);
	wake_up_all(&lease->pin->wait);
}

/**
 * tappin_lease_end_standbys() - end all leases that only stand by
 * @pin: the pin
 *
 * Context: pin->lock held.
 */
void tappin_lease_end_standbys(struct tappin_pin *pin)
{
	struct tappin_lease *lease, *tmp;

	list_for_each_entry_safe(lease, tmp, &pin->leases, node)
		if (lease->standby && lease != pin->next)
			tappin_lease_end(lease);
}

static void lease_closed(struct tappin_lease *lease)
{
	struct tappin_pin *pin = lease->pin;
	const char *why;

	if (lease == pin->owner || lease == pin->next) {
		tappin_pin_step(pin, IN_LOST, lease, &why);
	} else if (lease == pin->offerer) {
		pin->offerer = NULL;
		tappin_pin_step(pin, IN_LOST_OFFERER, lease, &why);
	}
	lease_unlist(lease);
}

static int lease_release(struct inode *inode, struct file *file)
{
	struct tappin_lease *lease = file->private_data;
	struct tappin_pin *pin = lease->pin;

	tappin_pin_lock(pin);
	WRITE_ONCE(lease->file, NULL);
	if (!list_empty(&lease->node))
		lease_closed(lease);
	/* What somebody else ended is his to close, what is one's own is not. */
	if (!lease->ended && lease != pin->fencing)
		lease_drop_vhost(lease);
	tappin_pin_unlock(pin);
	tappin_lease_put(lease);
	return 0;
}

/* One that was given a copy since then and used it is known again. */
static bool lease_holder_known(struct tappin_lease *lease)
{
	struct tappin_walk walk = tappin_walk_for(lease->file);
	struct task_struct *t;
	bool known;

	rcu_read_lock();
	t = pid_task(lease->pid, PIDTYPE_TGID);
	known = t && tappin_holder_visit(t, &walk);
	rcu_read_unlock();
	return known;
}

/* Look for a process to name as holder, now that the one known has none. */
static void lease_holder_work(struct work_struct *work)
{
	struct tappin_lease *lease = container_of(work, struct tappin_lease, holder_work);
	struct file *file = READ_ONCE(lease->file);
	struct pid *pid;
	bool known;

	/* Only compared: if it was closed meanwhile the result is not used. */
	pid = file ? tappin_holder_find(file) : NULL;
	tappin_pin_lock(lease->pin);
	known = lease->file && lease_holder_known(lease);
	/* Nor may it be closed soon: then the last one that was known is its loser. */
	lease->adrift = !pid && !known;
	/*
	 * A poll of io_uring's lets go of the lease when it is woken after its process has
	 * died, and not before: the ring may be part of memory that vhost-net keeps for us.
	 * So is that of Linux AIO, which wants to be told something.
	 */
	if (lease->adrift)
		WRITE_ONCE(lease->news, true);
	wake_up_all(&lease->pin->wait);
	/* swap() would do, were it not for lease_flush(). */
	if (lease->file && pid && !known)
		pid = xchg(&lease->pid, pid);
	tappin_pin_unlock(lease->pin);
	put_pid(pid);
	tappin_lease_put(lease);
}

static int lease_flush(struct file *file, fl_owner_t id)
{
	struct tappin_walk walk = tappin_walk_for(file);
	struct tappin_lease *lease = file->private_data;

	if (READ_ONCE(lease->pid) != task_tgid(current) || file_count(file) < 2 ||
	    tappin_holder_visit(current, &walk))
		return 0;
	tappin_lease_get(lease);
	if (!queue_work(tappin_search_wq, &lease->holder_work))
		tappin_lease_put(lease);
	return 0;
}

static __poll_t lease_poll(struct file *file, poll_table *table)
{
	struct tappin_lease *lease = file->private_data;

	poll_wait(file, &lease->pin->wait, table);
	if (READ_ONCE(lease->ended))
		return EPOLLIN | EPOLLRDNORM | EPOLLHUP;
	return READ_ONCE(lease->news) ? EPOLLIN | EPOLLRDNORM : 0;
}

static void lease_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct tappin_lease *lease = file->private_data;
	const struct tappin_pin *pin = lease->pin;

	seq_printf(m, "tappin-id:\t%llu\ntappin-name:\t%s\ntappin-ended:\t%d\n",
		   pin->id, pin->key.name, READ_ONCE(lease->ended));
}

static const struct file_operations lease_fops = {
	.owner		= THIS_MODULE,
	.flush		= lease_flush,
	.release	= lease_release,
	.poll		= lease_poll,
	.show_fdinfo	= lease_show_fdinfo,
	.llseek		= noop_llseek,
};

/**
 * tappin_lease_of() - the lease behind a file
 * @file: any file
 *
 * Context: Any; valid as long as the caller has a reference to @file.
 * Return: the lease, or NULL if it is another kind of file.
 */
struct tappin_lease *tappin_lease_of(struct file *file)
{
	return file->f_op == &lease_fops ? file->private_data : NULL;
}

/**
 * tappin_lease_open_vhost() - open one fresh vhost-net file for each queue
 * @lease: for which lease; its pin has vhost
 *
 * Context: Process context, no locks.
 * Return: lease->nvhost files, for tappin_lease_set_vhost() or
 *	tappin_lease_put_vhost(); or an error of tappin_vhost_open().
 */
struct file **tappin_lease_open_vhost(struct tappin_lease *lease)
{
	struct file **files, *file;
	unsigned int i;

	files = kvcalloc(lease->nvhost, sizeof(*files), GFP_KERNEL);
	if (!files)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < lease->nvhost; i++) {
		file = tappin_vhost_open(&lease->pin->vhost);
		if (IS_ERR(file)) {
			tappin_lease_put_vhost(files, i);
			return ERR_CAST(file);
		}
		files[i] = file;
	}
	return files;
}

/**
 * tappin_lease_put_vhost() - drop files that no lease took
 * @files: freed
 * @n: how many
 */
void tappin_lease_put_vhost(struct file **files, unsigned int n)
{
	while (n--)
		fput(files[n]);
	kvfree(files);
}

/**
 * tappin_lease_set_vhost() - give a lease its vhost-net files
 * @lease: has none now
 * @files: from tappin_lease_open_vhost(); freed, the references go over to @lease
 *
 * Context: pin->lock held, or @lease not yet public.
 */
void tappin_lease_set_vhost(struct tappin_lease *lease, struct file **files)
{
	unsigned int i;

	for (i = 0; i < lease->nvhost; i++)
		lease->vdev[i].file = files[i];
	lease->unfenced = lease->nvhost;
	kvfree(files);
}

static struct tappin_lease *lease_alloc(struct tappin_pin *pin)
{
	unsigned int i, n = tappin_pin_nvhost(pin);
	struct tappin_lease *lease;

	lease = kvzalloc(struct_size(lease, vdev, n), GFP_KERNEL);
	if (!lease)
		return NULL;
	kref_init(&lease->refs);
	INIT_LIST_HEAD(&lease->node);
	INIT_WORK(&lease->holder_work, lease_holder_work);
	lease->nvhost = n;
	for (i = 0; i < n; i++)
		lease->vdev[i].lease = lease;
	tappin_fence_init(lease);
	refcount_inc(&pin->refs);
	lease->pin = pin;
	return lease;
}

/**
 * tappin_lease_open() - make a lease with its file and its vhost-net files
 * @pin: what for; the lease takes a reference
 *
 * Context: Process context, no locks.
 * Return: the lease; it goes with fput(lease->file). Or an error: ENOMEM, ENFILE,
 *	those of tappin_vhost_open().
 */
struct tappin_lease *tappin_lease_open(struct tappin_pin *pin)
{
	struct tappin_lease *lease;
	struct file **files, *file;

	lease = lease_alloc(pin);
	if (!lease)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[tappin]", &lease_fops, lease, O_RDWR);
	if (IS_ERR(file)) {
		tappin_lease_put(lease);
		return ERR_CAST(file);
	}
	lease->file = file;
	if (!lease->nvhost)
		return lease;
	/* From here on, closing the file drops it all. */
	files = tappin_lease_open_vhost(lease);
	if (IS_ERR(files)) {
		fput(file);
		return ERR_CAST(files);
	}
	tappin_lease_set_vhost(lease, files);
	return lease;
}

/**
 * tappin_lease_add() - let a fresh lease stand by
 * @lease: from tappin_lease_open()
 *
 * Context: pin->lock held.
 */
void tappin_lease_add(struct tappin_lease *lease)
{
	lease->standby = true;
	lease->pin->standbys++;
	list_add_tail(&lease->node, &lease->pin->leases);
}

/**
 * tappin_lease_guess() - note whose the vhost devices are, as far as one can tell
 * @lease: the lease
 * @mm: takes a reference (mm_count)
 *
 * Context: pin->lock held.
 */
void tappin_lease_guess(struct tappin_lease *lease, struct mm_struct *mm)
{
	mmgrab(mm);
	if (lease->mm)
		mmdrop(lease->mm);
	lease->mm = mm;
}

/**
 * tappin_lease_touch() - note who uses a lease
 * @lease: the lease
 *
 * Context: A command, pin->lock held.
 */
void tappin_lease_touch(struct tappin_lease *lease)
{
	lease->adrift = false;
	if (lease->pid != task_tgid(current)) {
		put_pid(lease->pid);
		WRITE_ONCE(lease->pid, get_pid(task_tgid(current)));
		get_task_comm(lease->comm, current->group_leader);
	}
	if (current->mm)
		tappin_lease_guess(lease, current->mm);
}

/**
 * tappin_lease_news() - tell the holders of all leases that the pin has changed
 * @pin: the pin
 *
 * The command that brought the change about takes that back for its own lease.
 *
 * Context: pin->lock held.
 */
void tappin_lease_news(struct tappin_pin *pin)
{
	struct tappin_lease *lease;

	list_for_each_entry(lease, &pin->leases, node)
		WRITE_ONCE(lease->news, true);
	wake_up_all(&pin->wait);
}
