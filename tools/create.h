/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TAPPIN_CREATE_H
#define TAPPIN_CREATE_H

#include <libtappin.h>

#include "cli.h"

/* What "create" says about a pin; has_* tell what was left to the default. */
struct create_opts {
	const char *name;
	const char *dev;	/* NULL: one is made */
	bool adopt;		/* @dev, which must be there */
	unsigned int queues;
	bool has_txqlen;
	unsigned int txqlen;
	bool has_vhost;
	bool vhost;
	bool has_owner;
	uid_t owner;
	bool has_group;
	gid_t group;
};

/* Understand the words after "create". Return: 0 or an exit code */
int create_parse(struct create_opts *opts, char **words);

/**
 * create_pin() - make a pin and its TAP
 * @cli: connected
 * @opts: as asked for
 * @pin: what came of it
 *
 * Return: 0, or an exit code after saying why; then nothing is left of it
 */
int create_pin(struct cli *cli, const struct create_opts *opts,
	       struct tappin_pin **pin);

#endif
