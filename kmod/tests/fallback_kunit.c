// SPDX-License-Identifier: GPL-2.0
/*
 * The forced fallback writes the same bytes as each tier of the engine, and as
 * the kernel's own rfc4106(gcm(aes)); each opens what another has sealed.
 */
#include <crypto/aead.h>
#include <linux/bottom_half.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>

#include "../fallback.h"
#include "../simd.h"
#include "test_sa.h"
#include "test_skb.h"

#define TEST_ROOM	(ESPSIMD_TEST_LEN_MAX + 64)
#define TEST_POISON	0x5a

/**
 * struct test_bench - memory for one message, filled with poison around it
 * @msg: the message
 * @segs: its segments
 * @plain: plaintext
 * @sealed: ciphertext
 * @out: where to write to
 * @tag: tag, with room to see whether more is written
 * @oracle_iv: nonce of the kernel's AEAD
 * @oracle_aad: its associated data
 */
struct test_bench {
	struct espsimd_aead_msg msg;
	struct espsimd_aead_seg segs[ESPSIMD_TEST_SEGS];
	u8 plain[TEST_ROOM];
	u8 sealed[TEST_ROOM];
	u8 out[TEST_ROOM];
	u8 tag[ESPSIMD_AEAD_TAG_MAX + 16];
	u8 oracle_iv[ESPSIMD_AEAD_IV_LEN];
	u8 oracle_aad[ESPSIMD_AEAD_AAD_ESN_LEN + ESPSIMD_AEAD_IV_LEN];
};

static struct test_bench *test_bench(struct kunit *test)
{
	struct test_bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	espsimd_test_fill(b->plain, sizeof(b->plain), 4106);
	memset(b->sealed, TEST_POISON, sizeof(b->sealed));

	return b;
}

/* Set the message up for the source @src, cut as @cut; all alignments vary. */
static u8 *test_set_msg(struct test_bench *b, const struct espsimd_sa *sa,
			const u8 *src, unsigned int len, unsigned int aad_len,
			enum espsimd_test_cut cut)
{
	struct espsimd_aead_msg *msg = &b->msg;

	memset(b->out, TEST_POISON, sizeof(b->out));
	memset(msg, 0, sizeof(*msg));
	espsimd_test_fill(msg->aad, aad_len, len);
	espsimd_test_fill(msg->iv, sizeof(msg->iv), len + 1);
	msg->aad_len = aad_len;
	msg->key = sa->aead;
	msg->src = b->segs;
	msg->nr_segs = espsimd_test_cut(b->segs, src, len, cut);
	msg->len = len;
	msg->dst = b->out + 8 + len % 11;
	msg->tag = b->tag;

	return msg->dst;
}

/* Seal or open the message by a tier, or by the fallback for none. */
static int test_crypt(struct kunit *test, struct test_bench *b,
		      const struct espsimd_sa *sa, enum espsimd_tier tier,
		      bool seal)
{
	if (tier == ESPSIMD_TIER_NONE)
		return espsimd_fallback_crypt(sa, &b->msg, seal);

	KUNIT_ASSERT_TRUE(test, espsimd_simd_begin());
	if (seal)
		espsimd_aead_seal(tier, &b->msg, 1);
	else
		espsimd_aead_open(tier, &b->msg, 1);
	espsimd_simd_end();

	return seal || b->msg.authentic ? 0 : -EBADMSG;
}

/* Only the message was written, nothing before and behind it. */
static void test_expect_bounds(struct kunit *test, const struct test_bench *b)
{
	const u8 *end = b->msg.dst + b->msg.len;

	KUNIT_ASSERT_TRUE(test, espsimd_test_is(b->out, b->msg.dst - b->out,
						TEST_POISON));
	KUNIT_ASSERT_TRUE(test,
			  espsimd_test_is(end, b->out + TEST_ROOM - end,
					  TEST_POISON));
}

/* Seal the plaintext; the result is in msg->dst and b->tag. */
static void test_seal(struct kunit *test, struct test_bench *b,
		      const struct espsimd_sa *sa, enum espsimd_tier tier,
		      unsigned int len, unsigned int aad_len,
		      enum espsimd_test_cut cut)
{
	memset(b->tag, TEST_POISON, sizeof(b->tag));
	test_set_msg(b, sa, b->plain + len % 7, len, aad_len, cut);
	KUNIT_ASSERT_EQ(test, 0, test_crypt(test, b, sa, tier, true));
	test_expect_bounds(test, b);
	KUNIT_ASSERT_TRUE(test,
			  espsimd_test_is(b->tag + sa->icv_len,
					  sizeof(b->tag) - sa->icv_len,
					  TEST_POISON));
}

