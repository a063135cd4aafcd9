// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Steps, for real. This process holds no lease and no queue: a file that it did hold
 * would be one holder more than the oracle knows of, and evict kill would find it.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "inject.h"
#include "place.h"
#include "process.h"
#include "ring.h"
#include "stage.h"
#include "tap.h"
#include "watch.h"

static int rings;
static int sock[PROCS];
static unsigned int devices;
static struct order order;
static struct answer answer;

const char *stage_note(unsigned int note)
{
	static const char *const notes[NOTES] = { "", "one", "second", "a third" };

	return notes[note];
}

void stage_open(void)
{
	struct view view;
	unsigned int i;

	place_open();
	rings = memfd_create("rings", MFD_CLOEXEC);
	if (rings < 0 || ftruncate(rings, (off_t)FILES * RING_SIZE))
		bail("memory for rings");
	watch_open(rings);
	if (watch_look(&view, 1))
		bail("this is for a machine without pins: it deletes all");
	for (i = 0; i < NAMESPACES; i++) {
		place_go(i);
		watch_listen();
	}
	place_go(0);
	for (i = 0; i < PROCS; i++)
		sock[i] = -1;
}

/* --- Orders ------------------------------------------------------------- */

/* A process that is not there any more, against the oracle, answers ECONNRESET. */
static void receive(int proc, int *fd)
{
	struct timeval limit = { .tv_sec = PATIENCE_MS / 1000 };

	setsockopt(sock[proc], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	errno = 0;
	if (actor_receive(sock[proc], &answer, sizeof(answer), fd) > 0)
		return;
	if (errno && errno != ECONNRESET)
		bail("process %d does not answer", proc);
	memset(&answer, 0, offsetof(struct answer, data));
	answer.err = -ECONNRESET;
	answer.fd = -1;
}

static int tell(int proc, enum act act, int with)
{
	int fd;

	order.act = act;
	/* Without success there will be no answer, either. */
	actor_send(sock[proc], &order, offsetof(struct order, data) + order.len, with);
	receive(proc, &fd);
	return fd;
}

static void put(uint16_t type, const void *data, size_t len)
{
	struct nlattr *attr = (struct nlattr *)(order.data + order.len);

	attr->nla_type = type;
	attr->nla_len = sizeof(*attr) + len;
	memcpy(attr + 1, data, len);
	order.len += MNL_ALIGN(attr->nla_len);
}

static void put_u32(uint16_t type, uint32_t value)
{
	put(type, &value, sizeof(value));
}

static void put_flag(const struct step *step, unsigned int flag, uint16_t type)
{
	if (step->flags & flag)
		put(type, "", 0);
}

static void put_target(const struct oracle *o, const struct step *step)
{
	uint64_t id = o->pin[step->pin].id;
	char name[16];

	if (step->flags & STEP_BY_ID) {
		put(TAPPIN_A_ID, &id, sizeof(id));
		return;
	}
	snprintf(name, sizeof(name), "m%u", step->pin % PINS_PER_NS);
	put(TAPPIN_A_NAME, name, strlen(name) + 1);
}

static void put_right(uint16_t type, uint8_t right, uint32_t value)
{
	if (right != RIGHT_LEAVE)
		put_u32(type, right == RIGHT_GIVE ? value : UINT32_MAX);
}

static void put_note(const struct step *step)
{
	put(TAPPIN_A_NOTE, stage_note(step->note), strlen(stage_note(step->note)));
}

static void put_settings(const struct step *step)
{
	put_right(TAPPIN_A_UID, step->uid, UID_RIGHT);
	put_right(TAPPIN_A_GID, step->gid, GID_RIGHT);
	put_note(step);
}

static int fd_of(const struct oracle *o, const struct step *step, enum what what)
{
	int i = oracle_find(o, step->proc, what, step->pin, step->lease, step->queue);

	return o->proc[step->proc].fd[i].fd;
}

static void put_lease(const struct oracle *o, const struct step *step)
{
	int i = oracle_find(o, step->proc, WHAT_LEASE, 0, step->lease, 0);

	put_u32(TAPPIN_A_LEASE_FD, o->proc[step->proc].fd[i].fd);
}

static void put_cookie(const struct oracle *o, const struct step *step)
{
	const struct model_pin *p = &o->pin[o->lease[step->lease].pin];
	uint8_t wrong[TAPPIN_COOKIE_LEN] = { 0 };

	switch (step->cookie) {
	case COOKIE_RIGHT:
		put(TAPPIN_A_COOKIE, p->cookie, sizeof(p->cookie));
		break;
	case COOKIE_OLD:
		put(TAPPIN_A_COOKIE, p->old, sizeof(p->old));
		break;
	case COOKIE_WRONG:
		put(TAPPIN_A_COOKIE, wrong, sizeof(wrong));
		break;
	}
}

/* --- Answers ------------------------------------------------------------ */

struct parsed {
	struct result *result;
	const struct nlattr *lease;
	const struct nlattr *taps;
	const struct nlattr *vhosts;
};

static int on_attribute(const struct nlattr *attr, void *arg)
{
	struct parsed *parsed = arg;

	switch (mnl_attr_get_type(attr)) {
	case TAPPIN_A_COOKIE:
		memcpy(parsed->result->cookie, mnl_attr_get_payload(attr),
		       TAPPIN_COOKIE_LEN);
		parsed->result->seen.cookie = parsed->result->cookie;
		break;
	case TAPPIN_A_LEASE_FD:
		parsed->lease = attr;
		break;
	case TAPPIN_A_TAP_FDS:
		parsed->taps = attr;
		break;
	case TAPPIN_A_VHOST_FDS:
		parsed->vhosts = attr;
		break;
	default:
		view_attribute(&parsed->result->view, attr);
	}
	return MNL_CB_OK;
}

static void add_fds(struct result *result, const struct nlattr *attr)
{
	const int *fds;
	unsigned int n;

	if (!attr)
		return;
	fds = mnl_attr_get_payload(attr);
	for (n = mnl_attr_get_payload_len(attr) / sizeof(*fds); n--; fds++)
		if (result->n_fds < GIFTS)
			result->fd[result->n_fds++] = *fds;
}

static void parse_message(const struct nlmsghdr *nlh, struct result *result)
{
	struct parsed parsed = { .result = result };

	result->view = (struct view){ .uid = UINT32_MAX, .gid = UINT32_MAX };
	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), on_attribute, &parsed);
	result->described = result->view.id;
	if (result->n_dumped <= PINS)
		result->dumped[result->n_dumped++] = result->view.id;
	add_fds(result, parsed.lease);
	add_fds(result, parsed.taps);
	add_fds(result, parsed.vhosts);
}

