// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "workers.h"

static FILE *open_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return fopen(path, "re");
}

/* The file's lines that begin with @start; of a process that is gone, none. */
static void say_file(pid_t pid, const char *name, const char *start)
{
	FILE *file = open_of(pid, name);
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, start, strlen(start)))
			say("  %s", line);
	}
	if (file)
		fclose(file);
}

void say_process(pid_t pid)
{
	say("process %d", (int)pid);
	say_file(pid, "comm", "");
	say_file(pid, "status", "State:");
	say_file(pid, "schedstat", "");
	say_file(pid, "stack", "");
}

/* A worker's comm tells what it works on, kworker/u4:1+tappin-kill; with "-", did last. */
static bool is_worker(pid_t pid)
{
	FILE *file = open_of(pid, "comm");
	char comm[64];
	bool is;

	is = file && fgets(comm, sizeof(comm), file) &&
	     (strstr(comm, "+tappin") || strstr(comm, "tappin") == comm);
	if (file)
		fclose(file);
	return is;
}

void say_workers(void)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	pid_t pid;

	say("at work for the module:");
	while (dir && (entry = readdir(dir))) {
		pid = atoi(entry->d_name);
		if (pid && is_worker(pid))
			say_process(pid);
	}
	if (dir)
		closedir(dir);
}
