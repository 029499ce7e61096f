/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct xfrmdev_ops: from 6.16 on the callbacks get the device as their first
 * argument; before, it is the one that the SA names. (A bond on top puts
 * itself into xso.dev and the device below into xso.real_dev.)
 */
#ifndef ESPSIMD_COMPAT_XFRMDEV_H
#define ESPSIMD_COMPAT_XFRMDEV_H

#include <net/xfrm.h>

#include "config.h"

#ifdef ESPSIMD_HAVE_XDO_DEV

#define ESPSIMD_XDO(fn) fn
#define ESPSIMD_XDO_TRAMPOLINES(add, del, free)

#else

#define ESPSIMD_XDO(fn) fn##_compat

static inline struct net_device *espsimd_compat_xdo_dev(struct xfrm_state *x)
{
	return x->xso.real_dev ?: x->xso.dev;
}

#define ESPSIMD_XDO_TRAMPOLINES(add, del, free)				\
static int add##_compat(struct xfrm_state *x,				\
			struct netlink_ext_ack *extack)			\
{									\
	return add(espsimd_compat_xdo_dev(x), x, extack);		\
}									\
									\
static void del##_compat(struct xfrm_state *x)				\
{									\
	del(espsimd_compat_xdo_dev(x), x);				\
}									\
									\
static void free##_compat(struct xfrm_state *x)				\
{									\
	free(espsimd_compat_xdo_dev(x), x);				\
}

#endif /* ESPSIMD_HAVE_XDO_DEV */

/* 6.13: SAs can belong to a processor (RFC 9611). */
static inline bool espsimd_compat_is_pcpu(const struct xfrm_state *x)
{
#ifdef ESPSIMD_HAVE_PCPU_NUM
	return x->pcpu_num != UINT_MAX;
#else
	return false;
#endif
}

#endif /* ESPSIMD_COMPAT_XFRMDEV_H */
