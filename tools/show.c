// SPDX-License-Identifier: GPL-2.0-or-later
/* Describe one pin or all. */
#include <string.h>

#include "args.h"
#include "cli.h"
#include "describe.h"
#include "fail.h"
#include "print.h"

const char show_help[] =
"[show [NAME | id N]] [all-netns]\n"
"\n"
"Show one pin with its counters and its note, or all pins of this network\n"
"namespace. With all-netns, pins of all namespaces, or those of them that have\n"
"the name; that is for an administrator of the initial namespace.\n";

struct filter {
	const char *name;	/* NULL: all */
	bool netns;		/* tell namespaces apart */
	unsigned int shown;
};

static int show_pin(const struct tappin_pin *pin, void *arg)
{
	struct filter *filter = arg;

	if (filter->name && strcmp(filter->name, tappin_pin_name(pin)))
		return 0;
	print_begin();
	describe_pin(pin, filter->netns ? DESCRIBE_ALL : DESCRIBE_BLOCK);
	print_end();
	filter->shown++;
	return 0;
}

static int show_one(struct cli *cli, const struct pin_ref *ref)
{
	struct tappin_pin *pin;
	int ret;

	ret = tappin_get(cli->handle, ref->name, ref->id, &pin);
	if (ret)
		return fail_tappin(tappin_errmsg(cli->handle), ret);
	print_list_begin();
	print_begin();
	describe_pin(pin, DESCRIBE_ALL);
	print_end();
	print_list_end();
	tappin_pin_free(pin);
	return EXIT_DONE;
}

static int show_many(struct cli *cli, const char *name, bool all_netns)
{
	struct filter filter = { .name = name, .netns = all_netns };
	int ret;

	print_list_begin();
	ret = tappin_dump(cli->handle, all_netns ? TAPPIN_ALL_NETNS : 0,
			  show_pin, &filter);
	if (!ret && (filter.shown || !name)) {
		print_list_end();
		return EXIT_DONE;
	}
	print_list_drop();
	if (ret)
		return fail_tappin(tappin_errmsg(cli->handle), ret);
	return fail_system("no pin in any network namespace is named \"%s\"",
			   name);
}

int cmd_show(struct cli *cli, char **words)
{
	bool all_netns = false;
	const struct arg args[] = {
		{ "all-netns", ARG_FLAG, .value = &all_netns },
		{}
	};
	bool one = *words && strcmp(*words, "all-netns");
	struct pin_ref ref = {};
	int ret = EXIT_DONE;

	if (one)
		ret = args_pin(&ref, &words);
	if (!ret)
		ret = args_parse(args, words);
	if (!ret)
		ret = cli_connect(cli);
	if (ret)
		return ret;
	/* A number is good for any namespace; a name is not. */
	if (one && !(ref.name && all_netns))
		return show_one(cli, &ref);
	return show_many(cli, ref.name, all_netns);
}
