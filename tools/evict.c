// SPDX-License-Identifier: GPL-2.0-or-later
/* End an owner, and wait until it is fenced. */
#include <errno.h>
#include <stddef.h>

#include "args.h"
#include "await.h"
#include "cli.h"
#include "fail.h"

#define EVICT_SECONDS 2

const char evict_help[] =
"evict NAME|id N [kill]\n"
"\n"
"End the current owner's lease and fence its vhost files. The TAP's fds can't\n"
"be taken from a process that lives on: with kill, the processes that hold the\n"
"lease, its vhost files or, unless somebody else is entitled to them, the TAP's\n"
"queues get a SIGKILL.\n";

static bool is_fenced(const struct tappin_pin *pin, void *arg)
{
	(void)arg;
	return !pin || (tappin_pin_state(pin) != TAPPIN_STATE_FENCING &&
			!tappin_pin_fencing(pin));
}

/* Not by asking again, which would hit the next owner, too. */
static int await_end(struct cli *cli, const struct pin_ref *ref, bool kill)
{
	const char *pin = await_ref_text(ref);
	int ret;

	ret = await_pin(cli, ref, is_fenced, NULL, EVICT_SECONDS);
	if (ret != EXIT_TIMEOUT)
		return ret;
	if (kill)
		return fail_system("the owner was killed and its files are still held: the eviction goes on, \"tappin show %s\" tells how far it is",
				   pin);
	return fail_system("the owner's files are still held and the eviction goes on: \"tappin evict %s kill\" ends it",
			   pin);
}

int cmd_evict(struct cli *cli, char **words)
{
	bool kill = false;
	const struct arg args[] = {
		{ "kill", ARG_FLAG, .value = &kill },
		{}
	};
	struct pin_ref ref;
	int ret;

	ret = args_pin_and(&ref, args, words);
	if (!ret)
		ret = cli_connect(cli);
	if (ret)
		return ret;
	ret = tappin_evict(cli->handle, ref.name, ref.id,
			   kill ? TAPPIN_KILL : 0);
	if (ret == -EINPROGRESS)
		return await_end(cli, &ref, kill);
	if (ret)
		return fail_tappin(tappin_errmsg(cli->handle), ret);
	return EXIT_DONE;
}
