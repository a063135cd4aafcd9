// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kfuzz - what the module makes of messages that nobody meant
 *
 *	kfuzz --complaints REGEX [--seed N] [--seconds N] [--inputs N] [--corpus DIR]
 *	      [--out DIR]
 *	kfuzz --complaints REGEX --replay FILE
 *
 * Inputs (input.h) are sequences of messages, right, wrong and broken, by root, by
 * nobody and by the root of another user namespace, and of other things that
 * processes can do to fds, to each other and to devices. One that reached something
 * new (cover.h) is kept and changed further. After each, all must be as it was
 * before: no pin and no reference to the module is left, the kernel log has nothing
 * that REGEX (tests/complaints.bash) is for, and two pins that only root has a right to are the same to the bit.
 *
 * An input that shows a flaw is made as short as it can be, printed, and left in the
 * folder of --out; the one under way is there, too, for when the kernel panics.
 */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "cover.h"
#include "fixture.h"
#include "message.h"
#include "mutate.h"
#include "play.h"
#include "process.h"
#include "raw.h"
#include "workers.h"

#define CORPUS_MAX	4096
#define CALL_NS		10000000000ull	/* no call takes longer */
#define LIFE_NS		10000000000ull
#define SHRINK_NS	120000000000ull
#define PAUSE_NS	200000
#define WARN_ONCE	"/sys/kernel/debug/clear_warn_once"
#define KMEMLEAK	"/sys/kernel/debug/kmemleak"

static struct input *corpus;	/* shared, lest each fork copies it */
static unsigned int corpus_n;
static const char *out;
static int base;

/* Of all inputs. */
static unsigned long inputs, messages, granted;
static uint64_t longest;

static const char *in_out(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", out, name);
	return path;
}

/* Until it has ended; a call of it that takes too long is a flaw. */
static int watch(pid_t pid)
{
	const struct timespec pause_for = { .tv_nsec = PAUSE_NS };
	uint64_t since;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		since = __atomic_load_n(&world->since, __ATOMIC_RELAXED);
		if (since && now_ns() > since + CALL_NS && !world->flaw[0]) {
			flaw("a call takes longer than 10 s");
			say_process(pid);
			kill(pid, SIGKILL);
		}
		nanosleep(&pause_for, NULL);
	}
	return status;
}

/* Returns whether nothing is wrong. */
static bool run(const struct input *input)
{
	const char *left;
	int status;
	pid_t pid;

	world_reset(base);
	if (out)
		input_write(input, in_out("current"));
	pid = spawn();
	if (!pid)
		play(input);
	status = watch(pid);
	if (status)
		flaw("the sender ended with status %#x", status);
	left = fixture_restore();
	if (left)
		flaw("%s", left);
	inputs++;
	messages += world->messages;
	granted += world->granted;
	if (world->longest > longest)
		longest = world->longest;
	return !world->flaw[0];
}

static void keep(const struct input *input)
{
	char name[64];

	if (corpus_n < CORPUS_MAX)
		corpus[corpus_n++] = *input;
	if (!out)
		return;
	snprintf(name, sizeof(name), "corpus/%05u", corpus_n);
	input_write(input, in_out(name));
}

/* To a file of debugfs, which need not be there. */
static void tell(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		say("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	errno = 0;
}

/* Leave out what can be, as long as something is wrong. */
static void shrink(struct input *input)
{
	uint64_t end = now_ns() + SHRINK_NS;
	struct input less;
	unsigned int at;

	for (at = input->n; at-- && now_ns() < end; ) {
		less = *input;
		memmove(&less.step[at], &less.step[at + 1],
			(less.n - at - 1) * sizeof(less.step[0]));
		less.n--;
		/* Else the kernel warns once. */
		tell(WARN_ONCE, "1");
		if (!run(&less))
			*input = less;
	}
}

static void report(struct input *input)
{
	say("at step %u: %s", world->at, world->flaw);
	input_print(input);
	if (out)
		input_write(input, in_out("failed"));
	shrink(input);
	tell(WARN_ONCE, "1");
	if (run(input)) {
		say("it did not come again with the steps that seemed to do");
	} else {
		say("the least, at step %u: %s", world->at, world->flaw);
		input_print(input);
		if (out)
			input_write(input, in_out("failed-least"));
	}
}

/* One input; false ends it all. */
static bool try(struct input *input)
{
	cover_fresh();
	if (!run(input)) {
		report(input);
		return false;
	}
	if (cover_fresh())
		keep(input);
	return true;
}

static bool begin_with(const char *folder)
{
	struct input input;
	struct dirent *entry;
	char path[512];
	unsigned int i;
	DIR *dir;

	for (i = 0; mutate_begin(i, &input); i++)
		if (!try(&input))
			return false;
	dir = folder ? opendir(folder) : NULL;
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.' && input_read(&input, path) && !try(&input))
			return false;
	}
	if (dir)
		closedir(dir);
	errno = 0;
	return true;
}

