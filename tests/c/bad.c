// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bad - requests that must be refused
 *
 * Each is sent without the library, which would not let all of them pass. Each must
 * be refused with the errno of its row in the table at the end and a sentence, and
 * nothing may have changed by it: the dump of all pins, the fds of this process
 * and the references to the module are as before.
 *
 * The scene: pin "bad0" (2 queues, vhost) is owned, "bad1" (1 queue, no vhost) is
 * offered, and a lease stands by for each.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "pin.h"
#include "process.h"
#include "raw.h"

#define OWNED		"bad0"
#define OFFERED		"bad1"
#define TAP		"bad2"	/* two queues, no pin */
#define LOWER		"bad3"	/* of a macvtap */
#define MACVTAP		"bad4"
#define DUMP_MAX	65536

static struct raw raw;
static struct tappin *handle;
static struct tap tap;
static struct tappin_lease *owner, *offerer, *third, *third1;
static uint8_t cookie[TAPPIN_COOKIE_LEN], old_cookie[TAPPIN_COOKIE_LEN];
static int null_fd, vhost_fd, bare_tun_fd, foreign_fd;

struct snapshot {
	char dump[DUMP_MAX];
	size_t len;
	int fds;
	int references;
};

static void look(struct snapshot *s)
{
	s->len = 0;
	raw_begin(&raw, TAPPIN_CMD_GET);
	if (raw_dump(&raw, s->dump, sizeof(s->dump), &s->len))
		bail("dump: %s", raw.why);
	s->fds = count_fds();
	s->references = module_references();
}

/* Requests. */

static int ask_new(const char *name, uint32_t ifindex, const int *fds,
		   unsigned int n)
{
	raw_begin(&raw, TAPPIN_CMD_NEW);
	raw_put_str(&raw, TAPPIN_A_NAME, name);
	raw_put_u32(&raw, TAPPIN_A_IFINDEX, ifindex);
	raw_put(&raw, TAPPIN_A_TAP_FDS, fds, n * sizeof(*fds));
	return raw_ask(&raw);
}

static int new_with_fds(int a, int b)
{
	const int fds[] = { a, b };

	return ask_new("new", tap.ifindex, fds, 2);
}

static int new_named(const char *name)
{
	return ask_new(name, tap.ifindex, tap.fd, tap.queues);
}

/* One attribute more than a good request has. */
static int new_with(uint16_t type, const void *data, size_t len)
{
	raw_begin(&raw, TAPPIN_CMD_NEW);
	raw_put_str(&raw, TAPPIN_A_NAME, "new");
	raw_put_u32(&raw, TAPPIN_A_IFINDEX, tap.ifindex);
	raw_put(&raw, TAPPIN_A_TAP_FDS, tap.fd, tap.queues * sizeof(int));
	raw_put(&raw, type, data, len);
	return raw_ask(&raw);
}

static int new_with_fd_bytes(size_t len)
{
	int fds[TAPPIN_QUEUES_MAX + 1];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = tap.fd[i % 2];
	raw_begin(&raw, TAPPIN_CMD_NEW);
	raw_put_str(&raw, TAPPIN_A_NAME, "new");
	raw_put_u32(&raw, TAPPIN_A_IFINDEX, tap.ifindex);
	raw_put(&raw, TAPPIN_A_TAP_FDS, fds, len);
	return raw_ask(&raw);
}

static int on_pin(uint8_t cmd, const char *name)
{
	raw_begin(&raw, cmd);
	raw_put_str(&raw, TAPPIN_A_NAME, name);
	return raw_ask(&raw);
}

static void begin_lease(uint8_t cmd, int fd)
{
	raw_begin(&raw, cmd);
	raw_put_u32(&raw, TAPPIN_A_LEASE_FD, fd);
}

static int on_lease_fd(uint8_t cmd, int fd)
{
	begin_lease(cmd, fd);
	return raw_ask(&raw);
}

static int on_lease(uint8_t cmd, const struct tappin_lease *lease)
{
	return on_lease_fd(cmd, tappin_lease_fd(lease));
}

static int on_lease_with(uint8_t cmd, const struct tappin_lease *lease,
			 uint16_t type, const void *data, size_t len)
{
	begin_lease(cmd, tappin_lease_fd(lease));
	raw_put(&raw, type, data, len);
	return raw_ask(&raw);
}

