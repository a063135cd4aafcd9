// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "cover.h"
#include "process.h"

#define ENTRIES		(16u << 10)	/* of each seat's buffer */
#define TEXT_MAX	(1u << 20)
#define FEATURES	(1u << 16)

static struct {
	uint8_t pc[TEXT_MAX];
	uint8_t feature[FEATURES];
	unsigned int pcs, features, fresh;
} *seen;

static struct {
	int fd;
	uint64_t *trace;
} seats[COVER_SEATS];

static uint64_t text;
static bool have;

static bool open_seat(unsigned int i)
{
	seats[i].fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (seats[i].fd < 0 || ioctl(seats[i].fd, KCOV_INIT_TRACE, ENTRIES))
		return false;
	seats[i].trace = mmap(NULL, ENTRIES * sizeof(uint64_t), PROT_READ | PROT_WRITE,
			      MAP_SHARED, seats[i].fd, 0);
	return seats[i].trace != MAP_FAILED;
}

static bool find_text(void)
{
	FILE *file = fopen("/sys/module/tappin/sections/.text", "re");
	unsigned long long at = 0;
	bool found;

	if (!file)
		return false;
	found = fscanf(file, "%llx", &at) == 1 && at;
	fclose(file);
	text = at;
	return found;
}

bool cover_open(void)
{
	unsigned int i;

	seen = shared_memory(sizeof(*seen));
	have = find_text();
	for (i = 0; have && i < COVER_SEATS; i++)
		have = open_seat(i);
	errno = 0;
	return have;
}

void cover_begin(unsigned int seat)
{
	if (have && ioctl(seats[seat].fd, KCOV_ENABLE, KCOV_TRACE_PC))
		bail("KCOV");
	if (have)
		__atomic_store_n(seats[seat].trace, 0, __ATOMIC_RELAXED);
}

static void feature(uint32_t hash)
{
	uint8_t *f = &seen->feature[hash % FEATURES];

	if (*f)
		return;
	*f = 1;
	seen->features++;
	seen->fresh++;
}

void cover_collect(unsigned int seat)
{
	uint64_t *trace = seats[seat].trace;
	uint32_t last = 0, at;
	uint64_t i, n;

	if (!have)
		return;
	n = __atomic_load_n(trace, __ATOMIC_RELAXED);
	for (i = 1; i <= n && i < ENTRIES; i++) {
		if (trace[i] - text >= TEXT_MAX)
			continue;
		at = trace[i] - text;
		if (!seen->pc[at]) {
			seen->pc[at] = 1;
			seen->pcs++;
		}
		feature((last * 31 + at) * 2654435761u >> 8);
		last = at;
	}
	__atomic_store_n(trace, 0, __ATOMIC_RELAXED);
}

void cover_answer(uint32_t hash)
{
	feature(hash * 2654435761u >> 8);
}

unsigned int cover_fresh(void)
{
	unsigned int n = seen->fresh;

	seen->fresh = 0;
	return n;
}

unsigned int cover_pcs(void)
{
	return seen->pcs;
}

unsigned int cover_features(void)
{
	return seen->features;
}

void cover_write(const char *path)
{
	FILE *file = fopen(path, "we");
	unsigned int i;

	if (!file)
		bail("%s", path);
	for (i = 0; i < TEXT_MAX; i++)
		if (seen->pc[i])
			fprintf(file, "%x\n", i);
	fclose(file);
}
