// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The oracle's commands: who may do what, which input to the pin that is, and what is
 * answered and given. The order of checks is the protocol's: first what the request
 * is about, then the right to it, then the pin's state.
 */
#include <errno.h>
#include <string.h>

#include "../../kmod/state.h"

#include "oracle.h"

#define NO_SUCH_PIN	"no such pin"
#define NOT_ADMIN	"the command needs CAP_NET_ADMIN over the pin's network namespace"
#define NOT_MAKER	"making a pin needs CAP_NET_ADMIN in the initial user namespace"
#define NOT_CLAIMANT	"only the pin's uid or gid, or CAP_NET_ADMIN, may claim it"
#define NOT_MAPPED	"the uid or gid is not mapped in this user namespace"
#define NOT_OWNER	"the lease is not the owner's"
#define NO_ROLE		"the lease stands by: it owns nothing"
#define ENDED		"the lease has ended: its owner was evicted or superseded, its user may not claim any more, or the pin or its device is gone"
#define STRAYS		"queues are still held by a process without a lease: claim with force, or evict with kill"

static int refuse(struct want *want, int err, const char *why)
{
	want->why = why;
	return -err;
}

/* --- Commands on pins --------------------------------------------------- */

/* What a fence that has begun makes of the answer: see oracle.h. */
static int outcome(struct oracle *o, struct want *want, int pin,
		   const struct seen *seen)
{
	if (seen->err == -EINPROGRESS)
		return -EINPROGRESS;
	oracle_settle(o, want);
	return o->pin[pin].exists && o->pin[pin].state == TAPPIN_STATE_FENCING ?
	       -EINPROGRESS : 0;
}

static int target(const struct oracle *o, const struct step *step, struct want *want)
{
	want->pin = oracle_target(o, step);
	return want->pin == NONE ? refuse(want, ENOENT, NO_SUCH_PIN) : 0;
}

static int admin_target(const struct oracle *o, const struct step *step,
			struct want *want)
{
	int err = target(o, step, want);

	if (err || oracle_is_admin(&o->proc[step->proc], want->pin))
		return err;
	return refuse(want, EPERM, NOT_ADMIN);
}

static bool is_mapped(const struct oracle *o, const struct step *step)
{
	return !oracle_role(&o->proc[step->proc])->confined ||
	       (step->uid != RIGHT_GIVE && step->gid != RIGHT_GIVE);
}

static void apply_settings(struct oracle *o, const struct step *step,
			   struct want *want, int pin)
{
	struct model_pin *p = &o->pin[pin];

	if (step->uid != RIGHT_LEAVE || step->gid != RIGHT_LEAVE)
		oracle_end_standbys(o, want, pin);
	if (step->uid != RIGHT_LEAVE)
		p->uid = step->uid == RIGHT_GIVE ? UID_RIGHT : UINT32_MAX;
	if (step->gid != RIGHT_LEAVE)
		p->gid = step->gid == RIGHT_GIVE ? GID_RIGHT : UINT32_MAX;
	p->note = step->note;
}

static int do_new(struct oracle *o, const struct step *step, const struct seen *seen,
		  struct want *want)
{
	const struct role *role = oracle_role(&o->proc[step->proc]);
	int pin = role->ns * PINS_PER_NS + step->pin % PINS_PER_NS;
	struct model_pin *p = &o->pin[pin];
	unsigned int i;

	if (!oracle_is_global(role))
		return refuse(want, EPERM, NOT_MAKER);
	if (p->exists)
		return refuse(want, EEXIST, "a pin of that name exists");
	*p = (struct model_pin){
		.exists = true, .device = true, .vhost = step->flags & STEP_VHOST,
		.queues = step->queues, .uid = UINT32_MAX, .gid = UINT32_MAX,
		.owner = NONE, .offerer = NONE, .next = NONE, .fenced = NONE,
		.id = seen->id, .ifindex = seen->ifindex,
	};
	memcpy(p->ifname, seen->ifname, sizeof(p->ifname));
	apply_settings(o, step, want, pin);
	for (i = 0; i < p->queues; i++) {
		p->tap[i] = oracle_file_new(o, WHAT_TAP);
		o->file[p->tap[i]].pin = pin;
		o->file[p->tap[i]].queue = i;
		o->file[p->tap[i]].kernel = true;
		if (step->flags & STEP_KEEP)
			oracle_give(o, want, step->proc, p->tap[i]);
	}
	oracle_event(o, want, pin, TAPPIN_EVENT_NEW);
	want->pin = pin;
	return 0;
}

