#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# espsimd flowpath: the rules that it prints make flows take the short way in
# both directions, keep on the long one what has to stay there, and come behind
# the operator's own rules; what it shows is true.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
OFFLOAD=packet
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(refused names bad-names udp-4 udp-6 tcp-4 tcp-6 vlan bridge
	filtered-answers unprotected nat again show-states crypto-mode)

setup() {
	require espsimd jq ping nft python3
	gateways both
	on hostb ordered receive 5555
}

reset() {
	local name

	for name in gwa gwb; do
		on $name nft flush ruleset
		on $name sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
	plain_lan
	ns_forget names
}

# plain_lan: gwa's LAN is on lan0 itself.
plain_lan() {
	local name

	LAN=lan0
	for name in gwa hosta; do
		if ipn $name link del lan1 2>/dev/null; then
			lan_on $name lan0
		fi
	done
}

# lan_on gwa|hosta DEV: moves the addresses of the LAN there.
lan_on() {
	local addr4=192.0.2.1 addr6=2001:db8:a::1

	[ "$1" != hosta ] || addr4=${HOSTA[4]} addr6=${HOSTA[6]}
	ipn "$1" addr flush dev lan0 scope global
	ipb "$1" <<-EOF
		link set $2 up
		addr replace $addr4/24 dev $2
		addr replace $addr6/64 dev $2 nodad
	EOF
	if [ "$1" = hosta ]; then
		ipb hosta <<-EOF
			route replace default via 192.0.2.1
			route replace default via 2001:db8:a::1
		EOF
	fi
}

cmd() {
	on gwa espsimd "$@"
}

# flow_path NAME: loads what the command prints there, and a filter of the
# operator's that counts what takes the long way.
flow_path() {
	local lan=lan0

	[ "$1" != gwa ] || lan=$LAN
	on "$1" espsimd flowpath print esp0 lan "$lan" | on "$1" nft -f -
	on "$1" nft -f - <<-EOF
		table inet operator {
			counter long { }
			chain forward {
				type filter hook forward priority filter
				meta l4proto { tcp, udp } counter name long
			}
		}
	EOF
}

# packets NAME TABLE COUNTER: of a counter of nft.
packets() {
	on "$1" nft list counter inet "$2" "$3" |
		awk '$1 == "packets" { print $2 }'
}

# finding NAME CHECK FIELD: of the only thing that show looked at as that.
finding() {
	on "$1" espsimd -j flowpath show esp0 |
		jq -r ".[] | select(.check == \"$2\") | .\"$3\""
}

# start WORD...
start() {
	local name

	tunnel "$@"
	tunnel_up
	settle_first
	for name in gwa gwb; do
		flow_path $name
	done
	settle before
}

# short MOST: almost nothing took the long way, and nothing was lost.
short() {
	local name long

	settle after
	for name in gwa gwb; do
		long=$(packets $name operator long)
		echo "$name: $long took the long way," \
			"$(delta $name dev.tx_ipsec) were sealed"
		[ "$long" -le "$1" ] ||
			fail "$long packets took the long way through $name"
		at_least "flows that $name added" \
			"$(packets $name espsimd_flowpath_esp0 flows)" 1
		equal "flow table that $name shows" \
			"$(finding $name 'flow table' result)" ok
		on $name espsimd flowpath show esp0
		agree $name
	done
}

# longer FLOOR: the flow stayed where rules see it.
longer() {
	settle after
	at_least "packets that took the long way" \
		"$(packets gwa operator long)" "$1"
	equal "flows that were added" \
		"$(packets gwa espsimd_flowpath_esp0 flows)" 0
	equal "flows that are shown" "$(finding gwa flows number)" 0
	matches "result" "$(finding gwa flows result)" warn
	equal "clear text" "$(delta gwa dev.tx_drop_clear)" 0
}

# Each datagram waits for the answer to the one before, since the order in which
# several processors forward them is not what this is about.
udp_flow() {
	start "$@"
	on hosta ordered send "$TARGET" 5555 "$(pick 2000 400)" 800 1
	short 64
	at_least "flows that gwa shows" "$(finding gwa flows number)" 1
	at_least "flows that gwb shows" "$(finding gwb flows number)" 1
}

# Large packets are segmented behind the flow table. What begins and ends a
# connection takes the long way.
tcp_flow() {
	start "$@"
	on hosta traffic tcp "$TARGET" $PORT "$(pick 20000000 1000000)" \
		"$(pick 20000000 1000000)"
	short 64
}

