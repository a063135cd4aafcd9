// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "raw.h"

static int on_family(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
		*(uint16_t *)arg = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int on_reply(const struct nlmsghdr *nlh, void *arg)
{
	return mnl_attr_parse(nlh, sizeof(struct genlmsghdr), on_family, arg);
}

static struct nlmsghdr *header(struct raw *raw)
{
	return (struct nlmsghdr *)raw->request;
}

static void begin(struct raw *raw, uint16_t type, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(raw->request);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = ++raw->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
}

static void send_it(struct raw *raw)
{
	if (mnl_socket_sendto(raw->nl, header(raw), header(raw)->nlmsg_len) < 0)
		bail("netlink send");
}

static void resolve(struct raw *raw)
{
	ssize_t len;

	raw_begin_family(raw, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(header(raw), CTRL_ATTR_FAMILY_NAME, TAPPIN_GENL_NAME);
	send_it(raw);
	do {
		len = mnl_socket_recvfrom(raw->nl, raw->answer, RAW_SIZE);
	} while (len > 0 && mnl_cb_run(raw->answer, len, raw->seq, 0, on_reply,
				       &raw->family) > 0);
	if (!raw->family)
		bail("the module is not loaded");
}

void raw_open(struct raw *raw)
{
	int on = 1;

	memset(raw, 0, sizeof(*raw));
	raw->nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!raw->nl || mnl_socket_bind(raw->nl, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_setsockopt(raw->nl, NETLINK_EXT_ACK, &on, sizeof(on)))
		bail("generic netlink");
	resolve(raw);
}

void raw_close(struct raw *raw)
{
	mnl_socket_close(raw->nl);
}

void raw_begin(struct raw *raw, uint8_t cmd)
{
	begin(raw, raw->family, cmd, TAPPIN_GENL_VERSION);
}

void raw_begin_family(struct raw *raw, uint16_t family, uint8_t cmd)
{
	begin(raw, family, cmd, 1);
}

void raw_put(struct raw *raw, uint16_t type, const void *data, size_t len)
{
	mnl_attr_put(header(raw), type, len, data);
}

void raw_put_str(struct raw *raw, uint16_t type, const char *text)
{
	raw_put(raw, type, text, strlen(text) + 1);
}

void raw_put_u32(struct raw *raw, uint16_t type, uint32_t value)
{
	raw_put(raw, type, &value, sizeof(value));
}

void raw_put_flag(struct raw *raw, uint16_t type)
{
	raw_put(raw, type, NULL, 0);
}

static void keep_why(struct raw *raw, const struct nlmsghdr *nlh, size_t offset)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	mnl_attr_for_each(attr, nlh, MNL_ALIGN(offset))
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(raw->why, sizeof(raw->why), "%s",
				 mnl_attr_get_str(attr));
}

static int verdict(struct raw *raw, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *ack = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(*ack);
	int err;

	if (nlh->nlmsg_type == NLMSG_DONE) {
		memcpy(&err, ack, sizeof(err));
		keep_why(raw, nlh, sizeof(err));
		return err;
	}
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&ack->msg);
	keep_why(raw, nlh, offset);
	return ack->error;
}

static int close_fds(const struct nlattr *attr, void *arg)
{
	const int *fds = mnl_attr_get_payload(attr);
	unsigned int i;

	(void)arg;
	switch (mnl_attr_get_type(attr)) {
	case TAPPIN_A_LEASE_FD:
	case TAPPIN_A_TAP_FDS:
	case TAPPIN_A_VHOST_FDS:
		for (i = 0; i < mnl_attr_get_payload_len(attr) / sizeof(*fds); i++)
			close(fds[i]);
	}
	return MNL_CB_OK;
}

struct sink {
	char *into;
	size_t room;
	size_t *len;
};

static void take(const struct raw *raw, const struct nlmsghdr *nlh,
		 const struct sink *sink)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (raw->on_message) {
		raw->on_message(nlh, raw->arg);
		return;
	}
	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), close_fds, NULL);
	if (!sink->into)
		return;
	if (*sink->len + len > sink->room)
		bail("a dump is longer than expected");
	memcpy(sink->into + *sink->len, mnl_nlmsg_get_payload(nlh), len);
	*sink->len += len;
}

static int ask(struct raw *raw, const struct sink *sink)
{
	raw->why[0] = '\0';
	send_it(raw);
	for (;;) {
		const struct nlmsghdr *nlh = (void *)raw->answer;
		int len = mnl_socket_recvfrom(raw->nl, raw->answer, RAW_SIZE);

		if (len < 0)
			bail("netlink receive");
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE)
				return verdict(raw, nlh);
			take(raw, nlh, sink);
		}
	}
}

int raw_ask(struct raw *raw)
{
	const struct sink none = { 0 };

	return ask(raw, &none);
}

int raw_dump(struct raw *raw, char *into, size_t room, size_t *len)
{
	const struct sink sink = { into, room, len };

	header(raw)->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	return ask(raw, &sink);
}
