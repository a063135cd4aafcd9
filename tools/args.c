// SPDX-License-Identifier: GPL-2.0-or-later
/* Keywords with values and their limits; users and groups by name. */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "cli.h"
#include "fail.h"

/* strtoull() takes signs and blanks; nothing here does. */
static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && !*end && *number <= max;
}

/* No signs, exponents, "inf" or "nan", and no more than some 30 years. */
static bool parse_seconds(const char *text, double *seconds)
{
	char *end;

	if (!*text || text[strspn(text, "0123456789.")])
		return false;
	*seconds = strtod(text, &end);
	return end != text && !*end && *seconds <= 1e9;
}

static bool parse_on_off(const char *text, bool *on)
{
	*on = !strcmp(text, "on");
	return *on || !strcmp(text, "off");
}

/* (uid_t)-1 means nobody to the module and is nobody's number. */
static bool parse_id(const char *text, uint32_t *id)
{
	uint64_t number;

	if (!parse_number(text, UINT32_MAX - 1, &number))
		return false;
	*id = number;
	return true;
}

static bool parse_user(const char *text, bool none, uid_t *uid)
{
	struct passwd *user;

	*uid = -1;
	if (none && !strcmp(text, "none"))
		return true;
	user = getpwnam(text);
	if (!user)
		return parse_id(text, uid);
	*uid = user->pw_uid;
	return true;
}

static bool parse_group(const char *text, bool none, gid_t *gid)
{
	struct group *group;

	*gid = -1;
	if (none && !strcmp(text, "none"))
		return true;
	group = getgrnam(text);
	if (!group)
		return parse_id(text, gid);
	*gid = group->gr_gid;
	return true;
}

static bool parse_in_range(const struct arg *arg, const char *text)
{
	uint64_t number;

	if (!parse_number(text, arg->max, &number) || number < arg->min)
		return false;
	*(unsigned int *)arg->value = number;
	return true;
}

static bool parse_value(const struct arg *arg, const char *text)
{
	switch (arg->kind) {
	case ARG_FLAG:
		break;
	case ARG_ON_OFF:
		return parse_on_off(text, arg->value);
	case ARG_NUMBER:
		return parse_in_range(arg, text);
	case ARG_SECONDS:
		return parse_seconds(text, arg->value);
	case ARG_USER:
		return parse_user(text, arg->none, arg->value);
	case ARG_GROUP:
		return parse_group(text, arg->none, arg->value);
	case ARG_TEXT:
		*(const char **)arg->value = text;
		return *text;
	}
	return false;
}

static int unknown_word(const char *word)
{
	if (*word == '-')
		return fail_usage("\"%s\" is not known here: tappin's own flags go before the command",
				  word);
	return fail_usage("\"%s\" is not known here: \"tappin help COMMAND\" has what is",
			  word);
}

static void describe(const struct arg *arg, char *text, size_t size)
{
	const char *none = arg->none ? ", or \"none\"" : "";

	switch (arg->kind) {
	case ARG_ON_OFF:
		snprintf(text, size, "\"on\" or \"off\"");
		break;
	case ARG_NUMBER:
		snprintf(text, size, "a number from %u to %u", arg->min,
			 arg->max);
		break;
	case ARG_SECONDS:
		snprintf(text, size, "a number of seconds");
		break;
	case ARG_USER:
		snprintf(text, size, "a user's name or number%s", none);
		break;
	case ARG_GROUP:
		snprintf(text, size, "a group's name or number%s", none);
		break;
	default:
		snprintf(text, size, "%s", arg->what ? arg->what : "nothing");
	}
}

static int parse_arg(const struct arg *arg, const char *text)
{
	char takes[80];

	describe(arg, takes, sizeof(takes));
	if (!text)
		return fail_usage("\"%s\" takes %s after it", arg->word, takes);
	if (!parse_value(arg, text))
		return fail_usage("\"%s\" takes %s, not \"%s\"", arg->word,
				  takes, text);
	return EXIT_DONE;
}

static const struct arg *find_arg(const struct arg *args, const char *word)
{
	for (; args->word; args++) {
		if (!strcmp(args->word, word))
			return args;
	}
	return NULL;
}

int args_parse(const struct arg *args, char **words)
{
	const struct arg *arg;
	uint64_t seen = 0, bit;
	int ret;

	while (*words) {
		arg = find_arg(args, *words);
		if (!arg)
			return unknown_word(*words);
		bit = 1ULL << (arg - args);
		if (seen & bit)
			return fail_usage("\"%s\" is there twice: say it once",
					  *words);
		seen |= bit;
		words++;
		if (arg->given)
			*arg->given = true;
		if (arg->kind == ARG_FLAG) {
			*(bool *)arg->value = true;
			continue;
		}
		ret = parse_arg(arg, *words);
		if (ret)
			return ret;
		words++;
	}
	return EXIT_DONE;
}

/* The module's own rule; it checks the UTF-8, too. */
static bool is_pin_name(const char *name)
{
	size_t len = strlen(name);
	const char *c;

	if (len < 1 || len > TAPPIN_NAME_MAX || strchr(".-", *name))
		return false;
	for (c = name; *c; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '/')
			return false;
	}
	return true;
}

static int take_name(const char **name, char ***words)
{
	*name = **words;
	if (!*name)
		return fail_usage("a pin's name is missing: give NAME after the command");
	if (**name == '-')
		return unknown_word(*name);
	if (!is_pin_name(*name))
		return fail_usage("\"%s\" can't be a pin's name: 1 to %d bytes without blanks, control characters or \"/\", and no \".\" or \"-\" at the start",
				  *name, TAPPIN_NAME_MAX);
	++*words;
	return EXIT_DONE;
}

int args_pin(struct pin_ref *ref, char ***words)
{
	const char *number;

	ref->id = 0;
	if (!**words || strcmp(**words, "id"))
		return take_name(&ref->name, words);
	ref->name = NULL;
	++*words;
	number = **words;
	if (!number)
		return fail_usage("\"id\" takes a pin's number after it: \"tappin show NAME\" has it");
	if (!parse_number(number, UINT64_MAX, &ref->id))
		return fail_usage("\"id\" takes a pin's number, not \"%s\"",
				  number);
	++*words;
	return EXIT_DONE;
}

int args_pin_and(struct pin_ref *ref, const struct arg *args, char **words)
{
	int ret = args_pin(ref, &words);

	return ret ? ret : args_parse(args, words);
}

/* These would be taken for something else where a NAME may be left out. */
static bool is_reserved(const char *name)
{
	return !strcmp(name, "id") || !strcmp(name, "help") ||
	       !strcmp(name, "all-netns");
}

int args_new_name(const char **name, char ***words)
{
	int ret;

	ret = take_name(name, words);
	if (ret)
		return ret;
	if (is_reserved(*name))
		return fail_usage("\"%s\" can't be a pin's name: it is a word of the command line",
				  *name);
	return EXIT_DONE;
}

int args_file(const char **file, char ***words)
{
	const char *word = **words;

	if (!word)
		return EXIT_DONE;
	if (*word == '-' && word[1])
		return unknown_word(word);
	*file = word;
	++*words;
	return EXIT_DONE;
}

int args_end(char **words)
{
	return *words ? unknown_word(*words) : EXIT_DONE;
}
