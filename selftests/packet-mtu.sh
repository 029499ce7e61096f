#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Sizes in packet offload mode: what is too large for the tunnel is answered with
# the MTU that the stack's own ESP would name, what fits passes to the byte, and
# ESP that others have fragmented is opened by the stack in the same SA.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
OFFLOAD=packet
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(exact-4-4 exact-6-4 exact-4-6 exact-6-6 exact-4-4-esn-natt
	exact-6-6-natt exact-low without-df-4
	fragments-of-hosts from-peer-4 from-peer-6 from-peer-natt
	transport-4 transport-6 gso-at-mtu jumbo)

setup() {
	require ping
	gateways one
	on hostb ordered receive 5555
}

# Who applies the policies counts what does not fit.
TOO_LONG=xfrm.XfrmOutError
[ "$DIRECT" = no ] || TOO_LONG=dev.tx_drop_mtu

# What hosts learned of the path in one case must not be known in the next.
reset() {
	wire_mtu 1500
	forget
}

# headers: bytes of headers of an inner packet of ICMP.
headers() {
	[ "${T[inner]}" = 4 ] && echo 28 || echo 48
}

# fits NAME SIZE: an IP packet of that size, not to be fragmented, is answered.
fits() {
	on "$1" ping -n -q -c 2 -i 0.01 -W "$(pick 2 10)" -M probe \
		-s $(($2 - $(headers))) "$TARGET" >/dev/null
}

# named NAME SIZE [PING OPTION...]: the MTU that the answer to such a packet, or
# the refusal to send it, names.
named() {
	local name=$1 size=$2 answer
	shift 2
	answer=$(on "$name" ping -n -c 1 -W 1 -M probe \
		-s $((size - $(headers))) "$@" "$TARGET" 2>&1 || true)
	sed -n 's/.*mtu *[=:] *\([0-9]*\).*/\1/p' <<<"$answer"
}

# mtu_of_stack WORD...: what a tunnel without offload names for large packets.
mtu_of_stack() {
	tunnel dev='' "$@"
	tunnel_up
	ends
	ping_ok "$CLIENT" "$TARGET" -c 1 >/dev/null
	named "$CLIENT" "$FROM"
	forget
}

# forget: what hosts learned of the path.
forget() {
	local name

	for name in hosta gwa gwb hostb; do
		ipn $name -4 route flush cache
		ipn $name -6 route flush cache
	done
}

# exact TUNNEL...: for packets that are as large as the devices allow.
exact() {
	local mtu size

	mtu=$(mtu_of_stack "$@")
	at_least "MTU that the stack names" "${mtu:-0}" 1280
	tunnel "$@"
	tunnel_up
	ends
	ping_ok hosta "$TARGET" -c 1
	settle before
	equal "MTU that is named" "$(named hosta "$FROM")" "$mtu"
	equal "MTU that is named for one byte more" \
		"$(named hosta $((mtu + 1)))" "$mtu"
	for ((size = mtu - 4; size <= mtu; size++)); do
		fits hosta $size || fail "$size bytes do not pass"
	done
	settle after
	agree gwa
	equal "packets sent" "$(delta gwa dev.tx_ipsec)" 10
}

FROM=1500

run_case() {
	local what outer inner esn=no natt=no

	IFS=- read -r what outer inner rest <<<"$1"
	[[ $rest != *esn* ]] || esn=yes
	[[ $rest != *natt* ]] || natt=yes
	"$what" outer="$outer" inner="$inner" esn=$esn natt=$natt
}

# A lower MTU of the device, and some that are no multiples of four.
case_exact-low() {
	local mtu

	for mtu in 1400 1401 1402 1403; do
		wire_mtu $mtu
		forget
		FROM=$mtu exact outer=4
	done
}

# mtu_of_path: what RFC 4303 leaves of 1500 bytes.
mtu_of_path() {
	local headers=52

	[ "${T[outer]}" = 4 ] || headers=72
	echo $((((1500 - headers) & ~3) - 2))
}

# The stack does not let through what does not fit: it is lost and counted, and
# nothing of it leaves in clear text, nor in ESP that is too large.
case_without-df-4() {
	tunnel
	tunnel_up
	ends
	ping_ok hosta "$TARGET" -c 1
	# A host that knew the MTU would make fragments that fit.
	forget
	settle before
	on hosta ping -n -q -c 5 -i 0.01 -W 0.3 -M dont -s 1450 "$TARGET" &&
		fail "a packet that does not fit was answered"
	settle after
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
	equal "$TOO_LONG" "$(delta gwa "$TOO_LONG")" 5
	ping_ok hosta "$TARGET" -M dont -s 1400
}

# Those of IPv4 are packets like others.
case_fragments-of-hosts() {
	tunnel
	tunnel_up
	settle_first
	on hosta traffic udp "$TARGET" $PORT 1500 9000 500
	settle after
	agree gwa
	at_least "packets sent" "$(delta gwa dev.tx_ipsec)" 60
}

# from_peer TUNNEL...: gwb makes fragments of its ESP, and gwa's stack opens it,
# while smaller packets go through the device.
from_peer() {
	local i counter=rx_fragment

	tunnel "$@"
	tunnel_up
	settle_first
	[ "${T[natt]}" = no ] || counter=rx_passed
	# A host that knew the MTU would make the fragments itself.
	forget
	for i in {1..8}; do
		on hostb ping -n -q -c 1 -W 2 -M dont -s 1440 \
			"${HOSTA[4]}" >/dev/null || true
		on hostb ping -n -q -c 3 -i 0.01 -W 2 -s 100 "${HOSTA[4]}"
	done
	settle after
	at_least $counter "$(delta gwa dev.$counter)" 16
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 24
	equal "packets that the SA counts" "$(delta gwa "sa.$SPI_BA.packets")" 32
	equal "bytes that the SA counts" "$(delta gwa "sa.$SPI_BA.bytes")" \
		"$(delta gwb "sa.$SPI_BA.bytes")"
	equal "last number" "$(val after gwa "sa.$SPI_BA.seq")" \
		"$(val after gwb "sa.$SPI_BA.oseq")"
	EXPECTED=$TOO_LONG no_errors
}

case_from-peer-4() {
	from_peer esn=yes
}

case_from-peer-6() {
	from_peer outer=6
}

case_from-peer-natt() {
	from_peer natt=yes
}

transport() {
	local size mtu

	tunnel mode=transport "$@"
	tunnel_up
	settle_first
	mtu=$(on gwa traffic mtu "$TARGET" $PORT)
	for ((size = mtu - 8; size <= mtu; size++)); do
		on gwa ping -n -q -c 1 -W 2 -M probe \
			-s $((size - $(headers))) "$TARGET" >/dev/null ||
			fail "$size bytes do not pass"
	done
	settle after
	agree gwa
	equal "packets sent" "$(delta gwa dev.tx_ipsec)" 9
}

case_transport-4() {
	transport
}

case_transport-6() {
	transport outer=6 esn=yes
}

# Segments that fill the tunnel's MTU.
case_gso-at-mtu() {
	local size

	tunnel
	tunnel_up
	settle_first
	size=$(($(mtu_of_path) - 28))
	on hosta ordered send "$TARGET" 5555 400 $size 40 gso
	settle after
	agree gwa
}

case_jumbo() {
	all_mtu 9000
	tunnel
	tunnel_up
	settle_first
	on hosta traffic udp "$TARGET" $PORT 8850 8980 7
	on hosta traffic tcp "$TARGET" $PORT "$(pick 4000000 500000)" \
		"$(pick 4000000 500000)"
	settle after
	agree gwa
	all_mtu 1500
}

run_tests "$@"