static int claim_with(const void *bytes, size_t len)
{
	return on_lease_with(TAPPIN_CMD_CLAIM, third1, TAPPIN_A_COOKIE, bytes, len);
}

/* A request by a child, whose answer is ours; the child changes itself first. */
static int by_child(void (*change)(void), int (*ask)(void))
{
	struct answer {
		int err;
		char why[sizeof(raw.why)];
	} answer = { .err = -EPROTO };
	int pipes[2];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		bail("pipe");
	pid = spawn();
	if (!pid) {
		change();
		answer.err = ask();
		memcpy(answer.why, raw.why, sizeof(raw.why));
		if (write(pipes[1], &answer, sizeof(answer)) < 0)
			_exit(1);
		_exit(0);
	}
	close(pipes[1]);
	if (read(pipes[0], &answer, sizeof(answer)) != sizeof(answer))
		say("no answer from the child");
	close(pipes[0]);
	reap(pid);
	memcpy(raw.why, answer.why, sizeof(raw.why));
	return answer.err;
}

/* With the rights of its opener, a socket must not do more than its user may. */
static void become_nobody_anew(void)
{
	become_nobody();
	raw_close(&raw);
	raw_open(&raw);
}

static void fill_fd_table(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		bail("getrlimit");
	limit.rlim_cur = 64;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		bail("setrlimit");
	while (dup(null_fd) >= 0)
		;
}

static void be_elsewhere(void)
{
	if (unshare(CLONE_NEWNET))
		bail("unshare");
	raw_close(&raw);
	raw_open(&raw);
}

static void be_user_elsewhere(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		bail("unshare");
	raw_close(&raw);
	raw_open(&raw);
}

/* The cases. */

static int no_such_command(void)
{
	raw_begin(&raw, TAPPIN_CMD_MAX + 1);
	return raw_ask(&raw);
}

static int event_is_no_command(void)
{
	raw_begin(&raw, TAPPIN_CMD_NOTIFY);
	return raw_ask(&raw);
}

static int unknown_attr(void)
{
	return new_with(TAPPIN_A_MAX + 1, "x", 1);
}

static int new_with_cookie(void)
{
	return new_with(TAPPIN_A_COOKIE, cookie, sizeof(cookie));
}

static int get_with_force(void)
{
	raw_begin(&raw, TAPPIN_CMD_GET);
	raw_put_str(&raw, TAPPIN_A_NAME, OWNED);
	raw_put_flag(&raw, TAPPIN_A_FORCE);
	return raw_ask(&raw);
}

static int offer_with_cookie(void)
{
	return on_lease_with(TAPPIN_CMD_OFFER, offerer, TAPPIN_A_COOKIE, cookie,
			     sizeof(cookie));
}

static int evict_with_force(void)
{
	raw_begin(&raw, TAPPIN_CMD_EVICT);
	raw_put_str(&raw, TAPPIN_A_NAME, OWNED);
	raw_put_flag(&raw, TAPPIN_A_FORCE);
	return raw_ask(&raw);
}

static int flag_with_value(void)
{
	raw_begin(&raw, TAPPIN_CMD_DEL);
	raw_put_str(&raw, TAPPIN_A_NAME, OWNED);
	raw_put_u32(&raw, TAPPIN_A_FORCE, 1);
	return raw_ask(&raw);
}

static int short_ifindex(void)
{
	raw_begin(&raw, TAPPIN_CMD_NEW);
	raw_put_str(&raw, TAPPIN_A_NAME, "new");
	raw_put(&raw, TAPPIN_A_IFINDEX, &tap.ifindex, 2);
	raw_put(&raw, TAPPIN_A_TAP_FDS, tap.fd, 8);
	return raw_ask(&raw);
}

static int long_uid(void)
{
	return new_with(TAPPIN_A_UID, "12345678", 8);
}

static int short_id(void)
{
	raw_begin(&raw, TAPPIN_CMD_GET);
	raw_put_u32(&raw, TAPPIN_A_ID, 1);
	return raw_ask(&raw);
}

static int short_lease(void)
{
	raw_begin(&raw, TAPPIN_CMD_OFFER);
	raw_put(&raw, TAPPIN_A_LEASE_FD, "x", 1);
	return raw_ask(&raw);
}

