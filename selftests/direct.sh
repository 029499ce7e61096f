#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Policies for packets to send that the stack leaves to the device, by its
# disable_xfrm: they are applied as the stack would have done it, and where the
# device cannot know, the stack decides. Nothing that one of them wants protected
# leaves in clear text.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb
#	           disable_xfrm=1
#
# run.sh direct-NAME runs other tests in this way.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck disable=SC2034 # Of the library.
OFFLOAD=packet DIRECT=yes
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(stack-is-not-asked gateway-itself fragments block bypass
	other-policy other-sa no-sa acquire newest-sa sa-selector interface-id
	socket-policy redirected trailing-bytes too-long switched-under-traffic)

setup() {
	require ping
	gateways one
	on hostb ordered receive 5555
	# Behind gwb too, but no matter of the tunnel.
	ipn gwa route add 198.18.0.0/15 via "${GWB[4]}"
}

reset() {
	on gwa tc qdisc del dev lan0 clsact 2>/dev/null || true
}

# start KEY=VALUE...: without what settle_first sends, which has fragments.
start() {
	tunnel "$@"
	tunnel_up
	ends
	ping_ok hosta "$TARGET" -c 1
	settle before
}

# unanswered ADDR: five pings of hosta that get no answer.
unanswered() {
	! on hosta ping -n -q -c 5 -i 0.01 -W 0.2 "$1" ||
		fail "there was an answer"
	settle after
}

# kept_back COUNT: so many packets were, and none has left.
kept_back() {
	equal tx_drop_clear "$(delta gwa dev.tx_drop_clear)" "$1"
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
	at_most tx_passed "$(delta gwa dev.tx_passed)" 2
}

at_most() {
	[ "$2" -le "$3" ] || fail "$1: is $2, should be at most $3"
}

# policy_out DST WORD...: the command that adds one of gwa for packets to send.
policy_out() {
	local dst=$1
	shift
	echo "xfrm policy add src ${NETA[4]} dst $dst dir out $*"
}

TO_GWB="tmpl src ${GWA[4]} dst ${GWB[4]} proto esp mode tunnel reqid"

# The kernel notes when a policy was used last; here it never is.
case_stack-is-not-asked() {
	start
	ping_ok hosta "$TARGET"
	on hosta traffic udp "$TARGET" $PORT 100 1300 100
	on hosta traffic tcp "$TARGET" $PORT 300000 300000
	settle after
	agree gwa
	equal "last use of the policy" "$(ipn gwa -s xfrm policy list dir out |
		sed -n 's/.* use \(.*\)/\1/p' | tr -d ' ')" '-'
}

# Packets of the gateway are routed, and their policies left out, likewise.
case_gateway-itself() {
	start
	ping_ok gwa "$TARGET" -I 192.0.2.1
	on gwa ping -n -q -c 5 -i 0.01 -W 2 -s 1300 -I 192.0.2.1 "$TARGET"
	settle after
	agree gwa
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 10
}

# What ports the rest of a packet has is not known of its fragments.
case_fragments() {
	start
	on hosta traffic udp "$TARGET" $PORT 1500 9000 500
	settle after
	agree gwa
	at_least "packets sent" "$(delta gwa dev.tx_ipsec)" 60
}

case_block() {
	start
	policy_out "${HOSTB[4]}/32" priority 1 action block \
		"$(policy_offload a)" | ipb gwa
	unanswered "$TARGET"
	kept_back 5
	equal "XFRM counter" "$(delta gwa xfrm.XfrmOutPolBlock)" 5
}

# A policy that comes first wants nothing done. The peer wants something else.
case_bypass() {
	start
	policy_out "${HOSTB[4]}/32" priority 1 "$(policy_offload a)" |
		ipb gwa
	unanswered "$TARGET"
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
	at_least tx_passed "$(delta gwa dev.tx_passed)" 5
}

# A policy that is not the device's: the stack is asked, and knows of no SA.
case_other-policy() {
	start
	policy_out 198.18.0.0/15 "$TO_GWB" 77 | ipb gwa
	unanswered 198.18.0.1
	kept_back 5
	equal "XFRM counter" "$(delta gwa xfrm.XfrmOutNoStates)" 5
	settle before
	ping_ok hosta "$TARGET"
	settle after
	agree gwa
}

# It even has one, but the device cannot send through it.
case_other-sa() {
	start
	{
		policy_out 198.18.0.0/15 "$TO_GWB" 77
		T[dev]='' T[gen]=1
		sa_words a out | sed 's/reqid 1/reqid 77/; s/^/xfrm state add /'
	} | ipb gwa
	unanswered 198.18.0.1
	kept_back 5
}

case_no-sa() {
	start
	ipn gwa xfrm state flush
	unanswered "$TARGET"
	kept_back 5
	equal "XFRM counter" "$(delta gwa xfrm.XfrmOutNoStates)" 5
}

case_acquire() {
	local log

	start
	ipn gwa xfrm state flush
	bg gwa ip xfrm monitor acquire
	log=$WORK/bg.$BG
	# shellcheck disable=SC2016 # The dollars are awk's.
	poll 10 on gwa awk '$2 == 6 && $4 !~ /^0*$/ { found = 1 }
		END { exit !found }' /proc/net/netlink
	unanswered "$TARGET"
	kept_back 5
	poll 5 grep -q '^acquire proto esp' "$log"
}

