# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What is on the wire of the tunnels of lib-ipsec.sh, as tshark sees it. Sourced
# after that.

# record FILE / recorded: captures everything on the wire, whole. For each frame
# the buffer has as much room as the longest one may take; by default that is
# 256 KiB, and a hundred of them would fill it.
record() {
	bg gwa tcpdump -n -i eth0 -s 1900 -U --immediate-mode -B 65536 -w "$1"
	RECORDER=$BG
	poll 10 grep -q 'listening on' "$WORK/bg.$RECORDER"
}

recorded() {
	bg_end "$RECORDER" INT
	lacks "tcpdump" "$(<"$WORK/bg.$RECORDER")" \
		'^[1-9][0-9]* packets dropped by kernel'
}

# sas SPI SEED FROM TO: a line of tshark's table of SAs.
sas() {
	local -n from=$3 to=$4
	local esn=

	# Older versions do not know these two columns.
	[ "${T[esn]}" = no ] || esn=',"64-bit","0"'
	printf 'uat:esp_sa:"IPv%s","%s","%s","%s","%s","%s","NULL",""%s' \
		"${T[outer]}" "${from[${T[outer]}]}" "${to[${T[outer]}]}" "$1" \
		"AES-GCM with 16 octet ICV [RFC4106]" \
		"$(key_hex "${T[key]}" "$2")" "$esn"
}

# decode FILE: makes $WORK/esp, a line for each ESP packet: SPI, sequence number,
# IV, whether the ICV is good, and of what was in it the type of ICMP or ICMPv6,
# the destination port and the payload of TCP.
decode() {
	local field fields=()

	for field in esp.spi esp.sequence esp.iv esp.icv_good icmp.type \
		icmpv6.type tcp.dstport tcp.payload; do
		fields+=(-e "$field")
	done
	tshark -n -r "$1" -o esp.enable_encryption_decode:TRUE \
		-o esp.enable_authentication_check:TRUE \
		-o "$(sas "$SPI_AB" 1 GWA GWB)" -o "$(sas "$SPI_BA" 2 GWB GWA)" \
		-Y esp -T fields -E separator=, "${fields[@]}" \
		>"$WORK/esp" 2>"$WORK/tshark" ||
		fail "tshark: $(<"$WORK/tshark")"
}

# found CONDITION: number of decoded packets for which awk's condition holds.
found() {
	awk -F , "$1 { count++ } END { print count + 0 }" "$WORK/esp"
}
