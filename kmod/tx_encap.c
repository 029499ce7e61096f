// SPDX-License-Identifier: GPL-2.0
#include <linux/if_ether.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/route.h>

#include "buffer.h"
#include "esp.h"
#include "tx_encap.h"
#include "tx_fill.h"
#include "tx_packet.h"

/* ---- the way to the other end ---- */

static struct neighbour *espsimd_tx_neigh4(struct net_device *dev,
					   const struct rtable *rt,
					   __be32 daddr)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (rt->rt_gw_family == AF_INET6)
		return ip_neigh_gw6(dev, &rt->rt_gw6);
#endif
	if (rt->rt_gw_family == AF_INET)
		daddr = rt->rt_gw4;

	return ip_neigh_gw4(dev, daddr);
}

static bool espsimd_tx_path_by_dst(const struct espsimd_dev *priv,
				   const struct espsimd_sa *sa,
				   struct dst_entry *dst,
				   struct espsimd_tx_path *path)
{
	const xfrm_address_t *daddr = &sa->x->id.daddr;

	if (dst->dev != priv->dev)
		return false;

	if (sa->encap.family == AF_INET) {
		path->ttl = ip4_dst_hoplimit(dst);
		path->neigh = espsimd_tx_neigh4(priv->dev, dst_rtable(dst),
						daddr->a4);
	} else {
#if IS_ENABLED(CONFIG_IPV6)
		path->ttl = ip6_dst_hoplimit(dst);
		path->neigh = ip_neigh_gw6(priv->dev,
					   rt6_nexthop(dst_rt6_info(dst),
						       &daddr->in6));
#else
		return false;
#endif
	}

	return !IS_ERR_OR_NULL(path->neigh);
}

/*
 * A route that leads through the device, which the stack's own lookup for SAs
 * does not insist on; and without a look at policies, which could send what is
 * in ESP already through a tunnel.
 */
static struct dst_entry *espsimd_tx_route(const struct espsimd_dev *priv,
					  const struct espsimd_sa *sa, u32 mark)
{
	const struct xfrm_state *x = sa->x;
	struct net *net = dev_net(priv->dev);
	struct rtable *rt;

	if (sa->encap.family == AF_INET) {
		struct flowi4 fl4 = {
			.flowi4_oif = priv->dev->ifindex,
			.flowi4_mark = mark,
			.flowi4_proto = IPPROTO_ESP,
			.saddr = x->props.saddr.a4,
			.daddr = x->id.daddr.a4,
		};

		rt = __ip_route_output_key(net, &fl4);
		return IS_ERR(rt) ? NULL : &rt->dst;
	}
#if IS_ENABLED(CONFIG_IPV6)
	{
		struct flowi6 fl6 = {
			.flowi6_oif = priv->dev->ifindex,
			.flowi6_mark = mark,
			.flowi6_proto = IPPROTO_ESP,
			.saddr = x->props.saddr.in6,
			.daddr = x->id.daddr.in6,
		};
		struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);

		if (!dst->error)
			return dst;
		dst_release(dst);
	}
#endif
	return NULL;
}

static struct dst_entry *espsimd_tx_cached(struct espsimd_sa *sa)
{
#if IS_ENABLED(CONFIG_IPV6)
	struct in6_addr in6;
#endif
	struct rtable *rt;
	__be32 in4;

	if (sa->encap.family == AF_INET) {
		rt = dst_cache_get_ip4(&sa->route, &in4);
		return rt ? &rt->dst : NULL;
	}
#if IS_ENABLED(CONFIG_IPV6)
	return dst_cache_get_ip6(&sa->route, &in6);
#else
	return NULL;
#endif
}

static void espsimd_tx_cache(struct espsimd_sa *sa, struct dst_entry *dst)
{
	if (sa->encap.family == AF_INET)
		dst_cache_set_ip4(&sa->route, dst, sa->x->props.saddr.a4);
#if IS_ENABLED(CONFIG_IPV6)
	else
		dst_cache_set_ip6(&sa->route, dst, &sa->x->props.saddr.in6);
#endif
}

/* Returns a reference. Only the way of packets without a mark is kept. */
static struct dst_entry *espsimd_tx_own_route(const struct espsimd_dev *priv,
					      struct espsimd_sa *sa, u32 mark)
{
	struct dst_entry *dst = NULL;

	if (!mark)
		dst = espsimd_tx_cached(sa);
	if (dst)
		return dst;

	dst = espsimd_tx_route(priv, sa, mark);
	if (dst && !mark)
		espsimd_tx_cache(sa, dst);
	return dst;
}

/*
 * The stack looks the way up with the family of the packet inside, so its
 * answer makes sense only if that is the family of the tunnel too. Packets that
 * it did not ask its policies about come without one.
 */
