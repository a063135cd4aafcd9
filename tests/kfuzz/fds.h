/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fds of an input, by what they are. A selector is one byte: of the wanted kind,
 * of any kind, a plain number, or a special file. Files are opened when they are
 * first selected.
 */
#ifndef TEST_FDS_H
#define TEST_FDS_H

#include "world.h"

void fds_add(int fd, enum kind kind, unsigned int target);
/* Never fails: what is not to be had gives a number that is no fd. */
int fds_pick(enum kind kind, uint8_t selector, unsigned int target);
struct slot *fds_slot(int fd);
/* Forgets the slot; the fd is the caller's. */
void fds_remove(struct slot *slot);
void fds_close_all(void);
/* One that is open and that no slot, socket or such has; or -1. */
int fds_stray(void);

#endif /* TEST_FDS_H */
