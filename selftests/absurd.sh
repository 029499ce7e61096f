#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Absurd netlink requests to all interfaces of the module: each is answered,
# none does harm, and a tunnel works before, during and after.
#
#	gwa (espsimd) ======== gwb (stock)

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-ipsec.sh
. "$(dirname -- "$0")/lib-ipsec.sh"

CASES=(generic-netlink generic-netlink-unprivileged links sas no-keys)

setup() {
	require ping python3
	pair one
	on gwb traffic server "$PORT"
	ipn gwa link add spare0 type veth peer name spare1
}

COUNT=$(pick 20000 3000)

works() {
	tunnel mode=transport
	tunnel_up
	settle_first
	ping_ok gwa "$TARGET"
	settle after
	agree gwa
}

absurd() {
	on gwa python3 "$SELFTESTS/absurd.py" "$@"
}

case_generic-netlink() {
	works
	absurd genl "$COUNT"
	[ -z "$(command -v espsimd)" ] ||
		on gwa espsimd dev set esp0 engine auto
	works
}

# Without privileges nothing can be changed, whatever is sent.
case_generic-netlink-unprivileged() {
	require setpriv jq espsimd
	on gwa espsimd dev set esp0 engine generic
	# The directory may not be readable for others: python gets the text.
	on gwa setpriv --reuid 65534 --regid 65534 --clear-groups \
		python3 - genl "$COUNT" <"$SELFTESTS/absurd.py"
	equal "engine" "$(on gwa espsimd -j dev show esp0 |
		jq -r '.[0].engine')" generic
	on gwa espsimd dev set esp0 engine auto
	works
}

case_links() {
	works
	absurd link $((COUNT / 20)) spare0
	equal "devices" "$(ipn gwa -br link show type espsimd | wc -l)" 1
	# The same over the device that already is a lower device.
	absurd link $((COUNT / 100)) eth0
	absurd link $((COUNT / 100)) esp0
	ping_ok gwa "$TARGET"
	works
}

case_sas() {
	works
	absurd sa $((COUNT / 4)) esp0
	equal "SAs" "$(ipn gwa xfrm state)" ''
	works
}

# No key and no part of one comes out of the module.
case_no-keys() {
	tunnel key=256
	tunnel_up
	absurd nokeys "$(key_hex 256 1)" "$(key_hex 256 2)"
	[ -z "$(command -v espsimd)" ] ||
		lacks "espsimd sa show" "$(on gwa espsimd -j sa show)" \
			"$(key_hex 256 1 | cut -c 3-18)"
}

run_tests "$@"
