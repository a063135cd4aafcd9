// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * traffic - numbered packets and a checked stream, both ways, between a guest
 * and the outside
 *
 *	traffic				the guest's end: waits for the other
 *	traffic [--log FILE] ADDRESS	the outside's end, which tells the figures
 *
 * Each end sends 100 packets a second by UDP, fewer if it is too slow for that, in
 * turn over 4 flows so that they use several queues, and half as many chunks of TCP
 * whose every byte is known from its place in the stream. Each packet has a number,
 * and what its sender has received so far: so the outside knows all. The outside's
 * end says "ready" when there is traffic. Then it answers each line of its input with
 *
 *	udp out: sent N lost N twice N gap-ms N; udp in: sent N lost N twice N
 *	gap-ms N; tcp: out N in N bad N; up
 *
 * in one line. "Out" is what the outside sends. A packet is lost if one with a
 * higher number arrived; an answer waits until the guest has what was sent before
 * the question, and from then on for 8 s in the hope that what is missing is late,
 * as what waits in one of several queues may be. "gap" is the longest time since the
 * last answer in which none arrived, "bad" counts wrong bytes of the streams. In place
 * of "up" it says "silent" if the guest did not answer within 30 s, and "broken" if
 * the stream has ended.
 *
 * All times are the outside's: a guest's clock stands still with the guest. The
 * log has a line for each packet that arrived: when, "in" or "out", its number
 * (out: the number of packets that arrived so far), and the gap before it in ms.
 *
 * It is static, has no threads, and needs nothing of the guest but a network.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define PORT		7077
#define FLOWS		4
#define TICK_NS		10000000	/* a packet each */
#define OWED		20		/* ticks, at most */
#define CHUNK_TICKS	2		/* a chunk each */
#define CHUNK		2000
#define NUMBERS		(1u << 22)	/* 11 hours of packets */
#define PATIENCE_S	30
#define LATE_S		8		/* for what may come out of order */
#define CONNECT_S	60

struct counts {
	uint64_t top;			/* the highest number, plus one */
	uint64_t packets;		/* without those that came twice */
	uint64_t twice;
	uint64_t bytes;			/* of the stream */
	uint64_t bad;
};

struct packet {
	uint64_t session;
	uint64_t number;
	struct counts got;		/* by the sender of this one */
};

/* For how long nothing arrived in one direction. */
struct gap {
	const char *name;
	double last;
	double longest;
};

enum { TIMER, STREAM, CONTROL, UDP, POLLED = UDP + FLOWS };

static struct pollfd fds[POLLED];
static struct sockaddr_in peer[FLOWS];
static uint64_t session, sent, stream_out, ticks, owed;
static struct counts got, theirs;
static uint8_t seen[NUMBERS / 8];
static bool guest;

/* Of the outside's end alone */
static struct gap out = { .name = "out" }, in = { .name = "in" };
static FILE *record;
static bool asked, ready;
static double asked_at;
static double fresh_at;			/* 0 as long as it isn't */
static uint64_t asked_sent;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Another byte if so much as one is missing before it. */
static uint8_t stream_byte(uint64_t place)
{
	uint64_t mixed = (place / 8 + 1) * 0x9e3779b97f4a7c15ull;

	mixed ^= mixed >> 29;
	return mixed >> (place % 8 * 8);
}

static void gap_ends(struct gap *gap, uint64_t number)
{
	double now = seconds(CLOCK_MONOTONIC), length = now - gap->last;

	if (gap->last && length > gap->longest)
		gap->longest = length;
	if (gap->last && record)
		fprintf(record, "%.6f %s %llu %.3f\n", seconds(CLOCK_REALTIME),
			gap->name, (unsigned long long)number, length * 1e3);
	gap->last = now;
}

/* Sending */

static void send_packet(void)
{
	struct packet packet = { session, sent, got };
	unsigned int flow = sent % FLOWS;

	/* The guest knows where to when it has heard of the other's flow. */
	if (peer[flow].sin_port)
		sendto(fds[UDP + flow].fd, &packet, sizeof(packet),
		       MSG_DONTWAIT, (struct sockaddr *)&peer[flow],
		       sizeof(peer[flow]));
	sent++;
}

