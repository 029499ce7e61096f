#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Live SAs are moved between the stack and the device, in both modes and under
# traffic: no number is used twice, nothing is forgotten, no key manager is
# asked for anything, and what gets lost is counted.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-capture.sh
. "$(dirname -- "$0")/lib-capture.sh"

CASES=(tunnel-4-4-no-no tunnel-6-6-esn-no tunnel-4-4-esn-natt
	transport-4-4-no-no transport-6-6-esn-no one-of-them esn-wrap
	everything-kept limits-go-on not-taken policy-refused shared-policy
	other-policies cleared fallback fallback-mixed json interrupted)

# Where the SAs are moved to, one after the other; they begin in the stack.
WAYS=(crypto generic packet crypto packet generic)

setup() {
	require ping espsimd
	gateways one
}

# in_stack KEY=VALUE...: a tunnel whose SAs at both ends are in the stack.
in_stack() {
	tunnel dev='' "$@"
	ends
	tunnel_up
}

# move_to WAY [WORD...]: moves SAs of gwa, all of them unless words say which.
move_to() {
	local way=$1
	shift
	[ $# -gt 0 ] || set -- all
	if [ "$way" = generic ]; then
		on gwa espsimd sa generic "$@"
	else
		on gwa espsimd sa offload "$way" dev esp0 "$@"
	fi
}

# is_at WAY: both SAs of gwa are there, and the policies where they have to be.
is_at() {
	local mode states policies

	states=$(ipn gwa xfrm state)
	policies=$(ipn gwa xfrm policy list nosock)
	equal "SAs of gwa" "$(grep -c '^src ' <<<"$states")" 2
	for mode in crypto packet; do
		equal "SAs in $mode mode" \
			"$(grep -c "offload.* mode $mode" <<<"$states" || true)" \
			"$([ "$1" = $mode ] && echo 2 || echo 0)"
	done
	if [ "$1" = packet ]; then
		equal "policies that are offloaded" \
			"$(grep -c 'offload.* mode packet' <<<"$policies")" \
			"$(grep -c '^src ' <<<"$policies")"
	else
		lacks "policies" "$policies" 'mode packet'
	fi
}

# lost_of TAG: pings that the background one says it had no answer to.
lost_of() {
	awk '/packets transmitted/ { print $1 - $4 }' "$WORK/bg.$1"
}

# counted_drops: packets that XFRM of gwa or the device say they dropped.
counted_drops() {
	local key sum=0

	for key in xfrm.XfrmOutNoStates xfrm.XfrmOutStateInvalid \
		xfrm.XfrmOutBundleCheckError xfrm.XfrmInNoStates \
		xfrm.XfrmInStateInvalid dev.tx_drop_state dev.tx_drop_no_sa \
		dev.tx_drop_clear dev.rx_drop_state; do
		sum=$((sum + $(delta gwa "$key")))
	done
	echo "$sum"
}

# all_counted PINGER: what it lost is counted. A packet that came to the device
# in clear text while its policy was moved is counted by the stack too, which the
# device asks about it.
all_counted() {
	at_least "packets counted" "$(counted_drops)" "$(lost_of "$1")"
}

# numbers: what is on the wire has each number once, and nothing else.
numbers() {
	local spi

	spi=$(printf '0x%08x' $SPI_AB)
	equal "packets of gwa on the wire" "$(found "\$1 == \"$spi\"")" \
		"$(delta gwa "sa.$SPI_AB.oseq")"
	equal "numbers seen twice" "$(awk -F , -v spi="$spi" \
		'$1 == spi { print $2 }' "$WORK/esp" | sort | uniq -d)" ''
	equal "IVs seen twice" "$(awk -F , -v spi="$spi" \
		'$1 == spi { print $3 }' "$WORK/esp" | sort | uniq -d)" ''
	# shellcheck disable=SC2016 # The dollars are awk's.
	equal "packets without a good ICV" \
		"$(found '$4 != "True" && $4 != 1')" 0
}

