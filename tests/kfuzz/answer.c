// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "cover.h"
#include "fds.h"
#include "fixture.h"
#include "message.h"

#define ANSWER_MAX	65536

/* How long each attribute is; 0: a string, NUL and all; ANY. */
#define ANY		0xffff
#define FLAG		0xfffe

static const uint16_t lengths[TAPPIN_A_MAX + 1] = {
	[TAPPIN_A_PAD] = FLAG, [TAPPIN_A_ID] = 8, [TAPPIN_A_STATE] = 4,
	[TAPPIN_A_EVENT] = 4, [TAPPIN_A_GENERATION] = 8, [TAPPIN_A_IFINDEX] = 4,
	[TAPPIN_A_NETNS] = 4, [TAPPIN_A_QUEUES] = 4, [TAPPIN_A_VHOST] = FLAG,
	[TAPPIN_A_UID] = 4, [TAPPIN_A_GID] = 4, [TAPPIN_A_PID] = 4,
	[TAPPIN_A_OFFERER_PID] = 4, [TAPPIN_A_STANDBYS] = 4, [TAPPIN_A_FENCING] = 4,
	[TAPPIN_A_STRAYS] = 4, [TAPPIN_A_HANDOVERS] = 8, [TAPPIN_A_LOSSES] = 8,
	[TAPPIN_A_EVICTIONS] = 8, [TAPPIN_A_NOTE] = ANY, [TAPPIN_A_TAP_FDS] = ANY,
	[TAPPIN_A_VHOST_FDS] = ANY, [TAPPIN_A_LEASE_FD] = 4,
	[TAPPIN_A_COOKIE] = TAPPIN_COOKIE_LEN,
};

static bool is_whole(const struct nlattr *attr)
{
	uint16_t type = mnl_attr_get_type(attr), len = mnl_attr_get_payload_len(attr);
	const char *data = mnl_attr_get_payload(attr);

	if (!type || type > TAPPIN_A_MAX)
		return false;
	if (lengths[type] == ANY)
		return type == TAPPIN_A_NOTE || !(len % sizeof(int));
	if (lengths[type] == FLAG)
		return !len;
	return lengths[type] ? len == lengths[type] : len && !data[len - 1];
}

static void take_fds(const struct nlattr *attr, enum kind kind, unsigned int target)
{
	const int *fds = mnl_attr_get_payload(attr);
	unsigned int i;

	for (i = 0; i < mnl_attr_get_payload_len(attr) / sizeof(*fds); i++) {
		int flags = fcntl(fds[i], F_GETFD);

		if (flags < 0 || !(flags & FD_CLOEXEC) || fds_slot(fds[i]))
			flaw("fd %d of an answer is %s", fds[i],
			     flags < 0 ? "closed" : "no new one");
		fds_add(fds[i], kind, target);
	}
}

static unsigned int learn(struct nlattr *const *tb)
{
	unsigned int target;

	if (!tb[TAPPIN_A_NAME] || !tb[TAPPIN_A_ID])
		return TARGETS;
	for (target = 0; target < TARGETS; target++)
		if (!strcmp(mnl_attr_get_str(tb[TAPPIN_A_NAME]), fixture_name(target)))
			break;
	if (target < DEVICES)
		world->id[target] = mnl_attr_get_u64(tb[TAPPIN_A_ID]);
	return target;
}

static bool is_canary(struct nlattr *const *tb)
{
	uint64_t id = tb[TAPPIN_A_ID] ? mnl_attr_get_u64(tb[TAPPIN_A_ID]) : 0;

	return id && (id == world->id[CANARY_OWNED] || id == world->id[CANARY_FREE]);
}

static void take_reply(const struct nlmsghdr *nlh, const struct expected *e)
{
	struct nlattr *tb[TAPPIN_A_MAX + 1] = { 0 }, *attr;
	unsigned int target, left;

	if (nlh->nlmsg_len < NLMSG_HDRLEN + sizeof(struct genlmsghdr)) {
		flaw("an answer without a header");
		return;
	}
	left = nlh->nlmsg_len - NLMSG_HDRLEN - sizeof(struct genlmsghdr);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (!is_whole(attr)) {
			flaw("attribute %u of an answer has %u bytes",
			     mnl_attr_get_type(attr), mnl_attr_get_payload_len(attr));
			return;
		}
		tb[mnl_attr_get_type(attr)] = attr;
		left -= MNL_ALIGN(attr->nla_len);
	}
	if (left)
		flaw("%u bytes of an answer are no attribute", left);
	if (!e && !tb[TAPPIN_A_EVENT])
		flaw("an answer that nobody asked for");
	if (tb[TAPPIN_A_STATE] && mnl_attr_get_u32(tb[TAPPIN_A_STATE]) > TAPPIN_STATE_MAX)
		flaw("state %u", mnl_attr_get_u32(tb[TAPPIN_A_STATE]));
	target = learn(tb);
	if (e && is_canary(tb) && (e->sender != ROOT || e->opener != ROOT) &&
	    (tb[TAPPIN_A_NOTE] || tb[TAPPIN_A_COOKIE] || tb[TAPPIN_A_LEASE_FD] ||
	     tb[TAPPIN_A_TAP_FDS] || tb[TAPPIN_A_VHOST_FDS]))
		flaw("who has no right to a pin was told too much of it");
	if (tb[TAPPIN_A_COOKIE])
		memcpy(world->cookie, mnl_attr_get_payload(tb[TAPPIN_A_COOKIE]),
		       sizeof(world->cookie));
	if (tb[TAPPIN_A_LEASE_FD])
		take_fds(tb[TAPPIN_A_LEASE_FD], KIND_LEASE, target);
	if (tb[TAPPIN_A_TAP_FDS])
		take_fds(tb[TAPPIN_A_TAP_FDS], KIND_TAP, target);
	if (tb[TAPPIN_A_VHOST_FDS])
		take_fds(tb[TAPPIN_A_VHOST_FDS], KIND_VHOST, target);
}

