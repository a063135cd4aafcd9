/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The queues of a pin that was free, as a VMM expects those of a new TAP.
 *
 * The last owner may have left queues detached, which lose packets and make
 * stock VMMs abort, and programs that steer or filter by a dead guest's wishes.
 * In a hand-over nothing of this is done: detaching and attaching a queue
 * drops what waits in its ring.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/if_tun.h>

#include "queue.h"

/*
 * What tun and macvtap answer when a queue is attached already, when the device
 * is not a multi-queue one, and to requests they don't know.
 */
static bool nothing_to_do(int err)
{
	return err == EINVAL || err == ENOTTY || err == EOPNOTSUPP;
}

static int report(struct tappin *handle, unsigned int queue, const char *what)
{
	int err = errno;

	if (nothing_to_do(err))
		return 0;
	return tpn_error(handle, -err, "queue %u: %s: %s", queue, what,
			 strerror(err));
}

static int attach(struct tappin *handle, unsigned int queue, int fd)
{
	struct ifreq ifr = { .ifr_flags = IFF_ATTACH_QUEUE };

	if (ioctl(fd, TUNSETQUEUE, &ifr) < 0)
		return report(handle, queue, "attach");
	return 0;
}

static int clear(struct tappin *handle, unsigned int queue, int fd)
{
	int none = -1;
	int ret = 0;

	if (ioctl(fd, TUNSETSTEERINGEBPF, &none) < 0)
		ret = report(handle, queue, "clear the steering program");
	if (!ret && ioctl(fd, TUNSETFILTEREBPF, &none) < 0)
		ret = report(handle, queue, "clear the filter program");
	if (!ret && ioctl(fd, TUNDETACHFILTER, NULL) < 0)
		ret = report(handle, queue, "detach the filter");
	return ret;
}

/*
 * tpn_queues_reset() - attach every queue and clear the device's programs
 *
 * All are attached first: attaching gives a queue the device's filter.
 *
 * Return: 0, or -errno with its sentence if a queue is not as it should be.
 */
int tpn_queues_reset(struct tappin *handle, const struct tpn_fds *tap)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < tap->count && !ret; i++)
		if (tap->fd[i] >= 0)
			ret = attach(handle, i, tap->fd[i]);
	for (i = 0; i < tap->count && !ret; i++)
		if (tap->fd[i] >= 0)
			ret = clear(handle, i, tap->fd[i]);
	return ret;
}
