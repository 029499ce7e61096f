/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packet mode, inbound: does a packet come the way that the offloaded policies
 * want (RFC 4301 section 5.2)? The stack does not look at packets again that
 * the device says yes to, and takes clear text that an offloaded policy
 * selects for something that the device has opened.
 */
#ifndef ESPSIMD_RX_POLICY_H
#define ESPSIMD_RX_POLICY_H

#include "dev.h"
#include "flow.h"

/**
 * enum espsimd_rx_verdict - what the policies say of an opened packet
 * @ESPSIMD_RX_ACCEPT: it came as it should
 * @ESPSIMD_RX_ASK_STACK: no offloaded policy knows it, or it is of a kind that
 *	the stack has to look at itself
 * @ESPSIMD_RX_REFUSE: it should have come in another way
 * @ESPSIMD_RX_BLOCK: it should not have come at all
 */
enum espsimd_rx_verdict {
	ESPSIMD_RX_ACCEPT,
	ESPSIMD_RX_ASK_STACK,
	ESPSIMD_RX_REFUSE,
	ESPSIMD_RX_BLOCK,
};

/**
 * struct espsimd_rx_last - the packet before, which the next one may resemble
 * @sa: its SA, NULL for none; valid within the RCU read side of the burst
 * @flow: what selectors see of it
 * @mark: its mark
 * @verdict: what the policies said
 */
struct espsimd_rx_last {
	const struct espsimd_sa *sa;
	struct espsimd_flow flow;
	u32 mark;
	enum espsimd_rx_verdict verdict;
};

/**
 * espsimd_rx_policy_judge() - ask the policies about an opened packet
 * @priv: the device
 * @sa: the SA that it came through
 * @skb: the packet, its IP header at skb->data
 * @last: (input and output) the packet before
 *
 * Context: BH off, RCU read side.
 * Return: the verdict.
 */
enum espsimd_rx_verdict
espsimd_rx_policy_judge(const struct espsimd_dev *priv,
			const struct espsimd_sa *sa, const struct sk_buff *skb,
			struct espsimd_rx_last *last);

/**
 * espsimd_rx_policy_clear_ok() - may a packet come in clear text?
 * @priv: the device
 * @skb: the packet, its network header at skb->data
 *
 * Context: BH off, RCU read side.
 * Return: false if an offloaded policy wants it protected or blocked.
 */
bool espsimd_rx_policy_clear_ok(const struct espsimd_dev *priv,
				const struct sk_buff *skb);

#endif /* ESPSIMD_RX_POLICY_H */