# Traffic goes on while the SAs are moved ROUNDS times through all WAYS.
run_case() {
	local mode outer inner esn natt file=$WORK/wire.pcap
	local pinger monitor round way

	IFS=- read -r mode outer inner esn natt <<<"$1"
	require tshark tcpdump
	in_stack mode="$mode" outer="$outer" inner="$inner" \
		esn="${esn/esn/yes}" natt="${natt/natt/yes}"
	ping_ok "$CLIENT" "$TARGET"
	settle before
	bg gwa ip xfrm monitor acquire
	monitor=$BG
	record "$file"
	bg "$CLIENT" ping -n -q -i 0.002 -W 2 "$TARGET"
	pinger=$BG
	for ((round = 0; round < $(pick 5 2); round++)); do
		for way in "${WAYS[@]}"; do
			move_to "$way"
			is_at "$way"
			sleep 0.05
		done
	done
	bg_end "$pinger" INT
	poll 10 settled after
	recorded
	decode "$file"
	numbers
	equal "what key managers were asked for" "$(<"$WORK/bg.$monitor")" ''
	for key in outside replay failed; do
		equal "packets that gwb refused: $key" \
			"$(delta gwb "sa.$SPI_AB.$key")" 0
	done
	all_counted "$pinger"
	at_least "packets sealed by the device" "$(delta gwa dev.tx_ipsec)" 10
	at_least "packets opened by the device" "$(delta gwa dev.rx_ipsec)" 10
	equal "larval SAs left" "$(ipn gwa xfrm state | grep -c '^src ')" 2
}

# says COMMAND...: it fails, and sets SAID to what it says.
says() {
	if SAID=$(on gwa "$@" 2>&1); then
		fail "$* succeeded: $SAID"
	fi
}

# Which SAs are meant can be said in many words.
case_one-of-them() {
	local words

	in_stack
	for words in "spi $SPI_AB" "src ${GWA[4]}" "dst ${GWB[4]} proto esp" \
		"peer ${GWB[4]} spi $SPI_AB"; do
		# shellcheck disable=SC2086 # They are words.
		move_to crypto $words
		equal "SAs of the device after $words" \
			"$(on gwa espsimd sa | grep -c '^src ')" 1
		matches "$words" "$(on gwa espsimd sa)" 'dir out dev esp0'
		ping_ok hosta "$TARGET"
		move_to generic dev esp0 all
		equal "SAs of the device" "$(on gwa espsimd sa)" ''
	done
	move_to packet spi $SPI_AB
	equal "policies that are offloaded" \
		"$(ipn gwa xfrm policy | grep -c 'mode packet')" 1
	ping_ok hosta "$TARGET"
	move_to packet peer "${GWB[4]}"
	is_at packet
	ping_ok hosta "$TARGET"
	says espsimd sa generic spi 0x7777
	matches "unknown SPI" "$SAID" 'there is no such SA'
	says espsimd sa offload dev lan0 all
	matches "no device of the module" "$SAID" 'lan0|espsimd'
}

# Numbers go on over the end of their low half, wherever they are given out.
case_esn-wrap() {
	local way low=$((0x100000000 - 40)) side

	tunnel dev='' esn=yes
	ends
	tunnel_up
	for side in a b; do
		ipn gw$side xfrm state flush
		{
			echo "xfrm state add $(sa_words $side out |
				sed "s/ flag/ replay-oseq $low flag/")"
			echo "xfrm state add $(sa_words $side in |
				sed "s/ flag/ replay-seq $low flag/")"
		} | ipb gw$side
	done
	settle before
	for way in "${WAYS[@]}" "${WAYS[@]}"; do
		move_to "$way"
		ping_ok hosta "$TARGET" -c 7
	done
	settle after
	equal "high half of what gwa sent" \
		"$(val after gwa "sa.$SPI_AB.oseq-hi")" 1
	equal "high half of what gwa received" \
		"$(val after gwa "sa.$SPI_BA.seq-hi")" 1
	equal "low half of what gwa sent" "$(val after gwa "sa.$SPI_AB.oseq")" \
		$((low + 84 - 0x100000000))
	equal "what gwb received" "$(delta gwb "sa.$SPI_AB.packets")" 84
	no_errors
}

# described: the SAs of gwa but for where they are and when they were used.
described() {
	ipn gwa -s xfrm state | grep -v -e 'offload parameters' -e lastused |
		sed 's/^src /\n&/' | awk -v RS= '{ print | "sort" }' FS='\n' OFS=' '
}

# limits: of every kind.
limits() {
	local kind number=10000

	for kind in byte packet time time-use; do
		echo "limit $kind-soft $number limit $kind-hard $((number * 2))"
		number=$((number - 1000))
	done | xargs
}

# What an SA can have goes with it.
case_everything-kept() {
	local way was key words

	in_stack natt=yes
	key="aead rfc4106(gcm(aes)) $(key_hex 256 7) 96"
	words="proto esp reqid 77 mode tunnel"
	ipb gwa <<-EOF
		xfrm state add src ${GWA[4]} dst ${GWB[4]} spi 0x9001 $words $key mark 5 mask 0xff output-mark 0x9 mask 0xf if_id 12 dir out replay-oseq 0x123 $(limits) encap espinudp 4500 4501 0.0.0.0 flag noecn nopmtudisc extra-flag dont-encap-dscp sel src 10.0.0.0/8 dst 10.9.0.0/16 proto udp
		xfrm state add src ${GWB[4]} dst ${GWA[4]} spi 0x9002 $words $key mark 6 mask 0xff dir in replay-window 96 replay-seq 0x77 flag esn decap-dscp icmp
		xfrm state add src ${GWA[6]} dst ${GWB[6]} spi 0x9003 proto esp mode transport $key dir out replay-oseq 7 sel src ${GWA[6]} dst ${GWB[6]}
	EOF
	ping_ok hosta "$TARGET"
	settle before
	was=$(described)
	for way in "${WAYS[@]}"; do
		move_to "$way"
		equal "SAs in $way" "$(described)" "$was"
	done
}

