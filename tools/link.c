// SPDX-License-Identifier: GPL-2.0-or-later
/* Network interfaces, by rtnetlink. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link.h"

static const enum mnl_attr_data_type link_types[IFLA_MAX + 1] = {
	[IFLA_IFNAME]	= MNL_TYPE_NUL_STRING,
	[IFLA_TXQLEN]	= MNL_TYPE_U32,
	[IFLA_LINKINFO]	= MNL_TYPE_NESTED,
};

static const enum mnl_attr_data_type info_types[IFLA_INFO_MAX + 1] = {
	[IFLA_INFO_KIND] = MNL_TYPE_NUL_STRING,
	[IFLA_INFO_DATA] = MNL_TYPE_UNSPEC,	/* as the kind has it */
};

static const enum mnl_attr_data_type tun_types[IFLA_TUN_MAX + 1] = {
	[IFLA_TUN_OWNER]	= MNL_TYPE_U32,
	[IFLA_TUN_GROUP]	= MNL_TYPE_U32,
	[IFLA_TUN_TYPE]		= MNL_TYPE_U8,
	[IFLA_TUN_PI]		= MNL_TYPE_U8,
	[IFLA_TUN_VNET_HDR]	= MNL_TYPE_U8,
	[IFLA_TUN_PERSIST]	= MNL_TYPE_U8,
	[IFLA_TUN_MULTI_QUEUE]	= MNL_TYPE_U8,
	[IFLA_TUN_NUM_QUEUES]	= MNL_TYPE_U32,
	[IFLA_TUN_NUM_DISABLED_QUEUES] = MNL_TYPE_U32,
};

/* libmnl's getters read what they are asked for, however short it is. */
static bool fits(const struct nlattr *attr,
		 const enum mnl_attr_data_type *types, unsigned int max)
{
	unsigned int type = mnl_attr_get_type(attr);

	if (type > max || mnl_attr_validate(attr, types[type]) >= 0)
		return true;
	errno = EBADMSG;
	return false;
}

static int on_tun(const struct nlattr *attr, void *arg)
{
	struct link *link = arg;

	if (!fits(attr, tun_types, IFLA_TUN_MAX))
		return MNL_CB_ERROR;
	switch (mnl_attr_get_type(attr)) {
	case IFLA_TUN_OWNER:
		link->has_owner = true;
		link->owner = mnl_attr_get_u32(attr);
		break;
	case IFLA_TUN_GROUP:
		link->has_group = true;
		break;
	case IFLA_TUN_TYPE:
		link->is_tap = mnl_attr_get_u8(attr) == IFF_TAP;
		break;
	case IFLA_TUN_PI:
		link->no_pi = !mnl_attr_get_u8(attr);
		break;
	case IFLA_TUN_VNET_HDR:
		link->vnet_hdr = mnl_attr_get_u8(attr);
		break;
	case IFLA_TUN_PERSIST:
		link->persist = mnl_attr_get_u8(attr);
		break;
	case IFLA_TUN_MULTI_QUEUE:
		link->multi_queue = mnl_attr_get_u8(attr);
		break;
	case IFLA_TUN_NUM_QUEUES:
		link->queues = mnl_attr_get_u32(attr);
		break;
	case IFLA_TUN_NUM_DISABLED_QUEUES:
		link->disabled = mnl_attr_get_u32(attr);
		break;
	}
	return MNL_CB_OK;
}

/* The kind comes first and says whose data it is. */
static int on_info(const struct nlattr *attr, void *arg)
{
	struct link *link = arg;

	if (!fits(attr, info_types, IFLA_INFO_MAX))
		return MNL_CB_ERROR;
	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		snprintf(link->kind, sizeof(link->kind), "%s",
			 mnl_attr_get_str(attr));
	else if (mnl_attr_get_type(attr) == IFLA_INFO_DATA &&
		 !strcmp(link->kind, "tun"))
		return mnl_attr_parse_nested(attr, on_tun, link);
	return MNL_CB_OK;
}

static int on_link(const struct nlattr *attr, void *arg)
{
	struct link *link = arg;

	if (!fits(attr, link_types, IFLA_MAX))
		return MNL_CB_ERROR;
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		snprintf(link->name, sizeof(link->name), "%s",
			 mnl_attr_get_str(attr));
		break;
	case IFLA_TXQLEN:
		link->txqlen = mnl_attr_get_u32(attr);
		break;
	case IFLA_LINKINFO:
		return mnl_attr_parse_nested(attr, on_info, link);
	}
	return MNL_CB_OK;
}

static int on_message(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct link *link = arg;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*info)) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	link->index = info->ifi_index;
	if (mnl_attr_parse(nlh, sizeof(*info), on_link, link) < 0)
		return MNL_CB_ERROR;
	return MNL_CB_STOP;
}

static int talk(struct mnl_socket *socket, const char *name,
		unsigned int index, struct link *link)
{
	/* A physical function with many virtual ones has long answers. */
	char buffer[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;
	ssize_t len;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = 1;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	info->ifi_index = index;
	if (name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	len = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	if (len < 0)
		return -errno;
	/* libmnl before 1.0.5 doesn't see that one beyond INT_MAX is too long. */
	if ((size_t)len < sizeof(*nlh) || nlh->nlmsg_len > (size_t)len)
		return -EBADMSG;
	if (mnl_cb_run(buffer, nlh->nlmsg_len, 1, mnl_socket_get_portid(socket),
		       on_message, link) < 0)
		return -errno;
	return link->index ? 0 : -ENODEV;
}

int link_get(const char *name, unsigned int index, struct link *link)
{
	struct mnl_socket *socket;
	int ret;

	memset(link, 0, sizeof(*link));
	socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		ret = -errno;
	else
		ret = talk(socket, name, name ? 0 : index, link);
	mnl_socket_close(socket);
	return ret;
}

int link_set_txqlen(const char *name, unsigned int txqlen)
{
	struct ifreq request = { .ifr_qlen = txqlen };
	int fd, ret = 0;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCSIFTXQLEN, &request))
		ret = -errno;
	close(fd);
	return ret;
}
