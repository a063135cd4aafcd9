// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * agent - a lease holder that does what it is told
 *
 * Reads one command a line, answers each with one line: "OK" and what there is to
 * say, or "ERR", the errno's name and a sentence. `help` lists the commands. It
 * stands for a VMM in tests written in shell, which keep it as a coprocess:
 *
 *	coproc AGENT { build/tests/agent; }
 *	echo standby vm1 >&"${AGENT[1]}"; read -r answer <&"${AGENT[0]}"
 *
 * It holds at most one lease; `adopt` and `standby` need the last one closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vhost.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "pin.h"
#include "ring.h"
#include "stick.h"

static struct tappin *handle;
static struct tappin_lease *lease;
static struct ring rings[TAPPIN_QUEUES_MAX];
static struct stick stick = { .uffd = -1 };

static int failed(int err, const char *why)
{
	printf("ERR %s %s\n", error_name(err), why);
	return err;
}

static int answer(int ret)
{
	if (ret < 0)
		return failed(ret, tappin_errmsg(handle));
	puts("OK");
	return 0;
}

static void report(int ret, const char *what)
{
	if (ret)
		failed(ret, what);
	else
		puts("OK");
}

/* Commands that need a lease begin with this. */
static bool without_lease(void)
{
	if (!lease)
		failed(-EBADF, "there is no lease");
	return !lease;
}

static void print_hex(const char *label, const uint8_t *bytes, size_t n)
{
	printf("%s", label);
	while (n--)
		printf("%02x", *bytes++);
	putchar('\n');
}

static bool read_cookie(const char *hex, uint8_t cookie[TAPPIN_COOKIE_LEN])
{
	unsigned int i;

	for (i = 0; i < TAPPIN_COOKIE_LEN; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &cookie[i]) != 1)
			return false;
	return !hex[2 * i];
}

static void do_standby(char *name)
{
	struct tappin_pin *pin;
	size_t len;
	int ret;

	if (lease) {
		failed(-EBUSY, "close the lease first");
		return;
	}
	ret = tappin_standby(handle, name, 0, &lease, &pin);
	if (ret) {
		answer(ret);
		return;
	}
	tappin_pin_note(pin, &len);
	printf("OK queues %u note %zu\n", tappin_pin_queues(pin), len);
	tappin_pin_free(pin);
}

static void do_adopt(char *fd)
{
	if (lease)
		failed(-EBUSY, "close the lease first");
	else
		answer(tappin_lease_adopt(atoi(fd), &lease));
}

static void do_claim(char *args)
{
	uint8_t bytes[TAPPIN_COOKIE_LEN], *cookie = NULL;
	unsigned int flags = 0;
	char *word;

	if (without_lease())
		return;
	for (word = strtok(args, " "); word; word = strtok(NULL, " ")) {
		if (!strcmp(word, "force")) {
			flags |= TAPPIN_FORCE;
		} else if (read_cookie(word, bytes)) {
			cookie = bytes;
		} else {
			failed(-EINVAL, "a cookie has 32 hexadecimal digits");
			return;
		}
	}
	answer(tappin_claim(handle, lease, cookie, flags));
}

static void do_offer(char *args)
{
	uint8_t cookie[TAPPIN_COOKIE_LEN];
	int ret;

	(void)args;
	if (without_lease())
		return;
	ret = tappin_offer(handle, lease, cookie);
	if (ret)
		answer(ret);
	else
		print_hex("OK ", cookie, sizeof(cookie));
}

static void do_withdraw(char *args)
{
	int ret;

	(void)args;
	if (without_lease())
		return;
	ret = tappin_withdraw(handle, lease);
	if (ret > 0)
		puts("OK fresh");
	else
		answer(ret);
}

static void do_confirm(char *args)
{
	(void)args;
	if (!without_lease())
		answer(tappin_confirm(handle, lease));
}

static void do_note(char *text)
{
	if (!without_lease())
		answer(tappin_lease_set_note(handle, lease, text, strlen(text)));
}

/* Each is an event to all who listen. */
static void do_notes(char *number)
{
	int i, ret = 0, n = atoi(number);

	if (without_lease())
		return;
	for (i = 0; i < n && !ret; i++)
		ret = tappin_lease_set_note(handle, lease, &i, sizeof(i));
	answer(ret);
}

static void do_poll(char *ms)
{
	struct pollfd p = { .events = POLLIN };

	if (without_lease())
		return;
	p.fd = tappin_lease_fd(lease);
	if (poll(&p, 1, atoi(ms)) < 0)
		failed(-errno, "poll");
	else
		printf("OK%s%s\n", p.revents & POLLIN ? " in" : "",
		       p.revents & POLLHUP ? " hup" : "");
}