# Limits count what was before. What was counted against them is still.
case_limits-go-on() {
	in_stack
	ipn gwa xfrm state flush
	ipb gwa <<-EOF
		xfrm state add $(sa_words a out) limit packet-hard 20
		xfrm state add $(sa_words a in)
	EOF
	settle before
	ping_ok hosta "$TARGET" -c 8
	move_to crypto
	ping_ok hosta "$TARGET" -c 6
	move_to packet
	ping_ok hosta "$TARGET" -c 3
	settle middle
	equal "packets of the SA" "$(val middle gwa "sa.$SPI_AB.packets")" 17
	on hosta ping -n -q -c 10 -i 0.01 -W 0.2 "$TARGET" || true
	settle after
	equal "packets that gwb got" "$(delta gwb "sa.$SPI_AB.packets")" 20
	lacks "SAs" "$(ipn gwa xfrm state)" "spi 0x0*${SPI_AB#0x}"
}

# What the device refuses is left alone, and the reason is told.
case_not-taken() {
	local mode alg

	alg="enc cbc(aes) $(printf '0x%032x' 1)"
	alg+=" auth-trunc hmac(sha256) $(printf '0x%064x' 2) 128"
	in_stack alg="$alg"
	settle before
	for mode in crypto packet; do
		says espsimd sa offload $mode dev esp0 all
		matches "$mode" "$SAID" \
			'dir out: is generic: espsimd: A separate integrity'
		matches "$mode" "$SAID" 'dir in: is generic: espsimd: A separate'
		ping_ok hosta "$TARGET"
	done
	settle after
	equal "packets of the SA" "$(delta gwa "sa.$SPI_AB.packets")" 10
	no_errors
}

# If the device does not take a policy, its SAs stay where they were.
case_policy-refused() {
	local line

	in_stack
	line=$(policy_words a | grep 'dir in ')
	ipb gwa <<<"${line/policy add/policy update} limit time-use-hard 10000"
	says espsimd sa offload packet dev esp0 all
	matches "inbound" "$SAID" \
		'dir in: is generic: the policy .* cannot be moved: .*expire by use'
	matches "outbound" "$SAID" 'dir out: moved from generic to packet'
	ping_ok hosta "$TARGET"
	move_to crypto
	says espsimd sa offload packet dev esp0 all
	matches "inbound" "$SAID" 'dir in: is crypto dev esp0: the policy'
	ping_ok hosta "$TARGET"
}

# In packet mode a policy finds either all of its SAs or none.
case_shared-policy() {
	in_stack
	T[gen]=1
	{
		echo "xfrm state add $(sa_words a out)"
	} | ipb gwa
	says espsimd sa offload packet dev esp0 spi $SPI_AB
	matches "one of two" "$SAID" \
		'is generic: it shares a policy with .*spi 0x00001011'
	equal "policies" "$(ipn gwa xfrm policy | grep -c offload || true)" 0
	move_to packet all
	says espsimd sa generic spi $SPI_AB
	matches "one of two" "$SAID" 'is packet dev esp0: it shares a policy'
	move_to generic all
	equal "SAs" "$(ipn gwa xfrm state | grep -c offload || true)" 0
}

# Offloaded policies are asked first. One that would have been asked before goes
# along if it is for no SAs, and is in the way if it is for others.
case_other-policies() {
	in_stack
	ipn gwa xfrm policy add src "${NETA[4]}" dst "${NETB[4]}" proto tcp \
		dport 9 dir out action block priority 5
	ipn gwa xfrm policy add src "${NETA[4]}" dst "${NETB[4]}" proto icmp \
		dir out action block priority 4000000000
	move_to packet
	equal "policies that are offloaded" \
		"$(ipn gwa xfrm policy | grep -c 'mode packet')" 4
	ping_ok hosta "$TARGET"
	refute on hosta socat -u OPEN:/dev/null \
		"TCP:$TARGET:9,connect-timeout=0.3"
	move_to generic
	lacks "policies" "$(ipn gwa xfrm policy)" 'mode packet'
	ipn gwa xfrm policy update src "${NETA[4]}" dst "${NETB[4]}" proto udp \
		dir out priority 6 tmpl src "${GWA[4]}" dst "${GWB[4]}" \
		proto esp reqid 99 mode tunnel
	says espsimd sa offload packet dev esp0 all
	matches "another policy" "$SAID" 'dir out: is generic: the kernel asks'
	ping_ok hosta "$TARGET"
}

