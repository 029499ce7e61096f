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
	lines add 0 "$COUNT" '' | ipb gwa
	poll 20 grown
	ipn gwa xfrm state flush
}

grown() {
	[ "$(ipn gwa -s xfrm state count |
		awk '{ gsub("[^0-9 ]", ""); print $2 }')" -gt "$COUNT" ]
}

# lines add|delete FROM TO [WORDS]: of `ip -batch`, half of the SAs in each
# direction, of both families; the words are those that offload them.
lines() {
	awk -v verb="$1" -v from="$2" -v to="$3" -v a4="${GWA[4]}" \
		-v a6="${GWA[6]}" \
		-v offload="${4-$(offload_words) dev esp0}" 'BEGIN {
		for (i = from; i < to; i++) {
			spi = 1048576 + i
			odd = i % 2
			if (int(i / 2) % 2) {
				here = a6
				there = sprintf("2001:db8:ee::%x", 1 + i % 999)
			} else {
				here = a4
				there = sprintf("198.51.100.%d", 10 + i % 200)
			}
			id = odd ? "src " there " dst " here : \
				"src " here " dst " there
			line = "xfrm state " verb " " id " proto esp spi " spi
			if (verb == "add")
				line = line sprintf(" reqid %d mode tunnel " \
					"aead rfc4106(gcm(aes)) 0x%040x 128" \
					" %s %s dir %s", \
					1000 + i, i, \
					odd ? "replay-window 32" : "", \
					offload, odd ? "in" : "out")
			print line
		}
	}'
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
	lines add 0 "$COUNT" | ipb gwa
	equal "SAs of the device" "$(offloaded)" $((COUNT + 2))
	lines delete 0 "$COUNT" | ipb gwa
	equal "SAs of the device" "$(offloaded)" 2
	# Once more, in pieces, so that adding and deleting meet.
	lines add 0 $((COUNT / 2)) | ipb gwa
	lines delete 0 $((COUNT / 2)) | ipb gwa &
	lines add $((COUNT / 2)) "$COUNT" | ipb gwa
	wait $!
	lines delete $((COUNT / 2)) "$COUNT" | ipb gwa
	equal "SAs of the device" "$(offloaded)" 2
	traffic_kept
}

case_flush() {
	traffic_on
	lines add 0 "$COUNT" | ipb gwa
	bg_end "$SENDER"
	ipn gwa xfrm state flush
	equal "SAs of the device" "$(offloaded)" 0
	tunnel_up
	ping_ok hosta "$TARGET"
}

# The device goes with all of its SAs.
case_with-device() {
	traffic_on
	lines add 0 "$COUNT" | ipb gwa
	ipn gwa link del esp0
	bg_end "$SENDER"
	equal "SAs" "$(ipn gwa xfrm state)" ''
	ipn gwa link add esp0 link eth0 type espsimd
	ipb gwa <<-EOF
		addr add ${GWA[4]}/24 dev esp0
		addr add ${GWA[6]}/64 dev esp0 nodad
		link set esp0 up
		route add ${NETB[4]} via ${GWB[4]}
		route add ${NETB[6]} via ${GWB[6]}
	EOF
	poll 10 no_tentative gwa
	tunnel_up
	ping_ok hosta "$TARGET"
}

run_tests "$@"
