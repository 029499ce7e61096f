/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network device interfaces that changed between 6.12 and today.
 */
#ifndef ESPSIMD_COMPAT_NETDEV_H
#define ESPSIMD_COMPAT_NETDEV_H

#include <linux/netdevice.h>
#include <net/rtnetlink.h>

#include "config.h"

/* 6.15 gave some drivers' devices a lock of their own. */
#ifdef ESPSIMD_HAVE_NETDEV_LOCK
#include <net/netdev_lock.h>
#else
static inline void netdev_lock_ops(struct net_device *dev)
{
}

static inline void netdev_unlock_ops(struct net_device *dev)
{
}
#endif

/* 6.15 turned netns_local into netns_immutable; stable kernels follow. */
static inline void espsimd_compat_netns_immutable(struct net_device *dev)
{
#ifdef ESPSIMD_HAVE_NETNS_IMMUTABLE
	dev->netns_immutable = true;
#else
	dev->netns_local = true;
#endif
}

/* 6.16: dev_set_mac_address() takes a struct sockaddr_storage. */
#ifdef ESPSIMD_HAVE_MAC_SOCKADDR_STORAGE
#define espsimd_compat_sockaddr sockaddr_storage
#else
struct espsimd_compat_sockaddr {
	sa_family_t ss_family;
	char __data[14];
};
#endif

/* 6.15: the arguments of newlink became a structure. */
#ifdef ESPSIMD_HAVE_NEWLINK_PARAMS

#define ESPSIMD_NEWLINK(fn) fn
#define ESPSIMD_NEWLINK_TRAMPOLINE(fn)

#else

struct rtnl_newlink_params {
	struct net *src_net;
	struct nlattr **tb;
};

static inline struct net *
rtnl_newlink_link_net(struct rtnl_newlink_params *params)
{
	return params->src_net;
}

#define ESPSIMD_NEWLINK(fn) fn##_compat
#define ESPSIMD_NEWLINK_TRAMPOLINE(fn)					\
static int fn##_compat(struct net *src_net, struct net_device *dev,	\
		       struct nlattr *tb[], struct nlattr *data[],	\
		       struct netlink_ext_ack *extack)			\
{									\
	struct rtnl_newlink_params params = {				\
		.src_net = src_net,					\
		.tb = tb,						\
	};								\
									\
	return fn(dev, &params, extack);				\
}

#endif /* ESPSIMD_HAVE_NEWLINK_PARAMS */

#endif /* ESPSIMD_COMPAT_NETDEV_H */
