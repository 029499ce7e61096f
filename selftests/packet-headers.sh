#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What encapsulation and decapsulation do to the fields of IP headers (RFC 4301,
# section 5.1.2, and RFC 6040): the same packets go through a tunnel of the stack
# and through one in packet offload mode, and come out with the same headers.
#
#	hosta ---- gwa (espsimd) ======== gwb ---- hostb
#	  wire.py: clear text     captured
#	  captured                wire.py: ESP

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
OFFLOAD=packet
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-wire.sh
. "$(dirname -- "$0")/lib-wire.sh"

CASES=(encap-4-4 encap-6-4 encap-4-6 encap-6-6 encap-natt encap-noecn
	encap-no-dscp encap-no-dscp-6 encap-nopmtudisc encap-transport-4
	encap-transport-6 decap-4-4 decap-6-4 decap-4-6 decap-6-6 decap-natt
	decap-noecn decap-noecn-6 decap-dscp decap-dscp-6 decap-both)

setup() {
	require_python cryptography
	gateways one
	on hosta traffic sink $PORT /dev/null
}

# capture NAME DEV PROTOCOL: headers of what comes in there, in $WORK/bg.$CAPTURE.
capture() {
	bg "$1" python3 "$SELFTESTS/headers.py" "$2" "$3"
	CAPTURE=$BG
	poll 20 grep -q ready "$WORK/bg.$CAPTURE"
}

# captured FILE COUNT: so many headers have come, which are put into the file.
captured() {
	poll 20 captured_lines "$2"
	bg_end "$CAPTURE"
	sed 1d "$WORK/bg.$CAPTURE" >"$1"
	equal "packets captured" "$(wc -l <"$1")" "$2"
}

captured_lines() {
	[ "$(wc -l <"$WORK/bg.$CAPTURE")" -gt "$1" ]
}

# lan_wire ISRC IDST: starts wire.py at hosta for clear text to gwa.
lan_wire() {
	local mac

	mac=$(ipn gwa -br link show dev lan0 | awk '{ print $3 }')
	coproc WIRE {
		exec ip netns exec "$(n hosta)" python3 "$SELFTESTS/wire.py" \
			lan0 dmac="$mac" smac=02:00:00:00:00:03 src="$1" \
			dst="$2" natt=9,9 raw=00112233445566778899
	}
	echo "$WIRE_PID" >>"$WORK/pids"
}

# encapsulated FILE TUNNEL...: what gwb gets of packets of all kinds.
encapsulated() {
	local file=$1 tos ttl flow df count=0
	shift
	tunnel "$@"
	tunnel_up
	ping_ok gwa "${GWB[${T[outer]}]}" -c 1
	ipn gwb xfrm state flush
	ipn gwb xfrm policy flush
	capture gwb eth0 "$([ "${T[natt]}" = no ] && echo 50 || echo 17)"
	lan_wire "${HOSTA[${T[inner]}]}" "${HOSTB[${T[inner]}]}"
	for ((tos = 0; tos < 256; tos += tos < 8 ? 1 : 7)); do
		for df in 0 1; do
			wire tos=$tos df=$df
			count=$((count + 1))
		done
	done
	for tos in 0 1 2 3 0xb8 0xbb; do
		for ttl in 2 64 255; do
			for flow in 0 1 0xfffff 0x12345; do
				wire tos=$tos ttl=$ttl flow=$flow
				count=$((count + 1))
			done
		done
	done
	captured "$file" $count
	wire_end
}

# same_encap TUNNEL...: by the stack and by the device.
same_encap() {
	encapsulated "$WORK/stack" dev='' "$@"
	snap before gwa
	encapsulated "$WORK/device" "$@"
	snap after gwa
	at_least "packets that the device sent" "$(delta gwa dev.tx_ipsec)" \
		"$(wc -l <"$WORK/device")"
	if [ "${NO_DF:-no}" = yes ]; then
		lacks "headers" "$(<"$WORK/device")" 'df 1'
		sed -i 's/df 1/df 0/' "$WORK/stack"
	fi
	same
	at_least "headers that differ from each other" \
		"$(sort -u "$WORK/device" | wc -l)" "${DISTINCT:-20}"
}

