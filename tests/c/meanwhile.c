// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * meanwhile - what takes several processors, or chance, made certain: a library to be
 * loaded into the command before libtappin (LD_PRELOAD). MEANWHILE says what happens:
 *
 *	events	other pins' events never end: $PIN's are told again and again
 *	free	the pin becomes free right after the first claim of it was refused
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libtappin.h>

static struct tappin_pin *now_free;

static bool happens(const char *what)
{
	const char *wanted = getenv("MEANWHILE");

	return wanted && !strcmp(wanted, what);
}

static void *libtappins(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (!symbol)
		abort();
	return symbol;
}

static struct tappin_pin *describe(const char *name)
{
	struct tappin_pin *pin;
	struct tappin *handle;

	if (tappin_open(&handle) || tappin_get(handle, name, 0, &pin))
		abort();
	tappin_close(handle);
	return pin;
}

int tappin_monitor_read(struct tappin_monitor *monitor, tappin_event_cb cb, void *arg)
{
	int (*real)(struct tappin_monitor *, tappin_event_cb, void *) =
		libtappins("tappin_monitor_read");
	struct tappin_pin *pin;
	int ret;

	if (!happens("events"))
		return real(monitor, cb, arg);
	pin = describe(getenv("PIN"));
	do {
		ret = cb(TAPPIN_EVENT_CHANGED, pin, arg);
	} while (!ret);
	tappin_pin_free(pin);
	return ret;
}

int tappin_claim(struct tappin *handle, struct tappin_lease *lease, const uint8_t *cookie,
		 unsigned int flags)
{
	int (*real)(struct tappin *, struct tappin_lease *, const uint8_t *, unsigned int) =
		libtappins("tappin_claim");

	if (happens("free") && !now_free) {
		now_free = describe(getenv("PIN"));
		return -EBUSY;
	}
	return real(handle, lease, cookie, flags);
}

const struct tappin_pin *tappin_holder(const struct tappin *handle)
{
	const struct tappin_pin *(*real)(const struct tappin *) = libtappins("tappin_holder");

	return now_free ? now_free : real(handle);
}
