/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Policies that the stack has offloaded to a device. Those for received packets
 * are applied by the device; those for packets to send by the stack, unless it
 * has been told not to: then the device applies them too.
 */
#ifndef ESPSIMD_POLICY_H
#define ESPSIMD_POLICY_H

#include <linux/if_ether.h>
#include <linux/rhashtable-types.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <net/xfrm.h>

#include "flow.h"

struct netlink_ext_ack;

/**
 * struct espsimd_policy_key - what policies are hashed by
 * @saddr: source prefix; all bits behind it are zero
 * @daddr: destination prefix, likewise
 * @family: AF_INET or AF_INET6
 * @len_s: length of @saddr in bits
 * @len_d: length of @daddr in bits
 */
struct espsimd_policy_key {
	xfrm_address_t saddr;
	xfrm_address_t daddr;
	u16 family;
	u8 len_s;
	u8 len_d;
};

/**
 * struct espsimd_policy_shape - lengths of prefixes that policies have
 * @list: in espsimd_policies.shapes
 * @mask: family and lengths; the addresses have ones where they count
 * @nr: number of policies; espsimd_policies.lock protects it
 * @rcu: frees it when no reader is left
 */
struct espsimd_policy_shape {
	struct list_head list;
	struct espsimd_policy_key mask;
	unsigned int nr;
	struct rcu_head rcu;
};

/**
 * struct espsimd_policy - an offloaded policy
 *
 * A copy of what the data path has to know; nothing but @node changes as long
 * as a reader can see it.
 *
 * @node: in espsimd_policies.table
 * @key: what it is hashed by
 * @sel: which packets it is for
 * @mark: likewise
 * @age: policies with a smaller number were added earlier
 * @priority: the smallest number wins
 * @dir: XFRM_DEV_OFFLOAD_*
 * @block: it forbids its packets
 * @ask: an outbound one that only the stack can tell the SA for
 * @has_tmpl: it demands @tmpl
 * @tmpl: the SA that its packets must have come through
 * @shape: the one of @key; valid while @linked
 * @linked: it is in the table; espsimd_policies.lock protects it
 * @rcu: frees it when no reader is left
 */
struct espsimd_policy {
	struct rhlist_head node;
	struct espsimd_policy_key key;
	struct xfrm_selector sel;
	struct xfrm_mark mark;
	u64 age;
	u32 priority;
	u8 dir;
	bool block;
	bool ask;
	bool has_tmpl;
	struct xfrm_tmpl tmpl;
	struct espsimd_policy_shape *shape;
	bool linked;
	struct rcu_head rcu;
};

/**
 * struct espsimd_policies - offloaded policies of a device, of one direction
 *
 * Either those for received packets or those for packets to send.
 *
 * @table: the policies, by struct espsimd_policy_key
 * @shapes: the lengths of prefixes that they have; one lookup is made for each
 * @lock: protects everything here against other writers; a leaf lock apart from
 *	those of @table, taken with BH off
 * @age: the one of the policy that is added next
 * @nr: number of policies in @table
 * @gone: the device is being removed; @table must not be used any more
 */
struct espsimd_policies {
	struct rhltable table;
	struct list_head shapes;
	spinlock_t lock; /* protects the above and the below */
	u64 age;
	unsigned int nr;
	bool gone;
};

/**
 * struct espsimd_policy_match - policies of a packet
 * @in: the one if the packet is for this host, or NULL
 * @fwd: the one if it is to be forwarded, or NULL. Among policies for packets
 *	to send, the one of the packet
 */
struct espsimd_policy_match {
	const struct espsimd_policy *in;
	const struct espsimd_policy *fwd;
};

/**
 * espsimd_policies_any() - are there policies at all?
 * @p: policies of a device
 *
 * Context: Any context.
 * Return: true if there are.
 */
static inline bool espsimd_policies_any(const struct espsimd_policies *p)
{
	return READ_ONCE(p->nr);
}

/**
 * espsimd_policies_concern() - could a policy say something about a packet?
 * @p: policies of a device
 * @skb: the packet
 *
 * Context: Any context.
 * Return: true if there are policies, and it is a packet of IP.
 */
static inline bool espsimd_policies_concern(const struct espsimd_policies *p,
					    const struct sk_buff *skb)
{
	return unlikely(espsimd_policies_any(p)) &&
	       (skb->protocol == htons(ETH_P_IP) ||
		skb->protocol == htons(ETH_P_IPV6));
}

/**
 * espsimd_policies_init() - prepare the policies of a device
 * @p: the policies
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int espsimd_policies_init(struct espsimd_policies *p);

/**
 * espsimd_policies_destroy() - free the tables of a device
 * @p: the policies; nobody looks them up any more
 *
 * The stack may still hold policies, and delete and free them later on.
 *
 * Context: Process context.
 */
void espsimd_policies_destroy(struct espsimd_policies *p);

