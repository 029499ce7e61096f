#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The in-kernel tests, kmod/tests/*_kunit.c, each case of which is a case here.
# Those that did not report a result have failed.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

# The suites and cases that should be there: SUITE/CASE.
mapfile -t CASES < <(
	for file in "$SELFTESTS"/../kmod/tests/*_kunit.c; do
		suite=$(sed -n 's/^\t\.name = "\(espsimd_.*\)",$/\1/p' "$file")
		sed -n "s/^\tKUNIT_CASE[A-Z_]*(\([a-z0-9_]*\).*/${suite}\/\1/p" \
			"$file"
	done
)

# find_module: sets MODULE to the test module, which is made by building the
# driver with ESPSIMD_KUNIT=1.
find_module() {
	local file

	for file in "${ESPSIMD_KO:-}" "$SELFTESTS/../kmod/tests/"; do
		MODULE=${file%/*}/espsimd_kunit.ko
		[ ! -e "$MODULE" ] || return 0
	done
	skip "needs espsimd_kunit.ko: build with ESPSIMD_KUNIT=1"
}

# The kernel's log from the loading of the module on: loading runs the tests.
setup() {
	local mark=espsimd-kunit-$$-$RANDOM

	require dmesg modprobe
	# Loaded with other parameters it may run nothing, or not at once.
	modprobe -r -q kunit || true
	modprobe kunit enable=1 autorun=1 2>/dev/null ||
		skip "needs KUnit, which kernel $(uname -r) does not have"
	find_module
	echo "$mark" >/dev/kmsg
	insmod "$MODULE" || fail "the test module cannot be loaded"
	dmesg --notime >"$WORK/ktap"
	# Very many messages push the mark out of the log.
	if grep -q "$mark" "$WORK/ktap"; then
		sed -i "1,/$mark/d" "$WORK/ktap"
	fi
	rmmod espsimd_kunit
	grep -q 'KTAP version' "$WORK/ktap" || fail "the tests did not run"
}

# of_case SUITE CASE: result and messages of a case.
of_case() {
	awk -v suite="$1" -v wanted="$2" '
		/^    # Subtest: / { here = $NF == suite; text = "" }
		!here { next }
		/^    (not )?ok / {
			name = $0
			sub(/^    (not )?ok [0-9]+ (- )?/, "", name)
			sub(/ *#.*/, "", name)
			if (name == wanted) {
				printf "%s%s\n", text, $0
				exit
			}
			text = ""
			next
		}
		{ text = text $0 "\n" }
	' "$WORK/ktap"
}

run_case() {
	local result

	result=$(of_case "${1%/*}" "${1#*/}")
	printf '%s\n' "$result"
	result=$(tail -n 1 <<<"$result")
	case $result in
	*' # SKIP'*) skip "${result#*# SKIP }" ;;
	'    ok '*) ;;
	'    not ok '*) fail "the case failed" ;;
	*) fail "the case did not run to its end" ;;
	esac
}

run_tests "$@"
