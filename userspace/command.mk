# SPDX-License-Identifier: GPL-2.0
#
# The command espsimd, its completion, and the man pages of the command and of
# the module. Included by Makefile.

COMMAND_SRC := espsimd.c command.c cmd_dev.c cmd_sa.c cmd_stats.c cmd_check.c \
	cmd_flowpath.c flowpath_print.c flowpath_show.c netfilter.c lower.c \
	policy.c noxfrm.c show.c device.c attr.c names.c nl.c out.c link.c \
	prometheus.c replace.c signals.c stream.c event.c cmd_monitor.c monitor.c \
	monitor_link.c monitor_xfrm.c cmd_top.c top_sample.c top_rates.c \
	top_view.c screen.c \
	finding.c check_system.c check_dev.c check_sa.c cpu.c kernel.c \
	check_gateway.c gateway.c gateway_xfrm.c gateway_net.c gateway_module.c \
	gateway_host.c doctor.c doctor_offload.c doctor_algorithms.c \
	doctor_numbers.c doctor_policies.c doctor_mtu.c doctor_natt.c \
	xfrm.c xfrm_parse.c plan.c move.c move_check.c move_show.c cmd_move.c \
	remember.c cmd_fallback.c \
	takeover.c netconf.c rtmsg.c sysctl.c
COMMAND_OBJ := $(COMMAND_SRC:%.c=$(O)/%.o)

COMMAND_LIBS := libmnl json-c zlib
# Module and command are of one version, which the module's source has.
COMMAND_VERSION := $(shell sed -n \
	's/^.define ESPSIMD_VERSION[[:blank:]]*"\(.*\)"$$/\1/p' ../kmod/espsimd.h)
COMMAND_CPPFLAGS := -I../kmod/include/uapi -D_GNU_SOURCE \
	-DESPSIMD_VERSION='"$(COMMAND_VERSION)"' \
	$(shell pkg-config --cflags $(COMMAND_LIBS))
COMMAND_CFLAGS := -std=gnu11 -Wall -Wextra -Wshadow -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
	-Wpointer-arith -Wvla -Wimplicit-fallthrough \
	-Wno-missing-field-initializers \
	-Werror=implicit-function-declaration \
	-Werror=implicit-int -Werror=incompatible-pointer-types \
	-Werror=int-conversion -Werror=return-type \
	-fPIE -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection -fno-strict-aliasing
COMMAND_LDFLAGS := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack \
	-Wl,--as-needed
