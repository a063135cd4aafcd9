// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the inputs that the fuzz targets begin with, those that made faults
 * known among them, to DIR/TARGET/NAME.
 */
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fuzz.h"
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>

#include "../../lib/test/tap.h"

static const char *dir;

static FILE *begin(const char *target, const char *name)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, target);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%s", dir, target, name);
	out = fopen(path, "we");
	if (out)
		return out;
	perror(path);
	exit(1);
}

static void text(const char *target, const char *name, const char *string)
{
	FILE *out = begin(target, name);

	fputs(string, out);
	fclose(out);
}

/* Words, one a line; what a file has in it; the answers follow. */
static FILE *begin_command(const char *name, const char *words,
			   const char *file)
{
	FILE *out = begin("command", name);

	fprintf(out, "%s%c%s%c", words, 0, file, 0);
	return out;
}

/* A datagram with @n messages, one after the other. */
static void datagram(FILE *out, uint8_t flags, unsigned int n, ...)
{
	struct datagram head = { .flags = flags };
	const struct msg *msg;
	va_list messages;
	unsigned int i;

	va_start(messages, n);
	for (i = 0; i < n; i++) {
		msg = va_arg(messages, const struct msg *);
		head.len += MNL_ALIGN(msg->nlh.nlmsg_len);
	}
	va_end(messages);
	fwrite(&head, sizeof(head), 1, out);
	va_start(messages, n);
	for (i = 0; i < n; i++) {
		msg = va_arg(messages, const struct msg *);
		fwrite(msg, MNL_ALIGN(msg->nlh.nlmsg_len), 1, out);
	}
	va_end(messages);
}

/* A message alone, of which the length is said to be another. */
static void datagram_of(FILE *out, struct msg *msg, uint32_t len)
{
	struct datagram head = { .len = msg->nlh.nlmsg_len };

	msg->nlh.nlmsg_len = len;
	fwrite(&head, sizeof(head), 1, out);
	fwrite(msg, head.len, 1, out);
}

static void ack(struct msg *msg, int error, const char *sentence)
{
	struct nlmsgerr *err;

	memset(msg, 0, sizeof(*msg));
	mnl_nlmsg_put_header(msg);
	msg->nlh.nlmsg_type = NLMSG_ERROR;
	msg->nlh.nlmsg_flags = sentence ? NLM_F_ACK_TLVS : 0;
	err = mnl_nlmsg_put_extra_header(&msg->nlh, sizeof(*err));
	err->error = error;
	err->msg.nlmsg_len = sizeof(err->msg) + 8;
	mnl_nlmsg_put_extra_header(&msg->nlh, 8);
	if (sentence)
		mnl_attr_put_strz(&msg->nlh, NLMSGERR_ATTR_MSG, sentence);
}

static void end(struct msg *msg, int error)
{
	memset(msg, 0, sizeof(*msg));
	mnl_nlmsg_put_header(msg);
	msg->nlh.nlmsg_type = NLMSG_DONE;
	memcpy(mnl_nlmsg_put_extra_header(&msg->nlh, sizeof(error)), &error,
	       sizeof(error));
}

/* A description with all that one can have. */
static void whole_pin(struct msg *msg, enum tappin_state state, uint32_t queues)
{
	struct nlmsghdr *nlh = &msg->nlh;

	msg_pin(msg, state, queues);
	mnl_attr_put_u64(nlh, TAPPIN_A_GENERATION, 3);
	mnl_attr_put_u32(nlh, TAPPIN_A_IFINDEX, 12);
	mnl_attr_put_strz(nlh, TAPPIN_A_IFNAME, "vm1");
	mnl_attr_put_u32(nlh, TAPPIN_A_NETNS, 4026531840);
	mnl_attr_put(nlh, TAPPIN_A_VHOST, 0, NULL);
	mnl_attr_put_u32(nlh, TAPPIN_A_UID, 0);
	mnl_attr_put_u32(nlh, TAPPIN_A_GID, 1);
	mnl_attr_put_u32(nlh, TAPPIN_A_PID, 42);
	mnl_attr_put_strz(nlh, TAPPIN_A_COMM, "qe\033[2Jmu");
	mnl_attr_put_u32(nlh, TAPPIN_A_OFFERER_PID, 0);
	mnl_attr_put_strz(nlh, TAPPIN_A_OFFERER_COMM, "q\302\233");
	mnl_attr_put_u32(nlh, TAPPIN_A_STANDBYS, 1);
	mnl_attr_put_u32(nlh, TAPPIN_A_FENCING, 2);
	mnl_attr_put_u32(nlh, TAPPIN_A_STRAYS, 3);
	mnl_attr_put_u64(nlh, TAPPIN_A_HANDOVERS, 4);
	mnl_attr_put_u64(nlh, TAPPIN_A_LOSSES, 5);
	mnl_attr_put_u64(nlh, TAPPIN_A_EVICTIONS, 6);
	mnl_attr_put(nlh, TAPPIN_A_NOTE, 5, "a\nb\377c");
}

