#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Ends of the sequence numbers: extended ones go on into their high half, in
# both directions and in the middle of a segmented packet; others stop, and no
# number is ever used twice under a key.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(esn-wrap esn-wrap-6-transport esn-wrap-segmented esn-wrap-high
	overflow may-wrap first-is-one update-keeps)

setup() {
	require ping
	gateways one
	on hostb ordered receive 5555
	on gwb ordered receive 5555
}

# near END [HIGH]: words for SAs that are that close to the end of the low half
# of the sequence number.
near() {
	local low=$((0x100000000 - $1)) high=${2:-0}

	OUT="replay-oseq $low replay-oseq-hi $high"
	IN="replay-seq $low replay-seq-hi $high"
}

# tunnel_near: the tunnel of T with the numbers of OUT and IN at both ends.
tunnel_near() {
	tunnel_up
	ipn gwa xfrm state flush
	ipn gwb xfrm state flush
	ipb gwa <<-EOF
		xfrm state add $(numbered a out "$OUT")
		xfrm state add $(numbered a in "$IN")
	EOF
	ipb gwb <<-EOF
		xfrm state add $(numbered b out "$OUT")
		xfrm state add $(numbered b in "$IN")
	EOF
}

# numbered SIDE DIR WORDS: of an SA, with the numbers where they are understood.
numbered() {
	sa_words "$1" "$2" | sed "s/ flag/ $3 flag/"
}

wrapped() {
	tunnel esn=yes "$@"
	near 20 "${HIGH:-0}"
	tunnel_near
	ends
	settle before
	ping_ok "$CLIENT" "$TARGET" -c 5
	on "$CLIENT" traffic udp "$TARGET" $PORT 0 1300 13
	on "$CLIENT" traffic tcp "$TARGET" $PORT 300000 300000
	settle after
	equal "high half of gwa's number" \
		"$(val after gwa "sa.$SPI_AB.oseq-hi")" $((${HIGH:-0} + 1))
	equal "high half of what gwa has seen" \
		"$(val after gwa "sa.$SPI_BA.seq-hi")" $((${HIGH:-0} + 1))
	equal "packets lost" "$(delta gwb "sa.$SPI_AB.packets")" \
		"$(delta gwa dev.tx_ipsec)"
	at_least tx_simd "$(delta gwa dev.tx_simd)" 300
	at_least rx_simd "$(delta gwa dev.rx_simd)" 300
	equal tx_fallback "$(delta gwa dev.tx_fallback)" 0
	no_errors
}

case_esn-wrap() {
	wrapped
}

case_esn-wrap-6-transport() {
	wrapped outer=6 mode=transport
}

case_esn-wrap-high() {
	HIGH=0x7fffffff wrapped key=256
}

# One send of 50 segments, of which the 21st has the low half 0.
case_esn-wrap-segmented() {
	tunnel esn=yes
	near 20
	tunnel_near
	ends
	settle before
	on hosta ordered send "$TARGET" 5555 500 1200 50 gso
	settle after
	equal "high half of gwa's number" \
		"$(val after gwa "sa.$SPI_AB.oseq-hi")" 1
	at_least tx_simd "$(delta gwa dev.tx_simd)" 500
	no_errors
}

# Without extended numbers the SA ends, and says so; nothing is sent in clear
# text in its place.
case_overflow() {
	local out

	tunnel window=32
	near 5
	tunnel_up
	ipn gwa xfrm state flush
	out=$(sa_words a out | sed "s/ flag/ replay-oseq $((0xfffffffa)) flag/")
	ipb gwa <<-EOF
		xfrm state add $out
		xfrm state add $(sa_words a in)
	EOF
	ends
	settle before
	# Success of ping is one answer; there has to be loss as well.
	on hosta ping -q -i 0.01 -c 20 -W 0.2 "$TARGET"
	settle after
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 5
	equal "XFRM counter" "$(delta gwa xfrm.XfrmOutStateSeqError)" 15
	equal "packets that gwb got" "$(delta gwb "sa.$SPI_AB.packets")" 5
}

# An SA that may start again with its numbers would use nonces twice. The
# device drops what it has sealed before.
case_may-wrap() {
	local out

	tunnel window=0
	tunnel_up
	ipn gwa xfrm state flush
	out=$(sa_words a out | sed "s/ flag/ replay-oseq $((0xfffffffa)) flag/")
	ipb gwa <<-EOF
		xfrm state add $out extra-flag oseq-may-wrap
		xfrm state add $(sa_words a in)
	EOF
	ends
	settle before
	on hosta ping -q -i 0.01 -c 20 -W 0.2 "$TARGET" || true
	settle after
	# Five numbers are left; those that come after them are behind all that
	# was sealed, and for all that the device knows were sealed before. In
	# packet mode the device, which gives them out, ends there.
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 5
	equal "packets dropped" $(($(delta gwa dev.tx_drop_seq_reuse) +
		$(delta gwa dev.tx_drop_state))) 15
}

# RFC 4303, section 3.3.3.
case_first-is-one() {
	tunnel
	tunnel_up
	ends
	settle before
	ping_ok hosta "$TARGET" -c 1
	settle after
	equal "number of the first packet" \
		"$(val after gwb "sa.$SPI_AB.seq")" 1
}

# An update of the SA neither loses it nor starts its numbers again. The stack
# makes a second SA of the same identity for it, which is gone at once.
case_update-keeps() {
	local dir

	tunnel window=64
	tunnel_up
	settle_first
	ping_ok hosta "$TARGET" -c 3
	for dir in in out in out; do
		echo "xfrm state update $(sa_words a $dir)" | ipb gwa
		ping_ok hosta "$TARGET" -c 3
	done
	settle after
	agree gwa
	equal "SAs of gwa" "$(ipn gwa xfrm state | grep -c 'crypto offload')" 2
}

run_tests "$@"
