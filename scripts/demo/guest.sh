#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two sites and a tunnel, configured with nothing but ip:
#
#   hosta ---- gwa ================== gwb ---- hostb
#        10.1/16  198.51.100.1   198.51.100.2  10.2/16
#                 esp0 on eth0   esp0 on eth0
#
# Both gateways encrypt and decrypt on their espsimd device. Traffic of ping
# and iperf3 goes through; a capture of what is on the wire between them is
# decoded by tshark with the keys, and must not show anything in clear.

set -euo pipefail

WORK=$(mktemp -d)
A=198.51.100.1
B=198.51.100.2
SPI_AB=0x00001001
SPI_BA=0x00002001
# What ping fills its packets with, in hexadecimal and as text.
PATTERN=65737073696d642d64656d6f
PATTERN_TEXT=espsimd-demo

fail() {
	echo "demo: FAIL $*" >&2
	exit 1
}

# without_keys: the standard input, fit for a log.
without_keys() {
	sed 's/0x[0-9a-f]\{40\}/KEY/'
}

# run COMMAND...: prints it the way it would be typed, and runs it.
run() {
	printf '# %s\n' "$*" | without_keys
	"$@" || fail "exit code $? of the last command"
}

cleanup() {
	[ -z "${SERVER:-}" ] || kill "$SERVER" 2>/dev/null || true
	[ -z "${CAPTURE:-}" ] || kill "$CAPTURE" 2>/dev/null || true
	for ns in hosta gwa gwb hostb; do
		ip netns del "$ns" 2>/dev/null || true
	done
	rm -rf "$WORK"
}
trap cleanup EXIT

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || fail "did not come true: $*"
		sleep 0.2
	done
}

new_key() {
	printf '0x%s' "$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')"
}

# counter GATEWAY NAME: a counter of its espsimd device.
counter() {
	ip netns exec "$1" ethtool -S esp0 |
		sed -n "s/^ *$2: \([0-9]*\)$/\1/p" | grep . ||
		fail "ethtool -S has no counter $2"
}

build_network() {
	local ns

	for ns in hosta gwa gwb hostb; do
		run ip netns add "$ns"
		ip -n "$ns" link set lo up
	done
	run ip link add eth0 netns gwa type veth peer name eth0 netns gwb
	run ip link add eth1 netns gwa type veth peer name eth0 netns hosta
	run ip link add eth1 netns gwb type veth peer name eth0 netns hostb
	run ip -n hosta addr add 10.1.0.2/16 dev eth0
	run ip -n hostb addr add 10.2.0.2/16 dev eth0
	run ip -n gwa addr add 10.1.0.1/16 dev eth1
	run ip -n gwb addr add 10.2.0.1/16 dev eth1
	run ip -n hosta link set eth0 up
	run ip -n hostb link set eth0 up
	for ns in gwa gwb; do
		run ip -n "$ns" link set eth1 up
		run ip -n "$ns" link add esp0 link eth0 type espsimd
		run ip -n "$ns" link set eth0 up
		run ip -n "$ns" link set esp0 up
		run ip netns exec "$ns" sysctl -qw net.ipv4.ip_forward=1
	done
	run ip -n gwa addr add $A/24 dev esp0
	run ip -n gwb addr add $B/24 dev esp0
	run ip -n hosta route add default via 10.1.0.1
	run ip -n hostb route add default via 10.2.0.1
	run ip -n gwa route add 10.2.0.0/16 via $B
	run ip -n gwb route add 10.1.0.0/16 via $A
}

# add_sa GATEWAY SRC DST SPI DIR KEY
add_sa() {
	local window=()

	# Several CPUs may carry the packets of an SA, and one of them may lag.
	[ "$5" = out ] || window=(replay-window 1024)
	run ip -n "$1" xfrm state add src "$2" dst "$3" proto esp spi "$4" \
		reqid 1 mode tunnel "${window[@]}" \
		aead 'rfc4106(gcm(aes))' "$6" 128 \
		offload crypto dev esp0 dir "$5"
}

