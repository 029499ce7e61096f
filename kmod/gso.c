// SPDX-License-Identifier: GPL-2.0
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/xfrm.h>

#include "esp.h"
#include "gso.h"
#include "stats.h"

/* Ethernet with two VLAN tags, IPv4 with all options, UDP, ESP and its IV. */
#define ESPSIMD_GSO_HLEN_MAX						\
	(ETH_HLEN + 2 * 4 + 60 + sizeof(struct udphdr) + ESPSIMD_ESP_HLEN)

/* Segmentation of these wants to be told that there is a tunnel. */
#define ESPSIMD_GSO_TUNNELS						\
	(SKB_GSO_GRE | SKB_GSO_GRE_CSUM | SKB_GSO_IPXIP4 |		\
	 SKB_GSO_IPXIP6 | SKB_GSO_UDP_TUNNEL | SKB_GSO_UDP_TUNNEL_CSUM)

/**
 * struct espsimd_gso_outer - what is put around each segment
 * @hdr: all headers up to and including the room for the IV
 * @len: length of @hdr in bytes
 * @network: offset of the IP header in @hdr
 * @transport: offset of the UDP header in @hdr
 * @strip: bytes in front of each segment that do not belong into ESP: in
 *	transport mode a copy of the outer IP header
 * @seq: sequence number of the first segment
 * @id: identification of the first segment's IP header
 * @protocol: Ethernet type of the packet
 * @next_header: protocol of what is inside ESP
 * @icv_len: length of the ICV in bytes
 */
struct espsimd_gso_outer {
	u8 hdr[ESPSIMD_GSO_HLEN_MAX];
	unsigned int len;
	unsigned int network;
	unsigned int transport;
	unsigned int strip;
	u32 seq;
	u16 id;
	__be16 protocol;
	u8 next_header;
	u8 icv_len;
};

bool espsimd_gso_is_esp(const struct sk_buff *skb, const struct net_device *dev)
{
	const struct xfrm_offload *xo;
	const struct xfrm_state *x;

	if (!skb_is_gso(skb) || !(skb_shinfo(skb)->gso_type & SKB_GSO_ESP))
		return false;

	xo = xfrm_offload((struct sk_buff *)skb);
	if (!xo || xo->flags & (XFRM_GRO | XFRM_GSO_SEGMENT))
		return false;

	x = xfrm_input_state((struct sk_buff *)skb);
	return x->xso.dev == dev && x->xso.dir == XFRM_DEV_OFFLOAD_OUT;
}

bool espsimd_gso_is_whole(const struct sk_buff *skb,
			  const struct net_device *dev)
{
	return espsimd_gso_is_esp(skb, dev) &&
	       xfrm_input_state((struct sk_buff *)skb)->encap;
}

bool espsimd_gso_miscut(const struct sk_buff *skb)
{
	return xfrm_offload((struct sk_buff *)skb)->flags & XFRM_GSO_SEGMENT &&
	       xfrm_input_state((struct sk_buff *)skb)->encap;
}

/*
 * Give the packet numbers of its own, and count them on behind the last one.
 * The stack has reserved as many as it said that there are segments, and has
 * seen to it that their high halves are the same.
 */
static bool espsimd_gso_take_seq(struct sk_buff *skb, u32 seq)
{
	struct xfrm_offload *xo = xfrm_offload(skb);

	if (xo->seq.low != seq ||
	    seq + skb_shinfo(skb)->gso_segs < seq)
		return false;

	xo->seq.low += skb_shinfo(skb)->gso_segs;
	return true;
}

/* Learn what goes around the segments. */
static bool espsimd_gso_read_outer(const struct sk_buff *skb,
				   const struct espsimd_sa *sa,
				   const struct espsimd_esp_layout *l,
				   struct espsimd_gso_outer *outer)
{
	const struct iphdr *iph = ip_hdr(skb);

	*outer = (struct espsimd_gso_outer) {
		.len = l->offset + ESPSIMD_ESP_HLEN,
		.network = skb_network_offset(skb),
		.transport = skb_transport_offset(skb),
		.seq = l->seq,
		.protocol = skb->protocol,
		.next_header = l->next_header,
		.icv_len = sa->icv_len,
	};
	/* A network header behind the data would make a huge offset. */
	if (outer->len > sizeof(outer->hdr) ||
	    outer->network + sizeof(*iph) > outer->transport ||
	    iph->version != 4 ||
	    iph->ihl * 4 != outer->transport - outer->network)
		return false;

	outer->id = ntohs(iph->id);
	memcpy(outer->hdr, skb->data, outer->len);
	return true;
}

/* Tunnel mode: what is inside ESP is a packet already. */
static bool espsimd_gso_strip_tunnel(struct sk_buff *skb,
				     const struct espsimd_gso_outer *outer)
{
	switch (outer->next_header) {
	case IPPROTO_IPIP:
		skb->protocol = htons(ETH_P_IP);
		break;
	case IPPROTO_IPV6:
		skb->protocol = htons(ETH_P_IPV6);
		break;
	default:
		return false;
	}

	skb_pull(skb, outer->len);
	return true;
}

/* Transport mode: bring the IP header and what is inside ESP together. */
static void espsimd_gso_strip_transport(struct sk_buff *skb,
					struct espsimd_gso_outer *outer)
{
	struct iphdr *iph;

	outer->strip = outer->transport - outer->network;
	iph = skb_pull(skb, outer->len - outer->strip);
	memcpy(iph, outer->hdr + outer->network, outer->strip);
	iph->protocol = outer->next_header;
	skb->protocol = htons(ETH_P_IP);
}

