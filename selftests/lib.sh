# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What every test of this directory shares: TAP, namespaces, processes in the
# background, bounded waiting, and readers of counters. A test defines
#   CASES       array of the names of its cases
#   setup       what all cases need, run once (optional)
#   case_NAME   a case; or run_case, which is given the name
#   reset       what to do before each case (optional)
#   dump        what to show when a case failed (optional)
# and ends with `run_tests "$@"`. Cases run in subshells under errexit, so that
# any command that fails, fails the case. Exit codes are those of kselftest.

SELFTESTS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
export LC_ALL=C
PATH=${ESPSIMD_HELPERS:-$SELFTESTS}:$PATH

KSFT_FAIL=1
KSFT_SKIP=4

# slow: whether this machine is too slow for full repetition.
slow() {
	[ "${KSFT_MACHINE_SLOW:-no}" = yes ]
}

# pick NORMAL SLOW: the one that fits the machine.
pick() {
	if slow; then echo "$2"; else echo "$1"; fi
}

# fail TEXT...: ends the case.
fail() {
	printf 'FAIL: %s\n' "$*"
	exit "$KSFT_FAIL"
}

# skip TEXT...: ends the case, or from setup the whole test.
skip() {
	printf '%s\n' "$*" >"$WORK/skip"
	exit "$KSFT_SKIP"
}

# require TOOL...: skips if one is missing, and says which.
require() {
	local tool

	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip "needs $tool"
	done
}

# require_python MODULE...: skips if python cannot import one.
require_python() {
	local module

	require python3
	for module in "$@"; do
		python3 -c "import $module" 2>/dev/null ||
			skip "needs the Python module $module"
	done
}

# refute COMMAND...: the command must fail.
refute() {
	if "$@"; then
		fail "should have been refused: $*"
	fi
}

# equal WHAT GOT WANTED
equal() {
	[ "$2" = "$3" ] || fail "$1: is '$2', should be '$3'"
}

# at_least WHAT GOT MINIMUM
at_least() {
	[ "$2" -ge "$3" ] || fail "$1: is $2, should be at least $3"
}

# matches WHAT TEXT PATTERN: the text has a match of the extended pattern.
matches() {
	grep -qE -e "$3" <<<"$2" || fail "$1: no /$3/ in: $2"
}

# lacks WHAT TEXT PATTERN: the text has no match of the extended pattern.
lacks() {
	if grep -qE -e "$3" <<<"$2"; then
		fail "$1: /$3/ in: $2"
	fi
}

# poll SECONDS COMMAND...: repeats the command until it succeeds. The seconds are
# those of a machine that does nothing else, and no test gains by fewer: so the
# limit is one for a machine that runs several of them, and worse.
poll() {
	local limit=$(($1 * 6)) end
	shift
	end=$((SECONDS + limit))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || fail "in vain for $limit s: $*"
		sleep 0.05
	done
}

# --- namespaces -------------------------------------------------------------

# ns NAME...: makes namespaces, called NAME here and $(n NAME) by the system.
ns() {
	local name

	for name in "$@"; do
		ip netns add "$PREFIX$name"
		echo "$name" >>"$WORK/ns"
		# No duplicate address detection: addresses work at once.
		on "$name" sysctl -qw \
			net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0 \
			net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.dad_transmits=0
	done
	for name in "$@"; do
		ip -n "$PREFIX$name" link set lo up
	done
}

# n NAME: what the system calls the namespace.
n() {
	echo "$PREFIX$1"
}

# on NAME COMMAND...: runs a command in a namespace.
on() {
	local name=$1
	shift
	ip netns exec "$PREFIX$name" "$@"
}

# ipn NAME ARGUMENT...: ip in a namespace.
ipn() {
	local name=$1
	shift
	ip -n "$PREFIX$name" "$@"
}

# ipb NAME: ip in a namespace, commands from stdin.
ipb() {
	ip -n "$PREFIX$1" -batch -
}

# set_feature NAME DEV FEATURE on|off: of a device. What else changes with it,
# ethtool tells at length; only what goes wrong is shown.
set_feature() {
	local answer

	answer=$(on "$1" ethtool -K "$2" "$3" "$4" 2>&1) ||
		fail "$3 of $2 to $4: $answer"
}

# ns_del NAME: deletes a namespace and what runs in it.
ns_del() {
	ns_kill "$1"
	ip netns del "$PREFIX$1"
	sed -i "/^$1\$/d" "$WORK/ns"
}

# ns_forget NAME...: deletes those of them that exist.
ns_forget() {
	local name

	for name in "$@"; do
		if grep -qx "$name" "$WORK/ns" 2>/dev/null; then
			ns_del "$name"
		fi
	done
}

