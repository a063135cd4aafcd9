// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Commands against a kernel of cardboard: a socket pair with the answers put
 * into it beforehand, as the true one has answered when sending returns.
 */
#include <sys/socket.h>

#include "tap.h"

static struct tappin handle;
static int kernel;		/* its end */

static void connect_handle(void)
{
	int sv[2];

	socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv);
	tpn_reply_init(&handle.reply);
	handle.family = GENL_MIN_ID + 10;
	handle.nl = mnl_socket_fdopen(sv[0]);
	kernel = sv[1];
}

static void disconnect_handle(void)
{
	tpn_reply_close(&handle.reply);
	mnl_socket_close(handle.nl);
	close(kernel);
}

/* Answer the @nth request from now. */
static void answer(struct msg *msg, unsigned int nth)
{
	msg->nlh.nlmsg_seq = handle.seq + nth;
	(void)!write(kernel, msg, msg->nlh.nlmsg_len);
}

/* The same, with a length that it hasn't. */
static void answer_as(struct msg *msg, uint32_t said, unsigned int nth)
{
	uint32_t len = msg->nlh.nlmsg_len;

	msg->nlh.nlmsg_seq = handle.seq + nth;
	msg->nlh.nlmsg_len = said;
	(void)!write(kernel, msg, len);
	msg->nlh.nlmsg_len = len;
}

static void ack(int error, const char *sentence, unsigned int nth)
{
	struct nlmsgerr *err;
	struct msg msg = {};

	mnl_nlmsg_put_header(&msg);
	msg.nlh.nlmsg_type = NLMSG_ERROR;
	msg.nlh.nlmsg_flags = sentence ? NLM_F_ACK_TLVS : 0;
	err = mnl_nlmsg_put_extra_header(&msg.nlh, sizeof(*err));
	err->error = error;
	err->msg.nlmsg_len = sizeof(err->msg) + 8;
	mnl_nlmsg_put_extra_header(&msg.nlh, 8);
	if (sentence)
		mnl_attr_put_strz(&msg.nlh, NLMSGERR_ATTR_MSG, sentence);
	answer(&msg, nth);
}

static void end_dump_with(int error, unsigned int nth)
{
	struct msg msg = {};

	mnl_nlmsg_put_header(&msg);
	msg.nlh.nlmsg_type = NLMSG_DONE;
	memcpy(mnl_nlmsg_put_extra_header(&msg.nlh, sizeof(error)), &error,
	       sizeof(error));
	answer(&msg, nth);
}

static void end_dump(unsigned int nth)
{
	end_dump_with(0, nth);
}

/* The next request that was sent; false if there is none. */
static bool requested(struct msg *msg)
{
	return read(kernel, msg, sizeof(*msg)) > 0;
}

/* All that were sent; returns how many. */
static int take_requests(void)
{
	struct msg msg;
	int n = 0;

	while (requested(&msg))
		n++;
	return n;
}

static bool has_attr(const struct msg *msg, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, &msg->nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == type)
			return true;
	return false;
}

static void answer_standby(int *lease_fd, int *vhost, unsigned int queues)
{
	struct msg msg;
	unsigned int i;

	*lease_fd = new_fd();
	for (i = 0; i < queues; i++)
		vhost[i] = new_fd();
	msg_pin(&msg, TAPPIN_STATE_FREE, queues);
	mnl_attr_put_u32(&msg.nlh, TAPPIN_A_LEASE_FD, *lease_fd);
	msg_fds(&msg, TAPPIN_A_VHOST_FDS, vhost, queues);
	answer(&msg, 1);
	ack(0, NULL, 1);
}

static void answer_fds(uint16_t attr, enum tappin_state state, int fds[2],
		       unsigned int nth)
{
	struct msg msg;

	fds[0] = new_fd();
	fds[1] = new_fd();
	msg_pin(&msg, state, 2);
	msg_fds(&msg, attr, fds, 2);
	answer(&msg, nth);
}

static struct tappin_lease *stand_by(int vhost[2])
{
	struct tappin_lease *lease = NULL;
	int fd;

	answer_standby(&fd, vhost, 2);
	if (tappin_standby(&handle, "vm1", 0, &lease, NULL))
		exit(99);
	take_requests();
	return lease;
}

