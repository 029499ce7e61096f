#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# SAs and policies that packet offload mode does not take: each is an error with
# its reason, never one of the stack's own in silence, which a policy of the
# device would not find.
#
#	gwa (espsimd) ======== gwb (stock)

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
OFFLOAD=packet
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(cbc-hmac null ccm chacha gmac short-icv beet if-id-in tfcpad ah
	espintcp other-device device-of-policy accepted
	policy-if-id policy-interface policy-templates policy-optional
	policy-mode policy-other-sa policy-ah policy-expires policy-no-device
	policy-accepted nothing-left)

setup() {
	require ping
	pair one
}

reset() {
	tunnel_down
}

# quoted DIR: the words of an SA for the shell.
quoted() {
	sa_words a "$1" | sed 's/(/\\(/g; s/)/\\)/g'
}

# sa_refused DIR REASON: with that reason, and there is no SA.
sa_refused() {
	local answer status=0

	answer=$(eval "ipn gwa xfrm state add $(quoted "$1")" 2>&1) || status=$?
	echo "$answer"
	equal "exit code" "$status" 2
	matches "answer to ip xfrm state add" "$answer" "$2"
	equal "SAs" "$(ipn gwa xfrm state)" ''
}

# both_refused REASON TUNNEL...
both_refused() {
	local reason=$1
	shift
	tunnel "$@"
	sa_refused out "$reason"
	sa_refused in "$reason"
}

CBC="enc cbc(aes) 0x0123456789abcdef0123456789abcd0@"
CBC+=" auth-trunc hmac(sha256) 0x$(printf '%064x' 1) 128"
INTEGRITY='A separate integrity algorithm cannot be offloaded'
OTHER_AEAD='Of all AEADs only rfc4106\(gcm\(aes\)\) can be offloaded'

case_cbc-hmac() {
	both_refused "$INTEGRITY" alg="$CBC"
	both_refused "$INTEGRITY" alg="$CBC" outer=6 inner=6 esn=yes
}

case_null() {
	both_refused "$INTEGRITY" \
		alg="enc ecb(cipher_null) '' auth hmac(sha1) 0x$(printf '%040x' 1)"
}

case_ccm() {
	both_refused "$OTHER_AEAD" \
		alg="aead rfc4309(ccm(aes)) 0x$(printf '%037x' 1)@ 128"
}

case_chacha() {
	both_refused "$OTHER_AEAD" \
		alg="aead rfc7539esp(chacha20,poly1305) 0x$(printf '%071x' 1)@ 128"
}

case_gmac() {
	both_refused "$OTHER_AEAD" \
		alg="aead rfc4543(gcm(aes)) 0x$(printf '%039x' 1)@ 128"
}

# RFC 4106 has none of 32 bits, and the kernel refuses it before the device.
case_short-icv() {
	both_refused 'ICV|not found' icv=32
}

case_beet() {
	local reason='Only transport and tunnel mode can be offloaded'

	tunnel mode=beet
	T[outx]="sel src ${GWA[4]}/32 dst ${GWB[4]}/32"
	T[inx]="sel src ${GWB[4]}/32 dst ${GWA[4]}/32"
	sa_refused out "$reason"
	sa_refused in "$reason"
}

case_if-id-in() {
	tunnel inx='if_id 7'
	sa_refused in 'interface id cannot be offloaded|if_id is not supported'
}

case_tfcpad() {
	tunnel outx='tfcpad 100'
	sa_refused out 'TFC'
}

case_ah() {
	local answer

	modprobe ah4 2>/dev/null || skip "needs the module ah4"
	answer=$(ipn gwa xfrm state add src "${GWA[4]}" dst "${GWB[4]}" \
		proto ah spi 1 mode tunnel \
		auth 'hmac(sha256)' "0x$(printf '%064x' 1)" \
		offload packet dev esp0 dir out 2>&1) &&
		fail "should have been refused"
	matches "answer to ip xfrm state add" "$answer" "doesn't support offload"
	equal "SAs" "$(ipn gwa xfrm state)" ''
}

case_espintcp() {
	tunnel outx='encap espintcp 4500 4500 0.0.0.0'
	sa_refused out \
		'Of all encapsulations only ESP in UDP|[Uu]nsupported|not supported'
}

# Devices that cannot do it.
case_other-device() {
	local dev

	for dev in eth0 lo; do
		tunnel dev=$dev
		sa_refused out .
	done
}

# A policy and an SA have to be of the same device to find each other.
case_device-of-policy() {
	local answer

	answer=$(ipn gwa xfrm policy add src 192.0.2.0/24 dst 203.0.113.0/24 \
		dir out offload packet dev eth0 tmpl src "${GWA[4]}" \
		dst "${GWB[4]}" proto esp mode tunnel 2>&1) &&
		fail "should have been refused"
	matches "answer to ip xfrm policy add" "$answer" \
		'Policy offload is not supported'
}

case_accepted() {
	local mode key icv natt outer

	for mode in tunnel transport; do
		for outer in 4 6; do
			for natt in no yes; do
				tunnel mode=$mode outer=$outer natt=$natt
				accepted
			done
		done
	done
	for key in 128 192 256; do
		for icv in 64 96 128; do
			tunnel key=$key icv=$icv esn=yes
			accepted
		done
	done
}

