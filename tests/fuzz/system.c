// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine that library and command see in a fuzz target: what they call of
 * libc and libmnl to reach the outside ends here (see the file "calls"). The kernel answers
 * with the input's datagrams, files hold the input's text, time passes by being
 * asked for, and whatever would change something fails.
 *
 * The library doesn't come to a datagram but by recvmsg(), as with a socket, and
 * what lies behind a datagram is poisoned: ASan sees who reads on.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sanitizer/asan_interface.h>

#include "fuzz.h"
#include "system.h"

#define FIRST_FD	1000
#define FDS_MAX		8192	/* more than an input can bring */
#define SOCKET_FD	999
#define SIGNAL_FD	998

volatile uint64_t sim_seen;

static struct {
	const uint8_t *at;
	size_t left;
	const char *file;
	size_t file_len;
	bool know_family;
	bool family_asked;	/* and not answered yet */
	uint32_t seq;		/* of the last request */
	bool dump;		/* so it was one for a dump */
	double time;
	void *stack;		/* of who received last */
	size_t stack_size;
	bool track;
	int fds;		/* given out */
	bool open[FDS_MAX];
} sim;

static struct {
	FILE *stream;
	FILE *out;
	FILE *err;
	char *text;
	size_t len;
} capture;

/* An object of its own, to be told from others. */
static char a_socket;

_Noreturn void must_fail(const char *file, int line, const char *cond)
{
	dprintf(2, "%s:%d: not so: %s\n", file, line, cond);
	abort();
}

/* --- the input */

void sim_start(const uint8_t *data, size_t size)
{
	memset(&sim, 0, sizeof(sim));
	sim.at = data;
	sim.left = size;
}

static const uint8_t *take(size_t len)
{
	const uint8_t *start = sim.at;

	sim.at += len;
	sim.left -= len;
	return start;
}

uint8_t sim_byte(void)
{
	return sim.left ? *take(1) : 0;
}

char *sim_text(const char *end)
{
	size_t end_len = *end ? strlen(end) : 1, len = 0;
	char *text;

	while (len + end_len <= sim.left && memcmp(sim.at + len, end, end_len))
		len++;
	if (len + end_len > sim.left) {
		len = sim.left;
		end_len = 0;
	}
	text = malloc(len + 1);
	must(text);
	memcpy(text, take(len), len);
	text[len] = '\0';
	take(end_len);
	return text;
}

void sim_file(const char *text, size_t len)
{
	sim.file = text;
	sim.file_len = len;
}

/* --- what is said */

void sim_capture_begin(void)
{
	free(capture.text);
	capture.out = stdout;
	capture.err = stderr;
	capture.stream = open_memstream(&capture.text, &capture.len);
	must(capture.stream);
	stdout = capture.stream;
	stderr = capture.stream;
}

const char *sim_capture_end(size_t *len)
{
	stdout = capture.out;
	stderr = capture.err;
	fclose(capture.stream);
	if (len)
		*len = capture.len;
	return capture.text;
}

void must_be_clean(const char *text, size_t len, bool lines)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t i;

	for (i = 0; i < len; i++) {
		must(c[i] >= ' ' || (lines && c[i] == '\n'));
		must(c[i] != 0x7f);
		/* The controls that UTF-8 has in two bytes. */
		must(c[i] != 0xc2 || i + 1 == len || c[i + 1] >= 0xa0);
	}
}

/* --- netlink */

void sim_know_family(void)
{
	sim.know_family = true;
}

struct mnl_socket *sim_mnl_socket_open2(int bus, int flags)
{
	(void)bus;
	(void)flags;
	return (struct mnl_socket *)&a_socket;
}

int sim_mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl;
	(void)groups;
	(void)pid;
	return 0;
}

/* Memory of a handle is poisoned until it is freed, a stack must not stay so. */
int sim_mnl_socket_close(struct mnl_socket *nl)
{
	must(nl == (struct mnl_socket *)&a_socket);
	if (sim.stack)
		ASAN_UNPOISON_MEMORY_REGION(sim.stack, sim.stack_size);
	sim.stack = NULL;
	return 0;
}

