// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: packet mode, outbound
 *
 * The stack has looked up policy and SA, and the route to the other end of the
 * tunnel, which is the packet's dst. It has not touched the packet, which can
 * be a large one that is still to be segmented. What stands in front of the
 * network header is no Ethernet header yet.
 *
 * Numbers are taken from the stack's own SA under its lock, once per packet
 * that came, for all its segments. So no number can be given out twice, by
 * whomever, and what ip xfrm shows is true.
 */
#include <linux/align.h>
#include <linux/audit.h>
#include <linux/if_ether.h>
#include <linux/unaligned.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/route.h>

#include "encap.h"
#include "esp.h"
#include "replay.h"
#include "tx_fill.h"
#include "tx_packet.h"

/* Segments carry inner checksums for us to do, over fragments if need be. */
#define ESPSIMD_TX_PACKET_FEATURES \
	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA)

/**
 * struct espsimd_tx_path - the way to the other end
 * @neigh: next hop, valid in the RCU read side
 * @ttl: TTL or hop limit of packets on that way
 */
struct espsimd_tx_path {
	struct neighbour *neigh;
	u8 ttl;
};

/**
 * struct espsimd_tx_shape - how a packet becomes one of ESP
 * @payload: first byte that goes into ESP, from skb->data
 * @len: number of these bytes
 * @pad_len: bytes of padding (RFC 4303 section 2.4)
 * @ip_len: length of the outer IP header
 * @hdr_len: length of all headers up to and including the IV
 * @next_header: protocol of what is inside of ESP
 */
struct espsimd_tx_shape {
	unsigned int payload;
	unsigned int len;
	unsigned int pad_len;
	unsigned int ip_len;
	unsigned int hdr_len;
	u8 next_header;
};

/* ---- marking ---- */

/*
 * Without a gateway the stack would look for the neighbour at the address
 * inside of the tunnel. It does not for packets that belong to no socket.
 */
static void espsimd_tx_packet_avoid_neigh(struct sk_buff *skb,
					  const struct xfrm_state *x,
					  const struct dst_entry *path)
{
	bool gateway;

	if (!skb->sk || x->props.mode != XFRM_MODE_TUNNEL)
		return;

	if (path->ops->family == AF_INET)
		gateway = dst_rtable(path)->rt_gw_family;
	else
		gateway = dst_rt6_info(path)->rt6i_flags & RTF_GATEWAY;
	if (!gateway)
		skb_orphan(skb);
}

bool espsimd_tx_packet_tag(struct sk_buff *skb, struct xfrm_state *x)
{
	const struct dst_entry *dst = skb_dst(skb);
	const struct dst_entry *path = xfrm_dst_path(dst);
	struct sec_path *sp;

	/* Older kernels leave both of this to the hardware. */
	if (path->dev != x->xso.dev ||
	    ((const struct xfrm_dst *)dst)->child->xfrm)
		return false;

	secpath_reset(skb);
	sp = secpath_set(skb);
	if (!sp)
		return false;

	xfrm_state_hold(x);
	sp->xvec[sp->len++] = x;
	sp->ovec[sp->olen++].flags = XFRM_XMIT;
	espsimd_tx_packet_avoid_neigh(skb, x, path);
	return true;
}

bool espsimd_tx_packet_is(const struct sk_buff *skb)
{
	const struct xfrm_offload *xo = xfrm_offload((struct sk_buff *)skb);
	const struct xfrm_state *x;

	if (likely(!xo) || !(xo->flags & XFRM_XMIT))
		return false;

	x = xfrm_input_state((struct sk_buff *)skb);
	return x->xso.type == XFRM_DEV_OFFLOAD_PACKET &&
	       x->xso.dir == XFRM_DEV_OFFLOAD_OUT;
}

/* ---- cutting and numbering ---- */

static struct sk_buff *espsimd_tx_packet_segment(struct espsimd_dev *priv,
						 struct sk_buff *skb)
{
	struct sk_buff *segs;

	if (!skb_is_gso(skb))
		return skb;

	segs = skb_gso_segment(skb, ESPSIMD_TX_PACKET_FEATURES);
	if (likely(!IS_ERR_OR_NULL(segs))) {
		consume_skb(skb);
		return segs;
	}

	espsimd_stats_inc(priv->stats,
			  segs == ERR_PTR(-ENOMEM) ?
			  ESPSIMD_STAT(TX_DROP_NOMEM) :
			  ESPSIMD_STAT(TX_DROP_MALFORMED));
	kfree_skb(skb);
	return NULL;
}

/*
 * What counts for lifetimes, as the stack counts it: the packet inside in
 * tunnel mode, what is behind the IP header in transport mode.
 */
