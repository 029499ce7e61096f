#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh SUITE...: runs test suites and counts their results. The last line
# is `N passed, N failed, N skipped`; the exit code is non-zero if anything
# failed, or did not run although it should have.
#
#   unit                  the engine's tests, in userspace
#   uml[-kasan|-lockdep]  selftests in a user-mode kernel; uml has those that
#                         are not about packet mode
#   packet, modes         those of packet mode, and those of uml in packet mode,
#                         in the same kernel as uml
#   direct                those with policies left to the device, likewise
#   DAEMON-SUITE          those with an IKE daemon of a Debian suite, strongswan
#                         or libreswan, in the same kernel as uml; L2TP beside
#                         strongswan
#   all-uml[-kasan|-lockdep]
#                         all of them there, which takes hours
#   faults                memory that is not there and storms of changes, on the
#                         kernel that looks for bad memory accesses
#   vm-SUITE              selftests on the stock kernel of a Debian suite
#   short-DAEMON-SUITE    some of these
#   vm-strongswan-SUITE   fewer, on the stock kernel of the suite
#   packages              the Debian packages, installed in root file systems
#   lint                  static checks
#   conformance           what the other suites have shown of the demands of RFCs

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=target.sh
. "$TOP/scripts/target.sh"

# prefetch SUITE...: starts to make in the background what several suites will
# need; one that needs it sooner waits for it. Failures are left to the suite,
# which tries again.
prefetch() {
	local suites=" $* "

	{
		for suite in "$@"; do
			case $suite in
			uml | uml-* | all-uml*)
				"$TOP/scripts/uml-kernel.sh" "${suite#all-}"
				;;
			faults) "$TOP/scripts/uml-kernel.sh" uml-kasan ;;
			lint | packet | modes | direct | *strongswan-* | *libreswan-*)
				"$TOP/scripts/uml-kernel.sh" uml
				;;
			esac
		done
	} >/dev/null &
	{
		[[ $suites == " unit " ]] ||
			"$TOP/scripts/rootfs.sh" "$UML_SUITE"
		if [[ $suites =~ " "(vm-|packages" ") ]]; then
			"$TOP/scripts/rootfs.sh" tools
		fi
		if [[ $suites =~ " "(vm-trixie|lint|packages)" " ]]; then
			"$TOP/scripts/rootfs.sh" trixie
		fi
		for suite in "$@"; do
			case $suite in
			*strongswan-* | *libreswan-*)
				suite=${suite#vm-}
				"$TOP/scripts/rootfs.sh" "${suite#short-}"
				;;
			esac
		done
	} >/dev/null &
}

# The engine's tests are built in a copy, as everything else is.
check_unit() {
	local tree=$BUILD/unit/tree

	target_lock unit
	copy_source "$tree"
	make -s -C "$tree/userspace" check
}

run_suite() {
	case $1 in
	unit)
		check_unit
		;;
	uml)
		"$TOP/scripts/uml-run.sh" --flavour uml --timeout 4500 -- \
			selftests/run.sh --crypto
		;;
	packet | modes | direct)
		"$TOP/scripts/uml-run.sh" --flavour uml --timeout 4500 -- \
			selftests/run.sh "--$1"
		;;
	uml-*)
		"$TOP/scripts/uml-run.sh" --flavour "$1" -- \
			selftests/run.sh --core absurd many
		;;
	all-uml*)
		"$TOP/scripts/uml-run.sh" --flavour "${1#all-}" \
			--timeout 36000 -- selftests/run.sh
		;;
	faults)
		"$TOP/scripts/uml-run.sh" --flavour uml-kasan \
			--timeout 7200 -- selftests/run.sh \
			faults absurd storm packet-storm direct-storm
		;;
	strongswan-* | libreswan-*)
		tests=("ike/${1%%-*}")
		[[ $1 != strongswan-* ]] || tests+=(ike/l2tp)
		"$TOP/scripts/uml-run.sh" --flavour uml --root "$1" \
			--timeout 4500 -- selftests/run.sh "${tests[@]}"
		;;
	short-*)
		name=${1#short-}
		"$TOP/scripts/uml-run.sh" --flavour uml --root "$name" -- \
			selftests/run.sh "--short-${name%%-*}"
		;;
	vm-strongswan-*)
		name=${1#vm-}
		"$TOP/scripts/vm-run.sh" --distro "${name#*-}" \
			--root "$("$TOP/scripts/rootfs.sh" "$name")" -- \
			selftests/run.sh "--brief-${name%%-*}"
		;;
	vm-*)
		"$TOP/scripts/vm-run.sh" --distro "${1#vm-}" -- \
			selftests/run.sh --brief
		;;
	packages)
		"$TOP/scripts/check-packages.sh"
		;;
	lint)
		"$TOP/scripts/lint.sh"
		;;
	conformance)
		"$TOP/scripts/conformance.py" --logs \
			"$BUILD"/log/{uml,packet,modes,direct}.tap
		;;
	*)
		die "there is no suite $1"
		;;
	esac
}

