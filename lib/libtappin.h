/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libtappin: talk to the tappin kernel module.
 *
 * The concepts (pin, lease, offer) and what each command promises are told in
 * <linux/tappin.h>; this is their C form.
 *
 * Every call that can fail returns 0, a count or an fd on success and -errno on
 * failure, and never prints. tappin_errmsg() has the sentence for people. A
 * handle may be used by one thread at a time; different handles don't affect
 * each other. All fds are close-on-exec. Structures passed in begin with their
 * size, so that they can grow: use TAPPIN_OPTS(type, ...).
 *
 * Common errors: -EOPNOTSUPP the module is not loaded and could not be;
 * -EPROTONOSUPPORT it speaks another version; -EPERM no right to it; -ENOENT no
 * such pin; -EBUSY somebody else has it (tappin_errmsg() says who); -EEXIST there is
 * one of that name, or of that device; -ESRCH nobody owns what was to be evicted;
 * -ENODEV its device is gone; -EKEYREJECTED the cookie is not that of a standing offer;
 * -EBADFD the lease's part does not allow it now; -EUSERS too many leases stand by;
 * -EDQUOT too many pins are in the namespace; -ESTALE the lease has ended;
 * -EINPROGRESS accepted and not yet finished; -ENOBUFS the module's answer was lost,
 * and the command perhaps done; -EBADMSG it can't be understood; -EINVAL, -ERANGE,
 * -E2BIG, -ENAMETOOLONG, -EMSGSIZE what was given won't do: see each function.
 *
 * After -EINPROGRESS a command of a lease is asked again once the lease polls
 * POLLIN, and after -ENOBUFS at once: it says how things are. tappin_del() and
 * tappin_evict() are not to be asked again, which would hit whoever has the pin by
 * then, or the next pin of that name: watch the monitor, and tappin_get() the id.
 */
#ifndef LIBTAPPIN_H
#define LIBTAPPIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/tappin.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef __cplusplus	/* which can't take the address of a literal */
#define TAPPIN_OPTS(type, ...) \
	(&(const struct type){ .size = sizeof(struct type), __VA_ARGS__ })
#endif

struct tappin;		/* a connection to the module */
struct tappin_pin;	/* a description of a pin at one moment */
struct tappin_lease;	/* a lease with the fds that came with it */
struct tappin_monitor;	/* a subscription to events */

/* Connection */

/*
 * On failure too *@handle is set, if there is memory: tappin_errmsg() of it, or
 * of NULL, says why. It is of no other use, and to be closed.
 */
int tappin_open(struct tappin **handle);
void tappin_close(struct tappin *handle);
const char *tappin_errmsg(const struct tappin *handle);
const char *tappin_version(void);

/* Pins. Where a call takes @name and @id, a NULL name means: by id. */

struct tappin_new_opts {
	size_t size;
	const char *name;
	unsigned int ifindex;
	const int *tap_fds;	/* all queues of the device; the caller's */
	unsigned int queues;	/* how many, 1 to TAPPIN_QUEUES_MAX */
	bool vhost;		/* @vhost_fd is set */
	int vhost_fd;		/* an open /dev/vhost-net; the caller's */
	bool has_uid;
	uid_t uid;
	bool has_gid;
	gid_t gid;
	const void *note;
	size_t note_len;	/* bytes, at most TAPPIN_NOTE_MAX */
};

struct tappin_set_opts {
	size_t size;
	bool has_uid;
	uid_t uid;		/* (uid_t)-1: nobody */
	bool has_gid;
	gid_t gid;		/* (gid_t)-1: nobody */
	const void *note;	/* NULL: leave it; with note_len 0: remove it */
	size_t note_len;
};

enum {
	TAPPIN_FORCE = 1 << 0,		/* del, claim */
	TAPPIN_KILL = 1 << 1,		/* evict */
	TAPPIN_ALL_NETNS = 1 << 2,	/* dump */
};

typedef int (*tappin_pin_cb)(const struct tappin_pin *pin, void *arg);

int tappin_new(struct tappin *handle, const struct tappin_new_opts *opts,
	       struct tappin_pin **pin);
int tappin_del(struct tappin *handle, const char *name, uint64_t id,
	       unsigned int flags);
int tappin_get(struct tappin *handle, const char *name, uint64_t id,
	       struct tappin_pin **pin);
/* Calls @cb for each pin; stops at the first non-zero, and returns it. */
int tappin_dump(struct tappin *handle, unsigned int flags, tappin_pin_cb cb,
		void *arg);
int tappin_set(struct tappin *handle, const char *name, uint64_t id,
	       const struct tappin_set_opts *opts);
int tappin_evict(struct tappin *handle, const char *name, uint64_t id,
		 unsigned int flags);
/*
 * The description that came with the -EBUSY of the last call, or NULL. It is
 * gone with the next call that takes the handle.
 */
const struct tappin_pin *tappin_holder(const struct tappin *handle);
/* Was that for an owner on its way out, so that it is worth to ask again soon? */
bool tappin_soon_free(const struct tappin *handle);

/* Descriptions. Strings and notes live as long as the description. */

