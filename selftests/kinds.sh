#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Keys, lengths of the integrity check value, replay windows and marks that SAs
# of the matrix do not have, and gateways that both have an espsimd device.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=()
for key in 128 192 256; do
	for icv in 64 96 128; do
		CASES+=("key$key-icv$icv")
	done
done
for window in 32 64 128 1024 4096; do
	CASES+=("window$window" "window$window-esn")
done
CASES+=(natt-gro natt-gro-6 output-mark mark-out mark-in mark-in-missing
	no-window other-port same-spi per-cpu xfrm-interface xfrm-interface-6)

setup() {
	require ping
	gateways one
}

reset() {
	local pref

	for pref in 100 101; do
		ipn gwa rule del pref $pref 2>/dev/null || true
	done
	ipn gwa route flush table 77 2>/dev/null || true
	on gwa tc qdisc del dev eth0 clsact 2>/dev/null || true
	on gwa nft flush ruleset 2>/dev/null || true
	ipn gwa addr del 198.51.100.9/24 dev esp0 2>/dev/null || true
	ipn gwa link del xfrm7 2>/dev/null || true
	ipn gwa route replace "${NETB[4]}" via "${GWB[4]}"
	ipn gwa route replace "${NETB[6]}" via "${GWB_NEAR}"
}

# exercise: traffic of all kinds through the tunnel of T, which is up.
exercise() {
	settle_first
	ping_ok "$CLIENT" "$TARGET"
	on "$CLIENT" traffic udp "$TARGET" $PORT 0 1300 13
	on "$CLIENT" traffic tcp "$TARGET" $PORT 300000 300000
	settle after
	agree gwa
}

run_case() {
	local esn=no

	case $1 in
	key*-icv*)
		tunnel key="${1:3:3}" icv="${1#*icv}"
		;;
	window*)
		[[ $1 != *-esn ]] || esn=yes
		tunnel window="$(tr -dc 0-9 <<<"$1")" esn=$esn
		;;
	esac
	tunnel_up
	exercise
}

# A socket that has UDP GRO on takes another way through the stack.
case_natt-gro() {
	tunnel natt=gro
	tunnel_up
	exercise
}

case_natt-gro-6() {
	tunnel natt=gro outer=6 inner=6 esn=yes
	tunnel_up
	exercise
}

# The mark that encrypted packets get: it may choose their route.
case_output-mark() {
	tunnel outx='output-mark 0x77'
	tunnel_up
	ipb gwa <<-EOF
		route add ${GWB[4]} dev esp0 table 77
		rule add pref 100 fwmark 0x77 table 77
		rule add pref 101 to ${GWB[4]} blackhole
	EOF
	exercise
}

# marking COMMAND...: runs it while what comes from hosta gets the mark 5.
marking() {
	require nft
	on gwa nft -f - <<-EOF
		table inet marks {
			chain pre {
				type filter hook prerouting priority -150;
				iifname lan0 meta mark set 5
			}
		}
	EOF
	"$@"
}

# An SA and a policy that only take packets with a mark.
case_mark-out() {
	local mark='mark 5 mask 0xff'
	local selector="src ${NETA[4]} dst ${NETB[4]}"
	local template="src ${GWA[4]} dst ${GWB[4]} proto esp reqid 1 mode tunnel"

	tunnel outx="$mark"
	tunnel_up
	ipb gwa <<-EOF
		xfrm policy delete $selector dir out
		xfrm policy add $selector dir out $mark $(policy_offload a) \
			tmpl $template
	EOF
	matches "SAs of gwa" "$(ipn gwa xfrm state)" 'mark 0x5/0xff'
	marking exercise
}

# with_mark_below VALUE COMMAND...: runs it while the lower device gives this
# mark to all that comes in.
with_mark_below() {
	local value=$1
	shift
	require tc
	on gwa tc qdisc add dev eth0 clsact
	on gwa tc filter add dev eth0 ingress matchall \
		action skbedit mark "$value" continue ||
		skip "needs tc's matchall and skbedit"
	"$@"
	on gwa tc qdisc del dev eth0 clsact
}

