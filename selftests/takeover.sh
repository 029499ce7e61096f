#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# `espsimd dev takeover` and `espsimd dev release`: the device in the place of
# eth0 has everything that eth0 had, eth0 has it back afterwards, connections go
# on, and if any step fails nothing has changed.
#
#	gwa                                 gwb
#	  eth0 (over low-eth0) ============ eth0
#	  lan0

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

CASES=(plain everything again down labels nexthops no-ip6 stable-secret
	router changed connection tunnel sas-kept sas-lost policies-kept vlan
	vlan-above long-name altname twice refused ports names-taken
	not-taken unprivileged fail-takeover fail-release)

PORT=7777
REFUSE_SO=${ESPSIMD_HELPERS:-$SELFTESTS}/refuse.so

setup() {
	require espsimd jq ping
	# Debian's kernels can; a user-mode kernel need not.
	wire
	MULTIPATH=no
	if ipn gwa route add 10.0.0.0/8 nexthop via 203.0.113.2 \
		nexthop via 203.0.113.3; then
		MULTIPATH=yes
	fi
	echo "$MULTIPATH" >"$WORK/multipath"
}

# wire: a new pair of gateways, with addresses at the other one.
wire() {
	ns_forget gwa gwb
	ns gwa gwb
	ipn gwa link add eth0 type veth peer name eth0 netns "$(n gwb)"
	ipn gwa link add lan0 type veth peer name lan0 netns "$(n gwb)"
	ipb gwb <<-EOF
		addr add 192.0.2.2/24 dev eth0
		addr add 2001:db8::2/64 dev eth0 nodad
		link set eth0 up
		link set lan0 up
	EOF
	ipb gwa <<-EOF
		addr add 203.0.113.1/24 dev lan0
		addr add 2001:db8:b::1/64 dev lan0 nodad
		link set lan0 up
	EOF
	poll 10 link_local gwa lan0
}

reset() {
	MULTIPATH=$(<"$WORK/multipath")
	wire
}

cmd() {
	on gwa espsimd "$@"
}

# answer_of COMMAND...: what a command says that has to fail.
answer_of() {
	local answer

	answer=$("$@" 2>&1) && fail "should have been refused: $*"
	echo "$answer"
}

# address_up: addresses of both families, up.
address_up() {
	ipb gwa <<-EOF
		addr add 192.0.2.1/24 dev eth0
		link set eth0 up
		addr add 2001:db8::1/64 dev eth0
		route add default via 192.0.2.2
		route add default via 2001:db8::2
	EOF
	poll 10 link_local gwa eth0
	poll 10 link_local gwb eth0
}

link_local() {
	ipn "$1" -6 addr show dev "$2" scope link -tentative | grep -q inet6
}

