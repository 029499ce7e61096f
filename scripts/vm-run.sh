#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# vm-run.sh --distro SUITE [OPTION...] -- COMMAND...: builds the module for the
# stock kernel of a Debian suite, boots that kernel in a virtual machine on a
# root file system of the suite, runs the command there and exits as the
# command did, or with failure if the kernel reported anything or did not
# reach the end. KVM is used where it really works, else emulation.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=target.sh
. "$TOP/scripts/target.sh"

usage() {
	cat <<-EOF
		usage: vm-run.sh --distro SUITE [OPTION...] -- COMMAND...
		  --mem SIZE          memory of the machine (2G)
		  --cpus N            its processors (2)
		  --timeout SECONDS   for the whole guest (3600, 1800 with KVM)
		  --no-kvm            emulate even where KVM works
		  --no-module         run without building the module
		  --root DIR          another root file system of the suite
		  --build-only        build, do not boot
	EOF
}

DISTRO='' MEM=2G CPUS=2 TIMEOUT='' KVM=probe WITH_MODULE=yes BUILD_ONLY=no
root=
while [ $# -gt 0 ]; do
	case $1 in
	--distro) DISTRO=$2; shift ;;
	--mem) MEM=$2; shift ;;
	--cpus) CPUS=$2; shift ;;
	--timeout) TIMEOUT=$2; shift ;;
	--no-kvm) KVM=no ;;
	--no-module) WITH_MODULE=no ;;
	--root) root=$2; shift ;;
	--build-only) BUILD_ONLY=yes ;;
	--help) usage; exit 0 ;;
	--) shift; break ;;
	*) usage >&2; exit 2 ;;
	esac
	shift
done
if [ -z "$DISTRO" ] || { [ $# -eq 0 ] && [ "$BUILD_ONLY" = no ]; }; then
	usage >&2
	exit 2
fi
need_root "running a virtual machine on a root file system"

TARGET=vm-$DISTRO
[ -n "$root" ] || root=$("$TOP/scripts/rootfs.sh" "$DISTRO")
release=$(cd "$root/lib/modules" && printf '%s\n' * | sort -V | tail -n 1)
msg "$DISTRO has kernel $release"

# build_module TREE: as a user of that suite would, and the indexes by which
# modprobe in the guest finds it. An empty directory of the root file system
# is where the modules are bound to, here and in the guest.
build_module() {
	local out=$1.out updates=/lib/modules/$release/updates

	in_root "$root" "$1=/espsimd" -- \
		make -s -C "/lib/modules/$release/build" M=/espsimd \
		-j"$(nproc)" ESPSIMD_KUNIT=1 modules
	collect_modules "$1"
	mkdir -p "$out/depmod" "$root$updates"
	in_root "$root" "$out/depmod=/espsimd-build" \
		"$out/modules=$updates" -- \
		depmod -o /espsimd-build "$release"
	mv "$out/depmod/lib/modules/$release"/* "$out/depmod/"
	rm -rf "$out/depmod/lib"
}

# Seconds in which the guest's script has to begin: ten times what an emulated
# machine takes on a host with nothing else to do.
BEGIN=600

# boot SECONDS VNG-OPTION... -- COMMAND...: the machine itself. Its output goes
# through a pipe: written to a file directly, lines get lost.
boot() {
	local seconds=$1
	shift
	IN_ROOT_SECONDS=$seconds in_root "$tools" "$root=/guest" \
		${RUN:+"$RUN=/espsimd-build" "$RUN/src=/espsimd"} -- \
		env PATH=/espsimd/scripts/vm-bin:/usr/sbin:/usr/bin:/sbin:/bin \
		${RUN:+begin-within "$BEGIN" /espsimd-build/begun} \
		vng -r "/guest/boot/vmlinuz-$release" --root /guest --user root \
		"$@" </dev/null 2>&1 | cat
}

# kvm_works: /dev/kvm can exist and guests die all the same, so a boot decides.
# The answer holds until the host is booted again.
kvm_works() {
	local answer boot_id

	[ "$KVM" = probe ] && [ -w /dev/kvm ] || return 1
	read -r boot_id </proc/sys/kernel/random/boot_id
	answer=$CACHE/kvm-$(printf '%s\n' "$boot_id" "$tools" | hash_of -)
	if [ ! -s "$answer" ]; then
		msg "probing whether KVM works"
		if RUN='' boot 45 --cpus 1 --memory 512M -- echo kvm-boots |
			grep -q kvm-boots; then
			echo yes >"$answer"
		else
			echo no >"$answer"
		fi
	fi
	[ "$(<"$answer")" = yes ]
}

tools=$("$TOP/scripts/rootfs.sh" tools)

target_lock "$TARGET"
tree=$BUILD/$TARGET/tree
copy_source "$tree"
build_programs "$tree" "$root"
if [ "$WITH_MODULE" = yes ]; then
	build_module "$tree"
fi
[ "$BUILD_ONLY" = no ] || exit 0
target_run_dir "$TARGET"
target_unlock

environment=()
if kvm_works; then
	accel=()
	: "${TIMEOUT:=1800}"
	msg "booting $release with KVM"
else
	accel=(--disable-kvm --qemu-opts='-cpu max')
	: "${TIMEOUT:=3600}"
	environment+=(KSFT_MACHINE_SLOW=yes)
	msg "booting $release by emulation: KVM does not work here"
fi
target_write_run "$TARGET" "${environment[@]}" -- "$@"

# run_machine: boots the machine for what the run directory says.
run_machine() {
	boot "$TIMEOUT" --cpus "$CPUS" --memory "$MEM" "${accel[@]}" \
		--rodir=/espsimd=/espsimd --rwdir=/espsimd-build=/espsimd-build \
		-- /espsimd/scripts/guest/run.sh | tee "$RUN/output" || true
}

# Emulating several processors, QEMU can trip over a change of its memory map
# while the guest's kernel finds its devices. On a busy host machines were also
# seen to end, or to hang, before they had said a word. Both have been seen twice in
# a row; five times mean something else.
TRIES=5
never_began() {
	[ ! -e "$RUN/begun" ]
}

start=$SECONDS
run_machine
for ((try = 2; try <= TRIES; try++)); do
	never_began || break
	msg "the machine did not begin; booting for the $try. time"
	cat "$RUN/output" >&2
	run_machine
done
msg "guest $TARGET ran $((SECONDS - start)) s"
target_finish "$TARGET"