static const char *sentence(const struct nlmsghdr *nlh, unsigned int offset)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return "";
	mnl_attr_for_each(attr, nlh, MNL_ALIGN(offset))
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			return mnl_attr_get_str(attr);
	return "";
}

static uint32_t hash_text(uint32_t hash, const char *text)
{
	while (*text)
		hash = hash * 31 + *text++;
	return hash;
}

static void take_verdict(struct channel *channel, const struct nlmsghdr *nlh,
			 struct expected *e)
{
	const struct nlmsgerr *ack = mnl_nlmsg_get_payload(nlh);
	bool dump = nlh->nlmsg_type == NLMSG_DONE;
	unsigned int offset = dump ? sizeof(int) : sizeof(*ack);
	const char *why;

	if (!e) {
		flaw("a verdict on what nobody asked");
		return;
	}
	/* A dump for which there was no room then: it goes on all the same. */
	if (ack->error == -ENOBUFS && !dump) {
		channel->lost = true;
		return;
	}
	if (++e->got > 1)
		flaw("two answers to command %u", e->cmd);
	if (!dump && !(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&ack->msg);
	why = sentence(nlh, offset);
	if (ack->error > 0 || ack->error < -4095)
		flaw("command %u answered %d", e->cmd, ack->error);
	if (e->plain && ack->error && ack->error != -ENOMEM && !why[0])
		flaw("command %u was refused with %s and no sentence", e->cmd,
		     error_name(ack->error));
	world->granted += !ack->error;
	cover_answer(hash_text(e->cmd * 37 + e->sender * 7 + e->opener - ack->error * 91,
			       why));
}

static struct expected *find_expected(struct channel *channel, uint32_t seq)
{
	unsigned int i;

	for (i = 0; i < channel->n; i++)
		if (channel->expected[i].seq == seq)
			return &channel->expected[i];
	return NULL;
}

static void take(struct channel *channel, const void *buf, int len)
{
	const struct nlmsghdr *nlh = buf;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		struct expected *e = find_expected(channel, nlh->nlmsg_seq);

		if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
			take_verdict(channel, nlh, e);
		else if (nlh->nlmsg_type == message_type())
			take_reply(nlh, e);
		else if (nlh->nlmsg_type != GENL_ID_CTRL)
			flaw("an answer of type %u", nlh->nlmsg_type);
	}
	if (len)
		flaw("%d bytes of an answer are no message", len);
}

static void settle(struct channel *channel)
{
	unsigned int i;

	for (i = 0; i < channel->n && !channel->lost; i++)
		if (channel->expected[i].must && !channel->expected[i].got)
			flaw("no answer to command %u", channel->expected[i].cmd);
	channel->n = 0;
	channel->lost = false;
}

void answer_read(struct channel *channel)
{
	static char buf[ANSWER_MAX] __attribute__((aligned(8)));

	for (;;) {
		ssize_t len = recv(channel->fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (len > 0)
			take(channel, buf, len);
		else if (len < 0 && errno == ENOBUFS)
			channel->lost = true;
		else if (len < 0 && errno != EINTR)
			break;
	}
	settle(channel);
}

/* A type that no family has, or a dump that a command can't do, is an error. */
static bool must_answer(const struct nlmsghdr *nlh)
{
	bool dump = (nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP &&
		    (nlh->nlmsg_flags & NLM_F_REQUEST) &&
		    nlh->nlmsg_type >= NLMSG_MIN_TYPE;

	return dump || (nlh->nlmsg_flags & NLM_F_ACK);
}

static bool is_plain(const struct nlmsghdr *nlh, unsigned int cmd)
{
	return !world->broken[nlh->nlmsg_seq % EXPECTED_MAX] && cmd &&
	       cmd < TAPPIN_CMD_NOTIFY && (nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP;
}

void answer_expect(struct channel *channel, unsigned int sender, unsigned int opener)
{
	unsigned int left = world->len, at = 0, len;

	while (left >= NLMSG_HDRLEN) {
		const struct nlmsghdr *nlh = (const void *)(world->batch + at);
		const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
		unsigned int cmd;

		if (nlh->nlmsg_len < NLMSG_HDRLEN || nlh->nlmsg_len > left)
			return;
		cmd = nlh->nlmsg_len > NLMSG_HDRLEN ? genl->cmd : 0;
		if (channel->n < EXPECTED_MAX)
			channel->expected[channel->n++] = (struct expected){
				.seq = nlh->nlmsg_seq, .cmd = cmd, .sender = sender,
				.opener = opener, .must = must_answer(nlh),
				.plain = is_plain(nlh, cmd),
			};
		len = MNL_ALIGN(nlh->nlmsg_len);
		if (len > left)
			return;
		at += len;
		left -= len;
	}
}