static void test_standby(void)
{
	struct tappin_lease *lease;
	struct tappin_pin *pin;
	struct msg msg;
	int fd, vhost[2];

	answer_standby(&fd, vhost, 2);
	ok(tappin_standby(&handle, "vm1", 0, &lease, &pin) == 0, "standby");
	ok(tappin_pin_id(pin) == 7 && tappin_lease_queues(lease) == 2 &&
	   tappin_lease_fd(lease) == fd &&
	   tappin_lease_vhost_fd(lease, 1) == vhost[1], "has its fds");
	ok(tappin_lease_tap_fd(lease, 0) == -EBADF &&
	   tappin_lease_vhost_fd(lease, 2) == -EBADF, "and no others");
	ok(requested(&msg) && has_attr(&msg, TAPPIN_A_NAME) &&
	   !has_attr(&msg, TAPPIN_A_ID), "a name goes without id");
	ok(tappin_lease_take_vhost_fd(lease, 0) == vhost[0] &&
	   tappin_lease_take_vhost_fd(lease, 0) == -EBADF, "one taken out");
	tappin_lease_close(lease);
	tappin_pin_free(pin);
	ok(is_open(vhost[0]) && !is_open(vhost[1]) && !is_open(fd),
	   "is not closed with the lease");
	close(vhost[0]);
}

static void test_claim(void)
{
	struct tappin_lease *lease;
	int vhost[2], tap[2], again[2];
	struct msg msg;

	lease = stand_by(vhost);
	answer_fds(TAPPIN_A_TAP_FDS, TAPPIN_STATE_OWNED, tap, 1);
	ack(0, NULL, 1);
	ok(tappin_claim(&handle, lease, NULL, 0) == 0 &&
	   tappin_lease_tap_fd(lease, 1) == tap[1], "claim");
	ok(requested(&msg) && !has_attr(&msg, TAPPIN_A_VHOST),
	   "with vhost fds it asks for none");
	answer_fds(TAPPIN_A_TAP_FDS, TAPPIN_STATE_OWNED, again, 1);
	ack(0, NULL, 1);
	tap[0] = tappin_lease_take_tap_fd(lease, 0);
	ok(tappin_claim(&handle, lease, NULL, 0) == 0 &&
	   tappin_lease_tap_fd(lease, 0) == again[0] &&
	   tappin_lease_tap_fd(lease, 1) == tap[1] && !is_open(again[1]),
	   "claim again: fills the empty place, closes the duplicate");
	close(tap[0]);
	tappin_lease_close(lease);
}

static void test_in_progress(void)
{
	static const uint8_t cookie[TAPPIN_COOKIE_LEN];
	struct tappin_lease *lease;
	int vhost[2], tap[2];
	struct msg msg;

	lease = stand_by(vhost);
	msg_pin(&msg, TAPPIN_STATE_FENCING, 2);
	answer(&msg, 1);
	ack(-EINPROGRESS, "the last owner is being fenced", 1);
	ok(tappin_claim(&handle, lease, cookie, 0) == -EINPROGRESS &&
	   tappin_lease_tap_fd(lease, 0) == -EBADF, "claim in progress");
	answer_fds(TAPPIN_A_TAP_FDS, TAPPIN_STATE_TAKEN, tap, 1);
	ack(0, NULL, 1);
	ok(tappin_claim(&handle, lease, cookie, 0) == 0 &&
	   tappin_lease_tap_fd(lease, 0) == tap[0], "and then done");
	tappin_lease_close(lease);
}

static void test_busy(void)
{
	struct tappin_lease *lease;
	struct msg msg;
	int vhost[2];

	lease = stand_by(vhost);
	msg_pin(&msg, TAPPIN_STATE_OWNED, 2);
	mnl_attr_put_u32(&msg.nlh, TAPPIN_A_PID, 42);
	mnl_attr_put_strz(&msg.nlh, TAPPIN_A_COMM, "qe\033mu");
	answer(&msg, 1);
	ack(-EBUSY, "pin has an owner", 1);
	ok(tappin_claim(&handle, lease, NULL, 0) == -EBUSY, "busy");
	ok(!strcmp(tappin_errmsg(&handle),
		   "pin has an owner: held by pid 42 (qe?mu)"), "says who: %s",
	   tappin_errmsg(&handle));
	ok(tappin_holder(&handle) &&
	   tappin_pin_pid(tappin_holder(&handle)) == 42, "holder");
	ack(0, NULL, 1);
	ok(tappin_confirm(&handle, lease) == 0 && !tappin_holder(&handle) &&
	   !*tappin_errmsg(&handle), "gone with the next command");
	ok(!tappin_soon_free(&handle), "nobody is on his way out");
	ack(-EPERM, NULL, 1);
	ok(tappin_confirm(&handle, lease) == -EPERM &&
	   !strcmp(tappin_errmsg(&handle), strerror(EPERM)), "no sentence: %s",
	   tappin_errmsg(&handle));
	tappin_lease_close(lease);
}

