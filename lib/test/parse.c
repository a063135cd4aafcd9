// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the parser makes of messages that are not as they should be. To be run
 * under ASan: each message is parsed in memory of just its size.
 */
#include "tap.h"

static struct tpn_reply reply;

/* Parse what is in the first @len bytes of the message. */
static int parse_cut(const struct msg *msg, size_t len)
{
	struct nlmsghdr *nlh = calloc(1, MNL_ALIGN(len));
	int ret;

	memcpy(nlh, msg, len);
	nlh->nlmsg_len = len;
	tpn_reply_init(&reply);
	ret = tpn_reply_parse(&reply, nlh);
	free(nlh);
	return ret;
}

static int parse(const struct msg *msg)
{
	return parse_cut(msg, msg->nlh.nlmsg_len);
}

/* A good description and one more attribute. */
static int parse_with(uint16_t attr, const void *data, size_t len)
{
	struct msg msg;

	msg_pin(&msg, TAPPIN_STATE_OWNED, 2);
	mnl_attr_put(&msg.nlh, attr, len, data);
	return parse(&msg);
}

static void test_whole(void)
{
	static const char note[] = "hdr=12";
	struct msg msg;

	msg_pin(&msg, TAPPIN_STATE_TAKEN, 2);
	mnl_attr_put_u32(&msg.nlh, TAPPIN_A_PID, 42);
	mnl_attr_put_strz(&msg.nlh, TAPPIN_A_COMM, "qemu");
	mnl_attr_put(&msg.nlh, TAPPIN_A_VHOST, 0, NULL);
	mnl_attr_put(&msg.nlh, TAPPIN_A_NOTE, sizeof(note), note);
	ok(parse(&msg) == 0, "a whole description");
	ok(tappin_pin_id(&reply.pin) == 7 &&
	   tappin_pin_state(&reply.pin) == TAPPIN_STATE_TAKEN &&
	   !strcmp(tappin_pin_name(&reply.pin), "vm1"), "its values");
	ok(tappin_pin_held(&reply.pin) && tappin_pin_pid(&reply.pin) == 42 &&
	   !strcmp(tappin_pin_comm(&reply.pin), "qemu"), "its holder");
	ok(tappin_pin_vhost(&reply.pin), "its flag");
	ok(!tappin_pin_has_uid(&reply.pin) &&
	   tappin_pin_uid(&reply.pin) == (uid_t)-1 &&
	   !tappin_pin_ifname(&reply.pin) &&
	   !tappin_pin_has_offerer(&reply.pin) &&
	   !tappin_pin_offerer_comm(&reply.pin), "what it leaves out");
	ok(reply.pin.note_len == sizeof(note) &&
	   !memcmp(reply.pin.note, note, sizeof(note)), "its note");
}

static void test_missing(void)
{
	struct msg msg;

	msg_init(&msg);
	ok(parse(&msg) == -EBADMSG, "nothing in it");
	mnl_attr_put_u64(&msg.nlh, TAPPIN_A_ID, 7);
	mnl_attr_put_u32(&msg.nlh, TAPPIN_A_STATE, 0);
	mnl_attr_put_u32(&msg.nlh, TAPPIN_A_QUEUES, 1);
	ok(parse(&msg) == -EBADMSG, "no name");
	mnl_attr_put_strz(&msg.nlh, TAPPIN_A_NAME, "vm1");
	ok(parse(&msg) == 0, "and then a name");
}

static void test_sizes(void)
{
	static const char zeros[TAPPIN_NOTE_MAX + 1];
	char name[TAPPIN_NAME_MAX + 2];

	ok(parse_with(TAPPIN_A_ID, zeros, 4) == -EBADMSG, "a u64 of 4 bytes");
	ok(parse_with(TAPPIN_A_STATE, zeros, 8) == -EBADMSG, "a u32 of 8");
	ok(parse_with(TAPPIN_A_PID, zeros, 0) == -EBADMSG, "a u32 of none");
	ok(parse_with(TAPPIN_A_VHOST, zeros, 1) == -EBADMSG, "a flag of 1");
	ok(parse_with(TAPPIN_A_COOKIE, zeros, TAPPIN_COOKIE_LEN - 1) ==
	   -EBADMSG, "a short cookie");
	ok(parse_with(TAPPIN_A_NOTE, zeros, TAPPIN_NOTE_MAX) == 0,
	   "the longest note");
	ok(parse_with(TAPPIN_A_NOTE, zeros, TAPPIN_NOTE_MAX + 1) == -EBADMSG,
	   "a longer note");
	memset(name, 'x', sizeof(name));
	ok(parse_with(TAPPIN_A_NAME, name, 5) == -EBADMSG, "no NUL");
	ok(parse_with(TAPPIN_A_NAME, name, 0) == -EBADMSG, "an empty string");
	name[TAPPIN_NAME_MAX + 1] = '\0';
	ok(parse_with(TAPPIN_A_NAME, name, sizeof(name)) == -EBADMSG,
	   "a long name");
	ok(parse_with(TAPPIN_A_NAME, name + 1, sizeof(name) - 1) == 0,
	   "the longest name");
	ok(parse_with(TAPPIN_A_MAX + 1, name, 9) == 0,
	   "an attribute of a later module");
	ok(parse_with(TAPPIN_A_UNSPEC, name, 3) == 0, "and of none");
}

