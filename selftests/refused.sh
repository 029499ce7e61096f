#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# SAs that the device does not take: each has its reason, in the answer to `ip
# xfrm` and in that of `espsimd check`, and the tunnel works all the same,
# through the same device but done by the stack.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(cbc-hmac cbc-hmac-6 null ccm chacha gmac beet natt6-out if-id-in tfcpad
	ah espintcp check-accepts check-knows-all)

setup() {
	require ping
	gateways one
}

# warned REASON: sets up the tunnel of T, whose SAs of gwa are refused with
# this reason in a warning.
warned() {
	local dir warning

	tunnel_down
	for dir in out in; do
		# shellcheck disable=SC2046 # These are words.
		warning=$(eval "ipn gwa xfrm state add $(quoted $dir)" 2>&1)
		matches "answer to ip xfrm state add" "$warning" "$1"
	done
	policy_words a | ipb gwa
	{
		echo "xfrm state add $(sa_words b out)"
		echo "xfrm state add $(sa_words b in)"
		policy_words b
	} | ipb gwb
	lacks "SAs of gwa" "$(ipn gwa xfrm state)" 'crypto offload'
}

# quoted DIR: the words of an SA for the shell.
quoted() {
	sa_words a "$1" | sed 's/(/\\(/g; s/)/\\)/g'
}

# check_says REASON WORD...: the command gives the same reason for such an SA.
check_says() {
	local reason=$1 answer status=0
	shift
	command -v espsimd >/dev/null || return 0
	answer=$(on gwa espsimd check dev esp0 --sa "$@" 2>&1) || status=$?
	equal "exit code of espsimd check" "$status" 1
	matches "espsimd check" "$answer" "$reason"
}

# works: the tunnel of T works, and nothing of it is done by the device.
works() {
	settle_first
	ping_ok "$CLIENT" "$TARGET"
	on "$CLIENT" traffic udp "$TARGET" $PORT 1300 1480 7
	on "$CLIENT" traffic tcp "$TARGET" $PORT 200000 200000
	settle after
	equal tx_ipsec "$(delta gwa dev.tx_ipsec)" 0
	equal rx_ipsec "$(delta gwa dev.rx_ipsec)" 0
	at_least "packets of the SA" \
		"$(delta gwa "sa.$SPI_AB.packets")" 30
	equal "the peer's SA and what was sent" \
		"$(delta gwb "sa.$SPI_AB.packets")" \
		"$(delta gwa "sa.$SPI_AB.oseq")"
	no_errors
}

CBC="enc cbc(aes) 0x0123456789abcdef0123456789abcd0@"
CBC+=" auth-trunc hmac(sha256)"
CBC+=" 0x$(printf '%064x' 1) 128"
INTEGRITY='A separate integrity algorithm cannot be offloaded'
OTHER_AEAD='Of all AEADs only rfc4106\(gcm\(aes\)\) can be offloaded'

case_cbc-hmac() {
	tunnel alg="$CBC"
	warned "$INTEGRITY"
	check_says "$INTEGRITY" auth 'hmac(sha256)' enc 'cbc(aes)'
	works
}

case_cbc-hmac-6() {
	tunnel alg="$CBC" outer=6 inner=6 esn=yes
	warned "$INTEGRITY"
	check_says "$INTEGRITY" family inet6 esn auth 'hmac(sha256)' \
		enc 'cbc(aes)'
	works
}

case_null() {
	tunnel alg="enc ecb(cipher_null) '' auth hmac(sha1) 0x$(printf '%040x' 1)"
	warned "$INTEGRITY"
	check_says "$INTEGRITY" enc 'ecb(cipher_null)' auth 'hmac(sha1)'
	works
}

case_ccm() {
	tunnel alg="aead rfc4309(ccm(aes)) 0x$(printf '%037x' 1)@ 128"
	warned "$OTHER_AEAD"
	check_says "$OTHER_AEAD" alg 'rfc4309(ccm(aes))' key-bits 128
	works
}

case_chacha() {
	tunnel alg="aead rfc7539esp(chacha20,poly1305) 0x$(printf '%071x' 1)@ 128"
	warned "$OTHER_AEAD"
	check_says "$OTHER_AEAD" alg 'rfc7539esp(chacha20,poly1305)' key-bits 256
	works
}

case_gmac() {
	tunnel alg="aead rfc4543(gcm(aes)) 0x$(printf '%039x' 1)@ 128"
	warned "$OTHER_AEAD"
	check_says "$OTHER_AEAD" alg 'rfc4543(gcm(aes))' key-bits 128
	works
}

case_beet() {
	local reason='Only transport and tunnel mode can be offloaded'
	local a=${GWA[4]}/32 b=${GWB[4]}/32

	tunnel mode=beet
	T[outx]="sel src $a dst $b" T[inx]="sel src $b dst $a"
	warned "$reason"
	check_says "$reason" mode beet
	# The other end has to be told the inner addresses as well.
	ipn gwb xfrm state flush
	T[dev]='' T[devb]=''
	{
		echo "xfrm state add $(sa_words b out) ${T[inx]}"
		echo "xfrm state add $(sa_words b in) ${T[outx]}"
	} | ipb gwb
	{
		echo "xfrm policy flush"
		echo "xfrm policy add src $a dst $b dir out" \
			"tmpl src ${a%/*} dst ${b%/*} proto esp reqid 1 mode beet"
		echo "xfrm policy add src $b dst $a dir in" \
			"tmpl src ${b%/*} dst ${a%/*} proto esp reqid 1 mode beet"
	} | ipb gwa
	{
		echo "xfrm policy flush"
		echo "xfrm policy add src $b dst $a dir out" \
			"tmpl src ${b%/*} dst ${a%/*} proto esp reqid 1 mode beet"
		echo "xfrm policy add src $a dst $b dir in" \
			"tmpl src ${a%/*} dst ${b%/*} proto esp reqid 1 mode beet"
	} | ipb gwb
	T[mode]=transport
	works
}