int sim_mnl_socket_get_fd(const struct mnl_socket *nl)
{
	must(nl == (struct mnl_socket *)&a_socket);
	return SOCKET_FD;
}

unsigned int sim_mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;
	return SIM_PORTID;
}

int sim_mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf,
			      socklen_t len)
{
	(void)nl;
	(void)type;
	(void)buf;
	(void)len;
	return 0;
}

int sim_setsockopt(int fd, int level, int name, const void *value,
		   socklen_t len)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)value;
	(void)len;
	return 0;
}

void sim_connect(struct tappin *handle)
{
	ASAN_UNPOISON_MEMORY_REGION(handle, sizeof(*handle));
	memset(handle, 0, sizeof(*handle));
	tpn_reply_init(&handle->reply);
	handle->family = SIM_FAMILY;
	handle->portid = SIM_PORTID;
	handle->nl = (struct mnl_socket *)&a_socket;
}

/* What is sent is whole: ASan looks at all of it here. */
static void look_at_request(const void *data, size_t len)
{
	const struct nlmsghdr *nlh = data;
	const unsigned char *bytes = data;
	size_t i;

	for (i = 0; i < len; i++)
		sim_seen += bytes[i];
	must(len >= sizeof(*nlh) && nlh->nlmsg_len == len);
	sim.seq = nlh->nlmsg_seq;
	sim.dump = (nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	sim.family_asked = sim.know_family && nlh->nlmsg_type == GENL_ID_CTRL;
}

ssize_t sim_send(int fd, const void *data, size_t len, int flags)
{
	must(fd == SOCKET_FD && !flags);
	look_at_request(data, len);
	return len;
}

ssize_t sim_mnl_socket_sendto(const struct mnl_socket *nl, const void *data,
			      size_t len)
{
	(void)nl;
	look_at_request(data, len);
	return len;
}

static ssize_t answer_family(char *buf)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *groups, *group;
	struct nlmsghdr *ack;
	int none = 0;

	nlh->nlmsg_type = GENL_ID_CTRL;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, SIM_FAMILY);
	mnl_attr_put_u32(nlh, CTRL_ATTR_VERSION, TAPPIN_GENL_VERSION);
	groups = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, 5);
	mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME,
			  TAPPIN_GENL_MCGRP_EVENTS);
	mnl_attr_nest_end(nlh, group);
	mnl_attr_nest_end(nlh, groups);
	ack = mnl_nlmsg_put_header(buf + nlh->nlmsg_len);
	ack->nlmsg_type = NLMSG_DONE;
	memcpy(mnl_nlmsg_put_extra_header(ack, sizeof(none)), &none,
	       sizeof(none));
	sim.family_asked = false;
	return nlh->nlmsg_len + ack->nlmsg_len;
}

static void give_fd(char *p)
{
	int32_t fd;

	memcpy(&fd, p, sizeof(fd));
	if (fd < 0)
		return;
	must(sim.fds < FDS_MAX);
	fd = FIRST_FD + sim.fds;
	sim.open[sim.fds++] = true;
	memcpy(p, &fd, sizeof(fd));
}

static void give_fds_of(const struct nlattr *attr)
{
	uint16_t type = mnl_attr_get_type(attr);
	char *p = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);

	if (type == TAPPIN_A_LEASE_FD && len == sizeof(int32_t))
		give_fd(p);
	if (type != TAPPIN_A_TAP_FDS && type != TAPPIN_A_VHOST_FDS)
		return;
	for (; len >= sizeof(int32_t); p += 4, len -= 4)
		give_fd(p);
}

