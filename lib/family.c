/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The family's number and its multicast group, from nlctrl. Asking for a family
 * that isn't there makes the kernel load the module that has its name.
 */
#include <errno.h>
#include <string.h>
#include <linux/genetlink.h>

#include "request.h"

struct family {
	uint16_t id;
	uint32_t version;
	uint32_t events;
	bool malformed;
};

static bool fits(struct family *family, const struct nlattr *attr,
		 enum mnl_attr_data_type type)
{
	bool good = mnl_attr_validate(attr, type) >= 0;

	if (!good)
		family->malformed = true;
	return good;
}

static void read_group(struct family *family, const struct nlattr *nest)
{
	const struct nlattr *attr;
	const char *name = "";
	uint32_t id = 0;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_MCAST_GRP_NAME:
			if (fits(family, attr, MNL_TYPE_NUL_STRING))
				name = mnl_attr_get_str(attr);
			break;
		case CTRL_ATTR_MCAST_GRP_ID:
			if (fits(family, attr, MNL_TYPE_U32))
				id = mnl_attr_get_u32(attr);
			break;
		}
	}
	if (!strcmp(name, TAPPIN_GENL_MCGRP_EVENTS))
		family->events = id;
}

static int read_family(struct tappin *handle, const struct nlmsghdr *nlh,
		       void *arg)
{
	const struct nlattr *attr, *group;
	struct family *family = arg;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_FAMILY_ID:
			if (fits(family, attr, MNL_TYPE_U16))
				family->id = mnl_attr_get_u16(attr);
			break;
		case CTRL_ATTR_VERSION:
			if (fits(family, attr, MNL_TYPE_U32))
				family->version = mnl_attr_get_u32(attr);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			mnl_attr_for_each_nested(group, attr)
				read_group(family, group);
			break;
		}
	}
	if (family->malformed || !family->id)
		return tpn_error(handle, -EBADMSG,
				 "netlink: what the family is like can't be understood");
	return 0;
}

int tpn_family_resolve(struct tappin *handle)
{
	struct family family = { 0 };
	int ret;

	tpn_begin_family(handle, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	tpn_put_str(handle, CTRL_ATTR_FAMILY_NAME, TAPPIN_GENL_NAME);
	ret = tpn_exchange(handle, read_family, &family);
	if (ret == -ENOENT)
		return tpn_error(handle, -EOPNOTSUPP,
				 "module tappin is not loaded and could not be: modprobe tappin (or: dkms install)");
	if (ret)
		return handle->errmsg[0] ? ret : tpn_error(handle, ret, NULL);
	if (family.version != TAPPIN_GENL_VERSION)
		return tpn_error(handle, -EPROTONOSUPPORT,
				 "module tappin speaks version %u of the protocol, libtappin %u",
				 family.version, TAPPIN_GENL_VERSION);
	handle->family = family.id;
	handle->events = family.events;
	return 0;
}
