# SPDX-License-Identifier: GPL-2.0
#
# chimney's commands; "make help" lists them. Everything that is built or
# downloaded goes to build/.

MAKEFLAGS += --no-print-directory
SHELL := /bin/bash

top := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
ifneq ($(words $(top)),1)
$(error make cannot build in a folder whose name has blanks: $(top))
endif
ifneq ($(findstring :,$(top)),)
$(error the kernel cannot build modules in a folder whose name has a colon: $(top))
endif

BUILD ?= $(top)/build
override BUILD := $(abspath $(BUILD))
export BUILD

# The kernels to test with
KERNEL ?= 6.1 6.12
# Which scripts of selftests/ to run: parts of their names; empty means all
TESTS ?=
# A test run can be repeated with the seed it printed
SEED ?=
# How many seconds each part of the fuzzing takes
TIME ?=
# What "make vm" runs instead of a shell; its $ are not for make
override CMD := $(value CMD)
export TESTS SEED TIME CMD SHARDS
# Where one kernel is enough
vm-kernel = $(lastword $(KERNEL))

# The kernel to build for, with "make" alone
KDIR ?= /lib/modules/$(shell uname -r)/build
release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
mirror = $(BUILD)/modules/$(release)

# All processors, unless make was told otherwise
jobs = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

PREFIX ?= /usr/local
version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' $(top)/dkms.conf)

.PHONY: all
all: modules tool

.PHONY: help
help:
	@echo 'chimney: TCP connections on a NIC, and back in the host stack'
	@echo
	@echo '  make            build the modules and the tool (KDIR=folder: for that kernel)'
	@echo '  make demo       the main job, in a virtual machine (KERNEL=6.1: on that one)'
	@echo '  make test       all tests, in virtual machines, on 6.1 and 6.12'
	@echo '  make test TARGET=DEV   does the driver of DEV keep the rules? See docs/drivers.md'
	@echo '  make test-long  the whole matrix; goes on where it was interrupted'
	@echo '  make test-debug the tests with kernels that watch themselves (KASAN, lockdep, KCSAN)'
	@echo '  make test-watched  those of the hand-over, of ends and of the policy, with KASAN and lockdep'
	@echo '  make test-programs  programs of Debian and of the kernel, over simulated NICs'
	@echo '  make bench      what things cost, in instructions (BENCH="live linkdown": parts)'
	@echo '  make profile    where they go (BENCH=linkdown, BENCH=live:live-offload)'
	@echo '  make fuzz       random requests and writes (SEED=, TIME=: seconds for each part)'
	@echo '  make vm         a shell in the virtual machine (CMD=...: run a command there)'
	@echo '  make spec       generate what follows from netlink/specs/chimney.yaml'
	@echo '  make docs       the reference of the driver interface, to build/docs/'
	@echo '  make check      W=1, sparse, checkpatch, shellcheck, kernel-doc, test-install'
	@echo '  make test-install  install, uninstall, DKMS and the Debian packages, in a folder'
	@echo '  make test-harness  break things on purpose, see that the tests notice'
	@echo
	@echo '  make modules, make tool, make selftests   build one part'
	@echo '  make install, make uninstall    modules, tool, headers (PREFIX=$(PREFIX), DESTDIR=)'
	@echo '  make install-dkms, make uninstall-dkms   the sources of the modules, for dkms'
	@echo '  make deb        Debian packages, in build/deb/'
	@echo '  make clean      remove what was built, keep what was downloaded'
	@echo '  make distclean  remove build/'
	@echo
	@echo '  KERNEL="6.1 6.12"   which kernels    TESTS="handover tree"  which scripts'
	@echo '  SEED=number         repeat a run     CHIMNEY_CACHE=folder   keep downloads there'
	@echo
	@echo '  make -C selftests run_tests   runs the tests on this machine, without QEMU'

# ---- modules -------------------------------------------------------------

# The sources are mirrored as symbolic links, so that objects of several
# kernels lie side by side and never in the sources.
sources := Kbuild dkms.conf module netdev-sim targets include compat-include \
	   $(if $(CHIMNEY_TESTS),selftests/kmod) \
	   $(if $(CHIMNEY_BITE),selftests/harness)

