#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Devices below and above: a tunnel over whatever can be the lower device, and
# through VLANs and bridges on top of the espsimd device.
#
#	gwa: X over esp0 over Y over eth0 ======== gwb: the counterpart

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(veth vlan-below vlan-qinq-below bond-below team-below macvlan-below
	vlan-above vlan-both bridge-above macvlan-above ipvlan-above
	vxlan-through lower-has-qdisc vrf-above)
# In packet mode packets of a device above are nobody's; packet-closed.sh is about
# that.
if packet_mode; then
	CASES=(veth vlan-below vlan-qinq-below bond-below team-below
		macvlan-below vxlan-through lower-has-qdisc)
fi

setup() {
	require ping
	ns gwa gwb
	ipn gwa link add eth0 type veth peer name eth0 netns "$(n gwb)"
	ipn gwb link set eth0 up
	on gwb traffic server "$PORT"
	echo eth0 >"$WORK/devb"
}

reset() {
	tunnel_down
	ipb gwa <<-EOF
		link del eth0
	EOF
	ipn gwa link add eth0 type veth peer name eth0 netns "$(n gwb)"
	ipn gwa link set eth0 up
	ipn gwb link set eth0 up
}

# exercise DEV_A DEV_B: a transport mode tunnel between addresses of these
# devices, whose SAs are offloaded to esp0.
exercise() {
	ends_up "$1" "$2"
	tunnel mode=transport esn=yes
	tunnel_up
	works
	tunnel mode=transport outer=6
	tunnel_up
	works
}

ends_up() {
	ipb gwa <<-EOF
		addr add ${GWA[4]}/24 dev $1
		addr add ${GWA[6]}/64 dev $1 nodad
		link set $1 up
	EOF
	ipb gwb <<-EOF
		addr add ${GWB[4]}/24 dev $2
		addr add ${GWB[6]}/64 dev $2 nodad
		link set $2 up
	EOF
	poll 10 no_tentative gwa gwb
}

works() {
	ends
	poll 10 on gwa ping -n -q -c 1 -W 1 "$TARGET"
	settle before
	ping_ok gwa "$TARGET"
	on gwa traffic udp "$TARGET" $PORT 1300 1480 3 whole
	on gwa traffic tcp "$TARGET" $PORT 400000 400000
	settle after
	agree gwa
}

esp_over() {
	ipn gwa link add esp0 link "$1" type espsimd
	ipn gwa link set esp0 up
}

case_veth() {
	esp_over eth0
	exercise esp0 eth0
}

vlan() {
	ipn "$1" link add link "$2" name "$3" type vlan id "$4"
	ipn "$1" link set "$3" up
}

case_vlan-below() {
	vlan gwa eth0 vlan7 7
	vlan gwb eth0 vlan7 7
	esp_over vlan7
	exercise esp0 vlan7
	ipn gwa link del vlan7
	refute ipn gwa link show esp0
}

case_vlan-qinq-below() {
	vlan gwa eth0 outer 7
	vlan gwb eth0 outer 7
	vlan gwa outer inner 8
	vlan gwb outer inner 8
	esp_over inner
	exercise esp0 inner
}

case_bond-below() {
	ipn gwa link add bond0 type bond mode active-backup miimon 50 ||
		skip "needs bonds"
	ipn gwa link set eth0 down
	ipn gwa link set eth0 master bond0
	ipn gwa link set bond0 up
	esp_over bond0
	exercise esp0 eth0
	# The bond loses its last port and gets it back.
	ipn gwa link set eth0 nomaster
	ipn gwa link set eth0 down
	ipn gwa link set eth0 master bond0
	ipn gwa link set eth0 up
	works
	ipn gwa link del bond0
}

# Two ports, of which one fails.
case_team-below() {
	ipn gwa link add bond0 type bond mode active-backup miimon 50 ||
		skip "needs bonds"
	ipn gwa link add eth1 type veth peer name eth1 netns "$(n gwb)"
	ipn gwb link add br0 type bridge || skip "needs bridges"
	ipn gwb link set eth0 master br0
	ipn gwb link set eth1 master br0
	ipn gwb link set eth1 up
	ipn gwa link set eth0 down
	ipn gwa link set eth0 master bond0
	ipn gwa link set eth1 master bond0
	ipn gwa link set bond0 up
	esp_over bond0
	exercise esp0 br0
	ipn gwb link set eth0 down
	works
	ipn gwb link set eth0 up
	ipn gwb link set eth1 down
	works
	ipn gwa link del bond0
	ipn gwa link del eth1
	ipn gwb link del br0
}

