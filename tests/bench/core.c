// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core - what the module costs, as ratios within one run
 *
 *	core switch [PAIRS]	the switch against today's way (41)
 *	core pins [PINS]	claim, look-up, dump and memory with many pins (10000)
 *	core path [TRIALS]	the datapath of a pinned TAP (21)
 *
 * Nothing here fails for being slow: it prints figures, and what is wanted.
 *
 * The switch is a claim with the cookie by a process that stands by and owns its
 * vhost devices, while the old owner's run with rings and backends. Today's way
 * between two processes: the new one asks, the old one does VHOST_RESET_OWNER on
 * devices that run likewise and passes all fds over a socket, the new one does
 * VHOST_SET_OWNER. The two take turns.
 *
 * Minutes lie between the few pins and the many, and ten thousand netdevs: emulated,
 * each call of the kernel may take half as long again then. So generic netlink is
 * asked for a family of its own each time, too, and what the module takes is told in
 * those as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/vhost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "inject.h"
#include "pin.h"
#include "process.h"
#include "raw.h"
#include "ring.h"
#include "side.h"

#define PINNED		"bench0"
#define PLAIN		"bench1"
#define QUEUES_MAX	16

static void row(const char *what, double a, double b, const char *unit,
		const char *wanted)
{
	printf("%-34s %10.3f %10.3f %-8s %6.2f  %s\n", what, a, b, unit, a / b,
	       wanted);
	fflush(stdout);
}

static void head(const char *what, const char *a, const char *b)
{
	printf("\n%-34s %10s %10s %-8s %6s  %s\n", what, a, b, "", "ratio",
	       "wanted");
}

/* The switch. */

struct old_way {
	struct tap tap;
	void *mem;
	int sock;
	int fds[2 * QUEUES_MAX];
};

static void send_fds(int sock, const int *fds, unsigned int n)
{
	char control[CMSG_SPACE(2 * QUEUES_MAX * sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = "f", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, n * sizeof(int));
	if (sendmsg(sock, &msg, 0) < 0)
		bail("sendmsg");
}

static void receive_fds(int sock, int *fds, unsigned int n)
{
	char control[CMSG_SPACE(2 * QUEUES_MAX * sizeof(int))];
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) < 0 || !CMSG_FIRSTHDR(&msg))
		bail("recvmsg");
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&msg)), n * sizeof(int));
}

static void run_device(const struct old_way *way, unsigned int i, int vhost)
{
	struct ring ring;

	ring_init(&ring, (uint8_t *)way->mem + (size_t)i * RING_SIZE);
	if (vhost < 0 || vhost_own(vhost) || ring_set_up(&ring, vhost) ||
	    ring_start(&ring, way->tap.fd[i]))
		bail("a vhost device");
}

/* The old owner of today's way: ready, asked, done. */
static _Noreturn void be_old(struct old_way *way, int sock)
{
	unsigned int i, n = way->tap.queues;
	char byte;

	for (i = 0; i < n; i++) {
		way->fds[i] = way->tap.fd[i];
		way->fds[n + i] = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
		run_device(way, i, way->fds[n + i]);
	}
	if (write(sock, "r", 1) != 1 || read(sock, &byte, 1) != 1)
		_exit(1);
	for (i = 0; i < n; i++)
		if (ioctl(way->fds[n + i], VHOST_RESET_OWNER, NULL))
			bail("VHOST_RESET_OWNER");
	send_fds(sock, way->fds, 2 * n);
	/* To the end of the measurement it is not to be in the way. */
	if (read(sock, &byte, 1) < 0)
		_exit(1);
	_exit(0);
}

static uint64_t today(struct old_way *way)
{
	unsigned int i, n = way->tap.queues;
	uint64_t begin, ns;
	int socks[2];
	pid_t pid;
	char byte;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks))
		bail("socketpair");
	pid = spawn();
	if (!pid) {
		close(socks[0]);
		be_old(way, socks[1]);
	}
	close(socks[1]);
	if (read(socks[0], &byte, 1) != 1)
		bail("the old side");
	begin = now_ns();
	if (write(socks[0], "g", 1) != 1)
		bail("the old side");
	receive_fds(socks[0], way->fds, 2 * n);
	for (i = 0; i < n; i++)
		if (vhost_own(way->fds[n + i]))
			bail("VHOST_SET_OWNER");
	ns = now_ns() - begin;
	close(socks[0]);
	reap(pid);
	for (i = 0; i < 2 * n; i++)
		close(way->fds[i]);
	return ns;
}

