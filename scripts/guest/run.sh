#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the command of a run in the guest, whichever kind of guest that is, and
# then looks into the kernel's log for reports that no test may cause.
#
# The directory of the run is /espsimd-build:
#   modules/      espsimd.ko and its test modules, if the run has any
#   depmod/       module indexes that know it, where depmod is slow here
#   bin/          the command
#   command       what to run, as shell text
#   env           environment for it
#   begun         written first of all
#   status        written at the very end: exit code of the run
#   dmesg         the kernel's log

build=/espsimd-build

# shellcheck source=/dev/null
. "$build/env"
export PATH=$build/bin:$PATH ESPSIMD_SRC=/espsimd
: >"$build/begun"
printf 'espsimd-guest: kernel %s, up after %s s\n' \
	"$(uname -r)" "$(cut -d' ' -f1 /proc/uptime)"

# install_module: the module becomes one that modprobe finds, with the soft
# dependencies that an installed one has.
install_module() {
	local release file

	release=/lib/modules/$(uname -r)
	[ -d "$build/modules" ] || return 0
	export ESPSIMD_KO=$build/modules/espsimd.ko
	mkdir -p /run/modprobe.d
	cp /espsimd/scripts/modprobe/espsimd.conf /run/modprobe.d/
	if [ -d "$build/depmod" ]; then
		# Made by the host, where depmod takes no minute.
		for file in "$build"/depmod/*; do
			mount --bind "$file" "$release/${file##*/}"
		done
		mount --bind "$build/modules" "$release/updates"
	else
		mkdir -p "$release/updates"
		cp "$build"/modules/*.ko "$release/updates/"
		depmod -a
	fi
}

# without_known: the log without what a user-mode kernel with two processors says
# of itself: it runs softirqs with its interrupts blocked now and then. And without
# what a kernel says whose memory a test makes fail.
without_known() {
	if [[ ${ESPSIMD_TARGET:-} != uml-lockdep* ]]; then
		grep -v 'ref_tracker: memory allocation failure'
		return
	fi
	awk '
		/WARNING: kernel\/softirq\.c:[0-9]+ at __local_bh_enable_ip/ {
			skip = 80
		}
		/end trace/ && skip > 0 {
			skip = 0
			next
		}
		skip-- <= 0
	'
}

# kernel_reports: what the kernel found wrong, empty if nothing. kmemleak scans
# twice: an object must be seen as lost in both to be a leak.
kernel_reports() {
	local leak=/sys/kernel/debug/kmemleak

	if [ -w "$leak" ]; then
		echo scan >"$leak"
		sleep 5
		echo scan >"$leak"
		# The kernel's hostfs loses the name of what it mounts.
		awk -v RS='unreferenced object ' 'NR > 1 && !/hostfs_/ {
			printf "unreferenced object %s", $0
		}' "$leak"
	fi
	dmesg >"$build/dmesg"
	# What this kernel said while booting is not ours. A log that lost its
	# beginning is looked at as a whole.
	if grep -q "$START" "$build/dmesg"; then
		sed "1,/$START/d" "$build/dmesg"
	else
		cat "$build/dmesg"
	fi | without_known | grep -E "$REPORTS"
}

REPORTS='BUG:|BUG at|WARNING:|Oops|general protection|KASAN|UBSAN'
REPORTS+='|possible (recursive|circular) locking|inconsistent lock state'
REPORTS+='|suspicious RCU usage|INFO: (task|rcu)|sleeping function called'
REPORTS+='|refcount_t:|ref_tracker:|unregister_netdevice: waiting'
REPORTS+='|ODEBUG|scheduling while atomic|list_(add|del) corruption'
REPORTS+='|Call Trace:'

START=espsimd-guest-start

# By now udev has loaded what the machine needs. It would go on to look at each
# network device that a test makes, which takes an emulated processor longer
# than the test does.
pkill -x systemd-udevd || true

install_module
echo "$START" >/dev/kmsg
if [ -w /sys/kernel/debug/kmemleak ]; then
	echo clear >/sys/kernel/debug/kmemleak
fi
cd /espsimd || exit 1
# Through a pipe, so that programs do not take the console for a terminal.
bash "$build/command" 2>&1 | cat
status=${PIPESTATUS[0]}

if reports=$(kernel_reports) && [ -n "$reports" ]; then
	echo "espsimd-guest: the kernel reported:"
	printf '%s\n' "$reports"
	if [ "$status" -eq 0 ]; then
		status=99
	fi
fi
printf '%s\n' "$status" >"$build/status"
sync
printf 'espsimd-guest: done, exit code %s\n' "$status"
exit "$status"
