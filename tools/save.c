// SPDX-License-Identifier: GPL-2.0-or-later
/* Write down how the pins can be made again. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "cli.h"
#include "fail.h"
#include "names.h"
#include "tap.h"

const char save_help[] =
"save [FILE]\n"
"\n"
"Write the pins of this network namespace as the \"create\" commands that make\n"
"them again, for \"restore\", to FILE; without one, or to \"-\", to the standard\n"
"output. Interfaces that were adopted, bridges, addresses and whatever else a\n"
"TAP is part of are for your network configuration; notes, offers and owners'\n"
"processes are not saved.\n";

/* A word for batch_run(): in quotes when it must be. */
static void put_word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@%+=,-";

	if (*word && !word[strspn(word, plain)]) {
		fputs(word, out);
		return;
	}
	fputc('"', out);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			fputc('\\', out);
		fputc(*word, out);
	}
	fputc('"', out);
}

static void put_keyword(FILE *out, const char *keyword, const char *word)
{
	fprintf(out, " %s ", keyword);
	put_word(out, word);
}

/*
 * One that was adopted is for others to make again, and a TAP in its place would
 * be in their way. Of one in another namespace the name is all that is known.
 */
static void put_device(FILE *out, const struct tappin_pin *pin)
{
	const char *name = tappin_pin_ifname(pin);
	struct link link;
	bool here;

	if (!name)
		return;
	here = tap_of_pin(pin, &link);
	put_keyword(out, here && tap_is_lasting(&link) ? "adopt" : "dev", name);
	if (here)
		fprintf(out, " txqlen %u", link.txqlen);
}

static int put_pin(const struct tappin_pin *pin, void *arg)
{
	FILE *out = arg;

	if (tappin_pin_state(pin) == TAPPIN_STATE_DEAD)
		fputs("# its device is gone: ", out);
	fputs("create ", out);
	put_word(out, tappin_pin_name(pin));
	put_device(out, pin);
	fprintf(out, " queues %u vhost %s", tappin_pin_queues(pin),
		tappin_pin_vhost(pin) ? "on" : "off");
	if (tappin_pin_has_uid(pin))
		put_keyword(out, "owner", name_of_user(tappin_pin_uid(pin)));
	if (tappin_pin_has_gid(pin))
		put_keyword(out, "group", name_of_group(tappin_pin_gid(pin)));
	fputc('\n', out);
	return 0;
}

static int put_pins(struct cli *cli, FILE *out)
{
	int ret;

	fputs("# Made by \"tappin save\", for \"tappin restore\".\n", out);
	ret = tappin_dump(cli->handle, 0, put_pin, out);
	if (ret < 0)
		return fail_tappin(tappin_errmsg(cli->handle), ret);
	return EXIT_DONE;
}

/* Is all of it where it belongs, as far as that can be told? */
static bool is_written(FILE *out)
{
	int fd = fileno(out);
	struct stat status;

	if (fflush(out) || ferror(out) || fstat(fd, &status))
		return false;
	return !S_ISREG(status.st_mode) || !fsync(fd);
}

static int put_file(struct cli *cli, int fd, const char *file)
{
	FILE *out = fdopen(fd, "w");
	int ret;

	if (!out) {
		close(fd);
		return fail_system("can't write %s: %s", file,
				   strerror(errno));
	}
	ret = put_pins(cli, out);
	errno = 0;
	if (!ret && !is_written(out))
		ret = fail_system("can't write %s: %s", file,
				  errno ? strerror(errno) : "it was cut short");
	fclose(out);
	return ret;
}

/* A new file takes the old one's place when it is whole. */
static int replace(struct cli *cli, const char *file)
{
	char *temporary;
	int fd, ret;

	if (asprintf(&temporary, "%s.XXXXXX", file) < 0)
		return fail_system("out of memory");
	fd = mkstemp(temporary);
	if (fd < 0)
		ret = fail_system("can't make %s: %s", temporary,
				  strerror(errno));
	else
		ret = put_file(cli, fd, file);
	/* mkstemp() lets nobody else read it; there are no secrets in it. */
	if (!ret && (chmod(temporary, 0644) || rename(temporary, file)))
		ret = fail_system("can't replace %s: %s", file,
				  strerror(errno));
	if (ret && fd >= 0)
		unlink(temporary);
	free(temporary);
	return ret;
}

/* Devices and pipes are written to; of a link, what it leads to is replaced. */
static int save_to(struct cli *cli, const char *file)
{
	struct stat status;
	char *real;
	int fd, ret;

	if (stat(file, &status))
		return replace(cli, file);
	if (S_ISREG(status.st_mode)) {
		real = realpath(file, NULL);
		ret = replace(cli, real ? real : file);
		free(real);
		return ret;
	}
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_system("can't open %s: %s", file, strerror(errno));
	return put_file(cli, fd, file);
}

int cmd_save(struct cli *cli, char **words)
{
	const char *file = "-";
	int ret;

	ret = args_file(&file, &words);
	if (!ret)
		ret = args_end(words);
	if (!ret)
		ret = cli_connect(cli);
	if (ret)
		return ret;
	if (strcmp(file, "-"))
		return save_to(cli, file);
	return put_pins(cli, stdout);
}
