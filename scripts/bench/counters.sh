# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Counters that show whether packets really went the way that a measurement is
# about; sourced by path-guest.sh.

declare -a OPENED SIMD PASSED

# opened: how many packets gateway B decrypted from A, of the first, the middle
# and the last SA.
opened() {
	local i

	for i in 0 $((S / 2)) $((S - 1)); do
		ip -n "$V.$S-gwb" -s xfrm state get src "$A" dst "$B" proto esp \
			spi $((SPI_AB + i))
	done | sed -n 's/.* \([0-9][0-9]*\)(packets)$/\1/p'
}

# simd: packets that gateway A sealed, and that gateway B opened, by SIMD.
simd() {
	on gwa ethtool -S esp0 | awk '$1 == "tx_simd:" { print $2 }'
	on gwb ethtool -S esp0 | awk '$1 == "rx_simd:" { print $2 }'
}

# passed: packets that no flow table kept from the long way, at A and at B.
passed() {
	local name

	for name in gwa gwb; do
		on "$name" nft list counter inet bench passed |
			awk '$1 == "packets" { print $2 }'
	done
}

# before / after LEAST: between them at least so many packets have to have gone
# from A to B, in the way that the variant is about.
before() {
	! protected || mapfile -t OPENED < <(opened)
	! offloaded || mapfile -t SIMD < <(simd)
	! flowtable || mapfile -t PASSED < <(passed)
}

after() {
	local now i

	if protected; then
		mapfile -t now < <(opened)
		for i in 0 1 2; do
			[ $((now[i] - OPENED[i])) -ge $(($1 / S)) ] ||
				die "$V: $((now[i] - OPENED[i])) packets came by an SA, of $(($1 / S))"
		done
	fi
	if offloaded; then
		mapfile -t now < <(simd)
		for i in 0 1; do
			[ $(((now[i] - SIMD[i]) * 100)) -ge $(($1 * 99)) ] ||
				die "$V: of $1 packets SIMD sealed $((now[0] - SIMD[0])) and opened $((now[1] - SIMD[1]))"
		done
	fi
	if flowtable; then
		mapfile -t now < <(passed)
		for i in 0 1; do
			[ $(((now[i] - PASSED[i]) * 100)) -le "$1" ] ||
				die "$V: of $1 packets $((now[0] - PASSED[0])) and $((now[1] - PASSED[1])) went by the flow tables of the gateways"
		done
	fi
}

# check_sas: all SAs are in use.
check_sas() {
	local used

	used=$(ip -n "$V.$S-gwb" -s xfrm state list src "$A" |
		grep -c ' [1-9][0-9]*(packets)$')
	[ "$used" -eq "$S" ] || die "$V: $used of $S SAs are in use"
}

# check_flows NUMBER: so many flows are in the flow tables.
check_flows() {
	local name number

	for name in gwa gwb; do
		number=$(on "$name" python3 scripts/bench/flows.py)
		[ "$number" -ge "$1" ] ||
			die "$V: $number of $1 flows are in the flow table of $name"
	done
}

# crypto_drivers NAME: the drivers of an algorithm, by falling priority.
crypto_drivers() {
	awk -v name="$1" '
		$1 == "name" { is = ($3 == name) }
		is && $1 == "driver" { driver = $3 }
		is && $1 == "priority" { print $3, driver }
	' /proc/crypto | sort -rn | cut -d' ' -f2
}

# check_stock: stock ESP uses the kernel's best AES-GCM and nothing else.
check_stock() {
	local best used

	best=$(crypto_drivers 'rfc4106(gcm(aes))' | head -n 1)
	[[ $best = rfc4106-gcm-* ]] ||
		die "the kernel's x86 AES-GCM is not there, but: $best"
	used=$(crypto_drivers 'seqiv(rfc4106(gcm(aes)))')
	[ "$used" = "seqiv($best)" ] || die "stock ESP uses $used, not $best"
	echo "driver $best" >>"$DIR/facts"
}

# check_engine: espsimd devices use SIMD.
check_engine() {
	local engine

	engine=$(on gwa espsimd sa show | grep -o 'engine [a-z0-9]*' | sort -u)
	[[ $engine = engine\ a[ev]* ]] || die "$V: the SAs have: $engine"
	echo "$V: $engine"
}
