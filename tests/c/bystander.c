// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bystander - another user of generic netlink, who notices if somebody holds it up
 *
 *	bystander [MODULE]
 *
 * Asks for all families, and loads and unloads MODULE, which registers one, by turns,
 * until it is sent SIGTERM. Then it says how often, and how long the slowest took:
 *
 *	queries 120 slowest 4 ms, loads 30 slowest 210 ms
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "raw.h"

struct figure {
	unsigned int n;
	uint64_t slowest_ns;
};

static volatile sig_atomic_t ended;

static void end(int sig)
{
	(void)sig;
	ended = 1;
}

static void count(struct figure *figure, uint64_t begin)
{
	uint64_t ns = now_ns() - begin;

	figure->n++;
	if (ns > figure->slowest_ns)
		figure->slowest_ns = ns;
}

static void query(struct raw *raw, struct figure *figure)
{
	uint64_t begin = now_ns();
	size_t len = 0;

	raw_begin_family(raw, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	if (raw_dump(raw, NULL, 0, &len))
		bail("the families");
	count(figure, begin);
}

static void run(const char *program, const char *argument)
{
	char *const argv[] = { (char *)program, (char *)argument, NULL };
	int status;
	pid_t pid;

	errno = posix_spawnp(&pid, program, NULL, NULL, argv, environ);
	if (errno)
		bail("%s", program);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	errno = 0;
	if (status)
		bail("%s %s failed", program, argument);
}

int main(int argc, char **argv)
{
	struct figure queries = { 0 }, loads = { 0 };
	struct raw raw;

	signal(SIGTERM, end);
	raw_open(&raw);
	while (!ended) {
		uint64_t begin;

		query(&raw, &queries);
		if (argc < 2) {
			usleep(10000);
			continue;
		}
		begin = now_ns();
		run("modprobe", argv[1]);
		count(&loads, begin);
		query(&raw, &queries);
		run("rmmod", argv[1]);
	}
	printf("queries %u slowest %u ms, loads %u slowest %u ms\n", queries.n,
	       (unsigned int)(queries.slowest_ns / 1000000), loads.n,
	       (unsigned int)(loads.slowest_ns / 1000000));
	return 0;
}
