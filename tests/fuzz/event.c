// SPDX-License-Identifier: GPL-2.0-or-later
/* Events, as a monitor reads them. */
#include <errno.h>
#include <string.h>
#include <linux/genetlink.h>

#include "fuzz.h"

#define STOP 5	/* by the callback, at events of one kind */

static int on_event(enum tappin_event event, const struct tappin_pin *pin,
		    void *arg)
{
	(*(int *)arg)++;
	must(strlen(tappin_event_name(event)) > 1);
	look_at_pin(pin);
	return event == TAPPIN_EVENT_DELETED ? STOP : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tappin handle;
	/* All there is to a monitor. */
	struct { struct tappin *handle; } fake = { &handle };
	struct tappin_monitor *monitor = (void *)&fake;
	int ret, seen;

	sim_start(data, size);
	sim_connect(&handle);
	do {
		seen = 0;
		ret = tappin_monitor_read(monitor, on_event, &seen);
		must(ret == STOP || ret <= seen);
		must(ret >= 0 || *tappin_monitor_errmsg(monitor));
	} while (ret);
	return 0;
}
