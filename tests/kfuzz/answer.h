/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers, and what must be true of them: each message gets as many as it has a right
 * to, they parse, the fds in them are there, a refusal has a sentence, and who has no
 * right to a pin is not told its note.
 */
#ifndef TEST_ANSWER_H
#define TEST_ANSWER_H

#include "world.h"

/* The batch was sent: what is due now? As the kernel walks through it. */
void answer_expect(struct channel *channel, unsigned int sender, unsigned int opener);
/* Read all there is. */
void answer_read(struct channel *channel);

#endif /* TEST_ANSWER_H */
