/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A large packet of TCP is cut, gets its checksums and is sealed in one go,
 * segment by segment, into memory of ours. In packet mode it comes as TCP has
 * made it; in crypto mode the stack has put it whole into ESP, and what goes
 * around each segment is what is around the packet.
 */
#ifndef ESPSIMD_TX_GSO_H
#define ESPSIMD_TX_GSO_H

#include "tx_encap.h"

/**
 * struct espsimd_tx_gso - a large packet that is being cut
 * @skb: the packet, which is only read
 * @sa: its SA, valid within the RCU read side
 * @inner: packet mode: what of its IP header matters outside
 * @path: packet mode: the way to the other end
 * @shape: how a segment becomes a packet of ESP. In crypto mode its hdr_len
 *	includes the Ethernet header, and its ip_len is not used
 * @hdr_len: bytes from the beginning of what goes into ESP up to the end of the
 *	TCP header, which each segment has
 * @tcp_len: length of the TCP header in bytes
 * @left: bytes of TCP that are still to be sent
 * @mss: bytes of TCP in a full segment
 * @index: number of the next segment, from 0
 * @pseudo: sum of the pseudo header, without the length
 * @seq: sequence number of ESP of the next segment
 * @id: packet mode: identification in the outer header of the first segment
 * @frag: fragment that the next byte is in, -1 for the linear part
 * @offset: of the next byte in it
 */
struct espsimd_tx_gso {
	struct sk_buff *skb;
	struct espsimd_sa *sa;
	struct espsimd_encap_inner inner;
	struct espsimd_tx_path path;
	struct espsimd_tx_shape shape;
	unsigned int hdr_len;
	unsigned int tcp_len;
	unsigned int left;
	unsigned int mss;
	unsigned int index;
	__wsum pseudo;
	u64 seq;
	u16 id;
	int frag;
	unsigned int offset;
};

/**
 * espsimd_tx_gso_fits() - can a packet be cut here?
 * @skb: a packet, before or after the stack has put it into ESP
 *
 * Context: Any context.
 * Return: true if it is a large one of plain TCP, whose data is in fragments
 * and in the linear part.
 */
bool espsimd_tx_gso_fits(const struct sk_buff *skb);

/**
 * espsimd_tx_gso_start_packet() - get ready to cut a packet of packet mode
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
int __must_check espsimd_tx_gso_start_packet(struct espsimd_dev *priv,
					     struct espsimd_tx_gso *gso,
					     struct sk_buff *skb,
					     struct espsimd_sa *sa,
					     unsigned int *stat);

/**
 * espsimd_tx_gso_start_crypto() - get ready to cut a packet of crypto mode
 * @gso: (output) the state; @gso->left is what has to be cut
 * @skb: a packet that fits, which the stack has put into ESP whole
 * @sa: its SA
 * @stat: (output) on failure, the counter of the drop
 *
 * Context: BH off, RCU read side.
 * Return: 0, or -1 if it is not laid out as the stack does it; the packet is
 * still the caller's then.
 */
int __must_check espsimd_tx_gso_start_crypto(struct espsimd_tx_gso *gso,
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
 * A segment that cannot be sent is counted and passed over. TCP will notice.
 *
 * Context: BH off, RCU read side.
 */
void espsimd_tx_gso_next(struct espsimd_dev *priv, struct espsimd_tx_gso *gso,
			 struct espsimd_burst *burst);

#endif /* ESPSIMD_TX_GSO_H */
