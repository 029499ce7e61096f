#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory that is not there. Of each request to the module every allocation that
# the kernel makes for it fails once: the request fails and leaves nothing, or
# succeeds in spite of it. Then memory fails now and then for all packets: some
# are lost, which is counted, none is sent in clear text, and all is well
# afterwards. Needs a kernel with fault injection.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(link-add link-delete sa-in sa-out sa-in-packet sa-out-packet sa-esn
	sa-update policy-in policy-out engine mtu feature traffic
	traffic-packet module)

FAULTS=/sys/kernel/debug
FAULTY_SO=${ESPSIMD_HELPERS:-$SELFTESTS}/faulty.so

setup() {
	require ping tcpdump
	if ! [ -w /proc/thread-self/fail-nth ] || ! [ -d $FAULTS/failslab ] ||
		! [ -d $FAULTS/fail_page_alloc ]; then
		skip "needs a kernel with fault injection"
	fi
	[ -e "$FAULTY_SO" ] || skip "needs faulty.so: make it in selftests"
	gateways both
}

# fault_knob NAME VALUE: of both kinds of memory.
fault_knob() {
	local kind

	for kind in failslab fail_page_alloc; do
		echo "$2" >"$FAULTS/$kind/$1"
	done
}

# faults PROBABILITY ATOMIC: how many in a hundred allocations fail by chance, and
# whether only those that may not wait do.
faults() {
	fault_knob verbose 0
	fault_knob ignore-gfp-wait "$2"
	echo 0 >$FAULTS/fail_page_alloc/min-order
	fault_knob interval 1
	fault_knob times -1
	fault_knob probability "$1"
}

reset() {
	faults 0 Y
	gateways_anew both
	bg gwa sleep infinity
	GWA_NET=/proc/$BG/net
}

# faulty NTH COMMAND...: runs a command for gwa with the NTH allocation of its
# requests failing; sets STATUS to its exit code, and LEFT to 0 if one failed.
faulty() {
	local nth=$1
	shift
	rm -f "$WORK/left"
	STATUS=0
	LD_PRELOAD=$FAULTY_SO FAULTY_NTH=$nth FAULTY_LEFT=$WORK/left \
		on gwa "$@" >"$WORK/answer" 2>&1 || STATUS=$?
	[ -s "$WORK/left" ] || fail "no request of: $*: $(<"$WORK/answer")"
	LEFT=$(<"$WORK/left")
}

# answer_is_lost: there was no memory for the answer, which says nothing of what
# was asked for. ethtool says that, or nothing.
answer_is_lost() {
	[ "$LEFT" -eq 0 ] || return 1
	! [ -s "$WORK/answer" ] ||
		grep -qiE 'no buffer space|failed to send reply' "$WORK/answer"
}

# each_fault DONE UNDO COMMAND...: for every allocation of the command's request:
# if it failed, DONE fails as before, and if it succeeded, DONE succeeds until
# UNDO.
each_fault() {
	local done=$1 undo=$2 nth refused=0
	shift 2
	faults 0 N
	for ((nth = 1; ; nth++)); do
		[ "$nth" -le 2000 ] || fail "no end of allocations for: $*"
		faulty "$nth" "$@"
		if [ "$STATUS" -eq 0 ]; then
			"$done" || fail "not done with fault $nth: $*"
			"$undo"
			[ "$LEFT" -eq 0 ] || break
		elif answer_is_lost; then
			if "$done"; then
				"$undo"
			fi
		else
			[ "$LEFT" -eq 0 ] ||
				fail "failed without a fault: $(<"$WORK/answer")"
			refused=$((refused + 1))
			if "$done"; then
				fail "failed, but done, with fault $nth: $*:" \
					"$(<"$WORK/answer")"
			fi
		fi
	done
	faults 0 Y
	echo "$((nth - 1)) allocations, of which $refused were needed"
	at_least "allocations that were needed" "$refused" 1
}

# --- devices ----------------------------------------------------------------

has_link() {
	grep -q '^ *spare:' "$GWA_NET/dev"
}

no_link() {
	! has_link
}

link_add() {
	ipn gwa link add spare link lower type espsimd
}

link_delete() {
	ipn gwa link del spare
	# As before: what the device took over from it, it gave back.
	lacks "flags of the lower device" "$(ipn gwa link show lower)" PROMISC
}

case_link-add() {
	ipn gwa link add lower type veth peer name lower-peer
	each_fault has_link link_delete ip link add spare link lower type espsimd
	# It is nobody's port.
	link_add
	link_delete
}

case_link-delete() {
	ipn gwa link add lower type veth peer name lower-peer
	link_add
	each_removal
}

# each_removal: removing has to succeed whatever memory there is, or else nothing
# is removed.
each_removal() {
	local nth

	faults 0 N
	for ((nth = 1; nth <= 2000; nth++)); do
		faulty "$nth" ip link del spare
		if [ "$STATUS" -eq 0 ]; then
			no_link || fail "removed, but there, with fault $nth"
			link_add
			[ "$LEFT" -eq 0 ] || break
		elif answer_is_lost; then
			has_link || link_add
		else
			has_link || fail "not removed, but gone: fault $nth"
		fi
	done
	faults 0 Y
	at_least "allocations" "$nth" 2
}

