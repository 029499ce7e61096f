# SPDX-License-Identifier: GPL-2.0
#
# What people run. Kbuild says how the module is made, userspace/Makefile how
# the command is; what boots a guest is in scripts/.

KDIR ?= /lib/modules/$(shell uname -r)/build
DISTRO ?= trixie
ROWS ?= all
HOURS ?= 8
PREFIX ?= /usr/local
DESTDIR ?=
# Signs the module at installation if both are given, for kernels that
# enforce signatures: SIGN_KEY=key.pem SIGN_CERT=cert.der
SIGN_KEY ?=
SIGN_CERT ?=

# IKE daemons of Debian's suites, in user-mode kernels and on stock kernels: all
# of their tests, and what everything is checked with.
IKE_SUITES := strongswan-bookworm strongswan-trixie strongswan-forky \
	libreswan-bookworm libreswan-trixie libreswan-forky \
	vm-strongswan-trixie vm-strongswan-forky
IKE_CHECK := strongswan-trixie short-strongswan-bookworm \
	short-strongswan-forky libreswan-trixie short-libreswan-bookworm \
	short-libreswan-forky vm-strongswan-trixie

Q := $(if $(V),,@)

.PHONY: all module command check check-unit check-uml check-vm check-ike \
	check-faults check-sanitized soak check-packages conformance demo \
	bench bench-path bench-tunnels lint deps deb install install-module \
	install-command uninstall clean help

all: module command

module:
	$(Q)if ! [ -f "$(KDIR)/Makefile" ]; then \
		echo "No headers of kernel $$(uname -r) in $(KDIR):" \
		     "install linux-headers-$$(uname -r), or name" \
		     "another kernel's build directory: make KDIR=DIR" >&2; \
		exit 1; \
	fi
	$(Q)$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules

command:
	$(Q)$(MAKE) -C userspace

deps:
	$(Q)scripts/deps.sh

check: deps
	$(Q)scripts/deps.sh deb
	$(Q)scripts/check.sh unit uml packet modes direct uml-kasan \
		uml-lockdep vm-trixie vm-forky $(IKE_CHECK) packages lint \
		conformance

check-unit: deps
	$(Q)scripts/check.sh unit

check-uml: deps
	$(Q)scripts/check.sh uml packet modes direct uml-kasan uml-lockdep

check-vm: deps
	$(Q)scripts/check.sh vm-$(DISTRO)

check-faults: deps
	$(Q)scripts/check.sh faults

check-sanitized: deps
	$(Q)scripts/check.sh all-uml-kasan all-uml-lockdep

soak: deps
	$(Q)scripts/soak.sh $(HOURS)

check-ike: deps
	$(Q)scripts/check.sh $(IKE_SUITES)

conformance: deps
	$(Q)scripts/conformance.py $(ROWS)

check-packages: deps
	$(Q)scripts/deps.sh deb
	$(Q)scripts/check.sh packages

lint: deps
	$(Q)scripts/check.sh lint

demo: deps
	$(Q)scripts/demo.sh

bench:
	$(Q)scripts/deps.sh bench
	$(Q)scripts/bench/engine.sh

bench-path:
	$(Q)scripts/deps.sh bench
	$(Q)scripts/bench/path.sh

bench-tunnels:
	$(Q)scripts/deps.sh bench
	$(Q)scripts/bench/tunnels.sh

deb:
	$(Q)scripts/deps.sh deb
	$(Q)scripts/deb.sh

install: install-module install-command

install-module: module
ifneq ($(SIGN_KEY)$(SIGN_CERT),)
	$(Q)"$(KDIR)/scripts/sign-file" sha256 "$(SIGN_KEY)" "$(SIGN_CERT)" \
		espsimd.ko
endif
	$(Q)$(MAKE) -C "$(KDIR)" M="$(CURDIR)" INSTALL_MOD_DIR=updates \
		$(if $(DESTDIR),INSTALL_MOD_PATH="$(DESTDIR)") modules_install
	$(Q)install -D -m 644 scripts/modprobe/espsimd.conf \
		"$(DESTDIR)/etc/modprobe.d/espsimd.conf"

install-command: command
	$(Q)$(MAKE) -C userspace install PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)"

# The kernel's build system installs modules but does not remove them.
uninstall:
	$(Q)release=$$($(MAKE) -s -C "$(KDIR)" kernelrelease) && \
		rm -f "$(DESTDIR)/lib/modules/$$release/updates/espsimd.ko"* && \
		depmod $(if $(DESTDIR),-b "$(DESTDIR)") "$$release"
	$(Q)rm -f "$(DESTDIR)/etc/modprobe.d/espsimd.conf"
	$(Q)$(MAKE) -C userspace uninstall PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)"

# Guests' files stay in the cache; what is built from this tree goes.
clean:
	$(Q)rm -rf --one-file-system build
	$(Q)$(MAKE) -C userspace clean
	$(Q)if [ -f "$(KDIR)/Makefile" ]; then \
		$(MAKE) -C "$(KDIR)" M="$(CURDIR)" clean; \
	fi

help:
	@echo 'make                 the module for the running kernel (or KDIR=), the command'
	@echo 'make install         module, command, man pages, modprobe.d (DESTDIR= PREFIX=)'
	@echo 'make uninstall       removes them'
	@echo 'make deb             Debian packages, in build/deb'
	@echo 'make clean           removes what was built'
	@echo 'sudo make demo       two gateways and their tunnel, in a virtual machine'
	@echo 'sudo make check      all tests; the last line counts them'
	@echo 'make check-unit      tests of the engine in userspace'
	@echo 'sudo make check-uml  selftests in user-mode kernels, plain and debugging'
	@echo 'sudo make check-vm DISTRO=trixie|forky'
	@echo '                     selftests on the stock kernel of that Debian suite'
	@echo 'sudo make check-ike  tunnels set up by the IKE daemons of three Debian suites'
	@echo 'sudo make check-faults'
	@echo '                     missing memory and storms of changes, on a debugging kernel'
	@echo 'sudo make check-sanitized'
	@echo '                     all selftests on both debugging kernels, for hours'
	@echo 'sudo make soak HOURS=8'
	@echo '                     storms of changes, in another order every time'
	@echo 'sudo make check-packages'
	@echo '                     packages, lintian, installing, removing, in both suites'
	@echo 'sudo make conformance ROWS="..."'
	@echo '                     what RFCs demand, row by row of Documentation/conformance.csv'
	@echo 'sudo make lint       compiler warnings, sparse, checkpatch, shellcheck, ...'
	@echo 'make bench           what sealing and opening costs, beside other libraries'
	@echo 'sudo make bench-path what the path costs: plain, stock ESP, offloaded'
	@echo 'sudo make bench-tunnels'
	@echo '                     GRE and L2TP: through the stack, through the device'
	@echo '                     (ROUNDS= VARIANTS= WORKLOADS= SAS= FLOWS= PERF=1)'
