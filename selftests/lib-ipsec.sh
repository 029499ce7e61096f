# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The network of the tests, its tunnels, and what they count. Sourced after
# lib.sh.
#
#	  hosta              gwa                     gwb             hostb
#	+------+      +----------------+      +----------------+    +------+
#	| lan0 |------| lan0      eth0 |======| eth0      lan0 |----| lan0 |
#	+------+      |           esp0 |      |         (esp0) |    +------+
#	              +----------------+      +----------------+
#	192.0.2.2     .1    198.51.100.1      .2     203.0.113.1    .2
#	2001:db8:a::2 ::1 2001:db8:ff::1      ::2  2001:db8:b::1    ::2
#
# gwa has an espsimd device over eth0 which holds its address. gwb is the
# independent other side: the ESP of the stock kernel, unless a test asks for
# an espsimd device there too.
#
# The tests run in both modes of offload: crypto, or packet if OFFLOAD says so,
# as it does when run.sh is told packet-NAME. With DIRECT=yes, which is direct-NAME
# there, the stack leaves policies for packets to send to the devices that they
# are offloaded to.

# shellcheck disable=SC2034 # Used by the tests.
declare -A HOSTA=([4]=192.0.2.2 [6]=2001:db8:a::2)
declare -A HOSTB=([4]=203.0.113.2 [6]=2001:db8:b::2)
declare -A GWA=([4]=198.51.100.1 [6]=2001:db8:ff::1)
declare -A GWB=([4]=198.51.100.2 [6]=2001:db8:ff::2)
declare -A NETA=([4]=192.0.2.0/24 [6]=2001:db8:a::/64)
declare -A NETB=([4]=203.0.113.0/24 [6]=2001:db8:b::/64)

# SPIs of the SA from gwa to gwb and of the one back.
SPI_AB=0x1001
SPI_BA=0x1002
PORT=7777
OFFLOAD=${OFFLOAD:-crypto}
DIRECT=${DIRECT:-no}

# In packet mode the stack looks for the route of the outer packet in the family
# of the inner one, by as many bytes of the addresses as that family's have
# (xfrm_bundle_create()). So the ends of tunnels for IPv4 over IPv6 must not have
# the same first four bytes, those of the own end have to be a local address and
# those of the other end have to have a route; for IPv6 over IPv4 the route is
# enough.
GWB_NEAR=${GWB[6]}
GWB_FAR=3fff:ff::2
declare -A GWA_AS=([4]=32.1.13.184 [6]=c633:6401::)
declare -A GWB_AS=([4]=63.255.0.255 [6]=c633:6402::)

declare -A T SNAP

# gateways one|both: builds the network; "both" gives gwb an espsimd device too.
gateways() {
	pair "$1"
	hosts "${GWB[4]}" "${GWB[6]}"
}

# hosts ADDR4 ADDR6: those behind the gateways, and the way to them; that of gwa
# goes by these routers.
hosts() {
	local via4=$1 via6=$2

	ns hosta hostb
	ipb gwa <<-EOF
		link add lan0 type veth peer name lan0 netns $(n hosta)
		addr add 192.0.2.1/24 dev lan0
		addr add 2001:db8:a::1/64 dev lan0 nodad
		link set lan0 up
		route add ${NETB[4]} via $via4
		route add ${NETB[6]} via $via6
	EOF
	ipb gwb <<-EOF
		link add lan0 type veth peer name lan0 netns $(n hostb)
		addr add 203.0.113.1/24 dev lan0
		addr add 2001:db8:b::1/64 dev lan0 nodad
		link set lan0 up
		route add ${NETA[4]} via ${GWA[4]}
		route add ${NETA[6]} via ${GWA[6]}
	EOF
	host hosta "${HOSTA[4]}" 192.0.2.1 "${HOSTA[6]}" 2001:db8:a::1
	host hostb "${HOSTB[4]}" 203.0.113.1 "${HOSTB[6]}" 2001:db8:b::1
	on hostb traffic server "$PORT"
	on gwb traffic server "$PORT"
	poll 10 no_tentative hosta gwa gwb hostb
}

# gateways_anew one|both: the same after an earlier one is taken away.
gateways_anew() {
	ns_forget hosta gwa gwb hostb
	gateways "$1"
}

