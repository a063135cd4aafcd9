/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child processes of tests: none is left over, whatever happens to the test. */
#ifndef TEST_PROCESS_H
#define TEST_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* fork(2); the child dies with its parent. */
pid_t spawn(void);
/* Wait for its end, PATIENCE_MS at most, else kill it. Returns its wait status. */
int reap(pid_t pid);
/* SIGKILL and wait. */
void slay(pid_t pid);
/* What is left to do for one that others will slay. */
_Noreturn void await_end(void);

#define UID_NOBODY	65534
/* Without rights from here on; it still dies with its parent if it was spawned. */
void become_nobody(void);

/* Open fds of this process, with a constant more. */
int count_fds(void);
/* References to the module, as lsmod shows them. */
int module_references(void);

/* Memory that forked processes have in common, zeroed. */
void *shared_memory(size_t len);

/* Many processes that begin at once. In shared memory. */
struct barrier {
	unsigned int wanted;
	unsigned int here;
};

struct barrier *barrier_new(void);
void barrier_reset(struct barrier *barrier, unsigned int wanted);
/* Spins at the end, so that all leave within microseconds. */
void barrier_wait(struct barrier *barrier);

#endif /* TEST_PROCESS_H */
