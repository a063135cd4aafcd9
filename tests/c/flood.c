// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flood - many commands in one sendmsg(): generic netlink is held for all of them
 * together, so they may neither wait one after the other nor pile up files
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "pin.h"
#include "process.h"
#include "raw.h"
#include "tap.h"

#define NAME	"flood0"
#define MANY	96
/* What each of them may wait would be 4.8 s; an emulated machine takes its time. */
#define LIMIT_MS	2000

static struct tappin *handle;
static struct raw raw;
static char batch[MANY * 64];
static size_t batch_len;
static int answers[MANY];

/* What was begun in @raw, @n times over. */
static void fill(unsigned int n)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)raw.request;
	size_t len = MNL_ALIGN(nlh->nlmsg_len);
	unsigned int i;

	if (len > 64)
		bail("a message is longer than expected");
	for (i = 0; i < n; i++)
		memcpy(batch + i * len, raw.request, len);
	batch_len = n * len;
}

static unsigned int count(int err)
{
	unsigned int i, n = 0;

	for (i = 0; i < MANY; i++)
		n += answers[i] == err;
	return n;
}

/* Sends them, and reads what is said of each. Returns how long the sending took. */
static unsigned int send_all(void)
{
	uint64_t begin = now_ns();
	unsigned int ms, n = 0;

	if (mnl_socket_sendto(raw.nl, batch, batch_len) < 0)
		bail("send");
	ms = (now_ns() - begin) / 1000000;
	while (n < MANY) {
		const struct nlmsghdr *nlh = (void *)raw.answer;
		int len = mnl_socket_recvfrom(raw.nl, raw.answer, RAW_SIZE);

		if (len < 0)
			bail("receive");
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			if (nlh->nlmsg_type == NLMSG_ERROR && n < MANY)
				answers[n++] = *(int *)mnl_nlmsg_get_payload(nlh);
	}
	return ms;
}

/* Make the pin a free one of which a process without a lease, this one, has the queue. */
static int leave_stray(void)
{
	struct tappin_lease *lease = pin_own(handle, NAME);
	int stray = dup(tappin_lease_tap_fd(lease, 0));

	tappin_lease_close(lease);
	if (!pin_reaches(handle, NAME, TAPPIN_STATE_FREE))
		bail("the pin is not free");
	return stray;
}

/* With strays a claim waits. */
static void claims(void)
{
	int stray = leave_stray();
	struct tappin_lease *lease = pin_standby(handle, NAME);
	unsigned int ms;

	raw_begin(&raw, TAPPIN_CMD_CLAIM);
	raw_put_u32(&raw, TAPPIN_A_LEASE_FD, tappin_lease_fd(lease));
	fill(MANY);
	ms = send_all();
	ok(count(-EBUSY) == MANY, "%u claims of a pin with strays: all are refused", MANY);
	ok(ms < LIMIT_MS, "they did not wait one after the other (%u ms)", ms);
	close(stray);
	tappin_lease_close(lease);
}

/* Each would look through all processes, for a stray that is spared: the sender. */
static void kills(void)
{
	int stray = leave_stray();
	unsigned int ms;

	raw_begin(&raw, TAPPIN_CMD_EVICT);
	raw_put_str(&raw, TAPPIN_A_NAME, NAME);
	raw_put_flag(&raw, TAPPIN_A_KILL);
	fill(MANY);
	ms = send_all();
	ok(count(-EBUSY) + count(-EINPROGRESS) + count(0) == MANY,
	   "%u evictions with kill: those that find another at work are refused", MANY);
	ok(ms < LIMIT_MS, "they did not wait for the walks (%u ms)", ms);
	close(stray);
}

static void standbys(void)
{
	raw_begin(&raw, TAPPIN_CMD_STANDBY);
	raw_put_str(&raw, TAPPIN_A_NAME, NAME);
	fill(MANY);
	send_all();
	ok(count(0) == TAPPIN_STANDBYS_MAX && count(-EUSERS) == MANY - TAPPIN_STANDBYS_MAX,
	   "%u leases may stand by, no more", TAPPIN_STANDBYS_MAX);
}

static void no_fds(void)
{
	struct rlimit limit, none = { 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	none.rlim_max = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none);
	raw_begin(&raw, TAPPIN_CMD_STANDBY);
	raw_put_str(&raw, TAPPIN_A_NAME, NAME);
	fill(MANY);
	send_all();
	setrlimit(RLIMIT_NOFILE, &limit);
	ok(count(-EMFILE) == MANY, "no room for fds: all are refused");
}

int main(void)
{
	int room = 8 << 20;	/* for all answers at once */

	handle = pin_connect();
	raw_open(&raw);
	if (setsockopt(mnl_socket_get_fd(raw.nl), SOL_SOCKET, SO_RCVBUFFORCE, &room,
		       sizeof(room)))
		bail("SO_RCVBUFFORCE");
	pin_make(handle, NAME, 1, true);
	claims();
	kills();
	no_fds();
	standbys();
	/* The leases that stand by go with the process. */
	pin_drop(handle, NAME);
	return done();
}
