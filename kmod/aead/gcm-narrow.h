/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Groups and tails for tiers that have 16 vector registers and no byte masks:
 * AVX2 and AES-NI differ in nothing but the width of a vector. Before including
 * this they define GCM_VEC_BLOCKS and, with the prefix gcm_v_, what they do to
 * one vector.
 *
 * A group is 8 vectors, which leaves registers for nothing but the hash:
 * round keys come from memory whenever they are used, and of the ciphertext
 * only the vector that is hashed just now is in a register.
 */
#ifndef ESPSIMD_AEAD_GCM_NARROW_H
#define ESPSIMD_AEAD_GCM_NARROW_H

#define GCM_VECS	8
#define GCM_VEC_BYTES	(GCM_VEC_BLOCKS * GCM_BLOCK)

/**
 * struct gcm_state - a message on its way through a tier
 * @lo: sum of the products' bits 0 to 127, not reduced
 * @mid: sum of the products' bits 64 to 191
 * @hi: sum of the products' bits 128 to 255
 * @nonce: counter block with its bytes reversed and a counter of 0
 * @key: the key
 * @counter: counter of the next block
 * @power: index of the power that belongs to the next block to hash
 * @left: blocks still to be hashed, the block of lengths included
 *
 * @power and @left cut the hash into chunks: the sum is reduced whenever the
 * powers are used up, and a new chunk starts so that the last one ends with
 * H^1. Chunks end only between groups.
 */
struct gcm_state {
	gcm_vec lo, mid, hi;
	__m128i nonce;
	const struct espsimd_aead_key *key;
	u32 counter;
	u32 power;
	u32 left;
};

/*
 * Which power the first of the blocks that are left goes with, in a chunk that
 * begins between groups or before what comes after them. What does not fit in
 * a chunk, with @blocks > POWERS = CHUNK + 2, has at least CHUNK blocks in
 * whole groups, because after them come at most GCM_GROUP + 1.
 */
static __always_inline u32 gcm_chunk_power(u32 blocks)
{
	if (blocks <= ESPSIMD_AEAD_POWERS)
		return ESPSIMD_AEAD_POWERS - blocks;
	return ESPSIMD_AEAD_POWERS - ESPSIMD_AEAD_CHUNK;
}

/*
 * The same for the block of associated data, the first of all @blocks: in front
 * of it there is nothing, so one more fits in the first chunk. The argument
 * above holds for the other @blocks - 1 > CHUNK + 1.
 */
static __always_inline u32 gcm_first_chunk(u32 blocks)
{
	if (blocks <= ESPSIMD_AEAD_POWERS)
		return ESPSIMD_AEAD_POWERS - blocks;
	return ESPSIMD_AEAD_POWERS - ESPSIMD_AEAD_CHUNK - 1;
}

static __always_inline gcm_vec gcm_round_key(const struct espsimd_aead_key *key,
					     unsigned int i)
{
	return gcm_v_broadcast(gcm_load(key->round_keys[i]));
}

/* One AES round of @n vectors. */
static __always_inline void gcm_round(gcm_vec *b,
				      const struct espsimd_aead_key *key,
				      unsigned int round, const unsigned int n)
{
	const gcm_vec k = gcm_round_key(key, round);
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < n; i++)
		b[i] = gcm_v_aesenc(b[i], k);
}

/* Sets up the counters of @n vectors, and adds the first round key. */
static __always_inline void gcm_first_round(struct gcm_state *s, gcm_vec *b,
					    const unsigned int n)
{
	const gcm_vec k = gcm_round_key(s->key, 0);
	__m128i next = _mm_add_epi32(s->nonce, _mm_cvtsi32_si128(s->counter));
	gcm_vec ctr = gcm_v_add(gcm_v_broadcast(next), gcm_v_lanes());
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < n; i++) {
		b[i] = gcm_v_xor(gcm_v_swap(ctr), k);
		ctr = gcm_v_add(ctr, gcm_v_step());
	}
}

