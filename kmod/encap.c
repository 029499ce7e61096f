// SPDX-License-Identifier: GPL-2.0
#include <linux/if_ether.h>
#include <linux/skbuff.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/xfrm.h>

#include "encap.h"

/* The protocol that the IP header in front of ESP names. */
static u8 espsimd_encap_ipproto(const struct espsimd_encap *encap)
{
	return encap->udp_len ? IPPROTO_UDP : IPPROTO_ESP;
}

static void espsimd_encap_init_ip(struct espsimd_encap *encap,
				  const struct xfrm_state *x)
{
	struct ipv6hdr *ip6h = (void *)encap->hdr;
	struct iphdr *iph = (void *)encap->hdr;

	if (encap->family == AF_INET) {
		encap->ip_len = sizeof(*iph);
		iph->version = 4;
		iph->ihl = sizeof(*iph) / 4;
		iph->protocol = espsimd_encap_ipproto(encap);
		iph->saddr = x->props.saddr.a4;
		iph->daddr = x->id.daddr.a4;
		encap->ip_sum = (__force u16)~ip_fast_csum(iph, iph->ihl);
	} else {
		encap->ip_len = sizeof(*ip6h);
		ip6h->version = 6;
		ip6h->nexthdr = espsimd_encap_ipproto(encap);
		ip6h->saddr = x->props.saddr.in6;
		ip6h->daddr = x->id.daddr.in6;
	}
}

void espsimd_encap_init(struct espsimd_encap *encap,
			const struct xfrm_state *x)
{
	struct ip_esp_hdr *esph;
	struct udphdr *uh;

	*encap = (struct espsimd_encap) {
		.family = x->props.family,
		.udp_len = x->encap ? sizeof(*uh) : 0,
		.copy_dscp = !(x->props.extra_flags &
			       XFRM_SA_XFLAG_DONT_ENCAP_DSCP),
		.copy_ecn = !(x->props.flags & XFRM_STATE_NOECN),
		.copy_df = !(x->props.flags & XFRM_STATE_NOPMTUDISC),
	};
	if (x->props.mode == XFRM_MODE_TUNNEL)
		espsimd_encap_init_ip(encap, x);

	if (x->encap) {
		uh = (void *)(encap->hdr + encap->ip_len);
		uh->source = x->encap->encap_sport;
		uh->dest = x->encap->encap_dport;
	}

	esph = (void *)(encap->hdr + encap->ip_len + encap->udp_len);
	esph->spi = x->id.spi;
	encap->len = encap->ip_len + encap->udp_len + sizeof(*esph);
}

bool espsimd_encap_read_inner(const struct sk_buff *skb,
			      struct espsimd_encap_inner *inner)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	const struct iphdr *iph = ip_hdr(skb);

	if (skb->protocol == htons(ETH_P_IP)) {
		*inner = (struct espsimd_encap_inner) {
			.dsfield = iph->tos,
			.df = iph->frag_off & htons(IP_DF),
			.ipproto = IPPROTO_IPIP,
		};
		return true;
	}
	if (skb->protocol != htons(ETH_P_IPV6))
		return false;

	*inner = (struct espsimd_encap_inner) {
		.dsfield = ipv6_get_dsfield(ip6h),
		/* What any link can carry may be cut below (RFC 2473 7.2). */
		.df = skb->len - skb_network_offset(skb) > IPV6_MIN_MTU,
		.ipproto = IPPROTO_IPV6,
	};
	memcpy(inner->flow_lbl, ip6h->flow_lbl, sizeof(inner->flow_lbl));
	/* Its upper bits belong to the DS field. */
	inner->flow_lbl[0] &= 0x0f;
	return true;
}

static u8 espsimd_encap_dsfield(const struct espsimd_encap *encap,
				const struct espsimd_encap_inner *inner)
{
	u8 dsfield = encap->copy_dscp ? inner->dsfield : 0;

	dsfield = INET_ECN_encapsulate(dsfield, inner->dsfield);
	if (!encap->copy_ecn)
		dsfield &= ~INET_ECN_MASK;

	return dsfield;
}

/*
 * The checksum of the outer header, from what the SA does not know. Read back
 * it would make the loads wait for narrower stores.
 */
static void espsimd_encap_set_check(const struct espsimd_encap *encap,
				    struct iphdr *iph, u8 dsfield, u8 ttl,
				    unsigned int len)
{
	u32 sum = encap->ip_sum;

	sum += (__force u16)htons(dsfield);
	sum += (__force u16)htons(ttl << 8);
	sum += (__force u16)htons(len);
	sum += (__force u16)iph->id;
	sum += (__force u16)iph->frag_off;
	iph->check = csum_fold((__force __wsum)sum);
}

/* Lengths, from the IP header of @ip_len bytes on, @len bytes in all. */
static void espsimd_encap_set_len(const struct espsimd_encap *encap, u8 *hdr,
				  unsigned int ip_len, unsigned int len)
{
	struct udphdr *uh = (void *)(hdr + ip_len);
	struct ipv6hdr *ip6h = (void *)hdr;
	struct iphdr *iph = (void *)hdr;

	if (encap->udp_len)
		uh->len = htons(len - ip_len);

	if (encap->family == AF_INET)
		iph->tot_len = htons(len);
	else
		ip6h->payload_len = htons(len - ip_len);
}

void espsimd_encap_tunnel(const struct espsimd_encap *encap, u8 *hdr,
			  const struct espsimd_encap_inner *inner, u8 ttl,
			  u16 id, unsigned int len)
{
	u8 dsfield = espsimd_encap_dsfield(encap, inner);
	struct ipv6hdr *ip6h = (void *)hdr;
	struct iphdr *iph = (void *)hdr;

	memcpy(hdr, encap->hdr, encap->len);
	if (encap->family == AF_INET) {
		iph->tos = dsfield;
		iph->ttl = ttl;
		iph->id = htons(id);
		if (espsimd_encap_df(encap, inner))
			iph->frag_off = htons(IP_DF);
		espsimd_encap_set_check(encap, iph, dsfield, ttl, len);
	} else {
		memcpy(ip6h->flow_lbl, inner->flow_lbl,
		       sizeof(ip6h->flow_lbl));
		ipv6_change_dsfield(ip6h, INET_ECN_NOT_ECT, dsfield);
		ip6h->hop_limit = ttl;
	}
	espsimd_encap_set_len(encap, hdr, encap->ip_len, len);
}

void espsimd_encap_transport(const struct espsimd_encap *encap, u8 *hdr,
			     unsigned int ip_len, unsigned int len)
{
	struct ipv6hdr *ip6h = (void *)hdr;
	struct iphdr *iph = (void *)hdr;

	memcpy(hdr + ip_len, encap->hdr, encap->len);
	espsimd_encap_set_len(encap, hdr, ip_len, len);
	if (encap->family == AF_INET) {
		iph->protocol = espsimd_encap_ipproto(encap);
		ip_send_check(iph);
	} else {
		ip6h->nexthdr = espsimd_encap_ipproto(encap);
	}
}

void espsimd_encap_udp6_csum(struct sk_buff *skb)
{
	unsigned int offset = skb_transport_offset(skb);
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	struct udphdr *uh = udp_hdr(skb);
	unsigned int len = skb->len - offset;

	uh->check = 0;
	uh->check = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len,
				    IPPROTO_UDP,
				    csum_partial(skb->data + offset, len, 0));
	if (!uh->check)
		uh->check = CSUM_MANGLED_0;
}
