#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tunnels that strongSwan sets up, by whatever version the root file system has:
# they are offloaded as its configuration says, and stay so through rekeying,
# moving and restarts.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname -- "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../lib-ipsec.sh
. "$SELFTESTS/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ike.sh
. "$SELFTESTS/ike/lib-ike.sh"
# shellcheck source-path=SCRIPTDIR source=lib-strongswan.sh
. "$SELFTESTS/ike/lib-strongswan.sh"

# What `connection` is told in the cases that only differ by that.
declare -A SITES=(
	[site-crypto-4]='a=crypto'
	[site-crypto-6]='a=crypto b=crypto outer=6 inner=6 esn=yes'
	[site-crypto-4-in-6]='a=crypto b=crypto outer=6 inner=4'
	[site-crypto-6-in-4]='a=crypto outer=4 inner=6 key=256'
	[site-packet-4]='a=packet'
	[site-packet-6]='a=packet b=packet outer=6 inner=6 esn=yes key=256'
	[site-auto]='a=auto b=auto'
	[site-yes]='a=yes b=yes esn=yes'
	[site-no]='a=no b=no'
	[site-crypto-to-packet]='a=crypto b=packet esn=yes'
	[site-packet-to-no]='a=packet b=no'
	[site-no-to-crypto]='a=no b=crypto'
	[site-auto-to-stock]='a=auto b=none esn=yes'
	[transport-crypto-4]='a=crypto mode=transport esn=yes'
	[transport-crypto-6]='a=crypto b=crypto mode=transport outer=6'
	[transport-packet-4]='a=packet b=packet mode=transport'
	[transport-packet-6]='a=packet mode=transport outer=6 esn=yes'
	[nat-crypto-4]='a=crypto b=crypto nat=yes'
	[nat-crypto-6]='a=crypto outer=6 inner=6 nat=yes esn=yes'
	[nat-packet-4]='a=packet b=packet nat=yes esn=yes'
	[nat-packet-6]='a=packet outer=6 inner=6 nat=yes'
	[nat-auto]='a=auto b=no nat=yes'
	[nat-transport]='a=crypto b=crypto nat=yes mode=transport'
)

# Those versions that only know yes, no and auto have crypto mode only.
VERSION=$(charon_version)
old_daemon() {
	[[ $VERSION =~ ^5\.([0-8]\.|9\.[0-9]$) ]]
}

mapfile -t CASES < <(printf '%s\n' "${!SITES[@]}" | sort)
CASES+=(
	remote-eap-crypto remote-eap-packet remote-certificate
	rekey-crypto rekey-packet rekey-nat
	software-crypto software-packet software-auto
	reload killed-crypto killed-packet dead-peer
	mobike-crypto mobike-packet
	interface-id-crypto interface-id-no
	documented
)
if old_daemon; then
	mapfile -t CASES < <(printf '%s\n' "${CASES[@]}" | grep -v packet)
fi

setup() {
	require charon-systemd swanctl pki jq nft ping
	[ -n "$VERSION" ] || fail "strongSwan does not tell its version"
	echo "strongSwan $VERSION"
}

reset() {
	ike_reset
}

