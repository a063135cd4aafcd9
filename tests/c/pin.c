// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "check.h"
#include "pin.h"
#include "ring.h"
#include "workers.h"

struct tappin *pin_connect(void)
{
	struct tappin *handle;

	if (tappin_open(&handle)) {
		errno = 0;
		bail("%s", tappin_errmsg(handle));
	}
	return handle;
}

static void must(struct tappin *handle, int ret, const char *what,
		 const char *name)
{
	errno = 0;
	if (ret < 0)
		bail("%s %s: %s %s", what, name, error_name(ret),
		     tappin_errmsg(handle));
}

int pin_new(struct tappin *handle, const char *name, const struct tap *tap,
	    bool vhost)
{
	int vhost_fd = vhost ? open("/dev/vhost-net", O_RDWR | O_CLOEXEC) : -1;
	int ret;

	if (vhost && vhost_fd < 0)
		bail("/dev/vhost-net");
	ret = tappin_new(handle,
			 TAPPIN_OPTS(tappin_new_opts, .name = name,
				     .ifindex = tap->ifindex, .tap_fds = tap->fd,
				     .queues = tap->queues, .vhost = vhost,
				     .vhost_fd = vhost_fd),
			 NULL);
	if (vhost)
		close(vhost_fd);
	return ret;
}

void pin_make(struct tappin *handle, const char *name, unsigned int queues,
	      bool vhost)
{
	struct tap tap;

	tap_make(&tap, name, queues);
	must(handle, pin_new(handle, name, &tap, vhost), "new", name);
	tap_close(&tap);
}

void pin_drop(struct tappin *handle, const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	if (tappin_del(handle, name, 0, TAPPIN_FORCE) == -EINPROGRESS)
		pin_reaches(handle, name, -ENOENT);
	if (ifindex)
		tap_delete(ifindex);
}

int pin_state(struct tappin *handle, const char *name)
{
	struct tappin_pin *pin;
	int ret;

	ret = tappin_get(handle, name, 0, &pin);
	if (ret)
		return ret;
	ret = tappin_pin_state(pin);
	tappin_pin_free(pin);
	return ret;
}

const char *pin_state_name(int state)
{
	return state < 0 ? "deleted" : tappin_state_name(state);
}

struct waiting {
	struct tappin *handle;
	const char *name;
	int state;
};

static bool is_there(void *arg)
{
	const struct waiting *w = arg;

	return pin_state(w->handle, w->name) == w->state;
}

bool pin_reaches(struct tappin *handle, const char *name, int state)
{
	struct waiting w = { handle, name, state };
	bool there = eventually(is_there, &w, PATIENCE_MS);

	if (!there)
		say_workers();
	return there;
}

struct tappin_lease *pin_standby(struct tappin *handle, const char *name)
{
	struct tappin_lease *lease;

	must(handle, tappin_standby(handle, name, 0, &lease, NULL), "standby",
	     name);
	return lease;
}

struct tappin_lease *pin_own(struct tappin *handle, const char *name)
{
	struct tappin_lease *lease = pin_standby(handle, name);

	must(handle, tappin_claim(handle, lease, NULL, 0), "claim", name);
	return lease;
}

int pin_claim(struct tappin *handle, struct tappin_lease *lease,
	      const uint8_t *cookie)
{
	uint64_t end = now_ns() + PATIENCE_MS * 1000000ull;
	struct pollfd poll_in = {
		.fd = tappin_lease_fd(lease), .events = POLLIN,
	};
	int ret;

	do {
		ret = tappin_claim(handle, lease, cookie, 0);
		if (ret == -EINPROGRESS)
			poll(&poll_in, 1, 100);
	} while (ret == -EINPROGRESS && now_ns() < end);
	return ret;
}

int pin_own_vhost(const struct tappin_lease *lease)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < tappin_lease_queues(lease) && !ret; i++)
		ret = vhost_own(tappin_lease_vhost_fd(lease, i));
	return ret;
}

int pin_no_event(enum tappin_event event, const struct tappin_pin *pin, void *arg)
{
	(void)event;
	(void)pin;
	(void)arg;
	return 0;
}
