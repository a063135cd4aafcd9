/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TAPPIN_FAIL_H
#define TAPPIN_FAIL_H

/**
 * fail_at() - name the place that following errors come from
 * @file: a file of commands, or NULL for none
 * @line: the line in it
 */
void fail_at(const char *file, unsigned int line);

/* Say what the user got wrong and what to do. Return: EXIT_USAGE */
__attribute__((format(printf, 1, 2)))
int fail_usage(const char *format, ...);

/* Say what the system refused. Return: EXIT_REFUSED */
__attribute__((format(printf, 1, 2)))
int fail_system(const char *format, ...);

/* Say what did not happen in time. Return: EXIT_TIMEOUT */
__attribute__((format(printf, 1, 2)))
int fail_timeout(const char *format, ...);

/**
 * fail_tappin() - say what the module or its library refused
 * @sentence: what it said, from tappin_errmsg(), or NULL
 * @error: -errno, spoken for when there is no sentence
 *
 * Return: EXIT_REFUSED
 */
int fail_tappin(const char *sentence, int error);

#endif
