/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A poll by io_uring, which holds a reference to the file: as long as the ring is
 * there, and that is mapped into the memory of the process.
 */
#ifndef TEST_URING_H
#define TEST_URING_H

/* Poll @fd for POLLIN until the process ends. Returns 0, or -errno: -ENOSYS, -EPERM. */
int uring_poll(int fd);

#endif /* TEST_URING_H */
