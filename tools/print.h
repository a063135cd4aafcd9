/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output that is text for people or JSON for programs, from the same calls:
 * each takes the JSON key and the words that come before the value in text.
 * Either may be NULL, which leaves the value out of that form.
 */
#ifndef TAPPIN_PRINT_H
#define TAPPIN_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void print_init(bool json, bool pretty);
bool print_is_json(void);

/* A list of objects: an array in JSON, one after the other in text. */
void print_list_begin(void);
void print_list_end(void);
/* Leave it out: it could not be had. */
void print_list_drop(void);

/* One object. Outside a list it is put out at once, on a line of its own. */
void print_begin(void);
void print_end(void);

void print_number(const char *key, const char *before, uint64_t value);
void print_string(const char *key, const char *before, const char *value);
void print_on_off(const char *key, const char *before, bool value);
/* Bytes that are a string when they can be, else KEY_base64 or their number. */
void print_bytes(const char *key, const char *before, const void *value,
		 size_t len);
/* Words of the text form only. */
void print_text(const char *text);

/**
 * print_clean() - make a string fit for a terminal, in place
 * @string: names that others gave may hold control characters, or be no UTF-8
 */
void print_clean(char *string);
/* A copy of @string that is, to be freed; NULL without memory. */
char *print_cleaned(const char *string);

/**
 * print_finish() - put out what is left
 *
 * Return: 0, or an exit code after saying that it can't be written
 */
int print_finish(void);

#endif
