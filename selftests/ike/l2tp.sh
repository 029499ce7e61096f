#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# L2TP/IPsec, as of clients that came with their systems: PPP in L2TP in UDP, by
# xl2tpd and pppd, in transport mode. It works through the device, and is as fast
# as through the stack.
#
#	hosta ---- gwa: xl2tpd, client == ESP of L2TP == gwb: xl2tpd ---- hostb
#	              ppp0 192.168.9.10                  ppp0 192.168.9.1
#
# Needs a root file system that has both programs, as those with an IKE daemon.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname -- "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../lib-ipsec.sh
. "$(dirname -- "$0")/../lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=../lib-throughput.sh
. "$(dirname -- "$0")/../lib-throughput.sh"

CASES=(both stock-peer packet natt throughput)

NEAR=192.168.9.10
FAR=192.168.9.1
# What a packet of the wire's MTU has left in it with all headers.
PPP_MTU=1350

setup() {
	require ping xl2tpd pppd
	modprobe -q l2tp_ppp || skip "needs the kernel's PPP over L2TP"
	[ -c /dev/ppp ] || mknod /dev/ppp c 108 0 ||
		skip "needs /dev/ppp"
}

reset() {
	ns_forget hosta gwa gwb hostb
	rm -rf "$WORK/l2tp"
	mkdir "$WORK/l2tp"
}

# daemon NAME: starts xl2tpd with the configuration there.
daemon() {
	local dir=$WORK/l2tp/$1

	cat >"$dir/options" <<-EOF
		noauth
		nodefaultroute
		noccp
		nobsdcomp
		nodeflate
		noproxyarp
		ipcp-accept-local
		ipcp-accept-remote
		mtu $PPP_MTU
		mru $PPP_MTU
	EOF
	bg "$1" xl2tpd -D -c "$dir/conf" -p "$dir/pid" -C "$dir/control" \
		-s /dev/null
	poll 10 test -p "$dir/control"
}

# l2tp_up: connects both gateways, and sends their hosts' traffic that way.
l2tp_up() {
	mkdir "$WORK/l2tp/gwa" "$WORK/l2tp/gwb"
	cat >"$WORK/l2tp/gwb/conf" <<-EOF
		[global]
		listen-addr = ${GWB[4]}
		[lns default]
		ip range = $NEAR-$NEAR
		local ip = $FAR
		require authentication = no
		pppoptfile = $WORK/l2tp/gwb/options
		length bit = yes
	EOF
	cat >"$WORK/l2tp/gwa/conf" <<-EOF
		[global]
		listen-addr = ${GWA[4]}
		[lac gwb]
		lns = ${GWB[4]}
		require authentication = no
		pppoptfile = $WORK/l2tp/gwa/options
		length bit = yes
	EOF
	daemon gwb
	daemon gwa
	echo "c gwb" >"$WORK/l2tp/gwa/control"
	poll 20 has_ppp gwa
	poll 20 has_ppp gwb
	ipn gwa route replace "${NETB[4]}" via $FAR
	ipn gwb route replace "${NETA[4]}" via $NEAR
}

has_ppp() {
	ipn "$1" -4 addr show dev ppp0 up 2>/dev/null | grep -q inet
}

# through TUNNEL...: everything of the hosts goes through L2TP and the device.
through() {
	tunnel mode=transport proto=17 "$@"
	tunnel_up
	settle_first
	l2tp_up
	ping_ok hosta "${HOSTB[4]}"
	settle before
	on hosta traffic udp "${HOSTB[4]}" $PORT 0 1300 100
	on hosta traffic tcp "${HOSTB[4]}" $PORT 2000000 2000000
	settle after
	agree gwa
	at_least "packets" "$(delta gwa dev.tx_ipsec)" 1000
}

case_both() {
	gateways both
	through
	agree gwb
}

case_stock-peer() {
	gateways one
	through esn=yes
}

case_packet() {
	gateways one
	OFFLOAD=packet through
}

case_natt() {
	gateways one
	through natt=yes
}

case_throughput() {
	gateways one
	as_fast_as_stock 17 l2tp_up
}

run_tests "$@"
