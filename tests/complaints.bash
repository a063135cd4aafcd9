# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# complaints.bash - what the kernel's log is looked through for, after each test

# A line of the kernel log that no test may cause. Taints, and the words of
# modules that are merely loaded, are none. An extended regular expression.
# shellcheck disable=SC2034 # for those who source this
COMPLAINTS='WARNING:|\<BUG\>|Oops|general protection|Call Trace|KASAN|KCSAN|KFENCE:|UBSAN|possible (recursive|circular)|inconsistent lock state|suspicious RCU|held lock freed|blocked for more than|soft lockup|hard LOCKUP|rcu_.*(stall|detected)|refcount_t|kmemleak|sleeping function called|unable to handle|list_(add|del) corruption|ODEBUG'

# KCSAN tells of every data race it meets, and the kernel has many of its own. This
# reads a log and leaves out the reports where no stack names a function of the module,
# but for what others said in between.
without_others_races() {
	awk '
		/BUG: KCSAN: / { flush(); inside = 1 }
		!inside { print; next }
		{ report = report $0 "\n" }
		!/BUG: KCSAN: |\+0x[0-9a-f]+\/0x| bytes by |value changed:/ { rest = rest $0 "\n" }
		/\[tappin\]/ { ours = 1 }
		/======$/ { flush() }
		END { flush() }
		function flush() {
			printf "%s", ours ? report : rest
			report = rest = ""
			inside = ours = 0
		}'
}
