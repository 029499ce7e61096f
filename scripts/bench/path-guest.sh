#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# path-guest.sh DIR: the benchmark of the path, in the guest. DIR is the host's
# directory that holds modules/ and gets raw, a line per measurement:
#   VARIANT WORKLOAD VALUE
# network.sh shows what is measured. What a measurement is taken to show is
# checked by counters (counters.sh), or it is an error.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=network.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/network.sh"
# shellcheck source-path=SCRIPTDIR source=counters.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/counters.sh"

read -r -a VARIANTS <<<"$BENCH_VARIANTS"
read -r -a WORKLOADS <<<"$BENCH_WORKLOADS"
read -r -a SAS <<<"$BENCH_SAS"
read -r -a FLOWS <<<"$BENCH_FLOWS"
ROUNDS=$BENCH_ROUNDS
COUNT=${BENCH_PACKETS:-40000}
LATENCIES=${BENCH_LATENCIES:-1000}
TCP_SECONDS=${BENCH_TCP_SECONDS:-2}
PROFILE_SECONDS=${BENCH_PROFILE_SECONDS:-6}
# Seven small, four medium and one large packet, well mixed.
IMIX=64,576,64,64,576,64,1400,64,576,64,64,576
V='' S=1

die() {
	echo "bench: error: $*" >&2
	dump >&2
	exit 1
}

# dump: what was counted on the way of the variant V, to see where it ended.
dump() {
	local name

	for name in gwa gwb; do
		ip netns list | grep -q "^$V.$S-$name" || continue
		echo "--- $name"
		on "$name" sh -c '
			ip -s -o link show
			grep -v "[[:space:]]0$" /proc/net/xfrm_stat
			ip -s xfrm state list nokeys | grep -v aead | head -n 60
			nft list table inet bench 2>/dev/null
			[ ! -d /sys/class/net/esp0 ] ||
				ethtool -S esp0 | grep -v ": 0$"'
	done
	cat /proc/net/softnet_stat
}

# --- measurements -----------------------------------------------------------

# port FILE COUNT SIZES [DESTINATIONS FLOWS]: has packets sent by gateway A, and
# sets RESULT.
port() {
	local file=/sys/class/net/lan0/bench/$1 got
	shift

	destination 0
	read -r got RESULT < <(on gwa sh -c \
		"echo $1 $2 10.1.0.2 $DESTINATION ${*:3} >$file && cat $file")
	[ "${got:-0}" -eq "$1" ] ||
		die "$V: ${got:-none} of $1 packets of $2 bytes arrived"
}

# flows_each NUMBER: how many flows there are to each destination.
flows_each() {
	echo $((($1 + S - 1) / S))
}

# udp SIZES FLOWS: sets VALUE to the cycles per packet. With thousands of SAs
# stock ESP takes so long that each of them gets two packets only.
udp() {
	local count=$COUNT

	[ "$S" -le 1000 ] || count=$((2 * S))
	port run "$count" "$1" "$S" "$(flows_each "$2")"
	after "$count"
	VALUE=$((RESULT / count))
}

# latency: sets VALUE to the median time of a packet and its answer, in ns.
latency() {
	port latency "$LATENCIES" 64
	after "$LATENCIES"
	VALUE=$RESULT
}

cycles() {
	on gwa cat /sys/class/net/lan0/bench/cycles
}

# tcp: sets VALUE to the throughput in Mbit/s, and CYCLES to what the kernel
# needed per KiB.
tcp() {
	local result start

	start=$(cycles)
	result=$(on hosta iperf3 -c 10.2.1.2 -t "$TCP_SECONDS" -J) ||
		die "$V: iperf3 failed: $(jq -r .error <<<"$result")"
	CYCLES=$(($(cycles) - start))
	VALUE=$(jq '.end.sum_received.bits_per_second / 1e6 | round' \
		<<<"$result")
	CYCLES=$((CYCLES * 1024 / $(jq .end.sum_received.bytes <<<"$result")))
	# Full segments, or fewer of them would do.
	after "$(jq '.end.sum_received.bytes / 1400 | floor' <<<"$result")"
}

# measure WORKLOAD FLOWS: with V and S.
measure() {
	case $1 in
	imix) udp $IMIX "$2" ;;
	udp*) udp "${1#udp}" "$2" ;;
	*) "$1" ;;
	esac
}

