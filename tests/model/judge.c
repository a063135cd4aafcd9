// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The answer is compared at once. Then all pins and all events: at once, too, if
 * nothing was to come later, else looked at again until they are as they should be.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../kmod/state.h"

#include "check.h"
#include "judge.h"
#include "pin.h"
#include "place.h"
#include "stage.h"
#include "watch.h"

#define VARIANTS	8

struct candidate {
	struct oracle oracle;
	struct want want;
};

static struct candidate candidates[VARIANTS];
static unsigned int n_candidates;

static struct watch_event events[2 * EVENTS];
static unsigned int n_events;
static uint16_t deaths;
static unsigned int hits[TAPPIN_STATES][TAPPIN_INPUTS];

static bool differ(struct verdict *v, const char *what, const char *expected,
		   const char *got)
{
	snprintf(v->expected, sizeof(v->expected), "%s %s", what, expected);
	snprintf(v->got, sizeof(v->got), "%s", got);
	return false;
}

static bool same(struct verdict *v, const char *what, uint64_t expected, uint64_t got)
{
	char texts[2][24];

	if (expected == got)
		return true;
	snprintf(texts[0], sizeof(texts[0]), "%" PRIu64, expected);
	snprintf(texts[1], sizeof(texts[1]), "%" PRIu64, got);
	return differ(v, what, texts[0], texts[1]);
}

static bool same_text(struct verdict *v, const char *what, const char *expected,
		      const char *got)
{
	return !strcmp(expected, got) || differ(v, what, expected, got);
}

static bool same_state(struct verdict *v, const char *what, int expected, int got)
{
	return expected == got ||
	       differ(v, what, pin_state_name(expected), pin_state_name(got));
}

/* --- Pins --------------------------------------------------------------- */

static void expect_view(const struct oracle *o, int pin, struct view *v)
{
	const struct model_pin *p = &o->pin[pin];
	int owner = p->owner != NONE ? p->owner : p->fenced;
	int offerer = p->offerer != owner ? p->offerer : NONE;
	bool shown = p->state == TAPPIN_STATE_FREE || p->state == TAPPIN_STATE_DEAD;

	*v = (struct view){
		.id = p->id,
		.generation = p->generation,
		.handovers = p->handovers,
		.losses = p->losses,
		.evictions = p->evictions,
		.state = p->state,
		.netns = place_inode(pin / PINS_PER_NS),
		.ifindex = p->device ? p->ifindex : 0,
		.queues = p->queues,
		.standbys = p->standbys,
		.fencing = oracle_fencing(o, pin),
		.strays = shown ? oracle_strays(o, pin) : 0,
		.uid = p->uid,
		.gid = p->gid,
		.vhost = p->vhost,
		.held = owner != NONE,
		.offered = offerer != NONE,
		.pid = owner != NONE ? o->lease[owner].pid : 0,
		.offerer_pid = offerer != NONE ? o->lease[offerer].pid : 0,
	};
	snprintf(v->name, sizeof(v->name), "m%d", pin % PINS_PER_NS);
	snprintf(v->ifname, sizeof(v->ifname), "%s", p->device ? p->ifname : "");
}

static bool same_view(struct verdict *v, const struct view *want, const struct view *got)
{
	return same(v, "id", want->id, got->id) &&
	       same_state(v, "state", want->state, got->state) &&
	       same_text(v, "name", want->name, got->name) &&
	       same(v, "generation", want->generation, got->generation) &&
	       same(v, "queues", want->queues, got->queues) &&
	       same(v, "vhost", want->vhost, got->vhost) &&
	       same(v, "netns", want->netns, got->netns) &&
	       same(v, "ifindex", want->ifindex, got->ifindex) &&
	       same_text(v, "ifname", want->ifname, got->ifname) &&
	       same(v, "uid", want->uid, got->uid) &&
	       same(v, "gid", want->gid, got->gid) &&
	       same(v, "an owner", want->held, got->held) &&
	       same(v, "the owner's pid", want->pid, got->pid) &&
	       same(v, "an offerer", want->offered, got->offered) &&
	       same(v, "the offerer's pid", want->offerer_pid, got->offerer_pid) &&
	       same(v, "standbys", want->standbys, got->standbys) &&
	       same(v, "fencing", want->fencing, got->fencing) &&
	       same(v, "strays", want->strays, got->strays) &&
	       same(v, "handovers", want->handovers, got->handovers) &&
	       same(v, "losses", want->losses, got->losses) &&
	       same(v, "evictions", want->evictions, got->evictions);
}

static int next_pin(const struct oracle *o, uint64_t after)
{
	int pin, best = NONE;

	for (pin = 0; pin < PINS; pin++)
		if (o->pin[pin].exists && o->pin[pin].id > after &&
		    (best == NONE || o->pin[pin].id < o->pin[best].id))
			best = pin;
	return best;
}

