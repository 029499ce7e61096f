// SPDX-License-Identifier: GPL-2.0
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <net/genetlink.h>
#include <net/xfrm.h>

#include "dev.h"
#include "netlink-gen.h"
#include "sa.h"
#include "sa_validate.h"

/**
 * struct espsimd_nl_ctx - where a dump goes on
 * @ifindex: device to go on with
 * @sa: id of the SA to go on with
 * @cpu: CPU to go on with
 * @done: the one device that was asked for is finished
 */
struct espsimd_nl_ctx {
	unsigned long ifindex;
	unsigned long sa;
	unsigned int cpu;
	bool done;
};

static struct espsimd_nl_ctx *espsimd_nl_ctx(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct espsimd_nl_ctx) > sizeof(cb->ctx));

	return (struct espsimd_nl_ctx *)cb->ctx;
}

/* The espsimd device with the index in an attribute; RTNL held. */
static struct espsimd_dev *espsimd_nl_lookup(const struct genl_info *info,
					     int attr)
{
	struct net_device *dev;

	dev = __dev_get_by_index(genl_info_net(info),
				 nla_get_u32(info->attrs[attr]));
	if (!dev) {
		NL_SET_BAD_ATTR(info->extack, info->attrs[attr]);
		NL_SET_ERR_MSG_MOD(info->extack, "There is no such device");
		return ERR_PTR(-ENODEV);
	}
	if (!espsimd_dev_is(dev)) {
		NL_SET_BAD_ATTR(info->extack, info->attrs[attr]);
		NL_SET_ERR_MSG_MOD(info->extack, "This is no espsimd device");
		return ERR_PTR(-EINVAL);
	}

	return espsimd_dev_priv(dev);
}

/* The espsimd device that a request must name; RTNL held. */
static struct espsimd_dev *espsimd_nl_dev(const struct genl_info *info,
					  int attr)
{
	if (GENL_REQ_ATTR_CHECK(info, attr))
		return ERR_PTR(-EINVAL);

	return espsimd_nl_lookup(info, attr);
}

typedef int (*espsimd_nl_fill_t)(struct sk_buff *skb,
				 const struct espsimd_dev *priv,
				 const struct genl_info *info);

/* Answer a request about one device. */
static int espsimd_nl_doit(struct genl_info *info, int attr,
			   espsimd_nl_fill_t fill)
{
	struct espsimd_dev *priv;
	struct sk_buff *rsp;
	int err;

	rsp = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!rsp)
		return -ENOMEM;

	rtnl_lock();
	priv = espsimd_nl_dev(info, attr);
	err = IS_ERR(priv) ? PTR_ERR(priv) : fill(rsp, priv, info);
	rtnl_unlock();
	if (err) {
		nlmsg_free(rsp);
		return err;
	}

	return genlmsg_reply(rsp, info);
}

/* Answer a request about all devices. */
static int espsimd_nl_dumpit(struct sk_buff *skb, struct netlink_callback *cb,
			     espsimd_nl_fill_t fill)
{
	struct espsimd_nl_ctx *ctx = espsimd_nl_ctx(cb);
	struct net_device *dev;
	int err = 0;

	rtnl_lock();
	for_each_netdev_dump(sock_net(skb->sk), dev, ctx->ifindex) {
		if (!espsimd_dev_is(dev))
			continue;
		err = fill(skb, espsimd_dev_priv(dev), genl_info_dump(cb));
		if (err)
			break;
	}
	rtnl_unlock();

	/* A full message is sent, and the dump called again. */
	return err == -EMSGSIZE && skb->len ? skb->len : err;
}

typedef int (*espsimd_nl_dump_t)(struct sk_buff *skb,
				 struct espsimd_dev *priv,
				 struct espsimd_nl_ctx *ctx,
				 const struct genl_info *info);