define mirror-sources
	@mkdir -p $(mirror)
	@cd $(top) && for part in $(wildcard $(sources)); do \
		mkdir -p $(mirror)/$$(dirname $$part) && \
		cp -rsfT $(top)/$$part $(mirror)/$$part || exit; \
	done
	@find $(mirror) -xtype l -delete
endef

.PHONY: modules
modules:
	@test -n '$(release)' || { echo 'chimney: no kernel headers at $(KDIR):' \
		'install linux-headers-$(shell uname -r) or say KDIR=' >&2; exit 1; }
	$(mirror-sources)
	+@$(MAKE) $(jobs) -C $(KDIR) M=$(mirror) $(if $(W),W=$(W)) $(if $(C),C=$(C)) modules
	@echo 'chimney: modules for $(release): $(patsubst $(top)/%,%,$(mirror))'

# For the kernels of the virtual machine, and what its tests need beside them
.PHONY: vm-modules $(addprefix modules-,$(KERNEL))
vm-modules: $(addprefix modules-,$(KERNEL))
$(addprefix modules-,$(KERNEL)): modules-%: kernel-%
	+@$(MAKE) modules KDIR=$(BUILD)/kernels/$*/headers CHIMNEY_TESTS=y

.PHONY: $(addprefix kernel-,$(KERNEL))
$(addprefix kernel-,$(KERNEL)): kernel-%: setup
	@release=$$($(top)/scripts/kernel $*) && echo "chimney: Linux $* is $$release"

# ---- the tool and the test programs --------------------------------------

.PHONY: tool
tool:
	$(if $(wildcard $(top)/tools/main.c),+@$(MAKE) -C $(top)/tools O=$(BUILD)/tools)

.PHONY: selftests
selftests:
	+@$(MAKE) -C $(top)/selftests O=$(BUILD)/selftests

# ---- the virtual machine -------------------------------------------------

.PHONY: setup
setup:
	@$(top)/scripts/setup build vm

.PHONY: vm-parts
vm-parts: setup
	+@$(MAKE) -s vm-modules tool selftests

.PHONY: test
# Of whatever driver, on this machine; selftests/conform.sh says how. Not for a
# variable of that name that was there before.
ifeq ($(origin TARGET),command line)
export TARGET PEER PEER_NETNS UNLOAD ROUNDS
test:
	@$(top)/scripts/setup build run
	+@$(MAKE) -s tool selftests
	@$(top)/selftests/run.sh $(top)/selftests/conform.sh
else
test: vm-parts
	@$(top)/selftests/vm/test $(KERNEL)
endif

.PHONY: test-long
test-long: vm-parts programs
	@$(top)/selftests/vm/test-long $(KERNEL)

# With kernels that watch themselves: for memory, locks and references all, for data
# races what does much at once. One kernel in two machines, or on two processors, so that
# no core is idle.
racy ?= races handover hazards close midway removal link policy
.PHONY: test-debug
test-debug: export SHARDS = 2
test-debug:
	+@$(MAKE) KERNEL=kasan test
	+@$(MAKE) KERNEL=kcsan SHARDS=1 TESTS='$(or $(TESTS),$(racy))' test

# The hand-over, how connections end, and the policy, with the first of them
watched ?= close ipv6 memory midway policy removal
.PHONY: test-watched
test-watched: export SHARDS = 2
test-watched:
	+@$(MAKE) KERNEL=kasan TESTS='$(watched)' test

# Programs that nobody here wrote, those of the kernel's sources among them
kernel-net := $(addprefix tools/testing/selftests/net/, \
	mptcp/mptcp_connect.c msg_zerocopy.c tcp_mmap.c tcp_inq.c fin_ack_lat.c)
.PHONY: programs test-programs
programs: vm-parts
	@$(top)/scripts/setup programs
	+@source=$$($(top)/scripts/kernel-source $(kernel-net)) && \
		$(MAKE) -C $(top)/selftests O=$(BUILD)/selftests SOURCE=$$source \
			kernel-programs
test-programs: programs
	@TESTS="$(or $(TESTS),programs)" $(top)/selftests/vm/test $(KERNEL)

