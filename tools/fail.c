// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors: one sentence on stderr, with the place it comes from in a batch. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fail.h"
#include "print.h"

static const char *where_file;
static unsigned int where_line;

void fail_at(const char *file, unsigned int line)
{
	where_file = file;
	where_line = line;
}

/* Kernel sentences have no full stop, some of the library's may have one. */
static const char *stop_after(const char *sentence)
{
	size_t len = strlen(sentence);

	return len && strchr(".?!", sentence[len - 1]) ? "" : ".";
}

/* A folder's files may have names that are made to steer a terminal. */
static void say_where(void)
{
	char *file = print_cleaned(where_file);

	if (!file)
		return;
	fprintf(stderr, "%s:%u: ", file, where_line);
	free(file);
}

__attribute__((format(printf, 1, 0)))
static void say(const char *format, va_list args)
{
	char *sentence;

	if (vasprintf(&sentence, format, args) < 0)
		sentence = NULL;
	/* What was printed so far comes before what went wrong. */
	fflush(stdout);
	fputs("Error: ", stderr);
	if (where_file)
		say_where();
	if (sentence) {
		/* It may have a process's name in it, which can be anything. */
		print_clean(sentence);
		fprintf(stderr, "%s%s\n", sentence, stop_after(sentence));
	} else {
		fputs("out of memory.\n", stderr);
	}
	free(sentence);
}

int fail_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return EXIT_USAGE;
}

int fail_system(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return EXIT_REFUSED;
}

int fail_timeout(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return EXIT_TIMEOUT;
}

int fail_tappin(const char *sentence, int error)
{
	if (!sentence || !*sentence)
		sentence = strerror(-error);
	return fail_system("%s", sentence);
}
