// SPDX-License-Identifier: GPL-2.0-or-later
/* Placeholders for fds in a command. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"

struct placeholder {
	const char *text;
	unsigned int kind;
	char separator;
};

static const struct placeholder placeholders[] = {
	{ "{tapfds}", EXPAND_TAPS, ':' },	/* QEMU's fds= */
	{ "{tapfds,}", EXPAND_TAPS, ',' },	/* Cloud Hypervisor's fd=[] */
	{ "{tapfd}", .kind = EXPAND_TAP },
	{ "{vhostfds}", EXPAND_VHOSTS, ':' },
	{ "{vhostfds,}", EXPAND_VHOSTS, ',' },
	{ "{vhostfd}", .kind = EXPAND_VHOST },
};

static const struct placeholder *match(const char *text)
{
	const struct placeholder *end = placeholders +
		sizeof(placeholders) / sizeof(placeholders[0]);
	const struct placeholder *p;

	if (*text != '{')
		return NULL;
	for (p = placeholders; p < end; p++) {
		if (!strncmp(text, p->text, strlen(p->text)))
			return p;
	}
	return NULL;
}

static unsigned int find(const char *word)
{
	const struct placeholder *p;
	unsigned int found = 0;

	for (; *word; word++) {
		p = match(word);
		if (p)
			found |= p->kind;
	}
	return found;
}

unsigned int expand_find(char *const *words)
{
	unsigned int found = 0;

	while (*words)
		found |= find(*words++);
	return found;
}

static void put(FILE *out, const struct placeholder *p,
		const struct expand_fds *fds)
{
	const int *list = fds->taps;
	unsigned int i;

	if (p->kind & (EXPAND_VHOSTS | EXPAND_VHOST))
		list = fds->vhosts;
	fprintf(out, "%d", list[0]);
	for (i = 1; p->separator && i < fds->count; i++)
		fprintf(out, "%c%d", p->separator, list[i]);
}

static char *expand(const char *word, const struct expand_fds *fds)
{
	const struct placeholder *p;
	char *text = NULL;
	size_t size;
	FILE *out;

	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	while (*word) {
		p = match(word);
		if (p) {
			put(out, p, fds);
			word += strlen(p->text);
		} else {
			fputc(*word++, out);
		}
	}
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

int expand_words(char **words, const struct expand_fds *fds)
{
	for (; *words; words++) {
		if (!find(*words))
			continue;
		*words = expand(*words, fds);
		if (!*words)
			return -ENOMEM;
	}
	return 0;
}