static bool same_pins(struct verdict *v, const struct oracle *o,
		      const struct view *views, unsigned int n)
{
	int pin = next_pin(o, 0);
	struct view want;
	unsigned int i;

	for (i = 0; i < n && pin != NONE; i++) {
		expect_view(o, pin, &want);
		if (!same_view(v, &want, &views[i])) {
			size_t len = strlen(v->expected);

			snprintf(v->expected + len, sizeof(v->expected) - len,
				 " (of pin %d)", pin);
			return false;
		}
		pin = next_pin(o, want.id);
	}
	if (i < n)
		return same(v, "no other pin, but id", 0, views[i].id);
	return pin == NONE || same(v, "a pin with id", o->pin[pin].id, 0);
}

/* --- Events ------------------------------------------------------------- */

static bool same_event(struct verdict *v, const struct model_event *want,
		       const struct watch_event *got)
{
	return same_text(v, "event", tappin_event_name(want->event),
			 tappin_event_name(got->event)) &&
	       same_state(v, "an event's state", want->state, got->state) &&
	       same(v, "an event's generation", want->generation, got->generation);
}

/* Those of one pin in their order; between pins there is none. */
static bool same_events(struct verdict *v, const struct want *want)
{
	bool used[2 * EVENTS] = { false };
	unsigned int i, k;

	for (i = 0; i < want->n_events; i++) {
		for (k = 0; k < n_events; k++)
			if (!used[k] && events[k].id == want->event[i].id)
				break;
		if (k == n_events)
			return differ(v, "event",
				      tappin_event_name(want->event[i].event), "none");
		if (!same_event(v, &want->event[i], &events[k]))
			return false;
		used[k] = true;
	}
	for (k = 0; k < n_events; k++)
		if (!used[k])
			return differ(v, "no event", "more",
				      tappin_event_name(events[k].event));
	return true;
}

/* --- Packets ------------------------------------------------------------ */

static bool same_rings(struct verdict *v, const struct oracle *o)
{
	unsigned int i;

	for (i = 0; i < FILES; i++)
		if (o->file[i].used && o->file[i].ringed &&
		    !same(v, "packets that vhost took", o->file[i].taken, watch_taken(i)))
			return false;
	return true;
}

/* --- The answer --------------------------------------------------------- */

static bool same_note(struct verdict *v, const struct oracle *o, const struct want *want,
		      const struct view *got)
{
	const char *note = want->note ? stage_note(o->pin[want->pin].note) : "";

	return same(v, "a note's length", strlen(note), got->note_len) &&
	       (!memcmp(note, got->note, strlen(note)) ||
		differ(v, "note", note, "another"));
}

static bool same_description(struct verdict *v, const struct oracle *o,
			     const struct step *step, const struct want *want,
			     const struct result *result)
{
	struct view view;

	if (!same(v, "a description", want->described, result->described))
		return false;
	if (!want->described)
		return true;
	if (!same_note(v, o, want, &result->view))
		return false;
	if (!want->described_stable)
		return same(v, "id", o->pin[want->pin].id, result->view.id);
	expect_view(o, want->pin, &view);
	if (want->holder)
		view.pid = want->holder;
	if (roles[o->proc[step->proc].role].confined) {
		view.uid = view.uid == UINT32_MAX ? UINT32_MAX : UID_OVERFLOW;
		view.gid = view.gid == UINT32_MAX ? UINT32_MAX : UID_OVERFLOW;
	}
	return same_view(v, &view, &result->view);
}

static bool same_dump(struct verdict *v, const struct oracle *o, const struct step *step,
		      const struct result *result)
{
	unsigned int ns = roles[o->proc[step->proc].role].ns, n = 0;
	int pin;

	for (pin = next_pin(o, 0); pin != NONE; pin = next_pin(o, o->pin[pin].id)) {
		if (!(step->flags & STEP_ALL) && pin / PINS_PER_NS != (int)ns)
			continue;
		if (n == result->n_dumped)
			return same(v, "in the dump id", o->pin[pin].id, 0);
		if (!same(v, "in the dump id", o->pin[pin].id, result->dumped[n++]))
			return false;
	}
	return same(v, "pins in the dump", n, result->n_dumped);
}

static bool is_same_file(const struct oracle *o, int proc, int fd, int other, int with)
{
	return !syscall(SYS_kcmp, o->proc[proc].pid, o->proc[other].pid, KCMP_FILE, fd,
			with);
}