# connection KEY=VALUE...: describes the connection of the case, in C:
#   a, b    hw_offload of gwa and of gwb, which has no device if b is none
#   outer   family of the gateways' addresses, inner that of the hosts'
#   mode    tunnel or transport
#   nat     yes if gwa is behind one
#   key     bits of the AES keys, esn yes or no; or esp, the whole proposal
#   here    address of gwa, remote the one that gwb knows it by
#   ike     further lines for the connection, child for its child, ours for that
#           of gwa
connection() {
	local word

	declare -gA C=([a]=crypto [b]=none [outer]=4 [inner]=4 [mode]=tunnel
		[nat]=no [key]=128 [esn]=no [esp]='' [child]='' [ike]='' [ours]=''
		[here]='' [remote]='')
	for word in "$@"; do
		C[${word%%=*}]=${word#*=}
	done
	[ "${C[mode]}" = tunnel ] || C[inner]=${C[outer]}
	if [ -z "${C[esp]}" ]; then
		C[esp]=aes${C[key]}gcm16-x25519
		[ "${C[esn]}" = no ] || C[esp]+=-esn
	fi
}

# write_connection a|b: the configuration of a gateway.
write_connection() {
	local o=${C[outer]} i=${C[inner]} dir offload=${C[$1]} here there
	local local_ts remote_ts child=${C[child]}

	dir=$(charon_files "gw$1")
	[ "$offload" != none ] || offload=no
	if [ "$offload" = crypto ] && old_daemon; then
		offload=yes
	fi
	if [ "$1" = a ]; then
		here=${GWA[$o]} there=${GWB[$o]}
		[ "${C[nat]}" = no ] || here=${INSIDE[$o]}
		here=${C[here]:-$here}
		local_ts=${NETA[$i]} remote_ts=${NETB[$i]}
	else
		here=${GWB[$o]} there=${C[remote]:-${GWA[$o]}}
		local_ts=${NETB[$i]} remote_ts=${NETA[$i]}
	fi
	[ "$1" = b ] || child+=$'\n'${C[ours]}
	if [ "${C[mode]}" = transport ]; then
		local_ts=dynamic remote_ts=dynamic
	fi
	cat >"$dir/swanctl/swanctl.conf" <<-EOF
		connections {
			peer {
				version = 2
				local_addrs = $here
				remote_addrs = $there
				proposals = aes128gcm16-prfsha256-x25519
				${C[ike]}
				local {
					auth = psk
					id = gw$1.example
				}
				remote {
					auth = psk
					id = gw$([ "$1" = a ] && echo b || echo a).example
				}
				children {
					net {
						mode = ${C[mode]}
						local_ts = $local_ts
						remote_ts = $remote_ts
						esp_proposals = ${C[esp]}
						hw_offload = $offload
						$child
					}
				}
			}
		}
		secrets {
			ike-peers {
				secret = "$(<"$WORK/psk")"
			}
		}
	EOF
}

# network: that of the connection.
network() {
	local devices=both

	[ "${C[b]}" != none ] || devices=one
	if [ "${C[nat]}" = yes ]; then
		nat_gateways "$devices"
	else
		gateways "$devices"
	fi
}

# daemons: those of both gateways, with the connection.
daemons() {
	local gw

	head -c 24 /dev/urandom | base64 >"$WORK/psk"
	for gw in a b; do
		charon_prepare "gw$gw"
		write_connection "$gw"
		charon_begin "gw$gw"
	done
}

# ready: the traffic of the connection has found its way.
ready() {
	T=([mode]=${C[mode]} [outer]=${C[outer]} [inner]=${C[inner]})
	ends
	poll 20 on "$CLIENT" ping -n -q -c 1 -W 1 "$TARGET"
}

# mode_of MODE: that of offload which hw_offload=MODE gets.
mode_of() {
	case $1 in
	yes | crypto) echo crypto ;;
	packet) echo packet ;;
	auto) if old_daemon; then echo crypto; else echo packet; fi ;;
	*) echo no ;;
	esac
}

# site KEY=VALUE...: a connection comes up, is offloaded as it should be, and
# carries traffic.
site() {
	local gw

	up "$@"
	transfer
	all_offloaded
}

# up KEY=VALUE...: the connection is there.
up() {
	connection "$@"
	network
	daemons
	initiate
}

initiate() {
	ctl gwa --initiate --child net --timeout "$(pick 60 240)"
	ready
}

# transfer: traffic in both directions, between the snaps.
transfer() {
	settle before
	on "$SERVER" ordered receive 5555
	on "$CLIENT" ordered send "$TARGET" 5555 2000 1000 32
	settle after
}

# all_offloaded: the connection is in its modes, and the devices carried what
# went between the snaps.
all_offloaded() {
	local gw mode

	for gw in a b; do
		[ "${C[$gw]}" != none ] || continue
		mode=$(mode_of "${C[$gw]}")
		if [ "$gw$mode${C[nat]}${C[outer]}" = acryptoyes6 ]; then
			inbound_offloaded
			continue
		fi
		offloaded "gw$gw" "$mode"
		carried "gw$gw" "$mode" 50
	done
	if [ "${C[nat]}" = yes ]; then
		matches "SAs of gwb" "$(ipn gwb xfrm state list nokeys)" \
			'espinudp sport 4500 dport (2[0-9]{4}|30000)'
	fi
	no_errors
}

