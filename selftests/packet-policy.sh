#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Policies in packet offload mode. What comes out of an SA has to be what the
# policy of its addresses demands, clear text that should have been protected is
# dropped, and everything else passes as it does without the device. Each packet
# also goes to a gateway without offload, which says what is right.
#
#	hosta ---- gwa (espsimd) ======== packets made by hand

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
OFFLOAD=packet
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-wire.sh
. "$(dirname -- "$0")/lib-wire.sh"

CASES=(fits fits-6 outside-selector outside-selector-6 wrong-sa wrong-reqid
	sa-selector ports block-in in-not-fwd clear-text clear-text-6
	clear-text-natt uncovered ike default-block transport deleted updated
	block-out no-sa-out acquire outer-selected changing-under-traffic
	flush-under-traffic shown)

setup() {
	require_python cryptography
	gateways one
	on gwa traffic sink $PORT "$WORK/at-gwa"
	on hosta traffic sink $PORT "$WORK/at-hosta"
	require ping
}

# delivered: to the gateway itself and to the host behind it.
delivered() {
	echo $(($(<"$WORK/at-gwa") + $(<"$WORK/at-hosta")))
}

reset() {
	ipn gwa xfrm policy setdefault in accept fwd accept out accept
}

# start KEY=VALUE...: a tunnel, by the device or, with WHO=stack, without.
start() {
	if [ "$WHO" = stack ]; then
		set -- dev='' "$@"
	fi
	tunnel "$@"
	tunnel_up
	ends
	ping_ok gwa "${HOSTA[4]}" -c 1
	ping_ok gwa "${HOSTA[6]}" -c 1
	wire_start
	poll 5 wire_settled
}

# offload: words of a policy of gwa that does as the tunnel of T does.
offload() {
	policy_offload a
}

# packet WORD...: sends one, and adds a line of what became of it to RESULT.
packet() {
	SEQ=$((SEQ + 1))
	wire_next
	wire seq=$SEQ "$@"
	wire_after
	RESULT+="$*: delivered $DELIVERED $(xfrm_moved)"$'\n'
	CLEAR=$((CLEAR + $(delta gwa dev.rx_drop_clear)))
}

# both_ways FUNCTION: the function's packets go through the stack, and then
# through the device, with the same results. What the stack says of clear text
# the device says with a counter of its own.
both_ways() {
	local stack

	WHO=stack RESULT='' CLEAR=0
	"$1"
	stack=$(scrubbed)
	WHO=device RESULT='' CLEAR=0
	"$1"
	echo "$RESULT"
	equal "what became of the packets" "$(scrubbed)" "$stack"
}

# scrubbed: RESULT without the reasons for clear text, or ALL=. without any.
scrubbed() {
	sed "/^${ALL:-src=}/s/ Xfrm.*/ /" <<<"$RESULT"
}

FWD="idst=${HOSTA[4]}"
FWD6="idst=${HOSTA[6]}"

fits() {
	start
	packet
	packet "$FWD"
	packet isrc=203.0.113.255
	packet "$FWD" isrc=203.0.113.0 data=x
	packet data="$(printf '%01300d' 0)"
}

case_fits() {
	both_ways fits
	lacks "results" "$RESULT" 'delivered 0|Xfrm'
	equal "the device opened the last one" "$(delta gwa dev.rx_ipsec)" 1
}

fits_6() {
	start outer=6 inner=6
	packet
	packet "$FWD6"
	packet "$FWD6" isrc=2001:db8:b:0:ffff::1
}

case_fits-6() {
	both_ways fits_6
	lacks "results" "$RESULT" 'delivered 0|Xfrm'
}

# Decrypted, but between other addresses than the policy is for.
outside_selector() {
	start
	packet isrc=203.0.114.5
	packet isrc=203.0.112.255
	packet isrc=192.0.2.7
	packet "$FWD" isrc=203.0.114.5
	packet "$FWD" isrc=198.51.100.2
	packet idst="${GWA[4]}"
	packet isrc=198.51.100.2 idst="${GWA[4]}"
	packet isrc="${HOSTB[6]}" idst="${HOSTA[6]}"
	packet
}

case_outside-selector() {
	both_ways outside_selector
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" 1
}

outside_selector_6() {
	start outer=6 inner=6
	packet isrc=2001:db8:c::2
	packet "$FWD6" isrc=2001:db8:c::2
	packet idst="${GWA[6]}"
	packet isrc="${HOSTB[4]}" idst="${HOSTA[4]}"
	packet "$FWD6"
}

case_outside-selector-6() {
	both_ways outside_selector_6
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" 1
}

