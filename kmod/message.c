// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What is said of a pin
 *
 * One description serves replies, dumps and events; it differs only in whose ids
 * it speaks of.
 *
 * Events are sent with pin->lock held, so that their order is that of what
 * happened. One that can't be allocated is lost, and all listeners of the
 * namespace see ENOBUFS for it as for any other loss.
 *
 * Locks: pin->lock held by the caller; RCU to look at the netdev and at tasks.
 */
#include <linux/netdevice.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>
#include <net/genetlink.h>

#include "lease.h"
#include "message.h"
#include "netlink.h"
#include "pin.h"

/**
 * tappin_describe_size() - how much a description takes at most
 *
 * Return: bytes, without the note.
 */
size_t tappin_describe_size(void)
{
	return 5 * nla_total_size_64bit(sizeof(u64)) +
	       nla_total_size(TAPPIN_NAME_MAX + 1) +
	       nla_total_size(IFNAMSIZ) +
	       2 * nla_total_size(TASK_COMM_LEN) +
	       nla_total_size(0) +
	       11 * nla_total_size(sizeof(u32));
}

static int put_netdev(struct sk_buff *skb, const struct tappin_pin *pin)
{
	const struct net_device *dev;
	char name[IFNAMSIZ];
	int ifindex = 0;

	rcu_read_lock();
	dev = READ_ONCE(pin->dev);
	if (dev) {
		ifindex = READ_ONCE(dev->ifindex);
		strscpy(name, dev->name, sizeof(name));
	}
	rcu_read_unlock();

	if (!ifindex)
		return 0;
	return nla_put_u32(skb, TAPPIN_A_IFINDEX, ifindex) ?:
	       nla_put_string(skb, TAPPIN_A_IFNAME, name);
}

static int put_rights(struct sk_buff *skb, const struct tappin_pin *pin,
		      const struct tappin_reader *reader)
{
	if (uid_valid(pin->uid) &&
	    nla_put_u32(skb, TAPPIN_A_UID, from_kuid_munged(reader->user_ns, pin->uid)))
		return -EMSGSIZE;
	return !gid_valid(pin->gid) ? 0 :
	       nla_put_u32(skb, TAPPIN_A_GID, from_kgid_munged(reader->user_ns, pin->gid));
}

static int put_holder(struct sk_buff *skb, const struct tappin_lease *lease,
		      const struct tappin_reader *reader, int pid_attr, int comm_attr)
{
	char comm[TASK_COMM_LEN];
	struct task_struct *task;
	u32 nr;

	if (!lease)
		return 0;
	rcu_read_lock();
	nr = lease->adrift && lease->file ? 0 : pid_nr_ns(lease->pid, reader->pid_ns);
	task = pid_task(lease->pid, PIDTYPE_TGID);
	if (task)
		get_task_comm(comm, task);
	else
		strscpy(comm, lease->comm, sizeof(comm));
	rcu_read_unlock();
	return nla_put_u32(skb, pid_attr, nr) ?: nla_put_string(skb, comm_attr, comm);
}

static int put_holders(struct sk_buff *skb, const struct tappin_pin *pin,
		       const struct tappin_reader *reader)
{
	const struct tappin_lease *owner = pin->owner ?: pin->fencing;
	const struct tappin_lease *offerer = pin->offerer;

	return put_holder(skb, owner, reader, TAPPIN_A_PID, TAPPIN_A_COMM) ?:
	       put_holder(skb, offerer != owner ? offerer : NULL, reader,
			  TAPPIN_A_OFFERER_PID, TAPPIN_A_OFFERER_COMM);
}

static int put_counts(struct sk_buff *skb, const struct tappin_pin *pin)
{
	unsigned int strays = 0;

	if (pin->state == TAPPIN_STATE_FREE || pin->state == TAPPIN_STATE_DEAD)
		strays = tappin_pin_strays(pin);
	if ((strays && nla_put_u32(skb, TAPPIN_A_STRAYS, strays)) ||
	    (pin->fencing && nla_put_u32(skb, TAPPIN_A_FENCING, pin->fencing->unfenced)))
		return -EMSGSIZE;
	return nla_put_u32(skb, TAPPIN_A_STANDBYS, pin->standbys) ?:
	       nla_put_u64_64bit(skb, TAPPIN_A_GENERATION, pin->generation, TAPPIN_A_PAD) ?:
	       nla_put_u64_64bit(skb, TAPPIN_A_HANDOVERS, pin->handovers, TAPPIN_A_PAD) ?:
	       nla_put_u64_64bit(skb, TAPPIN_A_LOSSES, pin->losses, TAPPIN_A_PAD) ?:
	       nla_put_u64_64bit(skb, TAPPIN_A_EVICTIONS, pin->evictions, TAPPIN_A_PAD);
}