static unsigned int espsimd_tx_packet_bytes(const struct espsimd_sa *sa,
					    const struct sk_buff *skb)
{
	unsigned int len = skb->len - skb_network_offset(skb);

	if (sa->encap.ip_len)
		return len;

	return len - (sa->encap.family == AF_INET ? sizeof(struct iphdr) :
						     sizeof(struct ipv6hdr));
}

/* Under x->lock. Returns false if the SA can send no more. */
static bool espsimd_tx_packet_number(struct espsimd_sa *sa, struct sk_buff *skb)
{
	struct espsimd_tx_cb *cb = espsimd_tx_cb(skb);
	struct xfrm_state *x = sa->x;

	*cb = (struct espsimd_tx_cb) {};
	if (unlikely(xfrm_state_check_expire(x))) {
		XFRM_INC_STATS(xs_net(x), LINUX_MIB_XFRMOUTSTATEEXPIRED);
		return false;
	}
	if (unlikely(!espsimd_replay_reserve(x, 1, &cb->seq))) {
		xfrm_audit_state_replay_overflow(x, skb);
		XFRM_INC_STATS(xs_net(x), LINUX_MIB_XFRMOUTSTATESEQERROR);
		return false;
	}

	x->curlft.bytes += espsimd_tx_packet_bytes(sa, skb);
	x->curlft.packets++;
	return true;
}

/* Number as many packets of a list as the SA allows, and drop the others. */
static struct sk_buff *espsimd_tx_packet_number_all(struct espsimd_dev *priv,
						    struct espsimd_sa *sa,
						    struct sk_buff *list)
{
	struct sk_buff **link = &list, *rest, *next;
	struct xfrm_state *x = sa->x;

	spin_lock(&x->lock);
	if (unlikely(x->km.state != XFRM_STATE_VALID))
		XFRM_INC_STATS(xs_net(x), LINUX_MIB_XFRMOUTSTATEINVALID);
	else
		while (*link && espsimd_tx_packet_number(sa, *link))
			link = &(*link)->next;
	x->lastused = ktime_get_real_seconds();
	spin_unlock(&x->lock);

	rest = *link;
	*link = NULL;
	for (; unlikely(rest); rest = next) {
		next = rest->next;
		skb_mark_not_on_list(rest);
		espsimd_sa_count_error(sa);
		espsimd_stats_inc(priv->stats, ESPSIMD_STAT(TX_DROP_STATE));
		kfree_skb_reason(rest, SKB_DROP_REASON_XFRM_POLICY);
	}

	return list;
}

struct sk_buff *espsimd_tx_packet_take(struct espsimd_dev *priv,
				       struct sk_buff *skb)
{
	struct espsimd_sa *sa;

	sa = espsimd_sa_find_out(xfrm_input_state(skb), priv->dev);
	if (unlikely(!sa || !sa->packet)) {
		espsimd_stats_inc(priv->stats, ESPSIMD_STAT(TX_DROP_NO_SA));
		kfree_skb_reason(skb, SKB_DROP_REASON_XFRM_POLICY);
		return NULL;
	}

	skb = espsimd_tx_packet_segment(priv, skb);
	return skb ? espsimd_tx_packet_number_all(priv, sa, skb) : NULL;
}

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

		rt = ip_route_output_key(net, &fl4);
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

/*
 * The stack looks the way up with the family of the packet inside, so its
 * answer makes sense only if that is the family of the tunnel too.
 */
static bool espsimd_tx_find_path(const struct espsimd_dev *priv,
				 const struct espsimd_sa *sa,
				 const struct sk_buff *skb,
				 struct espsimd_tx_path *path)
{
	struct dst_entry *dst = skb_dst(skb);
	bool found;

	if (likely(dst && dst->ops->family == sa->encap.family))
		return espsimd_tx_path_by_dst(priv, sa, dst, path);

	dst = espsimd_tx_route(priv, sa, skb->mark);
	if (!dst)
		return false;
	found = espsimd_tx_path_by_dst(priv, sa, dst, path);
	dst_release(dst);

	return found;
}

/* ---- encapsulation ---- */

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

/* Returns false for what is no whole IP packet of the right family. */
static bool espsimd_tx_get_shape(struct sk_buff *skb,
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

	shape->len = skb->len - shape->payload;
	/* Pad length and next header end the payload, aligned to 4 bytes. */
	shape->pad_len = ALIGN(shape->len + 2, 4) - shape->len - 2;
	shape->hdr_len = shape->ip_len + encap->udp_len + ESPSIMD_ESP_HLEN;
	return true;
}

