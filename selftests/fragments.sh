#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that are too large for the wire after encapsulation, and lower MTUs on
# the way: sizes are discovered, and what is fragmented nevertheless is done by
# the stack and arrives.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(outer-4 outer-4-esn outer-natt transport-4 transport-6 large-4 large-6
	pmtu-4 pmtu-6 same-mtu-as-stack jumbo)
# In packet mode the stack drops what does not fit as a whole, and since Linux 7
# what has an extension header of IPv6; packet-mtu.sh is about that.
if packet_mode; then
	CASES=(large-4 pmtu-4 pmtu-6 same-mtu-as-stack jumbo)
fi

setup() {
	require ping
	gateways one
	on hosta traffic server 7778 frag
	on hostb traffic server 7778 frag
}

# What hosts learned of the path in one case must not be known in the next.
reset() {
	local name

	wire_mtu 1500
	for name in hosta gwa gwb hostb; do
		ipn $name -4 route flush cache
		ipn $name -6 route flush cache
	done
}

# reassembled: what gwb put together of fragments so far.
reassembled() {
	# shellcheck disable=SC2016 # The dollars are awk's.
	on gwb awk '$1 == "Ip:" && $16 ~ /^[0-9]/ { print $16 }' /proc/net/snmp
}

# Without the don't-fragment bit the gateways make fragments of ESP.
outer() {
	local was counter=rx_fragment

	tunnel "$@"
	# Fragments of UDP may be anything.
	[ "${T[natt]}" = no ] || counter=rx_passed
	tunnel_up
	ends
	ping_ok hosta "$TARGET" -c 1
	settle before
	was=$(reassembled)
	on hosta traffic udp "${HOSTB[4]}" 7778 1380 1472 4 frag
	settle after
	at_least "packets that gwb put together" \
		$(($(reassembled) - was)) 10
	at_least $counter "$(delta gwa dev.$counter)" 10
	equal "the peer's SA and what was sent" \
		"$(delta gwb "sa.$SPI_AB.packets")" \
		"$(delta gwa "sa.$SPI_AB.oseq")"
	equal "SA and what the peer sent" "$(delta gwa "sa.$SPI_BA.packets")" \
		"$(delta gwb "sa.$SPI_BA.oseq")"
	no_errors
}

case_outer-4() {
	outer
}

case_outer-4-esn() {
	outer esn=yes
}

case_outer-natt() {
	outer natt=yes
}

# In transport mode whole datagrams are sealed, and fragments made of them.
transport() {
	tunnel mode=transport "$@"
	tunnel_up
	settle_first
	on gwa traffic udp "$TARGET" $PORT 1400 9000 400
	on gwa traffic udp "$TARGET" $PORT 1430 1480 1
	settle after
	at_least rx_fragment "$(delta gwa dev.rx_fragment)" 10
	equal "SA and what the peer sent" "$(delta gwa "sa.$SPI_BA.packets")" \
		"$(delta gwb "sa.$SPI_BA.oseq")"
	no_errors
}

case_transport-4() {
	transport
}

case_transport-6() {
	transport outer=6 esn=yes
}

# Datagrams of up to 64 KiB, as many fragments of the hosts.
large() {
	tunnel "$@"
	tunnel_up
	settle_first
	on hosta traffic udp "$TARGET" $PORT 2000 65000 4500
	settle after
	at_least "packets sent" "$(delta gwa "sa.$SPI_AB.oseq")" 300
	no_errors
}

case_large-4() {
	large
}

case_large-6() {
	large outer=6 inner=6
}

# A smaller MTU below is found by the hosts, through the gateway's ICMP.
pmtu() {
	local headers=52

	tunnel "$@"
	tunnel_up
	settle_first
	wire_mtu 1400
	on hosta traffic udp "$TARGET" $PORT 1000 1480 10 \
		"$(fragments_pass && echo df || echo whole)"
	on hosta traffic tcp "$TARGET" $PORT 300000 300000
	# IP, ESP with its IV, ICV; the trailer ends at a multiple of four.
	[ "${T[outer]}" = 4 ] || headers=72
	equal "MTU of the path" "$(on hosta traffic mtu "$TARGET" $PORT)" \
		$((((1400 - headers) & ~3) - 2))
	EXPECTED=XfrmOutStateModeError
	settle after
	no_errors
}

case_pmtu-4() {
	pmtu
}

case_pmtu-6() {
	pmtu outer=6 inner=6
}

# Users must not lose a byte of MTU by offload.
case_same-mtu-as-stack() {
	local words offloaded

	for words in '' inner=6 outer=6 'natt=yes esn=yes' mode=transport; do
		# shellcheck disable=SC2086 # These are words.
		tunnel $words
		tunnel_up
		ends
		offloaded=$(known_mtu)
		# shellcheck disable=SC2086
		tunnel dev='' $words
		tunnel_up
		equal "MTU of the path, ${words:-tunnel}" "$offloaded" \
			"$(known_mtu)"
	done
}

# known_mtu: what the client has found out about the path to the target.
known_mtu() {
	if fragments_pass; then
		on "$CLIENT" traffic udp "$TARGET" $PORT 1480 1480 1 >/dev/null
	else
		on "$CLIENT" traffic udp "$TARGET" $PORT 1000 1480 480 whole \
			>/dev/null
	fi
	on "$CLIENT" traffic mtu "$TARGET" $PORT
}

case_jumbo() {
	all_mtu 9000
	equal "MTU of esp0" \
		"$(on gwa cat /sys/class/net/esp0/mtu)" 9000
	tunnel
	tunnel_up
	settle_first
	on hosta traffic udp "$TARGET" $PORT 8850 8980 3
	on hosta traffic tcp "$TARGET" $PORT "$(pick 4000000 500000)" \
		"$(pick 4000000 500000)"
	settle after
	agree gwa
	all_mtu 1500
}

run_tests "$@"
