// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The oracle's pins. What follows from an input is read in the state table; here
 * is what its words mean: who becomes what, and whose files are fenced.
 *
 * Fencing takes no time here: oracle_settle(), at a step's end, lets all fences end
 * that can. One that can't, as nobody is there on whose behalf the device could be
 * reset, keeps its pin in FENCING.
 */
#include <errno.h>
#include <string.h>

#include "../../kmod/table.h"

#include "check.h"
#include "oracle.h"

void oracle_event(const struct oracle *o, struct want *want, int pin, int event)
{
	const struct model_pin *p = &o->pin[pin];

	if (event == TAPPIN_NO_EVENT)
		return;
	if (want->n_events == EVENTS)
		bail("more events than expected of one step");
	want->event[want->n_events++] = (struct model_event){
		.id = p->id,
		.generation = p->generation,
		.event = event,
		.state = p->state > TAPPIN_STATE_MAX ? TAPPIN_STATE_MAX : p->state,
	};
}

static void tell_all(struct oracle *o, int pin)
{
	unsigned int i;

	for (i = 0; i < LEASES; i++)
		if (o->lease[i].used && o->lease[i].pin == pin && o->lease[i].listed)
			o->lease[i].news = true;
}

static void forget_if_unused(struct model_lease *lease)
{
	lease->used = lease->open;
}

static void let_files_go(struct oracle *o, struct model_lease *lease)
{
	unsigned int i;

	for (i = 0; i < QUEUES; i++) {
		if (lease->vhost[i] != NONE)
			oracle_unkernel(o, lease->vhost[i]);
		lease->vhost[i] = NONE;
	}
	lease->unfenced = 0;
}

static void unlist(struct oracle *o, struct model_lease *lease)
{
	lease->listed = false;
	if (lease->standby)
		o->pin[lease->pin].standbys--;
	lease->standby = false;
}

static void end_lease(struct oracle *o, struct want *want, int lease)
{
	struct model_lease *l = &o->lease[lease];

	l->ended = true;
	unlist(o, l);
	if (o->pin[l->pin].fenced == lease)
		return;
	/* Somebody else closes them, a little later. */
	if (l->unfenced)
		want->later = true;
	let_files_go(o, l);
}

void oracle_end_standbys(struct oracle *o, struct want *want, int pin)
{
	unsigned int i;

	for (i = 0; i < LEASES; i++) {
		struct model_lease *l = &o->lease[i];

		if (l->used && l->pin == pin && l->listed && l->standby &&
		    o->pin[pin].next != (int)i)
			end_lease(o, want, i);
	}
}

static void end_all(struct oracle *o, struct want *want, int pin)
{
	struct model_pin *p = &o->pin[pin];
	unsigned int i;

	p->owner = NONE;
	p->offerer = NONE;
	p->next = NONE;
	for (i = 0; i < LEASES; i++)
		if (o->lease[i].used && o->lease[i].pin == pin && o->lease[i].listed)
			end_lease(o, want, i);
}

static void stop_fencing(struct oracle *o, struct want *want, int pin)
{
	struct model_pin *p = &o->pin[pin];

	if (p->fenced == NONE)
		return;
	want->later = true;
	let_files_go(o, &o->lease[p->fenced]);
	forget_if_unused(&o->lease[p->fenced]);
	p->fenced = NONE;
}

static void delete(struct oracle *o, struct want *want, int pin)
{
	struct model_pin *p = &o->pin[pin];
	unsigned int i;

	p->state = TAPPIN_DELETED;
	end_all(o, want, pin);
	stop_fencing(o, want, pin);
	oracle_event(o, want, pin, TAPPIN_EVENT_DELETED);
	for (i = 0; i < p->queues; i++)
		oracle_unkernel(o, p->tap[i]);
	for (i = 0; i < LEASES; i++)
		if (o->lease[i].used && o->lease[i].pin == pin)
			o->lease[i].pin = NONE;
	p->exists = false;
}

