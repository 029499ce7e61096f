// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/espsimd.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: scripts/ynl-regen.sh */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/espsimd.h>

/* ESPSIMD_CMD_DEV_GET - do */
static const struct nla_policy espsimd_dev_get_nl_policy[ESPSIMD_A_DEV_IFINDEX + 1] = {
	[ESPSIMD_A_DEV_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* ESPSIMD_CMD_DEV_SET - do */
static const struct nla_policy espsimd_dev_set_nl_policy[ESPSIMD_A_DEV_ENGINE + 1] = {
	[ESPSIMD_A_DEV_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[ESPSIMD_A_DEV_ENGINE] = NLA_POLICY_MAX(NLA_U32, 4),
};

/* ESPSIMD_CMD_SA_GET - dump */
static const struct nla_policy espsimd_sa_get_nl_policy[ESPSIMD_A_SA_IFINDEX + 1] = {
	[ESPSIMD_A_SA_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* ESPSIMD_CMD_SA_CHECK - do */
static const struct nla_policy espsimd_sa_check_nl_policy[ESPSIMD_A_SA_COMP_ALG + 1] = {
	[ESPSIMD_A_SA_DIRECTION] = NLA_POLICY_MAX(NLA_U32, 1),
	[ESPSIMD_A_SA_OFFLOAD] = NLA_POLICY_MAX(NLA_U32, 1),
	[ESPSIMD_A_SA_FAMILY] = { .type = NLA_U16, },
	[ESPSIMD_A_SA_MODE] = { .type = NLA_U8, },
	[ESPSIMD_A_SA_PROTO] = { .type = NLA_U8, },
	[ESPSIMD_A_SA_IF_ID] = { .type = NLA_U32, },
	[ESPSIMD_A_SA_ESN] = { .type = NLA_FLAG, },
	[ESPSIMD_A_SA_ENCAP] = { .type = NLA_U16, },
	[ESPSIMD_A_SA_ALG] = { .type = NLA_NUL_STRING, .len = 63, },
	[ESPSIMD_A_SA_KEY_BITS] = { .type = NLA_U32, },
	[ESPSIMD_A_SA_ICV_BITS] = { .type = NLA_U32, },
	[ESPSIMD_A_SA_TFCPAD] = { .type = NLA_U32, },
	[ESPSIMD_A_SA_AUTH_ALG] = { .type = NLA_NUL_STRING, .len = 63, },
	[ESPSIMD_A_SA_ENC_ALG] = { .type = NLA_NUL_STRING, .len = 63, },
	[ESPSIMD_A_SA_COMP_ALG] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* ESPSIMD_CMD_STATS_GET - do */
static const struct nla_policy espsimd_stats_get_nl_policy[ESPSIMD_A_STATS_IFINDEX + 1] = {
	[ESPSIMD_A_STATS_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* ESPSIMD_CMD_CPU_STATS_GET - dump */
static const struct nla_policy espsimd_cpu_stats_get_nl_policy[ESPSIMD_A_CPU_STATS_IFINDEX + 1] = {
	[ESPSIMD_A_CPU_STATS_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* Ops table for espsimd */
static const struct genl_split_ops espsimd_nl_ops[] = {
	{
		.cmd		= ESPSIMD_CMD_DEV_GET,
		.doit		= espsimd_nl_dev_get_doit,
		.policy		= espsimd_dev_get_nl_policy,
		.maxattr	= ESPSIMD_A_DEV_IFINDEX,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= ESPSIMD_CMD_DEV_GET,
		.dumpit	= espsimd_nl_dev_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= ESPSIMD_CMD_DEV_SET,
		.doit		= espsimd_nl_dev_set_doit,
		.policy		= espsimd_dev_set_nl_policy,
		.maxattr	= ESPSIMD_A_DEV_ENGINE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= ESPSIMD_CMD_SA_GET,
		.dumpit		= espsimd_nl_sa_get_dumpit,
		.policy		= espsimd_sa_get_nl_policy,
		.maxattr	= ESPSIMD_A_SA_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= ESPSIMD_CMD_SA_CHECK,
		.doit		= espsimd_nl_sa_check_doit,
		.policy		= espsimd_sa_check_nl_policy,
		.maxattr	= ESPSIMD_A_SA_COMP_ALG,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= ESPSIMD_CMD_STATS_GET,
		.doit		= espsimd_nl_stats_get_doit,
		.policy		= espsimd_stats_get_nl_policy,
		.maxattr	= ESPSIMD_A_STATS_IFINDEX,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= ESPSIMD_CMD_STATS_GET,
		.dumpit	= espsimd_nl_stats_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= ESPSIMD_CMD_CPU_STATS_GET,
		.dumpit		= espsimd_nl_cpu_stats_get_dumpit,
		.policy		= espsimd_cpu_stats_get_nl_policy,
		.maxattr	= ESPSIMD_A_CPU_STATS_IFINDEX,
		.flags		= GENL_CMD_CAP_DUMP,
	},
};

static const struct genl_multicast_group espsimd_nl_mcgrps[] = {
	[ESPSIMD_NLGRP_MGMT] = { "mgmt", },
};

struct genl_family espsimd_nl_family __ro_after_init = {
	.name		= ESPSIMD_FAMILY_NAME,
	.version	= ESPSIMD_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= espsimd_nl_ops,
	.n_split_ops	= ARRAY_SIZE(espsimd_nl_ops),
	.mcgrps		= espsimd_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(espsimd_nl_mcgrps),
};