same() {
	# shellcheck disable=SC2016 # The dollars are awk's.
	paste -d '|' "$WORK/stack" "$WORK/device" |
		awk -F '|' '$1 != $2' >"$WORK/diff"
	if [ -s "$WORK/diff" ]; then
		head -n 20 "$WORK/diff"
		fail "stack | device differ in $(wc -l <"$WORK/diff") of" \
			"$(wc -l <"$WORK/stack") headers"
	fi
}

run_case() {
	local what outer inner

	IFS=- read -r what outer inner <<<"$1"
	same_"$what" outer="$outer" inner="$inner"
}

# IPv6 packets that every link has to carry may be cut below (RFC 2473, section
# 7.2). The stack means to do so, too, but forgets what the packet was.
case_encap-4-6() {
	NO_DF=yes same_encap inner=6
}

case_encap-natt() {
	same_encap natt=yes
}

case_encap-noecn() {
	same_encap outx='flag noecn'
	same_encap outx='flag noecn' outer=6 inner=6
}

case_encap-no-dscp() {
	DISTINCT=4 same_encap outx='extra-flag dont-encap-dscp'
}

case_encap-no-dscp-6() {
	DISTINCT=4 same_encap outx='extra-flag dont-encap-dscp' outer=6 inner=6
	DISTINCT=3 same_encap outx='extra-flag dont-encap-dscp' outer=6
}

case_encap-nopmtudisc() {
	same_encap outx='flag nopmtudisc'
}

# transport_sent FILE TUNNEL...: what gwb gets of pings of gwa.
transport_sent() {
	local file=$1 tos ttl
	shift
	tunnel mode=transport "$@"
	tunnel_down
	ping_ok gwa "${GWB[${T[outer]}]}" -c 1
	tunnel_up
	ipn gwb xfrm state flush
	ipn gwb xfrm policy flush
	capture gwb eth0 50
	for tos in 0 1 2 3 40 184 187; do
		for ttl in 1 64 255; do
			on gwa ping -n -q -c 1 -W 0.01 -Q $tos -t $ttl \
				"${GWB[${T[outer]}]}" >/dev/null || true
		done
	done
	captured "$file" 21
}

same_transport() {
	transport_sent "$WORK/stack" dev='' "$@"
	transport_sent "$WORK/device" "$@"
	# A flow label of the host's own is as random as each socket.
	sed -i 's/flow 0x[0-9a-f]*/flow any/' "$WORK/stack" "$WORK/device"
	same
}

case_encap-transport-4() {
	same_transport
}

case_encap-transport-6() {
	same_transport outer=6
}

# decapsulated FILE TUNNEL...: what hosta gets of ESP with all kinds of headers.
decapsulated() {
	local file=$1 seq=0 tos itos
	shift
	tunnel "$@"
	wire_start
	ping_ok gwa "${HOSTA[${T[inner]}]}" -c 1
	capture hosta lan0 17
	for tos in 0 1 2 3 0x28 0xb9 0xba 0xbb 0xff; do
		for itos in 0 1 2 3 0x28 0x2b 0x88 0x89 0x8a 0x8b 0xfc; do
			seq=$((seq + 1))
			wire seq=$seq tos=$tos itos=$itos ittl=$((2 + seq)) \
				ttl=$((255 - seq)) idf=$((seq % 2)) \
				iflow=$((seq * 5)) flow=$((seq * 3)) \
				idst="${HOSTA[${T[inner]}]}"
		done
	done
	captured "$file" $seq
	wire_end
}

same_decap() {
	decapsulated "$WORK/stack" dev='' "$@"
	snap before gwa
	decapsulated "$WORK/device" "$@"
	snap after gwa
	at_least "packets that the device opened" \
		"$(delta gwa dev.rx_ipsec)" "$(wc -l <"$WORK/device")"
	same
	at_least "headers that differ from each other" \
		"$(sort -u "$WORK/device" | wc -l)" 90
}

case_decap-natt() {
	same_decap natt=yes
}

case_decap-noecn() {
	same_decap inx='flag noecn'
}

case_decap-noecn-6() {
	same_decap inx='flag noecn' outer=6 inner=6
	same_decap inx='flag noecn' inner=6
}

case_decap-dscp() {
	same_decap inx='flag decap-dscp'
	same_decap inx='flag decap-dscp' outer=6
}

case_decap-dscp-6() {
	same_decap inx='flag decap-dscp' outer=6 inner=6
	same_decap inx='flag decap-dscp' inner=6
}

case_decap-both() {
	same_decap inx='flag decap-dscp noecn'
}

run_tests "$@"