static void forget_offer(struct model_pin *p)
{
	if (p->offered && p->cookie_known) {
		memcpy(p->old, p->cookie, sizeof(p->old));
		p->old_known = true;
	}
	p->offered = false;
	p->cookie_known = false;
}

static void become_owner(struct oracle *o, int pin, int lease)
{
	struct model_pin *p = &o->pin[pin];

	p->owner = lease;
	p->standbys--;
	p->generation++;
	o->lease[lease].standby = false;
}

static void enter(struct oracle *o, struct want *want, int pin, int state)
{
	struct model_pin *p = &o->pin[pin];

	if (state == TAPPIN_STATE_RETURNED && p->offerer == NONE)
		state = TAPPIN_STATE_OFFERED;
	p->state = state;
	switch (state) {
	case TAPPIN_STATE_FREE:
		forget_offer(p);
		oracle_event(o, want, pin, TAPPIN_EVENT_FENCED);
		break;
	case TAPPIN_STATE_OFFERED:
		oracle_event(o, want, pin, TAPPIN_EVENT_FENCED);
		break;
	case TAPPIN_STATE_TAKEN:
		become_owner(o, pin, p->next);
		p->next = NONE;
		oracle_event(o, want, pin, TAPPIN_EVENT_TAKEN);
		break;
	case TAPPIN_STATE_RETURNED:
		p->owner = p->offerer;
		p->offerer = NONE;
		oracle_event(o, want, pin, TAPPIN_EVENT_RETURNED);
		break;
	case TAPPIN_DELETED:
		delete(o, want, pin);
		break;
	}
}

static void went_by(struct want *want, int state, int input)
{
	if (want->n_rows < ROWS)
		want->row[want->n_rows++] = (struct model_row){ state, input };
}

static void fenced(struct oracle *o, struct want *want, int pin)
{
	struct model_pin *p = &o->pin[pin];
	int lease = p->fenced;

	went_by(want, TAPPIN_STATE_FENCING, IN_FENCED);
	p->fenced = NONE;
	enter(o, want, pin, p->after);
	tell_all(o, pin);
	if (lease != NONE)
		forget_if_unused(&o->lease[lease]);
}

static void fence_owner(struct model_pin *p)
{
	p->fenced = p->owner;
	p->owner = NONE;
}

static void lost(struct model_pin *p, int lease)
{
	if (lease == p->next) {
		p->next = NONE;
		return;
	}
	p->losses++;
	fence_owner(p);
}

static void evict(struct oracle *o, struct want *want, int pin, int after)
{
	struct model_pin *p = &o->pin[pin];
	int owner = p->owner;

	if (owner != NONE) {
		p->evictions++;
		fence_owner(p);
		end_lease(o, want, owner);
	}
	if (after != TAPPIN_DELETED)
		return;
	if (p->offerer != NONE)
		end_lease(o, want, p->offerer);
	if (p->next != NONE)
		end_lease(o, want, p->next);
	p->offerer = NONE;
	p->next = NONE;
}

static void assign(struct oracle *o, struct want *want, int pin, int input, int after,
		   int lease)
{
	struct model_pin *p = &o->pin[pin];

	switch (input) {
	case IN_CLAIM:
	case IN_CLAIM_OVER:
		forget_offer(p);
		become_owner(o, pin, lease);
		break;
	case IN_CLAIM_COOKIE:
		p->offerer = p->owner;
		p->next = lease;
		fence_owner(p);
		break;
	case IN_OFFER:
		p->offered = true;
		break;
	case IN_WITHDRAW:
		forget_offer(p);
		break;
	case IN_CONFIRM:
		forget_offer(p);
		p->handovers++;
		if (p->offerer != NONE)
			end_lease(o, want, p->offerer);
		p->offerer = NONE;
		break;
	case IN_LOST:
		lost(p, lease);
		break;
	case IN_EVICT:
	case IN_DEL_FORCE:
		evict(o, want, pin, after);
		break;
	case IN_GONE:
		end_all(o, want, pin);
		stop_fencing(o, want, pin);
		forget_offer(p);
		break;
	}
}

