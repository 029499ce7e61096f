/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packet mode, outbound: what single packets and segments of large ones have
 * in common when they are put into ESP.
 */
#ifndef ESPSIMD_TX_ENCAP_H
#define ESPSIMD_TX_ENCAP_H

#include "burst.h"
#include "dev.h"
#include "encap.h"
#include "esp.h"
#include "sa.h"

struct neighbour;

/**
 * struct espsimd_tx_path - the way to the other end
 * @neigh: next hop, valid in the RCU read side
 * @ttl: TTL or hop limit of packets on that way
 */
struct espsimd_tx_path {
	struct neighbour *neigh;
	u8 ttl;
};

/**
 * struct espsimd_tx_shape - how a packet becomes one of ESP
 * @payload: first byte that goes into ESP, from skb->data
 * @len: number of these bytes
 * @pad_len: bytes of padding (RFC 4303 section 2.4)
 * @ip_len: length of the outer IP header
 * @hdr_len: length of all headers up to and including the IV
 * @next_header: protocol of what is inside of ESP
 */
struct espsimd_tx_shape {
	unsigned int payload;
	unsigned int len;
	unsigned int pad_len;
	unsigned int ip_len;
	unsigned int hdr_len;
	u8 next_header;
};

/**
 * espsimd_tx_find_path() - how to get to the other end of an SA
 * @priv: the device
 * @sa: the SA
 * @skb: a packet for it, with its mark, and with the dst that the stack has
 *	found, or with none
 * @path: (output) the way
 *
 * Context: BH off, RCU read side.
 * Return: false if there is no way, or none through the device.
 */
bool __must_check espsimd_tx_find_path(const struct espsimd_dev *priv,
				       struct espsimd_sa *sa,
				       const struct sk_buff *skb,
				       struct espsimd_tx_path *path);

/**
 * espsimd_tx_get_shape() - how would this packet become one of ESP?
 * @skb: the packet; its headers are made linear
 * @encap: headers of its SA
 * @inner: (output) what of its IP header matters outside
 * @shape: (output) the answer
 *
 * Context: Any context.
 * Return: false if it is no IP packet that fits the SA.
 */
bool __must_check espsimd_tx_get_shape(struct sk_buff *skb,
				       const struct espsimd_encap *encap,
				       struct espsimd_encap_inner *inner,
				       struct espsimd_tx_shape *shape);

/**
 * espsimd_tx_set_len() - set the number of bytes that go into ESP
 * @shape: the shape; its @len and @pad_len are set
 * @len: number of bytes
 */
static inline void espsimd_tx_set_len(struct espsimd_tx_shape *shape,
				      unsigned int len)
{
	shape->len = len;
	shape->pad_len = espsimd_esp_pad_len(len);
}

/**
 * espsimd_tx_tail_len() - bytes behind what goes into ESP
 * @shape: how the packet becomes one of ESP
 * @sa: its SA
 *
 * Return: length of padding, pad length, next header and ICV.
 */
static inline unsigned int
espsimd_tx_tail_len(const struct espsimd_tx_shape *shape,
		    const struct espsimd_sa *sa)
{
	return shape->pad_len + 2 + sa->icv_len;
}

/**
 * espsimd_tx_headroom() - room that the lower device needs
 * @priv: the device
 *
 * Return: bytes in front of the IP header.
 */
static inline unsigned int espsimd_tx_headroom(const struct espsimd_dev *priv)
{
	return LL_RESERVED_SPACE(priv->lower);
}

/**
 * espsimd_tx_ident() - reserve identifications for outer IPv4 headers
 * @net: the namespace
 * @encap: headers of the SA
 * @inner: of the packet inside
 * @nr: how many
 *
 * Context: Any context.
 * Return: the first one; 0 where none is needed.
 */
u16 espsimd_tx_ident(struct net *net, const struct espsimd_encap *encap,
		     const struct espsimd_encap_inner *inner, unsigned int nr);

/**
 * espsimd_tx_new_packet() - room for a packet of ESP
 * @priv: the device
 * @sa: its SA
 * @shape: how it becomes one
 *
 * Context: BH off; allocates atomically.
 * Return: a packet, from the outer IP header to the ICV, or NULL.
 */
struct sk_buff *espsimd_tx_new_packet(const struct espsimd_dev *priv,
				      const struct espsimd_sa *sa,
				      const struct espsimd_tx_shape *shape);

/**
 * espsimd_tx_start_job() - everything of a packet but what is inside of ESP
 * @job: its job, with @skb and @sa; in transport mode, the packet's own IP
 *	header is at its beginning
 * @msg: (output) its message, all but the source
 * @inner: of the packet inside
 * @shape: how it becomes one of ESP
 * @path: the way to the other end
 * @id: identification for IPv4
 * @seq: sequence number
 *
 * Context: Any context.
 */
void espsimd_tx_start_job(struct espsimd_job *job, struct espsimd_aead_msg *msg,
			  const struct espsimd_encap_inner *inner,
			  const struct espsimd_tx_shape *shape,
			  const struct espsimd_tx_path *path, u16 id, u64 seq);

#endif /* ESPSIMD_TX_ENCAP_H */
