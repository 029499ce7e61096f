#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Both gateways have an espsimd device: what one seals the other one opens.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(tunnel-4-4 tunnel-4-6-esn tunnel-6-4 tunnel-6-6-esn transport-4-4-esn
	transport-6-6 tunnel-4-4-natt tunnel-6-6-esn-natt transport-4-4-esn-natt)

setup() {
	require ping
	gateways both
}

run_case() {
	local mode outer inner rest esn=no natt=no

	IFS=- read -r mode outer inner rest <<<"$1"
	[[ $rest != *esn* ]] || esn=yes
	[[ $rest != *natt* ]] || natt=yes
	tunnel mode="$mode" outer="$outer" inner="$inner" esn=$esn \
		natt=$natt key=256
	tunnel_up
	settle_first
	ping_ok "$CLIENT" "$TARGET"
	on "$CLIENT" traffic udp "$TARGET" $PORT 1300 1480 3 whole
	on "$CLIENT" traffic tcp "$TARGET" $PORT "$(pick 8000000 1000000)" \
		"$(pick 8000000 1000000)"
	settle after
	agree gwa
	agree gwb
}

run_tests "$@"
