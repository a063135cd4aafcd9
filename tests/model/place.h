/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network namespaces of the oracle's roles, and what it takes to be one. */
#ifndef TEST_PLACE_H
#define TEST_PLACE_H

#include "oracle.h"

void place_open(void);
/* This process goes to a namespace. */
void place_go(unsigned int ns);
/* It goes there for good, with the role's rights and no others. */
void place_become(const struct role *role);
unsigned int place_inode(unsigned int ns);

#endif /* TEST_PLACE_H */