/* Open what is in b->sealed and b->tag: it has to be the plaintext. */
static void test_open(struct kunit *test, struct test_bench *b,
		      const struct espsimd_sa *sa, enum espsimd_tier tier,
		      unsigned int len, unsigned int aad_len,
		      enum espsimd_test_cut cut)
{
	test_set_msg(b, sa, b->sealed, len, aad_len, cut);
	KUNIT_ASSERT_EQ(test, 0, test_crypt(test, b, sa, tier, false));
	KUNIT_ASSERT_TRUE(test, b->msg.authentic);
	KUNIT_ASSERT_MEMEQ(test, b->msg.dst, b->plain + len % 7, len);
	test_expect_bounds(test, b);
}

/* Fallback and every tier: the same bytes, and each opens them. */
static void test_agree(struct kunit *test, struct test_bench *b,
		       const struct espsimd_sa *sa, unsigned int len,
		       unsigned int aad_len, enum espsimd_test_cut cut)
{
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
	enum espsimd_tier tier;

	/* There are thousands of these in a row, and slow checkers. */
	cond_resched();
	test_seal(test, b, sa, ESPSIMD_TIER_NONE, len, aad_len, cut);
	memcpy(b->sealed, b->msg.dst, len);
	memcpy(tag, b->tag, sa->icv_len);
	KUNIT_ASSERT_MEMNEQ(test, b->sealed, b->plain + len % 7, len);
	test_open(test, b, sa, ESPSIMD_TIER_NONE, len, aad_len, cut);

	for (tier = ESPSIMD_TIER_AESNI; tier < ESPSIMD_TIER_NR; tier++) {
		if (!espsimd_aead_tier_usable(tier))
			continue;
		test_seal(test, b, sa, tier, len, aad_len, cut);
		KUNIT_ASSERT_MEMEQ_MSG(test, b->msg.dst, b->sealed, len,
				       "tier %s, %u bytes",
				       espsimd_aead_tier_name(tier), len);
		KUNIT_ASSERT_MEMEQ_MSG(test, b->tag, tag, sa->icv_len,
				       "tier %s, %u bytes",
				       espsimd_aead_tier_name(tier), len);
		test_open(test, b, sa, tier, len, aad_len, cut);
	}
}

static void test_engine_has_a_tier(struct kunit *test)
{
	/* Without one the comparisons below would compare nothing. */
	if (espsimd_aead_best_tier() == ESPSIMD_TIER_NONE)
		kunit_skip(test, "this CPU has no engine tier");
	KUNIT_EXPECT_TRUE(test, espsimd_aead_tier_usable(ESPSIMD_TIER_AESNI));
}

static void test_same_bytes_many_lengths(struct kunit *test)
{
	struct espsimd_test_sa *t = espsimd_test_sa(test, 16, 16);
	struct test_bench *b = test_bench(test);
	unsigned int len;

	for (len = 4; len <= 800; len++)
		test_agree(test, b, &t->sa, len, len & 1 ? 8 : 12,
			   len % ESPSIMD_TEST_CUT_NR);
	for (; len <= 4096; len += 19)
		test_agree(test, b, &t->sa, len, len & 1 ? 8 : 12,
			   len % ESPSIMD_TEST_CUT_NR);
	for (len = 4090; len <= 4100; len++)
		test_agree(test, b, &t->sa, len, 8, ESPSIMD_TEST_CUT_MANY);
	test_agree(test, b, &t->sa, 8999, 12, ESPSIMD_TEST_CUT_MANY);
	test_agree(test, b, &t->sa, ESPSIMD_TEST_LEN_MAX, 8,
		   ESPSIMD_TEST_CUT_WHOLE);
}

/**
 * struct test_kind - lengths of key and tag
 * @key_len: of the AES key in bytes
 * @tag_len: of the tag in bytes
 */
struct test_kind {
	unsigned int key_len;
	unsigned int tag_len;
};

static const struct test_kind test_kinds[] = {
	{ 16, 8 }, { 16, 12 }, { 16, 16 },
	{ 24, 8 }, { 24, 12 }, { 24, 16 },
	{ 32, 8 }, { 32, 12 }, { 32, 16 },
};

static void test_kind_name(const struct test_kind *kind, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "AES-%u, tag of %u bytes",
		 kind->key_len * 8, kind->tag_len);
}

KUNIT_ARRAY_PARAM(test_kinds, test_kinds, test_kind_name);

static const unsigned int test_lens[] = {
	4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 100, 127, 128, 255, 256, 257,
	511, 640, 767, 768, 769, 1023, 1400, 1408, 1500, 4096,
};

