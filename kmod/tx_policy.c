// SPDX-License-Identifier: GPL-2.0
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <net/dst.h>
#include <net/inet_sock.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "policy.h"
#include "sa.h"
#include "tx_policy.h"

/* ---- asking the stack ---- */

/*
 * Has the stack left its policies out? It does where an interface has
 * disable_xfrm set. What comes without any route it has not even looked at.
 */
static bool espsimd_tx_policy_unasked(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return !dst || dst->flags & DST_NOXFRM;
}

/* Is it the operator who has told the stack to leave them to the device? */
static bool espsimd_tx_policy_left(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return dst && dst->flags & DST_NOXFRM &&
	       !(dst->flags & DST_FAKE_RTABLE);
}

/*
 * Have the stack ask its policies about a packet that it has not asked them
 * about. Its own route says that they are not to be asked, so it gets another
 * one, which leads nowhere but to the device. Returns false without memory, or
 * for IPv6, where no route says such a thing.
 */
static bool espsimd_tx_policy_have_asked(struct sk_buff *skb)
{
	struct rtable *rt;

	if (skb->protocol != htons(ETH_P_IP))
		return false;
	rt = rt_dst_alloc(skb->dev, 0, RTN_UNICAST, false);
	if (!rt)
		return false;

	skb_dst_drop(skb);
	skb_dst_set(skb, &rt->dst);
	return true;
}

/*
 * The stack knows of policies that are not offloaded, and asks the key manager
 * for SAs that are missing. If it leaves the dst as it is, there is nothing to
 * do; a new one leads through an SA, or to where packets wait for one.
 */
static enum espsimd_tx_verdict
espsimd_tx_policy_ask_stack(const struct espsimd_dev *priv,
			    struct sk_buff *skb, struct espsimd_sa **sa)
{
	unsigned short family = skb->protocol == htons(ETH_P_IP) ? AF_INET :
								    AF_INET6;
	const struct dst_entry *dst;

	if (espsimd_tx_policy_unasked(skb) &&
	    !espsimd_tx_policy_have_asked(skb))
		return ESPSIMD_TX_KEEP_BACK;

	dst = skb_dst(skb);
	if (!__xfrm_route_forward(skb, family))
		return ESPSIMD_TX_KEEP_BACK;
	if (skb_dst(skb) == dst)
		return ESPSIMD_TX_CLEAR;

	dst = skb_dst(skb);
	if (!dst->xfrm || xfrm_dst_child(dst)->xfrm)
		return ESPSIMD_TX_KEEP_BACK;
	*sa = espsimd_sa_of_out_state(dst->xfrm, priv->dev);
	return *sa ? ESPSIMD_TX_THROUGH_SA : ESPSIMD_TX_KEEP_BACK;
}

/* ---- the device's own judgement ---- */

/* Are there policies that the device does not know? */
static bool espsimd_tx_policy_has_others(const struct espsimd_dev *priv)
{
	const struct net *net = dev_net(priv->dev);

	return READ_ONCE(net->xfrm.policy_count[XFRM_POLICY_OUT]) !=
	       READ_ONCE(priv->policies_out.nr);
}

/*
 * Could a policy say something about a packet? Those that are not the device's
 * must not be bypassed by leaving them to a device that does not know them.
 */
static bool espsimd_tx_policy_concerns(const struct espsimd_dev *priv,
				       const struct sk_buff *skb)
{
	return (skb->protocol == htons(ETH_P_IP) ||
		skb->protocol == htons(ETH_P_IPV6)) &&
	       (espsimd_policies_any(&priv->policies_out) ||
		(espsimd_tx_policy_left(skb) &&
		 espsimd_tx_policy_has_others(priv)));
}

/*
 * Sockets of key managers have policies of their own, which take precedence for
 * the packets that they select, and which the stack never leaves out. A socket
 * alone says nothing: over veth a packet keeps the one of another namespace
 * that it was sent from.
 */
