/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packet mode, outbound: what leaves in clear text should.
 */
#ifndef ESPSIMD_TX_POLICY_H
#define ESPSIMD_TX_POLICY_H

#include "dev.h"

/**
 * espsimd_tx_policy_clear_ok() - may a packet leave in clear text?
 * @priv: the device
 * @skb: a packet in ndo_start_xmit that nobody wants sealed
 *
 * The stack has asked its policies about packets that it has routed. A flow
 * table may not have: for the way back of a flow that a packet out of a tunnel
 * has added, the kernel looks up a route without asking.
 *
 * Context: BH off, RCU read side.
 * Return: false if an offloaded policy wants it protected or blocked, and no
 * other policy takes precedence.
 */
bool espsimd_tx_policy_clear_ok(const struct espsimd_dev *priv,
				struct sk_buff *skb);

#endif /* ESPSIMD_TX_POLICY_H */
