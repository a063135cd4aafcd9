// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of commands: lines into words, and those after "create" into options, as
 * "restore" does. What was read as words is written again, each in quotes, and
 * must be read as the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "cli.h"
#include "create.h"
#include "fuzz.h"
#include "tap.h"

/* What reading gave, all in one: each word with its NUL, "\n" after a line. */
struct text {
	char *bytes;
	size_t len;
	FILE *stream;
};

static void text_begin(struct text *text)
{
	text->stream = open_memstream(&text->bytes, &text->len);
	must(text->stream);
}

struct reading {
	struct text words;
	struct text quoted;
};

static void quote(FILE *out, const char *word)
{
	fputc('"', out);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			fputc('\\', out);
		fputc(*word, out);
	}
	fputs("\" ", out);
}

static void check_create(char **words)
{
	struct create_opts opts;

	if (create_parse(&opts, words))
		return;
	must(opts.name && *opts.name);
	must(strlen(opts.name) <= TAPPIN_NAME_MAX);
	must(opts.queues >= 1 && opts.queues <= TAPPIN_QUEUES_MAX);
	must(!opts.dev || tap_legal_name(opts.dev));
	must(!opts.has_txqlen || opts.txqlen);
}

static int on_line(char **words, void *arg)
{
	struct reading *reading = arg;
	char **word;

	must(*words);
	for (word = words; *word; word++) {
		fwrite(*word, 1, strlen(*word) + 1, reading->words.stream);
		quote(reading->quoted.stream, *word);
	}
	fputc('\n', reading->words.stream);
	fputc('\n', reading->quoted.stream);
	if (!strcmp(*words, "create"))
		check_create(words + 1);
	return EXIT_DONE;
}

static int read_file(struct reading *reading, const char *file, size_t len)
{
	int ret;

	text_begin(&reading->words);
	text_begin(&reading->quoted);
	sim_file(file, len);
	ret = batch_run("file", true, on_line, reading);
	fclose(reading->words.stream);
	fclose(reading->quoted.stream);
	return ret;
}

static void forget(struct reading *reading)
{
	free(reading->words.bytes);
	free(reading->quoted.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading first, again;
	const char *said;
	size_t len;

	sim_start(data, size);
	sim_capture_begin();
	read_file(&first, (const char *)data, size);
	must(!read_file(&again, first.quoted.bytes, first.quoted.len));
	said = sim_capture_end(&len);
	must_be_clean(said, len, true);
	must(first.words.len == again.words.len);
	must(!memcmp(first.words.bytes, again.words.bytes, first.words.len));
	forget(&first);
	forget(&again);
	return 0;
}
