// SPDX-License-Identifier: GPL-2.0
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <net/rtnetlink.h>

#include "burst.h"
#include "compat/netdev.h"
#include "dev.h"
#include "espsimd.h"
#include "gso.h"
#include "lower.h"
#include "rxtx.h"
#include "sa.h"
#include "tx_gso.h"

static struct rtnl_link_ops espsimd_link_ops;

bool espsimd_dev_is(const struct net_device *dev)
{
	return dev->rtnl_link_ops == &espsimd_link_ops;
}

static enum espsimd_tier espsimd_dev_engine_tier(u32 engine)
{
	switch (engine) {
	case ESPSIMD_ENGINE_AUTO:
		return ESPSIMD_TIER_NR;
	case ESPSIMD_ENGINE_AESNI:
		return ESPSIMD_TIER_AESNI;
	case ESPSIMD_ENGINE_AVX2:
		return ESPSIMD_TIER_AVX2;
	case ESPSIMD_ENGINE_AVX512:
		return ESPSIMD_TIER_AVX512;
	default:
		return ESPSIMD_TIER_NONE;
	}
}

u32 espsimd_dev_engine_active(const struct espsimd_dev *priv)
{
	enum espsimd_tier tier = READ_ONCE(priv->tier);

	if (tier == ESPSIMD_TIER_NR)
		tier = espsimd_aead_best_tier();

	switch (tier) {
	case ESPSIMD_TIER_AESNI:
		return ESPSIMD_ENGINE_AESNI;
	case ESPSIMD_TIER_AVX2:
		return ESPSIMD_ENGINE_AVX2;
	case ESPSIMD_TIER_AVX512:
		return ESPSIMD_ENGINE_AVX512;
	default:
		return ESPSIMD_ENGINE_GENERIC;
	}
}

bool espsimd_dev_engine_usable(u32 engine)
{
	enum espsimd_tier tier = espsimd_dev_engine_tier(engine);

	return tier == ESPSIMD_TIER_NONE || tier == ESPSIMD_TIER_NR ||
	       espsimd_aead_tier_usable(tier);
}

int espsimd_dev_set_engine(struct espsimd_dev *priv, u32 engine)
{
	enum espsimd_tier tier = espsimd_dev_engine_tier(engine);

	ASSERT_RTNL();

	if (!espsimd_dev_engine_usable(engine))
		return -EOPNOTSUPP;

	/* Without any tier even the automatic choice is the kernel's AEAD. */
	if (tier == ESPSIMD_TIER_NR &&
	    espsimd_aead_best_tier() == ESPSIMD_TIER_NONE)
		tier = ESPSIMD_TIER_NONE;

	priv->engine = engine;
	WRITE_ONCE(priv->tier, tier);
	return 0;
}

/* ---- per-CPU part ---- */

static void espsimd_dev_free_cpus(struct espsimd_dev *priv)
{
	struct espsimd_cpu *cpu;
	int i;

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(priv->cpus, i);
		if (!cpu->rx_napi.poll)
			break;
		__netif_napi_del(&cpu->rx_napi);
		__netif_napi_del(&cpu->tx_napi);
	}
	/* Once for all of them: netif_napi_del() would wait for each. */
	synchronize_net();

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(priv->cpus, i);
		/* They held keys' pointers and heads of payloads. */
		kfree_sensitive(cpu->rx);
		kfree_sensitive(cpu->tx);
	}
	free_percpu(priv->cpus);
}

static int espsimd_dev_alloc_cpus(struct espsimd_dev *priv)
{
	struct espsimd_cpu *cpu;
	int i;

	priv->cpus = alloc_percpu(struct espsimd_cpu);
	if (!priv->cpus)
		return -ENOMEM;

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(priv->cpus, i);
		/* Any user can make devices in a user namespace of theirs. */
		cpu->rx = kzalloc_node(sizeof(*cpu->rx), GFP_KERNEL_ACCOUNT,
				       cpu_to_node(i));
		cpu->tx = kzalloc_node(sizeof(*cpu->tx), GFP_KERNEL_ACCOUNT,
				       cpu_to_node(i));
		if (!cpu->rx || !cpu->tx) {
			espsimd_dev_free_cpus(priv);
			return -ENOMEM;
		}
		skb_queue_head_init(&cpu->rx_queue);
		skb_queue_head_init(&cpu->tx_queue);
		netif_napi_add(priv->dev, &cpu->rx_napi, espsimd_rx_poll);
		netif_napi_add_tx(priv->dev, &cpu->tx_napi, espsimd_tx_poll);
	}

	return 0;
}

/* ---- net_device_ops ---- */

static int espsimd_dev_init(struct net_device *dev)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	int err;

	netdev_lockdep_set_classes(dev);

	err = espsimd_sa_table_init(priv);
	if (err)
		return err;

	err = espsimd_policies_init(&priv->policies);
	if (err)
		goto err_free_tables;
	err = espsimd_policies_init(&priv->policies_out);
	if (err)
		goto err_free_policies;

	err = -ENOMEM;
	priv->stats = espsimd_stats_alloc();
	if (!priv->stats)
		goto err_free_policies_out;

	err = espsimd_dev_alloc_cpus(priv);
	if (err)
		goto err_free_stats;

	netdev_hold(priv->lower, &priv->lower_tracker, GFP_KERNEL);
	return 0;