case_udp-4() {
	udp_flow
}

case_udp-6() {
	udp_flow outer=6 inner=6 esn=yes key=256
}

case_tcp-4() {
	tcp_flow
}

case_tcp-6() {
	tcp_flow outer=6 inner=6 esn=yes
}

# The command finds the devices by which the frames come in.
case_vlan() {
	local name

	LAN=lan1
	for name in gwa hosta; do
		ipn $name link add lan1 link lan0 type vlan id 5
		lan_on $name lan1
	done
	tcp_flow
}

case_bridge() {
	LAN=lan1
	ipn gwa link add lan1 type bridge
	ipn gwa link set lan0 master lan1
	lan_on gwa lan1
	tcp_flow
}

# datagrams COUNT: from one port of hosta, each of which hostb answers. Nothing
# waits for the answers.
datagrams() {
	on hosta python3 - "$TARGET" "$1" <<-'EOF'
		import socket, sys
		with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
		    sock.bind(("", 7000))
		    for _ in range(int(sys.argv[2])):
		        sock.sendto(b"\1" * 16, (sys.argv[1], 5555))
	EOF
	settle after
}

# The operator drops answers: tracking knows of them, but the flow must not
# leave the rules, or the next answers would get past.
case_filtered-answers() {
	start
	on gwa nft add rule inet operator forward \
		iifname esp0 udp sport 5555 drop
	datagrams 1
	datagrams 50
	longer 102
	on gwa nft flush chain inet operator forward
	datagrams 1
	datagrams 1
	equal "flows that were added" \
		"$(packets gwa espsimd_flowpath_esp0 flows)" 1
}

# What no policy protects is forwarded as ever, and not for this flow table.
case_unprotected() {
	tunnel
	tunnel_down
	ends
	flow_path gwa
	settle before
	datagrams 1
	datagrams 50
	longer 102
}

case_nat() {
	start
	on gwa nft -f - <<-EOF
		table ip nat {
			chain postrouting {
				type nat hook postrouting priority srcnat
				oifname esp0 snat to 192.0.2.99
			}
		}
	EOF
	on hosta ordered send "$TARGET" 5555 200 100 1
	longer 400
}

# What was printed replaces itself, and takes all flows out of the table.
case_again() {
	udp_flow
	on gwa espsimd flowpath print esp0 lan lan0 | on gwa nft -f -
	equal "tables" "$(on gwa nft list tables | grep -c espsimd)" 1
	poll 10 no_flows
	equal "flows that were added" \
		"$(packets gwa espsimd_flowpath_esp0 flows)" 0
	on gwa nft delete table inet espsimd_flowpath_esp0
	refute cmd flowpath show esp0
}

no_flows() {
	[ "$(finding gwa flows number)" = 0 ]
}

# fails_with PATTERN: a line of what is shown, which is not good.
fails_with() {
	local answer

	answer=$(cmd flowpath show esp0) && fail "should have failed: $answer"
	matches "answer" "$answer" "$1"
	matches "verdict" "$answer" '^Flows do not take a flow table: [1-9]'
}

case_show-states() {
	tunnel
	tunnel_up
	fails_with '^fail +flow table +none has esp0$'
	fails_with 'mend: espsimd flowpath print esp0 lan LANDEV [|] nft -f -$'

	on gwa nft add table inet t
	on gwa nft add flowtable inet t f \
		'{ hook ingress priority 0; devices = { eth0, lan0 }; }'
	fails_with '^warn +flow table +inet t f has eth0, but frames come in by esp0'
	on gwa nft flush ruleset
	on gwa nft add table ip t
	on gwa nft add flowtable ip t f \
		'{ hook ingress priority 0; devices = { esp0 }; }'
	fails_with '^fail +flow table +ip t f has esp0, but no device of the LAN'
	on gwa nft add flowtable ip t f '{ devices = { lan0 }; }'
	fails_with '^fail +flow table +ip t f has esp0 and lan0, but no rule adds'

	cmd flowpath print esp0 lan lan0 | on gwa nft -f -
	on gwa nft delete table ip t
	cmd flowpath show esp0
	cmd flowpath show
	cmd flowpath
	on gwa sysctl -qw net.ipv4.ip_forward=0
	matches "answer" "$(cmd flowpath show)" \
		'^warn +forwarding +of IPv4 from esp0 is off'
	on gwa sysctl -qw net.ipv6.conf.all.forwarding=0
	fails_with '^fail +forwarding +of IPv6 is off'
	fails_with 'mend: sysctl -w net.ipv4.ip_forward=1$'
	equal "kinds of findings" "$(cmd -j flowpath show |
		jq -r '[.[].check] | unique | join(",")' || true)" \
		'clear text,device,flow table,flows,forwarding,module,sa'
}