/**
 * espsimd_policy_validate() - would a policy be taken?
 * @xp: the stack's policy, with its xdo set
 * @extack: when refused, why, as one sentence; may be NULL
 *
 * Context: Any context.
 * Return: 0 or -EOPNOTSUPP.
 */
int __must_check espsimd_policy_validate(const struct xfrm_policy *xp,
					 struct netlink_ext_ack *extack);

/**
 * espsimd_policy_must_ask() - is it the stack that knows what to do?
 * @xp: the stack's policy, for packets to send
 *
 * Interface ids and security contexts are no matter of a packet alone. That it
 * is used is noted by the stack, and a template can leave the source address to
 * the routing.
 *
 * Context: Any context.
 * Return: true if only the stack can apply it.
 */
bool espsimd_policy_must_ask(const struct xfrm_policy *xp);

/**
 * espsimd_policies_add() - take a policy
 * @p: policies of a device
 * @xp: the stack's policy
 * @extack: why not, if so; may be NULL
 *
 * Context: Process context.
 * Return: 0, -EOPNOTSUPP, -ENODEV if the device is being removed, or what
 * inserting into a table that grows returns: -ENOMEM, -EBUSY or -E2BIG.
 */
int espsimd_policies_add(struct espsimd_policies *p, struct xfrm_policy *xp,
			 struct netlink_ext_ack *extack);

/**
 * espsimd_policies_del() - hide a policy from the data path
 * @p: policies of a device
 * @xp: the stack's policy
 *
 * It can be called again, and does nothing then.
 *
 * Context: Any context but hard interrupts.
 */
void espsimd_policies_del(struct espsimd_policies *p, struct xfrm_policy *xp);

/**
 * espsimd_policy_lookup() - find the policies of a packet
 * @p: policies of a device
 * @flow: the packet
 * @mark: its mark
 * @m: (output) of all that match, per direction, the one with the smallest
 *	priority, and of these the oldest one
 *
 * That is the order of the stack's own policies. (Among offloaded ones with
 * whole addresses in the selector the stack takes the newest one, whatever its
 * priority. It expects the device to decide.)
 *
 * Context: RCU read side, in which the policies of @m are valid.
 */
void espsimd_policy_lookup(const struct espsimd_policies *p,
			   const struct espsimd_flow *flow, u32 mark,
			   struct espsimd_policy_match *m);

/**
 * espsimd_policies_forbid() - must a packet in the clear be dropped?
 * @p: policies of a device
 * @flow: the packet
 * @mark: its mark
 *
 * It is not known yet whether the packet will be forwarded, so that either of
 * its policies may forbid it. The ports of a fragment are not known either, and
 * the stack does not check an offloaded policy when it has put the packet
 * together: here all policies count that could be those of the whole packet.
 *
 * Context: RCU read side.
 * Return: true if it must.
 */
bool espsimd_policies_forbid(const struct espsimd_policies *p,
			     const struct espsimd_flow *flow, u32 mark);

/**
 * espsimd_policy_demands() - would clear text that matches it be wrong?
 * @pol: a policy
 *
 * Context: Any context.
 * Return: true if it blocks, or demands an SA.
 */
static inline bool espsimd_policy_demands(const struct espsimd_policy *pol)
{
	return pol->block || pol->has_tmpl;
}

/**
 * espsimd_policy_fits() - may a packet have come through just this SA?
 * @pol: policy of the packet
 * @x: the SA, an inbound one
 *
 * It is never more generous than the stack, and stricter where inner and outer
 * family differ: the stack compares only a part of the outer address then.
 *
 * Context: Any context.
 * Return: true if the SA is what the policy demands.
 */
bool espsimd_policy_fits(const struct espsimd_policy *pol,
			 const struct xfrm_state *x);

/**
 * espsimd_xdo_policy_add() - the stack offloads a policy to a device
 * @xp: the stack's policy
 * @extack: why not, if so
 *
 * An outbound one that names an SA by SPI is refused if that SA exists and is
 * not one that the stack could use for it.
 *
 * Context: Process context.
 * Return: as espsimd_policies_add().
 */
int espsimd_xdo_policy_add(struct xfrm_policy *xp,
			   struct netlink_ext_ack *extack);

/**
 * espsimd_xdo_policy_delete() - the stack has deleted an offloaded policy
 * @xp: the stack's policy
 *
 * Context: Any context but hard interrupts: the stack calls it from timers.
 */
void espsimd_xdo_policy_delete(struct xfrm_policy *xp);

/**
 * espsimd_xdo_policy_free() - nobody uses a deleted policy any more
 * @xp: the stack's policy
 *
 * Context: Any context but hard interrupts: the last user may be a packet.
 */
void espsimd_xdo_policy_free(struct xfrm_policy *xp);

#endif /* ESPSIMD_POLICY_H */
