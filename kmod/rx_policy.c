// SPDX-License-Identifier: GPL-2.0
#include <linux/in.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/ip_fib.h>

#include "policy.h"
#include "rx_policy.h"
#include "sa.h"

/* What one policy says of a packet that came through an SA. */
static enum espsimd_rx_verdict
espsimd_rx_ask_policy(const struct espsimd_policy *pol,
		      const struct espsimd_sa *sa)
{
	if (!pol)
		return ESPSIMD_RX_ASK_STACK;

	if (pol->block)
		return ESPSIMD_RX_BLOCK;

	return espsimd_policy_fits(pol, sa->x) ? ESPSIMD_RX_ACCEPT :
						 ESPSIMD_RX_REFUSE;
}

static bool espsimd_rx_is_ipsec(const struct espsimd_flow *flow)
{
	return flow->proto == IPPROTO_ESP || flow->proto == IPPROTO_AH ||
	       flow->proto == IPPROTO_COMP;
}

/* Is the packet for this host? Slow; asked only when it makes a difference. */
static bool espsimd_rx_is_local(const struct espsimd_dev *priv,
				const struct espsimd_flow *flow)
{
	struct net *net = dev_net(priv->dev);

	/* Nor is what is for many only forwarded. */
	if (flow->family == AF_INET)
		return inet_addr_type(net, flow->daddr.a4) != RTN_UNICAST;
#if IS_ENABLED(CONFIG_IPV6)
	return ipv6_addr_is_multicast(&flow->daddr.in6) ||
	       ipv6_chk_addr(net, &flow->daddr.in6, NULL, 0);
#else
	return false;
#endif
}

/*
 * Packets that have IPsec of their own inside: the stack's handlers take the
 * device's yes for one about that, so they must not see it.
 */
static bool espsimd_rx_is_nested(const struct espsimd_flow *flow)
{
	return espsimd_rx_is_ipsec(flow) || espsimd_flow_is_natt(flow);
}

static enum espsimd_rx_verdict
espsimd_rx_judge_flow(const struct espsimd_dev *priv,
		      const struct espsimd_sa *sa,
		      const struct espsimd_flow *flow, u32 mark)
{
	enum espsimd_rx_verdict in, fwd;
	struct espsimd_policy_match m;

	/* The SA's own selector: the stack has special cases for misfits. */
	if (espsimd_rx_is_nested(flow) || flow->fragment ||
	    !espsimd_flow_matches(flow, &sa->x->sel))
		return ESPSIMD_RX_ASK_STACK;

	espsimd_policy_lookup(&priv->policies, flow, mark, &m);
	in = espsimd_rx_ask_policy(m.in, sa);
	fwd = espsimd_rx_ask_policy(m.fwd, sa);
	/* What comes in transport mode is for the host that opened it. */
	if (in != fwd &&
	    (m.fwd || sa->x->props.mode != XFRM_MODE_TRANSPORT) &&
	    !espsimd_rx_is_local(priv, flow))
		return fwd;

	return in;
}

enum espsimd_rx_verdict
espsimd_rx_policy_judge(const struct espsimd_dev *priv,
			const struct espsimd_sa *sa, const struct sk_buff *skb,
			struct espsimd_rx_last *last)
{
	struct espsimd_flow flow;

	if (!espsimd_flow_parse(skb, 0, skb->protocol, &flow))
		return ESPSIMD_RX_ASK_STACK;

	if (last->sa == sa && last->mark == skb->mark &&
	    espsimd_flow_equal(&last->flow, &flow))
		return last->verdict;

	*last = (struct espsimd_rx_last) {
		.sa = sa,
		.flow = flow,
		.mark = skb->mark,
		.verdict = espsimd_rx_judge_flow(priv, sa, &flow, skb->mark),
	};
	return last->verdict;
}

/*
 * What brings SAs about, or carries them, cannot be inside of them. (Sockets
 * of key managers have policies of their own, which the device cannot see.)
 */
static bool espsimd_rx_is_exempt(const struct espsimd_dev *priv,
				 const struct espsimd_flow *flow)
{
	if (espsimd_rx_is_ipsec(flow))
		return true;

	/* A NAT may have changed the other port. */
	return flow->proto == IPPROTO_UDP &&
	       (flow->dport == htons(ESPSIMD_PORT_IKE) ||
		flow->dport == htons(ESPSIMD_PORT_IKE_NATT)) &&
	       espsimd_rx_is_local(priv, flow);
}

/* Does the policy that counts for the packet want something done to it? */
static bool espsimd_rx_clear_is_wrong(const struct espsimd_dev *priv,
				      const struct espsimd_flow *flow, u32 mark)
{
	struct espsimd_policy_match m;
	bool in, fwd;

	/* Of a fragment not everything is known, so any of them counts. */
	if (flow->fragment)
		return espsimd_policies_forbid(&priv->policies, flow, mark);

	espsimd_policy_lookup(&priv->policies, flow, mark, &m);
	in = m.in && espsimd_policy_demands(m.in);
	fwd = m.fwd && espsimd_policy_demands(m.fwd);
	if (in != fwd && !espsimd_rx_is_local(priv, flow))
		return fwd;

	return in;
}

bool espsimd_rx_policy_clear_ok(const struct espsimd_dev *priv,
				const struct sk_buff *skb)
{
	struct espsimd_flow flow;

	if (!espsimd_policies_concern(&priv->policies, skb))
		return true;
	/* It could be anything. */
	if (!espsimd_flow_parse(skb, 0, skb->protocol, &flow))
		return false;

	return !espsimd_rx_clear_is_wrong(priv, &flow, skb->mark) ||
	       espsimd_rx_is_exempt(priv, &flow);
}
