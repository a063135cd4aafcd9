/* SPDX-License-Identifier: MIT */
/*
 * The example of libtappin(3): claim the pin that is named and keep it until
 * somebody evicts this process.
 *
 *	cc -o example example.c $(pkg-config --cflags --libs libtappin)
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <libtappin.h>

static int say(const struct tappin *handle)
{
	fprintf(stderr, "%s\n", tappin_errmsg(handle));
	return 2;
}

/* A pin whose last owner is on its way out is free in a moment. */
static int claim(struct tappin *handle, struct tappin_lease *lease)
{
	struct pollfd fd = { .fd = tappin_lease_fd(lease), .events = POLLIN };
	int ret, tries;

	for (tries = 0; tries < 100; tries++) {
		ret = tappin_claim(handle, lease, NULL, 0);
		if (!tappin_soon_free(handle))
			break;
		poll(&fd, 1, 50);
	}
	return ret;
}

static int use(struct tappin *handle, struct tappin_lease *lease)
{
	struct pollfd fd = { .fd = tappin_lease_fd(lease), .events = 0 };
	unsigned int i;

	if (claim(handle, lease) < 0)
		return say(handle);
	for (i = 0; i < tappin_lease_queues(lease); i++)
		printf("queue %u: TAP fd %d, vhost-net fd %d\n", i,
		       tappin_lease_tap_fd(lease, i),
		       tappin_lease_vhost_fd(lease, i));
	/* A VMM would run its guest here. POLLHUP: the lease has ended. */
	poll(&fd, 1, -1);
	return 0;
}

int main(int argc, char **argv)
{
	struct tappin_lease *lease;
	struct tappin *handle;
	int ret;

	if (argc != 2)
		return 1;
	if (tappin_open(&handle) ||
	    tappin_standby(handle, argv[1], 0, &lease, NULL)) {
		ret = say(handle);
	} else {
		ret = use(handle, lease);
		tappin_lease_close(lease);
	}
	tappin_close(handle);
	return ret;
}
