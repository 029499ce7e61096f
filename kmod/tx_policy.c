// SPDX-License-Identifier: GPL-2.0
#include <linux/in.h>
#include <net/dst.h>
#include <net/inet_sock.h>
#include <net/xfrm.h>

#include "policy.h"
#include "tx_policy.h"

/*
 * Ask the stack, which knows of policies that are not offloaded too. If it
 * leaves the dst as it is, there is nothing to do; a new one leads through an
 * SA, or to where packets wait for one.
 */
static bool espsimd_tx_policy_ask_stack(struct sk_buff *skb)
{
	unsigned short family = skb->protocol == htons(ETH_P_IP) ? AF_INET :
								    AF_INET6;
	const struct dst_entry *dst = skb_dst(skb);

	return dst && __xfrm_route_forward(skb, family) && skb_dst(skb) == dst;
}

/*
 * Sockets of key managers have policies of their own, which take precedence.
 * A socket alone says nothing: over veth a packet keeps the one of another
 * namespace that it was sent from.
 */
static bool espsimd_tx_policy_of_socket(const struct espsimd_dev *priv,
					const struct sk_buff *skb)
{
	const struct sock *sk = sk_to_full_sk(skb->sk);

	return sk && sk_fullsock(sk) &&
	       net_eq(sock_net(sk), dev_net(priv->dev)) &&
	       rcu_access_pointer(sk->sk_policy[XFRM_POLICY_OUT]);
}

bool espsimd_tx_policy_clear_ok(const struct espsimd_dev *priv,
				struct sk_buff *skb)
{
	struct espsimd_flow flow;

	if (!espsimd_policies_concern(&priv->policies_out, skb))
		return true;
	if (!espsimd_flow_parse(skb, skb_network_offset(skb), skb->protocol,
				&flow))
		return false;
	/* What the other end of a tunnel is sent is itself not sent through. */
	if (flow.proto == IPPROTO_ESP || flow.proto == IPPROTO_AH)
		return true;

	return !espsimd_policies_forbid(&priv->policies_out, &flow,
					skb->mark) ||
	       espsimd_tx_policy_of_socket(priv, skb) ||
	       espsimd_tx_policy_ask_stack(skb);
}
