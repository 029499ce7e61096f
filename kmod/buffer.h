/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who owns a packet's memory, and new memory where we do not.
 *
 * The driver writes only into the linear area of a packet that nobody else
 * references, and into packets that it has allocated. Page fragments can
 * belong to the page cache or to user space whatever their flags say, so they
 * are only ever read.
 */
#ifndef ESPSIMD_BUFFER_H
#define ESPSIMD_BUFFER_H

#include <linux/skbuff.h>

#include "aead/aead.h"

/* The linear part and all fragments. */
#define ESPSIMD_BUFFER_SEGS	(MAX_SKB_FRAGS + 1)

/**
 * espsimd_buffer_owned() - may all of a packet be written to?
 * @skb: the packet
 *
 * Context: Any context.
 * Return: true if all its data is linear and nobody else references it.
 */
bool espsimd_buffer_owned(const struct sk_buff *skb);

/**
 * espsimd_buffer_new() - an empty packet
 * @len: bytes that it has room for
 *
 * Context: BH off; allocates atomically.
 * Return: the packet, or NULL.
 */
struct sk_buff *espsimd_buffer_new(unsigned int len);

/**
 * espsimd_buffer_alloc() - a linear packet of the same shape
 * @skb: the packet to resemble
 * @hlen: bytes from skb->data on to copy; they are in the linear area
 *
 * The new packet has the metadata, the headroom and the length of @skb, and
 * its headers from the MAC header on. What is in front of that, and its data
 * behind @hlen, is not initialised. It belongs to no socket.
 *
 * Context: BH off; allocates atomically.
 * Return: the packet, or NULL.
 */
struct sk_buff *espsimd_buffer_alloc(const struct sk_buff *skb,
				     unsigned int hlen);

/**
 * espsimd_buffer_segs() - describe a packet's data without copying it
 * @skb: the packet, without a fragment list
 * @offset: first byte, from skb->data
 * @len: number of bytes; they exist
 * @segs: (output) at most ESPSIMD_BUFFER_SEGS segments
 *
 * Context: Any context.
 * Return: number of segments.
 */
unsigned int espsimd_buffer_segs(const struct sk_buff *skb,
				 unsigned int offset, unsigned int len,
				 struct espsimd_aead_seg *segs);

#endif /* ESPSIMD_BUFFER_H */
