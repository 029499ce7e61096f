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

CASES=(site-crypto-4)

setup() {
	require charon-systemd swanctl pki jq nft ping
	charon_version >"$WORK/version"
	at_least "strongSwan $(<"$WORK/version"), whose version begins with" \
		"$(cut -d. -f1 "$WORK/version")" 5
}

reset() {
	ike_reset
}

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

# connection KEY=VALUE...: describes the connection of the case, in C:
#   a, b    hw_offload of gwa and of gwb, which has no device if b is none
#   outer   family of the gateways' addresses, inner that of the hosts'
#   mode    tunnel or transport
#   nat     yes if gwa is behind one
#   esp     proposal
#   child   further lines for the child
connection() {
	local word

	declare -gA C=([a]=crypto [b]=none [outer]=4 [inner]=4 [mode]=tunnel
		[nat]=no [esp]=aes128gcm16-x25519 [child]='' [ike]='')
	for word in "$@"; do
		C[${word%%=*}]=${word#*=}
	done
	[ "${C[mode]}" = tunnel ] || C[inner]=${C[outer]}
}

# write_connection a|b: the configuration of a gateway.
write_connection() {
	local o=${C[outer]} i=${C[inner]} dir offload=${C[$1]} here there
	local local_ts remote_ts

	dir=$(charon_files "gw$1")
	[ "$offload" != none ] || offload=no
	if [ "$1" = a ]; then
		here=${GWA[$o]} there=${GWB[$o]}
		[ "${C[nat]}" = no ] || here=${INSIDE[$o]}
		local_ts=${NETA[$i]} remote_ts=${NETB[$i]}
	else
		here=${GWB[$o]} there=${GWA[$o]}
		local_ts=${NETB[$i]} remote_ts=${NETA[$i]}
	fi
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
						${C[child]}
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

# both_ends: the network of the connection, and the daemons of its gateways.
both_ends() {
	local devices=both gw

	[ "${C[b]}" != none ] || devices=one
	if [ "${C[nat]}" = yes ]; then
		nat_gateways "$devices"
	else
		gateways "$devices"
	fi
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
	settle before
}

# mode_of MODE: that of offload which hw_offload=MODE gets.
mode_of() {
	case $1 in
	yes | crypto) echo crypto ;;
	packet | auto) echo packet ;;
	*) echo no ;;
	esac
}

# site KEY=VALUE...: a connection comes up, is offloaded as it should be, and
# carries traffic.
site() {
	local gw

	connection "$@"
	both_ends
	ctl gwa --initiate --child net --timeout 60
	ready
	for gw in a b; do
		if [ "${C[$gw]}" != none ]; then
			offloaded "gw$gw" "$(mode_of "${C[$gw]}")"
		fi
	done
	on "$SERVER" ordered receive 5555
	on "$CLIENT" ordered send "$TARGET" 5555 2000 1000 32
	settle after
	for gw in a b; do
		if [ "${C[$gw]}" != none ]; then
			carried "gw$gw" "$(mode_of "${C[$gw]}")" 62
		fi
	done
	no_errors
}

case_site-crypto-4() {
	site a=crypto
}

run_tests "$@"
