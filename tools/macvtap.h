/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TAPPIN_MACVTAP_H
#define TAPPIN_MACVTAP_H

#include "link.h"

/**
 * macvtap_check_free() - see that no process has it open
 * @link: the interface
 *
 * Return: 0, or an exit code after saying who has
 */
int macvtap_check_free(const struct link *link);

/* Open a queue. Return: an fd, or -1 after saying why not */
int macvtap_open(const struct link *link, bool multi_queue);

#endif