# What things cost, in instructions; and where they go
.PHONY: bench profile
bench: vm-parts
	@$(top)/scripts/setup bench
	@$(top)/bench/run $(KERNEL)
profile: vm-parts
	@$(top)/bench/profile $(or $(BENCH),linkdown) $(vm-kernel)

.PHONY: fuzz
fuzz:
	+@$(MAKE) TESTS=fuzz KERNEL='$(vm-kernel)' test

.PHONY: test-harness
test-harness:
	+@$(MAKE) CHIMNEY_BITE=y vm-parts
	@$(top)/selftests/harness/run $(KERNEL)

.PHONY: demo
demo:
	+@$(MAKE) KERNEL=$(vm-kernel) vm-parts
	@$(top)/selftests/vm/run --demo $(vm-kernel)

.PHONY: vm
vm:
	+@$(MAKE) KERNEL=$(vm-kernel) vm-parts
	@$(top)/selftests/vm/run $(if $(CMD),--cmd "$$CMD",--shell) $(vm-kernel)

# ---- static checks -------------------------------------------------------

# What is made from netlink/specs/chimney.yaml, and committed
.PHONY: spec
spec:
	@$(top)/scripts/setup check
	@$(top)/scripts/spec

# The reference, from the comments in the sources
.PHONY: docs
docs:
	@$(top)/scripts/setup check
	@$(top)/scripts/docs

.PHONY: check
check:
	@$(top)/scripts/setup build check deb
	@$(top)/scripts/check $(KERNEL)

# ---- installation --------------------------------------------------------

# All of it is put together in a folder first: then it is known what there is,
# and "make uninstall" can remove that, for whatever kernels, and nothing else.
stage := $(BUILD)/stage
installed := $(PREFIX)/lib/chimney/installed
# The kernel's name for the same
DESTDIR ?= $(INSTALL_MOD_PATH)

# The compression of modules is up to the kernel, depmod to scripts/install.
.PHONY: stage
stage: all
	@rm -rf $(stage)
	+@$(MAKE) -C $(KDIR) M=$(mirror) INSTALL_MOD_PATH=$(stage) \
		INSTALL_MOD_DIR=updates/chimney DEPMOD=true modules_install
	+@$(MAKE) -C $(top)/tools O=$(BUILD)/tools \
		PREFIX=$(PREFIX) DESTDIR=$(stage) install
	@install -D -m 644 -t $(stage)$(PREFIX)/include/chimney/net \
		$(top)/include/net/*.h
	@install -D -m 644 -t $(stage)$(PREFIX)/include/chimney/linux \
		$(top)/include/uapi/linux/*.h
	@install -D -m 644 -t $(stage)$(PREFIX)/lib/chimney/$(release) \
		$(mirror)/Module.symvers

.PHONY: install uninstall
install: stage
	@DESTDIR='$(DESTDIR)' $(top)/scripts/install $(stage) $(installed)
	@rm -rf $(stage)
uninstall:
	@DESTDIR='$(DESTDIR)' $(top)/scripts/install --remove $(installed)

# What dkms needs to build the modules, and no more
dkms-sources := dkms.conf Kbuild module netdev-sim targets include \
		compat-include scripts/dkms-symvers
dkms-dir = $(DESTDIR)/usr/src/chimney-$(version)

.PHONY: install-dkms uninstall-dkms
install-dkms: uninstall-dkms
	@mkdir -p '$(dkms-dir)'
	@cd $(top) && cp -r --parents -t '$(abspath $(dkms-dir))' $(dkms-sources)
	@echo 'chimney: the modules are built by: dkms install chimney/$(version)'
uninstall-dkms:
	@rm -rf '$(dkms-dir)'

.PHONY: deb
deb:
	@$(top)/scripts/setup build deb
	@$(top)/scripts/deb $(version)

.PHONY: test-install
test-install:
	@$(top)/scripts/setup build deb
	@$(top)/scripts/test-install $(KERNEL)

# ---- cleaning ------------------------------------------------------------

.PHONY: clean clean-modules distclean
clean-modules:
	rm -rf $(BUILD)/modules
clean: clean-modules
	rm -rf $(BUILD)/{tools,selftests,check,docs,stage,deb,vm,logs,accel}
distclean:
	rm -rf $(BUILD)
