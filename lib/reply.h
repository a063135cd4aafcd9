/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a message of the module says.
 *
 * When it carries fds they are open in this process already: the module
 * installs them as it sends. They belong to the reply until somebody takes them
 * out of it, by taking the number and leaving -1 or a count of 0 behind.
 */
#ifndef TPN_REPLY_H
#define TPN_REPLY_H

#include <linux/netlink.h>

#include "description.h"

struct tpn_fds {
	unsigned int count;
	int fd[TAPPIN_QUEUES_MAX];	/* -1: none in this place */
};

struct tpn_reply {
	uint32_t event;
	int32_t lease_fd;		/* -1: none */
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	struct tpn_fds tap;
	struct tpn_fds vhost;
	struct tappin_pin pin;
};

void tpn_fds_close(struct tpn_fds *fds);

void tpn_reply_init(struct tpn_reply *reply);
void tpn_reply_close(struct tpn_reply *reply);
int tpn_reply_parse(struct tpn_reply *reply, const struct nlmsghdr *nlh);

static inline bool tpn_reply_has(const struct tpn_reply *reply,
				 enum tappin_attr attr)
{
	return tpn_pin_has(&reply->pin, attr);
}

#endif /* TPN_REPLY_H */
