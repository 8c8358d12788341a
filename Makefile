# SPDX-License-Identifier: GPL-2.0-only
# The project's commands; `make help` lists them. The work is done by the scripts of base/
# and by the test programs; each installs what it needs, so a bare Debian is enough.

MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
ARCH ?= x86_64
T ?=
# How many times longer everything may take: a busy or slow host.
SLOW ?= 1
export KSRC SLOW T

base := ./base
kdump_test = tools/testing/selftests/kexec/kdump-test $(1) T=$(T) \
	--kernel out/$(or $(2),x86_64) --kbuild out/linux/build-$(or $(2),x86_64) \
	--slow $(SLOW) --cache "$${XDG_CACHE_HOME:-$$HOME/.cache}/kdump"

.PHONY: help
help:
	@echo 'make demo              crash a virtual machine and read its dump'
	@echo 'make check             the tests, about 50 minutes the first time; single rungs:'
	@echo '  check-tree           the tree, the series, style, configurations'
	@echo '  check-host           pure files on the host, sanitizers on, fuzzers'
	@echo '  check-kunit          KUnit in a virtual machine'
	@echo '  check-qemu [T=name]  system calls, crash matrix, dumps against real memory'
	@echo '  check-clients        gdb, drgn, crash, makedumpfile on dumps'
	@echo '  check-filter         dumps with holes: cp, tar, rsync, and their readers'
	@echo '  check-ppc64le        the other port: KUnit, dumps, filter, some of the matrix'
	@echo '  SLOW=3               a slow host: wait three times as long, for any of these'
	@echo 'make check-full        everything: whole matrix, debug kernel, all configurations'
	@echo 'make bench             speed and memory beside a stock kernel'
	@echo
	@echo 'make tree [KSRC=DIR]   composed kernel tree in out/linux; DIR: an unpacked 6.12.y'
	@echo 'make kernel [ARCH=ppc64le]  out/x86_64/{bzImage,vmlinux,config,modules}, or of ARCH'
	@echo 'make series            the same as git am-able patches in out/series'
	@echo 'make clean             remove out/ (the caches stay)'

.PHONY: tree kernel stock-kernel debug-kernel sig-kernel filter-kernels series clean
tree:
	@$(base)/packages.sh tree
	@src=$$($(base)/source.sh) && $(base)/compose.sh "$$src" out/linux

kernel: tree
	@$(base)/packages.sh kernel $(filter-out x86_64,$(ARCH))
	@$(base)/build.sh $(ARCH)

stock-kernel:
	@$(base)/packages.sh kernel $(filter-out x86_64,$(ARCH))
	@$(base)/stock.sh $(ARCH)

debug-kernel: tree
	@$(base)/packages.sh kernel
	@$(base)/build.sh x86_64 x86_64-debug base/config/debug.config

# Two kernels that verify images: one that also takes unsigned ones, one that does not.
sig-kernel: tree
	@$(base)/packages.sh kernel sig
	@$(base)/keys.sh out/keys out/linux/build-x86_64-sig out/linux/build-x86_64-sigforce
	@$(base)/build.sh x86_64 x86_64-sig base/config/sig.config
	@$(base)/build.sh x86_64 x86_64-sigforce base/config/sig.config base/config/sigforce.config

# What changes struct page, or what it is used for.
filter-kernels: tree
	@$(base)/packages.sh kernel
	@for v in distro sparse nothp; do \
		$(base)/build.sh x86_64 x86_64-filter-$$v base/config/filter-$$v.config || exit 1; done

series: tree
	@$(base)/packages.sh series
	@src=$$($(base)/source.sh) && $(base)/series.sh "$$src" out/series

clean:
	rm -rf out

# Behind the names of what belongs to another architecture.
other = $(addprefix -,$(filter-out x86_64,$(ARCH)))

.PHONY: demo bench
demo:
	@$(base)/packages.sh demo $(filter-out x86_64,$(ARCH))
	@$(MAKE) kernel
	@$(foreach a,$(filter ppc64le,$(ARCH)),$(base)/foreign.sh ppc64el &&) \
		$(call kdump_test,demo,$(ARCH)) $(if $(other),--work out/test$(other))

