# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Traffic that never ends, and a tunnel that comes back whatever was taken away
# beneath it. Sourced after lib-ipsec.sh.

# build TUNNEL...: the network of two espsimd devices and its tunnel, with a
# flood of large datagrams in both directions.
build() {
	local back

	gateways_anew both
	tunnel "$@"
	tunnel_up
	settle_first
	back=${HOSTA[${T[inner]}]}
	[ "${T[mode]}" = tunnel ] || back=${GWA[${T[outer]}]}
	flood "$CLIENT" "$TARGET"
	flood "$SERVER" "$back"
	poll 10 flowing
}

# flood NAME ADDR: pings as fast as a machine with one processor can stand it
# while it has other things to do, or every FLOOD seconds.
flood() {
	bg "$1" ping -q -i "${FLOOD:-0.001}" -s 1200 -W 1 "$2"
}

# flowing: more traffic has gone through the tunnel than when last asked.
flowing() {
	local now

	now=$(counter gwa rx_ipsec)
	if [ -n "${FLOWED:-}" ] && [ "$now" -gt $((FLOWED + 20)) ]; then
		FLOWED=
		return 0
	fi
	FLOWED=${FLOWED:-$now}
	return 1
}

# tunnel_new: replaces the tunnel by one with other SPIs and keys. Packets of the
# old one are still on their way, and would move the replay windows of the same
# SAs with new numbers.
tunnel_new() {
	# shellcheck disable=SC2154 # A key of an associative array.
	T[gen]=$((T[gen] + 1))
	tunnel_up
	poll 20 flowing
}
