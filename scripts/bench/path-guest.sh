#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# path-guest.sh DIR: the benchmark of the path, in the guest. DIR is the host's
# directory that holds modules/ and gets raw, a line per measurement:
#   VARIANT WORKLOAD VALUE
# For each variant there is a network of its own, so that they can take turns:
#
#   hosta               gwa                        gwb               hostb
#   +------+   +--------------------+    +--------------------+   +------+
#   | eth0 |---| eth1          wire |====| wire          eth1 |---| eth0 |
#   +------+   | lan0               |    |               lan0 |   +------+
#              +--------------------+    +--------------------+
#   10.1.1.2   10.1.1.1  192.0.2.1/24    192.0.2.2/24  10.2.1.1   10.2.1.2
#              10.1.0.1                                10.2.0.1
#
# The ports lan0 make packets and count them, TCP runs between the hosts. What
# a measurement is taken to show is checked by counters, or it is an error.

set -euo pipefail

A=192.0.2.1
B=192.0.2.2
KEY_AB=0x000102030405060708090a0b0c0d0e0f10111213
KEY_BA=0x202122232425262728292a2b2c2d2e2f30313233
VARIANTS=(plain stock offloaded)
SIZES=(64 576 1400)
ROUNDS=${BENCH_ROUNDS:-10}
COUNT=${BENCH_PACKETS:-40000}
TCP_SECONDS=${BENCH_TCP_SECONDS:-2}
PROFILE_SECONDS=${BENCH_PROFILE_SECONDS:-6}

die() {
	echo "bench: error: $*" >&2
	dump >&2
	exit 1
}

# dump: what was counted on the way of the variant V, to see where it ended.
dump() {
	local name

	for name in gwa gwb; do
		echo "--- $name"
		on "$name" sh -c '
			ip -s -o link show
			grep -v "[[:space:]]0$" /proc/net/xfrm_stat
			ip -s xfrm state list nokeys | grep -v aead
			[ ! -d /sys/class/net/esp0 ] ||
				ethtool -S esp0 | grep -v ": 0$"'
	done
	cat /proc/net/softnet_stat
}

# on NAME COMMAND...: in the namespace NAME of the variant V.
on() {
	local name=$1
	shift
	ip netns exec "$V-$name" "$@"
}

# dev: the device that the gateways of the variant V talk through.
dev() {
	if [ "$V" = offloaded ]; then
		echo esp0
	else
		echo wire
	fi
}

# --- networks ---------------------------------------------------------------

# gateway a|b LOCAL PEER NET PEER-NET
gateway() {
	local gw=gw$1 host=host$1

	# Network cards have it on, veth devices do not.
	on "$gw" ethtool -K wire gro on
	if [ "$V" = offloaded ]; then
		ip -n "$V-$gw" link add esp0 link wire type espsimd
	fi
	ip -n "$V-$gw" -batch - <<-EOF
		link set lo up
		link set wire up
		link set $(dev) up
		link set eth1 up
		link add lan0 type benchport
		link set lan0 up
		addr add $2/24 dev $(dev)
		addr add 10.$4.0.1/24 dev lan0
		addr add 10.$4.1.1/24 dev eth1
		neigh add 10.$4.0.2 lladdr 02:00:00:00:00:0$4 dev lan0
		route add 10.$5.0.0/16 via $3
	EOF
	on "$gw" sysctl -qw net.ipv4.ip_forward=1
	# Room for the tunnel's headers, so that nothing gets fragmented.
	ip -n "$V-$host" -batch - <<-EOF
		link set lo up
		link set eth0 up mtu 1400
		addr add 10.$4.1.2/24 dev eth0
		route add default via 10.$4.1.1
	EOF
}

# add_sa GATEWAY SRC DST SPI DIR KEY
add_sa() {
	local options=()

	[ "$5" = out ] || options=(replay-window 64)
	if [ "$V" = offloaded ]; then
		options+=(offload crypto dev esp0 dir "$5")
	fi
	ip -n "$V-$1" xfrm state add src "$2" dst "$3" proto esp spi "$4" \
		reqid 1 mode tunnel \
		aead 'rfc4106(gcm(aes))' "$6" 128 "${options[@]}"
}

# add_policies GATEWAY LOCAL PEER NET PEER-NET
add_policies() {
	local dir

	ip -n "$V-$1" xfrm policy add src "10.$4.0.0/16" dst "10.$5.0.0/16" \
		dir out tmpl src "$2" dst "$3" proto esp reqid 1 mode tunnel
	for dir in in fwd; do
		ip -n "$V-$1" xfrm policy add src "10.$5.0.0/16" \
			dst "10.$4.0.0/16" dir "$dir" \
			tmpl src "$3" dst "$2" proto esp reqid 1 mode tunnel
	done
}

build_network() {
	local name

	for name in hosta gwa gwb hostb; do
		ip netns add "$V-$name"
	done
	ip link add wire netns "$V-gwa" type veth peer name wire netns "$V-gwb"
	ip link add eth1 netns "$V-gwa" type veth peer name eth0 netns "$V-hosta"
	ip link add eth1 netns "$V-gwb" type veth peer name eth0 netns "$V-hostb"
	gateway a $A $B 1 2
	gateway b $B $A 2 1
	[ "$V" != plain ] || return 0
	add_sa gwa $A $B 0x1001 out $KEY_AB
	add_sa gwa $B $A 0x2001 in $KEY_BA
	add_sa gwb $A $B 0x1001 in $KEY_AB
	add_sa gwb $B $A 0x2001 out $KEY_BA
	add_policies gwa $A $B 1 2
	add_policies gwb $B $A 2 1
}

# --- counters ---------------------------------------------------------------