# Two SAs, each with policies of its own: what came by one is not taken for the
# other's.
wrong_sa() {
	local dir

	start
	{
		sa_words a in | sed "s/spi $SPI_BA reqid 1/spi 0x2002 reqid 2/
			s/^/xfrm state add /"
		for dir in in fwd; do
			echo "xfrm policy add src 203.0.114.0/24" \
				"dst ${NETA[4]} dir $dir priority 10" \
				"$(offload) tmpl src ${GWB[4]} dst ${GWA[4]}" \
				"proto esp reqid 2 mode tunnel"
		done
	} | ipb gwa
	packet
	packet isrc=203.0.114.2 spi=0x2002
	packet "$FWD" isrc=203.0.114.2 spi=0x2002
	packet spi=0x2002
	packet "$FWD" spi=0x2002
	packet isrc=203.0.114.2
	packet "$FWD" isrc=203.0.114.2
}

case_wrong-sa() {
	both_ways wrong_sa
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" 3
	equal "packets of another SA" \
		"$(grep -c 'XfrmInTmplMismatch=1' <<<"$RESULT")" 4
}

wrong_reqid() {
	start
	ipn gwa xfrm state flush
	sa_words a in | sed 's/reqid 1/reqid 9/; s/^/xfrm state add /' | ipb gwa
	packet
	packet "$FWD"
}

case_wrong-reqid() {
	both_ways wrong_reqid
	lacks "results" "$RESULT" 'delivered 1'
}

# The SA has a selector of its own, narrower than the policy's.
sa_selector() {
	start inx="sel src 203.0.113.0/25 dst ${NETA[4]}"
	packet
	packet isrc=203.0.113.200
	packet "$FWD"
	packet "$FWD" isrc=203.0.113.200
}

case_sa-selector() {
	both_ways sa_selector
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" 2
}

# Policies for a protocol and ports.
ports() {
	local dir selector

	start
	ipn gwa xfrm policy flush
	for dir in in fwd; do
		for selector in 'proto udp dport 7777' 'proto udp sport 10' \
			'proto tcp'; do
			echo "xfrm policy add src ${NETB[4]} dst ${NETA[4]}" \
				"$selector dir $dir $(offload)" \
				"tmpl src ${GWB[4]} dst ${GWA[4]} proto esp" \
				"reqid 1 mode tunnel"
		done
	done | ipb gwa
	packet
	packet dport=7778
	packet dport=7778 sport=10
	packet "$FWD"
	packet "$FWD" dport=7778
	packet "$FWD" dport=80 sport=10
	# In clear text: some of it is protected, and some is not.
	packet src="${HOSTB[4]}" dst=192.0.2.1 natt=9,7777 raw=41
	packet src="${HOSTB[4]}" dst="${HOSTA[4]}" natt=9,7777 raw=41
	packet src="${HOSTB[4]}" dst="${HOSTA[4]}" natt=10,7777 raw=41
}

case_ports() {
	both_ways ports
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" 2
	equal "clear text dropped by the device" "$CLEAR" 3
}

# A policy that forbids, inside of one that protects: later ones come first.
block_in() {
	local dir

	start
	for dir in in fwd; do
		echo "xfrm policy add src 203.0.113.77/32 dst ${NETA[4]}" \
			"dir $dir action block priority 1 $(offload)"
	done | ipb gwa
	packet
	packet "$FWD"
	packet isrc=203.0.113.77
	packet "$FWD" isrc=203.0.113.77
	packet src=203.0.113.77 dst=192.0.2.1 natt=9,7777 raw=4142
}

case_block-in() {
	both_ways block_in
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" 2
}

# What the gateway itself may get in clear text may still not be forwarded so.
in_not_fwd() {
	start
	echo "xfrm policy add src ${NETB[4]} dst ${NETA[4]} proto udp" \
		"dport 7777 dir in priority 1 $(offload)" | ipb gwa
	packet src="${HOSTB[4]}" dst=192.0.2.1 natt=9,7777 raw=41
	packet src="${HOSTB[4]}" dst="${HOSTA[4]}" natt=9,7777 raw=41
	packet src="${HOSTB[4]}" dst=192.0.2.1 natt=9,7778 raw=41
	packet
	packet "$FWD"
}

case_in-not-fwd() {
	both_ways in_not_fwd
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" 2
}

# clear SRC LOCAL FORWARDED: packets that a policy wants to have been in ESP.
clear() {
	local to

	for to in "$2" "$3"; do
		packet src="$1" dst="$to" natt=9,7777 raw=414243
		packet src="$1" dst="$to" natt=500,7777 raw=414243
		packet src="$1" dst="$to" natt=9,7777 raw=414243 ttl=255 tos=3
		packet src="$1" dst="$to" natt=9,7777 frag=8 \
			raw=000102030405060708090a0b0c0d0e0f
	done
}

