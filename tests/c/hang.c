// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hang - devices that hang don't keep the owners of others from being fenced
 *
 *	hang [PINS]		(80)
 *
 * All of these are evicted while their vhost workers wait for a page: more than the
 * module ends at the same time. Then comes one that does not hang, and one whose
 * device is deleted, for which nobody waits: its files must be let go of all the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "process.h"
#include "scene.h"

struct pin {
	struct scene scene;
	char name[16];
};

static void own(struct pin *pin, struct tappin *handle, unsigned int i)
{
	snprintf(pin->name, sizeof(pin->name), "hang%u", i);
	pin->scene = (struct scene){
		.handle = handle, .name = pin->name, .queues = 1, .vhost = true
	};
	scene_open(&pin->scene);
	scene_own(&pin->scene);
}

static unsigned int in_state(const struct pin *pins, unsigned int n, int state)
{
	unsigned int count = 0;

	while (n--)
		count += pin_state(pins[n].scene.handle, pins[n].name) == state;
	return count;
}

static bool has_references(void *arg)
{
	return module_references() == *(int *)arg;
}

/* A lease has a reference to its pin, which is one to the module, until the last file. */
static bool lets_go_of_deleted(struct tappin *handle, unsigned int i)
{
	int references = module_references();
	struct pin pin;

	own(&pin, handle, i);
	if (pin_own_vhost(pin.scene.owner) || tap_delete(pin.scene.ifindex) ||
	    !pin_reaches(handle, pin.name, TAPPIN_STATE_DEAD))
		bail("the TAP can't be deleted");
	scene_close(&pin.scene);
	return eventually(has_references, &references, PATIENCE_MS);
}

int main(int argc, char **argv)
{
	unsigned int n = number(argc, argv, 1, 80), i, hanging = 0;
	struct pin *pins = calloc(n + 1, sizeof(*pins)), *last = pins + n;
	struct tappin *handle = pin_connect();
	uint64_t begin;
	bool fenced;

	if (!pins)
		bail("memory");
	for (i = 0; i < n; i++) {
		own(&pins[i], handle, i);
		scene_stick(&pins[i].scene);
	}
	own(last, handle, n);
	if (pin_own_vhost(last->scene.owner))
		bail("VHOST_SET_OWNER");
	for (i = 0; i < n; i++)
		hanging += tappin_evict(handle, pins[i].name, 0, 0) == -EINPROGRESS;
	ok(hanging == n, "%u of %u evictions go on", hanging, n);

	begin = now_ns();
	tappin_evict(handle, last->name, 0, 0);
	fenced = pin_reaches(handle, last->name, TAPPIN_STATE_FREE);
	ok(fenced, "one whose device does not hang is fenced meanwhile: after %u ms",
	   (unsigned int)((now_ns() - begin) / 1000000));
	ok(lets_go_of_deleted(handle, n + 1),
	   "nothing is kept of one whose TAP is deleted meanwhile");
	hanging = in_state(pins, n, TAPPIN_STATE_FENCING);
	ok(hanging == n, "%u others hang all the while", hanging);

	for (i = 0; i < n; i++)
		stick_release(&pins[i].scene.stick);
	for (i = 0; i < n; i++)
		if (!pin_reaches(handle, pins[i].name, TAPPIN_STATE_FREE))
			break;
	ok(i == n, "all are free when they are let go");
	for (i = 0; i <= n; i++)
		scene_close(&pins[i].scene);
	tappin_close(handle);
	free(pins);
	return done();
}