static void test_same_bytes_every_kind(struct kunit *test)
{
	const struct test_kind *kind = test->param_value;
	struct espsimd_test_sa *t;
	struct test_bench *b = test_bench(test);
	enum espsimd_test_cut cut;
	unsigned int i;

	t = espsimd_test_sa(test, kind->key_len, kind->tag_len);
	for (i = 0; i < ARRAY_SIZE(test_lens); i++)
		for (cut = 0; cut < ESPSIMD_TEST_CUT_NR; cut++) {
			test_agree(test, b, &t->sa, test_lens[i], 8, cut);
			test_agree(test, b, &t->sa, test_lens[i], 12, cut);
		}
}

/* Seal b->plain by the kernel's RFC 4106 to b->out; the tag goes behind it. */
static void test_oracle_seal(struct kunit *test, struct test_bench *b,
			     struct crypto_aead *oracle, unsigned int len,
			     unsigned int tag_len)
{
	const struct espsimd_aead_msg *msg = &b->msg;
	struct scatterlist src[2], dst[2];
	struct aead_request *req;

	/* RFC 4106 in the crypto API: the IV is behind the associated data. */
	memcpy(b->oracle_aad, msg->aad, msg->aad_len);
	memcpy(b->oracle_aad + msg->aad_len, msg->iv, sizeof(msg->iv));
	memcpy(b->oracle_iv, msg->iv, sizeof(msg->iv));

	sg_init_table(src, 2);
	sg_set_buf(&src[0], b->oracle_aad, msg->aad_len + sizeof(msg->iv));
	sg_set_buf(&src[1], b->plain + len % 7, len);
	sg_init_table(dst, 2);
	sg_set_buf(&dst[0], b->oracle_aad, msg->aad_len + sizeof(msg->iv));
	sg_set_buf(&dst[1], b->out, len + tag_len);

	req = aead_request_alloc(oracle, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, req);
	aead_request_set_callback(req, 0, NULL, NULL);
	aead_request_set_ad(req, msg->aad_len + sizeof(msg->iv));
	aead_request_set_crypt(req, src, dst, len, b->oracle_iv);
	KUNIT_EXPECT_EQ(test, 0, crypto_aead_encrypt(req));
	aead_request_free(req);
}

static void test_same_bytes_as_kernel_rfc4106(struct kunit *test)
{
	const struct test_kind *kind = test->param_value;
	unsigned int i, aad_len, len, tag_len = kind->tag_len;
	struct test_bench *b = test_bench(test);
	struct crypto_aead *oracle;
	struct espsimd_test_sa *t;

	t = espsimd_test_sa(test, kind->key_len, tag_len);
	oracle = espsimd_test_aead(test, "rfc4106(gcm(aes))", tag_len);
	KUNIT_ASSERT_EQ(test, 0,
			crypto_aead_setkey(oracle, t->key, kind->key_len +
							ESPSIMD_AEAD_SALT_LEN));

	for (i = 0; i < ARRAY_SIZE(test_lens); i++)
		for (aad_len = 8; aad_len <= 12; aad_len += 4) {
			len = test_lens[i];
			test_seal(test, b, &t->sa, ESPSIMD_TIER_NONE, len,
				  aad_len, i % ESPSIMD_TEST_CUT_NR);
			memcpy(b->sealed, b->msg.dst, len);
			test_oracle_seal(test, b, oracle, len, tag_len);
			KUNIT_EXPECT_MEMEQ(test, b->out, b->sealed, len);
			KUNIT_EXPECT_MEMEQ(test, b->out + len, b->tag, tag_len);
		}
}

/* Source and destination are the same memory, as in an owned packet. */
static void test_in_place(struct kunit *test)
{
	struct espsimd_test_sa *t = espsimd_test_sa(test, 16, 16);
	struct test_bench *b = test_bench(test);
	unsigned int i, len;

	for (i = 0; i < ARRAY_SIZE(test_lens); i++) {
		len = test_lens[i];
		test_seal(test, b, &t->sa, ESPSIMD_TIER_NONE, len, 8,
			  ESPSIMD_TEST_CUT_WHOLE);
		memcpy(b->sealed, b->msg.dst, len);

		memcpy(b->msg.dst, b->plain + len % 7, len);
		b->segs[0].data = b->msg.dst;
		b->msg.tag = b->msg.dst + len;
		KUNIT_ASSERT_EQ(test, 0, test_crypt(test, b, &t->sa,
						    ESPSIMD_TIER_NONE, true));
		KUNIT_EXPECT_MEMEQ(test, b->msg.dst, b->sealed, len);
		KUNIT_EXPECT_MEMEQ(test, b->msg.tag, b->tag, 16);

		KUNIT_ASSERT_EQ(test, 0, test_crypt(test, b, &t->sa,
						    ESPSIMD_TIER_NONE, false));
		KUNIT_EXPECT_TRUE(test, b->msg.authentic);
		KUNIT_EXPECT_MEMEQ(test, b->msg.dst, b->plain + len % 7, len);
		/* The received tag stays as it is. */
		KUNIT_EXPECT_MEMEQ(test, b->msg.tag, b->tag, 16);
	}
}

