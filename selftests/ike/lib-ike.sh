# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the tests with IKE daemons share: the network of lib-ipsec.sh with a NAT
# in it, what device and kernel know of a daemon's SAs, and traffic that goes on
# and notices a lost packet. Sourced after lib-ipsec.sh.
#
#	    gwa                     nat                  gwb
#	+----------+      +---------------------+      +------+
#	|     esp0 |======| in0            out0 |======| eth0 |
#	+----------+      +---------------------+      +------+
#	  10.9.0.1          .254     198.51.100.1         .2
#	  fd00:9::1         ::fe   2001:db8:ff::1         ::2

# shellcheck disable=SC2034 # Used by the tests.
declare -A INSIDE=([4]=10.9.0.1 [6]=fd00:9::1)
declare -A ROUTER=([4]=10.9.0.254 [6]=fd00:9::fe)

# nat_gateways one|both: as gateways, with gwa behind a NAT. It gives each flow
# another port, as one does that has many hosts behind it.
nat_gateways() {
	local gw devb=eth0

	ns gwa nat gwb
	ipn gwa link add eth0 type veth peer name in0 netns "$(n nat)"
	ipn gwb link add eth0 type veth peer name out0 netns "$(n nat)"
	ipn gwa link add esp0 link eth0 type espsimd
	if [ "$1" = both ]; then
		devb=esp0
		ipn gwb link add esp0 link eth0 type espsimd
	fi
	echo "$devb" >"$WORK/devb"
	ipb nat <<-EOF
		addr add ${ROUTER[4]}/24 dev in0
		addr add ${ROUTER[6]}/64 dev in0 nodad
		addr add ${GWA[4]}/24 dev out0
		addr add ${GWA[6]}/64 dev out0 nodad
		link set in0 up
		link set out0 up
	EOF
	ipb gwa <<-EOF
		addr add ${INSIDE[4]}/24 dev esp0
		addr add ${INSIDE[6]}/64 dev esp0 nodad
		link set esp0 up
		route add default via ${ROUTER[4]}
		route add default via ${ROUTER[6]}
	EOF
	ipb gwb <<-EOF
		addr add ${GWB[4]}/24 dev $devb
		addr add ${GWB[6]}/64 dev $devb nodad
		link set eth0 up
		link set $devb up
	EOF
	for gw in gwa nat gwb; do
		on "$gw" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
	on nat nft -f - <<-EOF
		table inet nat {
			chain out {
				type nat hook postrouting priority srcnat
				oif out0 meta l4proto udp masquerade to :20000-30000
				oif out0 masquerade
			}
		}
	EOF
	hosts "${ROUTER[4]}" "${ROUTER[6]}"
}

# ike_reset: an empty network before each case. Cases ask for their own.
ike_reset() {
	ns_forget hosta gwa nat gwb hostb client
	rm -rf "$WORK"/daemon.*
}

# dump: what is shown of a case that failed.
dump() {
	local name

	for name in gwa gwb; do
		echo "--- $name"
		tail -n 40 "$WORK/daemon.$name/log"
		ipn "$name" -s xfrm state list nokeys | tail -n 30
		on "$name" ethtool -S esp0 2>/dev/null | grep -v ': 0$'
		on "$name" grep -v '[[:space:]]0$' /proc/net/xfrm_stat
	done || true
}

# gateway_dev NAME: the device that holds the gateway's address.
gateway_dev() {
	[ "$1" = gwb ] || { echo esp0; return; }
	cat "$WORK/devb"
}

# device_sas NAME MODE: how many SAs the gateway's device has in that mode of
# offload, crypto or packet.
device_sas() {
	on "$1" espsimd -j sa show |
		jq --arg mode "$2" '[.[] | select(.offload == $mode)] | length'
}

# kernel_sas NAME: SAs of the gateway that the kernel uses, not the ones that
# it only keeps an SPI for.
kernel_sas() {
	ipn "$1" xfrm state list nokeys | grep -c 'aead\|auth' || true
}

