/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of a pin as data: for each state and each input, the answer and the
 * next state. pin.c walks it; tests/c/walk.c includes this very file and
 * compares the running module with it.
 *
 * Roles. A pin knows at most one *owner*, the lease entitled to its queues. In
 * TAKEN that is the provisional owner, and the lease that made the offer is the
 * *offerer* behind it, if it lives. In OFFERED and RETURNED the owner, if any, is
 * the offerer itself. In FENCING there is no owner: the last one's files are
 * being fenced, and what comes then is in the row that led here ("after"); when
 * that is TAKEN, the claimant that waits for it is the *next* owner.
 *
 * Pairs that can't come about have no row; the module warns if one does.
 *
 * Three rules complete the rows:
 *  - a pin never enters RETURNED without a living offerer: it enters OFFERED
 *    instead, and the same cookie stands again;
 *  - a pin with nothing to fence leaves FENCING in the same step;
 *  - a pin that waits in FENCING to be deleted is deleted when its device goes.
 */
#ifndef TAPPIN_TABLE_H
#define TAPPIN_TABLE_H

#include "state.h"

#define TAPPIN_NO_EVENT	(-1)

/**
 * struct tappin_row - the answer to one input in one state
 * @err: 0, or -errno
 * @moves: the pin goes to @to even if @err is -EINPROGRESS
 * @known: set in all rows that are written; a pair without one can't come about
 * @to: the next state
 * @after: where FENCING leads, if @to is that
 * @event: enum tappin_event to send, or %TAPPIN_NO_EVENT
 * @why: the sentence that goes with @err
 */
struct tappin_row {
	short err;
	unsigned char moves:1;
	unsigned char known:1;
	unsigned char to;
	unsigned char after;
	signed char event;
	const char *why;
};

