#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# engine.sh: what sealing and opening costs in core cycles, for each tier of
# the engine, for other libraries and for the stock kernel's own code. Results
# are in build/bench/engine.json, in a plot, engine.svg, and in tables,
# engine.rst. In the environment:
#
#   TURNS   samples of each (200)
#   SAS     how many keys take turns where they are cold (10000)
#   CPU     the processor to measure on (the last one)
#   KERNEL_SOURCE   source tree of the stock kernel (that of scripts/
#           kernel-source.sh)

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

turns=${TURNS:-200}
sas=${SAS:-10000}
out=$BUILD/bench
program=$out/engine/engine/bench_engine

mkdir -p "$out"
rm -f "$out"/engine*.json "$out"/engine.{svg,rst,code}
# Without the kernel's code there is still much to compare.
build=(make -s -C "$TOP/userspace" O="$out/engine" "$program")
rm -rf "$out/engine/engine/kernel" "$program"
source=${KERNEL_SOURCE:-$("$TOP/scripts/kernel-source.sh")} || source=
if [ -z "$source" ]; then
	msg "the stock kernel is left out: there is no source of it"
	"${build[@]}" KERNEL_SOURCE=
elif ! "${build[@]}" KERNEL_SOURCE="$source"; then
	msg "the stock kernel is left out: the code in $source cannot be used"
	"${build[@]}" KERNEL_SOURCE=
fi

# put_code WHO OBJECT FUNCTIONS: how many bytes the functions take that match,
# and the constants. Functions for tests and those that prepare keys are left
# out.
put_code() {
	[ -e "$2" ] || return 0
	printf '%s %d %d\n' "$1" "$(nm -S -t d "$2" | awk -v which="$3" '
		$3 !~ /^[tT]$/ || $4 ~ /_raw_|_precompute_/ { next }
		$4 ~ which { sum += $2 }
		END { print sum }')" "$(size -A -d "$2" | awk '
		$1 ~ /^\.rodata/ { sum += $2 }
		END { print sum }')"
}

for tier in aesni avx2 avx512; do
	put_code "$tier" "$out/engine/engine/aesgcm_$tier.o" .
done >"$out/engine.code"
kernel=$out/engine/engine/kernel
{
	put_code kernel-aesni "$kernel/aes-gcm-aesni-x86_64.o" '_avx$'
	put_code kernel-avx2 "$kernel/aes-gcm-vaes-avx2.o" .
	put_code kernel-avx512 "$kernel/aes-gcm-vaes-avx512.o" .
} >>"$out/engine.code"

run=(taskset -c "${CPU:-$(($(nproc) - 1))}" "$program" -t "$turns")
"${run[@]}" -j "$out/engine-warm.json"
"${run[@]}" -s "$sas" -n 32 -j "$out/engine-cold.json"
"$TOP/scripts/bench/engine.py" "$out"
cat "$out/engine.rst"
msg "results are in $out/engine.json, engine.svg and engine.rst"
