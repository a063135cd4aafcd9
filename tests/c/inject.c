// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "check.h"
#include "inject.h"

#define ETHERTYPE	0x88b5	/* for local experiments */
#define MAGIC		0x7461
#define BURST		16	/* what a late sender may send at once */

struct frame {
	uint8_t to[6];
	uint8_t from[6];
	uint16_t type;
	uint16_t magic;
	uint16_t unused;
	uint32_t seq;
	uint8_t padding[38];
} __attribute__((packed));

_Static_assert(offsetof(struct frame, seq) + 3 == INJECT_STEER_OFFSET,
	       "the number's low byte");

int inject_open(unsigned int ifindex)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_ifindex = ifindex,
	};
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (sock < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)))
		bail("packet socket");
	return sock;
}

int inject_one(int sock, uint32_t seq)
{
	struct frame frame = {
		.to = { 0x02, 0, 0, 0, 0, 1 },
		.from = { 0x02, 0, 0, 0, 0, 2 },
		.type = htons(ETHERTYPE),
		.magic = htons(MAGIC),
		.seq = htonl(seq),
	};

	return send(sock, &frame, sizeof(frame), 0) < 0 ? -errno : 0;
}

bool inject_is(const void *data, uint32_t *seq)
{
	struct frame frame;

	memcpy(&frame, data, sizeof(frame));
	*seq = ntohl(frame.seq);
	return frame.type == htons(ETHERTYPE) && frame.magic == htons(MAGIC);
}

static void sleep_until(uint64_t ns)
{
	const struct timespec at = {
		.tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

void inject_run(struct injector *injector)
{
	uint64_t step = 1000000000 / injector->rate;
	uint64_t begin = now_ns(), due = begin;
	int sock = inject_open(injector->ifindex);

	while (!injector->stop && injector->sent < injector->max) {
		uint64_t now;

		sleep_until(due);
		if (inject_one(sock, injector->sent))
			injector->refused++;
		else
			injector->sent++;
		due += step;
		now = now_ns();
		if (now > due + BURST * step)
			due = now;
	}
	injector->ns = now_ns() - begin;
}
