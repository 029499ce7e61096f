/* SPDX-License-Identifier: GPL-2.0 */
/*
 * AES-GCM arithmetic on 128-bit vectors: what the tiers have in common. Only
 * for files that are compiled with vector instructions; before including it
 * they define
 *
 *	gcm_vec		type of the tier's vectors
 *	GCM_REG		constraint that stands for its vector registers
 *	GCM_MOV		instruction that stores one of them
 *	GCM_GROUP	blocks that the tier's main loop handles at once
 *	GCM_STACK_BYTES	more than the frames of all functions between one that
 *			clears the stack and the next that it calls which does
 *			so too, or the deepest; the compiler warns of frames
 *			that are larger than they are now
 */
#ifndef ESPSIMD_AEAD_GCM_H
#define ESPSIMD_AEAD_GCM_H

#include <immintrin.h>

#include "aead.h"
#include "key.h"

#define GCM_BLOCK		16
#define GCM_GROUP_BYTES		(GCM_GROUP * GCM_BLOCK)

#if ESPSIMD_AEAD_CHUNK % GCM_GROUP
#error "chunks of the hash are whole groups"
#endif

/* y^63 + y^62 + y^57: see key.h. */
#define GCM_POLY		0xc200000000000000ULL

/*
 * Clears the stack below: the compiler may have kept keys or plaintext there.
 * An array would do, had it not padding and its function's saved registers
 * around it. Nothing lives below the stack pointer of this function, whose
 * variables are registers, nor of its caller, which is none without a call.
 */
static noinline void espsimd_gcm_wipe_stack(void)
{
	const gcm_vec zero = { 0 };

	__asm__ __volatile__("lea -%c[step](%%rsp), %%rax\n\t"
			     GCM_MOV " %[zero], (%%rax)\n\t"
			     "and $-%c[step], %%rax\n\t"
			     ".rept %c[count]\n\t"
			     GCM_MOV " %[zero], (%%rax)\n\t"
			     "sub $%c[step], %%rax\n\t"
			     ".endr"
			     : : [step] "i"(sizeof(gcm_vec)),
			     [count] "i"(GCM_STACK_BYTES / sizeof(gcm_vec)),
			     [zero] GCM_REG(zero)
			     : "rax", "cc", "memory");
}

/*
 * Makes the compiler compute a vector here and now. It would otherwise read
 * ciphertext twice, or delay the additions to a sum and keep all products in
 * memory until then.
 */
#define gcm_pin(vec)	__asm__("" : "+" GCM_REG(vec))

static __always_inline __m128i gcm_load(const void *p)
{
	return _mm_loadu_si128((const __m128i *)p);
}

static __always_inline void gcm_store(void *p, __m128i v)
{
	_mm_storeu_si128((__m128i *)p, v);
}

static __always_inline __m128i gcm_swap_mask(void)
{
	return _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
			    15);
}

/* Reverses the bytes of a block. */
static __always_inline __m128i gcm_swap(__m128i v)
{
	return _mm_shuffle_epi8(v, gcm_swap_mask());
}

/* Adds the product of @x and the power @h to the sum in three parts. */
static __always_inline void gcm_mul_add(__m128i *lo, __m128i *mid, __m128i *hi,
					__m128i x, __m128i h)
{
	*lo = _mm_xor_si128(*lo, _mm_clmulepi64_si128(x, h, 0x00));
	*mid = _mm_xor_si128(*mid, _mm_clmulepi64_si128(x, h, 0x01));
	*mid = _mm_xor_si128(*mid, _mm_clmulepi64_si128(x, h, 0x10));
	*hi = _mm_xor_si128(*hi, _mm_clmulepi64_si128(x, h, 0x11));
}

/*
 * Reduces a sum of products. After the first step what remains of the low part
 * stands where the middle part does, after the second where the high part does.
 */
static __always_inline __m128i gcm_reduce(__m128i lo, __m128i mid, __m128i hi)
{
	const __m128i poly = _mm_set_epi64x(0, GCM_POLY);

	mid = _mm_xor_si128(mid, _mm_shuffle_epi32(lo, 0x4e));
	mid = _mm_xor_si128(mid, _mm_clmulepi64_si128(lo, poly, 0x00));
	hi = _mm_xor_si128(hi, _mm_shuffle_epi32(mid, 0x4e));
	return _mm_xor_si128(hi, _mm_clmulepi64_si128(mid, poly, 0x00));
}

/* The product of @x and the power @h. */
static __always_inline __m128i gcm_mul(__m128i x, __m128i h)
{
	__m128i lo = _mm_setzero_si128(), mid = lo, hi = lo;

	gcm_mul_add(&lo, &mid, &hi, x, h);
	return gcm_reduce(lo, mid, hi);
}

/* Encrypts one block. */
static __always_inline __m128i gcm_aes(const struct espsimd_aead_key *key,
				       __m128i b)
{
	unsigned int i;

	b = _mm_xor_si128(b, gcm_load(key->round_keys[0]));
	for (i = 1; i < key->rounds; i++)
		b = _mm_aesenc_si128(b, gcm_load(key->round_keys[i]));
	return _mm_aesenclast_si128(b, gcm_load(key->round_keys[i]));
}

#endif /* ESPSIMD_AEAD_GCM_H */
