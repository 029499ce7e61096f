// SPDX-License-Identifier: GPL-2.0
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <net/rtnetlink.h>

#include "compat/netdev.h"
#include "lower.h"
#include "rxtx.h"

/*
 * What the device hands through. The stack does in software what the lower
 * device lacks, when the frame gets there, so these need not follow it.
 */
#define ESPSIMD_PASS_FEATURES						\
	(NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |		\
	 NETIF_F_HW_CSUM | NETIF_F_GSO_SOFTWARE | NETIF_F_GSO_ENCAP_ALL)

/* What the device does itself. */
#define ESPSIMD_OWN_FEATURES						\
	(NETIF_F_HW_ESP | NETIF_F_HW_ESP_TX_CSUM | NETIF_F_GSO_ESP |	\
	 NETIF_F_GRO)

int espsimd_lower_check(const struct net_device *dev, struct net_device *lower,
			struct netlink_ext_ack *extack)
{
	if (lower->type != ARPHRD_ETHER || lower->flags & IFF_LOOPBACK ||
	    lower->addr_len != ETH_ALEN) {
		NL_SET_ERR_MSG_MOD(extack,
				   "The lower device is not an Ethernet device");
		return -EINVAL;
	}
	if (espsimd_dev_is(lower)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "The lower device is an espsimd device itself");
		return -EINVAL;
	}
	if (netdev_master_upper_dev_get(lower)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "The lower device has another master");
		return -EBUSY;
	}
	if (netdev_is_rx_handler_busy(lower)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "The lower device's frames are taken already");
		return -EBUSY;
	}

	return 0;
}

void espsimd_lower_inherit(struct net_device *dev,
			   const struct net_device *lower)
{
	eth_hw_addr_inherit(dev, (struct net_device *)lower);
	dev->mtu = lower->mtu;
	dev->min_mtu = lower->min_mtu;
	dev->max_mtu = lower->max_mtu;
	dev->hard_header_len = lower->hard_header_len;
	dev->needed_headroom = lower->needed_headroom;
	dev->needed_tailroom = lower->needed_tailroom;

	dev->features = ESPSIMD_OWN_FEATURES | ESPSIMD_PASS_FEATURES;
	/*
	 * Users cannot turn off that large packets of ESP in UDP come whole,
	 * tunnels inside of it included: the stack cuts them wrongly (see
	 * gso.h).
	 */
	dev->hw_features = dev->features & ~(NETIF_F_HIGHDMA | NETIF_F_GSO_ESP |
					     NETIF_F_GSO_ENCAP_ALL);
	dev->hw_enc_features = ESPSIMD_PASS_FEATURES | NETIF_F_HW_ESP |
			       NETIF_F_HW_ESP_TX_CSUM | NETIF_F_GSO_ESP;
	dev->vlan_features = ESPSIMD_PASS_FEATURES;
}

netdev_features_t espsimd_lower_fix_features(netdev_features_t features)
{
	/* Its own ESP would take a large packet whole for a single one. */
	if (features & NETIF_F_HW_ESP)
		return features | NETIF_F_GSO_ESP;

	/* The stack refuses a device with the first of these alone. */
	return features & ~(NETIF_F_HW_ESP_TX_CSUM | NETIF_F_GSO_ESP);
}

/*
 * Set or clear a feature that users control. Its owner may refuse; then it
 * stays, and ESP that the stack decrypts first is merely not accelerated.
 */
static void __espsimd_lower_want(struct net_device *lower,
				 netdev_features_t feature, bool on)
{
	if (on)
		lower->wanted_features |= feature;
	else
		lower->wanted_features &= ~feature;
	netdev_update_features(lower);
}

static void espsimd_lower_want(struct net_device *lower,
			       netdev_features_t feature, bool on)
{
	netdev_lock_ops(lower);
	__espsimd_lower_want(lower, feature, on);
	netdev_unlock_ops(lower);
}

/*
 * GRO below would decrypt ESP in the generic way before it gets here, and
 * LRO would merge what must stay apart.
 */
static void espsimd_lower_stop_gro(struct espsimd_dev *priv)
{
	struct net_device *lower = priv->lower;

	priv->lower_gro = lower->features & NETIF_F_GRO;
	priv->lower_lro = lower->features & NETIF_F_LRO;
	if (priv->lower_gro)
		espsimd_lower_want(lower, NETIF_F_GRO, false);
	if (priv->lower_lro)
		dev_disable_lro(lower);
}

