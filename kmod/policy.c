// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: lifetime of an offloaded policy
 *
 * The stack's policy owns the device's copy: its xdo.offload_handle points to
 * it. The copy is found by the data path from espsimd_policies_add() to
 * espsimd_policies_del(), and freed a grace period after
 * espsimd_xdo_policy_free(), which the stack calls once, last of all.
 *
 * The stack deletes all policies of a device before the device is removed, but
 * packets may hold them longer. What is freed then does not touch the tables.
 * Should the stack add one in the middle of the removal, then it is refused, or
 * left behind in tables that are dropped as a whole; it is freed as ever.
 */
#include <linux/jhash.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "dev.h"
#include "policy.h"

/* Keys are compared as bytes. */
static_assert(sizeof(struct espsimd_policy_key) ==
	      2 * sizeof(xfrm_address_t) + 2 * sizeof(u16));

static u32 espsimd_policy_key_hash(const void *data, u32 len, u32 seed)
{
	const struct espsimd_policy_key *key = data;

	seed ^= key->len_s << 8 | key->len_d;
	if (key->family == AF_INET)
		return jhash_2words((__force u32)key->saddr.a4,
				    (__force u32)key->daddr.a4, seed);

	return jhash2(data, len / sizeof(u32), seed);
}

static const struct rhashtable_params espsimd_policy_params = {
	.head_offset = offsetof(struct espsimd_policy, node),
	.key_offset = offsetof(struct espsimd_policy, key),
	.key_len = sizeof(struct espsimd_policy_key),
	.hashfn = espsimd_policy_key_hash,
	.automatic_shrinking = true,
};

/* ---- which policies are taken ---- */

static int espsimd_policy_validate_tmpl(const struct xfrm_tmpl *tmpl,
					struct netlink_ext_ack *extack)
{
	if (tmpl->id.proto != IPPROTO_ESP) {
		NL_SET_ERR_MSG_MOD(extack, "Only policies for ESP can be offloaded");
		return -EOPNOTSUPP;
	}
	if (tmpl->mode != XFRM_MODE_TUNNEL &&
	    tmpl->mode != XFRM_MODE_TRANSPORT) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Only policies for transport and tunnel mode can be offloaded");
		return -EOPNOTSUPP;
	}
	if (tmpl->optional) {
		NL_SET_ERR_MSG_MOD(extack,
				   "A policy with an optional template cannot be offloaded");
		return -EOPNOTSUPP;
	}

	return 0;
}

/* What only matters where the driver applies a policy in the stack's stead. */
static int espsimd_policy_validate_rx(const struct xfrm_policy *xp,
				      struct netlink_ext_ack *extack)
{
	if (xp->if_id) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Inbound policies with an interface id cannot be offloaded");
		return -EOPNOTSUPP;
	}
	if (xp->security) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Inbound policies with a security context cannot be offloaded");
		return -EOPNOTSUPP;
	}
	if (xp->lft.soft_use_expires_seconds ||
	    xp->lft.hard_use_expires_seconds) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Inbound policies that expire by use cannot be offloaded");
		return -EOPNOTSUPP;
	}

	return 0;
}

int espsimd_policy_validate(const struct xfrm_policy *xp,
			    struct netlink_ext_ack *extack)
{
	int err;

