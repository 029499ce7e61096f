// SPDX-License-Identifier: GPL-2.0
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/ip.h>

#include "esp.h"

/* Header @len bytes from skb->data on; copied to @buf if not contiguous. */
static const void *espsimd_esp_peek(const struct sk_buff *skb,
				    unsigned int offset, unsigned int len,
				    void *buf)
{
	return skb_header_pointer(skb, offset, len, buf);
}

/* ESP, or something else in UDP, lies at info->offset .. info->end. */
static enum espsimd_esp_kind
espsimd_esp_parse_esp(const struct sk_buff *skb, struct espsimd_esp_info *info)
{
	const struct ip_esp_hdr *esph;
	struct ip_esp_hdr buf;

	if (info->end > skb->len ||
	    info->end < info->offset + ESPSIMD_ESP_HLEN)
		return ESPSIMD_ESP_MALFORMED;

	esph = espsimd_esp_peek(skb, info->offset, sizeof(buf), &buf);
	if (!esph)
		return ESPSIMD_ESP_MALFORMED;

	info->key.spi = esph->spi;
	info->seq = ntohl(esph->seq_no);
	return ESPSIMD_ESP_PACKET;
}

static enum espsimd_esp_kind
espsimd_esp_parse_udp(const struct sk_buff *skb, struct espsimd_esp_info *info)
{
	const struct udphdr *uh;
	enum espsimd_esp_kind kind;
	struct udphdr buf;
	unsigned int len;

	uh = espsimd_esp_peek(skb, info->offset, sizeof(buf), &buf);
	if (!uh)
		return ESPSIMD_ESP_NONE;

	len = ntohs(uh->len);
	if (info->offset + len != info->end)
		return ESPSIMD_ESP_NONE;

	info->encap_dport = uh->dest;
	info->offset += sizeof(*uh);

	kind = espsimd_esp_parse_esp(skb, info);
	/*
	 * Whether UDP on this port carries ESP at all is known only when an SA
	 * is found. An SPI of 0 is the non-ESP marker (RFC 3948 section 2.2).
	 */
	if (kind != ESPSIMD_ESP_PACKET || !info->key.spi)
		return ESPSIMD_ESP_NONE;

	return kind;
}

static enum espsimd_esp_kind
espsimd_esp_parse_transport(const struct sk_buff *skb, u8 proto, bool udp,
			    struct espsimd_esp_info *info)
{
	info->encap_dport = 0;

	if (proto == IPPROTO_ESP)
		return espsimd_esp_parse_esp(skb, info);
	if (proto == IPPROTO_UDP && udp)
		return espsimd_esp_parse_udp(skb, info);

	return ESPSIMD_ESP_NONE;
}

static enum espsimd_esp_kind
espsimd_esp_parse_ipv4(const struct sk_buff *skb, bool udp,
		       struct espsimd_esp_info *info)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = espsimd_esp_peek(skb, 0, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl != 5)
		return ESPSIMD_ESP_NONE;

	if (ip_is_fragment(iph))
		return iph->protocol == IPPROTO_ESP ? ESPSIMD_ESP_FRAGMENT :
						      ESPSIMD_ESP_NONE;

	info->key.family = AF_INET;
	info->key.daddr = (xfrm_address_t) { .a4 = iph->daddr };
	info->offset = sizeof(*iph);
	info->end = ntohs(iph->tot_len);
	return espsimd_esp_parse_transport(skb, iph->protocol, udp, info);
}

static enum espsimd_esp_kind
espsimd_esp_parse_ipv6(const struct sk_buff *skb, bool udp,
		       struct espsimd_esp_info *info)
{
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buf;
	u8 nexthdr;

	ip6h = espsimd_esp_peek(skb, 0, sizeof(buf), &buf);
	if (!ip6h || ip6h->version != 6)
		return ESPSIMD_ESP_NONE;

	nexthdr = ip6h->nexthdr;
	if (nexthdr == NEXTHDR_FRAGMENT) {
		const struct frag_hdr *fh;
		struct frag_hdr fbuf;

		fh = espsimd_esp_peek(skb, sizeof(*ip6h), sizeof(fbuf), &fbuf);
		return fh && fh->nexthdr == IPPROTO_ESP ?
			ESPSIMD_ESP_FRAGMENT : ESPSIMD_ESP_NONE;
	}

	info->key.family = AF_INET6;
	memcpy(&info->key.daddr, &ip6h->daddr, sizeof(info->key.daddr));
	info->offset = sizeof(*ip6h);
	info->end = sizeof(*ip6h) + ntohs(ip6h->payload_len);
	return espsimd_esp_parse_transport(skb, nexthdr, udp, info);
}

enum espsimd_esp_kind espsimd_esp_parse(const struct sk_buff *skb, bool udp,
					struct espsimd_esp_info *info)
{
	if (skb->protocol == htons(ETH_P_IP))
		return espsimd_esp_parse_ipv4(skb, udp, info);
	if (skb->protocol == htons(ETH_P_IPV6))
		return espsimd_esp_parse_ipv6(skb, udp, info);

	return ESPSIMD_ESP_NONE;
}

bool espsimd_esp_payload_len(unsigned int len, unsigned int icv_len,
			     unsigned int *payload)
{
	if (len < ESPSIMD_ESP_HLEN + ESPSIMD_ESP_PAYLOAD_MIN + icv_len)
		return false;

	*payload = len - ESPSIMD_ESP_HLEN - icv_len;
	return true;
}

bool espsimd_esp_parse_tx(const struct sk_buff *skb,
			  const struct espsimd_sa *sa,
			  struct espsimd_esp_layout *l)
{
	const struct xfrm_state *x = sa->x;
	const struct ip_esp_hdr *esph;
	unsigned int payload;
	const u8 *trailer;
	u8 buf[2];

	if (!skb_transport_header_was_set(skb) || skb_transport_offset(skb) < 0)
		return false;

	l->offset = skb_transport_offset(skb);
	if (x->encap)
		l->offset += sizeof(struct udphdr);
	payload = l->offset + ESPSIMD_ESP_HLEN;
	if (payload > skb_headlen(skb))
		return false;

	esph = (void *)(skb->data + l->offset);
	if (esph->spi != x->id.spi ||
	    !espsimd_esp_payload_len(skb->len - l->offset, sa->icv_len,
				     &l->len))
		return false;

	/* RFC 4303 section 2: pad length and next header end the payload. */
	trailer = skb_header_pointer(skb, payload + l->len - sizeof(buf),
				     sizeof(buf), buf);
	if (!trailer || trailer[0] + sizeof(buf) > l->len)
		return false;

	l->seq = ntohl(esph->seq_no);
	l->inner_end = payload + l->len - sizeof(buf) - trailer[0];
	l->next_header = trailer[1];
	return true;
}

u64 espsimd_esp_tx_seq(u32 wire, u32 low, u32 high, bool esn)
{
	if (!esn)
		return wire;

	return (u64)(low < wire ? high - 1 : high) << 32 | wire;
}

void espsimd_esp_set_aad(struct espsimd_aead_msg *msg, __be32 spi, u64 seq,
			 bool esn)
{
	put_unaligned(spi, (__be32 *)msg->aad);

	if (esn) {
		put_unaligned_be64(seq, msg->aad + sizeof(spi));
		msg->aad_len = ESPSIMD_AEAD_AAD_ESN_LEN;
	} else {
		put_unaligned_be32(seq, msg->aad + sizeof(spi));
		msg->aad_len = ESPSIMD_AEAD_AAD_LEN;
	}
}