static int name_without_nul(void)
{
	raw_begin(&raw, TAPPIN_CMD_GET);
	raw_put(&raw, TAPPIN_A_NAME, "bad0", 4);
	return raw_ask(&raw);
}

static int name_and_id(void)
{
	uint64_t id = 1;

	raw_begin(&raw, TAPPIN_CMD_GET);
	raw_put_str(&raw, TAPPIN_A_NAME, OWNED);
	raw_put(&raw, TAPPIN_A_ID, &id, sizeof(id));
	return raw_ask(&raw);
}

static int neither_name_nor_id(void)
{
	raw_begin(&raw, TAPPIN_CMD_GET);
	return raw_ask(&raw);
}

static int no_such_id(void)
{
	uint64_t id = UINT64_MAX;

	raw_begin(&raw, TAPPIN_CMD_GET);
	raw_put(&raw, TAPPIN_A_ID, &id, sizeof(id));
	return raw_ask(&raw);
}

static int get_all_netns(void)
{
	raw_begin(&raw, TAPPIN_CMD_GET);
	raw_put_str(&raw, TAPPIN_A_NAME, OWNED);
	raw_put_flag(&raw, TAPPIN_A_ALL_NETNS);
	return raw_ask(&raw);
}

static int dump_with_name(void)
{
	raw_begin(&raw, TAPPIN_CMD_GET);
	raw_put_str(&raw, TAPPIN_A_NAME, OWNED);
	return raw_dump(&raw, NULL, 0, NULL);
}

static int new_without_name(void)
{
	raw_begin(&raw, TAPPIN_CMD_NEW);
	raw_put_u32(&raw, TAPPIN_A_IFINDEX, tap.ifindex);
	raw_put(&raw, TAPPIN_A_TAP_FDS, tap.fd, 8);
	return raw_ask(&raw);
}

static int new_without_fds(void)
{
	raw_begin(&raw, TAPPIN_CMD_NEW);
	raw_put_str(&raw, TAPPIN_A_NAME, "new");
	raw_put_u32(&raw, TAPPIN_A_IFINDEX, tap.ifindex);
	return raw_ask(&raw);
}

static int no_device(void)
{
	return ask_new("new", 99999, tap.fd, 2);
}

static int not_a_tap_device(void)
{
	return ask_new("new", 1, tap.fd, 2);
}

static int another_device(void)
{
	return ask_new("new", if_nametoindex(OFFERED), tap.fd, 2);
}

static int no_queues(void)
{
	return new_with_fd_bytes(0);
}

static int odd_fds(void)
{
	return new_with_fd_bytes(7);
}

static int too_many_queues(void)
{
	return new_with_fd_bytes(257 * sizeof(int));
}

static int same_queue_twice(void)
{
	return new_with_fds(tap.fd[0], tap.fd[0]);
}

static int same_queue_duped(void)
{
	int copy = dup(tap.fd[0]);
	int err = new_with_fds(tap.fd[0], copy);

	close(copy);
	return err;
}

static int queue_missing(void)
{
	return ask_new("new", tap.ifindex, tap.fd, 1);
}

static int fd_closed(void)
{
	return new_with_fds(tap.fd[0], 1000);
}

static int fd_negative(void)
{
	return new_with_fds(tap.fd[0], -1);
}

static int fd_no_tap(void)
{
	return new_with_fds(tap.fd[0], null_fd);
}

static int fd_tun_without_device(void)
{
	return new_with_fds(tap.fd[0], bare_tun_fd);
}

static int fd_vhost_for_tap(void)
{
	return new_with_fds(tap.fd[0], vhost_fd);
}

static int fd_lease_for_tap(void)
{
	return new_with_fds(tap.fd[0], tappin_lease_fd(owner));
}

static int fd_of_pinned_device(void)
{
	return new_with_fds(tap.fd[0], tappin_lease_tap_fd(owner, 0));
}

