#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The first process of a user-mode kernel. The root is the host's file system
# of the runner, read-only; everything that is written goes to tmpfs, or to the
# directory of the run. The kernel's command line names both:
#   guest_run=DIR      directory of the run on the host
#   guest_modroot=DIR   modules of this kernel on the host

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb

mount -t proc proc /proc
for word in $(</proc/cmdline); do
	case $word in
	guest_run=*) run=${word#*=} ;;
	guest_modroot=*) modroot=${word#*=} ;;
	esac
done
mount -t sysfs sysfs /sys
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
for dir in /dev/shm /tmp /run /var/tmp /var/log /root /var/lib; do
	mount -t tmpfs tmpfs "$dir"
done
ln -sf /proc/self/fd /dev/fd
mkdir -p /run/lock /run/netns
ip link set lo up
# Tunnel devices that nobody made stay out of the tests' namespaces.
echo 1 >/proc/sys/net/core/fb_tunnels_only_for_init_net

# mount_host DIR TARGET: a directory of the host. Older programs hand the options
# to the kernel as they are, and it takes all of that for the directory.
mount_host() {
	mount -t hostfs -o "hostfs=$1" none "$2" 2>/dev/null ||
		mount -t hostfs -o "$1" none "$2"
}

# The runner bound the snapshot of the source over /espsimd of the read-only
# root already; the directory of the run has to be writable.
mount_host "$run" /espsimd-build
mount -t tmpfs tmpfs /lib/modules
mount_host "$modroot/lib/modules" /mnt
cp -a /mnt/. /lib/modules/
umount /mnt

/espsimd/scripts/guest/run.sh
sync
# A root file system without an init system has no halt either: power off by
# the system call, reboot(RB_POWER_OFF).
perl -e 'syscall(169, 0xfee1dead, 0x28121969, 0x4321fedc, 0)'
