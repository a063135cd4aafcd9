// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Fencing
 *
 * When an owner's lease ends, its vhost devices must end too, or their workers
 * would go on moving the TAP's packets in and out of its memory. Each device is
 * ended in the first of these ways that works:
 *
 *  - VHOST_RESET_OWNER on behalf of its owner. First guess for that is the process
 *    of the lease's last command. It comes first even for the dead: their memory,
 *    which may be a whole guest's and wait for its disks, is then the ender's to free,
 *    as the last that it does, when nobody waits for it any more;
 *  - ours is the last reference to its file: dropping it closes the device, stops
 *    its worker and lets go of the owner's memory, whoever that was. (An owner whose
 *    epoll takes one just then closes it itself, a little later);
 *  - nobody owns the device: there is nothing to end;
 *  - after some tries, VHOST_RESET_OWNER on behalf of those that hold the file. To
 *    find them takes as long as others make it take, so one device of a lease at a
 *    time is searched for; whose that was is the first guess for the others.
 *
 * Any of these may block for as long as the owner hangs (stopped, or waiting for a
 * page), closing not less than the others. So each file has a work of its own, the
 * *ender*, which holds no lock then; never is a file of somebody else's closed in
 * the context of a command or by way of the kernel's shared fput() work. A command
 * waits %TAPPIN_WAIT_MS at most, and until the last ender is through the pin stays
 * in FENCING, where the *look* starts those again that had no luck, ever more
 * seldom.
 *
 * A dying process closes its files one by one, so for a short time after its lease
 * others may still be open. Where the pin becomes free, fencing waits for that
 * too, but not for long: queues that are held on are shown as strays.
 *
 * While an eviction looks for whom to kill, see kill.c, devices are ended, but no file
 * is given up by which others are found, and the pin stays in FENCING.
 *
 * Lifecycle: tappin_fence_start() with pin->fencing set; tappin_pin_fenced() ends
 * it. The works hold references to the lease, which outlives its file.
 *
 * Locks: pin->lock, dropped around everything that asks vhost.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>

#include "fence.h"
#include "holder.h"
#include "lease.h"
#include "pin.h"
#include "vhost.h"
#include "work.h"

/* How long a pin waits for queues that a dying process is about to close. */
#define STRAY_GRACE_MS		40
/* Longest pause, in ms, between two looks at an owner that holds on to its files. */
#define LOOK_MAX_MS		250u
/* The first tries are for the dying; later ones search the machine, ever more seldom. */
#define SEARCH_TRY		5
/* Among so many looks is one that does so though others are at work, for they may hang. */
#define SEARCH_ANYWAY		31
/*
 * All enders that are at work may hang. One that has not begun after so many tries, some
 * 30 ms, gets a thread of its own; but only so many at a time do, for it may be that
 * nothing hangs and there are just many of them.
 */
#define APART_TRY		4
#define APART_MAX		16
/* How many of a dead process's shared mappings are looked after, and from which size. */
#define SHARED_MAX		16
#define SHARED_SIZE		(16 << 20)

static void fence_look_in(struct tappin_lease *lease, unsigned int ms)
{
	tappin_lease_get(lease);
	if (mod_delayed_work(tappin_wq, &lease->fence_work, msecs_to_jiffies(ms)))
		tappin_lease_put(lease);
}

/* Is there a use in waiting for the queues to be closed? */
static bool fence_wait_strays(const struct tappin_lease *lease)
{
	const struct tappin_pin *pin = lease->pin;
	unsigned long grace = msecs_to_jiffies(STRAY_GRACE_MS);

	if (pin->state != TAPPIN_STATE_FENCING ||
	    (pin->after != TAPPIN_STATE_FREE && pin->after != TAPPIN_STATE_OFFERED))
		return false;
	return time_before(jiffies, lease->fence_start + grace) && tappin_pin_strays(pin);
}

/* Once for an owner, or who evicts it again and again would keep its fence from ending. */
static bool fence_waits_for_kill(const struct tappin_lease *lease)
{
	return lease->pin->kill && !lease->searched;
}

/* Ends the fence if nothing is left to do. */
static bool fence_done(struct tappin_lease *lease)
{
	if (lease->unfenced || fence_waits_for_kill(lease) || fence_wait_strays(lease))
		return false;
	tappin_pin_fenced(lease->pin);
	return true;
}

