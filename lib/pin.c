/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Commands on pins: making, looking at, changing and ending them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/if_tun.h>

#include "request.h"

/* Today's module has no need to call a dump interrupted: it is in order of ids. */
#define DUMP_TRIES	8

_Static_assert(sizeof(int) == sizeof(int32_t), "fds go out as they come in");

/* The end of the structure as it was when it came into the interface. */
#define FIRST_SIZE(type, last) \
	(offsetof(struct type, last) + sizeof(((struct type *)NULL)->last))

/* A command on one pin that takes nothing but flags. */
static int ask_flags(struct tappin *handle, uint8_t cmd, const char *name,
		     uint64_t id, unsigned int flags)
{
	tpn_begin(handle, cmd);
	tpn_put_pin(handle, name, id);
	tpn_put_flags(handle, flags);
	return tpn_ask(handle);
}

static int check_size(struct tappin *handle, const void *opts, size_t size,
		      size_t first, size_t known)
{
	const char *bytes = opts;
	size_t i;

	if (size < first)
		return tpn_error(handle, -EINVAL,
				 "options of size %zu: they begin with their size, %zu or more",
				 size, first);
	for (i = known; i < size; i++)
		if (bytes[i])
			return tpn_error(handle, -E2BIG,
					 "options that this libtappin doesn't know");
	return 0;
}

static int check_tap_fds(struct tappin *handle,
			 const struct tappin_new_opts *opts)
{
	struct ifreq ifr;
	unsigned int i;

	if (opts->queues > TAPPIN_QUEUES_MAX)
		return tpn_error(handle, -ERANGE,
				 "%u queues: a pin has at most %u",
				 opts->queues, TAPPIN_QUEUES_MAX);
	for (i = 0; i < opts->queues; i++)
		if (ioctl(opts->tap_fds[i], TUNGETIFF, &ifr) < 0 &&
		    errno == EBADFD)
			return tpn_error(handle, -EBADFD,
					 "fd %d has no device: TUNSETIFF comes first",
					 opts->tap_fds[i]);
	return 0;
}

static void put_new(struct tappin *handle, const struct tappin_new_opts *opts)
{
	int32_t vhost_fd = opts->vhost_fd;

	tpn_put_str(handle, TAPPIN_A_NAME, opts->name ? opts->name : "");
	tpn_put_u32(handle, TAPPIN_A_IFINDEX, opts->ifindex);
	tpn_put(handle, TAPPIN_A_TAP_FDS, opts->tap_fds,
		opts->queues * sizeof(*opts->tap_fds));
	if (opts->vhost)
		tpn_put(handle, TAPPIN_A_VHOST_FD, &vhost_fd, sizeof(vhost_fd));
	if (opts->has_uid)
		tpn_put_u32(handle, TAPPIN_A_UID, opts->uid);
	if (opts->has_gid)
		tpn_put_u32(handle, TAPPIN_A_GID, opts->gid);
	if (opts->note)
		tpn_put(handle, TAPPIN_A_NOTE, opts->note, opts->note_len);
}

/**
 * tappin_new() - make a pin of the queues of a TAP
 * @handle: the connection
 * @opts: name, device, queues, who may claim
 * @pin: gets the description, if not NULL
 *
 * Return: 0; -EINVAL or -E2BIG for the options' size; -ERANGE for too many
 * queues; -EMSGSIZE for a name or note beyond measure; -ENAMETOOLONG; -EINVAL for
 * a name, a device or fds that won't do; -EBADF for an fd that isn't open; -EBADFD
 * for a TAP fd without device; -EBUSY, with nobody who has it, if the fds are not
 * all queues of the device; -EEXIST if the name or the device has a pin; -ENODEV if
 * the device is being deleted; -EDQUOT if the namespace has as many pins as it may;
 * -EPERM; -ENOMEM; -ENOBUFS if the answer was lost: look whether there is one.
 */
EXPORT int tappin_new(struct tappin *handle, const struct tappin_new_opts *opts,
		      struct tappin_pin **pin)
{
	int ret;

	tpn_begin(handle, TAPPIN_CMD_NEW);
	ret = check_size(handle, opts, opts->size,
			 FIRST_SIZE(tappin_new_opts, note_len), sizeof(*opts));
	if (!ret)
		ret = check_tap_fds(handle, opts);
	if (ret)
		return ret;
	put_new(handle, opts);
	return tpn_ask_pin(handle, pin, TAPPIN_A_NAME);
}

/**
 * tappin_del() - delete a pin that is free or whose device is gone
 * @handle: the connection
 * @name: its name, or NULL
 * @id: its id if @name is NULL
 * @flags: TAPPIN_FORCE: evict the owner first
 *
 * Return: 0; -ENOENT; -EPERM; -EBUSY if it has an owner; -EINPROGRESS while
 * the evicted owner is being fenced: it goes by itself, don't ask again.
 */
EXPORT int tappin_del(struct tappin *handle, const char *name, uint64_t id,
		      unsigned int flags)
{
	return ask_flags(handle, TAPPIN_CMD_DEL, name, id, flags);
}

/**
 * tappin_get() - describe a pin
 * @handle: the connection
 * @name: its name, or NULL
 * @id: its id if @name is NULL
 * @pin: gets the description, with the note if the caller may claim
 *
 * Return: 0; -ENOENT; -ENOMEM.
 */
