// SPDX-License-Identifier: GPL-2.0
/*
 * Which packets may be written to, new ones for the others, and where the
 * bytes of a packet are.
 */
#include <linux/bottom_half.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/sched.h>
#include <net/xfrm.h>

#include "../buffer.h"
#include "test_skb.h"

#define TEST_LEN	600

/* Bytes of the linear part and of some fragments, one of them tiny. */
static const unsigned int test_pieces[] = { 100, 1, 250, 3, 246 };

static struct sk_buff *test_linear(struct kunit *test)
{
	return espsimd_test_skb_linear(test,
				       espsimd_test_bytes(test, TEST_LEN, 1),
				       TEST_LEN);
}

static struct sk_buff *test_fragmented(struct kunit *test)
{
	return espsimd_test_skb(test, espsimd_test_bytes(test, TEST_LEN, 1),
				test_pieces, ARRAY_SIZE(test_pieces));
}

static void test_owned_linear(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, espsimd_buffer_owned(test_linear(test)));
}

static void test_not_owned_shared(struct kunit *test)
{
	struct sk_buff *skb = test_linear(test);

	skb_get(skb);
	KUNIT_EXPECT_FALSE(test, espsimd_buffer_owned(skb));
	kfree_skb(skb);
	KUNIT_EXPECT_TRUE(test, espsimd_buffer_owned(skb));
}

/* Neither the packet nor its clone, until one of them is gone. */
static void test_not_owned_cloned(struct kunit *test)
{
	struct sk_buff *skb = test_linear(test);
	struct sk_buff *clone = skb_clone(skb, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, clone);
	KUNIT_EXPECT_FALSE(test, espsimd_buffer_owned(skb));
	KUNIT_EXPECT_FALSE(test, espsimd_buffer_owned(clone));
	espsimd_test_skb_free(test, skb);
	KUNIT_EXPECT_TRUE(test, espsimd_buffer_owned(clone));
	kfree_skb(clone);
}

/* TCP keeps the packet, and says that only the headers may be written to. */
static void test_not_owned_header_released(struct kunit *test)
{
	struct sk_buff *skb = test_linear(test);
	struct sk_buff *clone;

	__skb_header_release(skb);
	clone = skb_clone(skb, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, clone);
	KUNIT_EXPECT_FALSE(test, espsimd_buffer_owned(clone));
	KUNIT_EXPECT_FALSE(test, espsimd_buffer_owned(skb));
	kfree_skb(clone);
}

static void test_not_owned_fragments(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, espsimd_buffer_owned(test_fragmented(test)));
}

static void test_not_owned_fragment_list(struct kunit *test)
{
	struct sk_buff *skb = test_linear(test);
	struct sk_buff *rest = alloc_skb(10, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rest);
	skb_put_zero(rest, 10);
	skb_shinfo(skb)->frag_list = rest;
	skb->len += rest->len;
	skb->data_len += rest->len;
	skb->truesize += rest->truesize;
	KUNIT_EXPECT_FALSE(test, espsimd_buffer_owned(skb));
}

/* Do the segments hold these bytes of the packet, and nothing else? */
static void test_expect_segs(struct kunit *test, const struct sk_buff *skb,
			     const u8 *data, unsigned int offset,
			     unsigned int len)
{
	struct espsimd_aead_seg segs[ESPSIMD_BUFFER_SEGS];
	unsigned int i, nr, sum = 0;

	nr = espsimd_buffer_segs(skb, offset, len, segs);
	KUNIT_ASSERT_LE(test, nr, skb_shinfo(skb)->nr_frags + 1);
	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_GT(test, segs[i].len, 0);
		KUNIT_ASSERT_LE(test, sum + segs[i].len, len);
		KUNIT_ASSERT_EQ_MSG(test, 0,
				    memcmp(segs[i].data, data + offset + sum,
					   segs[i].len),
				    "segment %u of %u bytes from %u", i, len,
				    offset);
		sum += segs[i].len;
	}
	KUNIT_ASSERT_EQ_MSG(test, sum, len, "%u bytes from %u", len, offset);
}

static void test_segs_many_ranges(struct kunit *test)
{
	const u8 *data = espsimd_test_bytes(test, TEST_LEN, 1);
	struct sk_buff *skb = test_fragmented(test);
	unsigned int offset, len;

	for (offset = 0; offset <= TEST_LEN; offset++) {
		/* All short ones, which end in each piece, and some others. */
		for (len = 0; len <= TEST_LEN - offset; len += len < 8 ? 1 : 11)
			test_expect_segs(test, skb, data, offset, len);
		test_expect_segs(test, skb, data, offset, TEST_LEN - offset);
		cond_resched();
	}
}

static void test_segs_linear(struct kunit *test)
{
	const u8 *data = espsimd_test_bytes(test, TEST_LEN, 1);
	struct sk_buff *skb = test_linear(test);
	struct espsimd_aead_seg segs[ESPSIMD_BUFFER_SEGS];
	unsigned int offset;

	for (offset = 0; offset <= TEST_LEN; offset++)
		test_expect_segs(test, skb, data, offset, TEST_LEN - offset);

	/* Not a copy: the packet's own memory. */
	KUNIT_EXPECT_EQ(test, espsimd_buffer_segs(skb, 7, 13, segs), 1);
	KUNIT_EXPECT_PTR_EQ(test, segs[0].data, (const u8 *)skb->data + 7);
	KUNIT_EXPECT_EQ(test, segs[0].len, 13);
}