static int do_del(struct oracle *o, const struct step *step, const struct seen *seen,
		  struct want *want)
{
	int err = admin_target(o, step, want), pin = want->pin;

	if (err)
		return err;
	err = oracle_input(o, want, pin, step->flags & STEP_FORCE ? IN_DEL_FORCE : IN_DEL,
			   NONE);
	want->described = err == -EBUSY;
	return err == -EINPROGRESS ? outcome(o, want, pin, seen) : err;
}

static int do_get(const struct oracle *o, const struct step *step, struct want *want)
{
	int err = target(o, step, want);

	if (err)
		return err;
	want->described = true;
	want->note = oracle_may_claim(o, &o->proc[step->proc], want->pin);
	return 0;
}

static int do_dump(const struct oracle *o, const struct step *step, struct want *want)
{
	const struct role *role = oracle_role(&o->proc[step->proc]);

	if (!(step->flags & STEP_ALL) || (!role->ns && oracle_is_global(role)))
		return 0;
	return refuse(want, EPERM,
		      "all namespaces are shown to CAP_NET_ADMIN in the initial one");
}

static int do_set(struct oracle *o, const struct step *step, struct want *want)
{
	int err = admin_target(o, step, want);

	if (err)
		return err;
	if (!is_mapped(o, step))
		return refuse(want, EINVAL, NOT_MAPPED);
	apply_settings(o, step, want, want->pin);
	oracle_event(o, want, want->pin, TAPPIN_EVENT_CHANGED);
	return 0;
}

static uint16_t holders(const struct oracle *o, int file)
{
	uint16_t mask = 0;
	unsigned int i;

	for (i = 0; i < PROCS; i++)
		if (o->proc[i].alive && oracle_holds(&o->proc[i], file))
			mask |= 1 << i;
	return mask;
}

uint16_t oracle_victims(const struct oracle *o, const struct step *step)
{
	const struct proc *caller = &o->proc[step->proc];
	int pin = oracle_target(o, step), lease;
	const struct model_pin *p = &o->pin[pin];
	uint16_t mask = 0;
	unsigned int i;

	if (pin == NONE || !oracle_is_admin(caller, pin) ||
	    p->state >= TAPPIN_STATE_DEAD)
		return 0;
	lease = p->owner != NONE ? p->owner : p->fenced;
	if (lease != NONE && o->lease[lease].open)
		mask |= holders(o, o->lease[lease].file);
	for (i = 0; i < QUEUES && lease != NONE; i++)
		if (o->lease[lease].vhost[i] != NONE)
			mask |= holders(o, o->lease[lease].vhost[i]);
	for (i = 0; i < p->queues && (p->offerer == NONE || p->offerer == lease); i++)
		mask |= holders(o, p->tap[i]);
	for (i = 0; i < PROCS && oracle_role(caller)->confined; i++)
		if (!oracle_role(&o->proc[i])->confined)
			mask &= ~(1 << i);
	return mask & ~(1 << step->proc);
}

static void kill_all(struct oracle *o, struct want *want, unsigned int variant)
{
	unsigned int i;

	for (i = 0; i < PROCS; i++) {
		int proc = variant & 1 ? PROCS - 1 - i : i;

		if (want->deaths & 1 << proc)
			oracle_exit(o, want, proc, variant, false);
	}
	oracle_settle(o, want);
}

/* The search for victims may take longer than a command may. */
static int searched(const struct seen *seen)
{
	return seen->err == -EINPROGRESS ? -EINPROGRESS : 0;
}

/* With kill, the victims end while the command waits, which may end a fence that hung. */
static int do_evict(struct oracle *o, const struct step *step, const struct seen *seen,
		    struct want *want)
{
	int err = admin_target(o, step, want), pin = want->pin;
	bool kill = step->flags & STEP_KILL;
	struct model_pin *p = &o->pin[pin];
	bool hung;