/* sides[0] owns the pin, before and after. */
static uint64_t ours(struct side *sides, int memfd)
{
	struct side_msg msg;
	struct side swap;
	uint64_t ns;

	side_spawn(&sides[1], PINNED, memfd);
	side_must(&sides[1], SIDE_STANDBY, &msg);
	side_must(&sides[0], SIDE_OFFER, &msg);
	side_must(&sides[1], SIDE_CLAIM, &msg);
	ns = msg.claim_ns;
	side_must(&sides[1], SIDE_CONFIRM, &msg);
	side_close(&sides[0]);
	swap = sides[0];
	sides[0] = sides[1];
	sides[1] = swap;
	return ns;
}

static void prepare_sides(struct tappin *handle, struct side *sides, int memfd,
			  unsigned int queues)
{
	struct side_msg msg;
	struct tap tap;
	unsigned int i;

	tap_make(&tap, PINNED, queues);
	tap_up(&tap);
	if (pin_new(handle, PINNED, &tap, true))
		bail("new: %s", tappin_errmsg(handle));
	tap_close(&tap);
	for (i = 0; i < 2; i++)
		sides[i] = (struct side){ .slot = i, .queues = queues };
	side_spawn(&sides[0], PINNED, memfd);
	side_must(&sides[0], SIDE_STANDBY, &msg);
	side_must(&sides[0], SIDE_CLAIM_FREE, &msg);
}

static void bench_switch(struct tappin *handle, unsigned int queues,
			 unsigned int pairs, const char *wanted)
{
	uint64_t *a = calloc(pairs, sizeof(*a)), *b = calloc(pairs, sizeof(*b));
	int memfd = side_memory(2, queues);
	struct old_way way = { .mem = ring_memory(queues) };
	struct side sides[2];
	char what[64];
	unsigned int i;

	prepare_sides(handle, sides, memfd, queues);
	tap_make(&way.tap, PLAIN, queues);
	tap_up(&way.tap);
	for (i = 0; i < pairs; i++) {
		a[i] = ours(sides, memfd);
		b[i] = today(&way);
	}
	snprintf(what, sizeof(what), "%u queues, median of %u", queues, pairs);
	row(what, percentile(a, pairs, 50) / 1e6, percentile(b, pairs, 50) / 1e6,
	    "ms", wanted);
	side_close(&sides[0]);
	pin_drop(handle, PINNED);
	tap_close(&way.tap);
	close(memfd);
	free(a);
	free(b);
}

static void bench_switches(struct tappin *handle, unsigned int pairs)
{
	head("the switch", "tappin", "today");
	bench_switch(handle, 1, pairs, "<= 0.50");
	bench_switch(handle, 4, pairs, "<= 0.60");
	bench_switch(handle, 16, pairs, "<= 0.60");
}

/* Many pins. */

#define FEW	10u

struct figures {
	double other;	/* us, medians; generic netlink's own look-up of a family */
	double get;	/* as many different pins as there are few */
	double claim;
	double cold_get;	/* each time another pin */
	double cold_claim;
	double dump;	/* us a pin */
};

static void pin_name(char *name, size_t room, unsigned int i)
{
	snprintf(name, room, "many%u", i);
}

static long available_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kib = -1;

	while (file && kib < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld", &kib) != 1)
			kib = -1;
	fclose(file);
	return kib;
}

static void make_taps(struct tap *taps, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; i < to; i++) {
		struct tap *tap = &taps[i];

		pin_name(tap->name, sizeof(tap->name), i);
		tap->fd[0] = tap_queue(tap->name, 0);
		if (tap->fd[0] < 0 || ioctl(tap->fd[0], TUNSETOWNER, 0))
			bail("TAP %u", i);
		tap->queues = 1;
		tap->ifindex = if_nametoindex(tap->name);
	}
}

static void pin_taps(struct tappin *handle, struct tap *taps, unsigned int from,
		     unsigned int to)
{
	unsigned int i;

	for (i = from; i < to; i++) {
		if (pin_new(handle, taps[i].name, &taps[i], true))
			bail("pin %u: %s", i, tappin_errmsg(handle));
		tap_close(&taps[i]);
	}
}

