// SPDX-License-Identifier: GPL-2.0-or-later
/* The tappin command: global flags, and one table of verbs. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "cli.h"
#include "fail.h"
#include "print.h"

static const struct verb {
	const char *name;
	int (*run)(struct cli *cli, char **words);
	const char *help;
	bool no_batch;
} verbs[] = {
	{ "create", cmd_create, .help = create_help },
	{ "delete", cmd_delete, .help = delete_help },
	{ "show", cmd_show, .help = show_help },
	{ "set", cmd_set, .help = set_help },
	/* What comes after it in a batch would never be done. */
	{ "exec", cmd_exec, .help = exec_help, .no_batch = true },
	{ "evict", cmd_evict, .help = evict_help },
	{ "monitor", cmd_monitor, .help = monitor_help },
	{ "wait", cmd_wait, .help = wait_help },
	{ "save", cmd_save, .help = save_help },
	{ "restore", cmd_restore, .help = restore_help },
	{ "doctor", cmd_doctor, .help = doctor_help },
	{}
};

static const char head[] =
"tappin: hold virtual machines' TAP queues in the kernel\n"
"\n";

static const char tail[] =
"tappin help [COMMAND]\n"
"\n"
"Flags, before the command:\n"
"  -j, --json        JSON; its keys are the netlink attributes' names\n"
"  -p, --pretty      JSON for people to read\n"
"  -t, --timestamps  the time with each event of monitor\n"
"  -b, --batch FILE  commands from a file, one a line, \"-\" for standard input,\n"
"                    until one fails; # begins a comment, quotes keep blanks\n"
"  -h, --help        this text\n"
"  -V, --version     the version\n"
"\n"
"Exit codes: 0 done; 1 wrong usage, nothing done by that command; 2 the kernel\n"
"or the system refused; 3 the time of \"wait\" ran out.\n";

/* The grammar of a command is what comes before the empty line of its help. */
static void print_grammar(const struct verb *verb)
{
	const char *line = verb->help, *end;
	bool first = true;

	for (; *line && *line != '\n'; line = end + 1) {
		end = strchr(line, '\n');
		printf("%s%.*s\n", first ? "tappin " : "       ",
		       (int)(end - line), line);
		first = false;
	}
}

static void print_verb_help(const struct verb *verb)
{
	print_grammar(verb);
	fputs(strstr(verb->help, "\n\n") + 1, stdout);
}

static const struct verb *find_verb(const char *name)
{
	const struct verb *verb;

	for (verb = verbs; verb->name; verb++) {
		if (!strcmp(verb->name, name))
			return verb;
	}
	return NULL;
}

static int unknown_verb(const char *name)
{
	return fail_usage("\"%s\" is not a command: \"tappin help\" lists them",
			  name);
}

static int help(char **words)
{
	const struct verb *verb;

	if (!*words) {
		fputs(head, stdout);
		for (verb = verbs; verb->name; verb++)
			print_grammar(verb);
		fputs(tail, stdout);
		return EXIT_DONE;
	}
	verb = find_verb(*words);
	if (!verb)
		return unknown_verb(*words);
	if (words[1])
		return fail_usage("\"help\" takes one command");
	print_verb_help(verb);
	return EXIT_DONE;
}

static bool asks_help(char **words)
{
	return *words && !strcmp(*words, "help") && !words[1];
}

static int run_command(struct cli *cli, char **words)
{
	const struct verb *verb;

	/* "show" may be left out, with or without what comes after it. */
	if (!*words || !strcmp(*words, "all-netns"))
		return cmd_show(cli, words);
	if (!strcmp(*words, "help"))
		return help(words + 1);
	verb = find_verb(*words++);
	if (!verb)
		return unknown_verb(words[-1]);
	if (asks_help(words)) {
		print_verb_help(verb);
		return EXIT_DONE;
	}
	if (cli->batch && verb->no_batch)
		return fail_usage("\"%s\" can't be in a batch", verb->name);
	return verb->run(cli, words);
}

static int run_batch_line(char **words, void *cli)
{
	int ret = run_command(cli, words);

	return ret ? ret : print_finish();
}

int cli_connect(struct cli *cli)
{
	int ret;

	if (cli->handle)
		return EXIT_DONE;
	ret = tappin_open(&cli->handle);
	if (!ret)
		return EXIT_DONE;
	/* It is good for this only, and the next command tries again. */
	fail_tappin(tappin_errmsg(cli->handle), ret);
	tappin_close(cli->handle);
	cli->handle = NULL;
	return EXIT_REFUSED;
}

static int run(struct cli *cli, char **words)
{
	int ret;

	print_init(cli->json, cli->pretty);
	if (cli->batch && *words)
		return fail_usage("\"%s\" can't come with -b: the commands are in the file",
				  *words);
	if (cli->batch)
		ret = batch_run(cli->batch, false, run_batch_line, cli);
	else
		ret = run_command(cli, words);
	tappin_close(cli->handle);
	return ret;
}

#define LETTERS "jptb:hV"

/*
 * getopt_long() says a letter that is none of ours, or leaves the word before
 * optind: a long flag that is none, or one that was given a value.
 */
static int bad_flag(char **argv, int flag)
{
	if (flag == ':')
		return fail_usage("\"-b\" takes a file's name after it, or \"-\"");
	if (optopt && (optopt == ':' || !strchr(LETTERS, optopt)))
		return fail_usage("\"-%c\" is not a flag: \"tappin help\" lists them",
				  optopt);
	return fail_usage("\"%s\" is not a flag: \"tappin help\" lists them",
			  argv[optind - 1]);
}

/* Return: -1 to go on, or an exit code */
static int parse_flags(struct cli *cli, int argc, char **argv)
{
	static const struct option flags[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "timestamps", no_argument, NULL, 't' },
		{ "batch", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};
	int flag;

	/* +: flags of COMMAND in "exec" are not ours. */
	while ((flag = getopt_long(argc, argv, "+:" LETTERS, flags, NULL)) >= 0) {
		switch (flag) {
		case 'j':
			cli->json = true;
			break;
		case 'p':
			cli->json = true;
			cli->pretty = true;
			break;
		case 't':
			cli->timestamps = true;
			break;
		case 'b':
			cli->batch = optarg;
			break;
		case 'h':
			return help(argv + argc);
		case 'V':
			printf("tappin %s\n", tappin_version());
			return EXIT_DONE;
		default:
			return bad_flag(argv, flag);
		}
	}
	return -1;
}

/*
 * Or a queue would take the place of one that is closed, and get what is printed.
 * To write there is an error still, for these are open for reading only.
 */
static int open_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return fail_system("can't open /dev/null: %s", strerror(errno));
	close(fd);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct cli cli = {};
	int ret, written;

	ret = open_standard_fds();
	if (ret)
		return ret;
	ret = parse_flags(&cli, argc, argv);
	if (ret < 0)
		ret = run(&cli, argv + optind);
	written = print_finish();
	return ret ? ret : written;
}