static void make_event(struct msg *msg, enum tappin_event event)
{
	struct genlmsghdr *genl = mnl_nlmsg_get_payload(&msg->nlh);

	msg->nlh.nlmsg_type = SIM_FAMILY;
	genl->cmd = TAPPIN_CMD_NOTIFY;
	mnl_attr_put_u32(&msg->nlh, TAPPIN_A_EVENT, event);
}

static void put_fds(struct msg *msg, uint16_t attr, unsigned int count)
{
	int fds[TAPPIN_QUEUES_MAX + 2];
	unsigned int i;

	for (i = 0; i < count; i++)
		fds[i] = 1000 + i;
	msg_fds(msg, attr, fds, count);
}

static void answer_standby(FILE *out, unsigned int queues)
{
	struct msg pin, good;

	ack(&good, 0, NULL);
	whole_pin(&pin, TAPPIN_STATE_FREE, queues);
	mnl_attr_put_u32(&pin.nlh, TAPPIN_A_LEASE_FD, 1000);
	put_fds(&pin, TAPPIN_A_VHOST_FDS, queues);
	datagram(out, 0, 2, &pin, &good);
}

static void answer_claim(FILE *out, unsigned int queues)
{
	struct msg pin, good;

	ack(&good, 0, NULL);
	whole_pin(&pin, TAPPIN_STATE_OWNED, queues);
	put_fds(&pin, TAPPIN_A_TAP_FDS, queues);
	datagram(out, 0, 1, &pin);
	datagram(out, 0, 1, &good);
}

/* --- replies: the numbers of the commands are those of reply.c */

static FILE *begin_commands(const char *name, unsigned int count,
			    const char *commands)
{
	FILE *out = begin("reply", name);

	fputc(count, out);
	fwrite(commands, count, 1, out);
	return out;
}

static void reply_of_a_life(void)
{
	FILE *out = begin_commands("life", 9,
				   "\004\005\007\010\006\011\012\017\005");
	struct msg pin, good;

	ack(&good, 0, NULL);
	answer_standby(out, 4);
	answer_claim(out, 4);
	whole_pin(&pin, TAPPIN_STATE_OFFERED, 4);
	mnl_attr_put(&pin.nlh, TAPPIN_A_COOKIE, TAPPIN_COOKIE_LEN,
		     "0123456789abcdef");
	datagram(out, 0, 2, &pin, &good);
	whole_pin(&pin, TAPPIN_STATE_OWNED, 4);
	put_fds(&pin, TAPPIN_A_VHOST_FDS, 4);
	datagram(out, 0, 2, &pin, &good);
	answer_claim(out, 4);
	datagram(out, 0, 1, &good);
	datagram(out, 0, 1, &good);
	answer_claim(out, 4);
	fclose(out);
}

static void reply_of_refusals(void)
{
	FILE *out = begin_commands("refusals", 8,
				   "\004\005\005\000\001\013\014\016");
	struct msg pin, bad;

	answer_standby(out, 1);
	whole_pin(&pin, TAPPIN_STATE_FENCING, 1);
	ack(&bad, -EINPROGRESS, "the last owner is being fenced");
	datagram(out, 0, 2, &pin, &bad);
	whole_pin(&pin, TAPPIN_STATE_OWNED, 1);
	ack(&bad, -EBUSY, "pin has an owner");
	datagram(out, DATAGRAM_STRANGER, 1, &bad);
	datagram(out, 0, 2, &pin, &bad);
	ack(&bad, -ENOENT, NULL);
	datagram(out, 0, 1, &bad);
	ack(&bad, -ENOENT, "no such pin");
	datagram(out, 0, 1, &bad);
	ack(&bad, -EPERM, NULL);
	datagram(out, DATAGRAM_ERROR, 0);
	datagram(out, 0, 1, &bad);
	fclose(out);
}

