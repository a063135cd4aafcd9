/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of users and groups, or their numbers in digits; good until the next call. */
#ifndef TAPPIN_NAMES_H
#define TAPPIN_NAMES_H

#include <sys/types.h>

const char *name_of_user(uid_t uid);
const char *name_of_group(gid_t gid);

#endif