# add_policies GATEWAY LOCAL REMOTE LOCAL-NET REMOTE-NET
add_policies() {
	run ip -n "$1" xfrm policy add src "$4" dst "$5" dir out \
		tmpl src "$2" dst "$3" proto esp reqid 1 mode tunnel
	run ip -n "$1" xfrm policy add src "$5" dst "$4" dir in \
		tmpl src "$3" dst "$2" proto esp reqid 1 mode tunnel
	run ip -n "$1" xfrm policy add src "$5" dst "$4" dir fwd \
		tmpl src "$3" dst "$2" proto esp reqid 1 mode tunnel
}

build_tunnel() {
	KEY_AB=$(new_key)
	KEY_BA=$(new_key)
	add_sa gwa $A $B $SPI_AB out "$KEY_AB"
	add_sa gwa $B $A $SPI_BA in "$KEY_BA"
	add_sa gwb $A $B $SPI_AB in "$KEY_AB"
	add_sa gwb $B $A $SPI_BA out "$KEY_BA"
	add_policies gwa $A $B 10.1.0.0/16 10.2.0.0/16
	add_policies gwb $B $A 10.2.0.0/16 10.1.0.0/16
}

start_capture() {
	ip netns exec gwb tcpdump -q -U -n --immediate-mode -i eth0 \
		-w "$WORK/wire.pcap" -s 0 2>"$WORK/tcpdump.log" &
	CAPTURE=$!
	wait_for 30 grep -q 'listening on' "$WORK/tcpdump.log"
}

# captured BYTES: the capture is at least so long.
captured() {
	[ "$(stat -c %s "$WORK/wire.pcap")" -ge "$1" ]
}

stop_capture() {
	# What tcpdump has not read when it is stopped is lost.
	wait_for 30 captured $((40 * 1000))
	kill -INT "$CAPTURE"
	wait "$CAPTURE" || fail "tcpdump failed"
	CAPTURE=
}

# uat_sa SRC DST SPI KEY: an SA in the way tshark wants to be told.
uat_sa() {
	printf 'uat:esp_sa:"IPv4","%s","%s","%s","%s","%s","NULL",""' \
		"$1" "$2" "$3" "AES-GCM with 16 octet ICV [RFC4106]" "$4"
}

decode() {
	tshark -r "$WORK/wire.pcap" -o esp.enable_encryption_decode:TRUE \
		-o "$(uat_sa $A $B $SPI_AB "$KEY_AB")" \
		-o "$(uat_sa $B $A $SPI_BA "$KEY_BA")" "$@" 2>/dev/null
}

# What an independent decoder sees: all packets between the gateways are ESP,
# the pings are in them, and nothing of them is readable without the keys.
check_capture() {
	local pings clear

	echo "--- on the wire, as tshark sees it without the keys and with them"
	tshark -r "$WORK/wire.pcap" -Y esp -c 12 2>/dev/null | tail -n 4
	decode -Y esp -c 12 | tail -n 4
	clear=$(tshark -r "$WORK/wire.pcap" -Y 'ip && !esp' 2>/dev/null | wc -l)
	[ "$clear" -eq 0 ] || fail "$clear IP packets on the wire were not ESP"
	pings=$(decode -Y 'esp && icmp.type == 8 && ip.dst == 10.2.0.2' | wc -l)
	[ "$pings" -eq 20 ] || fail "tshark decoded $pings of 20 pings"
	if grep -qaF "$PATTERN_TEXT" "$WORK/wire.pcap"; then
		fail "the content of the pings is readable on the wire"
	fi
}

