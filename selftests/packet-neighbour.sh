#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packet mode makes the Ethernet header by the neighbour of the next hop itself.
# Nothing is lost, counted twice or taken for clear text while that is stale,
# that is for five seconds until the kernel asks for it, or not there yet.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb
#
# A case is the state of the neighbour, and what kind of SA, see matrix.sh.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
OFFLOAD=packet
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=()
for state in stale unknown; do
	for family in 4 6; do
		CASES+=("$state-transport-$family" "$state-transport-$family-natt"
			"$state-tunnel-$family" "$state-tunnel-$family-natt")
	done
done

setup() {
	require ping
	gateways one
}

# forget STATE: makes that the state of gwa's neighbour gwb.
forget() {
	local addr=${GWB[${T[outer]}]}

	if [ "$1" = unknown ]; then
		ipn gwa neigh del "$addr" dev esp0
	else
		ipn gwa neigh replace "$addr" dev esp0 nud stale lladdr \
			"$(ipn gwb -br link show dev eth0 | awk '{ print $3 }')"
	fi
}

run_case() {
	local state mode family natt

	IFS=- read -r state mode family natt <<<"$1"
	tunnel mode="$mode" outer="$family" inner="$family" \
		natt="$([ -n "$natt" ] && echo yes || echo no)"
	tunnel_up
	settle_first
	forget "$state"
	ping_ok "$CLIENT" "$TARGET"
	settle after
	agree gwa
	equal "frames sent by the lower device" "$(delta gwa eth0.tx)" \
		"$(($(delta gwa dev.tx_ipsec) + $(delta gwa dev.tx_passed)))"
}

run_tests "$@"
