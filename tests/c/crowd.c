// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crowd - a search for a lease's holder among processes that make it long
 *
 *	crowd [FDS [PROCESSES]]		(500000, 400)
 *
 * Nobody's processes share a table of many fds, which costs them nearly nothing and
 * is looked through again for each of them. A lease's owner goes on in a child while
 * it closes its own copy itself, and the child is looked for. Meanwhile a bystander
 * notes for how long it can't run.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "pin.h"
#include "process.h"

#define NAME		"crowd0"
/* What the search does in one piece is one table: some 40 ms under emulation. */
#define PAUSE_MAX_MS	3000
#define SEARCH_MAX_MS	120000

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
	await_end();
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

int main(int argc, char **argv)
{
	unsigned int fds = number(argc, argv, 1, 500000);
	unsigned int processes = number(argc, argv, 2, 400);
	const struct rlimit limit = { fds + 100, fds + 100 };
	struct search search = { .handle = pin_connect() };
	struct notes *notes = shared_memory(sizeof(*notes));
	pid_t many, bystander, owner;

	search.notes = notes;
	pin_make(search.handle, NAME, 1, false);
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
	ok(notes->pause / 1000000 < PAUSE_MAX_MS,
	   "nobody is kept up for long meanwhile: %u ms at most",
	   (unsigned int)(notes->pause / 1000000));
	slay(owner);
	slay(bystander);
	slay(many);
	pin_drop(search.handle, NAME);
	return done();
}
