/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * tappin: hold a virtual machine's TAP queues in the kernel and move their
 * ownership between processes in one step.
 *
 * Objects
 * =======
 *
 * A *pin* is a named kernel object that holds the queues of one TAP device
 * (tun in TAP mode, or macvtap), and optionally the right to open vhost-net.
 * It lives in the network namespace it was made in, until it is deleted. While
 * it exists the TAP stays: same ifindex, carrier up, still in its bridge.
 *
 * A *lease* is an open file. Every process that wants the pin, or has it,
 * holds one. Whoever holds a copy of the fd holds the lease; it ends at the
 * last close, as flock(2) does. A lease stands by until its claim succeeds;
 * then it is the pin's owner. A pin has at most one owner.
 *
 * An *offer* is the owner's consent to one hand-over. It is a cookie of 128
 * random bits that only the owner gets to see and passes on by its own means.
 *
 * Talking to the module
 * =====================
 *
 * Generic netlink family %TAPPIN_GENL_NAME, version %TAPPIN_GENL_VERSION,
 * loaded on first use by the family's name. Commands run in the context of the
 * calling process: file descriptors in attributes are numbers in its own table.
 * Arrays of them are packed s32. Integers are u32, or u64 where said.
 * Attributes that a command does not take are refused. Every refusal carries an
 * extack sentence, but for those of a machine out of memory and of a module that is
 * being unloaded. When a pin is busy (EBUSY), its description with its holder
 * precedes the error message, so that the caller can say who it is; with
 * EINPROGRESS of CLAIM, OFFER and WITHDRAW, too.
 *
 * A pin is addressed by %TAPPIN_A_NAME in the caller's network namespace or by
 * %TAPPIN_A_ID, which is unique on the machine and not used again until that boots;
 * only who has CAP_NET_ADMIN in the initial namespace reaches the pins of others, by
 * id. Commands on a lease take %TAPPIN_A_LEASE_FD; a name or id given as well must be
 * that of its pin.
 *
 * "Admin" below is CAP_NET_ADMIN over the user namespace that owns the pin's
 * network namespace. "May claim" is admin, or the pin's uid or gid, which both
 * the opener of the netlink socket and the calling process must have.
 *
 * No command waits longer than %TAPPIN_WAIT_MS, and of several that are sent at
 * once only the last one waits. One whose work is not finished by then has been
 * accepted all the same and answers EINPROGRESS. The end shows as EPOLLIN on the
 * lease and as an event; asking again tells the outcome of a command on a lease. DEL
 * and EVICT are not asked again: that would be meant for who comes next.
 *
 * Commands
 * ========
 *
 * NEW       admin, in the initial user namespace unless the module parameter
 *           userns_pins allows some elsewhere.
 *           in: NAME IFINDEX TAP_FDS [VHOST_FD] [UID] [GID] [NOTE]
 *           out: the description, NOTE
 *           The fds must be all queues of the device, each once. VHOST_FD is
 *           proof of the right to use vhost-net; fresh files are opened from
 *           its path with its credentials. The device must have an owner or a
 *           group (TUNSETOWNER, TUNSETGROUP), lest anyone joins it.
 *
 * DEL       admin. in: NAME|ID [FORCE]
 *           Drops a pin that is free or dead. FORCE evicts its owner first.
 *
 * GET       anyone. in: NAME|ID; out: the description; NOTE too for those who
 *           may claim. As a dump: in: [ALL_NETNS]; all pins of the namespace,
 *           without notes. ALL_NETNS is for an admin of the initial one.
 *
 * SET       admin: NAME|ID [UID] [GID] [NOTE]; owner: LEASE_FD NOTE.
 *           (uid_t)-1 takes a UID or GID away; an empty NOTE removes it. A new
 *           UID or GID ends the leases that stand by.
 *
 * STANDBY   may claim. in: NAME|ID; out: the description, NOTE, LEASE_FD,
 *           VHOST_FDS
 *           Opens a lease, with one fresh vhost-net file a queue if the pin
 *           has vhost. They have no owner yet: the first VHOST_SET_OWNER makes
 *           one. Gives no access to the TAP and never disturbs the owner. With
 *           %TAPPIN_STANDBYS_MAX leases standing by the answer is EUSERS.
 *
 * CLAIM     a lease. in: LEASE_FD [COOKIE] [FORCE] [VHOST]
 *           out: the description, NOTE, TAP_FDS; VHOST_FDS too with VHOST
 *           Makes the lease the owner of a free pin, or with the right COOKIE
 *           the provisional owner of an offered one, whose old owner's vhost
 *           files are fenced first. The owner may repeat it and gets its fds
 *           again. FORCE takes a free pin although STRAYS is not 0, and for an
 *           admin an offered one whose offerer has gone.
 *
 * OFFER     the owner. in: LEASE_FD; out: the description, COOKIE.
 *           Repeated while the offer stands, it gives the same cookie.
 *
 * WITHDRAW  the offerer. in: LEASE_FD; out: the description, VHOST_FDS if they
 *           are fresh ones, and again until the lease's next CLAIM, OFFER or
 *           CONFIRM
 *           Takes the offer back, or the pin after a provisional owner ended
 *           without confirming. In the second case its old vhost-net files have
 *           been fenced and are of no more use.
 *
 * CONFIRM   the provisional owner. in: LEASE_FD
 *           Makes it the owner and ends the offerer's lease. It may be repeated.
 *
 * EVICT     admin. in: NAME|ID [KILL]
 *           Ends the current owner's lease and fences its vhost files. KILL
 *           sends SIGKILL to the processes that hold the lease, its vhost files,
 *           or the TAP's queues unless somebody else is entitled to those; and
 *           that the caller has the right to kill. It looks for them among all
 *           processes: if that takes longer than a command may, the answer is
 *           EINPROGRESS and they are killed all the same. EBUSY: another EVICT
 *           with KILL still looks for those of this pin.
 *           While the pin is fencing nobody owns it: this waits for the last
 *           owner's end, and KILL brings that about; the next one is left alone.
 *           Of a free pin KILL ends who has its STRAYS, if there are any (else
 *           ESRCH). An offered one whose offerer has gone becomes free, and what its
 *           cookie was for can't be resumed any more.
 *
 * NOTIFY    multicast to the group %TAPPIN_GENL_MCGRP_EVENTS of the pin's
 *           namespace: EVENT and the description as it is after the event. Pids
 *           in it are those of the initial pid namespace.
 *
 * What a lease's file says
 * ========================
 *
 * poll(2): EPOLLIN when the pin's state has changed since the lease's last CLAIM,
 * OFFER, WITHDRAW or CONFIRM, be it what EINPROGRESS promised or another's doing, or
 * when no process was found that has the lease;
 * EPOLLHUP once the lease has ended, for good: evicted, superseded by a confirmed
 * owner, the pin deleted or its device gone, or, standing by, its user's right taken
 * away. Commands on an ended lease answer ESTALE.
 *
 * Not for io_uring, nor Linux AIO: a ring holds what it polls, and a lease holds its
 * vhost-net files, those the memory of their owner, and that the rings mapped in it.
 * A poll that waits when its process is killed is let go of, but not on a ring with
 * %IORING_SETUP_DEFER_TASKRUN, and a registered file never: then the pin has an
 * owner without a process, until EVICT.
 *
 * What is trusted
 * ===============
 *
 * A TAP fd once given can't be taken back: both sides hold the same open file.
 * An old owner that lives on is trusted to leave it alone; one that can't be
 * trusted is ended by EVICT with KILL. For the vhost datapath the kernel
 * enforces the switch.
 */
