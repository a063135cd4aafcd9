/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs share: the global flags, the connection, and their table's
 * entries. A verb gets the words after its own, ending in a NULL, and returns
 * an exit code; whoever returns one that is not 0 has said why on stderr.
 */
#ifndef TAPPIN_CLI_H
#define TAPPIN_CLI_H

#include <stdbool.h>
#include <libtappin.h>

enum exit_code {
	EXIT_DONE = 0,
	EXIT_USAGE = 1,
	EXIT_REFUSED = 2,	/* by the kernel or the system */
	EXIT_TIMEOUT = 3,
};

struct cli {
	bool json;
	bool pretty;
	bool timestamps;
	const char *batch;	/* the file its commands come from, or NULL */
	struct tappin *handle;	/* see cli_connect() */
};

/**
 * cli_connect() - have a connection to the module
 * @cli: where it is kept; a batch uses one for all of its commands
 *
 * Return: 0, or an exit code when there is none to be had
 */
int cli_connect(struct cli *cli);

int cmd_create(struct cli *cli, char **words);
int cmd_delete(struct cli *cli, char **words);
int cmd_show(struct cli *cli, char **words);
int cmd_set(struct cli *cli, char **words);
int cmd_exec(struct cli *cli, char **words);
int cmd_evict(struct cli *cli, char **words);
int cmd_monitor(struct cli *cli, char **words);
int cmd_wait(struct cli *cli, char **words);
int cmd_save(struct cli *cli, char **words);
int cmd_restore(struct cli *cli, char **words);
int cmd_doctor(struct cli *cli, char **words);

/* Each is its grammar, an empty line, and the text. */
extern const char create_help[];
extern const char delete_help[];
extern const char show_help[];
extern const char set_help[];
extern const char exec_help[];
extern const char evict_help[];
extern const char monitor_help[];
extern const char wait_help[];
extern const char save_help[];
extern const char restore_help[];
extern const char doctor_help[];

#endif
