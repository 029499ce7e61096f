#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Flow tables of nft beside packet offload mode: forwarded flows take the short
# way in both directions, nothing is lost, and the short way is none around the
# policies.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb
#	           lan0+esp0 in a         lan0+esp0 in a
#	           flow table             flow table

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
OFFLOAD=packet
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-wire.sh
. "$(dirname -- "$0")/lib-wire.sh"

CASES=(udp-4 udp-6 tcp-4 tcp-6 tcp-6-over-4 udp-natt rekey clear-text
	decrypted-adds)

setup() {
	require ping nft
	require_python cryptography
	gateways both
	on hostb ordered receive 5555
	on hostb traffic sink 7001 /dev/null
	on hosta traffic sink 7000 "$WORK/at-hosta"
}

reset() {
	on gwa nft flush ruleset
	on gwb nft flush ruleset
}

# flow_tables [MATCH]: in both gateways, with a count of the packets that take the
# long way through the forward hook. Only packets that are to be sealed may bring
# flows in: they know both ways, while for those that were decrypted the table
# looks the way back up without asking policies.
flow_tables() {
	local match=${1-oifname esp0} name

	for name in gwa gwb; do
		on $name nft -f - <<-EOF
			table inet flows {
				flowtable fast {
					hook ingress priority 0;
					devices = { lan0, esp0 };
				}
				counter long { }
				chain forward {
					type filter hook forward priority 0;
					counter name long
					$match \
						meta l4proto { tcp, udp } \
						flow add @fast
				}
			}
		EOF
	done
}

# long_way NAME: packets so far.
long_way() {
	on "$1" nft list counter inet flows long |
		awk '$1 == "packets" { print $2 }'
}

# start TUNNEL...
start() {
	tunnel "$@"
	tunnel_up
	settle_first
	flow_tables
	LONG_A=$(long_way gwa) LONG_B=$(long_way gwb)
	settle before
}

# short MOST: almost everything took the short way, through the devices, and
# nothing was lost.
short() {
	local a b

	settle after
	a=$(($(long_way gwa) - LONG_A))
	b=$(($(long_way gwb) - LONG_B))
	echo "the long way at gwa: $a, at gwb: $b, sealed:" \
		"$(delta gwa dev.tx_ipsec) and $(delta gwb dev.tx_ipsec)"
	[ "$a" -le "$1" ] || fail "$a packets took the long way through gwa"
	[ "$b" -le "$1" ] || fail "$b packets took the long way through gwb"
	agree gwa
	agree gwb
}

COUNT=$(pick 4000 400)

udp_flow() {
	start "$@"
	on hosta ordered send "$TARGET" 5555 "$COUNT" 800 16
	settle after
	at_least "packets" "$(delta gwa dev.tx_ipsec)" "$COUNT"
	at_least "answers" "$(delta gwb dev.tx_ipsec)" $((COUNT / 16))
	short 20
}

case_udp-4() {
	udp_flow
}

case_udp-6() {
	udp_flow outer=6 inner=6 esn=yes key=256
}

case_udp-natt() {
	udp_flow natt=yes
}

# Large packets are segmented behind the flow table. What ends a connection takes
# the long way.
tcp_flow() {
	start "$@"
	on hosta traffic tcp "$TARGET" $PORT "$(pick 20000000 1000000)" \
		"$(pick 20000000 1000000)"
	short 40
}

case_tcp-4() {
	tcp_flow
}

case_tcp-6() {
	tcp_flow outer=6 inner=6 esn=yes
}

case_tcp-6-over-4() {
	tcp_flow inner=6
}

# New SAs take over within the flows that go on.
case_rekey() {
	local sender gen side

	start esn=yes
	bg hosta ordered send "$TARGET" 5555 $((COUNT * 3)) 800 16
	sender=$BG
	for gen in 1 2 3 4; do
		for side in a:in b:in a:out b:out; do
			T[gen]=$gen
			echo "xfrm state add $(sa_words "${side%:*}" \
				"${side#*:}")" | ipb "gw${side%:*}"
		done
		for side in a:out b:out a:in b:in; do
			T[gen]=$((gen - 1))
			sleep 0.05
			echo "xfrm state delete $(sa_words "${side%:*}" \
				"${side#*:}" | sed 's/ reqid.*//')" |
				ipb "gw${side%:*}"
		done
	done
	wait "$sender" || fail "$(<"$WORK/bg.$sender")"
	settle after
	no_errors
	equal "packets that arrived" "$(delta gwb dev.rx_ipsec)" \
		"$(delta gwa dev.tx_ipsec)"
}

# inject NAME DEV SRC:PORT DST:PORT GATEWAY:DEV COUNT: puts datagrams on a wire.
inject() {
	local mac

	mac=$(ipn "${5%:*}" -br link show dev "${5#*:}" | awk '{ print $3 }')
	wire_end
	coproc WIRE {
		exec ip netns exec "$(n "$1")" python3 "$SELFTESTS/wire.py" \
			"$2" dmac="$mac" smac=02:00:00:00:00:02 \
			src="${3%:*}" dst="${4%:*}" natt="${3#*:},${4#*:}" \
			raw=636c656172
	}
	echo "$WIRE_PID" >>"$WORK/pids"
	wire copies="$6"
}

# speak COUNT: a flow of UDP, from port 7000 of hosta to 7001 of hostb and back.
speak() {
	inject hosta lan0 "${HOSTA[4]}:7000" "${HOSTB[4]}:7001" gwa:lan0 "$1"
	inject hostb lan0 "${HOSTB[4]}:7001" "${HOSTA[4]}:7000" gwb:lan0 "$1"
	settle after
}

# Somebody on the wire sends what looks like the answers of a flow that the table
# has, in clear text.
case_clear-text() {
	local was

	start
	speak 20
	was=$(<"$WORK/at-hosta")
	LONG_A=$(long_way gwa)
	speak 40
	equal "datagrams of the flow" $(($(<"$WORK/at-hosta") - was)) 40
	equal "datagrams that took the long way" "$(long_way gwa)" "$LONG_A"
	agree gwa

	was=$(<"$WORK/at-hosta")
	settle before
	inject gwb eth0 "${HOSTB[4]}:7001" "${HOSTA[4]}:7000" gwa:esp0 50
	settle after
	equal "clear text delivered" $(($(<"$WORK/at-hosta") - was)) 0
	equal "clear text dropped by the device" \
		"$(delta gwa dev.rx_drop_clear)" 50
	speak 10
	equal "datagrams of the flow" $(($(<"$WORK/at-hosta") - was)) 10
}

# Rules that let decrypted packets bring flows in make the table send answers past
# the policies. The device has the stack ask them after all.
case_decrypted-adds() {
	tunnel
	tunnel_up
	settle_first
	flow_tables ''
	settle before
	speak 20
	on hosta traffic udp "$TARGET" $PORT 100 1000 100
	settle after
	equal "clear text that gwa got" "$(delta gwa dev.rx_drop_clear)" 0
	agree gwa
	agree gwb
}

run_tests "$@"