/* Trailer and ICV behind the payload, in bytes. */
static unsigned int espsimd_tx_tail_len(const struct espsimd_tx_shape *shape,
					const struct espsimd_sa *sa)
{
	return shape->pad_len + 2 + sa->icv_len;
}

/* RFC 4303 section 2.4: padding counts up from 1. */
static void espsimd_tx_put_trailer(u8 *p, const struct espsimd_tx_shape *shape)
{
	unsigned int i;

	for (i = 1; i <= shape->pad_len; i++)
		*p++ = i;
	*p++ = shape->pad_len;
	*p = shape->next_header;
}

static u16 espsimd_tx_ident(struct net *net, const struct espsimd_encap *encap,
			    const struct espsimd_encap_inner *inner)
{
	struct iphdr iph;

	if (encap->family != AF_INET || espsimd_encap_df(encap, inner))
		return 0;

	memcpy(&iph, encap->hdr, sizeof(iph));
	__ip_select_ident(net, &iph, 1);
	return ntohs(iph.id);
}

/* Room that the frame needs in front of its IP header. */
static unsigned int espsimd_tx_headroom(const struct espsimd_dev *priv)
{
	return LL_RESERVED_SPACE(priv->lower);
}

static bool espsimd_tx_fits_in_place(const struct espsimd_dev *priv,
				     const struct sk_buff *skb,
				     const struct espsimd_tx_shape *shape,
				     unsigned int tail_len)
{
	return espsimd_buffer_owned(skb) &&
	       skb_headroom(skb) + shape->payload >=
		       shape->hdr_len + espsimd_tx_headroom(priv) &&
	       skb_tailroom(skb) >= tail_len;
}

/*
 * Make skb->data the beginning of the outer IP header, with what is to be
 * kept of the packet's own one there in transport mode.
 */
static void espsimd_tx_open_in_place(struct sk_buff *skb,
				     const struct espsimd_encap *encap,
				     const struct espsimd_tx_shape *shape,
				     unsigned int tail_len)
{
	u8 *payload = skb->data + shape->payload;

	skb_put(skb, tail_len);
	if (!encap->ip_len)
		memmove(payload - shape->hdr_len, payload - shape->ip_len,
			shape->ip_len);
	if (shape->payload >= shape->hdr_len)
		__skb_pull(skb, shape->payload - shape->hdr_len);
	else
		skb_push(skb, shape->hdr_len - shape->payload);
}

/* The same in a new packet; the payload stays in the original. */
static struct sk_buff *espsimd_tx_open_copy(const struct espsimd_dev *priv,
					    struct sk_buff *skb,
					    const struct espsimd_encap *encap,
					    const struct espsimd_tx_shape *shape,
					    unsigned int tail_len)
{
	unsigned int headroom = espsimd_tx_headroom(priv);
	unsigned int len = shape->hdr_len + shape->len + tail_len;
	struct sk_buff *nskb;

	nskb = espsimd_buffer_new(headroom + len);
	if (!nskb)
		return NULL;

	skb_reserve(nskb, headroom);
	skb_put(nskb, len);
	if (!encap->ip_len)
		memcpy(nskb->data, skb_network_header(skb), shape->ip_len);
	skb_copy_header(nskb, skb);
	espsimd_tx_move_owner(nskb, skb);

	return nskb;
}

static void espsimd_tx_set_headers(struct sk_buff *skb,
				   const struct espsimd_encap *encap,
				   const struct espsimd_tx_shape *shape)
{
	skb->protocol = encap->family == AF_INET ? htons(ETH_P_IP) :
						    htons(ETH_P_IPV6);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, shape->ip_len);
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
}

static void espsimd_tx_fill_msg(struct espsimd_job *job,
				struct espsimd_aead_msg *msg,
				const struct espsimd_tx_shape *shape, u64 seq)
{
	const struct espsimd_sa *sa = job->sa;
	struct ip_esp_hdr *esph = (void *)(job->skb->data + job->offset);

	espsimd_esp_set_aad(msg, sa->x->id.spi, seq, sa->esn);
	put_unaligned_be64(seq, msg->iv);
	esph->seq_no = htonl(seq);
	memcpy(esph->enc_data, msg->iv, sizeof(msg->iv));
	msg->key = sa->aead;
	msg->src = job->segs;
	msg->dst = job->skb->data + shape->hdr_len;
	msg->len = shape->len + shape->pad_len + 2;
	msg->tag = msg->dst + msg->len;
}

