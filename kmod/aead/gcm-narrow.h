/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Groups and tails for tiers that have 16 vector registers and no byte masks:
 * AVX2 and AES-NI differ in nothing but the width of a vector. Before including
 * this they define GCM_VEC_BYTES and, with the prefix gcm_v_, what they do to
 * one vector. What blocks there are, and where, is said in gcm-flow.h.
 *
 * A group is 8 vectors, which leaves registers for nothing but the hash: round
 * keys come from memory whenever they are used. Groups, and messages, do not
 * depend on each other but for the sums, and few instructions stand between
 * them: while one is hashed the CPU encrypts the next.
 */
#ifndef ESPSIMD_AEAD_GCM_NARROW_H
#define ESPSIMD_AEAD_GCM_NARROW_H

/* The hash: a sum of products, reduced and then folded. */
static __always_inline __m128i gcm_sum(gcm_vec lo, gcm_vec mid, gcm_vec hi)
{
	const gcm_vec poly = gcm_v_broadcast(_mm_set_epi64x(0, GCM_POLY));

	mid = gcm_v_xor(mid, gcm_v_halves(lo));
	mid = gcm_v_xor(mid, gcm_v_clmul(lo, poly, 0x00));
	hi = gcm_v_xor(hi, gcm_v_halves(mid));
	return gcm_v_fold(gcm_v_xor(hi, gcm_v_clmul(mid, poly, 0x00)));
}

/* The hash so far, added to the first block. */
static __always_inline gcm_vec gcm_v_carry(gcm_vec x, gcm_vec lo, gcm_vec mid,
					   gcm_vec hi)
{
	return gcm_v_xor(x, gcm_widen(gcm_sum(lo, mid, hi)));
}

#include "gcm-flow.h"

/* Vectors that the lengths and the associated data take. */
#define GCM_HEAD	(GCM_LEAD / GCM_VEC_BYTES)

/*
 * The vector of counter 1 is the last of them. What is in front of it is never
 * encrypted.
 */
#define GCM_FIRST	(GCM_HEAD - 1)

static __always_inline gcm_vec gcm_base(const struct espsimd_aead_msg *msg)
{
	gcm_vec iv = gcm_v_broadcast(gcm_load(gcm_nonce(msg)));
	gcm_vec words = gcm_v_broadcast(gcm_load(gcm_iv_words));

	return gcm_v_xor(gcm_v_and(iv, words),
			 gcm_v_broadcast(gcm_load(msg->key->base)));
}

static __always_inline gcm_vec gcm_v_swap(gcm_vec v)
{
	return gcm_v_shuffle(v, gcm_v_broadcast(gcm_swap_mask()));
}

/* The counters of vectors @from to @n - 1, the first round key added. */
static __always_inline void gcm_counters(struct gcm_flow *f, gcm_vec *b,
					 const unsigned int from,
					 const unsigned int n)
{
	const gcm_vec *rows = (const gcm_vec *)f->row;
	unsigned int i;

	/* Or the compiler would copy all round keys to the stack at first. */
	__asm__("" : "+r"(f->key));

#pragma GCC unroll 16
	for (i = from; i < n; i++)
		b[i] = gcm_v_xor(f->base, rows[i]);
}

/* One AES round of vectors @from to @n - 1. */
static __always_inline void gcm_round(const struct gcm_flow *f, gcm_vec *b,
				      unsigned int round,
				      const unsigned int from,
				      const unsigned int n)
{
	const gcm_vec k = gcm_round_key(f, round);
	unsigned int i;

#pragma GCC unroll 16
	for (i = from; i < n; i++)
		b[i] = gcm_v_aesenc(b[i], k);
}

/* Rounds 10 to 13, which only the longer keys have. */
static __always_inline void gcm_long_rounds(const struct gcm_flow *f,
					    gcm_vec *b, const unsigned int from,
					    const unsigned int n)
{
	unsigned int i;

	for (i = 10; espsimd_unlikely(i < f->key->rounds); i += 2) {
		gcm_round(f, b, i, from, n);
		gcm_round(f, b, i + 1, from, n);
	}
}

/* Adds the product of a vector and its powers to the message's sum. */
static __always_inline void gcm_hash(struct gcm_flow *f, gcm_vec x, gcm_vec p)
{
	f->lo = gcm_v_xor(f->lo, gcm_v_clmul(x, p, 0x00));
	f->hi = gcm_v_xor(f->hi, gcm_v_clmul(x, p, 0x11));
	f->mid = gcm_v_xor(f->mid, gcm_v_clmul(x, p, 0x01));
	f->mid = gcm_v_xor(f->mid, gcm_v_clmul(x, p, 0x10));
	gcm_pin(f->lo);
	gcm_pin(f->mid);
	gcm_pin(f->hi);
}

