#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every engine setting of a device: those that the machine has do all of the
# work, the others are refused, and switching under traffic loses nothing.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(auto avx512 avx2 aesni generic switching switching-esn unknown
	needs-admin)

setup() {
	require ping jq espsimd
	gateways one
	on gwa espsimd -j dev show esp0
}

# dev_field FILTER: of what the command says about the device.
dev_field() {
	on gwa espsimd -j dev show esp0 | jq -r ".[0].$1"
}

usable() {
	dev_field '"engine-usable"[]' | grep -qx "$1"
}

run_case() {
	local engine=$1 active

	tunnel esn=yes inner=6
	tunnel_up
	if [ "$engine" != auto ] && ! usable "$engine"; then
		refuses "$engine"
		return 0
	fi
	on gwa espsimd dev set esp0 engine "$engine"
	equal "engine that was set" "$(dev_field engine)" "$engine"
	active=$(dev_field '"engine-active"')
	if [ "$engine" = auto ]; then
		matches "engine in use" "$active" '^(avx512|avx2|aesni)$'
		usable "$active"
	else
		equal "engine in use" "$active" "$engine"
	fi
	equal "engine of the SAs" "$(on gwa espsimd -j sa show dev esp0 |
		jq -r '[.[]."engine-active"] | unique | join(" ")')" "$active"

	settle_first
	ping_ok hosta "$TARGET"
	on hosta traffic udp "$TARGET" $PORT 0 1300 7
	on hosta traffic tcp "$TARGET" $PORT "$(pick 4000000 500000)" \
		"$(pick 4000000 500000)"
	settle after
	ENGINE=$engine agree gwa
	on gwa espsimd dev set esp0 engine auto
}

# refuses ENGINE: one that the machine lacks, with a reason, and nothing changes.
refuses() {
	local answer was

	was=$(dev_field engine)
	answer=$(on gwa espsimd dev set esp0 engine "$1" 2>&1) &&
		fail "the engine $1 should have been refused"
	matches "answer" "$answer" '[a-z]+ .*[a-z]+'
	equal "engine after the refusal" "$(dev_field engine)" "$was"
	settle_first
	ping_ok hosta "$TARGET"
	settle after
	agree gwa
}

# switch_under_traffic: changes the engine while datagrams and a transfer are
# on their way, each of which is checked.
switch_under_traffic() {
	local engine engines=() rounds=0 udp tcp

	tunnel "$@"
	tunnel_up
	settle_first
	mapfile -t engines < <(dev_field '"engine-usable"[]' | grep -vx auto)
	at_least "number of usable engines" ${#engines[@]} 2
	bg hosta traffic tcp "$TARGET" $PORT "$(pick 60000000 3000000)" \
		"$(pick 60000000 3000000)"
	tcp=$BG
	bg hosta traffic udp "$TARGET" $PORT 0 1300 1
	udp=$BG
	while kill -0 "$tcp" 2>/dev/null || [ $rounds -lt 5 ]; do
		for engine in "${engines[@]}"; do
			on gwa espsimd dev set esp0 engine "$engine"
		done
		rounds=$((rounds + 1))
	done
	wait "$tcp" || fail "TCP: $(<"$WORK/bg.$tcp")"
	wait "$udp" || fail "UDP: $(<"$WORK/bg.$udp")"
	echo "$rounds rounds of ${engines[*]}"
	on gwa espsimd dev set esp0 engine auto
	settle after
	at_least tx_simd "$(delta gwa dev.tx_simd)" 1
	at_least tx_fallback "$(delta gwa dev.tx_fallback)" 1
	at_least rx_fallback "$(delta gwa dev.rx_fallback)" 1
	equal "tx_ipsec and the SA's sequence number" \
		"$(delta gwa dev.tx_ipsec)" "$(delta gwa "sa.$SPI_AB.oseq")"
	equal "the peer's SA and what was sent" \
		"$(delta gwb "sa.$SPI_AB.packets")" "$(delta gwa dev.tx_ipsec)"
	equal "rx_ipsec and what the peer sent" \
		"$(delta gwa dev.rx_ipsec)" "$(delta gwb "sa.$SPI_BA.oseq")"
	no_errors
}

case_switching() {
	switch_under_traffic
}

case_switching-esn() {
	switch_under_traffic esn=yes outer=6 inner=6 key=256
}

case_unknown() {
	refute on gwa espsimd dev set esp0 engine sse
	refute on gwa espsimd dev set esp0 engine
	refute on gwa espsimd dev set lo engine auto
	refute on gwa espsimd dev set nothere engine auto
	equal "engine" "$(dev_field engine)" auto
}

case_needs-admin() {
	require setpriv
	refute on gwa setpriv --bounding-set -net_admin --inh-caps -net_admin \
		espsimd dev set esp0 engine generic
	equal "engine" "$(dev_field engine)" auto
}

run_tests "$@"
