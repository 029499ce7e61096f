/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GSO packets of ESP in UDP, cut by the driver.
 *
 * The stack cuts large packets of other ESP before the driver gets them. Of
 * ESP in UDP over IPv4 it cannot: esp4_gso_segment() forgets the UDP header,
 * so all that follows is cut 8 bytes too early and there may be a segment
 * more than there are sequence numbers for it. Therefore the device says that
 * it cuts ESP itself, but only of these packets, and that it cuts what may be
 * inside, as GRE in transport mode. They come complete: outer
 * headers, ESP header with the first sequence number, payload, and one trailer
 * at the end.
 */
#ifndef ESPSIMD_GSO_H
#define ESPSIMD_GSO_H

#include <linux/skbuff.h>

#include "sa.h"

/**
 * espsimd_gso_is_esp() - is this a packet that could be left whole?
 * @skb: the packet, before or after the stack has completed it
 * @dev: the espsimd device that sends it
 *
 * Context: Any context.
 * Return: true for GSO packets of outbound ESP that @dev offloads.
 */
bool espsimd_gso_is_esp(const struct sk_buff *skb,
			const struct net_device *dev);

/**
 * espsimd_gso_is_whole() - is this a packet for espsimd_gso_cut()?
 * @skb: the packet, before or after the stack has completed it
 * @dev: the espsimd device that sends it
 *
 * Context: Any context.
 * Return: true for GSO packets of outbound ESP in UDP that @dev offloads.
 */
bool espsimd_gso_is_whole(const struct sk_buff *skb,
			  const struct net_device *dev);

/**
 * espsimd_gso_miscut() - has the stack cut ESP in UDP?
 * @skb: a packet with a security path of one SA
 *
 * That happens if the user has turned off another offload that the packet
 * needs, or if its sequence numbers do not fit below 2^32.
 *
 * Context: Any context.
 * Return: true if so; the packet is garbage then.
 */
bool espsimd_gso_miscut(const struct sk_buff *skb);

/**
 * espsimd_gso_cut() - make packets to seal out of a GSO packet
 * @skb: a packet that espsimd_gso_is_whole(), complete; consumed on success,
 *	and otherwise the caller's to drop
 * @sa: its SA
 * @stat: (output) ESPSIMD_STAT() of the drop counter if NULL is returned
 *
 * The packets are laid out as the stack lays out single ones. They are linear,
 * nobody else references their data, and sockets stay charged for them. They
 * share a security path, whose sequence number is the one behind the last as
 * espsimd_esp_tx_seq() expects.
 *
 * Context: BH off, RCU read side.
 * Return: the packets, linked by their next pointers, or NULL.
 */
struct sk_buff *espsimd_gso_cut(struct sk_buff *skb,
				const struct espsimd_sa *sa,
				unsigned int *stat);

#endif /* ESPSIMD_GSO_H */
