#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# deb.sh: builds the Debian packages in a copy of the tree, and prints their
# names. They need the libraries of the suite that they are built on, or newer
# ones.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=target.sh
. "$TOP/scripts/target.sh"

need_tool dpkg-buildpackage dpkg-dev
log=$BUILD/log/deb.log
mkdir -p "$BUILD/log"

target_lock deb
# Those of another version would be taken for new ones.
find "$BUILD/deb" -maxdepth 1 -name 'espsimd*_*' -delete
copy_source "$BUILD/deb/tree"
cd "$BUILD/deb/tree"
if ! dpkg-buildpackage --no-sign >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	die "could not build the packages (log: $log)"
fi
printf '%s\n' "$BUILD"/deb/*.deb
