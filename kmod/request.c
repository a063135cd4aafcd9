// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: What commands have in common
 *
 * Which pin or lease a request is about, whether its sender has the right, how it
 * is refused and how it is answered.
 *
 * Rights are asked both of the process that sends the request and of the one that
 * opened the socket, so that a privileged program can't be made to send a request on
 * a socket it was handed, nor the reverse. (Of a message that names its destination
 * netlink_ns_capable() asks the sender alone: nobody was made to send that.)
 *
 * Locks: none held on entry, but for tappin_may_claim().
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/nls.h>
#include <linux/pid_namespace.h>
#include <net/sock.h>

#include "lease.h"
#include "netlink.h"
#include "pin.h"
#include "registry.h"
#include "request.h"

/**
 * tappin_refuse() - answer a request with an error and a sentence
 * @info: the request
 * @err: -errno
 * @why: for people; a constant, or NULL for none
 *
 * Return: @err
 */
int tappin_refuse(struct genl_info *info, int err, const char *why)
{
	if (err && info->extack && why)
		info->extack->_msg = why;
	return err;
}

static bool cred_in_group(const struct cred *cred, kgid_t gid)
{
	int i;

	if (gid_eq(cred->egid, gid))
		return true;
	for (i = 0; i < cred->group_info->ngroups; i++)
		if (gid_eq(cred->group_info->gid[i], gid))
			return true;
	return false;
}

/**
 * tappin_is_admin() - may the sender do everything to this pin?
 * @skb: the request
 * @pin: the pin
 *
 * Context: A command.
 * Return: true if so.
 */
bool tappin_is_admin(struct sk_buff *skb, const struct tappin_pin *pin)
{
	return netlink_ns_capable(skb, pin->key.net->user_ns, CAP_NET_ADMIN);
}

/**
 * tappin_may_claim() - may the sender stand by for this pin?
 * @skb: the request
 * @pin: the pin
 *
 * Context: A command, pin->lock held.
 * Return: true if so.
 */
bool tappin_may_claim(struct sk_buff *skb, const struct tappin_pin *pin)
{
	const struct cred *opener = NETLINK_CB(skb).sk->sk_socket->file->f_cred;

	if (tappin_is_admin(skb, pin))
		return true;
	if (uid_valid(pin->uid) && uid_eq(opener->euid, pin->uid) &&
	    uid_eq(current_euid(), pin->uid))
		return true;
	return gid_valid(pin->gid) && cred_in_group(opener, pin->gid) && in_egroup_p(pin->gid);
}

static bool name_is_utf8(const char *name, int len)
{
	unicode_t c;
	int n;

	for (; len > 0; name += n, len -= n) {
		n = utf8_to_utf32((const u8 *)name, len, &c);
		/* C1 controls, and the separators that are blanks to people. */
		if (n <= 0 || (c >= 0x80 && c <= 0xa0) || c == 0x2028 ||
		    c == 0x2029 || c == 0x3000 || c == 0xfeff)
			return false;
	}
	return true;
}

/**
 * tappin_check_name() - is this a name a pin can have?
 * @info: the request, for the sentence
 * @name: the name
 *
 * Return: 0, -EINVAL or -ENAMETOOLONG.
 */
int tappin_check_name(struct genl_info *info, const char *name)
{
	size_t len = strlen(name);
	size_t i;

	if (!len)
		return tappin_refuse(info, -EINVAL, "the name is empty");
	if (len > TAPPIN_NAME_MAX)
		return tappin_refuse(info, -ENAMETOOLONG, "the name is longer than 63 bytes");
	if (name[0] == '.' || name[0] == '-')
		return tappin_refuse(info, -EINVAL, "a name does not begin with '.' or '-'");
	for (i = 0; i < len; i++)
		if ((u8)name[i] <= ' ' || name[i] == '/' || name[i] == 0x7f)
			return tappin_refuse(info, -EINVAL,
					     "a name has no '/', blanks or control characters");
	if (!name_is_utf8(name, len))
		return tappin_refuse(info, -EINVAL, "a name is printable text in UTF-8");
	return 0;
}

/* Other namespaces' pins exist for admins of the initial one only, and by id. */
static struct tappin_pin *find_by_id(struct sk_buff *skb, struct net *net, u64 id)
{
	struct tappin_pin *pin = tappin_registry_by_id(id);

	if (!pin || net_eq(pin->key.net, net) ||
	    (net_eq(net, &init_net) && netlink_capable(skb, CAP_NET_ADMIN)))
		return pin;
	tappin_pin_put(pin);
	return NULL;
}

/**
 * tappin_target_pin() - find the pin that a request names
 * @skb: the request
 * @info: the request
 * @target: filled; to be given to tappin_target_put()
 *
 * Context: A command.
 * Return: 0, -EINVAL, -ENAMETOOLONG or -ENOENT.
 */
