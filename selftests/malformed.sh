#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ESP that is not as it should be although its keys are right, and traffic that
# looks like ESP: nothing of it is delivered, all of it is counted, and the
# next good packet gets through.
#
#	gwa (espsimd) ======== packets made by hand

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-wire.sh
. "$(dirname -- "$0")/lib-wire.sh"

CASES=(unknown-spi cut-4 cut-6 cut-natt cut-transport grown pad-longest
	pad-content pad-length tfc-padding tfc-padding-6 next-header
	inner-garbage empty udp-length natt-checksum natt-keepalive natt-ike
	fragments-4 fragments-6 fragments-natt)

setup() {
	wire_setup
}

# sum of the numbers in "NAME=N ..."
sum() {
	local word total=0

	for word in $1; do
		total=$((total + ${word#*=}))
	done
	echo "$total"
}

case_unknown-spi() {
	tunnel
	wire_start
	wire_before
	wire seq=1 spi=0x1003
	wire seq=1 spi=0xffffffff
	wire seq=1 spi=0x100
	wire_after
	equal rx_no_sa "$(delta gwa dev.rx_no_sa)" 3
	equal "XFRM counters" "$(xfrm_moved)" XfrmInNoStates=3
	equal delivered "$DELIVERED" 0
	wire_good
}

# all_cuts: a good packet is cut at every place. Each piece is dropped once and
# for one reason.
all_cuts() {
	local length cut count=0 device

	wire_start
	wire_good
	# The ESP packet: its header and IV, the inner packet, the trailer, ICV.
	length=$1
	wire_before
	for ((cut = 1; cut <= length; cut++)); do
		wire seq=2 cut=$cut
		count=$((count + SENT))
	done
	wire_after
	equal delivered "$DELIVERED" 0
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 0
	device=$(($(delta gwa dev.rx_malformed) + $(not_authentic) +
		$(delta gwa dev.rx_no_sa)))
	equal "what the device counted" "$device" "$2"
	equal "sum of $(xfrm_moved)" "$(sum "$(xfrm_moved)")" "$2"
	wire_good
}

# 16 + (20 + 8 + 7 + 3 + 2) + 16
case_cut-4() {
	tunnel
	all_cuts 72 72
}

# 16 + (40 + 8 + 7 + 3 + 2) + 16; what is empty is no ESP for IPv6 either.
case_cut-6() {
	tunnel outer=6 inner=6 esn=yes
	all_cuts 92 92
}

# 16 + (8 + 7 + 3 + 2) + 16
case_cut-transport() {
	tunnel mode=transport
	all_cuts 52 52
}

# What is shorter than an ESP header with IV may be anything to the device. For
# the stack what has no more than 8 bytes is for the socket, and up to 19 it drops
# without counting.
case_cut-natt() {
	tunnel natt=yes
	wire_start
	wire_good
	wire_before
	for cut in 1 16 17 30 48 56 57 60 64; do
		wire seq=2 cut=$cut
	done
	wire_after
	equal delivered "$DELIVERED" 0
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 0
	equal "packets not authentic" "$(not_authentic)" 4
	equal rx_malformed "$(delta gwa dev.rx_malformed)" 2
	equal rx_passed "$(delta gwa dev.rx_passed)" 3
	equal "sum of $(xfrm_moved)" "$(sum "$(xfrm_moved)")" 5
	wire_good
}

case_grown() {
	tunnel
	wire_start
	wire_before
	wire seq=1 grow=1
	wire seq=1 grow=4
	wire seq=1 grow=800
	wire_after
	equal delivered "$DELIVERED" 0
	equal "packets not authentic" "$(not_authentic)" 3
	equal "XFRM counters" "$(xfrm_moved)" XfrmInStateProtoError=3
	wire_good
}

# All lengths of padding that there are, and their end on no boundary of four.
case_pad-longest() {
	local pad

	tunnel
	wire_start
	pad=$(printf '%02x' {1..255})
	wire_good pad="$pad"
	wire_good pad="${pad:0:506}"
	wire_good pad=none
	wire_good pad=01
}

# RFC 4303, section 2.4, lets the receiver look at the padding's content, and
# the stack does not: with or without offload it is the same.
case_pad-content() {
	tunnel
	wire_start
	wire_good pad=deadbe
	wire_good pad=000000
}

# dropped_as COUNTER: one authentic packet was dropped, by the stack or in packet
# mode by the device.
dropped_as() {
	equal "packets opened" "$(delta gwa \
		"dev.$(packet_mode && echo rx_drop_inner || echo rx_ipsec)")" 1
	equal "packets not authentic" "$(not_authentic)" 0
	equal delivered "$DELIVERED" 0
	matches "XFRM counters" "$(xfrm_moved)" "^($1)=1\$"
}

# A pad length beyond the beginning of the payload.
case_pad-length() {
	local padlen

	tunnel
	wire_start
	for padlen in 39 40 100 255; do
		SEQ=$((SEQ + 1))
		wire_before
		wire seq=$SEQ padlen=$padlen
		wire_after
		dropped_as XfrmInStateProtoError
	done
	wire_good
}

# What is behind the inner packet, by its own length, is padding that hides how
# long that is (RFC 4303, section 2.7).
case_tfc-padding() {
	local tfc

	tunnel
	wire_start
	for tfc in 1 2 3 4 255 1000; do
		wire_good tfc=$tfc
	done
}

case_tfc-padding-6() {
	tunnel outer=6 inner=6 esn=yes
	wire_start
	wire_good tfc=1
	wire_good tfc=1000
}

# A NAT changes addresses that the checksum is about, and cannot mend it. What is
# authentic needs none (RFC 3948, section 3.1.2); without a NAT nothing excuses it.
case_natt-checksum() {
	tunnel mode=transport natt=yes
	wire_start
	wire_good csum=1
	tunnel_down
	tunnel mode=transport
	wire_start
	wire_before
	wire seq=1 csum=1
	wire_after
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 1
	equal delivered "$DELIVERED" 0
	SEQ=1
	wire_good
}

# 59 is "no next header", a dummy packet; the others are no inner packet.
case_next-header() {
	local nh

	tunnel
	wire_start
	for nh in 59 41 17 50 108 255 0; do
		SEQ=$((SEQ + 1))
		wire_before
		wire seq=$SEQ nh=$nh
		wire_after
		equal "rx_ipsec of next header $nh" \
			"$(delta gwa dev.rx_ipsec)" 1
		equal "delivered of next header $nh" "$DELIVERED" 0
	done
	wire_good
}

case_inner-garbage() {
	local inner

	tunnel
	wire_start
	for inner in 45 4500 4f000014 60 ffffffffffffffffffffffffffffffffffffffff \
		"45000028000000004011$(printf '00%.0s' {1..10})" \
		"$(printf '00%.0s' {1..400})"; do
		SEQ=$((SEQ + 1))
		wire_before
		wire seq=$SEQ inner="$inner"
		wire_after
		equal "rx_ipsec of $inner" "$(delta gwa dev.rx_ipsec)" 1
		equal "delivered of $inner" "$DELIVERED" 0
	done
	wire_good
}

# Nothing but a trailer: sealed and authentic, but no packet.
case_empty() {
	tunnel
	wire_start
	SEQ=1
	wire_before
	wire seq=1 inner=0102 pad=none padlen=2
	wire_after
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 1
	equal delivered "$DELIVERED" 0
	wire_good
}

# The length in the UDP header does not fit the packet.
case_udp-length() {
	local udplen

	tunnel natt=yes
	wire_start
	wire_good
	wire_before
	for udplen in -73 -70 -64 -1 1 100 60000; do
		wire seq=2 udplen=$udplen
	done
	wire_after
	equal delivered "$DELIVERED" 0
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 0
	wire_good
}

# natt_line TEXT: the socket got this datagram, in hexadecimal.
natt_line() {
	grep -q "^$1\$" "$WORK/natt"
}

case_natt-keepalive() {
	tunnel natt=yes
	wire_start
	natt_socket gwa "$WORK/natt"
	wire_good
	wire_before
	# RFC 3948, section 2.3; the kernel swallows keepalives itself.
	wire raw=ff
	wire raw=ff
	wire_after
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 0
	equal rx_passed "$(delta gwa dev.rx_passed)" 2
	equal "XFRM counters" "$(xfrm_moved)" ''
	wire_good
}

# IKE behind the non-ESP marker of four zero bytes is for the socket.
case_natt-ike() {
	local ike

	tunnel natt=yes
	wire_start
	natt_socket gwa "$WORK/natt"
	wire_good
	wire_before
	ike=00000000$(printf '%02x' {1..60})
	wire raw="$ike"
	wire raw=0000000001
	wire raw=00000000
	wire_after
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 0
	equal rx_passed "$(delta gwa dev.rx_passed)" 3
	equal "XFRM counters" "$(xfrm_moved)" ''
	poll 5 natt_line "$ike"
	poll 5 natt_line 0000000001
	wire_good
}

# fragments: ESP that was fragmented on its way is put together by the stack
# before it is opened (RFC 4303, section 3.4.1), which no device can do. Those
# of UDP may be anything.
fragments() {
	local counter=rx_fragment

	[ "${T[natt]}" = no ] || counter=rx_passed
	wire_start
	wire_good
	wire_before
	SEQ=$((SEQ + 1))
	wire seq=$SEQ frag=600 data="$(printf '%01300d' 0)"
	wire_after
	equal "frames" "$SENT" 3
	equal $counter "$(delta gwa dev.$counter)" "$SENT"
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 0
	equal delivered "$DELIVERED" 1
	equal "packets that the SA counts" \
		"$(delta gwa "sa.$SPI_BA.packets")" 1
	no_errors
	wire_good
	# The ESP header itself is in two fragments.
	wire_before
	SEQ=$((SEQ + 1))
	wire seq=$SEQ frag=8
	wire_after
	equal $counter "$(delta gwa dev.$counter)" "$SENT"
	equal delivered "$DELIVERED" 1
	wire_good data=x
}

case_fragments-4() {
	tunnel
	fragments
}

case_fragments-6() {
	tunnel outer=6 inner=6 esn=yes
	fragments
}

case_fragments-natt() {
	tunnel natt=yes
	fragments
}

run_tests "$@"
