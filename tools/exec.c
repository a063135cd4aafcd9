// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DOC: running a VMM that knows nothing of tappin
 *
 * Everything that can be refused is checked on a lease that stands by, which
 * disturbs nobody. Then comes the claim, the surplus queues are taken out of
 * service, and the fds that the command names are let through the exec, with
 * the lease: it ends when the command and all who inherited it are gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "await.h"
#include "cli.h"
#include "expand.h"
#include "fail.h"
#include "tap.h"

/*
 * How long the last owner may take to be fenced, and to be looked for and killed;
 * and how long to close its queues.
 */
#define FENCING_SECONDS 5
#define STRAYS_SECONDS 1
#define ASK_AGAIN_MS 50

const char exec_help[] =
"exec NAME|id N [queues N] [force] -- COMMAND ...\n"
"\n"
"Claim a free pin and run a command with its fds. In COMMAND\n"
"  {tapfds}  becomes the numbers of the TAP's fds, like 5:6:7\n"
"  {tapfd}   that of the first queue only\n"
"  {vhostfds}, {vhostfd}\n"
"            those of the vhost-net fds, one for each queue\n"
"  {tapfds,}, {vhostfds,}\n"
"            the same with commas, like 5,6,7\n"
"and nothing else in braces is touched. A COMMAND with {tapfd} but without\n"
"{tapfds} gets one queue.\n"
"  queues  use only the first N; the others are out of service meanwhile\n"
"  force   also when a process without a lease still has queues of the TAP\n"
"COMMAND holds the lease by an fd that it inherits, and its children do: the\n"
"pin is free again when all are gone. Its number is in TAPPIN_LEASE_FD, the\n"
"pin's name in TAPPIN_PIN.\n";

struct run {
	struct pin_ref ref;
	unsigned int queues;	/* 0: not said */
	unsigned int flags;
	unsigned int found;	/* placeholders */
	char **command;
	struct tappin_lease *lease;
};

/* Cuts the words at the "--": @words end there, the command follows. */
static int find_command(char **words, char ***command)
{
	while (*words && strcmp(*words, "--"))
		words++;
	if (!*words)
		return fail_usage("\"--\" and the command to run are missing");
	*words = NULL;
	*command = words + 1;
	if (!**command)
		return fail_usage("the command to run is missing after \"--\"");
	return EXIT_DONE;
}

static int parse(struct run *run, char **words)
{
	bool force = false;
	const struct arg args[] = {
		{ "queues", ARG_NUMBER, &run->queues, .min = 1,
		  .max = TAPPIN_QUEUES_MAX },
		{ "force", ARG_FLAG, .value = &force },
		{}
	};
	int ret;

	ret = find_command(words, &run->command);
	if (!ret)
		ret = args_pin(&run->ref, &words);
	if (!ret)
		ret = args_parse(args, words);
	if (ret)
		return ret;
	if (force)
		run->flags = TAPPIN_FORCE;
	run->found = expand_find(run->command);
	return EXIT_DONE;
}

/* Does the pin have what the command wants? Settles the number of queues. */
static int check_pin(struct run *run, const struct tappin_pin *pin)
{
	unsigned int queues = tappin_pin_queues(pin);
	const char *name = tappin_pin_name(pin);

	if (run->queues > queues)
		return fail_system("the pin \"%s\" has only %u queue%s", name,
				   queues, queues > 1 ? "s" : "");
	if (run->found & (EXPAND_VHOSTS | EXPAND_VHOST) &&
	    !tappin_pin_vhost(pin))
		return fail_system("the pin \"%s\" has no vhost-net: leave out {vhostfds}, or create it with \"vhost on\"",
				   name);
	if (run->queues)
		return EXIT_DONE;
	/* Queues that nobody reads would swallow their share of the packets. */
	run->queues = queues;
	if ((run->found & (EXPAND_TAP | EXPAND_TAPS)) == EXPAND_TAP)
		run->queues = 1;
	return EXIT_DONE;
}

/* Who has queues without a lease may be dying, or mean to keep them. */
static double patience(const struct tappin *handle)
{
	if (!tappin_soon_free(handle))
		return 0;
	return tappin_pin_strays(tappin_holder(handle)) ? STRAYS_SECONDS : FENCING_SECONDS;
}

