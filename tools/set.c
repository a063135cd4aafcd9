// SPDX-License-Identifier: GPL-2.0-or-later
/* Change who may claim a pin, or its note. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "cli.h"
#include "fail.h"

const char set_help[] =
"set NAME|id N [owner USER|none] [group GROUP|none] [note FILE|-]\n"
"\n"
"Change who may claim a pin, next to administrators, or the note that is left\n"
"for its next owner: up to 4096 bytes from a file, \"-\" for the standard input.\n"
"An empty file removes the note. Another user or group ends the leases that stand\n"
"by.\n";

struct note {
	char bytes[TAPPIN_NOTE_MAX + 1];	/* one more: too long */
	size_t len;
};

static int read_note(struct cli *cli, const char *file, struct note *note)
{
	bool is_stdin = !strcmp(file, "-");
	FILE *stream;
	int error;

	if (is_stdin && cli->batch && !strcmp(cli->batch, "-"))
		return fail_usage("\"note -\" can't have the standard input: the commands come from it");
	stream = is_stdin ? stdin : fopen(file, "re");
	if (!stream)
		return fail_system("can't open %s: %s", file, strerror(errno));
	note->len = fread(note->bytes, 1, sizeof(note->bytes), stream);
	error = ferror(stream) ? errno : 0;
	if (!is_stdin)
		fclose(stream);
	if (error)
		return fail_system("can't read %s: %s", file, strerror(error));
	if (note->len > TAPPIN_NOTE_MAX)
		return fail_usage("a note has at most %d bytes and %s has more",
				  TAPPIN_NOTE_MAX, file);
	return EXIT_DONE;
}

int cmd_set(struct cli *cli, char **words)
{
	struct tappin_set_opts opts = { .size = sizeof(opts) };
	const char *file = NULL;
	const struct arg args[] = {
		{ "owner", ARG_USER, &opts.uid, &opts.has_uid, .none = true },
		{ "group", ARG_GROUP, &opts.gid, &opts.has_gid, .none = true },
		{ "note", ARG_TEXT, .value = &file, .what = "a file's name, or \"-\"" },
		{}
	};
	struct pin_ref ref;
	struct note note;
	int ret;

	ret = args_pin(&ref, &words);
	if (!ret && !*words)
		ret = fail_usage("nothing to set: give \"owner\", \"group\" or \"note\"");
	if (!ret)
		ret = args_parse(args, words);
	if (!ret && file)
		ret = read_note(cli, file, &note);
	if (!ret)
		ret = cli_connect(cli);
	if (ret)
		return ret;
	if (file) {
		opts.note = note.bytes;
		opts.note_len = note.len;
	}
	ret = tappin_set(cli->handle, ref.name, ref.id, &opts);
	if (ret)
		return fail_tappin(tappin_errmsg(cli->handle), ret);
	return EXIT_DONE;
}
