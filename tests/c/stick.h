/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vhost device that hangs: the buffers of its ring are pages that a userfaultfd
 * withholds, and its worker waits for one. So the device can't be fenced until
 * the page comes, on any kernel. (A stopped owner hangs its worker only where
 * that is a thread of the owner: from 6.12 on.)
 */
#ifndef TEST_STICK_H
#define TEST_STICK_H

#include "ring.h"
#include "tap.h"

struct stick {
	struct ring ring;
	int uffd;
};

/* Make a ring whose buffers are withheld. Its memory is its own. */
void stick_init(struct stick *stick);
/* The ring is set up and started: send a packet that the worker hangs on. */
void stick_spring(const struct stick *stick, unsigned int ifindex);
/* Let go. Harmless if it was done before. */
void stick_release(struct stick *stick);

#endif /* TEST_STICK_H */
