/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events. A monitor is a connection of its own that asks nothing and listens.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>

#include "request.h"

#define RECEIVE_BUFFER	(1 << 20)	/* a thousand events or more */

struct tappin_monitor {
	struct tappin *handle;
};

/* Without the right to a big buffer, what net.core.rmem_max allows will do. */
static void enlarge(int fd)
{
	int size = RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
				 sizeof(size));
}

static int join(struct tappin *handle, uint32_t group)
{
	if (mnl_socket_setsockopt(handle->nl, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)) < 0)
		return tpn_error(handle, -errno, "subscribe to events: %s",
				 strerror(errno));
	return 0;
}

/*
 * The module can be unloaded while there are no pins, which ends the membership
 * without a word and leaves the next load a group of another number. nlctrl tells of
 * it; its only group has the number of its family.
 */
static int subscribe(struct tappin *handle)
{
	int ret;

	enlarge(mnl_socket_get_fd(handle->nl));
	ret = join(handle, GENL_ID_CTRL);
	return ret ? ret : join(handle, handle->events);
}

/**
 * tappin_monitor_open() - subscribe to the events of the network namespace
 * @monitor: where to put the subscription
 *
 * As with tappin_open() *@monitor is set on failure too, as far as memory
 * allows, for tappin_monitor_errmsg(), and is to be closed.
 *
 * Return: 0, or an error of tappin_open()'s.
 */
EXPORT int tappin_monitor_open(struct tappin_monitor **monitor)
{
	struct tappin_monitor *m = calloc(1, sizeof(*m));
	int ret;

	*monitor = m;
	if (!m)
		return -ENOMEM;
	ret = tappin_open(&m->handle);
	if (!ret)
		ret = subscribe(m->handle);
	return ret;
}

/**
 * tappin_monitor_fd() - what to poll for POLLIN
 * @monitor: the subscription
 *
 * Return: an fd, which stays the monitor's.
 */
EXPORT int tappin_monitor_fd(const struct tappin_monitor *monitor)
{
	return mnl_socket_get_fd(monitor->handle->nl);
}

static int read_event(struct tappin *handle, const struct nlmsghdr *nlh,
		      tappin_event_cb cb, void *arg)
{
	struct tpn_reply *reply = &handle->reply;

	tpn_reply_init(reply);
	if (tpn_reply_parse(reply, nlh) ||
	    !tpn_reply_has(reply, TAPPIN_A_EVENT))
		return tpn_error(handle, -EBADMSG,
				 "the module's event can't be understood");
	return cb(reply->event, &reply->pin, arg);
}

static bool is_event(const struct tappin *handle, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return nlh->nlmsg_type == handle->family &&
	       mnl_nlmsg_get_payload_len(nlh) >= sizeof(*genl) &&
	       genl->cmd == TAPPIN_CMD_NOTIFY;
}

static bool is_end(const struct tappin *handle, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (nlh->nlmsg_type != GENL_ID_CTRL ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) ||
	    genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
			return mnl_attr_get_u16(attr) == handle->family;
	return false;
}

static int read_events(struct tappin *handle, int len, tappin_event_cb cb,
		       void *arg, int *count)
{
	const struct nlmsghdr *nlh = &handle->answer.nlh;
	int ret;

	for (; tpn_message_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (is_end(handle, nlh))
			return tpn_explain(handle, -ENOENT);
		if (!is_event(handle, nlh))
			continue;
		ret = read_event(handle, nlh, cb, arg);
		if (ret)
			return ret;
		(*count)++;
	}
	return 0;
}

/**
 * tappin_monitor_read() - call back for each event that waits
 * @monitor: the subscription; not to be closed or read by @cb
 * @cb: called with the event and the pin as it is after it
 * @arg: passed to @cb
 *
 * Return: how many there were; the first non-zero that @cb returned; -ENOBUFS
 * if events were lost: look at the pins again, and read on; -EBADMSG; -EOPNOTSUPP
 * if the module was unloaded: open another one.
 */
EXPORT int tappin_monitor_read(struct tappin_monitor *monitor,
			       tappin_event_cb cb, void *arg)
{
	struct tappin *handle = monitor->handle;
	int count = 0;
	ssize_t len;
	int ret;

	handle->errmsg[0] = '\0';
	for (;;) {
		len = tpn_receive(handle);
		if (len == -EAGAIN)
			return count;
		if (len == -ENOBUFS)
			return tpn_error(handle, len, "events were lost");
		if (len < 0)
			return tpn_error(handle, len, NULL);
		ret = read_events(handle, len, cb, arg, &count);
		if (ret)
			return ret;
	}
}

/**
 * tappin_monitor_errmsg() - what people should read about the last call
 * @monitor: the subscription; NULL if there was no memory for one
 *
 * Return: as tappin_errmsg().
 */
EXPORT const char *tappin_monitor_errmsg(const struct tappin_monitor *monitor)
{
	return tappin_errmsg(monitor ? monitor->handle : NULL);
}

/**
 * tappin_monitor_close() - end a subscription
 * @monitor: the subscription, or NULL
 */
EXPORT void tappin_monitor_close(struct tappin_monitor *monitor)
{
	if (!monitor)
		return;
	tappin_close(monitor->handle);
	free(monitor);
}
