/* SPDX-License-Identifier: GPL-2.0-only */
/* All pins, by name, device and id. */
#ifndef TAPPIN_REGISTRY_H
#define TAPPIN_REGISTRY_H

#include <linux/types.h>

struct net;
struct net_device;
struct tappin_pin;

int tappin_registry_init(void);
void tappin_registry_exit(void);

int tappin_registry_add(struct tappin_pin *pin, const char **why);
void tappin_registry_remove(struct tappin_pin *pin);
struct tappin_pin *tappin_registry_by_name(struct net *net, const char *name);
struct tappin_pin *tappin_registry_by_id(u64 id);
struct tappin_pin *tappin_registry_by_dev(struct net_device *dev);
struct tappin_pin *tappin_registry_next(u64 id);
unsigned int tappin_registry_count(struct net *net, unsigned int max);
void tappin_registry_forget_dev(struct tappin_pin *pin);

#endif /* TAPPIN_REGISTRY_H */
