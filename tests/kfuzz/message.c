// SPDX-License-Identifier: GPL-2.0-or-later
#include <libmnl/libmnl.h>
#include <limits.h>
#include <linux/genetlink.h>
#include <string.h>

#include "fds.h"
#include "fixture.h"
#include "message.h"
#include "play.h"
#include "process.h"

#define MESSAGE_MAX	8192
#define TAKES_MAX	7

/* What a command takes. Those of the first are usual; bit i of @attrs turns one over. */
static const struct {
	uint8_t usual;
	uint8_t attr[TAKES_MAX];
} takes[] = {
	[TAPPIN_CMD_NEW] = { 4, { TAPPIN_A_NAME, TAPPIN_A_IFINDEX, TAPPIN_A_TAP_FDS,
				  TAPPIN_A_UID, TAPPIN_A_VHOST_FD, TAPPIN_A_GID,
				  TAPPIN_A_NOTE } },
	[TAPPIN_CMD_DEL] = { 1, { TAPPIN_A_NAME, TAPPIN_A_FORCE, TAPPIN_A_ID } },
	[TAPPIN_CMD_GET] = { 1, { TAPPIN_A_NAME, TAPPIN_A_ID, TAPPIN_A_ALL_NETNS } },
	[TAPPIN_CMD_SET] = { 1, { TAPPIN_A_NAME, TAPPIN_A_NOTE, TAPPIN_A_UID,
				  TAPPIN_A_GID, TAPPIN_A_LEASE_FD, TAPPIN_A_ID } },
	[TAPPIN_CMD_STANDBY] = { 1, { TAPPIN_A_NAME, TAPPIN_A_ID } },
	[TAPPIN_CMD_CLAIM] = { 1, { TAPPIN_A_LEASE_FD, TAPPIN_A_COOKIE, TAPPIN_A_FORCE,
				    TAPPIN_A_VHOST, TAPPIN_A_NAME, TAPPIN_A_ID } },
	[TAPPIN_CMD_OFFER] = { 1, { TAPPIN_A_LEASE_FD, TAPPIN_A_NAME, TAPPIN_A_ID } },
	[TAPPIN_CMD_WITHDRAW] = { 1, { TAPPIN_A_LEASE_FD, TAPPIN_A_NAME, TAPPIN_A_ID } },
	[TAPPIN_CMD_CONFIRM] = { 1, { TAPPIN_A_LEASE_FD, TAPPIN_A_NAME, TAPPIN_A_ID } },
	[TAPPIN_CMD_EVICT] = { 1, { TAPPIN_A_NAME, TAPPIN_A_KILL, TAPPIN_A_ID } },
	[TAPPIN_CMD_NOTIFY] = { 1, { TAPPIN_A_EVENT } },
};

static uint16_t family;

void message_family(uint16_t type)
{
	family = type;
}

uint16_t message_type(void)
{
	return family;
}

/* Who may do everything: on its own socket, not on that of others. */
static bool is_root(const struct step *step)
{
	return play_sender(step) == ROOT && play_opener(step) == ROOT;
}

/* The canaries are for those who have no right to them. */
static unsigned int target_of(const struct step *step)
{
	unsigned int target = step->target % TARGETS;

	return target >= DEVICES && is_root(step) ? target - DEVICES : target;
}

static void put_name(struct nlmsghdr *nlh, const struct step *step)
{
	static const char *const names[] = {
		"", ".", "-x", "a/b", "a b", "\xc3\x28", "\xc3\xa4", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\x7f", "\xc2\x85", "\xe2\x80\xa8", "nobody-has-it",
	};
	char text[TAPPIN_NAME_MAX + 3];
	unsigned int len = TAPPIN_NAME_MAX - 1 + step->value[0] % 4;

	/* Other names than the target's are what high targets stand for. */
	if (step->target < 0xe0) {
		mnl_attr_put_strz(nlh, TAPPIN_A_NAME, fixture_name(target_of(step)));
	} else if (step->target < 0xe0 + ARRAY_SIZE(names)) {
		mnl_attr_put_strz(nlh, TAPPIN_A_NAME, names[step->target - 0xe0]);
	} else {
		memset(text, 'x', len);
		text[len] = '\0';
		mnl_attr_put_strz(nlh, TAPPIN_A_NAME, text);
	}
}

