#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# espsimd check gateway, against the kernel: of gateways that are well it says
# nothing; what is made wrong it finds, and nothing else; and the commands that
# it prints mend it.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(empty healthy healthy-ip6 healthy-packet healthy-natt healthy-traffic
	not-asked refused refused-natt-ip6 if-id address-elsewhere feature-off
	device-down offload-flushed offload-lost
	route-elsewhere charon pluto pluto-first old-iproute2
	algorithms icv ah numbers window soft-limit no-lifetime forged
	bypass bypass-part no-sa sa-mode optional no-forward
	mtu mtu-fragments mss route-mtu
	natt-no-socket natt-port natt-young
	json nothing-secret unprivileged)

# Lifetimes, as daemons give them.
LIFE='limit time-soft 3240 limit time-hard 3600'

setup() {
	require espsimd jq ping nft
	gateways one
	clamp
}

# reset: whatever the last case did to the gateway.
reset() {
	tunnel_down
	wire_mtu 1500
	set_feature gwa esp0 esp-hw-offload on
	on gwa sysctl -qw net.ipv4.conf.esp0.disable_xfrm=0
	ipb gwa <<-EOF
		link set esp0 up
		addr replace ${GWA[4]}/24 dev esp0
		route flush cache
	EOF
	restore_routes
	on gwa nft list tables | grep -q 'inet test_clamp' || clamp
}

# clamp: what gateways have to make TCP fit into tunnels.
clamp() {
	on gwa nft -f - <<-EOF
		table inet test_clamp {
			chain forward {
				type filter hook forward priority mangle
				tcp flags syn tcp option maxseg size set rt mtu
			}
		}
	EOF
}

doctor() {
	on gwa espsimd "$@" check gateway
}

# well TUNNEL...: sets a tunnel up of which nothing is to be said.
well() {
	tunnel outx="$LIFE" inx="$LIFE" window=1024 "$@"
	tunnel_up
}

# says_nothing: of the gateway.
says_nothing() {
	equal "what is said" "$(doctor)" "Nothing to mend."
	equal "JSON" "$(doctor -j)" "[]"
}

# only CODE FINDING...: what is found is these, each RESULT:ID, with its count if
# it is not 1, and the exit code is CODE.
only() {
	local code=$1 status=0 found
	shift
	found=$(doctor -j) || status=$?
	equal "findings" "$(jq -r '.[] | "\(.result):\(.check)"' <<<"$found" |
		sort | uniq -c | awk '{ print $2 ($1 > 1 ? "*" $1 : "") }' |
		xargs)" "$(printf '%s\n' "$@" | LC_ALL=C sort | xargs)"
	equal "exit code" "$status" "$code"
}

# said ID MEMBER: of the first finding of that id.
said() {
	{ doctor -j || true; } |
		jq -r "[.[] | select(.check == \"$1\")][0].$2"
}