static int espsimd_nl_dump_all(struct sk_buff *skb, struct espsimd_nl_ctx *ctx,
			       const struct genl_info *info,
			       espsimd_nl_dump_t dump)
{
	struct net_device *dev;
	int err;

	for_each_netdev_dump(sock_net(skb->sk), dev, ctx->ifindex) {
		if (!espsimd_dev_is(dev))
			continue;
		err = dump(skb, espsimd_dev_priv(dev), ctx, info);
		if (err)
			return err;
	}

	return 0;
}

static int espsimd_nl_dump_one(struct sk_buff *skb, struct espsimd_nl_ctx *ctx,
			       const struct genl_info *info, int attr,
			       espsimd_nl_dump_t dump)
{
	struct espsimd_dev *priv;
	int err;

	if (ctx->done)
		return 0;

	priv = espsimd_nl_lookup(info, attr);
	if (IS_ERR(priv))
		return PTR_ERR(priv);

	err = dump(skb, priv, ctx, info);
	ctx->done = !err;
	return err;
}

/* Answer a request about what devices have, one of them or all. */
static int espsimd_nl_dump_parts(struct sk_buff *skb,
				 struct netlink_callback *cb, int attr,
				 espsimd_nl_dump_t dump)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct espsimd_nl_ctx *ctx = espsimd_nl_ctx(cb);
	int err;

	rtnl_lock();
	if (info->attrs[attr])
		err = espsimd_nl_dump_one(skb, ctx, info, attr, dump);
	else
		err = espsimd_nl_dump_all(skb, ctx, info, dump);
	rtnl_unlock();

	return err == -EMSGSIZE && skb->len ? skb->len : err;
}

/* ---- devices ---- */

static u32 espsimd_nl_engine_mask(void)
{
	u32 engine, mask = 0;

	for (engine = 0; engine <= ESPSIMD_ENGINE_GENERIC; engine++)
		if (espsimd_dev_engine_usable(engine))
			mask |= BIT(engine);

	return mask;
}

static int espsimd_nl_fill_dev(struct sk_buff *skb,
			       const struct espsimd_dev *priv,
			       const struct genl_info *info)
{
	void *hdr;

	hdr = genlmsg_iput(skb, info);
	if (!hdr)
		return -EMSGSIZE;

	if (nla_put_u32(skb, ESPSIMD_A_DEV_IFINDEX, priv->dev->ifindex) ||
	    nla_put_u32(skb, ESPSIMD_A_DEV_LOWER_IFINDEX,
			priv->lower->ifindex) ||
	    nla_put_u32(skb, ESPSIMD_A_DEV_ENGINE, priv->engine) ||
	    nla_put_u32(skb, ESPSIMD_A_DEV_ENGINE_ACTIVE,
			espsimd_dev_engine_active(priv)) ||
	    nla_put_u32(skb, ESPSIMD_A_DEV_ENGINE_USABLE,
			espsimd_nl_engine_mask()) ||
	    nla_put_u32(skb, ESPSIMD_A_DEV_SA_IN,
			atomic_read(&priv->nr_sa[ESPSIMD_DIRECTION_IN])) ||
	    nla_put_u32(skb, ESPSIMD_A_DEV_SA_OUT,
			atomic_read(&priv->nr_sa[ESPSIMD_DIRECTION_OUT]))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}

	genlmsg_end(skb, hdr);
	return 0;
}

int espsimd_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return espsimd_nl_doit(info, ESPSIMD_A_DEV_IFINDEX,
			       espsimd_nl_fill_dev);
}

int espsimd_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return espsimd_nl_dumpit(skb, cb, espsimd_nl_fill_dev);
}

/* Tell whoever listens what a device is like now; RTNL held. */
static void espsimd_nl_dev_notify(const struct espsimd_dev *priv)
{
	struct net *net = dev_net(priv->dev);
	struct genl_info info;
	struct sk_buff *skb;
	int err = -ENOMEM;

	if (!genl_has_listeners(&espsimd_nl_family, net, ESPSIMD_NLGRP_MGMT))
		return;

	genl_info_init_ntf(&info, &espsimd_nl_family,
			   ESPSIMD_CMD_DEV_CHANGE_NTF);
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (skb)
		err = espsimd_nl_fill_dev(skb, priv, &info);
	if (err) {
		nlmsg_free(skb);
		/* They learn that they have missed something. */
		genl_set_err(&espsimd_nl_family, net, 0, ESPSIMD_NLGRP_MGMT,
			     -ENOBUFS);
		return;
	}

	genlmsg_multicast_netns(&espsimd_nl_family, net, skb, 0,
				ESPSIMD_NLGRP_MGMT, GFP_KERNEL);
}

