/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words for states and events, the same in text, JSON and on command lines.
 */
#include <errno.h>
#include <string.h>

#include "handle.h"

static const char *const states[TAPPIN_STATE_MAX + 1] = {
	[TAPPIN_STATE_FREE]	= "free",
	[TAPPIN_STATE_OWNED]	= "owned",
	[TAPPIN_STATE_OFFERED]	= "offered",
	[TAPPIN_STATE_TAKEN]	= "taken",
	[TAPPIN_STATE_RETURNED]	= "returned",
	[TAPPIN_STATE_FENCING]	= "fencing",
	[TAPPIN_STATE_DEAD]	= "dead",
};

static const char *const events[TAPPIN_EVENT_MAX + 1] = {
	[TAPPIN_EVENT_NEW]	 = "new",
	[TAPPIN_EVENT_DELETED]	 = "deleted",
	[TAPPIN_EVENT_CLAIMED]	 = "claimed",
	[TAPPIN_EVENT_OFFERED]	 = "offered",
	[TAPPIN_EVENT_WITHDRAWN] = "withdrawn",
	[TAPPIN_EVENT_TAKEN]	 = "taken",
	[TAPPIN_EVENT_CONFIRMED] = "confirmed",
	[TAPPIN_EVENT_RETURNED]	 = "returned",
	[TAPPIN_EVENT_LOST]	 = "lost",
	[TAPPIN_EVENT_EVICTED]	 = "evicted",
	[TAPPIN_EVENT_FENCED]	 = "fenced",
	[TAPPIN_EVENT_GONE]	 = "gone",
	[TAPPIN_EVENT_CHANGED]	 = "changed",
};

/**
 * tappin_state_name() - the word for a state
 * @state: the state, perhaps one of a later module
 *
 * Return: the word, "unknown" for what this library doesn't know.
 */
EXPORT const char *tappin_state_name(enum tappin_state state)
{
	return (unsigned int)state <= TAPPIN_STATE_MAX ? states[state]
						       : "unknown";
}

/**
 * tappin_state_by_name() - the state that has a name
 * @name: a word that tappin_state_name() gives
 *
 * Return: the enum tappin_state, or -EINVAL.
 */
EXPORT int tappin_state_by_name(const char *name)
{
	int i;

	for (i = 0; i <= TAPPIN_STATE_MAX; i++)
		if (!strcmp(name, states[i]))
			return i;
	return -EINVAL;
}

/**
 * tappin_event_name() - the word for an event
 * @event: the event, perhaps one of a later module
 *
 * Return: the word, "unknown" for what this library doesn't know.
 */
EXPORT const char *tappin_event_name(enum tappin_event event)
{
	return (unsigned int)event <= TAPPIN_EVENT_MAX ? events[event]
						       : "unknown";
}