# mend ID: runs the command that is printed, with another SPI and key where it
# has room for them.
mend() {
	local command

	command=$(said "$1" mend)
	printf '%s\n' "$(key_hex 128 99)" >"$WORK/newkey"
	command=${command//NEWSPI/0x9999}
	command=${command//NEWKEY/$WORK/newkey}
	echo "mend: $command"
	on gwa bash -euc "$command"
}

case_empty() {
	says_nothing
	equal "of a host" "$(on hosta espsimd check gateway)" "Nothing to mend."
}

case_healthy() {
	well
	says_nothing
	well esn=yes key=256
	says_nothing
}

case_healthy-ip6() {
	well outer=6 inner=6
	says_nothing
	well outer=6 inner=4
	says_nothing
	well mode=transport
	says_nothing
}

case_healthy-packet() {
	well offload=packet
	says_nothing
}

case_healthy-natt() {
	well natt=yes
	says_nothing
}

# Counters and ages do not make it ill.
case_healthy-traffic() {
	well
	settle_first
	ping_ok hosta "$TARGET" -c 20
	says_nothing
}

# --- SAs that are not offloaded ----------------------------------------------

case_not-asked() {
	well dev=''
	only 0 'warn:not-asked*2'
	matches "object" "$(said not-asked object)" 'proto esp spi 0x0000100[12]'
	# The new SA takes the place of the old one.
	mend not-asked
	equal "SAs on the device" \
		"$(on gwa espsimd -j sa show | jq -r '.[].spi' |
			tr -d '"')" 0x00009999
	only 0 warn:offload-lost*2
}

case_refused() {
	local reason

	well dev='' alg="enc cbc(aes) 0x$(printf '%031x' 1)@ auth-trunc hmac(sha256) 0x$(printf '%063x' 1)@ 128"
	only 0 'warn:sa-refused*2'
	# The module's own words.
	reason=$(on gwa espsimd -j check esp0 sa dir out enc 'cbc(aes)' \
		auth 'hmac(sha256)' | jq -r '.[-1].what') || true
	matches "reason" "$reason" 'integrity algorithm'
	matches "reason" "$(said sa-refused what)" "$reason"
}

# Outbound ESP in UDP over IPv6 is what the kernel cannot offload.
case_refused-natt-ip6() {
	well outer=6 natt=yes
	only 0 warn:sa-refused
	matches "reason" "$(said sa-refused what)" 'UDP over IPv6'
}

case_if-id() {
	well dev='' inx="$LIFE if_id 5"
	only 0 warn:not-asked warn:sa-if-id
	matches "reason" "$(said sa-if-id what)" 'interface id, here 5'
}

case_address-elsewhere() {
	well dev=''
	ipb gwa <<-EOF
		addr del ${GWA[4]}/24 dev esp0
		addr add ${GWA[4]}/24 dev eth0
	EOF
	only 0 'warn:address-elsewhere*2'
	mend address-elsewhere
	ipn gwa route replace "${NETB[4]}" via "${GWB[4]}"
	only 0 'warn:not-asked*2'
}

case_feature-off() {
	well dev=''
	set_feature gwa esp0 esp-hw-offload off
	only 0 'warn:feature-off*2'
	mend feature-off
	only 0 'warn:not-asked*2'
}

# A device that goes down takes its SAs with it.
case_device-down() {
	well
	ipn gwa link set esp0 down
	equal "SAs" "$(ipn gwa xfrm state | wc -l)" 0
	only 1 fail:device-down warn:policy-no-sa
	mend device-down
	only 0 warn:policy-no-sa
}

# restore_routes: what the kernel deletes when esp0 goes down.
restore_routes() {
	ipb gwa <<-EOF
		addr replace ${GWA[6]}/64 dev esp0 nodad
		route replace ${NETB[4]} via ${GWB[4]}
	EOF
	poll 10 no_tentative gwa
	ipn gwa route replace "${NETB[6]}" via "${GWB[6]}"
}

case_offload-flushed() {
	well
	ipn gwa link set esp0 down
	ipn gwa link set esp0 up
	restore_routes
	# Packets have to miss their SA before it is known that any did.
	on gwa ping -n -q -c 1 -W 1 -I 192.0.2.1 "${HOSTB[4]}" || true
	at_least "packets that missed" "$(xfrm_counter gwa XfrmOutNoStates)" 1
	only 1 fail:offload-flushed
	matches "reason" "$(said offload-flushed what)" 'if esp0 was down'
}

case_offload-lost() {
	well
	{
		echo "xfrm state delete src ${GWA[4]} dst ${GWB[4]} proto esp spi $SPI_AB"
		T[dev]=''
		echo "xfrm state add $(sa_words a out)"
	} | ipb gwa
	only 0 warn:offload-lost
	mend offload-lost
	ipn gwa xfrm state delete src "${GWA[4]}" dst "${GWB[4]}" proto esp \
		spi $SPI_AB
	says_nothing
}

case_route-elsewhere() {
	well
	ipn gwa route add "${GWB[4]}/32" via "${HOSTA[4]}" dev lan0
	only 0 warn:route-elsewhere
	matches "reason" "$(said route-elsewhere what)" 'leave by lan0'
	ipn gwa route del "${GWB[4]}/32"
	says_nothing
}

# --- daemons ------------------------------------------------------------------

# daemon NAME: something of that name in gwa, until the case ends.
daemon() {
	cp "$(type -P sleep)" "$WORK/$1"
	bg gwa "$WORK/$1" 600
	poll 10 named "$BG" "$1"
}

named() {
	[ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ]
}

case_charon() {
	well dev=''
	daemon charon
	only 0 'warn:daemon-no-offload*2'
	matches "option" "$(said daemon-no-offload what)" 'hw_offload = crypto'
	matches "command" "$(said daemon-no-offload mend)" '^swanctl '
	# One in another namespace is not this gateway's.
	bg_end "$BG" KILL
	poll 10 ended "$BG"
	bg gwb "$WORK/charon" 600
	poll 10 named "$BG" charon
	only 0 'warn:not-asked*2'
}

case_pluto() {
	well dev=''
	daemon pluto
	only 0 'warn:daemon-no-offload*2'
	matches "option" "$(said daemon-no-offload what)" 'nic-offload=crypto'
	matches "command" "$(said daemon-no-offload mend)" '^ipsec '
}

# started PID: seconds since the kernel was, when a process was.
started() {
	awk -v tick="$(getconf CLK_TCK)" '{ print int($22 / tick) }' \
		"/proc/$1/stat"
}

later() {
	[ "$(awk '{ print int($1) }' /proc/uptime)" -gt $(($1 + 1)) ]
}

case_pluto-first() {
	[ -r /dev/kmsg ] || skip "needs /dev/kmsg"
	daemon pluto
	poll 10 later "$(started "$BG")"
	ipn gwa link del esp0
	rmmod espsimd || skip "needs a module that nobody else uses"
	load_module
	ipn gwa link add esp0 link eth0 type espsimd
	ipb gwa <<-EOF
		addr add ${GWA[4]}/24 dev esp0
		link set esp0 up
	EOF
	restore_routes
	well dev=''
	only 0 'warn:daemon-early*2'
	equal "command" "$(said daemon-early mend)" "systemctl restart ipsec"
}

# The host's own version decides what is said.
case_old-iproute2() {
	local version

	well dev=''
	version=$(ip -V | sed -n 's/.*iproute2-\([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
	[ -n "$version" ] || skip "needs a version of iproute2 with numbers"
	# shellcheck disable=SC2086 # Two numbers.
	set -- $version
	if [ "$1" -lt 6 ] || { [ "$1" = 6 ] && [ "$2" -lt 2 ]; }; then
		only 0 'warn:not-asked*2' note:iproute2-old
	else
		only 0 'warn:not-asked*2'
	fi
}

# --- what SAs are made of -----------------------------------------------------

CBC="enc cbc(aes) 0x$(printf '%031x' 1)@"

case_algorithms() {
	well dev='' alg="$CBC auth-trunc hmac(sha1) 0x$(printf '%039x' 1)@ 96"
	only 0 'warn:auth-weak*2' 'warn:sa-refused*2'
	well dev='' alg="enc ecb(cipher_null) '' auth-trunc hmac(sha256) 0x$(printf '%063x' 1)@ 128"
	only 0 'warn:enc-none*2' 'warn:sa-refused*2'
	well dev='' alg="$CBC"
	only 1 'fail:auth-none*2' 'warn:sa-refused*2'
	well dev='' alg="aead rfc4543(gcm(aes)) 0x$(printf '%039x' 1)@ 128"
	only 0 'warn:enc-none*2' 'warn:sa-refused*2'
}

case_icv() {
	well icv=64
	only 0 'warn:icv-short*2'
	well icv=96
	only 0 'note:icv-short*2'
	# What the kernel makes of an integrity algorithm without a length.
	well dev='' alg="$CBC auth hmac(sha256) 0x$(printf '%063x' 1)@"
	only 0 'warn:icv-truncated*2' 'warn:sa-refused*2'
}

case_ah() {
	modprobe -q ah4 || skip "needs ah4"
	ipn gwa xfrm state add src "${GWA[4]}" dst "${GWB[4]}" proto ah \
		spi 0x77 mode transport auth-trunc 'hmac(sha256)' \
		"0x$(printf '%064x' 1)" 128 limit time-hard 3600
	only 0 warn:ah-only
	# With ESP between the same two it is a bundle.
	ipn gwa xfrm state add src "${GWA[4]}" dst "${GWB[4]}" proto esp \
		spi 0x78 mode transport aead 'rfc4106(gcm(aes))' \
		"$(key_hex 128 1)" 128 limit time-hard 3600 \
		offload dev esp0 dir out
	says_nothing
}

# A number that is near the end was reached in a second or two.
case_numbers() {
	well outx="$LIFE replay-oseq 0xf0000000"
	poll 10 says_id esn-missing
	only 0 warn:esn-missing warn:seq-near-end
	well outx="$LIFE replay-oseq 0xffffff00"
	poll 10 says_id esn-missing
	only 1 warn:esn-missing fail:seq-near-end
}

says_id() {
	[ "$(said "$1" check)" = "$1" ]
}

case_window() {
	well window=32
	only 0 warn:replay-small
	well window=64
	says_nothing
	well window=0
	only 0 warn:replay-off
}

case_soft-limit() {
	well outx='limit packet-soft 3 limit time-hard 3600'
	says_nothing
	settle_first
	ping_ok hosta "$TARGET" -c 5
	only 0 warn:soft-limit-passed
	mend soft-limit-passed
	says_nothing
}

case_no-lifetime() {
	well outx=''
	only 0 warn:lifetime-missing
}

# The peer has another key than the gateway.
case_forged() {
	well
	settle_first
	{
		echo "xfrm state delete src ${GWB[4]} dst ${GWA[4]} proto esp spi $SPI_BA"
		T[key]=256
		echo "xfrm state add $(sa_words b out)"
	} | ipb gwb
	on hostb ping -n -q -c 2 -W 0.2 "${HOSTA[4]}" || true
	only 0 warn:auth-failed
}

# --- policies -----------------------------------------------------------------

case_bypass() {
	well
	ipn gwa xfrm policy add src 192.0.2.0/24 dst 203.0.0.0/8 dir out \
		priority 5
	only 1 fail:bypass-overlap
	mend bypass-overlap
	says_nothing
}

# Exceptions may be meant; IKE has to pass; and the end of the list is the end.
case_bypass-part() {
	well
	ipn gwa xfrm policy add src 192.0.2.0/24 dst 203.0.113.7/32 dir out \
		priority 5
	only 0 note:bypass-overlap
	mend bypass-overlap
	ipb gwa <<-EOF
		xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 proto udp dport 500 dir out priority 5
		xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir out priority 5000
	EOF
	says_nothing
}

case_no-sa() {
	well
	ipn gwa xfrm state flush
	ipn gwa xfrm policy delete dir out src "${NETA[4]}" dst "${NETB[4]}"
	says_nothing
	ipn gwa xfrm policy add src "${NETA[4]}" dst "${NETB[4]}" dir out \
		tmpl src 10.9.9.1 dst "${GWB[4]}" proto esp reqid 1 mode tunnel
	only 0 warn:policy-no-sa
}

case_sa-mode() {
	well offload=packet
	ipn gwa xfrm policy update src "${NETA[4]}" dst "${NETB[4]}" dir out \
		priority 10 tmpl src "${GWA[4]}" dst "${GWB[4]}" proto esp \
		reqid 1 mode tunnel
	only 1 fail:policy-sa-mode
	mend policy-sa-mode
	says_nothing
	ends
	ping_ok hosta "$TARGET" -c 2
}

# The kernel has optional templates of tunnels for packets that come in only.
case_optional() {
	well
	ipn gwa xfrm policy update src "${NETB[4]}" dst "${NETA[4]}" dir in \
		priority 10 tmpl src "${GWB[4]}" dst "${GWA[4]}" proto esp \
		reqid 1 mode tunnel level use
	only 0 warn:policy-optional
	mend policy-optional
	says_nothing
	well mode=transport
	ipn gwa xfrm policy update src "${GWA[4]}" dst "${GWB[4]}" dir out \
		priority 10 tmpl proto esp reqid 1 mode transport level use
	only 0 warn:policy-optional
	mend policy-optional
	says_nothing
}

# In software, since the kernel asks for no policy about SAs in crypto mode.
case_no-forward() {
	well dev=''
	ends
	ping_ok hosta "$TARGET" -c 2
	ipn gwa xfrm policy delete src "${NETB[4]}" dst "${NETA[4]}" dir fwd
	only 1 fail:fwd-missing 'warn:not-asked*2'
	on hosta ping -n -q -c 1 -W 0.5 "$TARGET" &&
		fail "packets are passed on without a policy"
	mend fwd-missing
	only 0 'warn:not-asked*2'
	ping_ok hosta "$TARGET" -c 2
}

# --- sizes --------------------------------------------------------------------

case_mtu() {
	well outer=6 inner=6
	wire_mtu 1340
	only 1 fail:mtu-too-small
	mend mtu-too-small
	says_nothing
}

case_mtu-fragments() {
	well outx="$LIFE flag nopmtudisc"
	only 0 warn:mtu-fragments
	equal "what fits" "$(said mtu-fragments number)" 1446
}

# What is said to fit does, and one byte more does not.
case_mss() {
	local mtu

	well
	settle_first
	on gwa nft delete table inet test_clamp
	only 0 note:mss-clamp-missing
	mtu=$(said mss-clamp-missing number)
	on hosta ping -n -q -c 1 -W 2 -M probe -s $((mtu - 28)) "$TARGET"
	on hosta ping -n -q -c 1 -W 2 -M probe -s $((mtu - 27)) "$TARGET" &&
		fail "more fits than is said"
	mend mss-clamp-missing
	says_nothing
	on gwa nft delete table inet espsimd_mss
}

case_route-mtu() {
	well offload=packet
	on gwa sysctl -qw net.ipv4.conf.esp0.disable_xfrm=1
	only 0 warn:route-mtu
	mend route-mtu
	says_nothing
	ends
	ping_ok hosta "$TARGET" -c 2
}

# --- NAT ----------------------------------------------------------------------

case_natt-no-socket() {
	well natt=yes dev=''
	ends
	ping_ok hosta "$TARGET" -c 2
	natt_end gwa
	only 1 fail:natt-no-socket 'warn:not-asked*2'
	on hosta ping -n -q -c 1 -W 0.5 "$TARGET" &&
		fail "ESP comes out of UDP without a socket"
	natt_socket gwa
	only 0 'warn:not-asked*2'
	# The device does without, but for fragments.
	well natt=yes
	natt_end gwa
	only 0 note:natt-no-socket
	ping_ok hosta "$TARGET" -c 2
}

# encap SRC DST DIR SPI SPORT DPORT: an SA for that in gwa.
encap() {
	local window=()

	[ "$3" = out ] || window=(replay-window 64)
	ipn gwa xfrm state add src "$1" dst "$2" proto esp spi "$4" reqid 1 \
		mode tunnel aead 'rfc4106(gcm(aes))' "$(key_hex 128 "$5")" 128 \
		"${window[@]}" encap espinudp "$5" "$6" 0.0.0.0 \
		limit time-hard 3600 offload dev esp0 dir "$3"
}

case_natt-port() {
	tunnel natt=yes
	natt_socket gwa
	encap "${GWA[4]}" "${GWB[4]}" out 0x51 4500 40000
	encap "${GWB[4]}" "${GWA[4]}" in 0x52 40001 4500
	only 0 warn:natt-port-mismatch
	encap "${GWB[4]}" "${GWA[4]}" in 0x53 40000 4500
	says_nothing
}

# Nobody answers; the time that it takes to be sure of that is too long here.
case_natt-young() {
	well natt=yes
	ipn gwb xfrm state flush
	ends
	on hosta ping -n -q -c 1 -W 0.2 "$TARGET" || true
	says_nothing
}

# --- the command --------------------------------------------------------------

case_json() {
	local found

	well dev='' window=0
	found=$(doctor -j)
	equal "members" "$(jq -c '[.[] | keys_unsorted[]] | unique' \
		<<<"$found")" '["check","mend","object","result","what"]'
	matches "text" "$(doctor)" '^warn  replay-off    src .*: packets'
	matches "text" "$(doctor)" '^ +mend: ip xfrm state add src'
	matches "text" "$(doctor)" '^0 failures, 3 warnings, 0 notes[.]$'
	# What else check does is as ever.
	matches "check" "$(on gwa espsimd check)" '^Offload would work[.]$'
}

case_nothing-secret() {
	local key words

	well dev='' key=256 window=0 icv=64
	key=$(key_hex 256 1)
	for words in '' -j; do
		# shellcheck disable=SC2086 # No word, or one.
		lacks "output" "$(doctor $words)" "${key:2:12}|${key:(-8)}"
	done
}

# Without the right to see SAs nothing is judged.
case_unprivileged() {
	local answer status=0

	require setpriv
	well
	answer=$(on gwa setpriv --inh-caps=-all --bounding-set=-all \
		--reuid=65534 --clear-groups espsimd -j check gateway) ||
		status=$?
	equal "exit code" "$status" 1
	equal "findings" "$(jq -r '.[].check' <<<"$answer")" facts
}

run_tests "$@"
