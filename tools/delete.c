// SPDX-License-Identifier: GPL-2.0-or-later
/* Delete a pin, and wait for its end if that is under way. */
#include <errno.h>
#include <stddef.h>

#include "args.h"
#include "await.h"
#include "cli.h"
#include "fail.h"

#define DELETE_SECONDS 2

const char delete_help[] =
"delete NAME|id N [force]\n"
"\n"
"Delete a pin that is free or whose device is gone. A TAP that \"create\" made\n"
"goes with it. With force, its owner is evicted first.\n";

static bool is_absent(const struct tappin_pin *pin, void *arg)
{
	(void)arg;
	return !pin;
}

/* It was accepted: the module deletes the pin when its owner is fenced. */
static int await_end(struct cli *cli, const struct pin_ref *ref)
{
	int ret;

	ret = await_pin(cli, ref, is_absent, NULL, DELETE_SECONDS);
	if (ret != EXIT_TIMEOUT)
		return ret;
	return fail_system("the owner's files are still held and the pin goes when they are not: \"tappin evict %s kill\" ends it",
			   await_ref_text(ref));
}

int cmd_delete(struct cli *cli, char **words)
{
	bool force = false;
	const struct arg args[] = {
		{ "force", ARG_FLAG, .value = &force },
		{}
	};
	struct pin_ref ref;
	int ret;

	ret = args_pin_and(&ref, args, words);
	if (!ret)
		ret = cli_connect(cli);
	if (ret)
		return ret;
	ret = tappin_del(cli->handle, ref.name, ref.id,
			 force ? TAPPIN_FORCE : 0);
	if (ret == -EINPROGRESS)
		return await_end(cli, &ref);
	if (ret)
		return fail_tappin(tappin_errmsg(cli->handle), ret);
	return EXIT_DONE;
}
