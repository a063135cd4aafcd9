// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crowd - searches for a lease's holders among processes that make them long
 *
 *	crowd [FDS [PROCESSES]]		(500000, 400)
 *
 * Nobody's processes share a table of many fds, which costs them nearly nothing and
 * is looked through again for each of them. A lease's owner goes on in a child while
 * it closes its own copy itself, and the child is looked for; then an admin has it
 * killed. Meanwhile a bystander notes for how long it can't run.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "pin.h"
#include "process.h"
#include "workers.h"

#define NAME		"crowd0"
/* What the search does in one piece is one table: some 40 ms under emulation. */
#define PAUSE_MAX_MS	3000
#define SEARCH_MAX_MS	120000
/* A command took 0.9 s under emulation, beside others; with the search in it, 8.5 s. */
#define ANSWER_MAX_MS	3000

/* In shared memory. */
struct notes {
	volatile bool crowded;
	volatile uint64_t pause;	/* ns, the longest */
	volatile pid_t child;
};

static void crowd(struct notes *notes, unsigned int n)
{
	int fd = open("/dev/null", O_RDONLY);

	if (fd < 0)
		bail("/dev/null");
	become_nobody();
	while (dup(fd) >= 0)
		;
	while (n--) {
		/* Not by fork(), which would give it a table of its own. */
		if (!syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0)) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			await_end();
		}
	}
	notes->crowded = true;
	await_end();
}

static void stand_by_and_note(struct notes *notes)
{
	uint64_t last = now_ns(), now;

	for (;; last = now) {
		usleep(1000);
		now = now_ns();
		if (now - last > notes->pause)
			notes->pause = now - last;
	}
}

static void own_in_a_child(struct notes *notes)
{
	struct tappin *handle = pin_connect();
	struct tappin_lease *lease = pin_own(handle, NAME);
	pid_t child = spawn();

	if (!child)
		await_end();
	close(tappin_lease_fd(lease));
	notes->child = child;
	waitpid(child, NULL, 0);
	_exit(0);
}

static bool is_crowded(void *arg)
{
	const struct notes *notes = arg;

	return notes->crowded;
}

struct search {
	struct tappin *handle;
	struct notes *notes;
};

static bool child_is_found(void *arg)
{
	const struct search *search = arg;
	struct tappin_pin *pin;
	bool found;

	if (!search->notes->child || tappin_get(search->handle, NAME, 0, &pin))
		return false;
	found = tappin_pin_pid(pin) == search->notes->child;
	tappin_pin_free(pin);
	return found;
}

struct killing {
	struct tappin *handle;
	pid_t owner;
	uint64_t slowest;	/* ns, of the answers meanwhile */
};

static bool owner_has_ended(void *arg)
{
	struct killing *killing = arg;
	uint64_t begin = now_ns(), took;
	struct tappin_pin *pin;
	siginfo_t info = {};

	if (tappin_get(killing->handle, NAME, 0, &pin))
		bail("%s", tappin_errmsg(killing->handle));
	tappin_pin_free(pin);
	took = now_ns() - begin;
	if (took > killing->slowest)
		killing->slowest = took;
	return !waitid(P_PID, killing->owner, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

static void have_it_killed(struct tappin *handle, pid_t owner)
{
	struct killing killing = { .handle = handle, .owner = owner };
	uint64_t begin = now_ns();
	int err = tappin_evict(handle, NAME, 0, TAPPIN_KILL);
	unsigned int ms = (now_ns() - begin) / 1000000;

	ok(err == -EINPROGRESS && ms < ANSWER_MAX_MS,
	   "evict with kill answers before it has found it: %s after %u ms", strerror(-err), ms);
	err = tappin_evict(handle, NAME, 0, TAPPIN_KILL);
	ok(err == -EBUSY, "another one does not begin meanwhile: %s", strerror(-err));
	if (!ok(eventually(owner_has_ended, &killing, SEARCH_MAX_MS), "then it is killed")) {
		say_process(owner);
		say_workers();
	}
	ms = killing.slowest / 1000000;
	ok(ms < ANSWER_MAX_MS, "other commands on the pin are answered meanwhile, after %u ms at most",
	   ms);
	ok(pin_reaches(handle, NAME, TAPPIN_STATE_FREE), "and the pin is free");
}

int main(int argc, char **argv)
{
	unsigned int fds = number(argc, argv, 1, 500000);
	unsigned int processes = number(argc, argv, 2, 400);
	const struct rlimit limit = { fds + 100, fds + 100 };
	struct search search = { .handle = pin_connect() };
	struct notes *notes = shared_memory(sizeof(*notes));
	pid_t many, bystander, owner;

	search.notes = notes;
	pin_make(search.handle, NAME, TAPPIN_QUEUES_MAX, true);
	if (setrlimit(RLIMIT_NOFILE, &limit))
		bail("RLIMIT_NOFILE");
	many = spawn();
	if (!many)
		crowd(notes, processes);
	if (!eventually(is_crowded, notes, 6 * PATIENCE_MS))
		bail("the crowd does not come together");
	bystander = spawn();
	if (!bystander)
		stand_by_and_note(notes);
	owner = spawn();
	if (!owner)
		own_in_a_child(notes);
	ok(eventually(child_is_found, &search, SEARCH_MAX_MS),
	   "the child that holds the lease is found among %u processes with %u fds",
	   processes, fds);
	have_it_killed(search.handle, owner);
	ok(notes->pause / 1000000 < PAUSE_MAX_MS,
	   "nobody is kept up for long meanwhile: %u ms at most",
	   (unsigned int)(notes->pause / 1000000));
	slay(owner);
	slay(bystander);
	slay(many);
	pin_drop(search.handle, NAME);
	return done();
}
