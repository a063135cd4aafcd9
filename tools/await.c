// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting for a pin to be as a verb wants it. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "await.h"
#include "cli.h"
#include "fail.h"

/*
 * Events come from our own network namespace only. A pin that is addressed by
 * its id may be in another: look at it this often.
 */
#define LOOK_MS 100

double await_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

const char *await_ref_text(const struct pin_ref *ref)
{
	static char text[32];

	if (ref->name)
		return ref->name;
	snprintf(text, sizeof(text), "id %" PRIu64, ref->id);
	return text;
}

struct waiter {
	struct cli *cli;
	const struct pin_ref *ref;
	await_fn fn;
	void *arg;
	double deadline;	/* negative: none */
	bool done;
};

static bool is_ours(const struct pin_ref *ref, const struct tappin_pin *pin)
{
	if (ref->name)
		return !strcmp(ref->name, tappin_pin_name(pin));
	return ref->id == tappin_pin_id(pin);
}

static bool is_over(const struct waiter *waiter)
{
	return waiter->deadline >= 0 && await_now() >= waiter->deadline;
}

/* Others' events may come faster than they are read, and without end. */
static int on_event(enum tappin_event event, const struct tappin_pin *pin,
		    void *arg)
{
	struct waiter *waiter = arg;

	if (!is_ours(waiter->ref, pin))
		return is_over(waiter);
	if (event == TAPPIN_EVENT_DELETED)
		pin = NULL;
	waiter->done = waiter->fn(pin, waiter->arg);
	return waiter->done;
}

/* A number is never used again: a pin that it doesn't lead to won't come. */
static int look(struct waiter *waiter)
{
	const struct pin_ref *ref = waiter->ref;
	struct tappin *handle = waiter->cli->handle;
	struct tappin_pin *pin = NULL;
	int ret;

	ret = tappin_get(handle, ref->name, ref->id, &pin);
	if (ret && ret != -ENOENT)
		return fail_tappin(tappin_errmsg(handle), ret);
	waiter->done = waiter->fn(ret ? NULL : pin, waiter->arg);
	if (ret && !ref->name && !waiter->done)
		return fail_tappin(tappin_errmsg(handle), ret);
	if (!ret)
		tappin_pin_free(pin);
	return EXIT_DONE;
}

/* How long poll() may sleep: rounded up, lest it spin at the end. */
static int time_left(const struct waiter *waiter)
{
	double left = ceil((waiter->deadline - await_now()) * 1000);
	int most = waiter->ref->name ? 60 * 1000 : LOOK_MS;

	if (waiter->deadline < 0 || left > most)
		return most;
	return left > 0 ? (int)left : 0;
}

static int listen_once(struct waiter *waiter, struct tappin_monitor *monitor)
{
	struct pollfd fd = {
		.fd = tappin_monitor_fd(monitor), .events = POLLIN
	};
	bool lost = false;
	int ret;

	if (poll(&fd, 1, time_left(waiter)) < 0 && errno != EINTR)
		return fail_system("can't wait: %s", strerror(errno));
	/* More may be lost until all that waits was read: look only then. */
	do {
		ret = tappin_monitor_read(monitor, on_event, waiter);
		lost |= ret == -ENOBUFS;
	} while (!waiter->done && !is_over(waiter) &&
		 (ret > 0 || ret == -ENOBUFS));
	if (waiter->done)
		return EXIT_DONE;
	if (lost || !waiter->ref->name)
		return look(waiter);
	if (ret < 0)
		return fail_tappin(tappin_monitor_errmsg(monitor), ret);
	return EXIT_DONE;
}

/* Listening begins before the first look, so that nothing falls between. */
int await_pin(struct cli *cli, const struct pin_ref *ref, await_fn fn,
	      void *arg, double seconds)
{
	struct waiter waiter = {
		.cli = cli, .ref = ref, .fn = fn, .arg = arg,
		.deadline = seconds < 0 ? -1 : await_now() + seconds,
	};
	struct tappin_monitor *monitor;
	int ret;

	ret = tappin_monitor_open(&monitor);
	if (ret)
		ret = fail_tappin(tappin_monitor_errmsg(monitor), ret);
	else
		ret = look(&waiter);
	while (!ret && !waiter.done) {
		if (is_over(&waiter))
			ret = EXIT_TIMEOUT;
		else
			ret = listen_once(&waiter, monitor);
	}
	tappin_monitor_close(monitor);
	return ret;
}