static uint64_t time_other(struct raw *raw)
{
	uint64_t begin = now_ns();

	raw_begin_family(raw, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	raw_put_str(raw, CTRL_ATTR_FAMILY_NAME, "nlctrl");
	if (raw_ask(raw))
		bail("nlctrl");
	return now_ns() - begin;
}

/* Of @pins, @wanted different ones, from all over. */
static double time_get(struct tappin *handle, unsigned int pins,
		       unsigned int wanted, double *other)
{
	uint64_t ns[501], other_ns[ARRAY_SIZE(ns)];
	struct raw raw;
	unsigned int i;

	raw_open(&raw);

	for (i = 0; i < ARRAY_SIZE(ns); i++) {
		char name[IFNAMSIZ];
		uint64_t begin;

		pin_name(name, sizeof(name), i % wanted * 7919 % pins);
		begin = now_ns();
		if (pin_state(handle, name) != TAPPIN_STATE_FREE)
			bail("get %s: %s", name, tappin_errmsg(handle));
		ns[i] = now_ns() - begin;
		other_ns[i] = time_other(&raw);
	}
	raw_close(&raw);
	*other = percentile(other_ns, i, 50) / 1e3;
	return percentile(ns, i, 50) / 1e3;
}

static double time_claim(struct tappin *handle, unsigned int pins, unsigned int wanted)
{
	uint64_t ns[101];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ns); i++) {
		struct tappin_lease *lease;
		char name[IFNAMSIZ];
		uint64_t begin;

		pin_name(name, sizeof(name), i % wanted * 7919 % pins);
		lease = pin_standby(handle, name);
		begin = now_ns();
		if (tappin_claim(handle, lease, NULL, 0))
			bail("claim %s: %s", name, tappin_errmsg(handle));
		ns[i] = now_ns() - begin;
		tappin_lease_close(lease);
		if (!pin_reaches(handle, name, TAPPIN_STATE_FREE))
			bail("%s is not free", name);
	}
	return percentile(ns, i, 50) / 1e3;
}

static int count_pin(const struct tappin_pin *pin, void *arg)
{
	(void)pin;
	++*(unsigned int *)arg;
	return 0;
}

static double time_dump(struct tappin *handle, unsigned int pins)
{
	uint64_t ns[7];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ns); i++) {
		uint64_t begin = now_ns();
		unsigned int n = 0;

		if (tappin_dump(handle, 0, count_pin, &n) || n != pins)
			bail("dump of %u pins: %u, %s", pins, n,
			     tappin_errmsg(handle));
		ns[i] = now_ns() - begin;
	}
	return percentile(ns, i, 50) / 1e3 / pins;
}

static struct figures measure(struct tappin *handle, unsigned int pins)
{
	struct figures figures = {
		.cold_claim = time_claim(handle, pins, pins),
		.claim = time_claim(handle, pins, FEW),
		.dump = time_dump(handle, pins),
	};

	figures.cold_get = time_get(handle, pins, pins, &figures.other);
	figures.get = time_get(handle, pins, FEW, &figures.other);
	return figures;
}

