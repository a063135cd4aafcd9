// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "pin.h"
#include "ring.h"
#include "stories.h"
#include "tally.h"

/* Up to so long after an order, in ns, its process is killed. */
#define MOMENT_NS	20000000u

static const char note[TAPPIN_NOTE_MAX];

/* Deeds: what the processes do. */

/* Kept by a process for all of its rounds: a device goes on where the last one was. */
static struct ring rings[TAPPIN_QUEUES_MAX];

static int set_ring_up(struct ring *ring, int vhost)
{
	if (!ring->mem)
		ring_init(ring, ring_memory(1));
	return ring_set_up(ring, vhost);
}

/* Its vhost workers get memory, rings and backends, as those of a VMM do. */
static int do_run(struct runner *self)
{
	unsigned int i;
	int ret = 0;

	if (!self->arena->vhost)
		return 0;
	for (i = 0; i < tappin_lease_queues(self->lease) && !ret; i++) {
		ret = set_ring_up(&rings[i], tappin_lease_vhost_fd(self->lease, i));
		if (!ret)
			ret = ring_start(&rings[i], tappin_lease_tap_fd(self->lease, i));
	}
	return ret;
}

static int do_own_and_run(struct runner *self)
{
	return racer_both(self, do_own, do_run);
}

static int do_claim_and_run(struct runner *self)
{
	return racer_both(self, do_claim, do_run);
}

static int do_take_over(struct runner *self)
{
	int ret = racer_both(self, do_standby, do_claim_and_run);

	return ret ? ret : do_confirm(self);
}

static int do_leave_note(struct runner *self)
{
	return tappin_lease_set_note(self->handle, self->lease, note, sizeof(note));
}

static int do_be_refused(struct runner *self)
{
	int ret = do_claim_plain(self);

	return ret == -EBUSY ? 0 : ret ? ret : -EPROTO;
}

static pid_t heir;

/* A child goes on with the lease, as with a VMM that daemonizes. */
static int do_pass_on(struct runner *self)
{
	heir = spawn();
	if (!heir)
		await_end();
	return do_let_go(self);
}

static int do_end_heir(struct runner *self)
{
	(void)self;
	slay(heir);
	return 0;
}

/* The cast. */

/* With a note, as its owners leave one, so that all pins cost the same all the time. */
void cast_make_pin(struct cast *cast)
{
	const struct tappin_set_opts opts = {
		.size = sizeof(opts), .note = note, .note_len = sizeof(note),
	};
	const char *name = cast->arena->pin;

	pin_make(cast->handle, name, cast->queues, cast->arena->vhost);
	errno = 0;
	if (tappin_set(cast->handle, name, 0, &opts))
		bail("note of %s: %s", name, tappin_errmsg(cast->handle));
}

static void ready(struct racer *racer, struct arena *arena)
{
	if (racer_spawn(racer, arena))
		racer_must(racer, do_connect);
}

void cast_ready(struct cast *cast)
{
	ready(&cast->old, cast->arena);
	ready(&cast->new, cast->arena);
}

static void reaches(struct cast *cast, int state)
{
	const char *name = cast->arena->pin;

	errno = 0;
	if (!pin_reaches(cast->handle, name, state))
		bail("%s is %s, and not %s", name,
		     pin_state_name(pin_state(cast->handle, name)), pin_state_name(state));
}

/* If there is one; that was killed before it could be told so is buried here. */
static void bid(struct racer *racer, deed_fn deed)
{
	if (!racer->pid)
		return;
	racer_order(racer, deed, NULL, 0);
	racer_wait(racer);
}

static bool is_settled(void *arg)
{
	struct cast *cast = arg;

	return pin_state(cast->handle, cast->arena->pin) != TAPPIN_STATE_FENCING;
}

void cast_clear(struct cast *cast)
{
	bid(&cast->new, do_let_go);
	bid(&cast->old, do_let_go);
	eventually(is_settled, cast, PATIENCE_MS);
	if (pin_state(cast->handle, cast->arena->pin) == TAPPIN_STATE_OFFERED)
		tappin_evict(cast->handle, cast->arena->pin, 0, 0);
	reaches(cast, TAPPIN_STATE_FREE);
}

void cast_end(struct cast *cast)
{
	bid(&cast->old, do_die);
	bid(&cast->new, do_die);
	if (cast->monitor)
		tappin_monitor_close(cast->monitor);
	cast->monitor = NULL;
}

/* What the administrator's commands may answer: done, or going on by itself. */
static void must(struct cast *cast, int ret, const char *what)
{
	errno = 0;
	if (ret < 0 && ret != -EINPROGRESS)
		bail("%s of %s: %s %s", what, cast->arena->pin, error_name(ret),
		     tappin_errmsg(cast->handle));
}

/* Stories. */

static void claim(struct cast *cast)
{
	racer_must(&cast->old, do_own_and_run);
}

static void offer(struct cast *cast)
{
	racer_must(&cast->old, do_own_and_run);
	racer_must(&cast->old, do_leave_note);
	racer_must(&cast->old, do_offer);
}

static void hand_over(struct cast *cast)
{
	offer(cast);
	racer_must(&cast->new, do_take_over);
	racer_must(&cast->old, do_let_go);
	racer_must(&cast->new, do_offer);
	racer_must(&cast->old, do_take_over);
}

