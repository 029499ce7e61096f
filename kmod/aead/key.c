// SPDX-License-Identifier: GPL-2.0
/*
 * Expands keys. Compiled with AES-NI, PCLMULQDQ and SSE4.1, which every tier's
 * CPU has.
 */
#include "platform.h"

#include <immintrin.h>

#define gcm_vec		__m128i
#define GCM_REG		"x"
#define GCM_MOV		"movdqu"
#define GCM_GROUP	8
#define GCM_STACK_BYTES	1536

#include "gcm.h"
#include "sse.h"

/*
 * The S-box of each byte of @w. Rows are not shifted when all columns are the
 * same, and the instruction takes the same time for all values, which a table
 * would not.
 */
static __always_inline u32 key_sub_word(u32 w)
{
	__m128i v = _mm_set1_epi32(w);

	v = _mm_aesenclast_si128(v, _mm_setzero_si128());
	return _mm_cvtsi128_si32(v);
}

/* FIPS 197 section 5.2, with words in the byte order of the CPU. */
static noinline void espsimd_key_expand(struct espsimd_aead_key *key,
					const u8 *raw, unsigned int raw_len)
{
	const unsigned int nk = raw_len / 4, total = 4 * (nk + 7);
	u32 w[4 * ESPSIMD_AEAD_ROUND_KEYS] = { 0 };
	u32 rcon = 1, t;
	unsigned int i;

	espsimd_copy(w, raw, raw_len);
	for (i = nk; i < total; i++) {
		t = w[i - 1];
		if (i % nk == 0) {
			t = key_sub_word(t >> 8 | t << 24) ^ rcon;
			rcon = rcon << 1 ^ (rcon >> 7) * 0x11b;
		} else if (nk > 6 && i % nk == 4) {
			t = key_sub_word(t);
		}
		w[i] = w[i - nk] ^ t;
	}
	espsimd_copy(key->round_keys, w, sizeof(w));
	espsimd_wipe(w, sizeof(w));
	key->rounds = nk + 6;
}

/* y * v, where y^128 = y^127 + y^126 + y^121 + 1; without a branch. */
static __always_inline __m128i key_times_y(__m128i v)
{
	const __m128i poly = _mm_set_epi64x(GCM_POLY, 1);
	/* All ones in all words if the highest bit is set. */
	__m128i top = _mm_shuffle_epi32(_mm_srai_epi32(v, 31), 0xff);
	__m128i carry = _mm_slli_si128(_mm_srli_epi64(v, 63), 8);

	v = _mm_or_si128(_mm_slli_epi64(v, 1), carry);
	return _mm_xor_si128(v, _mm_and_si128(top, poly));
}

static noinline void espsimd_key_powers(struct espsimd_aead_key *key)
{
	__m128i h, p;
	int i;

	h = key_times_y(gcm_swap(gcm_aes(key, _mm_setzero_si128())));
	p = key_times_y(key_times_y(key_times_y(h)));
	gcm_store(key->lengths, p);
	p = h;
	for (i = ESPSIMD_AEAD_POWERS - 1; i >= 0; i--) {
		gcm_store(key->powers[i], p);
		p = gcm_mul(p, h);
	}
	__builtin_memset(key->powers[ESPSIMD_AEAD_POWERS], 0,
			 ESPSIMD_AEAD_POWERS_PAD * GCM_BLOCK);
}

int espsimd_aead_key_prepare(struct espsimd_aead_key *key, const u8 *raw,
			     unsigned int raw_len,
			     const u8 salt[ESPSIMD_AEAD_SALT_LEN],
			     unsigned int tag_len)
{
	if (raw_len != 16 && raw_len != 24 && raw_len != 32)
		return -EINVAL;
	if (tag_len != 8 && tag_len != 12 && tag_len != 16)
		return -EINVAL;

	espsimd_key_expand(key, raw, raw_len);
	espsimd_key_powers(key);
	espsimd_copy(&key->salt, salt, sizeof(key->salt));
	gcm_store(key->base, _mm_xor_si128(_mm_cvtsi32_si128(key->salt),
					   gcm_load(key->round_keys[0])));
	key->key_len = raw_len;
	key->tag_len = tag_len;

	espsimd_gcm_wipe_stack();
	gcm_clear_vectors();
	return 0;
}

unsigned int espsimd_aead_key_size(void)
{
	return sizeof(struct espsimd_aead_key);
}