# furnish: eth0 with all that a device can have.
furnish() {
	on gwa sysctl -qw net.ipv4.conf.eth0.rp_filter=2 \
		net.ipv4.conf.eth0.arp_ignore=1 \
		net.ipv4.conf.eth0.forwarding=1 \
		net.ipv4.conf.eth0.log_martians=1 \
		net.ipv4.neigh.eth0.base_reachable_time_ms=31500 \
		net.ipv4.neigh.eth0.unres_qlen_bytes=70001 \
		net.ipv4.neigh.eth0.ucast_solicit=4 \
		net.ipv6.conf.eth0.hop_limit=70 \
		net.ipv6.conf.eth0.accept_ra=0 \
		net.ipv6.conf.eth0.forwarding=1 \
		net.ipv6.neigh.eth0.gc_stale_time=77 \
		net.ipv6.neigh.eth0.retrans_time_ms=1250
	ipb gwa <<-EOF
		link set eth0 txqueuelen 777
		link set eth0 alias "to the world"
		link set eth0 group 5
		link set eth0 mtu 1480
		link set eth0 promisc on
		link set eth0 allmulticast on
		link property add dev eth0 altname wan
		link property add dev eth0 altname a-name-longer-than-others-have
		link set eth0 up
		addr add 192.0.2.1/24 brd + dev eth0
		addr add 192.0.2.10/24 dev eth0
		addr add 192.0.2.11/24 dev eth0 label eth0:web
		addr add 192.0.2.129/25 dev eth0 metric 50
		addr add 198.51.100.1 peer 198.51.100.2/32 dev eth0
		addr add 198.51.100.9/24 dev eth0 noprefixroute
		addr add 198.51.100.77/32 dev eth0 scope link
		addr add 192.0.2.20/24 dev eth0 valid_lft 5000 preferred_lft 4000
		addr add 2001:db8::1/64 dev eth0 nodad
		addr add 2001:db8::5/64 dev eth0
		addr add 2001:db8::6/64 dev eth0
		addr add 2001:db8:1::1/64 dev eth0 noprefixroute
		addr add 2001:db8:2::1 peer 2001:db8:2::2/128 dev eth0
		addr add 2001:db8:3::1/64 dev eth0 metric 70
		addr add 2001:db8:4::1/64 dev eth0 valid_lft 6000 preferred_lft 5000
		addr add fe80::77/64 dev eth0
	EOF
	poll 10 link_local gwa eth0
	poll 10 no_tentative
	ipb gwa <<-EOF
		route add default via 192.0.2.2
		route append default via 192.0.2.3
		route add default via 192.0.2.4 metric 9 proto static
		route add 10.1.0.0/16 via 192.0.2.2 src 192.0.2.10
		route add 10.2.0.0/16 dev eth0 scope link mtu lock 1400
		route add 10.3.0.0/16 via 10.99.0.1 dev eth0 onlink
		route add 10.4.0.0/16 tos 0x10 via 192.0.2.2 advmss 1200
		route add 10.9.0.1/32 dev eth0
		route add 10.5.0.0/16 via 10.9.0.1 table 100 proto 77
		route add local 10.6.0.0/24 dev eth0
		route add unreachable 10.10.0.0/16
		route del 192.0.2.128/25 dev eth0 metric 50
		route add 192.0.2.128/25 dev eth0 metric 51
		route add default via 2001:db8::2 metric 500
		route add 2001:db8:10::/48 via 2001:db8::2 src 2001:db8::5
		route add 2001:db8:11::/48 dev eth0 mtu 1400 pref high
		route append 2001:db8:11::/48 dev lan0
		route add 2001:db8:12::/48 via fe80::2 dev eth0 table 100
		route add 2001:db8:13::/48 nexthop via 2001:db8::2 weight 3 nexthop via 2001:db8:b::2
		route add 2001:db8:14::/48 via 2001:db8::3 expires 3000
		neigh add 192.0.2.50 lladdr 02:00:00:00:00:50 dev eth0
		neigh add 2001:db8::50 lladdr 02:00:00:00:00:51 dev eth0
		neigh add proxy 192.0.2.60 dev eth0
		neigh add proxy 2001:db8::60 dev eth0
		rule add iif eth0 table 100 pref 1000
		rule add oif eth0 table 100 pref 1001
	EOF
	ipn gwa -6 rule add iif eth0 table 100 pref 1000
	[ "$MULTIPATH" = no ] || ipb gwa <<-EOF
		route add 10.7.0.0/16 nexthop via 192.0.2.2 weight 3 nexthop via 203.0.113.2
		route add 10.8.0.0/16 nexthop via 192.0.2.3 nexthop via 192.0.2.2 weight 2
	EOF
}

no_tentative() {
	[ -z "$(ipn gwa -6 addr show tentative)" ]
}

# state DEV: what is configured for a device, on lines that can be compared.
state() {
	local family

	ipn gwa -d -j link show dev "$1" | jq -S '.[0] | {
		ifname, mtu, txqlen, group, ifalias, altnames, address,
		inet6_addr_gen_mode, flags: (.flags - ["LOWER_UP",
		"BROADCAST", "NO-CARRIER", "M-DOWN"])}'
	ipn gwa -d -j addr show dev "$1" | jq -S '.[0].addr_info[] |
		.valid_life_time |= (. == 4294967295) |
		.preferred_life_time |= (. == 4294967295) |
		del(."stable-privacy")'
	for family in -4 -6; do
		ipn gwa "$family" -d -j route show table all |
			jq -S --arg dev "$1" 'map(
			select(.dev == $dev or any(.nexthops[]?; .dev == $dev))
			| del(.flags, .expires, .nexthops[]?.flags)
			| if .nexthops then .nexthops |= sort_by(tostring)
			else . end) | if $ARGS.named.sorted == "-6" then
			sort_by(tostring) else . end' --arg sorted "$family"
		ipn gwa "$family" -j rule show | jq -S .
		ipn gwa "$family" -j neigh show dev "$1" nud permanent |
			jq -S 'sort_by(.dst)'
		ipn gwa "$family" -j neigh show proxy dev "$1" |
			jq -S 'sort_by(.dst)'
	done
	ipn gwa -j nexthop show dev "$1" | jq -S 'map(del(.flags))'
	# shellcheck disable=SC2016 # The dollar is sh's.
	on gwa sh -c 'cd /proc/sys/net && grep -rs . ipv4/conf/$1 \
		ipv4/neigh/$1 ipv6/conf/$1 ipv6/neigh/$1 | sort' sh "$1"
}

