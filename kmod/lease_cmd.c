// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Commands on leases
 *
 * STANDBY, CLAIM, OFFER, WITHDRAW and CONFIRM. Each is told in <linux/tappin.h>.
 *
 * All of them go the same way: whatever can fail (files, numbers for fds, the
 * reply) is got first, without a lock (WITHDRAW, which learns only then what it needs,
 * goes back for it); then one step of the pin decides; then the reply, if there is
 * one, is filled, which can't fail, as its room was reckoned before. A reply that
 * can't be delivered takes its fds back and leaves the step as it is: asking again
 * gives them once more.
 *
 * Only STANDBY makes leases, so that a reply lost on the way to an owner can never
 * be the loss of the pin.
 *
 * Locks: pin->lock around the step and the filling; dropped to wait for fencing.
 */
#include <linux/fs.h>
#include <linux/random.h>

#include "compat.h"
#include "fdset.h"
#include "kill.h"
#include "lease.h"
#include "netlink.h"
#include "pin.h"
#include "request.h"

/**
 * struct call - one command under way
 * @skb: request
 * @info: request
 * @target: the pin, and the lease except in STANDBY
 * @reply: the reply
 * @hdr: its header
 * @fds: the fds that go with it, or NULL
 * @more: in WITHDRAW, numbers for vhost-net fds are reserved, too
 * @fresh: vhost-net files opened for WITHDRAW, NULL, or the error of that
 * @deadline: in jiffies
 * @why: the sentence of a refusal
 */
struct call {
	struct sk_buff *skb;
	struct genl_info *info;
	struct tappin_target target;
	struct sk_buff *reply;
	void *hdr;
	struct tappin_fdset *fds;
	bool more;
	struct file **fresh;
	unsigned long deadline;
	const char *why;
};

/* @now fds are reserved; there is room for @later ones. */
static int call_reserve(struct call *call, unsigned int now, unsigned int later)
{
	size_t room = nla_total_size(TAPPIN_NOTE_MAX) + nla_total_size(TAPPIN_COOKIE_LEN) +
		      3 * nla_total_size(0) + (now + later) * sizeof(s32);
	int err;

	call->deadline = tappin_deadline(call->skb, call->info);
	call->fds = tappin_fdset_alloc(now + later);
	if (!call->fds)
		return -ENOMEM;
	err = tappin_fdset_reserve(call->fds, now);
	if (err)
		return tappin_refusal(&call->why, err,
				      "there is no room in the process's table of fds: raise RLIMIT_NOFILE");
	call->reply = tappin_reply_new(call->info, room, &call->hdr);
	return call->reply ? 0 : -ENOMEM;
}

/* Sends the reply, if there is one to send, and gives up all that is left. */
static int call_finish(struct call *call, int err)
{
	bool answer = call->reply && (!err || err == -EINPROGRESS);
	int lost = 0;

	if (answer) {
		genlmsg_end(call->reply, call->hdr);
		lost = genlmsg_reply(call->reply, call->info);
		if (lost && !err)
			err = tappin_refusal(&call->why, lost,
					     "the reply could not be delivered: ask again");
	} else if (call->reply) {
		nlmsg_free(call->reply);
	}
	tappin_fdset_end(call->fds, answer && !lost);
	if (!IS_ERR_OR_NULL(call->fresh))
		tappin_lease_put_vhost(call->fresh, call->target.lease->nvhost);
	return tappin_target_finish(call->skb, call->info, &call->target, err, call->why);
}

/* The end of a command of a lease, which knows by it how things are. */
static int call_unlock(struct call *call, int err)
{
	WRITE_ONCE(call->target.lease->news, false);
	tappin_pin_unlock(call->target.pin);
	return call_finish(call, err);
}

static void call_describe(struct call *call, bool note)
{
	const struct tappin_reader reader = tappin_reader_of(call->skb, note);

	WARN_ON_ONCE(tappin_describe(call->reply, call->target.pin, &reader));
}

static void call_put_vhost(struct call *call, const struct tappin_lease *lease)
{
	unsigned int i;

	if (!lease->unfenced)
		return;
	for (i = 0; i < lease->nvhost; i++)
		tappin_fdset_add(call->fds, lease->vdev[i].file);
	tappin_fdset_put(call->reply, call->fds, TAPPIN_A_VHOST_FDS);
}

