#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kernel-source.sh [SUITE]: prints the path of the unpacked source of the
# newest kernel that the Debian suite offers as linux-source-X.Y. The package
# comes through an apt configuration of its own; nothing is installed.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

suite=${1:-$UML_SUITE}

newest_source_package() {
	index_memo "$suite" sources apt-cache pkgnames linux-source- |
		grep -E '^linux-source-[0-9]+\.[0-9]+$' | sort -V | tail -n 1
}

build_source() {
	local dir=$1 package=$2

	cd "$dir"
	apt_private "$suite" apt-get download "$package"
	# Only the tarball is taken out of the package.
	dpkg-deb --fsys-tarfile "$package"_*.deb |
		tar -xf - --wildcards './usr/src/*.tar.*'
	mkdir tree
	tar -xf usr/src/"$package".tar.* -C tree --strip-components=1
	rm -rf usr ./*.deb
	test -f tree/Kconfig
}

apt_refresh "$suite"
package=$(newest_source_package || true)
if [ -z "$package" ]; then
	cache_newest "source-$suite"
else
	version=$(newest_version "$suite" "$package")
	key=$({ declare -f build_source
		printf '%s\n' "$package" "$version"
	} | hash_of -)
	cache_item "source-$suite" "$key" build_source "$package"
fi
printf '%s\n' "$ITEM/tree"