err_free_stats:
	free_percpu(priv->stats);
err_free_policies_out:
	espsimd_policies_destroy(&priv->policies_out);
err_free_policies:
	espsimd_policies_destroy(&priv->policies);
err_free_tables:
	espsimd_sa_table_destroy(priv);
	return err;
}

static void espsimd_dev_uninit(struct net_device *dev)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);

	netdev_put(priv->lower, &priv->lower_tracker);
	espsimd_dev_free_cpus(priv);
	free_percpu(priv->stats);
	espsimd_policies_destroy(&priv->policies_out);
	espsimd_policies_destroy(&priv->policies);
	espsimd_sa_table_destroy(priv);
}

/* Hand the modes of a device that is up on to the lower one, or take back. */
static void espsimd_dev_sync_modes(struct net_device *dev, int modes, int by)
{
	struct net_device *lower = espsimd_dev_priv(dev)->lower;

	if (modes & IFF_PROMISC)
		dev_set_promiscuity(lower, by);
	if (modes & IFF_ALLMULTI)
		dev_set_allmulti(lower, by);
}

static void espsimd_dev_change_rx_flags(struct net_device *dev, int change)
{
	/* While the device is down the lower one need not know. */
	if (!(dev->flags & IFF_UP))
		return;

	espsimd_dev_sync_modes(dev, change & dev->flags, 1);
	espsimd_dev_sync_modes(dev, change & ~dev->flags, -1);
}

static int espsimd_dev_open(struct net_device *dev)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	int i, err;

	err = dev_open(priv->lower, NULL);
	if (err)
		return err;

	for_each_possible_cpu(i) {
		napi_enable(&per_cpu_ptr(priv->cpus, i)->rx_napi);
		napi_enable(&per_cpu_ptr(priv->cpus, i)->tx_napi);
	}
	espsimd_dev_sync_modes(dev, dev->flags, 1);
	netif_stacked_transfer_operstate(priv->lower, dev);
	return 0;
}

/*
 * What has not been polled. No more of it comes: the lower device's frames are
 * dropped while the device does not run, and the stack's own queues are empty.
 */
static void espsimd_dev_purge(struct espsimd_dev *priv,
			      struct sk_buff_head *queue, unsigned int stat)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(queue)))
		espsimd_stats_drop(priv->stats, skb, stat);
}

static int espsimd_dev_stop(struct net_device *dev)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	struct espsimd_cpu *cpu;
	int i;

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(priv->cpus, i);
		napi_disable(&cpu->rx_napi);
		napi_disable(&cpu->tx_napi);
		espsimd_dev_purge(priv, &cpu->rx_queue,
				  ESPSIMD_STAT(RX_DROP_BACKLOG));
		espsimd_dev_purge(priv, &cpu->tx_queue,
				  ESPSIMD_STAT(TX_DROP_BACKLOG));
	}
	espsimd_dev_sync_modes(dev, dev->flags, -1);
	dev_uc_unsync(priv->lower, dev);
	dev_mc_unsync(priv->lower, dev);
	return 0;
}

static void espsimd_dev_set_rx_mode(struct net_device *dev)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);

	dev_uc_sync(priv->lower, dev);
	dev_mc_sync(priv->lower, dev);
}

static int espsimd_dev_change_mtu(struct net_device *dev, int mtu)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	int err;

	if (priv->lower->mtu != mtu) {
		err = dev_set_mtu(priv->lower, mtu);
		if (err)
			return err;
	}
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static int espsimd_dev_set_mac(struct net_device *dev, void *addr)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	struct espsimd_compat_sockaddr *sa = addr;
	const u8 *mac = (void *)sa->__data;

	if (!is_valid_ether_addr(mac))
		return -EADDRNOTAVAIL;
	if (!ether_addr_equal(priv->lower->dev_addr, mac))
		/* Our own address follows with NETDEV_CHANGEADDR. */
		return dev_set_mac_address(priv->lower, addr, NULL);

	eth_hw_addr_set(dev, mac);
	return 0;
}

static netdev_features_t espsimd_dev_fix_features(struct net_device *dev,
						  netdev_features_t features)
{
	return espsimd_lower_fix_features(features);
}

static netdev_features_t
espsimd_dev_features_check(struct sk_buff *skb, struct net_device *dev,
			   netdev_features_t features)
{
	/*
	 * Large packets of TCP come whole, and so does all ESP in UDP. The
	 * rest the stack cuts.
	 */
	if (!espsimd_gso_is_whole(skb, dev) &&
	    !(espsimd_gso_is_esp(skb, dev) && espsimd_tx_gso_fits(skb)))
		features &= ~NETIF_F_GSO_ESP;

	/* What the stack does for devices without this callback. */
	return vlan_features_check(skb, features);
}

