/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases: standing by, becoming the owner and passing the pin on.
 *
 * A lease keeps the fds that came with it, one place for each queue. A place
 * whose fd was taken out, or never came, is -1.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue.h"
#include "request.h"

struct tappin_lease {
	int fd;
	unsigned int queues;	/* 0: adopted and not claimed since */
	bool adopted;
	bool owner;		/* a claim of ours has succeeded */
	bool vhost_known;	/* no vhost fds but those here, or taken out */
	bool reset_due;		/* the queues are as the last owner left them */
	struct tpn_fds tap;
	struct tpn_fds vhost;
};

/* Fill empty places; what came for the others is the same file once more. */
static void fill(struct tpn_fds *places, struct tpn_fds *fresh)
{
	unsigned int i;

	for (i = places->count; i < fresh->count; i++)
		places->fd[i] = -1;
	if (places->count < fresh->count)
		places->count = fresh->count;
	for (i = 0; i < fresh->count; i++) {
		if (places->fd[i] >= 0)
			close(fresh->fd[i]);
		else
			places->fd[i] = fresh->fd[i];
	}
	fresh->count = 0;
}

static void replace(struct tpn_fds *places, struct tpn_fds *fresh)
{
	tpn_fds_close(places);
	*places = *fresh;
	fresh->count = 0;
}

static void begin(struct tappin *handle, const struct tappin_lease *lease,
		  enum tappin_cmd cmd)
{
	int32_t fd = lease->fd;

	tpn_begin(handle, cmd);
	tpn_put(handle, TAPPIN_A_LEASE_FD, &fd, sizeof(fd));
}

static struct tappin_lease *new_lease(int fd)
{
	struct tappin_lease *lease = calloc(1, sizeof(*lease));

	if (lease)
		lease->fd = fd;
	return lease;
}

static void stand_by(struct tappin_lease *lease, struct tpn_reply *reply)
{
	lease->fd = reply->lease_fd;
	reply->lease_fd = -1;
	lease->queues = reply->pin.queues;
	lease->vhost_known = true;
	replace(&lease->vhost, &reply->vhost);
	tpn_reply_close(reply);
}

/**
 * tappin_standby() - stand by for a pin
 * @handle: the connection
 * @name: the pin's name, or NULL
 * @id: its id if @name is NULL
 * @lease: gets the lease
 * @pin: gets the description with the note, if not NULL
 *
 * The owner doesn't notice. The vhost-net fds that come with the lease have no
 * owner yet: VHOST_SET_OWNER can be called at once.
 *
 * Return: 0; -ENOENT; -EPERM; -ENODEV; -EUSERS if too many stand by; -EMFILE; -ENOMEM.
 */
EXPORT int tappin_standby(struct tappin *handle, const char *name, uint64_t id,
			  struct tappin_lease **lease, struct tappin_pin **pin)
{
	struct tappin_lease *fresh;
	int ret;

	tpn_begin(handle, TAPPIN_CMD_STANDBY);
	tpn_put_pin(handle, name, id);
	fresh = new_lease(-1);
	if (!fresh)
		return tpn_error(handle, -ENOMEM, NULL);
	ret = tpn_ask_pin(handle, pin, TAPPIN_A_LEASE_FD);
	if (ret) {
		free(fresh);
		return ret;
	}
	stand_by(fresh, &handle->reply);
	*lease = fresh;
	return 0;
}

/**
 * tappin_lease_adopt() - make a lease of the open file of one
 * @fd: the file, inherited or passed on; the library's from now on
 * @lease: gets the lease
 *
 * Its other fds come with tappin_claim(). What the queues are like is left as
 * it is by that claim: whether the lease is the owner's already can't be known.
 *
 * Return: 0; -EBADF; -ENOMEM. In case of an error @fd stays the caller's.
 */
EXPORT int tappin_lease_adopt(int fd, struct tappin_lease **lease)
{
	struct tappin_lease *adopted;

	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	adopted = new_lease(fd);
	if (!adopted)
		return -ENOMEM;
	adopted->adopted = true;
	*lease = adopted;
	return 0;
}

/*
 * A claim without a cookie that ends in OWNED, by a lease that didn't own the
 * pin, had it from nobody: nobody's packets are in the queues to be lost.
 */
static bool was_free(const struct tappin_lease *lease, const uint8_t *cookie,
		     const struct tappin_pin *pin)
{
	return !cookie && !lease->owner && !lease->adopted &&
	       pin->state == TAPPIN_STATE_OWNED;
}

