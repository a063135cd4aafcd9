/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the file "calls" puts in the place of libc's and libmnl's, and nobody else; see system.c. */
#ifndef TAPPIN_FUZZ_SYSTEM_H
#define TAPPIN_FUZZ_SYSTEM_H

struct mnl_socket *sim_mnl_socket_open2(int bus, int flags);
int sim_mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid);
int sim_mnl_socket_close(struct mnl_socket *nl);
int sim_mnl_socket_get_fd(const struct mnl_socket *nl);
unsigned int sim_mnl_socket_get_portid(const struct mnl_socket *nl);
int sim_mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf,
			      socklen_t len);
int sim_setsockopt(int fd, int level, int name, const void *value,
		   socklen_t len);
ssize_t sim_send(int fd, const void *data, size_t len, int flags);
ssize_t sim_mnl_socket_sendto(const struct mnl_socket *nl, const void *data,
			      size_t len);
ssize_t sim_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t sim_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf,
				size_t size);
bool sim_mnl_attr_ok(const struct nlattr *attr, int len);
uint8_t sim_mnl_attr_get_u8(const struct nlattr *attr);
uint16_t sim_mnl_attr_get_u16(const struct nlattr *attr);
uint32_t sim_mnl_attr_get_u32(const struct nlattr *attr);
const char *sim_mnl_attr_get_str(const struct nlattr *attr);
int sim_close(int fd);
int sim_fcntl(int fd, int cmd, ...);
int sim_ioctl(int fd, unsigned long request, ...);
int sim_clock_gettime(clockid_t clock, struct timespec *now);
int sim_poll(struct pollfd *fds, nfds_t n, int ms);
int sim_signalfd(int fd, const sigset_t *set, int flags);
int sim_sigaction(int number, const struct sigaction *action,
		  struct sigaction *old);
int sim_sigprocmask(int how, const sigset_t *set, sigset_t *old);
ssize_t sim_read(int fd, void *buf, size_t size);
FILE *sim_fopen(const char *name, const char *mode);
int sim_open(const char *name, int flags, ...);
int sim_stat(const char *name, struct stat *status);
int sim_access(const char *name, int mode);
int sim_mkstemp(char *name);
char *sim_realpath(const char *name, char *real);
DIR *sim_opendir(const char *name);
int sim_scandir(const char *name, struct dirent ***entries,
		int (*filter)(const struct dirent *),
		int (*compare)(const struct dirent **, const struct dirent **));
int sim_socket(int domain, int type, int protocol);
unsigned int sim_if_nametoindex(const char *name);
int sim_execvp(const char *file, char *const *words);
int sim_setenv(const char *name, const char *value, int overwrite);
struct passwd *sim_getpwuid(uid_t uid);
struct passwd *sim_getpwnam(const char *name);
struct group *sim_getgrgid(gid_t gid);
struct group *sim_getgrnam(const char *name);

#endif
