# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What all scripts share: messages, the cache and its items, private package
# indexes, and commands run inside of a root file system. Sourced, not run.
#
# shellcheck disable=SC2034 # Some variables are only for those who source this.

TOP=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/espsimd
BUILD=$TOP/build

# The suite that the user-mode kernel and its root file system are made from,
# and the one that gives qemu and virtme-ng.
UML_SUITE=forky
TOOLS_SUITE=trixie

# Package indexes younger than this many minutes are not fetched again.
INDEX_MAX_AGE=${ESPSIMD_INDEX_MAX_AGE:-360}

# debian_mirror: the mirror that was asked for, or else the one that this
# machine's apt gets Debian from. Before the first "apt-get update" only its
# path can tell what is in it.
debian_mirror() {
	if [ -n "${ESPSIMD_MIRROR:-}" ]; then
		printf '%s\n' "$ESPSIMD_MIRROR"
		return
	fi
	# shellcheck disable=SC2016 # The dollar is apt-get's.
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		2>/dev/null | sed -n 's,/debian/$,/debian,p' | head -n 1
}

msg() {
	printf 'espsimd: %s\n' "$*" >&2
}

die() {
	printf 'espsimd: error: %s\n' "$*" >&2
	exit 1
}

need_root() {
	[ "$(id -u)" -eq 0 ] || die "$1 needs root: run it by sudo"
}

# need_tool TOOL PACKAGE: the tool exists, or say which package has it.
need_tool() {
	command -v "$1" >/dev/null ||
		die "$1 is missing: install the package $2, or run scripts/deps.sh"
}

# hash_of FILE...: a short name for the contents of some files; - is stdin.
hash_of() {
	cat "$@" | sha256sum | cut -c1-16
}

# cache_item NAME KEY BUILDER [ARG...]: sets ITEM to the directory of the
# cached item NAME made from what KEY stands for. If there is none that was
# finished, `BUILDER DIR ARG...` makes it, in its final place because kernel
# trees remember where they are; the file .complete, written last, tells a
# finished item from an interrupted one.
cache_item() {
	local name=$1 key=$2 log
	shift 2
	ITEM=$CACHE/$name-$key
	[ -e "$ITEM/.complete" ] && return 0

	mkdir -p "$CACHE/log"
	exec {CACHE_LOCK}>"$CACHE/$name.lock"
	flock "$CACHE_LOCK"
	if [ ! -e "$ITEM/.complete" ]; then
		log=$CACHE/log/$name.log
		msg "making $name (log: $log)"
		SECONDS=0
		rm -rf --one-file-system "$ITEM"
		mkdir -p "$ITEM"
		# In the background, because a condition would switch off -e.
		( set -e; "$1" "$ITEM" "${@:2}" ) >"$log" 2>&1 &
		if ! wait $!; then
			tail -n 20 "$log" >&2
			die "could not make $name"
		fi
		touch "$ITEM/.complete"
		msg "made $name in $SECONDS s"
		cache_drop_others "$name" "$key"
	fi
	exec {CACHE_LOCK}>&-
}

# cache_drop_others NAME KEY: removes superseded versions of an item once a
# day has passed, when nothing can still be running from them.
cache_drop_others() {
	local dir

	for dir in "$CACHE/$1"-????????????????; do
		if [ "$dir" != "$CACHE/$1-$2" ] && [ -d "$dir" ] &&
			[ -n "$(find "$dir" -maxdepth 0 -mmin +1440)" ]; then
			rm -rf --one-file-system "$dir"
		fi
	done
}

