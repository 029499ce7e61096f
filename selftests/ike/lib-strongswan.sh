# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# strongSwan's charon, one for each gateway, with files and a vici socket of its
# own. Sourced after lib-ike.sh.

# charon_version: that of the root file system. swanctl tells it although it
# finds no daemon to ask.
charon_version() {
	{ swanctl --version 2>&1 || true; } |
		sed -n 's/^strongSwan \([0-9.]*\).*/\1/p'
}

# charon_files NAME: where the daemon of a namespace has everything.
charon_files() {
	echo "$WORK/daemon.$1"
}

# charon_prepare NAME: directories and settings of the daemon.
charon_prepare() {
	local dir

	dir=$(charon_files "$1")
	mkdir -p "$dir"/swanctl/{conf.d,private,x509,x509ca}
	cat >"$dir/strongswan.conf" <<-EOF
		charon-systemd {
			load_modular = yes
			# So that rekeying many times leaves no long tail.
			delete_rekeyed_delay = 1
			retransmit_timeout = $(pick 1.0 4.0)
			filelog {
				log {
					path = $dir/log
					default = 1
					knl = 2
					flush_line = yes
				}
			}
			plugins {
				vici {
					socket = unix://$dir/vici
				}
				include /etc/strongswan.d/charon/*.conf
			}
		}
	EOF
}

# charon_begin NAME: starts the daemon, and waits until it listens.
charon_begin() {
	local dir

	dir=$(charon_files "$1")
	rm -f "$dir/vici"
	STRONGSWAN_CONF=$dir/strongswan.conf bg "$1" charon-systemd
	echo "$BG" >"$dir/pid"
	poll 20 test -S "$dir/vici"
	ctl "$1" --load-all --noprompt
}

# charon_kill NAME: ends the daemon as a crash does.
charon_kill() {
	bg_end "$(<"$(charon_files "$1")/pid")" KILL
}

# ctl NAME ARGUMENT...: swanctl of that daemon.
ctl() {
	local dir

	dir=$(charon_files "$1")
	SWANCTL_DIR=$dir/swanctl STRONGSWAN_CONF=$dir/strongswan.conf \
		on "$1" swanctl "${@:2:1}" --uri "unix://$dir/vici" "${@:3}"
}

# charon_log NAME: what the daemon said.
charon_log() {
	cat "$(charon_files "$1")/log"
}
