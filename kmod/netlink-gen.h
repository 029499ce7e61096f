/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/espsimd.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: scripts/ynl-regen.sh */

#ifndef _LINUX_ESPSIMD_GEN_H
#define _LINUX_ESPSIMD_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/espsimd.h>

int espsimd_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info);
int espsimd_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int espsimd_nl_dev_set_doit(struct sk_buff *skb, struct genl_info *info);
int espsimd_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int espsimd_nl_sa_check_doit(struct sk_buff *skb, struct genl_info *info);
int espsimd_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int espsimd_nl_stats_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int espsimd_nl_cpu_stats_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb);

enum {
	ESPSIMD_NLGRP_MGMT,
};

extern struct genl_family espsimd_nl_family;

#endif /* _LINUX_ESPSIMD_GEN_H */
