// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ten thousand pins mostly belong to one user, and a look-up may well ask a
 * directory server: remember the last one.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include "names.h"

#define NAME_SIZE 256	/* LOGIN_NAME_MAX, and for groups as much */

const char *name_of_user(uid_t uid)
{
	static char name[NAME_SIZE];
	static uid_t last;
	struct passwd *user;

	if (*name && uid == last)
		return name;
	user = getpwuid(uid);
	if (user)
		snprintf(name, sizeof(name), "%s", user->pw_name);
	else
		snprintf(name, sizeof(name), "%u", uid);
	last = uid;
	return name;
}

const char *name_of_group(gid_t gid)
{
	static char name[NAME_SIZE];
	static gid_t last;
	struct group *group;

	if (*name && gid == last)
		return name;
	group = getgrgid(gid);
	if (group)
		snprintf(name, sizeof(name), "%s", group->gr_name);
	else
		snprintf(name, sizeof(name), "%u", gid);
	last = gid;
	return name;
}
