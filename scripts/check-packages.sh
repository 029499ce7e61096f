#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check-packages.sh [SUITE...]: the Debian packages, as TAP. They are built, and
# for each suite installed in a layer over its root file system, which vanishes
# afterwards. DKMS has to build the module for the suite's kernel there, that
# kernel has to load it, and nothing may be left of it when the packages are
# removed.
#
# shellcheck disable=SC2317 # Functions are called by their names.

set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# So many seconds the whole may take, one command of apt, and any other one.
WHOLE=5400 APT=600 OTHER=120

need_root "installing packages in a root file system"

# The layers are mounts, which vanish with the process that made them.
if [ "${1:-}" != --inside ]; then
	isolated "$WHOLE" "${BASH_SOURCE[0]}" --inside "$@"
	exit
fi
shift
[ $# -gt 0 ] || set -- trixie forky

VERSION=$(sed -n 's/^.define ESPSIMD_VERSION[[:blank:]]*"\(.*\)"$/\1/p' \
	"$TOP/kmod/espsimd.h")
PACKAGES=(espsimd-dkms espsimd-tools)
FILES=("${PACKAGES[@]/%/_${VERSION}_amd64.deb}")
LAYER=$BUILD/packages

# new_layer SUITE: sets ROOT to a new layer over the root file system of the
# suite, in memory, and RELEASE to the kernel's. What that system was told not
# to unpack, such as manual pages and hooks of kernels, is of interest here.
new_layer() {
	local below

	below=$("$TOP/scripts/rootfs.sh" "$1") || return
	mkdir -p "$LAYER"
	mount -t tmpfs -o mode=755 tmpfs "$LAYER" || return
	mkdir "$LAYER"/{upper,work,root}
	mount -t overlay -o \
		"lowerdir=$below,upperdir=$LAYER/upper,workdir=$LAYER/work" \
		overlay "$LAYER/root" || return
	ROOT=$LAYER/root
	RELEASE=$(cd "$ROOT/lib/modules" && printf '%s\n' * | sort -V |
		tail -n 1)
	rm -f "$ROOT/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
	apt-config dump --format '%f "%v";%n' Acquire::http::Proxy \
		>"$ROOT/etc/apt/apt.conf.d/99proxy"
	cp /etc/resolv.conf "$ROOT/etc/"
}

drop_layer() {
	umount -R "$LAYER"
}

# inside COMMAND...: runs a command in the layer.
inside() {
	IN_ROOT_SECONDS=$OTHER in_root "$ROOT" -- "$@"
}

# apt_inside SUITE ARG...: runs apt-get in the layer, with the index and the
# archives of the cache, by one process at a time. It is silent if all is well.
apt_inside() {
	local cache=$CACHE/apt/$1 log=$BUILD/log/packages-$1.log lock status=0
	shift

	exec {lock}>"$cache/archives.lock"
	flock "$lock"
	IN_ROOT_SECONDS=$APT in_root "$ROOT" "$BUILD/deb=/mnt" \
		"$cache/lists=/var/lib/apt/lists" \
		"$cache/cache/archives=/var/cache/apt/archives" -- \
		env DEBIAN_FRONTEND=noninteractive \
		apt-get -q --yes --no-install-recommends -o Dpkg::Use-Pty=0 \
		-o APT::Sandbox::User=root "$@" \
		</dev/null >"$log" 2>&1 || status=$?
	exec {lock}>&-
	[ "$status" -eq 0 ] || tail -n 30 "$log"
	return "$status"
}

# Whatever has the name in its own: files of the packages, and what DKMS makes.
named_files() {
	inside find / -xdev -name '*espsimd*' | sort
}

# equal WHAT IS EXPECTED: says so if it is not.
equal() {
	[ "$2" = "$3" ] || printf '%s is "%s" and not "%s"\n' "$@"
}

check_build() {
	local file built

	built=$("$TOP/scripts/deb.sh" 2>&1) || {
		printf '%s\n' "$built"
		return 1
	}
	for file in "${FILES[@]}"; do
		[ -e "$BUILD/deb/$file" ] || echo "there is no $file"
	done
}

# By their hard dependencies alone, but for what looks up manual pages.
check_install() {
	named_files >"$BUILD/log/packages-$1.before"
	apt_inside "$1" install man-db \
		"${FILES[@]/#//mnt/}" || return
}

check_module() {
	local file

	file=$(inside modinfo -k "$RELEASE" -n espsimd) || return
	[[ $file == */updates/dkms/espsimd.ko* ]] || echo "it is $file"
	equal version "$(inside modinfo -F version "$file")" "$VERSION"
	equal kernel "$(inside modinfo -F vermagic "$file" | cut -d ' ' -f 1)" \
		"$RELEASE"
	inside dkms status -m espsimd | grep -q "$RELEASE.*: installed" ||
		echo "DKMS does not say that it is installed"
}

# By the key that mokutil is to enrol for Secure Boot.
check_signature() {
	local file

	inside openssl x509 -inform der -noout -in /var/lib/dkms/mok.pub 2>&1
	file=$(inside modinfo -k "$RELEASE" -n espsimd) || return
	equal signer "$(inside modinfo -F signer "$file")" \
		"$(inside openssl x509 -inform der -noout -subject \
		-nameopt multiline -in /var/lib/dkms/mok.pub |
		sed -n 's/^ *commonName *= //p')"
}

