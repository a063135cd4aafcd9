// SPDX-License-Identifier: GPL-2.0-or-later
/* Make the pins of a file again, those that are missing. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "args.h"
#include "batch.h"
#include "cli.h"
#include "create.h"
#include "fail.h"
#include "print.h"
#include "tap.h"

#define DEFAULT_DIR "/etc/tappin.d"

const char restore_help[] =
"restore [-n] [FILE|DIR]\n"
"\n"
"Create the pins that a file of \"create\" commands names, or all *.conf files\n"
"of a directory in the order of their names; " DEFAULT_DIR " if none is given,\n"
"\"-\" for the standard input. A pin that exists as it should is left alone; one\n"
"that is different is an error. All lines are tried.\n"
"  -n  only say what would be done\n";

struct restore {
	struct cli *cli;
	bool dry;
};

static int differs(const struct create_opts *opts, const char *word)
{
	return fail_system("the pin \"%s\" exists and its %s is different",
			   opts->name, word);
}

/* It may be where we can't look: no reason to complain of more than its name. */
static int compare_device(const struct create_opts *opts,
			  const struct tappin_pin *pin)
{
	const char *ifname = tappin_pin_ifname(pin);
	struct link link;

	if (opts->dev && (!ifname || strcmp(opts->dev, ifname)))
		return differs(opts, opts->adopt ? "\"adopt\"" : "\"dev\"");
	if (!tap_of_pin(pin, &link))
		return EXIT_DONE;
	if (opts->adopt && !tap_is_lasting(&link))
		return differs(opts, "\"adopt\"");
	if (opts->has_txqlen && opts->txqlen != link.txqlen)
		return differs(opts, "\"txqlen\"");
	return EXIT_DONE;
}

/* Words that were left out have no say, but for the queues (1) and who may claim. */
static int compare(const struct create_opts *opts, const struct tappin_pin *pin)
{
	int ret;

	if (tappin_pin_state(pin) == TAPPIN_STATE_DEAD)
		return fail_system("the pin \"%s\" exists and its device is gone: delete it first",
				   opts->name);
	ret = compare_device(opts, pin);
	if (ret)
		return ret;
	if (opts->queues != tappin_pin_queues(pin))
		return differs(opts, "number of \"queues\"");
	if (opts->has_vhost && opts->vhost != tappin_pin_vhost(pin))
		return differs(opts, "\"vhost\"");
	if (opts->has_owner != tappin_pin_has_uid(pin) ||
	    (opts->has_owner && opts->owner != tappin_pin_uid(pin)))
		return differs(opts, "\"owner\"");
	if (opts->has_group != tappin_pin_has_gid(pin) ||
	    (opts->has_group && opts->group != tappin_pin_gid(pin)))
		return differs(opts, "\"group\"");
	return EXIT_DONE;
}

static void tell(const struct restore *restore, const char *what,
		 const char *name)
{
	if (!restore->dry)
		return;
	print_begin();
	print_string("action", "", what);
	print_string("name", " ", name);
	print_end();
}

static int create_missing(const struct restore *restore,
			  const struct create_opts *opts)
{
	struct tappin_pin *pin;
	int ret;

	tell(restore, "create", opts->name);
	if (restore->dry)
		return EXIT_DONE;
	ret = create_pin(restore->cli, opts, &pin);
	if (!ret)
		tappin_pin_free(pin);
	return ret;
}

static int restore_line(char **words, void *arg)
{
	const struct restore *restore = arg;
	struct tappin *handle = restore->cli->handle;
	struct create_opts opts;
	struct tappin_pin *pin;
	int ret;

	if (strcmp(*words, "create"))
		return fail_usage("\"%s\" is not a \"create\" command",
				  *words);
	ret = create_parse(&opts, words + 1);
	if (ret)
		return ret;
	ret = tappin_get(handle, opts.name, 0, &pin);
	if (ret == -ENOENT)
		return create_missing(restore, &opts);
	if (ret)
		return fail_tappin(tappin_errmsg(handle), ret);
	ret = compare(&opts, pin);
	if (!ret)
		tell(restore, "keep", opts.name);
	tappin_pin_free(pin);
	return ret;
}

static int is_conf(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return *entry->d_name != '.' && dot && !strcmp(dot, ".conf");
}

static int restore_named(struct restore *restore, const char *dir,
			 const char *name)
{
	char *file;
	int ret;

	if (asprintf(&file, "%s/%s", dir, name) < 0)
		return fail_system("out of memory");
	ret = batch_run(file, true, restore_line, restore);
	free(file);
	return ret;
}

static int restore_dir(struct restore *restore, const char *dir)
{
	struct dirent **entries;
	int count, i, ret, first = EXIT_DONE;

	count = scandir(dir, &entries, is_conf, alphasort);
	if (count < 0)
		return fail_system("can't read %s: %s", dir, strerror(errno));
	for (i = 0; i < count; i++) {
		ret = restore_named(restore, dir, entries[i]->d_name);
		if (ret && !first)
			first = ret;
		free(entries[i]);
	}
	free(entries);
	return first;
}

static int restore_from(struct restore *restore, const char *path)
{
	struct stat status;

	if (strcmp(path, "-") && !stat(path, &status) &&
	    S_ISDIR(status.st_mode))
		return restore_dir(restore, path);
	return batch_run(path, true, restore_line, restore);
}

static void take_dry(struct restore *restore, char ***words)
{
	if (!**words || strcmp(**words, "-n"))
		return;
	restore->dry = true;
	(*words)++;
}

int cmd_restore(struct cli *cli, char **words)
{
	struct restore restore = { .cli = cli };
	const char *path = DEFAULT_DIR;
	int ret;

	take_dry(&restore, &words);
	ret = args_file(&path, &words);
	take_dry(&restore, &words);
	if (!ret)
		ret = args_end(words);
	if (ret)
		return ret;
	if (!strcmp(path, "-") && cli->batch && !strcmp(cli->batch, "-"))
		return fail_usage("\"restore -\" can't have the standard input: the commands come from it");
	ret = cli_connect(cli);
	if (ret)
		return ret;
	return restore_from(&restore, path);
}
