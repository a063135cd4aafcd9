// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "command.h"

#define LOWER	"faultlower0"

static char note[TAPPIN_NOTE_MAX];

static void must(struct stage *stage, int ret, const char *what)
{
	errno = 0;
	if (ret < 0)
		bail("%s: %s %s", what, error_name(ret),
		     tappin_errmsg(stage->scene.handle));
}

static int explain(struct stage *stage, const struct tappin *handle, int ret)
{
	snprintf(stage->why, sizeof(stage->why), "%s", tappin_errmsg(handle));
	return ret > 0 ? 0 : ret;
}

static int said(struct stage *stage, int ret)
{
	return explain(stage, stage->scene.handle, ret);
}

/* Stages. */

static void prepare_free(struct stage *stage)
{
	scene_open(&stage->scene);
}

static void prepare_owned(struct stage *stage)
{
	scene_open(&stage->scene);
	scene_own(&stage->scene);
}

static void prepare_offered(struct stage *stage)
{
	scene_open(&stage->scene);
	scene_offer(&stage->scene);
}

static void prepare_taken(struct stage *stage)
{
	scene_open(&stage->scene);
	scene_take(&stage->scene);
}

/* The devices of the one that takes the pin back are fenced, not merely unowned. */
static void own_devices(struct stage *stage)
{
	if (stage->scene.vhost)
		must(stage, pin_own_vhost(stage->scene.owner), "own the devices");
}

static void prepare_live(struct stage *stage)
{
	prepare_offered(stage);
	own_devices(stage);
}

static void prepare_living(struct stage *stage)
{
	prepare_owned(stage);
	own_devices(stage);
}

static void prepare_returned(struct stage *stage)
{
	struct scene *s = &stage->scene;

	prepare_live(stage);
	scene_claim(s);
	scene_go(s);
	if (!pin_reaches(s->handle, s->name, TAPPIN_STATE_RETURNED))
		bail("the pin was not given back");
}

static void prepare_noted(struct stage *stage)
{
	const struct tappin_set_opts opts = {
		.size = sizeof(opts), .note = note, .note_len = sizeof(note),
	};

	memset(note, 'n', sizeof(note));
	prepare_free(stage);
	must(stage, tappin_set(stage->scene.handle, stage->scene.name, 0, &opts), "set");
}

/* Saved, and its offerer has gone. */
static void prepare_left(struct stage *stage)
{
	prepare_offered(stage);
	scene_drop(&stage->scene.owner);
	if (!pin_reaches(stage->scene.handle, stage->scene.name, TAPPIN_STATE_OFFERED))
		bail("the offer does not stand");
}

static void prepare_adopt(struct stage *stage)
{
	int fd;

	prepare_owned(stage);
	fd = fcntl(tappin_lease_fd(stage->scene.owner), F_DUPFD_CLOEXEC, 0);
	must(stage, tappin_lease_adopt(fd, &stage->lease), "adopt");
}

static void prepare_stuck(struct stage *stage)
{
	prepare_owned(stage);
	scene_stick(&stage->scene);
}

static void prepare_stuck_offer(struct stage *stage)
{
	prepare_offered(stage);
	scene_stick(&stage->scene);
}

/* The claimant hangs, and has gone. */
static void prepare_stuck_return(struct stage *stage)
{
	prepare_taken(stage);
	scene_stick(&stage->scene);
	scene_go(&stage->scene);
	if (!pin_reaches(stage->scene.handle, stage->scene.name, TAPPIN_STATE_FENCING))
		bail("the claimant does not hang");
}

static void open_vhost(struct stage *stage)
{
	if (!stage->scene.vhost)
		return;
	stage->vhost_fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
	if (stage->vhost_fd < 0)
		bail("/dev/vhost-net");
}

static void prepare_tun(struct stage *stage)
{
	tap_make(&stage->tap, stage->scene.name, stage->scene.queues);
	stage->scene.ifindex = stage->tap.ifindex;
	open_vhost(stage);
}

static void prepare_macvtap(struct stage *stage)
{
	struct tap *tap = &stage->tap;

	tap->ifindex = if_nametoindex(stage->scene.name);
	while (tap->queues < stage->scene.queues)
		tap->fd[tap->queues++] = macvtap_queue(stage->scene.name);
	open_vhost(stage);
}

/* Commands. */

static int give_open(struct stage *stage)
{
	int ret;

	tappin_close(stage->handle);
	ret = tappin_open(&stage->handle);
	explain(stage, stage->handle, ret);
	if (!ret)
		return 0;
	tappin_close(stage->handle);
	stage->handle = NULL;
	return ret;
}

static int give_monitor(struct stage *stage)
{
	int ret = tappin_monitor_open(&stage->monitor);

	snprintf(stage->why, sizeof(stage->why), "%s",
		 tappin_monitor_errmsg(stage->monitor));
	if (!ret)
		return 0;
	tappin_monitor_close(stage->monitor);
	stage->monitor = NULL;
	return ret;
}

