/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection to the module: opening, closing, and what it says of errors.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handle.h"

int tpn_error(struct tappin *handle, int err, const char *fmt, ...)
{
	va_list args;

	if (!fmt) {
		snprintf(handle->errmsg, sizeof(handle->errmsg), "%s",
			 strerror(-err));
		return err;
	}
	va_start(args, fmt);
	vsnprintf(handle->errmsg, sizeof(handle->errmsg), fmt, args);
	va_end(args);
	return err;
}

static int open_socket(struct tappin *handle)
{
	int one = 1;

	/*
	 * The kernel has done a command, and queued all it says of it, when
	 * sending returns. What isn't there then never comes: don't wait.
	 */
	handle->nl = mnl_socket_open2(NETLINK_GENERIC,
				      SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!handle->nl)
		return tpn_error(handle, -errno, "no netlink socket: %s",
				 strerror(errno));
	if (mnl_socket_bind(handle->nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return tpn_error(handle, -errno, "netlink: bind: %s",
				 strerror(errno));
	handle->portid = mnl_socket_get_portid(handle->nl);
	if (mnl_socket_setsockopt(handle->nl, NETLINK_EXT_ACK, &one,
				  sizeof(one)) < 0)
		return tpn_error(handle, -errno, "netlink: extended ACK: %s",
				 strerror(errno));
	return 0;
}

static void close_socket(struct tappin *handle)
{
	if (handle->nl)
		mnl_socket_close(handle->nl);
	handle->nl = NULL;
}

/**
 * tappin_open() - connect to the module, loading it if need be
 * @handle: where to put the connection
 *
 * On failure too *@handle is set, as far as memory allows, and of use for
 * tappin_errmsg() only; it is to be closed. NULL means out of memory.
 *
 * Return: 0; -EOPNOTSUPP if the module is not loaded and could not be;
 * -EPROTONOSUPPORT if it speaks another version; -ENOMEM; another -errno if
 * there is no netlink to talk through.
 */
EXPORT int tappin_open(struct tappin **handle)
{
	struct tappin *h = calloc(1, sizeof(*h));
	int ret;

	*handle = h;
	if (!h)
		return -ENOMEM;
	tpn_reply_init(&h->reply);
	ret = open_socket(h);
	if (!ret)
		ret = tpn_family_resolve(h);
	if (ret)
		close_socket(h);
	return ret;
}

/**
 * tappin_close() - end a connection
 * @handle: the connection, or NULL
 *
 * Leases are not affected.
 */
EXPORT void tappin_close(struct tappin *handle)
{
	if (!handle)
		return;
	tpn_reply_close(&handle->reply);
	close_socket(handle);
	free(handle);
}

/**
 * tappin_errmsg() - what people should read about the last call
 * @handle: the connection; NULL if there was no memory for one
 *
 * Return: a sentence without a full stop, "" if there was nothing to say. It
 * stands until the next call that takes the handle.
 */
EXPORT const char *tappin_errmsg(const struct tappin *handle)
{
	return handle ? handle->errmsg : strerror(ENOMEM);
}

/**
 * tappin_version() - the library's version
 *
 * Return: "major.minor.patch"
 */
EXPORT const char *tappin_version(void)
{
	return TAPPIN_VERSION;
}
