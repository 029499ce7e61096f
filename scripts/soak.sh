#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# soak.sh HOURS: storms of changes under traffic (selftests/storm.sh) in ever new
# orders, on each of the user-mode kernels in turn, for so many hours; a fraction
# will do. Each run is a kernel of its own, which must have nothing to report and
# no memory lost at its end. Prints a line for each, and last the line
# `soak: N runs, N failed` and how to repeat what failed.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

[[ $# -eq 1 && $1 =~ ^[0-9]+(\.[0-9]+)?$ ]] || die "usage: soak.sh HOURS"
end=$((SECONDS + $(awk "BEGIN { print int($1 * 3600) }")))

flavours=(uml uml-kasan uml-lockdep)
tests=(storm packet-storm direct-storm)
logs=$BUILD/soak
mkdir -p "$logs"
need_root "running user-mode kernels"

runs=0 failed=()
while [ "$SECONDS" -lt "$end" ] || [ "$runs" -eq 0 ]; do
	flavour=${flavours[runs % ${#flavours[@]}]}
	runs=$((runs + 1))
	seed=$((RANDOM * 32768 + RANDOM))
	log=$logs/$seed-$flavour.log
	run=("$TOP/scripts/uml-run.sh" --flavour "$flavour" --timeout 7200 --
		env "STORM_SEED=$seed" STORM_ROUNDS=20 selftests/run.sh
		"${tests[@]}")
	if "${run[@]}" >"$log" 2>&1; then
		echo "ok $runs seed $seed on $flavour"
	else
		echo "not ok $runs seed $seed on $flavour (log: $log)"
		failed+=("${run[*]}")
	fi
done

echo "soak: $runs runs, ${#failed[@]} failed"
[ ${#failed[@]} -eq 0 ] || printf '%s\n' "${failed[@]}"
[ ${#failed[@]} -eq 0 ]
