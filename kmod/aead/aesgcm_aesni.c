// SPDX-License-Identifier: GPL-2.0
/*
 * AES-GCM on 128-bit vectors: AES-NI, PCLMULQDQ and SSE4.1, without AVX.
 */
#include "platform.h"

#include <immintrin.h>

#define GCM_REG		"x"
#define GCM_MOV		"movdqu"
#define GCM_GROUP	8
#define GCM_STACK_BYTES	1536
#define GCM_VEC_BLOCKS	1

#define gcm_vec		__m128i

#include "gcm.h"
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

static __always_inline gcm_vec gcm_v_add(gcm_vec a, gcm_vec b)
{
	return _mm_add_epi32(a, b);
}

static __always_inline gcm_vec gcm_v_swap(gcm_vec v)
{
	return gcm_swap(v);
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

/* What the counters of a vector's blocks add to that of its first. */
static __always_inline gcm_vec gcm_v_lanes(void)
{
	return _mm_setzero_si128();
}

/* What the counters of the next vector add to those of this. */
static __always_inline gcm_vec gcm_v_step(void)
{
	return _mm_cvtsi32_si128(1);
}

#include "gcm-narrow.h"

#define GCM_TIER(name)	name##_aesni
#include "gcm-burst.h"
