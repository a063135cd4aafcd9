// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fds.h"
#include "fixture.h"
#include "place.h"
#include "tap.h"

#define INDEX		0x3f
#define LOOKED_AT	256	/* numbers, for strays */

void fds_add(int fd, enum kind kind, unsigned int target)
{
	if (fd < 0)
		return;
	if (world->slots == SLOTS) {
		close(fd);
		return;
	}
	world->slot[world->slots++] = (struct slot){ fd, kind, target };
}

struct slot *fds_slot(int fd)
{
	unsigned int i;

	for (i = 0; i < world->slots; i++)
		if (world->slot[i].fd == fd)
			return &world->slot[i];
	return NULL;
}

void fds_remove(struct slot *slot)
{
	struct slot *end = &world->slot[--world->slots];

	for (; slot < end; slot++)
		slot[0] = slot[1];
}

void fds_close_all(void)
{
	while (world->slots)
		close(world->slot[--world->slots].fd);
}

int fds_stray(void)
{
	int fd;

	for (fd = world->base; fd < world->base + LOOKED_AT; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return fd;
	return -1;
}

/* The queue of that number, as they were opened. */
static int tap_fd(unsigned int target, unsigned int queue)
{
	unsigned int i, n = 0;
	int fd;

	for (i = 0; i < world->slots; i++) {
		const struct slot *s = &world->slot[i];

		if (s->kind == KIND_TAP && s->target == target && n++ == queue)
			return s->fd;
	}
	if (target >= DEVICES)
		return -1;
	place_go(fixture_place(target));
	fd = tap_queue(fixture_name(target), fixture_queues(target) > 1 ? IFF_MULTI_QUEUE : 0);
	place_go(0);
	fds_add(fd, KIND_TAP, target);
	return fd;
}

static int last_fd(enum kind kind, unsigned int index)
{
	unsigned int i = world->slots;
	int fd;

	while (i--)
		if (world->slot[i].kind == kind && !index--)
			return world->slot[i].fd;
	if (kind != KIND_VHOST)
		return -1;
	fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	fds_add(fd, kind, TARGETS);
	return fd;
}

static int other_fd(unsigned int what)
{
	static const char *const paths[] = {
		"/dev/null", "/dev/zero", "/proc/self/maps", "/proc/self/mem",
		"/proc/self/ns/net", "/sys/class/net", "/dev/net/tun", "/proc/self/fd",
	};
	int pipes[2], fd = -1;

	switch (what % 16) {
	case 0 ... ARRAY_SIZE(paths) - 1:
		fd = open(paths[what % 16], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		break;
	case 8:
		if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
			break;
		close(pipes[0]);
		fd = pipes[1];
		break;
	case 9:
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		break;
	case 10:
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    NETLINK_GENERIC);
		break;
	case 11:
		fd = epoll_create1(EPOLL_CLOEXEC);
		break;
	case 12:
		fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		break;
	case 13:
		fd = open("/dev/vhost-net", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		break;
	case 14:
		fd = open("/dev/vhost-net", O_PATH | O_CLOEXEC);
		break;
	case 15:
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		break;
	}
	fds_add(fd, KIND_OTHER, TARGETS);
	return fd;
}

static int no_fd(unsigned int what)
{
	static const int none[] = { -1, INT_MAX, INT_MIN, 1000000, 1023, -100 };

	return none[what % ARRAY_SIZE(none)];
}

int fds_pick(enum kind kind, uint8_t selector, unsigned int target)
{
	unsigned int index = selector & INDEX;

	switch (selector >> 6) {
	case 0:
		return kind == KIND_TAP ? tap_fd(target, index) : last_fd(kind, index);
	case 1:
		return world->slots ? world->slot[index % world->slots].fd : -1;
	case 2:
		return index < 3 ? (int)index : world->base + (int)index - 3;
	default:
		return index & 0x20 ? no_fd(index & 0x1f) : other_fd(index);
	}
}