static void reply_of_dumps(void)
{
	FILE *out = begin_commands("dumps", 3, "\002\003\002");
	struct msg pin, done;

	end(&done, 0);
	whole_pin(&pin, TAPPIN_STATE_TAKEN, 2);
	pin.nlh.nlmsg_flags = NLM_F_MULTI | NLM_F_DUMP_INTR;
	datagram(out, 0, 2, &pin, &done);
	pin.nlh.nlmsg_flags = NLM_F_MULTI;
	datagram(out, 0, 2, &pin, &pin);
	datagram(out, 0, 2, &pin, &done);
	datagram(out, 0, 1, &done);
	end(&done, -EPERM);
	datagram(out, 0, 2, &pin, &done);
	fclose(out);
}

static void command_queues(const char *name, unsigned int queues)
{
	FILE *out = begin_command(name,
				  "exec\nvm1\n--\nqemu\n{tapfds}", "");
	struct msg pin, good;

	ack(&good, 0, NULL);
	whole_pin(&pin, TAPPIN_STATE_FREE, queues);
	mnl_attr_put_u32(&pin.nlh, TAPPIN_A_LEASE_FD, 1000);
	datagram(out, 0, 2, &pin, &good);
	answer_claim(out, TAPPIN_QUEUES_MAX);
	fclose(out);
}

static void reply_of_many_queues(void)
{
	FILE *out = begin_commands("many", 2, "\004\005");

	answer_standby(out, TAPPIN_QUEUES_MAX);
	answer_claim(out, TAPPIN_QUEUES_MAX + 1);
	fclose(out);
	out = begin_commands("queues", 1, "\004");
	answer_standby(out, TAPPIN_QUEUES_MAX + 1);
	fclose(out);
	/* These two made faults known. */
	command_queues("exec-none", 0);
	command_queues("exec-many", TAPPIN_QUEUES_MAX + 1);
}

static void reply_cut(void)
{
	FILE *out = begin_commands("cut", 2, "\004\005");
	struct msg pin;

	answer_standby(out, 2);
	whole_pin(&pin, TAPPIN_STATE_OWNED, 2);
	put_fds(&pin, TAPPIN_A_TAP_FDS, 2);
	datagram_of(out, &pin, pin.nlh.nlmsg_len + 8);
	datagram(out, DATAGRAM_CUT, 1, &pin);
	fclose(out);
}

/* --- attributes of lengths that they can't have, in replies and events */

static void put_odd(FILE *out, uint16_t attr, uint16_t len, bool is_event)
{
	struct msg msg, good;
	char bytes[TAPPIN_NOTE_MAX + 1];

	memset(bytes, 'x', sizeof(bytes));
	/* The longest of all with a NUL, the others without. */
	if (len == 70)
		bytes[len - 1] = '\0';
	ack(&good, 0, NULL);
	msg_pin(&msg, TAPPIN_STATE_OWNED, 2);
	if (is_event)
		make_event(&msg, TAPPIN_EVENT_NEW);
	mnl_attr_put(&msg.nlh, attr, len, bytes);
	datagram(out, 0, 2, &msg, &good);
}

static void odd_attributes(void)
{
	static const uint16_t lens[] = { 0, 1, 3, 16, 64, 65, 70 };
	unsigned int attr, i;
	char name[16];
	FILE *out;

	for (attr = 1; attr <= TAPPIN_A_MAX + 1; attr++) {
		snprintf(name, sizeof(name), "odd-%u", attr);
		out = begin_commands(name, MNL_ARRAY_SIZE(lens),
				     "\000\000\000\000\000\000\000");
		for (i = 0; i < MNL_ARRAY_SIZE(lens); i++)
			put_odd(out, attr, lens[i], false);
		fclose(out);
		out = begin("event", name);
		for (i = 0; i < MNL_ARRAY_SIZE(lens); i++)
			put_odd(out, attr, lens[i], true);
		fclose(out);
	}
	out = begin_commands("long-note", 1, "\000");
	put_odd(out, TAPPIN_A_NOTE, TAPPIN_NOTE_MAX + 1, false);
	fclose(out);
	out = begin("event", "long-note");
	put_odd(out, TAPPIN_A_NOTE, TAPPIN_NOTE_MAX + 1, true);
	fclose(out);
}