/* The source of a packet that was copied: original and trailer. */
static void espsimd_tx_fill_orig(struct espsimd_job *job,
				 struct espsimd_aead_msg *msg,
				 const struct espsimd_tx_shape *shape,
				 const struct espsimd_tx_csum *csum)
{
	unsigned int trailer_len = shape->pad_len + 2;

	espsimd_tx_fill_copy(job, msg, shape->payload, shape->len, csum);
	if (job->segs[0].data == msg->dst) {
		/* It was gathered, and the trailer is behind it already. */
		job->segs[0].len += trailer_len;
		return;
	}

	espsimd_tx_put_trailer(job->trailer, shape);
	job->segs[msg->nr_segs].data = job->trailer;
	job->segs[msg->nr_segs].len = trailer_len;
	msg->nr_segs++;
}

/* Make job->skb a packet of ESP with nothing in it yet. */
static bool espsimd_tx_packet_open(const struct espsimd_dev *priv,
				   struct espsimd_job *job, struct sk_buff *skb,
				   const struct espsimd_tx_shape *shape)
{
	const struct espsimd_encap *encap = &job->sa->encap;
	unsigned int tail_len = espsimd_tx_tail_len(shape, job->sa);

	if (espsimd_tx_fits_in_place(priv, skb, shape, tail_len)) {
		espsimd_tx_open_in_place(skb, encap, shape, tail_len);
		job->skb = skb;
		return true;
	}

	job->skb = espsimd_tx_open_copy(priv, skb, encap, shape, tail_len);
	if (!job->skb)
		return false;

	espsimd_stats_inc(priv->stats, ESPSIMD_STAT(TX_COPIED));
	job->orig = skb;
	return true;
}

int espsimd_tx_packet_add_job(struct espsimd_dev *priv,
			      struct espsimd_burst *burst, struct sk_buff *skb,
			      struct espsimd_sa *sa, unsigned int *stat)
{
	const struct espsimd_encap *encap = &sa->encap;
	u64 seq = espsimd_tx_cb(skb)->seq;
	struct espsimd_encap_inner inner;
	struct espsimd_tx_shape shape;
	struct espsimd_aead_msg *msg;
	struct espsimd_tx_csum csum;
	struct espsimd_tx_path path;
	struct espsimd_job *job;
	u8 *hdr;

	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	if (!espsimd_tx_get_shape(skb, encap, &inner, &shape))
		return -1;

	*stat = ESPSIMD_STAT(TX_DROP_UNREADABLE);
	if (!skb_frags_readable(skb))
		return -1;

	*stat = ESPSIMD_STAT(TX_DROP_CSUM);
	if (!espsimd_tx_csum(skb, shape.payload, skb->len, &csum))
		return -1;

	skb->mark = xfrm_smark_get(skb->mark, sa->x);
	*stat = ESPSIMD_STAT(TX_DROP_ROUTE);
	if (!espsimd_tx_find_path(priv, sa, skb, &path))
		return -1;

	/* All of this has done its duty, and a copy need not have it. */
	secpath_reset(skb);
	skb_dst_drop(skb);

	*stat = ESPSIMD_STAT(TX_DROP_NOMEM);
	job = espsimd_burst_next_job(burst, &msg);
	job->sa = sa;
	if (!espsimd_tx_packet_open(priv, job, skb, &shape))
		return -1;

	hdr = job->skb->data;
	if (encap->ip_len)
		espsimd_encap_tunnel(encap, hdr, &inner, path.ttl,
				     espsimd_tx_ident(dev_net(priv->dev),
						      encap, &inner),
				     job->skb->len);
	else
		espsimd_encap_transport(encap, hdr, shape.ip_len,
					job->skb->len);
	espsimd_tx_set_headers(job->skb, encap, &shape);
	espsimd_tx_cb(job->skb)->neigh = path.neigh;
	job->offset = shape.ip_len + encap->udp_len;

	espsimd_tx_fill_msg(job, msg, &shape, seq);
	espsimd_tx_put_trailer(msg->dst + shape.len, &shape);
	if (job->orig) {
		espsimd_tx_fill_orig(job, msg, &shape, &csum);
	} else {
		if (csum.field)
			csum.field += shape.hdr_len - shape.payload;
		espsimd_tx_fill_in_place(job, msg, &csum);
	}
	espsimd_burst_add_job(burst);
	return 0;
}

int espsimd_tx_packet_send(struct espsimd_dev *priv, struct sk_buff *skb)
{
	struct neighbour *neigh = espsimd_tx_cb(skb)->neigh;

	if (likely(READ_ONCE(neigh->nud_state) & NUD_CONNECTED &&
		   READ_ONCE(neigh->hh.hh_len))) {
		skb->dev = priv->lower;
		return neigh_hh_output(&neigh->hh, skb);
	}

	/*
	 * It has to be resolved or confirmed first. The packet comes back to
	 * the device as an ordinary frame, now or later.
	 */
	skb->dev = priv->dev;
	return READ_ONCE(neigh->output)(neigh, skb);
}