static int claimed(struct tappin *handle, struct tappin_lease *lease,
		   const uint8_t *cookie)
{
	struct tpn_reply *reply = &handle->reply;
	int ret = 0;

	if (was_free(lease, cookie, &reply->pin))
		lease->reset_due = true;
	lease->owner = true;
	lease->vhost_known = true;
	lease->queues = reply->pin.queues;
	fill(&lease->tap, &reply->tap);
	fill(&lease->vhost, &reply->vhost);
	if (lease->reset_due)
		ret = tpn_queues_reset(handle, &lease->tap);
	if (!ret)
		lease->reset_due = false;
	return ret;
}

/**
 * tappin_claim() - become the owner, or see again to being it
 * @handle: the connection
 * @lease: a lease that stands by, or is the owner's
 * @cookie: that of the offer, or NULL for a free pin
 * @flags: TAPPIN_FORCE: a free pin whose queues somebody still has, or, for an
 *	admin, an offered one whose offerer has gone
 *
 * After -EINPROGRESS the claim stands: ask again with the same cookie once the
 * lease polls readable. If a queue of a free pin can't be set up the pin is
 * owned all the same; asking again tries again.
 *
 * Return: 0; -EINPROGRESS; -EBUSY; -EKEYREJECTED for a wrong cookie; -EBADFD if it is
 * the offerer's; -ESTALE; -EMFILE; -ENOBUFS if the answer was lost: ask again.
 */
EXPORT int tappin_claim(struct tappin *handle, struct tappin_lease *lease,
			const uint8_t *cookie, unsigned int flags)
{
	int ret;

	begin(handle, lease, TAPPIN_CMD_CLAIM);
	if (cookie)
		tpn_put(handle, TAPPIN_A_COOKIE, cookie, TAPPIN_COOKIE_LEN);
	tpn_put_flags(handle, flags);
	if (!lease->vhost_known)
		tpn_put(handle, TAPPIN_A_VHOST, NULL, 0);
	ret = tpn_ask_for(handle, TAPPIN_A_TAP_FDS);
	if (!ret)
		ret = claimed(handle, lease, cookie);
	tpn_reply_close(&handle->reply);
	return ret;
}

/**
 * tappin_offer() - allow one hand-over
 * @handle: the connection
 * @lease: the owner's lease
 * @cookie: gets what the next owner must show
 *
 * Repeated while the offer stands it gives the same cookie.
 *
 * Return: 0; -EPERM if the lease isn't the owner's; -EBADFD if it is provisional or
 * the pin was taken or given back; -EINPROGRESS; -ESTALE; -ENOBUFS if the answer was
 * lost: ask again.
 */
EXPORT int tappin_offer(struct tappin *handle, struct tappin_lease *lease,
			uint8_t cookie[TAPPIN_COOKIE_LEN])
{
	int ret;

	begin(handle, lease, TAPPIN_CMD_OFFER);
	ret = tpn_ask_for(handle, TAPPIN_A_COOKIE);
	if (!ret)
		memcpy(cookie, handle->reply.cookie, TAPPIN_COOKIE_LEN);
	tpn_reply_close(&handle->reply);
	return ret;
}

/**
 * tappin_withdraw() - take back the offer, or the pin from one who gave it up
 * @handle: the connection
 * @lease: the offerer's lease
 *
 * Return: 1 if fresh vhost-net fds took the place of the old ones, which are
 * closed unless they were taken out; 0 if the old ones are good; -EBUSY if a
 * provisional owner has the pin; -ESTALE if it confirmed; -EPERM if the lease is not
 * the offerer's; -EBADFD if it is provisional; -EMFILE; -EINPROGRESS; -ENOBUFS if the
 * answer was lost: ask again.
 */
EXPORT int tappin_withdraw(struct tappin *handle, struct tappin_lease *lease)
{
	int ret;

	begin(handle, lease, TAPPIN_CMD_WITHDRAW);
	ret = tpn_ask(handle);
	if (!ret && handle->reply.vhost.count) {
		replace(&lease->vhost, &handle->reply.vhost);
		ret = 1;
	}
	tpn_reply_close(&handle->reply);
	return ret;
}

/**
 * tappin_confirm() - the guest runs: be the owner for good
 * @handle: the connection
 * @lease: the provisional owner's lease
 *
 * Ends the offerer's lease. It may be repeated.
 *
 * Return: 0; -EPERM if the lease isn't the owner's; -EBADFD if it has offered the
 * pin; -EINPROGRESS; -ESTALE; -ENOBUFS if the answer was lost: ask again.
 */
