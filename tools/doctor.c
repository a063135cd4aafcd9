// SPDX-License-Identifier: GPL-2.0-or-later
/* What is missing on this machine, and how to get it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "args.h"
#include "cli.h"
#include "fail.h"
#include "print.h"

#define ZCOPY "/sys/module/vhost_net/parameters/experimental_zcopytx"
#define USERNS_PINS "/sys/module/tappin/parameters/userns_pins"
#define INITIAL_USER_NS 0xeffffffdU	/* PROC_USER_INIT_INO, fixed */

const char doctor_help[] =
"doctor\n"
"\n"
"Look at the module, vhost-net and your rights; say what is missing and how to\n"
"get it. \"FAIL\" lines make the exit code 2, \"warn\" lines do not.\n";

enum result { OK, WARN, FAIL };

/* One line or object; @advice only for what isn't well. */
__attribute__((format(printf, 4, 5)))
static int report(const char *check, enum result result, const char *advice,
		  const char *format, ...)
{
	static const char *const texts[] = { "ok   ", "warn ", "FAIL " };
	static const char *const words[] = { "ok", "warn", "fail" };
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_begin();
	print_string("check", NULL, check);
	print_string("result", NULL, words[result]);
	print_text(texts[result]);
	print_string("text", "", text);
	if (result != OK)
		print_string("advice", ": ", advice);
	print_end();
	return result == FAIL ? EXIT_REFUSED : EXIT_DONE;
}

static bool read_word(const char *path, char *word, size_t size)
{
	FILE *file = fopen(path, "re");
	bool good;

	if (!file)
		return false;
	good = fgets(word, size, file);
	fclose(file);
	if (good)
		word[strcspn(word, "\n")] = '\0';
	return good;
}

/* Does one of depmod's lists for the running kernel have "/NAME.ko"? */
static bool is_listed(const char *list, const char *module)
{
	char path[512], wanted[64], *line = NULL;
	struct utsname kernel;
	bool found = false;
	size_t size = 0;
	FILE *file;

	uname(&kernel);
	snprintf(path, sizeof(path), "/lib/modules/%s/%s", kernel.release,
		 list);
	snprintf(wanted, sizeof(wanted), "/%s.ko", module);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &size, file) > 0) {
		/* What comes after the colon is what it depends on. */
		line[strcspn(line, ":")] = '\0';
		found = strstr(line, wanted);
	}
	free(line);
	fclose(file);
	return found;
}

static bool is_loaded(const char *module)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return !access(path, F_OK);
}

static bool is_loadable(const char *module)
{
	return is_listed("modules.dep", module) ||
	       is_listed("modules.builtin", module);
}

/* Before connecting, which would load it. */
static int check_module(void)
{
	struct utsname kernel;
	char version[64];

	uname(&kernel);
	if (is_loaded("tappin")) {
		if (!read_word("/sys/module/tappin/version", version,
			       sizeof(version)))
			strcpy(version, "of unknown version");
		return report("module", OK, NULL,
			      "the module tappin %s is loaded", version);
	}
	if (is_loadable("tappin"))
		return report("module", OK, NULL,
			      "the module tappin is there and not loaded yet");
	return report("module", FAIL,
		      "install tappin-dkms and the kernel's headers, or run \"make dkms-install\" in the source",
		      "there is no module tappin for kernel %s",
		      kernel.release);
}

static int check_protocol(void)
{
	struct tappin *handle;
	int ret;

	ret = tappin_open(&handle);
	if (!ret)
		ret = report("protocol", OK, NULL,
			     "the module answers tappin %s in version %d of the protocol",
			     tappin_version(), TAPPIN_GENL_VERSION);
	else if (ret == -EPROTONOSUPPORT)
		ret = report("protocol", FAIL,
			     "install the module and the tools of one version, and load the module again when no pin is left",
			     "%s", tappin_errmsg(handle));
	else
		ret = report("protocol", FAIL,
			     "\"modprobe tappin\" and the end of \"dmesg\" say why",
			     "%s", tappin_errmsg(handle));
	tappin_close(handle);
	return ret;
}

