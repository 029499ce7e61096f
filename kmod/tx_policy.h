/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packet mode, outbound: what becomes of a packet that the stack hands over in
 * clear text and without an SA.
 */
#ifndef ESPSIMD_TX_POLICY_H
#define ESPSIMD_TX_POLICY_H

#include "dev.h"
#include "flow.h"

/**
 * enum espsimd_tx_verdict - what policies say of a packet to send
 * @ESPSIMD_TX_CLEAR: it leaves as it is
 * @ESPSIMD_TX_THROUGH_SA: it leaves through an SA of the device
 * @ESPSIMD_TX_KEEP_BACK: it must not leave
 */
enum espsimd_tx_verdict {
	ESPSIMD_TX_CLEAR,
	ESPSIMD_TX_THROUGH_SA,
	ESPSIMD_TX_KEEP_BACK,
};

/**
 * struct espsimd_tx_last - the last verdict, of which there are runs
 * @flow: the packet
 * @sa: its SA, if that is the verdict; valid within the RCU read side
 * @mark: its mark
 * @verdict: the verdict
 * @known: it is that of all packets with this @flow and @mark
 */
struct espsimd_tx_last {
	struct espsimd_flow flow;
	struct espsimd_sa *sa;
	u32 mark;
	enum espsimd_tx_verdict verdict;
	bool known;
};

/**
 * espsimd_tx_policy_judge() - what becomes of a packet in clear text?
 * @priv: the device
 * @skb: a packet in ndo_start_xmit that nobody wants sealed; its dst can be
 *	another one afterwards
 * @last: the verdict on the packet before, zeroed if there is none within the
 *	RCU read side; (output) that on this one
 *
 * The stack has asked its policies about packets that it has routed, unless the
 * operator leaves that to the device by its disable_xfrm. Then the device
 * applies those that are offloaded to it, and so it does to what a bridge or a
 * tc rule sends. Where they are not the only ones of the namespace, or the SA
 * is missing, the stack is asked after all.
 *
 * A flow table may not have asked either, without anything that tells: for the
 * way back of a flow that a packet out of a tunnel has added, the kernel looks
 * up a route without policies. So the stack is asked about what looks as if it
 * had been asked, but contradicts an offloaded policy.
 *
 * Context: BH off, RCU read side.
 * Return: the verdict; with ESPSIMD_TX_THROUGH_SA, @last->sa is set.
 */
enum espsimd_tx_verdict
espsimd_tx_policy_judge(struct espsimd_dev *priv, struct sk_buff *skb,
			struct espsimd_tx_last *last);

#endif /* ESPSIMD_TX_POLICY_H */