/* The next one is given its number. */
static int fd_of_gone_macvtap(void)
{
	int fd, err;

	macvtap_make_lower(LOWER);
	macvtap_make(MACVTAP, LOWER);
	fd = macvtap_queue(MACVTAP);
	tap_delete(if_nametoindex(MACVTAP));
	macvtap_make(MACVTAP, LOWER);
	err = ask_new("new", if_nametoindex(MACVTAP), &fd, 1);
	close(fd);
	tap_delete(if_nametoindex(MACVTAP));
	tap_delete(if_nametoindex(LOWER));
	return err;
}

static int fd_from_elsewhere(void)
{
	return new_with_fds(tap.fd[0], foreign_fd);
}

static int alone_from_elsewhere(void)
{
	return ask_new("new", tap.ifindex, &foreign_fd, 1);
}

static int vhost_is_null(void)
{
	return new_with(TAPPIN_A_VHOST_FD, &null_fd, sizeof(int));
}

static int vhost_is_tap(void)
{
	return new_with(TAPPIN_A_VHOST_FD, &tap.fd[0], sizeof(int));
}

static int vhost_is_closed(void)
{
	const int fd = 1000;

	return new_with(TAPPIN_A_VHOST_FD, &fd, sizeof(fd));
}

static int vhost_is_read_only(void)
{
	int fd = open("/dev/vhost-net", O_RDONLY | O_CLOEXEC);
	int err = new_with(TAPPIN_A_VHOST_FD, &fd, sizeof(fd));

	close(fd);
	return err;
}

static int long_note(void)
{
	static const char note[TAPPIN_NOTE_MAX + 1];

	return new_with(TAPPIN_A_NOTE, note, sizeof(note));
}

static int pinned_already(void)
{
	const int fds[] = {
		tappin_lease_tap_fd(owner, 0), tappin_lease_tap_fd(owner, 1),
	};

	return ask_new("new", if_nametoindex(OWNED), fds, 2);
}

static int device_without_owner(void)
{
	int fds[2], err;

	fds[0] = tap_queue("bad3", IFF_MULTI_QUEUE);
	fds[1] = tap_queue("bad3", IFF_MULTI_QUEUE);
	err = ask_new("new", if_nametoindex("bad3"), fds, 2);
	close(fds[0]);
	close(fds[1]);
	return err;
}

static int device_is_tun(void)
{
	struct ifreq ifr = { .ifr_name = "bad4", .ifr_flags = IFF_TUN };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	int err;

	if (ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETOWNER, 0))
		bail("tun");
	err = ask_new("new", if_nametoindex("bad4"), &fd, 1);
	close(fd);
	return err;
}

static int name_empty(void)
{
	return new_named("");
}

static int name_64(void)
{
	char name[65] = "";

	memset(name, 'n', 64);
	return new_named(name);
}

static int name_4000(void)
{
	char name[4001] = "";

	memset(name, 'n', 4000);
	return new_named(name);
}

static int name_slash(void)
{
	return new_named("a/b");
}

static int name_blank(void)
{
	return new_named("a b");
}

static int name_newline(void)
{
	return new_named("a\n");
}

static int name_delete(void)
{
	return new_named("a\x7f");
}

static int name_latin1(void)
{
	return new_named("caf\xe9");
}

static int name_overlong(void)
{
	return new_named("a\xc0\xaf");
}

static int name_surrogate(void)
{
	return new_named("a\xed\xa0\x80");
}

static int name_c1(void)
{
	return new_named("a\xc2\x85");
}

static int name_dot(void)
{
	return new_named(".hidden");
}

static int name_dash(void)
{
	return new_named("-force");
}

static int name_taken(void)
{
	return new_named(OWNED);
}

static int get_nothing(void)
{
	return on_pin(TAPPIN_CMD_GET, "nothing");
}

static int get_bad_name(void)
{
	return on_pin(TAPPIN_CMD_GET, "a/b");
}

static int standby_nothing(void)
{
	return on_pin(TAPPIN_CMD_STANDBY, "nothing");
}

static int del_owned(void)
{
	return on_pin(TAPPIN_CMD_DEL, OWNED);
}

static int set_nothing(void)
{
	return on_pin(TAPPIN_CMD_SET, "nothing");
}

static int cookie_none(void)
{
	return on_lease(TAPPIN_CMD_CLAIM, third1);
}

static int cookie_empty(void)
{
	return claim_with(cookie, 0);
}

static int cookie_short(void)
{
	return claim_with(cookie, sizeof(cookie) - 1);
}