static void say_state(void)
{
	say("%lu inputs, %lu sendmsg, %lu commands granted, %u inputs kept, %u PCs, %u features, longest call %.1f ms",
	    inputs, messages, granted, corpus_n, cover_pcs(), cover_features(),
	    longest / 1e6);
}

static bool fuzz(uint64_t end, unsigned long max)
{
	uint64_t last = now_ns();
	struct input input;

	while (now_ns() < end && inputs < max) {
		/* The last ones led somewhere new. */
		input = corpus[mutate_roll(2) ? mutate_roll(corpus_n) :
				corpus_n - 1 - mutate_roll(corpus_n) / 4];
		mutate(&input, &corpus[mutate_roll(corpus_n)]);
		if (!try(&input))
			return false;
		if (now_ns() - last > LIFE_NS) {
			last = now_ns();
			say_state();
		}
	}
	return true;
}

static void open_all(const char *complaints)
{
	struct raw raw;

	if (setgroups(0, NULL))
		bail("groups");
	raw_open(&raw);
	message_family(raw.family);
	raw_close(&raw);
	world = shared_memory(sizeof(*world));
	corpus = shared_memory(CORPUS_MAX * sizeof(*corpus));
	fixture_open(complaints);
	if (!cover_open())
		say("no KCOV here, or no symbols: answers alone tell what is new");
	base = dup(0);
	close(base);
}

/* What was found unreferenced in one scan is reported by the next, if it is old. */
static void check_leaks(void)
{
	FILE *file = fopen(KMEMLEAK, "re");
	char line[256];
	bool leaks = false;
	unsigned int i;

	if (!file)
		return;
	for (i = 0; i < 2; i++)
		tell(KMEMLEAK, "scan");
	while (fgets(line, sizeof(line), file)) {
		leaks = true;
		say("%s", strtok(line, "\n"));
	}
	fclose(file);
	ok(!leaks, "no memory is lost");
}

static void run_fuzz(uint64_t seed, unsigned long seconds, unsigned long max,
		     const char *folder)
{
	uint64_t end = now_ns() + seconds * 1000000000ull;
	bool good;

	say("seed %llu", (unsigned long long)seed);
	mutate_seed(seed);
	if (out)
		mkdir(in_out("corpus"), 0755);
	good = begin_with(folder) && fuzz(end, max);
	ok(good, "messages that nobody meant, seed %llu: %lu inputs",
	   (unsigned long long)seed, inputs);
	say_state();
	if (out)
		cover_write(in_out("pcs"));
}

static void run_file(const char *path)
{
	struct input input;
	bool good;

	if (!input_read(&input, path))
		bail("%s", path);
	input_print(&input);
	good = run(&input);
	if (!good)
		say("at step %u: %s", world->at, world->flaw);
	ok(good, "%s shows no flaw", path);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "inputs", required_argument, NULL, 'n' },
		{ "corpus", required_argument, NULL, 'c' },
		{ "out", required_argument, NULL, 'o' },
		{ "replay", required_argument, NULL, 'r' },
		{ "complaints", required_argument, NULL, 'k' },
		{ 0 },
	};
	unsigned long seconds = 1000000, max = 1000000000;
	const char *folder = NULL, *file = NULL, *complaints = NULL;
	uint64_t seed = 0;
	int option;

	if (getrandom(&seed, 4, 0) != 4)
		bail("a seed");
	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case 's':
			seed = number_of(optarg);
			break;
		case 't':
			seconds = number_of(optarg);
			break;
		case 'n':
			max = number_of(optarg);
			break;
		case 'c':
			folder = optarg;
			break;
		case 'o':
			out = optarg;
			break;
		case 'r':
			file = optarg;
			break;
		case 'k':
			complaints = optarg;
			break;
		default:
			return 1;
		}
	}
	if (!complaints)
		bail("--complaints is missing");
	open_all(complaints);
	tell(KMEMLEAK, "clear");
	if (file)
		run_file(file);
	else
		run_fuzz(seed, seconds, max, folder);
	ok(fixture_close(), "all pins are deleted, and nothing refers to the module");
	check_leaks();
	return done();
}