static void call_put_taps(struct call *call)
{
	const struct tappin_pin *pin = call->target.pin;
	unsigned int i;

	for (i = 0; i < pin->queues; i++)
		tappin_fdset_add(call->fds, pin->taps[i]);
	tappin_fdset_put(call->reply, call->fds, TAPPIN_A_TAP_FDS);
}

static int standby_check(struct call *call)
{
	struct tappin_pin *pin = call->target.pin;

	if (!tappin_may_claim(call->skb, pin))
		return tappin_refusal(&call->why, -EPERM,
				      "only the pin's uid or gid, or CAP_NET_ADMIN, may claim it");
	if (pin->standbys >= TAPPIN_STANDBYS_MAX)
		return tappin_refusal(&call->why, -EUSERS,
				      "as many leases as may stand by already");
	return 0;
}

/*
 * Before any file is opened: a file that is dropped again takes its memory until
 * the caller is back in user mode, and a caller may bring many commands at once.
 */
static int standby_may(struct call *call)
{
	struct tappin_pin *pin = call->target.pin;
	int err;

	tappin_pin_lock(pin);
	err = standby_check(call);
	tappin_pin_unlock(pin);
	return err ?: call_reserve(call, 1 + tappin_pin_nvhost(pin), 0);
}

static int standby_step(struct call *call, struct tappin_lease *lease)
{
	struct tappin_pin *pin = call->target.pin;
	int err;

	tappin_pin_lock(pin);
	/* Rights may have been taken away while files were opened. */
	err = standby_check(call) ?: tappin_pin_step(pin, IN_STANDBY, lease, &call->why);
	if (!err) {
		tappin_lease_add(lease);
		tappin_lease_touch(lease);
		tappin_fdset_add(call->fds, lease->file);
		tappin_fdset_put(call->reply, call->fds, TAPPIN_A_LEASE_FD);
		call_put_vhost(call, lease);
		call_describe(call, true);
	}
	tappin_pin_unlock(pin);
	return err;
}

/**
 * tappin_cmd_standby() - line up for a pin
 * @skb: request
 * @info: request
 *
 * Return: 0 or -errno, with a sentence.
 */
int tappin_cmd_standby(struct sk_buff *skb, struct genl_info *info)
{
	struct call call = { .skb = skb, .info = info };
	struct tappin_lease *lease;
	int err;

	err = tappin_target_pin(skb, info, &call.target);
	if (err)
		return err;
	err = standby_may(&call);
	if (err)
		goto out;
	lease = tappin_lease_open(call.target.pin);
	if (IS_ERR(lease)) {
		err = tappin_refusal(&call.why, PTR_ERR(lease),
				     "the lease's files could not be opened");
		goto out;
	}
	/* The fd set takes a reference to the file, once it is sure to be used. */
	call.target.file = lease->file;
	err = standby_step(&call, lease);
out:
	return call_finish(&call, err);
}

static bool cookie_is(const struct tappin_pin *pin, const struct nlattr *cookie)
{
	return pin->offered &&
	       !crypto_memneq(nla_data(cookie), pin->cookie, sizeof(pin->cookie));
}

static enum tappin_input claim_input(const struct call *call)
{
	const struct tappin_pin *pin = call->target.pin;
	const struct tappin_lease *lease = call->target.lease;
	const struct nlattr *cookie = call->info->attrs[TAPPIN_A_COOKIE];

	if (lease == pin->owner || lease == pin->next)
		return IN_AGAIN;
	if (lease == pin->offerer)
		return IN_OFFERER_OTHER;
	if (cookie)
		return cookie_is(pin, cookie) ? IN_CLAIM_COOKIE : IN_CLAIM_BAD;
	if (call->info->attrs[TAPPIN_A_FORCE] && !pin->owner &&
	    pin->state == TAPPIN_STATE_OFFERED && tappin_is_admin(call->skb, pin))
		return IN_CLAIM_OVER;
	return IN_CLAIM;
}

static int lease_refuse_ended(struct call *call)
{
	return call->target.lease->ended ? tappin_refusal(&call->why, -ESTALE, WHY_ENDED) : 0;
}

