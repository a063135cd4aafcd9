// SPDX-License-Identifier: GPL-2.0-or-later
/* nlctrl's answer, by which a connection finds the module. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tappin handle;
	int ret;

	sim_start(data, size);
	sim_connect(&handle);
	ret = tpn_family_resolve(&handle);
	must(ret <= 0);
	must(!ret || *handle.errmsg);
	return 0;
}
