/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults that are made on purpose, each a certain step of what is done next: an
 * allocation of the kernel's on behalf of this process, or of its threads, or a
 * number for an fd.
 */
#ifndef TEST_FAULT_H
#define TEST_FAULT_H

#include <stdbool.h>

/* Allocations fail only where the kernel was built to let them. */
bool fault_memory_can(void);
/* Once, before any: what is allocated in whatever way may fail then. */
void fault_memory_prepare(void);

/* The @nth allocation of this process from now on fails. */
void fault_memory_arm(unsigned int nth);
/* None fails any more. Has it come to that one? */
bool fault_memory_disarm(void);

/* The same for each thread of the kernel that does work for others. */
void fault_threads_arm(unsigned int nth);
/* How many have had theirs? */
unsigned int fault_threads_disarm(void);

/* No more than @n fds fit in this process's table. */
void fault_fds_arm(unsigned int n);
void fault_fds_disarm(void);

#endif /* TEST_FAULT_H */
