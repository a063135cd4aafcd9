/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a command line. All of these say what is wrong and return an
 * exit code when something is; they change nothing on the system.
 */
#ifndef TAPPIN_ARGS_H
#define TAPPIN_ARGS_H

#include <stdbool.h>
#include <stdint.h>

enum arg_kind {
	ARG_FLAG,	/* bool: the word alone */
	ARG_ON_OFF,	/* bool */
	ARG_NUMBER,	/* unsigned int, from @min to @max */
	ARG_SECONDS,	/* double */
	ARG_USER,	/* uid_t; (uid_t)-1 for "none", where @none is set */
	ARG_GROUP,	/* gid_t */
	ARG_TEXT,	/* const char *, @what tells people what it is */
};

/**
 * struct arg - a word that a command takes, mostly with a value after it
 * @word: what it is called; an array of these ends with a NULL
 * @kind: what comes after it
 * @value: where that goes, of the type that @kind says
 * @given: set when it was there; optional
 * @min: least number
 * @max: greatest number
 * @none: "none" is a value too
 * @what: for %ARG_TEXT
 */
struct arg {
	const char *word;
	enum arg_kind kind;
	void *value;
	bool *given;
	unsigned int min;
	unsigned int max;
	bool none;
	const char *what;
};

/**
 * args_parse() - take in the rest of a command
 * @args: the words it takes, each at most once, in any order
 * @words: what is there
 */
int args_parse(const struct arg *args, char **words);

/* Which pin: @name, or @id if that is NULL. */
struct pin_ref {
	const char *name;
	uint64_t id;
};

/**
 * args_pin() - take NAME or "id N" off the front
 * @ref: which it is
 * @words: moved on past it
 */
int args_pin(struct pin_ref *ref, char ***words);

/* args_pin() and then args_parse(), for what takes a pin first. */
int args_pin_and(struct pin_ref *ref, const struct arg *args, char **words);

/* Take a NAME that is good for a new pin off the front. */
int args_new_name(const char **name, char ***words);

/**
 * args_file() - take a file's name, which may be "-", off the front if there is one
 * @file: which it is; left alone if there is none
 * @words: moved on past it
 */
int args_file(const char **file, char ***words);

/* Refuse words that a command does not take. */
int args_end(char **words);

#endif
