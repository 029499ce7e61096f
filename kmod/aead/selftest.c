// SPDX-License-Identifier: GPL-2.0
/*
 * Known-answer test of a tier, before anything depends on it: the tags of
 * messages of many shapes, which depend on all of their ciphertext.
 */
#include "key.h"
#include "tiers.h"

#ifdef __KERNEL__
#include <linux/array_size.h>
#include <linux/build_bug.h>
#endif

struct selftest_vector {
	unsigned int key_len, aad_len, len;
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
};

#include "selftest-vectors.h"

#define SELFTEST_MAX	2048

/* Not on the stack, which is small. Run at start by one thread alone. */
static struct espsimd_aead_key selftest_key;
static u8 selftest_plain[SELFTEST_MAX], selftest_sealed[SELFTEST_MAX];
static u8 selftest_opened[SELFTEST_MAX];

/* Bytes that differ from their neighbours; the generator does the same. */
static u8 selftest_byte(unsigned int i)
{
	return (i * 167 + (i >> 8) * 59 + 11) & 0xff;
}

static void selftest_fill(u8 *p, unsigned int len, unsigned int from)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		p[i] = selftest_byte(from + i);
}

static bool selftest_is_zero(const u8 *p, unsigned int len)
{
	unsigned int i;
	u8 sum = 0;

	for (i = 0; i < len; i++)
		sum |= p[i];
	return !sum;
}

/* Cuts a message in three, or leaves it whole. */
static unsigned int selftest_cut(struct espsimd_aead_seg seg[3], const u8 *data,
				 unsigned int len, bool cut)
{
	unsigned int first = cut ? len / 3 : len;
	unsigned int second = cut ? len / 2 - first : 0;

	seg[0].data = data;
	seg[0].len = first;
	seg[1].data = data + first;
	seg[1].len = second;
	seg[2].data = data + first + second;
	seg[2].len = len - first - second;
	return cut ? 3 : 1;
}

static bool selftest_one(enum espsimd_tier tier,
			 const struct selftest_vector *v, bool cut)
{
	u8 raw[ESPSIMD_AEAD_KEY_MAX], salt[ESPSIMD_AEAD_SALT_LEN];
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
	struct espsimd_aead_seg seg[3];
	struct espsimd_aead_msg msg = {
		.key = &selftest_key,
		.src = seg,
		.dst = selftest_sealed,
		.tag = tag,
		.len = v->len,
		.aad_len = v->aad_len,
	};

	selftest_fill(raw, v->key_len, 1000);
	selftest_fill(salt, sizeof(salt), 2000);
	selftest_fill(msg.iv, sizeof(msg.iv), 3000);
	selftest_fill(msg.aad, v->aad_len, 4000);
	selftest_fill(selftest_plain, v->len, 0);
	if (espsimd_aead_key_prepare(&selftest_key, raw, v->key_len, salt,
				     sizeof(tag)))
		return false;

	msg.nr_segs = selftest_cut(seg, selftest_plain, v->len, cut);
	espsimd_aead_seal(tier, &msg, 1);
	if (__builtin_memcmp(tag, v->tag, sizeof(tag)))
		return false;

	msg.nr_segs = selftest_cut(seg, selftest_sealed, v->len, cut);
	msg.dst = selftest_opened;
	if (!espsimd_aead_open(tier, &msg, 1) || !msg.authentic ||
	    __builtin_memcmp(selftest_opened, selftest_plain, v->len))
		return false;

	tag[v->len % sizeof(tag)] ^= 0x10;
	return !espsimd_aead_open(tier, &msg, 1) && !msg.authentic &&
	       selftest_is_zero(selftest_opened, v->len);
}

bool espsimd_aead_selftest(enum espsimd_tier tier)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(selftest_vectors); i++) {
		if (!selftest_one(tier, &selftest_vectors[i], false) ||
		    !selftest_one(tier, &selftest_vectors[i], true))
			return false;
	}
	return true;
}
