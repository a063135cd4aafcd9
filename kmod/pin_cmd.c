// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Commands on pins
 *
 * NEW, DEL, GET, SET and EVICT. Each is told in <linux/tappin.h>.
 *
 * Locks: pin->lock for the time a pin is looked at or changed.
 */
#include <linux/fs.h>
#include <linux/file.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "device.h"
#include "kill.h"
#include "lease.h"
#include "netlink.h"
#include "pin.h"
#include "registry.h"
#include "request.h"

static unsigned int userns_pins;
module_param(userns_pins, uint, 0644);
MODULE_PARM_DESC(userns_pins,
		 "Pins each network namespace of another than the initial user namespace may have (0)");

static int new_may(struct sk_buff *skb, struct genl_info *info)
{
	unsigned int max = READ_ONCE(userns_pins);
	struct net *net = genl_info_net(info);

	if (netlink_capable(skb, CAP_NET_ADMIN) ||
	    (max && netlink_ns_capable(skb, net->user_ns, CAP_NET_ADMIN)))
		return 0;
	return tappin_refuse(info, -EPERM,
			     "making a pin needs CAP_NET_ADMIN in the initial user namespace");
}

/* Asked with the pin counted already, so that a race can't go past the limit. */
static bool new_over_quota(struct sk_buff *skb, struct net *net)
{
	unsigned int max = READ_ONCE(userns_pins);

	return !netlink_capable(skb, CAP_NET_ADMIN) &&
	       tappin_registry_count(net, max + 1) > max;
}

static int new_take_taps(struct genl_info *info, struct tappin_pin *pin)
{
	const s32 *fds = nla_data(info->attrs[TAPPIN_A_TAP_FDS]);
	unsigned int i, k;

	for (i = 0; i < pin->queues; i++) {
		pin->taps[i] = fget(fds[i]);
		if (!pin->taps[i])
			return tappin_refuse(info, -EBADF, "a TAP fd is not open");
		for (k = 0; k < i; k++)
			if (pin->taps[k] == pin->taps[i])
				return tappin_refuse(info, -EINVAL,
						     "a TAP queue is given twice");
	}
	return 0;
}

static int new_take_vhost(struct genl_info *info, struct tappin_pin *pin)
{
	struct nlattr *fd = info->attrs[TAPPIN_A_VHOST_FD];
	struct file *file;
	int err;

	if (!fd)
		return 0;
	file = fget(nla_get_s32(fd));
	if (!file)
		return tappin_refuse(info, -EBADF, "the vhost fd is not open");
	if (tappin_vhost_is(file))
		err = tappin_vhost_set(&pin->vhost, file);
	else
		err = tappin_refuse(info, -EINVAL,
				    "the vhost fd is not a vhost-net device open for writing");
	fput(file);
	return err;
}

struct settings {
	kuid_t uid;
	kgid_t gid;
	unsigned int note_len;
	void *note;
};

/* All that can fail about uid, gid and note, so that setting them can't. */
static int settings_get(struct sk_buff *skb, struct genl_info *info, struct settings *s)
{
	struct user_namespace *user_ns = sk_user_ns(NETLINK_CB(skb).sk);
	struct nlattr *uid = info->attrs[TAPPIN_A_UID];
	struct nlattr *gid = info->attrs[TAPPIN_A_GID];
	struct nlattr *note = info->attrs[TAPPIN_A_NOTE];

	*s = (struct settings){ .uid = INVALID_UID, .gid = INVALID_GID };
	if (uid)
		s->uid = make_kuid(user_ns, nla_get_u32(uid));
	if (gid)
		s->gid = make_kgid(user_ns, nla_get_u32(gid));
	if ((uid && !uid_valid(s->uid) && nla_get_u32(uid) != (u32)-1) ||
	    (gid && !gid_valid(s->gid) && nla_get_u32(gid) != (u32)-1))
		return tappin_refuse(info, -EINVAL,
				     "the uid or gid is not mapped in this user namespace");
	if (!note || !nla_len(note))
		return 0;
	if (nla_len(note) > TAPPIN_NOTE_MAX)
		return tappin_refuse(info, -EMSGSIZE, "the note is longer than 4096 bytes");
	s->note_len = nla_len(note);
	s->note = kmemdup(nla_data(note), s->note_len, GFP_KERNEL);
	return s->note ? 0 : -ENOMEM;
}