static bool espsimd_tx_policy_of_socket(const struct espsimd_dev *priv,
					const struct sk_buff *skb,
					const struct espsimd_flow *flow)
{
	const struct sock *sk = sk_to_full_sk(skb->sk);
	const struct xfrm_policy *xp;

	if (!sk || !sk_fullsock(sk) ||
	    !net_eq(sock_net(sk), dev_net(priv->dev)))
		return false;

	xp = rcu_dereference(sk->sk_policy[XFRM_POLICY_OUT]);
	return xp && (skb->mark & xp->mark.m) == xp->mark.v && !xp->if_id &&
	       espsimd_flow_matches(flow, &xp->selector);
}

/* ESP in UDP that the stack has made itself, between the tunnel's own ends. */
static bool espsimd_tx_policy_is_natt(const struct xfrm_tmpl *tmpl,
				      const struct espsimd_flow *flow)
{
	return espsimd_flow_is_natt(flow) && tmpl->mode == XFRM_MODE_TUNNEL &&
	       tmpl->encap_family == flow->family &&
	       xfrm_addr_equal(&tmpl->id.daddr, &flow->daddr, flow->family) &&
	       xfrm_addr_equal(&tmpl->saddr, &flow->saddr, flow->family);
}

/* The verdict on a packet that the stack has not asked its policies about. */
static enum espsimd_tx_verdict
espsimd_tx_policy_apply(struct espsimd_dev *priv, struct sk_buff *skb,
			struct espsimd_tx_last *last)
{
	const struct espsimd_flow *flow = &last->flow;
	const struct espsimd_policy *pol;
	struct espsimd_policy_match m;

	espsimd_policy_lookup(&priv->policies_out, flow, skb->mark, &m);
	pol = m.fwd;
	last->known = !flow->fragment && !(pol && pol->ask) &&
		      !espsimd_tx_policy_has_others(priv);
	if (!last->known)
		return espsimd_tx_policy_ask_stack(priv, skb, &last->sa);
	if (!pol)
		return ESPSIMD_TX_CLEAR;
	if (pol->block)
		return ESPSIMD_TX_KEEP_BACK;
	if (!pol->has_tmpl || espsimd_tx_policy_is_natt(&pol->tmpl, flow))
		return ESPSIMD_TX_CLEAR;

	last->sa = espsimd_sa_find_tmpl(priv, &pol->tmpl, flow, pol->mark.v);
	if (likely(last->sa))
		return ESPSIMD_TX_THROUGH_SA;

	last->known = false;
	return espsimd_tx_policy_ask_stack(priv, skb, &last->sa);
}

/* The same for the packet before, if it was one like this. */
static enum espsimd_tx_verdict
espsimd_tx_policy_apply_last(struct espsimd_dev *priv, struct sk_buff *skb,
			     const struct espsimd_flow *flow,
			     struct espsimd_tx_last *last)
{
	if (last->known && last->mark == skb->mark &&
	    espsimd_flow_equal(&last->flow, flow))
		return last->verdict;

	last->flow = *flow;
	last->mark = skb->mark;
	last->sa = NULL;
	last->verdict = espsimd_tx_policy_apply(priv, skb, last);
	return last->verdict;
}

enum espsimd_tx_verdict
espsimd_tx_policy_judge(struct espsimd_dev *priv, struct sk_buff *skb,
			struct espsimd_tx_last *last)
{
	struct espsimd_flow flow;

	if (!espsimd_tx_policy_concerns(priv, skb))
		return ESPSIMD_TX_CLEAR;
	if (!espsimd_flow_parse(skb, skb_network_offset(skb), skb->protocol,
				&flow))
		return ESPSIMD_TX_KEEP_BACK;
	/* What the other end of a tunnel is sent is itself not sent through. */
	if (flow.proto == IPPROTO_ESP || flow.proto == IPPROTO_AH ||
	    espsimd_tx_policy_of_socket(priv, skb, &flow))
		return ESPSIMD_TX_CLEAR;

	/* Tagged frames are those of a VLAN, which has policies of its own. */
	if (espsimd_tx_policy_unasked(skb) && !skb_vlan_tag_present(skb))
		return espsimd_tx_policy_apply_last(priv, skb, &flow, last);

	if (!espsimd_policies_forbid(&priv->policies_out, &flow, skb->mark))
		return ESPSIMD_TX_CLEAR;
	last->known = false;
	return espsimd_tx_policy_ask_stack(priv, skb, &last->sa);
}
