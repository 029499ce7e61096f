/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A message on its way through a tier. To all of them it is a sequence of
 * blocks, as many to a vector as that has lanes, and 4 vectors to a group:
 *
 *	block 0		to hash: the lengths	counter 0, not used
 *	block 1		to hash: the AAD	counter 1, encrypts the tag
 *	blocks 2...	to hash: ciphertext	counters 2..., key stream
 *
 * so that counters, ciphertext and powers of the hash key stand in the same
 * lanes everywhere. The lengths are the last block to be hashed, not the first:
 * their lane is multiplied by H, not by the power that would belong there.
 *
 * Each tier includes this after gcm.h, having defined
 *
 *	GCM_LEAD	bytes of the blocks in front of the payload
 *	gcm_v_load()	loads a vector
 *	gcm_v_xor()	adds two
 *	gcm_v_broadcast() a vector with a block in all lanes
 *	gcm_v_set_first() replaces the block in lane 0
 *	gcm_widen()	a vector with a block in lane 0 and zeros in the others
 *	gcm_v_carry()	adds the hash so far to the first blocks of a vector
 */
#ifndef ESPSIMD_AEAD_GCM_FLOW_H
#define ESPSIMD_AEAD_GCM_FLOW_H

#include "gcm-plan.h"
#include "gcm-rows.h"

/* The IV in the 16 bytes of the nonce. */
static const u32 gcm_iv_words[16] __aligned(64) = {
	0, ~0, ~0, 0, 0, ~0, ~0, 0, 0, ~0, ~0, 0, 0, ~0, ~0, 0,
};

/*
 * Makes the lengths, in bytes, and the reversed block of associated data of the
 * last 32 bytes of a message's struct; for 8 and for 12 bytes of them.
 */
static const u8 gcm_head_bytes[2][GCM_LEAD] __aligned(64) = {
	{
		8, 9, 10, 11, 0x80, 0x80, 0x80, 0x80,
		12, 13, 14, 15, 0x80, 0x80, 0x80, 0x80,
		0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
		7, 6, 5, 4, 3, 2, 1, 0,
	}, {
		8, 9, 10, 11, 0x80, 0x80, 0x80, 0x80,
		12, 13, 14, 15, 0x80, 0x80, 0x80, 0x80,
		0x80, 0x80, 0x80, 0x80, 11, 10, 9, 8,
		7, 6, 5, 4, 3, 2, 1, 0,
	},
};

/**
 * struct gcm_flow - a message on its way
 * @lo: sum of the products' bits 0 to 127, not reduced
 * @mid: sum of the products' bits 64 to 191
 * @hi: sum of the products' bits 128 to 255
 * @first_power: powers for the next vector to hash
 * @base: counter block without its last word, the first round key added
 * @mask: the block that the tag is encrypted with
 * @key: the key
 * @msg: the message
 * @head: its lengths and associated data, or NULL if they are in @msg
 * @src: next group of the source
 * @dst: next group of the destination
 * @row: last words of the next group's counters
 * @power: power for the first block of the next group to hash
 * @run: the run that @src is in
 * @units: what is left of it
 * @blocks: blocks of the current chunk of the hash and those behind it
 * @counter: counter of the first row
 */
struct gcm_flow {
	gcm_vec lo, mid, hi, first_power, base;
	__m128i mask;
	const struct espsimd_aead_key *key;
	const struct espsimd_aead_msg *msg;
	const u8 *head;
	const u8 *src;
	u8 *dst;
	const u8 *row;
	const u8 *power;
	const struct gcm_run *run;
	u32 units;
	u32 blocks;
	u32 counter;
};

static __always_inline gcm_vec gcm_round_key(const struct gcm_flow *f,
					     unsigned int i)
{
	return gcm_v_broadcast(gcm_load(f->key->round_keys[i]));
}

/* Where the IV of a message is in 16 bytes as in the counter block. */
static __always_inline const u8 *gcm_nonce(const struct espsimd_aead_msg *msg)
{
	return (const u8 *)msg + offsetof(struct espsimd_aead_msg, iv) -
	       ESPSIMD_AEAD_SALT_LEN;
}