clear_text() {
	start
	packet
	clear "${HOSTB[4]}" 192.0.2.1 "${HOSTA[4]}"
	packet src="${HOSTB[4]}" dst="${HOSTA[4]}" natt=9,7777 raw=41 \
		opts=01010101
	packet
}

# no_clear N: N good packets were delivered, and clear text was the device's to
# drop.
no_clear() {
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" "$1"
	at_least "clear text dropped by the device" "$CLEAR" 8
}

case_clear-text() {
	both_ways clear_text
	no_clear 2
}

clear_text_6() {
	start outer=6 inner=6
	packet
	clear "${HOSTB[6]}" 2001:db8:a::1 "${HOSTA[6]}"
	packet
}

case_clear-text-6() {
	both_ways clear_text_6
	no_clear 2
}

clear_text_natt() {
	start natt=yes
	packet
	clear "${HOSTB[4]}" 192.0.2.1 "${HOSTA[4]}"
	packet
}

case_clear-text-natt() {
	both_ways clear_text_natt
	no_clear 2
}

# No policy is about these.
uncovered() {
	start
	packet src=203.0.114.2 dst=192.0.2.1 natt=9,7777 raw=41
	packet src=203.0.114.2 dst="${HOSTA[4]}" natt=9,7777 raw=41
	packet src="${GWB[4]}" dst="${GWA[4]}" natt=9,7777 raw=41
	packet src="${GWB[4]}" dst="${GWA[4]}" natt=9,7777 frag=8 \
		raw=000102030405060708090a0b0c0d0e0f
	packet src=2001:db8:c::2 dst="${HOSTA[6]}" natt=9,7777 raw=41
	packet src="${HOSTB[6]}" dst="${GWA[6]}" natt=9,7777 raw=41
}

case_uncovered() {
	both_ways uncovered
	lacks "results" "$RESULT" 'delivered 0|Xfrm'
	equal "clear text dropped by the device" "$CLEAR" 0
}

# got TEXT: IKE's socket got a datagram that ends so.
got() {
	grep -q "$1\$" "$WORK/ike"
}

# Between the gateways all is to be protected, but what negotiates it. Sockets
# of IKE have policies of their own.
case_ike() {
	local mark

	tunnel mode=transport
	tunnel_up
	wire_start
	on gwa natt 500 "$WORK/ike"
	on gwa natt 4500 "$WORK/ike4500"
	poll 5 wire_settled
	for mark in 11 22; do
		wire natt=500,500 raw=00000000aaaaaa$mark
		poll 5 got $mark
	done
	# From behind a NAT the port is another one.
	wire natt=61234,500 raw=00000000aaaaaa33
	poll 5 got 33
	wire natt=61234,4500 raw=00000000aaaaaa44
	poll 5 grep -q 44 "$WORK/ike4500"
	wire_next
	wire natt=9,7777 raw=414243
	wire_after
	equal "delivered of other clear text" "$DELIVERED" 0
}

# Nothing without a policy: ESP's contents pass, as they have one.
default_block() {
	start
	ipn gwa xfrm policy setdefault in block fwd block
	packet
	packet "$FWD"
	packet isrc=203.0.114.5
	packet src=203.0.114.2 dst=192.0.2.1 natt=9,7777 raw=41
	packet src=203.0.114.2 dst="${HOSTA[4]}" natt=9,7777 raw=41
	ipn gwa xfrm policy setdefault in accept fwd accept
	packet src=203.0.114.2 dst=192.0.2.1 natt=9,7777 raw=41
}

# Neighbours speak in clear text as well, at any time, and are counted.
case_default-block() {
	ALL=. both_ways default_block
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" 3
}

transport() {
	start mode=transport
	packet
	packet dport=9999
	ipn gwa xfrm policy flush
	packet
}

case_transport() {
	both_ways transport
}

# What has lost its policy has no right to come in.
deleted() {
	local dir

	start
	packet
	packet "$FWD"
	for dir in in fwd; do
		echo "xfrm policy delete src ${NETB[4]} dst ${NETA[4]} dir $dir"
		echo "xfrm policy add src 203.0.113.0/28 dst ${NETA[4]} dir $dir" \
			"$(offload) tmpl src ${GWB[4]} dst ${GWA[4]}" \
			"proto esp reqid 1 mode tunnel"
	done | ipb gwa
	packet
	packet isrc=203.0.113.200
	packet "$FWD" isrc=203.0.113.200
	packet "$FWD"
	ipn gwa xfrm policy flush
	packet
	packet "$FWD"
}

case_deleted() {
	both_ways deleted
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" 4
}