# The device keeps clear text out of flows in packet mode only.
case_crypto-mode() {
	tunnel offload=crypto
	tunnel_up
	refute cmd flowpath print esp0 lan lan0
	matches "answer" "$(cmd flowpath print esp0 lan lan0 2>&1 || true)" \
		'^Error: "esp0" has SAs in crypto mode'
	fails_with '^fail +sa +2 SAs of esp0 are in crypto mode'
}

# refused STATUS PATTERN WORD...: nothing is printed but an error, in NS or gwa.
refused() {
	local status=$1 pattern=$2 code=0 out
	shift 2

	out=$(on "${NS:-gwa}" espsimd flowpath "$@" 2>"$WORK/err") || code=$?
	equal "exit code of $*" "$code" "$status"
	equal "output of $*" "$out" ''
	matches "error of $*" "$(<"$WORK/err")" "$pattern"
}

case_refused() {
	tunnel_down
	refused 2 'the espsimd device is missing' print
	refused 2 '"lan" is missing' print esp0
	refused 2 '"lan0" is not expected' print esp0 lan0
	refused 2 '"lan" needs a device' print esp0 lan
	refused 2 '"x" is not expected' show esp0 x
	refused 1 'there is no device "nothere"' print nothere lan lan0
	refused 1 'there is no device "nothere"' print esp0 lan lan0 nothere
	refused 1 'there is no device "nothere"' show nothere
	refused 1 '"lan0" is not an espsimd device' print lan0 lan esp0
	refused 1 '"esp0" cannot be on both sides' print esp0 lan lan0 esp0
	refused 1 '"eth0" is the lower device of "esp0"' print esp0 lan eth0
	ipn gwa link add dummy0 type dummy
	ipn gwa link add esp1 link dummy0 type espsimd
	refused 1 '"esp1" is an espsimd device' print esp0 lan esp1
	refused 1 '"dummy0" is the lower device of "esp1"' print esp0 lan dummy0
	ipn gwa link add link esp1 name esp1.7 type vlan id 7
	refused 1 '"esp1" is an espsimd device' print esp0 lan esp1.7
	ipn gwa link del dummy0
	cmd flowpath show lo >"$WORK/out" && fail "lo is well"
	matches "answer" "$(<"$WORK/out")" 'lo is not an espsimd device'
}

# with_name NAME: a namespace with an espsimd device of that name, and a device
# called l and the name.
with_name() {
	ns names
	ipn names link add lower type dummy
	ipn names link add name "l${1:0:14}" type dummy
	ipn names link add name "$1" link lower type espsimd
}

devices_of_tables() {
	on names nft -j list flowtables |
		jq -c '[.nftables[].flowtable // empty | .dev[]] | sort'
}

# Names that mean something to nft or to the shell are names.
case_names() {
	local name

	for name in accept 'x;flush' '{}' '#x' -n "it's" 0 @a a-b.c _ \
		"\$(reboot)" "\$a" 'ü' fifteen-chars.1; do
		echo "name $name"
		with_name "$name"
		on names espsimd flowpath print "$name" lan "l${name:0:14}" |
			on names nft -f -
		equal "devices" "$(devices_of_tables)" "$(jq -cn \
			--arg a "$name" --arg b "l${name:0:14}" '[$a, $b] | sort')"
		matches "what is shown" \
			"$(on names espsimd flowpath show "$name" || true)" \
			'^ok +flow table +inet espsimd_flowpath_.* fast has '
		ns_del names
	done
	with_name "it's"
	matches "the shell's quotes" \
		"$(on names espsimd flowpath show "it's" || true)" \
		"print 'it'\\\\''s' lan LANDEV"
	ns_del names
}

# Those that nft has no way to write are refused.
case_bad-names() {
	local name

	for name in 'a"b' 'a*' 'a\b' $'a\x01b' $'\x1b[2J'; do
		with_name "$name"
		ipn names link add good type dummy
		ipn names link add other type dummy
		ipn names link add link other name esp0 type espsimd
		NS=names refused 1 "cannot be written in nft's language" \
			print "$name" lan good
		NS=names refused 1 "cannot be written in nft's language" \
			print esp0 lan good "l$name"
		ns_del names
	done
}

run_tests "$@"
