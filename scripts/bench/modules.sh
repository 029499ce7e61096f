#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# modules.sh DIR: builds the modules of the benchmark for the user-mode kernel
# and puts them into DIR:
#   benchport.ko     makes packets and counts them (bench/port)
#   aesni-intel.ko   the kernel's own x86 AES-GCM (bench/stock-aead), which a
#                    stock kernel has and a user-mode kernel has not

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

dir=$1
kernel=$("$TOP/scripts/uml-kernel.sh" uml)
source=$("$TOP/scripts/kernel-source.sh")

# build NAME [SOURCE...]: builds the module in bench/NAME from what is there
# and from these files of the kernel.
build() {
	local name=$1
	shift
	mkdir -p "$dir/$name"
	rsync -rlpc "$TOP/bench/$name/" "$@" "$dir/$name/"
	make -s -C "$kernel" ARCH=um M="$dir/$name" -j"$(nproc)" modules >&2
	cp "$dir/$name"/*.ko "$dir/"
}

mkdir -p "$dir"
dir=$(cd -- "$dir" && pwd)
build port
crypto=$source/arch/x86/crypto
build stock-aead "$crypto/aesni-intel_glue.c" "$crypto/aesni-intel_asm.S" \
	"$crypto"/aes-{ctr,xts}-avx-x86_64.S "$crypto"/aes-gcm-*.S
