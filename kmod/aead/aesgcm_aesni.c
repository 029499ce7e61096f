// SPDX-License-Identifier: GPL-2.0
/*
 * AES-GCM on 128-bit vectors: AES-NI, PCLMULQDQ and SSE4.1, without AVX.
 */
#include "platform.h"

#include <immintrin.h>

#define GCM_REG		"x"
#define GCM_MOV		"movdqu"
#define GCM_GROUP	8
#define GCM_STACK_BYTES	768
#define GCM_VECS	8
#define GCM_TAIL	4
#define GCM_VEC_BYTES	16
/* The lengths and the associated data are not in memory. */
#define GCM_LEAD	32

#define gcm_vec		__m128i

#include "gcm.h"
#include "gcm-part.h"
#include "sse.h"
#include "tiers.h"

#define gcm_v_clmul(a, b, halves)	_mm_clmulepi64_si128(a, b, halves)

static __always_inline gcm_vec gcm_widen(__m128i v)
{
	return v;
}

static __always_inline gcm_vec gcm_v_load(const u8 *p)
{
	return gcm_load(p);
}

static __always_inline void gcm_v_store(u8 *p, gcm_vec v)
{
	gcm_store(p, v);
}

static __always_inline gcm_vec gcm_v_broadcast(__m128i v)
{
	return v;
}

static __always_inline gcm_vec gcm_v_xor(gcm_vec a, gcm_vec b)
{
	return _mm_xor_si128(a, b);
}

static __always_inline gcm_vec gcm_v_and(gcm_vec a, gcm_vec b)
{
	return _mm_and_si128(a, b);
}

static __always_inline gcm_vec gcm_v_shuffle(gcm_vec v, gcm_vec order)
{
	return _mm_shuffle_epi8(v, order);
}

static __always_inline gcm_vec gcm_v_aesenc(gcm_vec b, gcm_vec k)
{
	return _mm_aesenc_si128(b, k);
}

static __always_inline gcm_vec gcm_v_aesenclast(gcm_vec b, gcm_vec k)
{
	return _mm_aesenclast_si128(b, k);
}

/* The sum of the blocks of a vector. */
static __always_inline __m128i gcm_v_fold(gcm_vec v)
{
	return v;
}

/* Puts a block in the place of the first of a vector. */
static __always_inline gcm_vec gcm_v_set_first(gcm_vec v, __m128i block)
{
	(void)v;
	return block;
}

/* Exchanges the halves of each block. */
static __always_inline gcm_vec gcm_v_halves(gcm_vec v)
{
	return _mm_shuffle_epi32(v, 0x4e);
}

/* The last block of a vector. */
static __always_inline __m128i gcm_v_last(gcm_vec v)
{
	return v;
}

/* The first @n bytes, fewer than a vector has; then zeros. */
static __always_inline gcm_vec gcm_v_load_part(const u8 *p, unsigned int n)
{
	return gcm_load_part(p, n);
}

static __always_inline void gcm_v_store_part(u8 *p, gcm_vec v, unsigned int n)
{
	gcm_store_part(p, v, n);
}

#include "gcm-narrow.h"
#include "gcm-message.h"

#define GCM_TIER(name)	name##_aesni
#include "gcm-burst.h"