# whole: all of gwa, interface numbers included, for when nothing may change.
whole() {
	ipn gwa -d -j link show | jq -S 'map(del(.stats, .stats64, .operstate))'
	state eth0
	ipn gwa -j route show table all | jq -S 'map(del(.flags, .expires,
		.nexthops[]?.flags) | if .nexthops then .nexthops |=
		sort_by(tostring) else . end) | sort_by(tostring)'
}

# same WHAT GOT WANTED: of several lines, shown by what differs.
same() {
	local status=0

	diff <(echo "$3") <(echo "$2") >"$WORK/differs" || status=$?
	[ "$status" = 0 ] || fail "$1 differs: $(<"$WORK/differs")"
}

kind() {
	ipn gwa -d -j link show dev "$1" | jq -r '.[0].linkinfo.info_kind'
}

# stripped: the device below has no addresses and no routes.
stripped() {
	equal "addresses below" "$(ipn gwa -j addr show dev low-eth0 |
		jq -c '.[0].addr_info')" '[]'
	lacks "routes" "$(ipn gwa route show table all;
		ipn gwa -6 route show table all)" 'low-eth0'
	lacks "neighbours" "$(ipn gwa neigh show nud permanent)" low-eth0
}

# there_and_back: takes eth0 over and releases it, and looks at both.
there_and_back() {
	local before index

	before=$(state eth0)
	index=$(on gwa cat /sys/class/net/eth0/ifindex)
	cmd dev takeover eth0
	equal "kind of eth0" "$(kind eth0)" espsimd
	equal "device below" "$(ipn gwa -j link show dev eth0 |
		jq -r '.[0].link')" low-eth0
	equal "index of low-eth0" \
		"$(on gwa cat /sys/class/net/low-eth0/ifindex)" "$index"
	same "eth0 after takeover" "$(state eth0)" "$before"
	stripped
	cmd dev release eth0
	equal "index of eth0" "$(on gwa cat /sys/class/net/eth0/ifindex)" \
		"$index"
	equal "devices" "$(ipn gwa -j link show | jq -r '.[].ifname' | xargs)" \
		"lo eth0 lan0"
	same "eth0 after release" "$(state eth0)" "$before"
}

reaches() {
	ipn gwa neigh flush dev eth0
	on gwa ping -n -q -i 0.01 -W "$(pick 2 10)" -c 3 192.0.2.2
	on gwa ping -n -q -i 0.01 -W "$(pick 2 10)" -c 3 2001:db8::2
}

case_plain() {
	address_up
	there_and_back
	cmd dev takeover eth0
	reaches
	cmd dev release eth0
	reaches
}

case_everything() {
	furnish
	there_and_back
	reaches
	cmd dev takeover eth0
	reaches
}

case_again() {
	local i

	furnish
	for ((i = 0; i < $(pick 10 2); i++)); do
		there_and_back
	done
}

# A device that is down stays down, and comes up with its addresses.
case_down() {
	ipn gwa addr add 192.0.2.1/24 dev eth0
	there_and_back
	cmd dev takeover eth0
	lacks "flags" "$(ipn gwa link show dev eth0)" '[<,]UP[,>]'
	ipn gwa link set eth0 up
	on gwa ping -n -q -W 10 -c 1 192.0.2.2
	ipn gwa link set eth0 down
	cmd dev release eth0
	lacks "flags" "$(ipn gwa link show dev eth0)" '[<,]UP[,>]'
}