case_mark-in() {
	tunnel inx='mark 7 mask 0xff'
	tunnel_up
	with_mark_below 0x107 exercise
}

# Without its mark the SA does not exist, neither here nor in the stack.
mark_missing() {
	settle before
	on gwb ping -n -q -c 3 -i 0.01 -W 0.2 -I 203.0.113.1 "${HOSTA[4]}" &&
		fail "there was an answer"
	settle after
	equal rx_no_sa "$(delta gwa dev.rx_no_sa)" 3
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 0
	equal "XFRM counter" "$(delta gwa xfrm.XfrmInNoStates)" 3
}

case_mark-in-missing() {
	tunnel inx='mark 7 mask 0xff'
	tunnel_up
	mark_missing
	with_mark_below 8 mark_missing
	with_mark_below 7 exercise
}

# An inbound SA without a replay window.
case_no-window() {
	tunnel window=0
	tunnel_up
	exercise
}

# gwb uses another port than the usual one, as if behind a NAT.
case_other-port() {
	local side

	tunnel natt=yes
	tunnel_up
	on gwb natt 61234
	for side in a b; do
		ipn gw$side xfrm state flush
		for dir in out in; do
			echo "xfrm state add $(sa_words $side $dir)"
		done | sed "/spi $SPI_AB/s/4500 4500/4500 61234/
			/spi $SPI_BA/s/4500 4500/61234 4500/" | ipb gw$side
	done
	exercise
}

# Two SAs of the same SPI, for different addresses: both are found.
case_same-spi() {
	local other=198.51.100.9

	tunnel
	tunnel_up
	ipn gwa addr add $other/24 dev esp0
	sa_words a in | sed "s/dst ${GWA[4]}/dst $other/; s/0x49/0x4a/
		s/^/xfrm state add /" | ipb gwa
	exercise
}

# SAs for one processor (RFC 9611), as many as the gateway has, beside one for
# all of them.
case_per-cpu() {
	local nr

	[[ $(ip xfrm state help 2>&1) == *pcpu-num* ]] ||
		skip "needs an ip that knows pcpu-num"
	tunnel
	tunnel_up
	for ((nr = 0; nr < $(nproc); nr++)); do
		T[gen]=$((nr + 1))
		echo "xfrm state add $(sa_words a out) pcpu-num $nr" | ipb gwa
		echo "xfrm state add $(sa_words b in)" | ipb gwb
	done
	matches "SAs of gwa" "$(ipn gwa xfrm state)" 'pcpu-num 0'
	settle_first
	on "$CLIENT" traffic udp "$TARGET" $PORT 0 1300 13
	on "$CLIENT" traffic tcp "$TARGET" $PORT 300000 300000
	settle after
	no_errors
	equal "packets of the SA for all" "$(delta gwa "sa.$SPI_AB.oseq")" 0
	at_least "packets sealed" "$(delta gwa dev.tx_ipsec)" 100
	engine_share gwa tx "$(delta gwa dev.tx_ipsec)"
}

# An xfrm interface for what goes out; what comes in may not have one when it is
# offloaded.
xfrm_interface() {
	local i selector

	tunnel outx='if_id 7' "$@"
	tunnel_up
	i=${T[inner]}
	selector="src ${NETA[$i]} dst ${NETB[$i]} dir out"
	ipn gwa link add xfrm7 type xfrm dev esp0 if_id 7
	ipb gwa <<-EOF
		link set xfrm7 up
		xfrm policy delete $selector
		xfrm policy add $selector if_id 7 $(policy_offload a) \
			tmpl src ${GWA[${T[outer]}]} dst ${GWB[${T[outer]}]} \
			proto esp reqid 1 mode tunnel
		route replace ${NETB[$i]} dev xfrm7
	EOF
	exercise
}

case_xfrm-interface() {
	xfrm_interface
}

case_xfrm-interface-6() {
	xfrm_interface outer=6 inner=6 esn=yes
}

run_tests "$@"