# opened: packets that gateway B decrypted with the SA from A.
opened() {
	on gwb ip -s xfrm state get src $A dst $B proto esp spi 0x1001 |
		sed -n 's/.* \([0-9][0-9]*\)(packets)$/\1/p'
}

# simd: packets that gateway A sealed, and that gateway B opened, by SIMD.
simd() {
	on gwa ethtool -S esp0 | awk '$1 == "tx_simd:" { print $2 }'
	on gwb ethtool -S esp0 | awk '$1 == "rx_simd:" { print $2 }'
}

# before / after LEAST: between them at least so many packets have to have gone
# from A to B, in the way that the variant is about.
before() {
	[ "$V" = plain ] || OPENED=$(opened)
	[ "$V" != offloaded ] || mapfile -t SIMD < <(simd)
}

after() {
	local number now

	[ "$V" != plain ] || return 0
	number=$(($(opened) - OPENED))
	[ "$number" -ge "$1" ] ||
		die "$V: $number packets came through the tunnel, of $1"
	[ "$V" = offloaded ] || return 0
	mapfile -t now < <(simd)
	if [ $(((now[0] - SIMD[0]) * 100)) -lt $((number * 99)) ] ||
		[ $(((now[1] - SIMD[1]) * 100)) -lt $((number * 99)) ]; then
		die "of $number packets SIMD sealed $((now[0] - SIMD[0])) and opened $((now[1] - SIMD[1]))"
	fi
}

# crypto_drivers NAME: the drivers of an algorithm, by falling priority.
crypto_drivers() {
	awk -v name="$1" '
		$1 == "name" { is = ($3 == name) }
		is && $1 == "driver" { driver = $3 }
		is && $1 == "priority" { print $3, driver }
	' /proc/crypto | sort -rn | cut -d' ' -f2
}

# check_stock: stock ESP uses the kernel's best AES-GCM and nothing else.
check_stock() {
	local best used

	best=$(crypto_drivers 'rfc4106(gcm(aes))' | head -n 1)
	[[ $best = rfc4106-gcm-* ]] ||
		die "the kernel's x86 AES-GCM is not there, but: $best"
	used=$(crypto_drivers 'seqiv(rfc4106(gcm(aes)))')
	[ "$used" = "seqiv($best)" ] || die "stock ESP uses $used, not $best"
	echo "driver $best" >>"$DIR/facts"
}

# --- measurements -----------------------------------------------------------

# udp BYTES: sets VALUE to the cycles per packet.
udp() {
	local got cycles

	before
	on gwa sh -c "echo $COUNT $1 10.1.0.2 10.2.0.2 \
		>/sys/class/net/lan0/bench/run"
	read -r got cycles < <(on gwa cat /sys/class/net/lan0/bench/run)
	[ "$got" -eq "$COUNT" ] ||
		die "$V: $got of $COUNT packets of $1 bytes arrived"
	after "$COUNT"
	VALUE=$((cycles / COUNT))
}

cycles() {
	on gwa cat /sys/class/net/lan0/bench/cycles
}

# tcp: sets VALUE to the throughput in Mbit/s, and CYCLES to what the kernel
# needed per KiB.
tcp() {
	local result start

	before
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

measure() {
	case $1 in
	udp*) udp "${1#udp}" ;;
	tcp) tcp ;;
	esac
}

serve() {
	local end=$((SECONDS + 10))

	on hostb iperf3 -s -D
	until on hosta bash -c '</dev/tcp/10.2.1.2/5201' 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || die "$V: no way to the server"
		sleep 0.1
	done
}

# one_round: all workloads, and for each of them all variants in turn.
one_round() {
	local workload

	for workload in "${SIZES[@]/#/udp}" tcp; do
		for V in "${ORDER[@]}"; do
			measure "$workload"
			echo "$V $workload $VALUE"
			[ "$workload" != tcp ] || echo "$V tcp-cpu $CYCLES"
		done
	done
}

# profile: the host takes profiles of what is between these lines.
profile() {
	local workload end

	cat /proc/kallsyms >"$DIR/kallsyms"
	TCP_SECONDS=$PROFILE_SECONDS
	# Lest it be a profile of the programs that this script runs.
	COUNT=$((COUNT * 20))
	for workload in "${SIZES[@]/#/udp}" tcp; do
		for V in "${VARIANTS[@]}"; do
			echo "@profile $V-$workload"
			end=$((SECONDS + PROFILE_SECONDS))
			until measure "$workload" && [ "$SECONDS" -ge "$end" ]; do
				:
			done
			echo "@profile end"
		done
	done
}

DIR=/mnt
mount -t hostfs -o "hostfs=$1" none "$DIR"
insmod "$DIR/modules/aesni-intel.ko"
insmod "$DIR/modules/benchport.ko"
modprobe esp4_offload
modprobe espsimd

{
	echo "kernel $(uname -r)"
	echo "packets $COUNT"
	echo "tcp_seconds $TCP_SECONDS"
} >"$DIR/facts"
for V in "${VARIANTS[@]}"; do
	build_network
	serve
done
check_stock

# The first round only warms up. Then the order changes, so that none always
# follows the same one.
ORDER=("${VARIANTS[@]}")
one_round >/dev/null
for ((round = 1; round <= ROUNDS; round++)); do
	one_round >>"$DIR/raw"
	ORDER=("${ORDER[@]:1}" "${ORDER[0]}")
	echo "bench: round $round of $ROUNDS"
done
engine=$(V=offloaded on gwa espsimd sa show |
	grep -o 'engine [a-z0-9]*' | sort -u)
[ "$engine" != "engine generic" ] || die "the SAs are not done by SIMD"
echo "$engine" >>"$DIR/facts"
[ -z "${BENCH_PROFILE:-}" ] || profile
