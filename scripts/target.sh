# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds what a guest runs. A target is a kernel and a root file system; the
# source is copied to build/TARGET/tree and built there, so that targets and a
# build for the running kernel never meet. Sourced by the runners after lib.sh.

# Where the pieces of a run are, in build/TARGET/run.XXXXXX:
#   src/ snapshot of the tree, bound to /espsimd; the rest as guest/run.sh says

# source_files: the names of all source files, without anything built.
source_files() {
	cd "$TOP" || return
	if [ -e .git ] && command -v git >/dev/null; then
		git -c safe.directory="$TOP" ls-files -z -co --exclude-standard
	else
		find . -name .git -prune -o -path ./build -prune -o -type f \
			! -name '*.o' ! -name '*.ko' ! -name '*.mod*' \
			! -name '.*.cmd' ! -name '*.d' ! -name '*.a' -printf '%P\0'
	fi
}

# existing_files: those that are really there, and are no program that somebody
# built in place, which make would take for up to date.
existing_files() {
	local file magic

	source_files | while IFS= read -r -d '' file; do
		[ -f "$TOP/$file" ] || continue
		if [ -x "$TOP/$file" ]; then
			IFS= read -r -n 4 magic <"$TOP/$file" 2>/dev/null || true
			[ "$magic" != $'\x7fELF' ] || continue
		fi
		printf '%s\0' "$file"
	done
}

# copy_source TREE: brings the copy up to date. Unchanged files keep their
# times, so that make builds only what changed; if a file vanished the copy is
# made anew, so that nothing stale is built.
copy_source() {
	local tree=$1 list=$1.files

	existing_files | sort -z >"$list.new"
	if ! cmp -s "$list" "$list.new"; then
		rm -rf "$tree"
	fi
	mkdir -p "$tree"
	mv "$list.new" "$list"
	rsync -rlpc --from0 --files-from="$list" "$TOP/" "$tree/"
}

# build_programs TREE ROOT: the command and the helpers of the selftests, by
# the compiler and against the libraries of the root file system.
build_programs() {
	local tree=$1 root=$2 dir

	for dir in userspace selftests; do
		[ -f "$tree/$dir/Makefile" ] || continue
		in_root "$root" "$tree=/espsimd" -- make -s -C "/espsimd/$dir"
	done
}

# collect_modules TREE: puts the modules that were built into TREE.out/modules.
collect_modules() {
	rm -rf "$1.out"
	mkdir -p "$1.out/modules"
	find "$1" -name '*.ko' -exec cp -t "$1.out/modules" {} +
	[ -e "$1.out/modules/espsimd.ko" ] || die "the build made no espsimd.ko"
}

# target_run_dir TARGET: makes the directory RUN from build/TARGET/tree.
target_run_dir() {
	local tree=$BUILD/$1/tree

	find "$BUILD/$1" -maxdepth 1 -name 'run.*' -mmin +720 \
		-exec rm -rf --one-file-system {} +
	RUN=$(mktemp -d "$BUILD/$1/run.XXXXXX")
	mkdir "$RUN/src" "$RUN/bin"
	rsync -a --exclude='*.o' --exclude='*.ko' --exclude='.*.cmd' \
		--exclude='*.mod.c' "$tree/" "$RUN/src/"
	if [ -e "$tree/userspace/espsimd" ]; then
		cp "$tree/userspace/espsimd" "$RUN/bin/"
	fi
	if [ "$WITH_MODULE" = yes ]; then
		cp -r "$tree.out/." "$RUN/"
	fi
}

# target_write_run TARGET ENV... -- COMMAND...: what the guest is to do.
target_write_run() {
	local target=$1
	shift
	printf 'export ESPSIMD_TARGET=%q\n' "$target" >"$RUN/env"
	while [ "$1" != -- ]; do
		printf 'export %q\n' "$1" >>"$RUN/env"
		shift
	done
	shift
	printf '%q ' "$@" >"$RUN/command"
}

# target_lock TARGET / target_unlock: one build of a target at a time.
target_lock() {
	mkdir -p "$BUILD/$1"
	exec {TARGET_LOCK}>"$BUILD/$1/lock"
	flock "$TARGET_LOCK"
}

target_unlock() {
	exec {TARGET_LOCK}>&-
}

# target_finish TARGET: exits with the code of the guest's command. A guest
# that left no status died, hung or was cut off: that is a failure.
target_finish() {
	local status

	[ ! -e "$RUN/dmesg" ] || cp "$RUN/dmesg" "$BUILD/$1/dmesg"
	if [ ! -s "$RUN/status" ]; then
		msg "the guest $1 did not finish: it crashed, hung or ran out of its $TIMEOUT s (files: $RUN)"
		exit 124
	fi
	status=$(<"$RUN/status")
	if [ "$status" -eq 0 ] && [ -z "${ESPSIMD_KEEP:-}" ]; then
		rm -rf --one-file-system "$RUN"
	else
		msg "files of this run: $RUN"
	fi
	exit "$status"
}
