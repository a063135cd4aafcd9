/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pins for tests, by way of the library. What must work bails out if it doesn't. */
#ifndef TEST_PIN_H
#define TEST_PIN_H

#include "libtappin.h"
#include "tap.h"

struct tappin *pin_connect(void);
/* All queues of @tap, whose fds stay the caller's. Returns 0 or -errno. */
int pin_new(struct tappin *handle, const char *name, const struct tap *tap,
	    bool vhost);
/* A TAP with a pin of the same name; the TAP is the pin's alone. */
void pin_make(struct tappin *handle, const char *name, unsigned int queues,
	      bool vhost);
/* Deletes the pin, evicting anyone, and the device; both may be gone already. */
void pin_drop(struct tappin *handle, const char *name);
/* enum tappin_state or -ENOENT */
int pin_state(struct tappin *handle, const char *name);
const char *pin_state_name(int state);
/* Returns whether the pin gets there, in PATIENCE_MS. */
bool pin_reaches(struct tappin *handle, const char *name, int state);

struct tappin_lease *pin_standby(struct tappin *handle, const char *name);
/* Stand by and claim a free pin. */
struct tappin_lease *pin_own(struct tappin *handle, const char *name);
/* Repeat the claim for as long as it is under way. Returns 0 or -errno. */
int pin_claim(struct tappin *handle, struct tappin_lease *lease,
	      const uint8_t *cookie);
/* VHOST_SET_OWNER on all vhost fds of a lease. Returns 0 or -errno. */
int pin_own_vhost(const struct tappin_lease *lease);

/* For a monitor of whose events only the coming counts. */
int pin_no_event(enum tappin_event event, const struct tappin_pin *pin, void *arg);

#endif /* TEST_PIN_H */
