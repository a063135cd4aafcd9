// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "fault.h"

#define SELF		"/proc/self/fail-nth"
#define THREADS_MAX	512

static int self_fd = -1;

bool fault_memory_can(void)
{
	return !access(SELF, W_OK) && !access("/sys/kernel/debug/failslab", X_OK) &&
	       !access("/sys/kernel/debug/fail_page_alloc", X_OK);
}

static void set(const char *kind, const char *key, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kind, key);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		bail("%s", path);
	close(fd);
}

/* Nothing fails by chance, those that may wait fail too, and no log of it. */
static void set_kind(const char *kind)
{
	set(kind, "probability", "0");
	set(kind, "verbose", getenv("TAPPIN_FAULTS_VERBOSE") ? "2" : "0");
	set(kind, "task-filter", "N");
	set(kind, "ignore-gfp-wait", "N");
}

void fault_memory_prepare(void)
{
	set_kind("failslab");
	set_kind("fail_page_alloc");
	set("fail_page_alloc", "ignore-gfp-highmem", "N");
	set("fail_page_alloc", "min-order", "0");
	self_fd = open(SELF, O_RDWR | O_CLOEXEC);
	if (self_fd < 0)
		bail(SELF);
	/* A page of this program's own would be an allocation, too. */
	if (mlockall(MCL_CURRENT))
		bail("mlockall");
}

static void arm(int fd, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	/* A thread of the kernel may have ended. */
	if (pwrite(fd, text, len, 0) != len && errno != ESRCH)
		bail("fail-nth");
}

/* Has it come to the one that was to fail? */
static bool disarm(int fd)
{
	char text[16] = "?";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0 && errno != ESRCH)
		bail("fail-nth");
	arm(fd, 0);
	return text[0] == '0';
}

void fault_memory_arm(unsigned int nth)
{
	arm(self_fd, nth);
}

bool fault_memory_disarm(void)
{
	return disarm(self_fd);
}

/* Threads that come and go meanwhile are none of ours. */
static int thread_fds[THREADS_MAX];
static unsigned int threads;

/* The workers that are bound to no processor, and who makes them. */
static bool works_for_others(const char *pid)
{
	char path[64], comm[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, comm, sizeof(comm) - 1) < 0)
		comm[0] = '\0';
	close(fd);
	return !strncmp(comm, "kworker/u", strlen("kworker/u")) ||
	       !strcmp(comm, "kthreadd\n");
}

static void take_thread(const char *pid)
{
	char path[64];
	int fd;

	if (!works_for_others(pid))
		return;
	snprintf(path, sizeof(path), "/proc/%.16s/fail-nth", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ESRCH))
		return;
	if (fd < 0 || threads == THREADS_MAX)
		bail("%s", path);
	thread_fds[threads++] = fd;
}

void fault_threads_arm(unsigned int nth)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	unsigned int i;

	if (!dir)
		bail("/proc");
	threads = 0;
	while ((entry = readdir(dir)))
		if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name))
			take_thread(entry->d_name);
	closedir(dir);
	for (i = 0; i < threads; i++)
		arm(thread_fds[i], nth);
}

unsigned int fault_threads_disarm(void)
{
	unsigned int made = 0;

	while (threads) {
		made += disarm(thread_fds[--threads]);
		close(thread_fds[threads]);
	}
	return made;
}

static struct rlimit before;

void fault_fds_arm(unsigned int n)
{
	struct rlimit limit;
	unsigned int fd = 0;

	if (getrlimit(RLIMIT_NOFILE, &before))
		bail("RLIMIT_NOFILE");
	for (;; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (!n--)
			break;
	}
	limit = before;
	limit.rlim_cur = fd;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		bail("RLIMIT_NOFILE");
}

void fault_fds_disarm(void)
{
	if (setrlimit(RLIMIT_NOFILE, &before))
		bail("RLIMIT_NOFILE");
}
