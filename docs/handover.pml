/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hand-over of a pin as a model for spin. tests/spin-check verifies it, and
 * verifies that it notices when something is broken.
 *
 * The states are not written down here once more: kmod/table.h itself is compiled
 * into the verifier. What is written down is what the module does around its
 * table (who has which role, from pin.c, lease.c, fence.c and lease_cmd.c, by the
 * names of their functions) and the processes around the module. Two casts:
 *
 *  - ANYBODY: three processes that send any command at any time, know or guess
 *    cookies, pass them on, close things in any order, die, and are followed by
 *    others. That is about what the kernel guarantees whoever calls it. It must
 *    also come by every row of the table, and by no pair that has none.
 *  - else: QEMUs as qemu-patches/ makes them. The first starts with a guest, the
 *    second waits for it. (-DTHIRD adds one that waits for the same stream, or starts
 *    with a guest of its own; that is more than a check can take.)
 *
 * In both: a lease ends when its file is closed, which is some time after its
 * process died; fencing ends some time after the command that began it, or, for a
 * process that hangs, not before that was killed; an admin evicts, kills and
 * deletes; the device goes. With QEMUs, replies get lost and streams are cut, too.
 *
 * To break something: -DBROKEN=..., see there; and BAD_STATE, BAD_INPUT and BAD_ROW for
 * the C compiler exchange one row of the table.
 *
 * Cookies are not numbers here: a process has the standing offer's, or it has
 * not. Once the offer is forgotten nobody has.
 */

/* For the formulas alone, which spin itself turns into assertions. */
#ifdef BARE
#define assert(x)	skip
#endif

#define PROCESSES	3
#define NOBODY		0

/* As in <linux/tappin.h> and state.h: the C below compares them. */
#define FREE		0
#define OWNED		1
#define OFFERED		2
#define TAKEN		3
#define RETURNED	4
#define FENCING		5
#define DEAD		6
#define DELETED		7

/* Inputs that the model's kernel gives rise to by itself; see state.h. */
#define STANDBY		0
#define CLAIM		1
#define CLAIM_OVER	2
#define CLAIM_COOKIE	3
#define CLAIM_BAD	4
#define AGAIN		5
#define OFFER		6
#define WITHDRAW	7
#define CONFIRM		8
#define OFFERER_WITHDRAW 9
#define OFFERER_OTHER	10
#define LOST		11
#define LOST_OFFERER	12
#define EVICT		13
#define DEL		14
#define DEL_FORCE	15
#define FENCED		16
#define GONE		17

/* What processes ask of the kernel besides: claims in three ways; close(2). */
#define CLAIM_FORCE	20
#define CLAIM_BY_COOKIE	21
#define CLAIM_BY_GUESS	22
#define CLOSE		23
#define KILL		24

/* Answers; the table's errno values become these. */
#define OK		0
#define INPROGRESS	1
#define BUSY		2
#define STALE		3
#define REFUSED		4
#define NO_REPLY	5

#define NO_INPUT	99

#ifdef ANYBODY
#define QEMUS		0
#else
#define QEMUS		1
#endif

/* What can be broken, in the module or in a QEMU. */
#ifndef BROKEN
#define BROKEN		0
#endif
#define BROKEN_NEWS	(BROKEN == 1)	/* the end of fencing wakes nobody */
#define BROKEN_RETURNED	(BROKEN == 2)	/* the pin returns to whoever has the cookie */
#define BROKEN_SUPERSEDE (BROKEN == 3)	/* a confirmed owner leaves the old lease valid */
#define BROKEN_FORGET	(BROKEN == 4)	/* withdrawing leaves the cookie valid */
#define BROKEN_LOST	(BROKEN == 5)	/* nobody notices that a lease is closed */
#define BROKEN_RESEND	(BROKEN == 6)	/* a lost reply is not given again */
#define BROKEN_CONFIRM	(BROKEN == 21)	/* a target runs its guest unconfirmed */
#define BROKEN_RESUME	(BROKEN == 22)	/* a source goes on without the pin */
#define BROKEN_MOVED	(BROKEN == 23)	/* a source takes a confirmed target for an eviction */
#define BROKEN_GIVE_BACK (BROKEN == 24)	/* a target that failed keeps its lease */
/* An admin may claim an offered pin while its offerer lives. */
#define OFFERER_HAS_GONE (BROKEN == 7 || owner == NOBODY)