static void send_chunk(void)
{
	uint8_t chunk[CHUNK];
	ssize_t done;
	size_t i;

	for (i = 0; i < CHUNK; i++)
		chunk[i] = stream_byte(stream_out + i);
	done = send(fds[STREAM].fd, chunk, CHUNK, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (done > 0)
		stream_out += done;
}

/* Until it is, what we send could come from nowhere for the other end. */
static bool introduced(void)
{
	unsigned int i;

	if (!guest)
		return got.bytes;
	for (i = 0; i < FLOWS; i++)
		if (!peer[i].sin_port)
			return false;
	return true;
}

/*
 * An end that is too slow for its rate leaves ticks out. If it caught up with all of
 * them it would receive nothing meanwhile, owe more than before, and so forth.
 */
static void count_ticks(void)
{
	uint64_t due = 0;

	if (read(fds[TIMER].fd, &due, sizeof(due)) != sizeof(due))
		return;
	owed = owed + due < OWED ? owed + due : OWED;
}

static void tick(void)
{
	owed--;
	if (!session)
		return;
	if (introduced())
		send_packet();
	if (++ticks % CHUNK_TICKS == 0 && fds[STREAM].fd >= 0)
		send_chunk();
}

/* Receiving */

static void take_number(uint64_t number)
{
	uint8_t bit = 1 << number % 8;

	if (number >= NUMBERS)
		return;
	if (seen[number / 8] & bit) {
		got.twice++;
		return;
	}
	seen[number / 8] |= bit;
	got.packets++;
	if (number >= got.top)
		got.top = number + 1;
}

/* Packets of different flows may overtake each other. */
static void take_theirs(const struct counts *counts)
{
	if (counts->packets + counts->twice < theirs.packets + theirs.twice ||
	    counts->bytes < theirs.bytes)
		return;
	if (!guest && counts->packets > theirs.packets)
		gap_ends(&out, counts->packets);
	theirs = *counts;
}

static void receive_packets(unsigned int flow)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	struct packet packet;

	while (recvfrom(fds[UDP + flow].fd, &packet, sizeof(packet),
			MSG_DONTWAIT, (struct sockaddr *)&from,
			&len) == sizeof(packet)) {
		if (!session || packet.session != session)
			continue;
		if (guest)
			peer[flow] = from;
		else
			gap_ends(&in, packet.number);
		take_number(packet.number);
		take_theirs(&packet.got);
	}
}

static void stream_ends(void)
{
	close(fds[STREAM].fd);
	fds[STREAM].fd = -1;
	if (guest)
		session = 0;
}

static void receive_stream(void)
{
	static uint8_t bytes[65536];
	ssize_t len = recv(fds[STREAM].fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	ssize_t i;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		stream_ends();
		return;
	}
	for (i = 0; i < len; i++)
		got.bad += bytes[i] != stream_byte(got.bytes + i);
	got.bytes += len;
}

/* The guest's end: who connects last is the one to talk with. */
static void accept_session(void)
{
	int fd = accept4(fds[CONTROL].fd, NULL, NULL, SOCK_CLOEXEC);
	struct timeval limit = { .tv_sec = 2 };

	if (fd < 0)
		return;
	if (fds[STREAM].fd >= 0)
		stream_ends();
	memset(seen, 0, sizeof(seen));
	memset(peer, 0, sizeof(peer));
	memset(&got, 0, sizeof(got));
	memset(&theirs, 0, sizeof(theirs));
	sent = 0;
	stream_out = 0;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (recv(fd, &session, sizeof(session), MSG_WAITALL) != sizeof(session)) {
		session = 0;
		close(fd);
		return;
	}
	fds[STREAM].fd = fd;
}

/* The outside's end */

static uint64_t missing(const struct counts *counts)
{
	return counts->top - counts->packets;
}

static void answer(bool fresh)
{
	printf("udp out: sent %llu lost %llu twice %llu gap-ms %.0f; "
	       "udp in: sent %llu lost %llu twice %llu gap-ms %.0f; "
	       "tcp: out %llu in %llu bad %llu; %s\n",
	       (unsigned long long)sent, (unsigned long long)missing(&theirs),
	       (unsigned long long)theirs.twice, out.longest * 1e3,
	       (unsigned long long)got.top, (unsigned long long)missing(&got),
	       (unsigned long long)got.twice, in.longest * 1e3,
	       (unsigned long long)theirs.bytes, (unsigned long long)got.bytes,
	       (unsigned long long)(got.bad + theirs.bad),
	       fds[STREAM].fd < 0 ? "broken" : fresh ? "up" : "silent");
	out.longest = 0;
	in.longest = 0;
	asked = false;
	if (record)
		fflush(record);
}

