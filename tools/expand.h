/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TAPPIN_EXPAND_H
#define TAPPIN_EXPAND_H

/* What a command has in it: {tapfds}, {tapfds,}, {tapfd} and vhost's. */
enum {
	EXPAND_TAPS = 1 << 0,
	EXPAND_TAP = 1 << 1,
	EXPAND_VHOSTS = 1 << 2,
	EXPAND_VHOST = 1 << 3,
};

/* The fds that are put in, @count of each. */
struct expand_fds {
	const int *taps;
	const int *vhosts;
	unsigned int count;
};

/* Which of them are in the words of a command, or'ed. */
unsigned int expand_find(char *const *words);

/**
 * expand_words() - put the numbers in
 * @words: a command; words with something to put in are replaced
 * @fds: the numbers
 *
 * Anything else in braces is left alone: it may well be JSON.
 *
 * Return: 0 or -ENOMEM
 */
int expand_words(char **words, const struct expand_fds *fds);

#endif
