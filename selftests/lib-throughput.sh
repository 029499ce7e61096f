# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# How fast one way between the hosts of lib-ipsec.sh is compared with another.
# Sourced after that.

ROUNDS=$(pick 7 3)
THROUGHPUT_BYTES=$(pick 100000000 1000000)

# transfer_time: microseconds that TCP takes from hosta to hostb and back.
transfer_time() {
	local start=${EPOCHREALTIME/[.,]/}

	on hosta traffic tcp "${HOSTB[4]}" "$PORT" "$THROUGHPUT_BYTES" \
		"$THROUGHPUT_BYTES" >/dev/null
	echo $((${EPOCHREALTIME/[.,]/} - start))
}

# stock_has_vectors: the stack's own AES-GCM, once there is an SA, is the best that
# the kernel has for the processor. A user-mode kernel has only generic code, and
# anything is faster than that.
stock_has_vectors() {
	awk '$1 == "name" { name = $3 }
		$1 == "driver" && name == "rfc4106(gcm(aes))" {
			found = $3 ~ /aesni|vaes/
			exit
		} END { exit !found }' /proc/crypto
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# carry PROTO stock|crypto|packet: transport mode for that protocol, with the SAs of
# gwa in the stack or in its device. Those of gwb stay where they are.
carry() {
	local where=offload=$2

	[ "$2" != stock ] || where=dev=
	tunnel mode=transport proto="$1" "$where"
	tunnel_up
}

# as_fast_as_stock PROTO COMMAND...: what the command sets up on top of that
# protocol is as fast in both modes of offload as with the stack. They take turns,
# so that whatever else the machine does slows all of them, and medians are
# compared. From run to run these differ by a tenth, so a fifth is left to chance.
as_fast_as_stock() {
	local round way proto=$1 ways=(stock crypto packet) slow fast
	shift

	carry "$proto" stock
	stock_has_vectors ||
		skip "the stack's AES-GCM is generic: make bench-tunnels"
	"$@"
	for ((round = 0; round < ROUNDS; round++)); do
		for way in "${ways[@]}"; do
			carry "$proto" "$way"
			ping_ok hosta "${HOSTB[4]}"
			transfer_time >>"$WORK/times.$way"
		done
	done
	slow=$(median <"$WORK/times.stock")
	for way in "${ways[@]}"; do
		fast=$(median <"$WORK/times.$way")
		echo "figure: $*, $way: $((THROUGHPUT_BYTES * 16 / fast)) Mbit/s," \
			"$((slow * 100 / fast)) % of stock"
		rm "$WORK/times.$way"
		[ $((slow * 100)) -ge $((fast * 80)) ] ||
			fail "$way takes $fast us, stock takes $slow us"
	done
}
