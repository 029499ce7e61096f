#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# path.sh: what a packet costs on its way through two gateways, without IPsec,
# with stock ESP and with ESP offloaded to espsimd devices, in a uniprocessor
# user-mode kernel. Results are in build/bench/path.json and in a table.
#
#   ROUNDS=N    number of rounds (10, at least 8)
#   PERF=1      also takes a profile of each variant and workload, into
#               build/bench/profile-*

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

need_root "running a user-mode kernel on a root file system"
rounds=${ROUNDS:-10}
[ "$rounds" -ge 8 ] || die "medians of fewer than 8 rounds say nothing"
[ -z "${PERF:-}" ] || need_tool perf linux-perf

out=$BUILD/bench
rm -rf "$out"/{raw,facts,kallsyms,path.json,profile-*}
"$TOP/scripts/bench/modules.sh" "$out/modules"

# descendant PID NAME: the process of that name below a process.
descendant() {
	local pid

	while read -r pid; do
		if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ]; then
			echo "$pid"
			return 0
		fi
		descendant "$pid" "$2" && return 0
	done < <(pgrep -P "$1")
	return 1
}

profile_start() {
	perf record -q -F 4999 -e cpu-clock -t "$(descendant $$ linux)" \
		-o "$out/profile-$1.data" &
	profiler=$!
	profiled=$1
}

profile_end() {
	kill -INT "$profiler"
	wait "$profiler" || true
	perf script -i "$out/profile-$profiled.data" -F ip 2>/dev/null |
		"$TOP/scripts/bench/profile.py" "$out/kallsyms" \
			>"$out/profile-$profiled.txt"
	rm -f "$out/profile-$profiled.data"
}

# The guest's output, in which it says when there is something to profile.
follow() {
	local line

	while IFS= read -r line; do
		line=${line%$'\r'}
		case $line in
		'@profile end') profile_end ;;
		'@profile '*) profile_start "${line#* }" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
}

# Other programs of the host take turns with the guest, and disturb it.
nice -n -20 "$TOP/scripts/uml-run.sh" --timeout 1800 -- \
	env BENCH_ROUNDS="$rounds" BENCH_PROFILE="${PERF:-}" \
	bash scripts/bench/path-guest.sh "$out" | follow
"$TOP/scripts/bench/report.py" "$out" "$rounds"
