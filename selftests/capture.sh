#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is on the wire, seen by an independent decoder: tshark, given the SAs'
# keys, finds valid ESP and the traffic that was sent, and nothing of it in
# clear text. All nonces differ, and are the sequence number.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb
#	                        ^ captured at the lower device, where nothing
#	                          that has been decrypted comes by any more

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-capture.sh
. "$(dirname -- "$0")/lib-capture.sh"

CASES=(tunnel-4-4-no-no tunnel-6-6-no-no tunnel-4-6-no-natt
	tunnel-4-4-esn-no transport-4-4-no-no transport-6-6-no-no
	engines-mixed removal-no-clear-text)

MARKER=espsimd-clear-text-marker

setup() {
	require ping tshark tcpdump
	gateways one
}

hexadecimal() {
	printf %s "$1" | od -An -tx1 -v | tr -d ' \n'
}

# talk: traffic of several kinds, all of it with the marker in it.
talk() {
	ping_ok "$CLIENT" "$TARGET" -s 600 -c 5 \
		-p "$(hexadecimal "${MARKER:0:16}")"
	on "$CLIENT" traffic udp "$TARGET" $PORT 100 1300 50
	on "$CLIENT" traffic tcp "$TARGET" $PORT 200000 200000
	bg "$SERVER" socat -u "TCP-LISTEN:9999,reuseaddr,fork$SOCAT" \
		"OPEN:$WORK/received,creat,append"
	for _ in {1..200}; do
		echo "$MARKER"
	done >"$WORK/text"
	poll 10 send_text
	poll 10 cmp -s "$WORK/text" "$WORK/received"
}

send_text() {
	: >"$WORK/received"
	on "$CLIENT" socat -u "OPEN:$WORK/text" "TCP:$(bracketed):9999" \
		2>/dev/null
}

bracketed() {
	case $TARGET in
	*:*) echo "[$TARGET]" ;;
	*) echo "$TARGET" ;;
	esac
}

# no_clear_text FILE: neither the marker nor any protocol of the hosts is seen.
no_clear_text() {
	if grep -q -a -F -e "${MARKER:0:16}" "$1"; then
		fail "clear text on the wire"
	fi
	# Neighbours and multicast have to be seen, ESP has to be ESP.
	equal "frames that are neither ESP nor for neighbours" "$(tshark -n \
		-r "$1" -Y "!(esp || arp || icmpv6.type >= 130 || udpencap)" \
		2>/dev/null | head -n 5)" ''
}

# nonces: each IV of gwa's SA is seen once and is the sequence number.
nonces() {
	local spi

	spi=$(printf '0x%08x' $SPI_AB)
	equal "packets on the wire" "$(found "\$1 == \"$spi\"")" \
		"$(delta gwa "sa.$SPI_AB.oseq")"
	equal "IVs seen twice" "$(awk -F , -v spi="$spi" \
		'$1 == spi { print $3 }' "$WORK/esp" | sort | uniq -d)" ''
	equal "IVs that are not the sequence number" "$(awk -F , -v spi="$spi" \
		'$1 == spi && $3 != sprintf("%016x", $2)' "$WORK/esp")" ''
}

# shellcheck disable=SC2016 # The dollars are awk's.
run_case() {
	local mode outer inner esn natt file=$WORK/wire.pcap

	IFS=- read -r mode outer inner esn natt <<<"$1"
	require socat
	SOCAT=
	[ "$outer$inner" = 44 ] || SOCAT=,pf=ip6
	[ "$inner" = 6 ] || SOCAT=
	tunnel mode="$mode" outer="$outer" inner="$inner" \
		esn="${esn/esn/yes}" natt="${natt/natt/yes}"
	tunnel_up
	settle_first
	record "$file"
	talk
	settle after
	recorded
	agree gwa
	no_clear_text "$file"
	decode "$file"
	nonces
	equal "packets with a good ICV" "$(found '$4 == "True" || $4 == 1')" \
		"$(($(delta gwa "sa.$SPI_AB.oseq") +
			$(delta gwb "sa.$SPI_BA.oseq")))"
	at_least "pings that tshark decrypted" \
		"$(found '$5 == 8 || $6 == 128')" 5
	at_least "answers that tshark decrypted" \
		"$(found '$5 == "0" || $6 == 129')" 5
	at_least "text that tshark decrypted" \
		"$(found "\$7 == 9999 && \$8 ~ /$(hexadecimal "$MARKER")/")" 1
}

# Engine and fallback share one rule for the nonce.
case_engines-mixed() {
	local file=$WORK/wire.pcap engine

	require espsimd
	tunnel
	tunnel_up
	settle_first
	record "$file"
	for engine in generic auto aesni generic auto; do
		on gwa espsimd dev set esp0 engine $engine
		on hosta traffic udp "$TARGET" $PORT 0 1300 50
		on hosta traffic tcp "$TARGET" $PORT 100000 100000
	done
	settle after
	recorded
	at_least tx_fallback "$(delta gwa dev.tx_fallback)" 40
	at_least tx_simd "$(delta gwa dev.tx_simd)" 40
	decode "$file"
	nonces
}

# sas_of_gwa: lines of `ip -batch`.
sas_of_gwa() {
	echo "xfrm state add $(sa_words a out)"
	echo "xfrm state add $(sa_words a in)"
}

# While SAs and device come and go under traffic nothing leaves in clear text:
# policies stay, so that there is ESP or nothing.
case_removal-no-clear-text() {
	local file=$WORK/wire.pcap i

	tunnel
	tunnel_up
	ends
	ping_ok hosta "$TARGET"
	record "$file"
	bg hosta ping -q -i 0.001 -s 1000 -p "$(hexadecimal "${MARKER:0:16}")" \
		"$TARGET"
	for ((i = 0; i < $(pick 20 5); i++)); do
		ipn gwa xfrm state flush
		sas_of_gwa | ipb gwa
		ipn gwa link set esp0 down
		ipn gwa link set esp0 up
		# In packet mode the stack takes its policies away as well, and
		# they have to be back before the route is.
		if packet_mode; then
			policy_words a | ipb gwa
		fi
		ipb gwa <<-EOF
			addr replace ${GWA[6]}/64 dev esp0 nodad
			route replace ${NETB[4]} via ${GWB[4]}
			route replace ${NETB[6]} via ${GWB[6]}
		EOF
		if packet_mode; then
			sas_of_gwa | ipb gwa
			continue
		fi
		set_feature gwa esp0 esp-hw-offload off
		sas_of_gwa | ipb gwa
		set_feature gwa esp0 esp-hw-offload on
	done
	bg_end "$BG"
	recorded
	no_clear_text "$file"
	tunnel_up
	ping_ok hosta "$TARGET"
}

run_tests "$@"
