// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "check.h"
#include "inject.h"
#include "scene.h"

void scene_open(struct scene *s)
{
	struct tap tap;

	s->stick.uffd = -1;
	tap_make(&tap, s->name, s->queues);
	tap_up(&tap);
	s->ifindex = tap.ifindex;
	if (pin_new(s->handle, s->name, &tap, s->vhost))
		bail("new: %s", tappin_errmsg(s->handle));
	tap_close(&tap);
	s->third = pin_standby(s->handle, s->name);
}

void scene_drop(struct tappin_lease **lease)
{
	tappin_lease_close(*lease);
	*lease = NULL;
}

void scene_close(struct scene *s)
{
	stick_release(&s->stick);
	scene_drop(&s->third);
	scene_drop(&s->owner);
	scene_drop(&s->offerer);
	tappin_del(s->handle, s->name, 0, TAPPIN_FORCE);
	if (!pin_reaches(s->handle, s->name, -ENOENT))
		bail("the pin can't be deleted: %s", tappin_errmsg(s->handle));
}

void scene_own(struct scene *s)
{
	s->owner = pin_own(s->handle, s->name);
}

void scene_offer(struct scene *s)
{
	scene_own(s);
	if (tappin_offer(s->handle, s->owner, s->cookie))
		bail("offer: %s", tappin_errmsg(s->handle));
}

void scene_claim(struct scene *s)
{
	s->offerer = s->owner;
	s->owner = pin_standby(s->handle, s->name);
	if (pin_claim(s->handle, s->owner, s->cookie))
		bail("claim: %s", tappin_errmsg(s->handle));
}

void scene_take(struct scene *s)
{
	scene_offer(s);
	scene_claim(s);
}

void scene_go(struct scene *s)
{
	scene_drop(&s->owner);
	s->owner = s->offerer;
	s->offerer = NULL;
}

void scene_give_back(struct scene *s)
{
	scene_take(s);
	scene_go(s);
}

/* What hangs is the device of the first queue: that is where the packet must go. */
static void steer(struct scene *s)
{
	struct tap tap = { .name = "the TAP", .fd = { tappin_lease_tap_fd(s->owner, 0) } };

	if (s->queues > 1)
		tap_steer(&tap, INJECT_STEER_OFFSET);
}

void scene_stick(struct scene *s)
{
	stick_init(&s->stick);
	steer(s);
	if (pin_own_vhost(s->owner) ||
	    ring_set_up(&s->stick.ring, tappin_lease_vhost_fd(s->owner, 0)) ||
	    ring_start(&s->stick.ring, tappin_lease_tap_fd(s->owner, 0)))
		bail("the ring");
	stick_spring(&s->stick, s->ifindex);
}
