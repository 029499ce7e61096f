#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is on the wire, seen by an independent decoder: tshark, given the SAs'
# keys, finds valid ESP and the traffic that was sent, and nothing of it in
# clear text. All nonces differ, and are the sequence number.
#
#	hosta ---- gwa (espsimd) ==== captured ==== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(tunnel-4-4-no-no tunnel-6-6-no-no tunnel-4-6-no-natt
	tunnel-4-4-esn-no transport-4-4-no-no transport-6-6-no-no
	engines-mixed removal-no-clear-text)

MARKER=espsimd-clear-text-marker

setup() {
	require ping tshark tcpdump
	gateways one
	# Loading one time says which way this version calls the algorithm.
	tshark --version
}

# record FILE / recorded: captures everything on the wire, whole.
record() {
	bg gwb tcpdump -n -i eth0 -s 0 -U --immediate-mode -B 32768 -w "$1"
	RECORDER=$BG
	poll 10 grep -q 'listening on' "$WORK/bg.$RECORDER"
}

recorded() {
	bg_end "$RECORDER" INT
	lacks "tcpdump" "$(<"$WORK/bg.$RECORDER")" \
		'^[1-9][0-9]* packets dropped by kernel'
}

# talk: traffic of several kinds, all of it with the marker in it.
talk() {
	local pattern

	pattern=$(printf %s "$MARKER" | od -An -tx1 -v | tr -d ' \n')
	ping_ok "$CLIENT" "$TARGET" -s 600 -p "${pattern:0:32}" -c 5
	on "$CLIENT" traffic udp "$TARGET" $PORT 100 1300 50
	on "$CLIENT" traffic tcp "$TARGET" $PORT 200000 200000
	on "$SERVER" socat -u "TCP-LISTEN:9999,reuseaddr,fork$SOCAT" \
		"OPEN:$WORK/received,creat,append" &
	echo $! >>"$WORK/pids"
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

# sas SPI SEED SRC DST: a line of tshark's table of SAs.
sas() {
	local name=IPv4

	[ "${T[outer]}" = 4 ] || name=IPv6
	printf 'uat:esp_sa:"%s","%s","%s","%s","%s","%s","%s","%s"' \
		"$name" "$3" "$4" "$1" "AES-GCM with 16 octet ICV [RFC4106]" \
		"$(key_hex "${T[key]}" "$2")" NULL ''
}

# decode FILE FILTER FIELD...: fields of the frames that match, decrypted.
decode() {
	local file=$1 filter=$2 field fields=() columns
	shift 2

	for field in "$@"; do
		fields+=(-e "$field")
	done
	tshark -n -r "$file" -o esp.enable_encryption_decode:TRUE \
		-o esp.enable_authentication_check:TRUE \
		-o "$(sas $SPI_AB 1 "${GWA[${T[outer]}]}" "${GWB[${T[outer]}]}")" \
		-o "$(sas $SPI_BA 2 "${GWB[${T[outer]}]}" "${GWA[${T[outer]}]}")" \
		-Y "$filter" -T fields "${fields[@]}" 2>"$WORK/tshark"
}

# nonces FILE: each IV of gwa's SA is seen once and is the sequence number.
nonces() {
	local seq_hi=0 lines

	# Without decryption the IV is the beginning of the data.
	lines=$(tshark -n -r "$1" -o esp.enable_encryption_decode:FALSE \
		-Y "esp.spi == $SPI_AB" -T fields -e esp.sequence -e ip.proto \
		2>/dev/null | awk '{ print $1 }')
	equal "sequence numbers seen twice" "$(sort <<<"$lines" | uniq -d)" ''
	equal "number of packets" "$(wc -l <<<"$lines")" \
		"$(delta gwa "sa.$SPI_AB.oseq")"
	tshark -n -r "$1" -o esp.enable_encryption_decode:FALSE \
		-Y "esp.spi == $SPI_AB" -x 2>/dev/null |
		awk -v spi="$(printf '%08x' $SPI_AB)" -f "$SELFTESTS/iv.awk" \
			>"$WORK/ivs"
	equal "IVs" "$(wc -l <"$WORK/ivs")" "$(wc -l <<<"$lines")"
	equal "IVs that are not the sequence number" "$(awk \
		-v hi="$(printf '%08x' $seq_hi)" '$2 != hi $1' "$WORK/ivs")" ''
	equal "IVs seen twice" \
		"$(awk '{ print $2 }' "$WORK/ivs" | sort | uniq -d)" ''
}

run_case() {
	local mode outer inner esn natt file=$WORK/wire.pcap count

	IFS=- read -r mode outer inner esn natt <<<"$1"
	require socat
	SOCAT=
	[ "$outer$inner" = 44 ] || SOCAT=,pf=ip6
	[ "$inner" = 6 ] || SOCAT=
	tunnel mode="$mode" outer="$outer" inner="$inner" \
		esn="${esn/esn/yes}" natt="${natt/natt/yes}"
	tunnel_up
	ends
	settle before
	record "$file"
	talk
	settle after
	recorded
	agree gwa
	no_clear_text "$file"
	nonces "$file"

	# tshark has no notion of extended sequence numbers' high bits.
	[ "$esn" = no ] || return 0
	decode "$file" "esp && data.data contains \"$MARKER\" ||
		esp && tcp.payload contains \"$MARKER\"" tcp.srcport |
		sort | uniq -c
	count=$(decode "$file" "esp.icv_good == 1 || esp.icv.status == 1" \
		esp.spi | wc -l)
	equal "packets with a good ICV" "$count" \
		"$(($(delta gwa "sa.$SPI_AB.oseq") +
			$(delta gwb "sa.$SPI_BA.oseq")))"
	count=$(decode "$file" "icmp || icmpv6.type >= 128 && esp" esp.spi |
		grep -c .)
	at_least "pings that tshark decrypted" "$count" 10
	count=$(decode "$file" "esp && tcp contains \"$MARKER\"" tcp.dstport |
		grep -c 9999)
	at_least "text that tshark decrypted" "$count" 1
}