/* Undo what ESP did to the packet, so that any segmentation can cut it. */
static bool espsimd_gso_strip(struct sk_buff *skb, const struct espsimd_sa *sa,
			      const struct espsimd_esp_layout *l,
			      struct espsimd_gso_outer *outer)
{
	if (!espsimd_gso_read_outer(skb, sa, l, outer))
		return false;
	if (sa->x->props.mode == XFRM_MODE_TRANSPORT)
		espsimd_gso_strip_transport(skb, outer);
	else if (!espsimd_gso_strip_tunnel(skb, outer))
		return false;

	/* There is no Ethernet header; segmentation needs none. */
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_reset_mac_len(skb);
	skb->encapsulation = !!(skb_shinfo(skb)->gso_type &
				ESPSIMD_GSO_TUNNELS);
	skb_shinfo(skb)->gso_type &= ~SKB_GSO_ESP;
	return true;
}

/* Make a segment linear and ours, with room around it. */
static bool espsimd_gso_make_room(struct sk_buff *seg, unsigned int head,
				  unsigned int tail)
{
	unsigned int headroom, tailroom;

	if (skb_linearize(seg))
		return false;

	headroom = skb_headroom(seg);
	tailroom = skb_tailroom(seg);
	if (!skb_cloned(seg) && headroom >= head && tailroom >= tail)
		return true;

	return !pskb_expand_head(seg, head - min(head, headroom),
				 tail - min(tail, tailroom),
				 GFP_ATOMIC | __GFP_NOWARN);
}

static void espsimd_gso_push_outer(struct sk_buff *seg,
				   const struct espsimd_gso_outer *outer,
				   unsigned int i)
{
	u8 *hdr = skb_push(seg, outer->len);
	struct ip_esp_hdr *esph;
	struct udphdr *uh;
	struct iphdr *iph;

	memcpy(hdr, outer->hdr, outer->len);
	skb_reset_mac_header(seg);
	skb_set_network_header(seg, outer->network);
	skb_set_transport_header(seg, outer->transport);
	skb_reset_mac_len(seg);
	seg->protocol = outer->protocol;

	iph = ip_hdr(seg);
	iph->id = htons(outer->id + i);
	iph->tot_len = htons(seg->len - outer->network);
	ip_send_check(iph);

	uh = udp_hdr(seg);
	uh->len = htons(seg->len - outer->transport);

	esph = (void *)(uh + 1);
	esph->seq_no = htonl(outer->seq + i);
}

/* Make the @i-th segment a packet to seal. */
static bool espsimd_gso_wrap(struct sk_buff *seg,
			     const struct espsimd_gso_outer *outer,
			     unsigned int i)
{
	unsigned int inner = seg->len - outer->strip;
	unsigned int pad_len = espsimd_esp_pad_len(inner);
	unsigned int tail_len = pad_len + 2 + outer->icv_len;
	u8 *tail;

	/* What is stripped only adds to the room in front. */
	if (!espsimd_gso_make_room(seg, outer->len, tail_len))
		return false;

	skb_pull(seg, outer->strip);
	tail = skb_put_zero(seg, tail_len);
	espsimd_esp_put_trailer(tail, pad_len, outer->next_header);
	espsimd_gso_push_outer(seg, outer, i);
	return true;
}

/* Only copies: the packet that they were cut from is what is dropped. */
static void espsimd_gso_free_segs(struct sk_buff *segs)
{
	kfree_skb_list_reason(segs, SKB_CONSUMED);
}

/* Returns a list of plain packets, or NULL. */
static struct sk_buff *espsimd_gso_segment(struct sk_buff *skb,
					   unsigned int *stat)
{
	unsigned int max = skb_shinfo(skb)->gso_segs, nr = 0;
	struct sk_buff *segs, *seg;

	/* Without scatter-gather they become linear; checksums come later. */
	segs = skb_gso_segment(skb, NETIF_F_HW_CSUM);
	if (IS_ERR_OR_NULL(segs)) {
		*stat = segs == ERR_PTR(-ENOMEM) ?
			ESPSIMD_STAT(TX_DROP_NOMEM) :
			ESPSIMD_STAT(TX_DROP_MALFORMED);
		return NULL;
	}

	for (seg = segs; seg; seg = seg->next)
		nr++;
	if (nr <= max)
		return segs;

	/* The next packet has the numbers that are missing here. */
	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	espsimd_gso_free_segs(segs);
	return NULL;
}

struct sk_buff *espsimd_gso_cut(struct sk_buff *skb,
				const struct espsimd_sa *sa,
				unsigned int *stat)
{
	struct espsimd_gso_outer outer;
	struct espsimd_esp_layout l;
	struct sk_buff *segs, *seg;
	unsigned int i = 0;

	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	if (!espsimd_esp_parse_tx(skb, sa, &l))
		return NULL;

	/* A packet socket may have a clone of it, with the same path. */
	*stat = ESPSIMD_STAT(TX_DROP_NOMEM);
	if (skb_unclone(skb, GFP_ATOMIC | __GFP_NOWARN) ||
	    !skb_ext_add(skb, SKB_EXT_SEC_PATH) ||
	    pskb_trim(skb, l.inner_end))
		return NULL;

	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	if (!espsimd_gso_take_seq(skb, l.seq) ||
	    !espsimd_gso_strip(skb, sa, &l, &outer))
		return NULL;

	segs = espsimd_gso_segment(skb, stat);
	if (!segs)
		return NULL;

	for (seg = segs; seg; seg = seg->next) {
		if (!espsimd_gso_wrap(seg, &outer, i++)) {
			*stat = ESPSIMD_STAT(TX_DROP_NOMEM);
			espsimd_gso_free_segs(segs);
			return NULL;
		}
	}
	consume_skb(skb);
	return segs;
}
