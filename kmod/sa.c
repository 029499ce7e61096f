// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: lifetime of an SA
 *
 * An SA is reachable in two ways: inbound packets find it in
 * espsimd_dev.sa_in, outbound ones by the id that the stack keeps as its
 * offload_handle, or, if the stack has not chosen an SA for them, in
 * espsimd_dev.sa_out. All readers are RCU read sides. It dies in three steps:
 *
 * 1. xdo_dev_state_delete() runs under x->lock and must not sleep. It takes
 *    the SA out of espsimd_dev.sa_in or sa_out. Outbound packets that the stack
 *    had already numbered may still be sealed.
 * 2. xdo_dev_state_free() takes the id out of espsimd_dev.sas and leaves the
 *    rest to a work item that runs after a grace period.
 * 3. The work item wipes and frees the keys. No reader can be left: (a) the
 *    tables are unreachable since a full grace period; (b) the data path never
 *    keeps an SA beyond its read side.
 *
 * The stack's own SA (sa->x) may lose its last reference between 1 and 2.
 * The stack waits for a grace period after that before it frees the memory,
 * so a reader may look at it, and hands it on only if it gets a reference.
 */
#include <crypto/aead.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "compat/xfrmdev.h"
#include "dev.h"
#include "larval.h"
#include "policy.h"
#include "sa.h"
#include "sa_validate.h"
#include "simd.h"
#include "tx_packet.h"

static struct kmem_cache *espsimd_key_cache;
static struct workqueue_struct *espsimd_sa_wq;

static const struct rhashtable_params espsimd_sa_in_params = {
	.head_offset = offsetof(struct espsimd_sa, node),
	.key_offset = offsetof(struct espsimd_sa, key),
	.key_len = sizeof(struct espsimd_sa_key),
	.automatic_shrinking = true,
};

static const struct rhashtable_params espsimd_sa_out_params = {
	.head_offset = offsetof(struct espsimd_sa, node),
	.key_offset = offsetof(struct espsimd_sa, out_key),
	.key_len = sizeof(struct espsimd_sa_out_key),
	.automatic_shrinking = true,
};

/* Keys are hashed and compared as bytes. */
static_assert(sizeof(struct espsimd_sa_key) ==
	      sizeof(xfrm_address_t) + sizeof(__be32) + sizeof(u32));
static_assert(sizeof(struct espsimd_sa_out_key) ==
	      sizeof(xfrm_address_t) + sizeof(u32) + 2 * sizeof(u16));

/* Free an SA that no reader can reach; tolerates one that is half made. */
static void espsimd_sa_destroy(struct espsimd_sa *sa)
{
	if (sa->aead) {
		memzero_explicit(sa->aead, espsimd_aead_key_size());
		kmem_cache_free(espsimd_key_cache, sa->aead);
	}
	crypto_free_aead(sa->generic);
	dst_cache_destroy(&sa->route);
	free_percpu(sa->stats);
	kfree(sa->guard);
	kfree_sensitive(sa);
}

static void espsimd_sa_free_work(struct work_struct *work)
{
	espsimd_sa_destroy(container_of(to_rcu_work(work), struct espsimd_sa,
					free_work));
}

/* The keys: the engine's and the fallback's. Returns NULL or the reason. */
static const char *espsimd_sa_set_keys(struct espsimd_sa *sa,
				       const struct xfrm_algo_aead *alg)
{
	unsigned int key_len = alg->alg_key_len / 8 - ESPSIMD_AEAD_SALT_LEN;
	int err;

	memcpy(sa->salt, alg->alg_key + key_len, sizeof(sa->salt));
	sa->icv_len = alg->alg_icv_len / 8;

	sa->aead = kmem_cache_zalloc(espsimd_key_cache, GFP_KERNEL_ACCOUNT);
	if (!sa->aead)
		return "Out of memory";

	if (!espsimd_simd_begin())
		return "SIMD registers are not available now";
	err = espsimd_aead_key_prepare(sa->aead, alg->alg_key, key_len,
				       sa->salt, sa->icv_len);
	espsimd_simd_end();
	if (err)
		return "The engine does not take this key";

	/* Asynchronous ones would reorder packets. */
	sa->generic = crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(sa->generic)) {
		sa->generic = NULL;
		return "The kernel has no gcm(aes) to fall back to";
	}
	if (crypto_aead_setkey(sa->generic, alg->alg_key, key_len) ||
	    crypto_aead_setauthsize(sa->generic, sa->icv_len))
		return "The kernel's gcm(aes) does not take this key";

	return NULL;
}