static int cookie_long(void)
{
	uint8_t bytes[TAPPIN_COOKIE_LEN + 1] = { 0 };

	memcpy(bytes, cookie, sizeof(cookie));
	return claim_with(bytes, sizeof(bytes));
}

static int cookie_wrong(void)
{
	uint8_t bytes[TAPPIN_COOKIE_LEN];

	memcpy(bytes, cookie, sizeof(bytes));
	bytes[sizeof(bytes) - 1] ^= 1;
	return claim_with(bytes, sizeof(bytes));
}

static int cookie_zero(void)
{
	const uint8_t bytes[TAPPIN_COOKIE_LEN] = { 0 };

	return claim_with(bytes, sizeof(bytes));
}

static int cookie_withdrawn(void)
{
	return claim_with(old_cookie, sizeof(old_cookie));
}

static int cookie_of_another(void)
{
	return on_lease_with(TAPPIN_CMD_CLAIM, third, TAPPIN_A_COOKIE, cookie,
			     sizeof(cookie));
}

static int cookie_zero_unoffered(void)
{
	const uint8_t bytes[TAPPIN_COOKIE_LEN] = { 0 };

	return on_lease_with(TAPPIN_CMD_CLAIM, third, TAPPIN_A_COOKIE, bytes,
			     sizeof(bytes));
}

static int claim_owned(void)
{
	return on_lease(TAPPIN_CMD_CLAIM, third);
}

static int claim_owned_by_force(void)
{
	return on_lease_with(TAPPIN_CMD_CLAIM, third, TAPPIN_A_FORCE, NULL, 0);
}

static int lease_of_another_name(void)
{
	return on_lease_with(TAPPIN_CMD_OFFER, owner, TAPPIN_A_NAME, OFFERED,
			     sizeof(OFFERED));
}

static int lease_of_another_id(void)
{
	uint64_t id = UINT64_MAX;

	return on_lease_with(TAPPIN_CMD_OFFER, owner, TAPPIN_A_ID, &id, sizeof(id));
}

static int lease_closed(void)
{
	return on_lease_fd(TAPPIN_CMD_CLAIM, 1000);
}

static int lease_negative(void)
{
	return on_lease_fd(TAPPIN_CMD_CLAIM, -1);
}

static int lease_is_tap(void)
{
	return on_lease_fd(TAPPIN_CMD_CLAIM, tap.fd[0]);
}

static int lease_is_missing(void)
{
	return on_pin(TAPPIN_CMD_CLAIM, OWNED);
}

static int offer_standing_by(void)
{
	return on_lease(TAPPIN_CMD_OFFER, third);
}

static int withdraw_standing_by(void)
{
	return on_lease(TAPPIN_CMD_WITHDRAW, third);
}

static int confirm_standing_by(void)
{
	return on_lease(TAPPIN_CMD_CONFIRM, third);
}

static int note_standing_by(void)
{
	return on_lease_with(TAPPIN_CMD_SET, third, TAPPIN_A_NOTE, "x", 1);
}

static int note_too_long(void)
{
	static const char note[TAPPIN_NOTE_MAX + 1];

	return on_lease_with(TAPPIN_CMD_SET, owner, TAPPIN_A_NOTE, note,
			     sizeof(note));
}

static int uid_by_owner(void)
{
	const uint32_t uid = 0;

	return on_lease_with(TAPPIN_CMD_SET, owner, TAPPIN_A_UID, &uid, sizeof(uid));
}

static int confirm_offered(void)
{
	return on_lease(TAPPIN_CMD_CONFIRM, offerer);
}

static int new_pin(void)
{
	return new_named("new");
}

static int new_by_nobody(void)
{
	return by_child(become_nobody, new_pin);
}

static int new_by_nobody_anew(void)
{
	return by_child(become_nobody_anew, new_pin);
}

static int new_in_userns(void)
{
	return by_child(be_user_elsewhere, new_pin);
}

static int standby_owned(void)
{
	return on_pin(TAPPIN_CMD_STANDBY, OWNED);
}

static int standby_by_nobody(void)
{
	return by_child(become_nobody, standby_owned);
}

static int standby_by_nobody_anew(void)
{
	return by_child(become_nobody_anew, standby_owned);
}

