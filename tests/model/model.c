// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * model - random sequences of commands against a model
 *
 *	model [--seed N] [--steps N] [--script FILE]
 *
 * Several processes, with rights and without, in several namespaces, do all commands
 * in random order, and pass their fds on, fork, execute, die. The model (oracle.h)
 * predicts each answer, each event, and what every pin looks like afterwards. On a
 * difference the sequence is shrunk and printed as a script, which --script does
 * again.
 *
 * A sequence is cut into rounds, each in a clean world of its own.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "dice.h"
#include "judge.h"
#include "shrink.h"
#include "stage.h"

#define ROUND		2000
#define SCRIPT_MAX	(4 * ROUND)
#define LIFE_NS		10000000000ull

static struct oracle oracle;
static struct step steps[SCRIPT_MAX];

/* Of all rounds. */
static struct {
	unsigned int n;
	unsigned int done;
	uint64_t ns;
} counts[OPS];

static void print_script(unsigned int n, const struct verdict *verdict)
{
	char text[STEP_TEXT_MAX];
	unsigned int i;

	for (i = 0; i < n; i++)
		printf("%s\n", step_print(&steps[i], text));
	printf("# expected %s, got %s\n", verdict->expected, verdict->got);
	fflush(stdout);
}

static void report(unsigned int n, struct verdict *verdict)
{
	char text[STEP_TEXT_MAX];
	struct step *all = malloc(n * sizeof(*all));
	unsigned int least;

	say("difference at step %u of the round: %s", n,
	    step_print(&steps[n - 1], text));
	say("expected %s, got %s", verdict->expected, verdict->got);
	stage_clear(&oracle);
	if (!all)
		bail("memory");
	memcpy(all, steps, n * sizeof(*all));
	least = shrink(steps, n, verdict);
	if (!least) {
		say("it did not fail again; all of it:");
		memcpy(steps, all, n * sizeof(*all));
	} else {
		say("the least that fails:");
	}
	free(all);
	print_script(least ? least : n, verdict);
}

static bool run_round(struct dice *dice, unsigned int n, unsigned long done_before)
{
	static uint64_t last;
	struct verdict verdict;
	uint64_t begin;
	unsigned int i;

	oracle_init(&oracle);
	for (i = 0; i < n; i++) {
		dice_step(dice, &oracle, &steps[i]);
		begin = now_ns();
		if (!judge_step(&oracle, &steps[i], PATIENCE_MS, &verdict)) {
			report(i + 1, &verdict);
			return false;
		}
		counts[steps[i].op].ns += now_ns() - begin;
		counts[steps[i].op].n++;
		counts[steps[i].op].done += verdict.done;
		if (now_ns() - last > LIFE_NS) {
			last = now_ns();
			say("%lu steps", done_before + i + 1);
		}
	}
	stage_clear(&oracle);
	return true;
}

static void run_random(uint64_t seed, unsigned long n)
{
	uint64_t begin = now_ns();
	unsigned long done_steps = 0;
	struct dice dice;
	unsigned int i, known;
	bool good = true;

	say("seed %llu", (unsigned long long)seed);
	dice_seed(&dice, seed);
	while (good && done_steps < n) {
		unsigned int len = n - done_steps < ROUND ? n - done_steps : ROUND;

		good = run_round(&dice, len, done_steps);
		done_steps += len;
	}
	for (i = 0; i < OPS; i++)
		if (counts[i].n)
			say("%-8s %7u, %6u refused, %6.0f us each", step_name(i),
			    counts[i].n, counts[i].n - counts[i].done,
			    counts[i].ns / 1000.0 / counts[i].n);
	i = judge_rows(&known);
	say("%u of the state table's %u rows", i, known);
	if (good)
		say("%.0f steps a second", done_steps * 1e9 / (now_ns() - begin));
	ok(good, "%lu random steps with seed %llu are as the model has them",
	   done_steps, (unsigned long long)seed);
}

static unsigned int read_script(const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	unsigned int n = 0;
	char line[256];

	if (!file)
		bail("%s", path);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (n == SCRIPT_MAX)
			bail("%s is too long", path);
		if (!step_parse(line, &steps[n++])) {
			errno = 0;
			bail("%s: step %u is none: %s", path, n, line);
		}
	}
	return n;
}

static void run_script(const char *path)
{
	struct verdict verdict;
	unsigned int n = read_script(path);
	unsigned int failed = replay(steps, n, PATIENCE_MS, &verdict);

	if (failed)
		print_script(failed, &verdict);
	ok(!failed, "the script of %u steps is as the model has it", n);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "steps", required_argument, NULL, 'n' },
		{ "script", required_argument, NULL, 'f' },
		{ 0 },
	};
	const char *script = NULL;
	unsigned long n = 20000;
	uint64_t seed = 0;
	int option;

	actor_main(argc, argv);
	if (getrandom(&seed, 4, 0) != 4)
		bail("a seed");
	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case 's':
			seed = number_of(optarg);
			break;
		case 'n':
			n = number_of(optarg);
			break;
		case 'f':
			script = optarg;
			break;
		default:
			return 1;
		}
	}
	stage_open();
	if (script)
		run_script(script);
	else
		run_random(seed, n);
	return done();
}
