/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module does by itself, for the log of a test that waited for it in vain. */
#ifndef TEST_WORKERS_H
#define TEST_WORKERS_H

#include <sys/types.h>

/*
 * Say of a process what it is called, whether it runs, for how long it has (schedstat: ns
 * on a processor, ns in wait for one, times) and where in the kernel it is.
 */
void say_process(pid_t pid);
/* Say that of each thread that is at work for the module. */
void say_workers(void);

#endif /* TEST_WORKERS_H */