static int give_new(struct stage *stage)
{
	const struct tappin_new_opts opts = {
		.size = sizeof(opts), .name = stage->scene.name,
		.ifindex = stage->tap.ifindex, .tap_fds = stage->tap.fd,
		.queues = stage->tap.queues, .vhost = stage->scene.vhost,
		.vhost_fd = stage->vhost_fd, .has_uid = true, .uid = 1000,
		.note = note, .note_len = sizeof(note),
	};

	tappin_pin_free(stage->pin);
	stage->pin = NULL;
	return said(stage, tappin_new(stage->scene.handle, &opts, &stage->pin));
}

static int give_get(struct stage *stage)
{
	tappin_pin_free(stage->pin);
	stage->pin = NULL;
	return said(stage, tappin_get(stage->scene.handle, stage->scene.name, 0,
				      &stage->pin));
}

static bool has_note(struct stage *stage)
{
	size_t len = 0;

	return tappin_pin_note(stage->pin, &len) && len == sizeof(note);
}

static int on_pin(const struct tappin_pin *pin, void *arg)
{
	struct stage *stage = arg;

	return strcmp(tappin_pin_name(pin), stage->scene.name) ? -EPROTO : 0;
}

static int give_dump(struct stage *stage)
{
	return said(stage, tappin_dump(stage->scene.handle, 0, on_pin, stage));
}

static int give_set(struct stage *stage)
{
	const struct tappin_set_opts opts = {
		.size = sizeof(opts), .has_uid = true, .uid = 1000,
		.note = note, .note_len = sizeof(note),
	};

	return said(stage, tappin_set(stage->scene.handle, stage->scene.name, 0, &opts));
}

static int give_note(struct stage *stage)
{
	return said(stage, tappin_lease_set_note(stage->scene.handle, stage->scene.owner,
						 note, sizeof(note)));
}

static int give_standby(struct stage *stage)
{
	return said(stage, tappin_standby(stage->scene.handle, stage->scene.name, 0,
					  &stage->lease, &stage->pin));
}

static int give_claim(struct stage *stage)
{
	return said(stage, tappin_claim(stage->scene.handle, stage->scene.third, NULL, 0));
}

static int give_claim_over(struct stage *stage)
{
	return said(stage, tappin_claim(stage->scene.handle, stage->scene.third, NULL,
					TAPPIN_FORCE));
}

static int give_claim_again(struct stage *stage)
{
	return said(stage, tappin_claim(stage->scene.handle, stage->lease, NULL, 0));
}

static int give_take(struct stage *stage)
{
	return said(stage, pin_claim(stage->scene.handle, stage->scene.third,
				     stage->scene.cookie));
}

static int give_take_once(struct stage *stage)
{
	return said(stage, tappin_claim(stage->scene.handle, stage->scene.third,
					stage->scene.cookie, 0));
}

static bool has_taps(struct stage *stage)
{
	return tappin_lease_tap_fd(stage->scene.third, stage->scene.queues - 1) >= 0;
}

static int give_offer(struct stage *stage)
{
	return said(stage, tappin_offer(stage->scene.handle, stage->scene.owner,
					stage->scene.cookie));
}

static bool is_good_cookie(struct stage *stage)
{
	return !pin_claim(stage->scene.handle, stage->scene.third, stage->scene.cookie);
}

static int give_withdraw(struct stage *stage)
{
	return said(stage, tappin_withdraw(stage->scene.handle, stage->scene.owner));
}

/* What was given out before has been fenced: all must be replaced. */
static int give_withdraw_fresh(struct stage *stage)
{
	int ret = tappin_withdraw(stage->scene.handle, stage->scene.owner);

	if (!ret && stage->scene.vhost)
		ret = -EPROTO;
	return said(stage, ret);
}

static bool owns_fresh(struct stage *stage)
{
	return !stage->scene.vhost || !pin_own_vhost(stage->scene.owner);
}

static int give_confirm(struct stage *stage)
{
	return said(stage, tappin_confirm(stage->scene.handle, stage->scene.owner));
}

static int give_evict(struct stage *stage)
{
	return said(stage, tappin_evict(stage->scene.handle, stage->scene.name, 0, 0));
}

static int give_evict_kill(struct stage *stage)
{
	return said(stage, tappin_evict(stage->scene.handle, stage->scene.name, 0,
					TAPPIN_KILL));
}

static int give_del(struct stage *stage)
{
	return said(stage, tappin_del(stage->scene.handle, stage->scene.name, 0, 0));
}

static int give_del_force(struct stage *stage)
{
	return said(stage, tappin_del(stage->scene.handle, stage->scene.name, 0,
				      TAPPIN_FORCE));
}

static int give_close(struct stage *stage)
{
	scene_drop(&stage->scene.owner);
	return 0;
}