int tappin_target_pin(struct sk_buff *skb, struct genl_info *info, struct tappin_target *target)
{
	struct nlattr *name = info->attrs[TAPPIN_A_NAME];
	struct nlattr *id = info->attrs[TAPPIN_A_ID];
	struct net *net = genl_info_net(info);
	int err;

	*target = (struct tappin_target){};
	if (!name == !id)
		return tappin_refuse(info, -EINVAL,
				     "a pin is named by its name or its id, one of them");
	if (name) {
		err = tappin_check_name(info, nla_data(name));
		if (err)
			return err;
		target->pin = tappin_registry_by_name(net, nla_data(name));
	} else {
		target->pin = find_by_id(skb, net, nla_get_u64(id));
	}
	return target->pin ? 0 : tappin_refuse(info, -ENOENT, "no such pin");
}

static bool lease_is_of(const struct tappin_pin *pin, struct genl_info *info)
{
	struct nlattr *name = info->attrs[TAPPIN_A_NAME];
	struct nlattr *id = info->attrs[TAPPIN_A_ID];

	return (!name || !strcmp(nla_data(name), pin->key.name)) &&
	       (!id || nla_get_u64(id) == pin->id);
}

/**
 * tappin_target_lease() - find the lease that a request names
 * @skb: the request
 * @info: the request
 * @target: filled; to be given to tappin_target_put()
 *
 * Context: A command.
 * Return: 0, -EINVAL or -EBADF.
 */
int tappin_target_lease(struct sk_buff *skb, struct genl_info *info,
			struct tappin_target *target)
{
	*target = (struct tappin_target){};
	if (!info->attrs[TAPPIN_A_LEASE_FD])
		return tappin_refuse(info, -EINVAL, "the command needs a lease");
	target->file = fget(nla_get_s32(info->attrs[TAPPIN_A_LEASE_FD]));
	if (!target->file)
		return tappin_refuse(info, -EBADF, "the lease's fd is not open");
	target->lease = tappin_lease_of(target->file);
	if (!target->lease || !lease_is_of(target->lease->pin, info)) {
		fput(target->file);
		return tappin_refuse(info, -EINVAL, !target->lease ? "the fd is not a lease" :
				     "the lease is of another pin");
	}
	target->pin = target->lease->pin;
	refcount_inc(&target->pin->refs);
	return 0;
}

/**
 * tappin_target_put() - let go of what a request was about
 * @target: filled with success
 *
 * Context: A command; pin->lock not held.
 */
void tappin_target_put(struct tappin_target *target)
{
	if (target->file)
		fput(target->file);
	tappin_pin_put(target->pin);
}

/**
 * tappin_target_finish() - answer a request, and let go of what it was about
 * @skb: the request
 * @info: the request
 * @target: filled with success
 * @err: 0 or -errno; with -EBUSY who has the pin is told first
 * @why: for people; a constant, or NULL for none
 *
 * Context: A command; pin->lock not held.
 * Return: @err
 */
int tappin_target_finish(struct sk_buff *skb, struct genl_info *info,
			 struct tappin_target *target, int err, const char *why)
{
	if (err == -EBUSY)
		tappin_reply_description(skb, info, target->pin, false);
	tappin_target_put(target);
	return tappin_refuse(info, err, why);
}

/**
 * tappin_reader_of() - whose view a reply takes
 * @skb: the request
 * @note: may the reader see the note?
 *
 * Context: A command or a dump: current is the reader.
 * Return: the view
 */
struct tappin_reader tappin_reader_of(struct sk_buff *skb, bool note)
{
	return (struct tappin_reader){
		.user_ns = sk_user_ns(NETLINK_CB(skb).sk),
		.pid_ns = task_active_pid_ns(current),
		.note = note,
	};
}

/**
 * tappin_reply_new() - begin a reply that has room for a description
 * @info: the request
 * @room: for what besides
 * @hdr: set, for genlmsg_end()
 *
 * Context: A command.
 * Return: the message or NULL.
 */
struct sk_buff *tappin_reply_new(struct genl_info *info, size_t room, void **hdr)
{
	struct sk_buff *reply;

	reply = genlmsg_new(tappin_describe_size() + room, GFP_KERNEL);
	if (!reply)
		return NULL;
	*hdr = genlmsg_put_reply(reply, info, &tappin_family, 0, info->genlhdr->cmd);
	if (*hdr)
		return reply;
	nlmsg_free(reply);
	return NULL;
}

/**
 * tappin_reply_description() - answer with a description and nothing else
 * @skb: the request
 * @info: the request
 * @pin: the pin
 * @note: with the note, if the sender may claim
 *
 * Before a refusal with EBUSY it tells who has the pin.
 *
 * Context: A command; pin->lock not held.
 * Return: 0; -ENOENT if the pin was deleted; -ENOMEM.
 */
int tappin_reply_description(struct sk_buff *skb, struct genl_info *info,
			     struct tappin_pin *pin, bool note)
{
	struct tappin_reader reader;
	struct sk_buff *reply;
	int err = 0;
	void *hdr;

	reply = tappin_reply_new(info, nla_total_size(TAPPIN_NOTE_MAX), &hdr);
	if (!reply)
		return -ENOMEM;
	tappin_pin_lock(pin);
	reader = tappin_reader_of(skb, note && tappin_may_claim(skb, pin));
	if (pin->state == TAPPIN_DELETED)
		err = tappin_refuse(info, -ENOENT, "no such pin");
	else
		WARN_ON_ONCE(tappin_describe(reply, pin, &reader));
	tappin_pin_unlock(pin);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}
