#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ynl-regen.sh [--check]: makes the generic-netlink code of the module from its
# specification, by the generator of the kernel source in the cache. With
# --check nothing is written: what is there has to be what would be.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

spec=Documentation/netlink/specs/espsimd.yaml
outputs=(
	"kmod/netlink-gen.c kernel --source"
	"kmod/netlink-gen.h kernel --header"
	"kmod/include/uapi/linux/espsimd.h uapi --header"
)

[ -f "$TOP/$spec" ] || die "$spec is missing"
source=$("$TOP/scripts/kernel-source.sh")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The generator expects its specification in a kernel tree, which it knows by
# the file MAINTAINERS, with the schemas two levels up.
mkdir -p "$scratch/Documentation/netlink/specs"
cp "$source"/Documentation/netlink/*.yaml "$scratch/Documentation/netlink/"
cp "$TOP/$spec" "$scratch/$spec"
touch "$scratch/MAINTAINERS"

stale=0
for output in "${outputs[@]}"; do
	read -r file mode kind <<<"$output"
	out=$scratch/$(basename "$file")
	timeout 120 python3 -B "$source/tools/net/ynl/pyynl/ynl_gen_c.py" \
		--mode "$mode" "$kind" --spec "$scratch/$spec" -o "$out"
	sed -i 's,tools/net/ynl/ynl-regen.sh,scripts/ynl-regen.sh,' "$out"
	if cmp -s "$out" "$TOP/$file"; then
		continue
	fi
	if [ "${1:-}" = --check ]; then
		diff -u --label "$file" --label "$file, generated" \
			"$TOP/$file" "$out" || true
		stale=1
	else
		mkdir -p "$(dirname "$TOP/$file")"
		cp "$out" "$TOP/$file"
		msg "wrote $file"
	fi
done
exit "$stale"