# Engine and fallback share one rule for the nonce.
case_engines-mixed() {
	local file=$WORK/wire.pcap engine

	require espsimd
	tunnel
	tunnel_up
	ends
	settle before
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
	nonces "$file"
}

# While SAs and device come and go under traffic nothing leaves in clear text:
# policies stay, so that there is ESP or nothing.
case_removal-no-clear-text() {
	local file=$WORK/wire.pcap i pattern

	tunnel
	tunnel_up
	ends
	ping_ok hosta "$TARGET"
	pattern=$(printf %s "$MARKER" | od -An -tx1 -v | tr -d ' \n')
	record "$file"
	bg hosta ping -q -f -s 1000 -p "${pattern:0:32}" "$TARGET"
	for ((i = 0; i < $(pick 20 5); i++)); do
		ipn gwa xfrm state flush
		{
			echo "xfrm state add $(sa_words a out)"
			echo "xfrm state add $(sa_words a in)"
		} | ipb gwa
		ipn gwa link set esp0 down
		ipb gwa <<-EOF
			link set esp0 up
			addr replace ${GWA[6]}/64 dev esp0 nodad
			route replace ${NETB[4]} via ${GWB[4]}
			route replace ${NETB[6]} via ${GWB[6]}
		EOF
		on gwa ethtool -K esp0 esp-hw-offload off
		{
			echo "xfrm state add $(sa_words a out)"
			echo "xfrm state add $(sa_words a in)"
		} | ipb gwa
		on gwa ethtool -K esp0 esp-hw-offload on
	done
	bg_end "$BG"
	recorded
	no_clear_text "$file"
	tunnel_up
	ping_ok hosta "$TARGET"
}

run_tests "$@"