static void espsimd_dev_get_stats64(struct net_device *dev,
				    struct rtnl_link_stats64 *s)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	u64 sum[ESPSIMD_STAT_NR];

	dev_get_tstats64(dev, s);
	espsimd_stats_read(priv->stats, sum);
	s->rx_dropped += espsimd_stats_drops(sum, false);
	s->tx_dropped += espsimd_stats_drops(sum, true);
}

static int espsimd_dev_get_iflink(const struct net_device *dev)
{
	return READ_ONCE(espsimd_dev_priv(dev)->lower->ifindex);
}

static const struct net_device_ops espsimd_netdev_ops = {
	.ndo_init = espsimd_dev_init,
	.ndo_uninit = espsimd_dev_uninit,
	.ndo_open = espsimd_dev_open,
	.ndo_stop = espsimd_dev_stop,
	.ndo_start_xmit = espsimd_tx_xmit,
	.ndo_set_rx_mode = espsimd_dev_set_rx_mode,
	.ndo_change_rx_flags = espsimd_dev_change_rx_flags,
	.ndo_change_mtu = espsimd_dev_change_mtu,
	.ndo_set_mac_address = espsimd_dev_set_mac,
	.ndo_fix_features = espsimd_dev_fix_features,
	.ndo_features_check = espsimd_dev_features_check,
	.ndo_get_stats64 = espsimd_dev_get_stats64,
	.ndo_get_iflink = espsimd_dev_get_iflink,
	.ndo_validate_addr = eth_validate_addr,
};

/* ---- rtnl_link_ops ---- */

static void espsimd_dev_setup(struct net_device *dev)
{
	ether_setup(dev);

	dev->netdev_ops = &espsimd_netdev_ops;
	dev->ethtool_ops = &espsimd_ethtool_ops;
	dev->xfrmdev_ops = &espsimd_xfrmdev_ops;
	dev->needs_free_netdev = true;
	dev->lltx = true;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	espsimd_compat_netns_immutable(dev);
	/* In packet mode the dst says how to get to the other end. */
	netif_keep_dst(dev);
	/* Frames are changed in place, so they must not be shared. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	/*
	 * netpoll could interrupt a transmission on the same CPU and find its
	 * working memory in use.
	 */
	dev->priv_flags |= IFF_NO_QUEUE | IFF_UNICAST_FLT |
			   IFF_DISABLE_NETPOLL;
	dev->min_mtu = 0;
	dev->max_mtu = 0;
}

static int espsimd_dev_newlink(struct net_device *dev,
			       struct rtnl_newlink_params *params,
			       struct netlink_ext_ack *extack)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	struct net *net = rtnl_newlink_link_net(params);
	struct net_device *lower;
	int err;

	if (!params->tb[IFLA_LINK]) {
		NL_SET_ERR_MSG_MOD(extack,
				   "A lower device is needed, see link");
		return -EINVAL;
	}
	if (!net_eq(net, dev_net(dev))) {
		NL_SET_ERR_MSG_MOD(extack,
				   "The lower device is in another namespace");
		return -EINVAL;
	}

	lower = __dev_get_by_index(net, nla_get_u32(params->tb[IFLA_LINK]));
	if (!lower) {
		NL_SET_ERR_MSG_MOD(extack, "There is no such lower device");
		return -ENODEV;
	}

	err = espsimd_lower_check(dev, lower, extack);
	if (err)
		return err;

	priv->dev = dev;
	priv->lower = lower;
	espsimd_dev_set_engine(priv, ESPSIMD_ENGINE_AUTO);
	espsimd_lower_inherit(dev, lower);
	if (params->tb[IFLA_ADDRESS])
		/* The address is the lower device's; change it there first. */
		eth_hw_addr_set(dev, lower->dev_addr);

	err = register_netdevice(dev);
	if (err)
		return err;

	err = espsimd_lower_enslave(priv, extack);
	if (err)
		unregister_netdevice(dev);

	return err;
}

static void espsimd_dev_dellink(struct net_device *dev, struct list_head *head)
{
	espsimd_lower_release(espsimd_dev_priv(dev));
	unregister_netdevice_queue(dev, head);
}

static struct net *espsimd_dev_get_link_net(const struct net_device *dev)
{
	return dev_net(espsimd_dev_priv(dev)->lower);
}

ESPSIMD_NEWLINK_TRAMPOLINE(espsimd_dev_newlink)

static struct rtnl_link_ops espsimd_link_ops __read_mostly = {
	.kind = ESPSIMD_KIND,
	.priv_size = sizeof(struct espsimd_dev),
	.setup = espsimd_dev_setup,
	.newlink = ESPSIMD_NEWLINK(espsimd_dev_newlink),
	.dellink = espsimd_dev_dellink,
	.get_link_net = espsimd_dev_get_link_net,
};

int espsimd_dev_register(void)
{
	return rtnl_link_register(&espsimd_link_ops);
}

void espsimd_dev_unregister(void)
{
	rtnl_link_unregister(&espsimd_link_ops);
}