/* The last sequence number that the stack has used for an SA. */
static u64 espsimd_sa_last_seq(const struct xfrm_state *x)
{
	if (!x->replay_esn)
		return x->replay.oseq;
	if (!(x->props.flags & XFRM_STATE_ESN))
		return x->replay_esn->oseq;

	return (u64)x->replay_esn->oseq_hi << 32 | x->replay_esn->oseq;
}

static void espsimd_sa_set_addr(xfrm_address_t *to, const xfrm_address_t *from,
				u16 family)
{
	if (family == AF_INET)
		to->a4 = from->a4;
	else
		*to = *from;
}

static void espsimd_sa_set_key(struct espsimd_sa *sa,
			       const struct xfrm_state *x)
{
	sa->key.spi = x->id.spi;
	sa->key.family = x->props.family;
	espsimd_sa_set_addr(&sa->key.daddr, &x->id.daddr, x->props.family);
}

static void espsimd_sa_set_out_key(struct espsimd_sa *sa,
				   const struct xfrm_state *x)
{
	sa->out_key.reqid = x->props.reqid;
	sa->out_key.family = x->props.family;
	sa->out_key.mode = x->props.mode;
	espsimd_sa_set_addr(&sa->out_key.daddr, &x->id.daddr, x->props.family);
}

static const char *espsimd_sa_fill(struct espsimd_sa *sa,
				   struct net_device *dev,
				   struct xfrm_state *x)
{
	atomic_set(&sa->live, 1);
	spin_lock_init(&sa->guard_lock);
	INIT_RCU_WORK(&sa->free_work, espsimd_sa_free_work);
	sa->x = x;
	sa->dev = dev;
	sa->inbound = x->xso.dir == XFRM_DEV_OFFLOAD_IN;
	sa->esn = x->props.flags & XFRM_STATE_ESN;
	sa->packet = x->xso.type == XFRM_DEV_OFFLOAD_PACKET;

	if (sa->inbound)
		espsimd_sa_set_key(sa, x);
	else
		espsimd_sa_set_out_key(sa, x);

	sa->stats = netdev_alloc_pcpu_stats(struct espsimd_sa_stats);
	if (!sa->stats)
		return "Out of memory";

	if (!sa->inbound && sa->packet) {
		espsimd_encap_init(&sa->encap, x);
		if (dst_cache_init(&sa->route, GFP_KERNEL_ACCOUNT))
			return "Out of memory";
	} else if (!sa->inbound) {
		sa->guard = kmalloc(sizeof(*sa->guard), GFP_KERNEL_ACCOUNT);
		if (!sa->guard)
			return "Out of memory";
		espsimd_nonce_guard_init(sa->guard, espsimd_sa_last_seq(x));
	}

	return espsimd_sa_set_keys(sa, x->aead);
}

static bool espsimd_sa_is_encap(const struct espsimd_sa *sa)
{
	return sa->inbound && sa->x->encap;
}

static int espsimd_sa_insert(struct espsimd_dev *priv, struct espsimd_sa *sa)
{
	if (sa->inbound)
		return rhltable_insert(&priv->sa_in, &sa->node,
				       espsimd_sa_in_params);
	if (sa->packet)
		return rhltable_insert(&priv->sa_out, &sa->node,
				       espsimd_sa_out_params);

	return 0;
}

/* Take an SA out of its table. Atomic; the first caller does it. */
static void espsimd_sa_unlink(struct espsimd_dev *priv, struct espsimd_sa *sa)
{
	if (!atomic_xchg(&sa->live, 0))
		return;

	if (sa->inbound)
		rhltable_remove(&priv->sa_in, &sa->node, espsimd_sa_in_params);
	else if (sa->packet)
		rhltable_remove(&priv->sa_out, &sa->node,
				espsimd_sa_out_params);
	if (espsimd_sa_is_encap(sa))
		atomic_dec(&priv->nr_encap);
	atomic_dec(&priv->nr_sa[sa->inbound ? ESPSIMD_DIRECTION_IN :
						ESPSIMD_DIRECTION_OUT]);
}

/* Make an SA reachable. Returns NULL or the reason why not. */
static const char *espsimd_sa_link(struct espsimd_dev *priv,
				   struct espsimd_sa *sa)
{
	if (xa_alloc_bh(&priv->sas, &sa->id, sa, xa_limit_31b, GFP_KERNEL))
		return "Out of memory";