static void take_answer(struct result *result)
{
	const struct nlmsghdr *nlh = (void *)answer.data;
	int len = answer.len;

	result->seen.err = answer.err;
	result->why = answer.why;
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
		parse_message(nlh, result);
}

static void request(const struct step *step, uint8_t cmd, struct result *result)
{
	order.cmd = cmd;
	tell(step->proc, cmd == TAPPIN_CMD_GET && step->op == OP_DUMP ? ACT_DUMP : ACT_ASK,
	     -1);
	take_answer(result);
}

/* --- Steps -------------------------------------------------------------- */

static void do_new(const struct oracle *o, const struct step *step,
		   struct result *result)
{
	const struct role *role = &roles[o->proc[step->proc].role];
	unsigned int i;
	int none = -1;

	put_target(o, &(struct step){ .pin = step->pin });
	put_settings(step);
	if (!role->admin || role->confined) {
		put_u32(TAPPIN_A_IFINDEX, 1);
		put(TAPPIN_A_TAP_FDS, &none, sizeof(none));
		request(step, TAPPIN_CMD_NEW, result);
		return;
	}
	order.queues = step->queues;
	order.vhost = step->flags & STEP_VHOST;
	order.keep = step->flags & STEP_KEEP;
	snprintf(order.ifname, sizeof(order.ifname), "md%u", ++devices);
	tell(step->proc, ACT_NEW, -1);
	take_answer(result);
	result->seen.id = result->view.id;
	result->seen.ifindex = answer.ifindex;
	memcpy(result->ifname, order.ifname, sizeof(result->ifname));
	result->seen.ifname = result->ifname;
	/* Its TAP fds were open then, which nobody else was to see. */
	result->described = false;
	if (answer.err || !order.keep)
		return;
	for (i = 0; i < step->queues; i++)
		result->fd[result->n_fds++] = answer.taps[i];
}

