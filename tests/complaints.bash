# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# complaints.bash - what the kernel's log is looked through for, after each test

# A line of the kernel log that no test may cause. Taints, and the words of
# modules that are merely loaded, are none. An extended regular expression.
# shellcheck disable=SC2034 # for those who source this
COMPLAINTS='WARNING:|\<BUG\>|Oops|general protection|Call Trace|KASAN|KCSAN|KFENCE:|UBSAN|possible (recursive|circular)|inconsistent lock state|suspicious RCU|held lock freed|blocked for more than|soft lockup|hard LOCKUP|rcu_.*(stall|detected)|refcount_t|kmemleak|sleeping function called|unable to handle|list_(add|del) corruption|ODEBUG'
