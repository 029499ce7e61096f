// SPDX-License-Identifier: GPL-2.0
/*
 * AES-GCM on 512-bit vectors: VAES, VPCLMULQDQ, AVX-512 F, BW and VL, BMI2.
 *
 * The first vector of a message has the lengths and the associated data in its
 * lanes 0 and 1, and payload in the others.
 *
 * While a group is encrypted the one before it is hashed, since the two use
 * different execution ports. Messages do not depend on each other, and few
 * instructions are spent between them: what the end of one message leaves idle
 * the CPU fills with the beginning of the next.
 *
 * Two ports execute all of this, so that what counts is the number of vector
 * instructions, not their latency.
 */
#include "platform.h"

#include <immintrin.h>

#define GCM_REG		"v"
#define GCM_MOV		"vmovdqu64"
#define GCM_GROUP	16
#define GCM_STACK_BYTES	768
#define GCM_VECS	4
#define GCM_TAIL	4
#define GCM_VEC_BYTES	64
/* The blocks of lanes 0 and 1 are not in memory. */
#define GCM_LEAD	32

#define gcm_vec		__m512i

#include "gcm.h"
#include "gcm-wide.h"
#include "tiers.h"

/*
 * Data of a source that is read more than once: by others, who may be able to
 * write to it, it is not to be changed in between.
 */
static __always_inline __m512i gcm_load_once(const u8 *src)
{
	__m512i v = gcm_v_load(src);

	gcm_pin(v);
	return v;
}

/* Data of the first vector, with anything in lanes 0 and 1. */
static __always_inline __m512i gcm_load_first(const u8 *src)
{
	__m256i half = _mm256_loadu_si256((const __m256i *)(src + GCM_LEAD));
	__m512i v = _mm512_broadcast_i64x4(half);

	gcm_pin(v);
	return v;
}

static __always_inline __m512i gcm_and_high(__m512i a, __m512i data)
{
	return _mm512_ternarylogic_epi64(a, data, _mm512_load_si512(gcm_high),
					 GCM_XOR_AND);
}

/* What is to be hashed of the first vector. */
static __always_inline __m512i gcm_hash_first(__m512i head, __m512i v)
{
	v = _mm512_shuffle_epi8(v, _mm512_load_si512(gcm_swap_high));
	return _mm512_or_si512(v, head);
}

static __always_inline __m128i gcm_lane1(__m512i v)
{
	return _mm256_extracti128_si256(_mm512_castsi512_si256(v), 1);
}

/* Finishes the first vector of a message, and writes it. */
static __always_inline __m512i gcm_put_first(struct gcm_flow *f, __m512i b,
					     __m512i last, __m512i data)
{
	b = _mm512_aesenclast_epi128(b, gcm_and_high(last, data));
	_mm256_storeu_si256((__m256i *)(f->dst + GCM_LEAD),
			    _mm512_extracti64x4_epi64(b, 1));
	f->mask = gcm_lane1(b);
	return b;
}

/* Finishes vector @i of a group, and writes it. */
static __always_inline __m512i gcm_put(const struct gcm_flow *f, __m512i b,
				       __m512i last, __m512i data,
				       unsigned int i)
{
	b = gcm_last_round(b, last, data);
	_mm512_storeu_si512(f->dst + i * GCM_VEC_BYTES, b);
	return b;
}

static __always_inline __mmask16 gcm_tag_bytes(const struct espsimd_aead_msg *m)
{
	return _bzhi_u32(~0U, m->key->tag_len);
}

static __always_inline __m128i gcm_get_tag(const struct espsimd_aead_msg *msg)
{
	if (espsimd_likely(msg->key->tag_len == ESPSIMD_AEAD_TAG_MAX))
		return gcm_load(msg->tag);
	return _mm_maskz_loadu_epi8(gcm_tag_bytes(msg), msg->tag);
}

