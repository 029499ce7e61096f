#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Devices, SAs, namespaces and the module go while traffic runs. Nothing hangs,
# nothing is left behind, and what is set up anew works again.
#
#	hosta ---- gwa (espsimd) ======== gwb (espsimd) ---- hostb

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"
# shellcheck source-path=SCRIPTDIR source=lib-flood.sh
. "$(dirname -- "$0")/lib-flood.sh"

CASES=(device lower-device lower-moved link-down lower-down sa-flush
	feature-off namespace namespace-all module module-twice)

setup() {
	require ping
}

case_device() {
	local i

	build esn=yes
	for ((i = 0; i < $(pick 5 2); i++)); do
		ipn gwa link del esp0
		equal "offloaded SAs" "$(ipn gwa xfrm state)" ''
		device_back
		tunnel_new
	done
}

case_lower-device() {
	build esn=yes
	ipn gwa link del eth0
	refute ipn gwa link show esp0
	equal "SAs" "$(ipn gwa xfrm state)" ''
	# The other half of the veth is gone too, and its device with it.
	refute ipn gwb link show esp0
	equal "SAs of gwb" "$(ipn gwb xfrm state)" ''
}

# A device cannot follow its lower device into another namespace: it goes.
case_lower-moved() {
	build esn=yes
	ns elsewhere
	if ipn gwa link set eth0 netns "$(n elsewhere)"; then
		refute ipn gwa link show esp0
		ipn elsewhere link show eth0
		equal "SAs" "$(ipn gwa xfrm state)" ''
		ipn elsewhere link add esp0 link eth0 type espsimd
		ipn elsewhere link set esp0 up
	else
		device_back
		tunnel_new
	fi
	ns_del elsewhere
}

# The stack takes an offload device's SAs away when it goes down.
case_link-down() {
	local i

	build esn=yes
	for ((i = 0; i < $(pick 5 2); i++)); do
		ipn gwa link set esp0 down
		equal "SAs" "$(ipn gwa xfrm state)" ''
		device_back
		tunnel_new
	done
}

case_lower-down() {
	build esn=yes
	ipn gwa link set eth0 down
	device_back
	tunnel_new
}

case_sa-flush() {
	local i

	build esn=yes
	for ((i = 0; i < $(pick 8 3); i++)); do
		ipn gwa xfrm state flush
		ipn gwb xfrm state flush
		tunnel_new
	done
}

# An SA that was taken stays when the feature goes off, and must not keep the
# device from going.
case_feature-off() {
	build esn=yes
	set_feature gwa esp0 esp-hw-offload off
	ipn gwa link del esp0
	refute ipn gwa link show esp0
	device_back
	tunnel_new
}

case_namespace() {
	build esn=yes
	ns_del gwa
	ns_del gwb
	poll 10 no_devices
}

no_devices() {
	! ip -br link show type espsimd | grep -q .
}

# The namespaces go first, and what runs in them after.
case_namespace-all() {
	local name

	build esn=yes
	for name in gwa gwb hosta hostb; do
		ip netns del "$(n $name)"
		sed -i "/^$name\$/d" "$WORK/ns"
	done
	bg_end_all
}

# removed: rmmod either removes all devices or refuses; both are clean.
removed() {
	if rmmod espsimd 2>"$WORK/rmmod"; then
		refute ipn gwa link show esp0
		refute ipn gwb link show esp0
		lacks "SAs" "$(ipn gwa xfrm state)" 'crypto offload'
	else
		matches "rmmod" "$(<"$WORK/rmmod")" 'in use'
		ipn gwa link del esp0
		ipn gwb link del esp0
		rmmod espsimd
	fi
	[ ! -d /sys/module/espsimd ]
}

# The stack goes on with neither devices nor SAs, and all can come back.
module() {
	build esn=yes
	removed
	load_module
	ipn gwb link add esp0 link eth0 type espsimd
	ipb gwb <<-EOF
		addr add ${GWB[4]}/24 dev esp0
		link set esp0 up
		route replace ${NETA[4]} via ${GWA[4]}
	EOF
	device_back
	tunnel_new
}

case_module() {
	module
}

case_module-twice() {
	module
	removed
	load_module
}

run_tests "$@"