EXPORT int tappin_get(struct tappin *handle, const char *name, uint64_t id,
		      struct tappin_pin **pin)
{
	tpn_begin(handle, TAPPIN_CMD_GET);
	tpn_put_pin(handle, name, id);
	return tpn_ask_pin(handle, pin, TAPPIN_A_NAME);
}

struct entry {
	struct tappin_pin pin;
	struct entry *next;
};

struct dump {
	struct entry *first;
	struct entry **end;
};

static int collect(struct tappin *handle, const struct nlmsghdr *nlh, void *arg)
{
	struct tpn_reply *reply = &handle->reply;
	struct dump *dump = arg;
	struct entry *entry;

	tpn_reply_init(reply);
	if (tpn_reply_parse(reply, nlh))
		return tpn_error(handle, -EBADMSG,
				 "the module's reply can't be understood");
	entry = malloc(sizeof(*entry));
	if (!entry)
		return tpn_error(handle, -ENOMEM, NULL);
	*entry = (struct entry){ .pin = reply->pin };
	*dump->end = entry;
	dump->end = &entry->next;
	return 0;
}

static void free_dump(struct dump *dump)
{
	struct entry *entry;

	while ((entry = dump->first)) {
		dump->first = entry->next;
		free(entry);
	}
	dump->end = &dump->first;
}

/**
 * tappin_dump() - describe all pins of the network namespace
 * @handle: the connection; @cb may use it
 * @flags: TAPPIN_ALL_NETNS: of all namespaces, for an admin of the initial one
 * @cb: called for each pin, after the last has been had from the kernel
 * @arg: passed to @cb
 *
 * Return: 0; the first non-zero that @cb returned; -EPERM; -ENOMEM; -EINTR if
 * the pins changed each of the times it was tried.
 */
EXPORT int tappin_dump(struct tappin *handle, unsigned int flags,
		       tappin_pin_cb cb, void *arg)
{
	struct dump dump = { .end = &dump.first };
	const struct entry *entry;
	int tries = DUMP_TRIES;
	int ret;

	tpn_begin(handle, TAPPIN_CMD_GET);
	tpn_put_flags(handle, flags);
	do {
		free_dump(&dump);
		ret = tpn_exchange_dump(handle, collect, &dump);
	} while (ret == -EINTR && --tries);
	for (entry = dump.first; entry && !ret; entry = entry->next)
		ret = cb(&entry->pin, arg);
	free_dump(&dump);
	return ret;
}

/**
 * tappin_set() - change who may claim, or the note, as an admin
 * @handle: the connection
 * @name: the pin's name, or NULL
 * @id: its id if @name is NULL
 * @opts: what to change
 *
 * Return: 0; -EINVAL or -E2BIG for the options' size; -EMSGSIZE; -ENOENT;
 * -EPERM; -EINVAL.
 */
EXPORT int tappin_set(struct tappin *handle, const char *name, uint64_t id,
		      const struct tappin_set_opts *opts)
{
	int ret;

	tpn_begin(handle, TAPPIN_CMD_SET);
	ret = check_size(handle, opts, opts->size,
			 FIRST_SIZE(tappin_set_opts, note_len), sizeof(*opts));
	if (ret)
		return ret;
	tpn_put_pin(handle, name, id);
	if (opts->has_uid)
		tpn_put_u32(handle, TAPPIN_A_UID, opts->uid);
	if (opts->has_gid)
		tpn_put_u32(handle, TAPPIN_A_GID, opts->gid);
	if (opts->note)
		tpn_put(handle, TAPPIN_A_NOTE, opts->note, opts->note_len);
	return tpn_ask(handle);
}

/**
 * tappin_evict() - end the current owner's lease, as an admin
 * @handle: the connection
 * @name: the pin's name, or NULL
 * @id: its id if @name is NULL
 * @flags: TAPPIN_KILL: kill who holds it
 *
 * Return: 0; -ESRCH if nobody owns the pin; -ENODEV; -ENOENT; -EPERM; -EINPROGRESS
 *	while it is being fenced, or those to kill are still looked for: don't ask
 *	again; -EBUSY if those that another one is to kill are.
 */
EXPORT int tappin_evict(struct tappin *handle, const char *name, uint64_t id,
			unsigned int flags)
{
	return ask_flags(handle, TAPPIN_CMD_EVICT, name, id, flags);
}

/**
 * tappin_holder() - who had the pin that the last call found busy
 * @handle: the connection
 *
 * Return: the pin's description, good until the next call that takes the
 * handle; NULL if the last call didn't end with -EBUSY, or came without one.
 */
EXPORT const struct tappin_pin *tappin_holder(const struct tappin *handle)
{
	return handle->busy ? &handle->reply.pin : NULL;
}

/**
 * tappin_soon_free() - was the pin busy with an owner that is on its way out?
 * @handle: the connection
 *
 * It is being fenced; or it is free, but a process that is dying, perhaps, still has
 * queues of it (tappin_pin_strays() of the holder), or had when it was claimed.
 *
 * Return: true if the last call ended with -EBUSY for that: it is worth to ask again
 * for some seconds, 50 ms later or when the lease polls readable.
 */
EXPORT bool tappin_soon_free(const struct tappin *handle)
{
	const struct tappin_pin *pin = tappin_holder(handle);

	return pin && (tappin_pin_state(pin) == TAPPIN_STATE_FENCING ||
		       tappin_pin_state(pin) == TAPPIN_STATE_FREE);
}
