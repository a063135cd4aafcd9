// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/mman.h>

#include "check.h"
#include "oracle.h"
#include "pin.h"
#include "ring.h"
#include "watch.h"

static struct tappin *handle;
static struct tappin_monitor *monitors[NAMESPACES];
static unsigned int n_monitors;
static uint8_t *memory;

void watch_open(int rings)
{
	handle = pin_connect();
	memory = mmap(NULL, (size_t)FILES * RING_SIZE, PROT_READ, MAP_SHARED, rings, 0);
	if (memory == MAP_FAILED)
		bail("memory for rings");
}

void watch_listen(void)
{
	if (tappin_monitor_open(&monitors[n_monitors]))
		bail("%s", tappin_monitor_errmsg(monitors[n_monitors]));
	n_monitors++;
}

struct looking {
	struct view *views;
	unsigned int n, max;
};

static int on_pin(const struct tappin_pin *pin, void *arg)
{
	struct looking *looking = arg;

	if (looking->n == looking->max)
		return 1;
	view_pin(&looking->views[looking->n++], pin);
	return 0;
}

unsigned int watch_look(struct view *views, unsigned int max)
{
	struct looking looking = { views, 0, max };

	if (tappin_dump(handle, TAPPIN_ALL_NETNS, on_pin, &looking) < 0)
		bail("dump: %s", tappin_errmsg(handle));
	return looking.n;
}

struct listening {
	struct watch_event *events;
	unsigned int n, max;
};

static int on_event(enum tappin_event event, const struct tappin_pin *pin, void *arg)
{
	struct listening *listening = arg;

	if (listening->n == listening->max)
		bail("more events than expected");
	listening->events[listening->n++] = (struct watch_event){
		.id = tappin_pin_id(pin), .generation = tappin_pin_generation(pin),
		.event = event, .state = tappin_pin_state(pin),
	};
	return 0;
}

unsigned int watch_events(struct watch_event *events, unsigned int max)
{
	struct listening listening = { events, 0, max };
	unsigned int i;

	for (i = 0; i < n_monitors; i++)
		if (tappin_monitor_read(monitors[i], on_event, &listening) < 0)
			bail("monitor: %s", tappin_monitor_errmsg(monitors[i]));
	return listening.n;
}

unsigned int watch_taken(int file)
{
	struct ring ring;

	ring_view(&ring, memory + (size_t)file * RING_SIZE);
	return ring_used(&ring);
}

void watch_delete(uint64_t id)
{
	tappin_del(handle, NULL, id, TAPPIN_FORCE);
}
