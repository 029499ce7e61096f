#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The espsimd device as a link: what it is refused on, how it follows its lower
# device, and that it gives it back as it was.
#
#	gwa                             gwb
#	  esp0 over eth0 ============== eth0

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "$0")/lib.sh"

CASES=(no-link missing-link not-ethernet-tun not-ethernet-lo
	not-ethernet-gre in-use-bridge in-use-bond in-use-espsimd
	over-espsimd loop other-namespace names netns-immutable
	features address address-below mtu mtu-below mtu-limits
	carrier down-below up-together gro-restored gro-kept-off
	lro-off addresses-lists promisc vlan-filter sa-survives-mtu
	unknown-attribute again-and-again many-devices)

setup() {
	ns gwa gwb
	ipn gwa link add eth0 type veth peer name eth0 netns "$(n gwb)"
	ipn gwb link set eth0 up
}

reset() {
	local dev

	for dev in esp0 esp1; do
		ipn gwa link del $dev 2>/dev/null || true
	done
	ipn gwa link set eth0 nomaster mtu 1500
	set_feature gwa eth0 gro on
}

# esp_add [DEV [NAME]]: a device over DEV.
esp_add() {
	ipn gwa link add link "${1:-eth0}" name "${2:-esp0}" type espsimd
}

esp_del() {
	ipn gwa link del dev "${1:-esp0}"
}

# refused NAME PATTERN: no device over NAME, for a reason that matches.
refused() {
	local answer

	answer=$(esp_add "$1" 2>&1) && fail "a device over $1 was not refused"
	matches "answer" "$answer" "$2"
	lacks "links" "$(ipn gwa -br link)" '^esp0'
}

# flags NAME: those of a link.
flags() {
	ipn gwa link show dev "$1" | grep -o '<[^>]*>'
}

# feature NAME FEATURE: "on", "off", with "[fixed]" if it is.
feature() {
	on gwa ethtool -k "$1" | sed -n "s/^\s*$2: //p"
}

# attribute NAME KEY: of ip link's output, the word after KEY.
attribute() {
	ipn gwa -d link show dev "$1" | grep -oE "(^| )$2 [^ ]+" |
		awk 'NR == 1 { print $2 }'
}

case_no-link() {
	local answer

	answer=$(ipn gwa link add esp0 type espsimd 2>&1) &&
		fail "a device without a link was not refused"
	matches "answer" "$answer" 'Error: .*[a-z]+ [a-z]+'
}

case_missing-link() {
	refute ipn gwa link add esp0 link nothere type espsimd
}

case_not-ethernet-tun() {
	ipn gwa tuntap add tun0 mode tun 2>/dev/null ||
		skip "needs tun devices"
	refused tun0 'Ethernet'
	ipn gwa link del tun0
}

case_not-ethernet-lo() {
	refused lo 'Ethernet|loopback'
}

case_not-ethernet-gre() {
	ipn gwa link add ipip1 type ipip local 192.0.2.1 remote 192.0.2.2 ||
		skip "needs ipip devices"
	refused ipip1 'Ethernet'
	ipn gwa link del ipip1
}

case_in-use-bridge() {
	ipn gwa link add br0 type bridge || skip "needs bridges"
	ipn gwa link set eth0 master br0
	refused eth0 'Error: .*[a-z]+ [a-z]+'
	ipn gwa link set eth0 nomaster
	# And the other way round: who has been taken cannot be a port.
	esp_add
	refute ipn gwa link set eth0 master br0
	esp_del
	ipn gwa link del br0
}

case_in-use-bond() {
	ipn gwa link add bond0 type bond || skip "needs bonds"
	ipn gwa link set eth0 down
	ipn gwa link set eth0 master bond0
	refused eth0 'Error: .*[a-z]+ [a-z]+'
	ipn gwa link set eth0 nomaster
	ipn gwa link del bond0
}

case_in-use-espsimd() {
	local answer

	esp_add
	answer=$(esp_add eth0 esp1 2>&1) && fail "eth0 was taken twice"
	matches "answer" "$answer" 'Error: .*[a-z]+ [a-z]+'
	esp_del
}

case_over-espsimd() {
	local answer

	esp_add
	ipn gwa link set esp0 up
	answer=$(esp_add esp0 esp1 2>&1) && fail "esp1 was made over esp0"
	matches "answer" "$answer" 'espsimd'
	# By way of a VLAN it may be, but goes with all that is below it.
	ipn gwa link add link esp0 name vlan5 type vlan id 5
	if esp_add vlan5 esp1 2>/dev/null; then
		ipn gwa link set vlan5 up
		ipn gwa link set esp1 up
	fi
	esp_del
	refute ipn gwa link show esp1
}

# A device cannot come to be below itself.
case_loop() {
	esp_add
	ipn gwa link add br0 type bridge || skip "needs bridges"
	ipn gwa link set esp0 master br0
	refute ipn gwa link set br0 master esp0
	refute ipn gwa link set eth0 master br0
	ipn gwa link del br0
	esp_del
}