c_decl {
\#include <errno.h>
\#include <stdio.h>
\#include <stdlib.h>
\#include "table.h"

/* cpp put this file's numbers in. */
\#define SAME(number, name) _Static_assert((number) == (name), #name)
SAME(FREE, TAPPIN_STATE_FREE); SAME(OWNED, TAPPIN_STATE_OWNED);
SAME(OFFERED, TAPPIN_STATE_OFFERED); SAME(TAKEN, TAPPIN_STATE_TAKEN);
SAME(RETURNED, TAPPIN_STATE_RETURNED); SAME(FENCING, TAPPIN_STATE_FENCING);
SAME(DEAD, TAPPIN_STATE_DEAD); SAME(DELETED, TAPPIN_DELETED);
SAME(DELETED + 1, TAPPIN_STATES);
SAME(STANDBY, IN_STANDBY); SAME(CLAIM, IN_CLAIM); SAME(CLAIM_OVER, IN_CLAIM_OVER);
SAME(CLAIM_COOKIE, IN_CLAIM_COOKIE); SAME(CLAIM_BAD, IN_CLAIM_BAD);
SAME(AGAIN, IN_AGAIN); SAME(OFFER, IN_OFFER); SAME(WITHDRAW, IN_WITHDRAW);
SAME(CONFIRM, IN_CONFIRM); SAME(OFFERER_WITHDRAW, IN_OFFERER_WITHDRAW);
SAME(OFFERER_OTHER, IN_OFFERER_OTHER); SAME(LOST, IN_LOST);
SAME(LOST_OFFERER, IN_LOST_OFFERER); SAME(EVICT, IN_EVICT); SAME(DEL, IN_DEL);
SAME(DEL_FORCE, IN_DEL_FORCE); SAME(FENCED, IN_FENCED); SAME(GONE, IN_GONE);
SAME(GONE + 1, TAPPIN_INPUTS);

static const struct tappin_row *look_up(int state, int input);
static int answer_of(int err);
}

c_code {
/* Which rows the search came by. */
static unsigned char walked[TAPPIN_STATES][TAPPIN_INPUTS];

static void print_walked(void)
{
	int state, input, rows = 0, met = 0;

	for (state = 0; state < TAPPIN_DELETED; state++)
		for (input = 0; input < TAPPIN_INPUTS; input++) {
			rows += tappin_table[state][input].known;
			met += walked[state][input];
			if (tappin_table[state][input].known && !walked[state][input])
				printf("row not met: %d %d\n", state, input);
		}
	printf("rows met: %d of %d\n", met, rows);
}

static const struct tappin_row *look_up(int state, int input)
{
\#ifdef BAD_ROW
	static const struct tappin_row bad = BAD_ROW;

	if (state == BAD_STATE && input == BAD_INPUT)
		return &bad;
\#endif
	if (!tappin_table[state][input].known)
		printf("no row: state %d, input %d\n", state, input);
	if (!walked[0][0])
		atexit(print_walked);
	walked[0][0] = walked[state][input] = 1;
	return &tappin_table[state][input];
}

static int answer_of(int err)
{
	switch (-err) {
	case 0:
		return OK;
	case EINPROGRESS:
		return INPROGRESS;
	case EBUSY:
		return BUSY;
	default:
		return REFUSED;
	}
}
}

/* The pin, see struct tappin_pin. */
byte state = FREE;
byte after;
byte owner;
byte offerer;
byte next_;		/* "next" is a word of spin's */
byte fenced;
bool offered;
bool gone;
bool vhost;		/* has the pin got vhost-net? */

/* The leases, by the number of their process; see struct tappin_lease. */
bool open_[4];
bool standby[4];
bool ended[4];
bool news[4];
bool files[4];		/* lease->unfenced is not 0 */
bool resend[4];

/* The processes. */
bool dead[4];
bool taps[4];		/* has fds of the TAP */
bool fresh[4];		/* has the numbers of the lease's present vhost-net files */
bool cookie[4];		/* has the standing offer's */
byte hung;		/* who hangs, and keeps its vhost-net files from being fenced */
bool path[4];		/* its vhost workers reach the TAP */

/* The guests. */
bool runs[4];
byte guest[4];		/* which guest it has: where that was first started */
bool moved[4];		/* a hand-over was confirmed since it offered */
bool out[4];		/* another one has confirmed its guest: for the properties only */
bool wants[4];		/* it tries to take the pin back */