/* A free pin whose queues a process without a lease still has, and is perhaps killed for. */
static bool claim_meets_strays(const struct call *call, enum tappin_input input)
{
	const struct tappin_pin *pin = call->target.pin;

	return input == IN_CLAIM && pin->state == TAPPIN_STATE_FREE &&
	       (pin->kill || (!call->info->attrs[TAPPIN_A_FORCE] && tappin_pin_strays(pin)));
}

static int claim_step_once(struct call *call)
{
	struct tappin_pin *pin = call->target.pin;
	enum tappin_input input;
	int err;

	err = lease_refuse_ended(call);
	if (err)
		return err;
	input = claim_input(call);
	if (claim_meets_strays(call, input))
		return tappin_refusal(&call->why, -EBUSY, pin->kill ? WHY_KILLING :
				      "queues are still held by a process without a lease: claim with force, or evict with kill");
	return tappin_pin_step(pin, input, call->target.lease, &call->why);
}

/*
 * What is not to be had yet may be, within the bound: an owner on its way out, the
 * old owner of a hand-over that just began, queues of a process that is dying.
 */
static int claim_step(struct call *call)
{
	struct tappin_pin *pin = call->target.pin;
	int err;

	do
		err = claim_step_once(call);
	while ((err == -EINPROGRESS || err == -EBUSY) &&
	       (pin->state == TAPPIN_STATE_FENCING ||
		pin->state == TAPPIN_STATE_FREE) && tappin_pin_wait(pin, call->deadline));
	return err;
}

/**
 * tappin_cmd_claim() - become owner
 * @skb: request
 * @info: request
 *
 * Return: 0, -EINPROGRESS or -errno, with a sentence.
 */
int tappin_cmd_claim(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *cookie = info->attrs[TAPPIN_A_COOKIE];
	bool vhost = info->attrs[TAPPIN_A_VHOST];
	struct call call = { .skb = skb, .info = info };
	struct tappin_lease *lease;
	struct tappin_pin *pin;
	int err;

	if (cookie && nla_len(cookie) != TAPPIN_COOKIE_LEN)
		return tappin_refuse(info, -EINVAL, "a cookie has 16 bytes");
	err = tappin_target_lease(skb, info, &call.target);
	if (err)
		return err;
	pin = call.target.pin;
	lease = call.target.lease;
	err = call_reserve(&call, pin->queues + (vhost ? lease->nvhost : 0), 0);
	if (err)
		return call_finish(&call, err);

	tappin_pin_lock(pin);
	err = claim_step(&call);
	if (!err || err == -EINPROGRESS) {
		tappin_lease_touch(lease);
		call_describe(&call, true);
	}
	if (!err)
		call_put_taps(&call);
	if (!err && vhost)
		call_put_vhost(&call, lease);
	lease->resend = false;
	return call_unlock(&call, err);
}

/* One step of a lease that has a role; @offerer is the input of the one behind. */
static int role_step(struct call *call, enum tappin_input owner, enum tappin_input offerer)
{
	struct tappin_lease *lease = call->target.lease;
	struct tappin_pin *pin = call->target.pin;
	int err;

	err = lease_refuse_ended(call);
	if (err)
		return err;
	if (lease == pin->owner || lease == pin->next)
		return tappin_pin_step(pin, owner, lease, &call->why);
	if (lease == pin->offerer)
		return tappin_pin_step(pin, offerer, lease, &call->why);
	return tappin_refusal(&call->why, -EPERM, "the lease stands by: it owns nothing");
}

/**
 * tappin_cmd_offer() - allow one hand-over
 * @skb: request
 * @info: request
 *
 * Return: 0 or -errno, with a sentence.
 */