case_natt6-out() {
	local reason='Linux cannot offload outbound ESP in UDP over IPv6'
	local warning

	tunnel_down
	tunnel outer=6 natt=yes
	check_says "$reason" dir out family inet6 encap espinudp
	warning=$(eval "ipn gwa xfrm state add $(quoted out)" 2>&1)
	matches "answer to ip xfrm state add" "$warning" "$reason"
	lacks "SA of gwa" "$(ipn gwa xfrm state)" 'crypto offload'
	# The same inbound is taken.
	warning=$(eval "ipn gwa xfrm state add $(quoted in)" 2>&1)
	equal "answer to ip xfrm state add" "$warning" ''
	matches "SA of gwa" "$(ipn gwa xfrm state)" 'crypto offload.* dir in'
}

# The stack has come to refuse this itself, as an error.
case_if-id-in() {
	local answer status=0

	tunnel_down
	tunnel inx='if_id 7' outx='if_id 7'
	check_says 'interface id cannot be offloaded' dir in if-id 7
	answer=$(eval "ipn gwa xfrm state add $(quoted in)" 2>&1) || status=$?
	matches "answer to ip xfrm state add" "$answer" \
		'interface id cannot be offloaded|if_id is not supported'
	equal "exit code for $answer" "$status" \
		"$(case $answer in *if_id*) echo 2 ;; *) echo 0 ;; esac)"
	lacks "SAs of gwa" "$(ipn gwa xfrm state)" 'crypto offload'
	# What goes out may have one.
	answer=$(eval "ipn gwa xfrm state add $(quoted out)" 2>&1)
	equal "answer to ip xfrm state add" "$answer" ''
	matches "SA of gwa" "$(ipn gwa xfrm state)" 'crypto offload.* dir out'
}

# refused_wholly DIR PATTERN: the stack refuses the SA as an error.
refused_wholly() {
	local answer

	answer=$(eval "ipn gwa xfrm state add $(quoted "$1")" 2>&1) &&
		fail "should have been refused"
	matches "answer to ip xfrm state add" "$answer" "$2"
	equal "SAs of gwa" "$(ipn gwa xfrm state)" ''
}

case_tfcpad() {
	tunnel_down
	check_says 'Traffic flow padding' tfcpad 100
	tunnel outx='tfcpad 100'
	refused_wholly out 'TFC'
	# The sender's padding is none of the receiver's business.
	tunnel_up_stack outx='tfcpad 100'
	works
}

# tunnel_up_stack KEY=VALUE...: a tunnel without any offload.
tunnel_up_stack() {
	tunnel dev='' "$@"
	tunnel_up
}

case_ah() {
	tunnel_down
	modprobe ah4 2>/dev/null || skip "needs the module ah4"
	check_says 'Only ESP can be offloaded' proto ah auth 'hmac(sha256)'
	answer=$(ipn gwa xfrm state add src "${GWA[4]}" dst "${GWB[4]}" \
		proto ah spi 1 mode tunnel \
		auth 'hmac(sha256)' "0x$(printf '%064x' 1)" \
		offload dev esp0 dir out 2>&1) && fail "should have been refused"
	matches "answer to ip xfrm state add" "$answer" "doesn't support offload"
}

case_espintcp() {
	local reason='Of all encapsulations only ESP in UDP can be offloaded'
	local answer

	tunnel_down
	check_says "$reason" encap espintcp
	tunnel outx='encap espintcp 4500 4500 0.0.0.0'
	answer=$(eval "ipn gwa xfrm state add $(quoted out)" 2>&1) || {
		matches "answer to ip xfrm state add" "$answer" '[Uu]nsupported|not supported'
		skip "needs a kernel with ESP in TCP"
	}
	matches "answer to ip xfrm state add" "$answer" "$reason"
	lacks "SA of gwa" "$(ipn gwa xfrm state)" 'crypto offload'
}

case_check-accepts() {
	local dir mode key icv

	require espsimd
	for dir in in out; do
		for mode in tunnel transport; do
			for key in 128 192 256; do
				on gwa espsimd check dev esp0 --sa dir $dir \
					mode $mode key-bits $key
			done
		done
		for icv in 64 96 128; do
			on gwa espsimd check dev esp0 --sa dir $dir \
				family inet6 icv-bits $icv esn
		done
		on gwa espsimd check dev esp0 --sa dir $dir encap espinudp
	done
	on gwa espsimd check dev esp0
}

# Nothing that is not asked for in any other case is accepted by mistake.
case_check-knows-all() {
	require espsimd
	check_says 'Only transport and tunnel mode' mode iptfs
	check_says 'Only ESP' proto comp comp deflate
	check_says 'Compression' comp deflate
	check_says 'AES keys of 128, 192 or 256' key-bits 64
	check_says 'AES keys of 128, 192 or 256' key-bits 160
	check_says 'ICVs of 64, 96 or 128' icv-bits 32
	check_says 'ICVs of 64, 96 or 128' icv-bits 0
	check_says 'only ESP in UDP' encap espinudp-nonike
}

run_tests "$@"
