#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packet offload mode fails closed: whatever happens to routes, devices and SAs,
# no protected packet leaves the gateway in clear text by any of its devices but
# the one to its own hosts.
#
#	            +-------- gwa ---------+
#	hosta ------| lan0   esp0 on eth0  |======== eth0 gwb lan0 ---- hostb
#	 flood with |                 eth1 |-------- eth1
#	 a marker   |               dummy0 |
#	            +----------------------+
#	              captured: eth0, eth1, dummy0

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
OFFLOAD=packet
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(marker-is-found sa-deleted sa-expired policy-for-stack-sa
	inner-route-moved outer-route-moved outer-route-moved-6
	route-to-dummy route-to-vlan feature-off engine-generic
	device-down device-down-6 device-gone lower-down lower-gone
	flow-table module)

MARKER=marker-of-hosts

setup() {
	require ping tcpdump socat
}

# build KEY=VALUE...: everything anew, with the tunnel up and the flood on.
build() {
	gateways_anew one
	tunnel "$@"
	tunnel_up
	ipb gwa <<-EOF
		link add eth1 type veth peer name eth1 netns $(n gwb)
		addr add 198.51.100.129/25 dev eth1
		addr add 2001:db8:fe::1/64 dev eth1 nodad
		link set eth1 up
		link add dummy0 type dummy
		addr add 198.18.0.1/24 dev dummy0
		link set dummy0 up
	EOF
	ipb gwb <<-EOF
		addr add 198.51.100.130/25 dev eth1
		addr add 2001:db8:fe::2/64 dev eth1 nodad
		link set eth1 up
	EOF
	# Another way to the same net, should the first one go away.
	ipn gwa route add "${NETB[4]}" via 198.51.100.130 dev eth1 metric 500
	ipn gwa route add "${NETB[6]}" via 2001:db8:fe::2 dev eth1 metric 5000
	ipn gwa route add 198.51.100.0/24 via 198.51.100.130 dev eth1 metric 500
	# The stack takes an offload device's policies away with it. What is
	# not offloaded remains, and has to be less specific to come after.
	ipb gwa <<-EOF
		xfrm policy add src 192.0.0.0/16 dst 203.0.112.0/22 dir out \
			priority 9999 action block
		xfrm policy add src 2001:db8:a::/60 dst 2001:db8:b::/60 dir out \
			priority 9999 action block
	EOF
	GUARD=$(ipn gwa xfrm policy | grep -c 'action block')
	equal "policies that guard" "$GUARD" 2
	settle_first
	RECORDERS=()
	record eth0
	record eth1
	record dummy0
	bg "$CLIENT" ping -q -i 0.001 -s 1000 -W 1 -p "$(hexadecimal)" "$TARGET"
	bg gwa ping -q -i 0.005 -s 100 -W 1 -p "$(hexadecimal)" \
		-I "$([ "${T[inner]}" = 4 ] && echo 192.0.2.1 ||
			echo 2001:db8:a::1)" "$TARGET"
	bg hostb socat -u "TCP-LISTEN:9999,reuseaddr,fork$SOCAT" OPEN:/dev/null
	poll 10 listening
	bg hosta sh -c "while :; do yes $MARKER | head -c 200000 |
		socat -u - TCP:$(bracketed):9999,connect-timeout=1 2>/dev/null
		sleep 0.01; done"
	poll 10 flowing 100
}

SOCAT=,pf=ip6

listening() {
	on hostb ss -Hltn 'sport = 9999' | grep -q .
}

bracketed() {
	case $TARGET in
	*:*) echo "[$TARGET]" ;;
	*) echo "$TARGET" ;;
	esac
}

hexadecimal() {
	printf %s "$MARKER" | od -An -tx1 -v | tr -d ' \n'
}

# record DEV: captures what leaves by it. The other way the stack opens packets
# for as long as SAs outlive the device, and shows them as received by eth0.
record() {
	bg gwa tcpdump -n -i "$1" -Q out -s 1900 -U --immediate-mode -B 32768 \
		-w "$WORK/$1.pcap"
	RECORDERS+=("$BG")
	poll 10 grep -q 'listening on' "$WORK/bg.$BG"
}

# flowing COUNT: so many packets have been sealed.
flowing() {
	[ "$(counter gwa tx_ipsec)" -ge "$1" ]
}

# a_while: long enough for hundreds of packets of the flood.
a_while() {
	local was

	was=$(offered)
	poll 20 offered_more $((was + $(pick 300 100)))
}

# offered: packets that hosts gave the gateway.
offered() {
	on gwa cat /sys/class/net/lan0/statistics/rx_packets
}

offered_more() {
	[ "$(offered)" -ge "$1" ]
}

# closed: nothing in clear text was captured, and captures lost nothing.
closed() {
	local pid dev

	a_while
	for pid in "${RECORDERS[@]}"; do
		bg_end "$pid" INT
		lacks tcpdump "$(<"$WORK/bg.$pid")" \
			'^[1-9][0-9]* packets dropped by kernel'
	done
	for dev in eth0 eth1 dummy0; do
		if grep -q -a -F -e "$MARKER" "$WORK/$dev.pcap"; then
			tcpdump -n -e -A -r "$WORK/$dev.pcap" |
				grep -a -F -B 1 -e "$MARKER" | cut -c -160 |
				sed -n 1,20p
			fail "clear text left by $dev"
		fi
	done
}