static void do_uring(char *args)
{
	(void)args;
	if (!without_lease())
		report(async_poll_uring(tappin_lease_fd(lease)), "io_uring");
}

static void do_aio(char *args)
{
	(void)args;
	if (!without_lease())
		report(async_poll_aio(tappin_lease_fd(lease)), "io_submit");
}

static void do_own(char *args)
{
	(void)args;
	if (!without_lease())
		report(pin_own_vhost(lease), "VHOST_SET_OWNER");
}

static int start_ring(unsigned int i)
{
	int ret;

	ring_init(&rings[i], ring_memory(1));
	ret = ring_set_up(&rings[i], tappin_lease_vhost_fd(lease, i));
	return ret ? ret : ring_start(&rings[i], tappin_lease_tap_fd(lease, i));
}

static void do_ring(char *args)
{
	unsigned int i;
	int ret = 0;

	(void)args;
	if (without_lease())
		return;
	for (i = 0; i < tappin_lease_queues(lease) && !ret; i++)
		ret = start_ring(i);
	report(ret, "the ring could not be started");
}

static void do_used(char *args)
{
	unsigned int i, sum = 0;

	(void)args;
	for (i = 0; i < ARRAY_SIZE(rings); i++)
		if (rings[i].mem)
			sum += ring_used(&rings[i]);
	printf("OK %u\n", sum);
}

static void do_stick(char *ifname)
{
	int ret;

	if (without_lease())
		return;
	stick_init(&stick);
	ret = ring_set_up(&stick.ring, tappin_lease_vhost_fd(lease, 0));
	if (!ret)
		ret = ring_start(&stick.ring, tappin_lease_tap_fd(lease, 0));
	if (ret) {
		failed(ret, "the ring could not be started");
		return;
	}
	stick_spring(&stick, if_nametoindex(ifname));
	puts("OK");
}

static void do_unstick(char *args)
{
	(void)args;
	stick_release(&stick);
	puts("OK");
}

static void do_close(char *args)
{
	(void)args;
	tappin_lease_close(lease);
	lease = NULL;
	puts("OK");
}

static void do_closelease(char *args)
{
	(void)args;
	if (!without_lease())
		answer(close(tappin_lease_take_fd(lease)) ? -errno : 0);
}

static void do_closevhost(char *args)
{
	unsigned int i;

	(void)args;
	if (without_lease())
		return;
	for (i = 0; i < tappin_lease_queues(lease); i++)
		close(tappin_lease_take_vhost_fd(lease, i));
	puts("OK");
}

static void do_closetap(char *args)
{
	unsigned int i;

	(void)args;
	if (without_lease())
		return;
	for (i = 0; i < tappin_lease_queues(lease); i++)
		close(tappin_lease_take_tap_fd(lease, i));
	puts("OK");
}

static void do_fds(char *args)
{
	unsigned int i;

	(void)args;
	if (without_lease())
		return;
	printf("OK lease %d tap", tappin_lease_fd(lease));
	for (i = 0; i < tappin_lease_queues(lease); i++)
		printf(" %d", tappin_lease_tap_fd(lease, i));
	printf(" vhost");
	for (i = 0; i < tappin_lease_queues(lease); i++)
		printf(" %d", tappin_lease_vhost_fd(lease, i));
	putchar('\n');
}

/* The child keeps copies of all fds but those that its parent talks through. */
static void leave_to_child(void (*work)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(0);
		close(1);
		close(2);
		for (;;)
			work();
	}
	if (pid < 0)
		failed(-errno, "fork");
	else
		printf("OK %d\n", (int)pid);
}

static void nothing(void)
{
	pause();
}

static void do_fork(char *args)
{
	(void)args;
	leave_to_child(nothing);
}

static void own_vhost(void)
{
	pin_own_vhost(lease);
	pause();
}

static void do_forkown(char *args)
{
	(void)args;
	if (!without_lease())
		leave_to_child(own_vhost);
}

/* Give the vhost devices up, and take them again, and the TAP. */
static void take_vhost(void)
{
	unsigned int i;

	for (i = 0; i < tappin_lease_queues(lease); i++) {
		int vhost = tappin_lease_vhost_fd(lease, i);

		ioctl(vhost, VHOST_RESET_OWNER, NULL);
		if (!vhost_own(vhost))
			start_ring(i);
	}
}

static void do_reown(char *args)
{
	(void)args;
	if (!without_lease())
		leave_to_child(take_vhost);
}

