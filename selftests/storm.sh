#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All that can happen to a gateway, in an order that nobody has thought of: in
# every round something is changed while something else disturbs it, and traffic
# runs. Whatever it was, the tunnel comes up again; after the last round it loses
# nothing. The order follows from STORM_SEED, and is printed; there are
# STORM_ROUNDS rounds.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-flood.sh
. "$(dirname -- "$0")/lib-flood.sh"

CASES=(tunnel-4-4 tunnel-4-6-natt transport-4)

# Less than the processor can stand, so that there is time for the rest.
FLOOD=0.01
SEED=${STORM_SEED:-1}
ROUNDS=${STORM_ROUNDS:-$(pick 10 4)}

# What is changed in a round. The tunnel may be gone after those of the second
# kind.
# shellcheck disable=SC2034 # By draw.
HARMLESS=(engine mtu offloads modes update processors nothing)
# shellcheck disable=SC2034
HARMFUL=(flush_states flush_policies device link lower carrier feature)
# What goes on beside it.
NOISES=(readers sas namespaces lossy feature_flaps silence)

setup() {
	require ping espsimd jq tc
}

# draw NAME VALUE...: sets the variable to one of the values. Not in a subshell:
# what is drawn there would be drawn again.
draw() {
	local -n drawn=$1
	shift
	shift $((RANDOM % $#))
	# shellcheck disable=SC2034 # It is the caller's.
	drawn=$1
}

# ---- changes ----

change_engine() {
	local engine

	draw engine avx512 avx2 aesni generic
	# One that the processor does not have is refused.
	on gwa espsimd dev set esp0 engine "$engine" || true
}

change_mtu() {
	local mtu

	draw mtu 1280 1300 1420 1499 1500 2000
	ipn gwa link set esp0 mtu "$mtu"
}

change_offloads() {
	local feature

	draw feature gro gso tso sg tx-checksumming tx-esp-segmentation
	set_feature gwa esp0 "$feature" off
}

change_modes() {
	ipn gwa link set esp0 promisc on
	ipn gwa link set esp0 allmulticast on
	ipn gwa link set esp0 address "02:00:00:00:00:0$((1 + RANDOM % 9))"
	ipn gwa link set esp0 promisc off
	ipn gwa link set esp0 allmulticast off
}

# The kernel does not take an update of every SA.
change_update() {
	echo "xfrm state update $(sa_words a in) limit packet-soft 100000" |
		ipb gwa || true
}

change_processors() {
	local cpu

	for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
		[ -w "$cpu" ] || continue
		echo 0 >"$cpu"
		echo 1 >"$cpu"
	done
}

change_nothing() {
	:
}

change_flush_states() {
	ipn gwa xfrm state flush
}

change_flush_policies() {
	ipn gwa xfrm policy flush
}

change_device() {
	ipn gwa link del esp0
}

change_link() {
	ipn gwa link set esp0 down
}

change_lower() {
	ipn gwa link set eth0 down
}

# The carrier goes on this side, and the link on the other.
change_carrier() {
	ipn gwb link set eth0 down
	ipn gwb link set eth0 up
}

change_feature() {
	set_feature gwa esp0 esp-hw-offload off
}

# ---- disturbances ----

# Each may find no device, no SA or no policy where there was one.
noise_readers() {
	local i

	for ((i = 0; i < 2; i++)); do
		on gwa espsimd -j stats
		on gwa espsimd -j sa show
		on gwa espsimd -j dev show
		on gwa ethtool -S esp0
		ipn gwa -s xfrm state
		ipn gwa -s xfrm policy
	done >/dev/null 2>&1 || true
}

# Several processes add and delete SAs, and each also those of another one.
noise_sas() {
	local i pids=()

	for i in 0 20 40; do
		{
			sa_lines add "$i" $((i + 40))
			sa_lines delete $((i + 20)) $((i + 60))
		} >"$WORK/sas.$i"
	done
	for i in 0 20 40; do
		ip -n "$(n gwa)" -force -batch "$WORK/sas.$i" >/dev/null 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || true
	done
}

# A namespace with a device, a tunnel and what it has opened goes as a whole.
noise_namespaces() {
	ns other
	ipb other <<-EOF
		link add eth0 type veth peer name eth1
		link add esp0 link eth0 type espsimd
		link set eth1 up
		link set esp0 up
		xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 7 mode tunnel aead rfc4106(gcm(aes)) $(key_hex 128 3) 128 $(offload_words) dev esp0 dir out
	EOF
	ns_del other
}

# Frames are lost, come twice, late and broken.
noise_lossy() {
	on gwb tc qdisc replace dev eth0 root netem loss 3% duplicate 3% \
		delay 2ms 1ms corrupt 1%
	sleep 0.5
	on gwb tc qdisc del dev eth0 root
}

noise_feature_flaps() {
	local i

	for ((i = 0; i < 3; i++)); do
		on gwa ethtool -K esp0 gro off tso off sg off
		on gwa ethtool -K esp0 gro on tso on sg on
	done >/dev/null 2>&1 || true
}

noise_silence() {
	:
}

# ---- rounds ----

# mend: puts all back that a change may have taken.
mend() {
	device_back
	ipn gwa link set esp0 mtu 1500
	ipb gwb <<-EOF
		addr replace ${GWB[6]}/64 dev esp0 nodad
		link set esp0 up
		route replace ${NETA[4]} via ${GWA[4]}
		route replace ${NETA[6]} via ${GWA[6]}
	EOF
	on gwa ethtool -K esp0 gro on gso on tso on sg on tx-checksumming on \
		esp-hw-offload on tx-esp-segmentation on >/dev/null
	on gwa espsimd dev set esp0 engine auto
	poll 10 no_tentative gwb
	tunnel_new
}

# round: one change beside one disturbance, with traffic before and after.
round() {
	local noise change disturber kind

	draw noise "${NOISES[@]}"
	draw kind HARMLESS HARMFUL
	local -n changes=$kind
	draw change "${changes[@]}"
	echo "round $1: $change beside $noise"
	"noise_$noise" &
	disturber=$!
	"change_$change"
	[ "$kind$noise" != HARMLESSsilence ] || poll 20 flowing
	wait "$disturber" || fail "disturbance $noise"
	mend
}

# storm TUNNEL...: all rounds, and then a tunnel that is as good as new.
storm() {
	local i

	RANDOM=$SEED
	echo "STORM_SEED=$SEED STORM_ROUNDS=$ROUNDS"
	build "$@"
	for ((i = 1; i <= ROUNDS; i++)); do
		round "$i"
	done
	bg_end_all
	# The counters are looked at by the SPIs of the first one.
	T[gen]=0
	tunnel_up
	settle_first
	ping_ok "$CLIENT" "$TARGET"
	on "$CLIENT" traffic udp "$TARGET" $PORT 1000 1300 100
	on "$CLIENT" traffic tcp "$TARGET" $PORT 500000 500000
	settle after
	agree gwa
	agree gwb
}

case_tunnel-4-4() {
	storm esn=yes
}

case_tunnel-4-6-natt() {
	storm inner=6 natt=yes
}

case_transport-4() {
	storm mode=transport
}

run_tests "$@"
