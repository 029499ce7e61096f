#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All static checks, as TAP. A check passes when it succeeds and prints nothing.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=target.sh
. "$TOP/scripts/target.sh"

cd "$TOP" || exit 1
need_root "building inside of root file systems"

mkdir -p "$BUILD/log"
mapfile -d '' -t FILES < <(existing_files)

# files PATTERN...: source files that match one of the shell patterns.
files() {
	local file pattern

	for file in "${FILES[@]}"; do
		for pattern in "$@"; do
			# shellcheck disable=SC2053 # It is a pattern.
			if [[ $file == $pattern ]]; then
				printf '%s\n' "$file"
				break
			fi
		done
	done
}

scripts() {
	local file first

	for file in "${FILES[@]}"; do
		case $file in
		*.sh)
			printf '%s\n' "$file"
			;;
		*)
			IFS= read -r first <"$file" 2>/dev/null || true
			if [[ ${first:-} =~ ^#!.*/(env )?(ba)?sh ]]; then
				printf '%s\n' "$file"
			fi
			;;
		esac
	done
}

# The module with all warnings as errors; the log of the compiler is the
# result. A tree of its own, since other flags mean building all anew.
warnings_uml() {
	local kernel tree=$BUILD/lint-uml/tree

	kernel=$("$TOP/scripts/uml-kernel.sh" uml) || return
	target_lock lint-uml
	copy_source "$tree"
	make -s -C "$kernel" ARCH=um M="$tree" -j"$(nproc)" W=1 \
		KCFLAGS=-Werror ESPSIMD_KUNIT=1 modules 2>&1
	was_built "$tree"
}

# A build that finds nothing to build succeeds too.
was_built() {
	[ -e "$1/espsimd.ko" ] || echo "no module was built"
}

# make_in_suite SUITE ARG...: makes the module against the suite's headers.
make_in_suite() {
	local root release tree=$BUILD/lint-$1/tree

	root=$("$TOP/scripts/rootfs.sh" "$1") || return
	release=$(cd "$root/lib/modules" && printf '%s\n' * | sort -V | tail -n 1)
	target_lock "lint-$1"
	copy_source "$tree"
	in_root "$root" "$tree=/espsimd" -- \
		make -C "/lib/modules/$release/build" M=/espsimd \
		-j"$(nproc)" W=1 KCFLAGS=-Werror "${@:2}" modules 2>&1
}

# What objtool has to say stops no build, and would not be said again if nothing
# was built again.
warnings_vm() {
	local log status=0 tree=$BUILD/lint-$1/tree

	log=$(make_in_suite "$1" -s) || status=$?
	if [ -n "$log" ]; then
		printf '%s\n' "$log"
		find "$tree" -name '*.c' -exec touch {} +
	fi
	was_built "$tree"
	return "$status"
}

# What warnings_vm has built.
check_objects() {
	"$TOP/scripts/objects.py" "$BUILD/lint-$1/tree" 2>&1
}

# What sparse says about kernel headers is not ours, and differs with the
# kernel: only lines about files of this tree count. C=2 would have sparse
# looked at by a script that Debian's headers lack, and then not run.
check_sparse() {
	local log=$BUILD/log/sparse.log

	if ! make_in_suite forky KBUILD_CHECKSRC=2 CHECK=sparse >"$log"; then
		tail -n 20 "$log"
		return 1
	fi
	grep -q '^ *CHECK ' "$log" || echo "sparse was not run"
	! grep -E '^(/espsimd/)?kmod/[^:]*:[0-9]+' "$log"
}

# run_checkpatch IGNORED: on the files named on stdin, without those generated
# and those of assembly. A line may be too long by a message, since one must be
# found by grep. It leaves a file where it runs, and so runs elsewhere.
run_checkpatch() {
	local source

	source=$("$TOP/scripts/kernel-source.sh") || return
	grep -vE 'netlink-gen|kmod/include/uapi/|testvecs|vectors|kernel-asm/' |
		sed "s,^,$TOP/," | (
		cd "$BUILD/log" &&
			xargs -r perl "$source/scripts/checkpatch.pl" --no-tree \
			--root="$source" --strict --terse --quiet --no-summary \
			--show-types --max-line-length=80 \
			--ignore "LONG_LINE_STRING,$1" -f 2>&1
	) | sed "s,^$TOP/,,"
}

check_checkpatch_modules() {
	local ignored=LINUX_VERSION_CODE

	# Linux 6.12 has no kmalloc_obj().
	ignored+=,ALLOC_WITH_SIZEOF
	files 'kmod/*.[ch]' 'bench/*.[ch]' | run_checkpatch "$ignored"
}

# Outside of the kernel there are none of its types and macros.
check_checkpatch_programs() {
	local ignored=PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO

	ignored+=,ARRAY_SIZE,CAMELCASE,FUNCTION_ARGUMENTS,NEW_TYPEDEFS
	files 'userspace/*.[ch]' 'selftests/*.[ch]' | run_checkpatch "$ignored"
}

check_shellcheck() {
	scripts | xargs -r shellcheck -x 2>&1
}

check_ynl() {
	"$TOP/scripts/ynl-regen.sh" --check
}

# Differences of kernels are decided by probes; the few that need a version
# number are in one place.
check_versions() {
	! files 'kmod/*' Kbuild | grep -v '^kmod/compat/' |
		xargs -r grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION'
}

check_spdx() {
	# Whether grep -L succeeds means different things in different versions.
	files '*.[chS]' '*.sh' '*.py' '*.awk' '*.yaml' '*.rst' Makefile \
		'*/Makefile' Kbuild '*.config' '*.[48]' dkms.conf debian/rules |
		xargs -r grep -L 'SPDX-License-Identifier:' || true
}

# That of the module's source, and in what cannot look it up there.
check_version() {
	local version

	version=$(sed -n 's/^#define ESPSIMD_VERSION[[:blank:]]*"\(.*\)"$/\1/p' \
		kmod/espsimd.h)
	grep -qxF "PACKAGE_VERSION=\"$version\"" dkms.conf ||
		echo "dkms.conf is not of version $version"
	[[ $(head -n 1 debian/changelog) == "espsimd ($version) "* ]] ||
		echo "debian/changelog does not begin with version $version"
	grep -qF "State: $version," README.md ||
		echo "README.md is not of version $version"
}

# Those of the README, and no others.
check_kernels() {
	local from to

	read -r from to < <(sed -n \
		's/^- Linux \([0-9.]*\) to \([0-9.]*\)\. .*/\1 \2/p' README.md)
	grep -qF "Linux $from to $to " userspace/espsimd.4 ||
		echo "espsimd(4) does not say Linux $from to $to"
	(
		# DKMS sets what it has of the kernel.
		set +u
		# shellcheck source=/dev/null
		. ./dkms.conf
		for release in "$from.0-amd64" "$to.99+deb14-amd64"; do
			[[ $release =~ $BUILD_EXCLUSIVE_KERNEL ]] ||
				echo "dkms.conf leaves $release out"
		done
		for release in "${from%.*}.$((${from##*.} - 1)).99-amd64" \
			"${to%.*}.$((${to##*.} + 1)).0-amd64"; do
			! [[ $release =~ $BUILD_EXCLUSIVE_KERNEL ]] ||
				echo "dkms.conf does not leave $release out"
		done
	)
}

check_words() {
	! files 'kmod/*' 'bench/*' 'userspace/*' 'selftests/*' 'scripts/*' |
		grep -v '^scripts/lint.sh$' |
		xargs -r grep -nwE 'TODO|FIXME|XXX|HACK'
}

check_conformance() {
	scripts/conformance.py --check 2>&1
}

check_python() {
	local file

	while IFS= read -r file; do
		python3 - "$file" 2>&1 <<-'EOF'
			import ast, sys
			ast.parse(open(sys.argv[1]).read(), sys.argv[1])
		EOF
	done < <(files '*.py')
}

CHECKS=(
	"module for the user-mode kernel, W=1 -Werror|warnings_uml"
	"module for the kernel of trixie, W=1 -Werror|warnings_vm trixie"
	"module for the kernel of forky, W=1 -Werror|warnings_vm forky"
	"vectors, calls, returns and ENDBR, kernel of trixie|check_objects trixie"
	"vectors, calls, returns and ENDBR, kernel of forky|check_objects forky"
	"sparse, kernel of forky|check_sparse"
	"checkpatch --strict, modules|check_checkpatch_modules"
	"checkpatch --strict, programs|check_checkpatch_programs"
	"shellcheck|check_shellcheck"
	"netlink code is what the specification gives|check_ynl"
	"kernel versions only in kmod/compat|check_versions"
	"the version is the same everywhere|check_version"
	"supported kernels are the same everywhere|check_kernels"
	"licence identifiers|check_spdx"
	"no unfinished work is noted|check_words"
	"the tests of the conformance table exist|check_conformance"
	"python files parse|check_python"
)

echo "TAP version 13"
echo "1..${#CHECKS[@]}"
number=0 failed=0
for check in "${CHECKS[@]}"; do
	number=$((number + 1))
	read -r -a run <<<"${check#*|}"
	if output=$("${run[@]}") && [ -z "$output" ]; then
		echo "ok $number ${check%%|*}"
	else
		printf '%s\n' "$output" | sed 's/^/# /'
		echo "not ok $number ${check%%|*}"
		failed=$((failed + 1))
	fi
done
[ "$failed" -eq 0 ]
