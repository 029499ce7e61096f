#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The replay window in packet offload mode, which the device keeps together with
# the stack: its edges, jumps, the cases of RFC 4303, appendix A2, for extended
# numbers, and packets that come a second time by a way on which the stack
# decrypts them itself. The cases named reference-... have the stack alone do the
# same, so that it says what is right.
#
#	gwa (espsimd) ======== packets made by hand

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
OFFLOAD=packet
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-wire.sh
. "$(dirname -- "$0")/lib-wire.sh"

KINDS=(edges-32 edges-64 edges-1024 edges-4096 jump esn-edges-64
	esn-edges-4096 esn-a esn-b esn-wrap esn-low-zero)
CASES=("${KINDS[@]}" fragments fragments-6 options other-way-first
	other-way-esn edges-6 edges-natt edges-transport bursts)
for kind in "${KINDS[@]}"; do
	CASES+=("reference-$kind")
done

setup() {
	wire_setup
}

# start KEY=VALUE...: a tunnel whose inbound SA has the replay window's top at
# $TOP, 0 if not set. REFERENCE=yes is one without offload.
start() {
	local top=${TOP:-0} words

	if [ "${REFERENCE:-no}" = yes ]; then
		set -- dev='' "$@"
	fi
	tunnel "$@"
	if [ "$top" != 0 ]; then
		words="replay-seq $((top & 0xffffffff))"
		[ "${T[esn]}" = no ] || words+=" replay-seq-hi $((top >> 32))"
		T[inx]=$words
	fi
	wire_start
	poll 5 wire_settled
}

# sends SEQ [WORD...]: sets MOVED to what the XFRM statistics say.
sends() {
	local seq=$1
	shift
	wire_next
	wire seq="$seq" "$@"
	wire_after
	MOVED=$(xfrm_moved)
}

# sa_counts FIELD N: the SA counted so many more.
sa_counts() {
	equal "$1 that the SA counts" "$(delta gwa "sa.$SPI_BA.$1")" "$2"
}

# passes SEQ [WORD...]: the packet is delivered, and the SA says so.
passes() {
	sends "$@"
	equal "delivered of $1" "$DELIVERED" 1
	sa_counts packets 1
	no_errors
}

# refused FIELD SEQ [WORD...]: the packet is not delivered, and the SA says why.
refused() {
	local field=$1
	shift
	sends "$@"
	equal "delivered of $1" "$DELIVERED" 0
	equal "XFRM counters for $1" "$MOVED" \
		"XfrmInStateSeqError=${COPIES:-1}"
	sa_counts "$field" "${COPIES:-1}"
	sa_counts packets 0
}

# replayed SEQ [WORD...]: it came before.
replayed() {
	refused replay "$@"
}

# too_old SEQ [WORD...]: it is before the window.
too_old() {
	refused outside "$@"
}

# never_sent: zero, which the SA counts as neither.
never_sent() {
	sends 0
	equal "delivered of zero" "$DELIVERED" 0
	equal "XFRM counters for zero" "$MOVED" XfrmInStateSeqError=1
	sa_counts packets 0
}

# forged SEQ [WORD...]: the packet is taken for one with another high half, and
# so is not authentic.
forged() {
	sends "$@"
	equal "delivered of $1" "$DELIVERED" 0
	equal "XFRM counters for $1" "$MOVED" XfrmInStateProtoError=1
	sa_counts failed 1
	sa_counts packets 0
}

# top_is NUMBER: the window's top that the SA shows.
top_is() {
	local high

	snap top gwa
	high=$(val top gwa "sa.$SPI_BA.seq-hi")
	equal "top of the window" \
		$((high << 32 | $(val top gwa "sa.$SPI_BA.seq"))) $(($1))
}

# edges WINDOW: without extended numbers.
edges() {
	local window=$1 top

	top=$((window * 2))
	passes $((window / 2))
	passes $top
	replayed $top
	passes $((top - 1))
	passes $((top - window + 1))
	replayed $((top - window + 1))
	too_old $((top - window))
	too_old $((window / 2))
	too_old 1
	never_sent
	# One step on, and what was the oldest is too old.
	passes $((top - window + 2))
	passes $((top + 1))
	top_is $((top + 1))
	too_old $((top - window + 1))
	replayed $((top - window + 2))
	passes $((top - window + 3))
	# As far as the window is wide: nothing before it is left but the end.
	passes $((top + 1 + window - 1))
	replayed $((top + 1))
	passes $((top + 2))
	replayed $((top + 2))
	COPIES=3 replayed $((top + window)) copies=3
}

# Far ahead, and to the last number that there is.
jump() {
	start window=64
	passes 1
	passes 100000
	too_old 1
	too_old 99936
	passes 99937
	passes 0x7fffffff
	too_old 100001
	passes 0x7fffffc0
	passes 0xfffffffe
	passes 0xffffffff
	replayed 0xffffffff
	too_old 0xffffffbf
	passes 0xffffffc0
	top_is 0xffffffff
}

