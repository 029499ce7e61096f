/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the AVX-512 tier calculates with: counters, AES rounds and the hash on
 * 512-bit vectors. It includes this after gcm.h, with GCM_VECS, GCM_VEC_BYTES
 * and GCM_LEAD defined. What the lanes hold is said in gcm-flow.h.
 */
#ifndef ESPSIMD_AEAD_GCM_WIDE_H
#define ESPSIMD_AEAD_GCM_WIDE_H

/* Truth tables of vpternlog: a ^ b ^ c, and a ^ (b & c). */
#define GCM_XOR_XOR	0x96
#define GCM_XOR_AND	0x78

/* For byte shuffles: the bytes of each block reversed. */
static const u8 gcm_swap_all[GCM_VEC_BYTES] __aligned(64) = {
	15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
	15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
	15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
	15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
};

/* The same, and zeros for lanes 0 and 1. */
static const u8 gcm_swap_high[GCM_VEC_BYTES] __aligned(64) = {
	[0 ... GCM_LEAD - 1] = 0x80,
	15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
	15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
};

/* What is in memory of the first vector. */
static const u64 gcm_high[8] __aligned(64) = { 0, 0, 0, 0, ~0, ~0, ~0, ~0 };

static __always_inline __m512i gcm_v_load(const u8 *p)
{
	return _mm512_loadu_si512(p);
}

static __always_inline __m512i gcm_v_xor(__m512i a, __m512i b)
{
	return _mm512_xor_si512(a, b);
}

static __always_inline __m512i gcm_v_broadcast(__m128i v)
{
	return _mm512_broadcast_i32x4(v);
}

/* Puts a block in the place of the first of a vector. */
static __always_inline __m512i gcm_v_set_first(__m512i v, __m128i block)
{
	return _mm512_inserti32x4(v, block, 0);
}

static __always_inline __m512i gcm_widen(__m128i v)
{
	return _mm512_zextsi128_si512(v);
}

static __always_inline __m512i gcm_xor3(__m512i a, __m512i b, __m512i c)
{
	return _mm512_ternarylogic_epi64(a, b, c, GCM_XOR_XOR);
}

/* The sum of the two blocks is the hash so far: gcm_reduce() on all lanes. */
static __always_inline __m256i gcm_reduce4(__m512i lo, __m512i mid,
					   __m512i hi)
{
	const __m512i poly =
		_mm512_broadcast_i32x4(_mm_set_epi64x(0, GCM_POLY));

	mid = gcm_xor3(mid, _mm512_shuffle_epi32(lo, (_MM_PERM_ENUM)0x4e),
		       _mm512_clmulepi64_epi128(lo, poly, 0x00));
	hi = gcm_xor3(hi, _mm512_shuffle_epi32(mid, (_MM_PERM_ENUM)0x4e),
		      _mm512_clmulepi64_epi128(mid, poly, 0x00));
	return _mm256_xor_si256(_mm512_castsi512_si256(hi),
				_mm512_extracti64x4_epi64(hi, 1));
}

/* The hash so far, added to the first two blocks, which it is the sum of. */
static __always_inline __m512i gcm_v_carry(__m512i x, __m512i lo, __m512i mid,
					   __m512i hi)
{
	__m256i hash = gcm_reduce4(lo, mid, hi);

	return gcm_xor3(x, gcm_widen(_mm256_castsi256_si128(hash)),
			gcm_widen(_mm256_extracti128_si256(hash, 1)));
}

#include "gcm-flow.h"

/* Round keys in registers; those of the longer keys are loaded when used. */
struct gcm_keys {
	__m512i mid[9], last;
};

static __always_inline __m512i gcm_swap4(__m512i v)
{
	return _mm512_shuffle_epi8(v, _mm512_load_si512(gcm_swap_all));
}

/* One AES round of @n vectors. */
static __always_inline void gcm_round(__m512i *b, __m512i k,
				      const unsigned int n)
{
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < n; i++)
		b[i] = _mm512_aesenc_epi128(b[i], k);
}

/* Rounds 10 to 13, which only the longer keys have. */
static __always_inline void gcm_long_rounds(const struct gcm_flow *f,
					    __m512i *b, const unsigned int n)
{
	if (f->key->rounds > 10) {
		gcm_round(b, gcm_round_key(f, 10), n);
		gcm_round(b, gcm_round_key(f, 11), n);
		if (f->key->rounds > 12) {
			gcm_round(b, gcm_round_key(f, 12), n);
			gcm_round(b, gcm_round_key(f, 13), n);
		}
	}
}

/* The last AES round, and the key stream added to @data. */
static __always_inline __m512i gcm_last_round(__m512i b, __m512i k,
					      __m512i data)
{
	return _mm512_aesenclast_epi128(b, _mm512_xor_si512(k, data));
}

/* The counters of the next @n vectors, the first round key added. */
static __always_inline void gcm_counters(const struct gcm_flow *f, __m512i *b,
					 const unsigned int n)
{
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < n; i++)
		b[i] = _mm512_xor_si512(f->base,
					_mm512_load_si512(f->row +
							  i * GCM_VEC_BYTES));
}