static void test_soon_free(void)
{
	static const struct {
		enum tappin_state state;
		bool soon;
	} cases[] = {
		{ TAPPIN_STATE_FREE, true },
		{ TAPPIN_STATE_FENCING, true },
		{ TAPPIN_STATE_OFFERED, false },
		{ TAPPIN_STATE_TAKEN, false },
		{ TAPPIN_STATE_RETURNED, false },
	};
	struct tappin_lease *lease;
	struct msg msg;
	int vhost[2];
	size_t i;

	lease = stand_by(vhost);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		msg_pin(&msg, cases[i].state, 2);
		answer(&msg, 1);
		ack(-EBUSY, "pin is busy", 1);
		ok(tappin_claim(&handle, lease, NULL, 0) == -EBUSY &&
		   tappin_soon_free(&handle) == cases[i].soon, "%s: soon free or not",
		   tappin_state_name(cases[i].state));
	}
	tappin_lease_close(lease);
}

static void test_adopted(void)
{
	int vhost[2], tap[2], fd = new_fd();
	struct tappin_lease *lease;
	struct msg msg;

	ok(tappin_lease_adopt(-1, &lease) == -EBADF, "adopt no fd");
	ok(tappin_lease_adopt(fd, &lease) == 0, "adopt");
	take_requests();
	vhost[0] = new_fd();
	vhost[1] = new_fd();
	tap[0] = new_fd();
	tap[1] = new_fd();
	msg_pin(&msg, TAPPIN_STATE_OWNED, 2);
	msg_fds(&msg, TAPPIN_A_TAP_FDS, tap, 2);
	msg_fds(&msg, TAPPIN_A_VHOST_FDS, vhost, 2);
	answer(&msg, 1);
	ack(0, NULL, 1);
	ok(tappin_claim(&handle, lease, NULL, 0) == 0 && requested(&msg) &&
	   has_attr(&msg, TAPPIN_A_VHOST) &&
	   tappin_lease_vhost_fd(lease, 1) == vhost[1], "asks for vhost fds");
	answer_fds(TAPPIN_A_TAP_FDS, TAPPIN_STATE_OWNED, tap, 1);
	ack(0, NULL, 1);
	ok(tappin_claim(&handle, lease, NULL, 0) == 0 && requested(&msg) &&
	   !has_attr(&msg, TAPPIN_A_VHOST), "once");
	tappin_lease_close(lease);
}

static void test_withdraw(void)
{
	struct tappin_lease *lease;
	int vhost[2], fresh[2];
	struct msg msg;

	lease = stand_by(vhost);
	msg_pin(&msg, TAPPIN_STATE_OWNED, 2);
	answer(&msg, 1);
	ack(0, NULL, 1);
	ok(tappin_withdraw(&handle, lease) == 0 &&
	   tappin_lease_vhost_fd(lease, 0) == vhost[0], "withdraw an offer");
	answer_fds(TAPPIN_A_VHOST_FDS, TAPPIN_STATE_OWNED, fresh, 1);
	ack(0, NULL, 1);
	ok(tappin_withdraw(&handle, lease) == 1 &&
	   tappin_lease_vhost_fd(lease, 0) == fresh[0] && !is_open(vhost[0]),
	   "take the pin back: fresh vhost fds");
	tappin_lease_close(lease);
}

static void test_offer(void)
{
	uint8_t want[TAPPIN_COOKIE_LEN] = "0123456789abcde";
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	struct tappin_lease *lease;
	struct msg msg;
	int vhost[2];

	lease = stand_by(vhost);
	msg_pin(&msg, TAPPIN_STATE_OFFERED, 2);
	answer(&msg, 1);
	ack(0, NULL, 1);
	ok(tappin_offer(&handle, lease, cookie) == -EBADMSG, "no cookie");
	mnl_attr_put(&msg.nlh, TAPPIN_A_COOKIE, sizeof(want), want);
	answer(&msg, 1);
	ack(0, NULL, 1);
	ok(tappin_offer(&handle, lease, cookie) == 0 &&
	   !memcmp(cookie, want, sizeof(want)), "offer");
	tappin_lease_close(lease);
}