/* The stream of a migration; it stays, for it may be a file. */
byte stream;		/* the guest in it */
bool stream_cookie;

byte losses = LOSSES;

chan ask = [0] of { byte, byte };
chan reply = [0] of { bool };
byte answer;		/* the kernel's; only within the step of the one who asked */

#define ALL(l)		l : 1 .. PROCESSES

/* ---- the kernel: each command is one step, as under pin->lock ---- */

inline lease_end(l)
{
	ended[l] = true;
	standby[l] = false;
	if
	:: l != fenced -> files[l] = false; fresh[l] = false; path[l] = false
	:: else
	fi
}

inline pin_end_all()
{
	owner = NOBODY;
	offerer = NOBODY;
	next_ = NOBODY;
	/* Without a TAP, or a pin, there is nothing to be fenced off from. */
	fenced = NOBODY;
	for (ALL(k)) {
		if
		:: open_[k] && !ended[k] -> lease_end(k)
		:: else -> files[k] = false; fresh[k] = false; path[k] = false
		fi
	}
}

inline pin_forget_offer()
{
	offered = false;
	stream_cookie = false;
	for (ALL(k)) {
		cookie[k] = false
	}
}

inline pin_become_owner(l)
{
	owner = l;
	standby[l] = false
}

/* Fencing led to "after". */
inline pin_enter()
{
	state = (after == RETURNED && (offerer == NOBODY || BROKEN_RETURNED) ->
		 OFFERED : after);
	if
	:: state == FREE -> pin_forget_offer()
	:: state == TAKEN -> pin_become_owner(next_); next_ = NOBODY
	:: state == RETURNED -> owner = offerer; offerer = NOBODY
	:: state == DELETED -> pin_forget_offer(); pin_end_all()
	:: else
	fi
}

inline lease_news()
{
	for (ALL(k)) {
		news[k] = QEMUS && open_[k] && !ended[k]
	}
}

inline pin_fence_owner()
{
	assert(fenced == NOBODY);
	fenced = owner;
	owner = NOBODY
}

inline pin_evict()
{
	l = owner;
	if
	:: l != NOBODY -> pin_fence_owner(); lease_end(l)
	:: else
	fi;
	if
	:: to_after == DELETED ->
		if
		:: offerer != NOBODY -> lease_end(offerer)
		:: else
		fi;
		if
		:: next_ != NOBODY -> lease_end(next_)
		:: else
		fi;
		offerer = NOBODY;
		next_ = NOBODY
	:: else
	fi
}

inline pin_confirm()
{
	for (ALL(k)) {
		moved[k] = QEMUS
	}
	if
	:: offerer != NOBODY ->
		out[offerer] = QEMUS;
		if
		:: !BROKEN_SUPERSEDE -> lease_end(offerer)
		:: else
		fi
	:: else
	fi;
	offerer = NOBODY
}

inline pin_roles()
{
	if
	:: in == CLAIM || in == CLAIM_OVER -> pin_become_owner(who)
	:: in == CLAIM_COOKIE -> offerer = owner; next_ = who; pin_fence_owner()
	:: in == OFFER -> offered = true
	:: in == CONFIRM -> pin_confirm()
	:: in == LOST && who == next_ -> next_ = NOBODY
	:: in == LOST && who != next_ -> pin_fence_owner()
	:: in == EVICT || in == DEL_FORCE -> pin_evict()
	:: in == GONE -> pin_end_all()
	:: else
	fi;
	if
	:: in == CLAIM || in == CLAIM_OVER || in == CONFIRM || in == GONE ||
	   (in == WITHDRAW && !BROKEN_FORGET) -> pin_forget_offer()
	:: else
	fi
}

#define STRAYS		(taps[1] || taps[2] || taps[3])

inline pin_move()
{
	pin_roles();
	if
	:: to == DELETED || (in == GONE && was_fencing && after == DELETED) ->
		after = DELETED;
		leaves = true
	:: else ->
		state = to;
		after = to_after;
		leaves = to == FENCING && !was_fencing &&
			 (fenced == NOBODY ||
			  !(files[fenced] || ((after == FREE || after == OFFERED) && STRAYS)));
		fenced = (leaves -> NOBODY : fenced)
	fi
}

