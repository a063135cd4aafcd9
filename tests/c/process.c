// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "process.h"

pid_t spawn(void)
{
	pid_t parent = getpid();
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bail("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	return 0;
}

_Noreturn void await_end(void)
{
	for (;;)
		pause();
}

void become_nobody(void)
{
	int dies = 0;

	prctl(PR_GET_PDEATHSIG, &dies);
	if (setgroups(0, NULL) || setgid(UID_NOBODY) || setuid(UID_NOBODY))
		bail("nobody");
	/* A change of credentials takes this away. */
	prctl(PR_SET_PDEATHSIG, dies);
}

struct child {
	pid_t pid;
	int status;
};

static bool has_ended(void *arg)
{
	struct child *child = arg;

	return waitpid(child->pid, &child->status, WNOHANG) == child->pid;
}

int reap(pid_t pid)
{
	struct child child = { .pid = pid };

	if (eventually(has_ended, &child, PATIENCE_MS))
		return child.status;
	say("process %d had to be killed", (int)pid);
	kill(pid, SIGKILL);
	waitpid(pid, &child.status, 0);
	return child.status;
}

void slay(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (!dir)
		bail("/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

int module_references(void)
{
	FILE *file = fopen("/sys/module/tappin/refcnt", "re");
	int n;

	if (!file || fscanf(file, "%d", &n) != 1)
		bail("the references to the module");
	fclose(file);
	return n;
}

void *shared_memory(size_t len)
{
	void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		bail("%zu bytes of shared memory", len);
	return mem;
}

struct barrier *barrier_new(void)
{
	return shared_memory(sizeof(struct barrier));
}

void barrier_reset(struct barrier *barrier, unsigned int wanted)
{
	barrier->wanted = wanted;
	__atomic_store_n(&barrier->here, 0, __ATOMIC_SEQ_CST);
}

void barrier_wait(struct barrier *barrier)
{
	uint64_t end = now_ns() + PATIENCE_MS * 1000000ull;

	__atomic_add_fetch(&barrier->here, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&barrier->here, __ATOMIC_SEQ_CST) < barrier->wanted) {
		if (now_ns() > end)
			bail("not all came to the barrier");
		sched_yield();
	}
}