# inbound_offloaded: outbound ESP in UDP over IPv6 is left to the stack in crypto
# mode, since its own part of it goes wrong.
inbound_offloaded() {
	offloaded gwa crypto 1
	equal "tx of gwa" "$(delta gwa dev.tx_ipsec)" 0
	at_least "rx of gwa" "$(delta gwa dev.rx_ipsec)" 50
}

run_case() {
	# shellcheck disable=SC2086 # They are several words.
	site ${SITES[$1]}
}

# --- remote access ----------------------------------------------------------

# write_remote a|b METHOD: gwa is a client that gets an address from gwb.
write_remote() {
	local dir auth="auth = pubkey" password

	dir=$(charon_files "gw$1")
	password=$(<"$WORK/psk")
	[ "$2" = certificate ] || auth="auth = eap-mschapv2
				eap_id = somebody"
	if [ "$1" = a ]; then
		cat >"$dir/swanctl/swanctl.conf" <<-EOF
			connections {
				peer {
					version = 2
					vips = 0.0.0.0
					remote_addrs = ${GWB[4]}
					local {
						$auth
						id = gwa.example
					}
					remote {
						auth = pubkey
						id = gwb.example
					}
					children {
						net {
							remote_ts = ${NETB[4]}
							esp_proposals = ${C[esp]}
							hw_offload = ${C[a]}
						}
					}
				}
			}
			secrets {
				eap-somebody {
					id = somebody
					secret = "$password"
				}
			}
		EOF
	else
		[ "$2" = certificate ] || auth="auth = eap-mschapv2
			eap_id = %any"
		cat >"$dir/swanctl/swanctl.conf" <<-EOF
			connections {
				peer {
					version = 2
					pools = addresses
					local_addrs = ${GWB[4]}
					send_cert = always
					local {
						auth = pubkey
						certs = own.pem
						id = gwb.example
					}
					remote {
						$auth
					}
					children {
						net {
							local_ts = ${NETB[4]}
							esp_proposals = ${C[esp]}
							hw_offload = ${C[b]}
						}
					}
				}
			}
			pools {
				addresses {
					addrs = 10.77.0.0/24
				}
			}
			secrets {
				eap-somebody {
					id = somebody
					secret = "$password"
				}
			}
		EOF
	fi
}

# remote METHOD KEY=VALUE...: a client without a network behind it.
remote() {
	local method=$1 gw
	shift

	connection "$@"
	if old_daemon; then
		C[a]=yes C[b]=yes
	fi
	network
	head -c 24 /dev/urandom | base64 >"$WORK/psk"
	charon_prepare gwa
	charon_prepare gwb
	make_certificates gwa gwb
	for gw in a b; do
		write_remote "$gw" "$method"
		charon_begin "gw$gw"
	done
	ctl gwa --initiate --child net --timeout "$(pick 60 240)"
	CLIENT=gwa SERVER=hostb TARGET=${HOSTB[4]}
	poll 20 on gwa ping -n -q -c 1 -W 1 "$TARGET"
	matches "SAs of gwa" "$(ipn gwa addr)" 'inet 10[.]77[.]0[.]'
	transfer
	all_offloaded
}

case_remote-eap-crypto() {
	remote eap a=crypto b=crypto nat=yes
}

case_remote-eap-packet() {
	remote eap a=packet b=packet nat=yes esn=yes
}

case_remote-certificate() {
	remote certificate a=crypto b=crypto esn=yes key=256
}

# --- rekeying ---------------------------------------------------------------

# own_spi NAME: of the outbound SA by the gateway's policy.
own_spi() {
	ipn "$1" xfrm policy list dir out | awk '
		/spi 0x/ {
			for (i = 1; i < NF; i++)
				if ($i == "spi")
					print $(i + 1)
		}' | head -n 1
}

other_spi() {
	local spi

	spi=$(own_spi gwa)
	[ -n "$spi" ] && [ "$spi" != "$1" ]
}

