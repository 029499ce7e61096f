#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tunnels.sh: how fast GRE and L2TP in transport mode are through the device, and
# through the stack with the kernel's own x86 AES-GCM, in a uniprocessor user-mode
# kernel: the cases "throughput" of the self-tests. Figures are on lines with a %.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

need_root "running a user-mode kernel on a root file system"
modules=$BUILD/bench/modules
"$TOP/scripts/bench/modules.sh" "$modules"
# shellcheck disable=SC2016 # Expanded in the guest.
nice -n -20 "$TOP/scripts/uml-run.sh" --root strongswan-trixie -- bash -ec '
	mount -t hostfs -o "hostfs=$1" none /mnt
	insmod /mnt/aesni-intel.ko
	selftests/run.sh gre:throughput ike/l2tp:throughput
' tunnels "$modules"
