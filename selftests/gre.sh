#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# GRE in transport mode, as between routers that speak a routing protocol over
# the tunnel: the policies are for GRE alone, and what it carries is forwarded.
#
#	hosta ---- gwa (espsimd) == ESP of GRE == gwb (stock) ---- hostb
#
# A case is the kind of the tunnel, the family of the gateways, and "csum", "seq"
# for what its header has besides; a numbered tunnel is one that nothing may cut.
# Everything of it has to be done by the SIMD engine, and large packets have to
# stay large for as long as they can: a tunnel in which each packet goes alone,
# or in which TCP sends everything twice, works as well, but at a crawl. Of
# tunnels with a checksum stock kernels lose large packets in any case, with
# their own ESP too, so TCP has to send these again.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-throughput.sh
. "$(dirname -- "$0")/lib-throughput.sh"

CASES=(gre-4 gre-6 gretap-4 gretap-6 gre-4-csum gre-6-csum gre-4-seq gre-4-esn
	gre-6-esn gre-4-natt gre-6-natt gretap-4-natt throughput)

# What fits into the wire with every header that a case has, and with padding.
MTU=1376
declare -A NEAR=([4]=192.168.9.1 [6]=2001:db8:9::1)
declare -A FAR=([4]=192.168.9.2 [6]=2001:db8:9::2)

setup() {
	require ping
	gateways one
	on hostb ordered receive 5555
	on hosta ordered receive 5555
}

reset() {
	local name

	for name in gwa gwb; do
		ipn $name link del gre1 2>/dev/null || true
	done
}

# gre_words NAME KIND OPTION...: what `ip link add` is told in a gateway.
gre_words() {
	local kind=$2 words here=GWA there=GWB o=${T[outer]}

	if [ "$1" = gwb ]; then
		here=GWB there=GWA
	fi
	local -n from=$here to=$there
	shift 2
	[ "$o" = 4 ] || kind=ip6$kind
	words="gre1 mtu $MTU type $kind local ${from[$o]} remote ${to[$o]}"
	[ "$o" = 4 ] || words+=" encaplimit none"
	echo "link add $words $*"
}

# gre_up KIND OPTION...: a tunnel between the gateways, which the traffic of the
# hosts goes by.
gre_up() {
	gre_words gwa "$@" | ipb gwa
	gre_words gwb "$@" | ipb gwb
	ipb gwa <<-EOF
		link set gre1 up
		addr add ${NEAR[4]}/24 dev gre1
		addr add ${NEAR[6]}/64 dev gre1 nodad
		route replace ${NETB[4]} via ${FAR[4]}
		route replace ${NETB[6]} via ${FAR[6]}
	EOF
	ipb gwb <<-EOF
		link set gre1 up
		addr add ${FAR[4]}/24 dev gre1
		addr add ${FAR[6]}/64 dev gre1 nodad
		route replace ${NETA[4]} via ${NEAR[4]}
		route replace ${NETA[6]} via ${NEAR[6]}
	EOF
}

# retransmitted: segments that the hosts have sent again so far.
retransmitted() {
	local name

	for name in hosta hostb; do
		# shellcheck disable=SC2016 # The dollars are awk's.
		on $name awk '$1 == "Tcp:" && $13 ~ /^[0-9]+$/ { print $13 }' \
			/proc/net/snmp
	done | awk '{ sum += $1 } END { print sum }'
}

# small FAMILY: single packets of every kind of the hosts.
small() {
	ping_ok hosta "${HOSTB[$1]}"
	on hosta traffic udp "${HOSTB[$1]}" $PORT 0 64 1
	on hosta traffic udp "${HOSTB[$1]}" $PORT 1250 1480 1 whole
	on hosta ordered send "${HOSTB[$1]}" 5555 "$(pick 4000 400)" 1200 32
	on hostb ordered send "${HOSTA[$1]}" 5555 "$(pick 4000 400)" 1200 32
}

BYTES=$(pick 8000000 1000000)

# bulk FAMILY [alone|again]: TCP, of which little may be sent again, unless told
# so. Unless packets go alone, they are large on their way to the device. What is
# left to the stack it cuts first.
bulk() {
	local sent again wire

	again=$(retransmitted)
	settle before
	on hosta traffic tcp "${HOSTB[$1]}" $PORT "$BYTES" "$BYTES"
	settle after
	again=$(($(retransmitted) - again))
	agree gwa
	wire=$(delta gwa "sa.$SPI_AB.oseq")
	echo "IPv$1: $wire packets from $(delta gwa lan0.rx), $again sent again;" \
		"$(delta gwa dev.rx_ipsec) became $(delta gwa lan0.tx)"
	[ "${2:-}" = again ] || [ $((again * 100)) -lt "$wire" ] ||
		fail "$again of $wire sent again"
	[ -z "${2:-}" ] && [ "${T[tx]}" = device ] || return 0

	sent=$(delta gwa "sa.$SPI_AB.packets")
	if packet_mode; then
		sent=$(delta gwa lan0.rx)
	fi
	[ $((sent * 2)) -lt "$wire" ] ||
		fail "$sent packets became $wire on the wire"
}

run_case() {
	local kind outer rest esn=no natt=no expect='' options=() family

	IFS=- read -r kind outer rest <<<"$1"
	case $rest in
	esn) esn=yes ;;
	natt) natt=yes ;;
	csum) options=(csum) expect=again ;;
	seq) options=(key 7 seq) expect=alone ;;
	esac
	tunnel mode=transport outer="$outer" proto=gre esn=$esn natt=$natt
	tunnel_up
	gre_up "$kind" "${options[@]}"
	for family in 4 6; do
		ping_ok hosta "${HOSTB[$family]}" -c 1
		settle before
		small $family
		settle after
		agree gwa
		bulk $family $expect
	done
}

case_throughput() {
	as_fast_as_stock 47 gre_up gre
}

run_tests "$@"
