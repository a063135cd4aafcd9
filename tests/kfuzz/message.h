/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages made from steps, by what each command takes, and broken as they say. */
#ifndef TEST_MESSAGE_H
#define TEST_MESSAGE_H

#include "world.h"

void message_family(uint16_t family);
uint16_t message_type(void);
/* Add the message of a step, as often as it says, to the next sendmsg(). */
void message_add(const struct step *step);

#endif /* TEST_MESSAGE_H */