static int evict_owned(void)
{
	return on_pin(TAPPIN_CMD_EVICT, OWNED);
}

static int evict_by_nobody(void)
{
	return by_child(become_nobody_anew, evict_owned);
}

static int del_by_nobody(void)
{
	return by_child(become_nobody_anew, del_owned);
}

static int set_uid(void)
{
	raw_begin(&raw, TAPPIN_CMD_SET);
	raw_put_str(&raw, TAPPIN_A_NAME, OWNED);
	raw_put_u32(&raw, TAPPIN_A_UID, UID_NOBODY);
	return raw_ask(&raw);
}

static int set_by_nobody(void)
{
	return by_child(become_nobody_anew, set_uid);
}

static int dump_all(void)
{
	raw_begin(&raw, TAPPIN_CMD_GET);
	raw_put_flag(&raw, TAPPIN_A_ALL_NETNS);
	return raw_dump(&raw, NULL, 0, NULL);
}

static int dump_all_by_nobody(void)
{
	return by_child(become_nobody_anew, dump_all);
}

static int dump_all_elsewhere(void)
{
	return by_child(be_elsewhere, dump_all);
}

static int get_owned(void)
{
	return on_pin(TAPPIN_CMD_GET, OWNED);
}

static int get_elsewhere(void)
{
	return by_child(be_elsewhere, get_owned);
}

static int new_elsewhere(void)
{
	return by_child(be_elsewhere, new_pin);
}

static int standby_full_table(void)
{
	return by_child(fill_fd_table, standby_owned);
}

static int claim_again(void)
{
	return on_lease(TAPPIN_CMD_CLAIM, owner);
}

static int claim_full_table(void)
{
	return by_child(fill_fd_table, claim_again);
}

