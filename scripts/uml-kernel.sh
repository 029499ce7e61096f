#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# uml-kernel.sh FLAVOUR: prints the path of the build tree of a user-mode
# kernel: FLAVOUR is a file uml/FLAVOUR.config. The tree holds the program
# `linux` and what external modules are built against; its modules are
# installed below it, in modroot/.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

flavour=${1:-uml}
common=$TOP/scripts/uml/common.config
fragment=$TOP/scripts/uml/$flavour.config
[ -f "$fragment" ] || die "there is no flavour $flavour of the user-mode kernel"

# Every option asked for must be in the result: Kconfig drops silently what it
# cannot satisfy, and the tests would then run without it.
check_config() {
	local line name value got bad=0

	while IFS= read -r line; do
		name=${line%%=*}
		value=${line#*=}
		got=$(sed -n "s/^$name=//p" "$1")
		if [ "${got:-n}" != "$value" ]; then
			echo "$name: asked for $value, got ${got:-n}"
			bad=1
		fi
	done < <(grep -h '^CONFIG_' "$common" "$fragment")
	return "$bad"
}

build_kernel() {
	local dir=$1 source=$2
	local mk=(make -s -C "$source" ARCH=um O="$dir")

	cat "$common" "$fragment" >"$dir/fragment"
	"${mk[@]}" KCONFIG_ALLCONFIG="$dir/fragment" allnoconfig
	check_config "$dir/.config"
	"${mk[@]}" -j"$(nproc)"
	"${mk[@]}" INSTALL_MOD_PATH="$dir/modroot" modules_install
	test -x "$dir/linux"
}

source=$("$TOP/scripts/kernel-source.sh")
key=$({ declare -f build_kernel check_config
	printf '%s\n' "$source" "$(gcc -dumpfullversion)"
} | hash_of - "$common" "$fragment")
cache_item "$flavour" "$key" build_kernel "$source"
printf '%s\n' "$ITEM"
