/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packet mode, outbound: the stack hands over a packet in clear text and says
 * through which SA it has to go; everything else is done here.
 */
#ifndef ESPSIMD_TX_PACKET_H
#define ESPSIMD_TX_PACKET_H

#include <linux/skbuff.h>
#include <net/xfrm.h>

#include "burst.h"
#include "dev.h"

struct espsimd_sa;
struct espsimd_tx_gso;
struct neighbour;

/**
 * struct espsimd_tx_cb - what the driver notes in a packet that it sends
 * @neigh: next hop that the packet still needs the Ethernet header for; NULL if
 *	it has one. Valid within the RCU read side that it was noted in
 * @sa: its SA in packet mode, otherwise NULL; valid likewise
 * @seq: packet mode: its 64-bit sequence number, which is never 0; 0 as long as
 *	it has none
 */
struct espsimd_tx_cb {
	struct neighbour *neigh;
	struct espsimd_sa *sa;
	u64 seq;
};

static_assert(sizeof(struct espsimd_tx_cb) <= sizeof_field(struct sk_buff, cb));

/**
 * espsimd_tx_cb() - the notes in a packet
 * @skb: a packet between ndo_start_xmit and the lower device
 *
 * Return: the notes.
 */
static inline struct espsimd_tx_cb *espsimd_tx_cb(const struct sk_buff *skb)
{
	return (struct espsimd_tx_cb *)skb->cb;
}

/**
 * espsimd_tx_packet_tag() - mark a packet as one to seal
 * @skb: the packet, its dst the one that leads through @x
 * @x: an SA with packet offload to an espsimd device
 *
 * The stack forgets the SA when it hands the packet to the device, so the SA
 * is put into the packet's security path. The mark says that the stack has
 * nothing left to do for it.
 *
 * Context: RCU read side, from xdo_dev_offload_ok.
 * Return: false if the packet does not lead to the device, or without memory;
 * the stack then drops it.
 */
bool espsimd_tx_packet_tag(struct sk_buff *skb, struct xfrm_state *x);

/**
 * espsimd_tx_packet_is() - has a packet such a mark?
 * @skb: a packet in ndo_start_xmit
 *
 * Context: Any context.
 * Return: true if it has; the SA may still be one of another device.
 */
bool espsimd_tx_packet_is(const struct sk_buff *skb);

/**
 * espsimd_tx_packet_adopt() - get a packet ready that has no such mark
 * @priv: the device
 * @skb: a packet of IP that the stack has made ready to be sent in clear text
 * @sa: the SA that it is to be sent through
 * @stat: (output) on failure, the counter of the drop
 *
 * The stack did not know that there will be headers around it. The sender of a
 * packet that is too long then is told so, unless the packet may be fragmented.
 * (That it is not is what the stack does in packet mode, too.)
 *
 * Context: BH off, RCU read side.
 * Return: 0 or -1; the packet is still the caller's then.
 */
int __must_check espsimd_tx_packet_adopt(struct espsimd_dev *priv,
					 struct sk_buff *skb,
					 const struct espsimd_sa *sa,
					 unsigned int *stat);

/**
 * espsimd_tx_packet_take() - cut a packet, and note its SA
 * @priv: the device
 * @skb: a packet with a mark, or one that @sa was found for; consumed
 * @sa: its SA
 *
 * Context: BH off, RCU read side.
 * Return: a list of packets that fit the path; NULL if there is none. What was
 * dropped has been counted.
 */
struct sk_buff *espsimd_tx_packet_take(struct espsimd_dev *priv,
				       struct sk_buff *skb,
				       struct espsimd_sa *sa);

/**
 * espsimd_tx_packet_number() - give packets their sequence numbers
 * @skbs: packets in their order, with notes; those without an SA are passed
 *	over
 * @nr: how many they are
 *
 * Also counts them for the lifetimes of their SAs. A packet whose SA can send
 * no more gets no number.
 *
 * Context: BH off, RCU read side.
 */
void espsimd_tx_packet_number(struct sk_buff **skbs, unsigned int nr);

/**
 * espsimd_tx_packet_start_gso() - number the segments of a large packet
 * @priv: the device
 * @gso: (output) what espsimd_tx_gso_next() takes; there may be nothing left
 *	to send in it, if the SA has expired
 * @skb: a packet with a mark, for which espsimd_tx_gso_fits() said yes
 * @sa: its SA
 * @stat: (output) on failure, the counter of the drop
 *
 * Context: BH off, RCU read side.
 * Return: 0 or -1; the packet is still the caller's then.
 */
int __must_check espsimd_tx_packet_start_gso(struct espsimd_dev *priv,
					     struct espsimd_tx_gso *gso,
					     struct sk_buff *skb,
					     struct espsimd_sa *sa,
					     unsigned int *stat);

/**
 * espsimd_tx_packet_add_job() - encapsulate a packet, and add its message
 * @priv: the device
 * @burst: the burst; has room
 * @skb: a packet with its number and its SA; consumed on success
 * @stat: (output) on failure, the counter of the drop
 *
 * Context: BH off, RCU read side.
 * Return: 0 or -1.
 */
int __must_check espsimd_tx_packet_add_job(struct espsimd_dev *priv,
					   struct espsimd_burst *burst,
					   struct sk_buff *skb,
					   unsigned int *stat);

#endif /* ESPSIMD_TX_PACKET_H */