/* What began while the stick was in the way ends once it is let go. */
static bool ends_taken(struct stage *stage)
{
	stick_release(&stage->scene.stick);
	return !give_take(stage) && has_taps(stage);
}

static bool ends_free(struct stage *stage)
{
	stick_release(&stage->scene.stick);
	return pin_reaches(stage->scene.handle, stage->scene.name, TAPPIN_STATE_FREE);
}

static bool ends_returned(struct stage *stage)
{
	stick_release(&stage->scene.stick);
	return pin_reaches(stage->scene.handle, stage->scene.name,
			   TAPPIN_STATE_RETURNED) &&
	       !give_withdraw_fresh(stage);
}

#define COMMAND(name_, prepare_, give_, ...) \
	{ .name = name_, .prepare = prepare_, .give = give_, __VA_ARGS__ }

const struct command commands[] = {
	COMMAND("open", prepare_free, give_open),
	COMMAND("monitor", prepare_free, give_monitor),
	COMMAND("new of a tun", prepare_tun, give_new, .again = -EEXIST),
	COMMAND("new of a macvtap", prepare_macvtap, give_new, .again = -EEXIST,
		.macvtap = true),
	COMMAND("get", prepare_noted, give_get, .finish = has_note),
	COMMAND("dump", prepare_free, give_dump),
	COMMAND("set", prepare_free, give_set),
	COMMAND("set the owner's note", prepare_owned, give_note),
	COMMAND("standby", prepare_noted, give_standby, .finish = has_note),
	COMMAND("claim a free pin", prepare_free, give_claim, .late = -ENOMEM,
		.finish = has_taps),
	COMMAND("claim over", prepare_left, give_claim_over, .late = -ENOMEM,
		.finish = has_taps),
	COMMAND("claim again, adopted", prepare_adopt, give_claim_again),
	COMMAND("claim of an owned pin", prepare_owned, give_claim, .ret = -EBUSY),
	COMMAND("claim with cookie", prepare_live, give_take, .finish = has_taps),
	COMMAND("claim with cookie, in progress", prepare_stuck_offer, give_take_once,
		.ret = -EINPROGRESS, .again = -EINPROGRESS, .hangs = true,
		.needs_vhost = true, .finish = ends_taken),
	COMMAND("offer", prepare_owned, give_offer, .finish = is_good_cookie),
	COMMAND("withdraw before a claim", prepare_offered, give_withdraw),
	COMMAND("withdraw after a claim", prepare_returned, give_withdraw_fresh,
		.finish = owns_fresh),
	COMMAND("withdraw, in progress", prepare_stuck_return, give_withdraw,
		.ret = -EINPROGRESS, .hangs = true, .needs_vhost = true,
		.finish = ends_returned),
	COMMAND("confirm", prepare_taken, give_confirm),
	COMMAND("evict", prepare_living, give_evict, .again = -ESRCH, .may_last = true),
	COMMAND("evict with kill", prepare_living, give_evict_kill, .again = -ESRCH,
		.may_last = true),
	COMMAND("evict, in progress", prepare_stuck, give_evict, .ret = -EINPROGRESS,
		.again = -EINPROGRESS, .hangs = true, .needs_vhost = true,
		.finish = ends_free),
	COMMAND("del", prepare_free, give_del, .again = -ENOENT),
	COMMAND("del with force", prepare_living, give_del_force, .again = -ENOENT,
		.may_last = true),
	COMMAND("close", prepare_living, give_close),
};
const unsigned int commands_n = ARRAY_SIZE(commands);

void device_make(const struct command *command, const char *name, unsigned int queues)
{
	struct tap tap;

	if (command->macvtap) {
		macvtap_make_lower(LOWER);
		macvtap_make(name, LOWER);
		return;
	}
	tap_make(&tap, name, queues);
	tap_up(&tap);
	if (ioctl(tap.fd[0], TUNSETPERSIST, 1))
		bail("%s can't be made to stay", name);
	tap_close(&tap);
}

void device_delete(const char *name)
{
	unsigned int lower = if_nametoindex(LOWER);

	tap_delete(if_nametoindex(name));
	if (lower)
		tap_delete(lower);
}

static bool is_let_go(void *name)
{
	return !tap_is_held(name);
}

void stage_clear(struct stage *stage)
{
	tappin_lease_close(stage->lease);
	tappin_close(stage->handle);
	if (stage->monitor)
		tappin_monitor_close(stage->monitor);
	tappin_pin_free(stage->pin);
	tap_close(&stage->tap);
	if (stage->vhost_fd >= 0)
		close(stage->vhost_fd);
	scene_close(&stage->scene);
	if (!eventually(is_let_go, (void *)stage->scene.name, PATIENCE_MS))
		bail("%s is not let go", stage->scene.name);
	stage->lease = NULL;
	stage->handle = NULL;
	stage->monitor = NULL;
	stage->pin = NULL;
	stage->vhost_fd = -1;
}