static void put_id(struct nlmsghdr *nlh, const struct step *step)
{
	uint64_t id = world->id[target_of(step)];

	switch (step->value[0] % 8) {
	case 1:
		id++;
		break;
	case 2:
		id = 0;
		break;
	case 3:
		id = UINT64_MAX;
		break;
	case 4:
		id = 1ull << step->value[1] % 64;
		break;
	}
	mnl_attr_put_u64(nlh, TAPPIN_A_ID, id);
}

static uint32_t ifindex_of(const struct step *step)
{
	static const uint32_t others[] = { 0, 1, 2, INT_MAX, UINT_MAX, 1u << 31 };

	if (step->value[0] < 0xf0)
		return fixture_ifindex(target_of(step));
	return others[step->value[0] % ARRAY_SIZE(others)];
}

static void put_taps(struct nlmsghdr *nlh, const struct step *step)
{
	int fds[TAPPIN_QUEUES_MAX + 1];
	unsigned int target = target_of(step), n = fixture_queues(target), i;

	if (step->value[1] == 0xff)
		n = ARRAY_SIZE(fds);
	else if (step->value[1])
		n = step->value[1] % 6;
	for (i = 0; i < n; i++)
		fds[i] = fds_pick(KIND_TAP, i ? i & 0x3f : step->fd[0], target);
	mnl_attr_put(nlh, TAPPIN_A_TAP_FDS, n * sizeof(*fds), fds);
}

static uint32_t user_of(const struct step *step)
{
	static const uint32_t users[] = { UID_NOBODY, 0, UINT_MAX, FIXTURE_STRANGER, 1000 };

	return users[step->value[2] % ARRAY_SIZE(users)];
}

static void put_note(struct nlmsghdr *nlh, const struct step *step)
{
	static const uint16_t lens[] = { 5, 0, 1, 4095, 4096, 4097, 1024, 6000 };
	char note[6000];

	memset(note, 'n', sizeof(note));
	mnl_attr_put(nlh, TAPPIN_A_NOTE, lens[step->value[2] % ARRAY_SIZE(lens)], note);
}

static void put_cookie(struct nlmsghdr *nlh, const struct step *step)
{
	static const uint8_t lens[] = { 16, 16, 16, 15, 17, 0, 32, 1 };
	uint8_t cookie[32] = { 0 };
	unsigned int way = step->value[0] % ARRAY_SIZE(lens);

	if (way != 1)
		memcpy(cookie, world->cookie, sizeof(world->cookie));
	if (way == 2)
		cookie[step->value[1] % 16] ^= 1 << step->value[2] % 8;
	mnl_attr_put(nlh, TAPPIN_A_COOKIE, lens[way], cookie);
}

static void put_attr(struct nlmsghdr *nlh, const struct step *step, uint16_t attr)
{
	switch (attr) {
	case TAPPIN_A_NAME:
		put_name(nlh, step);
		break;
	case TAPPIN_A_ID:
		put_id(nlh, step);
		break;
	case TAPPIN_A_IFINDEX:
		mnl_attr_put_u32(nlh, attr, ifindex_of(step));
		break;
	case TAPPIN_A_TAP_FDS:
		put_taps(nlh, step);
		break;
	case TAPPIN_A_VHOST_FD:
		mnl_attr_put_u32(nlh, attr, fds_pick(KIND_VHOST, step->fd[1], TARGETS));
		break;
	case TAPPIN_A_LEASE_FD:
		mnl_attr_put_u32(nlh, attr, fds_pick(KIND_LEASE, step->fd[2], TARGETS));
		break;
	case TAPPIN_A_UID:
	case TAPPIN_A_GID:
	case TAPPIN_A_EVENT:
		mnl_attr_put_u32(nlh, attr, user_of(step));
		break;
	case TAPPIN_A_NOTE:
		put_note(nlh, step);
		break;
	case TAPPIN_A_COOKIE:
		put_cookie(nlh, step);
		break;
	case TAPPIN_A_VHOST:
	case TAPPIN_A_FORCE:
	case TAPPIN_A_KILL:
	case TAPPIN_A_ALL_NETNS:
		mnl_attr_put(nlh, attr, 0, NULL);
		break;
	default:
		mnl_attr_put(nlh, attr, step->value[0] % 40, world->batch);
	}
}

static void put_attrs(struct nlmsghdr *nlh, const struct step *step, unsigned int cmd)
{
	unsigned int i;

	if (cmd < ARRAY_SIZE(takes)) {
		for (i = 0; i < TAKES_MAX && takes[cmd].attr[i]; i++)
			if ((i < takes[cmd].usual) != !!(step->attrs & 1 << i))
				put_attr(nlh, step, takes[cmd].attr[i]);
	}
	/* And one that it may not take. */
	if (step->attrs & 0x80)
		put_attr(nlh, step, step->value[1] % (TAPPIN_A_MAX + 3));
}