static const struct {
	const char *what;
	int err;
	int (*ask)(void);
} cases[] = {
	{ "no such command", EOPNOTSUPP, no_such_command },
	{ "an event as a command", EOPNOTSUPP, event_is_no_command },
	{ "an unknown attribute", EINVAL, unknown_attr },
	{ "new with a cookie", EINVAL, new_with_cookie },
	{ "get with force", EINVAL, get_with_force },
	{ "offer with a cookie", EINVAL, offer_with_cookie },
	{ "evict with force", EINVAL, evict_with_force },
	{ "a flag with a value", ERANGE, flag_with_value },
	{ "an ifindex of 2 bytes", EINVAL, short_ifindex },
	{ "a uid of 8 bytes", EINVAL, long_uid },
	{ "an id of 4 bytes", EINVAL, short_id },
	{ "a lease fd of 1 byte", EINVAL, short_lease },
	{ "a name without its NUL", EINVAL, name_without_nul },
	{ "a name and an id", EINVAL, name_and_id },
	{ "neither name nor id", EINVAL, neither_name_nor_id },
	{ "an id that is not there", ENOENT, no_such_id },
	{ "all namespaces of one pin", EINVAL, get_all_netns },
	{ "a dump of one pin", EINVAL, dump_with_name },
	{ "new without a name", EINVAL, new_without_name },
	{ "new without fds", EINVAL, new_without_fds },
	{ "no such device", ENODEV, no_device },
	{ "a device that is no TAP", EBADFD, not_a_tap_device },
	{ "another TAP's fds", EBADFD, another_device },
	{ "no queues", EINVAL, no_queues },
	{ "7 bytes of fds", EINVAL, odd_fds },
	{ "257 queues", EINVAL, too_many_queues },
	{ "a queue twice", EINVAL, same_queue_twice },
	{ "a queue twice, by dup", EINVAL, same_queue_duped },
	{ "one queue of two", EBUSY, queue_missing },
	{ "an fd that is closed", EBADF, fd_closed },
	{ "the fd -1", EBADF, fd_negative },
	{ "/dev/null as a TAP", EINVAL, fd_no_tap },
	{ "a tun fd without a device", EBADFD, fd_tun_without_device },
	{ "a vhost fd as a TAP", EINVAL, fd_vhost_for_tap },
	{ "a lease as a TAP", EINVAL, fd_lease_for_tap },
	{ "a queue of a pinned device", EBADFD, fd_of_pinned_device },
	{ "a queue of a macvtap that is gone", EBADFD, fd_of_gone_macvtap },
	{ "a queue from another namespace", EINVAL, fd_from_elsewhere },
	{ "that alone", EINVAL, alone_from_elsewhere },
	{ "/dev/null as vhost", EINVAL, vhost_is_null },
	{ "a TAP as vhost", EINVAL, vhost_is_tap },
	{ "a vhost fd that is closed", EBADF, vhost_is_closed },
	{ "a vhost fd for reading", EINVAL, vhost_is_read_only },
	{ "a note of 4097 bytes", EMSGSIZE, long_note },
	{ "a device that is pinned", EEXIST, pinned_already },
	{ "a multi-queue TAP without an owner", EINVAL, device_without_owner },
	{ "a tun device", EINVAL, device_is_tun },
	{ "an empty name", EINVAL, name_empty },
	{ "a name of 64 bytes", ENAMETOOLONG, name_64 },
	{ "a name of 4000 bytes", ENAMETOOLONG, name_4000 },
	{ "a name with '/'", EINVAL, name_slash },
	{ "a name with a blank", EINVAL, name_blank },
	{ "a name with a newline", EINVAL, name_newline },
	{ "a name with DEL", EINVAL, name_delete },
	{ "a name in Latin 1", EINVAL, name_latin1 },
	{ "a name in overlong UTF-8", EINVAL, name_overlong },
	{ "a name with a surrogate", EINVAL, name_surrogate },
	{ "a name with a C1 control", EINVAL, name_c1 },
	{ "a name with a leading '.'", EINVAL, name_dot },
	{ "a name with a leading '-'", EINVAL, name_dash },
	{ "a name that is taken", EEXIST, name_taken },
	{ "get of no pin", ENOENT, get_nothing },
	{ "get of a bad name", EINVAL, get_bad_name },
	{ "standby for no pin", ENOENT, standby_nothing },
	{ "del of an owned pin", EBUSY, del_owned },
	{ "set of no pin", ENOENT, set_nothing },
	{ "claim of an offered pin without cookie", EBUSY, cookie_none },
	{ "an empty cookie", EINVAL, cookie_empty },
	{ "a cookie of 15 bytes", EINVAL, cookie_short },
	{ "a cookie of 17 bytes", EINVAL, cookie_long },
	{ "a cookie with one wrong bit", EKEYREJECTED, cookie_wrong },
	{ "a cookie of zeroes", EKEYREJECTED, cookie_zero },
	{ "a cookie that was withdrawn", EKEYREJECTED, cookie_withdrawn },
	{ "another pin's cookie", EKEYREJECTED, cookie_of_another },
	{ "zeroes where there is no offer", EKEYREJECTED, cookie_zero_unoffered },
	{ "claim of an owned pin", EBUSY, claim_owned },
	{ "that by force", EBUSY, claim_owned_by_force },
	{ "a lease with another pin's name", EINVAL, lease_of_another_name },
	{ "a lease with another pin's id", EINVAL, lease_of_another_id },
	{ "a lease that is closed", EBADF, lease_closed },
	{ "a lease fd of -1", EBADF, lease_negative },
	{ "a TAP as a lease", EINVAL, lease_is_tap },
	{ "claim without a lease", EINVAL, lease_is_missing },
	{ "offer by one standing by", EPERM, offer_standing_by },
	{ "withdraw by one standing by", EPERM, withdraw_standing_by },
	{ "confirm by one standing by", EPERM, confirm_standing_by },
	{ "a note by one standing by", EPERM, note_standing_by },
	{ "an owner's note of 4097 bytes", EMSGSIZE, note_too_long },
	{ "an owner that sets the uid", EPERM, uid_by_owner },
	{ "confirm of an offered pin", EBADFD, confirm_offered },
	{ "new by nobody on root's socket", EPERM, new_by_nobody },
	{ "new by nobody", EPERM, new_by_nobody_anew },
	{ "new in a user namespace", EPERM, new_in_userns },
	{ "standby by nobody on root's socket", EPERM, standby_by_nobody },
	{ "standby by nobody", EPERM, standby_by_nobody_anew },
	{ "evict by nobody", EPERM, evict_by_nobody },
	{ "del by nobody", EPERM, del_by_nobody },
	{ "set by nobody", EPERM, set_by_nobody },
	{ "all namespaces by nobody", EPERM, dump_all_by_nobody },
	{ "all namespaces from another one", EPERM, dump_all_elsewhere },
	{ "get from another namespace", ENOENT, get_elsewhere },
	{ "new in a namespace without the device", ENODEV, new_elsewhere },
	{ "standby with a full fd table", EMFILE, standby_full_table },
	{ "claim with a full fd table", EMFILE, claim_full_table },
};

