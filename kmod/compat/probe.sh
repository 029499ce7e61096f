#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Usage: probe.sh OUTPUT COMPILER FLAG...
#
# Writes a header with one definition for each interface that the kernel has,
# found by compiling a use of it with the kernel's own flags.
set -eu

output=$1
shift
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# probe NAME: the program on standard input compiles?
probe() {
	cat > "$tmp/probe.c"
	if "$@" -Werror -c -o "$tmp/probe.o" "$tmp/probe.c" \
		> "$tmp/log" 2>&1; then
		echo "#define $name 1"
	else
		echo "/* $name is not there. */"
	fi
}

{
	echo '/* SPDX-License-Identifier: GPL-2.0 */'
	echo '/* Made by probe.sh for one kernel; do not edit. */'

	# The probes themselves must work, or all of them would say no.
	name=ESPSIMD_HAVE_NETDEVICE
	probe "$@" <<-'EOF'
		#include <linux/netdevice.h>
		int probe(struct net_device *dev);
		int probe(struct net_device *dev) { return dev->ifindex; }
	EOF

	name=ESPSIMD_HAVE_XDO_DEV
	probe "$@" <<-'EOF'
		#include <linux/netdevice.h>
		static void del(struct net_device *dev, struct xfrm_state *x) { }
		extern const struct xfrmdev_ops ops;
		const struct xfrmdev_ops ops = { .xdo_dev_state_delete = del };
	EOF

	name=ESPSIMD_HAVE_PCPU_NUM
	probe "$@" <<-'EOF'
		#include <net/xfrm.h>
		unsigned int probe(const struct xfrm_state *x);
		unsigned int probe(const struct xfrm_state *x)
		{ return x->pcpu_num; }
	EOF

	name=ESPSIMD_HAVE_NETNS_IMMUTABLE
	probe "$@" <<-'EOF'
		#include <linux/netdevice.h>
		void probe(struct net_device *dev);
		void probe(struct net_device *dev) { dev->netns_immutable = 1; }
	EOF

	name=ESPSIMD_HAVE_NETDEV_LOCK
	probe "$@" <<-'EOF'
		#include <net/netdev_lock.h>
		void probe(struct net_device *dev);
		void probe(struct net_device *dev) { netdev_lock_ops(dev); }
	EOF

	name=ESPSIMD_HAVE_MAC_SOCKADDR_STORAGE
	probe "$@" <<-'EOF'
		#include <linux/netdevice.h>
		int probe(struct net_device *dev, struct sockaddr_storage *ss);
		int probe(struct net_device *dev, struct sockaddr_storage *ss)
		{ return dev_set_mac_address(dev, ss, NULL); }
	EOF

	name=ESPSIMD_HAVE_NEWLINK_PARAMS
	probe "$@" <<-'EOF'
		#include <net/rtnetlink.h>
		struct net *probe(struct rtnl_newlink_params *p);
		struct net *probe(struct rtnl_newlink_params *p)
		{ return rtnl_newlink_link_net(p); }
	EOF
} > "$output.tmp"

if ! grep -q '^#define ESPSIMD_HAVE_NETDEVICE' "$output.tmp"; then
	echo "probe.sh: cannot compile for this kernel:" >&2
	"$@" -c -o /dev/null "$tmp/probe.c" >&2 || :
	exit 1
fi
mv "$output.tmp" "$output"