static int claim(struct cli *cli, struct run *run)
{
	struct pollfd fd = {
		.fd = tappin_lease_fd(run->lease), .events = POLLIN
	};
	double start = await_now();
	int ret;

	for (;;) {
		ret = tappin_claim(cli->handle, run->lease, NULL, run->flags);
		if (ret >= 0)
			return EXIT_DONE;
		if (await_now() - start >= patience(cli->handle))
			break;
		/* The end of a process that has no lease wakes nobody. */
		poll(&fd, 1, ASK_AGAIN_MS);
	}
	return fail_tappin(tappin_errmsg(cli->handle), ret);
}

static int detach_surplus(const struct run *run)
{
	unsigned int all = tappin_lease_queues(run->lease), i;
	int ret;

	for (i = run->queues; i < all; i++) {
		ret = tap_detach_queue(tappin_lease_tap_fd(run->lease, i));
		if (ret)
			return fail_system("can't detach queue %u: %s", i,
					   strerror(-ret));
	}
	return EXIT_DONE;
}

static int let_through(int fd)
{
	if (fd < 0 || fcntl(fd, F_SETFD, 0))
		return fail_system("can't pass fd %d on: %s", fd,
				   strerror(fd < 0 ? -fd : errno));
	return EXIT_DONE;
}

/* Only the kinds that the command names: others would be held and never used. */
static int pass_fds(const struct run *run, int *taps, int *vhosts)
{
	int ret = let_through(tappin_lease_fd(run->lease));
	unsigned int i;

	for (i = 0; !ret && i < run->queues; i++) {
		if (run->found & (EXPAND_TAP | EXPAND_TAPS)) {
			taps[i] = tappin_lease_tap_fd(run->lease, i);
			ret = let_through(taps[i]);
		}
		if (!ret && run->found & (EXPAND_VHOST | EXPAND_VHOSTS)) {
			vhosts[i] = tappin_lease_vhost_fd(run->lease, i);
			ret = let_through(vhosts[i]);
		}
	}
	return ret;
}

static int put_fds(const struct run *run)
{
	int taps[TAPPIN_QUEUES_MAX], vhosts[TAPPIN_QUEUES_MAX];
	const struct expand_fds fds = { taps, vhosts, run->queues };
	int ret;

	ret = pass_fds(run, taps, vhosts);
	if (!ret && expand_words(run->command, &fds))
		ret = fail_system("out of memory");
	return ret;
}

static int put_environment(const struct run *run, const char *name)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", tappin_lease_fd(run->lease));
	if (setenv("TAPPIN_LEASE_FD", number, 1) ||
	    setenv("TAPPIN_PIN", name, 1))
		return fail_system("out of memory");
	return EXIT_DONE;
}

static int execute(const struct run *run)
{
	fflush(stdout);
	execvp(run->command[0], run->command);
	return fail_system("can't run \"%s\": %s", run->command[0],
			   strerror(errno));
}

static int claim_and_run(struct cli *cli, struct run *run,
			 const struct tappin_pin *pin)
{
	int ret;

	ret = check_pin(run, pin);
	if (!ret)
		ret = claim(cli, run);
	if (!ret)
		ret = detach_surplus(run);
	if (!ret)
		ret = put_fds(run);
	if (!ret)
		ret = put_environment(run, tappin_pin_name(pin));
	if (!ret)
		ret = execute(run);
	return ret;
}

int cmd_exec(struct cli *cli, char **words)
{
	struct run run = {};
	struct tappin_pin *pin;
	int ret;

	ret = parse(&run, words);
	if (!ret)
		ret = cli_connect(cli);
	if (ret)
		return ret;
	ret = tappin_standby(cli->handle, run.ref.name, run.ref.id, &run.lease,
			     &pin);
	if (ret < 0)
		return fail_tappin(tappin_errmsg(cli->handle), ret);
	ret = claim_and_run(cli, &run, pin);
	tappin_pin_free(pin);
	tappin_lease_close(run.lease);
	return ret;
}
