// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the command prints of strings and bytes that others gave: text must not
 * steer a terminal, JSON must be JSON that has the bytes again.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "print.h"

static const char *print(bool json, const char *string, const uint8_t *bytes,
			 size_t size, size_t *len)
{
	sim_capture_begin();
	print_init(json, false);
	print_begin();
	print_string("string", "", string);
	print_bytes("bytes", "", bytes, size);
	print_end();
	return sim_capture_end(len);
}

static void check_json(const char *text, size_t len, const char *string,
		       const uint8_t *bytes, size_t size)
{
	json_t *object = json_loadb(text, len, JSON_ALLOW_NUL, NULL), *value;

	must(object);
	value = json_object_get(object, "string");
	must(json_string_length(value) <= strlen(string));
	value = json_object_get(object, "bytes");
	if (value) {
		must(json_string_length(value) == size);
		must(!memcmp(json_string_value(value), bytes, size));
	} else {
		value = json_object_get(object, "bytes_base64");
		must(json_string_length(value) == (size + 2) / 3 * 4);
	}
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text;
	char *string;
	size_t len;

	sim_start(data, size);
	string = sim_text("");
	text = print(false, string, data, size, &len);
	must_be_clean(text, len, true);
	text = print(true, string, data, size, &len);
	check_json(text, len, string, data, size);
	print_clean(string);
	must_be_clean(string, strlen(string), false);
	free(string);
	return 0;
}
