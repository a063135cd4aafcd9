// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps as text: a name, key=value for what that step looks at, and flags. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "step.h"

/* What a step looks at: one letter each, see keys[]. */
static const struct {
	const char *name;
	const char *uses;
} ops[OPS] = {
	[OP_NEW]	= { "new", "pPQugn" },
	[OP_DEL]	= { "del", "pP" },
	[OP_GET]	= { "get", "pP" },
	[OP_DUMP]	= { "dump", "p" },
	[OP_SET]	= { "set", "pPugn" },
	[OP_NOTE]	= { "note", "pln" },
	[OP_STANDBY]	= { "standby", "pPl" },
	[OP_CLAIM]	= { "claim", "plc" },
	[OP_OFFER]	= { "offer", "pl" },
	[OP_WITHDRAW]	= { "withdraw", "pl" },
	[OP_CONFIRM]	= { "confirm", "pl" },
	[OP_EVICT]	= { "evict", "pP" },
	[OP_POLL]	= { "poll", "pl" },
	[OP_DUP]	= { "dup", "pwlPq" },
	[OP_CLOSE]	= { "close", "pwlPq" },
	[OP_INHERIT]	= { "inherit", "pwlPq" },
	[OP_PASS]	= { "pass", "ptwlPq" },
	[OP_START]	= { "start", "p" },
	[OP_FORK]	= { "fork", "pt" },
	[OP_EXEC]	= { "exec", "p" },
	[OP_KILL]	= { "kill", "p" },
	[OP_OWN]	= { "own", "plq" },
	[OP_PROBE]	= { "probe", "plq" },
	[OP_RING]	= { "ring", "plPq" },
	[OP_PACKET]	= { "packet", "P" },
	[OP_UNLINK]	= { "unlink", "P" },
	[OP_RMMOD]	= { "rmmod", "pP" },
};

static const char *const what_words[] = { "lease", "tap", "vhost", NULL };
static const char *const cookie_words[] = { "none", "right", "wrong", "old", NULL };
static const char *const right_words[] = { "leave", "none", "give", NULL };

static const struct {
	char letter;
	const char *name;
	size_t offset;
	const char *const *words;	/* or NULL for a number */
} keys[] = {
	{ 'p', "proc", offsetof(struct step, proc), NULL },
	{ 't', "to", offsetof(struct step, to), NULL },
	{ 'w', "what", offsetof(struct step, what), what_words },
	{ 'P', "pin", offsetof(struct step, pin), NULL },
	{ 'l', "lease", offsetof(struct step, lease), NULL },
	{ 'q', "queue", offsetof(struct step, queue), NULL },
	{ 'Q', "queues", offsetof(struct step, queues), NULL },
	{ 'c', "cookie", offsetof(struct step, cookie), cookie_words },
	{ 'u', "uid", offsetof(struct step, uid), right_words },
	{ 'g', "gid", offsetof(struct step, gid), right_words },
	{ 'n', "note", offsetof(struct step, note), NULL },
};

static const char *const flags[] = {
	"force", "kill", "vhost", "id", "all", "keep",
};

const char *step_name(enum op op)
{
	return ops[op].name;
}

static uint8_t *field(struct step *step, unsigned int key)
{
	return (uint8_t *)step + keys[key].offset;
}

char *step_print(const struct step *step, char text[STEP_TEXT_MAX])
{
	struct step copy = *step;
	unsigned int i;
	int len;

	len = snprintf(text, STEP_TEXT_MAX, "%s", ops[step->op].name);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		uint8_t value = *field(&copy, i);

		if (!strchr(ops[step->op].uses, keys[i].letter))
			continue;
		if (keys[i].words)
			len += snprintf(text + len, STEP_TEXT_MAX - len, " %s=%s",
					keys[i].name, keys[i].words[value]);
		else
			len += snprintf(text + len, STEP_TEXT_MAX - len, " %s=%u",
					keys[i].name, value);
	}
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (step->flags & 1 << i)
			len += snprintf(text + len, STEP_TEXT_MAX - len, " %s",
					flags[i]);
	return text;
}

static bool parse_value(const char *text, const char *const *words, uint8_t *value)
{
	unsigned long number;
	char *end;

	for (*value = 0; words && words[*value]; ++*value)
		if (!strcmp(text, words[*value]))
			return true;
	if (words)
		return false;
	number = strtoul(text, &end, 10);
	*value = number;
	return *text && !*end && number <= UINT8_MAX;
}

static bool parse_word(char *word, struct step *step)
{
	char *value = strchr(word, '=');
	unsigned int i;

	if (value)
		*value++ = '\0';
	for (i = 0; value && i < ARRAY_SIZE(keys); i++)
		if (!strcmp(word, keys[i].name))
			return parse_value(value, keys[i].words, field(step, i));
	for (i = 0; !value && i < ARRAY_SIZE(flags); i++) {
		if (strcmp(word, flags[i]))
			continue;
		step->flags |= 1 << i;
		return true;
	}
	return false;
}

bool step_parse(char *text, struct step *step)
{
	char *save, *word = strtok_r(text, " \t\n", &save);

	*step = (struct step){ 0 };
	while (word && step->op < OPS && strcmp(word, ops[step->op].name))
		step->op++;
	if (!word || step->op == OPS)
		return false;
	while ((word = strtok_r(NULL, " \t\n", &save)))
		if (!parse_word(word, step))
			return false;
	return true;
}
