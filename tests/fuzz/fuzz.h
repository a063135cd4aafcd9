/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share: an input, of which a part may be netlink
 * datagrams, and a machine made up of it. See system.c.
 */
#ifndef TAPPIN_FUZZ_H
#define TAPPIN_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <net/if.h>	/* before linux/if.h, which then leaves out its half */
#include <sys/types.h>

#include "handle.h"

/* What the fuzzer calls with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * What comes before each datagram of an input, little-endian. One that says more
 * than there is gets the rest.
 */
struct datagram {
	uint8_t flags;
	uint8_t unused;
	uint16_t len;
};

enum {
	DATAGRAM_STRANGER = 1 << 0,	/* a process sent it, not the kernel */
	DATAGRAM_CUT = 1 << 1,		/* the socket says that it was cut off */
	DATAGRAM_ERROR = 1 << 2,	/* not it: ENOBUFS */
};

#define SIM_PORTID	77
#define SIM_FAMILY	(GENL_MIN_ID + 10)

/* Begin with an input: what is not taken from it below is datagrams. */
void sim_start(const uint8_t *data, size_t size);
/* Take a byte off the front; 0 when there is none. */
uint8_t sim_byte(void);
/* Take all up to @end, or all that there is, as a string to be freed. */
char *sim_text(const char *end);
/* What fopen() finds, whatever the name. */
void sim_file(const char *text, size_t len);
/* Answer questions for the family as the module's kernel does. */
void sim_know_family(void);
/* Connect @handle to the kernel of the input. */
void sim_connect(struct tappin *handle);

/*
 * From now on the fds in answers get numbers of their own, as if the kernel had
 * installed them, and sim_fds_end() fails unless each was closed once.
 */
void sim_fds_begin(void);
void sim_fds_end(void);

/* Keep stdout and stderr from being seen; the text is good until the next. */
void sim_capture_begin(void);
const char *sim_capture_end(size_t *len);

/* End with a report if @cond is not so. */
#define must(cond) do {					\
	if (!(cond))					\
		must_fail(__FILE__, __LINE__, #cond);	\
} while (0)

_Noreturn void must_fail(const char *file, int line, const char *cond);

/* It would not do anything to a terminal; "\n" is good only where @lines. */
void must_be_clean(const char *text, size_t len, bool lines);

/* Where to add what was read, lest a compiler leaves reading out. */
extern volatile uint64_t sim_seen;

/* Ask everything of a description. */
void look_at_pin(const struct tappin_pin *pin);

#endif