# Without a tunnel the marker is seen: the test can fail.
case_marker-is-found() {
	build
	ipn gwa xfrm policy flush
	a_while
	(closed) >"$WORK/found" && fail "the marker was not found"
	matches "answer" "$(<"$WORK/found")" 'clear text left by eth0'
}

case_sa-deleted() {
	build
	ipn gwa xfrm state delete src "${GWA[4]}" dst "${GWB[4]}" proto esp \
		spi $SPI_AB
	a_while
	ipn gwa xfrm state flush
	closed
	at_least "packets without an SA" \
		"$(xfrm_counter gwa XfrmOutNoStates)" 10
}

case_sa-expired() {
	build outx='limit packet-hard 500'
	poll 20 sa_is_gone
	closed
}

sa_is_gone() {
	! ipn gwa xfrm state | grep -q 'dir out'
}

# An SA that is the stack's is none for a policy of the device.
case_policy-for-stack-sa() {
	local words

	build
	words=$(sa_words a out)
	ipn gwa xfrm state flush
	echo "xfrm state add ${words% offload*}" | ipb gwa
	closed
}

# The tunnel does not care which way the inner addresses have.
case_inner-route-moved() {
	build
	ipn gwa route replace "${NETB[4]}" via 198.51.100.130 dev eth1
	closed
}

# The other end of the tunnel is behind another device now.
case_outer-route-moved() {
	build
	ipn gwa route replace "${GWB[4]}" via 198.51.100.130 dev eth1
	a_while
	ipn gwa route replace "${NETB[4]}" via 198.51.100.130 dev eth1
	closed
	at_least "packets refused" "$(xfrm_counter gwa XfrmOutError)" 10
}

case_outer-route-moved-6() {
	build outer=6 inner=6
	ipn gwa route replace "${GWB[6]}" via 2001:db8:fe::2 dev eth1
	a_while
	ipn gwa route replace "${NETB[6]}" via 2001:db8:fe::2 dev eth1
	closed
}

case_route-to-dummy() {
	build
	ipn gwa route replace "${NETB[4]}" dev dummy0
	a_while
	ipn gwa route replace "${GWB[4]}" dev dummy0
	closed
}

# A device on top of the one that the SA is offloaded to is another one.
case_route-to-vlan() {
	build
	ipb gwa <<-EOF
		link add link esp0 name esp0.10 type vlan id 10
		addr add 198.18.10.1/24 dev esp0.10
		link set esp0.10 up
		neigh add ${GWB[4]} lladdr 02:00:00:00:00:99 dev esp0.10
		route replace ${GWB[4]} dev esp0.10
	EOF
	closed
}

case_feature-off() {
	build
	set_feature gwa esp0 esp-hw-offload off
	a_while
	set_feature gwa esp0 tx-checksumming off
	closed
	set_feature gwa esp0 esp-hw-offload on
}

case_engine-generic() {
	require espsimd
	build
	on gwa espsimd dev set esp0 engine generic
	closed
	at_least tx_fallback "$(counter gwa tx_fallback)" 50
}

# go_down: the device goes down, and there is another way.
go_down() {
	ipn gwa link set esp0 down
	a_while
	equal "SAs" "$(ipn gwa xfrm state)" ''
	# Back up, without anything that the tunnel needs.
	ipn gwa link set esp0 up
	ipn gwa route replace "${NETB[4]}" via "${GWB[4]}"
	a_while
	closed
}

case_device-down() {
	build
	go_down
}

case_device-down-6() {
	build outer=6 inner=6
	go_down
}

case_device-gone() {
	build
	ipn gwa link del esp0
	closed
	ipn gwa link set eth0 up
}

case_lower-down() {
	build
	ipn gwa link set eth0 down
	a_while
	ipn gwa link set eth0 up
	closed
}

case_lower-gone() {
	build
	# The other half of the veth is gone with it, and with both what could
	# be captured there.
	ipn gwa link del eth0
	a_while
	RECORDERS=("${RECORDERS[@]:1}")
	closed
}

# Flows that a flow table knows do not outlive what protects them.
case_flow-table() {
	require nft
	build
	on gwa nft -f - <<-EOF
		table inet flows {
			flowtable fast {
				hook ingress priority 0;
				devices = { lan0, esp0 };
			}
			chain forward {
				type filter hook forward priority 0;
				meta l4proto { tcp, udp } flow add @fast
			}
		}
	EOF
	a_while
	ipn gwa xfrm state delete src "${GWA[4]}" dst "${GWB[4]}" proto esp \
		spi $SPI_AB
	a_while
	ipn gwa xfrm state flush
	ipn gwa route replace "${NETB[4]}" via 198.51.100.130 dev eth1
	a_while
	ipn gwa link set esp0 down
	closed
}

case_module() {
	build
	ipn gwa link del esp0
	rmmod espsimd
	closed
	load_module
}

run_tests "$@"
