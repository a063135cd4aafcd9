// SPDX-License-Identifier: GPL-2.0-or-later
/* Make a pin, and the TAP it holds. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "create.h"
#include "describe.h"
#include "fail.h"
#include "print.h"
#include "tap.h"

#define VHOST_NODE "/dev/vhost-net"

const char create_help[] =
"create NAME [dev|adopt IFNAME] [queues N] [vhost on|off] [txqlen N]\n"
"       [owner USER] [group GROUP]\n"
"\n"
"Make a pin and the TAP it holds. The TAP is called NAME if an interface can\n"
"be, else tapN; its link is down until \"ip link set dev IFNAME up\". It lives\n"
"as long as the pin.\n"
"  dev     adopt this persistent TAP or macvtap that nobody uses; make a TAP\n"
"          of that name if there is none\n"
"  adopt   the same, and fail if there is none\n"
"  queues  1 to 256, 1 by default\n"
"  vhost   on: with vhost-net, or fail; off: without. By default, with it if\n"
"          /dev/vhost-net can be opened\n"
"  txqlen  packets that wait in each queue, 1 to 524288\n"
"  owner, group\n"
"          who may claim the pin, beside administrators\n";

int create_parse(struct create_opts *opts, char **words)
{
	const char *adopt = NULL;
	const struct arg args[] = {
		{ "dev", ARG_TEXT, .value = &opts->dev, .what = "an interface's name" },
		{ "adopt", ARG_TEXT, .value = &adopt, .what = "an interface's name" },
		{ "queues", ARG_NUMBER, &opts->queues, .min = 1,
		  .max = TAPPIN_QUEUES_MAX },
		{ "vhost", ARG_ON_OFF, &opts->vhost, .given = &opts->has_vhost },
		{ "txqlen", ARG_NUMBER, &opts->txqlen, &opts->has_txqlen,
		  .min = 1, .max = TAP_TXQLEN_MAX },
		{ "owner", ARG_USER, &opts->owner, .given = &opts->has_owner },
		{ "group", ARG_GROUP, &opts->group, .given = &opts->has_group },
		{}
	};
	int ret;

	*opts = (struct create_opts){ .queues = 1 };
	ret = args_new_name(&opts->name, &words);
	if (!ret)
		ret = args_parse(args, words);
	if (ret)
		return ret;
	if (adopt && opts->dev)
		return fail_usage("a pin has one device: \"dev\" or \"adopt\", not both");
	opts->adopt = adopt;
	if (adopt)
		opts->dev = adopt;
	if (opts->dev && !tap_legal_name(opts->dev))
		return fail_usage("\"%s\" takes an interface's name, which \"%s\" can't be",
				  adopt ? "adopt" : "dev", opts->dev);
	return EXIT_DONE;
}

static int on_pin(const struct tappin_pin *pin, void *arg)
{
	const struct link *link = arg;

	if (!tap_is_of_pin(link, pin))
		return 0;
	return fail_system("\"%s\" is held by the pin \"%s\" already",
			   link->name, tappin_pin_name(pin));
}

/*
 * The module checks both. Asking before keeps hands off a TAP for which there
 * can't be a pin, and says so in better words.
 */
static int check_new(struct cli *cli, const struct create_opts *opts)
{
	struct tappin_pin *pin;
	struct link link;
	int ret;

	if (!tappin_get(cli->handle, opts->name, 0, &pin)) {
		tappin_pin_free(pin);
		return fail_system("there is a pin \"%s\" already",
				   opts->name);
	}
	if (!opts->dev || link_get(opts->dev, 0, &link))
		return EXIT_DONE;
	ret = tappin_dump(cli->handle, 0, on_pin, &link);
	if (ret < 0)
		return fail_tappin(tappin_errmsg(cli->handle), ret);
	return ret;
}

/* On by default, where there is one. */
static int open_vhost(const struct create_opts *opts, int *fd)
{
	*fd = -1;
	if (opts->has_vhost && !opts->vhost)
		return EXIT_DONE;
	*fd = open(VHOST_NODE, O_RDWR | O_CLOEXEC);
	if (*fd < 0 && opts->has_vhost)
		return fail_system("can't open " VHOST_NODE ": %s: \"modprobe vhost_net\" may help, or \"vhost off\"",
				   strerror(errno));
	return EXIT_DONE;
}

/* The answer was lost. Nobody else can have made a pin of our device. */
static bool is_made(struct cli *cli, const struct tappin_new_opts *new,
		    struct tappin_pin **pin)
{
	if (tappin_get(cli->handle, new->name, 0, pin))
		return false;
	if (tappin_pin_ifindex(*pin) == new->ifindex)
		return true;
	tappin_pin_free(*pin);
	return false;
}

static int pin_tap(struct cli *cli, const struct create_opts *opts,
		   const struct tap *tap, int vhost_fd,
		   struct tappin_pin **pin)
{
	const struct tappin_new_opts new = {
		.size = sizeof(new),
		.name = opts->name,
		.ifindex = tap->link.index,
		.tap_fds = tap->fds,
		.queues = tap->queues,
		.vhost = vhost_fd >= 0,
		.vhost_fd = vhost_fd,
		.has_uid = opts->has_owner,
		.uid = opts->owner,
		.has_gid = opts->has_group,
		.gid = opts->group,
	};
	int ret;

	ret = tappin_new(cli->handle, &new, pin);
	if (ret == -ENOBUFS)
		return is_made(cli, &new, pin) ? EXIT_DONE :
		       fail_system("the module's answer was lost, and there is no pin \"%s\": try again",
				   opts->name);
	if (ret)
		return fail_tappin(tappin_errmsg(cli->handle), ret);
	return EXIT_DONE;
}

/* The pin holds the queues when there is one; ours must go, lest they stray. */
static int open_and_pin(struct cli *cli, const struct create_opts *opts,
			int vhost_fd, struct tappin_pin **pin)
{
	const struct tap_opts tap_opts = {
		.dev = opts->dev,
		.adopt = opts->adopt,
		.pin_name = opts->name,
		.queues = opts->queues,
		.has_txqlen = opts->has_txqlen,
		.txqlen = opts->txqlen,
	};
	struct tap tap;
	int ret;

	ret = tap_open(&tap, &tap_opts);
	if (ret)
		return ret;
	ret = pin_tap(cli, opts, &tap, vhost_fd, pin);
	if (ret)
		tap_undo(&tap);
	else
		tap_close(&tap);
	return ret;
}

int create_pin(struct cli *cli, const struct create_opts *opts,
	       struct tappin_pin **pin)
{
	int vhost_fd = -1, ret;

	ret = check_new(cli, opts);
	if (!ret)
		ret = open_vhost(opts, &vhost_fd);
	if (!ret)
		ret = open_and_pin(cli, opts, vhost_fd, pin);
	if (vhost_fd >= 0)
		close(vhost_fd);
	return ret;
}

int cmd_create(struct cli *cli, char **words)
{
	struct create_opts opts;
	struct tappin_pin *pin;
	int ret;

	ret = create_parse(&opts, words);
	if (!ret)
		ret = cli_connect(cli);
	if (!ret)
		ret = create_pin(cli, &opts, &pin);
	if (ret)
		return ret;
	/* Programs learn the name and index; people asked for silence. */
	if (print_is_json()) {
		print_begin();
		describe_pin(pin, DESCRIBE_ALL);
		print_end();
	}
	tappin_pin_free(pin);
	return EXIT_DONE;
}