static void take_back(struct cast *cast)
{
	offer(cast);
	racer_must(&cast->new, do_standby);
	racer_must(&cast->new, do_claim_and_run);
	racer_must(&cast->new, do_let_go);
	reaches(cast, TAPPIN_STATE_RETURNED);
	racer_must(&cast->old, do_withdraw);
	racer_must(&cast->new, do_standby);
	racer_must(&cast->new, do_be_refused);
}

static void withdraw(struct cast *cast)
{
	offer(cast);
	racer_must(&cast->new, do_standby);
	racer_must(&cast->old, do_withdraw);
}

static void leave(struct cast *cast)
{
	offer(cast);
	bid(&cast->old, do_die);
	reaches(cast, TAPPIN_STATE_OFFERED);
	racer_must(&cast->new, do_take_over);
}

static void force(struct cast *cast)
{
	offer(cast);
	racer_must(&cast->old, do_let_go);
	reaches(cast, TAPPIN_STATE_OFFERED);
	racer_must(&cast->new, do_standby);
	racer_must(&cast->new, do_claim_force);
}

static void stray(struct cast *cast)
{
	racer_must(&cast->old, do_stray);
	reaches(cast, TAPPIN_STATE_FREE);
	racer_must(&cast->new, do_standby);
	racer_must(&cast->new, do_be_refused);
	racer_must(&cast->new, do_claim_force);
}

static void heirs(struct cast *cast)
{
	claim(cast);
	racer_must(&cast->old, do_pass_on);
	reaches(cast, TAPPIN_STATE_OWNED);
	racer_must(&cast->old, do_end_heir);
}

static void kill_owner(struct cast *cast)
{
	claim(cast);
	racer_must(&cast->new, do_standby);
	racer_must(&cast->new, do_be_refused);
	bid(&cast->old, do_die);
	reaches(cast, TAPPIN_STATE_FREE);
	racer_must(&cast->new, do_claim_plain);
}

static void kill_amid(struct racer *racer, deed_fn deed)
{
	uint64_t end = now_ns() + roll(MOMENT_NS);

	racer_order(racer, deed, NULL, 0);
	while (now_ns() < end)
		;
	kill(racer->pid, SIGKILL);
	racer_wait(racer);
}

/* Wherever it was: the pin is free or offered in the end. */
static void kill_claimant(struct cast *cast)
{
	kill_amid(&cast->old, do_own_and_run);
}

static void kill_next(struct cast *cast)
{
	offer(cast);
	kill_amid(&cast->new, do_take_over);
}

static void evict(struct cast *cast)
{
	claim(cast);
	must(cast, tappin_evict(cast->handle, cast->arena->pin, 0, 0), "evict");
	reaches(cast, TAPPIN_STATE_FREE);
}

static void evict_kill(struct cast *cast)
{
	claim(cast);
	must(cast, tappin_evict(cast->handle, cast->arena->pin, 0, TAPPIN_KILL),
	     "evict kill");
	reaches(cast, TAPPIN_STATE_FREE);
}

static void make_again(struct cast *cast)
{
	const char *name = cast->arena->pin;

	racer_must(&cast->old, do_let_go);
	if (!tap_goes(name))
		bail("%s does not go", name);
	cast_make_pin(cast);
}

static void delete(struct cast *cast)
{
	claim(cast);
	pin_drop(cast->handle, cast->arena->pin);
	reaches(cast, -ENOENT);
	make_again(cast);
}

static void delete_link(struct cast *cast)
{
	claim(cast);
	must(cast, tap_delete(if_nametoindex(cast->arena->pin)), "ip link del");
	reaches(cast, TAPPIN_STATE_DEAD);
	must(cast, tappin_del(cast->handle, cast->arena->pin, 0, 0), "delete");
	make_again(cast);
}

static void exec(struct cast *cast)
{
	pid_t pid = spawn();

	if (!pid) {
		execlp("tappin", "tappin", "exec", cast->arena->pin, "--", "true", NULL);
		_exit(1);
	}
	if (reap(pid))
		bail("tappin exec %s -- true", cast->arena->pin);
}

static int pass_by(const struct tappin_pin *pin, void *arg)
{
	(void)pin;
	(void)arg;
	return 0;
}

static void dump(struct cast *cast)
{
	must(cast, tappin_dump(cast->handle, 0, pass_by, NULL), "dump");
}

/* Whoever it was that came, it goes, with events that it has not read. */
static void monitor(struct cast *cast)
{
	if (!cast->monitor) {
		if (tappin_monitor_open(&cast->monitor))
			bail("monitor: %s", tappin_monitor_errmsg(cast->monitor));
		return;
	}
	if (roll(2))
		tappin_monitor_read(cast->monitor, pin_no_event, NULL);
	tappin_monitor_close(cast->monitor);
	cast->monitor = NULL;
}

const struct story stories[] = {
	{ "claim", claim },
	{ "hand-over and back", hand_over },
	{ "take back", take_back },
	{ "withdraw", withdraw },
	{ "offer and die", leave },
	{ "force", force },
	{ "stray", stray },
	{ "heir", heirs },
	{ "kill owner", kill_owner },
	{ "kill claimant", kill_claimant },
	{ "kill next owner", kill_next },
	{ "evict", evict },
	{ "evict kill", evict_kill },
	{ "delete and create", delete },
	{ "link deleted", delete_link },
	{ "exec", exec },
	{ "dump", dump },
	{ "monitor", monitor },
};

const unsigned int stories_n = ARRAY_SIZE(stories);
