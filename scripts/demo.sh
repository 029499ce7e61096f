#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# demo.sh [SUITE]: boots the stock kernel of a Debian suite in a virtual
# machine and shows two gateways and their tunnel in it; see demo/guest.sh.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

log=$BUILD/log/demo.log
mkdir -p "$BUILD/log"
"$TOP/scripts/vm-run.sh" --distro "${1:-trixie}" -- scripts/demo/guest.sh |
	tee "$log"
# The guest's result comes last, after whatever it said while going down.
result=$(grep '^demo: PASS' "$log") || die "the demo did not pass"
printf '%s\n' "$result"