static void test_segs_without_linear_part(struct kunit *test)
{
	static const unsigned int sizes[] = { 0, 300, 300 };
	const u8 *data = espsimd_test_bytes(test, TEST_LEN, 1);
	struct sk_buff *skb = espsimd_test_skb(test, data, sizes, 3);
	unsigned int offset;

	for (offset = 0; offset <= TEST_LEN; offset++) {
		test_expect_segs(test, skb, data, offset, TEST_LEN - offset);
		test_expect_segs(test, skb, data, 0, offset);
	}
}

/* As many as a packet can have. */
static void test_segs_most_fragments(struct kunit *test)
{
	unsigned int sizes[ESPSIMD_BUFFER_SEGS];
	struct espsimd_aead_seg segs[ESPSIMD_BUFFER_SEGS];
	unsigned int i, len = 0;
	struct sk_buff *skb;
	const u8 *data;

	for (i = 0; i < ESPSIMD_BUFFER_SEGS; i++) {
		sizes[i] = 30 + i;
		len += sizes[i];
	}
	data = espsimd_test_bytes(test, len, 3);
	skb = espsimd_test_skb(test, data, sizes, ESPSIMD_BUFFER_SEGS);

	KUNIT_EXPECT_EQ(test, espsimd_buffer_segs(skb, 0, len, segs),
			ESPSIMD_BUFFER_SEGS);
	for (i = 0; i < len; i++)
		test_expect_segs(test, skb, data, i, len - i);
}

/* A fragment that is larger than a page. */
static void test_segs_large_fragment(struct kunit *test)
{
	static const unsigned int sizes[] = { 54, 3 * PAGE_SIZE + 5 };
	unsigned int len = sizes[0] + sizes[1];
	const u8 *data = espsimd_test_bytes(test, len, 4);
	struct sk_buff *skb = espsimd_test_skb(test, data, sizes, 2);
	unsigned int offset;

	for (offset = 0; offset < len; offset += 97)
		test_expect_segs(test, skb, data, offset, len - offset);
}

/* A packet with metadata that the copy has to have, and headers below data. */
static struct sk_buff *test_dressed(struct sk_buff *skb)
{
	skb_push(skb, 20);
	skb_reset_mac_header(skb);
	skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, 20);
	skb_pull(skb, 6);
	skb->protocol = htons(ETH_P_IP);
	skb->mark = 0x1234;
	skb->priority = 7;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + 30;
	skb->csum_offset = 6;
	skb->queue_mapping = 3;
	/* Bytes of headers, and others in front of them. */
	memset(skb->head, 0xcc, skb_headroom(skb));
	espsimd_test_fill(skb_mac_header(skb), -skb_mac_offset(skb), 802);

	return skb;
}