static void make_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		bail("socketpair");
}

static void do_start(const struct step *step, struct result *result)
{
	int pair[2], fd;
	unsigned int i;

	make_pair(pair);
	result->seen.pid = spawn();
	if (!result->seen.pid) {
		close(pair[0]);
		for (i = 0; i < PROCS; i++)
			if (sock[i] >= 0)
				close(sock[i]);
		place_become(&roles[step->proc]);
		actor_run(pair[1], rings);
	}
	close(pair[1]);
	sock[step->proc] = pair[0];
	receive(step->proc, &fd);
}

static void do_fork(const struct step *step, struct result *result)
{
	int pair[2], fd;

	make_pair(pair);
	sock[step->to] = pair[0];
	tell(step->proc, ACT_FORK, pair[1]);
	close(pair[1]);
	result->seen.err = answer.err;
	result->seen.pid = answer.pid;
	receive(step->to, &fd);
}

static void do_pass(const struct oracle *o, const struct step *step,
		    struct result *result)
{
	int fd;

	order.fd = fd_of(o, step, step->what);
	fd = tell(step->proc, ACT_GIVE, -1);
	tell(step->to, ACT_TAKE, fd);
	close(fd);
	result->seen.err = answer.err;
	result->fd[result->n_fds++] = answer.fd;
}

static void do_act(const struct oracle *o, const struct step *step, enum act act,
		   enum what what, struct result *result)
{
	order.fd = fd_of(o, step, what);
	tell(step->proc, act, -1);
	result->seen.err = answer.err;
	if (act == ACT_DUP)
		result->fd[result->n_fds++] = answer.fd;
}

static void do_ring(const struct oracle *o, const struct step *step,
		    struct result *result)
{
	int i = oracle_find(o, step->proc, WHAT_VHOST, step->pin, step->lease,
			    step->queue);

	order.ring = o->proc[step->proc].fd[i].file;
	order.fd2 = fd_of(o, step, WHAT_TAP);
	do_act(o, step, ACT_RING, WHAT_VHOST, result);
}

static void do_unlink(const struct oracle *o, const struct step *step,
		      struct result *result)
{
	place_go(step->pin / PINS_PER_NS);
	result->seen.err = tap_delete(o->pin[step->pin].ifindex);
	place_go(0);
}

static void do_packet(const struct oracle *o, const struct step *step,
		      struct result *result)
{
	int packets;

	place_go(step->pin / PINS_PER_NS);
	packets = inject_open(o->pin[step->pin].ifindex);
	result->seen.err = inject_one(packets, 0);
	close(packets);
	place_go(0);
}

static void do_request(const struct oracle *o, const struct step *step,
		       struct result *result)
{
	static const uint8_t cmds[OPS] = {
		[OP_DEL] = TAPPIN_CMD_DEL, [OP_GET] = TAPPIN_CMD_GET,
		[OP_DUMP] = TAPPIN_CMD_GET, [OP_SET] = TAPPIN_CMD_SET,
		[OP_NOTE] = TAPPIN_CMD_SET, [OP_STANDBY] = TAPPIN_CMD_STANDBY,
		[OP_CLAIM] = TAPPIN_CMD_CLAIM, [OP_OFFER] = TAPPIN_CMD_OFFER,
		[OP_WITHDRAW] = TAPPIN_CMD_WITHDRAW,
		[OP_CONFIRM] = TAPPIN_CMD_CONFIRM, [OP_EVICT] = TAPPIN_CMD_EVICT,
	};

