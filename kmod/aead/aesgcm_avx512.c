// SPDX-License-Identifier: GPL-2.0
/*
 * AES-GCM on 512-bit vectors: VAES, VPCLMULQDQ, AVX-512 F, BW and VL, BMI2.
 *
 * A group is 4 vectors of 4 blocks: enough for the latency of an AES round to
 * be hidden by the other vectors. While a group is encrypted the one before it
 * is hashed, since the two use different execution ports.
 */
#include "platform.h"

#include <immintrin.h>

#define GCM_REG		"v"
#define GCM_MOV		"vmovdqu64"
#define GCM_GROUP	16
#define GCM_VECS	4
#define GCM_TAIL_VECS	5
#define GCM_VEC_BLOCKS	4
#define GCM_VEC_BYTES	64

#define gcm_vec		__m512i

#include "gcm.h"
#include "tiers.h"

/* Round keys in registers; those of the longer keys are loaded when used. */
struct gcm_keys {
	__m512i first, mid[9], last;
};

static __always_inline __m512i gcm_round_key(const struct espsimd_aead_key *key,
					     unsigned int i)
{
	return _mm512_broadcast_i32x4(gcm_load(key->round_keys[i]));
}

static __always_inline void gcm_load_keys(struct gcm_keys *k,
					  const struct espsimd_aead_key *key)
{
	unsigned int i;

	k->first = gcm_round_key(key, 0);
#pragma GCC unroll 16
	for (i = 0; i < 9; i++)
		k->mid[i] = gcm_round_key(key, i + 1);
	k->last = gcm_round_key(key, key->rounds);
}

static __always_inline __m512i gcm_swap4(__m512i v)
{
	return _mm512_shuffle_epi8(v, _mm512_broadcast_i32x4(gcm_swap_mask()));
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
static __always_inline void gcm_long_rounds(__m512i *b,
					    const struct espsimd_aead_key *key,
					    const unsigned int n)
{
	if (key->rounds > 10) {
		gcm_round(b, gcm_round_key(key, 10), n);
		gcm_round(b, gcm_round_key(key, 11), n);
		if (key->rounds > 12) {
			gcm_round(b, gcm_round_key(key, 12), n);
			gcm_round(b, gcm_round_key(key, 13), n);
		}
	}
}

/* The last AES round, and the key stream added to @data. */
static __always_inline __m512i gcm_last_round(__m512i b, __m512i k,
					      __m512i data)
{
	return _mm512_aesenclast_epi128(b, _mm512_xor_si512(k, data));
}

static __always_inline __m512i gcm_widen(__m128i v)
{
	return _mm512_zextsi128_si512(v);
}

/* The counters of the next 4 blocks, bytes reversed. */
static __always_inline __m512i gcm_counters(const struct gcm_state *s)
{
	const __m512i lanes = _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2,
					       0, 0, 0, 1, 0, 0, 0, 0);
	__m128i next = _mm_add_epi32(s->nonce, _mm_cvtsi32_si128(s->counter));

	return _mm512_add_epi32(_mm512_broadcast_i32x4(next), lanes);
}

static __always_inline __m512i gcm_xor3(__m512i a, __m512i b, __m512i c)
{
	return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

/* Adds the products of 4 blocks and the powers at @h to the message's sum. */
static __always_inline void gcm_hash(gcm_vec *lo, gcm_vec *mid, gcm_vec *hi,
				     __m512i x, const u8 *h)
{
	__m512i p = _mm512_loadu_si512(h);

	*lo = _mm512_xor_si512(*lo, _mm512_clmulepi64_epi128(x, p, 0x00));
	*hi = _mm512_xor_si512(*hi, _mm512_clmulepi64_epi128(x, p, 0x11));
	*mid = gcm_xor3(*mid, _mm512_clmulepi64_epi128(x, p, 0x01),
			_mm512_clmulepi64_epi128(x, p, 0x10));
	gcm_pin(*lo);
	gcm_pin(*mid);
	gcm_pin(*hi);
}

/* The hash so far: gcm_reduce() on all lanes, which are then added up. */
static __always_inline __m128i gcm_reduce4(gcm_vec lo, gcm_vec mid, gcm_vec hi)
{
	const __m512i poly =
		_mm512_broadcast_i32x4(_mm_set_epi64x(0, GCM_POLY));
	__m256i half;

	mid = gcm_xor3(mid, _mm512_shuffle_epi32(lo, (_MM_PERM_ENUM)0x4e),
		       _mm512_clmulepi64_epi128(lo, poly, 0x00));
	hi = gcm_xor3(hi, _mm512_shuffle_epi32(mid, (_MM_PERM_ENUM)0x4e),
		      _mm512_clmulepi64_epi128(mid, poly, 0x00));
	half = _mm256_xor_si256(_mm512_castsi512_si256(hi),
				_mm512_extracti64x4_epi64(hi, 1));
	return _mm_xor_si128(_mm256_castsi256_si128(half),
			     _mm256_extracti128_si256(half, 1));
}

/*
 * Starts a new chunk of the hash if the powers are used up: the hash so far is
 * added to the first of the blocks @x.
 */
static __always_inline void gcm_next_chunk(struct gcm_state *s, __m512i *x)
{
	if (s->power != ESPSIMD_AEAD_POWERS)
		return;
	*x = _mm512_xor_si512(*x, gcm_widen(gcm_reduce4(s->lo, s->mid, s->hi)));
	s->lo = _mm512_setzero_si512();
	s->mid = _mm512_setzero_si512();
	s->hi = _mm512_setzero_si512();
	s->power = gcm_chunk(s->left);
}

/*
 * Encrypts the counters of a group, with @data added in the last round, and
 * hashes the group @x meanwhile if @hash is true.
 */
static __always_inline void gcm_group(struct gcm_state *s,
				      const struct gcm_keys *k, __m512i *ctr,
				      __m512i b[GCM_VECS],
				      const __m512i data[GCM_VECS],
				      __m512i x[GCM_VECS], const bool hash)
{
	const __m512i four = _mm512_set4_epi32(0, 0, 0, GCM_VEC_BLOCKS);
	const u8 *h;
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++) {
		b[i] = _mm512_xor_si512(gcm_swap4(*ctr), k->first);
		*ctr = _mm512_add_epi32(*ctr, four);
	}
	if (hash)
		gcm_next_chunk(s, &x[0]);
	h = s->key->powers[s->power];
	gcm_round(b, k->mid[0], GCM_VECS);
#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++) {
		if (hash)
			gcm_hash(&s->lo, &s->mid, &s->hi, x[i],
				 h + i * GCM_VEC_BYTES);
		gcm_round(b, k->mid[1 + 2 * i], GCM_VECS);
		gcm_round(b, k->mid[2 + 2 * i], GCM_VECS);
	}
	if (hash) {
		s->power += GCM_GROUP;
		s->left -= GCM_GROUP;
	}
	gcm_long_rounds(b, s->key, GCM_VECS);
