/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Getters of a pin's description. What each value means is told at its
 * attribute in <linux/tappin.h>; one that the module left out is 0 or NULL.
 */
#include <stdlib.h>

#include "handle.h"

/**
 * tappin_pin_free() - free a description
 * @pin: the description, or NULL; not one that a callback got
 */
EXPORT void tappin_pin_free(struct tappin_pin *pin)
{
	free(pin);
}

/**
 * tappin_pin_id() - its id, unique on the machine until it boots again
 * @pin: the description
 */
EXPORT uint64_t tappin_pin_id(const struct tappin_pin *pin)
{
	return pin->id;
}

/**
 * tappin_pin_name() - its name
 * @pin: the description
 */
EXPORT const char *tappin_pin_name(const struct tappin_pin *pin)
{
	return pin->name;
}

/**
 * tappin_pin_state() - what it was doing when the description was made
 * @pin: the description
 */
EXPORT enum tappin_state tappin_pin_state(const struct tappin_pin *pin)
{
	return pin->state;
}

/**
 * tappin_pin_generation() - how often a claim has made a new owner
 * @pin: the description
 */
EXPORT uint64_t tappin_pin_generation(const struct tappin_pin *pin)
{
	return pin->generation;
}

/**
 * tappin_pin_ifindex() - the device, as its own network namespace counts them
 * @pin: the description
 *
 * Return: its index, 0 once it is gone.
 */
EXPORT unsigned int tappin_pin_ifindex(const struct tappin_pin *pin)
{
	return pin->ifindex;
}

/**
 * tappin_pin_ifname() - the device's name when the description was made
 * @pin: the description
 *
 * Return: the name, NULL once the device is gone.
 */
EXPORT const char *tappin_pin_ifname(const struct tappin_pin *pin)
{
	return tpn_pin_has(pin, TAPPIN_A_IFNAME) ? pin->ifname : NULL;
}

/**
 * tappin_pin_netns() - inode number of its network namespace
 * @pin: the description
 */
EXPORT unsigned int tappin_pin_netns(const struct tappin_pin *pin)
{
	return pin->netns;
}

/**
 * tappin_pin_queues() - how many queues it has
 * @pin: the description
 *
 * Return: their number, 1 to TAPPIN_QUEUES_MAX.
 */
EXPORT unsigned int tappin_pin_queues(const struct tappin_pin *pin)
{
	return pin->queues;
}

/**
 * tappin_pin_vhost() - does it have vhost-net?
 * @pin: the description
 */
EXPORT bool tappin_pin_vhost(const struct tappin_pin *pin)
{
	return tpn_pin_has(pin, TAPPIN_A_VHOST);
}

/**
 * tappin_pin_has_uid() - is there a user that may claim?
 * @pin: the description
 */
EXPORT bool tappin_pin_has_uid(const struct tappin_pin *pin)
{
	return tpn_pin_has(pin, TAPPIN_A_UID);
}

/**
 * tappin_pin_uid() - the user that may claim
 * @pin: the description
 *
 * Return: the uid, (uid_t)-1 if there is none.
 */
EXPORT uid_t tappin_pin_uid(const struct tappin_pin *pin)
{
	return tpn_pin_has(pin, TAPPIN_A_UID) ? pin->uid : (uid_t)-1;
}

/**
 * tappin_pin_has_gid() - is there a group that may claim?
 * @pin: the description
 */
EXPORT bool tappin_pin_has_gid(const struct tappin_pin *pin)
{
	return tpn_pin_has(pin, TAPPIN_A_GID);
}

/**
 * tappin_pin_gid() - the group that may claim
 * @pin: the description
 *
 * Return: the gid, (gid_t)-1 if there is none.
 */
EXPORT gid_t tappin_pin_gid(const struct tappin_pin *pin)
{
	return tpn_pin_has(pin, TAPPIN_A_GID) ? pin->gid : (gid_t)-1;
}

/**
 * tappin_pin_held() - does an owner hold the pin?
 * @pin: the description
 *
 * Return: true if there is an owner, provisional or not, or while the pin is fencing
 * if its last one was there. The pid may be 0.
 */
EXPORT bool tappin_pin_held(const struct tappin_pin *pin)
{
	return tpn_pin_has(pin, TAPPIN_A_PID);
}

/**
 * tappin_pin_pid() - the process that holds the owner's lease
 * @pin: the description
 *
 * Return: its pid; 0 if it can't be seen from here or if there is none.
 */
EXPORT pid_t tappin_pin_pid(const struct tappin_pin *pin)
{
	return pin->pid;
}

/**
 * tappin_pin_comm() - the name of the process that holds the owner's lease
 * @pin: the description
 *
 * Return: the name it gave itself, bytes of any kind; NULL if there is none.
 */
EXPORT const char *tappin_pin_comm(const struct tappin_pin *pin)
{
	return tpn_pin_has(pin, TAPPIN_A_COMM) ? pin->comm : NULL;
}

/**
 * tappin_pin_has_offerer() - is there an offerer behind a provisional owner?
 * @pin: the description
 */
EXPORT bool tappin_pin_has_offerer(const struct tappin_pin *pin)
{
	return tpn_pin_has(pin, TAPPIN_A_OFFERER_PID);
}

/**
 * tappin_pin_offerer_pid() - the offerer's process, as tappin_pin_pid()
 * @pin: the description
 */
EXPORT pid_t tappin_pin_offerer_pid(const struct tappin_pin *pin)
{
	return pin->offerer_pid;
}

/**
 * tappin_pin_offerer_comm() - the offerer's name, as tappin_pin_comm()
 * @pin: the description
 */
EXPORT const char *tappin_pin_offerer_comm(const struct tappin_pin *pin)
{
	return tpn_pin_has(pin, TAPPIN_A_OFFERER_COMM) ? pin->offerer_comm
						       : NULL;
}

/**
 * tappin_pin_standbys() - leases standing by
 * @pin: the description
 */
EXPORT unsigned int tappin_pin_standbys(const struct tappin_pin *pin)
{
	return pin->standbys;
}

/**
 * tappin_pin_fencing() - vhost files of the last owner that are not fenced yet
 * @pin: the description
 */
EXPORT unsigned int tappin_pin_fencing(const struct tappin_pin *pin)
{
	return pin->fencing;
}

/**
 * tappin_pin_strays() - queues that somebody without a lease still holds
 * @pin: the description
 */
EXPORT unsigned int tappin_pin_strays(const struct tappin_pin *pin)
{
	return pin->strays;
}

/**
 * tappin_pin_handovers() - confirmed hand-overs
 * @pin: the description
 */
EXPORT uint64_t tappin_pin_handovers(const struct tappin_pin *pin)
{
	return pin->handovers;
}

/**
 * tappin_pin_losses() - owners whose lease was closed
 * @pin: the description
 */
EXPORT uint64_t tappin_pin_losses(const struct tappin_pin *pin)
{
	return pin->losses;
}

/**
 * tappin_pin_evictions() - owners evicted
 * @pin: the description
 */
EXPORT uint64_t tappin_pin_evictions(const struct tappin_pin *pin)
{
	return pin->evictions;
}

/**
 * tappin_pin_note() - what the owner left for the next one
 * @pin: the description; dumps and events have no note
 * @len: where to put its length, 0 if there is none; may be NULL
 *
 * Return: its bytes, or NULL if there is none.
 */
EXPORT const void *tappin_pin_note(const struct tappin_pin *pin, size_t *len)
{
	if (len)
		*len = pin->note_len;
	return pin->note_len ? pin->note : NULL;
}