# An update takes the place of the policy that there was.
updated() {
	local reqid dir

	start
	for reqid in 5 1; do
		for dir in in fwd; do
			echo "xfrm policy update src ${NETB[4]} dst ${NETA[4]}" \
				"dir $dir priority 10 $(offload)" \
				"tmpl src ${GWB[4]} dst ${GWA[4]} proto esp" \
				"reqid $reqid mode tunnel"
		done | ipb gwa
		packet
		packet "$FWD"
	done
}

case_updated() {
	both_ways updated
	equal "packets delivered" "$(grep -c 'delivered 1' <<<"$RESULT")" 2
}

# outbound: pings that nobody answers, and what they left in the statistics.
outbound() {
	snap before
	on hosta ping -n -q -c 5 -i 0.01 -W 0.2 "${HOSTB[4]}" >/dev/null || true
	settle after
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
	# ARP is no IP: anything else that left has to be accounted for.
	equal "ICMP that gwb got" "$(delta gwb dev.tx_ipsec)" 0
	xfrm_moved
}

case_block-out() {
	local words="src ${NETA[4]} dst ${NETB[4]} dir out"

	WHO=device start
	{
		echo "xfrm policy delete $words"
		echo "xfrm policy add $words action block $(offload)"
	} | ipb gwa
	equal "XFRM counters" "$(outbound)" XfrmOutPolBlock=5
}

case_no-sa-out() {
	WHO=device start
	ipn gwa xfrm state flush
	matches "XFRM counters" "$(outbound)" '^XfrmOutNoStates=5$'
}

# Somebody listens: the stack asks for an SA, and makes room for it.
case_acquire() {
	local log

	WHO=device start
	ipn gwa xfrm state flush
	bg gwa ip xfrm monitor acquire
	log=$WORK/bg.$BG
	# shellcheck disable=SC2016 # The dollars are awk's.
	poll 10 on gwa awk '$2 == 6 && $4 !~ /^0*$/ { found = 1 }
		END { exit !found }' /proc/net/netlink
	snap before
	on hosta ping -n -q -c 3 -i 0.01 -W 0.2 "${HOSTB[4]}" >/dev/null || true
	settle after
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
	poll 5 grep -q '^acquire proto esp' "$log"
	matches "SAs" "$(ipn gwa xfrm state)" \
		"src ${GWA[4]} dst ${GWB[4]}"
	# The SA that IKE brings takes over.
	ipn gwa xfrm state flush
	WHO=device start
	tunnel_up
	ping_ok hosta "${HOSTB[4]}"
}

# A policy can select the ends of the tunnel too, and its SA can be missing: it
# has no say in what the tunnel carries, as little as in the stack.
case_outer-selected() {
	local ends="src ${GWA[4]} dst ${GWB[4]}"

	tunnel outer=4 inner=6
	tunnel_up
	settle_first
	echo "xfrm policy add $ends dir out priority 1" \
		"tmpl $ends proto esp reqid 2 mode transport" | ipb gwa
	ping_ok "$CLIENT" "$TARGET"
	settle after
	agree gwa
}

# Policies come and go while packets are on their way; in the end all is well.
change_policies() {
	local i

	tunnel
	tunnel_up
	settle_first
	bg hosta ping -q -i 0.001 -s 900 "$TARGET"
	bg hostb ping -q -i 0.001 -s 300 "${HOSTA[4]}"
	for ((i = 0; i < $(pick 25 8); i++)); do
		"$1" $i
	done
	bg_end_all
	tunnel_up
	settle_first
	ping_ok hosta "$TARGET" -c 10
	on hosta traffic tcp "$TARGET" $PORT 300000 300000
	settle after
	agree gwa
}

add_and_delete() {
	local j

	for ((j = 0; j < 40; j++)); do
		echo "xfrm policy add src 10.$1.$j.0/24 dst ${NETA[4]} dir in" \
			"$(offload) tmpl src ${GWB[4]} dst ${GWA[4]} proto esp" \
			"reqid 1 mode tunnel"
	done | ipb gwa
	policy_words a | sed 's/policy add/policy update/' | ipb gwa
	for ((j = 0; j < 40; j++)); do
		echo "xfrm policy delete src 10.$1.$j.0/24 dst ${NETA[4]} dir in"
	done | ipb gwa
}

case_changing-under-traffic() {
	change_policies add_and_delete
}

flush_and_add() {
	ipn gwa xfrm policy flush
	policy_words a | ipb gwa
}

case_flush-under-traffic() {
	change_policies flush_and_add
}

# `ip xfrm policy` shows which are offloaded.
case_shown() {
	tunnel
	tunnel_up
	equal "policies that say so" "$(ipn gwa xfrm policy |
		grep -c 'crypto offload parameters: dev esp0.* mode packet')" 3
	equal "SAs that say so" "$(ipn gwa xfrm state |
		grep -c 'crypto offload parameters: dev esp0.* mode packet')" 2
}

run_tests "$@"
