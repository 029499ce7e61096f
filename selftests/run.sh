#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh [--core|--brief] [TEST[:CASE,CASE...]...]: runs these tests, or all, or
# with --core those that a slow kernel has time for, with --brief those that an
# emulated machine has time for. --crypto, --packet, --modes and --direct are parts
# of all: tests that are not about packet mode, those that are, the first in it,
# and those with policies left to the device. Tests with an IKE daemon, ike/DAEMON,
# are not part of all: they need a root file system that has it. --short-DAEMON is
# what differs most between its versions, --brief-strongswan what an emulated
# machine has time for.
# A test packet-NAME that is no file of its own is the test NAME in packet
# offload mode, and direct-NAME is the test NAME in packet offload mode with
# policies left to the device. Prints their TAP streams one after the other, each
# after a line `# selftests: NAME`, and a summary. Exits with non-zero if one failed,
# or if none could run.
# run.sh --list TEST...: prints the cases of these tests, as lines "TEST CASE".

set -uo pipefail
cd -- "$(dirname -- "$0")" || exit 1

# Seconds that a test may take before it counts as hanging.
limit=900
[ "${KSFT_MACHINE_SLOW:-no}" != yes ] || limit=1800

# Tests that run in both modes of offload; of those whose cases differ little in
# packet mode, some cases.
# shellcheck disable=SC2054 # The commas are between cases.
both_modes=(
	below:veth,bond-below,vxlan-through,lower-has-qdisc
	both
	capture:tunnel-4-4-no-no,transport-6-6-no-no,engines-mixed
	capture:removal-no-clear-text
	engines:auto,generic,switching
	forgery
	fragments
	gre:gre-4,gre-6,gretap-4,gre-4-natt
	kinds
	malformed
	many
	matrix
	offloads:gso-is-used,gro-is-used,udp-gso,udp-gso-natt,tso-off
	offloads:lower-sg-off,hosts-off
	order
	ownership:sendfile,zerocopy,udp-splice,transport,tapped,mirrored
	rekey
	removal
	sequence
	storm
	watch:events-sa,events-filter,events-expire,events-lost,top-rates
)

# Tests that run with policies left to the device, too.
# shellcheck disable=SC2054
direct_modes=(
	both
	matrix:tunnel-4-4,tunnel-4-6,tunnel-6-4-esn,tunnel-4-4-natt
	matrix:tunnel-6-4-esn-natt,transport-4-4,transport-4-4-natt
	offloads:gso-is-used,gro-is-used,udp-gso,tso-off
	order
	ownership:sendfile,zerocopy,transport,tapped
	packet-closed
	packet-flowpath:udp-4,udp-6,tcp-4,tcp-6,vlan,filtered-answers,nat,again
	packet-flowtable
	packet-lifetime
	packet-mtu
	rekey
	removal
	sequence
	storm:tunnel-4-4
)

# What depends most on the kernel that it runs on, and what looks for most of
# the driver's mistakes when the kernel looks for them too.
# shellcheck disable=SC2054 # The commas are between cases.
core=(
	kunit
	matrix:tunnel-4-4,tunnel-6-4-esn-natt,transport-4-4-natt,transport-6-6-esn
	engines:auto,avx512,generic,switching
	link:no-link,not-ethernet-lo,in-use-bridge,over-espsimd,other-namespace
	link:features,address,mtu,carrier,gro-restored,promisc,again-and-again
	refused:cbc-hmac,chacha,check-knows-all
	removal:device,lower-device,link-down,feature-off,namespace,module
	forgery:control,wrong-key,replay-64
	ownership:clear-held
	command:dev-show,sa-show,stats-agree,check,nothing-secret
	watch:events-link,events-sa,events-down,events-module,events-no-keys
	watch:top-rates,terminal,prometheus
	doctor:healthy,healthy-packet,not-asked,offload-flushed,sa-mode
	capture:tunnel-4-4-no-no
	move:tunnel-6-6-esn-no,transport-4-4-no-no,everything-kept,policy-refused
	move:fallback,interrupted
	move-window:esn
	packet-matrix:tunnel-4-4,tunnel-6-4-esn-natt,transport-4-4-esn
	packet-replay:edges-64,esn-b
	packet-policy:outside-selector,clear-text
	packet-closed:sa-deleted,outer-route-moved,device-down
	direct:other-policy,acquire,redirected,switched-under-traffic
	direct-packet-closed:device-down
	packet-flowpath:udp-4,filtered-answers
	packet-lifetime:out-packets,in-packets
	packet-removal:device,module
	takeover:everything,connection,tunnel,sas-lost,vlan
	storm:tunnel-4-4
	packet-storm:tunnel-4-6-natt
	faults:link-add,link-delete,sa-in,sa-out-packet,sa-update,policy-out
	faults:engine,mtu,feature,traffic,traffic-packet,module
)