/*
 * The table's answer; a pair without a row is what the module warns of. With
 * nothing to fence the pin leaves FENCING in the same step, else proctype fence
 * sees to it.
 */
inline pin_step()
{
	c_code {
		const struct tappin_row *row = look_up(now.state, Pkernel->in);

		Pkernel->known = row->known;
		Pkernel->moves = row->moves;
		Pkernel->to = row->to;
		Pkernel->to_after = row->after;
		now.answer = answer_of(row->err);
	};
	assert(known);
	was_fencing = state == FENCING;
	leaves = in == FENCED;
	if
	:: in == FENCED ->
		files[fenced] = false;
		fresh[fenced] = false;
		path[fenced] = false;
		fenced = NOBODY
	:: moves -> pin_move()
	:: else
	fi;
	if
	:: leaves -> pin_enter()
	:: else
	fi;
	if
	:: moves || (leaves && !BROKEN_NEWS) -> lease_news()
	:: else
	fi;
	if
	:: moves -> answer = (state == FENCING -> INPROGRESS : OK)
	:: else
	fi
}

/* Who a lease is to its pin; see role_step(). */
inline role_input(input, offerers)
{
	if
	:: ended[who] -> in = NO_INPUT; answer = STALE
	:: !ended[who] && (who == owner || who == next_) -> in = input
	:: !ended[who] && who != owner && who != next_ && who == offerer -> in = offerers
	:: else -> in = NO_INPUT; answer = REFUSED
	fi
}

inline claim_input()
{
	role_input(AGAIN, OFFERER_OTHER);
	if
	:: answer != REFUSED
	:: else ->
		answer = OK;
		if
		:: what == CLAIM_BY_COOKIE || what == CLAIM_BY_GUESS ->
			in = (what == CLAIM_BY_COOKIE && (cookie[who] || !QEMUS) && offered ->
			      CLAIM_COOKIE : CLAIM_BAD)
		:: what == CLAIM_FORCE && OFFERER_HAS_GONE && state == OFFERED ->
			in = CLAIM_OVER
		:: else ->
			in = CLAIM
		fi;
		if
		:: in == CLAIM && state == FREE && what != CLAIM_FORCE && STRAYS ->
			in = NO_INPUT;
			answer = BUSY
		:: else
		fi
	fi
}

/* The lease's file is released. */
inline close_input()
{
	open_[who] = false;
	in = NO_INPUT;
	if
	:: ended[who] || BROKEN_LOST
	:: else ->
		if
		:: who == owner || who == next_ -> in = LOST
		:: who == offerer -> offerer = NOBODY; in = LOST_OFFERER
		:: else
		fi
	fi
}

inline closed()
{
	standby[who] = false;
	news[who] = false;
	resend[who] = false;
	if
	:: !ended[who] && who != fenced ->
		/* What this drops must be harmless already. */
		assert(!path[who]);
		files[who] = false;
		fresh[who] = false
	:: else
	fi
}

inline die(l)
{
	dead[l] = QEMUS;
	runs[l] = false;
	wants[l] = false
}

inline fence_kill()
{
	l = (owner != NOBODY -> owner : fenced);
	if
	:: l != NOBODY && (open_[l] || files[l]) -> die(l)
	:: else
	fi;
	if
	:: offerer == NOBODY || offerer == l ->
		for (ALL(k)) {
			if
			:: taps[k] -> die(k)
			:: else
			fi
		}
	:: else
	fi
}

inline evict_input()
{
	in = EVICT;
	if
	:: what == KILL && state < DEAD ->
		in = (state == FREE && STRAYS -> NO_INPUT : EVICT);
		fence_kill()
	:: else
	fi
}

/* What to step the pin with, or why not. */
inline begin_command()
{
	if
	:: what == CLAIM || what == CLAIM_FORCE || what == CLAIM_BY_COOKIE ||
	   what == CLAIM_BY_GUESS -> claim_input()
	:: what == OFFER -> role_input(OFFER, OFFERER_OTHER)
	:: what == WITHDRAW -> role_input(WITHDRAW, OFFERER_WITHDRAW)
	:: what == CONFIRM -> role_input(CONFIRM, OFFERER_OTHER)
	:: what == CLOSE -> close_input()
	:: what == EVICT || what == KILL -> evict_input()
	:: else -> in = what
	fi
}