/* Adds the product of a vector and the powers at @h to the message's sum. */
static __always_inline void gcm_hash(struct gcm_state *s, gcm_vec x,
				     const u8 *h)
{
	const gcm_vec p = gcm_v_load(h);

	s->lo = gcm_v_xor(s->lo, gcm_v_clmul(x, p, 0x00));
	s->hi = gcm_v_xor(s->hi, gcm_v_clmul(x, p, 0x11));
	s->mid = gcm_v_xor(s->mid, gcm_v_clmul(x, p, 0x01));
	s->mid = gcm_v_xor(s->mid, gcm_v_clmul(x, p, 0x10));
	gcm_pin(s->lo);
	gcm_pin(s->mid);
	gcm_pin(s->hi);
}

/* The hash so far, reduced and in one block. */
static __always_inline __m128i gcm_sum(const struct gcm_state *s)
{
	return gcm_reduce(gcm_v_fold(s->lo), gcm_v_fold(s->mid),
			  gcm_v_fold(s->hi));
}

/*
 * Starts a new chunk of the hash if the powers are used up. What it gives has
 * to be added to the next block.
 */
static __always_inline gcm_vec gcm_next_chunk(struct gcm_state *s)
{
	gcm_vec carry = gcm_widen(_mm_setzero_si128());

	if (s->power == ESPSIMD_AEAD_POWERS) {
		carry = gcm_widen(gcm_sum(s));
		s->lo = gcm_widen(_mm_setzero_si128());
		s->mid = s->lo;
		s->hi = s->lo;
		s->power = gcm_chunk_power(s->left);
	}
	return carry;
}

/*
 * Takes a vector of ciphertext to be opened. It is read only once, because the
 * source may be memory that others can change: what is decrypted must be what
 * was hashed. Until it is decrypted, the destination holds it.
 */
static __always_inline gcm_vec gcm_take(const u8 *src, u8 *dst)
{
	gcm_vec v = gcm_v_load(src);

	gcm_pin(v);
	gcm_v_store(dst, v);
	return v;
}

/*
 * Encrypts or decrypts a group. Sealing hashes the group before, whose
 * ciphertext is in front of the destination, unless there is none; opening
 * hashes the same group.
 */
static __always_inline void gcm_group(struct gcm_state *s, const u8 *src,
				      u8 *dst, const bool seal, const bool hash)
{
	gcm_vec b[GCM_VECS], x, carry, k;
	const u8 *h;
	unsigned int i;

	/* Or the compiler would copy all round keys to the stack at first. */
	__asm__("" : "+r"(s->key));

	gcm_first_round(s, b, GCM_VECS);
	s->counter += GCM_GROUP;
	carry = hash ? gcm_next_chunk(s) : b[0];
	h = s->key->powers[s->power];

#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++) {
		gcm_round(b, s->key, i + 1, GCM_VECS);
		if (!hash)
			continue;
		if (seal)
			x = gcm_v_load(dst - GCM_GROUP_BYTES +
				       i * GCM_VEC_BYTES);
		else
			x = gcm_take(src + i * GCM_VEC_BYTES,
				     dst + i * GCM_VEC_BYTES);
		x = gcm_v_swap(x);
		if (!i)
			x = gcm_v_xor(x, carry);
		gcm_hash(s, x, h + i * GCM_VEC_BYTES);
	}
	if (hash) {
		s->power += GCM_GROUP;
		s->left -= GCM_GROUP;
	}
	for (i = GCM_VECS + 1; i < s->key->rounds; i++)
		gcm_round(b, s->key, i, GCM_VECS);

	k = gcm_round_key(s->key, s->key->rounds);
	if (!seal)
		src = dst;
#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++) {
		x = gcm_v_xor(k, gcm_v_load(src + i * GCM_VEC_BYTES));
		gcm_v_store(dst + i * GCM_VEC_BYTES,
			    gcm_v_aesenclast(b[i], x));
	}
}