# The kernel makes labels up when a device with addresses is renamed.
case_labels() {
	ipb gwa <<-EOF
		link set eth0 up
		addr add 192.0.2.1/24 dev eth0
		addr add 198.51.100.1/24 dev eth0
		addr add 198.51.100.2/24 dev eth0
		addr add 192.0.2.3/24 dev eth0 label eth0:three
		route add 10.0.0.0/8 via 192.0.2.2 src 198.51.100.2
	EOF
	there_and_back
}

case_nexthops() {
	address_up
	ipb gwa <<-EOF
		nexthop add id 7 via 192.0.2.2 dev eth0
		nexthop add id 8 via 203.0.113.2 dev lan0
		nexthop add id 9 group 7,3/8,1
		nexthop add id 10 via 2001:db8::2 dev eth0
		route add 10.20.0.0/16 nhid 7
		route add 10.21.0.0/16 nhid 9
		route add 2001:db8:20::/48 nhid 10
	EOF
	there_and_back
	cmd dev takeover eth0
	matches "route" "$(ipn gwa route get 10.20.0.1)" 'dev eth0'
	matches "nexthop" "$(ipn gwa nexthop show id 7)" 'dev eth0'
	equal "next hops" "$(ipn gwa nexthop show | wc -l)" 4
}

case_no-ip6() {
	ipb gwa <<-EOF
		link set eth0 up
		addr add 192.0.2.1/24 dev eth0
	EOF
	on gwa sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	there_and_back
	equal disable_ipv6 "$(on gwa sysctl -n net.ipv6.conf.eth0.disable_ipv6)" 1
}

# Addresses that IPv6 makes of a secret are those of the secret afterwards.
case_stable-secret() {
	on gwa sysctl -qw net.ipv6.conf.eth0.stable_secret=2001:db8::1234:5678
	ipn gwa link set eth0 addrgenmode stable_secret
	ipn gwa link set eth0 up
	poll 10 link_local gwa eth0
	there_and_back
	cmd dev takeover eth0
	ipn gwa -6 addr flush dev eth0
	ipn gwa link set eth0 down
	ipn gwa link set eth0 up
	poll 10 link_local gwa eth0
	cmd dev release eth0
}

advertise() {
	on gwb python3 - <<-EOF
		from scapy.all import *
		a = "fe80::2"
		send(IPv6(src=a, dst="ff02::1") / ICMPv6ND_RA(routerlifetime=1800) /
		     ICMPv6NDOptPrefixInfo(prefixlen=64, prefix="2001:db8:7::",
		         validlifetime=86400, preferredlifetime=14400) /
		     ICMPv6NDOptSrcLLAddr(lladdr=get_if_hwaddr("eth0")),
		     iface="eth0", verbose=0)
	EOF
}

has_default() {
	ipn gwa -6 route show default dev eth0 | grep -q "proto ra metric $1 "
}

# lifetime: that of the address that was made of an advertisement.
lifetime() {
	ipn gwa -6 -j addr show dev eth0 to 2001:db8:7::/64 |
		jq '.[0].addr_info[0].valid_life_time'
}

renewed() {
	[ "$(lifetime)" -gt 80000 ]
}

# What the kernel has learnt from routers stays, and it still learns.
case_router() {
	local address

	require_python scapy.all
	on gwa sysctl -qw net.ipv6.conf.eth0.accept_ra=2
	ipn gwb addr add fe80::2/64 dev eth0 nodad
	ipn gwa link set eth0 up
	poll 10 link_local gwa eth0
	advertise
	poll 10 has_default 1024
	address=$(ipn gwa -6 -j addr show dev eth0 to 2001:db8:7::/64 |
		jq -r '.[0].addr_info[0].local')
	ipn gwa addr change "$address/64" dev eth0 valid_lft 9000 \
		preferred_lft 8000
	cmd dev takeover eth0
	equal "address" "$(ipn gwa -6 -j addr show dev eth0 to \
		2001:db8:7::/64 | jq -r '.[0].addr_info[0].local')" "$address"
	has_default 1025 || fail "the default route is lost"
	advertise
	poll 10 has_default 1024
	poll 10 renewed
	cmd dev release eth0
	has_default 1025 || fail "the default route is lost"
	advertise
	poll 10 has_default 1024
}