/* What the driver does: BH off, in an RCU read side. Must not sleep. */
static void test_in_atomic_context(struct kunit *test)
{
	struct espsimd_test_sa *t = espsimd_test_sa(test, 32, 16);
	struct test_bench *b = test_bench(test);
	int sealed, opened;

	test_set_msg(b, &t->sa, b->plain, 1400, 8, ESPSIMD_TEST_CUT_MANY);
	local_bh_disable();
	rcu_read_lock();
	sealed = espsimd_fallback_crypt(&t->sa, &b->msg, true);
	memcpy(b->sealed, b->msg.dst, 1400);
	b->msg.nr_segs = espsimd_test_cut(b->segs, b->sealed, 1400,
					  ESPSIMD_TEST_CUT_MANY);
	opened = espsimd_fallback_crypt(&t->sa, &b->msg, false);
	rcu_read_unlock();
	local_bh_enable();

	KUNIT_EXPECT_EQ(test, 0, sealed);
	KUNIT_EXPECT_EQ(test, 0, opened);
	KUNIT_EXPECT_MEMEQ(test, b->msg.dst, b->plain, 1400);
}

/* The message is not authentic: nothing of it is left, for every engine. */
static void test_expect_forged(struct kunit *test, struct test_bench *b,
			       const struct espsimd_sa *sa, const char *what,
			       unsigned int where)
{
	enum espsimd_tier tier;

	cond_resched();
	for (tier = ESPSIMD_TIER_NONE; tier < ESPSIMD_TIER_NR; tier++) {
		if (tier && !espsimd_aead_tier_usable(tier))
			continue;
		memset(b->out, TEST_POISON, sizeof(b->out));
		b->msg.authentic = true;
		KUNIT_ASSERT_EQ_MSG(test, -EBADMSG,
				    test_crypt(test, b, sa, tier, false),
				    "%s %u, tier %s", what, where,
				    espsimd_aead_tier_name(tier));
		KUNIT_ASSERT_FALSE(test, b->msg.authentic);
		KUNIT_ASSERT_TRUE(test,
				  espsimd_test_is(b->msg.dst, b->msg.len, 0));
		test_expect_bounds(test, b);
	}
}

/* One bit of each of @len bytes at @data, one after the other. */
static void test_flip(struct kunit *test, struct test_bench *b,
		      const struct espsimd_sa *sa, const char *what, u8 *data,
		      unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++) {
		data[i] ^= 1 << i % 8;
		test_expect_forged(test, b, sa, what, i);
		data[i] ^= 1 << i % 8;
	}
}

/* A sealed message that is set up to be opened. */
static struct test_bench *test_sealed(struct kunit *test,
				      const struct espsimd_sa *sa,
				      unsigned int len)
{
	struct test_bench *b = test_bench(test);

	test_seal(test, b, sa, ESPSIMD_TIER_NONE, len, 12,
		  ESPSIMD_TEST_CUT_WHOLE);
	memcpy(b->sealed, b->msg.dst, len);
	test_open(test, b, sa, ESPSIMD_TIER_NONE, len, 12,
		  ESPSIMD_TEST_CUT_FIRST);

	return b;
}

static void test_tampered_tag(struct kunit *test)
{
	const struct test_kind *kind = test->param_value;
	struct espsimd_test_sa *t;
	struct test_bench *b;

	t = espsimd_test_sa(test, kind->key_len, kind->tag_len);
	b = test_sealed(test, &t->sa, 100);
	test_flip(test, b, &t->sa, "tag", b->tag, kind->tag_len);
	/* All ones and all zeros are tags like any other. */
	memset(b->tag, 0xff, kind->tag_len);
	test_expect_forged(test, b, &t->sa, "tag of ones", 0);
	memset(b->tag, 0, kind->tag_len);
	test_expect_forged(test, b, &t->sa, "tag of zeros", 0);
}

static void test_tampered_payload(struct kunit *test)
{
	struct espsimd_test_sa *t = espsimd_test_sa(test, 16, 16);
	struct test_bench *b = test_sealed(test, &t->sa, 300);

	test_flip(test, b, &t->sa, "payload", b->sealed, 300);
}