# selection: all that is to be measured, as lines NAME WORKLOAD FLOWS SAS. With
# more SAs than flows, each has a flow of its own.
selection() {
	local workload flows sas

	for workload in "${WORKLOADS[@]}"; do
		if [[ $workload != udp* && $workload != imix ]]; then
			echo "$workload $workload 1 1"
			continue
		fi
		for sas in "${SAS[@]}"; do
			for flows in "${FLOWS[@]}"; do
				[ "$flows" -ge "$sas" ] || flows=$sas
				echo "$workload-f$flows-s$sas $workload $flows $sas"
			done
		done
	done | awk '!seen[$0]++'
}

# each COMMAND...: what it does for all that is selected, and for each of that
# for all variants in turn.
each() {
	local line name workload flows

	for line in "${SELECTION[@]}"; do
		read -r name workload flows S <<<"$line"
		for V in "${ORDER[@]}"; do
			"$@" "$name" "$workload" "$flows"
		done
	done
}

# take NAME WORKLOAD FLOWS: measures once.
take() {
	measure "$2" "$3"
	echo "$V $1 $VALUE"
	[ "$2" != tcp ] || echo "$V tcp-cpu $CYCLES"
}

# profile NAME WORKLOAD FLOWS: the host takes a profile of what is between the
# two lines.
profile() {
	local end

	echo "@profile $V-$1"
	end=$((SECONDS + PROFILE_SECONDS))
	until measure "$2" "$3" && [ "$SECONDS" -ge "$end" ]; do
		:
	done
	echo "@profile end"
}

serve() {
	local end=$((SECONDS + 10))

	on hostb iperf3 -s -D
	until on hosta bash -c '</dev/tcp/10.2.1.2/5201' 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || die "$V: no way to the server"
		sleep 0.1
	done
}

# prepare: builds the network of V and S, and uses all of it once, so that flow
# tables get to know all flows.
prepare() {
	local flows=1 number

	for number in "${FLOWS[@]}"; do
		[ "$(flows_each "$number")" -le "$flows" ] ||
			flows=$(flows_each "$number")
	done
	build_network
	# To be known, a flow needs a packet, an answer, and one packet more.
	for number in 1 2 3; do
		port echo $((S * flows)) 64 "$S" "$flows"
	done
	! protected || check_sas
	! flowtable || check_flows $((S * flows))
	! offloaded || check_engine
	if [ "$S" -eq 1 ]; then
		serve
	fi
	before
	echo "bench: $V with $S SAs is ready"
}

DIR=/mnt
mount -t hostfs -o "hostfs=$1" none "$DIR"
insmod "$DIR/modules/aesni-intel.ko"
insmod "$DIR/modules/benchport.ko"
modprobe esp4_offload
modprobe espsimd
modprobe nf_conntrack hashsize=65536
modprobe nft_flow_offload
sysctl -qw net.netfilter.nf_conntrack_max=1048576

{
	echo "kernel $(uname -r)"
	echo "packets $COUNT"
	echo "tcp_seconds $TCP_SECONDS"
	echo "latencies $LATENCIES"
} >"$DIR/facts"
for S in $(printf '%s\n' 1 "${SAS[@]}" | sort -nu); do
	for V in "${VARIANTS[@]}"; do
		prepare
	done
done
check_stock
mapfile -t SELECTION < <(selection)
cut -d' ' -f1 < <(printf '%s\n' "${SELECTION[@]}") >"$DIR/workloads"

# The first round only warms up. Then the order changes, so that none always
# follows the same one.
ORDER=("${VARIANTS[@]}")
each take >/dev/null
for ((round = 1; round <= ROUNDS; round++)); do
	each take >>"$DIR/raw"
	ORDER=("${ORDER[@]:1}" "${ORDER[0]}")
	echo "bench: round $round of $ROUNDS"
done
if [ -n "${BENCH_PROFILE:-}" ]; then
	cat /proc/kallsyms >"$DIR/kallsyms"
	TCP_SECONDS=$PROFILE_SECONDS
	# Lest it be a profile of the programs that this script runs.
	COUNT=$((COUNT * 20))
	each profile
fi
