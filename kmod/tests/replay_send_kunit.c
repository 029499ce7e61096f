// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers of packets to send: no two are the same, and they end.
 */
#include <kunit/test.h>
#include <net/xfrm.h>

#include "../replay.h"

/**
 * enum test_layout - where the stack keeps the numbers
 * @TEST_SMALL: struct xfrm_replay_state
 * @TEST_RING: struct xfrm_replay_state_esn
 * @TEST_ESN: the same, with extended numbers
 */
enum test_layout {
	TEST_SMALL,
	TEST_RING,
	TEST_ESN,
};

static struct xfrm_state *test_state(struct kunit *test,
				     enum test_layout layout, u64 oseq)
{
	struct xfrm_state *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	struct xfrm_replay_state_esn *r;

	KUNIT_ASSERT_NOT_NULL(test, x);
	spin_lock_init(&x->lock);
	/* It would let nonces come again, so it must not matter. */
	x->props.extra_flags = XFRM_SA_XFLAG_OSEQ_MAY_WRAP;
	if (layout == TEST_SMALL) {
		x->replay.oseq = oseq;
		return x;
	}

	r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r);
	r->oseq = lower_32_bits(oseq);
	r->oseq_hi = upper_32_bits(oseq);
	x->replay_esn = r;
	if (layout == TEST_ESN)
		x->props.flags |= XFRM_STATE_ESN;
	return x;
}

static u64 test_oseq(const struct xfrm_state *x)
{
	const struct xfrm_replay_state_esn *r = x->replay_esn;

	return r ? (u64)r->oseq_hi << 32 | r->oseq : x->replay.oseq;
}

static void test_reserve(struct kunit *test, struct xfrm_state *x,
			 unsigned int n, u64 last)
{
	u64 first = 0, oseq = test_oseq(x);
	bool got, want = last - oseq >= n;

	spin_lock_bh(&x->lock);
	got = espsimd_replay_reserve(x, n, &first);
	spin_unlock_bh(&x->lock);

	KUNIT_EXPECT_EQ_MSG(test, got, want, "%u after %#llx", n, oseq);
	if (got)
		KUNIT_EXPECT_EQ(test, first, oseq + 1);
	KUNIT_EXPECT_EQ(test, test_oseq(x), want ? oseq + n : oseq);
}

/* Until there are none any more, and beyond. */
static void test_reserve_from(struct kunit *test, enum test_layout layout,
			      u64 oseq, u64 last)
{
	static const unsigned int counts[] = { 1, 2, 44, 64, U32_MAX };
	struct xfrm_state *x;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		x = test_state(test, layout, oseq);
		for (j = 0; j < 70; j++)
			test_reserve(test, x, counts[i], last);
	}
}

static void test_reserve_32_bits(struct kunit *test)
{
	enum test_layout layout;

	for (layout = TEST_SMALL; layout <= TEST_RING; layout++) {
		test_reserve_from(test, layout, 0, U32_MAX);
		test_reserve_from(test, layout, U32_MAX - 64, U32_MAX);
		test_reserve_from(test, layout, U32_MAX, U32_MAX);
	}
}

static void test_reserve_64_bits(struct kunit *test)
{
	test_reserve_from(test, TEST_ESN, 0, U64_MAX);
	test_reserve_from(test, TEST_ESN, U32_MAX - 64, U64_MAX);
	test_reserve_from(test, TEST_ESN, 9 * BIT_ULL(32) - 3, U64_MAX);
	test_reserve_from(test, TEST_ESN, U64_MAX - 64, U64_MAX);
	test_reserve_from(test, TEST_ESN, U64_MAX, U64_MAX);
}

static struct kunit_case espsimd_replay_send_cases[] = {
	KUNIT_CASE(test_reserve_32_bits),
	KUNIT_CASE(test_reserve_64_bits),
	{}
};

static struct kunit_suite espsimd_replay_send_suite = {
	.name = "espsimd_replay_send",
	.test_cases = espsimd_replay_send_cases,
};

kunit_test_suite(espsimd_replay_send_suite);