/* Are the fds those of the files that they should be, and of no other? */
static bool same_files(struct verdict *v, const struct oracle *o,
		       const struct want *want, const struct result *result)
{
	unsigned int i, k, p;

	if (!same(v, "number of fds", want->n_gifts, result->n_fds))
		return false;
	for (i = 0; i < want->n_gifts; i++) {
		int proc = want->gift[i].proc;
		int file = o->proc[proc].fd[want->gift[i].index].file;

		for (p = 0; p < PROCS; p++) {
			const struct proc *other = &o->proc[p];

			for (k = 0; other->alive && k < other->fds; k++) {
				bool is = other->fd[k].file == file;

				if (other->fd[k].fd < 0 ||
				    (!is && (p != (unsigned int)proc || k % 4)))
					continue;
				if (!same(v, "that an fd is of the same file", is,
					  is_same_file(o, proc, result->fd[i], p,
						       other->fd[k].fd)))
					return false;
				if (is)
					break;
			}
		}
	}
	return true;
}

static bool same_answer(struct verdict *v, const struct oracle *o,
			const struct step *step, const struct want *want,
			const struct result *result)
{
	int got = result->seen.err;

	if (step->op == OP_POLL)
		return same(v, "poll", want->revents, got);
	if (want->err != got)
		return differ(v, "answer", want->err ? error_name(want->err) : "0",
			      got ? error_name(got) : "0");
	if (want->err && want->why && result->why &&
	    !same_text(v, "sentence", want->why, result->why))
		return false;
	if (step->op == OP_DUMP)
		return want->err || same_dump(v, o, step, result);
	if (step->op == OP_OFFER && !want->err &&
	    memcmp(o->pin[want->pin].cookie, result->cookie, TAPPIN_COOKIE_LEN))
		return differ(v, "cookie", "as before", "another");
	return same_description(v, o, step, want, result) &&
	       same_files(v, o, want, result);
}

/* --- All together ------------------------------------------------------- */

static void consider(const struct oracle *o, const struct step *step,
		     struct result *result, struct verdict *v)
{
	unsigned int variants = oracle_variants(o, step);

	n_candidates = 0;
	for (; result->seen.variant < variants; result->seen.variant++) {
		struct candidate *c = &candidates[n_candidates];

		c->oracle = *o;
		oracle_step(&c->oracle, step, &result->seen, &c->want);
		n_candidates += same_answer(v, &c->oracle, step, &c->want, result);
	}
}

struct settling {
	const struct oracle *before;
	struct verdict *verdict;
	const struct candidate *found;
};

static bool is_settled(void *arg)
{
	struct settling *s = arg;
	struct view views[2 * PINS];
	unsigned int i, n;

	deaths |= stage_deaths(s->before);
	n = watch_look(views, ARRAY_SIZE(views));
	n_events += watch_events(events + n_events, ARRAY_SIZE(events) - n_events);
	for (i = 0; i < n_candidates; i++) {
		struct candidate *c = &candidates[i];

		if (!same(s->verdict, "processes that ended", c->want.deaths, deaths) ||
		    !same_pins(s->verdict, &c->oracle, views, n) ||
		    !same_events(s->verdict, &c->want) ||
		    !same_rings(s->verdict, &c->oracle))
			continue;
		s->found = c;
		return true;
	}
	return false;
}

static void adopt(struct oracle *o, const struct candidate *c,
		  const struct result *result)
{
	unsigned int i;

	*o = c->oracle;
	for (i = 0; i < c->want.n_rows; i++)
		hits[c->want.row[i].state][c->want.row[i].input]++;
	for (i = 0; i < c->want.n_gifts; i++)
		o->proc[c->want.gift[i].proc].fd[c->want.gift[i].index].fd =
			result->fd[i];
}

bool judge_step(struct oracle *o, const struct step *step, unsigned int patience,
		struct verdict *verdict)
{
	struct settling settling = { o, verdict, NULL };
	struct result result;
	unsigned int i;
	bool later = false;

	n_events = 0;
	deaths = 0;
	stage_do(o, step, &result);
	consider(o, step, &result, verdict);
	for (i = 0; i < n_candidates; i++)
		later |= candidates[i].want.later;
	if (!n_candidates ||
	    !(later ? eventually(is_settled, &settling, patience) : is_settled(&settling)))
		return false;
	adopt(o, settling.found, &result);
	verdict->done = result.seen.err >= 0 || result.seen.err == -EINPROGRESS;
	return true;
}

unsigned int judge_rows(unsigned int *known)
{
	unsigned int state, input, n = 0;

	*known = 0;
	for (state = 0; state < TAPPIN_STATES; state++) {
		for (input = 0; input < TAPPIN_INPUTS; input++) {
			if (!oracle_row_known(state, input))
				continue;
			++*known;
			n += !!hits[state][input];
		}
	}
	return n;
}
