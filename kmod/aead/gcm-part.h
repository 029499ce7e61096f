/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of blocks, for tiers without byte masks: the ends of messages, and
 * tags that are shorter than a block. Their lengths are public.
 */
#ifndef ESPSIMD_AEAD_GCM_PART_H
#define ESPSIMD_AEAD_GCM_PART_H

/*
 * Loads @n bytes, fewer than a block; then zeros. Of the pieces that they are
 * put together from some have the same bytes, in the same places.
 */
static __always_inline __m128i gcm_load_part(const u8 *p, unsigned int n)
{
	u64 low = 0, high = 0;
	u32 word[2];

	if (n >= 8) {
		espsimd_copy(&low, p, 8);
		espsimd_copy(&high, p + n - 8, 8);
		/* By 64 bits in all if there are none: two shifts. */
		high = high >> 8 * (15 - n) >> 8;
	} else if (n >= 4) {
		espsimd_copy(&word[0], p, 4);
		espsimd_copy(&word[1], p + n - 4, 4);
		low = word[0] | (u64)word[1] << 8 * (n - 4);
	} else if (n) {
		low = p[0] | (u32)p[n / 2] << 8 * (n / 2) |
		      (u32)p[n - 1] << 8 * (n - 1);
	}
	return _mm_set_epi64x(high, low);
}

/* Stores the first @n bytes of a block, fewer than it has. */
static __always_inline void gcm_store_part(u8 *p, __m128i v, unsigned int n)
{
	u64 low = _mm_cvtsi128_si64(v), high = _mm_extract_epi64(v, 1);
	u32 word[2];

	if (n >= 8) {
		high = low >> 8 * (n - 8) | high << 8 * (15 - n) << 8;
		espsimd_copy(p, &low, 8);
		espsimd_copy(p + n - 8, &high, 8);
	} else if (n >= 4) {
		word[0] = low;
		word[1] = low >> 8 * (n - 4);
		espsimd_copy(p, &word[0], 4);
		espsimd_copy(p + n - 4, &word[1], 4);
	} else if (n) {
		p[0] = low;
		p[n / 2] = low >> 8 * (n / 2);
		p[n - 1] = low >> 8 * (n - 1);
	}
}

/* The tag that was received, or zeros instead if it is to be ignored. */
static __always_inline __m128i gcm_get_tag(const struct espsimd_aead_msg *msg)
{
	u64 half[2] = { 0, 0 };

	switch (msg->key->tag_len) {
	case 16:
		return gcm_load(msg->tag);
	case 12:
		espsimd_copy(half, msg->tag, 12);
		break;
	default:
		espsimd_copy(half, msg->tag, 8);
		break;
	}
	return _mm_set_epi64x(half[1], half[0]);
}

/* What differs in the bytes that a tag has. */
static __always_inline __m128i gcm_tag_diff(const struct espsimd_aead_msg *msg,
					    __m128i tag, __m128i received)
{
	static const u8 mask[2 * ESPSIMD_AEAD_TAG_MAX] = {
		[0 ... ESPSIMD_AEAD_TAG_MAX - 1] = 0xff
	};
	const u8 *from = mask + ESPSIMD_AEAD_TAG_MAX - msg->key->tag_len;

	return _mm_and_si128(_mm_xor_si128(tag, received), gcm_load(from));
}

static __always_inline void gcm_put_tag(const struct espsimd_aead_msg *msg,
					__m128i tag)
{
	u8 buf[ESPSIMD_AEAD_TAG_MAX];

	gcm_store(buf, tag);
	/* Constant lengths make each copy one or two instructions. */
	switch (msg->key->tag_len) {
	case 16:
		espsimd_copy(msg->tag, buf, 16);
		break;
	case 12:
		espsimd_copy(msg->tag, buf, 12);
		break;
	default:
		espsimd_copy(msg->tag, buf, 8);
		break;
	}
}

#endif /* ESPSIMD_AEAD_GCM_PART_H */