static void espsimd_lower_restore_gro(struct espsimd_dev *priv)
{
	if (priv->lower->reg_state != NETREG_REGISTERED)
		return;

	if (priv->lower_gro)
		espsimd_lower_want(priv->lower, NETIF_F_GRO, true);
	if (priv->lower_lro)
		espsimd_lower_want(priv->lower, NETIF_F_LRO, true);
}

int espsimd_lower_enslave(struct espsimd_dev *priv,
			  struct netlink_ext_ack *extack)
{
	int err;

	err = netdev_master_upper_dev_link(priv->lower, priv->dev, NULL, NULL,
					   extack);
	if (err)
		return err;

	err = netdev_rx_handler_register(priv->lower, espsimd_rx_handler, priv);
	if (err) {
		netdev_upper_dev_unlink(priv->lower, priv->dev);
		return err;
	}

	espsimd_lower_stop_gro(priv);
	netif_stacked_transfer_operstate(priv->lower, priv->dev);
	return 0;
}

void espsimd_lower_release(struct espsimd_dev *priv)
{
	/* Waits until no CPU is in the handler any more. */
	netdev_rx_handler_unregister(priv->lower);
	/* Not before, or the event would make us turn it off again. */
	espsimd_lower_restore_gro(priv);
	netdev_upper_dev_unlink(priv->lower, priv->dev);
}

/* ---- events ---- */

/* The espsimd device on a lower device, or NULL. */
static struct espsimd_dev *espsimd_lower_upper(struct net_device *lower)
{
	ASSERT_RTNL();

	if (rcu_access_pointer(lower->rx_handler) != espsimd_rx_handler)
		return NULL;

	return rtnl_dereference(lower->rx_handler_data);
}

static void espsimd_lower_unregistering(struct espsimd_dev *priv)
{
	struct net_device *dev = priv->dev;
	LIST_HEAD(list);

	/* The stack calls this again when it waits for references. */
	dev->rtnl_link_ops->dellink(dev, &list);
	unregister_netdevice_many(&list);
}

static void espsimd_lower_changed_addr(struct espsimd_dev *priv)
{
	if (ether_addr_equal(priv->dev->dev_addr, priv->lower->dev_addr))
		return;

	eth_hw_addr_set(priv->dev, priv->lower->dev_addr);
	call_netdevice_notifiers(NETDEV_CHANGEADDR, priv->dev);
}

static int espsimd_lower_event(struct notifier_block *nb, unsigned long event,
			       void *ptr)
{
	struct net_device *lower = netdev_notifier_info_to_dev(ptr);
	struct espsimd_dev *priv = espsimd_lower_upper(lower);

	if (!priv)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		/*
		 * The device stays up without a link, so that its SAs survive
		 * when a cable is pulled.
		 */
		netif_stacked_transfer_operstate(lower, priv->dev);
		if (!netif_running(lower))
			netif_carrier_off(priv->dev);
		break;
	case NETDEV_CHANGEMTU:
		if (priv->dev->mtu != lower->mtu)
			dev_set_mtu(priv->dev, lower->mtu);
		break;
	case NETDEV_CHANGEADDR:
		espsimd_lower_changed_addr(priv);
		break;
	case NETDEV_FEAT_CHANGE:
		if (lower->features & lower->wanted_features & NETIF_F_GRO) {
			/*
			 * Somebody turned it on again. The event comes with
			 * the device locked already.
			 */
			netdev_warn(priv->dev, "GRO of %s stays off\n",
				    lower->name);
			__espsimd_lower_want(lower, NETIF_F_GRO, false);
		}
		break;
	case NETDEV_PRE_TYPE_CHANGE:
		/* It would stop being an Ethernet device. */
		return NOTIFY_BAD;
	case NETDEV_UNREGISTER:
		espsimd_lower_unregistering(priv);
		break;
	}

	return NOTIFY_DONE;
}

static struct notifier_block espsimd_lower_notifier = {
	.notifier_call = espsimd_lower_event,
};

int espsimd_lower_register(void)
{
	return register_netdevice_notifier(&espsimd_lower_notifier);
}

void espsimd_lower_unregister(void)
{
	unregister_netdevice_notifier(&espsimd_lower_notifier);
}
