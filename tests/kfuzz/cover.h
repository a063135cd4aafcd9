/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an input reached. Two kinds of features make one worth keeping: pairs of
 * places in the module that followed each other, by KCOV, if the module was built
 * for it; and answers, which every kernel gives.
 */
#ifndef TEST_COVER_H
#define TEST_COVER_H

#include <stdbool.h>
#include <stdint.h>

/* In shared memory. Returns whether KCOV is there and the module built for it. */
bool cover_open(void);
/* From here on, what this process goes through counts; as what @seat it does. */
void cover_begin(unsigned int seat);
/* Look at what has come since the last time. */
void cover_collect(unsigned int seat);
void cover_answer(uint32_t hash);
/* How many new features there have been since the last call. */
unsigned int cover_fresh(void);
unsigned int cover_pcs(void);
unsigned int cover_features(void);
/* Which places: as offsets into the module's text, a line each. */
void cover_write(const char *path);

#define COVER_SEATS	2

#endif /* TEST_COVER_H */