/* Who owned this one may well own the others: their next guess. */
static bool ender_search(struct tappin_lease *lease, struct file *file)
{
	struct tappin_walk walk = tappin_walk_for(file);
	struct task_struct *t;
	struct mm_struct *mm;
	bool done = false;

	while (!done && (t = tappin_holder_next(&walk))) {
		mm = get_task_mm(t);
		put_task_struct(t);
		if (!mm)
			continue;
		done = !tappin_vhost_reset(file, mm);
		if (done) {
			tappin_pin_lock(lease->pin);
			tappin_lease_guess(lease, mm);
			tappin_pin_unlock(lease->pin);
		}
		mmput_async(mm);
	}
	return done;
}

/* Make a device harmless; its file may be held by others. @guess has mm_users. */
static bool ender_try(struct tappin_vdev *vdev, struct file *file, struct mm_struct *guess)
{
	return (guess && !tappin_vhost_reset(file, guess)) ||
	       file_count(file) == 1 || tappin_vhost_unowned(file) ||
	       (vdev->search && ender_search(vdev->lease, file));
}

/*
 * Of a dead process the memory is freed here. Large files that it shared, a guest's
 * memory perhaps, are kept until that is done, to be closed here, too: a kernel thread
 * whose exit_mmap() closes them leaves that to the kernel's shared fput() work, on which
 * others wait.
 */
static void ender_put_mm(struct mm_struct *mm)
{
	VMA_ITERATOR(areas, mm, 0);
	struct file *shared[SHARED_MAX];
	struct vm_area_struct *vma;
	unsigned int n = 0;

	if (mmap_read_trylock(mm)) {
		while (n < SHARED_MAX && (vma = vma_next(&areas)))
			if (vma->vm_file && vma->vm_flags & VM_SHARED &&
			    vma->vm_end - vma->vm_start >= SHARED_SIZE)
				shared[n++] = get_file(vma->vm_file);
		mmap_read_unlock(mm);
	}
	mmput(mm);
	while (n)
		__fput_sync(shared[--n]);
}

static void ender_run(struct tappin_vdev *vdev)
{
	struct tappin_lease *lease = vdev->lease;
	struct tappin_pin *pin = lease->pin;
	struct file *file = vdev->file;
	struct mm_struct *mm = vdev->mm;
	struct mm_struct *guess = mm && mmget_not_zero(mm) ? mm : NULL;
	bool done;

	WRITE_ONCE(vdev->task, current);
	/* A file that nobody waits for has no access to a TAP: just let go. */
	done = lease != READ_ONCE(pin->fencing) || ender_try(vdev, file, guess);
	tappin_pin_lock(pin);
	/* By the file others are found that are to be killed. */
	done = (done && (!fence_waits_for_kill(lease) || file_count(file) == 1)) ||
	       lease != pin->fencing;
	vdev->busy = done;
	lease->searches += vdev->search && !done;
	/* The others have a better guess now. */
	if (done && vdev->search)
		fence_look_in(lease, 0);
	if (done)
		vdev->file = NULL;
	tappin_pin_unlock(pin);

	if (done) {
		__fput_sync(file);
		tappin_pin_lock(pin);
		vdev->busy = false;
		lease->unfenced--;
		if (lease == pin->fencing)
			fence_done(lease);
		tappin_pin_unlock(pin);
	}
	if (guess && done)
		ender_put_mm(guess);
	else if (guess)
		mmput(guess);
	if (mm)
		mmdrop(mm);
	tappin_lease_put(lease);
}

static void ender_work(struct work_struct *work)
{
	ender_run(container_of(work, struct tappin_vdev, work));
}

static int ender_thread(void *arg)
{
	ender_run(arg);
	module_put_and_kthread_exit(0);
}

/*
 * To a thread of its own, whose start may wait for memory without bound: not for a
 * command, nor with a lock that commands take. What was in the queue is ours to start.
 */
