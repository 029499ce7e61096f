#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# path.sh: what a packet costs on its way through two gateways, in a
# uniprocessor user-mode kernel. Results are in build/bench/path.json, in a
# plot, build/bench/path.svg, and in a table. In the environment, as lists of
# words where there can be several:
#
#   ROUNDS      number of rounds (8); medians of fewer say little
#   VARIANTS    plain stock crypto packet direct, and each of them with a flow
#               table on both gateways: plain+ft ...
#   WORKLOADS   udp64 udp576 udp1400 (or any other size) imix tcp latency
#   SAS         how many SAs UDP is forwarded by (1 100 10000)
#   FLOWS       in how many flows, or as many as there are SAs (1 1000)
#   PERF=1      also takes a profile of each variant and workload, into
#               build/bench/profile-*

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

need_root "running a user-mode kernel on a root file system"
rounds=${ROUNDS:-8}
variants=${VARIANTS:-plain stock crypto packet direct plain+ft stock+ft packet+ft direct+ft}
workloads=${WORKLOADS:-udp64 udp576 udp1400 imix tcp latency}
sas=${SAS:-1 100 10000}
flows=${FLOWS:-1 1000}

# check_words NAME WORDS PATTERN: each of the words matches the pattern.
check_words() {
	local word

	for word in $2; do
		[[ $word =~ ^($3)$ ]] || die "$1: there is no $word"
	done
}

check_words ROUNDS "$rounds" '[1-9][0-9]*'
check_words VARIANTS "$variants" '(plain|stock|crypto|packet|direct)(\+ft)?'
check_words WORKLOADS "$workloads" 'udp[1-9][0-9]*|imix|tcp|latency'
check_words SAS "$sas" '[1-9][0-9]*'
check_words FLOWS "$flows" '[1-9][0-9]*'
[ -z "${PERF:-}" ] || need_tool perf linux-perf

out=$BUILD/bench
mkdir -p "$out"
rm -rf "$out"/{raw,facts,workloads,kallsyms,path.json,path.svg,profile-*}
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
}

# The guest does not wait: what takes long has to be done later.
profile_end() {
	kill -INT "$profiler"
	wait "$profiler" || true
}

# profile_read: makes text of the profiles that were taken.
profile_read() {
	local data

	for data in "$out"/profile-*.data; do
		[ -e "$data" ] || continue
		perf script -i "$data" -F ip 2>/dev/null |
			"$TOP/scripts/bench/profile.py" "$out/kallsyms" \
				>"${data%.data}.txt"
		rm -f "$data"
	done
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
before=$(cut -d' ' -f1-3 /proc/loadavg)
nice -n -20 "$TOP/scripts/uml-run.sh" --mem 3G --timeout 3600 -- \
	env BENCH_ROUNDS="$rounds" BENCH_VARIANTS="$variants" \
	BENCH_WORKLOADS="$workloads" BENCH_SAS="$sas" BENCH_FLOWS="$flows" \
	BENCH_PROFILE="${PERF:-}" \
	bash scripts/bench/path-guest.sh "$out" | follow
profile_read
{
	echo "load_before $before"
	echo "load_after $(cut -d' ' -f1-3 /proc/loadavg)"
} >>"$out/facts"
read -r -a list <<<"$variants"
"$TOP/scripts/bench/report.py" "$out" "$rounds" "${list[@]}"
"$TOP/scripts/bench/plot.py" "$out"