# The lower device has to be in the same namespace.
case_other-namespace() {
	local answer

	answer=$(ipn gwa link add esp0 netns "$(n gwb)" link eth0 \
		type espsimd 2>&1) && fail "a device across namespaces"
	matches "answer" "$answer" 'Error: .*namespace'
	refute ipn gwb link show esp0
}

case_names() {
	esp_add eth0 a
	esp_del a
	esp_add eth0 fifteen-letters
	esp_del fifteen-letters
	refute esp_add eth0 eth0
	refute esp_add eth0 'a/b'
}

# It cannot leave the namespace of its lower device.
case_netns-immutable() {
	esp_add
	refute ipn gwa link set esp0 netns "$(n gwb)"
	matches "links" "$(ipn gwa -br link)" '^esp0'
	esp_del
}

case_features() {
	esp_add
	equal esp-hw-offload "$(feature esp0 esp-hw-offload)" on
	matches esp-tx-csum-hw-offload \
		"$(feature esp0 esp-tx-csum-hw-offload)" '^on'
	matches driver "$(on gwa ethtool -i esp0)" 'driver: espsimd'
	matches counters "$(on gwa ethtool -S esp0)" '^ *tx_ipsec: 0$'
	matches counters "$(on gwa ethtool -S esp0)" '^ *rx_ipsec: 0$'
	matches link "$(ipn gwa -d link show esp0)" 'espsimd'
	matches link "$(ipn gwa link show esp0)" 'esp0@eth0'
	set_feature gwa esp0 esp-hw-offload off
	equal esp-hw-offload "$(feature esp0 esp-hw-offload)" off
	set_feature gwa esp0 esp-hw-offload on
	equal esp-hw-offload "$(feature esp0 esp-hw-offload)" on
	esp_del
}

case_address() {
	esp_add
	equal "address of esp0" "$(attribute esp0 link/ether)" \
		"$(attribute eth0 link/ether)"
	ipn gwa link set esp0 address 02:00:00:00:aa:01
	equal "address of esp0" "$(attribute esp0 link/ether)" \
		02:00:00:00:aa:01
	esp_del
}

case_address-below() {
	esp_add
	ipn gwa link set esp0 up
	ipn gwa link set eth0 address 02:00:00:00:aa:02
	equal "address of esp0" "$(attribute esp0 link/ether)" \
		02:00:00:00:aa:02
	esp_del
}

case_mtu() {
	ipn gwa link set eth0 mtu 1400
	esp_add
	equal "MTU of esp0" "$(attribute esp0 mtu)" 1400
	esp_del
	ipn gwa link set eth0 mtu 9000
	esp_add
	equal "MTU of esp0" "$(attribute esp0 mtu)" 9000
	esp_del
	ipn gwa link set eth0 mtu 1500
}

case_mtu-below() {
	esp_add
	ipn gwa link set esp0 up
	ipn gwa link set eth0 mtu 1300
	equal "MTU of esp0" "$(attribute esp0 mtu)" 1300
	ipn gwa link set eth0 mtu 1500
	equal "MTU of esp0" "$(attribute esp0 mtu)" 1500
	esp_del
}

# Nothing is sent that does not fit below.
case_mtu-limits() {
	esp_add
	ipn gwa link set esp0 mtu 1280
	equal "MTU of esp0" "$(attribute esp0 mtu)" 1280
	if ipn gwa link set esp0 mtu 1501 2>/dev/null; then
		at_least "MTU of eth0" "$(attribute eth0 mtu)" 1501
		ipn gwa link set eth0 mtu 1500
	fi
	refute ipn gwa link set esp0 mtu 70000
	esp_del
}

carrier_is() {
	[ "$(on gwa cat /sys/class/net/esp0/carrier)" = "$1" ]
}

case_carrier() {
	esp_add
	ipn gwa link set esp0 up
	poll 5 carrier_is 1
	ipn gwb link set eth0 down
	poll 5 carrier_is 0
	ipn gwb link set eth0 up
	poll 5 carrier_is 1
	esp_del
}

case_up-together() {
	ipn gwa link set eth0 down
	esp_add
	ipn gwa link set esp0 up
	matches "flags of eth0" "$(flags eth0)" '[<,]UP[,>]'
	esp_del
}

is_down() {
	! matches_up
}

matches_up() {
	flags esp0 | grep -qE '[<,]LOWER_UP[,>]'
}

case_down-below() {
	esp_add
	ipn gwa link set esp0 up
	poll 5 matches_up
	ipn gwa link set eth0 down
	poll 5 is_down
	ipn gwa link set esp0 down
	ipn gwa link set esp0 up
	poll 5 matches_up
	esp_del
}