#ifndef _UAPI_LINUX_TAPPIN_H
#define _UAPI_LINUX_TAPPIN_H

#define TAPPIN_GENL_NAME		"tappin"
#define TAPPIN_GENL_VERSION		1
#define TAPPIN_GENL_MCGRP_EVENTS	"events"

#define TAPPIN_NAME_MAX		63	/* bytes of UTF-8, without the NUL */
#define TAPPIN_NOTE_MAX		4096	/* bytes */
#define TAPPIN_QUEUES_MAX	256
#define TAPPIN_COOKIE_LEN	16	/* bytes */
#define TAPPIN_STANDBYS_MAX	64	/* leases standing by for one pin */
#define TAPPIN_WAIT_MS		50	/* longest a command waits */

/**
 * enum tappin_state - what a pin is doing
 * @TAPPIN_STATE_FREE: no owner; may be claimed
 * @TAPPIN_STATE_OWNED: one owner
 * @TAPPIN_STATE_OFFERED: waits for its cookie; the offerer still has the queues,
 *	or has gone (then no holder is shown)
 * @TAPPIN_STATE_TAKEN: claimed by cookie and not yet confirmed
 * @TAPPIN_STATE_RETURNED: the provisional owner ended without confirming; only
 *	the offerer, which lives, can take the pin back
 * @TAPPIN_STATE_FENCING: an owner is on its way out and its files are still held
 * @TAPPIN_STATE_DEAD: the device is gone, for good
 */
