# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Libreswan's pluto, one for each gateway, with files and a control socket of its
# own. Sourced after lib-ike.sh.

# pluto_version: that of the root file system.
pluto_version() {
	{ ipsec --version 2>/dev/null || true; } |
		sed -n 's/^Libreswan v\{0,1\}\([0-9.]*\).*/\1/p'
}

# pluto_files NAME: where the daemon of a namespace has everything.
pluto_files() {
	echo "$WORK/daemon.$1"
}

# pluto_prepare NAME: directories and an empty key store of the daemon.
pluto_prepare() {
	local dir

	dir=$(pluto_files "$1")
	mkdir -p "$dir"/{run,nss,ipsec.d}
	certutil -N -d "sql:$dir/nss" --empty-password
}

# pluto_begin NAME: starts the daemon, and waits until it listens.
pluto_begin() {
	local dir

	dir=$(pluto_files "$1")
	rm -f "$dir"/run/*
	bg "$1" ipsec pluto --nofork --config "$dir/ipsec.conf" \
		--rundir "$dir/run" --nssdir "$dir/nss" \
		--ipsecdir "$dir/ipsec.d" --secretsfile "$dir/ipsec.secrets"
	echo "$BG" >"$dir/pid"
	poll 30 pluto_listens "$1"
}

pluto_listens() {
	local dir

	dir=$(pluto_files "$1")
	! ended "$(<"$dir/pid")" || fail "pluto: $(<"$WORK/bg.$(<"$dir/pid")")"
	[ -S "$dir/run/pluto.ctl" ] && whack "$1" --status >/dev/null 2>&1
}

# pluto_load NAME: the connection "peer", anew if it was there. Version 4 takes no
# word from the environment about where that is.
pluto_load() {
	local config=()

	[[ $(pluto_version) != [34].* ]] ||
		config=(--config "$(pluto_files "$1")/ipsec.conf")
	pluto "$1" auto "${config[@]}" --replace peer
}

# pluto_kill NAME: ends the daemon as a crash does.
pluto_kill() {
	local pid

	pid=$(<"$(pluto_files "$1")/pid")
	bg_end "$pid" KILL
	poll 10 ended "$pid"
}

# pluto_unit_stopped NAME: what Debian's unit does when the daemon has ended. Of
# later versions it is the next daemon that removes what the kernel has.
pluto_unit_stopped() {
	[[ $(pluto_version) == [34].* ]] || return 0
	ipn "$1" xfrm policy flush
	ipn "$1" xfrm state flush
}

# pluto NAME COMMAND...: `ipsec COMMAND...` for that daemon.
pluto() {
	local dir name=$1
	shift
	dir=$(pluto_files "$name")
	IPSEC_CONF=$dir/ipsec.conf IPSEC_RUNDIR=$dir/run IPSEC_NSSDIR=$dir/nss \
		on "$name" timeout "$(pick 60 240)" ipsec "$@"
}

# whack NAME OPTION...: talks to the daemon itself.
whack() {
	local name=$1
	shift
	on "$name" timeout "$(pick 60 240)" ipsec whack \
		--ctlsocket "$(pluto_files "$name")/run/pluto.ctl" "$@"
}