# Fortification needs optimisation, which CFLAGS of the user may turn off.
COMMAND_OPT := -O2 -g $(if $(filter -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE \
	-D_FORTIFY_SOURCE=2)

SPEC := ../Documentation/netlink/specs/espsimd.yaml

ALL += $(O)/espsimd
CHECK += check-command
CLEAN += clean-command
INSTALL += install-command
UNINSTALL += uninstall-command

$(O)/espsimd: $(COMMAND_OBJ)
	$(Q)$(CC) $(COMMAND_CFLAGS) $(COMMAND_OPT) $(CFLAGS) \
		$(COMMAND_LDFLAGS) $(LDFLAGS) -o $@ $^ \
		$(shell pkg-config --libs $(COMMAND_LIBS))

$(O)/espsimd.o: ../kmod/espsimd.h
$(COMMAND_OBJ): $(O)/%.o: %.c command.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(COMMAND_CPPFLAGS) $(CPPFLAGS) $(COMMAND_CFLAGS) \
		$(COMMAND_OPT) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(COMMAND_OBJ:.o=.d)

# The unit tests run the same sources under sanitizers, with a stand-in for the
# kernel in place of what sends and receives.
UNIT_SRC := $(filter-out espsimd.c,$(COMMAND_SRC)) \
	$(addprefix command-tests/,unit.c fake.c root.c unit-attr.c \
	unit-show.c unit-nl.c unit-query.c unit-check.c unit-cpu.c \
	unit-kernel.c unit-noxfrm.c unit-flowpath.c unit-prometheus.c \
	unit-monitor.c unit-top.c unit-gateway.c unit-gateway-host.c \
	unit-doctor.c unit-doctor-offload.c unit-doctor-sas.c \
	unit-doctor-policies.c unit-doctor-sizes.c unit-move.c \
	unit-remember.c unit-takeover.c)
UNIT_OBJ := $(UNIT_SRC:%.c=$(O)/unit/%.o)
UNIT_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_WRAP := -Wl,--wrap=mnl_socket_sendto -Wl,--wrap=mnl_socket_recvfrom \
	-Wl,--wrap=mnl_socket_setsockopt -Wl,--wrap=explicit_bzero

$(O)/unit/unit: $(UNIT_OBJ)
	$(Q)$(CC) $(COMMAND_CFLAGS) $(UNIT_SANITIZE) $(UNIT_WRAP) -o $@ $^ \
		$(shell pkg-config --libs $(COMMAND_LIBS))

$(UNIT_OBJ): $(O)/unit/%.o: %.c command.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(COMMAND_CPPFLAGS) $(CPPFLAGS) $(COMMAND_CFLAGS) -O1 -g -Wno-write-strings \
		$(UNIT_SANITIZE) -MMD -MP -c -o $@ $<

-include $(UNIT_OBJ:.o=.d)

check-command: $(O)/espsimd $(O)/unit/unit
	$(Q)$(O)/unit/unit
	$(Q)command-tests/command-line.sh $(O)/espsimd
	$(Q)command-tests/files.sh $(O)/espsimd

.PHONY: generate
generate:
	$(Q)../scripts/gen-stats.py $(SPEC) -o stats-gen.h

clean-command:
	$(Q)rm -f $(O)/espsimd $(COMMAND_OBJ) $(COMMAND_OBJ:.o=.d)
	$(Q)rm -rf $(O)/unit

# Units name the command by its path.
UNITS := espsimd-stats.service espsimd-stats.timer espsimd@.service
UNIT_DIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
# For the daemons that configure networks.
EXAMPLES := systemd/10-espsimd-low.network systemd/10-espsimd.link \
	systemd/espsimd-networkmanager.conf
EXAMPLE_DIR := $(DESTDIR)$(PREFIX)/share/doc/espsimd/examples
DASHBOARD := $(DESTDIR)$(PREFIX)/share/espsimd/grafana-dashboard.json

install-command: $(O)/espsimd
	$(Q)install -D -m 755 $(O)/espsimd $(DESTDIR)$(PREFIX)/sbin/espsimd
	$(Q)install -d $(UNIT_DIR)
	$(Q)for unit in $(UNITS); do \
		sed 's,/usr/sbin/,$(PREFIX)/sbin/,' systemd/$$unit \
			>$(UNIT_DIR)/$$unit && \
		chmod 644 $(UNIT_DIR)/$$unit || exit 1; \
	done
	$(Q)install -D -m 644 grafana/espsimd.json $(DASHBOARD)
	$(Q)install -D -m 644 espsimd.8 \
		$(DESTDIR)$(PREFIX)/share/man/man8/espsimd.8
	$(Q)install -D -m 644 espsimd.4 \
		$(DESTDIR)$(PREFIX)/share/man/man4/espsimd.4
	$(Q)install -D -m 644 completion/espsimd \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/espsimd
	$(Q)install -d $(EXAMPLE_DIR)
	$(Q)install -m 644 $(EXAMPLES) $(EXAMPLE_DIR)

uninstall-command:
	$(Q)rm -f $(UNITS:%=$(UNIT_DIR)/%) $(DASHBOARD)
	$(Q)rm -f $(DESTDIR)$(PREFIX)/sbin/espsimd \
		$(DESTDIR)$(PREFIX)/share/man/man8/espsimd.8 \
		$(DESTDIR)$(PREFIX)/share/man/man4/espsimd.4 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/espsimd
	$(Q)rm -f $(EXAMPLES:systemd/%=$(EXAMPLE_DIR)/%)
	$(Q)rmdir -p --ignore-fail-on-non-empty $(EXAMPLE_DIR) 2>/dev/null || true