inline end_command()
{
	if
	:: what == STANDBY && answer == OK ->
		open_[who] = true;
		standby[who] = true;
		ended[who] = false;
		files[who] = vhost
	:: what == WITHDRAW && answer == OK && vhost && !files[who] ->
		files[who] = true;
		resend[who] = QEMUS && !BROKEN_RESEND
	:: what == CLAIM || what == CLAIM_FORCE || what == CLAIM_BY_COOKIE ||
	   what == CLAIM_BY_GUESS || what == OFFER || what == CONFIRM ->
		resend[who] = false
	:: what == CLOSE -> closed()
	:: else
	fi;
	news[who] = false
}

/* What is true after each step of the kernel. */
inline check_pin()
{
	for (ALL(k)) {
		/* At most one owner: who became it and has not lost it is it. */
		assert(!open_[k] || ended[k] || standby[k] || k == owner || k == offerer);
		/* At most one datapath: that of the owner, or of one being fenced. */
		assert(!path[k] || k == owner || k == fenced)
	}
	assert(fenced == NOBODY || state == FENCING);
	assert((state == OWNED || state == TAKEN || state == RETURNED) -> owner != NOBODY :
	       (state == OFFERED || owner == NOBODY));
	assert(offerer == NOBODY || state == TAKEN || state == FENCING);
	assert(next_ == NOBODY || state == FENCING);
	assert(offered == (state == OFFERED || state == TAKEN || state == RETURNED) ||
	       state == FENCING)
}

active proctype kernel()
{
	byte who, what, in, to, to_after, k, l;
	bool known, moves, was_fencing, leaves;

end:	do
	:: atomic {
		ask?who,what;
		d_step {
			begin_command();
			if
			:: in != NO_INPUT -> pin_step()
			:: else
			fi;
			end_command();
			check_pin();
			who = 0; what = 0; in = 0; to = 0; to_after = 0; k = 0; l = 0;
			known = false; moves = false; was_fencing = false; leaves = false
		};
		reply!true
	   }
	od
}

/* The caller is atomic, and resets "answer" before it ends. */
inline call(who, what)
{
	ask!who,what;
	reply?_
}

/* Goes on in the background; not against a process that hangs. */
active proctype fence()
{
end:	do
	:: atomic {
		fenced != NOBODY && !(hung == fenced && !dead[hung]) ->
		call(NOBODY, FENCED);
		answer = OK
	   }
	od
}

/* ---- what befalls them ---- */

active proctype admin()
{
	byte left = ADMINS;

	do
	:: left > 0 && state != DELETED ->
		atomic {
			left = left - QEMUS;
			if
			:: call(NOBODY, EVICT)
			:: call(NOBODY, KILL)
			:: call(NOBODY, DEL)
			:: call(NOBODY, DEL_FORCE)
			fi;
			answer = OK
		}
	:: atomic { left = 0; break }
	od;
	/* Who hangs is killed in the end. */
end:	do
	:: state == FENCING && hung != NOBODY && fenced == hung && !dead[hung] ->
		d_step { die(hung) }
	od
}

active proctype fate()
{
	byte i, left = DEATHS;

	do
	:: atomic { left > 0 && !dead[1] -> left = left - (DEATHS < 2); die(1) }
	:: atomic { left > 0 && !dead[2] -> left = left - (DEATHS < 2); die(2) }
	:: atomic { left > 0 && !dead[3] -> left = left - (DEATHS < 2); die(3) }
	:: atomic {
		HANGS && hung == NOBODY ->
		select(i : 1 .. PROCESSES);
		hung = i;
		i = NOBODY
	   }
	:: atomic {
		GONES && !gone && state != DELETED ->
		gone = true;
		if
		:: state != DEAD -> call(NOBODY, GONE)
		:: else
		fi;
		answer = OK
	   }
	:: atomic { left = 0; break }
	od
}

/* ---- the processes ---- */

/* Its files are closed one by one, in any order. */
inline close_all()
{
	do
	:: atomic { open_[i] -> call(i, CLOSE); answer = OK }
	:: atomic { taps[i] -> taps[i] = false }
	:: !open_[i] && !taps[i] -> break
	od
}

#ifdef ANYBODY