enum tappin_state {
	TAPPIN_STATE_FREE,
	TAPPIN_STATE_OWNED,
	TAPPIN_STATE_OFFERED,
	TAPPIN_STATE_TAKEN,
	TAPPIN_STATE_RETURNED,
	TAPPIN_STATE_FENCING,
	TAPPIN_STATE_DEAD,

	__TAPPIN_STATE_MAX,
	TAPPIN_STATE_MAX = __TAPPIN_STATE_MAX - 1
};

/**
 * enum tappin_event - what happened to a pin
 * @TAPPIN_EVENT_NEW: made
 * @TAPPIN_EVENT_DELETED: deleted
 * @TAPPIN_EVENT_CLAIMED: a free pin has an owner, or an offered one by FORCE
 * @TAPPIN_EVENT_OFFERED: its owner offered it
 * @TAPPIN_EVENT_WITHDRAWN: its offerer took the offer, or the pin, back
 * @TAPPIN_EVENT_TAKEN: claimed by cookie; the claimant is provisional
 * @TAPPIN_EVENT_CONFIRMED: the provisional owner is the owner
 * @TAPPIN_EVENT_RETURNED: the provisional owner ended; the offer or offerer is next
 * @TAPPIN_EVENT_LOST: the owner's lease was closed
 * @TAPPIN_EVENT_EVICTED: an admin ended the owner's lease, or the offer of one that
 *	has gone
 * @TAPPIN_EVENT_FENCED: the last owner's vhost files can no longer reach the TAP
 * @TAPPIN_EVENT_GONE: the device is gone
 * @TAPPIN_EVENT_CHANGED: uid, gid or note was set
 */
enum tappin_event {
	TAPPIN_EVENT_NEW,
	TAPPIN_EVENT_DELETED,
	TAPPIN_EVENT_CLAIMED,
	TAPPIN_EVENT_OFFERED,
	TAPPIN_EVENT_WITHDRAWN,
	TAPPIN_EVENT_TAKEN,
	TAPPIN_EVENT_CONFIRMED,
	TAPPIN_EVENT_RETURNED,
	TAPPIN_EVENT_LOST,
	TAPPIN_EVENT_EVICTED,
	TAPPIN_EVENT_FENCED,
	TAPPIN_EVENT_GONE,
	TAPPIN_EVENT_CHANGED,

	__TAPPIN_EVENT_MAX,
	TAPPIN_EVENT_MAX = __TAPPIN_EVENT_MAX - 1
};

enum tappin_cmd {
	TAPPIN_CMD_UNSPEC,
	TAPPIN_CMD_NEW,
	TAPPIN_CMD_DEL,
	TAPPIN_CMD_GET,
	TAPPIN_CMD_SET,
	TAPPIN_CMD_STANDBY,
	TAPPIN_CMD_CLAIM,
	TAPPIN_CMD_OFFER,
	TAPPIN_CMD_WITHDRAW,
	TAPPIN_CMD_CONFIRM,
	TAPPIN_CMD_EVICT,
	TAPPIN_CMD_NOTIFY,

	__TAPPIN_CMD_MAX,
	TAPPIN_CMD_MAX = __TAPPIN_CMD_MAX - 1
};