int tappin_cmd_offer(struct sk_buff *skb, struct genl_info *info)
{
	struct call call = { .skb = skb, .info = info };
	u8 cookie[TAPPIN_COOKIE_LEN];
	struct tappin_pin *pin;
	bool stands;
	int err;

	err = tappin_target_lease(skb, info, &call.target);
	if (err)
		return err;
	pin = call.target.pin;
	err = call_reserve(&call, 0, 0);
	if (err)
		return call_finish(&call, err);
	get_random_bytes(cookie, sizeof(cookie));

	tappin_pin_lock(pin);
	stands = pin->offered;
	err = role_step(&call, IN_OFFER, IN_OFFERER_OTHER);
	if (!err)
		tappin_lease_touch(call.target.lease);
	if (!err || err == -EINPROGRESS)
		call_describe(&call, false);
	if (!err) {
		if (!stands)
			memcpy(pin->cookie, cookie, sizeof(cookie));
		WARN_ON_ONCE(nla_put(call.reply, TAPPIN_A_COOKIE,
				     sizeof(pin->cookie), pin->cookie));
	}
	call.target.lease->resend = false;
	memzero_explicit(cookie, sizeof(cookie));
	return call_unlock(&call, err);
}

/**
 * tappin_cmd_confirm() - make a provisional owner the owner
 * @skb: request
 * @info: request
 *
 * Return: 0 or -errno, with a sentence.
 */
int tappin_cmd_confirm(struct sk_buff *skb, struct genl_info *info)
{
	struct call call = { .skb = skb, .info = info };
	int err;

	err = tappin_target_lease(skb, info, &call.target);
	if (err)
		return err;
	tappin_pin_lock(call.target.pin);
	err = role_step(&call, IN_CONFIRM, IN_OFFERER_OTHER);
	if (!err)
		tappin_lease_touch(call.target.lease);
	call.target.lease->resend = false;
	return call_unlock(&call, err);
}

/*
 * Its vhost files were fenced when the pin was taken: it needs new ones. Or it got
 * them already and the reply may have been lost: it needs new numbers.
 */
static bool withdraw_needs_fds(const struct call *call)
{
	const struct tappin_lease *lease = call->target.lease;

	return lease->nvhost && (!lease->unfenced || lease->resend) &&
	       !lease->ended && lease == lease->pin->owner;
}

static int withdraw_get_fds(struct call *call, bool fresh)
{
	struct tappin_lease *lease = call->target.lease;
	int err;

	call->why = "fresh vhost-net files could not be had";
	err = tappin_fdset_reserve(call->fds, lease->nvhost);
	if (err)
		return err;
	call->more = true;
	if (!fresh)
		return 0;
	call->fresh = tappin_lease_open_vhost(lease);
	return PTR_ERR_OR_ZERO(call->fresh);
}

static void withdraw_put_fds(struct call *call)
{
	struct tappin_lease *lease = call->target.lease;

	if (call->fresh && !lease->unfenced) {
		tappin_lease_set_vhost(lease, call->fresh);
		call->fresh = NULL;
		lease->resend = true;
	}
	if (lease->resend)
		call_put_vhost(call, lease);
}

static int withdraw_step(struct call *call)
{
	struct tappin_pin *pin = call->target.pin;
	int err;

	for (;;) {
		if (!call->more && withdraw_needs_fds(call)) {
			bool fresh = !call->target.lease->unfenced;

			tappin_pin_unlock(pin);
			err = withdraw_get_fds(call, fresh);
			tappin_pin_lock(pin);
			if (err)
				return err;
		}
		err = role_step(call, IN_WITHDRAW, IN_OFFERER_WITHDRAW);
		if (err != -EINPROGRESS || !tappin_pin_wait(pin, call->deadline))
			return err;
	}
}

/**
 * tappin_cmd_withdraw() - take an offer, or the pin, back
 * @skb: request
 * @info: request
 *
 * Return: 0, -EINPROGRESS or -errno, with a sentence.
 */
int tappin_cmd_withdraw(struct sk_buff *skb, struct genl_info *info)
{
	struct call call = { .skb = skb, .info = info };
	struct tappin_lease *lease;
	struct tappin_pin *pin;
	int err;

	err = tappin_target_lease(skb, info, &call.target);
	if (err)
		return err;
	pin = call.target.pin;
	lease = call.target.lease;
	err = call_reserve(&call, 0, lease->nvhost);
	if (err)
		return call_finish(&call, err);

	tappin_pin_lock(pin);
	err = withdraw_step(&call);
	if (!err) {
		tappin_lease_touch(lease);
		withdraw_put_fds(&call);
	}
	if (!err || err == -EINPROGRESS)
		call_describe(&call, false);
	return call_unlock(&call, err);
}