	if (xp->type != XFRM_POLICY_TYPE_MAIN) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Only policies of the main type can be offloaded");
		return -EOPNOTSUPP;
	}
	if (xp->family != AF_INET && xp->family != AF_INET6) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Only policies for IPv4 and IPv6 can be offloaded");
		return -EOPNOTSUPP;
	}
	if (xp->action != XFRM_POLICY_ALLOW &&
	    xp->action != XFRM_POLICY_BLOCK) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Only policies that allow or block can be offloaded");
		return -EOPNOTSUPP;
	}
	if (xp->selector.ifindex) {
		NL_SET_ERR_MSG_MOD(extack,
				   "A policy for one interface cannot be offloaded");
		return -EOPNOTSUPP;
	}
	if (xp->xfrm_nr > 1) {
		NL_SET_ERR_MSG_MOD(extack,
				   "A policy with several templates cannot be offloaded");
		return -EOPNOTSUPP;
	}
	if (xp->xfrm_nr) {
		err = espsimd_policy_validate_tmpl(&xp->xfrm_vec[0], extack);
		if (err)
			return err;
	}

	return xp->xdo.dir == XFRM_DEV_OFFLOAD_OUT ? 0 :
		espsimd_policy_validate_rx(xp, extack);
}

/* ---- keys ---- */

static void espsimd_policy_mask_addr(xfrm_address_t *mask, u16 family, u8 len)
{
	unsigned int i, bits, words = family == AF_INET ? 1 : 4;

	for (i = 0; i < words; i++) {
		bits = clamp(len - 32 * (int)i, 0, 32);
		mask->a6[i] = bits ? htonl(~0U << (32 - bits)) : 0;
	}
}

static void espsimd_policy_set_mask(struct espsimd_policy_key *mask,
				    const struct xfrm_selector *sel)
{
	mask->family = sel->family;
	mask->len_s = sel->prefixlen_s;
	mask->len_d = sel->prefixlen_d;
	espsimd_policy_mask_addr(&mask->saddr, sel->family, sel->prefixlen_s);
	espsimd_policy_mask_addr(&mask->daddr, sel->family, sel->prefixlen_d);
}

static void espsimd_policy_set_key(struct espsimd_policy_key *key,
				   const struct espsimd_policy_key *mask,
				   const xfrm_address_t *saddr,
				   const xfrm_address_t *daddr)
{
	unsigned int i;

	key->family = mask->family;
	key->len_s = mask->len_s;
	key->len_d = mask->len_d;
	/* Of IPv4 addresses all but the first word has no bit in the mask. */
	for (i = 0; i < ARRAY_SIZE(key->saddr.a6); i++) {
		key->saddr.a6[i] = saddr->a6[i] & mask->saddr.a6[i];
		key->daddr.a6[i] = daddr->a6[i] & mask->daddr.a6[i];
	}
}

/* ---- life of a policy ---- */

static struct espsimd_policy *espsimd_policy_of(const struct xfrm_policy *xp)
{
	return (struct espsimd_policy *)xp->xdo.offload_handle;
}

bool espsimd_policy_must_ask(const struct xfrm_policy *xp)
{
	const struct xfrm_tmpl *tmpl = &xp->xfrm_vec[0];

	return xp->if_id || xp->security || xp->lft.soft_use_expires_seconds ||
	       xp->lft.hard_use_expires_seconds ||
	       (xp->xfrm_nr && tmpl->mode == XFRM_MODE_TUNNEL &&
		xfrm_addr_any(&tmpl->saddr, tmpl->encap_family));
}

static struct espsimd_policy *espsimd_policy_new(const struct xfrm_policy *xp)
{
	struct espsimd_policy *pol;

	/* Any user can have policies in a user namespace of theirs. */
	pol = kzalloc(sizeof(*pol), GFP_KERNEL_ACCOUNT);
	if (!pol)
		return NULL;

	pol->sel = xp->selector;
	/* The stack cleans the mark later on. */
	pol->mark.m = xp->mark.m;
	pol->mark.v = xp->mark.v & xp->mark.m;
	pol->priority = xp->priority;
	pol->dir = xp->xdo.dir;
	pol->block = xp->action != XFRM_POLICY_ALLOW;
	pol->has_tmpl = xp->xfrm_nr;
	if (pol->has_tmpl)
		pol->tmpl = xp->xfrm_vec[0];
	pol->ask = espsimd_policy_must_ask(xp);

	return pol;
}