static void maybe_answer(void)
{
	bool complete = !missing(&got) && !missing(&theirs);
	double now = seconds(CLOCK_MONOTONIC);

	if (!ready && in.last && out.last && got.bytes) {
		ready = true;
		puts("ready");
	}
	if (!asked || !ready)
		return;
	if (!fresh_at && theirs.top >= asked_sent)
		fresh_at = now;
	if (fresh_at ? complete || now > fresh_at + LATE_S : now > asked_at + PATIENCE_S)
		answer(fresh_at);
}

static void read_question(void)
{
	char line[64];

	if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
		exit(0);
	asked = true;
	asked_at = seconds(CLOCK_MONOTONIC);
	fresh_at = 0;
	asked_sent = sent;
}

static int connected(const struct sockaddr_in *where)
{
	double limit = seconds(CLOCK_MONOTONIC) + CONNECT_S;
	int fd;

	for (;;) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (!connect(fd, (const struct sockaddr *)where, sizeof(*where)))
			return fd;
		if (seconds(CLOCK_MONOTONIC) > limit)
			die("connect");
		close(fd);
		/* The pause between two attempts. */
		poll(NULL, 0, 100);
	}
}

static void start_outside(const char *address)
{
	struct sockaddr_in where = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	unsigned int i;

	if (!inet_aton(address, &where.sin_addr)) {
		fprintf(stderr, "traffic: not an address: %s\n", address);
		exit(1);
	}
	fds[CONTROL].fd = STDIN_FILENO;
	fds[STREAM].fd = connected(&where);
	for (i = 0; i < FLOWS; i++) {
		peer[i] = where;
		peer[i].sin_port = htons(PORT + i);
	}
	if (getrandom(&session, sizeof(session), 0) != sizeof(session) ||
	    send(fds[STREAM].fd, &session, sizeof(session), 0) < 0)
		die("session");
}

static void start_guest(void)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
	};
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned int i;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) || listen(fd, 1))
		die("listen");
	fds[CONTROL].fd = fd;
	for (i = 0; i < FLOWS; i++) {
		here.sin_port = htons(PORT + i);
		if (bind(fds[UDP + i].fd, (struct sockaddr *)&here,
			 sizeof(here)))
			die("bind");
	}
	puts("traffic waits");
}

static void start(void)
{
	struct itimerspec every = {
		.it_interval.tv_nsec = TICK_NS,
		.it_value.tv_nsec = TICK_NS,
	};
	int size = 1 << 20;
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < POLLED; i++)
		fds[i] = (struct pollfd) { .fd = -1, .events = POLLIN };
	for (i = UDP; i < UDP + FLOWS; i++) {
		fds[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fds[i].fd < 0)
			die("socket");
		/* What waited while the guest stood still comes all at once. */
		setsockopt(fds[i].fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
			   sizeof(size));
	}
	fds[TIMER].fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (fds[TIMER].fd < 0 || timerfd_settime(fds[TIMER].fd, 0, &every, NULL))
		die("timer");
}

static void run(void)
{
	unsigned int i;

	for (;;) {
		if (poll(fds, POLLED, owed ? 0 : -1) < 0 && errno != EINTR)
			die("poll");
		for (i = 0; i < FLOWS; i++)
			if (fds[UDP + i].revents)
				receive_packets(i);
		if (fds[STREAM].revents)
			receive_stream();
		if (fds[CONTROL].revents && guest)
			accept_session();
		else if (fds[CONTROL].revents)
			read_question();
		if (fds[TIMER].revents)
			count_ticks();
		if (owed)
			tick();
		if (!guest)
			maybe_answer();
	}
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "--log")) {
		record = fopen(argv[2], "w");
		if (!record)
			die(argv[2]);
		argc -= 2;
		argv += 2;
	}
	if (argc > 2) {
		fputs("usage: traffic [[--log FILE] ADDRESS]\n", stderr);
		return 1;
	}
	guest = argc == 1;
	start();
	if (guest)
		start_guest();
	else
		start_outside(argv[1]);
	run();
}
