/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces, the roles that processes have in them, and how to be one. */
#ifndef TEST_PLACE_H
#define TEST_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#define NAMESPACES	3	/* the initial one, A, and B, which has a user namespace */

/* What a role may and where it is. */
struct role {
	const char *what;
	uint8_t ns;
	bool admin;		/* has CAP_NET_ADMIN ... */
	bool confined;		/* ... but only in B's user namespace */
	unsigned int uid;	/* as the initial user namespace has it */
	unsigned int gid;	/* its supplementary group is the same */
};

void place_open(void);
/* This process goes to a namespace. */
void place_go(unsigned int ns);
/* It goes there for good, with the role's rights and no others. */
void place_become(const struct role *role);
unsigned int place_inode(unsigned int ns);

#endif /* TEST_PLACE_H */