static __always_inline void gcm_put_tag(const struct espsimd_aead_msg *msg,
					__m128i tag)
{
	if (espsimd_likely(msg->key->tag_len == ESPSIMD_AEAD_TAG_MAX))
		gcm_store(msg->tag, tag);
	else
		_mm_mask_storeu_epi8(msg->tag, gcm_tag_bytes(msg), tag);
}

/* What differs in the bytes that a tag has. */
static __always_inline __m128i gcm_tag_diff(const struct espsimd_aead_msg *msg,
					    __m128i tag, __m128i received)
{
	if (espsimd_likely(msg->key->tag_len == ESPSIMD_AEAD_TAG_MAX))
		return _mm_xor_si128(tag, received);
	return _mm_xor_si128(_mm_maskz_mov_epi8(gcm_tag_bytes(msg), tag),
			     received);
}

/*
 * Does the last @n vectors, in which @left bytes are left. If @whole is true
 * they are the whole message, and @left counts lanes 0 and 1 too.
 */
static __always_inline __m128i gcm_tail(struct gcm_flow *f, unsigned int left,
					const unsigned int n, const bool whole,
					const bool seal)
{
	const unsigned int end = n - 1;
	const u8 *last_src = f->src + end * GCM_VEC_BYTES;
	__mmask64 mask = _bzhi_u64(~0ULL, left - end * GCM_VEC_BYTES);
	__m512i b[GCM_VECS], x[GCM_VECS], data[GCM_VECS], last, head;
	__m128i received;
	unsigned int i;

	/* Often right behind the data: it would wait for the store there. */
	if (!seal) {
		received = gcm_get_tag(f->msg);
		gcm_pin(received);
	}
	if (whole)
		head = gcm_get_head(f);
	if (whole && !end)
		mask &= ~0ULL << GCM_LEAD;
	gcm_counters(f, b, n);
#pragma GCC unroll 16
	for (i = 1; i < 10; i++)
		gcm_round(b, gcm_round_key(f, i), n);
	gcm_long_rounds(f, b, n);

	last = gcm_round_key(f, f->key->rounds);
#pragma GCC unroll 16
	for (i = 0; i < end; i++) {
		if (whole && !i) {
			data[0] = gcm_load_first(f->src);
			b[0] = gcm_put_first(f, b[0], last, data[0]);
		} else {
			data[i] = gcm_load_once(f->src + i * GCM_VEC_BYTES);
			b[i] = gcm_put(f, b[i], last, data[i], i);
		}
		x[i] = seal ? b[i] : data[i];
	}
	data[end] = _mm512_maskz_loadu_epi8(mask, last_src);
	b[end] = gcm_last_round(b[end], last, data[end]);
	_mm512_mask_storeu_epi8(f->dst + end * GCM_VEC_BYTES, mask, b[end]);
	x[end] = seal ? _mm512_maskz_mov_epi8(mask, b[end]) : data[end];
	if (whole && !end)
		f->mask = gcm_lane1(b[0]);

	x[0] = whole ? gcm_hash_first(head, x[0]) : gcm_swap4(x[0]);
#pragma GCC unroll 16
	for (i = 1; i < n; i++)
		x[i] = gcm_swap4(x[i]);
	if (!whole)
		gcm_next_chunk(f, &x[0]);
	gcm_hash_tail(f, x, n);
	return seal ? gcm_tag(f) : gcm_tag_diff(f->msg, gcm_tag(f), received);
}

