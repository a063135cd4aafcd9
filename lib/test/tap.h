/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For tests of the library: TAP output, messages as the module would send them,
 * and an eye on the fds of this process.
 */
#ifndef TPN_TEST_TAP_H
#define TPN_TEST_TAP_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/genetlink.h>

#include "request.h"

static int tests, failures;

#define ok(cond, ...) do {					\
	int ok_ = !!(cond);					\
								\
	failures += !ok_;					\
	printf("%sok %d - ", ok_ ? "" : "not ", ++tests);	\
	printf(__VA_ARGS__);					\
	putchar('\n');						\
	if (!ok_)						\
		printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);	\
} while (0)

static inline int done(void)
{
	printf("1..%d\n", tests);
	return failures != 0;
}

static inline int new_fd(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static inline bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static inline int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* A message in the making. */
struct msg {
	struct nlmsghdr nlh;
	char room[16384];
};

static inline void msg_init(struct msg *msg)
{
	struct genlmsghdr *genl;

	/* libmnl leaves what is between attributes as it was. */
	memset(msg, 0, sizeof(*msg));
	mnl_nlmsg_put_header(msg);
	msg->nlh.nlmsg_type = GENL_MIN_ID + 10;
	genl = mnl_nlmsg_put_extra_header(&msg->nlh, sizeof(*genl));
	genl->version = TAPPIN_GENL_VERSION;
}

static inline void msg_fds(struct msg *msg, uint16_t attr, const int *fds,
			   unsigned int n)
{
	mnl_attr_put(&msg->nlh, attr, n * sizeof(*fds), fds);
}

static inline void msg_pin(struct msg *msg, enum tappin_state state,
			   uint32_t queues)
{
	msg_init(msg);
	mnl_attr_put_u64(&msg->nlh, TAPPIN_A_ID, 7);
	mnl_attr_put_strz(&msg->nlh, TAPPIN_A_NAME, "vm1");
	mnl_attr_put_u32(&msg->nlh, TAPPIN_A_STATE, state);
	mnl_attr_put_u32(&msg->nlh, TAPPIN_A_QUEUES, queues);
}

#endif /* TPN_TEST_TAP_H */
