// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The pin and its states
 *
 * A pin holds the files of a TAP's queues and moves through the states of
 * table.h. Everything that happens to it is an input to tappin_pin_step(), which
 * looks the answer up and carries it out: who is owner, whose files are fenced,
 * which leases have ended, what event is sent.
 *
 * Lifecycle: tappin_pin_alloc(), filled by the command NEW, published by
 * registry.c, unpublished when it enters %TAPPIN_DELETED, freed after the last
 * tappin_pin_put(). Each pin holds a reference to the module and to its network
 * namespace, so neither goes while there are pins.
 *
 * Locks: pin->lock is the outermost of ours, and is never taken with rtnl held: the
 * netdev notifier only sets pin->gone and queues work. Inside it are the
 * registry's own locks and the senders of events. Nothing that can wait
 * for a process is done with it held: no VHOST ioctl, no dentry_open(). fput()
 * may be, as it only puts the closing off; but see fence.c for whose files.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "device.h"
#include "fence.h"
#include "lease.h"
#include "message.h"
#include "pin.h"
#include "registry.h"
#include "table.h"

/**
 * tappin_pin_alloc() - make a pin that nobody can see yet
 * @net: the namespace it belongs to
 * @queues: how many TAP files it will hold
 *
 * Context: Process context.
 * Return: the pin, free, with one reference; or an error: ENOMEM, ENODEV.
 */
struct tappin_pin *tappin_pin_alloc(struct net *net, unsigned int queues)
{
	struct tappin_pin *pin;

	pin = kzalloc(struct_size(pin, taps, queues), GFP_KERNEL);
	if (!pin)
		return ERR_PTR(-ENOMEM);
	/* rmmod may have begun, and wait for the command that this is for. */
	if (!try_module_get(THIS_MODULE)) {
		kfree(pin);
		return ERR_PTR(-ENODEV);
	}
	refcount_set(&pin->refs, 1);
	mutex_init(&pin->lock);
	init_waitqueue_head(&pin->wait);
	INIT_LIST_HEAD(&pin->leases);
	INIT_WORK(&pin->gone_work, tappin_device_gone_work);
	pin->key.net = get_net(net);
	pin->uid = INVALID_UID;
	pin->gid = INVALID_GID;
	pin->queues = queues;
	return pin;
}

static void pin_drop_taps(struct tappin_pin *pin)
{
	unsigned int i;

	for (i = 0; i < pin->queues; i++) {
		if (pin->taps[i])
			fput(pin->taps[i]);
		pin->taps[i] = NULL;
	}
}

/**
 * tappin_pin_put() - drop a reference
 * @pin: the pin
 *
 * Context: Process context; may sleep.
 */
void tappin_pin_put(struct tappin_pin *pin)
{
	if (!refcount_dec_and_test(&pin->refs))
		return;
	pin_drop_taps(pin);
	tappin_vhost_put(&pin->vhost);
	kfree(pin->note);
	put_net(pin->key.net);
	kfree_rcu(pin, rcu);
	module_put(THIS_MODULE);
}

/**
 * tappin_pin_strays() - count the queues that somebody holds besides the pin
 * @pin: the pin
 *
 * A vhost device that has a queue as its backend counts as a holder, so 0 also
 * says that no vhost worker can reach the TAP.
 *
 * Context: pin->lock held.
 * Return: the number of queues; only a hint unless the pin has no owner.
 */
unsigned int tappin_pin_strays(const struct tappin_pin *pin)
{
	unsigned int i, strays = 0;

	lockdep_assert_held(&pin->lock);
	for (i = 0; i < pin->queues; i++)
		strays += pin->taps[i] && file_count(pin->taps[i]) > 1;
	return strays;
}

static void pin_end_all(struct tappin_pin *pin)
{
	struct tappin_lease *lease, *tmp;

	pin->owner = NULL;
	pin->offerer = NULL;
	pin->next = NULL;
	list_for_each_entry_safe(lease, tmp, &pin->leases, node)
		tappin_lease_end(lease);
}

/* Without a TAP there is nothing to be fenced off from: just let go. */
static void pin_stop_fencing(struct tappin_pin *pin)
{
	struct tappin_lease *lease = pin->fencing;

	if (!lease)
		return;
	WRITE_ONCE(pin->fencing, NULL);
	tappin_fence_files(lease);
	tappin_lease_put(lease);
}

