// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: packet mode, outbound
 *
 * The stack has looked up policy and SA, and the route to the other end of the
 * tunnel, which is the packet's dst. It has not touched the packet, which can
 * be a large one that is still to be segmented. What stands in front of the
 * network header is no Ethernet header yet.
 *
 * Numbers are taken from the stack's own SA under its lock, once for each run
 * of packets of an SA in a burst, and for all segments of a large packet of
 * TCP. So no number can be given out twice, by whomever, and what ip xfrm shows
 * is true.
 */
#include <linux/audit.h>
#include <linux/icmpv6.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/ip6_fib.h>
#include <net/route.h>

#include "replay.h"
#include "tx_encap.h"
#include "tx_gso.h"
#include "tx_fill.h"
#include "tx_packet.h"

/* Segments carry inner checksums for us to do, over fragments if need be. */
#define ESPSIMD_TX_PACKET_FEATURES \
	(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA)

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

/* ---- packets without a mark ---- */

/* Bytes of the frame behind the packet would become a part of it. */
static bool espsimd_tx_packet_trim(struct sk_buff *skb)
{
	bool ip4 = skb->protocol == htons(ETH_P_IP);
	unsigned int hlen = ip4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	int offset = skb_network_offset(skb);
	unsigned int len;

	if (offset < 0 || !pskb_may_pull(skb, offset + hlen))
		return false;
	if (skb_is_gso(skb))
		return true;

	len = ip4 ? ntohs(ip_hdr(skb)->tot_len) :
		    hlen + ntohs(ipv6_hdr(skb)->payload_len);
	return len >= hlen && !pskb_trim_rcsum(skb, offset + len) &&
	       offset + len == skb->len;
}

static bool espsimd_tx_packet_fits(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb_is_gso(skb))
		return skb_gso_validate_network_len(skb, mtu);

	return skb->len - skb_network_offset(skb) <= mtu;
}

static void espsimd_tx_packet_tell_mtu(struct sk_buff *skb, unsigned int mtu)
{
	if (skb->protocol == htons(ETH_P_IPV6))
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	else if (ip_hdr(skb)->frag_off & htons(IP_DF))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
			      htonl(mtu));
}

int espsimd_tx_packet_adopt(struct espsimd_dev *priv, struct sk_buff *skb,
			    const struct espsimd_sa *sa, unsigned int *stat)
{
	unsigned int mtu;

	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	if (!espsimd_tx_packet_trim(skb))
		return -1;

	*stat = ESPSIMD_STAT(TX_DROP_MTU);
	mtu = xfrm_state_mtu(sa->x, READ_ONCE(priv->dev->mtu));
	if (!espsimd_tx_packet_fits(skb, mtu)) {
		espsimd_tx_packet_tell_mtu(skb, mtu);
		return -1;
	}

	/* It leads to the packet's destination, not to the tunnel's end. */
	skb_dst_drop(skb);
	return 0;
}

/* ---- cutting and numbering ---- */

static struct sk_buff *espsimd_tx_packet_segment(struct espsimd_dev *priv,
						 struct sk_buff *skb)
{
	struct sk_buff *segs;

	if (!skb_is_gso(skb))
		return skb;

	segs = skb_gso_segment(skb, ESPSIMD_TX_PACKET_FEATURES);
	if (!IS_ERR_OR_NULL(segs)) {
		consume_skb(skb);
		return segs;
	}

