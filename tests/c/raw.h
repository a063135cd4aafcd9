/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the module without the library's help, so that they can be wrong in
 * ways the library would not let pass.
 */
#ifndef TEST_RAW_H
#define TEST_RAW_H

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/tappin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAW_SIZE	16384

struct raw {
	struct mnl_socket *nl;
	uint16_t family;
	uint32_t seq;
	char request[RAW_SIZE];
	char answer[RAW_SIZE];
	char why[256];		/* the extack sentence of the last request, or "" */
	/* If set: gets each message of an answer instead, and the fds in it. */
	void (*on_message)(const struct nlmsghdr *nlh, void *arg);
	void *arg;
};

/* Bails out if the module isn't there. */
void raw_open(struct raw *raw);
void raw_close(struct raw *raw);
void raw_begin(struct raw *raw, uint8_t cmd);
/* The same to another family, by its number. */
void raw_begin_family(struct raw *raw, uint16_t family, uint8_t cmd);
void raw_put(struct raw *raw, uint16_t type, const void *data, size_t len);
void raw_put_str(struct raw *raw, uint16_t type, const char *text);
void raw_put_u32(struct raw *raw, uint16_t type, uint32_t value);
void raw_put_flag(struct raw *raw, uint16_t type);
/*
 * Send what was begun and read all of the answer; fds in it are closed. Returns 0
 * or -errno, with @why set.
 */
int raw_ask(struct raw *raw);
/* The same with a dump. Its bytes, without the headers, go to @into if not NULL. */
int raw_dump(struct raw *raw, char *into, size_t room, size_t *len);

#endif /* TEST_RAW_H */
