#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the device has no SA for goes through it as through a bond with one port:
# ARP, neighbour discovery, multicast, VLAN tags, LLDP, spanning tree, IKE, jumbo
# frames, frames for other hosts, fragments, malformed packets. The same frames
# are sent through one after the other, and have to come out the same.
#
#	gwa: bond0 or esp0 over eth0 ======== eth0 :gwb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(in in-policies out out-policies)

setup() {
	require python3
}

# build bond|espsimd: the two ends, with a device of that kind, called MASTER.
build() {
	ns_forget gwa gwb
	ns gwa gwb
	ipn gwa link add eth0 type veth peer name eth0 netns "$(n gwb)"
	if [ "$1" = bond ]; then
		MASTER=bond0
		ipn gwa link add bond0 type bond mode active-backup miimon 10 ||
			skip "needs the kernel's bonding"
		ipn gwa link set eth0 master bond0
	else
		MASTER=esp0
		ipn gwa link add esp0 link eth0 type espsimd
	fi
	wire_mtu 9000
	ipn gwa link set $MASTER mtu 9000 address 02:00:00:00:00:0a
	ipb gwa <<-EOF
		addr add ${GWA[4]}/24 dev $MASTER
		addr add ${GWA[6]}/64 dev $MASTER nodad
		link set eth0 up
		link set $MASTER up
	EOF
	ipn gwb link set eth0 up
	echo eth0 >"$WORK/devb"
	poll 10 carrier
	poll 10 no_tentative gwa gwb
}

carrier() {
	[ "$(on gwa cat /sys/class/net/"$MASTER"/operstate)" = up ] &&
		[ "$(on gwb cat /sys/class/net/eth0/operstate)" = up ]
}

# pass FROM FROMDEV TO TODEV FILE: what comes of the frames, into the file.
pass() {
	local receiver

	bg "$3" python3 "$SELFTESTS/frames.py" receive "$4"
	receiver=$BG
	poll 20 grep -q ready "$WORK/bg.$receiver"
	on "$1" python3 "$SELFTESTS/frames.py" send "$2" 02:00:00:00:00:0a
	wait "$receiver"
	cp "$WORK/bg.$receiver" "$5"
}

# same in|out [WORD...]: the device does as the bond does, in that direction, also
# if it has the policies of such a tunnel.
same() {
	local direction=$1 kind drops=0
	shift

	for kind in bond espsimd; do
		build $kind
		if [ $# -gt 0 ] && [ $kind = espsimd ]; then
			tunnel "$@"
			policy_words a | ipb gwa
		fi
		if [ "$direction" = in ]; then
			pass gwb eth0 gwa $MASTER "$WORK/$kind"
		else
			pass gwa $MASTER gwb eth0 "$WORK/$kind"
		fi
	done
	at_least "frames through the bond" "$(wc -l <"$WORK/bond")" 20
	if [ $# -gt 0 ]; then
		# Without an IP header nobody can tell that no policy selects it.
		sed -i '/ - 14 /d' "$WORK/bond"
		drops=1
	fi
	diff "$WORK/bond" "$WORK/espsimd" || fail "frames differ"
	equal "frames dropped" "$(on gwa ethtool -S esp0 |
		awk '/_drop_/ { sum += $2 } END { print sum + 0 }')" $drops
}

case_in() {
	same in
}

case_out() {
	same out
}

# With offloaded policies the device looks at what is clear text.
case_in-policies() {
	same in offload=packet
}

case_out-policies() {
	same out offload=packet
}

run_tests "$@"