traffic() {
	start_capture
	run ip netns exec hosta ping -c 20 -i 0.05 -W 5 -s 1000 \
		-p $PATTERN -q 10.2.0.2
	stop_capture
	check_capture

	ip netns exec hostb iperf3 -s >"$WORK/iperf3.log" 2>&1 &
	SERVER=$!
	wait_for 30 ip netns exec hosta bash -c '</dev/tcp/10.2.0.2/5201'
	run ip netns exec hosta iperf3 -c 10.2.0.2 -t 5 -f m
	run ip netns exec hosta iperf3 -c 10.2.0.2 -t 5 -f m -R
	run ip netns exec hosta iperf3 -c 10.2.0.2 -t 3 -f m -u -b 20M -l 1200
}

# sa_packets GATEWAY SRC DST SPI in|out: how many packets the stack says went
# through the SA. Outbound its sequence number tells, since the lifetime counts
# a packet that is yet to be segmented as one. Inbound there are those that
# came too late for the replay window, too: they were opened before.
sa_packets() {
	local state

	state=$(ip -n "$1" -s xfrm state get src "$2" dst "$3" proto esp spi "$4")
	if [ "$5" = out ]; then
		printf '%d' "$(sed -n 's/.* oseq \(0x[0-9a-f]*\).*/\1/p' <<<"$state")"
	else
		echo $(($(sed -n -e 's/.* \([0-9][0-9]*\)(packets)$/\1/p' \
			-e 's/^[[:space:]]*replay-window \([0-9]*\) replay .*/\1/p' \
			<<<"$state" | paste -s -d+)))
	fi
}

show_counters() {
	local ns

	for ns in gwa gwb; do
		echo "--- counters of $ns"
		run ip netns exec "$ns" espsimd stats
		run ip netns exec "$ns" ethtool -S esp0
		run ip -n "$ns" -s xfrm state | without_keys
		run ip netns exec "$ns" espsimd sa show
	done
}

# check_sa GATEWAY SRC DST SPI in|out COUNTED: the stack and the device
# counted the same packets.
check_sa() {
	local packets

	packets=$(sa_packets "$1" "$2" "$3" "$4" "$5")
	[ "${packets:-0}" -gt 1000 ] ||
		fail "$1 counted only ${packets:-no} packets on SA $4"
	[ "$packets" -eq "$6" ] ||
		fail "$1 counted $packets packets on SA $4, its device $6"
}

check_counters() {
	local ns sealed=0 opened=0 sealed_fb=0 opened_fb=0 total drops
	local tx txf rx rxf

	for ns in gwa gwb; do
		tx=$(counter $ns tx_simd)
		txf=$(counter $ns tx_fallback)
		rx=$(counter $ns rx_simd)
		rxf=$(counter $ns rx_fallback)
		if [ $ns = gwa ]; then
			check_sa gwa $A $B $SPI_AB out $((tx + txf))
			check_sa gwa $B $A $SPI_BA in $((rx + rxf))
		else
			check_sa gwb $B $A $SPI_BA out $((tx + txf))
			check_sa gwb $A $B $SPI_AB in $((rx + rxf))
		fi
		sealed=$((sealed + tx)) sealed_fb=$((sealed_fb + txf))
		opened=$((opened + rx)) opened_fb=$((opened_fb + rxf))
		drops=$(ip netns exec $ns ethtool -S esp0 |
			grep -E 'auth_fail|malformed|drop_(no_sa|crypto|csum|secpath|seq|unread)' |
			grep -v ': 0$' || true)
		[ -z "$drops" ] || fail "$ns dropped packets: $drops"
	done
	total=$((sealed + sealed_fb))
	[ $((sealed * 100)) -ge $((total * 99)) ] ||
		fail "only $sealed of $total packets were sealed by SIMD"
	total=$((opened + opened_fb))
	[ $((opened * 100)) -ge $((total * 99)) ] ||
		fail "only $opened of $total packets were opened by SIMD"
	RESULT="sealed $sealed by SIMD and $sealed_fb by fallback,"
	RESULT+=" opened $opened by SIMD and $opened_fb by fallback"
}

run modprobe espsimd
build_network
build_tunnel
run ip netns exec gwa espsimd check dev esp0
traffic
show_counters
check_counters
echo "demo: PASS $RESULT"
