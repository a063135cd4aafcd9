// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The generic netlink family
 *
 * What each command takes, and where it is carried out. The protocol itself is
 * told in <linux/tappin.h>. Lengths that people get wrong (names, notes, cookies,
 * arrays of fds) are left to the commands, which have better words for it than
 * the policy.
 *
 * Locks: parallel_ops, so commands run side by side, under the read side of
 * genetlink's cb_lock: whoever wants to register a family, anybody's, waits for
 * all of them, and all others behind that. Hence the bound on every wait.
 */
#include <linux/module.h>
#include <linux/tappin.h>
#include <net/genetlink.h>

#include "netlink.h"

#define ADDRESS					\
	[TAPPIN_A_ID] = { .type = NLA_U64 },	\
	[TAPPIN_A_NAME] = { .type = NLA_NUL_STRING }

static const struct nla_policy new_policy[TAPPIN_A_MAX + 1] = {
	[TAPPIN_A_NAME] = { .type = NLA_NUL_STRING },
	[TAPPIN_A_IFINDEX] = { .type = NLA_U32 },
	[TAPPIN_A_TAP_FDS] = { .type = NLA_BINARY },
	[TAPPIN_A_VHOST_FD] = { .type = NLA_S32 },
	[TAPPIN_A_UID] = { .type = NLA_U32 },
	[TAPPIN_A_GID] = { .type = NLA_U32 },
	[TAPPIN_A_NOTE] = { .type = NLA_BINARY },
};

static const struct nla_policy del_policy[TAPPIN_A_MAX + 1] = {
	ADDRESS,
	[TAPPIN_A_FORCE] = { .type = NLA_FLAG },
};

static const struct nla_policy get_policy[TAPPIN_A_MAX + 1] = {
	ADDRESS,
	[TAPPIN_A_ALL_NETNS] = { .type = NLA_FLAG },
};

static const struct nla_policy set_policy[TAPPIN_A_MAX + 1] = {
	ADDRESS,
	[TAPPIN_A_LEASE_FD] = { .type = NLA_S32 },
	[TAPPIN_A_UID] = { .type = NLA_U32 },
	[TAPPIN_A_GID] = { .type = NLA_U32 },
	[TAPPIN_A_NOTE] = { .type = NLA_BINARY },
};

static const struct nla_policy standby_policy[TAPPIN_A_MAX + 1] = {
	ADDRESS,
};

static const struct nla_policy claim_policy[TAPPIN_A_MAX + 1] = {
	ADDRESS,
	[TAPPIN_A_LEASE_FD] = { .type = NLA_S32 },
	[TAPPIN_A_COOKIE] = { .type = NLA_BINARY },
	[TAPPIN_A_FORCE] = { .type = NLA_FLAG },
	[TAPPIN_A_VHOST] = { .type = NLA_FLAG },
};

static const struct nla_policy lease_policy[TAPPIN_A_MAX + 1] = {
	ADDRESS,
	[TAPPIN_A_LEASE_FD] = { .type = NLA_S32 },
};

static const struct nla_policy evict_policy[TAPPIN_A_MAX + 1] = {
	ADDRESS,
	[TAPPIN_A_KILL] = { .type = NLA_FLAG },
};

#define DO(cmd_, doit_, policy_)			\
	.cmd = TAPPIN_CMD_##cmd_,			\
	.doit = tappin_cmd_##doit_,			\
	.policy = policy_,				\
	.maxattr = TAPPIN_A_MAX

/* Rights depend on the pin, so the commands look at them, not the core. */
static const struct genl_ops tappin_ops[] = {
	{ DO(NEW, new, new_policy) },
	{ DO(DEL, del, del_policy) },
	{ DO(GET, get, get_policy), .dumpit = tappin_cmd_dump },
	{ DO(SET, set, set_policy) },
	{ DO(STANDBY, standby, standby_policy) },
	{ DO(CLAIM, claim, claim_policy) },
	{ DO(OFFER, offer, lease_policy) },
	{ DO(WITHDRAW, withdraw, lease_policy) },
	{ DO(CONFIRM, confirm, lease_policy) },
	{ DO(EVICT, evict, evict_policy) },
};

static const struct genl_multicast_group tappin_mcgrps[] = {
	[TAPPIN_MCGRP_EVENTS] = { .name = TAPPIN_GENL_MCGRP_EVENTS },
};

struct genl_family tappin_family __ro_after_init = {
	.name		= TAPPIN_GENL_NAME,
	.version	= TAPPIN_GENL_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= tappin_ops,
	.n_ops		= ARRAY_SIZE(tappin_ops),
	.mcgrps		= tappin_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(tappin_mcgrps),
};