/* Its death is not told from its closing one thing after the other. */
proctype anybody(byte i)
{
end:	do
	:: atomic { !open_[i] && fenced != i -> call(i, STANDBY); answer = OK }
	:: atomic {
		open_[i] ->
		if
		:: call(i, CLAIM)
		:: call(i, CLAIM_FORCE)
		:: call(i, CLAIM_BY_COOKIE)
		:: call(i, CLAIM_BY_GUESS)
		fi;
		taps[i] = taps[i] || answer == OK;
		answer = OK
	   }
	:: atomic { open_[i] -> call(i, OFFER); answer = OK }
	:: atomic { open_[i] -> call(i, WITHDRAW); answer = OK }
	:: atomic { open_[i] -> call(i, CONFIRM); answer = OK }
	:: atomic { open_[i] -> call(i, CLOSE); answer = OK }
	:: atomic { taps[i] -> taps[i] = false }
	/*
	 * All that vhost-net needs, and no good manners. But that an old owner keeps
	 * its fds of the TAP, and gets a vhost-net elsewhere, can't be prevented.
	 */
	:: atomic { taps[i] && files[i] && !standby[i] && !path[i] -> path[i] = true }
	od
}

#else

/* What a QEMU believes to be, see net/tap-pin.c. */
#define STANDING_BY	0
#define PROVISIONAL	1
#define OWNER		2
#define OFFERING	3
#define LOSER		4	/* goes on without the pin: evicted, or the TAP is gone */

/* As call(), and the reply may get lost. An fd in it is there or not with it. */
inline request(command)
{
	call(i, command);
	if
	:: answer == OK && losses > 0 -> losses--; answer = NO_REPLY
	:: true
	fi
}

#define NEWS		(news[i] || ended[i])

/* The guest starts, or goes on, here. */
inline run_guest()
{
	for (ALL(k)) {
		/* Never two of the same guest. */
		assert(!runs[k] || guest[k] != guest[i])
	}
	k = 0;
	/* Its network works, unless the pin was lost. */
	assert(mine != OWNER || ended[i] || !vhost || (files[i] && fresh[i]));
	runs[i] = true;
	wants[i] = false;
	path[i] = mine == OWNER && files[i]
}