# accepted: both SAs of the tunnel in T, without a word.
accepted() {
	local dir answer

	for dir in out in; do
		answer=$(eval "ipn gwa xfrm state add $(quoted $dir)" 2>&1) ||
			fail "refused: $answer"
		equal "answer to ip xfrm state add" "$answer" ''
	done
	equal "SAs that are offloaded" "$(ipn gwa xfrm state |
		grep -c 'offload parameters: dev esp0.* mode packet')" 2
	ipn gwa xfrm state flush
}

# policy_refused DIR REASON WORD...: a policy of these words, with that reason;
# ONLY has more words of its selector.
ONLY=()
policy_refused() {
	local dir=$1 reason=$2 answer status=0
	shift 2
	answer=$(ipn gwa xfrm policy add src 192.0.2.0/24 dst 203.0.113.0/24 \
		"${ONLY[@]}" dir "$dir" offload packet dev esp0 "$@" 2>&1) ||
		status=$?
	echo "$answer"
	equal "exit code" "$status" 2
	matches "answer to ip xfrm policy add" "$answer" "$reason"
	equal "policies" "$(ipn gwa xfrm policy)" ''
}

TMPL=(tmpl src "${GWA[4]}" dst "${GWB[4]}" proto esp reqid 1 mode tunnel)
OUTER=(tmpl src "${GWA[4]}" dst 198.51.100.9 proto esp reqid 2 mode tunnel)

case_policy-if-id() {
	local dir

	for dir in in fwd; do
		policy_refused $dir 'interface id cannot be offloaded' \
			if_id 7 "${TMPL[@]}"
	done
}

case_policy-interface() {
	local dir

	ONLY=(dev esp0)
	for dir in in fwd out; do
		policy_refused $dir 'one interface cannot be offloaded' \
			"${TMPL[@]}"
	done
}

case_policy-templates() {
	policy_refused out 'several templates cannot be offloaded' \
		"${TMPL[@]}" "${OUTER[@]}"
}

case_policy-optional() {
	policy_refused in 'optional template cannot be offloaded' \
		"${TMPL[@]}" level use
}

case_policy-mode() {
	policy_refused out 'transport and tunnel mode can be offloaded' \
		"${TMPL[@]:0:${#TMPL[@]}-1}" beet
}

# The stack would never use an SA of another kind for it, and packets would wait
# for one that is not there.
case_policy-other-sa() {
	local named=("${TMPL[@]:0:7}" spi "$SPI_AB" "${TMPL[@]:7}") kind

	for kind in crypto software; do
		tunnel
		T[offload]=crypto
		[ "$kind" = crypto ] || T[dev]=''
		echo "xfrm state add $(sa_words a out)" | ipb gwa
		policy_refused out 'SA is not in packet mode on the device' \
			"${named[@]}"
		ipn gwa xfrm state flush
	done
	tunnel
	echo "xfrm state add $(sa_words a out)" | ipb gwa
	ipn gwa xfrm policy add src 192.0.2.0/24 dst 203.0.113.0/24 dir out \
		offload packet dev esp0 "${named[@]}"
	ipn gwa xfrm state flush
	# Nor does it matter while there is no SA yet.
	ipn gwa xfrm policy update src 192.0.2.0/24 dst 203.0.113.0/24 dir out \
		offload packet dev esp0 "${named[@]}"
	ipn gwa xfrm policy flush
}

case_policy-ah() {
	policy_refused out 'Only policies for ESP can be offloaded' \
		tmpl src "${GWA[4]}" dst "${GWB[4]}" proto ah mode tunnel
}

case_policy-expires() {
	policy_refused in 'expire by use cannot be offloaded' \
		limit time-use-hard 10 "${TMPL[@]}"
}

case_policy-no-device() {
	refute ipn gwa xfrm policy add src 192.0.2.0/24 dst 203.0.113.0/24 \
		dir out offload packet dev nothere "${TMPL[@]}"
	equal "policies" "$(ipn gwa xfrm policy)" ''
}

case_policy-accepted() {
	local dir count=0

	for dir in in out fwd; do
		for words in '' 'mark 5 mask 0xff' 'action block' 'priority 7' \
			'limit time-hard 100'; do
			# shellcheck disable=SC2086 # These are words.
			ipn gwa xfrm policy add src 192.0.2.$count/32 \
				dst 203.0.113.0/24 dir $dir $words \
				offload packet dev esp0 "${TMPL[@]}"
			count=$((count + 1))
		done
	done
	ipn gwa xfrm policy add src 192.0.2.0/24 dst 203.0.113.0/24 proto udp \
		dport 53 dir in offload packet dev esp0
	equal "policies that are offloaded" "$(ipn gwa xfrm policy |
		grep -c 'offload parameters: dev esp0')" $((count + 1))
}

# After all that was refused the device goes at once.
case_nothing-left() {
	both_refused "$INTEGRITY" alg="$CBC"
	policy_refused in 'optional template' "${TMPL[@]}" level use
	tunnel
	tunnel_up
	ipn gwa link del esp0
	equal "SAs" "$(ipn gwa xfrm state)" ''
	equal "policies" "$(ipn gwa xfrm policy)" ''
	refute ipn gwa link show esp0
}

run_tests "$@"