	if (espsimd_sa_insert(priv, sa)) {
		xa_erase_bh(&priv->sas, sa->id);
		return "Out of memory";
	}
	if (espsimd_sa_is_encap(sa))
		atomic_inc(&priv->nr_encap);
	atomic_inc(&priv->nr_sa[sa->inbound ? ESPSIMD_DIRECTION_IN :
						ESPSIMD_DIRECTION_OUT]);
	return NULL;
}

static int espsimd_xdo_state_add(struct net_device *dev, struct xfrm_state *x,
				 struct netlink_ext_ack *extack)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	struct espsimd_sa_desc desc;
	struct espsimd_sa *sa;
	const char *reason;
	int err;

	/*
	 * A larval SA, in atomic context: the stack waits for the key manager
	 * and lets no packet through it. Only packet mode has them.
	 */
	if (x->xso.flags & XFRM_DEV_OFFLOAD_FLAG_ACQ)
		return espsimd_larval_add(priv, x);

	espsimd_sa_describe(&desc, x);
	err = espsimd_sa_validate(&desc, &reason);
	if (err)
		goto err_reason;

	/*
	 * Nothing that goes wrong below is a reason to lose the tunnel: with
	 * -EOPNOTSUPP the stack does it in software.
	 */
	err = -EOPNOTSUPP;
	reason = "Out of memory";
	sa = kzalloc(sizeof(*sa), GFP_KERNEL_ACCOUNT);
	if (!sa)
		goto err_reason;

	reason = espsimd_sa_fill(sa, dev, x);
	if (reason)
		goto err_destroy;

	reason = espsimd_sa_link(priv, sa);
	if (reason)
		goto err_destroy_rcu;

	WRITE_ONCE(x->xso.offload_handle, sa->id);
	return 0;

err_destroy_rcu:
	/* It may have been in a table for a moment. */
	synchronize_rcu();
err_destroy:
	espsimd_sa_destroy(sa);
err_reason:
	NL_SET_ERR_MSG_FMT_MOD(extack, "%s", reason);
	return err;
}

static struct espsimd_sa *espsimd_sa_of_state(struct espsimd_dev *priv,
					      const struct xfrm_state *x)
{
	struct espsimd_sa *sa;

	sa = xa_load(&priv->sas, READ_ONCE(x->xso.offload_handle));

	return sa && sa->x == x ? sa : NULL;
}

static void espsimd_xdo_state_delete(struct net_device *dev,
				     struct xfrm_state *x)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	struct espsimd_sa *sa;

	rcu_read_lock();
	sa = espsimd_sa_of_state(priv, x);
	if (sa) {
		if (sa->packet && !sa->inbound)
			espsimd_larval_left(priv);
		espsimd_sa_unlink(priv, sa);
	}
	rcu_read_unlock();
}

static void espsimd_xdo_state_free(struct net_device *dev,
				   struct xfrm_state *x)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	struct espsimd_sa *sa;

	rcu_read_lock();
	sa = espsimd_sa_of_state(priv, x);
	/* The stack's garbage collector and a flush of the device may race. */
	if (sa && xa_cmpxchg_bh(&priv->sas, sa->id, sa, NULL, 0) == sa) {
		espsimd_sa_unlink(priv, sa);
		WRITE_ONCE(x->xso.offload_handle, 0);
		queue_rcu_work(espsimd_sa_wq, &sa->free_work);
	}
	rcu_read_unlock();
}

static bool espsimd_xdo_offload_ok(struct sk_buff *skb, struct xfrm_state *x)
{
	if (x->xso.type == XFRM_DEV_OFFLOAD_PACKET)
		return espsimd_tx_packet_tag(skb, x);

	/* What newer kernels check by themselves, so that all behave alike. */
	if (skb_dst(skb)->ops->family == AF_INET)
		return ip_hdr(skb)->ihl == 5;

	return !ipv6_ext_hdr(ipv6_hdr(skb)->nexthdr);
}

/*
 * The data path derives the high half of the sequence number from the stack's
 * SA for every packet, so there is nothing to update. Without this callback
 * the stack refuses to offload SAs with ESN.
 */
static void espsimd_xdo_state_advance_esn(struct xfrm_state *x)
{
}

ESPSIMD_XDO_TRAMPOLINES(espsimd_xdo_state_add, espsimd_xdo_state_delete,
			espsimd_xdo_state_free)

