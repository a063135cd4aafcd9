/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands have in common. */
#ifndef TAPPIN_REQUEST_H
#define TAPPIN_REQUEST_H

#include <linux/jiffies.h>
#include <net/genetlink.h>

#include "message.h"

struct tappin_lease;
struct tappin_pin;

/**
 * struct tappin_target - what a command is about
 * @pin: with a reference
 * @file: the lease's file, with a reference; NULL for commands on pins
 * @lease: NULL for commands on pins
 */
struct tappin_target {
	struct tappin_pin *pin;
	struct file *file;
	struct tappin_lease *lease;
};

int tappin_refuse(struct genl_info *info, int err, const char *why);
bool tappin_is_admin(struct sk_buff *skb, const struct tappin_pin *pin);
bool tappin_may_claim(struct sk_buff *skb, const struct tappin_pin *pin);
int tappin_check_name(struct genl_info *info, const char *name);

int tappin_target_pin(struct sk_buff *skb, struct genl_info *info,
		      struct tappin_target *target);
int tappin_target_lease(struct sk_buff *skb, struct genl_info *info,
			struct tappin_target *target);
void tappin_target_put(struct tappin_target *target);
int tappin_target_finish(struct sk_buff *skb, struct genl_info *info,
			 struct tappin_target *target, int err, const char *why);

/**
 * tappin_is_last() - is it the last, or only, command of its sendmsg()?
 * @skb: request
 * @info: request
 *
 * One sendmsg() may bring thousands, for all of which generic netlink is held in one
 * piece: only the last of them may take long.
 */
static inline bool tappin_is_last(const struct sk_buff *skb, const struct genl_info *info)
{
	return skb->len <= NLMSG_ALIGN(info->nlhdr->nlmsg_len);
}

/**
 * tappin_deadline() - until when a command may wait
 * @skb: request
 * @info: request
 *
 * Context: A command.
 * Return: in jiffies.
 */
static inline unsigned long tappin_deadline(const struct sk_buff *skb,
					    const struct genl_info *info)
{
	return jiffies + (tappin_is_last(skb, info) ? msecs_to_jiffies(TAPPIN_WAIT_MS) : 0);
}

struct tappin_reader tappin_reader_of(struct sk_buff *skb, bool note);
struct sk_buff *tappin_reply_new(struct genl_info *info, size_t room, void **hdr);
int tappin_reply_description(struct sk_buff *skb, struct genl_info *info,
			     struct tappin_pin *pin, bool note);

#endif /* TAPPIN_REQUEST_H */
