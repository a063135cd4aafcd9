// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The oracle's world: who is who and has what right, which steps can be tried, and
 * what those do that are no commands.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "../../kmod/state.h"

#include "check.h"
#include "oracle.h"

const struct role roles[ROLES] = {
	{ "the initial namespace's admin", 0, true, false, 0, 0 },
	{ "root in A", 1, true, false, 0, 0 },
	{ "root of B's user namespace", 2, true, true, 100000, 100000 },
	{ "root in B", 2, true, false, 0, 0 },
	{ "the user in A", 1, false, false, UID_RIGHT, UID_RIGHT },
	{ "the group in A", 1, false, false, 1001, GID_RIGHT },
	{ "nobody in A", 1, false, false, 65534, 65534 },
	{ "the user in the initial namespace", 0, false, false, UID_RIGHT, UID_RIGHT },
};

const struct role *oracle_role(const struct proc *proc)
{
	return &roles[proc->role];
}

bool oracle_is_admin(const struct proc *proc, int pin)
{
	const struct role *role = oracle_role(proc);

	return role->admin && (!role->confined || pin / PINS_PER_NS == role->ns);
}

bool oracle_may_claim(const struct oracle *o, const struct proc *proc, int pin)
{
	const struct model_pin *p = &o->pin[pin];
	const struct role *role = oracle_role(proc);

	return oracle_is_admin(proc, pin) || role->uid == p->uid || role->gid == p->gid;
}

/* A name means the pin of one's own namespace; other pins go by their id. */
int oracle_target(const struct oracle *o, const struct step *step)
{
	const struct role *role = oracle_role(&o->proc[step->proc]);
	int pin = step->pin;

	if (!(step->flags & STEP_BY_ID))
		pin = role->ns * PINS_PER_NS + pin % PINS_PER_NS;
	else if (pin / PINS_PER_NS != role->ns && (role->ns || !oracle_is_global(role)))
		return NONE;
	return o->pin[pin].exists ? pin : NONE;
}

void oracle_init(struct oracle *o)
{
	unsigned int i;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < LEASES; i++)
		o->lease[i].pin = NONE;
}

/* --- What can be tried -------------------------------------------------- */

static int lease_fd(const struct oracle *o, const struct step *step)
{
	return oracle_find(o, step->proc, WHAT_LEASE, 0, step->lease, 0);
}

static int any_fd(const struct oracle *o, const struct step *step)
{
	return oracle_find(o, step->proc, step->what, step->pin, step->lease,
			   step->queue);
}

static int vhost_fd(const struct oracle *o, const struct step *step)
{
	return oracle_find(o, step->proc, WHAT_VHOST, 0, step->lease, step->queue);
}

static int tap_fd(const struct oracle *o, const struct step *step)
{
	return oracle_find(o, step->proc, WHAT_TAP, step->pin, 0, step->queue);
}

static struct file *file_of(const struct oracle *o, int proc, int index)
{
	return (struct file *)&o->file[o->proc[proc].fd[index].file];
}

static bool has_room(const struct oracle *o, int proc)
{
	return o->proc[proc].fds + GIFTS < FDS;
}

static bool ring_possible(const struct oracle *o, const struct step *step)
{
	int vhost = vhost_fd(o, step), tap = tap_fd(o, step);

	return vhost != NONE && tap != NONE &&
	       file_of(o, step->proc, vhost)->backend == NONE &&
	       !file_of(o, step->proc, tap)->dead;
}

/*
 * Where two devices take from one queue, either may have it; and when an owner dies,
 * some kernels' workers go with it and others' don't.
 */
static bool packet_possible(const struct oracle *o, const struct model_pin *p)
{
	int vhost;

	if (!p->exists || !p->device || p->queues != 1 ||
	    o->file[p->tap[0]].waiting == PACKETS)
		return false;
	vhost = oracle_backend(o, p->tap[0]);
	return vhost == NONE || (vhost != MANY && oracle_owner_lives(o, vhost));
}

