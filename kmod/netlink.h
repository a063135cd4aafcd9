/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family and its commands. */
#ifndef TAPPIN_NETLINK_H
#define TAPPIN_NETLINK_H

#include <linux/types.h>

struct genl_family;
struct genl_info;
struct netlink_callback;
struct sk_buff;

extern struct genl_family tappin_family;

enum {
	TAPPIN_MCGRP_EVENTS,
};

/* Commands on pins: pin_cmd.c */
int tappin_cmd_new(struct sk_buff *skb, struct genl_info *info);
int tappin_cmd_del(struct sk_buff *skb, struct genl_info *info);
int tappin_cmd_get(struct sk_buff *skb, struct genl_info *info);
int tappin_cmd_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tappin_cmd_set(struct sk_buff *skb, struct genl_info *info);
int tappin_cmd_evict(struct sk_buff *skb, struct genl_info *info);

/* Commands on leases: lease_cmd.c */
int tappin_cmd_standby(struct sk_buff *skb, struct genl_info *info);
int tappin_cmd_claim(struct sk_buff *skb, struct genl_info *info);
int tappin_cmd_offer(struct sk_buff *skb, struct genl_info *info);
int tappin_cmd_withdraw(struct sk_buff *skb, struct genl_info *info);
int tappin_cmd_confirm(struct sk_buff *skb, struct genl_info *info);

#endif /* TAPPIN_NETLINK_H */
