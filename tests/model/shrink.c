// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Delta debugging: first the shortest end of the sequence that fails, as what goes
 * wrong mostly began not long before; then parts of it are left out, ever smaller
 * ones, as long as the rest fails. That it fails counts, not how: what fails
 * otherwise is a fault as well.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "shrink.h"
#include "stage.h"

#define PATIENCE_AGAIN_MS	1500
#define SHRINK_SECONDS		600

static struct oracle oracle;
static uint64_t end_ns;
static unsigned int runs;

unsigned int replay(const struct step *steps, unsigned int n, unsigned int patience,
		    struct verdict *verdict)
{
	unsigned int i, failed = 0;

	oracle_init(&oracle);
	for (i = 0; i < n && !failed; i++)
		if (oracle_possible(&oracle, &steps[i]) &&
		    !judge_step(&oracle, &steps[i], patience, verdict))
			failed = i + 1;
	stage_clear(&oracle);
	return failed;
}

static unsigned int again(const struct step *steps, unsigned int n,
			  struct verdict *verdict)
{
	struct verdict other;
	unsigned int failed = replay(steps, n, PATIENCE_AGAIN_MS, &other);

	if (++runs % 20 == 0)
		say("shrinking: %u runs, %u steps", runs, n);
	if (failed)
		*verdict = other;
	return failed;
}

static unsigned int shortest_end(struct step *steps, unsigned int n,
				 struct verdict *verdict)
{
	unsigned int len, failed;

	for (len = 32; ; len *= 2) {
		if (len > n)
			len = n;
		failed = again(steps + n - len, len, verdict);
		if (failed) {
			memmove(steps, steps + n - len, failed * sizeof(*steps));
			return failed;
		}
		if (len == n)
			return 0;
	}
}

/* Leave out steps @at to @at + @len, if the rest fails. */
static unsigned int try_without(struct step *steps, unsigned int n, unsigned int at,
				unsigned int len, struct verdict *verdict)
{
	unsigned int left = n - len, failed;
	struct step *rest = malloc((left + 1) * sizeof(*rest));

	if (!rest)
		bail("memory");
	memcpy(rest, steps, at * sizeof(*rest));
	memcpy(rest + at, steps + at + len, (left - at) * sizeof(*rest));
	failed = again(rest, left, verdict);
	memcpy(steps, rest, failed * sizeof(*steps));
	free(rest);
	return failed ? failed : n;
}

unsigned int shrink(struct step *steps, unsigned int n, struct verdict *verdict)
{
	unsigned int len, at, before;

	end_ns = now_ns() + SHRINK_SECONDS * 1000000000ull;
	n = shortest_end(steps, n, verdict);
	for (len = n / 2; len && now_ns() < end_ns; ) {
		before = n;
		for (at = 0; at + len <= n && now_ns() < end_ns; ) {
			unsigned int left = try_without(steps, n, at, len, verdict);

			if (left == n)
				at += len;
			n = left;
		}
		/* One by one until none can be spared. */
		if (len > 1)
			len = len > n ? n / 2 : len / 2;
		else if (n == before)
			break;
	}
	return n;
}
