// SPDX-License-Identifier: GPL-2.0-or-later
/* One call a value, for text and for JSON. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fail.h"
#include "print.h"

static struct {
	bool json;
	size_t flags;
	bool in_list;
	json_t *list;
	json_t *object;
} out;

void print_init(bool json, bool pretty)
{
	out.json = json;
	out.flags = pretty ? JSON_INDENT(4) : JSON_COMPACT;
}

bool print_is_json(void)
{
	return out.json;
}

/* Does @len bytes at @s make a UTF-8 string? jansson knows. */
static bool is_utf8(const char *s, size_t len)
{
	json_t *string = json_stringn(s, len);
	bool good = string;

	json_decref(string);
	return good;
}

void print_clean(char *string)
{
	bool ascii = !is_utf8(string, strlen(string));
	unsigned char *c;

	for (c = (unsigned char *)string; *c; c++) {
		/* U+0080 to U+009F steer terminals, too. */
		if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			*c++ = '?';
		else if (*c >= ' ' && *c != 0x7f && (*c < 0x80 || !ascii))
			continue;
		*c = '?';
	}
}

char *print_cleaned(const char *string)
{
	char *clean = strdup(string);

	if (clean)
		print_clean(clean);
	return clean;
}

static void dump(json_t *value)
{
	/* A failure to write stays in stdout's error flag: print_finish(). */
	json_dumpf(value, stdout, out.flags);
	putchar('\n');
	json_decref(value);
}

void print_list_begin(void)
{
	out.in_list = true;
	out.list = out.json ? json_array() : NULL;
}

void print_list_end(void)
{
	out.in_list = false;
	if (out.list)
		dump(out.list);
	out.list = NULL;
}

void print_list_drop(void)
{
	out.in_list = false;
	json_decref(out.list);
	out.list = NULL;
}

void print_begin(void)
{
	out.object = out.json ? json_object() : NULL;
}

void print_end(void)
{
	if (!out.json)
		putchar('\n');
	else if (out.in_list)
		json_array_append_new(out.list, out.object);
	else
		dump(out.object);
	out.object = NULL;
	if (!out.in_list)
		fflush(stdout);
}

static bool as_text(const char *before)
{
	if (out.json || !before)
		return false;
	fputs(before, stdout);
	return true;
}

static void put(const char *key, json_t *value)
{
	json_object_set_new(out.object, key, value);
}

void print_number(const char *key, const char *before, uint64_t value)
{
	if (as_text(before))
		printf("%" PRIu64, value);
	else if (out.json && key)
		put(key, json_integer((json_int_t)value));
}

static void put_string(const char *key, const char *value)
{
	json_t *string = json_string(value);
	char *clean;

	if (!string) {
		clean = print_cleaned(value);
		if (!clean)
			return;
		string = json_string(clean);
		free(clean);
	}
	put(key, string);
}

void print_string(const char *key, const char *before, const char *value)
{
	char *clean;

	if (!value)
		return;
	if (as_text(before)) {
		clean = print_cleaned(value);
		if (!clean)
			return;
		fputs(clean, stdout);
		free(clean);
	} else if (out.json && key) {
		put_string(key, value);
	}
}

void print_on_off(const char *key, const char *before, bool value)
{
	if (as_text(before))
		fputs(value ? "on" : "off", stdout);
	else if (out.json && key)
		put(key, json_boolean(value));
}

static char *base64(const unsigned char *in, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *start = malloc(4 * ((len + 2) / 3) + 1), *c = start;
	size_t i;

	for (i = 0; start && i < len; i += 3) {
		unsigned int word = in[i] << 16;

		if (i + 1 < len)
			word |= in[i + 1] << 8;
		if (i + 2 < len)
			word |= in[i + 2];
		*c++ = digits[word >> 18];
		*c++ = digits[word >> 12 & 63];
		*c++ = i + 1 < len ? digits[word >> 6 & 63] : '=';
		*c++ = i + 2 < len ? digits[word & 63] : '=';
	}
	if (start)
		*c = '\0';
	return start;
}

static void print_binary(const char *key, const char *before,
			 const void *value, size_t len)
{
	char *name, *digits;

	if (as_text(before)) {
		printf("%zu bytes, not text (-j has them)", len);
		return;
	}
	if (!out.json || !key || asprintf(&name, "%s_base64", key) < 0)
		return;
	digits = base64(value, len);
	if (digits)
		put(name, json_string(digits));
	free(digits);
	free(name);
}

void print_bytes(const char *key, const char *before, const void *value,
		 size_t len)
{
	char *string;

	if (memchr(value, '\0', len) || !is_utf8(value, len)) {
		print_binary(key, before, value, len);
		return;
	}
	string = strndup(value, len);
	print_string(key, before, string);
	free(string);
}

void print_text(const char *text)
{
	if (!out.json)
		fputs(text, stdout);
}

int print_finish(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	clearerr(stdout);
	return fail_system("can't write the output: %s",
			   errno ? strerror(errno) : "it was cut short");
}
