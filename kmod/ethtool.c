// SPDX-License-Identifier: GPL-2.0
#include <linux/ethtool.h>
#include <net/rtnetlink.h>

#include "dev.h"
#include "espsimd.h"

static void espsimd_get_drvinfo(struct net_device *dev,
				struct ethtool_drvinfo *info)
{
	strscpy(info->driver, ESPSIMD_KIND, sizeof(info->driver));
	strscpy(info->version, ESPSIMD_VERSION, sizeof(info->version));
}

static int espsimd_get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? ESPSIMD_STAT_NR : -EOPNOTSUPP;
}

static void espsimd_get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	if (sset == ETH_SS_STATS)
		memcpy(data, espsimd_stat_names, sizeof(espsimd_stat_names));
}

static void espsimd_get_ethtool_stats(struct net_device *dev,
				      struct ethtool_stats *stats, u64 *data)
{
	espsimd_stats_read(espsimd_dev_priv(dev)->stats, data);
}

static int espsimd_get_link_ksettings(struct net_device *dev,
				      struct ethtool_link_ksettings *cmd)
{
	return __ethtool_get_link_ksettings(espsimd_dev_priv(dev)->lower, cmd);
}

const struct ethtool_ops espsimd_ethtool_ops = {
	.get_drvinfo = espsimd_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_sset_count = espsimd_get_sset_count,
	.get_strings = espsimd_get_strings,
	.get_ethtool_stats = espsimd_get_ethtool_stats,
	.get_link_ksettings = espsimd_get_link_ksettings,
};