/* The first group of a message. Return: what is to be hashed, in @x. */
static __always_inline void gcm_start(struct gcm_flow *f,
				      const struct gcm_keys *k,
				      __m512i x[GCM_VECS], const bool seal)
{
	__m512i b[GCM_VECS], data[GCM_VECS], head = gcm_get_head(f);
	unsigned int i;

	if (!seal) {
		data[0] = gcm_load_first(f->src);
		x[0] = gcm_hash_first(head, data[0]);
#pragma GCC unroll 16
		for (i = 1; i < GCM_VECS; i++) {
			data[i] = gcm_load_once(f->src + i * GCM_VEC_BYTES);
			x[i] = gcm_swap4(data[i]);
		}
	}
	gcm_group(f, k, b, seal ? NULL : x);
	if (seal)
		data[0] = gcm_load_first(f->src);
	b[0] = gcm_put_first(f, b[0], k->last, data[0]);
#pragma GCC unroll 16
	for (i = 1; i < GCM_VECS; i++) {
		if (seal)
			data[i] = gcm_v_load(f->src + i * GCM_VEC_BYTES);
		b[i] = gcm_put(f, b[i], k->last, data[i], i);
		if (seal)
			x[i] = gcm_swap4(b[i]);
	}
	if (seal)
		x[0] = gcm_hash_first(head, b[0]);
}

/*
 * Another group, while the group @x is hashed: to seal, the one before, after
 * which it becomes this one; to open, this one.
 */
static __always_inline void gcm_next(struct gcm_flow *f,
				     const struct gcm_keys *k,
				     __m512i x[GCM_VECS], const bool seal)
{
	__m512i b[GCM_VECS], data[GCM_VECS];
	unsigned int i;

	if (!seal) {
#pragma GCC unroll 16
		for (i = 0; i < GCM_VECS; i++) {
			data[i] = gcm_load_once(f->src + i * GCM_VEC_BYTES);
			x[i] = gcm_swap4(data[i]);
		}
	}
	gcm_next_chunk(f, &x[0]);
	gcm_group(f, k, b, x);
#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++) {
		if (seal)
			data[i] = gcm_v_load(f->src + i * GCM_VEC_BYTES);
		b[i] = gcm_put(f, b[i], k->last, data[i], i);
		if (seal)
			x[i] = gcm_swap4(b[i]);
	}
}

/* Does @groups groups, the first ones of a message. */
static __always_inline void gcm_groups(struct gcm_flow *f, unsigned int groups,
				       const bool seal)
{
	__m512i x[GCM_VECS];
	struct gcm_keys k;
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < 9; i++)
		k.mid[i] = gcm_round_key(f, i + 1);
	k.last = gcm_round_key(f, f->key->rounds);

	gcm_start(f, &k, x, seal);
	gcm_next_group(f);
	while (--groups) {
		gcm_next(f, &k, x, seal);
		gcm_next_group(f);
	}
	if (seal) {
		gcm_next_chunk(f, &x[0]);
		gcm_hash_low(f, x);
		gcm_hash_high(f, x);
	}
}

static __always_inline __m512i gcm_base(const struct espsimd_aead_msg *msg)
{
	const __m512i words = _mm512_load_si512(gcm_iv_words);
	__m128i key = gcm_load(msg->key->base), iv = gcm_load(gcm_nonce(msg));

	return _mm512_ternarylogic_epi64(gcm_v_broadcast(key),
					 gcm_v_broadcast(iv), words,
					 GCM_XOR_AND);
}

/* Zeroing one by one is faster than vzeroall, and frees no less. */
static __always_inline void gcm_clear_vectors(void)
{
	__asm__ __volatile__(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
			     "vpxor %%xmm\\n, %%xmm\\n, %%xmm\\n\n\t"
			     ".endr\n\t"
			     ".irp n,16,17,18,19,20,21,22,23\n\t"
			     "vpxord %%zmm\\n, %%zmm\\n, %%zmm\\n\n\t"
			     ".endr\n\t"
			     ".irp n,24,25,26,27,28,29,30,31\n\t"
			     "vpxord %%zmm\\n, %%zmm\\n, %%zmm\\n\n\t"
			     ".endr\n\t"
			     "vzeroupper"
			     : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
			     "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
			     "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
			     "xmm16", "xmm17", "xmm18", "xmm19", "xmm20",
			     "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",
			     "xmm26", "xmm27", "xmm28", "xmm29", "xmm30",
			     "xmm31", "memory");
}

#include "gcm-message.h"

#define GCM_TIER(name)	name##_avx512
#include "gcm-burst.h"