static struct nlattr *nth_attr(struct nlmsghdr *nlh, unsigned int n)
{
	struct nlattr *attr, *found = NULL;
	unsigned int i = 0;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (!found || i++ <= n % 8)
			found = attr;
	return found;
}

/* Returns how many bytes the message takes, which its header may deny. */
static unsigned int break_it(struct nlmsghdr *nlh, uint32_t twist)
{
	static const uint16_t types[] = { NLMSG_NOOP, NLMSG_DONE, GENL_ID_CTRL, 0xffff, 0 };
	struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	unsigned int where = twist >> 8 & 0xff, value = twist >> 16;
	struct nlattr *attr = nth_attr(nlh, where);
	unsigned int len = nlh->nlmsg_len;

	switch (twist % 16) {
	case 1:		/* any bytes, but the number that tells answers apart */
		((uint8_t *)nlh)[12 + (where | value >> 8 << 8) % (len - 12)] = value;
		break;
	case 2:
		if (attr)
			attr->nla_len = value;
		break;
	case 3:
		if (attr)
			attr->nla_len += (int8_t)value;
		break;
	case 4:
		if (attr)
			attr->nla_type = value % (TAPPIN_A_MAX + 3) | (value & 0xc000);
		break;
	case 5:
		if (attr && len + attr->nla_len < MESSAGE_MAX)
			mnl_attr_put(nlh, mnl_attr_get_type(attr),
				     mnl_attr_get_payload_len(attr),
				     mnl_attr_get_payload(attr));
		return nlh->nlmsg_len;
	case 6:
		nlh->nlmsg_len += (int8_t)value;
		break;
	case 7:
		nlh->nlmsg_len = value;
		break;
	case 8:
		nlh->nlmsg_type = types[value % ARRAY_SIZE(types)];
		break;
	case 9:
		genl->version = value;
		genl->reserved = where;
		break;
	case 10:
		nlh->nlmsg_flags ^= value;
		break;
	case 11:	/* one inside another */
		if (attr)
			attr->nla_len = len - ((char *)attr - (char *)nlh);
		break;
	case 12:	/* shorter, and true to it */
		nlh->nlmsg_len = NLMSG_HDRLEN + value % (len - NLMSG_HDRLEN + 1);
		return nlh->nlmsg_len;
	}
	return len;
}

/* Root's messages are not to, whatever became of them. */
static bool meets_canary(const char *buf, unsigned int len, const struct step *step)
{
	unsigned int at;
	uint64_t id;

	for (at = 0; at + sizeof(struct nlattr) + sizeof(id) <= len; at += MNL_ALIGNTO) {
		const struct nlattr *attr = (const void *)(buf + at);

		memcpy(&id, attr + 1, sizeof(id));
		if (is_root(step) && (attr->nla_type & NLA_TYPE_MASK) == TAPPIN_A_ID &&
		    (id == world->id[CANARY_OWNED] || id == world->id[CANARY_FREE]))
			return true;
	}
	return false;
}

static void add_one(const struct step *step)
{
	static char buf[2 * MESSAGE_MAX];
	unsigned int cmd = step->cmd % (TAPPIN_CMD_MAX + 2), len;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	if (!(step->how & HOW_NO_ACK))
		nlh->nlmsg_flags |= NLM_F_ACK;
	if (step->how & HOW_DUMP)
		nlh->nlmsg_flags |= NLM_F_DUMP;
	if (step->how & HOW_ECHO)
		nlh->nlmsg_flags |= NLM_F_ECHO;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = TAPPIN_GENL_VERSION;
	put_attrs(nlh, step, cmd);
	len = break_it(nlh, step->twist);
	if (world->len + MNL_ALIGN(len) > BATCH_MAX ||
	    world->in_batch == BATCH_MESSAGES || meets_canary(buf, len, step))
		return;
	world->in_batch++;
	nlh->nlmsg_seq = ++world->seq;
	world->broken[world->seq % EXPECTED_MAX] = step->twist % 16;
	memcpy(world->batch + world->len, buf, MNL_ALIGN(len));
	world->len += MNL_ALIGN(len);
}

void message_add(const struct step *step)
{
	unsigned int n = 1;

	if (step->how & HOW_MANY)
		n = 5;
	if (step->how & HOW_VERY_MANY)
		n *= 8;
	while (n--)
		add_one(step);
}
