#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# uml-run.sh [OPTION...] -- COMMAND...: builds the module for a user-mode
# kernel, boots it on the root file system of a Debian suite, runs the command
# there and exits as the command did, or with failure if the kernel reported
# anything or did not reach the end.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=target.sh
. "$TOP/scripts/target.sh"

usage() {
	cat <<-EOF
		usage: uml-run.sh [OPTION...] -- COMMAND...
		  --flavour uml|uml-kasan|uml-lockdep   which kernel (uml)
		  --root NAME         its root file system, as rootfs.sh names
		                      it ($UML_SUITE)
		  --mem SIZE          its memory (1G; 2G for uml-kasan)
		  --cpus N            its processors (1; 2 for uml-lockdep)
		  --timeout SECONDS   for the whole guest (1800; 3600 for the others)
		  --no-module         run without building the module
		  --build-only        build, do not boot
	EOF
}

FLAVOUR=uml ROOT=$UML_SUITE MEM='' CPUS='' TIMEOUT='' WITH_MODULE=yes BUILD_ONLY=no
while [ $# -gt 0 ]; do
	case $1 in
	--flavour) FLAVOUR=$2; shift ;;
	--root) ROOT=$2; shift ;;
	--mem) MEM=$2; shift ;;
	--cpus) CPUS=$2; shift ;;
	--timeout) TIMEOUT=$2; shift ;;
	--no-module) WITH_MODULE=no ;;
	--build-only) BUILD_ONLY=yes ;;
	--help) usage; exit 0 ;;
	--) shift; break ;;
	*) usage >&2; exit 2 ;;
	esac
	shift
done
[ $# -gt 0 ] || [ "$BUILD_ONLY" = yes ] || { usage >&2; exit 2; }
need_root "running a user-mode kernel on a root file system"

environment=()
case $FLAVOUR in
uml-kasan)
	: "${MEM:=2G}"
	;;
uml-lockdep)
	: "${CPUS:=2}"
	;;
esac
if [ "$FLAVOUR" != uml ]; then
	# The checkers make it several times slower than a real machine.
	environment+=(KSFT_MACHINE_SLOW=yes)
	: "${TIMEOUT:=3600}"
fi
: "${MEM:=1G}" "${CPUS:=1}" "${TIMEOUT:=1800}"

kernel=$("$TOP/scripts/uml-kernel.sh" "$FLAVOUR")
root=$("$TOP/scripts/rootfs.sh" "$ROOT")

# Programs are built against the root file system, so each has its own tree.
TARGET=$FLAVOUR
[ "$ROOT" = "$UML_SUITE" ] || TARGET+=-$ROOT
target_lock "$TARGET"
tree=$BUILD/$TARGET/tree
copy_source "$tree"
build_programs "$tree" "$root"
if [ "$WITH_MODULE" = yes ]; then
	make -s -C "$kernel" ARCH=um M="$tree" -j"$(nproc)" ESPSIMD_KUNIT=1 \
		modules
	collect_modules "$tree"
fi
[ "$BUILD_ONLY" = no ] || exit 0
target_run_dir "$TARGET"
target_unlock
target_write_run "$TARGET" "${environment[@]}" -- "$@"

# Root file systems without a kernel of their own have no place for modules.
mkdir -p "$root/lib/modules"

# The program keeps its memory in a file of TMPDIR, sockets below HOME. A kernel
# that panics aborts itself, which the first process of a namespace cannot.
start=$SECONDS
# shellcheck disable=SC2016 # Expanded by the inner shell.
isolated "$TIMEOUT" bash -ec '
	mount --bind "$1/src" "$2/espsimd"
	shift 2
	status=0
	"$@" || status=$?
	exit "$status"
' uml-run "$RUN" "$root" \
	env -i PATH="$PATH" HOME="$RUN" TMPDIR=/dev/shm \
	"$kernel/linux" mem="$MEM" ncpus="$CPUS" seccomp=on \
	rootfstype=hostfs rootflags="$root" ro quiet \
	init=/espsimd/scripts/guest/uml-init.sh \
	guest_run="$RUN" guest_modroot="$kernel/modroot" \
	con=null con0=fd:0,fd:1 </dev/null 2>"$RUN/console" | cat || true
[ -s "$RUN/status" ] || cat "$RUN/console" >&2
msg "guest $TARGET ran $((SECONDS - start)) s"
target_finish "$TARGET"