# Life of devices, SAs, refusals and both directions of the data path: what a
# kernel of another version could break. A case takes half a minute there.
# shellcheck disable=SC2054
brief=(
	kunit
	matrix:tunnel-4-4,tunnel-6-4-esn-natt,transport-6-6-esn
	engines:auto,generic
	fpu
	link:no-link,over-espsimd,features,mtu,gro-restored
	refused:cbc-hmac
	removal:device,lower-device,module
	forgery:wrong-key
	command:sa-show,check
	watch:events-down,prometheus
	move:everything-kept,fallback
	takeover:everything,connection,tunnel
	packet-matrix:tunnel-4-4,transport-4-4-esn
	packet-closed:sa-deleted
	direct:stack-is-not-asked,other-policy
	packet-neighbour:stale-transport-4-natt
	packet-removal:device
)

# Tunnels by the IKE daemon of the suite, on a stock kernel.
# shellcheck disable=SC2054 # The commas are between cases.
brief_strongswan=(
	ike/strongswan:site-crypto-4,site-packet-4,nat-crypto-4
)

# What differs most between versions of the daemons, without what older ones do
# not have.
# shellcheck disable=SC2054
short_strongswan=(
	ike/strongswan:site-crypto-4,nat-crypto-4,site-auto,software-crypto
	ike/strongswan:remote-eap-crypto,mobike-crypto,killed-crypto
)
# shellcheck disable=SC2054
short_libreswan=(
	ike/libreswan:site-yes-4,site-yes-6,nat-yes-4,cbc,replace,killed
)

# find_test NAME[.sh]: sets TEST to its file's name, or to one that it would have;
# FILE to the file that there is, and MODE and DIRECTLY to what it is run with.
find_test() {
	TEST=${1%.sh}.sh
	FILE=$TEST MODE=crypto DIRECTLY=no
	if [ ! -e "$FILE" ] && [[ $TEST == direct-* ]]; then
		FILE=${TEST#direct-} MODE=packet DIRECTLY=yes
	fi
	if [ ! -e "$FILE" ] && [[ $FILE == packet-* ]]; then
		FILE=${FILE#packet-} MODE=packet
	fi
}

part=
case ${1:-} in
--list)
	shift
	for test in "$@"; do
		find_test "$test"
		[ ! -e "$FILE" ] || OFFLOAD=$MODE DIRECT=$DIRECTLY "./$FILE" -l |
			sed "s/^/${TEST%.sh} /"
	done
	exit
	;;
--core)
	shift
	set -- "${core[@]}" "$@"
	;;
--brief)
	shift
	set -- "${brief[@]}" "$@"
	;;
--brief-strongswan)
	shift
	set -- "${brief_strongswan[@]}" "$@"
	;;
--short-strongswan)
	shift
	set -- "${short_strongswan[@]}" "$@"
	;;
--short-libreswan)
	shift
	set -- "${short_libreswan[@]}" "$@"
	;;
--crypto | --packet | --modes | --direct)
	part=$1
	shift
	;;
esac
if [ $# -eq 0 ]; then
	for file in *.sh; do
		case $file in
		lib*.sh | run.sh) continue ;;
		packet-*) [[ -z $part || $part = --packet ]] || continue ;;
		direct.sh) [[ -z $part || $part = --direct ]] || continue ;;
		*) [[ -z $part || $part = --crypto ]] || continue ;;
		esac
		set -- "$@" "$file"
	done
	if [[ -z $part || $part = --modes ]]; then
		set -- "$@" "${both_modes[@]/#/packet-}"
	fi
	if [[ -z $part || $part = --direct ]]; then
		set -- "$@" "${direct_modes[@]/#/direct-}"
	fi
fi

# In a guest all hosts of a test share a processor, and TCP can put more into a
# veth link at once than the kernel lets wait by default. Tests compare what is
# sent with what arrives, so nothing may get lost in between.
if [ -n "${ESPSIMD_TARGET:-}" ]; then
	echo 100000 >/proc/sys/net/core/netdev_max_backlog
fi

passed=() failed=() skipped=()
for test in "$@"; do
	cases=()
	if [[ $test == *:* ]]; then
		IFS=, read -r -a cases <<<"${test#*:}"
		test=${test%%:*}
	fi
	find_test "$test"
	test=$TEST
	echo "# selftests: $test"
	start=$SECONDS
	seconds=$limit
	# All that is asked of a daemon is in one test.
	[[ $FILE != ike/* ]] || seconds=$((limit * 3))
	OFFLOAD=$MODE DIRECT=$DIRECTLY timeout -k 30 "$seconds" "./$FILE" \
		"${cases[@]}"
	status=$?
	case $status in
	0) passed+=("$test") ;;
	4) skipped+=("$test") ;;
	*) failed+=("$test") ;;
	esac
	if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
		echo "Bail out! $test did not end within $seconds s"
	fi
	echo "# selftests: $test: exit code $status, $((SECONDS - start)) s"
done

echo "# selftests: ${#passed[@]} passed, ${#failed[@]} failed," \
	"${#skipped[@]} skipped, $SECONDS s"
[ ${#failed[@]} -eq 0 ] || echo "# selftests: failed: ${failed[*]}"
[ ${#skipped[@]} -eq 0 ] || echo "# selftests: skipped: ${skipped[*]}"
[ ${#failed[@]} -eq 0 ] && [ ${#passed[@]} -gt 0 ]
