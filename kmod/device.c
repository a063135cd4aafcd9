// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: The TAP device behind a pin
 *
 * A pin holds the queues' files, not the netdev, which its maker or anybody with
 * the right may still delete. NETDEV_UNREGISTER tells; but that is also sent when
 * a netdev moves to another namespace, where it lives on and so does the pin.
 *
 * tun and tap don't say in the kernel which netdev a file is a queue of. tun tells
 * people, in fdinfo; a macvtap's file is a character device that is a child of the
 * netdev. Both are asked once, when the pin is made.
 *
 * Locks: rtnl over the notifier and over the questions to tun. pin->lock is not
 * taken inside rtnl.
 */
#include <linux/fs.h>
#include <linux/if_tap.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <net/rtnetlink.h>
#include <net/sock.h>

#include "device.h"
#include "pin.h"
#include "registry.h"
#include "work.h"

static int device_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct tappin_pin *pin;

	if (event != NETDEV_UNREGISTER || tappin_device_alive(dev))
		return NOTIFY_DONE;
	pin = tappin_registry_by_dev(dev);
	if (!pin)
		return NOTIFY_DONE;

	tappin_registry_forget_dev(pin);
	/* Readers are under RCU, and rtnl waits for them before it frees dev. */
	WRITE_ONCE(pin->dev, NULL);
	WRITE_ONCE(pin->gone, true);
	queue_work(tappin_wq, &pin->gone_work);
	return NOTIFY_DONE;
}

/* Tells of devices that go. */
struct notifier_block tappin_device_notifier = {
	.notifier_call = device_event,
};

/**
 * tappin_device_gone_work() - tell a pin that its device is gone
 * @work: pin->gone_work; brings a reference to the pin, and comes once
 */
void tappin_device_gone_work(struct work_struct *work)
{
	struct tappin_pin *pin = container_of(work, struct tappin_pin, gone_work);

	/* Locking takes the step. */
	tappin_pin_lock(pin);
	tappin_pin_unlock(pin);
	tappin_pin_put(pin);
}

static bool tun_serves(struct file *file, const struct net_device *dev)
{
	char text[IFNAMSIZ + 64] = {}, line[IFNAMSIZ + 8];
	struct seq_file m = { .buf = text, .size = sizeof(text) - 1 };

	if (!file->f_op->show_fdinfo)
		return false;
	file->f_op->show_fdinfo(&m, file);
	snprintf(line, sizeof(line), "iff:\t%s\n", dev->name);
	return strstr(text, line);
}

static int device_devt_equal(struct device *child, void *devt)
{
	return child->devt == *(dev_t *)devt;
}

static bool macvtap_serves(struct file *file, struct net_device *dev)
{
	dev_t devt = file_inode(file)->i_rdev;

	/* A queue whose device has gone has no link, though its number may be another's. */
	return device_for_each_child(&dev->dev, &devt, device_devt_equal) &&
	       file->f_op->unlocked_ioctl(file, TUNGETIFF, ULONG_MAX) != -ENOLINK;
}

static int device_check_queue(struct net_device *dev, struct file *file, const char **why)
{
	struct socket *sock = tun_get_socket(file);
	bool serves;

	if (!IS_ERR(sock)) {
		serves = tun_serves(file, dev);
	} else {
		sock = tap_get_socket(file);
		if (IS_ERR(sock))
			return tappin_refusal(why, -EINVAL, "an fd is not a TAP queue");
		serves = macvtap_serves(file, dev);
	}
	if (!net_eq(sock_net(sock->sk), dev_net(dev)))
		return tappin_refusal(why, -EINVAL,
				      "a TAP queue belongs to another network namespace");
	if (!serves)
		return tappin_refusal(why, -EBADFD,
				      "an fd is not an attached queue of the device");
	return 0;
}

static int tun_check_info(struct nlattr **tb, unsigned int queues, const char **why)
{
	struct nlattr *detached = tb[IFLA_TUN_NUM_DISABLED_QUEUES];
	struct nlattr *attached = tb[IFLA_TUN_NUM_QUEUES];

	if (nla_get_u8(tb[IFLA_TUN_TYPE]) != IFF_TAP)
		return tappin_refusal(why, -EINVAL, "the device is a tun, not a TAP");
	if (!tb[IFLA_TUN_OWNER] && !tb[IFLA_TUN_GROUP])
		return tappin_refusal(why, -EINVAL,
				      "the device has no owner, so anyone could join it: TUNSETOWNER comes first");
	if ((attached ? nla_get_u32(attached) : 1) +
	    (detached ? nla_get_u32(detached) : 0) != queues)
		return tappin_refusal(why, -EBUSY, "the fds are not all queues of the device");
	return 0;
}

/* What tun tells ip(8) is all it tells of owner, type and number of queues. */
static int tun_check(struct net_device *dev, unsigned int queues, const char **why)
{
	struct nlattr *tb[IFLA_TUN_MAX + 1];
	struct sk_buff *skb;
	int err = -EMSGSIZE;

	skb = alloc_skb(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	rtnl_lock();
	if (dev->rtnl_link_ops && dev->rtnl_link_ops->fill_info)
		err = dev->rtnl_link_ops->fill_info(skb, dev);
	rtnl_unlock();
	if (!err)
		err = nla_parse(tb, IFLA_TUN_MAX, (struct nlattr *)skb->data,
				skb->len, NULL, NULL);
	if (!err)
		err = tb[IFLA_TUN_TYPE] ? tun_check_info(tb, queues, why) : -EINVAL;
	kfree_skb(skb);
	return err;
}

/**
 * tappin_device_check() - are these files all the queues of this device?
 * @dev: with a reference
 * @taps: distinct files
 * @queues: how many
 * @why: set to a sentence on error
 *
 * Context: Process context, no locks; takes rtnl.
 * Return: 0; -EINVAL, -EBADFD, -EBUSY with a sentence; -ENOMEM.
 */
int tappin_device_check(struct net_device *dev, struct file *const *taps,
			unsigned int queues, const char **why)
{
	unsigned int i;
	int err;

	*why = "the device is not a TAP";
	for (i = 0; i < queues; i++) {
		err = device_check_queue(dev, taps[i], why);
		if (err)
			return err;
	}
	if (IS_ERR(tun_get_socket(taps[0])))
		return 0;
	return tun_check(dev, queues, why);
}