/* What a dump has is copied before it is looked at: fds have no place there. */
static void take_fds_out(const struct nlattr *attr)
{
	uint16_t type = mnl_attr_get_type(attr);

	if (type == TAPPIN_A_LEASE_FD || type == TAPPIN_A_TAP_FDS ||
	    type == TAPPIN_A_VHOST_FDS)
		memset(mnl_attr_get_payload(attr), 0xff,
		       mnl_attr_get_payload_len(attr));
}

static bool is_ours(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_type >= NLMSG_MIN_TYPE &&
	       (!nlh->nlmsg_seq || nlh->nlmsg_seq == sim.seq) &&
	       (!nlh->nlmsg_pid || nlh->nlmsg_pid == SIM_PORTID);
}

static void give_fds_in(struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	if (!is_ours(nlh))
		return;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (sim.dump)
			take_fds_out(attr);
		else
			give_fds_of(attr);
	}
}

/*
 * Not by the library's eyes: what is in the messages? Of one that was cut off,
 * what has come has been installed.
 */
static void give_fds(char *buf, size_t len, bool cut)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	uint32_t said;

	if (cut && len >= sizeof(*nlh) && nlh->nlmsg_len > len) {
		said = nlh->nlmsg_len;
		nlh->nlmsg_len = len - 1;
		if (nlh->nlmsg_len >= sizeof(*nlh))
			give_fds_in(nlh);
		nlh->nlmsg_len = said;
		return;
	}
	while (len >= sizeof(*nlh)) {
		nlh = (struct nlmsghdr *)buf;
		if (nlh->nlmsg_len < sizeof(*nlh) || nlh->nlmsg_len > len)
			return;
		give_fds_in(nlh);
		if (MNL_ALIGN(nlh->nlmsg_len) > len)
			return;
		buf += MNL_ALIGN(nlh->nlmsg_len);
		len -= MNL_ALIGN(nlh->nlmsg_len);
	}
}

/* The next datagram of the input: its length, or -errno. */
static ssize_t receive(char *buf, size_t size, uint8_t *flags)
{
	struct datagram head;
	size_t len;

	ASAN_UNPOISON_MEMORY_REGION(buf, size);
	*flags = 0;
	if (sim.family_asked)
		return answer_family(buf);
	if (sim.left < sizeof(head))
		return -EAGAIN;
	memcpy(&head, take(sizeof(head)), sizeof(head));
	*flags = head.flags;
	if (head.flags & DATAGRAM_ERROR)
		return -ENOBUFS;
	len = head.len;
	if (len > sim.left)
		len = sim.left;
	if (len > size)
		len = size;
	memcpy(buf, take(len), len);
	/* libmnl's attributes are read to their alignment. */
	memset(buf + len, 0, MNL_ALIGN(len) - len);
	if (!(head.flags & DATAGRAM_STRANGER) && sim.track)
		give_fds(buf, len, head.flags & DATAGRAM_CUT);
	ASAN_POISON_MEMORY_REGION(buf + MNL_ALIGN(len), size - MNL_ALIGN(len));
	return len;
}

ssize_t sim_recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct sockaddr_nl *from = msg->msg_name;
	uint8_t is;
	ssize_t len;

	must(fd == SOCKET_FD && !flags && msg->msg_iovlen == 1);
	len = receive(msg->msg_iov->iov_base, msg->msg_iov->iov_len, &is);
	memset(from, 0, sizeof(*from));
	from->nl_family = AF_NETLINK;
	from->nl_pid = is & DATAGRAM_STRANGER ? 4711 : 0;
	msg->msg_flags = is & DATAGRAM_CUT ? MSG_TRUNC : 0;
	if (len >= 0)
		return len;
	errno = -len;
	return -1;
}

ssize_t sim_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf,
				size_t size)
{
	uint8_t is;
	ssize_t len;

	(void)nl;
	sim.stack = buf;
	sim.stack_size = size;
	len = receive(buf, size, &is);
	if (len >= 0 && is & DATAGRAM_CUT)
		len = -ENOSPC;
	if (len >= 0)
		return len;
	errno = -len;
	return -1;
}