/* The head of a message, which its hash begins with. */
static __always_inline void gcm_hash_head(struct gcm_flow *f)
{
	const bool fits = gcm_first_chunk(f);
	const u8 *data = f->msg->iv, *order = gcm_head_order(f);
	unsigned int i;
	gcm_vec x;

#pragma GCC unroll 16
	for (i = 0; i < GCM_HEAD; i++) {
		const unsigned int at = i * GCM_VEC_BYTES;

		x = gcm_v_shuffle(gcm_v_load(data + at),
				  gcm_v_load(order + at));
		if (f->head)
			x = gcm_v_load(f->head + at);
		if (!i && espsimd_unlikely(!fits))
			x = gcm_v_set_first(x, _mm_setzero_si128());
		gcm_hash(f, x, i ? gcm_v_load(f->power + at) : f->first_power);
	}
}

/* Hashes vector @i of a group or a tail, which is behind the head. */
static __always_inline void gcm_hash_vec(struct gcm_flow *f, gcm_vec x,
					 unsigned int i)
{
	x = gcm_v_swap(x);
	if (!i)
		gcm_next_chunk(f, &x);
	gcm_hash(f, x, gcm_v_load(f->power + i * GCM_VEC_BYTES));
}

/* Finishes the block that the tag is encrypted with. */
static __always_inline void gcm_put_mask(struct gcm_flow *f, const gcm_vec *b,
					 gcm_vec last)
{
	f->mask = gcm_v_last(gcm_v_aesenclast(b[GCM_FIRST], last));
}

/*
 * Does a vector. Ciphertext to be opened is read only once, because the source
 * may be memory that others can change: what is decrypted must be what was
 * hashed. Return: the ciphertext.
 */
static __always_inline gcm_vec gcm_put(const u8 *src, u8 *dst, gcm_vec b,
				       gcm_vec last, const bool seal)
{
	gcm_vec data = gcm_v_load(src);

	gcm_pin(data);
	b = gcm_v_aesenclast(b, gcm_v_xor(last, data));
	gcm_v_store(dst, b);
	return seal ? b : data;
}

/* The first @n bytes of a vector; then zeros. */
static __always_inline gcm_vec gcm_first_bytes(gcm_vec v, unsigned int n)
{
	static const u8 mask[2 * GCM_VEC_BYTES] = {
		[0 ... GCM_VEC_BYTES - 1] = 0xff
	};

	return gcm_v_and(v, gcm_v_load(mask + GCM_VEC_BYTES - n));
}

/* The same as gcm_put() for a message's last vector, which has @n bytes. */
static __always_inline gcm_vec gcm_put_end(const u8 *src, u8 *dst, gcm_vec b,
					   gcm_vec last, unsigned int n,
					   const bool seal)
{
	gcm_vec data;

	if (n == GCM_VEC_BYTES)
		return gcm_put(src, dst, b, last, seal);
	data = gcm_v_load_part(src, n);
	gcm_pin(data);
	b = gcm_v_aesenclast(b, gcm_v_xor(last, data));
	gcm_v_store_part(dst, b, n);
	return seal ? gcm_first_bytes(b, n) : data;
}

/*
 * Does the next @n vectors. If @first is true they begin with the message's
 * head; if @end is true they end with its end, and @left bytes are left.
 */
static __always_inline void gcm_vectors(struct gcm_flow *f, unsigned int left,
					const unsigned int n, const bool first,
					const bool end, const bool seal)
{
	const unsigned int from = first ? GCM_FIRST : 0;
	gcm_vec b[GCM_VECS], last, x;
	unsigned int i;

	if (first)
		gcm_hash_head(f);
	gcm_counters(f, b, from, n);
#pragma GCC unroll 16
	for (i = 1; i < 10; i++)
		gcm_round(f, b, i, from, n);
	gcm_long_rounds(f, b, from, n);

	last = gcm_round_key(f, f->key->rounds);
	if (first)
		gcm_put_mask(f, b, last);
#pragma GCC unroll 16
	for (i = first ? GCM_HEAD : 0; i < n; i++) {
		const unsigned int at = i * GCM_VEC_BYTES;

		if (end && i == n - 1)
			x = gcm_put_end(f->src + at, f->dst + at, b[i], last,
					left - at, seal);
		else
			x = gcm_put(f->src + at, f->dst + at, b[i], last, seal);
		gcm_hash_vec(f, x, i);
	}
	f->power += n * GCM_VEC_BYTES;
}

