// SPDX-License-Identifier: GPL-2.0
#include <crypto/aead.h>
#include <linux/string.h>

#include "../simd.h"
#include "test_sa.h"
#include "test_skb.h"

KUNIT_DEFINE_ACTION_WRAPPER(espsimd_test_free_aead, crypto_free_aead,
			    struct crypto_aead *);

struct crypto_aead *espsimd_test_aead(struct kunit *test, const char *name,
				      unsigned int tag_len)
{
	struct crypto_aead *aead = crypto_alloc_aead(name, 0, CRYPTO_ALG_ASYNC);

	if (IS_ERR(aead))
		kunit_skip(test, "the kernel has no synchronous %s", name);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, espsimd_test_free_aead,
						  aead));
	KUNIT_ASSERT_EQ(test, 0, crypto_aead_setauthsize(aead, tag_len));

	return aead;
}

/* The engine's key has to be aligned to 64 bytes. */
static struct espsimd_aead_key *espsimd_test_key(struct kunit *test)
{
	u8 *key = kunit_kzalloc(test, espsimd_aead_key_size() + 64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, key);
	return (struct espsimd_aead_key *)PTR_ALIGN(key, 64);
}

struct espsimd_test_sa *espsimd_test_sa(struct kunit *test,
					unsigned int key_len,
					unsigned int tag_len)
{
	struct espsimd_test_sa *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct espsimd_sa *sa;
	int err;

	KUNIT_ASSERT_NOT_NULL(test, t);
	sa = &t->sa;
	espsimd_test_fill(t->key, sizeof(t->key), 100 * key_len + tag_len);
	t->key_len = key_len;
	memcpy(sa->salt, t->key + key_len, sizeof(sa->salt));
	sa->icv_len = tag_len;

	sa->generic = espsimd_test_aead(test, "gcm(aes)", tag_len);
	KUNIT_ASSERT_EQ(test, 0,
			crypto_aead_setkey(sa->generic, t->key, key_len));

	sa->aead = espsimd_test_key(test);
	KUNIT_ASSERT_TRUE(test, espsimd_simd_begin());
	err = espsimd_aead_key_prepare(sa->aead, t->key, key_len, sa->salt,
				       tag_len);
	espsimd_simd_end();
	KUNIT_ASSERT_EQ(test, 0, err);

	return t;
}

static void espsimd_test_add_seg(struct espsimd_aead_seg *segs,
				 unsigned int *nr, const u8 **data,
				 unsigned int len)
{
	segs[*nr].data = *data;
	segs[*nr].len = len;
	*data += len;
	++*nr;
}

unsigned int espsimd_test_cut(struct espsimd_aead_seg *segs, const u8 *data,
			      unsigned int len, enum espsimd_test_cut cut)
{
	const u8 *end = data + len;
	unsigned int i, nr = 0;

	switch (cut) {
	case ESPSIMD_TEST_CUT_FIRST:
		espsimd_test_add_seg(segs, &nr, &data, 1);
		break;
	case ESPSIMD_TEST_CUT_LAST:
		espsimd_test_add_seg(segs, &nr, &data, len - 1);
		break;
	case ESPSIMD_TEST_CUT_EMPTY:
		espsimd_test_add_seg(segs, &nr, &data, 0);
		espsimd_test_add_seg(segs, &nr, &data, len / 2);
		espsimd_test_add_seg(segs, &nr, &data, 0);
		espsimd_test_add_seg(segs, &nr, &data, len - len / 2);
		break;
	case ESPSIMD_TEST_CUT_MANY:
		for (i = 0; i < ESPSIMD_TEST_SEGS - 1; i++)
			espsimd_test_add_seg(segs, &nr, &data,
					     min_t(unsigned int, end - data,
						   len / 24 + i % 5));
		break;
	default:
		break;
	}
	espsimd_test_add_seg(segs, &nr, &data, end - data);

	return nr;
}

bool espsimd_test_is(const u8 *data, unsigned int len, u8 byte)
{
	return !memchr_inv(data, byte, len);
}