# What was changed in between is what the adapter gets.
case_changed() {
	local changed

	furnish
	cmd dev takeover eth0
	ipb gwa <<-EOF
		addr del 192.0.2.11/24 dev eth0
		addr add 192.0.2.12/24 dev eth0 label eth0:new
		addr del 2001:db8::6/64 dev eth0
		addr add 2001:db8::9/64 dev eth0 nodad
		route del 10.1.0.0/16
		route add 10.30.0.0/16 via 192.0.2.9
		neigh del 192.0.2.50 dev eth0
		neigh add 192.0.2.51 lladdr 02:00:00:00:00:99 dev eth0
		link set eth0 alias "elsewhere"
		link set eth0 promisc off
		link set eth0 mtu 1400
		link property del dev eth0 altname wan
	EOF
	on gwa sysctl -qw net.ipv4.conf.eth0.rp_filter=0 \
		net.ipv6.conf.eth0.hop_limit=33
	changed=$(state eth0)
	cmd dev release eth0
	same "eth0 after release" "$(state eth0)" "$changed"
}

# A TCP connection goes on, both ways, however often the device changes.
case_connection() {
	local pid bytes rounds=0

	address_up
	on gwb traffic server "$PORT"
	# Slow enough to last, whatever the machine.
	on gwb tc qdisc add dev eth0 root tbf rate 80mbit burst 100k \
		latency 200ms || skip "needs tbf"
	bytes=$(pick 60000000 10000000)
	bg gwa traffic tcp 192.0.2.2 "$PORT" "$bytes" "$bytes"
	pid=$BG
	bg gwa traffic tcp 2001:db8::2 "$PORT" "$bytes" "$bytes"
	while ! ended "$pid" || ! ended "$BG"; do
		cmd dev takeover eth0
		cmd dev release eth0
		rounds=$((rounds + 1))
	done
	wait "$pid" || fail "IPv4: $(<"$WORK/bg.$pid")"
	wait "$BG" || fail "IPv6: $(<"$WORK/bg.$BG")"
	at_least "times there and back" "$rounds" "$(pick 2 1)"
}

KEY=0x0102030405060708090a0b0c0d0e0f1011121314

# sas [WORD...]: SAs of transport mode between the gateways, on eth0 of gwa with
# those words, and policies.
sas() {
	local gw
	local -a out in

	for gw in gwa gwb; do
		out=("$@" dir out) in=("$@" dir in)
		[ $gw = gwa ] || out=() in=()
		ipn $gw xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp \
			spi 0x1001 reqid 1 mode transport \
			aead 'rfc4106(gcm(aes))' "$KEY" 128 "${out[@]}"
		ipn $gw xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp \
			spi 0x1002 reqid 1 mode transport replay-window 64 \
			aead 'rfc4106(gcm(aes))' "$KEY" 128 "${in[@]}"
	done
	policy gwa out 192.0.2.1 192.0.2.2
	policy gwa in 192.0.2.2 192.0.2.1
	policy gwb in 192.0.2.1 192.0.2.2
	policy gwb out 192.0.2.2 192.0.2.1
}

policy() {
	ipn "$1" xfrm policy add dir "$2" src "$3" dst "$4" proto icmp \
		tmpl src "$3" dst "$4" proto esp reqid 1 mode transport
}

counter() {
	on gwa ethtool -S eth0 | awk -v key="$1:" '$1 == key { print $2 }'
}

# SAs that name eth0 are on the device, as if it had always been there.
case_tunnel() {
	address_up
	cmd dev takeover eth0
	sas offload dev eth0
	on gwa ping -n -q -i 0.01 -W "$(pick 2 10)" -c 5 192.0.2.2
	at_least "sealed" "$(counter tx_ipsec)" 5
	at_least "opened" "$(counter rx_ipsec)" 5
	equal "errors" "$(counter rx_auth_fail)" 0
}