int espsimd_nl_dev_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *engine = info->attrs[ESPSIMD_A_DEV_ENGINE];
	struct espsimd_dev *priv;
	u32 before;
	int err = 0;

	rtnl_lock();
	priv = espsimd_nl_dev(info, ESPSIMD_A_DEV_IFINDEX);
	if (IS_ERR(priv)) {
		err = PTR_ERR(priv);
	} else if (engine) {
		before = priv->engine;
		err = espsimd_dev_set_engine(priv, nla_get_u32(engine));
		if (err)
			NL_SET_ERR_MSG_ATTR(info->extack, engine,
					    "espsimd: This machine cannot use that engine");
		else if (priv->engine != before)
			espsimd_nl_dev_notify(priv);
	}
	rtnl_unlock();

	return err;
}

/* ---- counters ---- */

static int espsimd_nl_fill_stats(struct sk_buff *skb,
				 const struct espsimd_dev *priv,
				 const struct genl_info *info)
{
	u64 sum[ESPSIMD_STAT_NR];
	unsigned int i;
	void *hdr;

	hdr = genlmsg_iput(skb, info);
	if (!hdr)
		return -EMSGSIZE;

	espsimd_stats_read(priv->stats, sum);
	if (nla_put_u32(skb, ESPSIMD_A_STATS_IFINDEX, priv->dev->ifindex))
		goto err_cancel;
	for (i = 0; i < ESPSIMD_STAT_NR; i++)
		if (nla_put_uint(skb, ESPSIMD_STAT_FIRST + i, sum[i]))
			goto err_cancel;

	genlmsg_end(skb, hdr);
	return 0;

err_cancel:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

int espsimd_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return espsimd_nl_doit(info, ESPSIMD_A_STATS_IFINDEX,
			       espsimd_nl_fill_stats);
}

int espsimd_nl_stats_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	return espsimd_nl_dumpit(skb, cb, espsimd_nl_fill_stats);
}

static int espsimd_nl_fill_cpu(struct sk_buff *skb,
			       const struct espsimd_dev *priv,
			       unsigned int cpu, const u64 *counters,
			       const struct genl_info *info)
{
	void *hdr;

	hdr = genlmsg_iput(skb, info);
	if (!hdr)
		return -EMSGSIZE;

	if (nla_put_u32(skb, ESPSIMD_A_CPU_STATS_IFINDEX,
			priv->dev->ifindex) ||
	    nla_put_u32(skb, ESPSIMD_A_CPU_STATS_CPU, cpu) ||
	    nla_put(skb, ESPSIMD_A_CPU_STATS_COUNTERS,
		    ESPSIMD_STAT_NR * sizeof(*counters), counters)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}

	genlmsg_end(skb, hdr);
	return 0;
}

static int espsimd_nl_dump_dev_cpus(struct sk_buff *skb,
				    struct espsimd_dev *priv,
				    struct espsimd_nl_ctx *ctx,
				    const struct genl_info *info)
{
	u64 counters[ESPSIMD_STAT_NR];
	int err;

	for (; ctx->cpu < nr_cpu_ids; ctx->cpu++) {
		if (!cpu_possible(ctx->cpu))
			continue;
		espsimd_stats_read_cpu(priv->stats, ctx->cpu, counters);
		/* Many machines have more possible CPUs than ever work. */
		if (!memchr_inv(counters, 0, sizeof(counters)))
			continue;
		err = espsimd_nl_fill_cpu(skb, priv, ctx->cpu, counters, info);
		if (err)
			return err;
	}

	ctx->cpu = 0;
	return 0;
}

