#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The replay window of an inbound SA goes with it when it is moved: what was
# received before is refused in the new place, what was not is not.
#
#	gwa (espsimd) ======== packets made by hand

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-wire.sh
. "$(dirname -- "$0")/lib-wire.sh"

CASES=(small ring esn esn-wrap transport-6)

setup() {
	require espsimd
	wire_setup
}

# sends SEQ: one packet.
sends() {
	wire_before
	wire seq="$1"
	wire_after
}

passes() {
	sends "$1"
	equal "delivered of $1 in $WAY" "$DELIVERED" 1
}

refused() {
	sends "$1"
	equal "delivered of $1 in $WAY" "$DELIVERED" 0
	equal "refused of $1 in $WAY" \
		"$(delta gwa xfrm.XfrmInStateSeqError)" 1
}

# around TOP STEP KEY=VALUE...: every STEPth number passes once, and no more,
# wherever the SA is.
around() {
	local top=$1 step=$2 way low
	shift 2

	tunnel dev='' "$@"
	low=$((top & 0xffffffff))
	T[inx]="replay-seq $low"
	[ "${T[esn]}" = no ] || T[inx]+=" replay-seq-hi $((top >> 32))"
	wire_start
	poll 5 wire_settled
	WAY=generic
	passes $((top += step))
	for way in crypto packet generic packet crypto generic; do
		if [ $way = generic ]; then
			on gwa espsimd sa generic spi "$SPI_BA"
		else
			on gwa espsimd sa offload $way dev esp0 spi "$SPI_BA"
		fi
		WAY=$way
		refused $top
		passes $((top += step))
		# One that was left out may still come, once.
		passes $((top - 1))
		refused $((top - 1))
		refused $((top - step))
	done
}

case_small() {
	around 0 3 window=32
}

case_ring() {
	around 100000 50 window=1024
}

case_esn() {
	around 1000 1000 window=4096 esn=yes
}

case_esn-wrap() {
	around $((0x100000000 - 12)) 4 window=128 esn=yes
}

case_transport-6() {
	around 0 5 window=64 mode=transport outer=6
}

run_tests "$@"