void tappin_pin_free(struct tappin_pin *pin);
uint64_t tappin_pin_id(const struct tappin_pin *pin);
const char *tappin_pin_name(const struct tappin_pin *pin);
enum tappin_state tappin_pin_state(const struct tappin_pin *pin);
uint64_t tappin_pin_generation(const struct tappin_pin *pin);
unsigned int tappin_pin_ifindex(const struct tappin_pin *pin);	/* 0: gone */
const char *tappin_pin_ifname(const struct tappin_pin *pin);	/* NULL: gone */
unsigned int tappin_pin_netns(const struct tappin_pin *pin);
unsigned int tappin_pin_queues(const struct tappin_pin *pin);
bool tappin_pin_vhost(const struct tappin_pin *pin);
bool tappin_pin_has_uid(const struct tappin_pin *pin);
uid_t tappin_pin_uid(const struct tappin_pin *pin);
bool tappin_pin_has_gid(const struct tappin_pin *pin);
gid_t tappin_pin_gid(const struct tappin_pin *pin);
bool tappin_pin_held(const struct tappin_pin *pin);
pid_t tappin_pin_pid(const struct tappin_pin *pin);
const char *tappin_pin_comm(const struct tappin_pin *pin);	/* NULL: none */
bool tappin_pin_has_offerer(const struct tappin_pin *pin);
pid_t tappin_pin_offerer_pid(const struct tappin_pin *pin);
const char *tappin_pin_offerer_comm(const struct tappin_pin *pin);
unsigned int tappin_pin_standbys(const struct tappin_pin *pin);
unsigned int tappin_pin_fencing(const struct tappin_pin *pin);
unsigned int tappin_pin_strays(const struct tappin_pin *pin);
uint64_t tappin_pin_handovers(const struct tappin_pin *pin);
uint64_t tappin_pin_losses(const struct tappin_pin *pin);
uint64_t tappin_pin_evictions(const struct tappin_pin *pin);
const void *tappin_pin_note(const struct tappin_pin *pin, size_t *len);

const char *tappin_state_name(enum tappin_state state);	/* "free", ... */
int tappin_state_by_name(const char *name);		/* or -EINVAL */
const char *tappin_event_name(enum tappin_event event);	/* "new", ... */

/* Leases */

/*
 * Stand by for the pin: a lease with fresh, unowned vhost-net fds if the pin
 * has vhost. @pin, if not NULL, gets the description with the note.
 */
int tappin_standby(struct tappin *handle, const char *name, uint64_t id,
		   struct tappin_lease **lease, struct tappin_pin **pin);
/* The same for a lease fd inherited or passed on. @fd is the lease's then. */
int tappin_lease_adopt(int fd, struct tappin_lease **lease);
/*
 * Become owner. @cookie is NULL for a free pin or TAPPIN_COOKIE_LEN bytes for
 * an offered one. On success the TAP fds can be had from the lease. A free
 * pin's queues are all attached again and its steering and filter programs
 * cleared; in a hand-over nothing is touched. Repeating it on an owner's lease
 * is harmless, and gives an adopted lease its fds, vhost-net's too; an adopted
 * lease's queues are left as they are.
 */
int tappin_claim(struct tappin *handle, struct tappin_lease *lease,
		 const uint8_t *cookie, unsigned int flags);
int tappin_offer(struct tappin *handle, struct tappin_lease *lease,
		 uint8_t cookie[TAPPIN_COOKIE_LEN]);
/*
 * Returns 1 if the vhost-net fds were replaced (the old numbers are closed: set
 * the devices up again), 0 if nothing had happened to them. The pin was taken then,
 * and its devices fenced. Until the lease's next tappin_claim(), tappin_offer() or
 * tappin_confirm() it gives new numbers of the same devices each time it is called,
 * for its answer may have been lost.
 */
int tappin_withdraw(struct tappin *handle, struct tappin_lease *lease);
int tappin_confirm(struct tappin *handle, struct tappin_lease *lease);
int tappin_lease_set_note(struct tappin *handle, struct tappin_lease *lease,
			  const void *note, size_t len);
/* Closes the lease and every fd of it that was not taken out. */
void tappin_lease_close(struct tappin_lease *lease);

int tappin_lease_fd(const struct tappin_lease *lease);	/* for poll(2) */
/* 0: adopted and not claimed since */
unsigned int tappin_lease_queues(const struct tappin_lease *lease);
/* Where there is no fd, or it was taken out, these return -EBADF. */
int tappin_lease_tap_fd(const struct tappin_lease *lease, unsigned int queue);
int tappin_lease_vhost_fd(const struct tappin_lease *lease, unsigned int queue);
/* The same, and the fd is the caller's to close from now on. */
int tappin_lease_take_fd(struct tappin_lease *lease);
int tappin_lease_take_tap_fd(struct tappin_lease *lease, unsigned int queue);
int tappin_lease_take_vhost_fd(struct tappin_lease *lease, unsigned int queue);

/* Events */

typedef int (*tappin_event_cb)(enum tappin_event event,
			       const struct tappin_pin *pin, void *arg);

/* On failure *@monitor is as with tappin_open(). */
int tappin_monitor_open(struct tappin_monitor **monitor);
int tappin_monitor_fd(const struct tappin_monitor *monitor);
/*
 * Calls @cb for each event that waits, without blocking; returns their number,
 * or the first non-zero that @cb returned. -ENOBUFS: events were lost since the
 * last call, look at the pins again. -EOPNOTSUPP: the module was unloaded, and
 * this subscription hears nothing any more.
 */
int tappin_monitor_read(struct tappin_monitor *monitor, tappin_event_cb cb,
			void *arg);
const char *tappin_monitor_errmsg(const struct tappin_monitor *monitor);
void tappin_monitor_close(struct tappin_monitor *monitor);

#ifdef __cplusplus
}
#endif

#endif /* LIBTAPPIN_H */
