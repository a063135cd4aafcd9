/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each command, and each way it can go that costs something, in a scene of its own. */
#ifndef TEST_COMMAND_H
#define TEST_COMMAND_H

#include <stdbool.h>

#include "scene.h"

/* A scene with what a command needs besides. */
struct stage {
	struct scene scene;
	struct tap tap;			/* of a pin that is to be made */
	int vhost_fd;
	struct tappin *handle;		/* what is to be opened */
	struct tappin_monitor *monitor;
	struct tappin_lease *lease;	/* what the command gave, or adopts */
	struct tappin_pin *pin;
	char why[256];			/* the sentence that came with an error */
};

/**
 * struct command - one command
 * @name: for people
 * @prepare: brings a stage about on which it can be given; bails out if it can't
 * @give: gives it, once; returns what the library does, but no number above 0
 * @ret: what it returns if nothing is in the way
 * @again: what it returns if it was done already and its answer was lost
 * @late: which error besides ENOBUFS may come with all done
 * @may_last: -EINPROGRESS is as good: what was begun ends by itself
 * @hangs: what was begun does not end before the stick is let go
 * @needs_vhost: it makes no sense without
 * @macvtap: the pin's device is one
 * @finish: goes on from there, if not NULL; returns whether that works
 */
struct command {
	const char *name;
	void (*prepare)(struct stage *stage);
	int (*give)(struct stage *stage);
	int ret;
	int again;
	int late;
	bool may_last;
	bool hangs;
	bool needs_vhost;
	bool macvtap;
	bool (*finish)(struct stage *stage);
};

extern const struct command commands[];
extern const unsigned int commands_n;

/*
 * The device, which stays while stages come and go, as making and deleting one takes
 * longer than all the rest.
 */
void device_make(const struct command *command, const char *name, unsigned int queues);
void device_delete(const char *name);

/* Lets go of all, the pin too. */
void stage_clear(struct stage *stage);

#endif /* TEST_COMMAND_H */