# wire_mtu BYTES: of the link between the gateways.
wire_mtu() {
	ipn gwa link set eth0 mtu "$1"
	ipn gwb link set eth0 mtu "$1"
}

# all_mtu BYTES: of all links.
all_mtu() {
	local name

	for name in hosta gwa gwb hostb; do
		ipn $name link set lan0 mtu "$1"
	done
	wire_mtu "$1"
}

host() {
	ipb "$1" <<-EOF
		link set lan0 up
		addr add $2/24 dev lan0
		addr add $4/64 dev lan0 nodad
		route add default via $3
		route add default via $5
	EOF
}

# pair one|both: the two gateways and their wire only.
pair() {
	local gw

	DEVB=eth0
	ns gwa gwb
	ipn gwa link add eth0 type veth peer name eth0 netns "$(n gwb)"
	ipn gwa link add esp0 link eth0 type espsimd
	if [ "$1" = both ]; then
		DEVB=esp0
		ipn gwb link add esp0 link eth0 type espsimd
	fi
	echo "$DEVB" >"$WORK/devb"
	ipb gwa <<-EOF
		addr add ${GWA[4]}/24 dev esp0
		addr add ${GWA[6]}/64 dev esp0 nodad
		link set esp0 up
	EOF
	ipb gwb <<-EOF
		addr add ${GWB[4]}/24 dev $DEVB
		addr add ${GWB[6]}/64 dev $DEVB nodad
		link set eth0 up
		link set $DEVB up
	EOF
	for gw in gwa gwb; do
		on "$gw" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
	poll 10 no_tentative gwa gwb
}

# device_back: gives gwa its device, if it has none, and it what it had, whatever of
# that is gone.
device_back() {
	ipn gwa link show esp0 >/dev/null 2>&1 ||
		ipn gwa link add esp0 link eth0 type espsimd
	ipb gwa <<-EOF
		link set eth0 up
		addr replace ${GWA[4]}/24 dev esp0
		addr replace ${GWA[6]}/64 dev esp0 nodad
		link set esp0 up
		route replace ${NETB[4]} via ${GWB[4]}
		route replace ${NETB[6]} via ${GWB[6]}
	EOF
	poll 10 no_tentative gwa
}

no_tentative() {
	local name

	for name in "$@"; do
		[ -z "$(ipn "$name" -6 addr show tentative)" ] || return 1
	done
}

# key_hex BITS SEED: a key of that length and four bytes of salt, for `ip`.
key_hex() {
	local i hex=0x

	for ((i = 0; i < $1 / 8 + 4; i++)); do
		hex+=$(printf '%02x' $(((i * 7 + $2 * 31 + 11) % 256)))
	done
	echo "$hex"
}

