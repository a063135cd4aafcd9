# SPDX-License-Identifier: GPL-2.0-only
#
# tappin: `make demo` shows it, `make check` tests it, `make help` lists the rest.

KERNELS ?= 6.1 6.12 7.2
KERNEL ?= 6.1
QEMU ?= 10.0
ROUNDS ?= 100000
RACES_TIMEOUT ?= 604800
SOAK_SECONDS ?= 14400
PREFIX ?= /usr/local
KDIR ?= /lib/modules/$(shell uname -r)/build
O := $(CURDIR)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
DKMS_SRC = /usr/src/tappin-$(VERSION)

# What "make module" leaves. (Kbuild's own "clean" looks into the caches, too.)
IN_TREE = tappin.o tappin.ko tappin.mod tappin.mod.c tappin.mod.o Module.symvers \
	modules.order .module-common.o .tappin.*.cmd .Module.symvers.cmd \
	.modules.order.cmd .module-common.o.cmd kmod/*.o kmod/.*.cmd

export PREFIX DESTDIR

all: module userspace ## Build the module for the running kernel, library, command

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 18

module: ## Build the module for the running kernel (KDIR=)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

userspace: ## Build library and command
	$(MAKE) -C lib
	$(MAKE) -C tools

deps: ## Install the Debian packages that building and testing need
	tests/lab/deps

install: userspace ## Install library, command, manual pages (DESTDIR=, PREFIX=)
	$(MAKE) -C lib install
	$(MAKE) -C tools install

# Only what the module is made of, and nothing that was built of it here: DKMS copies
# whatever is in the folder. It would keep a module of the same version that was made
# of other sources.
dkms-install: ## Install the module by DKMS, for this kernel and those to come
	[ -z "$$(dkms status tappin/$(VERSION))" ] || dkms remove tappin/$(VERSION) --all
	rm -rf $(DKMS_SRC)
	mkdir -p $(DKMS_SRC)/kmod
	cp -a Kbuild dkms.conf $(DKMS_SRC)
	cp -a kmod/*.[ch] kmod/uapi $(DKMS_SRC)/kmod
	dkms install tappin/$(VERSION)

demo: deps ## Show the main job in a VM, with its numbers
	tests/demo/run

check: deps ## Build all, run the tests on all kernels of the matrix (KERNELS=)
	tests/check $(KERNELS)

check-full: deps ## The same, with every suite on every kernel
	CHECK_FULL=1 tests/check $(KERNELS)

check-update: deps ## Live updates of QEMU, all configurations, on 6.1 and 6.12
	TAPPIN_UPDATE_FULL=1 LAB_TIMEOUT=10800 tests/check 6.1 6.12 -- \
		$(wildcard tests/update*.bats)

check-broken: deps ## Do the tests fail with a QEMU that is broken on purpose? (KERNEL=6.1)
	KERNEL=$(KERNEL) tests/broken/run

check-races: deps ## Races at length (KERNEL=6.1, ROUNDS=100000, RACE=words of its name)
	TAPPIN_RACE_ROUNDS=$(ROUNDS) TAPPIN_FILTER='$(RACE)' CHECK_NAME=races LAB_SMP=2 \
		LAB_TIMEOUT=$(RACES_TIMEOUT) tests/check $(KERNEL) -- tests/races.bats

soak: deps ## Hours of all that is done to pins: nothing may grow (SOAK_SECONDS=14400)
	TAPPIN_SOAK_SECONDS=$(SOAK_SECONDS) TAPPIN_RETRIES=0 CHECK_NAME=soak \
		LAB_TIMEOUT=$$(($(SOAK_SECONDS) + 7200)) \
		tests/check $(KERNEL) -- tests/soak.bats tests/update-soak.bats

check-debug: deps ## The suites on a kernel with every checker (builds it first)
	LAB_TIMEOUT=43200 LAB_SILENCE=3600 tests/check 6.1-debug

check-kcsan: ROUNDS = 100
check-kcsan: deps ## Data races in the module, on a kernel with KCSAN (ROUNDS=100, RACE=)
	TAPPIN_RACE_ROUNDS=$(ROUNDS) TAPPIN_FILTER='$(RACE)' CHECK_NAME=kcsan LAB_SMP=2 \
		LAB_TIMEOUT=$(RACES_TIMEOUT) tests/check 6.1-kcsan -- \
		$(patsubst %,tests/%.bats,races $(if $(RACE),,handover loss evict hostile))

qemu: deps ## Build QEMU with our patches, into the cache (QEMU=10.0)
	qemu-patches/build $(QEMU)

fuzz: deps ## Fuzz what userspace parses, each target for FUZZ_SECONDS=60
	tests/fuzz/run

fuzz-kernel: deps ## Fuzz the module on the debug kernel, for FUZZ_SECONDS=600
	tests/kfuzz/run

lab: deps ## A root shell in a VM that runs a stock Debian kernel (KERNEL=6.1)
	tests/lab/run $(KERNEL)

bench-core: deps ## Figures: the switch, many pins, the datapath (KERNEL=6.1)
	tests/bench/run $(KERNEL)

bench-update: deps ## Figures: live updates, with pins and the usual ways (KERNEL=6.1)
	tests/bench/run $(KERNEL) update

clean: ## Remove what was built; the caches stay
	rm -rf $(O)
	rm -f $(IN_TREE)

.PHONY: all help module userspace deps install dkms-install demo check \
	check-full check-update check-broken check-races check-debug check-kcsan \
	soak qemu fuzz fuzz-kernel lab bench-core bench-update clean