static int put_identity(struct sk_buff *skb, const struct tappin_pin *pin)
{
	return nla_put_u64_64bit(skb, TAPPIN_A_ID, pin->id, TAPPIN_A_PAD) ?:
	       nla_put_string(skb, TAPPIN_A_NAME, pin->key.name) ?:
	       nla_put_u32(skb, TAPPIN_A_NETNS, pin->key.net->ns.inum) ?:
	       nla_put_u32(skb, TAPPIN_A_STATE, min_t(u32, pin->state, TAPPIN_STATE_MAX)) ?:
	       nla_put_u32(skb, TAPPIN_A_QUEUES, pin->queues);
}

/**
 * tappin_describe() - put a description of a pin into a message
 * @skb: with tappin_describe_size() of room, and that of the note if it is wanted
 * @pin: the pin
 * @reader: for whom
 *
 * Context: pin->lock held.
 * Return: 0 or -EMSGSIZE.
 */
int tappin_describe(struct sk_buff *skb, struct tappin_pin *pin,
		    const struct tappin_reader *reader)
{
	lockdep_assert_held(&pin->lock);
	if ((tappin_vhost_have(&pin->vhost) && nla_put_flag(skb, TAPPIN_A_VHOST)) ||
	    (reader->note && pin->note_len &&
	     nla_put(skb, TAPPIN_A_NOTE, pin->note_len, pin->note)))
		return -EMSGSIZE;
	return put_identity(skb, pin) ?:
	       put_netdev(skb, pin) ?:
	       put_rights(skb, pin, reader) ?:
	       put_holders(skb, pin, reader) ?:
	       put_counts(skb, pin);
}

/**
 * tappin_event_build() - make an event
 * @pin: as it is now
 * @event: what happened
 *
 * Context: pin->lock held.
 * Return: the message or NULL.
 */
struct sk_buff *tappin_event_build(struct tappin_pin *pin, enum tappin_event event)
{
	const struct tappin_reader reader = {
		.user_ns = pin->key.net->user_ns,
		.pid_ns = &init_pid_ns,
	};
	struct sk_buff *skb;
	void *hdr;

	skb = genlmsg_new(tappin_describe_size() + nla_total_size(sizeof(u32)), GFP_KERNEL);
	if (!skb)
		return NULL;
	hdr = genlmsg_put(skb, 0, 0, &tappin_family, 0, TAPPIN_CMD_NOTIFY);
	if (!hdr || nla_put_u32(skb, TAPPIN_A_EVENT, event) ||
	    tappin_describe(skb, pin, &reader)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}

/**
 * tappin_event_post() - send an event
 * @pin: whose
 * @skb: from tappin_event_build(), or NULL: listeners are told that one is missing
 *
 * Context: pin->lock held.
 */
void tappin_event_post(struct tappin_pin *pin, struct sk_buff *skb)
{
	struct net *net = pin->key.net;

	if (skb)
		genlmsg_multicast_netns(&tappin_family, net, skb, 0,
					TAPPIN_MCGRP_EVENTS, GFP_KERNEL);
	else
		genl_set_err(&tappin_family, net, 0, TAPPIN_MCGRP_EVENTS, -ENOBUFS);
}

/**
 * tappin_event_send() - tell listeners, if there are any, what happened
 * @pin: as it is now
 * @event: what happened
 *
 * Context: pin->lock held.
 */
void tappin_event_send(struct tappin_pin *pin, enum tappin_event event)
{
	if (genl_has_listeners(&tappin_family, pin->key.net, TAPPIN_MCGRP_EVENTS))
		tappin_event_post(pin, tappin_event_build(pin, event));
}
