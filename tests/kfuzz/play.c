// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Root and nobody are this process with another effective user. The stranger is a
 * process made for the call, which shares our table of fds: so each may send on
 * the sockets of the others, and use their fds.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/if_tun.h>
#include <linux/vhost.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answer.h"
#include "cover.h"
#include "fds.h"
#include "fixture.h"
#include "message.h"
#include "place.h"
#include "play.h"
#include "process.h"
#include "ring.h"
#include "tap.h"

#define BIG_BUFFER	(16 << 20)
#define SEAT_SELF	0
#define SEAT_STRANGER	1

struct world *world;

void flaw(const char *what, ...)
{
	va_list args;

	if (world->flaw[0])
		return;
	va_start(args, what);
	vsnprintf(world->flaw, sizeof(world->flaw), what, args);
	va_end(args);
}

void world_reset(int base)
{
	unsigned int i;

	world->flaw[0] = '\0';
	memset(&world->at, 0, sizeof(*world) - offsetof(struct world, at));
	world->base = base;
	world->passing[0] = world->passing[1] = -1;
	for (i = 0; i < SOCKETS; i++)
		world->channel[i].fd = -1;
	for (i = DEVICES; i < TARGETS; i++)
		world->id[i] = fixture_canary_id(i);
}

enum who play_sender(const struct step *step)
{
	return step->who % SENDERS;
}

/* Of what is left of the byte: 0 for the sender's own socket. */
enum who play_opener(const struct step *step)
{
	unsigned int rest = step->who / SENDERS % (SENDERS + 1);

	return rest ? rest - 1 : play_sender(step);
}

static void call_begins(void)
{
	world->since = now_ns();
}

static void call_ends(void)
{
	uint64_t took = now_ns() - world->since;

	world->since = 0;
	if (took > world->longest)
		world->longest = took;
}

static void become(enum who who)
{
	if (who == NOBODY && (setegid(UID_NOBODY) || seteuid(UID_NOBODY)))
		bail("nobody");
	if (who == ROOT && (seteuid(0) || setegid(0)))
		bail("root");
}

static struct channel *channel_of(enum who opener, uint8_t how)
{
	return &world->channel[2 * opener + !!(how & HOW_SMALL)];
}

