// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "async.h"

static void *map(int ring, size_t len, off_t what)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, what);
}

int async_poll_uring(int fd)
{
	struct io_uring_params params = {};
	int ring = syscall(SYS_io_uring_setup, 1, &params);
	struct io_uring_sqe *sqe;
	uint8_t *queue;

	if (ring < 0)
		return -errno;
	queue = map(ring, params.sq_off.array + sizeof(uint32_t), IORING_OFF_SQ_RING);
	sqe = map(ring, sizeof(*sqe), IORING_OFF_SQES);
	if (queue == MAP_FAILED || sqe == MAP_FAILED)
		return -errno;
	sqe->opcode = IORING_OP_POLL_ADD;
	sqe->fd = fd;
	sqe->poll32_events = POLLIN;
	*(uint32_t *)(queue + params.sq_off.array) = 0;
	*(uint32_t *)(queue + params.sq_off.tail) = 1;
	return syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) == 1 ? 0 : -errno;
}

int async_poll_aio(int fd)
{
	struct iocb poll = {
		.aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = fd, .aio_buf = POLLIN
	};
	struct iocb *list = &poll;
	aio_context_t context = 0;

	if (syscall(SYS_io_setup, 1, &context))
		return -errno;
	return syscall(SYS_io_submit, context, 1, &list) == 1 ? 0 : -errno;
}
