#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Lifetimes of SAs in packet offload mode, in packets, bytes and seconds: the key
# manager gets the events that it would get from the stack alone, the SA ends,
# and not one packet more than the limit passes. Cases named reference-... are
# done by the stack alone, so that it says what is right.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
OFFLOAD=packet
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

KINDS=(out-packets out-bytes in-packets in-bytes both-6-esn soft-only)
CASES=("${KINDS[@]}" out-segmented out-segmented-bytes out-transport in-burst
	in-fragments time counters-in-limits flowing-after-rekey)
for kind in "${KINDS[@]}"; do
	CASES+=("reference-$kind")
done

setup() {
	require ping
	gateways one
	on hostb ordered receive 5555
}

# start KEY=VALUE...: the tunnel, and the key manager's ear in $EVENTS. The
# gateway gwb answers nothing: only gwa's limits count.
start() {
	if [ "${REFERENCE:-no}" = yes ]; then
		set -- dev='' "$@"
	fi
	tunnel "$@"
	ends
	tunnel_down
	ping_ok gwa "${GWB[${T[outer]}]}" -c 1
	tunnel_up
	bg gwa ip xfrm monitor expire
	EVENTS=$WORK/bg.$BG
	poll 10 monitored
	settle before
}

# monitored: a socket of the key managers' kind has joined groups.
monitored() {
	# shellcheck disable=SC2016 # The dollars are awk's.
	on gwa awk '$2 == 6 && $4 !~ /^0*$/ { found = 1 }
		END { exit !found }' /proc/net/netlink
}

# event SPI hard|soft: how often the key manager heard that.
event() {
	local hard=0

	[ "$2" = soft ] || hard=1
	awk -v spi="$1" -v hard=$hard '
		/^Expired / { ours = 0 }
		$3 == "spi" && $4 == spi { ours = 1 }
		ours && $1 == "hard" { count += $2 == hard }
		END { print count + 0 }' <<<"$(events)"
}

# events: what was heard, a line that begins with a word for each fact.
events() {
	sed 's/^[ \t]*//' "$EVENTS"
}

heard() {
	[ "$(event "$1" "$2")" = "$3" ]
}

# has_sa SPI
has_sa() {
	ipn gwa xfrm state | grep -q "spi 0*$(printf '0x%08x' "$1")"
}

lacks_sa() {
	! has_sa "$1"
}

# expired SPI: the SA spoke of both limits, once each, and is gone.
expired() {
	local spi

	spi=$(printf '0x%08x' "$1")
	poll 5 heard "$spi" hard 1
	poll 5 lacks_sa "$1"
	equal "events of the soft limit" "$(event "$spi" soft)" 1
	equal "events of the hard limit" "$(event "$spi" hard)" 1
}

# pings COUNT: of 72 + 8 + 20 bytes; sets RECEIVED to how many were answered.
pings() {
	local answer

	answer=$(on "$CLIENT" ping -n -q -i 0.02 -W 0.2 -c "$1" -s 72 \
		"$TARGET" || true)
	RECEIVED=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' <<<"$answer")
}

# sent WANTED: so many packets of gwa came to gwb.
sent() {
	settle after
	equal "packets sent" "$(delta gwb "sa.$SPI_AB.packets")" "$1"
}

out_packets() {
	start outx='limit packet-soft 5 limit packet-hard 12'
	pings 5
	equal "soft events before the limit" "$(event 0x00001001 soft)" 0
	pings 3
	poll 5 heard 0x00001001 soft 1
	sent 8
	pings 10
	sent 12
	expired $SPI_AB
	ended Out
}

# ended Out|In: what comes after the limit has a reason in the statistics.
ended() {
	local total=0 reason

	for reason in StateExpired StateInvalid NoStates; do
		total=$((total + $(delta gwa "xfrm.Xfrm$1$reason")))
	done
	at_least "packets that the statistics account for" $total 1
	at_least "those refused by an SA that had reached its limit" \
		"$(delta gwa "xfrm.Xfrm$1StateExpired")" 1
}

# Packets of 100 bytes in tunnel mode; the one that reaches the limit is let pass.
out_bytes() {
	start outx='limit byte-soft 350 limit byte-hard 1150'
	pings 4
	sent 4
	equal "soft events at the limit" "$(event 0x00001001 soft)" 0
	pings 1
	poll 5 heard 0x00001001 soft 1
	pings 20
	sent 12
	expired $SPI_AB
	ended Out
}

in_packets() {
	start inx='limit packet-soft 5 limit packet-hard 12'
	pings 25
	settle after
	equal "packets received" "$RECEIVED" 12
	expired $SPI_BA
	ended In
}

in_bytes() {
	start inx='limit byte-soft 350 limit byte-hard 1150'
	pings 25
	settle after
	equal "packets received" "$RECEIVED" 12
	expired $SPI_BA
	ended In
}

both_6_esn() {
	start outer=6 inner=6 esn=yes key=256 \
		outx='limit packet-soft 6 limit packet-hard 20' \
		inx='limit packet-soft 5 limit packet-hard 12'
	pings 25
	sent 20
	expired $SPI_AB
	equal "packets received" "$RECEIVED" 12
	expired $SPI_BA
}

# A soft limit alone is told once, and ends nothing.
soft_only() {
	start outx='limit packet-soft 5' inx='limit byte-soft 500'
	ping_ok hosta "$TARGET" -c 20 -s 72
	poll 5 heard 0x00001001 soft 1
	poll 5 heard 0x00001002 soft 1
	ping_ok hosta "$TARGET" -c 20 -s 72
	sent 40
	equal "soft events" "$(event 0x00001001 soft)" 1
	equal "soft events" "$(event 0x00001002 soft)" 1
	has_sa $SPI_AB
	no_errors
}