#define MOVE(next, ev) \
	{ .known = 1, .moves = 1, .to = TAPPIN_STATE_##next, .event = TAPPIN_EVENT_##ev }
#define STAY \
	{ .known = 1, .event = TAPPIN_NO_EVENT }
#define FENCE(then, ev) \
	{ .known = 1, .moves = 1, .to = TAPPIN_STATE_FENCING, \
	  .after = TAPPIN_STATE_##then, .event = TAPPIN_EVENT_##ev }
#define FENCE_QUIETLY(then) \
	{ .known = 1, .moves = 1, .to = TAPPIN_STATE_FENCING, \
	  .after = TAPPIN_STATE_##then, .event = TAPPIN_NO_EVENT }
#define DELETE(ev) \
	{ .known = 1, .moves = 1, .to = TAPPIN_DELETED, .event = TAPPIN_EVENT_##ev }
#define FENCE_DELETE(ev) \
	{ .known = 1, .moves = 1, .to = TAPPIN_STATE_FENCING, \
	  .after = TAPPIN_DELETED, .event = TAPPIN_EVENT_##ev }
#define FENCE_DELETE_QUIETLY \
	{ .known = 1, .moves = 1, .to = TAPPIN_STATE_FENCING, \
	  .after = TAPPIN_DELETED, .event = TAPPIN_NO_EVENT }
#define REFUSE(code, sentence) \
	{ .known = 1, .err = -(code), .event = TAPPIN_NO_EVENT, .why = sentence }

#define WHY_OWNED	"the pin has an owner"
#define WHY_OFFERED	"the pin is offered and waits for its cookie"
#define WHY_TAKEN	"the pin has been taken by a claimant that has not confirmed yet"
#define WHY_RETURNED	"the pin waits for its offerer, who alone can take it back"
#define WHY_FENCING	"the last owner's files are still held: wait, or evict with kill"
#define WHY_COOKIE	"the cookie is not that of a standing offer"
#define WHY_PROGRESS	"the old owner is still being fenced: poll the lease and ask again"
#define WHY_DEL		"the pin is in use: force evicts its owner first"
#define WHY_WITHDRAW	"take the pin back with withdraw first"
#define WHY_OFFERER	"the pin has been taken: withdraw takes it back once the claimant ends"
#define WHY_DEAD	"the device is gone: delete the pin"

static const struct tappin_row tappin_table[TAPPIN_STATES][TAPPIN_INPUTS] = {
	[TAPPIN_STATE_FREE] = {
		[IN_STANDBY]		= STAY,
		[IN_CLAIM]		= MOVE(OWNED, CLAIMED),
		[IN_CLAIM_BAD]		= REFUSE(EKEYREJECTED, WHY_COOKIE),
		[IN_EVICT]		= REFUSE(ESRCH, "nobody owns the pin"),
		[IN_DEL]		= DELETE(DELETED),
		[IN_DEL_FORCE]		= DELETE(DELETED),
		[IN_GONE]		= MOVE(DEAD, GONE),
	},
	[TAPPIN_STATE_OWNED] = {
		[IN_STANDBY]		= STAY,
		[IN_CLAIM]		= REFUSE(EBUSY, WHY_OWNED),
		[IN_CLAIM_BAD]		= REFUSE(EKEYREJECTED, WHY_COOKIE),
		[IN_AGAIN]		= STAY,
		[IN_OFFER]		= MOVE(OFFERED, OFFERED),
		[IN_WITHDRAW]		= STAY,
		[IN_CONFIRM]		= STAY,
		[IN_LOST]		= FENCE(FREE, LOST),
		[IN_EVICT]		= FENCE(FREE, EVICTED),
		[IN_DEL]		= REFUSE(EBUSY, WHY_DEL),
		[IN_DEL_FORCE]		= FENCE_DELETE(EVICTED),
		[IN_GONE]		= MOVE(DEAD, GONE),
	},
	[TAPPIN_STATE_OFFERED] = {
		[IN_STANDBY]		= STAY,
		[IN_CLAIM]		= REFUSE(EBUSY, WHY_OFFERED),
		[IN_CLAIM_OVER]		= MOVE(OWNED, CLAIMED),
		[IN_CLAIM_COOKIE]	= FENCE_QUIETLY(TAKEN),
		[IN_CLAIM_BAD]		= REFUSE(EKEYREJECTED, WHY_COOKIE),
		[IN_AGAIN]		= STAY,
		[IN_OFFER]		= STAY,
		[IN_WITHDRAW]		= MOVE(OWNED, WITHDRAWN),
		[IN_CONFIRM]		= REFUSE(EBADFD, WHY_WITHDRAW),
		[IN_LOST]		= FENCE(OFFERED, LOST),
		[IN_EVICT]		= FENCE(FREE, EVICTED),
		[IN_DEL]		= REFUSE(EBUSY, WHY_DEL),
		[IN_DEL_FORCE]		= FENCE_DELETE(EVICTED),
		[IN_GONE]		= MOVE(DEAD, GONE),
	},
	[TAPPIN_STATE_TAKEN] = {
		[IN_STANDBY]		= STAY,
		[IN_CLAIM]		= REFUSE(EBUSY, WHY_TAKEN),
		[IN_CLAIM_COOKIE]	= REFUSE(EBUSY, WHY_TAKEN),
		[IN_CLAIM_BAD]		= REFUSE(EKEYREJECTED, WHY_COOKIE),
		[IN_AGAIN]		= STAY,
		[IN_OFFER]		= REFUSE(EBADFD, "confirm the pin before offering it"),
		[IN_WITHDRAW]		= REFUSE(EBADFD, "close the lease to give the pin back"),
		[IN_CONFIRM]		= MOVE(OWNED, CONFIRMED),
		[IN_OFFERER_WITHDRAW]	= REFUSE(EBUSY, WHY_OFFERER),
		[IN_OFFERER_OTHER]	= REFUSE(EBADFD, WHY_OFFERER),
		[IN_LOST]		= FENCE(RETURNED, LOST),
		[IN_LOST_OFFERER]	= STAY,
		[IN_EVICT]		= FENCE(RETURNED, EVICTED),
		[IN_DEL]		= REFUSE(EBUSY, WHY_DEL),
		[IN_DEL_FORCE]		= FENCE_DELETE(EVICTED),
		[IN_GONE]		= MOVE(DEAD, GONE),
	},
	[TAPPIN_STATE_RETURNED] = {
		[IN_STANDBY]		= STAY,
		[IN_CLAIM]		= REFUSE(EBUSY, WHY_RETURNED),
		[IN_CLAIM_COOKIE]	= REFUSE(EBUSY, WHY_RETURNED),
		[IN_CLAIM_BAD]		= REFUSE(EKEYREJECTED, WHY_COOKIE),
		[IN_AGAIN]		= REFUSE(EBADFD, WHY_WITHDRAW),
		[IN_OFFER]		= REFUSE(EBADFD, WHY_WITHDRAW),
		[IN_WITHDRAW]		= MOVE(OWNED, WITHDRAWN),
		[IN_CONFIRM]		= REFUSE(EBADFD, WHY_WITHDRAW),
		[IN_LOST]		= FENCE(OFFERED, LOST),
		[IN_EVICT]		= FENCE(FREE, EVICTED),
		[IN_DEL]		= REFUSE(EBUSY, WHY_DEL),
		[IN_DEL_FORCE]		= FENCE_DELETE(EVICTED),
		[IN_GONE]		= MOVE(DEAD, GONE),
	},
	/*
	 * IN_FENCED leads to the pin's "after". An input that moves from here
	 * changes "after" alone, but for IN_GONE.
	 */
	[TAPPIN_STATE_FENCING] = {
		[IN_STANDBY]		= STAY,
		[IN_CLAIM]		= REFUSE(EBUSY, WHY_FENCING),
		[IN_CLAIM_COOKIE]	= REFUSE(EBUSY, WHY_FENCING),
		[IN_CLAIM_BAD]		= REFUSE(EKEYREJECTED, WHY_COOKIE),
		[IN_AGAIN]		= REFUSE(EINPROGRESS, WHY_PROGRESS),
		[IN_OFFER]		= REFUSE(EINPROGRESS, WHY_PROGRESS),
		[IN_WITHDRAW]		= REFUSE(EINPROGRESS, WHY_PROGRESS),
		[IN_CONFIRM]		= REFUSE(EINPROGRESS, WHY_PROGRESS),
		[IN_OFFERER_WITHDRAW]	= REFUSE(EINPROGRESS, WHY_PROGRESS),
		[IN_OFFERER_OTHER]	= REFUSE(EBADFD, WHY_OFFERER),
		[IN_LOST]		= FENCE_QUIETLY(RETURNED),
		[IN_LOST_OFFERER]	= STAY,
		[IN_EVICT]		= REFUSE(EINPROGRESS, WHY_FENCING),
		[IN_DEL]		= REFUSE(EBUSY, WHY_FENCING),
		[IN_DEL_FORCE]		= FENCE_DELETE_QUIETLY,
		[IN_FENCED]		= STAY,
		[IN_GONE]		= MOVE(DEAD, GONE),
	},
	[TAPPIN_STATE_DEAD] = {
		[IN_STANDBY]		= REFUSE(ENODEV, WHY_DEAD),
		[IN_EVICT]		= REFUSE(ENODEV, WHY_DEAD),
		[IN_DEL]		= DELETE(DELETED),
		[IN_DEL_FORCE]		= DELETE(DELETED),
		[IN_GONE]		= STAY,
	},
	/* Somebody looked the pin up just before it went. */
	[TAPPIN_DELETED] = {
		[0 ... TAPPIN_INPUTS - 1] = REFUSE(ENOENT, "no such pin"),
	},
};

#endif /* TAPPIN_TABLE_H */
