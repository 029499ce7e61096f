#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command espsimd: what it shows agrees with what `ip`, `ethtool` and the
# counters say, and its answers are ones that scripts can rely on.
#
#	hosta ---- gwa (espsimd) ======== gwb (stock) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(version help unknown dev-show dev-show-none sa-show sa-show-natt
	stats-show stats-agree check check-without-module-parts
	nothing-secret)

setup() {
	require espsimd jq ping
	gateways one
}

cmd() {
	on gwa espsimd "$@"
}

case_version() {
	matches "version" "$(cmd -V)" 'espsimd'
}

case_help() {
	local object

	matches "help" "$(cmd help 2>&1)" '^Usage: espsimd'
	for object in dev sa stats check flowpath monitor top; do
		matches "help of $object" "$(cmd $object help 2>&1)" \
			"espsimd .*$object"
	done
}

case_unknown() {
	refute cmd nothing
	refute cmd dev nothing
	refute cmd dev show nothere
	refute cmd stats show lo
	refute cmd -x
	refute cmd dev set esp0
}

case_dev-show() {
	local dev

	tunnel
	tunnel_up
	dev=$(cmd -j dev show esp0)
	equal "number of devices" "$(jq length <<<"$dev")" 1
	equal "engine" "$(jq -r '.[0].engine' <<<"$dev")" auto
	equal "inbound SAs" "$(jq -r '.[0]."sa-in"' <<<"$dev")" 1
	equal "outbound SAs" "$(jq -r '.[0]."sa-out"' <<<"$dev")" 1
	equal "all devices and the one" "$(cmd -j dev show)" "$dev"
	matches "text" "$(cmd dev show esp0)" 'esp0@eth0: engine auto'
	tunnel_down
	equal "inbound SAs" "$(cmd -j dev show | jq -r '.[0]."sa-in"')" 0
}

case_dev-show-none() {
	equal "devices of hosta" "$(on hosta espsimd -j dev show | jq -c .)" '[]'
}

# field DIRECTION NAME: of the SA of that direction.
field() {
	cmd -j sa show dev esp0 |
		jq -r ".[] | select(.direction == \"$1\") | .\"$2\""
}

case_sa-show() {
	tunnel outer=6 inner=4 esn=yes key=256 icv=96 mode=tunnel
	tunnel_up
	settle_first
	ping_ok hosta "$TARGET"
	settle after
	equal "number of SAs" "$(cmd -j sa show | jq length)" 2
	equal spi "$(($(field out spi)))" "$((SPI_AB))"
	equal source "$(field out saddr)" "${GWA[6]}"
	equal destination "$(field in daddr)" "${GWA[6]}"
	equal mode "$(field in mode)" tunnel
	equal reqid "$(field in reqid)" 1
	equal algorithm "$(field in alg)" 'rfc4106(gcm(aes))'
	equal key "$(field in key-bits)" 256
	equal ICV "$(field out icv-bits)" 96
	equal ESN "$(field out esn)" true
	equal encapsulation "$(field out encap)" null
	matches engine "$(field out engine-active)" '^(avx512|avx2|aesni)$'
	equal "packets out" "$(field out packets)" \
		"$(val after gwa "sa.$SPI_AB.packets")"
	equal "packets in" "$(field in packets)" \
		"$(val after gwa "sa.$SPI_BA.packets")"
	equal "fallback" "$(field in fallback)" 0
	equal "errors" "$(field in errors)" 0
	matches "text" "$(cmd sa show)" "src ${GWA[6]} dst ${GWB[6]}"
	matches "text" "$(cmd sa show)" 'key-bits 256 icv-bits 96 esn'
}

case_sa-show-natt() {
	tunnel natt=yes inx='mark 7 mask 0xff'
	tunnel_up
	matches encapsulation "$(field out encap)" 'espinudp|2'
	equal port "$(field out encap-sport)" 4500
	equal mark "$(($(field in mark)))" 7
	equal mask "$(($(field in mark-mask)))" 255
}

case_stats-show() {
	local name

	# What is counted is told in words, every counter of it.
	matches "text" "$(cmd stats show esp0)" \
		'tx-ipsec +[0-9]+ +[A-Z][a-z]+ .*[.]$'
	for name in $(on gwa ethtool -S esp0 | sed -n 's/^ *\(.*\): .*/\1/p'); do
		matches "text" "$(cmd stats show esp0)" \
			"${name//_/[-_]} +[0-9]+ +[A-Z]"
	done
}

# The same numbers by ethtool and by the command.
ethtool_counters() {
	on gwa ethtool -S esp0 | sed -n 's/^ *\([rt]x_[a-z0-9_]*\): /\1 /p' | sort
}

# Neighbours are looked for at any time, so that a reading counts only if
# nothing was counted meanwhile.
case_stats-agree() {
	local before shown i

	tunnel
	tunnel_up
	settle_first
	ping_ok hosta "$TARGET"
	settle after
	for ((i = 0; i < 20; i++)); do
		before=$(ethtool_counters)
		shown=$(cmd -j stats show esp0 | jq -r '.[0] | to_entries[] |
			select(.key | test("^(rx|tx)-")) | "\(.key) \(.value)"' |
			tr - _ | sort)
		[ "$(ethtool_counters)" != "$before" ] || break
	done
	equal "counters" "$shown" "$before"
}

case_check() {
	local findings

	findings=$(cmd -j check dev esp0)
	matches "findings" "$(jq -r '.[] | tostring' <<<"$findings")" 'esp0'
	equal "exit code" "$(cmd check >/dev/null; echo $?)" 0
}

# Without the feature, or without anything, the check says what is wrong.
case_check-without-module-parts() {
	local answer

	set_feature gwa esp0 esp-hw-offload off
	answer=$(cmd check dev esp0) && fail "all is well without the feature"
	matches "answer" "$answer" 'esp-hw-offload'
	set_feature gwa esp0 esp-hw-offload on
	answer=$(cmd check dev lo) && fail "all is well with lo"
	cmd check dev esp0
}

case_nothing-secret() {
	local key

	tunnel key=256
	tunnel_up
	key=$(key_hex 256 1)
	for words in 'sa show' '-j sa show' 'dev show' 'stats show' 'check'; do
		# shellcheck disable=SC2086 # These are words.
		lacks "$words" "$(cmd $words)" "${key:2:12}|${key:(-8)}"
	done
	lacks "kernel log" "$(dmesg)" "${key:2:12}"
	lacks "ethtool" "$(on gwa ethtool -S esp0; on gwa ethtool -i esp0)" \
		"${key:2:12}"
}

run_tests "$@"