# Where policies are left to the device, or to a flow table, SAs do not leave.
case_cleared() {
	in_stack
	move_to packet
	on gwa sysctl -qw net.ipv4.conf.esp0.disable_xfrm=1
	says espsimd sa generic all
	matches "disable_xfrm" "$SAID" 'is packet dev esp0: the stack applies no'
	says espsimd fallback on
	matches "disable_xfrm" "$SAID" 'try "sysctl -w net.ipv4.conf.esp0'
	on gwa sysctl -qw net.ipv4.conf.esp0.disable_xfrm=0
	is_at packet
	if on gwa espsimd flowpath print esp0 lan lan0 >"$WORK/rules" &&
		on gwa nft -f "$WORK/rules"; then
		says espsimd sa offload crypto dev esp0 all
		matches "flow table" "$SAID" 'the flow table .* clear text'
		on gwa nft flush ruleset
	fi
	move_to generic
	is_at generic
	ping_ok hosta "$TARGET"
}

# All at once, under load, and back.
case_fallback() {
	local pinger round

	in_stack
	move_to packet
	ipn gwa xfrm policy add dir out src 10.77.0.0/16 action block \
		offload packet dev esp0
	ping_ok hosta "$TARGET"
	settle before
	bg hosta ping -n -q -i 0.002 -W 2 "$TARGET"
	pinger=$BG
	for ((round = 0; round < 3; round++)); do
		on gwa espsimd fallback on
		is_at generic
		matches "what is remembered" "$(on gwa espsimd fallback)" \
			"spi 0x0*${SPI_AB#0x}: was packet dev esp0"
		snap stack
		poll 10 ping_ok hosta "$TARGET"
		snap later
		equal "packets sealed by the device meanwhile" \
			"$(delta gwa dev.tx_ipsec stack later)" 0
		on gwa espsimd fallback off
		is_at packet
		equal "what is remembered" "$(on gwa espsimd fallback)" ''
		sleep 0.05
	done
	bg_end "$pinger" INT
	poll 10 settled after
	all_counted "$pinger"
}

# Each SA goes back to its own mode, and what was not moved stays.
case_fallback-mixed() {
	in_stack
	move_to packet spi $SPI_AB
	move_to crypto spi $SPI_BA
	on gwa espsimd fallback on dev esp0
	# Once more has nothing to do, and forgets nothing.
	on gwa espsimd fallback on
	is_at generic
	ping_ok hosta "$TARGET"
	ipn gwa xfrm state delete dst "${GWA[4]}" proto esp spi $SPI_BA
	echo "xfrm state add $(sa_words a in)" | ipb gwa
	on gwa espsimd fallback off esp0
	matches "outbound" "$(ipn gwa xfrm state)" 'dir out mode packet'
	matches "inbound" "$(ipn gwa xfrm state)" 'dir in mode crypto'
	ping_ok hosta "$TARGET"
	equal "what is left" "$(on gwa espsimd -j fallback)" '[]'
}

case_json() {
	local out

	in_stack
	out=$(on gwa espsimd -j sa offload packet dev esp0 all)
	equal "SAs that were moved" \
		"$(grep -o '"result":"moved"' <<<"$out" | wc -l)" 2
	matches "from and to" "$out" \
		'"from":\{"offload":"generic"\},"to":\{"offload":"packet","ifname":"esp0"\}'
	out=$(on gwa espsimd -j sa offload packet dev esp0 spi $SPI_AB)
	matches "nothing to do" "$out" '"result":"same"'
}

# A signal ends the command between two SAs, and none is lost.
case_interrupted() {
	local i count mover

	count=$(pick 300 60)
	in_stack
	ipn gwa xfrm policy flush
	for ((i = 0; i < count; i++)); do
		echo "xfrm state add src ${GWA[4]} dst ${GWB[4]} proto esp" \
			"spi $((0x8000 + i)) mode tunnel" \
			"aead rfc4106(gcm(aes)) $(key_hex 128 3) 128 dir out"
	done | ipb gwa
	count=$((count + 2))
	for i in crypto generic packet generic crypto; do
		if [ $i = generic ]; then
			bg gwa espsimd sa generic all
		else
			bg gwa espsimd sa offload $i dev esp0 all
		fi
		mover=$BG
		sleep 0.0$((RANDOM % 9 + 1))
		bg_end "$mover" INT
		equal "SAs" "$(ipn gwa xfrm state | grep -c '^src ')" "$count"
	done
}

run_tests "$@"
