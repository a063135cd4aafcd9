// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of commands: one a line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "cli.h"
#include "fail.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * Takes the next word off *@from and writes it, unquoted, to *@to, which lies
 * in the same line and never overtakes. Returns what is wrong, or NULL.
 */
static const char *take_word(char **from, char **to)
{
	char *in = *from, *out = *to, quote = 0;

	for (; *in && (quote || !is_blank(*in)); in++) {
		if (*in == quote) {
			quote = 0;
		} else if (!quote && (*in == '\'' || *in == '"')) {
			quote = *in;
		} else if (*in == '\\' && quote != '\'') {
			in++;
			if (!*in || *in == '\n')
				return "nothing comes after the \"\\\"";
			*out++ = *in;
		} else {
			*out++ = *in;
		}
	}
	if (quote)
		return "a quote is not closed on its line";
	/* The end of this word may lie on the blank after it: step over. */
	*from = *in ? in + 1 : in;
	*out++ = '\0';
	*to = out;
	return NULL;
}

/* Splits @line into @words, which has room for all. Returns what is wrong. */
static const char *split(char *line, char **words)
{
	const char *wrong;
	char *out = line;

	for (;;) {
		while (is_blank(*line))
			line++;
		if (!*line || *line == '#')
			break;
		*words++ = out;
		wrong = take_word(&line, &out);
		if (wrong)
			return wrong;
	}
	*words = NULL;
	return NULL;
}

static int run_line(char *line, size_t len, batch_fn fn, void *arg)
{
	const char *wrong;
	char **words;
	int ret;

	if (memchr(line, '\0', len))
		return fail_usage("a NUL character: this is not a text file");
	/* No line has more words than every other character. */
	words = calloc(len / 2 + 2, sizeof(*words));
	if (!words)
		return fail_system("out of memory");
	wrong = split(line, words);
	if (wrong)
		ret = fail_usage("%s", wrong);
	else
		ret = *words ? fn(words, arg) : EXIT_DONE;
	free(words);
	return ret;
}

static int run_stream(FILE *stream, const char *file, bool keep_going,
		      batch_fn fn, void *arg)
{
	unsigned int number = 0;
	int ret, first = EXIT_DONE;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stream)) >= 0) {
		fail_at(file, ++number);
		ret = run_line(line, len, fn, arg);
		if (ret && !first)
			first = ret;
		if (ret && !keep_going)
			break;
	}
	fail_at(NULL, 0);
	if (ferror(stream) && !first)
		first = fail_system("can't read %s: %s", file,
				    strerror(errno));
	free(line);
	return first;
}

int batch_run(const char *file, bool keep_going, batch_fn fn, void *arg)
{
	bool is_stdin = !strcmp(file, "-");
	FILE *stream = is_stdin ? stdin : fopen(file, "re");
	int ret;

	if (!stream)
		return fail_system("can't open %s: %s", file, strerror(errno));
	ret = run_stream(stream, file, keep_going, fn, arg);
	if (!is_stdin)
		fclose(stream);
	return ret;
}