run_case() {
	local name=${1#reference-}

	if [ "$name" != "$1" ]; then
		REFERENCE=yes
	fi
	"${name//-/_}"
}

# A limit in the middle of a large packet.
case_out-segmented() {
	start esn=yes outx='limit packet-soft 5 limit packet-hard 23'
	on hosta ordered send "$TARGET" 5555 50 1000 50 gso || true
	pings 2
	sent 23
	expired $SPI_AB
	ended Out
}

# Segments of 1028 bytes.
case_out-segmented-bytes() {
	start outx='limit byte-soft 2000 limit byte-hard 10000'
	on hosta ordered send "$TARGET" 5555 50 1000 50 gso || true
	pings 2
	sent 10
	expired $SPI_AB
	ended Out
}

# In transport mode the IP header does not count: 80 bytes.
case_out-transport() {
	start mode=transport outx='limit byte-soft 100 limit byte-hard 800'
	pings 15
	sent 10
	expired $SPI_AB
	ended Out
}

# echos: requests that came to hosta so far.
echos() {
	# shellcheck disable=SC2016 # The dollars are awk's.
	on hosta awk '$1 == "Icmp:" && n { print $n }
		$1 == "Icmp:" { for (i = 1; i <= NF; i++)
			if ($i == "InEchos") n = i }' /proc/net/snmp
}

# from_hostb PING OPTION...
from_hostb() {
	on hostb ping -n -q -W 0.2 "$@" "${HOSTA[4]}" >/dev/null || true
}

# A limit in the middle of a burst that one poll takes.
case_in-burst() {
	local was

	require tc
	start inx='limit packet-soft 5 limit packet-hard 17'
	on gwb tc qdisc add dev eth0 root netem delay 20ms limit 1000
	was=$(echos)
	from_hostb -l 40 -c 40 -s 72
	on gwb tc qdisc del dev eth0 root
	settle after
	equal "packets received" $(($(echos) - was)) 17
	expired $SPI_BA
	ended In
}

# The stack opens what comes in fragments, and counts on in the same SA.
case_in-fragments() {
	local was

	start inx='limit packet-soft 5 limit packet-hard 12'
	was=$(echos)
	from_hostb -i 0.02 -c 6 -s 72
	from_hostb -i 0.02 -c 3 -s 1440 -M dont
	from_hostb -i 0.02 -c 2 -s 72
	settle after
	equal "packets received" $(($(echos) - was)) 11
	at_least "fragments that gwa got" "$(delta gwa dev.rx_fragment)" 6
	from_hostb -i 0.02 -c 5 -s 1440 -M dont
	settle after
	equal "packets received" $(($(echos) - was)) 12
	expired $SPI_BA
	ended In
}

# next_generation: further SAs, on both gateways, that take over.
next_generation() {
	local name

	T[gen]=$((T[gen] + 1))
	for name in a:in b:in a:out b:out; do
		echo "xfrm state add $(sa_words "${name%:*}" "${name#*:}")" |
			ipb "gw${name%:*}"
	done
}

# delete_first out|in: gwa's SA of the first generation.
delete_first() {
	local from=${GWA[4]} to=${GWB[4]} spi=$SPI_AB

	if [ "$1" = in ]; then
		from=${GWB[4]} to=${GWA[4]} spi=$SPI_BA
	fi
	echo "xfrm state delete src $from dst $to proto esp spi $spi" | ipb gwa
}

# Those in seconds are the stack's, and the device lets the SA go. The SAs come
# when all else is ready: their time runs however slow the machine is.
case_time() {
	local spi

	start
	ping_ok hosta "$TARGET" -c 3
	T[outx]='limit time-soft 1 limit time-hard 2'
	T[inx]=${T[outx]}
	next_generation
	delete_first out
	delete_first in
	for spi in 0x00001011 0x00001012; do
		poll 10 heard $spi soft 1
		poll 10 heard $spi hard 1
		poll 10 lacks_sa $spi
	done
	if command -v espsimd >/dev/null; then
		equal "SAs of the device" "$(on gwa espsimd -j sa show |
			jq length)" 0
	fi
	pings 3
	sent 3
}

# What was used before an SA was put in counts.
case_counters-in-limits() {
	start outx='limit packet-soft 1000 limit packet-hard 2000'
	pings 7
	settle after
	equal "packets that the SA counts" \
		"$(delta gwa "sa.$SPI_AB.packets")" 7
	equal "bytes that the SA counts" \
		"$(delta gwa "sa.$SPI_AB.bytes")" 700
	equal "packets that gwa's other SA counts" \
		"$(delta gwa "sa.$SPI_BA.packets")" 7
	equal "bytes that gwa's other SA counts" \
		"$(delta gwa "sa.$SPI_BA.bytes")" 700
	equal "packets of gwb's SA" "$(delta gwb "sa.$SPI_AB.packets")" 7
	equal "bytes of gwb's SA" "$(delta gwb "sa.$SPI_AB.bytes")" 700
}

# A new SA at the soft limit, as IKE does it, and nothing is lost.
case_flowing-after-rekey() {
	start outx='limit packet-soft 5 limit packet-hard 1000'
	ping_ok hosta "$TARGET" -c 8
	poll 5 heard 0x00001001 soft 1
	T[outx]=''
	next_generation
	ping_ok hosta "$TARGET" -c 8
	delete_first out
	ping_ok hosta "$TARGET" -c 20
	settle after
	equal "hard events" "$(event 0x00001001 hard)" 0
	at_least "packets of the new SA" "$(val after gwa sa.0x1011.oseq)" 20
	no_errors
}

run_tests "$@"
