// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * faults - each step of each command fails in turn
 *
 *	faults fds	there is no room for one more fd
 *	faults memory	one allocation of the kernel fails, in the caller's context
 *	faults threads	the same, in the threads that fence
 *
 * Another word is the only command to be given. TAPPIN_FAULTS_FULL, if set, has each
 * with 1 and 4 queues, with vhost and without, several times; otherwise once with the
 * least and the most of it. (Which allocation is the Nth varies a little: caches take
 * pages now and then, and the kernel's checkers memory of their own.)
 * TAPPIN_FAULTS_VERBOSE has each step told, and the kernel's log where it was.
 *
 * A command is given on a stage that is set up anew each time, and its Nth step
 * fails, for N = 1, 2, 3, ... until there is no Nth any more. Either it succeeds
 * all the same, and then all is as after a run without a fault; or it refuses with
 * a sentence, and then all is as before; or, which only a lack of memory may do, it
 * says that its answer was lost. Then it is given again, without a fault, and
 * succeeds. "All" is the description of the pin, the fds of this process, the events
 * that came, and, when the stage is cleared, the references to the module.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../model/view.h"

#include "check.h"
#include "command.h"
#include "fault.h"
#include "pin.h"
#include "process.h"

#define NAME		"fault0"
#define STEPS_MAX	2000	/* that a command may take */
#define PASSES_FULL	3
#define THREAD_ROUNDS	3
#define BAD_MAX		3	/* then a command is left */

/* What a fault must not change. */
struct look {
	struct view view;	/* zeroes if there is no pin */
	size_t note_len;
	int fds;
};

struct trial {
	const struct command *command;
	struct stage stage;
	struct tappin_monitor *monitor;
	int base_fds;
	int base_number;
	int base_references;
	struct look before;	/* of a run without a fault */
	struct look after;
	int events;
	/* What became of the faults. */
	unsigned int made;
	unsigned int refused;
	unsigned int lost;
	unsigned int overcome;
};

struct way {
	const char *name;
	bool varies;		/* which step is the Nth */
	unsigned int first;
	void (*arm)(unsigned int nth);
	/* Was one made? @good says whether the command succeeded. */
	bool (*disarm)(bool good);
	bool (*may_be)(int err);
};

static bool is_full(void)
{
	return getenv("TAPPIN_FAULTS_FULL");
}

static void look(struct trial *t, struct look *l)
{
	struct tappin_pin *pin;

	memset(l, 0, sizeof(*l));
	l->fds = count_fds();
	if (tappin_get(t->stage.scene.handle, NAME, 0, &pin))
		return;
	view_pin(&l->view, pin);
	l->view.id = 0;
	l->view.ifindex = 0;
	tappin_pin_note(pin, &l->note_len);
	tappin_pin_free(pin);
}

static bool same(const struct look *a, const struct look *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void say_look(const char *which, const struct look *l)
{
	const struct view *v = &l->view;

	if (!v->queues) {
		say("  %s: no pin, %d fds", which, l->fds);
		return;
	}
	say("  %s: %s, generation %d, handovers %d, losses %d, evictions %d",
	    which, pin_state_name(v->state), (int)v->generation, (int)v->handovers,
	    (int)v->losses, (int)v->evictions);
	say("    standbys %u, fencing %u, strays %u, uid %d, pids %d %d, note of %zu bytes, %d fds",
	    v->standbys, v->fencing, v->strays, (int)v->uid, (int)v->pid,
	    (int)v->offerer_pid, l->note_len, l->fds);
}

struct wanted {
	struct trial *t;
	const struct look *want[2];
	struct look got;
};

static bool looks(void *arg)
{
	struct wanted *w = arg;

	look(w->t, &w->got);
	return same(&w->got, w->want[0]) || (w->want[1] && same(&w->got, w->want[1]));
}

/* Files are closed, and fences end, a little later. */
static bool gets(struct trial *t, const struct look *want, const char *when)
{
	struct wanted w = { .t = t, .want = { want } };

	if (eventually(looks, &w, PATIENCE_MS))
		return true;
	say("  not as %s:", when);
	say_look("found", &w.got);
	say_look("expected", want);
	return false;
}

/* How many events came since the last time; -ENOBUFS if it says that some are missing. */
static int read_events(struct trial *t)
{
	int n = tappin_monitor_read(t->monitor, pin_no_event, NULL);

	if (n >= 0)
		return n;
	if (n != -ENOBUFS)
		bail("monitor: %s", tappin_monitor_errmsg(t->monitor));
	while (tappin_monitor_read(t->monitor, pin_no_event, NULL) < 0)
		;
	return n;
}

/* The lowest number that an fd could have: one that was reserved has no file to count. */
static int lowest_number(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		bail("dup");
	close(fd);
	return fd;
}

static bool is_released(void *arg)
{
	struct trial *t = arg;

	return module_references() == t->base_references &&
	       count_fds() == t->base_fds && lowest_number() == t->base_number;
}

static bool clear(struct trial *t)
{
	stage_clear(&t->stage);
	if (eventually(is_released, t, PATIENCE_MS))
		return true;
	say("  left over: %d references to the module, %d fds, %d numbers",
	    module_references() - t->base_references, count_fds() - t->base_fds,
	    lowest_number() - t->base_number);
	return false;
}

static bool is_good(const struct command *c, int ret)
{
	return ret == c->ret || (c->may_last && ret == -EINPROGRESS);
}

static bool finish(struct trial *t)
{
	if (!t->command->finish || t->command->finish(&t->stage))
		return true;
	say("  it does not go on from there: %s",
	    tappin_errmsg(t->stage.scene.handle));
	return false;
}

static void prepare(struct trial *t)
{
	t->command->prepare(&t->stage);
	read_events(t);
}

static bool has_settled(void *arg)
{
	struct trial *t = arg;

	look(t, &t->after);
	return t->after.view.state != TAPPIN_STATE_FENCING ||
	       (t->command->hangs && t->after.view.fencing == 1);
}

/* A run without a fault, to compare others with. */
static bool rehearse(struct trial *t)
{
	bool good;
	int ret;

	prepare(t);
	eventually(has_settled, t, PATIENCE_MS);
	t->before = t->after;
	ret = t->command->give(&t->stage);
	good = is_good(t->command, ret);
	if (!good)
		say("  without a fault: %s: %s", error_name(ret), t->stage.why);
	good &= eventually(has_settled, t, PATIENCE_MS);
	t->events = read_events(t);
	good &= finish(t);
	return clear(t) && good;
}

/* Which of both it is, when a command has failed. */
static bool find_out(struct trial *t, bool *done)
{
	struct wanted w = { .t = t, .want = { &t->before, &t->after } };

	*done = false;
	if (!eventually(looks, &w, PATIENCE_MS)) {
		say("  neither as before nor as after:");
		say_look("found", &w.got);
		say_look("before", &t->before);
		say_look("after", &t->after);
		return false;
	}
	*done = !same(&w.got, &t->before);
	return true;
}

static bool is_clear(struct trial *t, const struct way *way, int ret)
{
	if (way->may_be(ret) && t->stage.why[0])
		return true;
	say("  answer %s \"%s\"", error_name(ret), t->stage.why);
	return false;
}

static bool is_quiet(struct trial *t)
{
	int n = read_events(t);

	if (n)
		say("  %d events of what was not done", n);
	return !n;
}

/* It failed: was it clear about it, and does it work now? */
static bool recover(struct trial *t, const struct way *way, int ret)
{
	const struct command *c = t->command;
	bool done, good;
	int again;

	good = is_clear(t, way, ret) && find_out(t, &done);
	if (!good)
		return false;
	if (done && ret != -ENOBUFS && ret != c->late) {
		say("  %s, and yet it was done: %s", error_name(ret), t->stage.why);
		good = false;
	}
	if (!done)
		good &= is_quiet(t);
	t->lost += done;
	t->refused += !done;
	again = c->give(&t->stage);
	if (done ? again == c->again || is_good(c, again) : is_good(c, again))
		return good;
	say("  given again: %s: %s", error_name(again), t->stage.why);
	return false;
}

/* None is missing without a word of it. One that is given twice may be told twice. */
static bool told_all(struct trial *t)
{
	int n = read_events(t);

	if (n == -ENOBUFS || n >= t->events)
		return true;
	say("  %d of %d events came", n, t->events);
	return false;
}

/* Sets @made to whether there was an @nth step. */
static bool try(struct trial *t, const struct way *way, unsigned int nth, bool *made)
{
	bool good = true;
	int ret;

	prepare(t);
	good = gets(t, &t->before, "before");
	way->arm(nth);
	ret = t->command->give(&t->stage);
	*made = way->disarm(is_good(t->command, ret));
	t->made += *made;
	if (!is_good(t->command, ret))
		good &= recover(t, way, ret);
	else
		t->overcome += *made;
	good &= gets(t, &t->after, "after a run without a fault");
	good &= told_all(t) && finish(t);
	good &= clear(t);
	if (!good || getenv("TAPPIN_FAULTS_VERBOSE"))
		say("  step %u: %s %s", nth, error_name(ret), ret ? t->stage.why : "");
	return good;
}

/* Returns how many went wrong. */
static unsigned int try_each(struct trial *t, const struct way *way)
{
	unsigned int nth = way->first, bad = 0;
	bool made = true;

	for (; made && bad < BAD_MAX && nth < STEPS_MAX; nth++)
		bad += !try(t, way, nth, &made);
	return bad + made;
}

static unsigned int try_all(struct trial *t, const struct way *way)
{
	unsigned int passes = way->varies && is_full() ? PASSES_FULL : 1, bad = 0;

	while (passes-- && !bad)
		bad = try_each(t, way);
	return bad;
}

/* Ways. */

static bool memory_disarm(bool good)
{
	(void)good;
	return fault_memory_disarm();
}

/* socket(2) says ENFILE. */
static bool memory_may_be(int err)
{
	return err == -ENOMEM || err == -ENOBUFS || err == -ENFILE;
}

static bool fds_disarm(bool good)
{
	fault_fds_disarm();
	return !good;
}

static bool fds_may_be(int err)
{
	return err == -EMFILE;
}

static const struct way memory = {
	"memory", true, 1, fault_memory_arm, memory_disarm, memory_may_be,
};
static const struct way fds = { "fds", false, 0, fault_fds_arm, fds_disarm, fds_may_be };

/* What the fences are left with by a thread's fault is theirs to try again. */
static unsigned int try_threads(struct trial *t, const struct way *way)
{
	unsigned int nth, bad = 0;

	(void)way;
	for (nth = 1; nth <= THREAD_ROUNDS && bad < BAD_MAX; nth++) {
		bool good = true;
		int ret;

		prepare(t);
		fault_threads_arm(nth);
		ret = t->command->give(&t->stage);
		good = is_good(t->command, ret) || ret == -EINPROGRESS;
		good &= eventually(has_settled, t, PATIENCE_MS);
		t->made += fault_threads_disarm();
		bad += !(clear(t) && good);
	}
	t->overcome = t->made;
	return bad + !t->made;
}

static const struct way of_threads = { .name = "threads" };

/* More enders than are at work at the same time. */
#define QUEUES_MANY	80

/* Those that fence devices which somebody goes on holding, and with how many queues. */
static const struct {
	const char *command;
	unsigned int queues;
} fences[] = {
	{ "claim with cookie", 4 }, { "evict", QUEUES_MANY }, { "del with force", 4 },
};

static unsigned int queues_to_fence(const struct command *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fences); i++)
		if (!strcmp(c->name, fences[i].command))
			return fences[i].queues;
	return 0;
}

