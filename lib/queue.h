/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TPN_QUEUE_H
#define TPN_QUEUE_H

#include "handle.h"

int tpn_queues_reset(struct tappin *handle, const struct tpn_fds *tap);

#endif /* TPN_QUEUE_H */
