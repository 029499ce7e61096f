# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets made by hand, from gwb's end of the wire to gwa. Sourced after
# lib-ipsec.sh.
#
#	  gwa                      gwb
#	+----------------+      +------------------------+
#	| lo  eth0(esp0) |======| eth0   wire.py on eth0 |
#	+----------------+      +------------------------+
#	192.0.2.1, 2001:db8:a::1 on lo, where a sink takes UDP on port 7777

# wire_setup: the network, for setup.
wire_setup() {
	require_python cryptography
	pair one
	ipb gwa <<-EOF
		addr add 192.0.2.1/32 dev lo
		addr add 2001:db8:a::1/128 dev lo
	EOF
	on gwa traffic sink "$PORT" "$WORK/delivered"
	# What a process of gwa sees there can be read without a new process.
	GWA_NET=/proc/$(ip netns pids "$(n gwa)" | head -n 1)/net
}

# wire_start: starts wire.py for the tunnel in T, which gets its SAs; the packets
# are ones of the SA from gwb to gwa.
wire_start() {
	local mac icv=${T[icv]} inner=()

	tunnel_up
	# This end must not answer, neither with ICMP nor with anything else.
	ipn gwb xfrm state flush
	ipn gwb xfrm policy flush
	mac=$(ipn gwa -br link show dev esp0 | awk '{ print $3 }')
	if [ "${T[mode]}" = tunnel ]; then
		inner=(isrc="${HOSTB[${T[inner]}]}")
		inner+=(idst="$([ "${T[inner]}" = 4 ] && echo 192.0.2.1 ||
			echo 2001:db8:a::1)")
	fi
	[ "${T[natt]}" = no ] || inner+=("natt=4500,4500")
	[ "${T[esn]}" = no ] || inner+=(esn=1)
	wire_end
	coproc WIRE {
		exec ip netns exec "$(n gwb)" python3 "$SELFTESTS/wire.py" eth0 \
			dmac="$mac" smac=02:00:00:00:00:02 \
			src="${GWB[${T[outer]}]}" dst="${GWA[${T[outer]}]}" \
			key="$(key_hex "${T[key]}" 2)" icv=$((icv / 8)) \
			spi="$SPI_BA" "${inner[@]}"
	}
	echo "$WIRE_PID" >>"$WORK/pids"
	SEQ=0
}

# wire_end: ends wire.py, if it runs.
wire_end() {
	[ -n "${WIRE_PID:-}" ] || return 0
	kill "$WIRE_PID"
	wait "$WIRE_PID" 2>/dev/null || true
}

# How long wire.py may take to answer.
WIRE_SECONDS=$(pick 10 60)

# wire NAME=VALUE...: sends what wire.py makes of it; sets SENT to the number
# of frames.
wire() {
	local answer

	echo "$*" >&"${WIRE[1]}"
	# shellcheck disable=SC2034 # SENT is for the caller.
	read -r -t "$WIRE_SECONDS" answer SENT <&"${WIRE[0]}" ||
		fail "wire.py: no answer to: $*"
	equal "answer of wire.py" "$answer" sent
}

# delivered: number of datagrams that the sink got so far. (The counters of UDP
# also count ESP that came by way of a socket.)
delivered() {
	echo "$(<"$WORK/delivered")"
}

# wire_before / wire_after: snaps around packets, the second when all of them
# have been taken in.
wire_before() {
	snap before gwa
	DELIVERED=$(delivered)
}

wire_after() {
	poll 5 wire_settled
	DELIVERED=$(($(delivered) - DELIVERED))
}

wire_settled() {
	local was

	was=$(wire_progress)
	sleep 0.02
	[ "$(wire_progress)" = "$was" ] || return 1
	snap after gwa
	[ "$(wire_progress)" = "$was" ]
}

# wire_progress: what changes as long as packets are on their way.
wire_progress() {
	local dev packets

	while read -r dev _ packets _; do
		[ "$dev" != eth0: ] || echo "$packets"
	done <"$GWA_NET/dev"
	delivered
}

# wire_next: as wire_before, right after a wire_after between which and now
# nothing has been sent.
wire_next() {
	local key

	for key in "${!SNAP[@]}"; do
		[[ $key != after/* ]] || SNAP["before/${key#*/}"]=${SNAP[$key]}
	done
	DELIVERED=$(delivered)
}

# wire_good: one packet that is as it should be has to get through, which shows
# that the ones before did no harm.
wire_good() {
	SEQ=$((SEQ + 1))
	wire_before
	wire seq=$SEQ "$@"
	wire_after
	equal "delivered of one good packet" "$DELIVERED" 1
	equal "rx_ipsec of one good packet" "$(delta gwa dev.rx_ipsec)" 1
	no_errors
}

# not_authentic: packets that the device found to be so. In crypto mode the stack
# drops them, in packet mode the device.
not_authentic() {
	delta gwa "dev.$(packet_mode && echo rx_drop_auth || echo rx_auth_fail)"
}

# xfrm_moved: the XFRM counters of gwa that moved, as "NAME=N ...".
xfrm_moved() {
	local key moved

	for key in "${!SNAP[@]}"; do
		[[ $key = after/gwa/xfrm.* ]] || continue
		moved=$((${SNAP[$key]} - ${SNAP[before/${key#after/}]:-0}))
		[ "$moved" = 0 ] || echo "${key##*.}=$moved"
	done | sort | paste -s -d ' '
}