static void open_trial(struct trial *t, const struct command *c, unsigned int queues,
		       bool vhost)
{
	memset(t, 0, sizeof(*t));
	t->command = c;
	t->stage.scene.name = NAME;
	t->stage.scene.queues = queues;
	t->stage.scene.vhost = vhost;
	t->stage.scene.stick.uffd = -1;
	t->stage.vhost_fd = -1;
	t->stage.scene.handle = pin_connect();
	if (tappin_monitor_open(&t->monitor))
		bail("monitor: %s", tappin_monitor_errmsg(t->monitor));
	device_make(c, NAME, queues);
	t->base_fds = count_fds();
	t->base_number = lowest_number();
	t->base_references = module_references();
}

static void close_trial(struct trial *t)
{
	device_delete(NAME);
	tappin_monitor_close(t->monitor);
	tappin_close(t->stage.scene.handle);
}

static unsigned int run(const struct way *way, const struct command *c,
			unsigned int queues, bool vhost)
{
	static struct trial t;
	unsigned int bad;

	open_trial(&t, c, queues, vhost);
	bad = !rehearse(&t);
	if (!bad)
		bad = way == &of_threads ? try_threads(&t, way) : try_all(&t, way);
	ok(!bad, "%s: %s, %u queue%s, vhost %s: %u faults: %u refused, %u answers lost, %u overcome",
	   way->name, c->name, queues, queues == 1 ? "" : "s", vhost ? "on" : "off",
	   t.made, t.refused, t.lost, t.overcome);
	close_trial(&t);
	return t.made;
}