/**
 * enum tappin_attr - attributes of all commands
 * @TAPPIN_A_UNSPEC: unused
 * @TAPPIN_A_PAD: alignment of 64-bit attributes
 * @TAPPIN_A_ID: u64, unique on this machine until it boots again, whatever module
 *	is loaded meanwhile
 * @TAPPIN_A_NAME: string, 1 to %TAPPIN_NAME_MAX bytes of UTF-8 without blanks,
 *	control characters or '/', not starting with '.' or '-'
 * @TAPPIN_A_STATE: u32, enum tappin_state
 * @TAPPIN_A_EVENT: u32, enum tappin_event
 * @TAPPIN_A_GENERATION: u64, how often a claim has made a new owner
 * @TAPPIN_A_IFINDEX: u32, the device; left out once it is gone
 * @TAPPIN_A_IFNAME: string, the device's present name
 * @TAPPIN_A_NETNS: u32, inode number of the pin's network namespace
 * @TAPPIN_A_QUEUES: u32, 1 to %TAPPIN_QUEUES_MAX; more would be a new version
 * @TAPPIN_A_VHOST: flag; out: the pin has vhost-net; in: send its fds again
 * @TAPPIN_A_UID: u32, user that may claim, as the reader's user namespace has it
 * @TAPPIN_A_GID: u32, group that may claim
 * @TAPPIN_A_PID: u32, holder of the owner's lease, or in fencing of the last owner's,
 *	as the reader's pid namespace has it; 0 if it can't be seen from there, or
 *	the lease is held by no process (in flight on a socket); left out if there
 *	is none
 * @TAPPIN_A_COMM: string, that process's name
 * @TAPPIN_A_OFFERER_PID: u32, the same for the offerer behind a provisional owner
 * @TAPPIN_A_OFFERER_COMM: string
 * @TAPPIN_A_STANDBYS: u32, leases standing by
 * @TAPPIN_A_FENCING: u32, vhost files of the last owner that are not fenced yet
 * @TAPPIN_A_STRAYS: u32, queues of a free or dead pin that somebody without a
 *	lease still holds; left out when 0
 * @TAPPIN_A_HANDOVERS: u64, confirmed hand-overs
 * @TAPPIN_A_LOSSES: u64, owners whose lease was closed
 * @TAPPIN_A_EVICTIONS: u64, owners evicted
 * @TAPPIN_A_NOTE: binary, up to %TAPPIN_NOTE_MAX bytes its owner left for the next
 * @TAPPIN_A_TAP_FDS: binary, s32[]
 * @TAPPIN_A_VHOST_FD: s32
 * @TAPPIN_A_VHOST_FDS: binary, s32[]
 * @TAPPIN_A_LEASE_FD: s32
 * @TAPPIN_A_COOKIE: binary, %TAPPIN_COOKIE_LEN bytes
 * @TAPPIN_A_FORCE: flag
 * @TAPPIN_A_KILL: flag
 * @TAPPIN_A_ALL_NETNS: flag
 */
enum tappin_attr {
	TAPPIN_A_UNSPEC,
	TAPPIN_A_PAD,
	TAPPIN_A_ID,
	TAPPIN_A_NAME,
	TAPPIN_A_STATE,
	TAPPIN_A_EVENT,
	TAPPIN_A_GENERATION,
	TAPPIN_A_IFINDEX,
	TAPPIN_A_IFNAME,
	TAPPIN_A_NETNS,
	TAPPIN_A_QUEUES,
	TAPPIN_A_VHOST,
	TAPPIN_A_UID,
	TAPPIN_A_GID,
	TAPPIN_A_PID,
	TAPPIN_A_COMM,
	TAPPIN_A_OFFERER_PID,
	TAPPIN_A_OFFERER_COMM,
	TAPPIN_A_STANDBYS,
	TAPPIN_A_FENCING,
	TAPPIN_A_STRAYS,
	TAPPIN_A_HANDOVERS,
	TAPPIN_A_LOSSES,
	TAPPIN_A_EVICTIONS,
	TAPPIN_A_NOTE,
	TAPPIN_A_TAP_FDS,
	TAPPIN_A_VHOST_FD,
	TAPPIN_A_VHOST_FDS,
	TAPPIN_A_LEASE_FD,
	TAPPIN_A_COOKIE,
	TAPPIN_A_FORCE,
	TAPPIN_A_KILL,
	TAPPIN_A_ALL_NETNS,

	__TAPPIN_A_MAX,
	TAPPIN_A_MAX = __TAPPIN_A_MAX - 1
};

#endif /* _UAPI_LINUX_TAPPIN_H */
