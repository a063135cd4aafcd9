// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"

#define PAUSE_NS	500000

static unsigned int tests, failures;

bool ok(bool good, const char *what, ...)
{
	va_list args;

	printf("%sok %u - ", good ? "" : "not ", ++tests);
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	failures += !good;
	return good;
}

void say(const char *what, ...)
{
	va_list args;

	fputs("# ", stdout);
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void bail(const char *what, ...)
{
	int err = errno;
	va_list args;

	fputs("Bail out! ", stdout);
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	if (err)
		printf(": %s", strerror(err));
	putchar('\n');
	fflush(stdout);
	exit(1);
}

int done(void)
{
	printf("1..%u\n", tests);
	fflush(stdout);
	return failures || !tests;
}

bool eventually(condition cond, void *arg, unsigned int ms)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	uint64_t end = now_ns() + ms * 1000000ull;

	while (!cond(arg)) {
		if (now_ns() > end)
			return cond(arg);
		nanosleep(&pause, NULL);
	}
	return true;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t percentile(uint64_t *values, size_t n, unsigned int percent)
{
	if (!n)
		return 0;
	qsort(values, n, sizeof(*values), compare);
	return values[(n - 1) * percent / 100];
}

uint64_t number_of(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	errno = 0;
	if (!*text || *end)
		bail("\"%s\" is not a number", text);
	return value;
}

unsigned int number(int argc, char **argv, int index, unsigned int otherwise)
{
	uint64_t value;

	if (argc <= index)
		return otherwise;
	value = number_of(argv[index]);
	if (value > 1000000)
		bail("%s is too much", argv[index]);
	return value;
}

bool is_one_of(const char *name, int argc, char **argv, int index)
{
	int i;

	for (i = index; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc <= index;
}

const char *error_name(int err)
{
	const char *name = strerrorname_np(err < 0 ? -err : err);

	return name ? name : "?";
}

/* splitmix64 */
uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}