/* Hashes the group in front of @end alone. */
static __always_inline void gcm_hash_group(struct gcm_state *s, const u8 *end)
{
	gcm_vec x, carry = gcm_next_chunk(s);
	const u8 *h = s->key->powers[s->power];
	unsigned int i;

#pragma GCC unroll 16
	for (i = 0; i < GCM_VECS; i++) {
		x = gcm_v_swap(gcm_v_load(end - GCM_GROUP_BYTES +
					  i * GCM_VEC_BYTES));
		if (!i)
			x = gcm_v_xor(x, carry);
		gcm_hash(s, x, h + i * GCM_VEC_BYTES);
	}
	s->power += GCM_GROUP;
	s->left -= GCM_GROUP;
}

static noinline void espsimd_gcm_groups_seal(struct gcm_state *state,
					     const u8 *src, u8 *dst,
					     unsigned int n)
{
	struct gcm_state s = *state;

	gcm_group(&s, src, dst, true, false);
	while (--n) {
		src += GCM_GROUP_BYTES;
		dst += GCM_GROUP_BYTES;
		gcm_group(&s, src, dst, true, true);
	}
	gcm_hash_group(&s, dst + GCM_GROUP_BYTES);
	*state = s;
}

static noinline void espsimd_gcm_groups_open(struct gcm_state *state,
					     const u8 *src, u8 *dst,
					     unsigned int n)
{
	struct gcm_state s = *state;

	for (; n; n--) {
		gcm_group(&s, src, dst, false, true);
		src += GCM_GROUP_BYTES;
		dst += GCM_GROUP_BYTES;
	}
	*state = s;
}

/* Copies fewer bytes than a vector has. */
static __always_inline void gcm_copy_part(u8 *dst, const u8 *src,
					  unsigned int n)
{
	unsigned int step;

#pragma GCC unroll 16
	for (step = GCM_VEC_BYTES / 2; step; step /= 2) {
		if (n & step) {
			espsimd_copy(dst, src, step);
			dst += step;
			src += step;
		}
	}
}

/* The first @n bytes of a vector, which are fewer than it has; then zeros. */
static __always_inline gcm_vec gcm_first_bytes(gcm_vec v, unsigned int n)
{
	static const u8 mask[2 * GCM_VEC_BYTES] = {
		[0 ... GCM_VEC_BYTES - 1] = 0xff
	};

	return gcm_v_and(v, gcm_v_load(mask + GCM_VEC_BYTES - n));
}

/*
 * The last @len bytes, in up to @n vectors. The block that the tag is encrypted
 * with goes along with the counters.
 */