/* --- what made faults known */

/* As an int it is less than anything, which is what libmnl compares. */
static void huge_messages(void)
{
	FILE *out = begin_commands("huge", 1, "\000");
	struct msg pin;

	whole_pin(&pin, TAPPIN_STATE_OWNED, 2);
	datagram_of(out, &pin, 0x80000000);
	fclose(out);
	out = begin("event", "huge");
	whole_pin(&pin, TAPPIN_STATE_OWNED, 2);
	make_event(&pin, TAPPIN_EVENT_NEW);
	datagram_of(out, &pin, 0x80000000);
	fclose(out);
}

static void bad_verdicts(void)
{
	FILE *out = begin_commands("verdict", 3, "\000\000\002");
	struct msg bad;

	ack(&bad, 5, NULL);
	datagram(out, 0, 1, &bad);
	ack(&bad, INT32_MIN, NULL);
	datagram(out, 0, 1, &bad);
	end(&bad, INT32_MIN);
	datagram(out, 0, 1, &bad);
	fclose(out);
}

static void bad_leases(void)
{
	FILE *out = begin_commands("lease-twice", 1, "\004");
	struct msg pin, good;

	ack(&good, 0, NULL);
	whole_pin(&pin, TAPPIN_STATE_FREE, 2);
	mnl_attr_put_u32(&pin.nlh, TAPPIN_A_LEASE_FD, 1000);
	mnl_attr_put_u32(&pin.nlh, TAPPIN_A_LEASE_FD, 1001);
	datagram(out, 0, 2, &pin, &good);
	fclose(out);
	out = begin_commands("lease-none", 1, "\004");
	whole_pin(&pin, TAPPIN_STATE_FREE, 2);
	mnl_attr_put_u32(&pin.nlh, TAPPIN_A_LEASE_FD, -5);
	datagram(out, 0, 2, &pin, &good);
	fclose(out);
}

/* --- events */

static void put_event(FILE *out, enum tappin_event number, uint8_t flags)
{
	struct msg msg;

	whole_pin(&msg, TAPPIN_STATE_OFFERED, 2);
	make_event(&msg, number);
	datagram(out, flags, 2, &msg, &msg);
}

static void events(void)
{
	FILE *out = begin("event", "some");

	put_event(out, TAPPIN_EVENT_NEW, 0);
	put_event(out, TAPPIN_EVENT_OFFERED, DATAGRAM_STRANGER);
	put_event(out, TAPPIN_EVENT_CHANGED, 0);
	put_event(out, TAPPIN_EVENT_DELETED, DATAGRAM_CUT);
	put_event(out, TAPPIN_EVENT_LOST, DATAGRAM_ERROR);
	put_event(out, TAPPIN_EVENT_DELETED, 0);
	fclose(out);
}

/* --- nlctrl */