int espsimd_nl_cpu_stats_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb)
{
	return espsimd_nl_dump_parts(skb, cb, ESPSIMD_A_CPU_STATS_IFINDEX,
				     espsimd_nl_dump_dev_cpus);
}

/* ---- SAs ---- */

static int espsimd_nl_put_sa_ident(struct sk_buff *skb,
				   const struct espsimd_sa *sa)
{
	const struct xfrm_state *x = sa->x;
	int alen = x->props.family == AF_INET6 ? sizeof(struct in6_addr) :
						 sizeof(struct in_addr);

	return nla_put_u32(skb, ESPSIMD_A_SA_DIRECTION,
			   sa->inbound ? ESPSIMD_DIRECTION_IN :
					 ESPSIMD_DIRECTION_OUT) ||
	       nla_put_u32(skb, ESPSIMD_A_SA_OFFLOAD,
			   sa->packet ? ESPSIMD_OFFLOAD_PACKET :
					ESPSIMD_OFFLOAD_CRYPTO) ||
	       nla_put_u16(skb, ESPSIMD_A_SA_FAMILY, x->props.family) ||
	       nla_put_u8(skb, ESPSIMD_A_SA_MODE, x->props.mode) ||
	       nla_put_u8(skb, ESPSIMD_A_SA_PROTO, x->id.proto) ||
	       nla_put_be32(skb, ESPSIMD_A_SA_SPI, x->id.spi) ||
	       nla_put(skb, ESPSIMD_A_SA_SADDR, alen, &x->props.saddr) ||
	       nla_put(skb, ESPSIMD_A_SA_DADDR, alen, &x->id.daddr) ||
	       nla_put_u32(skb, ESPSIMD_A_SA_REQID, x->props.reqid) ||
	       nla_put_u32(skb, ESPSIMD_A_SA_MARK, x->mark.v) ||
	       nla_put_u32(skb, ESPSIMD_A_SA_MARK_MASK, x->mark.m) ||
	       nla_put_u32(skb, ESPSIMD_A_SA_IF_ID, x->if_id) ||
	       (sa->esn && nla_put_flag(skb, ESPSIMD_A_SA_ESN));
}

static int espsimd_nl_put_sa_encap(struct sk_buff *skb,
				   const struct xfrm_encap_tmpl *encap)
{
	if (!encap)
		return 0;

	return nla_put_u16(skb, ESPSIMD_A_SA_ENCAP, encap->encap_type) ||
	       nla_put_be16(skb, ESPSIMD_A_SA_ENCAP_SPORT,
			    encap->encap_sport) ||
	       nla_put_be16(skb, ESPSIMD_A_SA_ENCAP_DPORT, encap->encap_dport);
}

static int espsimd_nl_put_sa_state(struct sk_buff *skb,
				   const struct espsimd_dev *priv,
				   const struct espsimd_sa *sa)
{
	struct espsimd_sa_desc desc;
	struct espsimd_sa_sum sum;

	espsimd_sa_describe(&desc, sa->x);
	espsimd_sa_read(sa, &sum);

	return nla_put_string(skb, ESPSIMD_A_SA_ALG, desc.aead) ||
	       nla_put_u32(skb, ESPSIMD_A_SA_KEY_BITS, desc.key_bits) ||
	       nla_put_u32(skb, ESPSIMD_A_SA_ICV_BITS, desc.icv_bits) ||
	       nla_put_u32(skb, ESPSIMD_A_SA_ENGINE_ACTIVE,
			   espsimd_dev_engine_active(priv)) ||
	       nla_put_uint(skb, ESPSIMD_A_SA_PACKETS, sum.packets) ||
	       nla_put_uint(skb, ESPSIMD_A_SA_BYTES, sum.bytes) ||
	       nla_put_uint(skb, ESPSIMD_A_SA_FALLBACK, sum.fallback) ||
	       nla_put_uint(skb, ESPSIMD_A_SA_ERRORS, sum.errors);
}

