# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The networks of the benchmark of the path; sourced by path-guest.sh. There is
# one for each variant V and each number of SAs S, so that they can take turns:
#
#   hosta               gwa                        gwb               hostb
#   +------+   +--------------------+    +--------------------+   +------+
#   | eth0 |---| eth1          wire |====| wire          eth1 |---| eth0 |
#   +------+   | lan0               |    |               lan0 |   +------+
#              +--------------------+    +--------------------+
#   10.1.1.2   10.1.1.1  192.0.2.1/24    192.0.2.2/24  10.2.1.1   10.2.1.2
#              10.1.0.1                                10.2.0.1
#
# The ports lan0 make packets and count them. Their destinations, 10.2.64.0 and
# the addresses behind it, are behind a router on lan0. TCP runs between the
# hosts, which only the networks with one SA have.
#
# With one SA, it protects all that goes from A to B. With more of them, each
# protects one destination, and has policies of its own at both gateways. In
# the other direction there is always one.

A=192.0.2.1
B=192.0.2.2
LAN_A=10.1.0.0/16
LAN_B=10.2.0.0/16
# Of the SAs from A to B the first one, and of the one from B to A: SPI, which
# is also the reqid, and key and salt without the last four bytes.
SPI_AB=$((0x10000))
SPI_BA=$((0x8000))
KEY_AB=0x000102030405060708090a0b0c0d0e0f
KEY_BA=0x202122232425262728292a2b2c2d2e2f

# on NAME COMMAND...: in the namespace NAME of the network of V and S.
on() {
	local name=$1
	shift
	ip netns exec "$V.$S-$name" "$@"
}

# ip_batch NAME: executes commands on stdin in the namespace.
ip_batch() {
	ip -n "$V.$S-$1" -batch - || die "$V: cannot be set up with $S SAs"
}

# offloaded: the variant V has an espsimd device.
offloaded() {
	[[ $V = crypto* || $V = packet* || $V = direct* ]]
}

# offload: the kind of offload that the variant V has.
offload() {
	if [[ $V = crypto* ]]; then
		echo crypto
	else
		echo packet
	fi
}

# protected: the variant V has IPsec at all.
protected() {
	[[ $V != plain* ]]
}

# flowtable: the gateways of the variant V have a flow table.
flowtable() {
	[[ $V = *+ft ]]
}

# dev: the device that the gateways of the variant V talk through.
dev() {
	if offloaded; then
		echo esp0
	else
		echo wire
	fi
}

# destination NUMBER: sets DESTINATION to its address. A subshell for each of
# thousands takes minutes.
destination() {
	DESTINATION=10.2.$((64 + $1 / 256)).$(($1 % 256))
}

# gateway a|b LOCAL PEER NET PEER-NET
gateway() {
	local gw=gw$1

	# Network cards have it on, veth devices do not.
	on "$gw" ethtool -K wire gro on
	if offloaded; then
		ip -n "$V.$S-$gw" link add esp0 link wire type espsimd
	fi
	# The device's policies are all there are.
	if [[ $V = direct* ]]; then
		on "$gw" sysctl -qw net.ipv4.conf.esp0.disable_xfrm=1
	fi
	ip_batch "$gw" <<-EOT
		link set lo up
		link set wire up
		link set $(dev) up
		link add lan0 type benchport
		link set lan0 up
		addr add $2/24 dev $(dev)
		addr add 10.$4.0.1/24 dev lan0
		neigh add 10.$4.0.2 lladdr 02:00:00:00:00:0$4 dev lan0
		route add 10.$4.64.0/18 via 10.$4.0.2
		route add 10.$5.0.0/16 via $3
	EOT
	on "$gw" sysctl -qw net.ipv4.ip_forward=1
}

# host a|b NET
host() {
	ip link add eth1 netns "$V.$S-gw$1" \
		type veth peer name eth0 netns "$V.$S-host$1"
	ip_batch "gw$1" <<-EOT
		link set eth1 up
		addr add 10.$2.1.1/24 dev eth1
	EOT
	# Room for the tunnel's headers, so that nothing gets fragmented.
	ip_batch "host$1" <<-EOT
		link set lo up
		link set eth0 up mtu 1400
		addr add 10.$2.1.2/24 dev eth0
		route add default via 10.$2.1.1
	EOT
}

