#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# disassembly.sh OBJDIR: looks, as TAP, for instructions in the tiers' objects
# that could let time or an address depend on a secret (disassembly.awk). Run by
# userspace/tests/engine.mk, after they were built.

set -uo pipefail
objects=$1
here=$(dirname -- "$0")
number=0 status=0

# search OBJECT NARROW
search() {
	objdump -d --no-show-raw-insn "$1" |
		awk -v narrow="$2" -f "$here/disassembly.awk"
}

# result NAME COMPLAINT
result() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number disassembly: $1"
	else
		printf '# %s\n' "${2//$'\n'/$'\n# '}"
		echo "not ok $number disassembly: $1"
		status=1
	fi
}

# tier OBJECT NARROW WHAT: nothing is found in an object that has code.
tier() {
	local found

	found=$(search "$objects/$1.o" "$2") || found="no answer"
	objdump -d "$objects/$1.o" | grep -c aesenc >/dev/null ||
		found="no code of AES"
	result "$1: $3" "$found"
}

# in_control LABEL: number of instructions behind a label of the control.
in_control() {
	awk -v label="$1:" '/:$/ { on = $1 == label } on && /^\t/ { n++ }
		END { print n }' "$here/disassembly.S"
}

# control NARROW LABEL...: all that is behind the labels is found, and of the
# rest only what is once too often in its place.
control() {
	local narrow=$1 found label nr=0

	shift
	found=$(search "$objects/disassembly.o" "$narrow")
	for label in "$@"; do
		nr=$((nr + $(in_control "$label")))
	done
	nr=$((nr + 2))
	if [ "$(wc -l <<<"$found")" -eq "$nr" ] &&
		! grep -q '^allowed ' <<<"$found" &&
		grep -qx 'espsimd_gcm_open_burst vptest %xmm4,%xmm4' \
			<<<"$found" &&
		grep -qx 'espsimd_key_expand div %ecx' <<<"$found" &&
		[ "$nr" -gt 20 ]; then
		found=
	fi
	result "control: $nr instructions are found" "$found"
}

echo "TAP version 13"
if [ -n "${SANITIZE:-}" ]; then
	echo "1..0 # SKIP objects with sanitizers are not those of the module"
	exit 0
fi
if ! objdump --version >/dev/null 2>&1; then
	echo "1..0 # SKIP looking into objects needs objdump"
	exit 0
fi
echo "1..6"

control 0 forbidden moved
control 1 forbidden

nothing="no secret reaches an address, a flag"
tier aesgcm_avx512 0 "$nothing, a general register"
tier aesgcm_avx2 1 "$nothing directly"
tier aesgcm_aesni 1 "$nothing directly"
tier key 1 "$nothing directly"
exit "$status"
