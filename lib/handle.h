/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of a connection. All memory that a command needs is in it before
 * the command is sent, so that no reply is lost for want of memory.
 */
#ifndef TPN_HANDLE_H
#define TPN_HANDLE_H

#include <libmnl/libmnl.h>

#include "libtappin.h"
#include "reply.h"

#define EXPORT __attribute__((visibility("default")))

#define TPN_REQUEST_MAX	8192	/* a note, 256 fds, a name: 5.5 KiB */
#define TPN_ANSWER_MAX	32768	/* what the kernel makes dumps in */

struct tappin {
	struct mnl_socket *nl;		/* NULL: opening it failed */
	unsigned int portid;
	unsigned int seq;
	uint16_t family;
	uint32_t events;		/* the multicast group */
	int refusal;			/* why the request isn't to be sent */
	bool busy;			/* reply.pin is the last holder */
	char errmsg[256];
	struct tpn_reply reply;
	union {
		struct nlmsghdr nlh;
		char bytes[TPN_REQUEST_MAX];
	} request;
	union {
		struct nlmsghdr nlh;
		char bytes[TPN_ANSWER_MAX];
	} answer;
};

/* Keep a sentence (NULL: that of the error number) and return @err. */
__attribute__((format(printf, 3, 4)))
int tpn_error(struct tappin *handle, int err, const char *fmt, ...);

/* family.c: ask nlctrl for the family's number, which loads the module. */
int tpn_family_resolve(struct tappin *handle);

#endif /* TPN_HANDLE_H */
