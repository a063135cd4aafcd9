// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers to commands. The input's first byte says how many commands are given,
 * a byte each says which; what follows is what the kernel answers, all of them
 * together. Each fd that comes in must be closed once in the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>

#include "fuzz.h"

#define COMMANDS_MAX 16
#define STOP 5

enum {
	GET, GET_ID, DUMP, DUMP_ALL, STANDBY, CLAIM, CLAIM_COOKIE, OFFER,
	WITHDRAW, CONFIRM, NOTE, DEL, EVICT, SET, NEW, TAKE,
};

static struct tappin handle;
static struct tappin_lease *lease;

static int on_pin(const struct tappin_pin *pin, void *arg)
{
	(void)arg;
	look_at_pin(pin);
	return tappin_pin_id(pin) == 99 ? STOP : 0;
}

static int get(const char *name, uint64_t id)
{
	struct tappin_pin *pin;
	int ret;

	ret = tappin_get(&handle, name, id, &pin);
	if (ret)
		return ret;
	look_at_pin(pin);
	tappin_pin_free(pin);
	return 0;
}

static int stand_by(void)
{
	struct tappin_lease *fresh;
	struct tappin_pin *pin;
	int ret;

	ret = tappin_standby(&handle, "vm1", 0, &fresh, &pin);
	if (ret)
		return ret;
	look_at_pin(pin);
	tappin_pin_free(pin);
	tappin_lease_close(lease);
	lease = fresh;
	must(tappin_lease_queues(lease) <= TAPPIN_QUEUES_MAX);
	must(tappin_lease_fd(lease) >= 0);
	return 0;
}

/* An owner has a queue's fd in each place: those that use it count on that. */
static int claim(const uint8_t *cookie)
{
	unsigned int i;
	int ret;

	ret = tappin_claim(&handle, lease, cookie, TAPPIN_FORCE);
	if (!ret)
		must(tappin_lease_queues(lease) >= 1);
	for (i = 0; i < TAPPIN_QUEUES_MAX + 1; i++) {
		must(tappin_lease_tap_fd(lease, i) >= -EBADF);
		must(tappin_lease_vhost_fd(lease, i) >= -EBADF);
	}
	return ret;
}

int sim_close(int fd);

static int take_fds(void)
{
	int fds[] = {
		tappin_lease_take_tap_fd(lease, 0),
		tappin_lease_take_vhost_fd(lease, 1),
	};

	if (fds[0] >= 0)
		sim_close(fds[0]);
	if (fds[1] >= 0)
		sim_close(fds[1]);
	return -ENOENT;
}

static int on_lease(unsigned int command)
{
	static const uint8_t good[TAPPIN_COOKIE_LEN] = "abcdefghijklmno";
	uint8_t cookie[TAPPIN_COOKIE_LEN];

	switch (command) {
	case CLAIM:
		return claim(NULL);
	case CLAIM_COOKIE:
		return claim(good);
	case OFFER:
		return tappin_offer(&handle, lease, cookie);
	case WITHDRAW:
		return tappin_withdraw(&handle, lease);
	case CONFIRM:
		return tappin_confirm(&handle, lease);
	case NOTE:
		return tappin_lease_set_note(&handle, lease, good, 7);
	}
	return take_fds();
}

static int on_pins(unsigned int command)
{
	int fd = 1;

	switch (command) {
	case GET:
		return get("vm1", 0);
	case GET_ID:
		return get(NULL, 7);
	case DUMP:
		return tappin_dump(&handle, 0, on_pin, NULL);
	case DUMP_ALL:
		return tappin_dump(&handle, TAPPIN_ALL_NETNS, on_pin, NULL);
	case STANDBY:
		return stand_by();
	case DEL:
		return tappin_del(&handle, "vm1", 0, TAPPIN_FORCE);
	case EVICT:
		return tappin_evict(&handle, NULL, 7, TAPPIN_KILL);
	case SET:
		return tappin_set(&handle, "vm1", 0,
				  TAPPIN_OPTS(tappin_set_opts, .has_uid = true,
					      .note = "n", .note_len = 1));
	}
	return tappin_new(&handle, TAPPIN_OPTS(tappin_new_opts, .name = "vm1",
					       .tap_fds = &fd, .queues = 1),
			  NULL);
}

static void check(int ret)
{
	const struct tappin_pin *holder = tappin_holder(&handle);

	must(ret <= 0 || ret == STOP || ret == 1);
	must(ret >= 0 || ret == -ENOENT || *tappin_errmsg(&handle));
	must(strlen(tappin_errmsg(&handle)) < sizeof(handle.errmsg));
	must(!holder || ret == -EBUSY);
	/* That of a refusal may say less than a description has to. */
	if (holder)
		must(strlen(tappin_pin_name(holder)) <= TAPPIN_NAME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t commands[COMMANDS_MAX];
	unsigned int count, i;

	sim_start(data, size);
	sim_connect(&handle);
	count = sim_byte() % COMMANDS_MAX;
	for (i = 0; i < count; i++)
		commands[i] = sim_byte() % (TAKE + 1);
	sim_fds_begin();
	for (i = 0; i < count; i++) {
		if (commands[i] < CLAIM || (commands[i] > NOTE &&
					    commands[i] != TAKE))
			check(on_pins(commands[i]));
		else if (lease)
			check(on_lease(commands[i]));
	}
	tappin_lease_close(lease);
	lease = NULL;
	tpn_reply_close(&handle.reply);
	sim_fds_end();
	return 0;
}
