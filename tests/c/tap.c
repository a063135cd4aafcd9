// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "tap.h"

#define VIRTIO_HEADER	12

int tap_queue(const char *name, int flags)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int size = VIRTIO_HEADER;
	int fd;

	ifr.ifr_flags |= flags;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETVNETHDRSZ, &size)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static void write_sysctl(const char *name, const char *key, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name, key);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return;		/* a kernel without IPv6 is as quiet */
	if (write(fd, value, strlen(value)) < 0)
		bail("%s", path);
	close(fd);
}

void tap_make(struct tap *tap, const char *name, unsigned int queues)
{
	*tap = (struct tap){ 0 };
	snprintf(tap->name, sizeof(tap->name), "%s", name);
	while (tap->queues < queues) {
		int fd = tap_queue(name, queues > 1 ? IFF_MULTI_QUEUE : 0);

		if (fd < 0)
			bail("queue %u of %s: %s", tap->queues, name,
			     error_name(fd));
		tap->fd[tap->queues++] = fd;
		if (tap->queues == 1 && ioctl(fd, TUNSETOWNER, 0))
			bail("the owner of %s", name);
	}
	tap->ifindex = if_nametoindex(name);
	write_sysctl(name, "disable_ipv6", "1");
}

void tap_up(const struct tap *tap)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP | IFF_NOARP };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", tap->name);
	if (ioctl(sock, SIOCSIFFLAGS, &ifr))
		bail("%s up", tap->name);
	close(sock);
}

void tap_set_length(const struct tap *tap, unsigned int packets)
{
	struct ifreq ifr = { .ifr_qlen = packets };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", tap->name);
	if (ioctl(sock, SIOCSIFTXQLEN, &ifr))
		bail("the length of %s's queues", tap->name);
	close(sock);
}

void tap_close(struct tap *tap)
{
	while (tap->queues)
		close(tap->fd[--tap->queues]);
}

bool tap_is_held(const char *name)
{
	struct ethtool_value link = { .cmd = ETHTOOL_GLINK };
	struct ifreq ifr = { .ifr_data = (char *)&link };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(sock, SIOCETHTOOL, &ifr))
		bail("the link of %s", name);
	close(sock);
	return link.data;
}

/* A request about a device, and its answer. */
static int link_request(struct nlmsghdr *nlh)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char buf[1024];
	int len, err = 0;

	if (!nl)
		bail("rtnetlink");
	len = mnl_socket_sendto(nl, nlh, nlh->nlmsg_len);
	if (len >= 0)
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (len < 0 || mnl_cb_run(buf, len, 0, 0, NULL, NULL) < 0)
		err = -errno;
	mnl_socket_close(nl);
	return err;
}

static struct nlmsghdr *link_begin(void *buf, uint16_t type, unsigned int ifindex)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	ifi->ifi_index = ifindex;
	return nlh;
}

int tap_delete(unsigned int ifindex)
{
	char buf[256];

	return link_request(link_begin(buf, RTM_DELLINK, ifindex));
}

/* Not by its name in an ioctl, for which the kernel would look for a module. */
static bool is_gone(void *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s", (const char *)name);
	return access(path, F_OK);
}

bool tap_goes(const char *name)
{
	return eventually(is_gone, (void *)name, PATIENCE_MS);
}

int tap_move(unsigned int ifindex, int netns)
{
	char buf[256];
	struct nlmsghdr *nlh = link_begin(buf, RTM_NEWLINK, ifindex);

	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, netns);
	return link_request(nlh);
}

#define INSN(c, d, s, i) \
	{ .code = (c), .dst_reg = (d), .src_reg = (s), .imm = (int)(i) }

void tap_steer(const struct tap *tap, unsigned int offset)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0),
		INSN(BPF_LD | BPF_ABS | BPF_B, 0, 0, offset),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (uintptr_t)"GPL",
	};
	int prog = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (prog < 0 || ioctl(tap->fd[0], TUNSETSTEERINGEBPF, &prog))
		bail("steering of %s", tap->name);
	close(prog);
}

__attribute__((format(printf, 1, 2)))
static void command(const char *format, ...)
{
	char line[256];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (system(line))
		bail("%s", line);
}

void macvtap_make_lower(const char *lower)
{
	command("ip link add %s type dummy", lower);
}

void macvtap_make(const char *name, const char *lower)
{
	command("ip link add link %s name %s type macvtap", lower, name);
}

int macvtap_queue(const char *name)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/tap%u", if_nametoindex(name));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		bail("%s", path);
	return fd;
}

uint64_t tap_statistic(const char *name, const char *figure)
{
	unsigned long long value = 0;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", name,
		 figure);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%llu", &value) != 1)
		bail("%s", path);
	fclose(file);
	return value;
}