case_gro-restored() {
	set_feature gwa eth0 gro on
	esp_add
	equal "GRO of eth0" "$(feature eth0 generic-receive-offload)" off
	equal "GRO of esp0" "$(feature esp0 generic-receive-offload)" on
	esp_del
	equal "GRO of eth0" "$(feature eth0 generic-receive-offload)" on
}

# What was off before is not switched on.
case_gro-kept-off() {
	set_feature gwa eth0 gro off
	esp_add
	esp_del
	equal "GRO of eth0" "$(feature eth0 generic-receive-offload)" off
	set_feature gwa eth0 gro on
	esp_add
	esp_del
	equal "GRO of eth0" "$(feature eth0 generic-receive-offload)" on
}

# A device that merges frames itself may not do so below; few can, even in name.
case_lro-off() {
	local lro

	ipn gwa link add team0 type dummy 2>/dev/null ||
		skip "needs dummy devices"
	esp_add team0
	lro=$(feature team0 large-receive-offload)
	matches "LRO of the lower device" "$lro" '^off'
	esp_del
	ipn gwa link del team0
}

# lower_maddr PATTERN: the lower device listens to such an address.
lower_maddr() {
	ipn gwa maddr show dev eth0 | grep -qiE "$1"
}

lower_maddr_gone() {
	! lower_maddr "$1"
}

case_addresses-lists() {
	esp_add
	ipn gwa link set esp0 up
	ipn gwa maddr add 01:00:5e:00:00:77 dev esp0
	poll 5 lower_maddr 01:00:5e:00:00:77
	ipn gwa addr add 2001:db8:ff::77/64 dev esp0 nodad
	# The solicited-node group of that address.
	poll 5 lower_maddr 33:33:ff:00:00:77
	ipn gwa maddr del 01:00:5e:00:00:77 dev esp0
	poll 5 lower_maddr_gone 01:00:5e:00:00:77
	esp_del
	poll 5 lower_maddr_gone 33:33:ff:00:00:77
}

promiscuity_is() {
	[ "$(attribute eth0 promiscuity)" = "$1" ]
}

case_promisc() {
	local was

	esp_add
	ipn gwa link set esp0 up
	was=$(attribute eth0 promiscuity)
	ipn gwa link set esp0 promisc on
	poll 5 promiscuity_is $((was + 1))
	ipn gwa link set esp0 promisc off
	poll 5 promiscuity_is "$was"
	ipn gwa link set esp0 allmulticast on
	ipn gwa link set esp0 promisc on
	esp_del
	poll 5 promiscuity_is 0
}

# VLANs above have their identifiers registered below.
case_vlan-filter() {
	esp_add
	ipn gwa link set esp0 up
	ipn gwa link add link esp0 name vlan7 type vlan id 7
	ipn gwa link set vlan7 up
	equal "MTU of the VLAN" "$(attribute vlan7 mtu)" 1500
	esp_del
	refute ipn gwa link show vlan7
}

# A change of the MTU is no reason to lose SAs; going down is, in any driver.
case_sa-survives-mtu() {
	local key

	key=0x$(printf '%040x' 5)
	esp_add
	ipn gwa addr add 198.51.100.1/24 dev esp0
	ipn gwa link set esp0 up
	ipn gwa xfrm state add src 198.51.100.1 dst 198.51.100.2 proto esp \
		spi 1 mode tunnel aead 'rfc4106(gcm(aes))' "$key" 128 \
		offload dev esp0 dir out
	ipn gwa link set eth0 mtu 1400
	matches "SAs" "$(ipn gwa xfrm state)" 'crypto offload'
	ipn gwa link set esp0 down
	equal "SAs after the device went down" "$(ipn gwa xfrm state)" ''
	ipn gwa link set eth0 mtu 1500
	esp_del
}

case_unknown-attribute() {
	refute ipn gwa link add esp0 link eth0 type espsimd engine avx512
	lacks "links" "$(ipn gwa -br link)" '^esp0'
}

case_again-and-again() {
	local i

	for ((i = 0; i < $(pick 200 30); i++)); do
		echo "link add esp0 link eth0 type espsimd"
		echo "link set esp0 up"
		echo "link del esp0"
	done | ip -n "$(n gwa)" -batch -
	lacks "links" "$(ipn gwa -br link)" '^esp0'
}

case_many-devices() {
	local i count

	count=$(pick 100 20)
	for ((i = 0; i < count; i++)); do
		echo "link add many$i type veth peer name manypeer$i"
		echo "link add esp$i link many$i type espsimd"
		echo "link set esp$i up"
	done | ip -n "$(n gwa)" -batch -
	equal "devices" "$(ipn gwa -br link show type espsimd | wc -l)" "$count"
	# All of them go with their lower devices.
	for ((i = 0; i < count; i++)); do
		echo "link del manypeer$i"
	done | ip -n "$(n gwa)" -batch -
	equal "devices" "$(ipn gwa -br link show type espsimd | wc -l)" 0
}

run_tests "$@"
