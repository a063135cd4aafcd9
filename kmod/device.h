/* SPDX-License-Identifier: GPL-2.0-only */
/* The device of a pin: is it fit for one, where has it gone? */
#ifndef TAPPIN_DEVICE_H
#define TAPPIN_DEVICE_H

#include <linux/netdevice.h>

struct file;
struct tappin_pin;
struct work_struct;

extern struct notifier_block tappin_device_notifier;

int tappin_device_check(struct net_device *dev, struct file *const *taps,
			unsigned int queues, const char **why);
void tappin_device_gone_work(struct work_struct *work);

/* Has nobody begun to unregister it? */
static inline bool tappin_device_alive(const struct net_device *dev)
{
	return READ_ONCE(dev->reg_state) == NETREG_REGISTERED;
}

#endif /* TAPPIN_DEVICE_H */
