// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "view.h"

static void copy_text(char *to, size_t room, const struct nlattr *attr)
{
	snprintf(to, room, "%s", mnl_attr_get_str(attr));
}

void view_attribute(struct view *v, const struct nlattr *attr)
{
	switch (mnl_attr_get_type(attr)) {
	case TAPPIN_A_ID:
		v->id = mnl_attr_get_u64(attr);
		break;
	case TAPPIN_A_NAME:
		copy_text(v->name, sizeof(v->name), attr);
		break;
	case TAPPIN_A_STATE:
		v->state = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_GENERATION:
		v->generation = mnl_attr_get_u64(attr);
		break;
	case TAPPIN_A_IFINDEX:
		v->ifindex = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_IFNAME:
		copy_text(v->ifname, sizeof(v->ifname), attr);
		break;
	case TAPPIN_A_NETNS:
		v->netns = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_QUEUES:
		v->queues = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_VHOST:
		v->vhost = true;
		break;
	case TAPPIN_A_UID:
		v->uid = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_GID:
		v->gid = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_PID:
		v->held = true;
		v->pid = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_OFFERER_PID:
		v->offered = true;
		v->offerer_pid = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_STANDBYS:
		v->standbys = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_FENCING:
		v->fencing = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_STRAYS:
		v->strays = mnl_attr_get_u32(attr);
		break;
	case TAPPIN_A_HANDOVERS:
		v->handovers = mnl_attr_get_u64(attr);
		break;
	case TAPPIN_A_LOSSES:
		v->losses = mnl_attr_get_u64(attr);
		break;
	case TAPPIN_A_EVICTIONS:
		v->evictions = mnl_attr_get_u64(attr);
		break;
	case TAPPIN_A_NOTE:
		v->note_len = mnl_attr_get_payload_len(attr);
		memcpy(v->note, mnl_attr_get_payload(attr),
		       v->note_len < sizeof(v->note) ? v->note_len : sizeof(v->note));
		break;
	}
}

void view_pin(struct view *v, const struct tappin_pin *pin)
{
	*v = (struct view){
		.id = tappin_pin_id(pin),
		.generation = tappin_pin_generation(pin),
		.handovers = tappin_pin_handovers(pin),
		.losses = tappin_pin_losses(pin),
		.evictions = tappin_pin_evictions(pin),
		.state = tappin_pin_state(pin),
		.netns = tappin_pin_netns(pin),
		.ifindex = tappin_pin_ifindex(pin),
		.queues = tappin_pin_queues(pin),
		.standbys = tappin_pin_standbys(pin),
		.fencing = tappin_pin_fencing(pin),
		.strays = tappin_pin_strays(pin),
		.uid = tappin_pin_has_uid(pin) ? tappin_pin_uid(pin) : UINT32_MAX,
		.gid = tappin_pin_has_gid(pin) ? tappin_pin_gid(pin) : UINT32_MAX,
		.vhost = tappin_pin_vhost(pin),
		.held = tappin_pin_held(pin),
		.offered = tappin_pin_has_offerer(pin),
		.pid = tappin_pin_pid(pin),
		.offerer_pid = tappin_pin_offerer_pid(pin),
	};
	snprintf(v->name, sizeof(v->name), "%s", tappin_pin_name(pin));
	if (tappin_pin_ifname(pin))
		snprintf(v->ifname, sizeof(v->ifname), "%s", tappin_pin_ifname(pin));
}
