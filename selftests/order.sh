#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Order is kept: numbered datagrams in bursts arrive as they were sent, none
# missing, with ESP and other traffic between them.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(singles bursts bursts-6-esn segmented segmented-natt small transport
	held-up two-sas clear-between engines)

setup() {
	require ping
	gateways both
	on hostb ordered receive 5555
	on gwb ordered receive 5555
	on hostb ordered receive 5556
}

COUNT=$(pick 20000 2000)

# in_order SIZE BURST [gso]: sends to the other end of the tunnel of T.
in_order() {
	tunnel_up
	settle_first
	on "$CLIENT" ordered send "$TARGET" 5555 "$COUNT" "$@"
	settle after
	agree gwa
	agree gwb
	at_least "packets sent" "$(delta gwa dev.tx_ipsec)" "$COUNT"
}

case_singles() {
	tunnel
	COUNT=$((COUNT / 10)) in_order 1000 1
}

case_bursts() {
	tunnel
	in_order 1200 64
}

case_bursts-6-esn() {
	tunnel outer=6 inner=6 esn=yes key=256
	in_order 1200 64
}

case_segmented() {
	tunnel
	in_order 1200 50 gso
}

case_segmented-natt() {
	tunnel natt=yes
	in_order 1200 50 gso
}

case_small() {
	tunnel
	in_order 16 64
}

case_transport() {
	tunnel mode=transport esn=yes
	in_order 1200 64
}

# Bursts as they come from a queue that held them up.
case_held-up() {
	require tc
	tunnel
	on gwb tc qdisc add dev eth0 root netem delay 3ms limit 10000
	on gwa tc qdisc add dev esp0 root netem delay 3ms limit 10000
	COUNT=$((COUNT / 4)) in_order 1200 64
	on gwa tc qdisc del dev esp0 root
	on gwb tc qdisc del dev eth0 root
}

# Two SAs at the same time do not disturb each other's order.
case_two-sas() {
	local other

	tunnel inner=6
	tunnel_up
	{
		sa_words a out | sed "s/spi $SPI_AB reqid 1/spi 0x2001 reqid 2/"
		sa_words a in | sed "s/spi $SPI_BA reqid 1/spi 0x2002 reqid 2/"
	} | sed 's/^/xfrm state add /' | ipb gwa
	{
		sa_words b out | sed "s/spi $SPI_BA reqid 1/spi 0x2002 reqid 2/"
		sa_words b in | sed "s/spi $SPI_AB reqid 1/spi 0x2001 reqid 2/"
	} | sed 's/^/xfrm state add /' | ipb gwb
	T[inner]=4
	policy_words a | sed 's/reqid 1/reqid 2/' | ipb gwa
	policy_words b | sed 's/reqid 1/reqid 2/' | ipb gwb
	ping_ok hosta "${HOSTB[4]}" -c 1
	ping_ok hosta "${HOSTB[6]}" -c 1
	settle before
	bg hosta ordered send "${HOSTB[4]}" 5555 "$COUNT" 1200 32
	other=$BG
	on hosta ordered send "${HOSTB[6]}" 5556 "$COUNT" 1200 32
	wait "$other" || fail "$(<"$WORK/bg.$other")"
	settle after
	at_least "packets of the first" "$(delta gwa "sa.$SPI_AB.oseq")" "$COUNT"
	at_least "packets of the second" "$(delta gwa sa.0x2001.oseq)" "$COUNT"
	equal "tx_ipsec" "$(delta gwa dev.tx_ipsec)" \
		$(($(delta gwa "sa.$SPI_AB.oseq") + $(delta gwa sa.0x2001.oseq)))
	no_errors
}

# What is not for the device goes through it as well.
case_clear-between() {
	local other

	tunnel inner=6
	tunnel_up
	settle_first
	bg gwa ordered send "${GWB[4]}" 5555 "$COUNT" 1200 32
	other=$BG
	on hosta ordered send "$TARGET" 5556 "$COUNT" 1200 32
	wait "$other" || fail "$(<"$WORK/bg.$other")"
	settle after
	at_least tx_passed "$(delta gwa dev.tx_passed)" "$COUNT"
	at_least rx_passed "$(delta gwb dev.rx_passed)" "$COUNT"
	agree gwa
	agree gwb
}

# The generic engine and the SIMD engine take turns.
case_engines() {
	local sender

	require espsimd
	tunnel
	tunnel_up
	settle_first
	bg hosta ordered send "$TARGET" 5555 "$COUNT" 1200 64
	sender=$BG
	while kill -0 "$sender" 2>/dev/null; do
		on gwa espsimd dev set esp0 engine generic
		on gwb espsimd dev set esp0 engine generic
		on gwa espsimd dev set esp0 engine auto
		on gwb espsimd dev set esp0 engine auto
	done
	wait "$sender" || fail "$(<"$WORK/bg.$sender")"
	settle after
	at_least tx_fallback "$(delta gwa dev.tx_fallback)" 1
	at_least rx_fallback "$(delta gwb dev.rx_fallback)" 1
	no_errors
}

run_tests "$@"
