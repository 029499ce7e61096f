#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh OUT: builds the fuzzer in OUT and lets it run, as TAP: what is in
# fuzz-corpus, and then FUZZ_RUNS bursts made of that, the same ones each time.
# Run by userspace/tests/engine.mk.

set -uo pipefail
out=$1
cc=${FUZZ_CC:-clang}

echo "TAP version 13"
if ! printf 'int LLVMFuzzerTestOneInput(void) { return 0; }\n' |
	"$cc" -fsanitize=fuzzer,address,undefined -x c -o /dev/null - \
	2>/dev/null; then
	echo "1..0 # SKIP the engine's fuzzer needs clang and libclang-rt-dev"
	exit 0
fi
echo "1..1"
name="fuzz: ${FUZZ_RUNS:?} bursts"
rm -rf "$out/found"
mkdir -p "$out/found"
if ! log=$("${MAKE:-make}" --no-print-directory -j"$(nproc)" \
	"$out/fuzz_engine" 2>&1) ||
	! log=$(timeout 600 "$out/fuzz_engine" -seed=1 -runs="$FUZZ_RUNS" \
		-max_len=300 -len_control=0 -artifact_prefix="$out/" \
		"$out/found" tests/fuzz-corpus 2>&1); then
	tail -n 40 <<<"$log" | sed 's/^/# /'
	echo "not ok 1 $name"
	exit 1
fi
grep 'DONE' <<<"$log" | sed 's/^/# /'
echo "ok 1 $name"