static struct espsimd_policy_shape *
espsimd_policies_shape(const struct espsimd_policies *p,
		       const struct espsimd_policy_key *mask)
{
	struct espsimd_policy_shape *shape;

	list_for_each_entry(shape, &p->shapes, list)
		if (!memcmp(&shape->mask, mask, sizeof(*mask)))
			return shape;

	return NULL;
}

/* Make a policy visible. Uses @fresh, or leaves it to the caller. */
static int espsimd_policies_link_locked(struct espsimd_policies *p,
					struct espsimd_policy *pol,
					struct espsimd_policy_shape **fresh)
{
	struct espsimd_policy_shape *shape;
	int err;

	lockdep_assert_held(&p->lock);

	if (p->gone)
		return -ENODEV;

	shape = espsimd_policies_shape(p, &(*fresh)->mask) ?: *fresh;
	espsimd_policy_set_key(&pol->key, &shape->mask, &pol->sel.saddr,
			       &pol->sel.daddr);
	pol->shape = shape;
	pol->age = p->age++;
	err = rhltable_insert(&p->table, &pol->node, espsimd_policy_params);
	if (err)
		return err;

	if (!shape->nr++) {
		list_add_tail_rcu(&shape->list, &p->shapes);
		*fresh = NULL;
	}
	pol->linked = true;
	WRITE_ONCE(p->nr, p->nr + 1);
	return 0;
}

static void espsimd_policies_unlink_locked(struct espsimd_policies *p,
					   struct espsimd_policy *pol)
{
	lockdep_assert_held(&p->lock);

	if (p->gone || !pol->linked)
		return;

	rhltable_remove(&p->table, &pol->node, espsimd_policy_params);
	if (!--pol->shape->nr) {
		list_del_rcu(&pol->shape->list);
		kfree_rcu(pol->shape, rcu);
	}
	pol->linked = false;
	WRITE_ONCE(p->nr, p->nr - 1);
}

int espsimd_policies_add(struct espsimd_policies *p, struct xfrm_policy *xp,
			 struct netlink_ext_ack *extack)
{
	struct espsimd_policy_shape *fresh;
	struct espsimd_policy *pol;
	int err;

	err = espsimd_policy_validate(xp, extack);
	if (err)
		return err;

	xp->xdo.offload_handle = 0;
	pol = espsimd_policy_new(xp);
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!pol || !fresh) {
		err = -ENOMEM;
		goto err_free;
	}
	espsimd_policy_set_mask(&fresh->mask, &xp->selector);

	spin_lock_bh(&p->lock);
	err = espsimd_policies_link_locked(p, pol, &fresh);
	spin_unlock_bh(&p->lock);
	if (err)
		goto err_free;

	kfree(fresh);
	xp->xdo.offload_handle = (unsigned long)pol;
	return 0;

err_free:
	kfree(fresh);
	kfree(pol);
	return err;
}

void espsimd_policies_del(struct espsimd_policies *p, struct xfrm_policy *xp)
{
	struct espsimd_policy *pol = espsimd_policy_of(xp);

	if (!pol)
		return;

	spin_lock_bh(&p->lock);
	espsimd_policies_unlink_locked(p, pol);
	spin_unlock_bh(&p->lock);
}

/* The policies of the device that one is among. */
static struct espsimd_policies *
espsimd_policies_of(const struct xfrm_policy *xp)
{
	struct espsimd_dev *priv = espsimd_dev_priv(xp->xdo.dev);

	return xp->xdo.dir == XFRM_DEV_OFFLOAD_OUT ? &priv->policies_out :
						     &priv->policies;
}

/* The SA that a template names by SPI, with a reference, or NULL. */
static struct xfrm_state *espsimd_policy_named_sa(const struct xfrm_policy *xp)
{
	const struct xfrm_tmpl *tmpl = &xp->xfrm_vec[0];
	const xfrm_address_t *daddr = &tmpl->id.daddr;
	u16 family = tmpl->encap_family;