static __always_inline const u8 *gcm_powers_end(const struct gcm_flow *f)
{
	return f->key->powers[ESPSIMD_AEAD_POWERS];
}

/* How to shuffle what is at the message's IV into lengths and data. */
static __always_inline const u8 *gcm_head_order(const struct gcm_flow *f)
{
	return gcm_head_bytes[f->msg->aad_len >> 2 & 1];
}

static __always_inline __m128i gcm_lengths(const struct gcm_flow *f)
{
	if (f->head)
		return gcm_load(f->head);
	return _mm_shuffle_epi8(gcm_load(f->msg->iv),
				gcm_load(gcm_head_order(f)));
}

/*
 * Begins the hash. Return: if the lengths are hashed along with the first
 * vector. In a message with more blocks than there are powers they have to wait
 * for the last chunk.
 */
static __always_inline bool gcm_first_chunk(struct gcm_flow *f)
{
	const gcm_vec zero = { 0 };
	u32 blocks = f->blocks + 1;
	bool fits = true;

	f->lo = zero;
	f->mid = zero;
	f->hi = zero;
	if (espsimd_unlikely(blocks > ESPSIMD_AEAD_POWERS)) {
		blocks = ESPSIMD_AEAD_CHUNK;
		fits = false;
	}
	f->power = gcm_powers_end(f) - blocks * GCM_BLOCK;
	f->first_power = gcm_v_set_first(gcm_v_load(f->power),
					 gcm_load(f->key->lengths));
	return fits;
}

/*
 * Starts a new chunk of the hash if the powers are used up: the hash so far is
 * added to the first of the blocks @x. What does not fit in a chunk, more than
 * CHUNK + 2 blocks, has at least CHUNK in whole groups, because the tail has at
 * most GCM_GROUP, and chunks are whole groups.
 */
static __always_inline void gcm_next_chunk(struct gcm_flow *f, gcm_vec *x)
{
	__m128i lo = _mm_setzero_si128(), mid = lo, hi = lo;
	u32 blocks;

	if (espsimd_likely(f->power != gcm_powers_end(f)))
		return;
	*x = gcm_v_carry(*x, f->lo, f->mid, f->hi);
	f->blocks -= ESPSIMD_AEAD_CHUNK;
	blocks = f->blocks + 1;
	if (blocks > ESPSIMD_AEAD_POWERS)
		blocks = ESPSIMD_AEAD_CHUNK;
	else
		gcm_mul_add(&lo, &mid, &hi, gcm_lengths(f),
			    gcm_load(f->key->lengths));
	f->power = gcm_powers_end(f) - blocks * GCM_BLOCK;
	f->first_power = gcm_v_load(f->power);
	f->lo = gcm_widen(lo);
	f->mid = gcm_widen(mid);
	f->hi = gcm_widen(hi);
}

/* Goes back to the first row of counters, now 256 further on. */
static __always_inline void gcm_first_row(struct gcm_flow *f)
{
	u32 change = __builtin_bswap32(f->counter ^ (f->counter + 256));

	f->base = gcm_v_xor(f->base,
			    gcm_v_broadcast(_mm_set_epi32(change, 0, 0, 0)));
	f->counter += 256;
	f->row = (const u8 *)gcm_rows;
}

/* Goes on to the next group, or to the tail. */
static __always_inline void gcm_next_group(struct gcm_flow *f)
{
	f->src += GCM_GROUP_BYTES;
	f->dst += GCM_GROUP_BYTES;
	f->row += GCM_GROUP_BYTES;
	if (espsimd_unlikely(f->row == (const u8 *)gcm_rows + GCM_ROW_BYTES))
		gcm_first_row(f);
	if (espsimd_unlikely(!--f->units)) {
		f->run++;
		f->src = f->run->src;
		f->units = f->run->units;
	}
}

#endif /* ESPSIMD_AEAD_GCM_FLOW_H */
