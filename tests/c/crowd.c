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
 *
 * Then the crowd's fds are copies of a queue, to which an offerer is entitled while the
 * claimant is killed: each of them looks like one of 513 files that are looked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
	volatile uint64_t pause;	/* ns, the longest */
	volatile pid_t child;
};

struct crowd {
	pid_t pid;
	int end;	/* of a pipe, which says when all are there, and when all have gone */
};

/* Its table has nothing but copies of @fd, and of @end. */
static _Noreturn void be_a_crowd(int fd, int end, unsigned int n)
{
	become_nobody();
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(end, STDOUT_FILENO) < 0 ||
	    close_range(STDOUT_FILENO + 1, ~0U, 0))
		_exit(1);
	while (dup(STDIN_FILENO) >= 0)
		;
	while (n--) {
		/* Not by fork(), which would give it a table of its own. */
		if (!syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0)) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			await_end();
		}
	}
	if (write(STDOUT_FILENO, "", 1) != 1)
		_exit(1);
	await_end();
}

/* A byte comes if @want, or else the pipe's end. */
static void await_crowd(const struct crowd *crowd, ssize_t want)
{
	struct pollfd end = { .fd = crowd->end, .events = POLLIN };
	char byte;

	if (poll(&end, 1, 6 * PATIENCE_MS) != 1 || read(crowd->end, &byte, 1) != want)
		bail("the crowd does not %s", want ? "come together" : "go");
}

static struct crowd gather(int fd, unsigned int processes)
{
	struct crowd crowd;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		bail("pipe");
	crowd.end = ends[0];
	crowd.pid = spawn();
	if (!crowd.pid)
		be_a_crowd(fd, ends[1], processes);
	close(ends[1]);
	await_crowd(&crowd, 1);
	return crowd;
}

static void disperse(const struct crowd *crowd)
{
	slay(crowd->pid);
	await_crowd(crowd, 0);
	close(crowd->end);
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

static bool has_ended(pid_t pid)
{
	siginfo_t info = {};

	return !waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
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

	if (pin_state(killing->handle, NAME) < 0)
		bail("%s", tappin_errmsg(killing->handle));
	took = now_ns() - begin;
	if (took > killing->slowest)
		killing->slowest = took;
	return has_ended(killing->owner);
}

/* Returns whether the pin is in the state @then at last. */
static bool have_it_killed(struct tappin *handle, pid_t owner, int then)
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
	return ok(pin_reaches(handle, NAME, then), "and the pin is %s", pin_state_name(then));
}

/* A lease in a child, whose parent has closed its own. */
static bool lease_in_a_child(struct tappin *handle, struct notes *notes,
			     unsigned int processes, unsigned int fds)
{
	struct search search = { .handle = handle, .notes = notes };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct crowd crowd;
	pid_t owner;
	bool is_free;

	if (null < 0)
		bail("/dev/null");
	crowd = gather(null, processes);
	close(null);
	owner = spawn();
	if (!owner)
		own_in_a_child(notes);
	ok(eventually(child_is_found, &search, SEARCH_MAX_MS),
	   "the child that holds the lease is found among %u processes with %u fds",
	   processes, fds);
	is_free = have_it_killed(handle, owner, TAPPIN_STATE_FREE);
	slay(owner);
	disperse(&crowd);
	return is_free;
}

static void queues_in_a_crowd(struct tappin *handle, unsigned int processes)
{
	struct tappin_lease *offerer = pin_own(handle, NAME);
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	struct crowd crowd;
	pid_t claimant;

	crowd = gather(tappin_lease_tap_fd(offerer, 0), processes);
	ok(!tappin_offer(handle, offerer, cookie), "the pin is offered: %s", tappin_errmsg(handle));
	claimant = spawn();
	if (!claimant) {
		struct tappin *own = pin_connect();
		int err = pin_claim(own, pin_standby(own, NAME), cookie);

		if (err)
			say("claim: %s", tappin_errmsg(own));
		await_end();
	}
	if (ok(pin_reaches(handle, NAME, TAPPIN_STATE_TAKEN), "and taken"))
		have_it_killed(handle, claimant, TAPPIN_STATE_RETURNED);
	ok(!has_ended(crowd.pid), "who holds an offerer's queue is left alone");
	slay(claimant);
	disperse(&crowd);
	tappin_lease_close(offerer);
}

int main(int argc, char **argv)
{
	unsigned int fds = number(argc, argv, 1, 500000);
	unsigned int processes = number(argc, argv, 2, 400);
	const struct rlimit limit = { fds + 100, fds + 100 };
	struct notes *notes = shared_memory(sizeof(*notes));
	struct tappin *handle = pin_connect();
	pid_t bystander;

	pin_make(handle, NAME, TAPPIN_QUEUES_MAX, true);
	if (setrlimit(RLIMIT_NOFILE, &limit))
		bail("RLIMIT_NOFILE");
	bystander = spawn();
	if (!bystander)
		stand_by_and_note(notes);
	if (lease_in_a_child(handle, notes, processes, fds))
		queues_in_a_crowd(handle, processes);
	ok(notes->pause / 1000000 < PAUSE_MAX_MS,
	   "nobody is kept up for long meanwhile: %u ms at most",
	   (unsigned int)(notes->pause / 1000000));
	slay(bystander);
	pin_drop(handle, NAME);
	return done();
}
