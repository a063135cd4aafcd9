// SPDX-License-Identifier: GPL-2.0-or-later
/* A pin for people and programs. Keys are the netlink attributes' names. */
#include <stdio.h>

#include "describe.h"
#include "names.h"
#include "print.h"

static void describe_rights(const struct tappin_pin *pin)
{
	if (tappin_pin_has_uid(pin)) {
		print_number("uid", NULL, tappin_pin_uid(pin));
		print_string(NULL, " owner ", name_of_user(tappin_pin_uid(pin)));
	}
	if (tappin_pin_has_gid(pin)) {
		print_number("gid", NULL, tappin_pin_gid(pin));
		print_string(NULL, " group ", name_of_group(tappin_pin_gid(pin)));
	}
}

static void describe_self(const struct tappin_pin *pin, enum describe how)
{
	print_number("id", how == DESCRIBE_LINE ? " id " : NULL,
		     tappin_pin_id(pin));
	print_string("state", " state ",
		     tappin_state_name(tappin_pin_state(pin)));
	print_string("ifname", " dev ", tappin_pin_ifname(pin));
	if (tappin_pin_ifindex(pin))
		print_number("ifindex", " ifindex ", tappin_pin_ifindex(pin));
	print_number("queues", " queues ", tappin_pin_queues(pin));
	print_on_off("vhost", " vhost ", tappin_pin_vhost(pin));
	describe_rights(pin);
}

/* A pid of 0 is a process of another namespace, or none: fds in flight. */
static void describe_process(const char *before, const char *pid_key, pid_t pid,
			     const char *comm_key, const char *comm)
{
	print_text(before);
	if (pid) {
		print_number(pid_key, "pid ", pid);
	} else {
		print_text("a process that can't be seen from here");
		print_number(pid_key, NULL, 0);
	}
	if (!comm)
		return;
	print_string(comm_key, " (", comm);
	print_text(")");
}

static void describe_holders(const struct tappin_pin *pin, const char *start)
{
	print_text(start);
	if (tappin_pin_held(pin))
		describe_process("held by ", "pid", tappin_pin_pid(pin),
				 "comm", tappin_pin_comm(pin));
	else
		print_text("not held");
	print_number("generation", ", generation ", tappin_pin_generation(pin));
	if (!tappin_pin_has_offerer(pin))
		return;
	print_text(start);
	describe_process("offered by ", "offerer_pid",
			 tappin_pin_offerer_pid(pin), "offerer_comm",
			 tappin_pin_offerer_comm(pin));
}

static void describe_count(const char *key, const char *start,
			   unsigned int count, const char *one,
			   const char *more)
{
	print_number(key, count ? start : NULL, count);
	if (count)
		print_text(count == 1 ? one : more);
}

static void describe_others(const struct tappin_pin *pin, const char *start)
{
	describe_count("standbys", start, tappin_pin_standbys(pin),
		       " process standing by", " processes standing by");
	describe_count("fencing", start, tappin_pin_fencing(pin),
		       " vhost file of the last owner not fenced yet",
		       " vhost files of the last owner not fenced yet");
	describe_count("strays", start, tappin_pin_strays(pin),
		       " queue still held by a process without a lease",
		       " queues still held by a process without a lease");
}

static void describe_rest(const struct tappin_pin *pin, bool text)
{
	const void *note;
	size_t len = 0;

	print_number("netns", text ? "\n    in network namespace " : NULL,
		     tappin_pin_netns(pin));
	print_number(NULL, text ? ", id " : NULL, tappin_pin_id(pin));
	print_number("handovers", text ? "\n    hand-overs " : NULL,
		     tappin_pin_handovers(pin));
	print_number("losses", text ? ", losses " : NULL,
		     tappin_pin_losses(pin));
	print_number("evictions", text ? ", evictions " : NULL,
		     tappin_pin_evictions(pin));
	note = tappin_pin_note(pin, &len);
	if (note && len)
		print_bytes("note", text ? "\n    note: " : NULL, note, len);
}

void describe_pin(const struct tappin_pin *pin, enum describe how)
{
	const char *start = how == DESCRIBE_LINE ? ", " : "\n    ";

	print_string("name", "", tappin_pin_name(pin));
	print_text(":");
	describe_self(pin, how);
	describe_holders(pin, start);
	describe_others(pin, start);
	describe_rest(pin, how == DESCRIBE_ALL);
}