# rekey KEY=VALUE...: a hundred times new keys, by either side, for the tunnel and
# for IKE itself, and not a packet is lost.
rekey() {
	local round gw spi before rekeyed='IKE_SA peer\[[0-9]+\] rekeyed between'

	up "$@"
	settle before
	traffic_begin "$CLIENT" "$SERVER" "$TARGET"
	traffic_begin "$SERVER" "$CLIENT" "${HOSTA[${C[inner]}]}"
	for ((round = 1; round <= $(pick 100 4); round++)); do
		gw=gwa
		[ $((round % 2)) = 0 ] || gw=gwb
		spi=$(own_spi gwa)
		ctl "$gw" --rekey --child net
		poll 30 other_spi "$spi"
		before=$(said "$gw" "$rekeyed")
		ctl "$gw" --rekey --ike peer
		poll 30 said_more "$gw" "$rekeyed" "$before"
		traffic_alive "$CLIENT"
		traffic_alive "$SERVER"
	done
	traffic_end "$CLIENT" 2
	traffic_end "$SERVER" 2
	settle after
	all_offloaded
	# Kernel and device have the same SAs, and none when the daemons let go.
	ctl gwa --terminate --ike peer --timeout "$(pick 60 240)"
	poll 60 nothing_left gwa
	poll 60 nothing_left gwb
}

case_rekey-crypto() {
	rekey a=crypto b=crypto esn=yes
}

case_rekey-packet() {
	rekey a=packet b=packet
}

case_rekey-nat() {
	rekey a=auto b=auto nat=yes
}

# --- what is not offloaded --------------------------------------------------

# A proposal that the device does not do is done by the stack, in crypto mode.
case_software-crypto() {
	local dir

	up a=crypto b=crypto esp=aes128-sha256-x25519
	transfer
	offloaded gwa no
	offloaded gwb no
	carried gwa no
	no_errors
	for dir in in out; do
		refute on gwa espsimd check dev esp0 --sa dir "$dir" \
			enc 'cbc(aes)' auth 'hmac(sha256)' >"$WORK/answer"
		matches "espsimd check" "$(<"$WORK/answer")" \
			'separate integrity algorithm cannot be offloaded'
	done
}

# In packet mode there is no software that could do it: the tunnel does not come up,
# and nothing is left of it.
case_software-packet() {
	connection a=packet b=packet esp=aes128-sha256-x25519
	network
	daemons
	refute ctl gwa --initiate --child net --timeout "$(pick 60 240)"
	equal "SAs of the device" "$(on gwa espsimd -j sa show | jq length)" 0
	at_least "refusals" "$(said gwb 'unable to add SAD entry')" 1
}

# auto falls back to crypto mode, and that to the stack.
case_software-auto() {
	up a=auto b=auto esp=aes128-sha256-x25519
	transfer
	offloaded gwa no
	offloaded gwb no
	no_errors
}

# --- changes of daemon, peer and address ------------------------------------

# Loading the configuration again takes no SA away, and what it changes holds for
# the next one.
case_reload() {
	local spi

	up a=yes b=yes
	spi=$(own_spi gwa)
	settle before
	traffic_begin "$CLIENT" "$SERVER" "$TARGET"
	ctl gwa --load-all --noprompt
	ctl gwb --load-all --noprompt
	# Of each round 10 datagrams are answered.
	traffic_end "$CLIENT" 6
	settle after
	equal "SPI after loading" "$(own_spi gwa)" "$spi"
	all_offloaded
	C[a]=no
	write_connection a
	ctl gwa --load-all --noprompt
	ctl gwa --terminate --ike peer --timeout 60
	equal "SAs of the device" "$(on gwa espsimd -j sa show | jq length)" 0
	initiate
	transfer
	all_offloaded
}

# only_two NAME: the gateway has SAs for one tunnel only.
only_two() {
	[ "$(kernel_sas "$1")" = 2 ]
}

# killed MODE: a daemon that died leaves SAs in the kernel. Its successor's take
# their place, and what is left is the same in the kernel and in the device.
killed() {
	local mode=$1

	up "a=$mode" "b=$mode"
	transfer
	charon_kill gwa
	equal "SAs that a dead daemon leaves" "$(device_sas gwa "$mode")" 2
	on "$CLIENT" ordered send "$TARGET" 5555 200 1000 32
	charon_begin gwa
	initiate
	transfer
	poll 30 only_two gwb
	offloaded gwa "$mode"
	offloaded gwb "$mode"
	carried gwa "$mode" 50
	no_errors
	charon_end gwa
	charon_end gwb
	poll 30 nothing_left gwb
	ipn gwa xfrm state flush
	ipn gwa xfrm policy flush
	poll 30 nothing_left gwa
}

# nothing_left NAME: neither kernel nor device has SAs.
nothing_left() {
	[ "$(kernel_sas "$1")" = 0 ] &&
		[ "$(on "$1" espsimd -j sa show | jq length)" = 0 ]
}

