// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A macvtap's queues are opened from its character device, /dev/tapINDEX. The
 * kernel lets anyone who may open that join, and then steers packets to the
 * new queue: so look for users before.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "fail.h"
#include "macvtap.h"

#define NODE_LEN 32

static void node_name(char node[NODE_LEN], const struct link *link)
{
	snprintf(node, NODE_LEN, "/dev/tap%u", link->index);
}

static bool process_has(const char *pid, dev_t device)
{
	char path[300];
	struct dirent *entry;
	struct stat status;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = !fstatat(dirfd(dir), entry->d_name, &status, 0) &&
			S_ISCHR(status.st_mode) && status.st_rdev == device;
	closedir(dir);
	return found;
}

/* Return: the pid of one, 0 if there is none that can be seen */
static int find_user(dev_t device)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int pid = 0;

	if (!dir)
		return 0;
	while (!pid && (entry = readdir(dir))) {
		if (isdigit((unsigned char)*entry->d_name) &&
		    process_has(entry->d_name, device))
			pid = atoi(entry->d_name);
	}
	closedir(dir);
	return pid;
}

int macvtap_check_free(const struct link *link)
{
	char node[NODE_LEN];
	struct stat status;
	int pid;

	node_name(node, link);
	if (stat(node, &status))
		return fail_system("can't find %s, from which \"%s\" is opened: %s",
				   node, link->name, strerror(errno));
	pid = find_user(status.st_rdev);
	if (pid)
		return fail_system("\"%s\" is in use by pid %d: stop that first",
				   link->name, pid);
	return EXIT_DONE;
}

int macvtap_open(const struct link *link, bool multi_queue)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI |
					      IFF_VNET_HDR };
	char node[NODE_LEN];
	int fd;

	node_name(node, link);
	fd = open(node, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		fail_system("can't open %s: %s", node, strerror(errno));
		return -1;
	}
	if (multi_queue)
		request.ifr_flags |= IFF_MULTI_QUEUE;
	memcpy(request.ifr_name, link->name, IFNAMSIZ);
	if (!ioctl(fd, TUNSETIFF, &request))
		return fd;
	fail_system("can't set up a queue of \"%s\": %s", link->name,
		    strerror(errno));
	close(fd);
	return -1;
}
