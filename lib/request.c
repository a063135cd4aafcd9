/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Building commands, and asking them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>

#include "request.h"

#define ASK_TRIES	3

void tpn_begin_family(struct tappin *handle, uint16_t family, uint8_t cmd,
		      uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(handle->request.bytes);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;

	tpn_reply_close(&handle->reply);
	tpn_reply_init(&handle->reply);
	handle->busy = false;
	handle->errmsg[0] = '\0';
	handle->refusal = 0;
	if (!handle->nl)
		handle->refusal = tpn_error(handle, -ENOTCONN,
					    "the connection was never made");
}

void tpn_begin(struct tappin *handle, uint8_t cmd)
{
	tpn_begin_family(handle, handle->family, cmd, TAPPIN_GENL_VERSION);
}

/* The first thing that is wrong with a request is the one to tell. */
static void refuse(struct tappin *handle, int err, const char *why)
{
	if (!handle->refusal)
		handle->refusal = tpn_error(handle, err, "%s", why);
}

void tpn_put(struct tappin *handle, uint16_t attr, const void *data, size_t len)
{
	if (len > TPN_REQUEST_MAX ||
	    !mnl_attr_put_check(&handle->request.nlh, TPN_REQUEST_MAX, attr,
				len, len ? data : ""))
		refuse(handle, -EMSGSIZE, "the name or the note is too long");
}

void tpn_put_str(struct tappin *handle, uint16_t attr, const char *str)
{
	tpn_put(handle, attr, str, strlen(str) + 1);
}

void tpn_put_u32(struct tappin *handle, uint16_t attr, uint32_t value)
{
	tpn_put(handle, attr, &value, sizeof(value));
}

void tpn_put_pin(struct tappin *handle, const char *name, uint64_t id)
{
	if (name)
		tpn_put_str(handle, TAPPIN_A_NAME, name);
	else
		tpn_put(handle, TAPPIN_A_ID, &id, sizeof(id));
}

/* Whether a command takes a flag is for the kernel to say. */
void tpn_put_flags(struct tappin *handle, unsigned int flags)
{
	if (flags & TAPPIN_FORCE)
		tpn_put(handle, TAPPIN_A_FORCE, NULL, 0);
	if (flags & TAPPIN_KILL)
		tpn_put(handle, TAPPIN_A_KILL, NULL, 0);
	if (flags & TAPPIN_ALL_NETNS)
		tpn_put(handle, TAPPIN_A_ALL_NETNS, NULL, 0);
	if (flags & ~(TAPPIN_FORCE | TAPPIN_KILL | TAPPIN_ALL_NETNS))
		refuse(handle, -EINVAL, "a flag this library doesn't know");
}

static int read_reply(struct tappin *handle, const struct nlmsghdr *nlh,
		      void *arg)
{
	int ret = tpn_reply_parse(&handle->reply, nlh);

	(void)arg;
	if (ret)
		tpn_error(handle, ret,
			  "the module's reply can't be understood");
	return ret;
}

/*
 * Commands that say the same when asked twice. STANDBY is one because a lease
 * whose reply was lost has ended with it.
 */
static bool may_repeat(uint8_t cmd)
{
	return cmd == TAPPIN_CMD_GET || cmd == TAPPIN_CMD_STANDBY ||
	       cmd == TAPPIN_CMD_CLAIM || cmd == TAPPIN_CMD_OFFER ||
	       cmd == TAPPIN_CMD_WITHDRAW || cmd == TAPPIN_CMD_CONFIRM;
}

/* Comm is whatever the process calls itself: keep it from the terminal. */
static void clean(char *str)
{
	for (; *str; str++)
		if (*str < ' ' || *str > '~')
			*str = '?';
}

__attribute__((format(printf, 2, 3)))
static void append(struct tappin *handle, const char *fmt, ...)
{
	size_t len = strlen(handle->errmsg);
	va_list args;

	va_start(args, fmt);
	vsnprintf(handle->errmsg + len, sizeof(handle->errmsg) - len, fmt,
		  args);
	va_end(args);
}

static void name_holder(struct tappin *handle)
{
	const struct tappin_pin *pin = &handle->reply.pin;
	bool owner = tpn_pin_has(pin, TAPPIN_A_PID);
	uint32_t pid = owner ? pin->pid : pin->offerer_pid;
	char comm[TPN_COMM_MAX];

	handle->busy = tpn_pin_has(pin, TAPPIN_A_NAME);
	if (!owner && !tpn_pin_has(pin, TAPPIN_A_OFFERER_PID))
		return;
	if (!pid) {
		append(handle, ": held by a process not visible from here");
		return;
	}
	append(handle, ": held by pid %u", pid);
	strcpy(comm, owner ? pin->comm : pin->offerer_comm);
	clean(comm);
	if (comm[0])
		append(handle, " (%s)", comm);
}

/*
 * tpn_ask() - send the request and read the description that answers it
 *
 * Return: 0 or -errno, with its sentence.
 */
int tpn_ask(struct tappin *handle)
{
	const struct genlmsghdr *genl =
		mnl_nlmsg_get_payload(&handle->request.nlh);
	int tries = may_repeat(genl->cmd) ? ASK_TRIES : 1;
	int ret;

	do {
		tpn_reply_close(&handle->reply);
		tpn_reply_init(&handle->reply);
		ret = tpn_exchange(handle, read_reply, NULL);
	} while (ret == -ENOBUFS && --tries);

	ret = tpn_explain(handle, ret);
	if (ret == -EBUSY)
		name_holder(handle);
	if (ret && ret != -EINPROGRESS)
		tpn_reply_close(&handle->reply);
	return ret;
}

int tpn_ask_for(struct tappin *handle, enum tappin_attr attr)
{
	int ret = tpn_ask(handle);

	if (ret || tpn_reply_has(&handle->reply, attr))
		return ret;
	tpn_reply_close(&handle->reply);
	return tpn_error(handle, -EBADMSG,
			 "the module's reply has no attribute %d", attr);
}

int tpn_ask_pin(struct tappin *handle, struct tappin_pin **pin,
		enum tappin_attr attr)
{
	struct tappin_pin *copy;
	int ret;

	if (!pin)
		return tpn_ask_for(handle, attr);
	/* Had before the kernel does what can't be undone. */
	copy = malloc(sizeof(*copy));
	if (!copy)
		return tpn_error(handle, -ENOMEM, NULL);
	ret = tpn_ask_for(handle, attr);
	if (ret) {
		free(copy);
		return ret;
	}
	*copy = handle->reply.pin;
	*pin = copy;
	return 0;
}
