/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a netlink message to a struct tpn_reply.
 *
 * A message with a fault in it is read to its end all the same, so that no fd
 * it carries is overlooked. Attributes of a later module are passed over.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "reply.h"

enum kind {
	UNKNOWN,
	FIXED,		/* exactly this size; a flag is of size 0 */
	STRING,		/* up to this size with its NUL */
};

struct field {
	enum kind kind;
	size_t offset;
	size_t size;
};

#define FIELD(kind, member) \
	{ kind, offsetof(struct tpn_reply, member), \
	  sizeof(((struct tpn_reply *)NULL)->member) }

static const struct field fields[TAPPIN_A_MAX + 1] = {
	[TAPPIN_A_ID]		= FIELD(FIXED, pin.id),
	[TAPPIN_A_NAME]		= FIELD(STRING, pin.name),
	[TAPPIN_A_STATE]	= FIELD(FIXED, pin.state),
	[TAPPIN_A_EVENT]	= FIELD(FIXED, event),
	[TAPPIN_A_GENERATION]	= FIELD(FIXED, pin.generation),
	[TAPPIN_A_IFINDEX]	= FIELD(FIXED, pin.ifindex),
	[TAPPIN_A_IFNAME]	= FIELD(STRING, pin.ifname),
	[TAPPIN_A_NETNS]	= FIELD(FIXED, pin.netns),
	[TAPPIN_A_QUEUES]	= FIELD(FIXED, pin.queues),
	[TAPPIN_A_VHOST]	= { FIXED, 0, 0 },
	[TAPPIN_A_UID]		= FIELD(FIXED, pin.uid),
	[TAPPIN_A_GID]		= FIELD(FIXED, pin.gid),
	[TAPPIN_A_PID]		= FIELD(FIXED, pin.pid),
	[TAPPIN_A_COMM]		= FIELD(STRING, pin.comm),
	[TAPPIN_A_OFFERER_PID]	= FIELD(FIXED, pin.offerer_pid),
	[TAPPIN_A_OFFERER_COMM]	= FIELD(STRING, pin.offerer_comm),
	[TAPPIN_A_STANDBYS]	= FIELD(FIXED, pin.standbys),
	[TAPPIN_A_FENCING]	= FIELD(FIXED, pin.fencing),
	[TAPPIN_A_STRAYS]	= FIELD(FIXED, pin.strays),
	[TAPPIN_A_HANDOVERS]	= FIELD(FIXED, pin.handovers),
	[TAPPIN_A_LOSSES]	= FIELD(FIXED, pin.losses),
	[TAPPIN_A_EVICTIONS]	= FIELD(FIXED, pin.evictions),
	[TAPPIN_A_COOKIE]	= FIELD(FIXED, cookie),
};

_Static_assert(TAPPIN_A_MAX < 64, "an attribute is a bit of pin.present");

static const enum tappin_attr required[] = {
	TAPPIN_A_ID, TAPPIN_A_NAME, TAPPIN_A_STATE, TAPPIN_A_QUEUES,
};

static bool read_field(struct tpn_reply *reply, const struct field *field,
		       const void *data, size_t len)
{
	const char *str = data;

	if (field->kind == FIXED && len != field->size)
		return false;
	if (field->kind == STRING &&
	    (len == 0 || len > field->size || str[len - 1] != '\0'))
		return false;
	if (len)
		memcpy((char *)reply + field->offset, data, len);
	return true;
}

static bool read_note(struct tappin_pin *pin, const void *data, size_t len)
{
	if (len > sizeof(pin->note))
		return false;
	memcpy(pin->note, data, len);
	pin->note_len = len;
	return true;
}

static bool read_fds(struct tpn_fds *fds, const void *data, size_t len)
{
	bool good = len % sizeof(int32_t) == 0;
	const char *p = data;
	int32_t fd;

	for (; len >= sizeof(fd); p += sizeof(fd), len -= sizeof(fd)) {
		memcpy(&fd, p, sizeof(fd));
		if (fd < 0) {
			good = false;
		} else if (fds->count == TAPPIN_QUEUES_MAX) {
			close(fd);
			good = false;
		} else {
			fds->fd[fds->count++] = fd;
		}
	}
	return good;
}

static bool read_lease_fd(struct tpn_reply *reply, const void *data, size_t len)
{
	int32_t fd;

	if (len != sizeof(fd))
		return false;
	memcpy(&fd, data, sizeof(fd));
	if (fd < 0)
		return false;
	if (reply->lease_fd >= 0) {
		close(fd);
		return false;
	}
	reply->lease_fd = fd;
	return true;
}

static bool read_attr(struct tpn_reply *reply, const struct nlattr *attr)
{
	const void *data = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);
	unsigned int type = mnl_attr_get_type(attr);
	bool good = true;

	if (type > TAPPIN_A_MAX)
		return true;
	if (type == TAPPIN_A_TAP_FDS)
		good = read_fds(&reply->tap, data, len);
	else if (type == TAPPIN_A_VHOST_FDS)
		good = read_fds(&reply->vhost, data, len);
	else if (type == TAPPIN_A_LEASE_FD)
		good = read_lease_fd(reply, data, len);
	else if (type == TAPPIN_A_NOTE)
		good = read_note(&reply->pin, data, len);
	else if (fields[type].kind != UNKNOWN)
		good = read_field(reply, &fields[type], data, len);
	if (good)
		reply->pin.present |= UINT64_C(1) << type;
	return good;
}

/*
 * The number of queues is one that callers have room for; the fds are either
 * none or as many.
 */
static bool counts_fit(const struct tpn_reply *reply)
{
	unsigned int queues = reply->pin.queues;

	return queues >= 1 && queues <= TAPPIN_QUEUES_MAX &&
	       (!reply->tap.count || reply->tap.count == queues) &&
	       (!reply->vhost.count || reply->vhost.count == queues);
}

/*
 * tpn_reply_parse() - read one message into @reply
 *
 * Return: 0, or -EBADMSG if it isn't a whole description of a pin. Its fds are
 * in @reply in both cases.
 */
int tpn_reply_parse(struct tpn_reply *reply, const struct nlmsghdr *nlh)
{
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *attr;
	bool good = true;
	unsigned int i;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		good &= read_attr(reply, attr);
	if ((const char *)attr != end)
		good = false;
	for (i = 0; i < MNL_ARRAY_SIZE(required); i++)
		good &= tpn_reply_has(reply, required[i]);
	return good && counts_fit(reply) ? 0 : -EBADMSG;
}

void tpn_reply_init(struct tpn_reply *reply)
{
	memset(reply, 0, sizeof(*reply));
	reply->lease_fd = -1;
}

void tpn_fds_close(struct tpn_fds *fds)
{
	unsigned int i;

	for (i = 0; i < fds->count; i++)
		if (fds->fd[i] >= 0)
			close(fds->fd[i]);
	fds->count = 0;
}

/* Close what nobody took. The description stays. */
void tpn_reply_close(struct tpn_reply *reply)
{
	tpn_fds_close(&reply->tap);
	tpn_fds_close(&reply->vhost);
	if (reply->lease_fd >= 0)
		close(reply->lease_fd);
	reply->lease_fd = -1;
}