EXPORT int tappin_confirm(struct tappin *handle, struct tappin_lease *lease)
{
	begin(handle, lease, TAPPIN_CMD_CONFIRM);
	return tpn_ask(handle);
}

/**
 * tappin_lease_set_note() - leave a note for the next owner
 * @handle: the connection
 * @lease: the owner's lease
 * @note: bytes of any kind
 * @len: how many, at most TAPPIN_NOTE_MAX; 0 removes the note
 *
 * Return: 0; -EMSGSIZE if it is too long; -EPERM if the
 * lease isn't the owner's; -ESTALE.
 */
EXPORT int tappin_lease_set_note(struct tappin *handle,
				 struct tappin_lease *lease, const void *note,
				 size_t len)
{
	begin(handle, lease, TAPPIN_CMD_SET);
	tpn_put(handle, TAPPIN_A_NOTE, note, len);
	return tpn_ask(handle);
}

/**
 * tappin_lease_close() - let go of a lease
 * @lease: the lease, or NULL
 *
 * Closes every fd of it that was not taken out. The lease ends if nobody else
 * has its file open.
 */
EXPORT void tappin_lease_close(struct tappin_lease *lease)
{
	if (!lease)
		return;
	/* The lease goes last: then nothing is left to be fenced. */
	tpn_fds_close(&lease->tap);
	tpn_fds_close(&lease->vhost);
	if (lease->fd >= 0)
		close(lease->fd);
	free(lease);
}

/**
 * tappin_lease_fd() - the lease's file, for poll(2)
 * @lease: the lease
 *
 * Not for io_uring: a ring would hold the lease, that the vhost-net files, those the
 * memory of who called VHOST_SET_OWNER, and that the ring.
 *
 * Return: an fd, which stays the lease's; -EBADF if it was taken out.
 */
EXPORT int tappin_lease_fd(const struct tappin_lease *lease)
{
	return lease->fd >= 0 ? lease->fd : -EBADF;
}

/**
 * tappin_lease_queues() - how many queues the pin has
 * @lease: the lease
 *
 * Return: their number; 0 for an adopted lease before its first claim.
 */
EXPORT unsigned int tappin_lease_queues(const struct tappin_lease *lease)
{
	return lease->queues;
}

static int peek(const struct tpn_fds *fds, unsigned int queue)
{
	if (queue >= fds->count || fds->fd[queue] < 0)
		return -EBADF;
	return fds->fd[queue];
}

static int take(struct tpn_fds *fds, unsigned int queue)
{
	int fd = peek(fds, queue);

	if (fd >= 0)
		fds->fd[queue] = -1;
	return fd;
}

/**
 * tappin_lease_tap_fd() - the TAP fd of a queue
 * @lease: the lease
 * @queue: from 0
 *
 * Return: an fd, which stays the lease's; -EBADF if there is none.
 */
EXPORT int tappin_lease_tap_fd(const struct tappin_lease *lease,
			       unsigned int queue)
{
	return peek(&lease->tap, queue);
}

/**
 * tappin_lease_vhost_fd() - the vhost-net fd of a queue
 * @lease: the lease
 * @queue: from 0
 *
 * Return: an fd, which stays the lease's; -EBADF if there is none.
 */
EXPORT int tappin_lease_vhost_fd(const struct tappin_lease *lease,
				 unsigned int queue)
{
	return peek(&lease->vhost, queue);
}

/**
 * tappin_lease_take_fd() - take the lease's file out, to pass it on
 * @lease: the lease, which commands can't be given on from now on
 *
 * Return: an fd, the caller's; -EBADF if it was taken out already.
 */
EXPORT int tappin_lease_take_fd(struct tappin_lease *lease)
{
	int fd = tappin_lease_fd(lease);

	lease->fd = -1;
	return fd;
}

/**
 * tappin_lease_take_tap_fd() - take the TAP fd of a queue out
 * @lease: the lease
 * @queue: from 0
 *
 * Return: an fd, the caller's; -EBADF if there is none.
 */
EXPORT int tappin_lease_take_tap_fd(struct tappin_lease *lease,
				    unsigned int queue)
{
	return take(&lease->tap, queue);
}

/**
 * tappin_lease_take_vhost_fd() - take the vhost-net fd of a queue out
 * @lease: the lease
 * @queue: from 0
 *
 * Return: an fd, the caller's; -EBADF if there is none.
 */
EXPORT int tappin_lease_take_vhost_fd(struct tappin_lease *lease,
				      unsigned int queue)
{
	return take(&lease->vhost, queue);
}