/*
 * Hashes vector @i of the group before, whose ciphertext is in front of the
 * destination, but for the message's head.
 */
static __always_inline void gcm_hash_before(struct gcm_flow *f, unsigned int i,
					    bool head)
{
	const u8 *sealed = f->dst - GCM_GROUP_BYTES;

	if (i < GCM_HEAD && espsimd_unlikely(head))
		return;
	gcm_hash_vec(f, gcm_v_load(sealed + i * GCM_VEC_BYTES), i);
}

/*
 * Seals a group. It can be hashed only when it is done; in the meantime the one
 * before is, which begins with the message's head if @head is true. If @first
 * is true there is none.
 */
static __always_inline void gcm_seal_group(struct gcm_flow *f, const bool first,
					   bool head)
{
	const unsigned int from = first ? GCM_FIRST : 0;
	gcm_vec b[GCM_VECS], last;
	unsigned int i;

	if (first)
		gcm_hash_head(f);
	gcm_counters(f, b, from, GCM_VECS);
#pragma GCC unroll 16
	for (i = 1; i < 10; i++) {
		gcm_round(f, b, i, from, GCM_VECS);
		if (!first && i <= GCM_VECS)
			gcm_hash_before(f, i - 1, head);
	}
	if (!first)
		f->power += GCM_GROUP_BYTES;
	gcm_long_rounds(f, b, from, GCM_VECS);

	last = gcm_round_key(f, f->key->rounds);
	if (first)
		gcm_put_mask(f, b, last);
#pragma GCC unroll 16
	for (i = first ? GCM_HEAD : 0; i < GCM_VECS; i++)
		gcm_put(f->src + i * GCM_VEC_BYTES, f->dst + i * GCM_VEC_BYTES,
			b[i], last, true);
}

/*
 * Does the last @n vectors, in which @left bytes are left. If @whole is true
 * they are the whole message, and @left counts its head too.
 */
static __always_inline __m128i gcm_tail(struct gcm_flow *f, unsigned int left,
					const unsigned int n, const bool whole,
					const bool seal)
{
	__m128i received, tag;

	/* No message is shorter than its head. */
	if (whole && n < GCM_HEAD)
		__builtin_unreachable();
	/* Often right behind the data: it would wait for the store there. */
	if (!seal) {
		received = gcm_get_tag(f->msg);
		gcm_pin(received);
	}
	gcm_vectors(f, left, n, whole, true, seal);
	tag = gcm_swap(gcm_sum(f->lo, f->mid, f->hi));
	tag = _mm_xor_si128(tag, f->mask);
	return seal ? tag : gcm_tag_diff(f->msg, tag, received);
}

/* Does the first vectors of a tail of more than GCM_TAIL. */
static __always_inline void gcm_half(struct gcm_flow *f, const bool whole,
				     const bool seal)
{
	gcm_vectors(f, 0, GCM_TAIL, whole, false, seal);
	f->src += GCM_TAIL * GCM_VEC_BYTES;
	f->dst += GCM_TAIL * GCM_VEC_BYTES;
	f->row += GCM_TAIL * GCM_VEC_BYTES;
}

static __always_inline void gcm_open_groups(struct gcm_flow *f,
					    unsigned int groups)
{
	gcm_vectors(f, 0, GCM_VECS, true, false, false);
	gcm_next_group(f);
	while (--groups) {
		gcm_vectors(f, 0, GCM_VECS, false, false, false);
		gcm_next_group(f);
	}
}

static __always_inline void gcm_seal_groups(struct gcm_flow *f,
					    unsigned int groups)
{
	bool head = true;
	unsigned int i;

	gcm_seal_group(f, true, false);
	gcm_next_group(f);
	while (--groups) {
		gcm_seal_group(f, false, head);
		gcm_next_group(f);
		head = false;
	}
#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++)
		gcm_hash_before(f, i, head);
	f->power += GCM_GROUP_BYTES;
}

/* Does @groups groups, the first ones of a message. */
static __always_inline void gcm_groups(struct gcm_flow *f, unsigned int groups,
				       const bool seal)
{
	if (seal)
		gcm_seal_groups(f, groups);
	else
		gcm_open_groups(f, groups);
}

#endif /* ESPSIMD_AEAD_GCM_NARROW_H */