[ $# -gt 0 ] || die "usage: check.sh SUITE..."

# run_logged SUITE: runs it, with its output in its log, and how it ended and
# how many seconds it took in a file beside that.
run_logged() {
	local log=$BUILD/log/$1.tap status=0

	msg "suite $1 (log: $log)"
	rm -f "$log.status"
	SECONDS=0
	run_suite "$1" >"$log" 2>&1 || status=$?
	echo "$status $SECONDS" >"$log.status"
}

run_chain() {
	local suite

	for suite in "$@"; do
		run_logged "$suite"
	done
}

# Suites of a chain run one after the other, chains side by side: selftests in
# user-mode kernels often wait, and what they share is made once. Emulated
# machines keep a processor busy for long, so there is one at a time.
chain_of() {
	case $1 in
	vm-* | packages) echo machines ;;
	uml-* | all-* | faults) echo debugging ;;
	uml | packet | modes | direct) echo "$1" ;;
	strongswan-* | short-strongswan-*) echo strongswan ;;
	libreswan-* | short-libreswan-*) echo libreswan ;;
	*) echo native ;;
	esac
}

# More chains at once than this are no faster, and tests get slow enough to
# meet their limits of time.
at_once=$(($(nproc) * 2))

declare -A chain=() running=()

# reap: waits for one of the chains.
reap() {
	local pid

	wait -n -p pid "${!running[@]}"
	unset "running[$pid]"
}

for suite in "$@"; do
	[ "$suite" != conformance ] || continue
	chain[$(chain_of "$suite")]+=" $suite"
done

mkdir -p "$BUILD/log"
prefetch "$@"
trap 'kill "${!running[@]}" 2>/dev/null || true' EXIT
# The longest first, so that none is left to run alone at the end.
for name in machines debugging strongswan uml packet direct modes libreswan \
	native; do
	[ -n "${chain[$name]:-}" ] || continue
	[ ${#running[@]} -lt "$at_once" ] || reap
	# shellcheck disable=SC2086 # They are several words.
	run_chain ${chain[$name]} &
	running[$!]=$name
done
while [ ${#running[@]} -gt 0 ]; do
	reap
done
trap - EXIT
# It reads the logs of the others.
[[ " $* " != *" conformance "* ]] || run_logged conformance

passed=0 failed=0 skipped=0 summary=()
for suite in "$@"; do
	cat "$BUILD/log/$suite.tap"
done
# What failed is named once more behind the logs, before the numbers.
for suite in "$@"; do
	log=$BUILD/log/$suite.tap
	read -r status seconds <"$log.status"
	read -r p f s < <(awk -v name="$suite" -f "$TOP/scripts/tap-sum.awk" "$log")
	# A suite can fail beyond its tests: a report of the kernel, a crash.
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
		msg "suite $suite failed with exit code $status, though no test did"
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	summary+=("$(printf '%-22s %4d passed, %d failed, %d skipped, %d s' \
		"$suite" "$p" "$f" "$s" "$seconds")")
done

# With one suite the last line says it all.
[ $# -eq 1 ] || printf '%s\n' "${summary[@]}"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
