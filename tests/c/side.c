// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "inject.h"
#include "pin.h"
#include "process.h"
#include "side.h"

#define SELF	"--side"

static size_t slot_size(unsigned int queues)
{
	return (size_t)queues * RING_SIZE;
}

int side_memory(unsigned int slots, unsigned int queues)
{
	int fd = memfd_create("rings", 0);

	if (fd < 0 || ftruncate(fd, slots * slot_size(queues)))
		bail("memory for rings");
	return fd;
}

static uint8_t *map_slot(int memfd, unsigned int slot, unsigned int queues)
{
	void *mem = mmap(NULL, slot_size(queues), PROT_READ | PROT_WRITE,
			 MAP_SHARED, memfd, slot * slot_size(queues));

	if (mem == MAP_FAILED)
		bail("map the rings");
	return mem;
}

struct ring *side_view(int memfd, unsigned int slot, unsigned int queues)
{
	uint8_t *mem = map_slot(memfd, slot, queues);
	struct ring *rings = calloc(queues, sizeof(*rings));
	unsigned int i;

	for (i = 0; i < queues; i++)
		ring_view(&rings[i], mem + (size_t)i * RING_SIZE);
	return rings;
}

void side_spawn(struct side *side, const char *pin, int memfd)
{
	char args[4][16];
	int socks[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks))
		bail("socketpair");
	side->pid = spawn();
	if (side->pid) {
		close(socks[1]);
		side->sock = socks[0];
		return;
	}
	fcntl(socks[1], F_SETFD, 0);
	snprintf(args[0], sizeof(args[0]), "%u", side->slot);
	snprintf(args[1], sizeof(args[1]), "%u", side->queues);
	snprintf(args[2], sizeof(args[2]), "%d", socks[1]);
	snprintf(args[3], sizeof(args[3]), "%d", memfd);
	execl("/proc/self/exe", "side", SELF, pin, args[0], args[1], args[2],
	      args[3], NULL);
	bail("exec");
}

static int side_do(const struct side *side, enum side_op op, struct side_msg *msg)
{
	struct pollfd answer = { .fd = side->sock, .events = POLLIN };

	msg->op = op;
	if (send(side->sock, msg, sizeof(*msg), MSG_NOSIGNAL) < 0 ||
	    poll(&answer, 1, 2 * PATIENCE_MS) != 1 ||
	    recv(side->sock, msg, sizeof(*msg), 0) != sizeof(*msg))
		bail("side %d does not answer to order %d", (int)side->pid, op);
	return msg->ret;
}

int side_must(const struct side *side, enum side_op op, struct side_msg *msg)
{
	if (side_do(side, op, msg) < 0) {
		errno = 0;
		bail("order %d: %s: %s", op, error_name(msg->ret), msg->why);
	}
	return msg->ret;
}

static void forget(struct side *side)
{
	close(side->sock);
	side->pid = 0;
}

void side_close(struct side *side)
{
	struct side_msg msg;

	side_must(side, SIDE_CLOSE, &msg);
	reap(side->pid);
	forget(side);
}

void side_kill(struct side *side)
{
	slay(side->pid);
	forget(side);
}

/* From here on: the process itself. */

struct self {
	struct tappin *handle;
	struct tappin_lease *lease;
	const char *pin;
	unsigned int queues;
	uint8_t *mem;
	struct ring rings[TAPPIN_QUEUES_MAX];
};

static int set_up(struct self *self)
{
	unsigned int i;
	int ret = pin_own_vhost(self->lease);

	for (i = 0; i < self->queues && !ret; i++)
		ret = ring_set_up(&self->rings[i],
				  tappin_lease_vhost_fd(self->lease, i));
	return ret;
}

static int start(struct self *self)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < self->queues && !ret; i++)
		ret = ring_start(&self->rings[i],
				 tappin_lease_tap_fd(self->lease, i));
	return ret;
}

