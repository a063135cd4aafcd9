/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command and its answer.
 *
 *	tpn_begin(handle, TAPPIN_CMD_...);
 *	tpn_put_...(handle, TAPPIN_A_..., ...);
 *	ret = tpn_ask(handle);
 *
 * What can't be put makes tpn_ask() refuse to send. The answer is in
 * handle->reply until the next tpn_begin(). Its fds are left there for success
 * and for -EINPROGRESS, when they are to be taken or closed by
 * tpn_reply_close(); for other errors they are closed already.
 */
#ifndef TPN_REQUEST_H
#define TPN_REQUEST_H

#include "handle.h"

/* Gets each message of an answer; an error doesn't stop the others coming. */
typedef int (*tpn_message_cb)(struct tappin *handle,
			      const struct nlmsghdr *nlh, void *arg);

void tpn_begin(struct tappin *handle, uint8_t cmd);
void tpn_begin_family(struct tappin *handle, uint16_t family, uint8_t cmd,
		      uint8_t version);

void tpn_put(struct tappin *handle, uint16_t attr, const void *data,
	     size_t len);
void tpn_put_str(struct tappin *handle, uint16_t attr, const char *str);
void tpn_put_u32(struct tappin *handle, uint16_t attr, uint32_t value);
void tpn_put_pin(struct tappin *handle, const char *name, uint64_t id);
void tpn_put_flags(struct tappin *handle, unsigned int flags);

int tpn_ask(struct tappin *handle);
/* The same, and an answer without @attr is -EBADMSG. */
int tpn_ask_for(struct tappin *handle, enum tappin_attr attr);
/* The same, and @pin, if not NULL, gets a copy of the description. */
int tpn_ask_pin(struct tappin *handle, struct tappin_pin **pin,
		enum tappin_attr attr);
/* One exchange without its view of what an answer is. */
int tpn_exchange(struct tappin *handle, tpn_message_cb cb, void *arg);
/* All messages of a dump; -EINTR if it is to be asked for again. */
int tpn_exchange_dump(struct tappin *handle, tpn_message_cb cb, void *arg);
int tpn_explain(struct tappin *handle, int err);
/* One datagram of the kernel's to handle->answer: its length or -errno. */
ssize_t tpn_receive(struct tappin *handle);
bool tpn_message_ok(const struct nlmsghdr *nlh, int len);

#endif /* TPN_REQUEST_H */
