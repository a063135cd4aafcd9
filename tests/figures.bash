# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# figures.bash - what the kernel holds: memory, objects of each slab cache, threads,
# processes, references to the module; and whether that has grown
#
# A look is a file with a line "NAME VALUE SLACK" for each figure, made when nothing is
# left that goes by itself: caches are dropped, and each slab cache is shrunk, which
# brings back the free objects that a processor keeps (they count as used otherwise).
#
# Two looks that have rounds of the same work between them are flat if no figure grew
# by more than the larger of
#
#	its slack, which is what comes and goes without a leak:
#		a slab cache	two slabs on each processor, 64 objects at least
#		memory		what is said in figures_memory below
#		threads named vhost-* or tappin*, processes, references	0
#		other threads, but for kworkers	4
#	one in twenty rounds: an object, or a page of memory. (Not of those with 0.)
#
# What is lost in each round, or in one of ten, is found as soon as there were enough
# rounds to go beyond the slack.

# KiB that may be missing after any number of rounds. MemAvailable has the sign turned,
# and what processes and tmpfs hold is added to it, and free pages that processors keep,
# megabytes of them: what is looked for is the kernel's.
figures_memory='MemAvailable 8192 Slab 4096 SUnreclaim 4096 KernelStack 256
	PageTables 1024 Percpu 2048 VmallocUsed 1024'

# figures_look FILE: false if it is not all there, which would be flat, too
figures_look() {
	local shrink

	echo 3 >/proc/sys/vm/drop_caches
	for shrink in /sys/kernel/slab/*/shrink; do
		echo 1 >"$shrink"
	done
	{
		figures_of_memory
		figures_of_slabs
		figures_of_threads
		echo "references $(references) 0"
	} >"$1"
	[ "$(grep -cE '^(kib:Slab|slab:mm_struct|threads:other|processes|references) ' "$1")" -eq 5 ]
}

figures_of_memory() {
	awk -v wanted="$figures_memory" '
		BEGIN {
			n = split(wanted, word)
			for (i = 1; i < n; i += 2)
				slack[word[i]] = word[i + 1]
		}
		{ sub(":", "", $1) }
		FILENAME == "/proc/zoneinfo" {
			if ($1 == "count")
				kept += 4 * $2
			next
		}
		$1 == "AnonPages" || $1 == "Shmem" { kept += $2 }
		$1 == "MemAvailable" { available = $2 }
		$1 in slack && $1 != "MemAvailable" { print "kib:" $1, $2, slack[$1] }
		END { print "kib:MemAvailable", -available - kept, slack["MemAvailable"] }
		' /proc/zoneinfo /proc/meminfo
}

# One name for the copies of a cache that differ in nothing but chance.
figures_of_slabs() {
	awk -v cpus="$(nproc)" '
		NR > 2 {
			sub(/^kmalloc-rnd-[0-9]+-/, "kmalloc-rnd-", $1)
			used[$1] += $2
			slack[$1] += 2 * $5 * cpus
		}
		END {
			for (name in used)
				print "slab:" name, used[name], (slack[name] > 64 ? slack[name] : 64)
		}' /proc/slabinfo
}

# Of some the last part of the name is a number, and some end while we look.
figures_of_threads() {
	cat /proc/[0-9]*/task/[0-9]*/comm 2>/dev/null | awk '
		/^kworker\// { next }
		/^vhost-/ { vhost++; next }
		/^tappin/ { tappin++; next }
		{ other++ }
		END {
			print "threads:vhost", vhost + 0, 0
			print "threads:tappin", tappin + 0, 0
			print "threads:other", other + 0, 4
		}'
	cat /proc/[0-9]*/statm 2>/dev/null |
		awk '$1 { n++ } END { print "processes", n + 0, 0 }'
}

# figures_grown BEFORE AFTER ROUNDS [NAME MORE]...: prints what grew, and by how much;
# of the figure NAME that may be MORE
figures_grown() {
	awk -v rounds="$3" -v more="${*:4}" '
		BEGIN {
			n = split(more, word)
			for (i = 1; i < n; i += 2)
				extra[word[i]] = word[i + 1]
		}
		FILENAME == ARGV[1] { before[$1] = $2; next }
		{
			may = rounds / 20 * ($1 ~ /^kib:/ ? 4 : 1)
			if (may < $3 || !$3)
				may = $3
			may += extra[$1]
			if ($2 - before[$1] > may)
				printf "%s: %d before, %d after, %d more; %d may be\n",
					$1, before[$1], $2, $2 - before[$1], may
		}' "$1" "$2"
}

# figures_flat BEFORE AFTER ROUNDS [NAME MORE]...: AFTER is looked for, now
figures_flat() {
	figures_look "$2" && [ -z "$(figures_grown "$@")" ]
}

# figures_still NOW BEFORE: does nothing go away any more, since the last look?
figures_still() {
	[ ! -e "$1" ] || mv "$1" "$2"
	figures_look "$1" && [ -e "$2" ] && [ -z "$(figures_grown "$1" "$2" 0)" ]
}

# figures_row FILE: the columns of figures_head
figures_row() {
	awk '
		{ value[$1] = $2 }
		/^slab:kmalloc/ { kmalloc += $2 }
		END {
			printf "%9d %7d %7d %7d %7d %7d %7d %6d %5d %5d %6d %5d %5d\n",
				-value["kib:MemAvailable"], value["kib:Slab"],
				value["kib:SUnreclaim"], value["kib:KernelStack"],
				value["kib:Percpu"], value["kib:VmallocUsed"], kmalloc,
				value["slab:filp"], value["slab:mm_struct"],
				value["slab:task_struct"], value["slab:cred_jar"],
				value["threads:vhost"] + value["threads:tappin"],
				value["references"]
		}' "$1"
}

figures_head() {
	printf '%9s %7s %7s %7s %7s %7s %7s %6s %5s %5s %6s %5s %5s\n' \
		avail/KiB slab unrecl stacks percpu vmalloc kmalloc files mms tasks creds threads refs
}
