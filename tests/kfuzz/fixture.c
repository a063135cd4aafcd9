// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "pin.h"
#include "place.h"
#include "process.h"
#include "raw.h"
#include "world.h"

#define VIEW_MAX	8192
#define PINS_MAX	64
#define CANARY_UID	1000
#define STRANGE_PINS	"2"	/* the stranger may make so many */

const struct role fixture_stranger = {
	"the stranger", 2, true, true, FIXTURE_STRANGER, FIXTURE_STRANGER,
};

static const struct {
	const char *name;
	unsigned int place;
	unsigned int queues;
} targets[TARGETS] = {
	[PIN_ONE] = { "kfone", 0, 1 },
	[PIN_MANY] = { "kfmany", 0, 3 },
	[PIN_STRANGE] = { "kfstrange", 2, 1 },
	[CANARY_OWNED] = { "canary0", 0, 2 },
	[CANARY_FREE] = { "canary1", 0, 1 },
};

struct view {
	unsigned int len;
	uint64_t id;
	char bytes[VIEW_MAX];
};

static struct raw raw;
static struct tappin *handle;
static unsigned int ifindex[TARGETS];
static struct view canary[TARGETS];
static int references, log_fd, group;
static regex_t complaints;
static pid_t keeper;
static char limit[16];

const char *fixture_name(unsigned int target)
{
	return targets[target].name;
}

unsigned int fixture_queues(unsigned int target)
{
	return targets[target].queues;
}

unsigned int fixture_place(unsigned int target)
{
	return targets[target].place;
}

unsigned int fixture_ifindex(unsigned int target)
{
	return ifindex[target];
}

uint64_t fixture_canary_id(unsigned int target)
{
	return canary[target].id;
}

int fixture_group(void)
{
	return group;
}

static int on_group(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
		*(int *)arg = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int on_groups(const struct nlattr *attr, void *arg)
{
	return mnl_attr_parse_nested(attr, on_group, arg);
}

static int on_family(const struct nlattr *attr, void *arg)
{
	return mnl_attr_get_type(attr) != CTRL_ATTR_MCAST_GROUPS ? MNL_CB_OK :
	       mnl_attr_parse_nested(attr, on_groups, arg);
}

static void take_group(const struct nlmsghdr *nlh, void *arg)
{
	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), on_family, arg);
}

static void find_group(void)
{
	struct raw ctrl = raw;

	ctrl.family = GENL_ID_CTRL;
	ctrl.on_message = take_group;
	ctrl.arg = &group;
	raw_begin(&ctrl, CTRL_CMD_GETFAMILY);
	raw_put_str(&ctrl, CTRL_ATTR_FAMILY_NAME, TAPPIN_GENL_NAME);
	if (raw_ask(&ctrl) || !group)
		bail("the group of events");
	raw.seq = ctrl.seq;
}

static int on_id(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == TAPPIN_A_ID)
		*(uint64_t *)arg = mnl_attr_get_u64(attr);
	return MNL_CB_OK;
}

static void take_view(const struct nlmsghdr *nlh, void *arg)
{
	struct view *view = arg;

	view->len = mnl_nlmsg_get_payload_len(nlh);
	if (view->len > VIEW_MAX)
		bail("a description of %u bytes", view->len);
	memcpy(view->bytes, mnl_nlmsg_get_payload(nlh), view->len);
	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), on_id, &view->id);
}

static void look(unsigned int target, struct view *view)
{
	int err;

	memset(view, 0, sizeof(*view));
	raw.on_message = take_view;
	raw.arg = view;
	raw_begin(&raw, TAPPIN_CMD_GET);
	raw_put_str(&raw, TAPPIN_A_NAME, fixture_name(target));
	err = raw_ask(&raw);
	raw.on_message = NULL;
	errno = 0;
	if (err && err != -ENOENT)
		bail("get %s: %s", fixture_name(target), error_name(err));
}

/* Are they what they were? What they are now is right the next time. */
static bool canaries_same(void)
{
	struct view now;
	bool same = true;
	unsigned int i;

	for (i = DEVICES; i < TARGETS; i++) {
		look(i, &now);
		same &= now.len == canary[i].len &&
			!memcmp(now.bytes, canary[i].bytes, now.len);
		canary[i] = now;
	}
	return same;
}

static void make_device(unsigned int target)
{
	struct tap tap;

	place_go(fixture_place(target));
	tap_make(&tap, fixture_name(target), fixture_queues(target));
	if (ioctl(tap.fd[0], TUNSETPERSIST, 1))
		bail("a persistent TAP");
	ifindex[target] = tap.ifindex;
	tap_close(&tap);
	place_go(0);
}

static void make_devices(void)
{
	unsigned int i;

	for (i = 0; i < DEVICES; i++)
		make_device(i);
}

static void drop_devices_in(unsigned int place)
{
	struct if_nameindex *all, *i;

	place_go(place);
	all = if_nameindex();
	for (i = all; i && i->if_index; i++)
		if (!strncmp(i->if_name, "kf", 2))
			tap_delete(i->if_index);
	if_freenameindex(all);
	place_go(0);
}

static void drop_devices(void)
{
	drop_devices_in(0);
	drop_devices_in(2);
}