static void pin_delete(struct tappin_pin *pin)
{
	struct sk_buff *event;

	WRITE_ONCE(pin->state, TAPPIN_DELETED);
	pin_end_all(pin);
	pin_stop_fencing(pin);
	/* The event tells of the device; who hears it may use the name at once. */
	event = tappin_event_build(pin, TAPPIN_EVENT_DELETED);
	tappin_registry_remove(pin);
	pin_drop_taps(pin);
	tappin_event_post(pin, event);
}

static void pin_forget_offer(struct tappin_pin *pin)
{
	pin->offered = false;
	memzero_explicit(pin->cookie, sizeof(pin->cookie));
}

static void pin_become_owner(struct tappin_pin *pin, struct tappin_lease *lease)
{
	pin->owner = lease;
	lease->standby = false;
	pin->standbys--;
	pin->generation++;
}

/* Enter a state that fencing or an input led to; the roles are set already. */
static void pin_enter(struct tappin_pin *pin, u8 state)
{
	if (state == TAPPIN_STATE_RETURNED && !pin->offerer)
		state = TAPPIN_STATE_OFFERED;
	WRITE_ONCE(pin->state, state);

	switch (state) {
	case TAPPIN_STATE_FREE:
		pin_forget_offer(pin);
		fallthrough;
	case TAPPIN_STATE_OFFERED:
		tappin_event_send(pin, TAPPIN_EVENT_FENCED);
		break;
	case TAPPIN_STATE_TAKEN:
		pin_become_owner(pin, pin->next);
		pin->next = NULL;
		tappin_event_send(pin, TAPPIN_EVENT_TAKEN);
		break;
	case TAPPIN_STATE_RETURNED:
		pin->owner = pin->offerer;
		pin->offerer = NULL;
		tappin_event_send(pin, TAPPIN_EVENT_RETURNED);
		break;
	case TAPPIN_DELETED:
		pin_forget_offer(pin);
		pin_delete(pin);
		break;
	}
}

/**
 * tappin_pin_fenced() - the fenced lease has no file left that matters
 * @pin: the pin
 *
 * Context: pin->lock held.
 */
void tappin_pin_fenced(struct tappin_pin *pin)
{
	struct tappin_lease *lease = pin->fencing;

	lockdep_assert_held(&pin->lock);
	WRITE_ONCE(pin->fencing, NULL);
	if (pin->state == TAPPIN_STATE_FENCING)
		pin_enter(pin, pin->after);
	tappin_lease_news(pin);
	tappin_lease_put(lease);
}

/* Send the owner off: it is fenced from now on. Its lease may go on or not. */
static void pin_fence_owner(struct tappin_pin *pin)
{
	WARN_ON_ONCE(pin->fencing);
	WRITE_ONCE(pin->fencing, pin->owner);
	pin->owner = NULL;
	tappin_lease_get(pin->fencing);
	/* One that took the pin back since then is looked for anew. */
	if (pin->fencing)
		pin->fencing->searched = false;
}

static void pin_lost(struct tappin_pin *pin, struct tappin_lease *lease)
{
	if (lease == pin->next) {
		pin->next = NULL;
		return;
	}
	pin->losses++;
	pin_fence_owner(pin);
}

static void pin_evict(struct tappin_pin *pin, u8 after)
{
	struct tappin_lease *owner = pin->owner;

	if (owner) {
		pin->evictions++;
		pin_fence_owner(pin);
		tappin_lease_end(owner);
	}
	if (after != TAPPIN_DELETED)
		return;
	if (pin->offerer)
		tappin_lease_end(pin->offerer);
	if (pin->next)
		tappin_lease_end(pin->next);
	pin->offerer = NULL;
	pin->next = NULL;
}