/* A fence ends at once, without a step of its own, if nothing is to do. */
static bool fence_takes_time(const struct oracle *o, int pin)
{
	const struct model_pin *p = &o->pin[pin];
	bool waits = p->after == TAPPIN_STATE_FREE || p->after == TAPPIN_STATE_OFFERED;

	if (p->state != TAPPIN_STATE_FENCING || p->fenced == NONE)
		return false;
	return o->lease[p->fenced].unfenced || (waits && oracle_strays(o, pin));
}

bool oracle_row_known(int state, int input)
{
	return state < TAPPIN_DELETED && tappin_table[state][input].known;
}

int oracle_input(struct oracle *o, struct want *want, int pin, int input, int lease)
{
	struct model_pin *p = &o->pin[pin];
	const struct tappin_row *row = &tappin_table[p->state][input];
	bool fencing = p->state == TAPPIN_STATE_FENCING;

	if (!row->known) {
		want->why = "the table has no row for this";
		return -ENOSYS;
	}
	went_by(want, p->state, input);
	want->why = row->why;
	if (!row->moves)
		return row->err;
	if (row->to == TAPPIN_DELETED ||
	    (fencing && p->after == TAPPIN_DELETED && input == IN_GONE)) {
		assign(o, want, pin, input, row->after, lease);
		enter(o, want, pin, TAPPIN_DELETED);
		return 0;
	}
	assign(o, want, pin, input, row->after, lease);
	p->state = row->to;
	p->after = row->after;
	oracle_event(o, want, pin, row->event);
	tell_all(o, pin);
	if (p->state != TAPPIN_STATE_FENCING)
		return 0;
	if (!fencing && !fence_takes_time(o, pin)) {
		fenced(o, want, pin);
		return 0;
	}
	want->later = true;
	want->why = WHY_PROGRESS;
	return -EINPROGRESS;
}

static bool fence_ends(struct oracle *o, int pin)
{
	struct model_lease *l = &o->lease[o->pin[pin].fenced];
	uint32_t guess[1 + QUEUES] = { l->mm };
	unsigned int i, n = 1;

	/* Whom the search for one device finds is tried for the others. */
	for (i = 0; i < QUEUES; i++)
		if (l->vhost[i] != NONE && oracle_finds_owner(o, l->vhost[i]))
			guess[n++] = o->file[l->vhost[i]].owner;
	for (i = 0; i < QUEUES; i++) {
		if (l->vhost[i] == NONE || !oracle_fence_file(o, l->vhost[i], guess, n))
			continue;
		l->vhost[i] = NONE;
		l->unfenced--;
	}
	return !l->unfenced;
}

void oracle_settle(struct oracle *o, struct want *want)
{
	int pin;

	for (pin = 0; pin < PINS; pin++) {
		if (!o->pin[pin].exists || o->pin[pin].state != TAPPIN_STATE_FENCING)
			continue;
		want->later = true;
		if (fence_ends(o, pin))
			fenced(o, want, pin);
	}
}

unsigned int oracle_fencing(const struct oracle *o, int pin)
{
	int lease = o->pin[pin].fenced;

	return lease == NONE ? 0 : o->lease[lease].unfenced;
}

void oracle_lease_closed(struct oracle *o, struct want *want, int lease)
{
	struct model_lease *l = &o->lease[lease];
	struct model_pin *p = l->pin == NONE ? NULL : &o->pin[l->pin];
	const char *why = want->why;

	l->open = false;
	if (l->listed) {
		if (lease == p->owner || lease == p->next) {
			oracle_input(o, want, l->pin, IN_LOST, lease);
		} else if (lease == p->offerer) {
			p->offerer = NONE;
			oracle_input(o, want, l->pin, IN_LOST_OFFERER, lease);
		}
		/* The pin may have gone on to the next state, and been told. */
		if (l->listed)
			unlist(o, l);
	}
	want->why = why;
	if (p && p->fenced == lease)
		return;
	let_files_go(o, l);
	l->used = false;
}
