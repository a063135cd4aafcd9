// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ten thousand pins mostly belong to one user, and a look-up may well ask a
 * directory server: remember the last one.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include "names.h"

struct memo {
	id_t id;
	char name[256];	/* LOGIN_NAME_MAX, and for groups as much; "": none yet */
};

static const char *user_by_id(id_t id)
{
	struct passwd *user = getpwuid(id);

	return user ? user->pw_name : NULL;
}

static const char *group_by_id(id_t id)
{
	struct group *group = getgrgid(id);

	return group ? group->gr_name : NULL;
}

static const char *remember(struct memo *memo, id_t id,
			    const char *(*look_up)(id_t id))
{
	const char *name;

	if (*memo->name && memo->id == id)
		return memo->name;
	name = look_up(id);
	if (name)
		snprintf(memo->name, sizeof(memo->name), "%s", name);
	else
		snprintf(memo->name, sizeof(memo->name), "%u", id);
	memo->id = id;
	return memo->name;
}

const char *name_of_user(uid_t uid)
{
	static struct memo last;

	return remember(&last, uid, user_by_id);
}

const char *name_of_group(gid_t gid)
{
	static struct memo last;

	return remember(&last, gid, group_by_id);
}