	if (!xp->xfrm_nr || !tmpl->id.spi)
		return NULL;

	/* In transport mode it is the one to the packet's own destination. */
	if (tmpl->mode == XFRM_MODE_TRANSPORT) {
		daddr = &xp->selector.daddr;
		family = xp->family;
	}

	return xfrm_state_lookup(xp_net(xp), xp->mark.v, daddr, tmpl->id.spi,
				 tmpl->id.proto, family);
}

/*
 * The stack uses no SA for an offloaded policy but those in packet mode on the
 * same device. A daemon that falls back to crypto mode for its SAs goes on to
 * offload its policies, which would hold back all packets then.
 */
static int espsimd_policy_validate_sa(const struct xfrm_policy *xp,
				      struct netlink_ext_ack *extack)
{
	struct xfrm_state *x;
	bool usable;

	if (xp->xdo.dir != XFRM_DEV_OFFLOAD_OUT)
		return 0;
	x = espsimd_policy_named_sa(xp);
	if (!x)
		return 0;

	usable = x->xso.type == XFRM_DEV_OFFLOAD_PACKET &&
		 x->xso.dev == xp->xdo.dev;
	xfrm_state_put(x);
	if (usable)
		return 0;

	NL_SET_ERR_MSG_MOD(extack,
			   "The policy's SA is not in packet mode on the device");
	return -EOPNOTSUPP;
}

int espsimd_xdo_policy_add(struct xfrm_policy *xp,
			   struct netlink_ext_ack *extack)
{
	int err = espsimd_policy_validate_sa(xp, extack);

	if (err)
		return err;

	return espsimd_policies_add(espsimd_policies_of(xp), xp, extack);
}

void espsimd_xdo_policy_delete(struct xfrm_policy *xp)
{
	espsimd_policies_del(espsimd_policies_of(xp), xp);
}

void espsimd_xdo_policy_free(struct xfrm_policy *xp)
{
	struct espsimd_policy *pol = espsimd_policy_of(xp);

	xp->xdo.offload_handle = 0;
	kfree_rcu(pol, rcu);
}

int espsimd_policies_init(struct espsimd_policies *p)
{
	INIT_LIST_HEAD(&p->shapes);
	spin_lock_init(&p->lock);
	p->age = 0;
	p->nr = 0;
	p->gone = false;

	return rhltable_init(&p->table, &espsimd_policy_params);
}

void espsimd_policies_destroy(struct espsimd_policies *p)
{
	struct espsimd_policy_shape *shape, *tmp;

	spin_lock_bh(&p->lock);
	p->gone = true;
	WRITE_ONCE(p->nr, 0);
	spin_unlock_bh(&p->lock);

	/* The policies themselves belong to the stack's. */
	list_for_each_entry_safe(shape, tmp, &p->shapes, list)
		kfree(shape);
	INIT_LIST_HEAD(&p->shapes);
	rhltable_destroy(&p->table);
}

/* ---- lookup ---- */

static bool espsimd_policy_selects(const struct espsimd_policy *pol,
				   const struct espsimd_flow *flow, u32 mark)
{
	return (mark & pol->mark.m) == pol->mark.v &&
	       espsimd_flow_matches(flow, &pol->sel);
}

static void espsimd_policy_keep_best(const struct espsimd_policy **best,
				     const struct espsimd_policy *pol)
{
	const struct espsimd_policy *old = *best;

	if (!old || pol->priority < old->priority ||
	    (pol->priority == old->priority && pol->age < old->age))
		*best = pol;
}

static struct rhlist_head *
espsimd_policies_find(const struct espsimd_policies *p,
		      const struct espsimd_policy_shape *shape,
		      const struct espsimd_flow *flow)
{
	struct espsimd_policy_key key;

	if (shape->mask.family != flow->family)
		return NULL;

	espsimd_policy_set_key(&key, &shape->mask, &flow->saddr, &flow->daddr);
	/* Looking up changes nothing, but the table's type does not say so. */
	return rhltable_lookup((struct rhltable *)&p->table, &key,
			       espsimd_policy_params);
}

