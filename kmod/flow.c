// SPDX-License-Identifier: GPL-2.0
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/if_tunnel.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/gre.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "flow.h"

/* The stack looks at no more headers of one packet than that. */
#define ESPSIMD_FLOW_HEADERS	15

/**
 * struct espsimd_flow_at - how far a packet has been looked at
 * @skb: the packet
 * @offset: of the next header in bytes from skb->data
 * @end: of the IP packet, likewise
 */
struct espsimd_flow_at {
	const struct sk_buff *skb;
	unsigned int offset;
	unsigned int end;
};

/* Header of @len bytes; copied to @buf if not contiguous. NULL if too short. */
static const void *espsimd_flow_peek(const struct espsimd_flow_at *at,
				     unsigned int len, void *buf)
{
	if (at->offset + len > at->end)
		return NULL;

	return skb_header_pointer(at->skb, at->offset, len, buf);
}

static bool espsimd_flow_parse_ports(const struct espsimd_flow_at *at,
				     struct espsimd_flow *flow)
{
	const __be16 *ports;
	__be16 buf[2];

	ports = espsimd_flow_peek(at, sizeof(buf), buf);
	if (unlikely(!ports))
		return false;

	flow->sport = ports[0];
	flow->dport = ports[1];
	return true;
}

static bool espsimd_flow_parse_icmp(const struct espsimd_flow_at *at,
				    struct espsimd_flow *flow)
{
	const struct icmphdr *icmp;
	struct icmphdr buf;

	/* Type and code are the same in ICMPv6. */
	icmp = espsimd_flow_peek(at, sizeof(buf), &buf);
	if (!icmp)
		return false;

	flow->sport = htons(icmp->type);
	flow->dport = htons(icmp->code);
	return true;
}

/* RFC 2890 section 2; version 1 is the one of PPTP, RFC 2637 section 4.1. */
static bool espsimd_flow_parse_gre(struct espsimd_flow_at at,
				   struct espsimd_flow *flow)
{
	const struct gre_base_hdr *gre;
	struct gre_base_hdr buf;
	__be16 version;

	gre = espsimd_flow_peek(&at, sizeof(buf), &buf);
	if (!gre)
		return false;

	version = gre->flags & GRE_VERSION;
	if (!(gre->flags & GRE_KEY) || gre->flags & GRE_ROUTING ||
	    ntohs(version) > 1 ||
	    (version && gre->protocol != GRE_PROTO_PPP))
		return true;

	at.offset += sizeof(*gre);
	if (gre->flags & GRE_CSUM)
		at.offset += GRE_HEADER_SECTION;
	/* The key is two halves to selectors, as ports are. */
	if (!espsimd_flow_parse_ports(&at, flow))
		return false;

	/* In PPTP only the lower half, the call ID, tells flows apart. */
	if (version)
		flow->sport = 0;
	return true;
}

static bool espsimd_flow_parse_transport(const struct espsimd_flow_at *at,
					 struct espsimd_flow *flow)
{
	switch (flow->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
		return espsimd_flow_parse_ports(at, flow);
	case IPPROTO_ICMP:
		return flow->family != AF_INET ||
		       espsimd_flow_parse_icmp(at, flow);
	case IPPROTO_ICMPV6:
		return flow->family != AF_INET6 ||
		       espsimd_flow_parse_icmp(at, flow);
	case IPPROTO_GRE:
		return espsimd_flow_parse_gre(*at, flow);
	default:
		return true;
	}
}

static bool espsimd_flow_parse_ipv4(struct espsimd_flow_at *at,
				    struct espsimd_flow *flow)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = espsimd_flow_peek(at, sizeof(buf), &buf);
	if (unlikely(!iph || iph->version != 4 || iph->ihl < 5))
		return false;

	memset(flow, 0, sizeof(*flow));
	flow->family = AF_INET;
	flow->saddr.a4 = iph->saddr;
	flow->daddr.a4 = iph->daddr;
	flow->proto = iph->protocol;
	if (unlikely(ip_is_fragment(iph))) {
		flow->fragment = true;
		return true;
	}

	at->end = at->offset + ntohs(iph->tot_len);
	at->offset += iph->ihl * 4;
	return espsimd_flow_parse_transport(at, flow);
}