	if (err)
		return err;
	hung = p->state == TAPPIN_STATE_FENCING;
	if (kill)
		want->deaths = oracle_victims(o, step);
	if (kill && p->state == TAPPIN_STATE_FREE && oracle_strays(o, pin)) {
		kill_all(o, want, seen->variant);
		return searched(seen);
	}
	err = oracle_input(o, want, pin, IN_EVICT, NONE);
	if (kill)
		kill_all(o, want, seen->variant);
	if (err != -EINPROGRESS)
		return kill && !err ? searched(seen) : err;
	if (!hung)
		return outcome(o, want, pin, seen);
	if (p->exists && p->state == TAPPIN_STATE_FENCING)
		return -EINPROGRESS;
	return searched(seen);
}

/* --- Commands on leases ------------------------------------------------- */

static void touch(struct oracle *o, const struct step *step)
{
	struct model_lease *l = &o->lease[step->lease];

	l->pid = o->proc[step->proc].pid;
	l->mm = o->proc[step->proc].mm;
}

static void open_vhost(struct oracle *o, int lease, unsigned int queues)
{
	struct model_lease *l = &o->lease[lease];
	unsigned int i;

	for (i = 0; i < queues; i++) {
		l->vhost[i] = oracle_file_new(o, WHAT_VHOST);
		o->file[l->vhost[i]].lease = lease;
		o->file[l->vhost[i]].queue = i;
		o->file[l->vhost[i]].kernel = true;
	}
	l->unfenced = queues;
}

static void give_vhost(struct oracle *o, const struct step *step, struct want *want)
{
	struct model_lease *l = &o->lease[step->lease];
	unsigned int i;

	for (i = 0; i < l->unfenced; i++)
		oracle_give(o, want, step->proc, l->vhost[i]);
	want->vhost_fds = l->unfenced;
}

static int do_standby(struct oracle *o, const struct step *step, struct want *want)
{
	int err = target(o, step, want), pin = want->pin;
	struct model_lease *l = &o->lease[step->lease];
	unsigned int i;

	if (err)
		return err;
	if (!oracle_may_claim(o, &o->proc[step->proc], pin))
		return refuse(want, EPERM, NOT_CLAIMANT);
	err = oracle_input(o, want, pin, IN_STANDBY, NONE);
	if (err)
		return err;
	*l = (struct model_lease){
		.used = true, .open = true, .standby = true, .listed = true,
		.pin = pin, .id = o->pin[pin].id,
	};
	for (i = 0; i < QUEUES; i++)
		l->vhost[i] = NONE;
	l->file = oracle_file_new(o, WHAT_LEASE);
	o->file[l->file].lease = step->lease;
	o->pin[pin].standbys++;
	touch(o, step);
	oracle_give(o, want, step->proc, l->file);
	if (o->pin[pin].vhost) {
		open_vhost(o, step->lease, o->pin[pin].queues);
		give_vhost(o, step, want);
	}
	want->described = true;
	want->note = true;
	return 0;
}

static int claim_input(const struct oracle *o, const struct step *step, int pin)
{
	const struct model_pin *p = &o->pin[pin];

	if (step->lease == p->owner || step->lease == p->next)
		return IN_AGAIN;
	if (step->lease == p->offerer)
		return IN_OFFERER_OTHER;
	if (step->cookie == COOKIE_RIGHT)
		return IN_CLAIM_COOKIE;
	if (step->cookie != COOKIE_NONE)
		return IN_CLAIM_BAD;
	if (step->flags & STEP_FORCE && p->owner == NONE &&
	    p->state == TAPPIN_STATE_OFFERED && oracle_is_admin(&o->proc[step->proc], pin))
		return IN_CLAIM_OVER;
	return IN_CLAIM;
}

static int claim(struct oracle *o, const struct step *step, const struct seen *seen,
		 struct want *want)
{
	struct model_lease *l = &o->lease[step->lease];
	struct model_pin *p = &o->pin[l->pin];
	int input, err;

	if (l->ended)
		return refuse(want, ESTALE, ENDED);
	want->pin = l->pin;
	input = claim_input(o, step, l->pin);
	if (input == IN_CLAIM && p->state == TAPPIN_STATE_FREE &&
	    !(step->flags & STEP_FORCE) && oracle_strays(o, l->pin))
		return refuse(want, EBUSY, STRAYS);
	err = oracle_input(o, want, l->pin, input, step->lease);
	return err == -EINPROGRESS ? outcome(o, want, l->pin, seen) : err;
}

static void answered(struct oracle *o, const struct step *step)
{
	o->lease[step->lease].news = false;
	o->lease[step->lease].resend = false;
}

