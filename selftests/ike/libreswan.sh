#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tunnels that Libreswan sets up, by whatever version the root file system has:
# they are offloaded as nic-offload says, and stay so through rekeying, restarts
# and a peer that is gone. The other end is Libreswan without a device, or, as
# the case says, with one.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname -- "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../lib-ipsec.sh
. "$SELFTESTS/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ike.sh
. "$SELFTESTS/ike/lib-ike.sh"
# shellcheck source-path=SCRIPTDIR source=lib-libreswan.sh
. "$SELFTESTS/ike/lib-libreswan.sh"

# What `connection` is told in the cases that only differ by that.
declare -A SITES=(
	[site-default]='a='
	[site-yes-4]='a=yes'
	[site-yes-6]='a=yes b=yes outer=6 inner=6 esn=yes key=256'
	[site-yes-6-in-4]='a=yes outer=4 inner=6 esn=yes'
	[site-yes-4-in-6]='a=yes b=yes outer=6 inner=4'
	[site-no]='a=no b=no'
	[site-yes-to-no]='a=yes b=no esn=yes'
	[transport-yes-4]='a=yes mode=transport esn=yes'
	[transport-yes-6]='a=yes b=yes mode=transport outer=6'
	[nat-yes-4]='a=yes b=yes nat=yes esn=yes'
	[nat-yes-6]='a=yes outer=6 inner=6 nat=yes'
)

# Version 4 knows yes, no and auto, which is its default, and crypto mode only.
# Version 5 knows crypto, which it also calls yes, packet, and no, its default.
VERSION=$(pluto_version)
old_daemon() {
	[[ $VERSION == [34].* ]]
}

if old_daemon; then
	SITES[site-auto-4]='a=auto'
	SITES[site-auto-6]='a=auto b=auto outer=6 inner=6'
	SITES[nat-auto]='a=auto nat=yes'
else
	SITES[site-crypto-4]='a=crypto b=crypto esn=yes'
	SITES[transport-packet-4]='a=packet mode=transport'
	SITES[transport-packet-6]='a=packet b=packet mode=transport outer=6'
	SITES[transport-packet-esn]='a=packet b=crypto mode=transport esn=yes'
fi

mapfile -t CASES < <(printf '%s\n' "${!SITES[@]}" | sort)
CASES+=(cbc rekey rekey-esn rekey-transport rekey-stock replace killed
	peer-gone late-device documented)
old_daemon || CASES+=(rekey-packet)

setup() {
	require ipsec certutil jq nft ping
	[ -n "$VERSION" ] || fail "Libreswan does not tell its version"
	echo "Libreswan $VERSION"
}

reset() {
	ike_reset
}

# connection KEY=VALUE...: describes the connection of the case, in C:
#   a, b    nic-offload of gwa and of gwb, left out if empty; gwb has no device if
#           b is none
#   outer   family of the gateways' addresses, inner that of the hosts'
#   mode    tunnel or transport
#   nat     yes if gwa is behind one
#   key     bits of the AES keys, esn yes or no; or esp, the whole proposal
#   more    further line for the connection
connection() {
	local word

	declare -gA C=([a]=yes [b]=none [outer]=4 [inner]=4 [mode]=tunnel
		[nat]=no [key]=128 [esn]=no [esp]='' [more]='')
	for word in "$@"; do
		C[${word%%=*}]=${word#*=}
	done
	[ "${C[mode]}" = tunnel ] || C[inner]=${C[outer]}
	[ -n "${C[esp]}" ] || C[esp]=aes_gcm${C[key]}
}

# write_connection a|b: the configuration of a gateway.
write_connection() {
	local o=${C[outer]} i=${C[inner]} dir offload=${C[$1]} here there peer=b
	local nets

	dir=$(pluto_files "gw$1")
	[ "$offload" != none ] || offload=no
	if [ "$1" = a ]; then
		here=${GWA[$o]} there=${GWB[$o]}
		[ "${C[nat]}" = no ] || here=${INSIDE[$o]}
		nets="leftsubnet=${NETA[$i]} rightsubnet=${NETB[$i]}"
	else
		peer=a
		here=${GWB[$o]} there=${GWA[$o]}
		nets="leftsubnet=${NETB[$i]} rightsubnet=${NETA[$i]}"
	fi
	[ "${C[mode]}" = tunnel ] || nets=
	{
		cat <<-EOF
			config setup
			  logfile=$dir/log

			conn peer
			  left=$here
			  leftid=@gw$1.example
			  right=$there
			  rightid=@gw$peer.example
			  type=${C[mode]}
			  authby=secret
			  ike=aes_gcm128-sha2_256-dh19
			  esp=${C[esp]}
			  esn=${C[esn]}
			  replay-window=128
			  retransmit-timeout=$(pick 6 30)s
			  auto=ignore
		EOF
		# shellcheck disable=SC2086 # They are several words, or none.
		printf '\t%s\n' $nets ${offload:+nic-offload=$offload} ${C[more]}
	} >"$dir/ipsec.conf"
	echo "@gw$1.example @gw$peer.example : PSK \"$(<"$WORK/psk")\"" \
		>"$dir/ipsec.secrets"
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
		pluto_prepare "gw$gw"
		write_connection "$gw"
		pluto_begin "gw$gw"
		pluto_load "gw$gw"
	done
}

# up: has gwa bring the connection up, and its traffic find its way.
up() {
	whack gwa --name peer --initiate
	find_way
}

# find_way: the traffic of the connection gets there.
find_way() {
	T=([mode]=${C[mode]} [outer]=${C[outer]} [inner]=${C[inner]})
	ends
	poll 40 on "$CLIENT" ping -n -q -c 1 -W 1 "$TARGET"
}

# mode_of VALUE: the mode of offload that a value of nic-offload gets.
mode_of() {
	case $1 in
	yes | crypto | auto) echo crypto ;;
	packet) echo packet ;;
	'') if old_daemon; then echo crypto; else echo no; fi ;;
	*) echo no ;;
	esac
}

