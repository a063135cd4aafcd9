// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: Finding pins
 *
 * By name within a network namespace, by netdev, and by id in the order they were
 * made, which lets a dump go on where it stopped: a pin that exists all the while
 * is listed once, whatever comes and goes beside it.
 *
 * Locks: the tables' own; readers are under RCU and take a reference before they
 * leave it. Pins are freed by RCU.
 */
#include <linux/ktime.h>
#include <linux/rhashtable.h>
#include <linux/xarray.h>

#include "device.h"
#include "pin.h"
#include "registry.h"

static const struct rhashtable_params by_name_params = {
	.head_offset = offsetof(struct tappin_pin, by_name),
	.key_offset = offsetof(struct tappin_pin, key),
	.key_len = sizeof(struct tappin_key),
	.automatic_shrinking = true,
};

static const struct rhashtable_params by_dev_params = {
	.head_offset = offsetof(struct tappin_pin, by_dev),
	.key_offset = offsetof(struct tappin_pin, dev),
	.key_len = sizeof(struct net_device *),
	.automatic_shrinking = true,
};

static struct rhashtable by_name;
static struct rhashtable by_dev;
static DEFINE_XARRAY(by_id);
static atomic64_t last_id;

/**
 * tappin_registry_init() - make the tables
 *
 * Return: 0 or -ENOMEM.
 */
int tappin_registry_init(void)
{
	int err;

	BUILD_BUG_ON(sizeof(unsigned long) < sizeof(u64));
	/*
	 * An id is not used again before a reboot, not even by a module that was loaded
	 * again: pins are not made by the million a second.
	 */
	atomic64_set(&last_id, ktime_to_us(ktime_get_boottime()));
	err = rhashtable_init(&by_name, &by_name_params);
	if (err)
		return err;
	err = rhashtable_init(&by_dev, &by_dev_params);
	if (err)
		rhashtable_destroy(&by_name);
	return err;
}

/**
 * tappin_registry_exit() - drop the tables, which are empty
 */
void tappin_registry_exit(void)
{
	rhashtable_destroy(&by_dev);
	rhashtable_destroy(&by_name);
	xa_destroy(&by_id);
}

/**
 * tappin_registry_add() - publish a pin and give it its id
 * @pin: filled, with its @dev, and locked by the caller
 * @why: set to a sentence on error
 *
 * Context: Process context.
 * Return: 0; -EEXIST if name or device is taken; -ENOMEM.
 */
int tappin_registry_add(struct tappin_pin *pin, const char **why)
{
	int err;

	err = rhashtable_lookup_insert_fast(&by_dev, &pin->by_dev, by_dev_params);
	if (err)
		return tappin_refusal(why, err,
				      err == -EEXIST ? "the device has a pin already" : NULL);
	err = rhashtable_lookup_insert_fast(&by_name, &pin->by_name, by_name_params);
	if (err) {
		tappin_refusal(why, err, err == -EEXIST ? "a pin of that name exists" : NULL);
		goto err_dev;
	}
	pin->id = atomic64_inc_return(&last_id);
	err = xa_insert(&by_id, pin->id, pin, GFP_KERNEL);
	if (err)
		goto err_name;
	refcount_inc(&pin->refs);
	return 0;

err_name:
	rhashtable_remove_fast(&by_name, &pin->by_name, by_name_params);
err_dev:
	tappin_registry_forget_dev(pin);
	WRITE_ONCE(pin->dev, NULL);
	return err;
}

/**
 * tappin_registry_remove() - unpublish a pin
 * @pin: with a reference of the caller's
 *
 * Context: pin->lock held; once for each pin.
 */
void tappin_registry_remove(struct tappin_pin *pin)
{
	xa_erase(&by_id, pin->id);
	rhashtable_remove_fast(&by_name, &pin->by_name, by_name_params);
	tappin_registry_forget_dev(pin);
	/* Nobody will tell when the device goes: it may not be looked at again. */
	WRITE_ONCE(pin->dev, NULL);
	/* Not the last one, the caller has one too. */
	refcount_dec(&pin->refs);
}

/**
 * tappin_registry_forget_dev() - let go of a pin's device
 * @pin: the pin
 *
 * Context: Any; the netdev notifier and a command may both come here.
 */
void tappin_registry_forget_dev(struct tappin_pin *pin)
{
	rhashtable_remove_fast(&by_dev, &pin->by_dev, by_dev_params);
}

static struct tappin_pin *pin_get_rcu(struct tappin_pin *pin)
{
	return pin && refcount_inc_not_zero(&pin->refs) ? pin : NULL;
}

/**
 * tappin_registry_by_name() - look a pin up
 * @net: in this namespace
 * @name: at most %TAPPIN_NAME_MAX bytes
 *
 * Context: Process context.
 * Return: the pin with a reference, or NULL.
 */
struct tappin_pin *tappin_registry_by_name(struct net *net, const char *name)
{
	struct tappin_key key = { .net = net };
	struct tappin_pin *pin;

	strscpy(key.name, name, sizeof(key.name));
	rcu_read_lock();
	pin = pin_get_rcu(rhashtable_lookup(&by_name, &key, by_name_params));
	rcu_read_unlock();
	return pin;
}

/**
 * tappin_registry_by_id() - look a pin up, in whatever namespace
 * @id: its id
 *
 * Context: Process context.
 * Return: the pin with a reference, or NULL.
 */
struct tappin_pin *tappin_registry_by_id(u64 id)
{
	struct tappin_pin *pin;

	rcu_read_lock();
	pin = pin_get_rcu(xa_load(&by_id, id));
	rcu_read_unlock();
	return pin;
}

/**
 * tappin_registry_by_dev() - look a pin up by its netdev
 * @dev: compared only
 *
 * Context: Any.
 * Return: the pin with a reference, or NULL.
 */
struct tappin_pin *tappin_registry_by_dev(struct net_device *dev)
{
	struct tappin_pin *pin;

	rcu_read_lock();
	pin = pin_get_rcu(rhashtable_lookup(&by_dev, &dev, by_dev_params));
	rcu_read_unlock();
	return pin;
}

/**
 * tappin_registry_next() - go through all pins in the order they were made
 * @id: of the last one; 0 to begin
 *
 * Context: Process context.
 * Return: the next pin with a reference, or NULL.
 */
struct tappin_pin *tappin_registry_next(u64 id)
{
	unsigned long index = id;
	struct tappin_pin *pin;

	rcu_read_lock();
	do
		pin = xa_find_after(&by_id, &index, ULONG_MAX, XA_PRESENT);
	while (pin && !pin_get_rcu(pin));
	rcu_read_unlock();
	return pin;
}

/**
 * tappin_registry_count() - count the pins of a namespace
 * @net: the namespace
 * @max: stop there
 *
 * Context: Process context.
 * Return: how many, at most @max.
 */
unsigned int tappin_registry_count(struct net *net, unsigned int max)
{
	struct tappin_pin *pin;
	unsigned long index;
	unsigned int n = 0;

	rcu_read_lock();
	xa_for_each(&by_id, index, pin) {
		if (n == max)
			break;
		n += pin->key.net == net;
	}
	rcu_read_unlock();
	return n;
}