#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++)
		b[i] = gcm_last_round(b[i], k->last, data[i]);
}

/* Hashes a group alone. */
static __always_inline void gcm_hash_group(struct gcm_state *s,
					   __m512i x[GCM_VECS])
{
	const u8 *h;
	unsigned int i;

	gcm_next_chunk(s, &x[0]);
	h = s->key->powers[s->power];
#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++)
		gcm_hash(&s->lo, &s->mid, &s->hi, x[i], h + i * GCM_VEC_BYTES);
	s->power += GCM_GROUP;
	s->left -= GCM_GROUP;
}

static __always_inline void gcm_load_group(__m512i v[GCM_VECS], const u8 *src)
{
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++) {
		v[i] = _mm512_loadu_si512(src + i * GCM_VEC_BYTES);
		/* Others may be able to write to it: to be read only once. */
		gcm_pin(v[i]);
	}
}

/* Stores a group, and turns what has to be hashed of it into @x. */
static __always_inline void gcm_store_group(u8 *dst, const __m512i v[GCM_VECS])
{
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++)
		_mm512_storeu_si512(dst + i * GCM_VEC_BYTES, v[i]);
}

static __always_inline void gcm_swap_group(__m512i x[GCM_VECS],
					   const __m512i v[GCM_VECS])
{
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++)
		x[i] = gcm_swap4(v[i]);
}

/* The hash runs one group behind the cipher. */
static noinline void espsimd_gcm_groups_seal(struct gcm_state *state,
					     const u8 *src, u8 *dst,
					     unsigned int n)
{
	__m512i b[GCM_VECS], data[GCM_VECS], x[GCM_VECS], ctr;
	struct gcm_state s = *state;
	struct gcm_keys k;

	gcm_load_keys(&k, s.key);
	ctr = gcm_counters(&s);
	s.counter += n * GCM_GROUP;

	gcm_load_group(data, src);
	gcm_group(&s, &k, &ctr, b, data, x, false);
	gcm_store_group(dst, b);
	gcm_swap_group(x, b);
	while (--n) {
		src += GCM_GROUP_BYTES;
		dst += GCM_GROUP_BYTES;
		gcm_load_group(data, src);
		gcm_group(&s, &k, &ctr, b, data, x, true);
		gcm_store_group(dst, b);
		gcm_swap_group(x, b);
	}
	gcm_hash_group(&s, x);
	*state = s;
}

static noinline void espsimd_gcm_groups_open(struct gcm_state *state,
					     const u8 *src, u8 *dst,
					     unsigned int n)
{
	__m512i b[GCM_VECS], data[GCM_VECS], x[GCM_VECS], ctr;
	struct gcm_state s = *state;
	struct gcm_keys k;

	gcm_load_keys(&k, s.key);
	ctr = gcm_counters(&s);
	s.counter += n * GCM_GROUP;

	for (; n; n--) {
		gcm_load_group(data, src);
		gcm_swap_group(x, data);
		gcm_group(&s, &k, &ctr, b, data, x, true);
		gcm_store_group(dst, b);
		src += GCM_GROUP_BYTES;
		dst += GCM_GROUP_BYTES;
	}
	*state = s;
}

