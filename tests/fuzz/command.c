// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A whole command line, up to its exit code. The input is its words, one a line,
 * and a NUL; then what files have in them, and a NUL; then what the kernel
 * answers.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fuzz.h"

#define WORDS_MAX 24

int tappin_main(int argc, char **argv);

static int split(char *line, char **words)
{
	int count = 0;

	words[count++] = strdup("tappin");
	while (line && count < WORDS_MAX)
		words[count++] = strdup(strsep(&line, "\n"));
	words[count] = NULL;
	return count;
}

/* What is for programs to read has names as they are: files of "save", JSON. */
static bool is_for_people(char **words, const char *file)
{
	for (; *words; words++)
		if (!strcmp(*words, "save") ||
		    (**words == '-' && strpbrk(*words, "jp")))
			return false;
	return !strstr(file, "save");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[WORDS_MAX + 1], *argv[WORDS_MAX + 1], *line, *file;
	const char *said;
	int argc, i, ret;
	size_t len;

	sim_start(data, size);
	sim_know_family();
	line = sim_text("");
	file = sim_text("");
	sim_file(file, strlen(file));
	argc = split(*line ? line : NULL, words);
	/* getopt() may move them, and a batch changes its own. */
	memcpy(argv, words, sizeof(argv));
	optind = 0;
	sim_capture_begin();
	ret = tappin_main(argc, argv);
	said = sim_capture_end(&len);
	must(ret >= EXIT_DONE && ret <= EXIT_TIMEOUT);
	if (is_for_people(words, file))
		must_be_clean(said, len, true);
	for (i = 0; i < argc; i++) {
		/* What "exec" has put fds into is another one. */
		if (argv[i] != words[i])
			free(argv[i]);
		free(words[i]);
	}
	free(line);
	free(file);
	return 0;
}