static void family(const char *name, uint32_t version, uint16_t id_len,
		   const char *group_name, uint16_t group_len)
{
	static const uint32_t id = SIM_FAMILY, group_id = 5;
	FILE *out = begin("family", name);
	struct nlattr *groups, *group;
	struct msg msg, good;

	ack(&good, 0, NULL);
	msg_init(&msg);
	mnl_attr_put(&msg.nlh, CTRL_ATTR_FAMILY_ID, id_len, &id);
	mnl_attr_put_strz(&msg.nlh, CTRL_ATTR_FAMILY_NAME, TAPPIN_GENL_NAME);
	mnl_attr_put_u32(&msg.nlh, CTRL_ATTR_VERSION, version);
	groups = mnl_attr_nest_start(&msg.nlh, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(&msg.nlh, 1);
	mnl_attr_put(&msg.nlh, CTRL_ATTR_MCAST_GRP_ID, sizeof(group_id),
		     &group_id);
	mnl_attr_put(&msg.nlh, CTRL_ATTR_MCAST_GRP_NAME, group_len, group_name);
	mnl_attr_nest_end(&msg.nlh, group);
	mnl_attr_nest_end(&msg.nlh, groups);
	datagram(out, 0, 2, &msg, &good);
	fclose(out);
}

static void families(void)
{
	struct msg bad;
	FILE *out;

	family("good", TAPPIN_GENL_VERSION, 2, TAPPIN_GENL_MCGRP_EVENTS, 7);
	family("later", TAPPIN_GENL_VERSION + 1, 2, "x", 2);
	/* These made faults known: no NUL, and no room for a number. */
	family("no-nul", TAPPIN_GENL_VERSION, 2, "even", 4);
	family("short", TAPPIN_GENL_VERSION, 0, TAPPIN_GENL_MCGRP_EVENTS, 7);
	out = begin("family", "none");
	ack(&bad, -ENOENT, NULL);
	datagram(out, 0, 1, &bad);
	fclose(out);
}

/* --- rtnetlink */

static void tun_info(struct nlmsghdr *nlh, size_t number_len)
{
	static const uint32_t number = 1;
	struct nlattr *info, *data;

	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "tun");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put(nlh, IFLA_TUN_OWNER, number_len, &number);
	mnl_attr_put_u32(nlh, IFLA_TUN_GROUP, 5);
	mnl_attr_put_u8(nlh, IFLA_TUN_TYPE, IFF_TAP);
	mnl_attr_put_u8(nlh, IFLA_TUN_PI, 0);
	mnl_attr_put_u8(nlh, IFLA_TUN_VNET_HDR, 1);
	mnl_attr_put_u8(nlh, IFLA_TUN_PERSIST, 1);
	mnl_attr_put_u8(nlh, IFLA_TUN_MULTI_QUEUE, 1);
	mnl_attr_put_u32(nlh, IFLA_TUN_NUM_QUEUES, 0);
	mnl_attr_put_u32(nlh, IFLA_TUN_NUM_DISABLED_QUEUES, 0);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

static void link_message(struct msg *msg, size_t name_len, size_t number_len)
{
	struct ifinfomsg *info;

	memset(msg, 0, sizeof(*msg));
	mnl_nlmsg_put_header(msg);
	msg->nlh.nlmsg_type = RTM_NEWLINK;
	info = mnl_nlmsg_put_extra_header(&msg->nlh, sizeof(*info));
	info->ifi_index = 12;
	mnl_attr_put(&msg->nlh, IFLA_IFNAME, name_len, "vm1");
	mnl_attr_put_u32(&msg->nlh, IFLA_TXQLEN, 1000);
	tun_info(&msg->nlh, number_len);
}

static void links(void)
{
	FILE *out = begin("link", "tun");
	struct msg msg;

	link_message(&msg, 4, 4);
	datagram(out, 0, 1, &msg);
	fclose(out);
	out = begin("link", "none");
	ack(&msg, -ENODEV, NULL);
	datagram(out, 0, 1, &msg);
	fclose(out);
	/* The rest made faults known. */
	out = begin("link", "no-nul");
	link_message(&msg, 3, 4);
	datagram(out, 0, 1, &msg);
	fclose(out);
	out = begin("link", "short");
	link_message(&msg, 4, 1);
	datagram(out, 0, 1, &msg);
	fclose(out);
	out = begin("link", "empty");
	memset(&msg, 0, sizeof(msg));
	mnl_nlmsg_put_header(&msg);
	msg.nlh.nlmsg_type = RTM_NEWLINK;
	datagram(out, 0, 1, &msg);
	fclose(out);
	out = begin("link", "huge");
	link_message(&msg, 4, 4);
	datagram_of(out, &msg, 0x80000000);
	fclose(out);
}

/* --- commands: words, files, answers */

static void command_pins(const char *name, const char *words)
{
	FILE *out = begin_command(name, words, "");
	struct msg pin, done, link;
	unsigned int state;

	end(&done, 0);
	for (state = 0; state <= TAPPIN_STATE_MAX; state++) {
		whole_pin(&pin, state, 1 + state);
		datagram(out, 0, 1, &pin);
	}
	datagram(out, 0, 1, &done);
	link_message(&link, 4, 4);
	for (state = 0; state <= TAPPIN_STATE_MAX; state++)
		datagram(out, 0, 1, &link);
	fclose(out);
}

static void command_pin(const char *name, const char *words, const char *file)
{
	FILE *out = begin_command(name, words, file);
	struct msg pin, good;
	int i;

	ack(&good, 0, NULL);
	whole_pin(&pin, TAPPIN_STATE_OWNED, 2);
	for (i = 0; i < 3; i++)
		datagram(out, 0, 2, &pin, &good);
	fclose(out);
}

static void command_error(const char *name, const char *words,
			  const char *file, int error, const char *sentence)
{
	FILE *out = begin_command(name, words, file);
	struct msg pin, bad;
	int i;

	whole_pin(&pin, TAPPIN_STATE_FENCING, 2);
	ack(&bad, error, sentence);
	for (i = 0; i < 4; i++)
		datagram(out, 0, 2, &pin, &bad);
	fclose(out);
}

static void command_exec(void)
{
	FILE *out = begin_command("exec",
				  "exec\nvm1\nqueues\n2\n--\nqemu\nfds={tapfds}:{vhostfds,}",
				  "");

	answer_standby(out, 4);
	answer_claim(out, 4);
	fclose(out);
}

static void command_monitor(const char *name, const char *words)
{
	FILE *out = begin_command(name, words, "");
	struct msg pin, good;
	int i;

	ack(&good, 0, NULL);
	whole_pin(&pin, TAPPIN_STATE_OWNED, 2);
	if (strstr(words, "wait"))
		datagram(out, 0, 2, &pin, &good);
	for (i = 0; i <= TAPPIN_EVENT_MAX; i++)
		put_event(out, i, 0);
	fclose(out);
}

static const char conf[] =
	"# Made by \"tappin save\", for \"tappin restore\".\n"
	"create vm1 dev vm1 txqlen 1000 queues 4 vhost on owner root group 5\n"
	"create \"vm 2\" queues 257\n"
	"create 'vm3' txqlen 0 vhost \\off\n"
	"delete vm1";

static void commands(void)
{
	command_pins("show", "show\nall-netns");
	command_pins("show-all", "-p");
	command_pins("save", "save");
	command_pin("show-one", "show\nvm1", "");
	command_pin("show-json", "-j\nshow\nid\n7", "");
	command_pin("set", "set\nvm1\nowner\nroot\ngroup\nnone\nnote\nf", "hi");
	command_pin("delete", "delete\nvm1\nforce", "");
	command_pin("restore", "restore\n-n\nfile", conf);
	command_pin("batch", "-b\nfile",
		    "show vm1 # comment\ndelete vm1\nset vm1 owner none\n");
	command_error("create",
		      "create\nvm1\nqueues\n4\nvhost\non\ntxqlen\n77\nowner\nroot",
		      "", -ENOENT, "no such pin");
	command_error("restore-new", "restore\nfile", conf, -ENOENT,
		      "no such pin");
	command_error("evict", "evict\nvm1\nkill", "", -EINPROGRESS, "later");
	command_error("exec-busy", "exec\nid\n7\n--\ntrue", "", -EBUSY,
		      "pin has an owner");
	command_exec();
	command_monitor("monitor", "-t\nmonitor");
	command_monitor("monitor-json", "-j\nmonitor");
	command_monitor("wait", "wait\nvm1\nstate\nfree\ntimeout\n2.5");
	text("command", "help", "help\nexec");
	text("command", "version", "--version");
	text("command", "doctor", "doctor");
	text("command", "bad-flag", "--nonsense");
	/* These made faults known: a word behind an empty one, a file's name. */
	text("command", "flag-after-nothing", "-b\n\n-xj");
	fclose(begin_command("file-name", "-b\n\033[2J", "creat"));
}

static void plain_texts(void)
{
	text("batch", "conf", conf);
	text("batch", "words",
	     "a 'b c' \"d \\\" e\"\\ f #g\n\n  \t#h\n\"\"''x\\#\r\n");
	text("batch", "open", "a \"b\nc '\\'\nx \\\\\n");
	text("expand", "qemu",
	     "\003tap,fds={tapfds},vhostfds={vhostfds}\n{\"x\":{tapfd}}\n");
	text("expand", "ch", "\007fd=[{tapfds,}],{vhostfds,}\n{{vhostfd}{tapfd\n");
	text("print", "text", "qemu-\303\251 \"vm\"\\");
	text("print", "controls", "a\033[2J\177\302\233\302\302\205\r\n\tb");
	text("print", "latin1", "caf\351 \302\233");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 1;
	dir = argv[1];
	mkdir(dir, 0777);
	reply_of_a_life();
	reply_of_refusals();
	reply_of_dumps();
	reply_of_many_queues();
	reply_cut();
	odd_attributes();
	huge_messages();
	bad_verdicts();
	bad_leases();
	events();
	families();
	links();
	commands();
	plain_texts();
	return 0;
}