static bool ender_move_apart(struct tappin_vdev *vdev)
{
	if (!cancel_work(&vdev->work))
		return false;
	__module_get(THIS_MODULE);
	if (IS_ERR(kthread_run(ender_thread, vdev, "tappin-ender"))) {
		module_put(THIS_MODULE);
		queue_work(tappin_ender_wq, &vdev->work);
	}
	return true;
}

/* Returns whether it searches, which it need not do even if it may. */
static bool ender_start(struct tappin_vdev *vdev, bool search)
{
	struct tappin_lease *lease = vdev->lease;

	vdev->busy = true;
	vdev->task = NULL;
	vdev->search = search &&
		       lease->fence_tries >= SEARCH_TRY + lease->searches * lease->searches;
	vdev->mm = lease->mm;
	if (vdev->mm)
		mmgrab(vdev->mm);
	tappin_lease_get(lease);
	queue_work(tappin_ender_wq, &vdev->work);
	return vdev->search;
}

/*
 * One at a time, and not before all others have got whom the last one found as their
 * guess: so each is tried on behalf of each.
 */
static bool fence_may_search(const struct tappin_lease *lease)
{
	const struct tappin_vdev *vdev = lease->vdev;

	for (; vdev < lease->vdev + lease->nvhost && lease->fence_tries % SEARCH_ANYWAY; vdev++)
		if (vdev->file && vdev->busy && (vdev->search || vdev->mm != lease->mm))
			return false;
	return !fence_waits_for_kill(lease);
}

/**
 * tappin_fence_files() - end, or let go of, the vhost files of a lease
 * @lease: fenced or ended
 *
 * An ender that waits for its owner is woken now and then, which it does not
 * notice; for the kernel takes a task that has not run for long to be hung, and
 * warns of it or panics.
 *
 * Context: pin->lock held.
 */
void tappin_fence_files(struct tappin_lease *lease)
{
	bool search = fence_may_search(lease);
	struct tappin_vdev *vdev;
	unsigned int i;

	fence_look_in(lease, min(1u << min(lease->fence_tries, 8u), LOOK_MAX_MS));
	lease->fence_tries++;
	for (i = 0; i < lease->nvhost; i++) {
		/* After a search in vain it is another one's turn. */
		vdev = &lease->vdev[(lease->searches + i) % lease->nvhost];
		if (vdev->file && !vdev->busy)
			search &= !ender_start(vdev, search);
		else if (vdev->busy && READ_ONCE(vdev->task))
			wake_up_process(vdev->task);
	}
}

static void fence_look(struct work_struct *work)
{
	struct tappin_lease *lease = container_of(work, struct tappin_lease, fence_work.work);
	struct tappin_pin *pin = lease->pin;
	unsigned int i, apart = data_race(lease->fence_tries) > APART_TRY ? APART_MAX : 0;

	for (i = 0; apart && i < lease->nvhost; i++)
		apart -= ender_move_apart(&lease->vdev[i]);

	tappin_pin_lock(pin);
	/* One that took the pin back has files again, which are not to be ended. */
	if (lease == pin->fencing ? !fence_done(lease) :
				    list_empty(&lease->node) && lease->unfenced)
		tappin_fence_files(lease);
	tappin_pin_unlock(pin);
	tappin_lease_put(lease);
}

/**
 * tappin_fence_init() - prepare all that fencing a lease will need
 * @lease: not yet public
 *
 * Nothing is allocated later, so that a fence can always begin.
 */
void tappin_fence_init(struct tappin_lease *lease)
{
	unsigned int i;

	INIT_DELAYED_WORK(&lease->fence_work, fence_look);
	for (i = 0; i < lease->nvhost; i++)
		INIT_WORK(&lease->vdev[i].work, ender_work);
}

/**
 * tappin_fence_start() - fence pin->fencing, which may be nobody
 * @pin: in FENCING
 *
 * With nothing to fence, the pin is in its next state on return.
 *
 * Context: pin->lock held.
 */
void tappin_fence_start(struct tappin_pin *pin)
{
	struct tappin_lease *lease = pin->fencing;

	lockdep_assert_held(&pin->lock);
	if (!lease) {
		tappin_pin_fenced(pin);
		return;
	}
	lease->fence_start = jiffies;
	lease->fence_tries = 0;
	lease->searches = 0;
	if (!fence_done(lease))
		tappin_fence_files(lease);
}
