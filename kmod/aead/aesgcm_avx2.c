// SPDX-License-Identifier: GPL-2.0
/*
 * AES-GCM on 256-bit vectors: VAES, VPCLMULQDQ and AVX2.
 */
#include "platform.h"

#include <immintrin.h>

#define GCM_REG		"x"
#define GCM_MOV		"vmovdqu"
#define GCM_GROUP	16
#define GCM_STACK_BYTES	1280
#define GCM_VECS	8
#define GCM_TAIL	4
#define GCM_VEC_BYTES	32
/* The lengths and the associated data are not in memory. */
#define GCM_LEAD	32

#define gcm_vec		__m256i

#include "gcm.h"
#include "gcm-part.h"
#include "tiers.h"

#define gcm_v_clmul(a, b, halves)	_mm256_clmulepi64_epi128(a, b, halves)

static __always_inline gcm_vec gcm_widen(__m128i v)
{
	return _mm256_zextsi128_si256(v);
}

static __always_inline gcm_vec gcm_v_load(const u8 *p)
{
	return _mm256_loadu_si256((const __m256i *)p);
}

static __always_inline void gcm_v_store(u8 *p, gcm_vec v)
{
	_mm256_storeu_si256((__m256i *)p, v);
}

static __always_inline gcm_vec gcm_v_broadcast(__m128i v)
{
	return _mm256_broadcastsi128_si256(v);
}

static __always_inline gcm_vec gcm_v_xor(gcm_vec a, gcm_vec b)
{
	return _mm256_xor_si256(a, b);
}

static __always_inline gcm_vec gcm_v_and(gcm_vec a, gcm_vec b)
{
	return _mm256_and_si256(a, b);
}

static __always_inline gcm_vec gcm_v_shuffle(gcm_vec v, gcm_vec order)
{
	return _mm256_shuffle_epi8(v, order);
}

static __always_inline gcm_vec gcm_v_aesenc(gcm_vec b, gcm_vec k)
{
	return _mm256_aesenc_epi128(b, k);
}

static __always_inline gcm_vec gcm_v_aesenclast(gcm_vec b, gcm_vec k)
{
	return _mm256_aesenclast_epi128(b, k);
}

/* The sum of the blocks of a vector. */
static __always_inline __m128i gcm_v_fold(gcm_vec v)
{
	return _mm_xor_si128(_mm256_castsi256_si128(v),
			     _mm256_extracti128_si256(v, 1));
}

/* Puts a block in the place of the first of a vector. */
static __always_inline gcm_vec gcm_v_set_first(gcm_vec v, __m128i block)
{
	return _mm256_inserti128_si256(v, block, 0);
}

/* Exchanges the halves of each block. */
static __always_inline gcm_vec gcm_v_halves(gcm_vec v)
{
	return _mm256_shuffle_epi32(v, 0x4e);
}

/* The last block of a vector. */
static __always_inline __m128i gcm_v_last(gcm_vec v)
{
	return _mm256_extracti128_si256(v, 1);
}

/* The first @n bytes, fewer than a vector has; then zeros. */
static __always_inline gcm_vec gcm_v_load_part(const u8 *p, unsigned int n)
{
	__m128i high;

	if (n < GCM_BLOCK)
		return gcm_widen(gcm_load_part(p, n));
	high = gcm_load_part(p + GCM_BLOCK, n - GCM_BLOCK);
	return _mm256_inserti128_si256(gcm_widen(gcm_load(p)), high, 1);
}

static __always_inline void gcm_v_store_part(u8 *p, gcm_vec v, unsigned int n)
{
	__m128i block = _mm256_castsi256_si128(v);

	if (n >= GCM_BLOCK) {
		gcm_store(p, block);
		block = gcm_v_last(v);
		p += GCM_BLOCK;
		n -= GCM_BLOCK;
	}
	gcm_store_part(p, block, n);
}

static __always_inline void gcm_clear_vectors(void)
{
	__asm__ __volatile__("vzeroall"
			     : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
			     "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
			     "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
			     "memory");
}

#include "gcm-narrow.h"
#include "gcm-message.h"

#define GCM_TIER(name)	name##_avx2
#include "gcm-burst.h"