static bool cookie_possible(const struct oracle *o, const struct step *step)
{
	const struct model_pin *p = &o->pin[o->lease[step->lease].pin];

	switch (step->cookie) {
	case COOKIE_RIGHT:
		return o->lease[step->lease].pin != NONE && p->offered;
	case COOKIE_OLD:
		return o->lease[step->lease].pin != NONE && p->old_known;
	default:
		return true;
	}
}

bool oracle_possible(const struct oracle *o, const struct step *step)
{
	const struct proc *p = &o->proc[step->proc];

	if (step->proc >= PROCS || step->to >= PROCS || step->pin >= PINS ||
	    step->lease >= LEASES || step->queue >= QUEUES || step->note >= NOTES)
		return false;
	switch (step->op) {
	case OP_START:
		return step->proc < ROLES && !p->alive;
	case OP_FORK:
		return p->alive && step->to >= ROLES && !o->proc[step->to].alive;
	case OP_UNLINK:
		return o->pin[step->pin].exists && o->pin[step->pin].device;
	case OP_RMMOD:
		return p->alive && o->pin[step->pin].exists;
	case OP_NEW:
		return p->alive && step->queues && step->queues <= QUEUES &&
		       has_room(o, step->proc);
	case OP_STANDBY:
		return p->alive && !o->lease[step->lease].used && has_room(o, step->proc);
	case OP_CLAIM:
		return p->alive && lease_fd(o, step) != NONE &&
		       cookie_possible(o, step) && has_room(o, step->proc);
	case OP_WITHDRAW:
		return p->alive && lease_fd(o, step) != NONE && has_room(o, step->proc);
	case OP_NOTE:
	case OP_OFFER:
	case OP_CONFIRM:
	case OP_POLL:
		return p->alive && lease_fd(o, step) != NONE;
	case OP_DUP:
		return p->alive && any_fd(o, step) != NONE && has_room(o, step->proc);
	case OP_CLOSE:
	case OP_INHERIT:
		return p->alive && any_fd(o, step) != NONE;
	case OP_PASS:
		return p->alive && any_fd(o, step) != NONE && o->proc[step->to].alive &&
		       step->to != step->proc && has_room(o, step->to);
	case OP_OWN:
	case OP_PROBE:
		return p->alive && vhost_fd(o, step) != NONE;
	case OP_RING:
		return p->alive && ring_possible(o, step);
	case OP_PACKET:
		return packet_possible(o, &o->pin[step->pin]);
	default:
		return p->alive;
	}
}

/* --- Files and processes ------------------------------------------------ */

static void do_start(struct oracle *o, int proc, int role, const struct seen *seen)
{
	struct proc *p = &o->proc[proc];

	p->alive = true;
	p->role = role;
	p->pid = seen->pid;
	p->mm = ++o->mms;
	p->born = ++o->born;
}

static void do_fork(struct oracle *o, const struct step *step, const struct seen *seen)
{
	struct proc *from = &o->proc[step->proc], *to = &o->proc[step->to];
	unsigned int i;

	do_start(o, step->to, from->role, seen);
	to->fds = from->fds;
	memcpy(to->fd, from->fd, sizeof(to->fd));
	for (i = 0; i < to->fds; i++)
		o->file[to->fd[i].file].refs++;
}

static int do_own(struct oracle *o, const struct step *step)
{
	struct file *f = file_of(o, step->proc, vhost_fd(o, step));

	if (f->owner)
		return -EBUSY;
	f->owner = o->proc[step->proc].mm;
	return 0;
}

static bool owns(const struct oracle *o, const struct step *step)
{
	return file_of(o, step->proc, vhost_fd(o, step))->owner ==
	       o->proc[step->proc].mm;
}

