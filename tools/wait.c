// SPDX-License-Identifier: GPL-2.0-or-later
/* Wait for a state. */
#include <string.h>

#include "args.h"
#include "await.h"
#include "cli.h"
#include "fail.h"

const char wait_help[] =
"wait NAME|id N state STATE [timeout SECONDS]\n"
"\n"
"Wait until the pin is in a state, if only for a moment: free, owned, offered,\n"
"taken, returned, fencing or dead; or absent, when there is no such pin. A pin\n"
"that does not exist yet is waited for. Without a timeout this may take for\n"
"ever; with one that runs out, the exit code is 3.\n";

#define STATE_ABSENT (-1)

struct wanted {
	int state;
	int seen;
};

static bool is_state(const struct tappin_pin *pin, void *arg)
{
	struct wanted *wanted = arg;

	wanted->seen = pin ? (int)tappin_pin_state(pin) : STATE_ABSENT;
	return wanted->seen == wanted->state;
}

static const char *state_text(int state)
{
	return state == STATE_ABSENT ? "absent" : tappin_state_name(state);
}

static int parse_state(const char *text, int *state)
{
	*state = STATE_ABSENT;
	if (!text)
		return fail_usage("\"state\" and the state to wait for are missing");
	if (!strcmp(text, "absent"))
		return EXIT_DONE;
	*state = tappin_state_by_name(text);
	if (*state < 0)
		return fail_usage("\"state\" takes \"free\", \"owned\", \"offered\", \"taken\", \"returned\", \"fencing\", \"dead\" or \"absent\", not \"%s\"",
				  text);
	return EXIT_DONE;
}

int cmd_wait(struct cli *cli, char **words)
{
	double seconds = AWAIT_FOREVER;
	const char *state = NULL;
	const struct arg args[] = {
		{ "state", ARG_TEXT, .value = &state, .what = "a state's name" },
		{ "timeout", ARG_SECONDS, .value = &seconds },
		{}
	};
	struct wanted wanted = {};
	struct pin_ref ref;
	int ret;

	ret = args_pin_and(&ref, args, words);
	if (!ret)
		ret = parse_state(state, &wanted.state);
	if (!ret)
		ret = cli_connect(cli);
	if (!ret)
		ret = await_pin(cli, &ref, is_state, &wanted, seconds);
	if (ret == EXIT_TIMEOUT)
		return fail_timeout("\"%s\" was not %s within %g seconds: it is %s",
				    await_ref_text(&ref),
				    state_text(wanted.state), seconds,
				    state_text(wanted.seen));
	return ret;
}