/* Only root, and user 1000, have the right to it; none of ours is that one. */
static void give_canary(unsigned int target)
{
	raw_begin(&raw, TAPPIN_CMD_SET);
	raw_put_str(&raw, TAPPIN_A_NAME, fixture_name(target));
	raw_put_u32(&raw, TAPPIN_A_UID, CANARY_UID);
	raw_put_str(&raw, TAPPIN_A_NOTE, "a note that is not for everyone");
	if (raw_ask(&raw))
		bail("set %s: %s", fixture_name(target), raw.why);
}

static void make_canaries(void)
{
	struct tappin_lease *lease;
	int ready[2];
	unsigned int i;
	char c;

	for (i = DEVICES; i < TARGETS; i++) {
		pin_make(handle, fixture_name(i), fixture_queues(i), true);
		give_canary(i);
	}
	if (pipe2(ready, O_CLOEXEC))
		bail("pipe");
	keeper = spawn();
	if (!keeper) {
		lease = pin_own(pin_connect(), fixture_name(CANARY_OWNED));
		if (pin_own_vhost(lease) || write(ready[1], "", 1) != 1)
			bail("the canary's owner");
		await_end();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		bail("the canary's owner");
	close(ready[0]);
	for (i = DEVICES; i < TARGETS; i++)
		look(i, &canary[i]);
}

/* Set what the stranger's namespace may have; returns what it was in @old. */
static void set_limit(const char *text, char *old)
{
	int fd = open("/sys/module/tappin/parameters/userns_pins", O_RDWR | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		bail("userns_pins");
	len = read(fd, old, sizeof(limit) - 1);
	old[len > 0 ? len : 0] = '\0';
	if (pwrite(fd, text, strlen(text), 0) < 0)
		bail("userns_pins");
	close(fd);
}

struct ids {
	unsigned int n;
	uint64_t id[PINS_MAX];
};

static void take_id(const struct nlmsghdr *nlh, void *arg)
{
	struct ids *ids = arg;
	uint64_t id = 0;

	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), on_id, &id);
	if (id && id != canary[CANARY_OWNED].id && id != canary[CANARY_FREE].id &&
	    ids->n < PINS_MAX)
		ids->id[ids->n++] = id;
}

static void find_pins(struct ids *ids)
{
	ids->n = 0;
	raw.on_message = take_id;
	raw.arg = ids;
	raw_begin(&raw, TAPPIN_CMD_GET);
	raw_put_flag(&raw, TAPPIN_A_ALL_NETNS);
	if (raw_dump(&raw, NULL, 0, NULL))
		bail("dump: %s", raw.why);
	raw.on_message = NULL;
}

void fixture_open(const char *regex)
{
	struct ids ids;

	if (regcomp(&complaints, regex, REG_EXTENDED | REG_NOSUB))
		bail("\"%s\" is no regular expression", regex);
	place_open();
	raw_open(&raw);
	handle = pin_connect();
	find_group();
	find_pins(&ids);
	errno = 0;
	if (ids.n)
		bail("there are pins here, and all would be deleted");
	set_limit(STRANGE_PINS, limit);
	drop_devices();
	make_devices();
	make_canaries();
	references = module_references();
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd < 0 || lseek(log_fd, 0, SEEK_END) < 0)
		bail("the kernel log");
}

static bool pins_gone(void *arg)
{
	struct ids ids;
	unsigned int i;

	(void)arg;
	find_pins(&ids);
	for (i = 0; i < ids.n; i++) {
		raw_begin(&raw, TAPPIN_CMD_DEL);
		raw_put(&raw, TAPPIN_A_ID, &ids.id[i], sizeof(ids.id[i]));
		raw_put_flag(&raw, TAPPIN_A_FORCE);
		raw_ask(&raw);
	}
	return !ids.n;
}

/* What is in flight is collected when a socket is closed. */
static bool references_gone(void *arg)
{
	if (module_references() == *(const int *)arg)
		return true;
	close(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	return false;
}

static const char *complaint(void)
{
	static char record[4096];
	ssize_t len;

	while ((len = read(log_fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		record[len > 0 ? len : 0] = '\0';
		if (!regexec(&complaints, record, 0, NULL, 0))
			return record;
		errno = 0;
	}
	return NULL;
}

const char *fixture_restore(void)
{
	const char *said;

	if (!eventually(pins_gone, NULL, PATIENCE_MS))
		return "a pin can't be deleted";
	if (!eventually(references_gone, &references, PATIENCE_MS))
		return "the module is still referred to, and not by a pin";
	if (world->links) {
		drop_devices();
		make_devices();
	}
	said = complaint();
	if (said)
		return said;
	return canaries_same() ? NULL : "who has no right to a pin has changed it";
}

bool fixture_close(void)
{
	int none = 0;
	unsigned int i;
	bool gone;

	slay(keeper);
	memset(canary, 0, sizeof(canary));
	gone = eventually(pins_gone, NULL, PATIENCE_MS) &&
	       eventually(references_gone, &none, PATIENCE_MS);
	drop_devices();
	for (i = DEVICES; i < TARGETS; i++)
		pin_drop(handle, fixture_name(i));
	set_limit(limit, (char [16]){ 0 });
	tappin_close(handle);
	raw_close(&raw);
	return gone;
}
