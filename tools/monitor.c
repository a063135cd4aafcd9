// SPDX-License-Identifier: GPL-2.0-or-later
/* Print what happens, as it happens. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "cli.h"
#include "describe.h"
#include "fail.h"
#include "print.h"

const char monitor_help[] =
"monitor\n"
"\n"
"Print what happens to the pins of this network namespace, a line for each\n"
"event, until interrupted. With -t each has its time; with -j it is an object.\n";

/* ISO 8601: local time for people, with its distance from UTC for programs. */
static void print_time(void)
{
	char date[32], zone[8], text[64];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	/* strftime() writes +0100, ISO 8601 beside a long date wants +01:00. */
	snprintf(text, sizeof(text), "%s.%06ld%.3s:%s", date,
		 now.tv_nsec / 1000, zone, zone + 3);
	print_string("time", "[", text);
	print_text("] ");
}

/* One, and no more are read before there is room to print the next. */
static int print_event(enum tappin_event event, const struct tappin_pin *pin,
		       void *arg)
{
	const struct cli *cli = arg;

	print_begin();
	if (cli->timestamps)
		print_time();
	print_string("event", "", tappin_event_name(event));
	print_text(" ");
	describe_pin(pin, DESCRIBE_LINE);
	print_end();
	return 1;
}

static int read_events(struct cli *cli, struct tappin_monitor *monitor)
{
	int ret;

	ret = tappin_monitor_read(monitor, print_event, cli);
	if (ret == -ENOBUFS) {
		fail_system("events were lost: this program could not keep up");
		return EXIT_DONE;
	}
	if (ret < 0)
		return fail_tappin(tappin_monitor_errmsg(monitor), ret);
	return ferror(stdout) ? print_finish() : EXIT_DONE;
}

/* Return: 0; -EINTR when it is time to stop; another -errno */
static int wait_for(int fd, short events, int signals)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = events },
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	while (poll(fds, 3, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return fds[1].revents || fds[2].revents & (POLLERR | POLLHUP) ? -EINTR : 0;
}

/*
 * Until a signal comes, or nobody reads what we write any more. A reader may stand
 * still, and who waited in a write would not see the signal.
 */
static int follow(struct cli *cli, struct tappin_monitor *monitor, int signals)
{
	int ret, err;

	do {
		err = wait_for(tappin_monitor_fd(monitor), POLLIN, signals);
		if (!err)
			err = wait_for(STDOUT_FILENO, POLLOUT, signals);
		if (err == -EINTR)
			return EXIT_DONE;
		if (err)
			return fail_system("can't wait: %s", strerror(-err));
		ret = read_events(cli, monitor);
	} while (!ret);
	return ret;
}

/* A shell has its background jobs ignore SIGINT: that stays so. */
static void add_signal(sigset_t *set, int number)
{
	struct sigaction action;

	if (sigaction(number, NULL, &action) || action.sa_handler != SIG_IGN)
		sigaddset(set, number);
}

/* A signal that stops it ends it well: the last line is whole, the code 0. */
static int follow_until_signal(struct cli *cli, struct tappin_monitor *monitor)
{
	struct signalfd_siginfo caught;
	sigset_t stop, before;
	int signals, ret;

	sigemptyset(&stop);
	add_signal(&stop, SIGINT);
	add_signal(&stop, SIGTERM);
	signals = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return fail_system("can't catch signals: %s", strerror(errno));
	sigprocmask(SIG_BLOCK, &stop, &before);
	ret = follow(cli, monitor, signals);
	/* What is not taken out would strike when it is let through again. */
	while (read(signals, &caught, sizeof(caught)) == sizeof(caught))
		;
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(signals);
	return ret;
}

int cmd_monitor(struct cli *cli, char **words)
{
	struct tappin_monitor *monitor;
	int ret;

	ret = args_end(words);
	if (ret)
		return ret;
	ret = tappin_monitor_open(&monitor);
	if (ret)
		ret = fail_tappin(tappin_monitor_errmsg(monitor), ret);
	else
		ret = follow_until_signal(cli, monitor);
	tappin_monitor_close(monitor);
	return ret;
}