# What is before the window is one of the next 2^32, sealed otherwise.
esn_edges() {
	local window=$1 top

	top=$((window * 2))
	passes $top
	replayed $top
	passes $((top - window + 1))
	replayed $((top - window + 1))
	forged $((top - window))
	forged 1
	passes $((top + window))
	forged $((top))
	replayed $((top + window))
	top_is $((top + window))
}

# Case A: the window is inside of one cycle of the low half.
esn_a() {
	TOP=0x300001000 start esn=yes window=64
	passes 0x300001001
	passes 0x300000fc2
	forged 0x300000fc1
	forged 0x400001005
	forged 0x200001005
	replayed 0x300001001
	# Before the window in its low half: the next cycle.
	passes 0x400000fc1
	top_is 0x400000fc1
	forged 0x300001001
}

# Case B: the window reaches back into the cycle before.
esn_b() {
	TOP=0x300000005 start esn=yes window=64
	passes 0x300000006
	passes 0x2ffffffff
	replayed 0x2ffffffff
	passes 0x2ffffffc7
	replayed 0x2ffffffc7
	# One older, and low halves of other cycles.
	forged 0x2ffffffc6
	forged 0x3fffffff0
	forged 0x400000000
	passes 0x300000000
	replayed 0x300000000
	passes 0x300000040
	replayed 0x300000006
	forged 0x2ffffffff
	passes 0x300000001
	top_is 0x300000040
}

# The low half goes through its end, packet by packet and by a jump.
esn_wrap() {
	local seq

	TOP=0xfffffff0 start esn=yes window=1024
	for seq in 0xfffffff1 0xffffffff 0xfffffffe 0x100000000 0x100000001; do
		passes $seq
	done
	for seq in 0xfffffff1 0xffffffff 0x100000000; do
		replayed $seq
	done
	passes 0xfffffff2
	top_is 0x100000001
	passes 0x180000000
	passes 0x1fffffff0
	passes 0x200000010
	replayed 0x1fffffff0
	passes 0x1fffffff1
	forged 0x1fffff000
	top_is 0x200000010
}

# Zero is a number like others, but in the first cycle.
esn_low_zero() {
	start esn=yes window=64
	passes 1
	never_sent
	TOP=0x1fffffffe start esn=yes window=64
	passes 0x200000000
	replayed 0x200000000
	passes 0x1ffffffff
	top_is 0x200000000
}

kind() {
	case $1 in
	esn-edges-*)
		start esn=yes window="${1##*-}"
		esn_edges "${1##*-}"
		;;
	edges-*)
		start window="${1#*-}"
		edges "${1#*-}"
		;;
	*)
		"${1//-/_}"
		;;
	esac
}

run_case() {
	if [[ $1 == reference-* ]]; then
		REFERENCE=yes
	fi
	kind "${1#reference-}"
	if [ -n "${T[dev]}" ]; then
		snap end gwa
		at_least "packets that the device opened" \
			"$(val end gwa dev.rx_ipsec)" 1
	fi
}

case_edges-6() {
	start outer=6 inner=6 window=64
	edges 64
}

case_edges-natt() {
	start natt=yes window=64
	edges 64
}

case_edges-transport() {
	start mode=transport window=64
	edges 64
}

# Packets that the device has let pass do not pass again when they come in
# pieces, or with options, which is for the stack.
again_as() {
	passes 100
	replayed 100 "$@"
	passes 101 "$@"
	replayed 101
	passes 200
	replayed 200 "$@"
	replayed 101 "$@"
	passes 150 "$@"
	passes 151
	top_is 200
}

case_fragments() {
	start window=1024
	again_as frag=24
}

case_fragments-6() {
	start window=1024 outer=6 inner=6
	again_as frag=24
}

case_options() {
	start window=1024
	again_as opts=01010101
}

# The stack opens the first, and the device looks at the rest.
case_other-way-first() {
	local seq

	start window=64
	for seq in 1 3 70 71; do
		passes $seq opts=01010101
		replayed $seq
	done
	too_old 7
	passes 8
	passes 72
	top_is 72
}

case_other-way-esn() {
	TOP=0xfffffff0 start esn=yes window=64
	passes 0xfffffff5 frag=24
	replayed 0xfffffff5
	passes 0x100000005 opts=01010101
	replayed 0x100000005
	passes 0xfffffffa
	replayed 0xfffffffa frag=24
	passes 0x100000006
	replayed 0x100000006 opts=01010101
	top_is 0x100000006
}

# Twice the same within one burst: only the first passes.
case_bursts() {
	local seq

	start window=1024
	SEQ=0
	wire_before
	for seq in {1..40}; do
		wire seq="$seq" copies=5
	done
	wire_after
	equal delivered "$DELIVERED" 40
	equal "XFRM counters" "$(xfrm_moved)" XfrmInStateSeqError=160
	equal "replays that the SA counts" \
		"$(delta gwa "sa.$SPI_BA.replay")" 160
	equal "packets that the SA counts" \
		"$(delta gwa "sa.$SPI_BA.packets")" 40
	top_is 40
}

run_tests "$@"
