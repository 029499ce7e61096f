#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# secret.sh OUT: builds test_secret in OUT and runs it, as TAP, under Valgrind,
# which follows keys and plaintext, and at last tells whether it has anything to
# report. Run by userspace/tests/engine.mk.

set -uo pipefail
out=$1

skip() {
	printf 'TAP version 13\n1..0 # SKIP %s\n' "$1"
	exit 0
}

[ -z "${SANITIZE:-}" ] || skip "programs with sanitizers do not run in Valgrind"
if [ ! -e /usr/include/valgrind/memcheck.h ] ||
	! valgrind --version >/dev/null 2>&1; then
	skip "marking secrets needs valgrind"
fi
if ! log=$("${MAKE:-make}" --no-print-directory -j"$(nproc)" \
	"$out/test_secret" 2>&1); then
	printf 'TAP version 13\n1..1\n'
	tail -n 40 <<<"$log" | sed 's/^/# /'
	echo "not ok 1 secret: it builds"
	exit 1
fi

# Nothing is suppressed. What is ignored are writes below the stack pointer,
# where the engine clears what it has left; they have nothing to do with values.
memcheck=(timeout 300 valgrind --tool=memcheck --quiet --leak-check=no
	--default-suppressions=no --undef-value-errors=yes --error-limit=no
	--expensive-definedness-checks=yes --ignore-range-below-sp=2048-1)

status=0
"${memcheck[@]}" --error-exitcode=99 --log-file="$out/secret.log" \
	"$out/test_secret" || status=1
sed 's/^/# /' "$out/secret.log"
# There it reports all that it is to find.
"${memcheck[@]}" --log-file="$out/secret-control.log" \
	"$out/test_secret" control || status=1
exit "$status"
