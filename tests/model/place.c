// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "place.h"
#include "process.h"

static int netns[NAMESPACES];
static unsigned int inodes[NAMESPACES];
static int userns;		/* of namespace B */

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		bail("%s", path);
	close(fd);
}

static int open_ns(pid_t pid, const char *what)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		bail("%s", path);
	return fd;
}

static void write_map(pid_t pid, const char *what)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s_map", (int)pid, what);
	write_file(path, "0 100000 1");
}

static void make_all(void)
{
	int ready[2];
	pid_t pid;
	char c;

	netns[0] = open_ns(getpid(), "net");
	if (unshare(CLONE_NEWNET))
		bail("a network namespace");
	netns[1] = open_ns(getpid(), "net");
	if (setns(netns[0], CLONE_NEWNET) || pipe2(ready, O_CLOEXEC))
		bail("back to the first namespace");
	pid = spawn();
	if (!pid) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) || write(ready[1], "", 1) != 1)
			bail("a user namespace");
		await_end();
	}
	if (read(ready[0], &c, 1) != 1)
		bail("a user namespace");
	write_map(pid, "uid");
	write_map(pid, "gid");
	netns[2] = open_ns(pid, "net");
	userns = open_ns(pid, "user");
	slay(pid);
	close(ready[0]);
	close(ready[1]);
}

void place_go(unsigned int ns)
{
	if (setns(netns[ns], CLONE_NEWNET))
		bail("to namespace %u", ns);
}

unsigned int place_inode(unsigned int ns)
{
	return inodes[ns];
}

void place_become(const struct role *role)
{
	gid_t group = role->gid;
	uid_t uid = role->confined ? 0 : role->uid;
	gid_t gid = role->confined ? 0 : role->gid;

	place_go(role->ns);
	if (setgroups(1, &group) || (role->confined && setns(userns, CLONE_NEWUSER)) ||
	    setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		bail("to be %s", role->what);
	/* A change of credentials takes this away. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void place_open(void)
{
	struct stat st;
	unsigned int i;

	make_all();
	for (i = 0; i < NAMESPACES; i++) {
		if (fstat(netns[i], &st))
			bail("a namespace's inode");
		inodes[i] = st.st_ino;
	}
}