# kernel_offloaded NAME MODE: how many of them are offloaded, by the kernel's
# own account. iproute2 of Debian 12 does not tell the modes apart.
kernel_offloaded() {
	local line='offload parameters: dev esp0 dir (in|out)'

	[[ $(ip -V) =~ iproute2-6\.[01]\. ]] || line+=" mode $2"
	ipn "$1" xfrm state list | grep -cE "$line" || true
}

# count_sas NAME MODE: sets ALL, BY_DEVICE and BY_KERNEL to how many there are, and
# are offloaded, unless some came or went meanwhile: daemons delete the old ones a
# while after a rekey.
count_sas() {
	ALL=$(kernel_sas "$1")
	BY_DEVICE=$(device_sas "$1" "$2")
	BY_KERNEL=$(kernel_offloaded "$1" "$2")
	[ "$(kernel_sas "$1")" = "$ALL" ]
}

# offloaded NAME MODE [COUNT]: the gateway has SAs, and all or so many of them are
# offloaded in that mode; no says that none is.
offloaded() {
	poll 10 count_sas "$1" "$2"
	at_least "SAs of $1" "$ALL" 2
	if [ "$2" = no ]; then
		lacks "SAs of $1" "$(ipn "$1" xfrm state list nokeys)" \
			'offload parameters'
		return
	fi
	equal "SAs of $1 in $2 mode, by the device" "$BY_DEVICE" "${3:-$ALL}"
	equal "SAs of $1 in $2 mode, by the kernel" "$BY_KERNEL" "${3:-$ALL}"
}

# carried NAME MODE PACKETS: since the snap "before" the device did at least so
# many packets in each direction, or none if the mode is no.
carried() {
	local way

	for way in tx rx; do
		if [ "$2" = no ]; then
			equal "$way of $1" "$(delta "$1" "dev.${way}_ipsec")" 0
		else
			at_least "$way of $1" "$(delta "$1" "dev.${way}_ipsec")" "$3"
		fi
	done
}

# --- traffic ----------------------------------------------------------------

# traffic_begin FROM TO ADDR: numbered datagrams that are all to arrive in order,
# and their answers, until traffic_end. A pause leaves the daemons some time.
traffic_begin() {
	local stop=$WORK/stop.$1

	rm -f "$stop" "$WORK/sent.$1"
	on "$2" ordered receive 5555
	# shellcheck disable=SC2016 # The dollars are the inner shell's.
	bg "$1" sh -ec '
		while [ ! -e "$1" ]; do
			ordered send "$2" 5555 320 1000 32
			echo >>"$3"
			sleep 0.05
		done
	' traffic "$stop" "$3" "$WORK/sent.$1"
	echo "$BG" >"$WORK/traffic.$1"
	poll 20 test -s "$WORK/sent.$1"
}

# traffic_alive FROM: nothing was lost so far.
traffic_alive() {
	local pid

	pid=$(<"$WORK/traffic.$1")
	! ended "$pid" || fail "traffic of $1: $(<"$WORK/bg.$pid")"
}

# traffic_end FROM [MINIMUM]: ends it, when it has sent so many times 320
# datagrams; it must have lost nothing.
traffic_end() {
	local pid

	pid=$(<"$WORK/traffic.$1")
	poll 60 traffic_sent "$1" "$pid" "${2:-1}"
	touch "$WORK/stop.$1"
	poll 60 ended "$pid"
	wait "$pid" || fail "traffic of $1: $(<"$WORK/bg.$pid")"
	at_least "rounds of traffic" "$(wc -l <"$WORK/sent.$1")" "${2:-1}"
}

# traffic_sent FROM PID MINIMUM: it has sent that, or ended before its time.
traffic_sent() {
	ended "$2" || { [ -e "$WORK/sent.$1" ] &&
		[ "$(wc -l <"$WORK/sent.$1")" -ge "$3" ]; }
}
