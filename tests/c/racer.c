// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "pin.h"
#include "racer.h"

/* The process was forked from its parent, so a function is where it is there. */
struct order {
	deed_fn deed;
	struct barrier *barrier;
	uint64_t delay_ns;
};

static void spin(uint64_t ns)
{
	uint64_t end = now_ns() + ns;

	while (now_ns() < end)
		;
}

static _Noreturn void obey(int sock, struct arena *arena)
{
	struct runner self = { .arena = arena, .stray = -1 };
	struct racer_answer said = { 0 };
	struct order order;

	for (;;) {
		if (recv(sock, &order, sizeof(order), 0) != sizeof(order))
			_exit(0);
		if (order.barrier)
			barrier_wait(order.barrier);
		spin(order.delay_ns);
		said.begin_ns = now_ns();
		said.ret = order.deed(&self);
		said.end_ns = now_ns();
		snprintf(said.why, sizeof(said.why), "%s",
			 said.ret < 0 && self.handle ? tappin_errmsg(self.handle) : "");
		if (send(sock, &said, sizeof(said), MSG_NOSIGNAL) < 0)
			_exit(0);
	}
}

static void bury(struct racer *racer)
{
	slay(racer->pid);
	close(racer->sock);
	racer->pid = 0;
}

bool racer_spawn(struct racer *racer, struct arena *arena)
{
	int socks[2];

	if (racer->pid)
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks))
		bail("socketpair");
	racer->pid = spawn();
	if (!racer->pid) {
		close(socks[0]);
		obey(socks[1], arena);
	}
	close(socks[1]);
	racer->sock = socks[0];
	racer->arena = arena;
	return true;
}

void racer_order(struct racer *racer, deed_fn deed, struct barrier *barrier,
		 uint64_t delay_ns)
{
	const struct order order = { deed, barrier, delay_ns };

	/* If it has been killed, racer_wait() tells. */
	if (send(racer->sock, &order, sizeof(order), MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE && errno != ECONNRESET)
		bail("process %d takes no order", (int)racer->pid);
}

int racer_wait(struct racer *racer)
{
	struct pollfd answer = { .fd = racer->sock, .events = POLLIN };

	if (poll(&answer, 1, 3 * PATIENCE_MS) != 1)
		bail("process %d does not answer", (int)racer->pid);
	if (recv(racer->sock, &racer->said, sizeof(racer->said), 0) ==
	    sizeof(racer->said))
		return racer->said.ret;
	bury(racer);
	racer->said.ret = RACER_DIED;
	racer->said.begin_ns = racer->arena->death_ns;
	racer->said.end_ns = now_ns();
	return RACER_DIED;
}

void racer_must(struct racer *racer, deed_fn deed)
{
	int ret;

	racer_order(racer, deed, NULL, 0);
	ret = racer_wait(racer);
	errno = 0;
	if (ret < 0 || ret == RACER_DIED)
		bail("what had to work did not: %s %s", error_name(ret),
		     racer->said.why);
}

bool racers_overlap(const struct racer *a, const struct racer *b)
{
	return a->said.begin_ns < b->said.end_ns && b->said.begin_ns < a->said.end_ns;
}

int racer_both(struct runner *self, deed_fn first, deed_fn second)
{
	int ret = first(self);

	return ret ? ret : second(self);
}

int do_connect(struct runner *self)
{
	tappin_close(self->handle);
	return tappin_open(&self->handle);
}

int do_standby(struct runner *self)
{
	int ret = tappin_standby(self->handle, self->arena->pin, 0, &self->lease, NULL);

	return !ret && self->arena->vhost ? pin_own_vhost(self->lease) : ret;
}

int do_own(struct runner *self)
{
	return racer_both(self, do_standby, do_claim_plain);
}

int do_offer(struct runner *self)
{
	return tappin_offer(self->handle, self->lease, self->arena->cookie);
}

int do_stray(struct runner *self)
{
	int ret = do_own(self);

	if (ret)
		return ret;
	self->stray = tappin_lease_take_tap_fd(self->lease, 0);
	tappin_lease_close(self->lease);
	self->lease = NULL;
	return 0;
}

int do_claim(struct runner *self)
{
	return pin_claim(self->handle, self->lease, self->arena->cookie);
}

int do_claim_plain(struct runner *self)
{
	return tappin_claim(self->handle, self->lease, NULL, 0);
}

int do_claim_force(struct runner *self)
{
	return tappin_claim(self->handle, self->lease, NULL, TAPPIN_FORCE);
}

int do_confirm(struct runner *self)
{
	return tappin_confirm(self->handle, self->lease);
}

int do_withdraw(struct runner *self)
{
	int ret = tappin_withdraw(self->handle, self->lease);

	return ret > 0 ? 0 : ret;
}

int do_die(struct runner *self)
{
	self->arena->death_ns = now_ns();
	return raise(SIGKILL);
}

int do_let_go(struct runner *self)
{
	tappin_lease_close(self->lease);
	self->lease = NULL;
	if (self->stray >= 0)
		close(self->stray);
	self->stray = -1;
	return 0;
}

int do_unload(struct runner *self)
{
	(void)self;
	return syscall(SYS_delete_module, "tappin", O_NONBLOCK) ? -errno : 0;
}