/* Swaps the notes: the old one is the caller's to free. */
static void settings_apply(struct tappin_pin *pin, struct genl_info *info, struct settings *s)
{
	/* The right to stand by was another's; the owner's is not touched. */
	if (info->attrs[TAPPIN_A_UID] || info->attrs[TAPPIN_A_GID])
		tappin_lease_end_standbys(pin);
	if (info->attrs[TAPPIN_A_UID])
		pin->uid = s->uid;
	if (info->attrs[TAPPIN_A_GID])
		pin->gid = s->gid;
	if (info->attrs[TAPPIN_A_NOTE]) {
		swap(pin->note, s->note);
		swap(pin->note_len, s->note_len);
	}
}

static int new_queues(struct genl_info *info)
{
	unsigned int len = nla_len(info->attrs[TAPPIN_A_TAP_FDS]);

	if (!len || len % sizeof(s32) || len / sizeof(s32) > TAPPIN_QUEUES_MAX)
		return tappin_refuse(info, -EINVAL, "a pin has 1 to 256 queues");
	return len / sizeof(s32);
}

static int new_check(struct genl_info *info)
{
	if (!info->attrs[TAPPIN_A_NAME] || !info->attrs[TAPPIN_A_IFINDEX] ||
	    !info->attrs[TAPPIN_A_TAP_FDS])
		return tappin_refuse(info, -EINVAL,
				     "a pin needs a name, a device and the fds of its queues");
	return tappin_check_name(info, nla_data(info->attrs[TAPPIN_A_NAME]));
}

static int new_publish(struct sk_buff *skb, struct genl_info *info,
		       struct tappin_pin *pin, struct sk_buff *reply, void *hdr)
{
	const struct tappin_reader reader = tappin_reader_of(skb, true);
	const struct net_device *dev = pin->dev;
	const char *why = NULL;
	int err;

	mutex_lock(&pin->lock);
	err = tappin_registry_add(pin, &why);
	if (err)
		goto out;
	/* From here on the notifier finds it; did it look just before? */
	smp_mb();
	if (!tappin_device_alive(dev))
		err = tappin_refusal(&why, -ENODEV, "the device is being deleted");
	else if (new_over_quota(skb, pin->key.net))
		err = tappin_refusal(&why, -EDQUOT,
				     "the namespace has as many pins as userns_pins allows");
	if (err) {
		tappin_registry_remove(pin);
		goto out;
	}
	WARN_ON_ONCE(tappin_describe(reply, pin, &reader));
	genlmsg_end(reply, hdr);
	tappin_event_send(pin, TAPPIN_EVENT_NEW);
out:
	/* Even one that was refused may have been seen by the notifier. */
	if (err)
		pin->state = TAPPIN_DELETED;
	mutex_unlock(&pin->lock);
	return tappin_refuse(info, err, why);
}

static int new_fill(struct sk_buff *skb, struct genl_info *info, struct tappin_pin *pin)
{
	struct settings settings;
	const char *why = NULL;
	int err;

	strscpy_pad(pin->key.name, nla_data(info->attrs[TAPPIN_A_NAME]), sizeof(pin->key.name));
	err = new_take_taps(info, pin) ?: new_take_vhost(info, pin);
	if (err)
		return err;
	err = tappin_device_check(pin->dev, pin->taps, pin->queues, &why);
	if (err)
		return tappin_refuse(info, err, why);
	err = settings_get(skb, info, &settings);
	if (!err)
		settings_apply(pin, info, &settings);
	kfree(settings.note);
	return err;
}

/**
 * tappin_cmd_new() - make a pin
 * @skb: request
 * @info: request
 *
 * Return: 0 or -errno, with a sentence.
 */
