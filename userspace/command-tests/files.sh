#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# files.sh COMMAND: the files that go with the command, as TAP: manual page,
# completion, and what is generated from the netlink spec.
#
# shellcheck disable=SC2317 # Functions are called by their names.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
command=$1
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

# The keywords of the command line are those words of the help texts that are
# neither places for something else nor punctuation.
keywords() {
	local object

	for object in dev sa stats check flowpath fallback monitor top; do
		"$command" "$object" help
	done | tr -s ' \n' '\n' | grep -xE '(--)?[a-z][a-z0-9_-]+' |
		grep -vxE 'where|espsimd' | sort -u
}

# unmentioned PAGE [GREP-OPTION]: complains of the words on standard input that
# are not in a manual page. Macros would hide some, so its text is looked at.
unmentioned() {
	local page word

	page=$(groff -mandoc -Tascii -P-cbou "$1")
	while read -r word; do
		grep -qF "${@:2}" -e "$word" <<<"$page" ||
			echo "the manual page does not mention $word"
	done
}

check_manual_words() {
	keywords | unmentioned espsimd.8 -w
}

# Counters of one name in both directions are one there, and all drops.
check_manual_counters() {
	sed -n 's/^\t\t"[rt]x\(-[a-z-]*\)".*/\1/p' stats-gen.h |
		sed 's/^-drop-.*/-drop-/' | sort -u | unmentioned espsimd.4
}

# The ids of what is found are the words with hyphens of the judging functions.
finding_ids() {
	grep -ohE '"[a-z0-9]+(-[a-z0-9]+)+"' doctor_*.c | tr -d '"' | sort -u
}

check_manual_findings() {
	diff <(finding_ids) <(sed -n '/^Why an SA of ESP/,/^.Ss/s/^.It Li //p' \
		espsimd.8 | sort -u)
}

# Each is tested to be said, and not to be.
check_finding_tests() {
	local id kind

	finding_ids | while read -r id; do
		for kind in FIRES QUIET; do
			grep -qF "$kind(\"$id\"," command-tests/unit-doctor-*.c ||
				echo "there is no test with $kind of $id"
		done
	done
}

check_completion_words() {
	local word

	while read -r word; do
		grep -qwF -e "$word" completion/espsimd ||
			echo "the completion does not know $word"
	done < <(keywords)
}

# complete WORD...: what is offered for the last of the words.
complete() {
	bash -c '
		. completion/espsimd
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_espsimd
		echo "${COMPREPLY[@]}"
	' complete "$@"
}

completes() {
	local expected=$1 offered status=0
	shift
	offered=$(complete "$@")
	[ "$offered" = "$expected" ] || status=1
	result "completion: $*" "$status" "offered: $offered"
}

plan 35

if command -v groff >/dev/null; then
	silent "manual page: no warnings" \
		groff -mandoc -Tutf8 -ww -z espsimd.8
	silent "manual page: all keywords" check_manual_words
	silent "manual page of the module: no warnings" \
		groff -mandoc -Tutf8 -ww -z espsimd.4
	silent "manual page of the module: all counters" check_manual_counters
else
	skip "manual page: no warnings" "groff is not installed"
	skip "manual page: all keywords" "groff is not installed"
	skip "manual page of the module: no warnings" "groff is not installed"
	skip "manual page of the module: all counters" "groff is not installed"
fi

silent "manual page: all findings" check_manual_findings
silent "findings: tests of all" check_finding_tests
silent "completion: all keywords" check_completion_words
completes "dev" espsimd d
completes "check" espsimd -j c
completes "show set takeover release help" espsimd dev ''
completes "lo" espsimd dev takeover lo
completes "force" espsimd dev release eth0 ''
completes "engine" espsimd dev set esp0 ''
completes "auto avx512 avx2 aesni" espsimd -j dev set esp0 engine a
completes "transport tunnel" espsimd check esp0 --sa esn mode t
completes "gateway" espsimd check g
completes "" espsimd check gateway ''
completes "show print dev help" espsimd flowpath ''
completes "lan sysctl" espsimd flowpath print esp0 ''
completes "" espsimd flowpath print esp0 sysctl ''
completes "lo" espsimd flowpath print dev esp0 lan eth1 lo
completes "crypto packet dev" espsimd sa offload ''
completes "all" espsimd sa generic a
completes "esp" espsimd sa offload packet dev esp0 proto ''
completes "on off" espsimd fallback o
completes "enc esn encap" espsimd check sa dir in e
completes "show dev help --prometheus prometheus" espsimd stats ''
completes "--prometheus" espsimd stats --
completes "sa dev file" espsimd stats --prometheus sa ''
completes "espsimd.8" espsimd stats prometheus file espsimd.8
completes "dev help" espsimd -t monitor ''
completes "dev interval count" espsimd top count 2 ''
completes "" espsimd top count ''

# As they are installed: the command has to be where units say that it is, and
# what every unit needs is there.
check_units() {
	local root target status=0

	root=$(mktemp -d)
	MAKEFLAGS='' make -s install-command O="$(dirname "$command")" DESTDIR="$root" \
		PREFIX=/usr || status=$?
	for target in sysinit basic shutdown timers time-set time-sync \
		network-pre local-fs; do
		printf '[Unit]\nDescription=%s\n' "$target" \
			>"$root/usr/lib/systemd/system/$target.target"
	done
	systemd-analyze verify --man=no --root="$root" espsimd-stats.service \
		espsimd-stats.timer espsimd@eth0.service || status=$?
	rm -rf "$root"
	return "$status"
}

if command -v systemd-analyze >/dev/null; then
	silent "units: no warnings" check_units
else
	skip "units: no warnings" "systemd is not installed"
fi

if python3 -c 'import yaml' 2>/dev/null; then
	silent "generated: the counters are those of the spec" \
		../scripts/gen-stats.py ../Documentation/netlink/specs/espsimd.yaml \
		--check stats-gen.h
else
	skip "generated files" "python3-yaml is not installed"
fi

finish
