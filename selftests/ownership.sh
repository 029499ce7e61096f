#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory of others is never written to: pages of a file, and of programs that
# lend them to the kernel, are the same after they went through the tunnel,
# also when a tap, a mirror or the receiver holds on to the packets.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb
#
# Between namespaces of one machine packets keep the pages that they were made
# of, all the way, which makes veth a sharp tool for this.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(sendfile splice zerocopy mmap memory udp-splice transport
	transport-zerocopy transport-udp-splice natt-transport-udp-splice
	tapped mirrored mirrored-before generic lossy clear-held)

setup() {
	require ping
	gateways both
	# Pages of a tmpfs are page cache as those of any file system are.
	head -c "$(pick 3000001 500001)" /dev/urandom >"$WORK/file"
	on hostb pages sink 6666 "$WORK/file"
	on gwb pages sink 6666 "$WORK/file"
	on hostb traffic sink 6667 /dev/null
	on gwb traffic sink 6667 /dev/null
	sha256sum "$WORK/file" >"$WORK/sum"
}

reset() {
	local name dev

	for name in gwa gwb; do
		for dev in lan0 esp0 eth0; do
			on $name tc qdisc del dev $dev clsact 2>/dev/null || true
		done
		on $name tc qdisc del dev lan0 root 2>/dev/null || true
		ipn $name link del mirror 2>/dev/null || true
		on $name espsimd dev set esp0 engine auto 2>/dev/null || true
	done
}

# lend HOW [TUNNEL...]: sends the file through the tunnel by its own pages.
lend() {
	local how=$1
	shift
	tunnel "$@"
	tunnel_up
	settle_first
	"${ONCE_SETTLED:-:}"
	send "$how"
	settle after
	at_least tx_ipsec "$(delta gwa dev.tx_ipsec)" 300
	no_errors
	unharmed
}

send() {
	case $1 in
	udp-splice) on "$CLIENT" pages udp "$TARGET" 6667 "$WORK/file" 1300 ;;
	memory) on "$CLIENT" pages memory "$TARGET" 6666 "$WORK/file" ;;
	*) on "$CLIENT" pages "$1" "$TARGET" 6666 "$WORK/file" 3 ;;
	esac
}

# unharmed: the file's pages are what they were.
unharmed() {
	sha256sum -c --quiet "$WORK/sum" || fail "pages of a file were changed"
}

run_case() {
	lend "$1"
}

case_transport() {
	lend sendfile mode=transport esn=yes
	lend splice mode=transport outer=6
}

case_transport-zerocopy() {
	lend zerocopy mode=transport
	lend memory mode=transport
}

case_transport-udp-splice() {
	lend udp-splice mode=transport
	lend udp-splice mode=transport outer=6 esn=yes
}

case_natt-transport-udp-splice() {
	lend udp-splice mode=transport natt=yes
}

# A packet socket on every device shares all packets while they are handled.
case_tapped() {
	local name

	require tcpdump
	for name in hosta:lan0 gwa:lan0 gwa:esp0 gwa:eth0 gwb:eth0 gwb:esp0; do
		bg "${name%:*}" tcpdump -n -i "${name#*:}" -w /dev/null
	done
	lend sendfile
	lend udp-splice
	lend zerocopy outer=6 inner=6 esn=yes
}

# mirror NAME DEV DIRECTION: clones packets to a device that drops them.
mirror() {
	on "$1" tc qdisc replace dev "$2" clsact
	on "$1" tc filter replace dev "$2" "$3" prio 1 handle 1 protocol all \
		matchall action mirred egress mirror dev mirror ||
		skip "needs tc's matchall and mirred"
}

mirrors() {
	local name

	require tc
	for name in gwa gwb; do
		ipn $name link add mirror type dummy
		ipn $name link set mirror up
	done
}

case_mirrored() {
	local name

	mirrors
	for name in gwa gwb; do
		mirror $name lan0 ingress
		mirror $name esp0 ingress
		mirror $name eth0 egress
		mirror $name eth0 ingress
	done
	lend sendfile
	lend udp-splice
	lend memory
}

# A mirror before encryption makes the stack number packets twice: clones share
# what says which number comes next. Then the device drops what would be sealed
# with a number for a second time, and TCP sends it again.
case_mirrored-before() {
	mirrors
	mirror gwa esp0 egress
	mirror gwb esp0 egress
	EXPECTED=tx_drop_seq_reuse lend sendfile
	EXPECTED=tx_drop_seq_reuse lend udp-splice
	EXPECTED=tx_drop_seq_reuse lend memory
}

case_generic() {
	local name

	require espsimd
	for name in gwa gwb; do
		on $name espsimd dev set esp0 engine generic
	done
	lend sendfile
	lend udp-splice mode=transport
}

# Lost packets are sent again from the same pages, with new numbers.
case_lossy() {
	require tc
	ONCE_SETTLED=lose_some lend sendfile
	reset
	ONCE_SETTLED=lose_some lend zerocopy
}

lose_some() {
	on gwb tc qdisc add dev lan0 root netem loss 3%
}

# hold NAME DEV: holds clones of all frames that come to a device until it ends,
# and says then how many are not what their IP headers promise any more.
hold() {
	bg "$1" python3 -c '
import signal, socket, struct, sys

sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # SO_RCVBUFFORCE
sock.bind((sys.argv[1], 3))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("ready", flush=True)
signal.sigwait([signal.SIGTERM])
sock.setblocking(False)
whole = broken = 0
while True:
    try:
        frame = sock.recv(65536)
        if frame[12:14] != b"\x08\x00":
            continue
        length = struct.unpack("!H", frame[16:18])[0]
        if len(frame) == 14 + length:
            whole += 1
        else:
            broken += 1
    except BlockingIOError:
        break
    except OSError:
        broken += 1
print("whole:", whole)
print("broken:", broken)
' "$2"
	HOLDER=$BG
	poll 20 grep -q ready "$WORK/bg.$HOLDER"
}

# What passes by in clear text stays whole for those who hold clones of it,
# though segments are merged above: a capture, and TCP that sends it again.
case_clear-held() {
	require python3
	ipn gwa link set esp0 gso_max_segs 1
	hold gwb eth0
	on gwa pages sendfile "${GWB[4]}" 6666 "$WORK/file" 1
	bg_end "$HOLDER"
	ipn gwa link set esp0 gso_max_segs 65535
	at_least "frames held" \
		"$(awk '$1 == "whole:" { print $2 }' "$WORK/bg.$HOLDER")" 300
	matches "frames held" "$(<"$WORK/bg.$HOLDER")" '^broken: 0$'
	unharmed
}

run_tests "$@"