int tappin_cmd_new(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct tappin_pin *pin;
	struct net_device *dev;
	struct sk_buff *reply;
	int err, queues;
	void *hdr;

	err = new_check(info) ?: new_may(skb, info);
	if (err)
		return err;
	queues = new_queues(info);
	if (queues < 0)
		return queues;
	dev = dev_get_by_index(net, nla_get_u32(info->attrs[TAPPIN_A_IFINDEX]));
	if (!dev)
		return tappin_refuse(info, -ENODEV, "no such device in this network namespace");
	pin = tappin_pin_alloc(net, queues);
	if (IS_ERR(pin)) {
		err = PTR_ERR(pin);
		goto out_dev;
	}
	pin->dev = dev;
	err = new_fill(skb, info, pin);
	if (err)
		goto out_pin;
	err = -ENOMEM;
	reply = tappin_reply_new(info, nla_total_size(TAPPIN_NOTE_MAX), &hdr);
	if (!reply)
		goto out_pin;
	err = new_publish(skb, info, pin, reply, hdr);
	if (err)
		nlmsg_free(reply);
	else
		err = genlmsg_reply(reply, info);
out_pin:
	tappin_pin_put(pin);
out_dev:
	dev_put(dev);
	return err;
}

/*
 * Take a step and wait for what it began, within the bound of a command; or for the
 * fence that was going on, but not to do the same to whoever comes after that.
 */
static int step_and_wait(struct tappin_pin *pin, enum tappin_input input,
			 unsigned long deadline, const char **why)
{
	int err = tappin_pin_step(pin, input, NULL, why);

	return err == -EINPROGRESS && tappin_pin_wait(pin, deadline) ? 0 : err;
}

static int admin_target(struct sk_buff *skb, struct genl_info *info,
			struct tappin_target *target)
{
	int err = tappin_target_pin(skb, info, target);

	if (err || tappin_is_admin(skb, target->pin))
		return err;
	tappin_target_put(target);
	return tappin_refuse(info, -EPERM,
			     "the command needs CAP_NET_ADMIN over the pin's network namespace");
}

/**
 * tappin_cmd_del() - delete a pin
 * @skb: request
 * @info: request
 *
 * Return: 0, -EINPROGRESS or -errno, with a sentence.
 */
int tappin_cmd_del(struct sk_buff *skb, struct genl_info *info)
{
	bool force = info->attrs[TAPPIN_A_FORCE];
	struct tappin_target target;
	const char *why = NULL;
	int err;

	err = admin_target(skb, info, &target);
	if (err)
		return err;
	tappin_pin_lock(target.pin);
	err = step_and_wait(target.pin, force ? IN_DEL_FORCE : IN_DEL,
			    tappin_deadline(skb, info), &why);
	tappin_pin_unlock(target.pin);
	return tappin_target_finish(skb, info, &target, err, why);
}

/**
 * tappin_cmd_evict() - end the owner's lease
 * @skb: request
 * @info: request
 *
 * Return: 0, -EINPROGRESS or -errno, with a sentence.
 */
int tappin_cmd_evict(struct sk_buff *skb, struct genl_info *info)
{
	bool kill = info->attrs[TAPPIN_A_KILL];
	struct tappin_target target;
	const char *why = NULL;
	unsigned long deadline = tappin_deadline(skb, info);
	struct tappin_pin *pin;
	bool strays;
	int err;

	err = admin_target(skb, info, &target);
	if (err)
		return err;
	pin = target.pin;
	tappin_pin_lock(pin);
	strays = pin->state == TAPPIN_STATE_FREE && tappin_pin_strays(pin);
	if (kill && pin->state < TAPPIN_STATE_DEAD && (strays || pin->state != TAPPIN_STATE_FREE))
		err = tappin_kill_start(pin, &why);
	if (!err && !(kill && strays))
		err = step_and_wait(pin, IN_EVICT, deadline, &why);
	while (!err && kill && pin->kill)
		if (!tappin_pin_wait(pin, deadline))
			err = tappin_refusal(&why, -EINPROGRESS, WHY_KILLING);
	tappin_pin_unlock(pin);
	return tappin_target_finish(skb, info, &target, err, why);
}

/**
 * tappin_cmd_set() - change who may claim, or the note
 * @skb: request
 * @info: request
 *
 * Return: 0 or -errno, with a sentence.
 */