	switch (step->op) {
	case OP_DEL:
	case OP_GET:
	case OP_SET:
	case OP_STANDBY:
	case OP_EVICT:
		put_target(o, step);
		break;
	case OP_DUMP:
		break;
	default:
		put_lease(o, step);
	}
	if (step->op == OP_SET)
		put_settings(step);
	if (step->op == OP_NOTE)
		put_note(step);
	if (step->op == OP_CLAIM)
		put_cookie(o, step);
	put_flag(step, STEP_FORCE, TAPPIN_A_FORCE);
	put_flag(step, STEP_KILL, TAPPIN_A_KILL);
	put_flag(step, STEP_VHOST, TAPPIN_A_VHOST);
	put_flag(step, STEP_ALL, TAPPIN_A_ALL_NETNS);
	request(step, cmds[step->op], result);
}

void stage_do(const struct oracle *o, const struct step *step, struct result *result)
{
	memset(result, 0, sizeof(*result));
	order.len = 0;
	switch (step->op) {
	case OP_NEW:
		do_new(o, step, result);
		break;
	case OP_START:
		do_start(step, result);
		break;
	case OP_FORK:
		do_fork(step, result);
		break;
	case OP_KILL:
		kill(o->proc[step->proc].pid, SIGKILL);
		break;
	case OP_EXEC:
		tell(step->proc, ACT_EXEC, -1);
		result->seen.err = answer.err;
		break;
	case OP_PASS:
		do_pass(o, step, result);
		break;
	case OP_DUP:
		do_act(o, step, ACT_DUP, step->what, result);
		break;
	case OP_CLOSE:
		do_act(o, step, ACT_CLOSE, step->what, result);
		break;
	case OP_INHERIT:
		do_act(o, step, ACT_INHERIT, step->what, result);
		break;
	case OP_POLL:
		do_act(o, step, ACT_POLL, WHAT_LEASE, result);
		break;
	case OP_OWN:
		do_act(o, step, ACT_OWN, WHAT_VHOST, result);
		break;
	case OP_PROBE:
		do_act(o, step, ACT_PROBE, WHAT_VHOST, result);
		break;
	case OP_RING:
		do_ring(o, step, result);
		break;
	case OP_PACKET:
		do_packet(o, step, result);
		break;
	case OP_UNLINK:
		do_unlink(o, step, result);
		break;
	case OP_RMMOD:
		tell(step->proc, ACT_RMMOD, -1);
		result->seen.err = answer.err;
		break;
	default:
		do_request(o, step, result);
	}
}

/* --- The end of processes, and of all ----------------------------------- */

uint16_t stage_deaths(const struct oracle *o)
{
	uint16_t mask = 0;
	unsigned int i;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		for (i = 0; i < PROCS; i++) {
			if (!o->proc[i].alive || o->proc[i].pid != pid)
				continue;
			mask |= 1 << i;
			close(sock[i]);
			sock[i] = -1;
		}
	}
	return mask;
}

static bool is_empty(void *arg)
{
	struct view views[2 * PINS];
	unsigned int i, n = watch_look(views, ARRAY_SIZE(views));

	for (i = 0; i < n; i++)
		watch_delete(views[i].id);
	(void)arg;
	return !n && !module_references();
}

void stage_clear(const struct oracle *o)
{
	struct watch_event events[EVENTS];
	unsigned int i;

	for (i = 0; i < PROCS; i++) {
		if (o->proc[i].alive)
			slay(o->proc[i].pid);
		if (sock[i] >= 0)
			close(sock[i]);
		sock[i] = -1;
	}
	if (!eventually(is_empty, NULL, PATIENCE_MS)) {
		errno = 0;
		bail("%d references to the module are left", module_references());
	}
	watch_events(events, ARRAY_SIZE(events));
	devices = 0;
}
