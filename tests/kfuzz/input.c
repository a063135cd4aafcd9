// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "input.h"

static const char *const ops[OPS] = {
	"send", "close", "dup", "fork", "kill", "pass", "take", "garbage", "epoll",
	"poll", "call", "vhost", "queue", "listen", "limit", "link",
};

static const char *const commands[] = {
	"-", "new", "del", "get", "set", "standby", "claim", "offer", "withdraw",
	"confirm", "evict", "notify",
};

bool input_read(struct input *input, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		bail("%s", path);
	len = read(fd, input->step, sizeof(input->step));
	close(fd);
	input->n = len < 0 ? 0 : len / sizeof(input->step[0]);
	return input->n;
}

void input_write(const struct input *input, const char *path)
{
	ssize_t len = input->n * sizeof(input->step[0]);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, input->step, len) != len)
		bail("%s", path);
	close(fd);
}

void input_print(const struct input *input)
{
	unsigned int i;

	for (i = 0; i < input->n; i++) {
		const struct step *s = &input->step[i];
		unsigned int cmd = s->cmd % (ARRAY_SIZE(commands) + 1);

		say("%2u %-7s %-8s who %u how %02x attrs %02x target %u fd %02x %02x %02x value %02x %02x %02x twist %x",
		    i, ops[s->op % OPS],
		    cmd < ARRAY_SIZE(commands) ? commands[cmd] : "beyond", s->who,
		    s->how, s->attrs, s->target, s->fd[0], s->fd[1], s->fd[2],
		    s->value[0], s->value[1], s->value[2], s->twist);
	}
}
