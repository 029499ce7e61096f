# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Counters that show whether packets really went the way that a measurement is
# about; sourced by path-guest.sh.

# What was counted when the variant's turn ended, by variant and number of SAs;
# since then it was idle.
declare -A OPENED SIMD PASSED

# opened: how many packets gateway B decrypted from A, of the first, the middle
# and the last SA.
opened() {
	local numbers=(0 $((S / 2)) $((S - 1))) i

	[ "$S" -gt 1 ] || numbers=(0)
	for i in "${numbers[@]}"; do
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

# before: remembers what is counted.
before() {
	! protected || OPENED[$V.$S]=$(opened)
	! offloaded || SIMD[$V.$S]=$(simd)
	! flowtable || PASSED[$V.$S]=$(passed)
}

# since OLD NEW: sets COUNTED to the differences of two lists.
since() {
	local old new i

	mapfile -t old <<<"$1"
	mapfile -t new <<<"$2"
	COUNTED=()
	for i in "${!new[@]}"; do
		COUNTED+=($((new[i] - old[i])))
	done
}

# after LEAST: since before, or the last time, at least so many packets have to
# have gone from A to B, in the way that the variant is about.
after() {
	local old number

	if protected; then
		old=${OPENED[$V.$S]}
		OPENED[$V.$S]=$(opened)
		since "$old" "${OPENED[$V.$S]}"
		for number in "${COUNTED[@]}"; do
			[ "$number" -ge $(($1 / S)) ] ||
				die "$V: of $(($1 / S)) packets by an SA: ${COUNTED[*]}"
		done
	fi
	if offloaded; then
		old=${SIMD[$V.$S]}
		SIMD[$V.$S]=$(simd)
		since "$old" "${SIMD[$V.$S]}"
		for number in "${COUNTED[@]}"; do
			[ $((number * 100)) -ge $(($1 * 99)) ] ||
				die "$V: of $1 packets sealed and opened by SIMD: ${COUNTED[*]}"
		done
	fi
	if flowtable; then
		old=${PASSED[$V.$S]}
		PASSED[$V.$S]=$(passed)
		since "$old" "${PASSED[$V.$S]}"
		for number in "${COUNTED[@]}"; do
			[ $((number * 100)) -le "$1" ] ||
				die "$V: of $1 packets not by the flow tables: ${COUNTED[*]}"
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