# The kernel knows the age of an SA in seconds.
case_newest-sa() {
	local now side

	start
	printf -v now '%(%s)T' -1
	poll 5 another_second "$now"
	T[gen]=1
	for side in a:in b:in a:out b:out; do
		echo "xfrm state add $(sa_words "${side%:*}" "${side#*:}")" |
			ipb "gw${side%:*}"
	done
	ping_ok hosta "$TARGET"
	settle after
	equal "packets of the old SA" "$(delta gwa "sa.$SPI_AB.packets")" 0
	equal "packets of the new SA" \
		"$(delta gwa "sa.$(printf '0x%x' $((SPI_AB + 16))).packets")" 5
}

another_second() {
	[ "$(printf '%(%s)T' -1)" != "$1" ]
}

# An SA for some packets of its policy only is none for the others.
case_sa-selector() {
	start outx="sel src ${NETA[4]} dst ${NETB[4]} proto icmp"
	ping_ok hosta "$TARGET"
	settle after
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 5
	settle before
	! on hosta timeout 2 traffic udp "$TARGET" $PORT 100 200 100 ||
		fail "UDP was answered"
	settle after
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
	at_least tx_drop_clear "$(delta gwa dev.tx_drop_clear)" 1
}

# A policy of an XFRM interface is none of other devices.
case_interface-id() {
	start
	ipn gwa xfrm policy flush
	policy_out "${NETB[4]}" priority 10 if_id 5 "$(policy_offload a)" \
		"$TO_GWB" 1 | ipb gwa
	unanswered "$TARGET"
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
	equal tx_drop_clear "$(delta gwa dev.tx_drop_clear)" 0
}

# send_past ADDR: five datagrams by a socket of gwa, whose own policy wants what
# is for that address to leave as it is.
send_past() {
	on gwa python3 - <<-EOF
		import socket, struct
		IP_XFRM_POLICY, OUT, ALLOW, NEVER = 17, 1, 0, (1 << 64) - 1
		sel = struct.pack("=16s16s8xHBBB3xiI", socket.inet_aton("$1"), b"",
				  socket.AF_INET, 32, 0, 0, 0, 0)
		policy = sel + struct.pack("=4Q4Q4QIIBBBB4x", *[NEVER] * 4,
					   *[0] * 8, 0, 0, OUT, ALLOW, 0, 0)
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_IP, IP_XFRM_POLICY, policy)
		s.bind(("192.0.2.1", 0))
		for i in range(5): s.sendto(b"x", ("$TARGET", 9))
	EOF
	settle after
}

# A key manager's socket is not to be protected, for the packets that it says.
case_socket-policy() {
	start
	send_past "$TARGET"
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
	at_least tx_passed "$(delta gwa dev.tx_passed)" 5
	settle before
	send_past 198.51.100.77
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 5
}

# Frames that never saw the routing.
case_redirected() {
	start
	on gwa tc qdisc add dev lan0 clsact
	on gwa tc filter add dev lan0 ingress protocol ip matchall \
		action mirred egress redirect dev esp0
	ping_ok hosta "$TARGET"
	settle after
	agree gwa
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 5
}

# Ethernet pads short frames. What is behind the packet is not sealed.
case_trailing-bytes() {
	local bytes

	start
	on gwa tc qdisc add dev lan0 clsact
	on gwa tc filter add dev lan0 ingress protocol ip matchall \
		action mirred egress redirect dev esp0
	bytes=$(val before gwa "sa.$SPI_AB.bytes")
	on hosta python3 - <<-EOF
		import socket, struct
		from pathlib import Path
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("lan0", 0))
		src, dst = map(socket.inet_aton, ("${HOSTA[4]}", "$TARGET"))
		ip = struct.pack(">BBHHHBBH4s4s", 69, 0, 28, 1, 0, 64, 17, 0, src, dst)
		total = sum(struct.unpack(">10H", ip))
		total = (total >> 16) + (total & 0xffff)
		ip = ip[:10] + struct.pack(">H", ~total & 0xffff) + ip[12:]
		udp = struct.pack(">HHHH", 9, 9, 8, 0)
		mac = bytes.fromhex(Path("/sys/class/net/lan0/address")
				    .read_text().replace(":", ""))
		s.send(b"\xff" * 6 + mac + b"\x08\x00" + ip + udp + b"pad" * 6)
	EOF
	settle after
	equal "bytes of the SA" "$(($(val after gwa "sa.$SPI_AB.bytes") - bytes))" 28
}

# Who sends what does not fit is told so; direct-packet-mtu compares the sizes.
case_too-long() {
	start
	on hosta ping -n -q -c 1 -W 1 -M probe -s 1472 "$TARGET" &&
		fail "it was answered"
	settle after
	equal tx_drop_mtu "$(delta gwa dev.tx_drop_mtu)" 1
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
}

# Policies go from the stack to the device and back: nothing gets lost.
case_switched-under-traffic() {
	local i sender

	start
	bg hosta ordered send "$TARGET" 5555 $(($(pick 4000 400))) 800 16
	sender=$BG
	for ((i = 0; i < $(pick 40 8); i++)); do
		on gwa sysctl -qw net.ipv4.conf.esp0.disable_xfrm=$((i % 2))
	done
	wait "$sender" || fail "$(<"$WORK/bg.$sender")"
	settle after
	agree gwa
}

run_tests "$@"