# ns_kill NAME: ends all processes in a namespace of ours.
ns_kill() {
	local pid

	for pid in $(ip netns pids "$PREFIX$1" 2>/dev/null); do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

# bg NAME COMMAND...: starts a command in a namespace, until the case ends.
# Its output goes to $WORK/bg.PID; sets BG to the PID.
bg() {
	local name=$1 log
	shift
	log=$(mktemp -p "$WORK")
	ip netns exec "$PREFIX$name" "$@" >"$log" 2>&1 &
	BG=$!
	ln -f "$log" "$WORK/bg.$BG"
	echo "$BG" >>"$WORK/pids"
}

# bg_end PID [SIGNAL]: ends a command started by bg and waits for it.
bg_end() {
	kill "-${2:-TERM}" "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

# ended PID: the process has ended, and so has let go of all that it had.
ended() {
	! grep -q '^State:.[^XZ]' "/proc/$1/status" 2>/dev/null
}

bg_end_all() {
	local pid

	[ -e "$WORK/pids" ] || return 0
	while read -r pid; do
		kill -KILL "$pid" 2>/dev/null || true
	done <"$WORK/pids"
	rm -f "$WORK/pids"
}

# --- running ----------------------------------------------------------------

cleanup() {
	local name

	set +e
	bg_end_all
	if [ -e "$WORK/ns" ]; then
		while read -r name; do
			ns_kill "$name"
		done <"$WORK/ns"
		while read -r name; do
			ip netns del "$PREFIX$name"
		done <"$WORK/ns"
	fi
	rm -rf "$WORK"
}

# protected FUNCTION [ARG...]: runs it in a subshell under errexit with its
# output in $WORK/log; sets RC.
protected() {
	rm -f "$WORK/skip"
	set +e
	(
		set -eE
		trap 'echo "in line $LINENO: $BASH_COMMAND"' ERR
		"$@"
	) >"$WORK/log" 2>&1 </dev/null
	RC=$?
	set -e
	# Under errexit the code may be that of any command.
	if [ "$RC" -eq "$KSFT_SKIP" ] && [ ! -e "$WORK/skip" ]; then
		RC=$KSFT_FAIL
	fi
	bg_end_all
}

# run_tests [CASE...]: runs the cases and prints the results as TAP.
run_tests() {
	local name number=0 passed=0 failed=0 skipped=0 chosen=("$@")

	if [ "${1:-}" = -l ]; then
		printf '%s\n' "${CASES[@]}"
		return 0
	fi
	[ $# -gt 0 ] || chosen=("${CASES[@]}")
	for name in "${chosen[@]}"; do
		if [[ " ${CASES[*]} " != *" $name "* ]]; then
			echo "${0##*/}: no case $name; there are: ${CASES[*]}" >&2
			exit 2
		fi
	done

	WORK=$(mktemp -d)
	PREFIX=espsimd-$$-$RANDOM-
	trap '[ "$BASHPID" != $$ ] || cleanup' EXIT
	trap 'exit 130' INT TERM HUP

	echo "TAP version 13"
	protected prepare
	if [ "$RC" -eq "$KSFT_SKIP" ]; then
		echo "1..0 # SKIP $(<"$WORK/skip")"
		exit "$KSFT_SKIP"
	fi
	echo "1..${#chosen[@]}"
	if [ "$RC" -ne 0 ]; then
		sed 's/^/# /' "$WORK/log"
		echo "Bail out! the set-up failed"
		exit "$KSFT_FAIL"
	fi

	for name in "${chosen[@]}"; do
		number=$((number + 1))
		protected one_case "$name"
		case $RC in
		0)
			passed=$((passed + 1))
			# What was measured is worth reading all the same.
			sed -n 's/^figure: /# /p' "$WORK/log"
			echo "ok $number $name"
			;;
		"$KSFT_SKIP")
			skipped=$((skipped + 1))
			echo "ok $number $name # SKIP $(<"$WORK/skip")"
			;;
		*)
			failed=$((failed + 1))
			# The state first, so that the reason comes last.
			mv "$WORK/log" "$WORK/reason"
			if declare -F dump >/dev/null; then
				protected dump
				tail -n 60 "$WORK/log" | sed 's/^/#   /'
			fi
			sed 's/^/# /' "$WORK/reason"
			echo "not ok $number $name"
			;;
		esac
	done
	echo "# Totals: pass:$passed fail:$failed xfail:0 xpass:0 skip:$skipped error:0"
	[ "$failed" -eq 0 ] || exit "$KSFT_FAIL"
	[ "$passed" -gt 0 ] || exit "$KSFT_SKIP"
}

one_case() {
	if declare -F reset >/dev/null; then
		reset
	fi
	if declare -F "case_$1" >/dev/null; then
		"case_$1"
	else
		run_case "$1"
	fi
}

prepare() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	require ip ethtool sysctl awk traffic
	load_module
	if declare -F setup >/dev/null; then
		setup
	fi
}

# load_module: loads the module under test, installed or at $ESPSIMD_KO.
load_module() {
	local module

	[ ! -d /sys/module/espsimd ] || return 0
	if modprobe -n -q espsimd; then
		modprobe espsimd
	elif [ -n "${ESPSIMD_KO:-}" ]; then
		for module in esp4 esp6 esp4_offload esp6_offload; do
			modprobe "$module"
		done
		insmod "$ESPSIMD_KO"
	else
		skip "needs the module espsimd: install it, or set ESPSIMD_KO"
	fi
}