case_sas-kept() {
	local before

	address_up
	cmd dev takeover eth0
	sas offload dev eth0
	before=$(state eth0)
	matches "answer" "$(answer_of cmd dev release eth0)" \
		'live SAs, 2,.*sa generic dev eth0 all.*force'
	same "eth0" "$(state eth0)" "$before"
	equal "SAs" "$(cmd -j sa show | jq length)" 2
	ipn gwa xfrm state flush
	cmd dev release eth0
}

case_sas-lost() {
	local before

	address_up
	before=$(state eth0)
	cmd dev takeover eth0
	sas offload dev eth0
	cmd dev release eth0 force
	equal "SAs" "$(ipn gwa xfrm state count | grep -o '[0-9]*')" 0
	same "eth0" "$(state eth0)" "$before"
}

case_policies-kept() {
	address_up
	cmd dev takeover eth0
	ipn gwa xfrm policy add dir out src 192.0.2.1 dst 192.0.2.2 \
		offload packet dev eth0 tmpl src 192.0.2.1 dst 192.0.2.2 \
		proto esp reqid 1 mode transport ||
		skip "needs ip with packet offload"
	matches "answer" "$(answer_of cmd dev release eth0)" \
		'carries policies, 1,.*in clear.*force'
	ipn gwa xfrm policy flush
	cmd dev release eth0
}

# A VLAN on the adapter stays there, and works.
case_vlan() {
	address_up
	ipb gwa <<-EOF
		link add link eth0 name eth0.5 type vlan id 5
		addr add 198.51.100.1/24 dev eth0.5
		link set eth0.5 up
	EOF
	ipb gwb <<-EOF
		link add link eth0 name eth0.5 type vlan id 5
		addr add 198.51.100.2/24 dev eth0.5
		link set eth0.5 up
	EOF
	matches "note" "$(cmd dev takeover eth0 2>&1)" \
		'Note: eth0.5 stays on low-eth0'
	on gwa ping -n -q -i 0.01 -W 10 -c 3 198.51.100.2
	reaches
	cmd dev release eth0
	on gwa ping -n -q -i 0.01 -W 10 -c 3 198.51.100.2
	equal "below the VLAN" "$(ipn gwa -j link show dev eth0.5 |
		jq -r '.[0].link')" eth0
}

# One on the device would go with it.
case_vlan-above() {
	address_up
	cmd dev takeover eth0
	ipn gwa link add link eth0 name eth0.6 type vlan id 6
	matches "answer" "$(answer_of cmd dev release eth0)" \
		'eth0.6 \(vlan\) is on eth0, and would go with it'
	ipn gwa link del eth0.6
	cmd dev release eth0
}

case_long-name() {
	local names

	ipn gwa link set eth0 name fifteen-letters
	cmd dev takeover fifteen-letters
	names=$(ipn gwa -br link show | awk '{ print $1 }' | xargs)
	matches "names" "$names" 'low-fifteen[0-9a-f]{4}@'
	matches "names" "$names" 'fifteen-letters@low-fifteen'
	cmd dev release fifteen-letters
	equal "devices" "$(ipn gwa -j link show | jq -r '.[].ifname' | xargs)" \
		"lo fifteen-letters lan0"
}

# Other names say which device is meant, too.
case_altname() {
	address_up
	ipn gwa link property add dev eth0 altname wan
	cmd dev takeover wan
	equal "kind of wan" "$(kind wan)" espsimd
	cmd dev release wan
	equal "kind of wan" "$(kind wan)" veth
}

case_twice() {
	local before

	address_up
	cmd dev takeover eth0
	before=$(state eth0)
	matches "answer" "$(answer_of cmd dev takeover eth0)" \
		'eth0 is an espsimd device already'
	matches "answer" "$(answer_of cmd dev takeover low-eth0)" \
		'low-eth0 is below the espsimd device eth0'
	same "eth0" "$(state eth0)" "$before"
	cmd dev release eth0
	matches "answer" "$(answer_of cmd dev release eth0)" \
		'eth0 is not an espsimd device'
}

# refused DEV PATTERN: a takeover, for a reason that matches.
refused() {
	local before

	before=$(whole)
	matches "answer" "$(answer_of cmd dev takeover "$1")" "$2"
	same "gwa" "$(whole)" "$before"
}

