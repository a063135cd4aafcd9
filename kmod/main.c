// SPDX-License-Identifier: GPL-2.0-only
/*
 * tappin: hold a virtual machine's TAP queues in the kernel and move their
 * ownership between processes in one step.
 *
 * Read <linux/tappin.h> for what it does, then table.h, pin.c, lease.c, fence.c
 * and lease_cmd.c for how.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/tappin.h>
#include <net/genetlink.h>

#include "device.h"
#include "netlink.h"
#include "registry.h"
#include "work.h"

static int __init tappin_init(void)
{
	int err;

	err = tappin_work_init();
	if (err)
		return err;
	err = tappin_registry_init();
	if (err)
		goto err_work;
	err = register_netdevice_notifier(&tappin_device_notifier);
	if (err)
		goto err_registry;
	/* Commands may come from now on. */
	err = genl_register_family(&tappin_family);
	if (err)
		goto err_device;
	return 0;

err_device:
	unregister_netdevice_notifier(&tappin_device_notifier);
err_registry:
	tappin_registry_exit();
err_work:
	tappin_work_exit();
	return err;
}

/* There are no pins and no leases any more, as each of them holds the module. */
static void __exit tappin_exit(void)
{
	genl_unregister_family(&tappin_family);
	unregister_netdevice_notifier(&tappin_device_notifier);
	tappin_work_exit();
	tappin_registry_exit();
	rcu_barrier();
}

module_init(tappin_init);
module_exit(tappin_exit);

MODULE_DESCRIPTION("Named TAP queues that outlive their processes");
MODULE_AUTHOR("The tappin developers");
MODULE_VERSION(TAPPIN_VERSION);
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY(TAPPIN_GENL_NAME);