bool espsimd_tx_find_path(const struct espsimd_dev *priv,
			  struct espsimd_sa *sa, const struct sk_buff *skb,
			  struct espsimd_tx_path *path)
{
	struct dst_entry *dst = skb_dst(skb);
	bool found;

	if (likely(dst && dst->ops->family == sa->encap.family))
		return espsimd_tx_path_by_dst(priv, sa, dst, path);

	dst = espsimd_tx_own_route(priv, sa, skb->mark);
	if (!dst)
		return false;
	found = espsimd_tx_path_by_dst(priv, sa, dst, path);
	dst_release(dst);

	return found;
}

/* ---- the form of the packet ---- */

static bool espsimd_tx_shape_transport(struct sk_buff *skb,
				       const struct espsimd_encap_inner *inner,
				       struct espsimd_tx_shape *shape)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (inner->ipproto == IPPROTO_IPIP) {
		if (iph->ihl * 4 != sizeof(*iph) || ip_is_fragment(iph))
			return false;
		shape->ip_len = sizeof(*iph);
		shape->next_header = iph->protocol;
	} else {
		shape->ip_len = sizeof(struct ipv6hdr);
		shape->next_header = ipv6_hdr(skb)->nexthdr;
	}

	shape->payload = skb_network_offset(skb) + shape->ip_len;
	return true;
}

bool espsimd_tx_get_shape(struct sk_buff *skb,
			  const struct espsimd_encap *encap,
			  struct espsimd_encap_inner *inner,
			  struct espsimd_tx_shape *shape)
{
	int offset = skb_network_offset(skb);
	unsigned int hlen;

	if (offset < 0)
		return false;
	hlen = skb->protocol == htons(ETH_P_IP) ? sizeof(struct iphdr) :
						  sizeof(struct ipv6hdr);
	if (!pskb_may_pull(skb, offset + hlen) ||
	    !espsimd_encap_read_inner(skb, inner))
		return false;

	if (encap->ip_len) {
		shape->ip_len = encap->ip_len;
		shape->payload = offset;
		shape->next_header = inner->ipproto;
	} else if ((inner->ipproto == IPPROTO_IPIP) !=
		   (encap->family == AF_INET) ||
		   !espsimd_tx_shape_transport(skb, inner, shape)) {
		return false;
	}

	espsimd_tx_set_len(shape, skb->len - shape->payload);
	shape->hdr_len = shape->ip_len + encap->udp_len + ESPSIMD_ESP_HLEN;
	return true;
}

/* ---- the packet ---- */

u16 espsimd_tx_ident(struct net *net, const struct espsimd_encap *encap,
		     const struct espsimd_encap_inner *inner, unsigned int nr)
{
	struct iphdr iph;

	if (encap->family != AF_INET || !encap->ip_len ||
	    espsimd_encap_df(encap, inner))
		return 0;

	memcpy(&iph, encap->hdr, sizeof(iph));
	__ip_select_ident(net, &iph, nr);
	return ntohs(iph.id);
}

struct sk_buff *espsimd_tx_new_packet(const struct espsimd_dev *priv,
				      const struct espsimd_sa *sa,
				      const struct espsimd_tx_shape *shape)
{
	unsigned int headroom = espsimd_tx_headroom(priv);
	unsigned int len = shape->hdr_len + shape->len +
			   espsimd_tx_tail_len(shape, sa);
	struct sk_buff *skb;

	skb = espsimd_buffer_new(headroom + len);
	if (!skb)
		return NULL;

	skb_reserve(skb, headroom);
	skb_put(skb, len);
	return skb;
}

void espsimd_tx_start_job(struct espsimd_job *job, struct espsimd_aead_msg *msg,
			  const struct espsimd_encap_inner *inner,
			  const struct espsimd_tx_shape *shape,
			  const struct espsimd_tx_path *path, u16 id, u64 seq)
{
	const struct espsimd_encap *encap = &job->sa->encap;
	struct sk_buff *skb = job->skb;

	if (encap->ip_len)
		espsimd_encap_tunnel(encap, skb->data, inner, path->ttl, id,
				     skb->len);
	else
		espsimd_encap_transport(encap, skb->data, shape->ip_len,
					skb->len);

	skb->protocol = encap->family == AF_INET ? htons(ETH_P_IP) :
						    htons(ETH_P_IPV6);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, shape->ip_len);
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	espsimd_tx_cb(skb)->neigh = path->neigh;
	job->offset = shape->ip_len + encap->udp_len;
	espsimd_tx_start_msg(job, msg, shape->len + shape->pad_len + 2, seq);
}
