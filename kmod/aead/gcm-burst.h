/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is done to a message apart from the vectors: its parts, its segments,
 * its tag, and the burst that it is in. Each tier includes this once, after
 * defining
 *
 *	GCM_TIER(name)	appends the tier's name to a function's
 *	gcm_widen()	a vector that is a block, zeros after it
 *	espsimd_gcm_groups_seal(), espsimd_gcm_groups_open() do whole groups
 *	gcm_tail_any()	does what is left, up to a group, and gives the tag
 *	gcm_clear_vectors() clears the vector registers
 */
#ifndef ESPSIMD_AEAD_GCM_BURST_H
#define ESPSIMD_AEAD_GCM_BURST_H

static noinline __m128i espsimd_gcm_tail_seal(struct gcm_state *s,
					      const u8 *src, u8 *dst,
					      unsigned int len, __m128i lengths)
{
	return gcm_tail_any(s, src, dst, len, lengths, true);
}

static noinline __m128i espsimd_gcm_tail_open(struct gcm_state *s,
					      const u8 *src, u8 *dst,
					      unsigned int len, __m128i lengths)
{
	return gcm_tail_any(s, src, dst, len, lengths, false);
}

static __always_inline __m128i gcm_tail(struct gcm_state *s, const u8 *src,
					u8 *dst, unsigned int len,
					__m128i lengths, const bool seal)
{
	return seal ? espsimd_gcm_tail_seal(s, src, dst, len, lengths) :
		      espsimd_gcm_tail_open(s, src, dst, len, lengths);
}

static __always_inline void gcm_groups(struct gcm_state *s, const u8 *src,
				       u8 *dst, unsigned int n, const bool seal)
{
	if (seal)
		espsimd_gcm_groups_seal(s, src, dst, n);
	else
		espsimd_gcm_groups_open(s, src, dst, n);
}

/* A place in a message's list of segments. */
struct gcm_cursor {
	const struct espsimd_aead_seg *seg;
	const u8 *data;
	unsigned int len;
};

/* Copies the next @len bytes of a message together, however they lie. */
static void espsimd_gcm_gather(struct gcm_cursor *at, u8 *buf, unsigned int len)
{
	unsigned int n;

	while (len) {
		while (!at->len) {
			at->seg++;
			at->data = at->seg->data;
			at->len = at->seg->len;
		}
		n = at->len < len ? at->len : len;
		espsimd_copy(buf, at->data, n);
		buf += n;
		len -= n;
		at->data += n;
		at->len -= n;
	}
}

/* The tail can be a whole group, and has something to do if there is any. */
static __always_inline unsigned int gcm_whole_groups(unsigned int len)
{
	return len ? (len - 1) / GCM_GROUP_BYTES : 0;
}

/*
 * Groups inside of a segment are done in place; one that crosses a border
 * between segments is put together in a buffer first.
 */
static noinline __m128i espsimd_gcm_segments(struct gcm_state *s,
					     const struct espsimd_aead_msg *msg,
					     __m128i lengths, const bool seal)
{
	struct gcm_cursor at = { msg->src, msg->src->data, msg->src->len };
	unsigned int left = msg->len, n;
	u8 buf[GCM_GROUP_BYTES] __aligned(64);
	u8 *dst = msg->dst;
	__m128i tag;

	while (left > GCM_GROUP_BYTES) {
		n = at.len < left ? at.len / GCM_GROUP_BYTES :
				    gcm_whole_groups(left);
		if (n) {
			gcm_groups(s, at.data, dst, n, seal);
			n *= GCM_GROUP_BYTES;
			at.data += n;
			at.len -= n;
		} else {
			n = GCM_GROUP_BYTES;
			espsimd_gcm_gather(&at, buf, n);
			gcm_groups(s, buf, dst, 1, seal);
		}
		dst += n;
		left -= n;
	}
	if (at.len < left) {
		espsimd_gcm_gather(&at, buf, left);
		at.data = buf;
	}
	tag = gcm_tail(s, at.data, dst, left, lengths, seal);
	espsimd_wipe(buf, sizeof(buf));
	espsimd_gcm_wipe_stack();
	return tag;
}

/*
 * Begins a message: associated data is one block, the lengths are one more.
 */
static __always_inline void gcm_start(struct gcm_state *s,
				      const struct espsimd_aead_msg *msg,
				      __m128i first)
{
	const u32 blocks = (msg->len + GCM_BLOCK - 1) / GCM_BLOCK + 1;
	__m128i lo = _mm_setzero_si128(), mid = lo, hi = lo;
	u32 iv[2];

	espsimd_copy(iv, msg->iv, sizeof(iv));
	s->key = msg->key;
	s->nonce = gcm_swap(_mm_set_epi32(0, iv[1], iv[0], s->key->salt));
	s->counter = 2;
	s->left = blocks;
	s->power = gcm_first_chunk(blocks + 1);
	gcm_mul_add(&lo, &mid, &hi, first, gcm_load(s->key->powers[s->power]));
	s->power++;
	s->lo = gcm_widen(lo);
	s->mid = gcm_widen(mid);
	s->hi = gcm_widen(hi);
}

