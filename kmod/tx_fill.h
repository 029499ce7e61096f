/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The message that seals a packet. Its bytes come from the packet itself, or
 * from an original that is only read.
 */
#ifndef ESPSIMD_TX_FILL_H
#define ESPSIMD_TX_FILL_H

#include "burst.h"

/**
 * struct espsimd_tx_csum - an inner checksum that is still to be done
 * @field: of its 16 bits, in bytes from skb->data; 0 if there is none
 * @value: what they have to be
 */
struct espsimd_tx_csum {
	unsigned int field;
	__sum16 value;
};

/**
 * espsimd_tx_csum() - compute an inner checksum
 * @skb: the packet, as the stack or user has left it
 * @start: first byte of what will be encrypted, from skb->data
 * @end: behind the last byte that belongs to the inner packet
 * @csum: (output) the checksum, @field 0 if none is wanted
 *
 * Context: Any context.
 * Return: false if it is outside of the inner packet, or of a kind that the
 * device has not promised.
 */
bool __must_check espsimd_tx_csum(struct sk_buff *skb, unsigned int start,
				  unsigned int end,
				  struct espsimd_tx_csum *csum);

/**
 * espsimd_tx_start_msg() - the numbers of a packet, and its message
 * @job: its job, with @skb, @sa and @offset
 * @msg: (output) its message, all but the source
 * @len: bytes to encrypt, from behind the IV up to the ICV
 * @seq: sequence number
 *
 * Context: Any context.
 */
void espsimd_tx_start_msg(struct espsimd_job *job, struct espsimd_aead_msg *msg,
			  unsigned int len, u64 seq);

/**
 * espsimd_tx_fill_in_place() - source and destination are the packet itself
 * @job: the job
 * @msg: its message; destination and length are set
 * @csum: checksum to store; its place is relative to job->skb->data
 *
 * Context: Any context.
 */
void espsimd_tx_fill_in_place(struct espsimd_job *job,
			      struct espsimd_aead_msg *msg,
			      const struct espsimd_tx_csum *csum);

/**
 * espsimd_tx_fill_copy() - the source is job->orig, which is only read
 * @job: the job
 * @msg: its message; the destination is set
 * @payload: first byte of the source, from job->orig->data
 * @len: number of bytes; they exist
 * @csum: checksum to replace; its place is relative to job->orig->data
 *
 * Context: Any context.
 */
void espsimd_tx_fill_copy(struct espsimd_job *job,
			  struct espsimd_aead_msg *msg, unsigned int payload,
			  unsigned int len, const struct espsimd_tx_csum *csum);

/**
 * espsimd_tx_is_charged() - does a socket pay for a packet's memory?
 * @skb: the packet
 *
 * Context: Any context.
 * Return: true if skb->truesize is part of the socket's sk_wmem_alloc.
 */
bool espsimd_tx_is_charged(const struct sk_buff *skb);

/**
 * espsimd_tx_move_owner() - move the socket's charge to a packet's replacement
 * @to: the replacement, not charged to a socket
 * @from: the original
 *
 * So the socket keeps feeling the queues below.
 *
 * Context: Any context.
 */
void espsimd_tx_move_owner(struct sk_buff *to, struct sk_buff *from);

#endif /* ESPSIMD_TX_FILL_H */
