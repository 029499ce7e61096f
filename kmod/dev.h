/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The espsimd network device and its stacking on a lower device.
 */
#ifndef ESPSIMD_DEV_H
#define ESPSIMD_DEV_H

#include <linux/netdevice.h>
#include <linux/rhashtable-types.h>
#include <linux/xarray.h>
#include <uapi/linux/espsimd.h>

#include "aead/aead.h"
#include "policy.h"
#include "stats.h"

struct espsimd_burst;

/**
 * struct espsimd_cpu - what one CPU needs to move a device's frames
 * @rx_napi: polls @rx_queue
 * @tx_napi: polls @tx_queue
 * @rx_queue: received frames that wait for their poll, at most
 *	ESPSIMD_QUEUE_MAX; its lock protects it
 * @tx_queue: the same for frames to send
 * @rx: working memory of @rx_napi, used by nobody else
 * @tx: working memory of @tx_napi, used by nobody else
 */
struct espsimd_cpu {
	struct napi_struct rx_napi;
	struct napi_struct tx_napi;
	struct sk_buff_head rx_queue;
	struct sk_buff_head tx_queue;
	struct espsimd_burst *rx;
	struct espsimd_burst *tx;
};

/**
 * struct espsimd_dev - private data of an espsimd network device
 * @dev: the device itself
 * @lower: the lower device; set for the whole life of @dev after newlink
 * @lower_tracker: reference of @dev on @lower
 * @lower_gro: the lower device had GRO on when it was taken over
 * @lower_lro: the same for LRO
 * @engine: engine that the user asked for; written under RTNL
 * @tier: engine tier for packets: ESPSIMD_TIER_NR for the best one,
 *	ESPSIMD_TIER_NONE for the kernel's AEAD. Written under RTNL, read
 *	anywhere
 * @sa_in: inbound SAs by destination address and SPI
 * @sa_out: outbound SAs of packet mode by what templates say
 * @sas: all SAs by id, for listing
 * @nr_sa: number of SAs by enum espsimd_direction
 * @nr_encap: number of inbound SAs with UDP encapsulation
 * @out_left: when an outbound SA of packet mode was deleted last, in jiffies
 * @policies: policies offloaded to the device, for received packets
 * @policies_out: those for packets to send
 * @cpus: per-CPU part
 * @stats: counters
 */
struct espsimd_dev {
	struct net_device *dev;
	struct net_device *lower;
	netdevice_tracker lower_tracker;
	bool lower_gro;
	bool lower_lro;
	u32 engine;
	enum espsimd_tier tier;
	struct rhltable sa_in;
	struct rhltable sa_out;
	struct xarray sas;
	atomic_t nr_sa[2];
	atomic_t nr_encap;
	unsigned long out_left;
	struct espsimd_policies policies;
	struct espsimd_policies policies_out;
	struct espsimd_cpu __percpu *cpus;
	struct espsimd_stats __percpu *stats;
};

/**
 * espsimd_dev_priv() - private data of an espsimd device
 * @dev: the device
 *
 * Return: its private data.
 */
static inline struct espsimd_dev *espsimd_dev_priv(const struct net_device *dev)
{
	return netdev_priv(dev);
}

/**
 * espsimd_dev_is() - is this an espsimd device?
 * @dev: any network device
 *
 * Context: Any context.
 * Return: true if it is.
 */
bool espsimd_dev_is(const struct net_device *dev);

/**
 * espsimd_dev_engine_active() - engine that a device uses now
 * @priv: the device
 *
 * Context: Any context.
 * Return: one of enum espsimd_engine, never ESPSIMD_ENGINE_AUTO.
 */
u32 espsimd_dev_engine_active(const struct espsimd_dev *priv);

/**
 * espsimd_dev_engine_usable() - can this machine use an engine?
 * @engine: one of enum espsimd_engine
 *
 * Context: Any context.
 * Return: true if it can.
 */
bool espsimd_dev_engine_usable(u32 engine);

/**
 * espsimd_dev_set_engine() - choose the engine of a device
 * @priv: the device
 * @engine: one of enum espsimd_engine
 *
 * Takes effect with the next burst, for all SAs of the device.
 *
 * Context: Process context, RTNL held.
 * Return: 0, or -EOPNOTSUPP if this machine cannot use @engine.
 */
int espsimd_dev_set_engine(struct espsimd_dev *priv, u32 engine);

/**
 * espsimd_dev_register() - register the link kind
 *
 * Context: Process context.
 * Return: 0, -ENOMEM or -EEXIST.
 */
int espsimd_dev_register(void);

/**
 * espsimd_dev_unregister() - remove all devices and the link kind
 *
 * Context: Process context.
 */
void espsimd_dev_unregister(void);

extern const struct ethtool_ops espsimd_ethtool_ops;

#endif /* ESPSIMD_DEV_H */