int tappin_cmd_set(struct sk_buff *skb, struct genl_info *info)
{
	bool by_lease = info->attrs[TAPPIN_A_LEASE_FD];
	struct tappin_target target;
	struct settings settings;
	const char *why = NULL;
	int err;

	err = by_lease ? tappin_target_lease(skb, info, &target) :
			 admin_target(skb, info, &target);
	if (err)
		return err;
	err = settings_get(skb, info, &settings);
	if (err)
		goto out;
	tappin_pin_lock(target.pin);
	if (by_lease && target.lease->ended) {
		err = tappin_refusal(&why, -ESTALE, WHY_ENDED);
	} else if (target.pin->state == TAPPIN_DELETED) {
		err = tappin_refusal(&why, -ENOENT, "no such pin");
	} else if (by_lease && target.lease != target.pin->owner) {
		err = tappin_refusal(&why, -EPERM, "the lease is not the owner's");
	} else if (by_lease && (info->attrs[TAPPIN_A_UID] || info->attrs[TAPPIN_A_GID])) {
		err = tappin_refusal(&why, -EPERM, "an owner sets the note alone");
	} else {
		settings_apply(target.pin, info, &settings);
		tappin_event_send(target.pin, TAPPIN_EVENT_CHANGED);
	}
	tappin_pin_unlock(target.pin);
	kfree(settings.note);
out:
	return tappin_target_finish(skb, info, &target, err, why);
}

/**
 * tappin_cmd_get() - describe a pin
 * @skb: request
 * @info: request
 *
 * Return: 0 or -errno, with a sentence.
 */
int tappin_cmd_get(struct sk_buff *skb, struct genl_info *info)
{
	struct tappin_target target;
	int err;

	if (info->attrs[TAPPIN_A_ALL_NETNS])
		return tappin_refuse(info, -EINVAL, "all_netns is for dumps");
	err = tappin_target_pin(skb, info, &target);
	if (err)
		return err;
	err = tappin_reply_description(skb, info, target.pin, true);
	tappin_target_put(&target);
	return err;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb, struct tappin_pin *pin)
{
	const struct tappin_reader reader = tappin_reader_of(cb->skb, false);
	void *hdr;
	int err;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &tappin_family, NLM_F_MULTI, TAPPIN_CMD_GET);
	if (!hdr)
		return -EMSGSIZE;
	tappin_pin_lock(pin);
	err = pin->state == TAPPIN_DELETED ? -ENOENT : tappin_describe(skb, pin, &reader);
	tappin_pin_unlock(pin);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

static int dump_all_netns(struct netlink_callback *cb, const struct net *net)
{
	struct nlattr *tb[TAPPIN_A_MAX + 1];
	int err;

	err = genlmsg_parse(cb->nlh, &tappin_family, tb, TAPPIN_A_MAX, NULL, cb->extack);
	if (err)
		return err;
	if (tb[TAPPIN_A_NAME] || tb[TAPPIN_A_ID]) {
		NL_SET_ERR_MSG(cb->extack, "a dump takes no name or id");
		return -EINVAL;
	}
	if (!tb[TAPPIN_A_ALL_NETNS])
		return 0;
	if (net_eq(net, &init_net) && netlink_capable(cb->skb, CAP_NET_ADMIN))
		return 1;
	NL_SET_ERR_MSG(cb->extack,
		       "all namespaces are shown to CAP_NET_ADMIN in the initial one");
	return -EPERM;
}

/**
 * tappin_cmd_dump() - describe all pins
 * @skb: message to fill
 * @cb: args[0] is the id of the last pin dumped
 *
 * Return: bytes in @skb or -errno, with a sentence.
 */
int tappin_cmd_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(cb->skb->sk);
	struct tappin_pin *pin;
	int err, all;

	all = dump_all_netns(cb, net);
	if (all < 0)
		return all;
	while ((pin = tappin_registry_next(cb->args[0]))) {
		u64 id = pin->id;

		err = -ENOENT;
		if (all || net_eq(pin->key.net, net))
			err = dump_one(skb, cb, pin);
		tappin_pin_put(pin);
		if (err == -EMSGSIZE)
			break;
		cb->args[0] = id;
	}
	return skb->len;
}