check_order() {
	local modules

	modules=$(inside modprobe -S "$RELEASE" -n --show-depends espsimd) ||
		return
	for module in esp4_offload esp6_offload; do
		grep -q "/$module\.ko" <<<"$modules" ||
			echo "modprobe does not load $module"
	done
}

check_command() {
	equal version "$(inside espsimd -V)" "espsimd $VERSION"
	inside bash -c '
		. /usr/share/bash-completion/completions/espsimd
		complete -p espsimd' >/dev/null
}

# The unit for taking adapters over is there, for none yet.
check_unit() {
	inside test -e /usr/lib/systemd/system/espsimd@.service ||
		echo "there is no unit"
	inside find /etc/systemd /var/lib/systemd -name 'espsimd*' 2>/dev/null |
		sed 's/^/enabled: /'
	inside test -e \
		/usr/share/doc/espsimd-tools/examples/10-espsimd-low.network ||
		echo "there are no examples"
}

check_manual() {
	local section

	for section in 4 8; do
		inside man -w "$section" espsimd >/dev/null
	done
}

# What a machine of the suite with these packages does: in its kernel, by the
# module and the command that are installed and no others, a tunnel passes
# packets, and the module goes when it is not in use.
# shellcheck disable=SC2016 # The dollars are those of the machine's shell.
IN_MACHINE='
	PATH=/usr/sbin:/usr/bin:/sbin:/bin
	unset ESPSIMD_KO
	file=$(modinfo -n espsimd)
	[[ $file == */updates/dkms/* ]] || exit 1
	modprobe espsimd
	selftests/run.sh matrix:tunnel-4-4 command:sa-show || exit 1
	modprobe -r espsimd
	! grep -w ^espsimd /proc/modules'

check_machine() {
	local log=$BUILD/log/packages-vm-$1.log

	"$TOP/scripts/vm-run.sh" --distro "$1" --root "$ROOT" --no-module -- \
		bash -ec "$IN_MACHINE" >"$log" 2>&1 || {
		tail -n 40 "$log"
		return 1
	}
	grep -q '^ok 1 tunnel-4-4' "$log" || echo "no tunnel was tried"
}

check_purge() {
	apt_inside "$1" purge "${PACKAGES[@]}" || return
	named_files | diff "$BUILD/log/packages-$1.before" - |
		sed -n 's/^> /left behind: /p'
	grep -sl espsimd "$ROOT/lib/modules/$RELEASE"/modules.*
	# shellcheck disable=SC2016 # The dollars are dpkg-query's.
	inside dpkg-query -W -f '${Package} is ${db:Status-Status}\n' 'espsimd*' \
		2>/dev/null | sed '/ not-installed$/d'
	return 0
}

# Source and packages. It has something to say to root.
check_lintian() {
	apt_inside "$1" install lintian || return
	IN_ROOT_SECONDS=$APT in_root "$ROOT" "$BUILD/deb=/mnt" -- \
		runuser -u nobody -- lintian "/mnt/espsimd_${VERSION}_amd64.changes"
}

CHECKS=(
	"installed, the module built by DKMS|check_install"
	"the module is of this version and for the suite's kernel|check_module"
	"the module is signed by DKMS's key|check_signature"
	"modprobe loads what the kernel needs for offload first|check_order"
	"command and completion|check_command"
	"unit, not enabled, and examples|check_unit"
	"manual pages are found|check_manual"
	"its machine loads, uses and unloads the module|check_machine"
	"purged, with nothing left behind|check_purge"
	"lintian has no errors and no warnings|check_lintian"
)

number=0 failed=0

# check NAME COMMAND...: it has to succeed without a word.
check() {
	local name=$1 output status=0
	shift
	number=$((number + 1))
	"$@" >"$BUILD/log/packages.out" 2>&1 || status=$?
	output=$(<"$BUILD/log/packages.out")
	if [ "$status" -eq 0 ] && [ -z "$output" ]; then
		echo "ok $number $name"
	else
		printf '%s\n' "$output" | sed 's/^/# /'
		echo "not ok $number $name"
		failed=$((failed + 1))
	fi
}

mkdir -p "$BUILD/log"
echo "TAP version 13"
echo "1..$((1 + $# * ${#CHECKS[@]}))"
check "packages are built" check_build
for suite in "$@"; do
	new_layer "$suite" || die "there is no root file system of $suite"
	for entry in "${CHECKS[@]}"; do
		check "$suite: ${entry%%|*}" "${entry#*|}" "$suite"
	done
	drop_layer
done
[ "$failed" -eq 0 ]
