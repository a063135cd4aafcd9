/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle: a model of the machine as far as pins are concerned, that says what
 * each step will answer and leave behind. It asks nobody: pins move by the state
 * table, files live as long as somebody has them.
 *
 * Some answers depend on who is faster: a command that fences waits for 50 ms and
 * answers either 0 or EINPROGRESS; files that end together end in either order.
 * Where the table lets both be, the oracle is told what was seen (struct seen), or
 * asked for more than one variant.
 *
 *	oracle.c	who is who; steps that are no commands
 *	oracle_cmd.c	what each command answers and does
 *	oracle_pin.c	the life of a pin: the state table
 *	oracle_file.c	processes and their files: who holds what, and what a last
 *			close leads to
 */
#ifndef TEST_ORACLE_H
#define TEST_ORACLE_H

#include <linux/tappin.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "place.h"
#include "step.h"

#define PINS_PER_NS	2	/* pin N is "mN%2" of namespace N/2 */
#define PINS		(NAMESPACES * PINS_PER_NS)
#define ROLES		8	/* processes 0 to 7 are started, the others forked */
#define PROCS		12
#define LEASES		20
#define QUEUES		4
#define FILES		512
#define FDS		128
#define NOTES		4	/* note 0 is none */
#define EVENTS		64
#define ROWS		64
#define PACKETS		100	/* that may wait in a queue */
#define GIFTS		(1 + 2 * QUEUES)

#define UID_RIGHT	1000	/* whom RIGHT_GIVE means */
#define GID_RIGHT	2000
#define UID_OVERFLOW	65534

#define NONE		(-1)
#define MANY		(-2)

extern const struct role roles[ROLES];

struct file {
	uint8_t what;
	uint8_t pin;		/* of a TAP: which slot's it was */
	int8_t lease;		/* of the others: its name */
	uint8_t queue;
	bool used;
	bool kernel;		/* the pin or the lease has it, too */
	bool dead;		/* a TAP's whose device is gone */
	uint16_t refs;		/* in tables of processes */
	uint32_t owner;		/* a vhost device's mm, or 0 */
	int16_t backend;	/* the TAP a vhost device is on, or NONE */
	uint16_t waiting;	/* packets in a TAP's queue, where it has but one */
	bool ringed;		/* a vhost device had a ring, ... */
	uint16_t taken;		/* ... to which so many packets came */
};

struct entry {
	int16_t file;
	bool cloexec;
	int fd;			/* the real one; the stage fills it in */
};

struct proc {
	bool alive;
	uint8_t role;
	pid_t pid;
	uint32_t mm;
	uint32_t born;		/* the order in which they were */
	unsigned int fds;
	struct entry fd[FDS];
};

struct model_lease {
	bool used;		/* open or being fenced */
	bool open;
	bool ended;
	bool standby;
	bool listed;		/* hears of its pin */
	bool news;
	bool resend;
	int8_t pin;		/* or NONE, once that is deleted */
	uint64_t id;		/* of the pin */
	int16_t file;
	pid_t pid;
	uint32_t mm;
	unsigned int unfenced;
	int16_t vhost[QUEUES];
};

struct model_pin {
	bool exists;
	bool device;		/* is still there */
	bool vhost;
	bool offered;
	bool cookie_known;
	bool old_known;
	uint8_t queues;
	uint8_t state;
	uint8_t after;
	uint8_t note;
	int8_t owner;
	int8_t offerer;
	int8_t next;
	int8_t fenced;
	unsigned int standbys;
	uint32_t uid;		/* or UINT32_MAX */
	uint32_t gid;
	uint64_t id;		/* of the last one there was, too */
	uint64_t generation;
	uint64_t handovers;
	uint64_t losses;
	uint64_t evictions;
	unsigned int ifindex;
	char ifname[IFNAMSIZ];
	int16_t tap[QUEUES];
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	uint8_t old[TAPPIN_COOKIE_LEN];	/* a cookie that no longer stands */
};

struct oracle {
	uint32_t born;
	uint32_t mms;
	struct model_pin pin[PINS];
	struct model_lease lease[LEASES];
	struct proc proc[PROCS];
	struct file file[FILES];
};