/* Adds the products of two vectors and their powers. */
static __always_inline void gcm_hash2(struct gcm_flow *f, __m512i x, __m512i p,
				      __m512i y, __m512i q)
{
	f->lo = gcm_xor3(f->lo, _mm512_clmulepi64_epi128(x, p, 0x00),
			 _mm512_clmulepi64_epi128(y, q, 0x00));
	f->hi = gcm_xor3(f->hi, _mm512_clmulepi64_epi128(x, p, 0x11),
			 _mm512_clmulepi64_epi128(y, q, 0x11));
	f->mid = gcm_xor3(f->mid, _mm512_clmulepi64_epi128(x, p, 0x01),
			  _mm512_clmulepi64_epi128(x, p, 0x10));
	f->mid = gcm_xor3(f->mid, _mm512_clmulepi64_epi128(y, q, 0x01),
			  _mm512_clmulepi64_epi128(y, q, 0x10));
	gcm_pin(f->lo);
	gcm_pin(f->mid);
	gcm_pin(f->hi);
}

static __always_inline void gcm_hash1(struct gcm_flow *f, __m512i x, __m512i p)
{
	f->lo = _mm512_xor_si512(f->lo, _mm512_clmulepi64_epi128(x, p, 0x00));
	f->hi = _mm512_xor_si512(f->hi, _mm512_clmulepi64_epi128(x, p, 0x11));
	f->mid = gcm_xor3(f->mid, _mm512_clmulepi64_epi128(x, p, 0x01),
			  _mm512_clmulepi64_epi128(x, p, 0x10));
}

/* The tag: the hash, encrypted. */
static __always_inline __m128i gcm_tag(const struct gcm_flow *f)
{
	__m256i swap = _mm256_load_si256((const __m256i *)gcm_swap_all);
	__m256i v = gcm_reduce4(f->lo, f->mid, f->hi);

	v = _mm256_shuffle_epi8(v, swap);
	return _mm_ternarylogic_epi64(_mm256_castsi256_si128(v),
				      _mm256_extracti128_si256(v, 1), f->mask,
				      GCM_XOR_XOR);
}

/*
 * Begins the hash. Return: what the first vector has in lanes 0 and 1, the
 * lengths and the associated data.
 */
static __always_inline __m512i gcm_get_head(struct gcm_flow *f)
{
	const __m256i *order = (const __m256i *)gcm_head_order(f);
	__m256i v = _mm256_loadu_si256((const __m256i *)f->msg->iv);

	v = _mm256_shuffle_epi8(v, _mm256_load_si256(order));
	if (f->head)
		v = _mm256_loadu_si256((const __m256i *)f->head);
	if (espsimd_unlikely(!gcm_first_chunk(f)))
		v = _mm256_blend_epi32(v, _mm256_setzero_si256(), 0x0f);
	return _mm512_zextsi256_si512(v);
}

/* Hashes the first and the second half of a group. */
static __always_inline void gcm_hash_low(struct gcm_flow *f,
					 const __m512i x[GCM_VECS])
{
	gcm_hash2(f, x[0], f->first_power, x[1],
		  gcm_v_load(f->power + GCM_VEC_BYTES));
}

static __always_inline void gcm_hash_high(struct gcm_flow *f,
					  const __m512i x[GCM_VECS])
{
	gcm_hash2(f, x[2], gcm_v_load(f->power + 2 * GCM_VEC_BYTES),
		  x[3], gcm_v_load(f->power + 3 * GCM_VEC_BYTES));
	f->power += GCM_GROUP_BYTES;
	f->first_power = gcm_v_load(f->power);
}

/* Hashes the last @n vectors. */
static __always_inline void gcm_hash_tail(struct gcm_flow *f,
					  const __m512i x[GCM_VECS],
					  const unsigned int n)
{
	const u8 *h = f->power;

	if (n == 1)
		gcm_hash1(f, x[0], f->first_power);
	else
		gcm_hash_low(f, x);
	if (n == 3)
		gcm_hash1(f, x[2], gcm_v_load(h + 2 * GCM_VEC_BYTES));
	if (n == 4)
		gcm_hash2(f, x[2], gcm_v_load(h + 2 * GCM_VEC_BYTES),
			  x[3], gcm_v_load(h + 3 * GCM_VEC_BYTES));
}

/*
 * Encrypts the counters of a group, but for the last round, and hashes the
 * group @x meanwhile if there is one.
 */
static __always_inline void gcm_group(struct gcm_flow *f,
				      const struct gcm_keys *k,
				      __m512i b[GCM_VECS], const __m512i *x)
{
	gcm_counters(f, b, GCM_VECS);
	gcm_round(b, k->mid[0], GCM_VECS);
	gcm_round(b, k->mid[1], GCM_VECS);
	if (x)
		gcm_hash_low(f, x);
	gcm_round(b, k->mid[2], GCM_VECS);
	gcm_round(b, k->mid[3], GCM_VECS);
	gcm_round(b, k->mid[4], GCM_VECS);
	if (x)
		gcm_hash_high(f, x);
	gcm_round(b, k->mid[5], GCM_VECS);
	gcm_round(b, k->mid[6], GCM_VECS);
	gcm_round(b, k->mid[7], GCM_VECS);
	gcm_round(b, k->mid[8], GCM_VECS);
	gcm_long_rounds(f, b, GCM_VECS);
}

#endif /* ESPSIMD_AEAD_GCM_WIDE_H */
