/* SPDX-License-Identifier: GPL-2.0-only */
/* The pin: what it holds, and its steps. */
#ifndef TAPPIN_PIN_H
#define TAPPIN_PIN_H

#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "state.h"
#include "vhost.h"

struct tappin_kill;
struct tappin_lease;

/**
 * struct tappin_key - what a pin is found by
 * @net: its network namespace
 * @name: its name, padded with zeroes, as all of it is hashed
 */
struct tappin_key {
	struct net *net;
	char name[TAPPIN_NAME_MAX + 1];
};

/**
 * struct tappin_pin - a TAP's queues under a name
 * @refs: held by the registry, by each lease and by whoever looked it up
 * @lock: over all fields below it except those said to be constant; @state and
 *	@fencing are looked at without it, too
 * @wait: woken at each change of state; leases poll it too
 * @key: constant
 * @id: constant
 * @dev: the TAP's netdev; a key into the registry and, under RCU, to be read;
 *	NULL once the device is gone or the pin is out of the registry, for
 *	without the notifier there is no telling how long it lives
 * @gone: the notifier saw the device go; @gone_work turns that into a state
 * @by_name: registry
 * @by_dev: registry
 * @gone_work: steps %IN_GONE; has a reference to the pin while queued
 * @state: enum tappin_state or %TAPPIN_DELETED
 * @after: where %TAPPIN_STATE_FENCING leads
 * @offered: @cookie is that of a standing offer
 * @cookie: kept over TAKEN and RETURNED, as the offer may come to stand again
 * @uid: user that may claim, or INVALID_UID
 * @gid: group that may claim, or INVALID_GID
 * @generation: see %TAPPIN_A_GENERATION; counters follow
 * @owner: see table.h; valid as long as its file is open
 * @offerer: see table.h; valid as long as its file is open
 * @next: see table.h; valid as long as its file is open
 * @fencing: the lease that is being fenced, with a reference of its own
 * @kill: evicts with kill, see kill.c; to be compared with NULL
 * @leases: all leases with an open file that have not ended
 * @standbys: how many of them stand by
 * @note: @note_len bytes
 * @vhost: constant; where fresh vhost-net files come from
 * @queues: constant
 * @taps: the queues' files; NULL once the pin is deleted
 */
struct tappin_pin {
	refcount_t refs;
	struct mutex lock;
	wait_queue_head_t wait;
	struct tappin_key key;
	u64 id;
	struct net_device *dev;
	bool gone;
	struct rhash_head by_name;
	struct rhash_head by_dev;
	struct work_struct gone_work;
	struct rcu_head rcu;

	u8 state;
	u8 after;
	bool offered;
	u8 cookie[TAPPIN_COOKIE_LEN];
	kuid_t uid;
	kgid_t gid;
	u64 generation;
	u64 handovers;
	u64 losses;
	u64 evictions;
	struct tappin_lease *owner;
	struct tappin_lease *offerer;
	struct tappin_lease *next;
	struct tappin_lease *fencing;
	struct tappin_kill *kill;
	struct list_head leases;
	unsigned int standbys;
	unsigned int note_len;
	void *note;
	struct tappin_vhost vhost;
	unsigned int queues;
	struct file *taps[];
};

struct tappin_pin *tappin_pin_alloc(struct net *net, unsigned int queues);
void tappin_pin_put(struct tappin_pin *pin);
void tappin_pin_lock(struct tappin_pin *pin);

int tappin_pin_step(struct tappin_pin *pin, enum tappin_input input,
		    struct tappin_lease *lease, const char **why);
void tappin_pin_fenced(struct tappin_pin *pin);
bool tappin_pin_wait(struct tappin_pin *pin, unsigned long deadline);
unsigned int tappin_pin_strays(const struct tappin_pin *pin);

/**
 * tappin_refusal() - an error and its sentence in one
 * @why: set
 * @err: -errno
 * @text: for people; a constant
 *
 * Return: @err
 */
static inline int tappin_refusal(const char **why, int err, const char *text)
{
	*why = text;
	return err;
}

static inline void tappin_pin_unlock(struct tappin_pin *pin)
{
	mutex_unlock(&pin->lock);
}

/* How many vhost-net files a lease has: none, or one for each queue. */
static inline unsigned int tappin_pin_nvhost(const struct tappin_pin *pin)
{
	return tappin_vhost_have(&pin->vhost) ? pin->queues : 0;
}

#endif /* TAPPIN_PIN_H */
