#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# deps.sh [bench]: installs the Debian packages that building and testing on the
# host needs, and those of the benchmark of the path. "deps.sh deb" installs
# those that building packages needs, and no others. Does nothing, quickly, when
# all of them are there.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

packages=(
	# Guests' root file systems and kernels.
	mmdebstrap debian-archive-keyring xz-utils rsync kmod
	gcc libc6-dev make flex bison bc perl libelf-dev
	# The command, the engine's tests and their oracles.
	pkg-config libmnl-dev libjson-c-dev zlib1g-dev libssl-dev
	libipsec-mb-dev python3-cryptography-vectors clang libclang-rt-dev valgrind
	# Checks.
	shellcheck groff-base git jq python3 python3-yaml python3-jsonschema
)
case ${1:-} in
'') ;;
bench) packages+=(python3-matplotlib) ;;
deb)
	packages=(build-essential debhelper dh-dkms rsync pkg-config
		libmnl-dev libjson-c-dev zlib1g-dev)
	;;
*) die "deps.sh: there is no $1" ;;
esac

missing=()
for package in "${packages[@]}"; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

need_root "installing ${missing[*]}"
msg "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install=(apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300
	install --no-install-recommends --yes "${missing[@]}")
# The index may be missing or old on a fresh machine.
if ! "${install[@]}" >/dev/null 2>&1; then
	apt-get -qq -o DPkg::Lock::Timeout=300 update
	"${install[@]}" >/dev/null
fi