static __always_inline __m128i gcm_tail_vecs(struct gcm_state *s, const u8 *src,
					     u8 *dst, unsigned int len,
					     __m128i lengths,
					     const unsigned int n,
					     const bool seal)
{
	const struct espsimd_aead_key *key = s->key;
	__m128i lo, mid, hi, tag;
	gcm_vec b[GCM_VECS], carry, data, k;
	u8 part[GCM_VEC_BYTES];
	unsigned int i, bytes;
	const u8 *h;

	gcm_first_round(s, b, n);
	tag = gcm_swap(_mm_add_epi32(s->nonce, _mm_cvtsi32_si128(1)));
	tag = _mm_xor_si128(tag, gcm_load(key->round_keys[0]));
#pragma GCC unroll 16
	for (i = 1; i < 10; i++) {
		gcm_round(b, key, i, n);
		tag = _mm_aesenc_si128(tag, gcm_load(key->round_keys[i]));
	}
	for (; i < key->rounds; i++) {
		gcm_round(b, key, i, n);
		tag = _mm_aesenc_si128(tag, gcm_load(key->round_keys[i]));
	}
	k = gcm_round_key(key, i);
	tag = _mm_aesenclast_si128(tag, gcm_load(key->round_keys[i]));

	carry = gcm_next_chunk(s);
	h = key->powers[s->power];
#pragma GCC unroll 16
	for (i = 0; i < n; i++) {
		if (len <= i * GCM_VEC_BYTES)
			break;
		bytes = len - i * GCM_VEC_BYTES;
		if (bytes >= GCM_VEC_BYTES) {
			data = gcm_v_load(src + i * GCM_VEC_BYTES);
			gcm_pin(data);
			b[i] = gcm_v_aesenclast(b[i], gcm_v_xor(data, k));
			gcm_v_store(dst + i * GCM_VEC_BYTES, b[i]);
			data = seal ? b[i] : data;
		} else {
			gcm_copy_part(part, src + i * GCM_VEC_BYTES, bytes);
			data = gcm_v_load(part);
			b[i] = gcm_v_aesenclast(b[i], gcm_v_xor(data, k));
			gcm_v_store(part, b[i]);
			gcm_copy_part(dst + i * GCM_VEC_BYTES, part, bytes);
			data = gcm_first_bytes(seal ? b[i] : data, bytes);
		}
		data = gcm_v_xor(gcm_v_swap(data), carry);
		carry = gcm_widen(_mm_setzero_si128());
		gcm_hash(s, data, h + i * GCM_VEC_BYTES);
	}

	lengths = _mm_xor_si128(lengths, gcm_v_fold(carry));
	lo = gcm_v_fold(s->lo);
	mid = gcm_v_fold(s->mid);
	hi = gcm_v_fold(s->hi);
	gcm_mul_add(&lo, &mid, &hi, lengths,
		    gcm_load(key->powers[ESPSIMD_AEAD_POWERS - 1]));
	return _mm_xor_si128(tag, gcm_swap(gcm_reduce(lo, mid, hi)));
}

static __always_inline __m128i gcm_tail_any(struct gcm_state *state,
					    const u8 *src, u8 *dst,
					    unsigned int len, __m128i lengths,
					    const bool seal)
{
	struct gcm_state s = *state;

	if (len <= 2 * GCM_VEC_BYTES)
		return gcm_tail_vecs(&s, src, dst, len, lengths, 2, seal);
	if (len <= 4 * GCM_VEC_BYTES)
		return gcm_tail_vecs(&s, src, dst, len, lengths, 4, seal);
	return gcm_tail_vecs(&s, src, dst, len, lengths, 8, seal);
}

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

static __always_inline __m128i gcm_aad(const struct espsimd_aead_msg *msg)
{
	u32 word[3];

	espsimd_copy(word, msg->aad, sizeof(word));
	if (msg->aad_len != ESPSIMD_AEAD_AAD_ESN_LEN)
		word[2] = 0;
	return gcm_swap(_mm_set_epi32(0, word[2], word[1], word[0]));
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

static __always_inline __m128i gcm_message(const struct espsimd_aead_msg *msg,
					   const u8 *head, const bool seal)
{
	__m128i lengths = _mm_set_epi64x(msg->aad_len, msg->len);
	unsigned int groups = gcm_whole_groups(msg->len);
	unsigned int done = groups * GCM_GROUP_BYTES;
	__m128i tag, received;
	struct gcm_state s;
	const u8 *src;

	if (!seal)
		received = gcm_get_tag(msg);
	if (head)
		lengths = gcm_load(head);
	lengths = _mm_slli_epi64(lengths, 3);
	gcm_start(&s, msg, head ? gcm_load(head + GCM_BLOCK) : gcm_aad(msg));
	if (espsimd_unlikely(msg->nr_segs > 1)) {
		tag = espsimd_gcm_segments(&s, msg, lengths, seal);
	} else {
		src = msg->nr_segs ? msg->src->data : NULL;
		if (groups) {
			gcm_groups(&s, src, msg->dst, groups, seal);
			src += done;
		}
		tag = gcm_tail(&s, src, msg->dst + done, msg->len - done,
			       lengths, seal);
	}
	return seal ? tag : gcm_tag_diff(msg, tag, received);
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

#endif /* ESPSIMD_AEAD_GCM_NARROW_H */
