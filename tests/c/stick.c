// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "inject.h"
#include "stick.h"

static int withhold(void *mem, size_t len)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)mem, .len = len },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &range))
		bail("userfaultfd");
	return fd;
}

void stick_init(struct stick *stick)
{
	uint8_t *mem = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		bail("memory for a ring");
	madvise(mem, RING_SIZE, MADV_NOHUGEPAGE);
	ring_init(&stick->ring, mem);
	stick->uffd = withhold(mem + RING_SIZE / 2, RING_SIZE / 2);
}

void stick_spring(const struct stick *stick, unsigned int ifindex)
{
	struct pollfd fault = { .fd = stick->uffd, .events = POLLIN };
	int sock = inject_open(ifindex);

	if (inject_one(sock, 0) || poll(&fault, 1, PATIENCE_MS) != 1)
		bail("the vhost worker did not take the bait");
	close(sock);
}

void stick_release(struct stick *stick)
{
	if (stick->uffd < 0)
		return;
	close(stick->uffd);
	stick->uffd = -1;
	ring_close(&stick->ring);
}