# apt_configure SUITE: writes the configuration of a package index of that
# suite, which lives in the cache. The host's own is not touched; only its
# proxy is used.
apt_configure() {
	local dir=$CACHE/apt/$1 mirror

	mirror=$(debian_mirror)
	[ -n "$mirror" ] || die "apt has no Debian mirror: set ESPSIMD_MIRROR"
	mkdir -p "$dir"/{lists/partial,cache/archives/partial} \
		"$dir"/etc/{apt.conf.d,preferences.d}
	printf 'deb %s %s main\n' "$mirror" "$1" >"$dir/etc/sources.list"
	touch "$dir/status"
	{
		cat <<-EOF
			Dir::Etc "$dir/etc";
			Dir::Etc::sourcelist "$dir/etc/sources.list";
			Dir::Etc::sourceparts "-";
			Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";
			Dir::State "$dir";
			Dir::State::lists "$dir/lists";
			Dir::State::status "$dir/status";
			Dir::Cache "$dir/cache";
			Acquire::Check-Valid-Until "false";
			Acquire::Languages "none";
			Acquire::Retries "3";
			APT::Sandbox::User "root";
			APT::Architecture "amd64";
			APT::Architectures "amd64";
		EOF
		apt-config dump --format '%f "%v";%n' Acquire::http::Proxy
	} >"$dir/apt.conf"
}

# apt_private SUITE COMMAND...: runs an apt command on that index.
apt_private() {
	APT_CONFIG=$CACHE/apt/$1/apt.conf "${@:2}"
}

# apt_refresh SUITE: fetches the suite's index unless that was done lately. A
# failure is only reported: an older index, or an older item of the cache, may
# still do.
apt_refresh() {
	local dir=$CACHE/apt/$1

	mkdir -p "$dir"
	exec {APT_LOCK}>"$dir/refresh.lock"
	flock "$APT_LOCK"
	apt_configure "$1"
	if [ -z "$(find "$dir/fresh" -mmin "-$INDEX_MAX_AGE" 2>/dev/null)" ]; then
		if apt_private "$1" apt-get -qq -o APT::Update::Error-Mode=any \
			update >"$dir/update.log" 2>&1; then
			touch "$dir/fresh"
		else
			msg "package index of $1 could not be fetched; going on with what is cached"
		fi
	fi
	exec {APT_LOCK}>&-
}

# index_memo SUITE NAME COMMAND...: what the command says about the suite's
# index, which is asked once for each fetch of the index.
index_memo() {
	local dir=$CACHE/apt/$1 memo=$CACHE/apt/$1/memo-$2

	if ! [ "$memo" -nt "$dir/fresh" ]; then
		apt_private "$1" "${@:3}" >"$memo.$$" 2>/dev/null || true
		mv "$memo.$$" "$memo"
	fi
	cat "$memo"
}

# newest_version SUITE PACKAGE: its version in the suite, empty if unknown.
newest_version() {
	index_memo "$1" "$2" apt-cache policy "$2" |
		sed -n 's/^  Candidate: //p' | grep -v '(none)' || true
}

# cache_newest NAME: sets ITEM to the youngest finished item of that name.
cache_newest() {
	local dir

	ITEM=
	for dir in "$CACHE/$1"-????????????????; do
		[ -e "$dir/.complete" ] || continue
		if [ -z "$ITEM" ] || [ "$dir/.complete" -nt "$ITEM/.complete" ]; then
			ITEM=$dir
		fi
	done
	[ -n "$ITEM" ] || die "no $1 in the cache and no package index to make it from: is the network up?"
	msg "using the cached $1 although the package index is not available"
}

# isolated SECONDS COMMAND...: runs a command with mounts and processes of its
# own, all of which vanish with it or when the time is up; 0 is no limit.
isolated() {
	timeout --foreground -s KILL "$1" \
		unshare --mount --propagation private --pid --fork \
		--kill-child=KILL --mount-proc -- "${@:2}"
}

# in_root ROOT [SOURCE=TARGET...] -- COMMAND...: runs a command chrooted, with
# /proc, /sys and /dev, and with directories of the host bound to empty ones of
# the root; no longer than IN_ROOT_SECONDS, if set.
in_root() {
	local root=$1 binds=()
	shift
	while [ "$1" != -- ]; do
		binds+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2016 # Expanded by the inner shell.
	isolated "${IN_ROOT_SECONDS:-0}" bash -ec '
		root=$1
		binds=$2
		shift 2
		mount --bind /proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/tmp"
		while IFS== read -r from to; do
			[ -n "$from" ] || continue
			mount --bind "$from" "$root$to"
		done <<<"$binds"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			TERM="${TERM:-dumb}" chroot "$root" "$@"
	' in_root "$root" "$(printf '%s\n' "${binds[@]}")" "$@"
}