/* What can't be told beforehand: the answer, and names that the kernel gives. */
struct seen {
	int err;
	unsigned int variant;
	uint64_t id;
	unsigned int ifindex;
	const char *ifname;
	const uint8_t *cookie;
	pid_t pid;
};

struct model_event {
	uint64_t id;
	uint64_t generation;
	uint8_t event;
	uint8_t state;
};

/* An fd that the step gives. */
struct gift {
	uint8_t proc;
	uint8_t index;		/* into the process's table */
};

struct want {
	int err;
	const char *why;	/* the sentence, or NULL for any */
	bool later;		/* the end may come after the answer */
	bool described;		/* a description comes with the answer ... */
	bool described_stable;	/* ... which is that of the pin afterwards */
	int pin;		/* which it is about, or NONE */
	pid_t holder;		/* that it names, if not the present one */
	bool note;		/* with its note */
	bool vhost_fds;
	unsigned int n_taps;
	short revents;		/* of OP_POLL */
	uint16_t deaths;	/* bits of processes killed by it */
	unsigned int n_events;
	struct model_event event[EVENTS];
	unsigned int n_gifts;
	struct gift gift[GIFTS];
	unsigned int n_rows;	/* of the table that it went by */
	struct model_row {
		uint8_t state;
		uint8_t input;
	} row[ROWS];
};

/* CAP_NET_ADMIN in the initial user namespace. */
static inline bool oracle_is_global(const struct role *role)
{
	return role->admin && !role->confined;
}

void oracle_init(struct oracle *o);
/* Can it be tried at all? Others are left out. */
bool oracle_possible(const struct oracle *o, const struct step *step);
void oracle_step(struct oracle *o, const struct step *step,
		 const struct seen *seen, struct want *want);
/* How many variants of @step there are; all lead to the same states. */
unsigned int oracle_variants(const struct oracle *o, const struct step *step);
/* Which processes an eviction with kill ends. */
uint16_t oracle_victims(const struct oracle *o, const struct step *step);
/* The slot of the pin that a step names, or NONE if its process sees none. */
int oracle_target(const struct oracle *o, const struct step *step);
const struct role *oracle_role(const struct proc *proc);
bool oracle_is_admin(const struct proc *proc, int pin);
bool oracle_may_claim(const struct oracle *o, const struct proc *proc, int pin);

/* oracle_cmd.c: returns the answer */
int oracle_command(struct oracle *o, const struct step *step, const struct seen *seen,
		   struct want *want);

/* oracle_file.c */
int oracle_file_new(struct oracle *o, enum what what);
struct entry *oracle_give(struct oracle *o, struct want *want, int proc, int file);
/* The fd that a step means, or NONE. */
int oracle_find(const struct oracle *o, int proc, enum what what, int pin, int lease,
		int queue);
bool oracle_holds(const struct proc *proc, int file);
void oracle_close(struct oracle *o, struct want *want, int proc, int index);
void oracle_exit(struct oracle *o, struct want *want, int proc, unsigned int variant,
		 bool exec);
void oracle_unkernel(struct oracle *o, int file);
unsigned int oracle_strays(const struct oracle *o, int pin);
/* A fenced lease's device: would a search find whose it is? */
bool oracle_finds_owner(const struct oracle *o, int file);
/* Does it end on behalf of one of these address spaces, or because nobody's it is? */
bool oracle_fence_file(struct oracle *o, int file, const uint32_t *guess, unsigned int n);

/* The only vhost device that has the TAP, NONE, or MANY. */
int oracle_backend(const struct oracle *o, int tap);
/* Is the process whose device this is there, and the same program still? */
bool oracle_owner_lives(const struct oracle *o, int file);

/* oracle_pin.c */
int oracle_input(struct oracle *o, struct want *want, int pin, int input, int lease);
void oracle_settle(struct oracle *o, struct want *want);
void oracle_lease_closed(struct oracle *o, struct want *want, int lease);
void oracle_end_standbys(struct oracle *o, struct want *want, int pin);
void oracle_event(const struct oracle *o, struct want *want, int pin, int event);
/* Does the table say what @input does in @state? */
bool oracle_row_known(int state, int input);
unsigned int oracle_fencing(const struct oracle *o, int pin);

#endif /* TEST_ORACLE_H */
