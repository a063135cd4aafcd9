// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "raw.h"
#include "ring.h"
#include "tap.h"

#define SELF	"--actor"

static struct raw raw;
static int sock, rings;
static struct order order;
static struct answer answer;

int actor_send(int to, const void *message, size_t len, int fd)
{
	struct iovec iov = { (void *)message, len };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.header = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(to, &msg, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

ssize_t actor_receive(int from, void *message, size_t len, int *fd)
{
	struct iovec iov = { message, len };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);

	*fd = -1;
	if (got > 0 && CMSG_FIRSTHDR(&msg))
		memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(*fd));
	return got;
}

static void keep_message(const struct nlmsghdr *nlh, void *arg)
{
	size_t len = MNL_ALIGN(nlh->nlmsg_len);

	(void)arg;
	if (answer.len + len > sizeof(answer.data))
		bail("an answer is longer than expected");
	memcpy(answer.data + answer.len, nlh, nlh->nlmsg_len);
	answer.len += len;
}

static void put_attributes(void)
{
	const struct nlattr *attr = (void *)order.data;
	const char *end = order.data + order.len;

	for (; mnl_attr_ok(attr, end - (char *)attr); attr = mnl_attr_next(attr))
		raw_put(&raw, mnl_attr_get_type(attr), mnl_attr_get_payload(attr),
			mnl_attr_get_payload_len(attr));
}

static int ask(void)
{
	return order.act == ACT_DUMP ? raw_dump(&raw, NULL, 0, NULL) : raw_ask(&raw);
}

static int do_ask(void)
{
	int err;

	raw_begin(&raw, order.cmd);
	put_attributes();
	err = ask();
	snprintf(answer.why, sizeof(answer.why), "%s", raw.why);
	return err;
}

static int do_new(void)
{
	int vhost = order.vhost ? open("/dev/vhost-net", O_RDWR | O_CLOEXEC) : -1;
	struct tap tap;
	int err;

	if (order.vhost && vhost < 0)
		bail("/dev/vhost-net");
	tap_make(&tap, order.ifname, order.queues);
	if (order.queues == 1)
		tap_up(&tap);
	answer.ifindex = tap.ifindex;
	memcpy(answer.taps, tap.fd, sizeof(answer.taps));
	raw_begin(&raw, TAPPIN_CMD_NEW);
	put_attributes();
	raw_put_u32(&raw, TAPPIN_A_IFINDEX, tap.ifindex);
	raw_put(&raw, TAPPIN_A_TAP_FDS, tap.fd, tap.queues * sizeof(tap.fd[0]));
	if (vhost >= 0)
		raw_put_u32(&raw, TAPPIN_A_VHOST_FD, vhost);
	err = ask();
	snprintf(answer.why, sizeof(answer.why), "%s", raw.why);
	if (vhost >= 0)
		close(vhost);
	if (err || !order.keep)
		tap_close(&tap);
	return err;
}

/* The child is the stage's, not the actor's. */
static int do_fork(int with)
{
	pid_t pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		return -errno;
	if (pid) {
		close(with);
		answer.pid = pid;
		return 0;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(sock);
	raw_close(&raw);
	actor_run(with, rings);
}

static int do_exec(void)
{
	char args[2][16];

	snprintf(args[0], sizeof(args[0]), "%d", sock);
	snprintf(args[1], sizeof(args[1]), "%d", rings);
	fcntl(sock, F_SETFD, 0);
	fcntl(rings, F_SETFD, 0);
	execl("/proc/self/exe", "actor", SELF, args[0], args[1], NULL);
	return -errno;
}

static int do_poll(void)
{
	struct pollfd p = { .fd = order.fd, .events = POLLIN };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

static int do_ring(void)
{
	void *mem = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, rings,
			 (off_t)order.ring * RING_SIZE);
	struct ring ring;
	int err;

	if (mem == MAP_FAILED)
		bail("a ring");
	ring_init(&ring, mem);
	err = ring_set_up(&ring, order.fd);
	if (!err)
		err = ring_start(&ring, order.fd2);
	ring_close(&ring);
	return err;
}

static int own(unsigned long request, void *arg)
{
	return ioctl(order.fd, request, arg) ? -errno : 0;
}

static int obey(int with)
{
	switch (order.act) {
	case ACT_ASK:
	case ACT_DUMP:
		return do_ask();
	case ACT_NEW:
		return do_new();
	case ACT_CLOSE:
		return close(order.fd) ? -errno : 0;
	case ACT_DUP:
		answer.fd = fcntl(order.fd, F_DUPFD_CLOEXEC, 3);
		return answer.fd < 0 ? -errno : 0;
	case ACT_INHERIT:
		return fcntl(order.fd, F_SETFD, 0) ? -errno : 0;
	case ACT_GIVE:
		return 0;
	case ACT_TAKE:
		answer.fd = with;
		return with < 0 ? -EBADF : 0;
	case ACT_FORK:
		return do_fork(with);
	case ACT_EXEC:
		return do_exec();
	case ACT_POLL:
		return do_poll();
	case ACT_OWN:
		return own(VHOST_SET_OWNER, NULL);
	case ACT_PROBE:
		/* Nothing can be read there: only a device's owner gets so far. */
		return own(VHOST_GET_VRING_BASE, (void *)~0ul);
	case ACT_RING:
		return do_ring();
	case ACT_RMMOD:
		return syscall(SYS_delete_module, "tappin", O_NONBLOCK) ? -errno : 0;
	}
	return -EINVAL;
}

static void respond(void)
{
	int fd = order.act == ACT_GIVE ? order.fd : -1;

	if (actor_send(sock, &answer, offsetof(struct answer, data) + answer.len, fd))
		exit(1);
}

_Noreturn void actor_run(int with, int memory)
{
	int fd;

	sock = with;
	rings = memory;
	raw_open(&raw);
	raw.on_message = keep_message;
	memset(&answer, 0, offsetof(struct answer, data));
	respond();
	while (actor_receive(sock, &order, sizeof(order), &fd) > 0) {
		memset(&answer, 0, offsetof(struct answer, data));
		answer.err = obey(fd);
		respond();
	}
	exit(0);
}

void actor_main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], SELF))
		actor_run(atoi(argv[2]), atoi(argv[3]));
}
