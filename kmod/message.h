/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of a pin, and to whom. */
#ifndef TAPPIN_MESSAGE_H
#define TAPPIN_MESSAGE_H

#include <linux/tappin.h>
#include <linux/types.h>

struct pid_namespace;
struct sk_buff;
struct tappin_pin;
struct user_namespace;

/**
 * struct tappin_reader - whose view a description takes
 * @user_ns: for uid and gid
 * @pid_ns: for pids
 * @note: may see the note
 */
struct tappin_reader {
	struct user_namespace *user_ns;
	struct pid_namespace *pid_ns;
	bool note;
};

/* Room for all attributes of a description but the note. */
size_t tappin_describe_size(void);
int tappin_describe(struct sk_buff *skb, struct tappin_pin *pin,
		    const struct tappin_reader *reader);
struct sk_buff *tappin_event_build(struct tappin_pin *pin,
				   enum tappin_event event);
void tappin_event_post(struct tappin_pin *pin, struct sk_buff *skb);
void tappin_event_send(struct tappin_pin *pin, enum tappin_event event);

#endif /* TAPPIN_MESSAGE_H */