/* After connecting, which may have loaded it. */
static int check_version(void)
{
	char version[64];

	if (!read_word("/sys/module/tappin/version", version, sizeof(version)))
		return EXIT_DONE;
	if (!strcmp(version, tappin_version()))
		return report("version", OK, NULL,
			      "module and tools are both %s", version);
	return report("version", WARN,
		      "they understand each other; install both of one version when you can",
		      "the module is %s, the tools are %s", version,
		      tappin_version());
}

static int check_node(const char *check, enum result missing, const char *node,
		      const char *advice)
{
	int fd = open(node, O_RDWR | O_CLOEXEC), error = errno;

	if (fd < 0)
		return report(check, missing, error == EACCES || error == EPERM ?
			      "run as root, or give yourself the right" :
			      advice, "can't open %s: %s", node,
			      strerror(error));
	close(fd);
	return report(check, OK, NULL, "%s can be opened", node);
}

static int check_vhost(void)
{
	if (is_loaded("vhost_net"))
		return report("vhost_module", OK, NULL,
			      "the module vhost_net is loaded");
	if (is_loadable("vhost_net"))
		return report("vhost_module", OK, NULL,
			      "the module vhost_net is there and not loaded yet");
	return report("vhost_module", WARN,
		      "it comes with the distribution's full kernel, not with cut-down ones; pins work without it, slower",
		      "there is no module vhost_net for this kernel");
}

static int check_zero_copy(void)
{
	char value[16];

	if (!read_word(ZCOPY, value, sizeof(value)))
		return EXIT_DONE;
	if (!strcmp(value, "0"))
		return report("zero_copy", OK, NULL,
			      "vhost-net's zero-copy transmit is off");
	return report("zero_copy", WARN,
		      "put \"options vhost_net experimental_zcopytx=0\" into a file of /etc/modprobe.d",
		      "vhost-net's zero-copy transmit is on and fencing an owner waits for its DMA without bound");
}

static bool has_net_admin(void)
{
	uint64_t capabilities;
	char line[128];
	bool has = false;
	FILE *file = fopen("/proc/self/status", "re");

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "CapEff: %" SCNx64, &capabilities) == 1)
			has = capabilities >> CAP_NET_ADMIN & 1;
	}
	fclose(file);
	return has;
}

static int check_rights(void)
{
	struct stat ns;
	bool initial = !stat("/proc/self/ns/user", &ns) &&
		       ns.st_ino == INITIAL_USER_NS;
	char pins[16];

	if (!has_net_admin())
		return report("rights", FAIL,
			      "run as root; to claim, being the user of the pin is enough",
			      "you have no CAP_NET_ADMIN, to create, delete and evict pins");
	if (!initial && read_word(USERNS_PINS, pins, sizeof(pins)) &&
	    strcmp(pins, "0"))
		return report("rights", OK, NULL,
			      "you have CAP_NET_ADMIN in a user namespace, whose network namespaces may have %s pins each",
			      pins);
	if (!initial)
		return report("rights", FAIL,
			      "run on the host, or see the module's parameter userns_pins",
			      "your CAP_NET_ADMIN is not that of the initial user namespace, to create pins");
	return report("rights", OK, NULL,
		      "you have CAP_NET_ADMIN in the initial user namespace");
}

int cmd_doctor(struct cli *cli, char **words)
{
	int ret;

	(void)cli;
	ret = args_end(words);
	if (ret)
		return ret;
	print_list_begin();
	ret |= check_module();
	/* One line is enough for one that is not there. */
	if (!ret)
		ret |= check_protocol();
	ret |= check_version();
	ret |= check_node("tun_node", FAIL, "/dev/net/tun", "\"modprobe tun\"");
	ret |= check_vhost();
	ret |= check_node("vhost_node", WARN, "/dev/vhost-net",
			  "\"modprobe vhost_net\"");
	ret |= check_zero_copy();
	ret |= check_rights();
	print_list_end();
	return ret;
}