/* A mask of the first @n of 64 bytes; of all if there are more. */
static __always_inline __mmask64 gcm_bytes(unsigned int n)
{
	return _bzhi_u64(~0ULL, n);
}

/*
 * The last @len bytes, up to a group, in @n vectors, of which only the last
 * two can have fewer than 64 bytes. The lane behind the last block is free:
 * there the counter is the one that the tag is encrypted with, and the lengths
 * are hashed.
 */
static __always_inline __m128i gcm_tail_vecs(struct gcm_state *s, const u8 *src,
					     u8 *dst, unsigned int len,
					     __m128i lengths,
					     const unsigned int n,
					     const bool seal)
{
	const __m512i four = _mm512_set4_epi32(0, 0, 0, GCM_VEC_BLOCKS);
	const unsigned int lane = s->left - 1 - (n - 1) * GCM_VEC_BLOCKS;
	const __mmask8 own = 3 << 2 * lane;
	__m512i b[GCM_TAIL_VECS], x[GCM_TAIL_VECS], data, ctr;
	__mmask64 mask[GCM_TAIL_VECS];
	__m512i last;
	__m128i tag;
	const u8 *h;
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < n; i++)
		mask[i] = ~0ULL;
	mask[n - 1] = lane ? gcm_bytes(len - (n - 1) * GCM_VEC_BYTES) : 0;
	if (n > 1)
		mask[n - 2] = gcm_bytes(len - (n - 2) * GCM_VEC_BYTES);

	ctr = gcm_counters(s);
#pragma GCC unroll 16
	for (i = 0; i < n; i++) {
		b[i] = ctr;
		ctr = _mm512_add_epi32(ctr, four);
	}
	b[n - 1] = _mm512_mask_set1_epi32(b[n - 1], 1 << 4 * lane, 1);
#pragma GCC unroll 16
	for (i = 0; i < n; i++)
		b[i] = _mm512_xor_si512(gcm_swap4(b[i]),
					gcm_round_key(s->key, 0));
#pragma GCC unroll 16
	for (i = 1; i < 10; i++)
		gcm_round(b, gcm_round_key(s->key, i), n);
	gcm_long_rounds(b, s->key, n);
	last = gcm_round_key(s->key, s->key->rounds);

#pragma GCC unroll 16
	for (i = 0; i < n; i++) {
		data = _mm512_maskz_loadu_epi8(mask[i],
					       src + i * GCM_VEC_BYTES);
		b[i] = gcm_last_round(b[i], last, data);
		_mm512_mask_storeu_epi8(dst + i * GCM_VEC_BYTES, mask[i],
					b[i]);
		x[i] = gcm_swap4(seal ? _mm512_maskz_mov_epi8(mask[i], b[i]) :
					data);
	}
	x[n - 1] = _mm512_mask_mov_epi64(x[n - 1], own,
					 _mm512_broadcast_i32x4(lengths));
	tag = _mm512_castsi512_si128(_mm512_maskz_compress_epi64(own,
								 b[n - 1]));

	gcm_next_chunk(s, &x[0]);
	h = s->key->powers[s->power];
#pragma GCC unroll 16
	for (i = 0; i < n; i++)
		gcm_hash(&s->lo, &s->mid, &s->hi, x[i], h + i * GCM_VEC_BYTES);
	return _mm_xor_si128(tag,
			     gcm_swap(gcm_reduce4(s->lo, s->mid, s->hi)));
}

static __always_inline __m128i gcm_tail_any(struct gcm_state *state,
					    const u8 *src, u8 *dst,
					    unsigned int len, __m128i lengths,
					    const bool seal)
{
	struct gcm_state s = *state;

	switch ((s.left - 1) / GCM_VEC_BLOCKS) {
	case 0:
		return gcm_tail_vecs(&s, src, dst, len, lengths, 1, seal);
	case 1:
		return gcm_tail_vecs(&s, src, dst, len, lengths, 2, seal);
	case 2:
		return gcm_tail_vecs(&s, src, dst, len, lengths, 3, seal);
	case 3:
		return gcm_tail_vecs(&s, src, dst, len, lengths, 4, seal);
	default:
		return gcm_tail_vecs(&s, src, dst, len, lengths, 5, seal);
	}
}

/* The upper 16 registers are out of vzeroall's reach. */
static __always_inline void gcm_clear_vectors(void)
{
	__asm__ __volatile__("vzeroall\n\t"
			     ".irp n,16,17,18,19,20,21,22,23\n\t"
			     "vpxord %%zmm\\n, %%zmm\\n, %%zmm\\n\n\t"
			     ".endr\n\t"
			     ".irp n,24,25,26,27,28,29,30,31\n\t"
			     "vpxord %%zmm\\n, %%zmm\\n, %%zmm\\n\n\t"
			     ".endr"
			     : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
			     "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
			     "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
			     "xmm16", "xmm17", "xmm18", "xmm19", "xmm20",
			     "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",
			     "xmm26", "xmm27", "xmm28", "xmm29", "xmm30",
			     "xmm31", "memory");
}

#define GCM_TIER(name)	name##_avx512
#include "gcm-burst.h"