static void open_channel(struct channel *channel)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int on = 1;

	channel->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (channel->fd < 0)
		return;
	bind(channel->fd, (struct sockaddr *)&addr, sizeof(addr));
	setsockopt(channel->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(channel->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
}

/* By who may do so, whoever opened it. */
static void size_channel(struct channel *channel, bool small)
{
	int size = small ? 1 : BIG_BUFFER;

	setsockopt(channel->fd, SOL_SOCKET, small ? SO_RCVBUF : SO_RCVBUFFORCE, &size,
		   sizeof(size));
}

static void deliver(struct channel *channel, enum who sender, enum who opener,
		    uint8_t how)
{
	ssize_t len;

	if (channel->n + BATCH_MESSAGES > EXPECTED_MAX)
		answer_read(channel);
	call_begins();
	/* Without a destination, so that both sender and opener need the right. */
	len = send(channel->fd, world->batch, world->len, 0);
	call_ends();
	/* Of those after the first that found no room, some may come again. */
	channel->lost |= how & HOW_SMALL;
	if (len == (ssize_t)world->len)
		answer_expect(channel, sender, opener);
	if (!(how & HOW_UNREAD))
		answer_read(channel);
}

/* A process that shares our fds and not our rights. */
static void by_stranger(struct channel *channel, enum who opener, uint8_t how, bool send)
{
	pid_t pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		return;
	if (!pid) {
		place_become(&fixture_stranger);
		cover_begin(SEAT_STRANGER);
		if (channel->fd < 0)
			open_channel(channel);
		if (send && channel->fd >= 0)
			deliver(channel, STRANGER, opener, how);
		cover_collect(SEAT_STRANGER);
		_exit(0);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static bool ready_channel(struct channel *channel, enum who opener, uint8_t how)
{
	if (channel->fd >= 0)
		return true;
	if (opener == STRANGER) {
		by_stranger(channel, opener, how, false);
	} else {
		become(opener);
		open_channel(channel);
		become(ROOT);
	}
	if (channel->fd >= 0)
		size_channel(channel, how & HOW_SMALL);
	return channel->fd >= 0;
}

static void flush_batch(void)
{
	enum who sender = world->batch_who % SENDERS, opener = world->batch_who / SENDERS;
	struct channel *channel = channel_of(opener, world->batch_how);

	if (!world->len)
		return;
	if (ready_channel(channel, opener, world->batch_how)) {
		if (sender == STRANGER) {
			by_stranger(channel, opener, world->batch_how, true);
		} else {
			become(sender);
			deliver(channel, sender, opener, world->batch_how);
			become(ROOT);
		}
		world->messages++;
	}
	world->len = 0;
	world->in_batch = 0;
}

static void do_send(const struct step *step)
{
	unsigned int who = play_opener(step) * SENDERS + play_sender(step);

	if (world->len && who != world->batch_who)
		flush_batch();
	world->batch_who = who;
	world->batch_how = step->how;
	message_add(step);
	if (!(step->how & HOW_MORE))
		flush_batch();
}

static struct slot *picked(enum kind kind, const struct step *step)
{
	return fds_slot(fds_pick(kind, step->fd[0], step->target % DEVICES));
}

static enum kind kind_of(const struct step *step)
{
	return (step->value[0] + KIND_LEASE) % KINDS;
}

static void do_close(const struct step *step)
{
	struct slot *slot = picked(kind_of(step), step);
	int fd;

	if (!slot)
		return;
	fd = slot->fd;
	fds_remove(slot);
	close(fd);
}

static void do_dup(const struct step *step)
{
	struct slot *slot = picked(kind_of(step), step);

	if (slot)
		fds_add(fcntl(slot->fd, F_DUPFD_CLOEXEC, 0), slot->kind, slot->target);
}

static bool is_ready(void *arg)
{
	(void)arg;
	return __atomic_load_n(&world->holder_ready, __ATOMIC_ACQUIRE);
}

/* Some own vhost devices, some drop all but the leases. */
static void hold(unsigned int way)
{
	unsigned int i;

	for (i = 0; i < world->slots; i++) {
		const struct slot *s = &world->slot[i];

		if ((way & 1) && s->kind == KIND_VHOST)
			vhost_own(s->fd);
		if ((way & 2) && s->kind != KIND_LEASE)
			close(s->fd);
	}
	__atomic_store_n(&world->holder_ready, true, __ATOMIC_RELEASE);
	await_end();
}

static void do_fork(const struct step *step)
{
	pid_t pid;

	if (world->holders == HOLDERS)
		return;
	world->holder_ready = false;
	pid = spawn();
	if (!pid)
		hold(step->value[0]);
	eventually(is_ready, NULL, PATIENCE_MS);
	world->holder[world->holders++] = pid;
}

static void do_kill(const struct step *step)
{
	(void)step;
	if (world->holders)
		slay(world->holder[--world->holders]);
}

static bool send_fds(int sock, const int *fds, unsigned int n)
{
	char control[CMSG_SPACE(4 * sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = control, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = CMSG_SPACE(n * sizeof(*fds)),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n * sizeof(*fds));
	memcpy(CMSG_DATA(cmsg), fds, n * sizeof(*fds));
	return sendmsg(sock, &msg, MSG_DONTWAIT) == 1;
}

static void do_pass(const struct step *step)
{
	struct slot *slot = picked(kind_of(step), step);

	if (world->passing[0] < 0 &&
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, world->passing))
		return;
	if (!slot || world->passed - world->taken == PASSED ||
	    !send_fds(world->passing[0], &slot->fd, 1))
		return;
	world->passed_kind[world->passed++ % PASSED] = slot->kind;
}

static void do_take(const struct step *step)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int fd;

	(void)step;
	if (world->passing[0] < 0 ||
	    recvmsg(world->passing[1], &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg) {
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
		fds_add(fd, world->passed_kind[world->taken % PASSED], TARGETS);
	}
	world->taken++;
}

/* A socket in flight on itself, with the lease: only the collector finds it. */
static void do_garbage(const struct step *step)
{
	struct slot *slot = picked(KIND_LEASE, step);
	int pair[2], fds[3];

	if (!slot || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		return;
	fds[0] = slot->fd;
	fds[1] = pair[0];
	fds[2] = pair[1];
	send_fds(pair[0], fds, 3);
	send_fds(pair[1], fds, 3);
	close(pair[0]);
	close(pair[1]);
	if (step->value[1] & 1) {
		fds[0] = slot->fd;
		fds_remove(slot);
		close(fds[0]);
	}
}

static void do_epoll(const struct step *step)
{
	struct slot *slot = picked(KIND_LEASE, step);
	struct epoll_event event = { .events = EPOLLIN | EPOLLET | EPOLLONESHOT };
	int fd;

	if (!slot)
		return;
	if (step->value[1] & 1)
		event.events = EPOLLIN;
	fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd < 0)
		return;
	epoll_ctl(fd, EPOLL_CTL_ADD, slot->fd, &event);
	epoll_wait(fd, &event, 1, 0);
	/* It stays, while the lease may go. */
	fds_add(fd, KIND_OTHER, TARGETS);
}

static void do_poll(const struct step *step)
{
	struct slot *slot = picked(KIND_LEASE, step);
	struct pollfd fd = { .events = POLLIN };

	if (!slot)
		return;
	fd.fd = slot->fd;
	poll(&fd, 1, 0);
	cover_answer(0x10000 + fd.revents);
}

static void read_fdinfo(int fd)
{
	char path[64], text[512];
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return;
	if (read(info, text, sizeof(text)) < 0)
		flaw("fdinfo of a lease can't be read");
	close(info);
}

/* What a lease is not made for. */
static void do_call(const struct step *step)
{
	struct slot *slot = picked(KIND_LEASE, step);
	char buf[64] = { 0 };
	struct stat st;
	void *mem;
	int fd;

	if (!slot || slot->kind != KIND_LEASE)
		return;
	fd = slot->fd;
	switch (step->value[0] % 10) {
	case 0:
		read_fdinfo(fd);
		break;
	case 1:
		ioctl(fd, step->value[1] << 8 | step->value[2], buf);
		break;
	case 2:
		if (read(fd, buf, sizeof(buf)) > 0)
			flaw("a lease can be read");
		break;
	case 3:
		if (write(fd, buf, sizeof(buf)) > 0)
			flaw("a lease can be written");
		break;
	case 4:
		mem = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
		if (mem != MAP_FAILED)
			flaw("a lease can be mapped");
		break;
	case 5:
		fstat(fd, &st);
		lseek(fd, step->value[1], SEEK_SET);
		fsync(fd);
		break;
	case 6:
		fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK);
		fcntl(fd, F_SETOWN, getpid());
		break;
	case 7:
		flock(fd, LOCK_EX | LOCK_NB);
		break;
	case 8:
		snprintf(buf, sizeof(buf), "/proc/self/fd/%d", fd);
		fds_add(open(buf, O_RDWR | O_CLOEXEC), KIND_OTHER, TARGETS);
		break;
	case 9:
		syscall(SYS_kcmp, getpid(), getpid(), 0, fd, fd);
		break;
	}
}

static void do_vhost(const struct step *step)
{
	struct slot *slot = picked(KIND_VHOST, step);
	struct vhost_vring_file backend = { 0 };
	uint64_t features = 0;

	if (!slot || slot->kind != KIND_VHOST)
		return;
	switch (step->value[0] % 4) {
	case 0:
		ioctl(slot->fd, VHOST_SET_OWNER);
		break;
	case 1:
		ioctl(slot->fd, VHOST_RESET_OWNER);
		break;
	case 2:
		ioctl(slot->fd, VHOST_GET_FEATURES, &features);
		ioctl(slot->fd, VHOST_SET_FEATURES, &features);
		break;
	case 3:
		backend.fd = fds_pick(KIND_TAP, step->fd[1], step->target % DEVICES);
		ioctl(slot->fd, VHOST_NET_SET_BACKEND, &backend);
		break;
	}
}

static void do_queue(const struct step *step)
{
	struct slot *slot = picked(KIND_TAP, step);
	struct ifreq ifr = { .ifr_flags = step->value[1] & 1 ? IFF_ATTACH_QUEUE :
							      IFF_DETACH_QUEUE };

	if (slot && slot->kind == KIND_TAP)
		ioctl(slot->fd, TUNSETQUEUE, &ifr);
}

static void do_listen(const struct step *step)
{
	struct channel *channel = channel_of(ROOT, step->how & HOW_SMALL);
	int group = fixture_group();

	if (ready_channel(channel, ROOT, step->how))
		setsockopt(channel->fd, SOL_NETLINK,
			   step->value[0] & 1 ? NETLINK_DROP_MEMBERSHIP :
						NETLINK_ADD_MEMBERSHIP,
			   &group, sizeof(group));
}

static void set_limit(rlim_t fds)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = fds < limit.rlim_max ? fds : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Room for a few more fds, or for all again. */
static void do_limit(const struct step *step)
{
	int next = dup(0);

	if (next >= 0)
		close(next);
	set_limit(step->value[0] & 1 || next < 0 ? 1024 : next + step->value[1] % 6);
}

static void rename_link(const char *from, const char *to)
{
	struct ifreq ifr = { 0 };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", from);
	snprintf(ifr.ifr_newname, sizeof(ifr.ifr_newname), "%s", to);
	ioctl(sock, SIOCSIFNAME, &ifr);
	close(sock);
}

static void do_link(const struct step *step)
{
	unsigned int target = step->target % DEVICES;

	world->links = true;
	place_go(fixture_place(target));
	if (step->value[0] % 2)
		rename_link(fixture_name(target), FIXTURE_RENAMED);
	else
		tap_delete(fixture_ifindex(target));
	place_go(0);
}

static void (*const deeds[OPS])(const struct step *step) = {
	[OP_SEND] = do_send, [OP_CLOSE] = do_close, [OP_DUP] = do_dup,
	[OP_FORK] = do_fork, [OP_KILL] = do_kill, [OP_PASS] = do_pass,
	[OP_TAKE] = do_take, [OP_GARBAGE] = do_garbage, [OP_EPOLL] = do_epoll,
	[OP_POLL] = do_poll, [OP_CALL] = do_call, [OP_VHOST] = do_vhost,
	[OP_QUEUE] = do_queue, [OP_LISTEN] = do_listen, [OP_LIMIT] = do_limit,
	[OP_LINK] = do_link,
};

static void take_step(const struct step *step)
{
	unsigned int op = step->op % OPS;

	if (op == OP_SEND) {
		do_send(step);
	} else {
		call_begins();
		deeds[op](step);
		if (world->since)
			call_ends();
	}
	cover_collect(SEAT_SELF);
}

/* What answers named is known, so anything else must not be there. */
static void clean_up(void)
{
	unsigned int i;
	int fd;

	set_limit(1024);
	flush_batch();
	for (i = 0; i < SOCKETS; i++) {
		if (world->channel[i].fd < 0)
			continue;
		answer_read(&world->channel[i]);
		close(world->channel[i].fd);
	}
	call_begins();
	fds_close_all();
	call_ends();
	for (i = 0; i < 2; i++)
		if (world->passing[i] >= 0)
			close(world->passing[i]);
	fd = fds_stray();
	if (fd >= 0)
		flaw("fd %d is open, and no answer named it", fd);
	cover_collect(SEAT_SELF);
}

void play(const struct input *input)
{
	cover_begin(SEAT_SELF);
	for (world->at = 0; world->at < input->n && !world->flaw[0]; world->at++)
		take_step(&input->step[world->at]);
	clean_up();
	while (world->holders)
		slay(world->holder[--world->holders]);
	_exit(0);
}
