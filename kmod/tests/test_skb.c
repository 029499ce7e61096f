// SPDX-License-Identifier: GPL-2.0
#include <linux/gfp.h>
#include <linux/mm.h>

#include "test_skb.h"

KUNIT_DEFINE_ACTION_WRAPPER(espsimd_test_kfree_skb, kfree_skb,
			    struct sk_buff *);

void espsimd_test_fill(u8 *data, unsigned int len, u32 seed)
{
	u32 x = seed * 2654435761U + 12345;
	unsigned int i;

	for (i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = x >> 24;
	}
}

u8 *espsimd_test_bytes(struct kunit *test, unsigned int len, u32 seed)
{
	u8 *data = kunit_kmalloc(test, len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, data);
	espsimd_test_fill(data, len, seed);

	return data;
}

struct sk_buff *espsimd_test_skb_track(struct kunit *test, struct sk_buff *skb)
{
	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, espsimd_test_kfree_skb,
						  skb));

	return skb;
}

void espsimd_test_skb_free(struct kunit *test, struct sk_buff *skb)
{
	kunit_release_action(test, espsimd_test_kfree_skb, skb);
}

static void espsimd_test_skb_add_frag(struct kunit *test, struct sk_buff *skb,
				      const u8 *data, unsigned int size)
{
	unsigned int nr = skb_shinfo(skb)->nr_frags;
	unsigned int offset = 13 * (nr + 1);
	struct page *page;

	page = alloc_pages(GFP_KERNEL | __GFP_COMP, get_order(offset + size));
	KUNIT_ASSERT_NOT_NULL(test, page);
	memcpy(page_address(page) + offset, data, size);
	skb_add_rx_frag(skb, nr, page, offset, size, size);
}

struct sk_buff *espsimd_test_skb(struct kunit *test, const u8 *data,
				 const unsigned int *sizes, unsigned int nr)
{
	struct sk_buff *skb;
	unsigned int i;

	skb = alloc_skb(ESPSIMD_TEST_HEADROOM + sizes[0], GFP_KERNEL);
	espsimd_test_skb_track(test, skb);
	skb_reserve(skb, ESPSIMD_TEST_HEADROOM);
	skb_put_data(skb, data, sizes[0]);
	data += sizes[0];

	for (i = 1; i < nr; i++) {
		espsimd_test_skb_add_frag(test, skb, data, sizes[i]);
		data += sizes[i];
	}
	skb_reset_network_header(skb);

	return skb;
}

struct sk_buff *espsimd_test_skb_linear(struct kunit *test, const u8 *data,
					unsigned int len)
{
	return espsimd_test_skb(test, data, &len, 1);
}
