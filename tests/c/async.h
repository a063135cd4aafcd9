/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Polls that hold a reference to the file: as long as their ring is there, which is
 * mapped into the memory of the process and goes with that.
 */
#ifndef TEST_ASYNC_H
#define TEST_ASYNC_H

/* Poll @fd for POLLIN until the process ends. Returns 0, or -errno: -ENOSYS, -EPERM. */
int async_poll_uring(int fd);
int async_poll_aio(int fd);

#endif /* TEST_ASYNC_H */