/* Behind the headers that the stack skips; false if they are too long. */
static bool espsimd_flow_skip_headers(struct espsimd_flow_at *at,
				      struct espsimd_flow *flow)
{
	const struct frag_hdr *fh;
	struct frag_hdr buf;
	const u8 *header;
	unsigned int i;

	for (i = 0; i < ESPSIMD_FLOW_HEADERS; i++) {
		switch (flow->proto) {
		case NEXTHDR_HOP:
		case NEXTHDR_ROUTING:
		case NEXTHDR_DEST:
			header = espsimd_flow_peek(at, 2, &buf);
			if (!header)
				return false;
			flow->proto = header[0];
			at->offset += (header[1] + 1) * 8;
			break;
		case NEXTHDR_FRAGMENT:
			fh = espsimd_flow_peek(at, sizeof(buf), &buf);
			if (!fh)
				return false;
			flow->proto = fh->nexthdr;
			flow->fragment = true;
			return true;
		default:
			return true;
		}
	}

	return false;
}

static bool espsimd_flow_parse_ipv6(struct espsimd_flow_at *at,
				    struct espsimd_flow *flow)
{
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buf;

	ip6h = espsimd_flow_peek(at, sizeof(buf), &buf);
	if (unlikely(!ip6h || ip6h->version != 6))
		return false;

	memcpy(&flow->saddr, &ip6h->saddr, sizeof(flow->saddr));
	memcpy(&flow->daddr, &ip6h->daddr, sizeof(flow->daddr));
	flow->sport = 0;
	flow->dport = 0;
	flow->family = AF_INET6;
	flow->proto = ip6h->nexthdr;
	flow->fragment = false;

	at->offset += sizeof(*ip6h);
	at->end = at->offset + ntohs(ip6h->payload_len);
	return espsimd_flow_skip_headers(at, flow) &&
	       (flow->fragment || espsimd_flow_parse_transport(at, flow));
}

bool espsimd_flow_parse(const struct sk_buff *skb, unsigned int offset,
			__be16 protocol, struct espsimd_flow *flow)
{
	struct espsimd_flow_at at = {
		.skb = skb,
		.offset = offset,
		.end = skb->len,
	};

	if (protocol == htons(ETH_P_IP))
		return espsimd_flow_parse_ipv4(&at, flow);
	if (protocol == htons(ETH_P_IPV6))
		return espsimd_flow_parse_ipv6(&at, flow);

	return false;
}

static bool espsimd_flow_addrs_match(const struct espsimd_flow *flow,
				     const struct xfrm_selector *sel)
{
	if (flow->family == AF_INET)
		return addr4_match(flow->daddr.a4, sel->daddr.a4,
				   sel->prefixlen_d) &&
		       addr4_match(flow->saddr.a4, sel->saddr.a4,
				   sel->prefixlen_s);

	return addr_match(&flow->daddr, &sel->daddr, sel->prefixlen_d) &&
	       addr_match(&flow->saddr, &sel->saddr, sel->prefixlen_s);
}

bool espsimd_flow_matches(const struct espsimd_flow *flow,
			  const struct xfrm_selector *sel)
{
	return (sel->family == flow->family || sel->family == AF_UNSPEC) &&
	       (!sel->proto || sel->proto == flow->proto) &&
	       !((flow->dport ^ sel->dport) & sel->dport_mask) &&
	       !((flow->sport ^ sel->sport) & sel->sport_mask) &&
	       !sel->ifindex && espsimd_flow_addrs_match(flow, sel);
}
