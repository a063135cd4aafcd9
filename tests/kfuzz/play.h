/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An input's steps, carried out in a process of its own. */
#ifndef TEST_PLAY_H
#define TEST_PLAY_H

#include "world.h"

enum who play_sender(const struct step *step);
enum who play_opener(const struct step *step);
/* Does all steps and cleans up. Doesn't return. */
_Noreturn void play(const struct input *input);

#endif /* TEST_PLAY_H */
