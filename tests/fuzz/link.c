// SPDX-License-Identifier: GPL-2.0-or-later
/* rtnetlink's answer to the command, which looks at a TAP before it adopts it. */
#include <string.h>

#include "fuzz.h"
#include "link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link link;
	int ret;

	sim_start(data, size);
	ret = link_get("vm1", 0, &link);
	must(ret <= 0);
	must(ret || link.index);
	if (!ret)
		sim_seen += strlen(link.name) + strlen(link.kind) + link.txqlen +
			    link.queues + link.disabled + link.owner;
	return 0;
}