static int do_claim(struct oracle *o, const struct step *step, const struct seen *seen,
		    struct want *want)
{
	int err = claim(o, step, seen, want);
	unsigned int i;

	want->described = !err || err == -EBUSY || err == -EINPROGRESS;
	if (!err || err == -EINPROGRESS) {
		want->note = true;
		touch(o, step);
	}
	answered(o, step);
	if (err)
		return err;
	for (i = 0; i < o->pin[want->pin].queues; i++)
		oracle_give(o, want, step->proc, o->pin[want->pin].tap[i]);
	want->n_taps = o->pin[want->pin].queues;
	if (step->flags & STEP_VHOST)
		give_vhost(o, step, want);
	return 0;
}

static int role_step(struct oracle *o, const struct step *step, struct want *want,
		     int owner, int offerer)
{
	struct model_lease *l = &o->lease[step->lease];
	struct model_pin *p = &o->pin[l->pin];

	if (l->ended)
		return refuse(want, ESTALE, ENDED);
	want->pin = l->pin;
	if (step->lease == p->owner || step->lease == p->next)
		return oracle_input(o, want, l->pin, owner, step->lease);
	if (step->lease == p->offerer)
		return oracle_input(o, want, l->pin, offerer, step->lease);
	return refuse(want, EPERM, NO_ROLE);
}

static int do_offer(struct oracle *o, const struct step *step, const struct seen *seen,
		    struct want *want)
{
	int err = role_step(o, step, want, IN_OFFER, IN_OFFERER_OTHER);
	struct model_pin *p = &o->pin[want->pin];

	want->described = !err || err == -EINPROGRESS;
	answered(o, step);
	if (err)
		return err;
	touch(o, step);
	/* Asked again, it gives the same one. */
	if (!p->cookie_known && seen->cookie) {
		memcpy(p->cookie, seen->cookie, sizeof(p->cookie));
		p->cookie_known = true;
	}
	return 0;
}

static int do_confirm(struct oracle *o, const struct step *step, struct want *want)
{
	int err = role_step(o, step, want, IN_CONFIRM, IN_OFFERER_OTHER);

	answered(o, step);
	if (!err)
		touch(o, step);
	return err;
}

/* Fresh vhost files are for an offerer whose own were fenced. */
static int do_withdraw(struct oracle *o, const struct step *step, struct want *want)
{
	struct model_lease *l = &o->lease[step->lease];
	int err = role_step(o, step, want, IN_WITHDRAW, IN_OFFERER_WITHDRAW);

	want->described = !err || err == -EBUSY || err == -EINPROGRESS;
	l->news = false;
	if (err)
		return err;
	touch(o, step);
	if (o->pin[l->pin].vhost && !l->unfenced) {
		open_vhost(o, step->lease, o->pin[l->pin].queues);
		l->resend = true;
	}
	if (l->resend)
		give_vhost(o, step, want);
	return 0;
}

static int do_note(struct oracle *o, const struct step *step, struct want *want)
{
	struct model_lease *l = &o->lease[step->lease];

	if (l->ended)
		return refuse(want, ESTALE, ENDED);
	want->pin = l->pin;
	if (step->lease != o->pin[l->pin].owner)
		return refuse(want, EPERM, NOT_OWNER);
	o->pin[l->pin].note = step->note;
	oracle_event(o, want, l->pin, TAPPIN_EVENT_CHANGED);
	return 0;
}

int oracle_command(struct oracle *o, const struct step *step, const struct seen *seen,
		   struct want *want)
{
	switch (step->op) {
	case OP_NEW:
		return do_new(o, step, seen, want);
	case OP_DEL:
		return do_del(o, step, seen, want);
	case OP_GET:
		return do_get(o, step, want);
	case OP_DUMP:
		return do_dump(o, step, want);
	case OP_SET:
		return do_set(o, step, want);
	case OP_NOTE:
		return do_note(o, step, want);
	case OP_STANDBY:
		return do_standby(o, step, want);
	case OP_CLAIM:
		return do_claim(o, step, seen, want);
	case OP_OFFER:
		return do_offer(o, step, seen, want);
	case OP_WITHDRAW:
		return do_withdraw(o, step, want);
	case OP_CONFIRM:
		return do_confirm(o, step, want);
	case OP_EVICT:
		return do_evict(o, step, seen, want);
	default:
		return -ENOSYS;
	}
}