# tunnel KEY=VALUE...: describes the tunnel that the case works on, in T:
#   mode    tunnel or transport
#   outer   family of the gateways' addresses, 4 or 6
#   inner   family of the hosts' addresses
#   esn     yes or no
#   natt    no, yes, or gro for sockets with UDP GRO
#   key     bits of the AES keys
#   icv     bits of the integrity check value
#   window  replay window; the processors of a gateway may reorder packets by
#           more than a small one holds
#   dev     offload device of gwa, empty for none
#   proto   protocol that the policies of transport mode are for, empty for all
#   alg     words that replace "aead NAME KEY ICV"; @ becomes the SA's seed
#   outx, inx       further words for gwa's SAs
#   gen     number of the generation: another one has other SPIs and keys
#   offload crypto or packet, for the SAs with a device; in packet mode policies
#           have it too
tunnel() {
	local word

	T=([mode]=tunnel [outer]=4 [inner]=4 [esn]=no [natt]=no [key]=128
		[icv]=128 [window]=4096 [dev]=esp0 [devb]='' [proto]='' [alg]=''
		[outx]='' [inx]='' [tx]=device [gen]=0 [offload]=$OFFLOAD)
	for word in "$@"; do
		T[${word%%=*}]=${word#*=}
	done
	if [ "${T[mode]}" = transport ]; then
		T[inner]=${T[outer]}
	fi
	# Outbound ESP in UDP over IPv6 goes wrong in the kernel's own part of
	# crypto offload, so the device leaves it to the stack.
	if [ "${T[offload]}" = crypto ] && [ "${T[outer]}" = 6 ] &&
		[ "${T[natt]}" != no ]; then
		T[tx]=stack
	fi
	GWB[6]=$GWB_NEAR
	if [ "${T[offload]}${T[outer]}${T[inner]}" = packet64 ]; then
		GWB[6]=$GWB_FAR
	fi
	if [ -z "${T[devb]}" ] && [ "$(<"$WORK/devb")" = esp0 ]; then
		T[devb]=esp0
	fi
}

# ends: sets CLIENT, SERVER and the address TARGET of the tunnel's traffic.
ends() {
	if [ "${T[mode]}" = transport ]; then
		CLIENT=gwa SERVER=gwb TARGET=${GWB[${T[outer]}]}
	else
		CLIENT=hosta SERVER=hostb TARGET=${HOSTB[${T[inner]}]}
	fi
}

# sa_words a|b out|in: the words that describe an SA of gwa or gwb, from
# "src" on.
sa_words() {
	local side=$1 dir=$2 words from=GWA to=GWB spi=$SPI_AB seed=1 dev

	if [ "$side$dir" = ain ] || [ "$side$dir" = bout ]; then
		from=GWB to=GWA spi=$SPI_BA seed=2
	fi
	spi=$(printf '0x%x' $((spi + T[gen] * 16)))
	seed=$((seed + T[gen] * 2))
	local -n src=$from dst=$to
	words="src ${src[${T[outer]}]} dst ${dst[${T[outer]}]} proto esp"
	words+=" spi $spi reqid 1 mode ${T[mode]}"
	if [ -n "${T[alg]}" ]; then
		words+=" ${T[alg]//@/$seed}"
	else
		words+=" aead rfc4106(gcm(aes)) $(key_hex "${T[key]}" "$seed")"
		words+=" ${T[icv]}"
	fi
	if [ "${T[natt]}" != no ]; then
		words+=" encap espinudp 4500 4500 "
		words+=$([ "${T[outer]}" = 4 ] && echo 0.0.0.0 || echo ::)
	fi
	dev=${T[dev]}
	[ "$side" = a ] || dev=${T[devb]}
	# Since Linux 6.10 an outbound SA that says its direction, as those with
	# an offload device do, may not have a replay window.
	if [ "$dir" = in ] || { [ "${T[esn]}" = yes ] &&
		{ [ -z "$dev" ] || ! ip_knows_dir; }; }; then
		words+=" replay-window ${T[window]}"
	fi
	words+=$(sa_flags)
	[ -z "$dev" ] || words+=" $(offload_words) dev $dev dir $dir"
	[ "$side" = b ] || words+=" ${T[${dir}x]}"
	echo "$words"
}

# offload_words: those before "dev" of an SA that is offloaded.
offload_words() {
	if [ "${T[offload]}" = packet ]; then
		echo "offload packet"
	else
		echo offload
	fi
}

# sa_lines add|delete FROM TO [WORDS]: lines of `ip -batch` for many SAs of gwa that
# no policy names, half of them in each direction, of both families; the words are
# those that offload them.
sa_lines() {
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

sa_flags() {
	local flags=

	[ "${T[esn]}" = no ] || flags+=" esn"
	# An SA for whatever comes, as IKE daemons set them up.
	[ "${T[mode]}" != tunnel ] || flags+=" af-unspec"
	[ -z "$flags" ] || echo " flag$flags"
}

# ip_knows_dir: iproute2 is one that tells the kernel the SA's direction.
ip_knows_dir() {
	[[ $(ip xfrm state help 2>&1) == *'[ dir DIR ]'* ]]
}

# policy_words a|b: lines of `ip -batch` for the policies of a gateway.
policy_words() {
	local out_src out_dst here there o=${T[outer]} i=${T[inner]} dir type
	local offload proto=${T[proto]:+proto ${T[proto]}}

	offload=$(policy_offload "$1")
	if [ "$1" = a ]; then
		here=${GWA[$o]} there=${GWB[$o]}
		out_src=${NETA[$i]} out_dst=${NETB[$i]}
	else
		here=${GWB[$o]} there=${GWA[$o]}
		out_src=${NETB[$i]} out_dst=${NETA[$i]}
	fi
	if [ "${T[mode]}" = transport ]; then
		out_src=$here out_dst=$there
	fi
	echo "xfrm policy add src $out_src dst $out_dst $proto dir out" \
		"priority 10 $offload tmpl src $here dst $there" \
		"proto esp reqid 1 mode ${T[mode]}"
	for dir in in fwd; do
		echo "xfrm policy add src $out_dst dst $out_src $proto dir" \
			"$dir priority 10 $offload tmpl src $there dst $here" \
			"proto esp reqid 1 mode ${T[mode]}"
	done
	# The neighbours have to find each other before they can have SAs.
	if [ "${T[mode]}$o$proto" = transport6 ]; then
		for type in 135 136; do
			echo "xfrm policy add src $here dst $there" \
				"proto ipv6-icmp type $type dir out priority 1" \
				"$offload"
			echo "xfrm policy add src $there dst $here" \
				"proto ipv6-icmp type $type dir in priority 1" \
				"$offload"
		done
	fi
}

# policy_offload a|b: words of the policies of a gateway in packet mode. All of
# them have to be offloaded: the stack prefers ones that are, whatever their
# priorities.
policy_offload() {
	local dev=${T[dev]}

	[ "$1" = a ] || dev=${T[devb]}
	if [ "${T[offload]}" = packet ] && [ -n "$dev" ]; then
		echo "offload packet dev $dev"
	fi
}

# bundle_routes: what the stack needs for tunnels of mixed families in packet
# mode, see above.
bundle_routes() {
	local i=${T[inner]} dev=${T[devb]} via=via

	if [ "${T[offload]}" = crypto ] || [ "${T[outer]}" = "$i" ]; then
		return 0
	fi
	if [ "$i" = 4 ]; then
		via='via inet6'
		ipn gwa route replace "$GWB_FAR" dev esp0
		ipn gwa addr replace "${GWA_AS[4]}/32" dev lo
		ipn gwb addr replace "$GWB_FAR/128" dev "$(<"$WORK/devb")"
		ipn gwb addr replace "${GWB_AS[4]}/32" dev lo
	fi
	echo "route replace ${GWB_AS[$i]} $via ${GWB[6]} dev esp0" | ipb gwa
	[ -z "$dev" ] ||
		echo "route replace ${GWA_AS[$i]} $via ${GWA[6]} dev $dev" |
		ipb gwb
}

# tunnel_up: replaces whatever tunnel there is by the one that T describes.
tunnel_up() {
	local side

	tunnel_down
	bundle_routes
	for side in a b; do
		leave_policies $side
		{
			echo "xfrm state add $(sa_words $side out)"
			echo "xfrm state add $(sa_words $side in)"
			policy_words $side
		} | ipb gw$side
		if [ "${T[natt]}" != no ]; then
			natt_socket gw$side
		fi
	done
}

# leave_policies SIDE: to the device of a gateway, if the test is about that and
# the tunnel has nothing else.
leave_policies() {
	local dev=${T[dev]} value=0

	[ "$1" = a ] || dev=${T[devb]}
	if [ -n "$dev" ] && [ "${T[offload]}" = packet ]; then
		value=1
	fi
	if [ "$DIRECT" = yes ] && ipn "gw$1" link show dev esp0 >/dev/null 2>&1
	then
		on "gw$1" sysctl -qw "net.ipv4.conf.esp0.disable_xfrm=$value"
	fi
}

# natt_socket NAME [FILE]: a socket of an IKE daemon, replacing an older one.
natt_socket() {
	local gro=()

	[ "${T[natt]}" != gro ] || gro=(gro)
	natt_end "$1"
	on "$1" natt 4500 "${gro[@]}" "${2:-/dev/null}"
}

natt_end() {
	local pid

	for pid in $(ip netns pids "$(n "$1")"); do
		if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = natt ]; then
			kill -KILL "$pid"
			# Its port has to be free for the next one.
			poll 10 ended "$pid"
		fi
	done
}

tunnel_down() {
	local name

	for name in gwa gwb; do
		natt_end "$name"
		ipb "$name" <<-EOF
			xfrm policy flush
			xfrm state flush
		EOF
	done
}

# --- counters ---------------------------------------------------------------

# snap TAG [NAME...]: remembers in SNAP everything that the gateways count:
#   TAG/NAME/dev.COUNTER     of ethtool -S esp0
#   TAG/NAME/xfrm.COUNTER    of /proc/net/xfrm_stat
#   TAG/NAME/sa.SPI.FIELD    packets, bytes, seq, oseq; packets refused that were
#                            outside of the window, replay, failed
#   TAG/NAME/DEV.tx, .rx     packets of the devices
snap() {
	local tag=$1 name key value
	shift
	[ $# -gt 0 ] || set -- gwa gwb
	for name in "$@"; do
		while read -r key value; do
			SNAP[$tag/$name/$key]=$((value))
		done < <(on "$name" sh -c '
			! [ -d /sys/class/net/esp0 ] || ethtool -S esp0
			sed "s/^/xfrm /" /proc/net/xfrm_stat
			ip -s xfrm state
			ip -s -o link show' 2>/dev/null |
			awk -f "$SELFTESTS/snap.awk")
	done
}

# val TAG NAME KEY: a value that snap remembered, 0 if there was none.
val() {
	echo "${SNAP[$1/$2/$3]:-0}"
}

# delta NAME KEY [FROM [TO]]: what has been added, from snap "before" to "after".
delta() {
	echo $((${SNAP[${4:-after}/$1/$2]:-0} - ${SNAP[${3:-before}/$1/$2]:-0}))
}

# counter NAME KEY: a counter of esp0 now.
counter() {
	on "$1" ethtool -S esp0 | awk -v key="$2:" '$1 == key { print $2 }'
}

# xfrm_counter NAME KEY: a counter of the XFRM statistics now.
xfrm_counter() {
	# shellcheck disable=SC2016 # The dollars are awk's.
	on "$1" awk -v key="$2" '$1 == key { print $2 }' /proc/net/xfrm_stat
}

# settle TAG: takes a snap when no more packets are on their way.
settle() {
	poll 10 settled "$1"
}

settled() {
	local name

	snap settle
	sleep 0.02
	snap "$1"
	for name in gwa gwb; do
		[ "$(delta $name eth0.rx settle "$1")" = 0 ] || return 1
	done
	# One that came between the snaps of both gateways is in one of them.
	for name in gwa gwb; do
		[ "$(received $name)" = "$(val "$1" $name eth0.rx)" ] || return 1
	done
}

# received NAME: packets that came by eth0 so far, 0 if it is not there.
received() {
	on "$1" cat /sys/class/net/eth0/statistics/rx_packets 2>/dev/null ||
		echo 0
}

# no_errors: no error counter moved, neither in the XFRM statistics of the
# gateways nor among those of esp0; ones that match EXPECTED are not looked at.
no_errors() {
	local key name counter moved
	local errors='^(xfrm\..*|dev\..*(_drop_|_auth_fail|_malformed).*)$'

	for key in "${!SNAP[@]}"; do
		[[ $key = after/* ]] || continue
		name=${key#*/}
		counter=${name#*/}
		name=${name%%/*}
		[[ $counter =~ $errors ]] || continue
		# By what is dropped for that, senders learn what fits.
		[ "$DIRECT$counter" != yesdev.tx_drop_mtu ] || continue
		[ -z "${EXPECTED:-}" ] || ! [[ $counter =~ $EXPECTED ]] || continue
		# As delta does, without a process for each of a hundred counters.
		moved=$((${SNAP[$key]} - ${SNAP[before/${key#after/}]:-0}))
		[ "$moved" = 0 ] || fail "$name: $counter moved by $moved"
	done
}

# agree gwa|gwb: everything that the SAs of the gateway
# sent and received was done by the device, at least 99 % of it by the SIMD
# engine, and all who count agree: the device, its SAs, and those of the peer.
# ENGINE=generic instead wants nothing by the SIMD engine; with T[tx]=stack the
# device has only received.
agree() {
	local name=$1 out=$SPI_AB in=$SPI_BA peer=gwb tx rx sent received

	if [ "$name" = gwb ]; then
		out=$SPI_BA in=$SPI_AB peer=gwa
	fi

	sent=$(delta "$name" "sa.$out.oseq")
	received=$(delta "$peer" "sa.$in.oseq")
	tx=$(delta "$name" dev.tx_ipsec)
	rx=$(delta "$name" dev.rx_ipsec)
	at_least "packets sent" "$sent" 1
	at_least "packets received" "$received" 1
	equal "the peer's SA and what was sent" \
		"$(delta "$peer" "sa.$out.packets")" "$sent"
	equal "rx_ipsec and what the peer sent" "$rx" "$received"
	equal "rx_ipsec and the SA's packets" \
		"$(delta "$name" "sa.$in.packets")" "$rx"
	engine_share "$name" rx "$rx"
	if [ "${T[tx]}" = stack ]; then
		equal "tx_ipsec of what the stack does" "$tx" 0
	else
		equal "tx_ipsec and the SA's sequence number" "$tx" "$sent"
		engine_share "$name" tx "$tx"
	fi
	if [ "${T[offload]}" = packet ]; then
		equal "packets and numbers of the SA" \
			"$(delta "$name" "sa.$out.packets")" "$sent"
		same_counts "$name" "$out" "$peer"
		same_counts "$peer" "$in" "$name"
	fi
	no_errors
}

# same_counts SENDER SPI RECEIVER: both ends of an SA say the same of it. The
# stack's own counts a large packet once when it sends, before it is cut.
same_counts() {
	local from=$1 spi=$2 to=$3 half

	if [ "$(delta "$from" "sa.$spi.packets")" = \
		"$(delta "$from" "sa.$spi.oseq")" ]; then
		equal "bytes of $to's SA and what $from sent" \
			"$(delta "$to" "sa.$spi.bytes")" \
			"$(delta "$from" "sa.$spi.bytes")"
	fi
	[ "${T[window]}" != 0 ] || return 0
	for half in '' -hi; do
		equal "last number$half of $to's SA and of $from's" \
			"$(val after "$to" "sa.$spi.seq$half")" \
			"$(val after "$from" "sa.$spi.oseq$half")"
	done
}

# engine_share NAME tx|rx TOTAL: what did the packets is what should have.
engine_share() {
	local simd fallback

	simd=$(delta "$1" "dev.$2_simd")
	fallback=$(delta "$1" "dev.$2_fallback")
	equal "$2_simd + $2_fallback" "$((simd + fallback))" "$3"
	if [ "${ENGINE:-simd}" = generic ]; then
		equal "$2_simd of the generic engine" "$simd" 0
	else
		at_least "share of $2_simd in %" $((simd * 100 / $3)) 99
	fi
}

# packet_mode: whether that is what the test is about.
packet_mode() {
	[ "$OFFLOAD" = packet ]
}

# dump: the state of both gateways, for a case that failed.
dump() {
	local name

	for name in gwa gwb; do
		echo "--- $name"
		on "$name" sh -c '
			ethtool -S esp0 2>/dev/null | grep -v ": 0$"
			grep -v "[[:space:]]0$" /proc/net/xfrm_stat
			ip -s xfrm state list nokeys 2>/dev/null || ip -s xfrm state
		' | grep -vE "aead|^[[:space:]]+([0-9a-f]{8} )+" || true
	done
}

# --- traffic ----------------------------------------------------------------

# ping_ok NAME ADDR [PING OPTION...]: every ping is answered.
ping_ok() {
	local name=$1 addr=$2
	shift 2
	on "$name" ping -n -q -i 0.01 -W "$(pick 2 10)" -c 5 "$@" "$addr"
}

# settle_first: lets both ends find each other and the MTU of the path, at the
# price of packets that are lost, and then takes the snap "before".
settle_first() {
	ends
	ping_ok "$CLIENT" "$TARGET" -c 1
	if fragments_pass; then
		on "$CLIENT" traffic udp "$TARGET" "$PORT" 1480 1480 1
	else
		on "$CLIENT" traffic udp "$TARGET" "$PORT" 1000 1480 480 whole
		if [ "${T[mode]}" = tunnel ]; then
			on hostb ping -n -q -c 2 -i 0.1 -W 0.2 -s 1452 \
				"${HOSTA[${T[inner]}]}" || true
		fi
	fi
	settle before
}

# fragments_pass: fragments that the client makes get through the tunnel of T. In
# packet mode the stack drops what does not fit as a whole, and since Linux 7
# what has an extension header of IPv6.
fragments_pass() {
	! packet_mode || [ "${T[mode]}${T[inner]}" = tunnel4 ]
}