/* Stopped until the tracer ends. */
static void do_trace(char *pid)
{
	if (ptrace(PTRACE_SEIZE, atoi(pid), NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, atoi(pid), NULL, NULL) ||
	    waitpid(atoi(pid), NULL, __WALL) < 0)
		failed(-errno, "ptrace");
	else
		puts("OK");
}

/* The same with the lease inherited by another program. */
static void do_exec(char *command)
{
	unsigned int i;

	if (without_lease())
		return;
	printf("OK %d\n", (int)getpid());
	fflush(stdout);
	signal(SIGCHLD, SIG_DFL);
	fcntl(tappin_lease_fd(lease), F_SETFD, 0);
	for (i = 0; i < tappin_lease_queues(lease); i++) {
		fcntl(tappin_lease_tap_fd(lease, i), F_SETFD, 0);
		fcntl(tappin_lease_vhost_fd(lease, i), F_SETFD, 0);
	}
	execl("/bin/sh", "sh", "-c", command, NULL);
	failed(-errno, "exec");
}

/* As a guest's may be: a file that only its mapping keeps. */
static void *shared_memory(size_t len)
{
	int fd = memfd_create("eaten", MFD_CLOEXEC);
	void *mem;

	if (fd < 0 || ftruncate(fd, len))
		return NULL;
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return mem == MAP_FAILED ? NULL : mem;
}

static void do_eat(char *args)
{
	bool shared = strstr(args, "shared");
	size_t len = (size_t)atoi(args) << 20;
	volatile char *mem = shared ? shared_memory(len) : aligned_alloc(4096, len);
	size_t i;

	if (mem && strstr(args, "small"))
		madvise((void *)mem, len, MADV_NOHUGEPAGE);
	for (i = 0; mem && i < len; i += 4096)
		mem[i] = 1;
	puts(mem ? "OK" : "ERR ENOMEM no memory");
}

static void do_pid(char *args)
{
	(void)args;
	printf("OK %d\n", (int)getpid());
}

static void do_quit(char *args)
{
	(void)args;
	puts("OK");
	exit(0);
}

static void do_help(char *args);

static const struct {
	const char *name;
	const char *args;
	void (*run)(char *args);
} commands[] = {
	{ "standby", "NAME", do_standby },
	{ "adopt", "FD", do_adopt },
	{ "claim", "[COOKIE] [force]", do_claim },
	{ "offer", "", do_offer },
	{ "withdraw", "", do_withdraw },
	{ "confirm", "", do_confirm },
	{ "note", "TEXT", do_note },
	{ "notes", "N (so many, one after the other)", do_notes },
	{ "poll", "MS (the lease: in, hup)", do_poll },
	{ "uring", "(io_uring polls the lease from now on)", do_uring },
	{ "aio", "(Linux AIO does)", do_aio },
	{ "own", "(VHOST_SET_OWNER)", do_own },
	{ "ring", "(vhost moves packets from the TAP to rings of ours)", do_ring },
	{ "used", "(packets that came so)", do_used },
	{ "stick", "IFNAME (queue 0's vhost worker hangs)", do_stick },
	{ "unstick", "", do_unstick },
	{ "eat", "MIB [small|shared] (of memory; small pages take long to be given back)", do_eat },
	{ "fds", "", do_fds },
	{ "close", "(lease, TAP and vhost)", do_close },
	{ "closelease", "(it alone)", do_closelease },
	{ "closevhost", "", do_closevhost },
	{ "closetap", "", do_closetap },
	{ "fork", "(a child that keeps copies of all fds)", do_fork },
	{ "forkown", "(the same, and VHOST_SET_OWNER is the child's)", do_forkown },
	{ "reown", "(a child that takes the vhost devices again and again)", do_reown },
	{ "trace", "PID (which is stopped until this agent ends)", do_trace },
	{ "exec", "COMMAND (that inherits all fds)", do_exec },
	{ "pid", "", do_pid },
	{ "help", "", do_help },
	{ "quit", "", do_quit },
};

static void do_help(char *args)
{
	unsigned int i;

	(void)args;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("%s%s %s", i ? "; " : "OK ", commands[i].name,
		       commands[i].args);
	putchar('\n');
}

static void obey(char *line)
{
	char *args = line + strcspn(line, " ");
	unsigned int i;

	if (*args)
		*args++ = '\0';
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(line, commands[i].name)) {
			commands[i].run(args);
			return;
		}
	}
	failed(-EINVAL, "no such command: help lists them");
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	setlinebuf(stdout);
	signal(SIGCHLD, SIG_IGN);
	if (tappin_open(&handle)) {
		failed(-ENOENT, tappin_errmsg(handle));
		return 1;
	}
	while ((len = getline(&line, &room, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		obey(line);
		fflush(stdout);
	}
	return 0;
}