/*
 * libmnl is not built with ASan, and its getters read what they are asked for
 * whatever the attribute's length. These do the same by its rules, and tell.
 */
bool sim_mnl_attr_ok(const struct nlattr *attr, int len)
{
	return len >= (int)sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       attr->nla_len <= len;
}

static const void *payload_of(const struct nlattr *attr, size_t size)
{
	must(mnl_attr_get_payload_len(attr) >= size);
	return mnl_attr_get_payload(attr);
}

uint8_t sim_mnl_attr_get_u8(const struct nlattr *attr)
{
	return *(const uint8_t *)payload_of(attr, 1);
}

uint16_t sim_mnl_attr_get_u16(const struct nlattr *attr)
{
	uint16_t value;

	memcpy(&value, payload_of(attr, sizeof(value)), sizeof(value));
	return value;
}

uint32_t sim_mnl_attr_get_u32(const struct nlattr *attr)
{
	uint32_t value;

	memcpy(&value, payload_of(attr, sizeof(value)), sizeof(value));
	return value;
}

const char *sim_mnl_attr_get_str(const struct nlattr *attr)
{
	const char *string = payload_of(attr, 1);

	must(memchr(string, '\0', mnl_attr_get_payload_len(attr)));
	return string;
}

/* --- fds */

void sim_fds_begin(void)
{
	sim.track = true;
}

void sim_fds_end(void)
{
	int i;

	for (i = 0; i < sim.fds; i++)
		must(!sim.open[i]);
}

int sim_close(int fd)
{
	must(fd >= 0);
	if (!sim.track)
		return 0;
	must(fd >= FIRST_FD && fd < FIRST_FD + sim.fds);
	must(sim.open[fd - FIRST_FD]);
	sim.open[fd - FIRST_FD] = false;
	return 0;
}

int sim_fcntl(int fd, int cmd, ...)
{
	(void)cmd;
	if (fd >= 0)
		return 0;
	errno = EBADF;
	return -1;
}

/* What they ask of a TAP's queue goes well, or by the fd's number fails. */
int sim_ioctl(int fd, unsigned long request, ...)
{
	(void)request;
	if (fd >= 0 && fd % 8 != 4)
		return 0;
	errno = fd < 0 ? EBADF : fd % 1000 == 500 ? EBADFD : EINVAL;
	return -1;
}

/* --- time */

int sim_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	sim.time += 0.25;
	now->tv_sec = sim.time;
	now->tv_nsec = (sim.time - now->tv_sec) * 1e9;
	return 0;
}

/* When the input is at its end nothing more will come. */
int sim_poll(struct pollfd *fds, nfds_t n, int ms)
{
	nfds_t i;

	(void)ms;
	for (i = 0; i < n; i++)
		fds[i].revents = 0;
	if (sim.left >= sizeof(struct datagram))
		return 0;
	errno = EIO;
	return -1;
}

int sim_signalfd(int fd, const sigset_t *set, int flags)
{
	(void)fd;
	(void)set;
	(void)flags;
	return SIGNAL_FD;
}

int sim_sigaction(int number, const struct sigaction *action,
		  struct sigaction *old)
{
	(void)number;
	(void)action;
	if (old)
		memset(old, 0, sizeof(*old));
	return 0;
}

int sim_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	(void)how;
	(void)set;
	if (old)
		sigemptyset(old);
	return 0;
}

ssize_t sim_read(int fd, void *buf, size_t size)
{
	must(fd == SIGNAL_FD);
	(void)buf;
	(void)size;
	errno = EAGAIN;
	return -1;
}

/* --- files */

FILE *sim_fopen(const char *name, const char *mode)
{
	must(*mode == 'r');
	if (sim.file && *name)
		return fmemopen((char *)sim.file, sim.file_len, "r");
	errno = ENOENT;
	return NULL;
}

static int no(int error)
{
	errno = error;
	return -1;
}

int sim_open(const char *name, int flags, ...)
{
	(void)name;
	(void)flags;
	return no(EACCES);
}

