#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every kind of SA against the ESP of the stock kernel, with ping, with UDP of
# every size around the MTU, and with bulk TCP in both directions.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb
#
# A case is MODE, the family of the gateways, that of the hosts, "esn" for
# extended sequence numbers, "natt" for ESP in UDP. All of it has to be done by
# the SIMD engine, and everyone who counts packets has to agree.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=()
for esn in '' -esn; do
	for natt in '' -natt; do
		for outer in 4 6; do
			CASES+=("tunnel-$outer-4$esn$natt"
				"tunnel-$outer-6$esn$natt"
				"transport-$outer-$outer$esn$natt")
		done
	done
done

setup() {
	require ping
	gateways one
}

run_case() {
	local mode outer inner rest esn=no natt=no

	IFS=- read -r mode outer inner rest <<<"$1"
	[[ $rest != *esn* ]] || esn=yes
	[[ $rest != *natt* ]] || natt=yes
	tunnel mode="$mode" outer="$outer" inner="$inner" esn=$esn natt=$natt
	tunnel_up
	settle_first

	ping_ok "$CLIENT" "$TARGET"
	ping_ok "$CLIENT" "$TARGET" -s 1000
	on "$CLIENT" traffic udp "$TARGET" $PORT 0 64 1
	# Fragments that gateways make after ESP, and on Linux 7 also hosts' of
	# IPv6, are not for devices; fragments.sh is about the first kind.
	if [ "$mode$inner" = tunnel4 ]; then
		on hosta traffic udp "$TARGET" $PORT 1352 1480 1
	else
		on "$CLIENT" traffic udp "$TARGET" $PORT 1300 1480 1 whole
	fi
	settle after
	equal "packets that the SA counts" "$(delta gwa "sa.$SPI_AB.packets")" \
		"$(delta gwa "sa.$SPI_AB.oseq")"
	agree gwa

	if fragments_pass; then
		on "$CLIENT" traffic udp "$TARGET" $PORT 1352 1480 1
	fi
	settle before
	on "$CLIENT" traffic tcp "$TARGET" $PORT "$(pick 4000000 1000000)" \
		"$(pick 4000000 1000000)"
	settle after
	agree gwa
}

run_tests "$@"
