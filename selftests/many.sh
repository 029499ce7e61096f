#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Very many SAs come and go while traffic runs: nothing is lost, nothing is left
# behind.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(ten-thousand flush with-device)

COUNT=$(pick 10000 2000)

setup() {
	require ping
	gateways one
	on hostb ordered receive 5555
	grow
}

# grow: lets the stack's table of SAs become as large as it has to be. A packet
# that looks for its SA while another processor moves them into a larger table
# finds none, and the stack drops it. The device's own tables are still small.
grow() {
	sa_lines add 0 "$COUNT" '' | ipb gwa
	poll 20 grown
	ipn gwa xfrm state flush
}

grown() {
	[ "$(ipn gwa -s xfrm state count |
		awk '{ gsub("[^0-9 ]", ""); print $2 }')" -gt "$COUNT" ]
}

# offloaded: the number of SAs that the device has.
offloaded() {
	if command -v espsimd >/dev/null; then
		on gwa espsimd -j sa show dev esp0 | jq length
	else
		ipn gwa xfrm state | grep -c 'crypto offload' || true
	fi
}

# traffic_on: numbered datagrams through the tunnel, in the background.
traffic_on() {
	require jq
	tunnel esn=yes
	tunnel_up
	settle_first
	bg hosta sh -c "
		while ordered send $TARGET 5555 1000 1000 32; do :; done
		echo stopped"
	SENDER=$BG
}

# traffic_kept: none of the datagrams was lost or late.
traffic_kept() {
	bg_end "$SENDER"
	lacks "traffic" "$(<"$WORK/bg.$SENDER")" stopped
	matches "traffic" "$(<"$WORK/bg.$SENDER")" 'in order'
	settle after
	no_errors
}

case_ten-thousand() {
	traffic_on
	sa_lines add 0 "$COUNT" | ipb gwa
	equal "SAs of the device" "$(offloaded)" $((COUNT + 2))
	sa_lines delete 0 "$COUNT" | ipb gwa
	equal "SAs of the device" "$(offloaded)" 2
	# Once more, in pieces, so that adding and deleting meet.
	sa_lines add 0 $((COUNT / 2)) | ipb gwa
	sa_lines delete 0 $((COUNT / 2)) | ipb gwa &
	sa_lines add $((COUNT / 2)) "$COUNT" | ipb gwa
	wait $!
	sa_lines delete $((COUNT / 2)) "$COUNT" | ipb gwa
	equal "SAs of the device" "$(offloaded)" 2
	traffic_kept
}

case_flush() {
	traffic_on
	sa_lines add 0 "$COUNT" | ipb gwa
	bg_end "$SENDER"
	ipn gwa xfrm state flush
	equal "SAs of the device" "$(offloaded)" 0
	tunnel_up
	ping_ok hosta "$TARGET"
}

# The device goes with all of its SAs.
case_with-device() {
	traffic_on
	sa_lines add 0 "$COUNT" | ipb gwa
	ipn gwa link del esp0
	bg_end "$SENDER"
	equal "SAs" "$(ipn gwa xfrm state)" ''
	device_back
	tunnel_up
	ping_ok hosta "$TARGET"
}

run_tests "$@"