# site KEY=VALUE...: a connection comes up, is offloaded as it should be, and
# carries traffic.
site() {
	connection "$@"
	both_ends
	up
	transfer
	all_offloaded
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
		carried "gw$gw" "$mode" 62
	done
	if [ "${C[nat]}" = yes ]; then
		matches "SAs of gwb" "$(ipn gwb xfrm state list nokeys)" \
			'espinudp sport 4500 dport (2[0-9]{4}|30000)'
	fi
	if [ "${C[esn]}" = yes ]; then
		matches "SAs of gwa" "$(ipn gwa xfrm state list nokeys)" 'esn'
	fi
	no_errors
}

# inbound_offloaded: outbound ESP in UDP over IPv6 is left to the stack in crypto
# mode, since its own part of it goes wrong.
inbound_offloaded() {
	offloaded gwa crypto 1
	equal "tx of gwa" "$(delta gwa dev.tx_ipsec)" 0
	at_least "rx of gwa" "$(delta gwa dev.rx_ipsec)" 62
}

run_case() {
	# shellcheck disable=SC2086 # They are several words.
	site ${SITES[$1]}
}

# What the device does not take comes up in software, and check says why.
case_cbc() {
	local answer

	connection a=yes esp=aes128-sha2_256
	both_ends
	up
	transfer
	offloaded gwa no
	carried gwa no 0
	no_errors
	answer=$(on gwa espsimd check dev esp0 --sa enc 'cbc(aes)' \
		auth 'hmac(sha256)') && fail "check takes it: $answer"
	matches check "$answer" 'separate integrity algorithm'
}

# What a few packets are lost by when Libreswan rekeys, with offload or without:
# the end that answers uses the new SAs before the one that asked has them.
EARLY='InNoStates|AcquireError'
# In packet mode the kernel overlooks an SA to send by while one is being made, as
# what it keeps for that stands before those in packet mode. The device then does
# not let it ask for one more.
OVERLOOKED=OutNoStates

