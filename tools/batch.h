/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TAPPIN_BATCH_H
#define TAPPIN_BATCH_H

#include <stdbool.h>

/* Does one line; returns an exit code. @words ends in a NULL. */
typedef int (*batch_fn)(char **words, void *arg);

/**
 * batch_run() - do the commands in a file
 * @file: its name, "-" for the standard input
 * @keep_going: also after one that failed
 * @fn: called with the words of each line that has any
 * @arg: for @fn
 *
 * Words are apart by blanks. Quotes, '...' or "...", keep blanks in a word; a
 * backslash, but not between '...', takes the next character as it is. A word
 * that begins with # begins a comment. Errors name the file and the line.
 *
 * Return: 0, or the exit code of the first line that failed
 */
int batch_run(const char *file, bool keep_going, batch_fn fn, void *arg);

#endif