void espsimd_policy_lookup(const struct espsimd_policies *p,
			   const struct espsimd_flow *flow, u32 mark,
			   struct espsimd_policy_match *m)
{
	const struct espsimd_policy_shape *shape;
	const struct espsimd_policy *pol;
	struct rhlist_head *list, *pos;

	m->in = NULL;
	m->fwd = NULL;

	list_for_each_entry_rcu(shape, &p->shapes, list) {
		list = espsimd_policies_find(p, shape, flow);
		rhl_for_each_entry_rcu(pol, pos, list, node)
			if (espsimd_policy_selects(pol, flow, mark))
				espsimd_policy_keep_best(pol->dir ==
					XFRM_DEV_OFFLOAD_IN ? &m->in : &m->fwd,
					pol);
	}
}

/* Could a policy be the one of the packet that a fragment is from? */
static bool espsimd_policy_may_select(const struct espsimd_policy *pol,
				      const struct espsimd_flow *flow, u32 mark)
{
	/* Options may follow the fragment header, and then any protocol. */
	return (mark & pol->mark.m) == pol->mark.v &&
	       (!pol->sel.proto || pol->sel.proto == flow->proto ||
		ipv6_ext_hdr(flow->proto));
}

static bool espsimd_policies_forbid_fragment(const struct espsimd_policies *p,
					     const struct espsimd_flow *flow,
					     u32 mark)
{
	const struct espsimd_policy_shape *shape;
	const struct espsimd_policy *pol;
	struct rhlist_head *list, *pos;

	list_for_each_entry_rcu(shape, &p->shapes, list) {
		list = espsimd_policies_find(p, shape, flow);
		rhl_for_each_entry_rcu(pol, pos, list, node)
			if (espsimd_policy_demands(pol) &&
			    espsimd_policy_may_select(pol, flow, mark))
				return true;
	}

	return false;
}

bool espsimd_policies_forbid(const struct espsimd_policies *p,
			     const struct espsimd_flow *flow, u32 mark)
{
	struct espsimd_policy_match m;

	if (flow->fragment)
		return espsimd_policies_forbid_fragment(p, flow, mark);

	espsimd_policy_lookup(p, flow, mark, &m);
	return (m.in && espsimd_policy_demands(m.in)) ||
	       (m.fwd && espsimd_policy_demands(m.fwd));
}

/* ---- templates ---- */

/* Templates for any peer need not even know the family of its address. */
static bool espsimd_policy_saddr_fits(const struct xfrm_tmpl *tmpl,
				      const struct xfrm_state *x)
{
	return xfrm_addr_any(&tmpl->saddr, tmpl->encap_family) ||
	       (x->props.family == tmpl->encap_family &&
		!xfrm_state_addr_cmp(tmpl, x, tmpl->encap_family));
}

bool espsimd_policy_fits(const struct espsimd_policy *pol,
			 const struct xfrm_state *x)
{
	const struct xfrm_tmpl *tmpl = &pol->tmpl;

	if (pol->block)
		return false;
	/* In transport mode the packet is what it says it is, either way. */
	if (!pol->has_tmpl)
		return x->props.mode == XFRM_MODE_TRANSPORT;

	return x->id.proto == tmpl->id.proto &&
	       x->props.mode == tmpl->mode &&
	       (!tmpl->id.spi || x->id.spi == tmpl->id.spi) &&
	       (!tmpl->reqid || x->props.reqid == tmpl->reqid) &&
	       (tmpl->allalgs || tmpl->aalgos & BIT(x->props.aalgo)) &&
	       (tmpl->mode == XFRM_MODE_TRANSPORT ||
		espsimd_policy_saddr_fits(tmpl, x));
}
