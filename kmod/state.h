/* SPDX-License-Identifier: GPL-2.0-only */
/* The words that table.h is written in: states, and what can happen to a pin. */
#ifndef TAPPIN_STATE_H
#define TAPPIN_STATE_H

#include <linux/tappin.h>

/* A pin that left all tables; follows the states that can be seen. */
#define TAPPIN_DELETED	__TAPPIN_STATE_MAX
#define TAPPIN_STATES	(TAPPIN_DELETED + 1)

/**
 * enum tappin_input - what can happen to a pin
 * @IN_STANDBY: somebody who may claim asks for a lease
 * @IN_CLAIM: a lease standing by claims without a cookie
 * @IN_CLAIM_OVER: as IN_CLAIM, by an admin with FORCE, and the offerer has gone
 * @IN_CLAIM_COOKIE: a lease standing by claims with the standing offer's cookie
 * @IN_CLAIM_BAD: a lease standing by claims with any other cookie
 * @IN_AGAIN: the owner, or the next one, claims
 * @IN_OFFER: the owner, or the next one, offers
 * @IN_WITHDRAW: the owner, or the next one, withdraws
 * @IN_CONFIRM: the owner, or the next one, confirms
 * @IN_OFFERER_WITHDRAW: the offerer behind a provisional owner withdraws
 * @IN_OFFERER_OTHER: that one claims, offers or confirms
 * @IN_LOST: the lease of the owner, or of the next one, is closed
 * @IN_LOST_OFFERER: the lease of the offerer behind a provisional owner is closed
 * @IN_EVICT: an admin evicts
 * @IN_DEL: an admin deletes
 * @IN_DEL_FORCE: an admin deletes with FORCE
 * @IN_FENCED: the last of the fenced owner's files is harmless
 * @IN_GONE: the device is gone
 */
enum tappin_input {
	IN_STANDBY,
	IN_CLAIM,
	IN_CLAIM_OVER,
	IN_CLAIM_COOKIE,
	IN_CLAIM_BAD,
	IN_AGAIN,
	IN_OFFER,
	IN_WITHDRAW,
	IN_CONFIRM,
	IN_OFFERER_WITHDRAW,
	IN_OFFERER_OTHER,
	IN_LOST,
	IN_LOST_OFFERER,
	IN_EVICT,
	IN_DEL,
	IN_DEL_FORCE,
	IN_FENCED,
	IN_GONE,

	TAPPIN_INPUTS
};

#endif /* TAPPIN_STATE_H */