int sim_stat(const char *name, struct stat *status)
{
	(void)name;
	(void)status;
	return no(ENOENT);
}

int sim_access(const char *name, int mode)
{
	(void)name;
	(void)mode;
	return no(ENOENT);
}

int sim_mkstemp(char *name)
{
	(void)name;
	return no(EROFS);
}

char *sim_realpath(const char *name, char *real)
{
	(void)name;
	(void)real;
	errno = ENOENT;
	return NULL;
}

DIR *sim_opendir(const char *name)
{
	(void)name;
	errno = ENOENT;
	return NULL;
}

int sim_scandir(const char *name, struct dirent ***entries,
		int (*filter)(const struct dirent *),
		int (*compare)(const struct dirent **, const struct dirent **))
{
	(void)name;
	(void)entries;
	(void)filter;
	(void)compare;
	return no(ENOENT);
}

/* --- whatever else */

int sim_socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	return no(EPERM);
}

unsigned int sim_if_nametoindex(const char *name)
{
	(void)name;
	return 0;
}

int sim_execvp(const char *file, char *const *words)
{
	must(file == words[0]);
	while (*words)
		must(strlen(*words++) < 1 << 20);
	return no(ENOENT);
}

int sim_setenv(const char *name, const char *value, int overwrite)
{
	(void)overwrite;
	must(*name && value);
	return 0;
}

static char root[] = "root", controls[] = "a\033[2J\302\233b";

struct passwd *sim_getpwuid(uid_t uid)
{
	static struct passwd user;

	user.pw_uid = uid;
	user.pw_name = uid ? controls : root;
	return uid < 2 ? &user : NULL;
}

struct passwd *sim_getpwnam(const char *name)
{
	return strcmp(name, root) ? NULL : sim_getpwuid(0);
}

struct group *sim_getgrgid(gid_t gid)
{
	static struct group group;

	group.gr_gid = gid;
	group.gr_name = gid ? controls : root;
	return gid < 2 ? &group : NULL;
}

struct group *sim_getgrnam(const char *name)
{
	return strcmp(name, root) ? NULL : sim_getgrgid(0);
}

/* --- descriptions */

static size_t length(const char *string, size_t max)
{
	size_t len = string ? strlen(string) : 0;

	must(len <= max);
	return len;
}

void look_at_pin(const struct tappin_pin *pin)
{
	const unsigned char *note;
	size_t len, i;

	must(tappin_pin_queues(pin) >= 1);
	must(tappin_pin_queues(pin) <= TAPPIN_QUEUES_MAX);
	sim_seen += length(tappin_pin_name(pin), TAPPIN_NAME_MAX);
	sim_seen += length(tappin_pin_ifname(pin), IFNAMSIZ - 1);
	sim_seen += length(tappin_pin_comm(pin), 63);
	sim_seen += length(tappin_pin_offerer_comm(pin), 63);
	sim_seen += length(tappin_state_name(tappin_pin_state(pin)), 16);
	sim_seen += tappin_pin_id(pin) + tappin_pin_generation(pin) +
	       tappin_pin_ifindex(pin) + tappin_pin_netns(pin) +
	       tappin_pin_vhost(pin) + tappin_pin_has_uid(pin) +
	       tappin_pin_uid(pin) + tappin_pin_has_gid(pin) +
	       tappin_pin_gid(pin) + tappin_pin_held(pin) +
	       tappin_pin_pid(pin) + tappin_pin_has_offerer(pin) +
	       tappin_pin_offerer_pid(pin) + tappin_pin_standbys(pin) +
	       tappin_pin_fencing(pin) + tappin_pin_strays(pin) +
	       tappin_pin_handovers(pin) + tappin_pin_losses(pin) +
	       tappin_pin_evictions(pin);
	note = tappin_pin_note(pin, &len);
	must(len <= TAPPIN_NOTE_MAX && !note == !len);
	for (i = 0; i < len; i++)
		sim_seen += note[i];
}
