#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# New SAs take the place of old ones under traffic, as IKE does it, and no
# packet is lost and none is counted wrong.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(make-before-break make-before-break-esn-6 to-stack-and-back)
# Policies of packet mode only find SAs of packet mode.
if packet_mode; then
	CASES=(make-before-break make-before-break-esn-6)
fi

setup() {
	require ping
	gateways both
	on hostb ordered receive 5555
}

# sa SIDE DIR ROUND: the words of the SA of that round.
sa() {
	T[gen]=$3
	sa_words "$1" "$2"
}

# identity SIDE DIR ROUND: of the SA, to delete it.
identity() {
	sa "$@" | sed 's/ reqid.*//'
}

rekey() {
	local round sender

	tunnel "$@"
	tunnel_up
	ipn gwa xfrm state flush
	ipn gwb xfrm state flush
	round=0
	both_inbound 0
	both_outbound 0
	settle_first
	bg hosta ordered send "$TARGET" 5555 "$(pick 300000 6000)" 1000 32
	sender=$BG
	while kill -0 "$sender" 2>/dev/null; do
		round=$((round + 1))
		both_inbound $round
		both_outbound $round
		# The stack may have old ones in its routes until they die.
		for side in a b; do
			echo "xfrm state delete $(identity $side out $((round - 1)))" |
				ipb gw$side
		done
		sleep 0.05
		for side in a b; do
			echo "xfrm state delete $(identity $side in $((round - 1)))" |
				ipb gw$side
		done
	done
	wait "$sender" || fail "after $round rounds: $(<"$WORK/bg.$sender")"
	echo "$round rounds"
	at_least rounds $round 2
	settle after
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" \
		"$(delta gwb dev.rx_ipsec)"
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" \
		"$(delta gwb dev.tx_ipsec)"
	at_least tx_simd "$(delta gwa dev.tx_simd)" 1000
	no_errors
	equal "SAs left" "$(ipn gwa xfrm state | grep -c 'crypto offload')" 2
}

both_inbound() {
	local side

	for side in a b; do
		echo "xfrm state add $(sa $side in "$1")" | ipb gw$side
	done
}

both_outbound() {
	local side

	for side in a b; do
		echo "xfrm state add $(sa $side out "$1")" | ipb gw$side
	done
}

case_make-before-break() {
	rekey
}

case_make-before-break-esn-6() {
	rekey esn=yes outer=6 inner=6 key=256
}

# An SA goes from the device to the stack and back by way of new ones.
case_to-stack-and-back() {
	local round

	tunnel
	tunnel_up
	ipn gwa xfrm state flush
	ipn gwb xfrm state flush
	for round in 0 1 2 3; do
		T[dev]=esp0
		[ $((round % 2)) = 0 ] || T[dev]=''
		both_inbound $round
		both_outbound $round
		if [ "$round" -gt 0 ]; then
			for side in a b; do
				echo "xfrm state delete $(identity $side out \
					$((round - 1)))" | ipb gw$side
			done
		fi
		settle_first
		on hosta ordered send "$TARGET" 5555 500 1000 32
		settle after
		if [ -n "${T[dev]}" ]; then
			at_least tx_ipsec "$(delta gwa dev.tx_ipsec)" 500
		else
			equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
		fi
		no_errors
	done
}

run_tests "$@"