	espsimd_stats_drop(priv->stats, skb,
			   segs == ERR_PTR(-ENOMEM) ?
			   ESPSIMD_STAT(TX_DROP_NOMEM) :
			   ESPSIMD_STAT(TX_DROP_MALFORMED));
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
static bool espsimd_tx_packet_admit(struct espsimd_sa *sa, struct sk_buff *skb,
				    unsigned int bytes, u64 *seq)
{
	struct xfrm_state *x = sa->x;

	if (unlikely(x->km.state != XFRM_STATE_VALID)) {
		XFRM_INC_STATS(xs_net(x), LINUX_MIB_XFRMOUTSTATEINVALID);
		return false;
	}
	if (unlikely(xfrm_state_check_expire(x))) {
		XFRM_INC_STATS(xs_net(x), LINUX_MIB_XFRMOUTSTATEEXPIRED);
		return false;
	}
	if (unlikely(!espsimd_replay_reserve(x, 1, seq))) {
		xfrm_audit_state_replay_overflow(x, skb);
		XFRM_INC_STATS(xs_net(x), LINUX_MIB_XFRMOUTSTATESEQERROR);
		return false;
	}

	x->curlft.bytes += bytes;
	x->curlft.packets++;
	return true;
}

static void espsimd_tx_packet_unlock(struct espsimd_sa *sa)
{
	sa->x->lastused = ktime_get_real_seconds();
	spin_unlock(&sa->x->lock);
}

void espsimd_tx_packet_number(struct sk_buff **skbs, unsigned int nr)
{
	struct espsimd_sa *sa = NULL;
	struct espsimd_tx_cb *cb;
	unsigned int i, bytes;

	for (i = 0; i < nr; i++) {
		cb = espsimd_tx_cb(skbs[i]);
		if (cb->sa != sa) {
			if (sa)
				espsimd_tx_packet_unlock(sa);
			sa = cb->sa;
			if (sa)
				spin_lock(&sa->x->lock);
		}
		if (!sa)
			continue;

		bytes = espsimd_tx_packet_bytes(sa, skbs[i]);
		if (!espsimd_tx_packet_admit(sa, skbs[i], bytes, &cb->seq))
			cb->seq = 0;
	}
	if (sa)
		espsimd_tx_packet_unlock(sa);
}

/* The same for the segments that a packet will be cut into. */
static void espsimd_tx_packet_number_gso(struct espsimd_dev *priv,
					 struct espsimd_tx_gso *gso)
{
	struct xfrm_state *x = gso->sa->x;
	unsigned int left = gso->left, len, nr;
	u64 seq;

	spin_lock(&x->lock);
	while (left) {
		len = min(left, gso->mss);
		if (!espsimd_tx_packet_admit(gso->sa, gso->skb,
					     gso->hdr_len + len, &seq))
			break;
		/* Under the lock they follow each other. */
		if (left == gso->left)
			gso->seq = seq;
		left -= len;
	}
	espsimd_tx_packet_unlock(gso->sa);

	gso->left -= left;
	for (nr = DIV_ROUND_UP(left, gso->mss); unlikely(nr); nr--) {
		espsimd_sa_count_error(gso->sa);
		espsimd_stats_inc(priv->stats, ESPSIMD_STAT(TX_DROP_STATE));
	}
}

int espsimd_tx_packet_start_gso(struct espsimd_dev *priv,
				struct espsimd_tx_gso *gso, struct sk_buff *skb,
				struct espsimd_sa *sa, unsigned int *stat)
{
	if (unlikely(espsimd_tx_gso_start_packet(priv, gso, skb, sa, stat)))
		return -1;

	espsimd_tx_packet_number_gso(priv, gso);
	return 0;
}

struct sk_buff *espsimd_tx_packet_take(struct espsimd_dev *priv,
				       struct sk_buff *skb,
				       struct espsimd_sa *sa)
{
	struct sk_buff *list = espsimd_tx_packet_segment(priv, skb);

	for (skb = list; skb; skb = skb->next)
		*espsimd_tx_cb(skb) = (struct espsimd_tx_cb) {
			.sa = sa,
		};

	return list;
}

/* ---- encapsulation ---- */

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

	job->skb = espsimd_tx_new_packet(priv, job->sa, shape);
	if (!job->skb)
		return false;

	espsimd_stats_inc(priv->stats, ESPSIMD_STAT(TX_COPIED));
	if (!encap->ip_len)
		memcpy(job->skb->data, skb_network_header(skb), shape->ip_len);
	skb_copy_header(job->skb, skb);
	espsimd_tx_move_owner(job->skb, skb);
	job->orig = skb;
	return true;
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

	espsimd_esp_put_trailer(job->trailer, shape->pad_len,
				shape->next_header);
	job->segs[msg->nr_segs].data = job->trailer;
	job->segs[msg->nr_segs].len = trailer_len;
	msg->nr_segs++;
}

int espsimd_tx_packet_add_job(struct espsimd_dev *priv,
			      struct espsimd_burst *burst, struct sk_buff *skb,
			      unsigned int *stat)
{
	struct espsimd_sa *sa = espsimd_tx_cb(skb)->sa;
	u64 seq = espsimd_tx_cb(skb)->seq;
	struct espsimd_encap_inner inner;
	struct espsimd_tx_shape shape;
	struct espsimd_aead_msg *msg;
	struct espsimd_tx_csum csum;
	struct espsimd_tx_path path;
	struct espsimd_job *job;
	u16 id;

	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	if (!espsimd_tx_get_shape(skb, &sa->encap, &inner, &shape))
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

	id = espsimd_tx_ident(dev_net(priv->dev), &sa->encap, &inner, 1);
	espsimd_tx_start_job(job, msg, &inner, &shape, &path, id, seq);
	espsimd_esp_put_trailer(msg->dst + shape.len, shape.pad_len,
				shape.next_header);
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