const struct xfrmdev_ops espsimd_xfrmdev_ops = {
	.xdo_dev_state_add = ESPSIMD_XDO(espsimd_xdo_state_add),
	.xdo_dev_state_delete = ESPSIMD_XDO(espsimd_xdo_state_delete),
	.xdo_dev_state_free = ESPSIMD_XDO(espsimd_xdo_state_free),
	.xdo_dev_offload_ok = espsimd_xdo_offload_ok,
	.xdo_dev_state_advance_esn = espsimd_xdo_state_advance_esn,
	.xdo_dev_policy_add = espsimd_xdo_policy_add,
	.xdo_dev_policy_delete = espsimd_xdo_policy_delete,
	.xdo_dev_policy_free = espsimd_xdo_policy_free,
};

/* The encapsulation of a packet must be the one of the SA. */
static bool espsimd_sa_encap_fits(const struct xfrm_state *x, __be16 dport)
{
	return x->encap ? x->encap->encap_dport == dport : !dport;
}

/* Whether a packet with the right key is one of this SA. */
static bool espsimd_sa_accepts(const struct espsimd_sa *sa, u32 mark,
			       __be16 encap_dport)
{
	const struct xfrm_state *x = sa->x;

	return (mark & x->mark.m) == x->mark.v &&
	       READ_ONCE(x->km.state) == XFRM_STATE_VALID &&
	       espsimd_sa_encap_fits(x, encap_dport);
}

bool espsimd_sa_fits(const struct espsimd_sa *sa,
		     const struct espsimd_sa_key *key, u32 mark,
		     __be16 encap_dport)
{
	return !memcmp(&sa->key, key, sizeof(*key)) &&
	       espsimd_sa_accepts(sa, mark, encap_dport);
}

struct espsimd_sa *espsimd_sa_find_in(struct espsimd_dev *priv,
				      const struct espsimd_sa_key *key,
				      u32 mark, __be16 encap_dport)
{
	struct rhlist_head *list, *pos;
	struct espsimd_sa *sa;

	list = rhltable_lookup(&priv->sa_in, key, espsimd_sa_in_params);
	rhl_for_each_entry_rcu(sa, pos, list, node)
		if (espsimd_sa_accepts(sa, mark, encap_dport))
			return sa;

	return NULL;
}

struct espsimd_sa *espsimd_sa_find_out(const struct xfrm_state *x,
				       const struct net_device *dev)
{
	struct espsimd_sa *sa;

	sa = espsimd_sa_of_state(espsimd_dev_priv(dev), x);

	return sa && !sa->inbound ? sa : NULL;
}

struct espsimd_sa *espsimd_sa_of_out_state(const struct xfrm_state *x,
					   const struct net_device *dev)
{
	struct espsimd_sa *sa = espsimd_sa_find_out(x, dev);

	return sa && sa->packet ? sa : NULL;
}

/* Is it an SA that a packet of this policy may be sent through? */
static bool espsimd_sa_suits(const struct espsimd_sa *sa,
			     const struct xfrm_tmpl *tmpl,
			     const struct espsimd_flow *flow, u32 mark)
{
	const struct xfrm_state *x = sa->x;
	const xfrm_address_t *saddr = tmpl->mode == XFRM_MODE_TUNNEL ?
				      &tmpl->saddr : &flow->saddr;

	return READ_ONCE(x->km.state) == XFRM_STATE_VALID &&
	       (!tmpl->id.spi || tmpl->id.spi == x->id.spi) &&
	       (mark & x->mark.m) == x->mark.v && !x->if_id &&
	       xfrm_addr_equal(&x->props.saddr, saddr, x->props.family) &&
	       (!x->sel.family || espsimd_flow_matches(flow, &x->sel));
}

static bool espsimd_sa_is_better(const struct espsimd_sa *a,
				 const struct espsimd_sa *b)
{
	u8 dying_a = READ_ONCE(a->x->km.dying);
	u8 dying_b = READ_ONCE(b->x->km.dying);

	if (dying_a != dying_b)
		return dying_a < dying_b;

	return a->x->curlft.add_time > b->x->curlft.add_time;
}