static void test_fds(void)
{
	int fds[2] = { new_fd(), new_fd() };
	int hole[2] = { -1, new_fd() };

	ok(parse_with(TAPPIN_A_TAP_FDS, fds, sizeof(fds)) == 0 &&
	   reply.tap.count == 2 && reply.tap.fd[1] == fds[1], "fds");
	ok(parse_with(TAPPIN_A_TAP_FDS, fds, sizeof(fds) - 1) == -EBADMSG &&
	   reply.tap.count == 1, "fds and a fraction: the whole ones are kept");
	ok(parse_with(TAPPIN_A_VHOST_FDS, fds, sizeof(int)) == -EBADMSG &&
	   reply.vhost.count == 1, "not an fd for each queue");
	ok(parse_with(TAPPIN_A_VHOST_FDS, hole, sizeof(hole)) == -EBADMSG &&
	   reply.vhost.count == 1, "an fd that is none");
	tpn_reply_close(&reply);
	ok(!is_open(hole[1]), "and the other one is closed");
	ok(parse_with(TAPPIN_A_LEASE_FD, fds, sizeof(int)) == 0, "a lease");
	tpn_reply_close(&reply);
	ok(!is_open(fds[0]) && is_open(fds[1]), "is closed if nobody takes it");
	close(fds[1]);
}

static void test_lease_fds(void)
{
	int fds[2] = { new_fd(), new_fd() };
	static const int none = -5;
	struct msg msg;

	ok(parse_with(TAPPIN_A_LEASE_FD, &none, sizeof(none)) == -EBADMSG &&
	   reply.lease_fd == -1, "a lease that is no fd");
	msg_pin(&msg, TAPPIN_STATE_FREE, 1);
	mnl_attr_put_u32(&msg.nlh, TAPPIN_A_LEASE_FD, fds[0]);
	mnl_attr_put_u32(&msg.nlh, TAPPIN_A_LEASE_FD, fds[1]);
	ok(parse(&msg) == -EBADMSG, "two leases");
	tpn_reply_close(&reply);
	ok(!is_open(fds[0]) && !is_open(fds[1]), "both are closed");
}

static void test_many_fds(void)
{
	int fds[TAPPIN_QUEUES_MAX + 3];
	int before = count_fds();
	struct msg msg;
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(fds); i++)
		fds[i] = new_fd();
	msg_pin(&msg, TAPPIN_STATE_OWNED, TAPPIN_QUEUES_MAX);
	msg_fds(&msg, TAPPIN_A_TAP_FDS, fds, MNL_ARRAY_SIZE(fds));
	ok(parse(&msg) == -EBADMSG, "too many fds");
	ok(is_open(fds[0]) && !is_open(fds[TAPPIN_QUEUES_MAX]),
	   "those without a place are closed");
	tpn_reply_close(&reply);
	ok(count_fds() == before, "the others too in the end");
}

static void test_queues(void)
{
	struct msg msg;

	msg_pin(&msg, TAPPIN_STATE_OWNED, 0);
	ok(parse(&msg) == -EBADMSG, "a pin without queues");
	msg_pin(&msg, TAPPIN_STATE_OWNED, TAPPIN_QUEUES_MAX + 1);
	ok(parse(&msg) == -EBADMSG, "one with too many");
	msg_pin(&msg, TAPPIN_STATE_OWNED, TAPPIN_QUEUES_MAX);
	ok(parse(&msg) == 0, "one with all it can have");
}

static void test_cut(void)
{
	static const int fds[2] = { 1000, 1001 };
	struct msg msg;
	size_t len, whole;
	int bad = 0;

	msg_pin(&msg, TAPPIN_STATE_OWNED, 2);
	whole = msg.nlh.nlmsg_len;
	msg_fds(&msg, TAPPIN_A_TAP_FDS, fds, 2);
	for (len = sizeof(msg.nlh); len < msg.nlh.nlmsg_len; len++)
		bad += (parse_cut(&msg, len) == 0) != (len == whole);
	ok(bad == 0, "cut off at every byte");
}

static void test_names(void)
{
	int state, event, good = 0;

	for (state = 0; state <= TAPPIN_STATE_MAX; state++)
		good += tappin_state_by_name(tappin_state_name(state)) == state;
	ok(good == TAPPIN_STATE_MAX + 1, "names of states, there and back");
	good = 0;
	for (event = 0; event <= TAPPIN_EVENT_MAX; event++)
		good += tappin_event_name(event) &&
			strcmp(tappin_event_name(event), "unknown") != 0;
	ok(good == TAPPIN_EVENT_MAX + 1, "names of events");
	ok(tappin_state_by_name("unknown") == -EINVAL &&
	   !strcmp(tappin_state_name(TAPPIN_STATE_MAX + 1), "unknown") &&
	   !strcmp(tappin_event_name(-1), "unknown"), "no such name or number");
}

int main(void)
{
	test_whole();
	test_missing();
	test_sizes();
	test_fds();
	test_lease_fds();
	test_many_fds();
	test_queues();
	test_cut();
	test_names();
	return done();
}