/* Called in an RCU read side, which keeps @sa and what sa->x points to. */
static int espsimd_nl_fill_sa(struct sk_buff *skb,
			      const struct espsimd_dev *priv,
			      const struct espsimd_sa *sa,
			      const struct genl_info *info)
{
	void *hdr;

	hdr = genlmsg_iput(skb, info);
	if (!hdr)
		return -EMSGSIZE;

	if (nla_put_u32(skb, ESPSIMD_A_SA_IFINDEX, priv->dev->ifindex) ||
	    espsimd_nl_put_sa_ident(skb, sa) ||
	    espsimd_nl_put_sa_encap(skb, sa->x->encap) ||
	    espsimd_nl_put_sa_state(skb, priv, sa)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}

	genlmsg_end(skb, hdr);
	return 0;
}

static int espsimd_nl_dump_sas(struct sk_buff *skb,
			       struct espsimd_dev *priv,
			       struct espsimd_nl_ctx *ctx,
			       const struct genl_info *info)
{
	struct espsimd_sa *sa;
	unsigned long id;
	int err = 0;

	rcu_read_lock();
	xa_for_each_start(&priv->sas, id, sa, ctx->sa) {
		ctx->sa = id;
		/* Deleted, but the last packets still hold it. */
		if (!atomic_read(&sa->live))
			continue;
		err = espsimd_nl_fill_sa(skb, priv, sa, info);
		if (err)
			break;
	}
	rcu_read_unlock();

	if (!err)
		ctx->sa = 0;
	return err;
}

int espsimd_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return espsimd_nl_dump_parts(skb, cb, ESPSIMD_A_SA_IFINDEX,
				     espsimd_nl_dump_sas);
}

static const char *espsimd_nl_str(const struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_data(info->attrs[attr]) : NULL;
}

static u32 espsimd_nl_u32(const struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : 0;
}

int espsimd_nl_sa_check_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct espsimd_sa_desc desc = {
		.aead = espsimd_nl_str(info, ESPSIMD_A_SA_ALG),
		.auth = espsimd_nl_str(info, ESPSIMD_A_SA_AUTH_ALG),
		.enc = espsimd_nl_str(info, ESPSIMD_A_SA_ENC_ALG),
		.comp = espsimd_nl_str(info, ESPSIMD_A_SA_COMP_ALG),
		.key_bits = espsimd_nl_u32(info, ESPSIMD_A_SA_KEY_BITS),
		.icv_bits = espsimd_nl_u32(info, ESPSIMD_A_SA_ICV_BITS),
		.tfcpad = espsimd_nl_u32(info, ESPSIMD_A_SA_TFCPAD),
		.if_id = espsimd_nl_u32(info, ESPSIMD_A_SA_IF_ID),
		.outbound = espsimd_nl_u32(info, ESPSIMD_A_SA_DIRECTION) ==
			    ESPSIMD_DIRECTION_OUT,
		.packet_offload = espsimd_nl_u32(info, ESPSIMD_A_SA_OFFLOAD) ==
				  ESPSIMD_OFFLOAD_PACKET,
		.family = AF_INET,
		.mode = XFRM_MODE_TUNNEL,
		.proto = IPPROTO_ESP,
	};
	const char *reason;
	int err;

	if (info->attrs[ESPSIMD_A_SA_FAMILY])
		desc.family = nla_get_u16(info->attrs[ESPSIMD_A_SA_FAMILY]);
	if (info->attrs[ESPSIMD_A_SA_MODE])
		desc.mode = nla_get_u8(info->attrs[ESPSIMD_A_SA_MODE]);
	if (info->attrs[ESPSIMD_A_SA_PROTO])
		desc.proto = nla_get_u8(info->attrs[ESPSIMD_A_SA_PROTO]);
	if (info->attrs[ESPSIMD_A_SA_ENCAP])
		desc.encap = nla_get_u16(info->attrs[ESPSIMD_A_SA_ENCAP]);

	err = espsimd_sa_validate(&desc, &reason);
	if (err)
		NL_SET_ERR_MSG_FMT_MOD(info->extack, "%s", reason);

	return err;
}