# --- SAs and policies --------------------------------------------------------

has_sa() {
	ipn gwa xfrm state | grep -q 'proto esp'
}

flush_sas() {
	ipn gwa xfrm state flush
	equal "SAs of the device" "$(device_sas)" 0
}

# device_sas: how many the device has, by its own account.
device_sas() {
	on gwa espsimd -j sa show esp0 | jq length
}

# sa_faults in|out KEY=VALUE...
sa_faults() {
	local words dir=$1
	shift
	require espsimd jq
	tunnel "$@"
	read -r -a words < <(sa_words a "$dir")
	each_fault has_sa flush_sas ip xfrm state add "${words[@]}"
	equal "SAs of the device" "$(device_sas)" 0
}

case_sa-in() {
	sa_faults in offload=crypto
}

case_sa-out() {
	sa_faults out offload=crypto
}

case_sa-in-packet() {
	sa_faults in offload=packet
}

case_sa-out-packet() {
	sa_faults out offload=packet natt=yes
}

case_sa-esn() {
	sa_faults in offload=packet esn=yes
}

# An update that fails leaves the SA that there was.
case_sa-update() {
	local words

	require espsimd jq
	tunnel offload=crypto
	read -r -a words < <(sa_words a in)
	ipn gwa xfrm state add "${words[@]}"
	each_fault is_updated not_updated ip xfrm state update "${words[@]}" \
		limit packet-soft 77
	equal "SAs of the device" "$(device_sas)" 1
}

is_updated() {
	equal "SAs of the device" "$(device_sas)" 1
	ipn gwa -s xfrm state | grep -q 'limit: soft 77(packets)'
}

not_updated() {
	local words

	flush_sas
	read -r -a words < <(sa_words a in)
	ipn gwa xfrm state add "${words[@]}"
}

has_policy() {
	ipn gwa xfrm policy | grep -q 'dir'
}

flush_policies() {
	ipn gwa xfrm policy flush
}

# policy_faults in|out
policy_faults() {
	local words

	tunnel offload=packet
	read -r -a words < <(policy_words a | grep " dir $1 ")
	each_fault has_policy flush_policies ip "${words[@]}"
}

case_policy-in() {
	policy_faults in
}

case_policy-out() {
	policy_faults out
}

# --- settings ----------------------------------------------------------------

is_generic() {
	[ "$(on gwa espsimd -j dev show esp0 | jq -r '.[0].engine')" = generic ]
}

to_auto() {
	on gwa espsimd dev set esp0 engine auto
}

# It needs no memory that it could lack: what fails is netlink's.
case_engine() {
	require espsimd jq
	each_fault is_generic to_auto espsimd dev set esp0 engine generic
}

is_small() {
	ipn gwa link show esp0 | grep -q 'mtu 1400'
}

to_large() {
	ipn gwa link set esp0 mtu 1500
}

case_mtu() {
	each_fault is_small to_large ip link set esp0 mtu 1400
}

is_off() {
	on gwa ethtool -k esp0 | grep -q '^esp-hw-offload: off'
}

to_on() {
	set_feature gwa esp0 esp-hw-offload on
}

case_feature() {
	each_fault is_off to_on ethtool -K esp0 esp-hw-offload off
}

# --- packets -----------------------------------------------------------------

MARKER=marker-of-hosts

# traffic_with_faults: a flood with memory failing; no frame of it is in clear
# text between the gateways.
traffic_with_faults() {
	local lost=0 key

	ends
	tunnel_down
	tunnel_up
	settle_first
	bg gwb tcpdump -q -n -i eth0 -U -w "$WORK/wire.pcap"
	poll 20 test -s "$WORK/wire.pcap"
	faults 3 Y
	on hosta ping -q -i 0.001 -c "$(pick 3000 1500)" -W 0.1 -s 1400 \
		-p "$(printf %s "$MARKER" | od -An -tx1 | tr -d ' \n')" \
		"$TARGET" >/dev/null || true
	faults 0 Y
	bg_end "$BG" INT
	settle after
	for key in "${!SNAP[@]}"; do
		case $key in
		after/gw?/dev.*_drop_*)
			lost=$((lost + SNAP[$key] - ${SNAP[before/${key#after/}]:-0}))
			;;
		esac
	done
	echo "$lost packets were dropped by the devices"
	at_least "packets dropped by the devices" $lost 1
	at_least "packets by SIMD" "$(delta gwa dev.tx_ipsec)" 500
	if grep -q "$MARKER" "$WORK/wire.pcap"; then
		fail "a packet was sent in clear text"
	fi
	# All of it again, and no more losses.
	on hostb ordered receive 5555
	settle_first
	on hosta ordered send "$TARGET" 5555 2000 1000 20
	settle after
	no_errors
}

case_traffic() {
	tunnel offload=crypto
	traffic_with_faults
}

case_traffic-packet() {
	tunnel offload=packet
	traffic_with_faults
}

# Nothing of all that holds on to the module.
case_module() {
	local name

	for name in gwa gwb; do
		ipn "$name" link del esp0
	done
	poll 20 rmmod espsimd
	load_module
}

run_tests "$@"