/*
 * Does all of a message, except for what becomes of the tag. @first is the last
 * block of associated data, its bytes reversed, with the hash of those before
 * it added.
 */
static __always_inline __m128i gcm_message(const struct espsimd_aead_msg *msg,
					   __m128i first, u64 aad_len,
					   const bool seal)
{
	const __m128i lengths = _mm_set_epi64x(aad_len * 8, (u64)msg->len * 8);
	unsigned int groups = gcm_whole_groups(msg->len);
	unsigned int done = groups * GCM_GROUP_BYTES;
	struct gcm_state s;
	const u8 *src;

	gcm_start(&s, msg, first);
	if (espsimd_unlikely(msg->nr_segs > 1))
		return espsimd_gcm_segments(&s, msg, lengths, seal);

	src = msg->nr_segs ? msg->src->data : NULL;
	if (groups) {
		gcm_groups(&s, src, msg->dst, groups, seal);
		src += done;
	}
	return gcm_tail(&s, src, msg->dst + done, msg->len - done, lengths,
			seal);
}

static __always_inline __m128i gcm_aad(const struct espsimd_aead_msg *msg)
{
	u32 word[3];

	espsimd_copy(word, msg->aad, sizeof(word));
	if (msg->aad_len != ESPSIMD_AEAD_AAD_ESN_LEN)
		word[2] = 0;
	return gcm_swap(_mm_set_epi32(0, word[2], word[1], word[0]));
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

/* Compares all bytes, wherever the first difference is. */
static __always_inline bool gcm_tag_equal(const struct espsimd_aead_msg *msg,
					  __m128i tag)
{
	u64 want[2] = { 0, 0 }, got[2], diff;

	gcm_store(got, tag);
	switch (msg->key->tag_len) {
	case 16:
		espsimd_copy(want, msg->tag, 16);
		break;
	case 12:
		espsimd_copy(want, msg->tag, 12);
		got[1] = (u32)got[1];
		break;
	default:
		espsimd_copy(want, msg->tag, 8);
		got[1] = 0;
		break;
	}
	diff = (want[0] ^ got[0]) | (want[1] ^ got[1]);
	/* The right tag of a forged message is as secret as the key. */
	espsimd_wipe(got, sizeof(got));
	return !diff;
}

static __always_inline bool gcm_open_one(struct espsimd_aead_msg *msg,
					 __m128i first, u64 aad_len)
{
	__m128i tag = gcm_message(msg, first, aad_len, false);

	msg->authentic = gcm_tag_equal(msg, tag);
	if (espsimd_unlikely(!msg->authentic))
		__builtin_memset(msg->dst, 0, msg->len);
	return msg->authentic;
}

static noinline void espsimd_gcm_seal_burst(struct espsimd_aead_msg *msgs,
					    unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		gcm_put_tag(&msgs[i],
			    gcm_message(&msgs[i], gcm_aad(&msgs[i]),
					msgs[i].aad_len, true));
}

static noinline bool espsimd_gcm_open_burst(struct espsimd_aead_msg *msgs,
					    unsigned int nr)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < nr; i++)
		all &= gcm_open_one(&msgs[i], gcm_aad(&msgs[i]),
				    msgs[i].aad_len);
	return all;
}

void GCM_TIER(espsimd_aead_seal)(struct espsimd_aead_msg *msgs, unsigned int nr)
{
	espsimd_gcm_seal_burst(msgs, nr);
	espsimd_gcm_wipe_stack();
	gcm_clear_vectors();
}

bool GCM_TIER(espsimd_aead_open)(struct espsimd_aead_msg *msgs, unsigned int nr)
{
	bool all = espsimd_gcm_open_burst(msgs, nr);

	espsimd_gcm_wipe_stack();
	gcm_clear_vectors();
	return all;
}

#ifndef __KERNEL__
/* Hashes all but the last block of associated data of any length. */
static __m128i gcm_long_aad(const struct espsimd_aead_key *key, const u8 *aad,
			    unsigned int len)
{
	const __m128i h = gcm_load(key->powers[ESPSIMD_AEAD_POWERS - 1]);
	__m128i y = _mm_setzero_si128();
	u8 buf[GCM_BLOCK] = { 0 };

	while (len > GCM_BLOCK) {
		y = _mm_xor_si128(y, gcm_swap(gcm_load(aad)));
		y = gcm_mul(y, h);
		aad += GCM_BLOCK;
		len -= GCM_BLOCK;
	}
	if (len)
		espsimd_copy(buf, aad, len);
	return _mm_xor_si128(y, gcm_swap(gcm_load(buf)));
}

bool GCM_TIER(espsimd_aead_raw)(struct espsimd_aead_msg *msg, const u8 *aad,
				unsigned int aad_len, bool seal)
{
	__m128i first = gcm_long_aad(msg->key, aad, aad_len);

	if (!seal)
		return gcm_open_one(msg, first, aad_len);
	gcm_put_tag(msg, gcm_message(msg, first, aad_len, true));
	return true;
}
#endif /* !__KERNEL__ */

#endif /* ESPSIMD_AEAD_GCM_BURST_H */
