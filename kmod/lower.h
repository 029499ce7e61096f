/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stacking on the lower device: checks, enslaving, following its events.
 */
#ifndef ESPSIMD_LOWER_H
#define ESPSIMD_LOWER_H

#include <linux/netdevice.h>

#include "dev.h"

/**
 * espsimd_lower_check() - can a device be stacked on this one?
 * @dev: the espsimd device, not yet registered
 * @lower: the device below
 * @extack: gets the reason of a refusal
 *
 * Context: Process context, RTNL held.
 * Return: 0; -EINVAL for a device that can never be a lower device; -EBUSY
 * for one that is in use otherwise.
 */
int espsimd_lower_check(const struct net_device *dev, struct net_device *lower,
			struct netlink_ext_ack *extack);

/**
 * espsimd_lower_inherit() - take address, MTU and features from below
 * @dev: the espsimd device, not yet registered
 * @lower: the device below
 *
 * Context: Process context, RTNL held.
 */
void espsimd_lower_inherit(struct net_device *dev,
			   const struct net_device *lower);

/**
 * espsimd_lower_fix_features() - features that a device may have
 * @features: the ones wanted
 *
 * Context: Process context, RTNL held.
 * Return: @features without those that make no sense without others.
 */
netdev_features_t espsimd_lower_fix_features(netdev_features_t features);

/**
 * espsimd_lower_enslave() - take over the frames of the lower device
 * @priv: the device, registered
 * @extack: gets the reason of a failure
 *
 * Context: Process context, RTNL held.
 * Return: 0 or the error of the upper link or the rx handler: -EBUSY, -ENOMEM,
 * -EMLINK, or what a notifier answered.
 */
int espsimd_lower_enslave(struct espsimd_dev *priv,
			  struct netlink_ext_ack *extack);

/**
 * espsimd_lower_release() - give the lower device back
 * @priv: the device
 *
 * Context: Process context, RTNL held. After it no frame comes in any more.
 */
void espsimd_lower_release(struct espsimd_dev *priv);

/**
 * espsimd_lower_register() - start to follow events of lower devices
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int espsimd_lower_register(void);

/**
 * espsimd_lower_unregister() - stop to follow events
 *
 * Context: Process context.
 */
void espsimd_lower_unregister(void);

#endif /* ESPSIMD_LOWER_H */