bench:
	@$(base)/packages.sh bench $(filter-out x86_64,$(ARCH))
	@$(MAKE) kernel stock-kernel
	@$(foreach a,$(filter ppc64le,$(ARCH)),$(base)/foreign.sh ppc64el &&) \
		$(call kdump_test,bench,$(ARCH)) --stock out/stock$(other) \
		$(if $(other),--work out/test$(other))

# Rungs. Each ends with out/check/NAME.result; `check` runs them all, whatever fails.
.PHONY: check check-full check-tree check-host check-kunit check-qemu check-clients
.PHONY: check-filter check-ppc64le
.PHONY: check-build clients-root
rungs := build host kunit qemu clients filter ppc64le tree
full_rungs := $(rungs) full-configs full-qemu full-debug full-sig full-filter full-ppc64le

# The clients' Debian 13 root comes from the network while the kernel compiles.
check:
	@rm -rf out/check && mkdir -p out/check && date +%s >out/check/began
	@$(base)/packages.sh kernel qemu clients host style ppc64le
	@$(base)/background.sh start clients-root
	@$(base)/rung.sh ladder 78 $(rungs)

check-full:
	@rm -rf out/check && mkdir -p out/check && date +%s >out/check/began
	@$(base)/rung.sh ladder 400 $(full_rungs)

check-build:
	@$(base)/rung.sh run build $(base)/test/build.sh

check-tree:
	@$(base)/packages.sh style
	@$(base)/rung.sh run tree $(base)/test/all.sh

check-host:
	@$(base)/packages.sh host
	@$(base)/rung.sh run host $(MAKE) -s -C tools/testing/kdump-host check \
		O=$(CURDIR)/out/host CLANG=clang

check-kunit: kernel
	@$(base)/packages.sh kunit
	@$(base)/rung.sh run kunit $(call kdump_test,kunit)

check-qemu: kernel
	@$(base)/packages.sh qemu
	@$(base)/background.sh wait clients-root
	@$(base)/rung.sh run qemu $(base)/test/qemu.sh T=$(T)

check-clients: kernel
	@$(base)/packages.sh clients
	@$(base)/background.sh wait clients-root
	@$(base)/rung.sh run clients $(call kdump_test,clients)

check-filter: kernel
	@$(base)/packages.sh clients
	@$(base)/background.sh wait clients-root
	@$(base)/rung.sh run filter $(call kdump_test,filter)

.PHONY: ppc64le-kernel ppc64-kernels
ppc64le-kernel:
	@$(base)/packages.sh qemu ppc64le
	@$(base)/foreign.sh ppc64el
	@$(MAKE) kernel ARCH=ppc64le

# With the other size of pages, and of the other byte order.
ppc64-kernels: ppc64le-kernel
	@$(base)/packages.sh ppc64
	@$(base)/build.sh ppc64le ppc64le-4k base/config/ppc64-4k.config
	@$(base)/build.sh ppc64 ppc64

check-ppc64le: ppc64le-kernel
	@$(base)/rung.sh run ppc64le $(base)/test/ppc64.sh

check-full-ppc64le: ppc64-kernels
	@$(base)/rung.sh run full-ppc64le $(base)/test/ppc64.sh full

.PHONY: check-full-configs check-full-qemu check-full-debug check-full-sig check-full-filter
.PHONY: check-full-ppc64le
check-full-configs: tree
	@$(base)/packages.sh style ppc64
	@$(base)/rung.sh run full-configs $(base)/test/configs.sh full

check-full-qemu: kernel
	@$(base)/packages.sh qemu
	@$(base)/rung.sh run full-qemu $(call kdump_test,qemu) --full

check-full-debug: debug-kernel
	@$(base)/packages.sh qemu
	@$(base)/rung.sh run full-debug $(call kdump_test,debug,x86_64-debug)

check-full-sig: sig-kernel
	@$(base)/packages.sh qemu sig
	@$(base)/rung.sh run full-sig sh -c '$(call kdump_test,sig,x86_64-sig); r=$$?; \
		$(call kdump_test,sig,x86_64-sigforce) || r=1; exit $$r'

check-full-filter: kernel debug-kernel filter-kernels
	@$(base)/packages.sh qemu
	@$(base)/rung.sh run full-filter $(base)/test/filter.sh
