/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What selectors look at in a packet, as the stack sees it.
 */
#ifndef ESPSIMD_FLOW_H
#define ESPSIMD_FLOW_H

#include <linux/in.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <net/xfrm.h>

struct sk_buff;

/* IKE, and IKE or ESP in UDP: RFC 7296 section 2.23. */
#define ESPSIMD_PORT_IKE	500
#define ESPSIMD_PORT_IKE_NATT	4500

/**
 * struct espsimd_flow - what selectors look at in a packet
 * @saddr: source address; IPv4 in the first 4 bytes, the rest zero
 * @daddr: destination address, likewise
 * @sport: source port of TCP, UDP, UDP-Lite and SCTP; type of ICMP in IPv4 and
 *	of ICMPv6 in IPv6; upper half of the key of GRE; else, and in fragments,
 *	0. Network byte order
 * @dport: destination port; code; lower half of the key; likewise
 * @family: AF_INET or AF_INET6
 * @proto: protocol. In IPv6, what follows the hop-by-hop, routing and
 *	destination options; in a fragment, what follows its header, which can
 *	be such options again
 * @fragment: it is a fragment, the first one included. The stack, too, sees no
 *	ports in it, but it will once the fragments have been put together
 */
struct espsimd_flow {
	xfrm_address_t saddr;
	xfrm_address_t daddr;
	__be16 sport;
	__be16 dport;
	u16 family;
	u8 proto;
	bool fragment;
};

/**
 * espsimd_flow_parse() - find out what selectors look at
 * @skb: the packet
 * @offset: of the IP header in bytes from skb->data
 * @protocol: ETH_P_IP or ETH_P_IPV6, in network byte order
 * @flow: (output) valid if true is returned
 *
 * Context: Any context.
 * Return: false if the packet is neither IPv4 nor IPv6, is too short for its
 * headers or for the ports of its protocol, or has more extension headers than
 * the stack looks at. What that is can be anything: who has to tell clear text
 * from what must be protected should take it for the latter.
 */
bool __must_check espsimd_flow_parse(const struct sk_buff *skb,
				     unsigned int offset, __be16 protocol,
				     struct espsimd_flow *flow);

/**
 * espsimd_flow_matches() - does a selector select a packet?
 * @flow: the packet
 * @sel: the selector
 *
 * The answer is that of the stack's xfrm_selector_match() for a packet without
 * an outgoing interface. So a selector with an interface selects nothing.
 *
 * Context: Any context.
 * Return: true if it does.
 */
bool espsimd_flow_matches(const struct espsimd_flow *flow,
			  const struct xfrm_selector *sel);

/**
 * espsimd_flow_equal() - would every selector say the same of two packets?
 * @a: one packet
 * @b: the other one
 *
 * Context: Any context.
 * Return: true if all fields are equal.
 */
static inline bool espsimd_flow_equal(const struct espsimd_flow *a,
				      const struct espsimd_flow *b)
{
	if (a->sport != b->sport || a->dport != b->dport ||
	    a->family != b->family || a->proto != b->proto ||
	    a->fragment != b->fragment)
		return false;
	if (a->family == AF_INET)
		return a->saddr.a4 == b->saddr.a4 && a->daddr.a4 == b->daddr.a4;

	return !memcmp(&a->saddr, &b->saddr, sizeof(a->saddr)) &&
	       !memcmp(&a->daddr, &b->daddr, sizeof(a->daddr));
}

/**
 * espsimd_flow_is_natt() - could a packet be IKE or ESP behind a NAT?
 * @flow: the packet
 *
 * Context: Any context.
 * Return: true if it is UDP, and one of its ports says so.
 */
static inline bool espsimd_flow_is_natt(const struct espsimd_flow *flow)
{
	return flow->proto == IPPROTO_UDP &&
	       (flow->dport == htons(ESPSIMD_PORT_IKE_NATT) ||
		flow->sport == htons(ESPSIMD_PORT_IKE_NATT));
}

#endif /* ESPSIMD_FLOW_H */