/* Generic netlink itself has no words for a command it doesn't know. */
static bool has_sentence(int err)
{
	return raw.why[0] || err == -EOPNOTSUPP;
}

struct change {
	const struct snapshot *before;
	struct snapshot *after;
};

static bool is_unchanged(void *arg)
{
	const struct change *c = arg;

	look(c->after);
	return c->after->len == c->before->len &&
	       !memcmp(c->after->dump, c->before->dump, c->before->len) &&
	       c->after->fds == c->before->fds &&
	       c->after->references == c->before->references;
}

static void try(unsigned int i)
{
	static struct snapshot before, after;
	struct change change = { &before, &after };
	bool right, same;
	char why[sizeof(raw.why)];
	int err;

	look(&before);
	err = cases[i].ask();
	memcpy(why, raw.why, sizeof(why));
	right = err == -cases[i].err && has_sentence(err);
	/* What a child held goes a moment after it. */
	same = eventually(is_unchanged, &change, 1000);
	ok(right && same, "%s: %s: %s", cases[i].what, error_name(err), why);
	if (!right)
		say("  expected %s and a sentence", error_name(cases[i].err));
	if (!same)
		say("  something changed: dump %zu -> %zu bytes, fds %d -> %d, references %d -> %d",
		    before.len, after.len, before.fds, after.fds,
		    before.references, after.references);
}

static int open_or_bail(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		bail("%s", path);
	return fd;
}

/* A queue made in a namespace of its own, by way of a child and a socket. */
static int queue_elsewhere(void)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int fd;

	if (unshare(CLONE_NEWNET))
		bail("unshare");
	fd = tap_queue(TAP, IFF_MULTI_QUEUE);
	if (fd < 0 || ioctl(fd, TUNSETOWNER, 0))
		bail("a TAP elsewhere");
	if (setns(home, CLONE_NEWNET))
		bail("setns");
	close(home);
	return fd;
}

static void set_scene(void)
{
	foreign_fd = queue_elsewhere();
	raw_open(&raw);
	handle = pin_connect();
	null_fd = open_or_bail("/dev/null");
	vhost_fd = open_or_bail("/dev/vhost-net");
	bare_tun_fd = open_or_bail("/dev/net/tun");
	tap_make(&tap, TAP, 2);
	pin_make(handle, OWNED, 2, true);
	pin_make(handle, OFFERED, 1, false);
	owner = pin_own(handle, OWNED);
	offerer = pin_own(handle, OFFERED);
	third = pin_standby(handle, OWNED);
	third1 = pin_standby(handle, OFFERED);
	if (tappin_offer(handle, offerer, old_cookie) ||
	    tappin_withdraw(handle, offerer) ||
	    tappin_offer(handle, offerer, cookie))
		bail("offer: %s", tappin_errmsg(handle));
}

/* The cookie that went unused is good all the same; once used, it is not. */
static void end_scene(void)
{
	ok(!claim_with(cookie, sizeof(cookie)), "the right cookie after all that");
	ok(!on_lease(TAPPIN_CMD_CONFIRM, third1), "confirm");
	tappin_lease_close(offerer);
	offerer = pin_standby(handle, OFFERED);
	ok(on_lease_with(TAPPIN_CMD_CLAIM, offerer, TAPPIN_A_COOKIE, cookie,
			 sizeof(cookie)) == -EKEYREJECTED,
	   "the same cookie once more: %s", raw.why);
	tappin_lease_close(offerer);
	tappin_lease_close(owner);
	tappin_lease_close(third);
	tappin_lease_close(third1);
	pin_drop(handle, OWNED);
	pin_drop(handle, OFFERED);
}

int main(void)
{
	unsigned int i;

	set_scene();
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		try(i);
	end_scene();
	return done();
}