static u8 *test_contents(struct kunit *test, const struct sk_buff *skb)
{
	u8 *data = kunit_kmalloc(test, skb->len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_ASSERT_EQ(test, 0, skb_copy_bits(skb, 0, data, skb->len));

	return data;
}

static void test_expect_alike(struct kunit *test, const struct sk_buff *skb,
			      const struct sk_buff *nskb, unsigned int hlen)
{
	KUNIT_EXPECT_EQ(test, nskb->len, skb->len);
	KUNIT_EXPECT_FALSE(test, skb_is_nonlinear(nskb));
	KUNIT_EXPECT_TRUE(test, espsimd_buffer_owned(nskb));
	KUNIT_EXPECT_EQ(test, skb_headroom(nskb), skb_headroom(skb));
	/* From the MAC header on; what is in front of it is room. */
	KUNIT_EXPECT_MEMEQ(test, skb_mac_header(nskb), skb_mac_header(skb),
			   hlen - skb_mac_offset(skb));

	KUNIT_EXPECT_EQ(test, skb_mac_offset(nskb), skb_mac_offset(skb));
	KUNIT_EXPECT_EQ(test, skb_network_offset(nskb),
			skb_network_offset(skb));
	KUNIT_EXPECT_EQ(test, skb_transport_offset(nskb),
			skb_transport_offset(skb));
	KUNIT_EXPECT_EQ(test, skb_checksum_start_offset(nskb),
			skb_checksum_start_offset(skb));
	KUNIT_EXPECT_EQ(test, nskb->csum_offset, skb->csum_offset);
	KUNIT_EXPECT_TRUE(test, nskb->ip_summed == skb->ip_summed);
	KUNIT_EXPECT_TRUE(test, nskb->protocol == skb->protocol);
	KUNIT_EXPECT_EQ(test, nskb->mark, skb->mark);
	KUNIT_EXPECT_EQ(test, nskb->priority, skb->priority);
	KUNIT_EXPECT_EQ(test, nskb->queue_mapping, skb->queue_mapping);
	KUNIT_EXPECT_NULL(test, nskb->sk);
	KUNIT_EXPECT_NULL(test, nskb->destructor);
	KUNIT_EXPECT_EQ(test, skb_shinfo(nskb)->gso_size, 0);
}

/* In the context that the driver is in; freed after the test case. */
static struct sk_buff *test_new(struct kunit *test, const struct sk_buff *skb,
				unsigned int hlen)
{
	struct sk_buff *nskb;

	local_bh_disable();
	nskb = espsimd_buffer_alloc(skb, hlen);
	local_bh_enable();

	return espsimd_test_skb_track(test, nskb);
}

/* Every byte of the new packet is written to: the original keeps its own. */
static void test_alloc(struct kunit *test, struct sk_buff *skb,
		       unsigned int hlen)
{
	unsigned int headroom = skb_headroom(skb);
	u8 *before = test_contents(test, skb);
	u8 *head = kunit_kmalloc(test, headroom, GFP_KERNEL);
	struct sk_buff *nskb;

	KUNIT_ASSERT_NOT_NULL(test, head);
	memcpy(head, skb->head, headroom);
	nskb = test_new(test, skb, hlen);
	test_expect_alike(test, skb, nskb, hlen);

	memset(nskb->head, 0x11, skb_end_pointer(nskb) - nskb->head);
	KUNIT_EXPECT_MEMEQ(test, test_contents(test, skb), before, skb->len);
	KUNIT_EXPECT_MEMEQ(test, skb->head, head, headroom);
}

static void test_alloc_like_linear(struct kunit *test)
{
	test_alloc(test, test_dressed(test_linear(test)), 0);
	test_alloc(test, test_dressed(test_linear(test)), 36);
	test_alloc(test, test_dressed(test_linear(test)), TEST_LEN);
}

static void test_alloc_like_fragmented(struct kunit *test)
{
	test_alloc(test, test_dressed(test_fragmented(test)), 0);
	test_alloc(test, test_dressed(test_fragmented(test)), 36);
	test_alloc(test, test_dressed(test_fragmented(test)), 100);
}

/* Around the size of a page, and a GSO packet of 64 KiB. */
static void test_alloc_of_every_size(struct kunit *test)
{
	static const unsigned int more[] = {
		0, 1, 1400, 3000, 3500, 3600, 3700, 3800, 3900, 4000, 4096,
		9000, 65000,
	};
	unsigned int sizes[] = { 100, 0 };
	const u8 *data = espsimd_test_bytes(test, 100 + 65000, 5);
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(more); i++) {
		sizes[1] = more[i];
		skb = espsimd_test_skb(test, data, sizes, more[i] ? 2 : 1);
		test_alloc(test, test_dressed(skb), 40);
	}
}

static void test_alloc_like_cloned(struct kunit *test)
{
	struct sk_buff *skb = test_dressed(test_fragmented(test));
	struct sk_buff *clone = skb_clone(skb, GFP_KERNEL);

	espsimd_test_skb_track(test, clone);
	test_alloc(test, skb, 36);
	test_alloc(test, clone, 36);
}

/* The new packet goes on by itself: it lives longer than the original. */
static void test_alloc_outlives_original(struct kunit *test)
{
	struct sk_buff *skb = test_dressed(test_fragmented(test));
	struct sk_buff *nskb;

	KUNIT_ASSERT_NOT_NULL(test, secpath_set(skb));
	nskb = test_new(test, skb, 36);
	KUNIT_EXPECT_PTR_EQ(test, skb_sec_path(nskb), skb_sec_path(skb));
	espsimd_test_skb_free(test, skb);
	KUNIT_EXPECT_NOT_NULL(test, skb_sec_path(nskb));
	KUNIT_EXPECT_EQ(test, skb_sec_path(nskb)->len, 0);
	memset(nskb->data, 0, nskb->len);
}

static struct kunit_case espsimd_buffer_cases[] = {
	KUNIT_CASE(test_owned_linear),
	KUNIT_CASE(test_not_owned_shared),
	KUNIT_CASE(test_not_owned_cloned),
	KUNIT_CASE(test_not_owned_header_released),
	KUNIT_CASE(test_not_owned_fragments),
	KUNIT_CASE(test_not_owned_fragment_list),
	KUNIT_CASE(test_segs_many_ranges),
	KUNIT_CASE(test_segs_linear),
	KUNIT_CASE(test_segs_without_linear_part),
	KUNIT_CASE(test_segs_most_fragments),
	KUNIT_CASE(test_segs_large_fragment),
	KUNIT_CASE(test_alloc_like_linear),
	KUNIT_CASE(test_alloc_like_fragmented),
	KUNIT_CASE(test_alloc_of_every_size),
	KUNIT_CASE(test_alloc_like_cloned),
	KUNIT_CASE(test_alloc_outlives_original),
	{}
};

static struct kunit_suite espsimd_buffer_suite = {
	.name = "espsimd_buffer",
	.test_cases = espsimd_buffer_cases,
};

kunit_test_suite(espsimd_buffer_suite);
