// SPDX-License-Identifier: GPL-2.0-or-later
/* Make a TAP, open its queues, and look at what is adopted. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "fail.h"
#include "macvtap.h"
#include "tap.h"

#define NODE "/dev/net/tun"

/* A "%" makes a pattern of it, which only we ourselves use. */
bool tap_legal_name(const char *name)
{
	size_t len = strlen(name);
	const char *c;

	if (len < 1 || len >= IFNAMSIZ || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return false;
	for (c = name; *c; c++) {
		/* To the kernel's isspace() Latin-1's 0xa0 is a blank too. */
		if (strchr("/:%\xa0", *c) || isspace((unsigned char)*c))
			return false;
	}
	return true;
}

static int set_flags(int fd, char name[IFNAMSIZ], unsigned int flags)
{
	struct ifreq request = { .ifr_flags = (short)flags };

	memcpy(request.ifr_name, name, IFNAMSIZ);
	if (ioctl(fd, TUNSETIFF, &request))
		return -errno;
	memcpy(name, request.ifr_name, IFNAMSIZ);
	return 0;
}

static int explain(const struct tap *tap, int error)
{
	const char *name = tap->link.name;

	if (error == -EBUSY && tap->adopted)
		return fail_system("\"%s\" is in use: stop what has it open first",
				   name);
	if (error == -EBUSY)
		return fail_system("there is an interface \"%s\" already: adopt it by \"dev %s\", or give \"dev\" another name",
				   name, name);
	if (error == -EPERM)
		return fail_system("no right to the TAP \"%s\": it takes CAP_NET_ADMIN",
				   name);
	return fail_system("can't open a queue of the TAP \"%s\": %s", name,
			   strerror(-error));
}

/* Opens one queue and adds it. @extra are flags for this one. */
static int add_tun_queue(struct tap *tap, unsigned int extra)
{
	unsigned int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | extra;
	int fd, ret;

	if (tap->link.multi_queue)
		flags |= IFF_MULTI_QUEUE;
	fd = open(NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fail_system("can't open " NODE ": %s", strerror(errno));
	ret = set_flags(fd, tap->link.name, flags);
	if (ret) {
		close(fd);
		return explain(tap, ret);
	}
	tap->fds[tap->queues++] = fd;
	return EXIT_DONE;
}

static int add_macvtap_queue(struct tap *tap, bool multi_queue)
{
	int fd = macvtap_open(&tap->link, multi_queue);

	if (fd < 0)
		return EXIT_REFUSED;
	tap->fds[tap->queues++] = fd;
	return EXIT_DONE;
}

/*
 * Without an owner anybody could join. Not the pin's user either: who claims the
 * pin is given the queues, and could join after that right was taken away.
 */
static int set_owner(struct tap *tap)
{
	if (ioctl(tap->fds[0], TUNSETOWNER, 0ul))
		return fail_system("can't set the owner of the TAP \"%s\": %s",
				   tap->link.name, strerror(errno));
	tap->owner_set = true;
	return EXIT_DONE;
}

static int set_txqlen(struct tap *tap, const struct tap_opts *opts)
{
	int ret;

	if (!opts->has_txqlen || opts->txqlen == tap->link.txqlen)
		return EXIT_DONE;
	ret = link_set_txqlen(tap->link.name, opts->txqlen);
	if (ret)
		return fail_system("can't set the transmit queue length of \"%s\": %s",
				   tap->link.name, strerror(-ret));
	tap->txqlen_set = true;
	return EXIT_DONE;
}

/*
 * The owner is set when there is one queue, before anyone can have joined. The
 * length, too, so that the other rings have the right one from the start.
 */
static int make(struct tap *tap, const struct tap_opts *opts, const char *name)
{
	int ret;

	tap->link.multi_queue = opts->queues > 1;
	snprintf(tap->link.name, IFNAMSIZ, "%s", name);
	ret = add_tun_queue(tap, IFF_TUN_EXCL);
	if (!ret)
		ret = set_owner(tap);
	if (!ret)
		ret = set_txqlen(tap, opts);
	while (!ret && tap->queues < opts->queues)
		ret = add_tun_queue(tap, 0);
	if (ret)
		return ret;
	tap->link.index = if_nametoindex(tap->link.name);
	if (!tap->link.index)
		return fail_system("the TAP \"%s\" has just gone again",
				   tap->link.name);
	return EXIT_DONE;
}

static int check_tun(const struct link *link, unsigned int queues)
{
	if (!link->is_tap)
		return fail_system("\"%s\" is a TUN device and has no Ethernet frames: only a TAP can be pinned",
				   link->name);
	if (link->queues || link->disabled || !link->persist)
		return fail_system("\"%s\" is in use: stop what has it open first",
				   link->name);
	if (queues > 1 && !link->multi_queue)
		return fail_system("\"%s\" was made for one queue: leave out \"queues\", or make it again with \"ip tuntap add ... multi_queue\"",
				   link->name);
	return EXIT_DONE;
}

static int adopt_tun(struct tap *tap, const struct tap_opts *opts)
{
	int ret;

	ret = check_tun(&tap->link, opts->queues);
	while (!ret && tap->queues < opts->queues)
		ret = add_tun_queue(tap, 0);
	if (!ret)
		ret = set_txqlen(tap, opts);
	if (!ret && !tap->link.has_owner && !tap->link.has_group)
		ret = set_owner(tap);
	return ret;
}

static int adopt_macvtap(struct tap *tap, const struct tap_opts *opts)
{
	int ret;

	ret = macvtap_check_free(&tap->link);
	while (!ret && tap->queues < opts->queues)
		ret = add_macvtap_queue(tap, opts->queues > 1);
	if (!ret)
		ret = set_txqlen(tap, opts);
	return ret;
}

static int open_any(struct tap *tap, const struct tap_opts *opts)
{
	int ret;

	if (!opts->dev)
		return make(tap, opts, tap_legal_name(opts->pin_name) ?
			    opts->pin_name : "tap%d");
	ret = link_get(opts->dev, 0, &tap->link);
	if (ret == -ENODEV && opts->adopt)
		return fail_system("there is no interface \"%s\" to adopt: make it first",
				   opts->dev);
	if (ret == -ENODEV)
		return make(tap, opts, opts->dev);
	if (ret)
		return fail_system("can't look at \"%s\": %s", opts->dev,
				   strerror(-ret));
	tap->adopted = true;
	if (!strcmp(tap->link.kind, "tun"))
		return adopt_tun(tap, opts);
	if (!strcmp(tap->link.kind, "macvtap"))
		return adopt_macvtap(tap, opts);
	return fail_system("\"%s\" is neither a TAP nor a macvtap", opts->dev);
}

int tap_open(struct tap *tap, const struct tap_opts *opts)
{
	int ret;

	*tap = (struct tap){};
	ret = open_any(tap, opts);
	if (ret)
		tap_undo(tap);
	return ret;
}

void tap_close(struct tap *tap)
{
	while (tap->queues)
		close(tap->fds[--tap->queues]);
}

/* The kind of frames follows whoever attaches first: attach as it was. */
static void put_flags_back(struct tap *tap)
{
	unsigned int flags = IFF_TAP;
	int fd;

	if (tap->link.no_pi)
		flags |= IFF_NO_PI;
	if (tap->link.vnet_hdr)
		flags |= IFF_VNET_HDR;
	if (tap->link.multi_queue)
		flags |= IFF_MULTI_QUEUE;
	fd = open(NODE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	set_flags(fd, tap->link.name, flags);
	close(fd);
}

void tap_undo(struct tap *tap)
{
	bool touched = tap->queues;

	tap_close(tap);
	if (!tap->adopted)
		return;
	if (touched && !strcmp(tap->link.kind, "tun"))
		put_flags_back(tap);
	if (tap->txqlen_set)
		link_set_txqlen(tap->link.name, tap->link.txqlen);
	if (tap->owner_set)
		fail_system("\"%s\" had no owner and has one now, which can't be undone",
			    tap->link.name);
}

/* The number of one that was moved to another namespace may be another's here. */
bool tap_is_of_pin(const struct link *link, const struct tappin_pin *pin)
{
	const char *name = tappin_pin_ifname(pin);

	return name && link->index == tappin_pin_ifindex(pin) &&
	       !strcmp(link->name, name);
}

bool tap_of_pin(const struct tappin_pin *pin, struct link *link)
{
	return !link_get(NULL, tappin_pin_ifindex(pin), link) &&
	       tap_is_of_pin(link, pin);
}

bool tap_is_lasting(const struct link *link)
{
	return strcmp(link->kind, "tun") || link->persist;
}

int tap_detach_queue(int fd)
{
	struct ifreq request = { .ifr_flags = IFF_DETACH_QUEUE };

	return ioctl(fd, TUNSETQUEUE, &request) ? -errno : 0;
}