/* Who is what after @input; the state itself is set by the caller. */
static void pin_roles(struct tappin_pin *pin, enum tappin_input input,
		      const struct tappin_row *row, struct tappin_lease *lease)
{
	switch (input) {
	case IN_CLAIM:
	case IN_CLAIM_OVER:
		pin_forget_offer(pin);
		pin_become_owner(pin, lease);
		break;
	case IN_CLAIM_COOKIE:
		pin->offerer = pin->owner;
		pin->next = lease;
		pin_fence_owner(pin);
		break;
	case IN_OFFER:
		pin->offered = true;
		break;
	case IN_WITHDRAW:
		pin_forget_offer(pin);
		break;
	case IN_CONFIRM:
		pin_forget_offer(pin);
		pin->handovers++;
		if (pin->offerer)
			tappin_lease_end(pin->offerer);
		pin->offerer = NULL;
		break;
	case IN_LOST:
		pin_lost(pin, lease);
		break;
	case IN_EVICT:
	case IN_DEL_FORCE:
		pin_evict(pin, row->after);
		break;
	case IN_GONE:
		pin_end_all(pin);
		pin_stop_fencing(pin);
		pin_forget_offer(pin);
		break;
	default:
		break;
	}
}

static void pin_move(struct tappin_pin *pin, enum tappin_input input,
		     const struct tappin_row *row, struct tappin_lease *lease)
{
	bool fencing = pin->state == TAPPIN_STATE_FENCING;
	bool deleting = fencing && pin->after == TAPPIN_DELETED;

	pin_roles(pin, input, row, lease);
	if (row->to == TAPPIN_DELETED || (deleting && input == IN_GONE)) {
		pin_enter(pin, TAPPIN_DELETED);
		return;
	}
	WRITE_ONCE(pin->state, row->to);
	pin->after = row->after;
	if (row->event != TAPPIN_NO_EVENT)
		tappin_event_send(pin, row->event);
	if (row->to == TAPPIN_STATE_FENCING && !fencing)
		tappin_fence_start(pin);
}

/**
 * tappin_pin_step() - let something happen to a pin
 * @pin: the pin
 * @input: what
 * @lease: whose doing it is, for inputs of a lease
 * @why: set to a sentence if the answer is an error
 *
 * Context: pin->lock held.
 * Return: 0; -EINPROGRESS if the pin is fencing now; or the table's refusal.
 */
int tappin_pin_step(struct tappin_pin *pin, enum tappin_input input,
		    struct tappin_lease *lease, const char **why)
{
	const struct tappin_row *row = &tappin_table[pin->state][input];

	lockdep_assert_held(&pin->lock);
	if (WARN_ONCE(!row->known, "tappin: input %d in state %u\n", input, pin->state))
		return -EBADFD;
	*why = row->why;
	if (!row->moves)
		return row->err;

	pin_move(pin, input, row, lease);
	tappin_lease_news(pin);
	if (pin->state != TAPPIN_STATE_FENCING)
		return 0;
	*why = WHY_PROGRESS;
	return -EINPROGRESS;
}

/**
 * tappin_pin_lock() - lock a pin and see whether its device is still there
 * @pin: the pin
 *
 * The notifier can't take the lock, so the step to DEAD is made up for here and
 * nobody sees a state older than the device's end.
 *
 * Context: Process context; rtnl not held.
 */
void tappin_pin_lock(struct tappin_pin *pin)
{
	const char *why;

	mutex_lock(&pin->lock);
	if (READ_ONCE(pin->gone) && pin->state != TAPPIN_STATE_DEAD &&
	    pin->state != TAPPIN_DELETED)
		tappin_pin_step(pin, IN_GONE, NULL, &why);
}

/**
 * tappin_pin_wait() - wait for the end of fencing, or a little
 * @pin: the pin, locked before and after, not in between
 * @deadline: in jiffies; for how long at most
 *
 * Nobody tells when a stray closes a queue of a free pin, so then it only naps.
 *
 * Context: A command, pin->lock held.
 * Return: true if it is worth to look again, false if time is up or a fatal
 *	signal came.
 */
bool tappin_pin_wait(struct tappin_pin *pin, unsigned long deadline)
{
	bool fencing = pin->state == TAPPIN_STATE_FENCING;
	long left = deadline - jiffies;

	if (left <= 0 || fatal_signal_pending(current))
		return false;
	tappin_pin_unlock(pin);
	if (fencing)
		wait_event_killable_timeout(pin->wait,
					    READ_ONCE(pin->state) != TAPPIN_STATE_FENCING,
					    left);
	else
		usleep_range(500, 1000);
	tappin_pin_lock(pin);
	return !fencing || pin->state != TAPPIN_STATE_FENCING;
}
