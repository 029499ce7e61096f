#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# rootfs.sh SUITE|DAEMON-SUITE|tools: prints the path of a root file system of
# that Debian suite, made by mmdebstrap when the cache has none for the suite's
# newest kernel and for the package list. DAEMON-SUITE is one with an IKE daemon
# of the suite, strongswan or libreswan, which cannot be installed together;
# "tools" is the one with qemu.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

[ $# -eq 1 ] || die "usage: rootfs.sh SUITE|DAEMON-SUITE|tools"

# wanted_packages FILE: the packages of a list, comma separated.
wanted_packages() {
	sed 's/#.*//' "$1" | tr -s ' \n' ',' | sed 's/^,//; s/,$//'
}

# The kernel's hooks would make an initial RAM disk, which nothing here boots.
# The other hooks are expanded by mmdebstrap's shell.
# shellcheck disable=SC2016
build_rootfs() {
	local dir=$1 suite=$2 packages=$3

	need_root "making a root file system"
	need_tool mmdebstrap mmdebstrap
	mmdebstrap --variant=minbase --mode=root --components=main \
		--include="$(wanted_packages "$packages")" \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		--aptopt='Acquire::Retries "3"' \
		--dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/etc/kernel/postinst.d/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook='mkdir -p "$1/espsimd" "$1/espsimd-build" "$1/guest"' \
		"$suite" "$dir/root" "$(debian_mirror)"
	# mmdebstrap leaves the mode of its parent's creator; guests need 0755.
	chmod 755 "$dir/root"
}

lists=$TOP/scripts/rootfs
name=rootfs-$1
suite=$1
packages=$lists/packages
witnesses=(linux-image-amd64)
case $1 in
tools)
	suite=$TOOLS_SUITE
	packages=$lists/packages.tools
	witnesses=(qemu-system-x86)
	;;
strongswan-* | libreswan-*)
	daemon=${1%%-*}
	suite=${1#*-}
	packages=$CACHE/$name.packages
	witnesses=("$daemon")
	parts=("$lists/packages.ike" "$lists/packages.$daemon")
	# The module does not know the kernels of older suites.
	if [ "$suite" != bookworm ]; then
		parts+=("$lists/packages.kernel")
		witnesses+=(linux-image-amd64)
	fi
	cat "${parts[@]}" >"$packages.$$"
	mv "$packages.$$" "$packages"
	;;
esac

apt_refresh "$suite"
versions=()
for witness in "${witnesses[@]}"; do
	version=$(newest_version "$suite" "$witness")
	[ -z "$version" ] || versions+=("$witness" "$version")
done
if [ ${#versions[@]} -eq 0 ]; then
	cache_newest "$name"
else
	key=$({ declare -f build_rootfs wanted_packages
		printf '%s\n' "$suite" "${versions[@]}"
	} | hash_of - "$packages")
	cache_item "$name" "$key" build_rootfs "$suite" "$packages"
fi
printf '%s\n' "$ITEM/root"