static int do_standby(struct self *self)
{
	unsigned int i;
	int ret;

	ret = tappin_standby(self->handle, self->pin, 0, &self->lease, NULL);
	if (ret)
		return ret;
	for (i = 0; i < self->queues; i++)
		ring_init(&self->rings[i], self->mem + (size_t)i * RING_SIZE);
	return set_up(self);
}

static int do_claim(struct self *self, struct side_msg *msg, bool with_cookie)
{
	uint64_t begin = now_ns();
	int ret;

	ret = pin_claim(self->handle, self->lease,
			with_cookie ? msg->cookie : NULL);
	msg->claim_ns = now_ns() - begin;
	if (ret)
		return ret;
	begin = now_ns();
	ret = start(self);
	msg->start_ns = now_ns() - begin;
	return ret;
}

static int do_claim_free(struct self *self, struct side_msg *msg)
{
	struct tap tap = { .name = "the TAP" };
	int ret;

	ret = do_claim(self, msg, false);
	if (ret || self->queues < 2)
		return ret;
	tap.fd[0] = tappin_lease_tap_fd(self->lease, 0);
	tap_steer(&tap, INJECT_STEER_OFFSET);
	return 0;
}

/* The claimant may not be gone yet, or its files not fenced. */
static int take_back(struct self *self)
{
	uint64_t end = now_ns() + PATIENCE_MS * 1000000ull;
	struct pollfd news = {
		.fd = tappin_lease_fd(self->lease), .events = POLLIN,
	};
	int ret;

	do {
		ret = tappin_withdraw(self->handle, self->lease);
		if (ret == -EBUSY || ret == -EINPROGRESS)
			poll(&news, 1, 100);
	} while ((ret == -EBUSY || ret == -EINPROGRESS) && now_ns() < end);
	return ret;
}

static int do_withdraw(struct self *self, struct side_msg *msg)
{
	uint64_t begin = now_ns();
	int ret = take_back(self);
	int err;

	msg->claim_ns = now_ns() - begin;
	if (ret != 1)
		return ret;
	begin = now_ns();
	err = set_up(self);
	if (!err)
		err = start(self);
	msg->start_ns = now_ns() - begin;
	return err ? err : 1;
}

static int do_poll(const struct self *self)
{
	struct pollfd news = {
		.fd = tappin_lease_fd(self->lease), .events = POLLIN,
	};

	return poll(&news, 1, PATIENCE_MS) < 0 ? -errno : news.revents;
}

static int carry_out(struct self *self, struct side_msg *msg)
{
	switch (msg->op) {
	case SIDE_STANDBY:
		return do_standby(self);
	case SIDE_CLAIM:
		return do_claim(self, msg, true);
	case SIDE_CLAIM_FREE:
		return do_claim_free(self, msg);
	case SIDE_OFFER:
		return tappin_offer(self->handle, self->lease, msg->cookie);
	case SIDE_WITHDRAW:
		return do_withdraw(self, msg);
	case SIDE_CONFIRM:
		return tappin_confirm(self->handle, self->lease);
	case SIDE_POLL:
		return do_poll(self);
	case SIDE_CLOSE:
		tappin_lease_close(self->lease);
		return 0;
	}
	return -EINVAL;
}

static _Noreturn void obey(struct self *self, int sock)
{
	struct side_msg msg;

	do {
		if (recv(sock, &msg, sizeof(msg), 0) != sizeof(msg))
			exit(1);
		msg.ret = carry_out(self, &msg);
		snprintf(msg.why, sizeof(msg.why), "%s",
			 tappin_errmsg(self->handle));
		if (send(sock, &msg, sizeof(msg), 0) < 0)
			exit(1);
	} while (msg.op != SIDE_CLOSE);
	exit(0);
}

void side_main(int argc, char **argv)
{
	static struct self self;

	if (argc != 7 || strcmp(argv[1], SELF))
		return;
	self.handle = pin_connect();
	self.pin = argv[2];
	self.queues = atoi(argv[4]);
	self.mem = map_slot(atoi(argv[6]), atoi(argv[3]), self.queues);
	obey(&self, atoi(argv[5]));
}