case_killed-crypto() {
	killed crypto
}

case_killed-packet() {
	killed packet
}

# A peer that does not answer is given up, and its SAs leave the device.
case_dead-peer() {
	up a=yes b=yes ike='dpd_delay = 1s' child='dpd_action = clear'
	on hostb ordered receive 5555
	on hosta ordered send "$TARGET" 5555 2000 1000 32
	offloaded gwa crypto
	at_least "packets of the device" "$(counter gwa tx_ipsec)" 2000
	charon_kill gwb
	poll 120 nothing_left gwa
}

# mobike MODE: gwa gets another address, and the tunnel moves with it. Linux 7.2
# refuses to move an offloaded SA; the daemon makes it anew then.
mobike() {
	local mode=$1

	connection "a=$mode" "b=$mode" here=%any remote=%any
	network
	# It would move to IPv6 as well.
	ipn gwa -6 addr flush dev esp0 scope global
	daemons
	initiate
	transfer
	all_offloaded
	# Without this the second address of a network goes with the first one.
	on gwa sysctl -qw net.ipv4.conf.esp0.promote_secondaries=1
	ipb gwa <<-EOF
		addr add 198.51.100.77/24 dev esp0
		addr del ${GWA[4]}/24 dev esp0
		route replace ${NETB[4]} via ${GWB[4]}
	EOF
	poll 60 moved gwa
	poll 60 moved gwb
	ready
	transfer
	all_offloaded
}

moved() {
	local states

	states=$(ipn "$1" xfrm state list nokeys)
	[[ $states == *198.51.100.77* && $states != *"${GWA[4]} "* ]]
}

case_mobike-crypto() {
	mobike crypto
}

case_mobike-packet() {
	mobike packet
}

# --- the examples of the user guide ----------------------------------------

# Two gateways configured by the files of the documentation, as they are.
case_documented() {
	local gw dir

	connection a=crypto b=crypto
	network
	for gw in a b; do
		charon_prepare "gw$gw"
		dir=$(charon_files "gw$gw")/swanctl
		cp "$SELFTESTS/../Documentation/examples/strongswan/site-$gw.conf" \
			"$dir/conf.d/"
		if old_daemon; then
			sed -i 's/hw_offload = crypto/hw_offload = yes/' \
				"$dir/conf.d/site-$gw.conf"
		fi
		cat >"$dir/swanctl.conf" <<-EOF
			include conf.d/*.conf
			secrets {
				ike-site {
					id-a = a.example
					id-b = b.example
					secret = "as long as it is not in the documentation"
				}
			}
		EOF
		charon_begin "gw$gw"
	done
	initiate
	transfer
	all_offloaded
	equal "key of the SAs" "$(on gwa espsimd -j sa show |
		jq -c '[.[]."key-bits"] | unique')" '[256]'
}

# --- XFRM interfaces --------------------------------------------------------

# interface_id MODE: the tunnel is one of XFRM interface xfrm0 of gwa.
interface_id() {
	connection "a=$1" ours='if_id_in = 42
						if_id_out = 42' b=none
	network
	ipb gwa <<-EOF
		link add xfrm0 type xfrm dev esp0 if_id 42
		link set xfrm0 up
		route replace ${NETB[4]} dev xfrm0
	EOF
	daemons
}

# takes_interface_id: the kernel lets inbound SAs that have one be offloaded; some
# versions do not.
takes_interface_id() {
	ipn gwa xfrm state add src "${GWB[4]}" dst "${GWA[4]}" proto esp \
		spi 0x999 mode tunnel if_id 42 \
		aead 'rfc4106(gcm(aes))' "$(key_hex 128 1)" 128 \
		offload dev esp0 dir in || return 1
	ipn gwa xfrm state flush
}

case_interface-id-no() {
	interface_id no
	initiate
	transfer
	all_offloaded
}

case_interface-id-crypto() {
	interface_id crypto
	if takes_interface_id; then
		initiate
		transfer
		all_offloaded
	else
		refute ctl gwa --initiate --child net --timeout "$(pick 60 240)"
		at_least "refusals" "$(said gwa 'unable to add SAD entry')" 1
		equal "SAs of the device" "$(device_sas gwa crypto)" 0
	fi
}

run_tests "$@"
