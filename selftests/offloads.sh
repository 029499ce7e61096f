#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Segmentation, checksums, scatter-gather and GRO in every setting that users
# can make, on the espsimd device, below it, and at the hosts.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(gso-is-used gro-is-used udp-gso udp-gso-6 udp-gso-natt gso-off tso-off
	checksum-off sg-off gro-off esp-csum-off esp-gso-is-fixed
	lower-checksum-off lower-sg-off hosts-off)
# In packet mode there is nobody else who could do it, and the device does.
if ! packet_mode; then
	CASES+=(esp-offload-off)
fi

setup() {
	require ping
	gateways both
	on hostb ordered receive 5555
	on gwb ordered receive 5555
}

BYTES=$(pick 2000000 1000000)
# Enough for TCP to reach its full speed.
BULK=$(pick 8000000 1000000)

# exercise [TUNNEL...]: bulk traffic through a tunnel.
exercise() {
	tunnel esn=yes "$@"
	tunnel_up
	settle_first
	on "$CLIENT" traffic tcp "$TARGET" $PORT "$BYTES" "$BYTES"
	on "$CLIENT" traffic udp "$TARGET" $PORT 1000 1400 20 whole
	settle after
	agree gwa
	agree gwb
}

# exercise_all: both modes, both families.
exercise_all() {
	exercise inner=6
	exercise mode=transport
	slow || exercise outer=6
	slow || exercise mode=transport outer=6
}

# The SA sees large packets, the wire small ones. In packet mode the SA counts
# what is on the wire.
case_gso-is-used() {
	local large small

	BYTES=$BULK exercise
	large=$(delta gwa "sa.$SPI_AB.packets")
	if packet_mode; then
		large=$(delta gwa lan0.rx)
	fi
	small=$(delta gwa "sa.$SPI_AB.oseq")
	[ $((large * 3)) -lt "$small" ] ||
		fail "$large packets became $small on the wire"
}

# The hosts get large packets, made of many that came from the wire.
case_gro-is-used() {
	local large small

	BYTES=$BULK exercise
	large=$(delta gwa lan0.tx)
	small=$(delta gwa dev.rx_ipsec)
	[ $((large * 2)) -lt "$small" ] ||
		fail "$small packets from the wire became $large"
}

# The kernel does not segment UDP of sockets whose own route has a transformation,
# so this is for packets that hosts have given to a gateway.
udp_gso() {
	tunnel "$@"
	tunnel_up
	settle_first
	on "$CLIENT" ordered send "$TARGET" 5555 1000 1300 45 gso
	settle after
	agree gwa
	agree gwb
}

case_udp-gso() {
	udp_gso
}

case_udp-gso-6() {
	udp_gso outer=6 inner=6
}

case_udp-gso-natt() {
	udp_gso natt=yes
}

# with DEVS FEATURE VALUE COMMAND...: runs it with a feature set otherwise on
# these NAME:DEV.
with() {
	local devs=$1 feature=$2 value=$3 dev
	shift 3
	for dev in $devs; do
		is_on "$dev" "$feature" || skip "${dev#*:} has no $feature"
		set_feature "${dev%:*}" "${dev#*:}" "$feature" "$value"
	done
	"$@"
	for dev in $devs; do
		set_feature "${dev%:*}" "${dev#*:}" "$feature" \
			"$([ "$value" = off ] && echo on || echo off)"
	done
}

# is_on NAME:DEV FEATURE: also by the short names that ethtool has for some.
is_on() {
	local name=$2

	case $2 in
	gso) name=generic-segmentation-offload ;;
	tso) name=tcp-segmentation-offload ;;
	gro) name=generic-receive-offload ;;
	sg) name=scatter-gather ;;
	tx) name="tx-checksumming" ;;
	esac
	on "${1%:*}" ethtool -k "${1#*:}" | grep -q "^\s*$name: on"
}

ESPS='gwa:esp0 gwb:esp0'
LOWERS='gwa:eth0 gwb:eth0'
HOSTS='hosta:lan0 hostb:lan0'

case_gso-off() {
	with "$ESPS" gso off exercise_all
}

case_tso-off() {
	with "$ESPS" tso off exercise_all
}

case_checksum-off() {
	with "$ESPS" tx off exercise_all
}

case_sg-off() {
	with "$ESPS" sg off exercise_all
}

case_gro-off() {
	with "$ESPS" gro off exercise_all
}

case_esp-csum-off() {
	with "$ESPS" esp-tx-csum-hw-offload off exercise_all
}

# The stack would cut ESP in UDP wrongly, with or without a tunnel inside.
case_esp-gso-is-fixed() {
	local feature

	for feature in esp gre gre-csum udp_tnl udp_tnl-csum ipxip4 ipxip6; do
		matches features "$(on gwa ethtool -k esp0)" \
			"^[[:space:]]*tx-$feature-segmentation: on \[fixed\]$"
	done
}

# SAs that are added while the feature is off are for the stack.
case_esp-offload-off() {
	with "$ESPS" esp-hw-offload off esp_off
	exercise
}

esp_off() {
	tunnel
	tunnel_up
	settle_first
	on "$CLIENT" traffic tcp "$TARGET" $PORT 500000 500000
	on "$CLIENT" traffic udp "$TARGET" $PORT 1000 1400 20
	settle after
	equal "the peer's SA and what was sent" \
		"$(delta gwb "sa.$SPI_AB.packets")" \
		"$(delta gwa "sa.$SPI_AB.oseq")"
	no_errors
}

case_lower-checksum-off() {
	with "$LOWERS" tx off exercise_all
}

case_lower-sg-off() {
	with "$LOWERS" sg off exercise_all
}

case_hosts-off() {
	with "$HOSTS" tx off exercise
	with "$HOSTS" gso off exercise
	with "$HOSTS" gro off exercise
}

run_tests "$@"