static void test_tampered_nonce(struct kunit *test)
{
	struct espsimd_test_sa *t = espsimd_test_sa(test, 16, 16);
	struct test_bench *b = test_sealed(test, &t->sa, 300);

	test_flip(test, b, &t->sa, "IV", b->msg.iv, sizeof(b->msg.iv));
}

static void test_tampered_aad(struct kunit *test)
{
	struct espsimd_test_sa *t = espsimd_test_sa(test, 16, 16);
	struct test_bench *b = test_sealed(test, &t->sa, 300);

	test_flip(test, b, &t->sa, "AAD", b->msg.aad, 12);
	/* The same bytes, of which the last 4 do not count. */
	b->msg.aad_len = 8;
	test_expect_forged(test, b, &t->sa, "AAD length", 8);
}

static void test_tampered_in_place(struct kunit *test)
{
	struct espsimd_test_sa *t = espsimd_test_sa(test, 16, 16);
	struct test_bench *b = test_sealed(test, &t->sa, 300);

	memcpy(b->msg.dst, b->sealed, 300);
	b->msg.nr_segs = espsimd_test_cut(b->segs, b->msg.dst, 300,
					  ESPSIMD_TEST_CUT_WHOLE);
	b->msg.dst[299] ^= 0x80;
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			espsimd_fallback_crypt(&t->sa, &b->msg, false));
	KUNIT_EXPECT_FALSE(test, b->msg.authentic);
	KUNIT_EXPECT_TRUE(test, espsimd_test_is(b->msg.dst, 300, 0));
}

static void test_wrong_key(struct kunit *test)
{
	struct espsimd_test_sa *t = espsimd_test_sa(test, 16, 16);
	struct espsimd_test_sa *other = espsimd_test_sa(test, 32, 16);
	struct test_bench *b = test_sealed(test, &t->sa, 300);

	b->msg.key = other->sa.aead;
	test_expect_forged(test, b, &other->sa, "other key", 0);
}

static void test_wrong_salt(struct kunit *test)
{
	struct espsimd_test_sa *t = espsimd_test_sa(test, 16, 16);
	struct test_bench *b = test_sealed(test, &t->sa, 300);

	t->sa.salt[3] ^= 1;
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			espsimd_fallback_crypt(&t->sa, &b->msg, false));
	KUNIT_EXPECT_TRUE(test, espsimd_test_is(b->msg.dst, 300, 0));
}

/* An error of the AEAD itself: reported, and no plaintext is left either. */
static void test_aead_fails(struct kunit *test)
{
	struct espsimd_test_sa *t = espsimd_test_sa(test, 16, 16);
	struct test_bench *b = test_sealed(test, &t->sa, 300);

	t->sa.generic = espsimd_test_aead(test, "gcm(aes)", 16);
	b->msg.authentic = true;
	KUNIT_EXPECT_EQ(test, -ENOKEY,
			espsimd_fallback_crypt(&t->sa, &b->msg, false));
	KUNIT_EXPECT_FALSE(test, b->msg.authentic);
	KUNIT_EXPECT_TRUE(test, espsimd_test_is(b->msg.dst, 300, 0));
	KUNIT_EXPECT_EQ(test, -ENOKEY,
			espsimd_fallback_crypt(&t->sa, &b->msg, true));
}

static struct kunit_case espsimd_fallback_cases[] = {
	KUNIT_CASE(test_engine_has_a_tier),
	KUNIT_CASE_SLOW(test_same_bytes_many_lengths),
	KUNIT_CASE_PARAM(test_same_bytes_every_kind, test_kinds_gen_params),
	KUNIT_CASE_PARAM(test_same_bytes_as_kernel_rfc4106,
			 test_kinds_gen_params),
	KUNIT_CASE(test_in_place),
	KUNIT_CASE(test_in_atomic_context),
	KUNIT_CASE_PARAM(test_tampered_tag, test_kinds_gen_params),
	KUNIT_CASE(test_tampered_payload),
	KUNIT_CASE(test_tampered_nonce),
	KUNIT_CASE(test_tampered_aad),
	KUNIT_CASE(test_tampered_in_place),
	KUNIT_CASE(test_wrong_key),
	KUNIT_CASE(test_wrong_salt),
	KUNIT_CASE(test_aead_fails),
	{}
};

static struct kunit_suite espsimd_fallback_suite = {
	.name = "espsimd_fallback",
	.test_cases = espsimd_fallback_cases,
};

kunit_test_suite(espsimd_fallback_suite);