static const struct {
	unsigned int queues;
	bool vhost;
	bool corner;
} sizes[] = {
	{ 1, false, true }, { 1, true, false }, { 4, false, false }, { 4, true, true },
};

static unsigned int run_sizes(const struct way *way, const struct command *c)
{
	bool full = way == &fds || is_full();
	unsigned int i, made = 0;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		if ((full || sizes[i].corner) && (sizes[i].vhost || !c->needs_vhost))
			made += run(way, c, sizes[i].queues, sizes[i].vhost);
	return made;
}

static const struct way *way_named(const char *name)
{
	if (!strcmp(name, memory.name))
		return &memory;
	if (!strcmp(name, fds.name))
		return &fds;
	if (!strcmp(name, of_threads.name))
		return &of_threads;
	bail("usage: faults fds|memory|threads [COMMAND]");
}

int main(int argc, char **argv)
{
	const struct way *way = way_named(argc > 1 ? argv[1] : "");
	const char *only = argc > 2 ? argv[2] : NULL;
	unsigned int i, made = 0;

	if (way != &fds && !fault_memory_can())
		bail("this kernel was not built to let allocations fail");
	if (way != &fds)
		fault_memory_prepare();
	for (i = 0; i < commands_n; i++) {
		if (only && strcmp(only, commands[i].name))
			continue;
		if (way != &of_threads)
			made += run_sizes(way, &commands[i]);
		else if (queues_to_fence(&commands[i]))
			made += run(way, &commands[i], queues_to_fence(&commands[i]),
				    true);
	}
	say("%u faults in all", made);
	return done();
}
