/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test program says, and how it waits: TAP lines with the plan at the
 * end, waits that are bounded and end with a condition, never with time alone.
 */
#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* How long anything may take in a VM without acceleration. */
#define PATIENCE_MS	10000

#define PRINTF(n) __attribute__((format(printf, n, n + 1)))

/* One result. Returns @good. */
bool ok(bool good, const char *what, ...) PRINTF(2);
/* A line for people. */
void say(const char *what, ...) PRINTF(1);
/* The test itself can't go on. With errno, if that is set. */
_Noreturn void bail(const char *what, ...) PRINTF(1);
/* The plan; returns the exit status. */
int done(void);

typedef bool (*condition)(void *arg);

/* Look again until @cond holds, for @ms at most. Returns whether it does. */
bool eventually(condition cond, void *arg, unsigned int ms);

uint64_t now_ns(void);
/* Sorts @n values; returns the one that @percent of them don't exceed. */
uint64_t percentile(uint64_t *values, size_t n, unsigned int percent);
/* Bails out unless @text is a number. */
uint64_t number_of(const char *text);
/* A number from the arguments, or @otherwise; bails out on anything else. */
unsigned int number(int argc, char **argv, int index, unsigned int otherwise);
/* Is @name among the arguments from @index on? If there are none, all are meant. */
bool is_one_of(const char *name, int argc, char **argv, int index);
const char *error_name(int err);
/* The next number of the random sequence that @state, any number, began. */
uint64_t next_random(uint64_t *state);

#endif /* TEST_CHECK_H */