static int do_ring(struct oracle *o, const struct step *step, struct want *want)
{
	const struct proc *p = &o->proc[step->proc];

	struct file *vhost = file_of(o, step->proc, vhost_fd(o, step));
	int tap = p->fd[tap_fd(o, step)].file;

	/* It is made anew before anything is asked of vhost. */
	vhost->taken = 0;
	if (!owns(o, step))
		return -EPERM;
	vhost->backend = tap;
	vhost->ringed = true;
	vhost->taken = o->file[tap].waiting;
	want->later = vhost->taken;
	o->file[tap].waiting = 0;
	return 0;
}

static void do_packet(struct oracle *o, const struct step *step, struct want *want)
{
	struct model_pin *p = &o->pin[step->pin];
	int vhost = oracle_backend(o, p->tap[0]);

	if (vhost == NONE)
		o->file[p->tap[0]].waiting++;
	else
		o->file[vhost].taken++;
	want->later = vhost != NONE;
}

static void do_unlink(struct oracle *o, const struct step *step, struct want *want)
{
	struct model_pin *p = &o->pin[step->pin];
	unsigned int i;

	want->pin = step->pin;
	p->device = false;
	for (i = 0; i < p->queues; i++)
		o->file[p->tap[i]].dead = true;
	oracle_input(o, want, step->pin, IN_GONE, NONE);
}

static int do_poll(const struct oracle *o, const struct step *step, struct want *want)
{
	const struct model_lease *l = &o->lease[step->lease];

	want->revents = l->ended ? POLLIN | POLLHUP : l->news ? POLLIN : 0;
	return 0;
}

static int carry_out(struct oracle *o, const struct step *step, const struct seen *seen,
		     struct want *want)
{
	const struct proc *p = &o->proc[step->proc];

	switch (step->op) {
	case OP_POLL:
		return do_poll(o, step, want);
	case OP_DUP:
		oracle_give(o, want, step->proc, p->fd[any_fd(o, step)].file);
		return 0;
	case OP_CLOSE:
		oracle_close(o, want, step->proc, any_fd(o, step));
		return 0;
	case OP_INHERIT:
		o->proc[step->proc].fd[any_fd(o, step)].cloexec = false;
		return 0;
	case OP_PASS:
		oracle_give(o, want, step->to, p->fd[any_fd(o, step)].file);
		return 0;
	case OP_START:
		do_start(o, step->proc, step->proc, seen);
		return 0;
	case OP_FORK:
		do_fork(o, step, seen);
		return 0;
	case OP_EXEC:
		oracle_exit(o, want, step->proc, seen->variant, true);
		return 0;
	case OP_KILL:
		want->deaths = 1 << step->proc;
		oracle_exit(o, want, step->proc, seen->variant, false);
		return 0;
	case OP_OWN:
		return do_own(o, step);
	case OP_PROBE:
		return owns(o, step) ? -EFAULT : -EPERM;
	case OP_RING:
		return do_ring(o, step, want);
	case OP_PACKET:
		do_packet(o, step, want);
		return 0;
	case OP_UNLINK:
		do_unlink(o, step, want);
		return 0;
	case OP_RMMOD:
		return oracle_is_global(oracle_role(p)) ? -EAGAIN : -EPERM;
	default:
		return oracle_command(o, step, seen, want);
	}
}

void oracle_step(struct oracle *o, const struct step *step, const struct seen *seen,
		 struct want *want)
{
	*want = (struct want){ .pin = NONE };
	want->err = carry_out(o, step, seen, want);
	if (!want->err)
		want->why = NULL;
	want->described_stable = want->described && want->err != -EINPROGRESS;
	oracle_settle(o, want);
}

unsigned int oracle_variants(const struct oracle *o, const struct step *step)
{
	switch (step->op) {
	case OP_EVICT:
		return step->flags & STEP_KILL && oracle_victims(o, step) ? 4 : 1;
	case OP_KILL:
	case OP_EXEC:
		return 4;
	default:
		return 1;
	}
}