static void test_lost(void)
{
	struct tappin_lease *lease;
	int vhost[2], tap[2], later[2];

	lease = stand_by(vhost);
	ok(tappin_claim(&handle, lease, NULL, 0) == -ENOBUFS, "no answer: %s",
	   tappin_errmsg(&handle));
	ok(take_requests() == 3, "claim is asked again");
	ok(tappin_withdraw(&handle, lease) == -ENOBUFS &&
	   take_requests() == 3, "withdraw, too");
	ok(tappin_del(&handle, "vm1", 0, 0) == -ENOBUFS &&
	   take_requests() == 1, "what must not be done twice is asked once");
	answer_fds(TAPPIN_A_TAP_FDS, TAPPIN_STATE_OWNED, tap, 1);
	/* One try ends where the queue is empty, so this comes to the first. */
	ack(0, NULL, 7);
	ok(tappin_claim(&handle, lease, NULL, 0) == -ENOBUFS &&
	   !is_open(tap[0]), "an answer without its end: its fds are closed");
	answer_fds(TAPPIN_A_TAP_FDS, TAPPIN_STATE_OWNED, later, 1);
	ack(-EIO, "no", 1);
	ok(tappin_claim(&handle, lease, NULL, 0) == -EIO && !is_open(later[0]),
	   "fds of a command that failed are closed");
	tappin_lease_close(lease);
}

static void test_broken(void)
{
	struct tappin_pin *pin = NULL;
	int fd = new_fd();
	struct msg msg;

	msg_init(&msg);
	mnl_attr_put_u32(&msg.nlh, TAPPIN_A_LEASE_FD, fd);
	answer(&msg, 1);
	ack(0, NULL, 1);
	ok(tappin_get(&handle, NULL, 7, &pin) == -EBADMSG && !pin &&
	   !is_open(fd), "not a description: %s", tappin_errmsg(&handle));
	ack(-ENOENT, NULL, 1);
	ok(tappin_get(&handle, "vm1", 0, &pin) == -EOPNOTSUPP,
	   "no family: %s", tappin_errmsg(&handle));
	ack(-ENOENT, "no such pin", 1);
	ok(tappin_get(&handle, "vm1", 0, &pin) == -ENOENT &&
	   !strcmp(tappin_errmsg(&handle), "no such pin"), "no pin");
}