# sas NUMBER SRC DST SPI KEY DIR: commands that add so many SAs.
sas() {
	local options='' i

	[ "$6" = out ] || options='replay-window 64'
	! offloaded || options+=" offload $(offload) dev esp0 dir $6"
	for ((i = 0; i < $1; i++)); do
		printf 'xfrm state add src %s dst %s proto esp spi %#x reqid %d mode tunnel aead rfc4106(gcm(aes)) %s%08x 128 %s\n' \
			"$2" "$3" $(($4 + i)) $(($4 + i)) "$5" "$i" "$options"
	done
}

# policy SRC DST DIR TUNNEL-SRC TUNNEL-DST REQID: command that adds a policy.
policy() {
	local options=''

	[[ $V != packet* && $V != direct* ]] ||
		options='offload packet dev esp0'
	printf 'xfrm policy add src %s dst %s dir %s %s tmpl src %s dst %s proto esp reqid %d mode tunnel\n' \
		"$1" "$2" "$3" "$options" "$4" "$5" "$6"
}

# policies_ab DIR: commands that add those for traffic from A to B.
policies_ab() {
	local i

	if [ "$S" -eq 1 ]; then
		policy $LAN_A $LAN_B "$1" $A $B $SPI_AB
		return
	fi
	for ((i = 0; i < S; i++)); do
		destination "$i"
		policy $LAN_A $DESTINATION/32 "$1" $A $B $((SPI_AB + i))
	done
}

# ipsec: the SAs and policies of both gateways. Many policies are found by
# their hashes, if they say as much of the addresses as is told here.
ipsec() {
	ip_batch gwa < <(
		echo xfrm policy set hthresh4 16 32
		sas "$S" $A $B $SPI_AB $KEY_AB out
		sas 1 $B $A $SPI_BA $KEY_BA in
		policies_ab out
		policy $LAN_B $LAN_A in $B $A $SPI_BA
		policy $LAN_B $LAN_A fwd $B $A $SPI_BA
	)
	ip_batch gwb < <(
		echo xfrm policy set hthresh4 32 16
		sas "$S" $A $B $SPI_AB $KEY_AB in
		sas 1 $B $A $SPI_BA $KEY_BA out
		policies_ab in
		policies_ab fwd
		policy $LAN_B $LAN_A out $B $A $SPI_BA
	)
}

# offload_flows GATEWAY: a flow table that takes flows from their second packet
# on, and a counter of packets that went the long way. Only packets that came
# from the LAN may enter flows: the kernel would look up the way back of those
# that came out of the tunnel without asking for policies.
offload_flows() {
	local lan=lan0

	[ "$S" -gt 1 ] || lan+=,eth1
	on "$1" nft -f - <<-EOT
		table inet bench {
			flowtable f {
				hook ingress priority 0
				devices = { $lan, $(dev) }
			}
			counter passed { }
			chain forward {
				type filter hook forward priority 0
				counter name passed
				iifname { $lan } ct state established flow add @f
			}
		}
	EOT
	# Longer than the variant has to wait for its turn.
	on "$1" sysctl -qw net.netfilter.nf_flowtable_udp_timeout=3600 \
		net.netfilter.nf_conntrack_udp_timeout=3600 \
		net.netfilter.nf_conntrack_udp_timeout_stream=3600
}

# settled NAME DEVICE: waits until the device is in operation. That ends cached
# routes, and with them the flows of a flow table.
settled() {
	local end=$((SECONDS + 10))

	until [ "$(on "$1" cat "/sys/class/net/$2/operstate")" = up ]; do
		[ "$SECONDS" -lt "$end" ] || die "$V: $2 of $1 does not work"
		sleep 0.1
	done
}

# build_network: everything for V and S.
build_network() {
	local names=(gwa gwb) name

	[ "$S" -gt 1 ] || names+=(hosta hostb)
	for name in "${names[@]}"; do
		ip netns add "$V.$S-$name"
	done
	ip link add wire netns "$V.$S-gwa" \
		type veth peer name wire netns "$V.$S-gwb"
	gateway a $A $B 1 2
	gateway b $B $A 2 1
	if [ "$S" -eq 1 ]; then
		host a 1
		host b 2
	fi
	for name in gwa gwb; do
		settled "$name" wire
		settled "$name" "$(dev)"
		[ "$S" -gt 1 ] || settled "$name" eth1
	done
	! protected || ipsec
	if flowtable; then
		offload_flows gwa
		offload_flows gwb
	fi
}
