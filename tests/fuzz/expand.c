// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Placeholders. The first byte is the number of queues; the rest is words, one a
 * line. What comes of them must be what it was, with the numbers in the places of
 * the placeholders.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "fuzz.h"

#define WORDS_MAX 16
#define FIRST_TAP 5
#define FIRST_VHOST 1000

static const struct {
	const char *text;
	int first;		/* fd */
	char separator;		/* 0: that one only */
} placeholders[] = {
	{ "{tapfds}", FIRST_TAP, ':' },
	{ "{tapfds,}", FIRST_TAP, ',' },
	{ "{tapfd}", FIRST_TAP, 0 },
	{ "{vhostfds}", FIRST_VHOST, ':' },
	{ "{vhostfds,}", FIRST_VHOST, ',' },
	{ "{vhostfd}", FIRST_VHOST, 0 },
};

/* The end of the numbers that stand at @now for placeholder @i. */
static const char *skip_numbers(const char *now, unsigned int i,
				unsigned int count)
{
	char number[16];
	unsigned int n;
	int len;

	for (n = 0; n < (placeholders[i].separator ? count : 1); n++) {
		if (n)
			must(*now++ == placeholders[i].separator);
		len = snprintf(number, sizeof(number), "%d",
			       placeholders[i].first + (int)n);
		must(!strncmp(now, number, len));
		now += len;
	}
	return now;
}

static void compare(const char *word, const char *now, unsigned int count)
{
	unsigned int i;

	while (*word) {
		for (i = 0; i < MNL_ARRAY_SIZE(placeholders); i++)
			if (!strncmp(word, placeholders[i].text,
				     strlen(placeholders[i].text)))
				break;
		if (i == MNL_ARRAY_SIZE(placeholders)) {
			must(*word++ == *now++);
			continue;
		}
		word += strlen(placeholders[i].text);
		now = skip_numbers(now, i, count);
	}
	must(!*now);
}

static void put_in(char **before, unsigned int count)
{
	int taps[TAPPIN_QUEUES_MAX], vhosts[TAPPIN_QUEUES_MAX];
	const struct expand_fds fds = { taps, vhosts, count };
	char *words[WORDS_MAX + 1] = {};
	unsigned int i, found;

	for (i = 0; i < count; i++) {
		taps[i] = FIRST_TAP + i;
		vhosts[i] = FIRST_VHOST + i;
	}
	for (i = 0; before[i]; i++)
		words[i] = before[i];
	found = expand_find(words);
	must(!expand_words(words, &fds));
	for (i = 0; before[i]; i++) {
		compare(before[i], words[i], count);
		if (words[i] != before[i])
			must(found);
	}
	for (i = 0; before[i]; i++)
		if (words[i] != before[i])
			free(words[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[WORDS_MAX + 1] = {};
	unsigned int count, i;

	sim_start(data, size);
	count = 1 + sim_byte();
	for (i = 0; i < WORDS_MAX; i++)
		words[i] = sim_text("\n");
	put_in(words, count);
	for (i = 0; i < WORDS_MAX; i++)
		free(words[i]);
	return 0;
}
