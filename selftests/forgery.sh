#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that are not authentic, and ones that come twice: dropped, counted by
# the device and in the XFRM statistics, without harm to the packets after them.
#
#	gwa (espsimd) ======== packets made by hand

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-wire.sh
. "$(dirname -- "$0")/lib-wire.sh"

CASES=(control wrong-key wrong-salt each-byte each-byte-icv8 each-byte-icv12
	each-byte-esn each-byte-natt each-byte-6 wrong-iv wrong-esn-high
	window-kept replay-32 replay-64 replay-128 replay-1024 replay-4096
	replay-esn generic-engine)

setup() {
	wire_setup
}

# forged N: N packets were found not authentic, and nothing else happened.
forged() {
	equal "packets not authentic" "$(not_authentic)" "$1"
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 0
	equal "XFRM counters" "$(xfrm_moved)" "XfrmInStateProtoError=$1"
	equal "failures that the SA counts" \
		"$(delta gwa "sa.$SPI_BA.failed")" "$1"
	equal "packets that the SA counts" \
		"$(delta gwa "sa.$SPI_BA.packets")" 0
	equal delivered "$DELIVERED" 0
}

case_control() {
	tunnel
	wire_start
	wire_good
	wire_good data=a
	wire_good data="$(printf '%01200d' 0)"
}

case_wrong-key() {
	tunnel
	wire_start
	wire_good
	wire_before
	wire seq=2 key="$(key_hex 128 3)"
	wire_after
	forged 1
	wire_good
}

case_wrong-salt() {
	local key

	tunnel
	wire_start
	key=$(key_hex 128 2)
	wire_before
	wire seq=1 key="${key%??}00"
	wire_after
	forged 1
	wire_good
}

# each_byte: a packet is sent once for every byte of it, with a bit of that
# byte flipped. The first four bytes are the SPI: such packets have no SA. What
# of UDP has none may be anything, so the device says nothing about it.
each_byte() {
	local unknown=rx_no_sa

	[ "${T[natt]}" = no ] || unknown=rx_passed
	wire_start
	wire_good
	wire_before
	wire seq=7 flip=each
	wire_after
	equal $unknown "$(delta gwa dev.$unknown)" 4
	equal "packets not authentic" "$(not_authentic)" $((SENT - 4))
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 0
	equal "XFRM counters" "$(xfrm_moved)" \
		"XfrmInNoStates=4 XfrmInStateProtoError=$((SENT - 4))"
	equal delivered "$DELIVERED" 0
	wire_good
}

case_each-byte() {
	tunnel
	each_byte
}

case_each-byte-icv8() {
	tunnel icv=64
	each_byte
}

case_each-byte-icv12() {
	tunnel icv=96 key=256
	each_byte
}

case_each-byte-esn() {
	tunnel esn=yes
	each_byte
}

case_each-byte-natt() {
	tunnel natt=yes
	each_byte
}

case_each-byte-6() {
	tunnel outer=6 inner=6
	each_byte
}

# The IV is not the sequence number on the wire of other implementations: any
# IV that was sealed with is good, and any other is not.
case_wrong-iv() {
	tunnel
	wire_start
	wire_good iv=0123456789abcdef
	wire_good iv=ffffffffffffffff
	wire_before
	wire seq=3 flip=8
	wire seq=3 flip=15
	wire_after
	forged 2
	wire_good
}

# Sealed for other high bits of the sequence number than the window says.
case_wrong-esn-high() {
	tunnel esn=yes
	wire_start
	wire_good
	wire_before
	wire seq=0x100000002
	wire_after
	forged 1
	wire_good
}

# A forgery from far ahead must not move the replay window.
case_window-kept() {
	tunnel window=32
	wire_start
	wire_good
	wire_before
	wire seq=100000 flip=-1
	wire_after
	forged 1
	wire_good
}

# replay_with WINDOW: packets are good once in any order within the window.
replay_with() {
	local window=$1 top seq

	wire_start
	top=$((window + 50))
	SEQ=$((top - 1))
	wire_good

	# The same again, then the oldest that still fits, and that again.
	for seq in $top $((top - window + 1)); do
		wire_before
		[ "$seq" = "$top" ] || wire seq="$seq"
		wire seq="$seq" copies=3
		wire_after
		equal "delivered of $seq" "$DELIVERED" $((seq != top))
		equal "XFRM counters" "$(xfrm_moved)" "XfrmInStateSeqError=3"
		equal "replays that the SA counts" \
			"$(delta gwa "sa.$SPI_BA.replay")" 3
	done

	# Before the window, and zero, which is never sent.
	for seq in $((top - window)) 1 0; do
		wire_before
		wire seq="$seq"
		wire_after
		equal "delivered of $seq" "$DELIVERED" 0
		equal "XFRM counters" "$(xfrm_moved)" "XfrmInStateSeqError=1"
	done

	wire_good
}

case_replay-32() {
	tunnel window=32
	replay_with 32
}

case_replay-64() {
	tunnel window=64
	replay_with 64
}

case_replay-128() {
	tunnel window=128
	replay_with 128
}

case_replay-1024() {
	tunnel window=1024
	replay_with 1024
}

case_replay-4096() {
	tunnel window=4096
	replay_with 4096
}

# With extended numbers what is before the window is taken for one of the next
# cycle, and so is not authentic.
case_replay-esn() {
	tunnel esn=yes window=64
	wire_start
	SEQ=999
	wire_good
	wire_before
	wire seq=1000 copies=5
	wire_after
	equal delivered "$DELIVERED" 0
	equal "XFRM counters" "$(xfrm_moved)" "XfrmInStateSeqError=5"
	wire_before
	wire seq=900
	wire_after
	forged 1
	wire_good
}

case_generic-engine() {
	require espsimd
	tunnel
	on gwa espsimd dev set esp0 engine generic
	each_byte
	wire_before
	wire seq=$SEQ copies=2
	wire_after
	equal "XFRM counters" "$(xfrm_moved)" "XfrmInStateSeqError=2"
	on gwa espsimd dev set esp0 engine auto
	wire_good
}

run_tests "$@"