case_refused() {
	refused nothere 'there is no device "nothere"'
	refused lo 'lo is not an Ethernet device'
	if ipn gwa link add vx0 type vxlan id 5 remote 192.0.2.2 dstport 4789 \
		dev eth0; then
		refused eth0 'vx0 \(vxlan\) is on eth0'
		ipn gwa link del vx0
	fi
	if ipn gwa link add ipsec0 type xfrm dev eth0 if_id 5; then
		refused eth0 'ipsec0 \(xfrm\) is on eth0'
		ipn gwa link del ipsec0
	fi
	if ipn gwa link add mv0 link eth0 type macvlan; then
		refused eth0 'mv0 \(macvlan\) is on eth0'
		ipn gwa link del mv0
	fi
	address_up
	there_and_back
}

case_ports() {
	local kind

	for kind in bridge bond; do
		ipn gwa link add up0 type $kind || skip "needs $kind"
		ipn gwa link set eth0 down
		ipn gwa link set eth0 master up0
		refused eth0 "eth0 is a port of up0 \($kind\)"
		ipn gwa link set eth0 nomaster
		# The device can be one, but has to leave before the release.
		if [ $kind = bridge ]; then
			cmd dev takeover eth0
			ipn gwa link set eth0 master up0
			matches "answer" "$(answer_of cmd dev release eth0)" \
				'eth0 is a port of up0'
			ipn gwa link set eth0 nomaster
			cmd dev release eth0
		fi
		ipn gwa link del up0
	done
}

case_names-taken() {
	ipn gwa link property add dev lan0 altname low-eth0
	refused eth0 'the name low-eth0 is needed, and taken'
	ipn gwa link property del dev lan0 altname low-eth0
	ipn gwa link property add dev lan0 altname tmp-eth0
	refused eth0 'the name tmp-eth0 is needed, and taken'
}

# A device that was made by hand is left to the hand.
case_not-taken() {
	ipn gwa link add esp0 link eth0 type espsimd
	matches "answer" "$(answer_of cmd dev release esp0)" \
		'esp0 was not made by takeover: it is on eth0, and not on low-esp0'
	refute cmd dev takeover eth0
	refute cmd dev release lo
	refute cmd dev release nothere
}

case_unprivileged() {
	local before

	require setpriv
	address_up
	before=$(whole)
	matches "answer" "$(answer_of on gwa setpriv --bounding-set -net_admin \
		--inh-caps -net_admin espsimd dev takeover eth0)" \
		'CAP_NET_ADMIN is needed'
	same "gwa" "$(whole)" "$before"
}

# refusing NUMBER COMMAND...: the command, with that change refused.
refusing() {
	local number=$1
	shift
	rm -f "$WORK/refused"
	on gwa env REFUSE="$number" REFUSED="$WORK/refused" \
		LD_PRELOAD="$REFUSE_SO" "$@"
}

# fail_each takeover|release: has each change fail in turn. All is as before.
fail_each() {
	local step before answer seen=0 stride

	[ -e "$REFUSE_SO" ] || skip "needs refuse.so: make it in selftests"
	stride=$(pick 1 9)
	before=$(whole)
	for ((step = 1; step < 1000; step += stride)); do
		ipn gwa neigh flush all
		if answer=$(refusing "$step" espsimd dev "$1" eth0 2>&1); then
			[ ! -e "$WORK/refused" ] ||
				fail "step $step was refused in vain: $answer"
			break
		fi
		[ -e "$WORK/refused" ] || fail "step $step: $answer"
		matches "answer of step $step" "$answer" \
			'^Error: eth0 was not (taken over|released): '
		lacks "answer of step $step" "$answer" 'put back'
		ipn gwa neigh flush all
		same "step $step: $answer: gwa" "$(whole)" "$before"
		seen=$((seen + 1))
	done
	at_least "steps that failed" "$seen" "$(pick 40 4)"
	lacks "devices" "$(ipn gwa -br link show)" tmp-
}

# The device's number counts on with each attempt; nothing else may.
case_fail-takeover() {
	furnish
	fail_each takeover
	equal "kind of eth0" "$(kind eth0)" espsimd
	reaches
}

case_fail-release() {
	furnish
	cmd dev takeover eth0
	fail_each release
	equal "kind of eth0" "$(kind eth0)" veth
	reaches
}

run_tests "$@"
