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

# The plugins that are needed. All of them, with what they look for and test when
# they are loaded, take an emulated machine minutes.
PLUGINS='random nonce openssl x509 revocation constraints pubkey pkcs1 pkcs8 pem'
PLUGINS+=' gcm kdf kernel-netlink socket-default vici updown eap-identity'
PLUGINS+=' eap-mschapv2'

# charon_prepare NAME: directories and settings of the daemon.
charon_prepare() {
	local dir

	dir=$(charon_files "$1")
	mkdir -p "$dir"/swanctl/{conf.d,private,pubkey,rsa,ecdsa,bliss} \
		"$dir"/swanctl/{pkcs8,pkcs12,x509{,ca,ocsp,aa,ac,crl}}
	cat >"$dir/strongswan.conf" <<-EOF
		charon-systemd {
			load = $PLUGINS
			# So that rekeying many times leaves no long tail, and a dead
			# peer is not waited for as long as on the Internet.
			delete_rekeyed_delay = 1
			retransmit_timeout = $(pick 2 6)
			retransmit_base = 1
			retransmit_tries = 4
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
			}
		}
		swanctl {
			load = random openssl pem pkcs1 pkcs8 x509 pubkey
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
	poll 60 test -S "$dir/vici"
	ctl "$1" --load-all --noprompt
}

# charon_kill NAME: ends the daemon as a crash does.
charon_kill() {
	bg_end "$(<"$(charon_files "$1")/pid")" KILL
}

# charon_end NAME: ends the daemon as its unit does.
charon_end() {
	bg_end "$(<"$(charon_files "$1")/pid")"
}

# ctl NAME ARGUMENT...: swanctl of that daemon.
ctl() {
	local dir

	dir=$(charon_files "$1")
	SWANCTL_DIR=$dir/swanctl STRONGSWAN_CONF=$dir/strongswan.conf \
		on "$1" swanctl "${@:2:1}" --uri "unix://$dir/vici" "${@:3}"
}

# said NAME PATTERN: how often the daemon logged that.
said() {
	grep -cE -e "$2" "$(charon_files "$1")/log" || true
}

# said_more NAME PATTERN COUNT: it did more often than that.
said_more() {
	[ "$(said "$1" "$2")" -gt "$3" ]
}

# make_certificates NAME...: an authority, and a certificate for each daemon, by
# which all daemons that are prepared know each other.
make_certificates() {
	local ca=$WORK/ca name dir key

	pki --gen --type ecdsa --size 256 --outform pem >"$ca.key"
	pki --self --ca --in "$ca.key" --type ecdsa --dn 'CN=authority' \
		--outform pem >"$ca.pem"
	for name in "$@"; do
		dir=$(charon_files "$name")/swanctl
		key=$dir/private/own.pem
		(
			umask 077
			pki --gen --type ecdsa --size 256 --outform pem >"$key"
		)
		pki --issue --cacert "$ca.pem" --cakey "$ca.key" --type ecdsa \
			--in "$key" --dn "CN=$name.example" \
			--san "$name.example" --outform pem >"$dir/x509/own.pem"
		cp "$ca.pem" "$dir/x509ca/"
	done
}