case_macvlan-below() {
	ipn gwa link add link eth0 name mac0 type macvlan mode bridge ||
		skip "needs macvlan"
	esp_over mac0
	exercise esp0 eth0
	ipn gwa link del mac0
}

# ESP of a VLAN over the device: the SA's device is not the one of the route, so
# the stack does it, and the device passes it on.
by_the_stack() {
	ends_up "$1" "$2"
	tunnel mode=transport
	tunnel_up
	ends
	poll 10 on gwa ping -n -q -c 1 -W 1 "$TARGET"
	settle before
	ping_ok gwa "$TARGET"
	on gwa traffic udp "$TARGET" $PORT 1300 1480 3 whole
	on gwa traffic tcp "$TARGET" $PORT 400000 400000
	settle after
	equal "the peer's SA and what was sent" \
		"$(delta gwb "sa.$SPI_AB.packets")" \
		"$(delta gwa "sa.$SPI_AB.oseq")"
	equal "SA and what the peer sent" "$(delta gwa "sa.$SPI_BA.packets")" \
		"$(delta gwb "sa.$SPI_BA.oseq")"
	no_errors
}

case_vlan-above() {
	esp_over eth0
	vlan gwa esp0 vlan7 7
	vlan gwb eth0 vlan7 7
	by_the_stack vlan7 vlan7
}

case_vlan-both() {
	vlan gwa eth0 vlan7 7
	vlan gwb eth0 vlan7 7
	esp_over vlan7
	vlan gwa esp0 vlan9 9
	vlan gwb vlan7 vlan9 9
	by_the_stack vlan9 vlan9
}

case_bridge-above() {
	ipn gwa link add br0 type bridge || skip "needs bridges"
	esp_over eth0
	ipn gwa link set esp0 master br0
	by_the_stack br0 eth0
	ipn gwa link del br0
}

case_macvlan-above() {
	esp_over eth0
	ipn gwa link add link esp0 name mac0 type macvlan mode bridge ||
		skip "needs macvlan"
	by_the_stack mac0 eth0
}

case_ipvlan-above() {
	esp_over eth0
	ipn gwa link add link esp0 name ipvl0 type ipvlan mode l2 ||
		skip "needs ipvlan"
	by_the_stack ipvl0 eth0
}

# VXLAN over the tunnel: its UDP packets are what is protected. It has to leave
# room for ESP, as on any path with a smaller MTU.
case_vxlan-through() {
	esp_over eth0
	ends_up esp0 eth0
	tunnel mode=transport
	tunnel_up
	ends
	poll 10 on gwa ping -n -q -c 1 -W 1 "$TARGET"
	ipn gwa link add vx0 type vxlan id 5 local "${GWA[4]}" \
		remote "${GWB[4]}" dstport 4789 || skip "needs vxlan"
	ipn gwb link add vx0 type vxlan id 5 local "${GWB[4]}" \
		remote "${GWA[4]}" dstport 4789
	ipb gwa <<-EOF
		addr add 192.0.2.65/26 dev vx0
		addr add 2001:db8:a:1::1/64 dev vx0 nodad
		link set vx0 mtu 1350 up
	EOF
	ipb gwb <<-EOF
		addr add 192.0.2.66/26 dev vx0
		addr add 2001:db8:a:1::2/64 dev vx0 nodad
		link set vx0 mtu 1350 up
	EOF
	poll 10 no_tentative gwa gwb
	poll 10 on gwa ping -n -q -c 1 -W 1 192.0.2.66
	poll 10 on gwa ping -n -q -c 1 -W 1 2001:db8:a:1::2
	settle before
	on gwa traffic udp 192.0.2.66 $PORT 0 1300 13
	on gwa traffic tcp 192.0.2.66 $PORT 1000000 1000000
	on gwa traffic tcp 2001:db8:a:1::2 $PORT 1000000 1000000
	settle after
	agree gwa
	ipn gwa link del vx0
	ipn gwb link del vx0
}

# A queueing discipline of the lower device that holds packets up and loses some.
case_lower-has-qdisc() {
	require tc
	esp_over eth0
	on gwa tc qdisc add dev eth0 root tbf rate 200mbit burst 20kb \
		limit 400kb || skip "needs tc's tbf"
	exercise esp0 eth0
}

case_vrf-above() {
	ipn gwa link add vrf0 type vrf table 10 || skip "needs VRFs"
	esp_over eth0
	ipn gwa link set vrf0 up
	ipn gwa link set esp0 master vrf0
	matches "esp0" "$(ipn gwa link show esp0)" 'master vrf0'
	ends_up esp0 eth0
	poll 10 on gwa ping -n -q -c 1 -W 1 -I vrf0 "${GWB[4]}"
	ipn gwa link del vrf0
}

run_tests "$@"
