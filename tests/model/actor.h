/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An actor: a process that does what it is told, one order at a time, and knows
 * nothing of what it is for. Its fds are known by their numbers to whoever orders.
 */
#ifndef TEST_ACTOR_H
#define TEST_ACTOR_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "oracle.h"

enum act {
	ACT_ASK,	/* send a request; @data has its attributes */
	ACT_DUMP,
	ACT_NEW,	/* make a TAP and ask for a pin on it */
	ACT_CLOSE,	/* @fd */
	ACT_DUP,
	ACT_INHERIT,
	ACT_GIVE,	/* a copy of @fd comes with the answer */
	ACT_TAKE,	/* one comes with the order */
	ACT_FORK,	/* the child obeys to the socket that comes with the order */
	ACT_EXEC,
	ACT_POLL,
	ACT_OWN,
	ACT_PROBE,
	ACT_RING,	/* @fd is vhost's, @fd2 the TAP's, @ring which memory */
	ACT_RMMOD,
};

struct order {
	enum act act;
	uint8_t cmd;
	bool vhost;
	bool keep;
	unsigned int queues;
	unsigned int ring;
	int fd;
	int fd2;
	char ifname[IFNAMSIZ];
	size_t len;
	char data[512];
};

struct answer {
	int err;
	int fd;
	pid_t pid;
	unsigned int ifindex;
	int taps[QUEUES];
	char why[256];
	size_t len;
	char data[8192];	/* whole messages */
};

/* Orders and answers are as long as what is in their data. */
int actor_send(int sock, const void *message, size_t len, int fd);
/* Returns the length; @fd is set to what came with it, or -1. */
ssize_t actor_receive(int sock, void *message, size_t len, int *fd);

/* Obeys until @sock's other end is closed. @rings is a memfd. */
_Noreturn void actor_run(int sock, int rings);
/* main() of an actor that executed itself: takes over if the arguments say so. */
void actor_main(int argc, char **argv);

#endif /* TEST_ACTOR_H */