struct espsimd_sa *espsimd_sa_find_tmpl(struct espsimd_dev *priv,
					const struct xfrm_tmpl *tmpl,
					const struct espsimd_flow *flow,
					u32 mark)
{
	bool tunnel = tmpl->mode == XFRM_MODE_TUNNEL;
	u16 family = tunnel ? tmpl->encap_family : flow->family;
	struct espsimd_sa_out_key key = {
		.reqid = tmpl->reqid,
		.family = family,
		.mode = tmpl->mode,
	};
	struct espsimd_sa *sa, *best = NULL;
	struct rhlist_head *list, *pos;

	espsimd_sa_set_addr(&key.daddr, tunnel ? &tmpl->id.daddr : &flow->daddr,
			    family);
	list = rhltable_lookup(&priv->sa_out, &key, espsimd_sa_out_params);
	rhl_for_each_entry_rcu(sa, pos, list, node) {
		/* Which of them it is depends on things known to the stack. */
		if (sa->x->security || espsimd_compat_is_pcpu(sa->x))
			return NULL;
		if (espsimd_sa_suits(sa, tmpl, flow, mark) &&
		    (!best || espsimd_sa_is_better(sa, best)))
			best = sa;
	}

	return best;
}

bool espsimd_sa_hold_state(const struct espsimd_sa *sa)
{
	return refcount_inc_not_zero(&sa->x->refcnt);
}

bool espsimd_sa_claim_seq(struct espsimd_sa *sa, u64 seq)
{
	bool fresh;

	spin_lock(&sa->guard_lock);
	fresh = espsimd_nonce_guard_claim(sa->guard, seq);
	spin_unlock(&sa->guard_lock);

	return fresh;
}

void espsimd_sa_count(struct espsimd_sa *sa, const struct espsimd_tally *tally)
{
	struct espsimd_sa_stats *s = this_cpu_ptr(sa->stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->packets, tally->packets);
	u64_stats_add(&s->bytes, tally->bytes);
	u64_stats_add(&s->fallback, tally->fallback);
	u64_stats_update_end(&s->syncp);
}

void espsimd_sa_count_error(struct espsimd_sa *sa)
{
	struct espsimd_sa_stats *s = this_cpu_ptr(sa->stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->errors);
	u64_stats_update_end(&s->syncp);
}

void espsimd_sa_read(const struct espsimd_sa *sa, struct espsimd_sa_sum *sum)
{
	struct espsimd_sa_sum one;
	unsigned int start;
	int cpu;

	memset(sum, 0, sizeof(*sum));

	for_each_possible_cpu(cpu) {
		const struct espsimd_sa_stats *s = per_cpu_ptr(sa->stats, cpu);

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			one.packets = u64_stats_read(&s->packets);
			one.bytes = u64_stats_read(&s->bytes);
			one.fallback = u64_stats_read(&s->fallback);
			one.errors = u64_stats_read(&s->errors);
		} while (u64_stats_fetch_retry(&s->syncp, start));

		sum->packets += one.packets;
		sum->bytes += one.bytes;
		sum->fallback += one.fallback;
		sum->errors += one.errors;
	}
}

int espsimd_sa_table_init(struct espsimd_dev *priv)
{
	int err;

	xa_init_flags(&priv->sas, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);

	err = rhltable_init(&priv->sa_in, &espsimd_sa_in_params);
	if (err)
		return err;
	err = rhltable_init(&priv->sa_out, &espsimd_sa_out_params);
	if (err)
		rhltable_destroy(&priv->sa_in);

	return err;
}

void espsimd_sa_table_destroy(struct espsimd_dev *priv)
{
	/* The stack has flushed the device's SAs before it goes away. */
	WARN_ON_ONCE(!xa_empty(&priv->sas));
	xa_destroy(&priv->sas);
	rhltable_destroy(&priv->sa_out);
	rhltable_destroy(&priv->sa_in);
}

int espsimd_sa_register(void)
{
	espsimd_key_cache = kmem_cache_create("espsimd_key",
					      espsimd_aead_key_size(), 64, 0,
					      NULL);
	if (!espsimd_key_cache)
		return -ENOMEM;

	espsimd_sa_wq = alloc_workqueue("espsimd_sa", WQ_UNBOUND, 0);
	if (!espsimd_sa_wq) {
		kmem_cache_destroy(espsimd_key_cache);
		return -ENOMEM;
	}

	return 0;
}

void espsimd_sa_unregister(void)
{
	/* First the grace periods that queue the work, then the work. */
	rcu_barrier();
	destroy_workqueue(espsimd_sa_wq);
	kmem_cache_destroy(espsimd_key_cache);
}
