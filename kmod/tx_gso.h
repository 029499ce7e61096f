/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packet mode, outbound: a large packet of TCP is cut, gets its checksums, is
 * encapsulated and sealed in one go, segment by segment into memory of ours.
 */
#ifndef ESPSIMD_TX_GSO_H
#define ESPSIMD_TX_GSO_H

#include "tx_encap.h"

/**
 * struct espsimd_tx_gso - a large packet that is being cut
 * @skb: the packet, which is only read
 * @sa: its SA, valid within the RCU read side
 * @inner: what of its IP header matters outside
 * @shape: how a segment becomes a packet of ESP
 * @path: the way to the other end
 * @hdr_len: bytes from the beginning of what goes into ESP up to the end of the
 *	TCP header, which each segment has
 * @tcp_len: length of the TCP header in bytes
 * @left: bytes of TCP that are still to be sent
 * @mss: bytes of TCP in a full segment
 * @index: number of the next segment, from 0
 * @seq: its sequence number of ESP
 * @id: its identification in the outer header
 * @frag: fragment that the next byte is in, -1 for the linear part
 * @offset: of the next byte in it
 */
struct espsimd_tx_gso {
	struct sk_buff *skb;
	struct espsimd_sa *sa;
	struct espsimd_encap_inner inner;
	struct espsimd_tx_shape shape;
	struct espsimd_tx_path path;
	unsigned int hdr_len;
	unsigned int tcp_len;
	unsigned int left;
	unsigned int mss;
	unsigned int index;
	u64 seq;
	u16 id;
	int frag;
	unsigned int offset;
};

/**
 * espsimd_tx_gso_fits() - can a packet be cut here?
 * @skb: a packet with a mark
 *
 * Context: Any context.
 * Return: true if it is a large one of plain TCP, whose data is in fragments
 * and in the linear part.
 */
bool espsimd_tx_gso_fits(const struct sk_buff *skb);

/**
 * espsimd_tx_gso_start() - get ready to cut a packet
 * @priv: the device
 * @gso: (output) the state; @gso->left is what has to be cut
 * @skb: a packet that fits
 * @sa: its SA
 * @stat: (output) on failure, the counter of the drop
 *
 * The sequence number @gso->seq is left to the caller.
 *
 * Context: BH off, RCU read side.
 * Return: 0 or -1; the packet is still the caller's then.
 */
int __must_check espsimd_tx_gso_start(struct espsimd_dev *priv,
				      struct espsimd_tx_gso *gso,
				      struct sk_buff *skb,
				      struct espsimd_sa *sa,
				      unsigned int *stat);

/**
 * espsimd_tx_gso_segs() - segments that are still to be cut
 * @gso: the state
 *
 * Return: their number.
 */
static inline unsigned int
espsimd_tx_gso_segs(const struct espsimd_tx_gso *gso)
{
	return DIV_ROUND_UP(gso->left, gso->mss);
}

/**
 * espsimd_tx_gso_next() - cut off the next segment, and add its message
 * @priv: the device
 * @gso: the state; there is something left
 * @burst: the burst; has room
 *
 * Context: BH off, RCU read side.
 * Return: false without memory. The segment is lost then; TCP will notice.
 */
bool espsimd_tx_gso_next(struct espsimd_dev *priv, struct espsimd_tx_gso *gso,
			 struct espsimd_burst *burst);

#endif /* ESPSIMD_TX_GSO_H */
