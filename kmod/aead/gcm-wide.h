/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the AVX-512 tier calculates with: counters, AES rounds and the hash on
 * 512-bit vectors, and the state of a message that they work on. What its
 * lanes hold, and why, is said in aesgcm_avx512.c, which includes this after
 * gcm.h and gcm-rows.h, with GCM_VECS, GCM_VEC_BYTES and GCM_LEAD defined.
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

/* Round keys in registers; those of the longer keys are loaded when used. */
struct gcm_keys {
	__m512i mid[9], last;
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
	__m512i lo, mid, hi, first_power, base;
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

static __always_inline __m512i gcm_wide(const void *p)
{
	return _mm512_broadcast_i32x4(gcm_load(p));
}

static __always_inline __m512i gcm_loadv(const u8 *p)
{
	return _mm512_loadu_si512(p);
}

static __always_inline __m512i gcm_round_key(const struct gcm_flow *f,
					     unsigned int i)
{
	return gcm_wide(f->key->round_keys[i]);
}

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

static __always_inline __m512i gcm_widen(__m128i v)
{
	return _mm512_zextsi128_si512(v);
}

static __always_inline __m512i gcm_xor3(__m512i a, __m512i b, __m512i c)
{
	return _mm512_ternarylogic_epi64(a, b, c, GCM_XOR_XOR);
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

/* The sum of the two blocks is the hash so far: gcm_reduce() on all lanes. */
static __always_inline __m256i gcm_reduce4(const struct gcm_flow *f)
{
	const __m512i poly =
		_mm512_broadcast_i32x4(_mm_set_epi64x(0, GCM_POLY));
	__m512i mid, hi;

	mid = gcm_xor3(f->mid, _mm512_shuffle_epi32(f->lo, (_MM_PERM_ENUM)0x4e),
		       _mm512_clmulepi64_epi128(f->lo, poly, 0x00));
	hi = gcm_xor3(f->hi, _mm512_shuffle_epi32(mid, (_MM_PERM_ENUM)0x4e),
		      _mm512_clmulepi64_epi128(mid, poly, 0x00));
	return _mm256_xor_si256(_mm512_castsi512_si256(hi),
				_mm512_extracti64x4_epi64(hi, 1));
}

/* The tag: the hash, encrypted. */
static __always_inline __m128i gcm_tag(const struct gcm_flow *f)
{
	__m256i swap = _mm256_load_si256((const __m256i *)gcm_swap_all);
	__m256i v = _mm256_shuffle_epi8(gcm_reduce4(f), swap);

	return _mm_ternarylogic_epi64(_mm256_castsi256_si128(v),
				      _mm256_extracti128_si256(v, 1), f->mask,
				      GCM_XOR_XOR);
}

static __always_inline const u8 *gcm_powers_end(const struct gcm_flow *f)
{
	return f->key->powers[ESPSIMD_AEAD_POWERS];
}

/* The lengths and the associated data, as they are hashed. */
static __always_inline __m256i gcm_head(const struct gcm_flow *f)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)f->msg->iv);
	const u8 *bytes = gcm_head_bytes[f->msg->aad_len >> 2 & 1];

	if (f->head)
		return _mm256_loadu_si256((const __m256i *)f->head);
	return _mm256_shuffle_epi8(v,
				   _mm256_load_si256((const void *)bytes));
}

/*
 * Begins the hash. In a message with more blocks than there are powers the
 * lengths have to wait for the last chunk. Return: what the first vector has
 * in lanes 0 and 1.
 */
static __always_inline __m512i gcm_first_chunk(struct gcm_flow *f)
{
	__m256i head = gcm_head(f);
	u32 blocks = f->blocks + 1;

	f->lo = _mm512_setzero_si512();
	f->mid = _mm512_setzero_si512();
	f->hi = _mm512_setzero_si512();
	if (espsimd_unlikely(blocks > ESPSIMD_AEAD_POWERS)) {
		blocks = ESPSIMD_AEAD_CHUNK;
		head = _mm256_blend_epi32(head, _mm256_setzero_si256(), 0x0f);
	}
	f->power = gcm_powers_end(f) - blocks * GCM_BLOCK;
	f->first_power = _mm512_inserti32x4(gcm_loadv(f->power),
					    gcm_load(f->key->lengths), 0);
	return _mm512_zextsi256_si512(head);
}

/*
 * Starts a new chunk of the hash if the powers are used up: the hash so far is
 * added to the first of the blocks @x.
 */
static __always_inline void gcm_next_chunk(struct gcm_flow *f, __m512i *x)
{
	__m128i lo = _mm_setzero_si128(), mid = lo, hi = lo;
	__m256i hash;
	u32 blocks;

	if (espsimd_likely(f->power != gcm_powers_end(f)))
		return;
	hash = gcm_reduce4(f);
	*x = gcm_xor3(*x, gcm_widen(_mm256_castsi256_si128(hash)),
		      gcm_widen(_mm256_extracti128_si256(hash, 1)));
	f->blocks -= ESPSIMD_AEAD_CHUNK;
	blocks = f->blocks + 1;
	if (blocks > ESPSIMD_AEAD_POWERS)
		blocks = ESPSIMD_AEAD_CHUNK;
	else
		gcm_mul_add(&lo, &mid, &hi, _mm256_castsi256_si128(gcm_head(f)),
			    gcm_load(f->key->lengths));
	f->power = gcm_powers_end(f) - blocks * GCM_BLOCK;
	f->first_power = gcm_loadv(f->power);
	f->lo = gcm_widen(lo);
	f->mid = gcm_widen(mid);
	f->hi = gcm_widen(hi);
}

/* Hashes the first and the second half of a group. */
static __always_inline void gcm_hash_low(struct gcm_flow *f,
					 const __m512i x[GCM_VECS])
{
	gcm_hash2(f, x[0], f->first_power, x[1],
		  gcm_loadv(f->power + GCM_VEC_BYTES));
}

static __always_inline void gcm_hash_high(struct gcm_flow *f,
					  const __m512i x[GCM_VECS])
{
	gcm_hash2(f, x[2], gcm_loadv(f->power + 2 * GCM_VEC_BYTES),
		  x[3], gcm_loadv(f->power + 3 * GCM_VEC_BYTES));
	f->power += GCM_GROUP_BYTES;
	f->first_power = gcm_loadv(f->power);
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
		gcm_hash1(f, x[2], gcm_loadv(h + 2 * GCM_VEC_BYTES));
	if (n == 4)
		gcm_hash2(f, x[2], gcm_loadv(h + 2 * GCM_VEC_BYTES),
			  x[3], gcm_loadv(h + 3 * GCM_VEC_BYTES));
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

/* Goes back to the first row of counters, now 256 further on. */
static __always_inline void gcm_first_row(struct gcm_flow *f)
{
	u32 change = __builtin_bswap32(f->counter ^ (f->counter + 256));

	f->base = _mm512_xor_si512(f->base, _mm512_set4_epi32(change, 0, 0, 0));
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

#endif /* ESPSIMD_AEAD_GCM_WIDE_H */