# rekeys WHAT: has both ends rekey by turns under traffic. Nothing else is lost:
# all that one device seals the other opens, or has no SA for; no other error is
# counted, and traffic goes on.
rekeys() {
	local i gw before count lost sent known=$EARLY reason explained=0

	count=$(pick "${REKEYS:-12}" 4)
	settle before
	bg "$CLIENT" ping -n -q -i 0.005 -W "$(pick 10 40)" "$TARGET"
	for ((i = 0; i < count; i++)); do
		gw=gwa
		[ $((i % 2)) = 0 ] || gw=gwb
		before=$(spis gwa)
		rekey $gw "$1"
		[ "$1" = ike ] || poll 30 new_spis "$before"
	done
	kill -INT "$BG"
	wait "$BG" || true
	[ "${C[a]}" != packet ] || known+="|$OVERLOOKED"
	poll 30 few_sas gwa
	settle after

	read -r sent lost < <(awk '/packets transmitted/ { print $1, $1 - $4 }' \
		"$WORK/bg.$BG")
	for reason in ${known//|/ }; do
		explained=$((explained + $(delta gwa "xfrm.Xfrm$reason") +
			$(delta gwb "xfrm.Xfrm$reason")))
	done
	echo "$count times $1: $lost of $sent lost, $explained explained"
	# One may have been on its way when ping ended.
	[ "$lost" -le $((explained + 1)) ] || fail "$lost lost, not $explained"
	EXPECTED="^xfrm.Xfrm($known)\$" no_errors
	[ "${C[b]}" = none ] || [ "${C[a]}" = no ] || all_sealed_opened
	ping_ok "$CLIENT" "$TARGET"
}

# all_sealed_opened: by the other device, if it has the SA.
all_sealed_opened() {
	local from to

	for from in gwa gwb; do
		to=gwb
		[ $from = gwa ] || to=gwa
		equal "opened by $to" "$(delta $from dev.tx_ipsec)" \
			"$(($(delta $to dev.rx_ipsec) + $(delta $to dev.rx_no_sa)))"
	done
}

# rekey NAME ike|ipsec: has the daemon do it now.
rekey() {
	local what=$2

	if [ "$what" = ipsec ] && ! old_daemon; then
		what=child
	fi
	whack "$1" --name peer "--rekey-$what"
}

# spis NAME: those of all SAs.
spis() {
	ipn "$1" xfrm state list nokeys | awk '$1 == "proto" { print $4 }' | sort
}

# new_spis SPIS: gwa has two SAs besides these.
new_spis() {
	[ "$(comm -13 <(echo "$1") <(spis gwa) | wc -l)" -ge 2 ]
}

# few_sas NAME: those that were replaced are gone.
few_sas() {
	[ "$(kernel_sas "$1")" = 2 ]
}

case_rekey() {
	connection a=yes b=yes
	both_ends
	up
	rekeys ipsec
	REKEYS=6 rekeys ike
	all_modes
}

case_rekey-esn() {
	connection a=yes outer=6 inner=6 esn=yes
	both_ends
	up
	rekeys ipsec
	all_modes
}

case_rekey-transport() {
	connection a=yes b=yes mode=transport
	both_ends
	up
	rekeys ipsec
	all_modes
}

case_rekey-packet() {
	connection a=packet b=packet mode=transport
	both_ends
	up
	rekeys ipsec
	all_modes
}

# The control: without any offload.
case_rekey-stock() {
	connection a=no b=none
	both_ends
	up
	rekeys ipsec
	REKEYS=6 rekeys ike
}

all_modes() {
	local gw

	for gw in a b; do
		[ "${C[$gw]}" = none ] ||
			offloaded "gw$gw" "$(mode_of "${C[$gw]}")"
	done
}

# A connection that is loaded anew leaves nothing behind.
case_replace() {
	site a=yes
	pluto_load gwa
	poll 20 no_sas gwa
	poll 20 no_sas gwb
	up
	transfer
	all_offloaded
}

# no_sas NAME: neither the kernel nor the device have one.
no_sas() {
	[ "$(kernel_sas "$1")" = 0 ] || return 1
	[ "$1" = gwb ] || [ "$(on gwa espsimd -j sa show | jq length)" = 0 ]
}

# What a daemon leaves behind that crashed is gone when the next one is there.
case_killed() {
	site a=yes more=initial-contact=yes
	pluto_kill gwa
	offloaded gwa crypto
	pluto_unit_stopped gwa
	pluto_begin gwa
	pluto_load gwa
	poll 20 no_sas gwa
	up
	poll 30 few_sas gwb
	transfer
	all_offloaded
}

# A peer that does not answer is noticed, and its SAs go.
case_peer-gone() {
	connection a=yes more=dpddelay=10
	! old_daemon || C[more]+=' dpdtimeout=30 dpdaction=clear'
	both_ends
	up
	transfer
	all_offloaded
	echo 'table inet gone {
		chain in { type filter hook input priority 0; policy drop; }
	}' | on gwb nft -f -
	poll 60 no_sas gwa
	on gwb nft delete table inet gone
	up
	transfer
	all_offloaded
}

# Two gateways configured by the files of the documentation, as they are.
case_documented() {
	local gw dir

	connection b=yes esn=yes
	gateways both
	for gw in a b; do
		pluto_prepare "gw$gw"
		dir=$(pluto_files "gw$gw")
		cp "$SELFTESTS/../Documentation/examples/libreswan/site-$gw.conf" \
			"$dir/ipsec.d/"
		printf 'config setup\n\tlogfile=%s\n\ninclude %s\n' "$dir/log" \
			"$dir/ipsec.d/*.conf" >"$dir/ipsec.conf"
		echo '@a.example @b.example : PSK "as long as it is not here"' \
			>"$dir/ipsec.secrets"
		pluto_begin "gw$gw"
	done
	find_way
	transfer
	all_offloaded
	equal "key of the SAs" "$(on gwa espsimd -j sa show |
		jq -c '[.[]."key-bits"] | unique')" '[256]'
}

# The device comes when the daemon is there already, and takes the address over.
case_late-device() {
	connection a=yes
	gateways one
	ipn gwa link del esp0
	ipn gwa addr add "${GWA[4]}/24" dev eth0
	ipn gwa link set eth0 up
	head -c 24 /dev/urandom | base64 >"$WORK/psk"
	for gw in a b; do
		pluto_prepare "gw$gw"
		write_connection "$gw"
		pluto_begin "gw$gw"
		pluto_load "gw$gw"
	done
	echo "before: $(whack gwa --status | grep -c unoriented) unoriented"

	ipb gwa <<-EOF
		addr del ${GWA[4]}/24 dev eth0
		link add esp0 link eth0 type espsimd
		addr add ${GWA[4]}/24 dev esp0
		link set esp0 up
		route add ${NETB[4]} via ${GWB[4]}
	EOF
	whack gwa --listen
	pluto_load gwa
	up
	transfer
	all_offloaded
}

run_tests "$@"