static void raise_limit(void)
{
	struct rlimit limit = { 65536, 65536 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		bail("RLIMIT_NOFILE");
}

static void drop_pins(struct tappin *handle, unsigned int pins)
{
	char name[IFNAMSIZ];

	while (pins--) {
		pin_name(name, sizeof(name), pins);
		tappin_del(handle, name, 0, TAPPIN_FORCE);
	}
}

static void bench_pins(struct tappin *handle, unsigned int pins)
{
	struct tap *taps = calloc(pins, sizeof(*taps));
	struct figures few, some, many;
	unsigned int tenth = pins / 10;
	long without;
	char title[64];

	raise_limit();
	make_taps(taps, 0, tenth);
	pin_taps(handle, taps, 0, FEW);
	few = measure(handle, FEW);
	pin_taps(handle, taps, FEW, tenth);
	some = measure(handle, tenth);
	make_taps(taps, tenth, pins);
	without = available_kib();
	pin_taps(handle, taps, tenth, pins);
	printf("memory of a free pin: %.0f bytes (wanted: <= 1024), over %u pins\n",
	       (without - available_kib()) * 1024.0 / (pins - tenth),
	       pins - tenth);
	many = measure(handle, pins);
	snprintf(title, sizeof(title), "%u pins against %u", pins, FEW);
	head(title, "many", "few");
	row("netlink's own look-up of a family", many.other, few.other, "us", "");
	row("look-up by name", many.get, few.get, "us", "");
	row("  in netlink's own", many.get / many.other, few.get / few.other, "",
	    "<= 1.20");
	row("  each time another one", many.cold_get, few.cold_get, "us",
	    "as caches are");
	row("claim", many.claim, few.claim, "us", "");
	row("  in netlink's own", many.claim / many.other, few.claim / few.other, "",
	    "<= 1.20");
	row("  each time another one", many.cold_claim, few.cold_claim, "us",
	    "as caches are");
	snprintf(title, sizeof(title), "dump, a pin, against %u pins", tenth);
	row(title, many.dump, some.dump, "us", "about 1");
	drop_pins(handle, pins);
	free(taps);
}

/* The datapath. */

#define PACKETS	4000
#define AT_ONCE	100

/* Packets a second from the netdev to the reader of a queue. */
static double pass_packets(int sock, int fd)
{
	uint64_t begin = now_ns();
	unsigned int i, k;
	char packet[2048];

	for (i = 0; i < PACKETS; i += AT_ONCE) {
		for (k = 0; k < AT_ONCE; k++)
			if (inject_one(sock, i + k))
				bail("send");
		for (k = 0; k < AT_ONCE; k++)
			if (read(fd, packet, sizeof(packet)) < 0)
				bail("read");
	}
	return PACKETS * 1e9 / (now_ns() - begin);
}

/* The same TAP, with a pin and an owner whose fd it is. */
static double pass_pinned(struct tappin *handle, const struct tap *tap, int sock)
{
	struct tappin_lease *lease;
	double rate;

	if (pin_new(handle, PINNED, tap, false))
		bail("new: %s", tappin_errmsg(handle));
	lease = pin_standby(handle, PINNED);
	if (tappin_claim(handle, lease, NULL, TAPPIN_FORCE))
		bail("claim: %s", tappin_errmsg(handle));
	rate = pass_packets(sock, tappin_lease_tap_fd(lease, 0));
	tappin_lease_close(lease);
	tappin_del(handle, PINNED, 0, TAPPIN_FORCE);
	if (!pin_reaches(handle, PINNED, -ENOENT))
		bail("del");
	return rate;
}

static void bench_path(struct tappin *handle, unsigned int trials)
{
	uint64_t *a = calloc(trials, sizeof(*a)), *b = calloc(trials, sizeof(*b));
	struct tap tap;
	unsigned int i;
	int sock;

	tap_make(&tap, PLAIN, 1);
	tap_up(&tap);
	sock = inject_open(tap.ifindex);
	pass_packets(sock, tap.fd[0]);
	for (i = 0; i < trials; i++) {
		a[i] = pass_pinned(handle, &tap, sock);
		b[i] = pass_packets(sock, tap.fd[0]);
	}
	head("the datapath", "pinned", "unpinned");
	row("packets a second, median", percentile(a, trials, 50),
	    percentile(b, trials, 50), "", "1.00 within noise");
	row("  10th percentile", percentile(a, trials, 10),
	    percentile(b, trials, 10), "", "");
	row("  90th percentile", percentile(a, trials, 90),
	    percentile(b, trials, 90), "", "");
	close(sock);
	tap_close(&tap);
	free(a);
	free(b);
}

int main(int argc, char **argv)
{
	const char *what;
	struct tappin *handle;

	side_main(argc, argv);
	what = argc > 1 ? argv[1] : "all";
	handle = pin_connect();
	if (!strcmp(what, "switch") || !strcmp(what, "all"))
		bench_switches(handle, number(argc, argv, 2, 41));
	if (!strcmp(what, "path") || !strcmp(what, "all"))
		bench_path(handle, number(argc, argv, 2, 21));
	if (!strcmp(what, "pins") || !strcmp(what, "all"))
		bench_pins(handle, number(argc, argv, 2, 10000));
	return 0;
}
