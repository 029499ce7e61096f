/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tier's entry points: bursts of messages, and what they leave behind. Each
 * tier includes this once, after defining
 *
 *	GCM_TIER(name)	appends the tier's name to a function's
 *	gcm_message()	does all of a message but the tag, which it gives; when
 *			opening, the difference between the tag and the one
 *			received, in as many bytes as that has
 *	gcm_put_tag()	writes a message's tag
 *	gcm_clear_vectors() clears the vector registers
 *
 * The second argument of gcm_message() is NULL. Tests with public vectors give
 * it what stands for a message's associated data: 32 bytes, of which the first
 * 16 are the lengths of payload and associated data in bytes, as 64 bits each;
 * the others are the last block of associated data, its bytes reversed, with
 * the hash of those before it added.
 */
#ifndef ESPSIMD_AEAD_GCM_BURST_H
#define ESPSIMD_AEAD_GCM_BURST_H

/*
 * Keys are fetched that many messages ahead. Where many SAs take turns the
 * next key is in no cache that is near: of a message of 1424 bytes most of the
 * time would be spent waiting for its 29 lines. More messages ahead would gain
 * for short ones only, and long ones would drive the keys out again.
 */
#define GCM_AHEAD	4

#define GCM_LINE	64

/* Calls of a function with builtins for this alone were left out by gcc. */
static __always_inline void gcm_fetch(const u8 *line)
{
	__asm__ __volatile__("prefetcht0 %0" : : "m"(*line));
}

/*
 * Fetches what a message needs of its key: the round keys and the base in front
 * of the powers, and the last ones of these. Not inlined, since keys are mostly
 * the same: then nothing of this is to stand between two messages.
 */
static noinline void espsimd_gcm_fetch_key(const struct espsimd_aead_msg *msg)
{
	const u8 *at = (const u8 *)msg->key, *end = (const u8 *)(msg->key + 1);
	/* The block of the lengths, that of the data, and one in part. */
	u32 blocks = msg->len / GCM_BLOCK + 3;
	const u8 *powers;

	if (blocks > ESPSIMD_AEAD_POWERS)
		blocks = ESPSIMD_AEAD_POWERS;
	powers = msg->key->powers[ESPSIMD_AEAD_POWERS - blocks];
	for (; at < msg->key->powers[0]; at += GCM_LINE)
		gcm_fetch(at);
	for (at = powers; at < end; at += GCM_LINE)
		gcm_fetch(at);
}

/* Fetches the key of a message, if it is not the key of the one before. */
static __always_inline void gcm_fetch_key(const struct espsimd_aead_msg *msg,
					  const struct espsimd_aead_msg *end)
{
	if (msg < end && espsimd_unlikely(msg->key != (msg - 1)->key))
		espsimd_gcm_fetch_key(msg);
}

/* Fetches the keys that a burst begins with, but for the very first. */
static noinline void
espsimd_gcm_fetch_first_keys(const struct espsimd_aead_msg *msgs,
			     const struct espsimd_aead_msg *end)
{
	unsigned int i;

	for (i = 1; i < GCM_AHEAD; i++)
		gcm_fetch_key(msgs + i, end);
}

static __always_inline void gcm_seal_one(const struct espsimd_aead_msg *msg,
					 const u8 *head)
{
	gcm_put_tag(msg, gcm_message(msg, head, true));
}

static __always_inline bool gcm_open_one(struct espsimd_aead_msg *msg,
					 const u8 *head)
{
	__m128i diff = gcm_message(msg, head, false);

	/* All bytes at once, wherever the first difference is. */
	msg->authentic = _mm_testz_si128(diff, diff);
	if (espsimd_unlikely(!msg->authentic))
		__builtin_memset(msg->dst, 0, msg->len);
	return msg->authentic;
}

static noinline void espsimd_gcm_seal_burst(struct espsimd_aead_msg *msgs,
					    unsigned int nr)
{
	struct espsimd_aead_msg *end = msgs + nr;

	if (nr > 1)
		espsimd_gcm_fetch_first_keys(msgs, end);
	for (; msgs < end; msgs++) {
		gcm_fetch_key(msgs + GCM_AHEAD, end);
		gcm_seal_one(msgs, NULL);
	}
}

static noinline bool espsimd_gcm_open_burst(struct espsimd_aead_msg *msgs,
					    unsigned int nr)
{
	struct espsimd_aead_msg *end = msgs + nr;
	bool all = true;

	if (nr > 1)
		espsimd_gcm_fetch_first_keys(msgs, end);
	for (; msgs < end; msgs++) {
		gcm_fetch_key(msgs + GCM_AHEAD, end);
		all &= gcm_open_one(msgs, NULL);
	}
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
static void gcm_long_aad(u8 block[GCM_BLOCK],
			 const struct espsimd_aead_key *key, const u8 *aad,
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
	gcm_store(block, _mm_xor_si128(y, gcm_swap(gcm_load(buf))));
}

bool GCM_TIER(espsimd_aead_raw)(struct espsimd_aead_msg *msg, const u8 *aad,
				unsigned int aad_len, bool seal)
{
	u64 lengths[2] = { msg->len, aad_len };
	u8 head[2 * GCM_BLOCK];

	espsimd_copy(head, lengths, GCM_BLOCK);
	gcm_long_aad(head + GCM_BLOCK, msg->key, aad, aad_len);
	if (!seal)
		return gcm_open_one(msg, head);
	gcm_seal_one(msg, head);
	return true;
}
#endif /* !__KERNEL__ */

#endif /* ESPSIMD_AEAD_GCM_BURST_H */