proctype qemu(byte i; bool incoming)
{
	byte mine = STANDING_BY, k;

	{
	/* tap_pin_new() */
	atomic {
		request(STANDBY);
		if
		:: answer == OK -> fresh[i] = vhost; answer = OK
		:: answer != OK -> answer = OK; goto leave
		fi
	};
	if
	:: !incoming -> guest[i] = i
	:: incoming && state == FREE
	:: incoming && state != FREE -> goto load
	fi;
claim:	atomic {
		request(CLAIM);
		if
		:: answer == OK -> mine = OWNER; taps[i] = true
		:: answer == NO_REPLY -> answer = OK; goto claim
		:: else
		fi;
		answer = OK;
		if
		:: incoming -> goto load
		:: !incoming && mine == OWNER -> goto go_on
		:: else -> goto leave
		fi
	};

	/* tap_pin_offer_post_load(), and all that may go wrong around it. */
load:
end_load:
	if
	:: stream != NOBODY -> atomic { guest[i] = stream; cookie[i] = stream_cookie }
	:: goto give_back
	fi;
take_over:
	if
	:: mine != STANDING_BY -> goto activate
	:: else
	fi;
	atomic {
		request(CLAIM_BY_COOKIE);
		if
		:: answer == OK -> mine = PROVISIONAL; taps[i] = true; answer = OK
		:: answer == NO_REPLY ->
			answer = OK;
			if
			:: goto take_over
			:: goto give_back
			fi
		:: answer == INPROGRESS ->
			answer = OK;
			if
			:: goto wait_for_fence
			:: goto give_back
			fi
		:: else -> answer = OK; goto give_back
		fi
	};
	goto activate;
wait_for_fence:
	NEWS -> goto take_over;

	/* tap_pins_confirm(), at once or when somebody says "cont". */
activate:
	if
	:: true
	:: goto give_back
	fi;
	atomic {
		if
		:: mine == PROVISIONAL && BROKEN_CONFIRM -> mine = OWNER; goto go_on
		:: else
		fi;
		request(CONFIRM);
		if
		:: answer == OK -> mine = OWNER; answer = OK; goto go_on
		:: answer == NO_REPLY -> answer = OK; goto activate
		:: answer == STALE && mine == OWNER -> mine = LOSER; answer = OK; goto go_on
		:: else -> answer = OK; goto give_back
		fi
	};

go_on:	atomic { run_guest() };
end_run:
	do
	:: atomic { mine == OWNER && ended[i] -> mine = LOSER; path[i] = false }
	/* A migration that does without the pin is not told of here. */
	:: atomic { mine == OWNER -> runs[i] = false; path[i] = false; goto offer }
	od;

	/* tap_pins_offer() */
offer:	atomic {
		request(OFFER);
		if
		:: answer == OK ->
			mine = OFFERING; moved[i] = false; cookie[i] = true; answer = OK
		:: answer == NO_REPLY ->
			answer = OK;
			if
			:: goto offer
			:: goto go_on
			fi
		:: else ->
			answer = OK;
			mine = (ended[i] -> LOSER : mine);
			goto go_on
		fi
	};
end_away:
	do
	:: atomic {
		stream != guest[i] || stream_cookie != cookie[i] ->
		stream = guest[i];
		stream_cookie = cookie[i]
	   }
	:: break
	od;

	/* tap_pin_take_back(), after a failure or when somebody says "cont". */
take_back:
	wants[i] = true;
	atomic {
		if
		:: BROKEN_RESUME -> mine = OWNER; goto go_on
		:: else
		fi;
		request(WITHDRAW);
		if
		:: answer == OK ->
			fresh[i] = fresh[i] || resend[i]; mine = OWNER; answer = OK
		:: answer == NO_REPLY -> answer = OK; goto take_back
		:: answer == INPROGRESS || answer == BUSY -> answer = OK; goto wait_for_end
		:: answer == STALE ->
			answer = OK;
			if
			:: (state == DELETED || moved[i]) && !BROKEN_MOVED ->
				/* Not for nothing. */
				assert(out[i] || state == DELETED);
				wants[i] = false;
				goto end_out
			:: else -> mine = LOSER; goto go_on
			fi
		:: answer == REFUSED -> assert(false)
		fi
	};
	/* It is not settled again yet: it asks whether it is the owner still. */
settle:	atomic {
		request(CONFIRM);
		if
		:: answer == OK -> skip
		:: answer == NO_REPLY -> answer = OK; goto settle
		:: else -> assert(answer == STALE); mine = LOSER; answer = OK
		fi
	};
	if
	:: goto go_on
	:: mine == OWNER -> wants[i] = false; goto offer
	fi;
wait_for_end:
	NEWS -> goto take_back;

	/* The guest has gone for good; what is left may quit, or stay. */
end_out:
	if
	:: goto leave
	fi;

	/* tap_pins_give_back(), and the end of a QEMU that waited for nothing. */
give_back:
	if
	:: BROKEN_GIVE_BACK -> dead[i]
	:: else
	fi;
leave:	dead[i] = true
	} unless { dead[i] };
	d_step { mine = 0; guest[i] = NOBODY; cookie[i] = false };
	close_all();
	/* Nobody asks for the rest any more. */
	atomic { ended[i] = false; moved[i] = false; out[i] = false }
}

#endif

init {
	atomic {
		if
		:: vhost = true
#ifndef THIRD
		:: vhost = false
#endif
		fi;
#ifdef ANYBODY
		run anybody(1);
		run anybody(2);
		run anybody(3)
#else
		run qemu(1, false);
		run qemu(2, true);
#ifdef THIRD
		if
		:: run qemu(3, true)
		:: run qemu(3, false)
		fi
#else
		dead[3] = true
#endif
#endif
	}
}

/* ---- what is proven beside the assertions ---- */

#define HELD		(owner != NOBODY && open_[owner])
#define CLAIMABLE	(state == FREE || state == OFFERED || state == DEAD || state == DELETED)

/* A pin without a living owner can be had again in the end, or its device is gone. */
ltl not_lost { [] (!HELD -> <> (HELD || CLAIMABLE)) }

/*
 * A source that wants its guest back gets it, in the end, unless a target confirmed.
 * (Or it died; or the pin was deleted, after which nobody knows who confirmed.)
 */
ltl comes_back { [] (wants[1] -> <> !wants[1]) }

/* Once a target confirmed the source never runs again. */
ltl stays_out { [] (out[1] -> [] !runs[1]) }

/* What a source offered and one target took goes to no other while the source waits. */
ltl nobody_else {
	[] ((state == TAKEN && offerer == 1 && owner == 2) ->
	    (owner != 3 W (owner == 1 || ended[1] || !open_[1])))
}