/* nlctrl's answer, with attributes of these lengths. */
static int resolve(uint16_t id_len, uint16_t version_len, uint16_t name_len)
{
	static const uint32_t id = GENL_MIN_ID + 11;
	static const uint32_t version = TAPPIN_GENL_VERSION;
	struct nlattr *groups, *group;
	struct msg msg;

	msg_init(&msg);
	mnl_attr_put(&msg.nlh, CTRL_ATTR_FAMILY_ID, id_len, &id);
	mnl_attr_put(&msg.nlh, CTRL_ATTR_VERSION, version_len, &version);
	groups = mnl_attr_nest_start(&msg.nlh, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(&msg.nlh, 1);
	mnl_attr_put_u32(&msg.nlh, CTRL_ATTR_MCAST_GRP_ID, 5);
	mnl_attr_put(&msg.nlh, CTRL_ATTR_MCAST_GRP_NAME, name_len,
		     TAPPIN_GENL_MCGRP_EVENTS);
	mnl_attr_nest_end(&msg.nlh, group);
	mnl_attr_nest_end(&msg.nlh, groups);
	answer(&msg, 1);
	ack(0, NULL, 1);
	return tpn_family_resolve(&handle);
}

static void test_family(void)
{
	uint16_t before = handle.family;
	size_t name_len = sizeof(TAPPIN_GENL_MCGRP_EVENTS);

	ok(resolve(0, 4, name_len) == -EBADMSG, "a family's id of 0 bytes: %s",
	   tappin_errmsg(&handle));
	ok(resolve(2, 2, name_len) == -EBADMSG, "a version of 2 bytes");
	ok(resolve(2, 4, name_len - 1) == -EBADMSG, "a group without a NUL");
	ok(resolve(2, 4, 0) == -EBADMSG, "a group without a name");
	ok(handle.family == before, "nothing came of it");
	ok(resolve(2, 4, name_len) == 0 && handle.family == GENL_MIN_ID + 11 &&
	   handle.events == 5, "a family");
	handle.family = before;
	take_requests();
}

static int count_pin(const struct tappin_pin *pin, void *arg)
{
	*(int *)arg += tappin_pin_id(pin) == 7;
	return 0;
}

static int stop_at_pin(const struct tappin_pin *pin, void *arg)
{
	(void)pin;
	(void)arg;
	return 5;
}

static void answer_dump(unsigned int pins, uint16_t flags, unsigned int nth)
{
	struct msg msg;

	while (pins--) {
		msg_pin(&msg, TAPPIN_STATE_FREE, 1);
		msg.nlh.nlmsg_flags = NLM_F_MULTI | flags;
		answer(&msg, nth);
	}
	end_dump(nth);
}

static void test_dump(void)
{
	int n = 0;

	answer_dump(3, NLM_F_DUMP_INTR, 1);
	answer_dump(2, 0, 2);
	ok(tappin_dump(&handle, 0, count_pin, &n) == 0 && n == 2,
	   "a dump that was interrupted is had again");
	n = 0;
	answer_dump(0, 0, 1);
	ok(tappin_dump(&handle, 0, count_pin, &n) == 0 && n == 0, "no pins");
	answer_dump(2, 0, 1);
	ok(tappin_dump(&handle, 0, stop_at_pin, NULL) == 5, "stopped by cb");
	take_requests();
}

static void test_dump_never_still(void)
{
	unsigned int i;
	int n = 0;

	for (i = 1; i <= 4; i++)
		answer_dump(1, NLM_F_DUMP_INTR, i);
	ok(tappin_dump(&handle, 0, count_pin, &n) == -ENOBUFS && n == 0,
	   "no pins of a dump that didn't end well");
	take_requests();
}

static void test_verdicts(void)
{
	struct tappin_pin *pin;
	int n = 0;

	ack(5, NULL, 1);
	ok(tappin_get(&handle, "vm1", 0, &pin) == -EBADMSG,
	   "an error that is positive: %s", tappin_errmsg(&handle));
	ack(INT32_MIN, NULL, 1);
	ok(tappin_get(&handle, "vm1", 0, &pin) == -EBADMSG,
	   "one that can't be negated: %s", tappin_errmsg(&handle));
	end_dump_with(5, 1);
	ok(tappin_dump(&handle, 0, count_pin, &n) == -EBADMSG,
	   "the same at the end of a dump");
	take_requests();
}

static int see_event(enum tappin_event event, const struct tappin_pin *pin,
		     void *arg)
{
	*(enum tappin_event *)arg = event;
	return tappin_pin_queues(pin) == 9 ? -EIO : 0;
}

static void send_event(enum tappin_event event, uint32_t queues)
{
	struct genlmsghdr *genl;
	struct msg msg;

	msg_pin(&msg, TAPPIN_STATE_OFFERED, queues);
	genl = mnl_nlmsg_get_payload(&msg.nlh);
	genl->cmd = TAPPIN_CMD_NOTIFY;
	mnl_attr_put_u32(&msg.nlh, TAPPIN_A_EVENT, event);
	answer(&msg, 0);
}

static void test_monitor(void)
{
	/* All there is to a monitor. */
	struct { struct tappin *handle; } fake = { &handle };
	struct tappin_monitor *monitor = (void *)&fake;
	enum tappin_event event = TAPPIN_EVENT_NEW;
	struct msg msg;

	ok(tappin_monitor_read(monitor, see_event, &event) == 0, "no events");
	send_event(TAPPIN_EVENT_CLAIMED, 2);
	send_event(TAPPIN_EVENT_OFFERED, 2);
	ok(tappin_monitor_read(monitor, see_event, &event) == 2 &&
	   event == TAPPIN_EVENT_OFFERED, "two events");
	send_event(TAPPIN_EVENT_LOST, 9);
	send_event(TAPPIN_EVENT_GONE, 2);
	ok(tappin_monitor_read(monitor, see_event, &event) == -EIO &&
	   event == TAPPIN_EVENT_LOST, "stopped by cb");
	ok(tappin_monitor_read(monitor, see_event, &event) == 1 &&
	   event == TAPPIN_EVENT_GONE, "and the rest");
	msg_pin(&msg, TAPPIN_STATE_OWNED, 2);
	((struct genlmsghdr *)mnl_nlmsg_get_payload(&msg.nlh))->cmd =
		TAPPIN_CMD_NOTIFY;
	answer(&msg, 0);
	ok(tappin_monitor_read(monitor, see_event, &event) == -EBADMSG,
	   "no event: %s", tappin_monitor_errmsg(monitor));
}

/* As an int the length is less than anything. */
static void test_huge(void)
{
	struct { struct tappin *handle; } fake = { &handle };
	struct tappin_monitor *monitor = (void *)&fake;
	enum tappin_event event = TAPPIN_EVENT_NEW;
	struct tappin_lease *lease;
	struct msg msg;
	int vhost[2];

	lease = stand_by(vhost);
	msg_pin(&msg, TAPPIN_STATE_OWNED, 2);
	answer_as(&msg, 0x80000000, 1);
	ack(0, NULL, 1);
	ok(tappin_confirm(&handle, lease) == 0,
	   "a message of 2 GiB in an answer is none");
	tappin_lease_close(lease);
	((struct genlmsghdr *)mnl_nlmsg_get_payload(&msg.nlh))->cmd =
		TAPPIN_CMD_NOTIFY;
	answer_as(&msg, 0x80000010, 0);
	ok(tappin_monitor_read(monitor, see_event, &event) == 0,
	   "nor is one among events");
	take_requests();
}

static void test_options(void)
{
	struct {
		struct tappin_set_opts opts;
		long more;
	} big = { .opts = { .size = sizeof(big) } };
	struct tappin_set_opts small = { .size = 8 };
	int none = -1;

	ok(tappin_set(&handle, "vm1", 0, &small) == -EINVAL, "small: %s",
	   tappin_errmsg(&handle));
	ack(0, NULL, 1);
	ok(tappin_set(&handle, "vm1", 0, &big.opts) == 0, "big and zero");
	big.more = 1;
	ok(tappin_set(&handle, "vm1", 0, &big.opts) == -E2BIG, "big: %s",
	   tappin_errmsg(&handle));
	ok(tappin_new(&handle, TAPPIN_OPTS(tappin_new_opts, .name = "a",
					   .tap_fds = &none, .queues = 257),
		      NULL) == -ERANGE, "queues: %s", tappin_errmsg(&handle));
	ok(tappin_set(&handle, "vm1", 0,
		      TAPPIN_OPTS(tappin_set_opts, .note = "",
				  .note_len = (size_t)-1)) == -EMSGSIZE,
	   "note: %s", tappin_errmsg(&handle));
	ok(tappin_del(&handle, "vm1", 0, 1 << 9) == -EINVAL, "flags: %s",
	   tappin_errmsg(&handle));
	take_requests();
}

static void test_no_device(void)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	char want[64];

	if (fd < 0) {
		ok(true, "fd without device # SKIP no /dev/net/tun");
		return;
	}
	snprintf(want, sizeof(want),
		 "fd %d has no device: TUNSETIFF comes first", fd);
	ok(tappin_new(&handle, TAPPIN_OPTS(tappin_new_opts, .name = "a",
					   .tap_fds = &fd, .queues = 1),
		      NULL) == -EBADFD &&
	   !strcmp(tappin_errmsg(&handle), want), "fd without device");
	close(fd);
}

static void test_open(void)
{
	struct tappin *real;
	int ret = tappin_open(&real);

	ok(real, "tappin_open() of the true kernel: %d: %s", ret,
	   tappin_errmsg(real));
	if (ret)
		ok(tappin_get(real, "vm1", 0, NULL) == -ENOTCONN,
		   "and then commands: %s", tappin_errmsg(real));
	tappin_close(real);
}

int main(void)
{
	int before = count_fds();

	connect_handle();
	test_standby();
	test_claim();
	test_in_progress();
	test_busy();
	test_soon_free();
	test_adopted();
	test_withdraw();
	test_offer();
	test_lost();
	test_broken();
	test_dump();
	test_dump_never_still();
	test_monitor();
	test_verdicts();
	test_huge();
	test_family();
	test_options();
	test_no_device();
	disconnect_handle();
	test_open();
	ok(count_fds() == before, "no fd is left");
	return done();
}
