// SPDX-License-Identifier: GPL-2.0
/*
 * No sequence number can be claimed twice, and none that is new is refused.
 */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "../nonce.h"

#define W ESPSIMD_NONCE_WINDOW

static struct espsimd_nonce_guard *test_guard(struct kunit *test, u64 last)
{
	struct espsimd_nonce_guard *guard;

	guard = kunit_kzalloc(test, sizeof(*guard), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, guard);
	espsimd_nonce_guard_init(guard, last);

	return guard;
}

/* The first failure ends the case: there could be thousands. */
static void test_takes(struct kunit *test, struct espsimd_nonce_guard *guard,
		       u64 seq)
{
	KUNIT_ASSERT_TRUE_MSG(test, espsimd_nonce_guard_claim(guard, seq),
			      "fresh number %#llx was refused", seq);
	if (!(seq % 256))
		cond_resched();
}

static void test_refuses(struct kunit *test, struct espsimd_nonce_guard *guard,
			 u64 seq)
{
	KUNIT_ASSERT_FALSE_MSG(test, espsimd_nonce_guard_claim(guard, seq),
			       "number %#llx was given out again", seq);
	if (!(seq % 256))
		cond_resched();
}

static void test_takes_once(struct kunit *test,
			    struct espsimd_nonce_guard *guard, u64 seq)
{
	test_takes(test, guard, seq);
	test_refuses(test, guard, seq);
}

static void test_claim_first_of_new_sa(struct kunit *test)
{
	struct espsimd_nonce_guard *guard = test_guard(test, 0);

	/* The stack starts at 1. */
	test_refuses(test, guard, 0);
	test_takes_once(test, guard, 1);
}

static void test_claim_below_start_value(struct kunit *test)
{
	const u64 last = 3 * W + 17;
	struct espsimd_nonce_guard *guard = test_guard(test, last);
	u64 seq;

	for (seq = last - W - 2; seq <= last; seq++)
		test_refuses(test, guard, seq);
	test_refuses(test, guard, 0);
	test_takes_once(test, guard, last + 1);
}

/* What was used before the guard started stays used when the window moves. */
static void test_claim_below_start_value_after_slide(struct kunit *test)
{
	const u64 last = 3 * W + 17;
	struct espsimd_nonce_guard *guard = test_guard(test, last);
	u64 seq;

	test_takes(test, guard, last + W - 1);
	test_refuses(test, guard, last);
	for (seq = last + 1; seq < last + W - 1; seq++)
		test_takes_once(test, guard, seq);
}

static void test_claim_ascending(struct kunit *test)
{
	struct espsimd_nonce_guard *guard = test_guard(test, 0);
	u64 seq;

	for (seq = 1; seq <= 3 * W + 1; seq++)
		test_takes_once(test, guard, seq);
	for (seq = 1; seq <= 3 * W + 1; seq++)
		test_refuses(test, guard, seq);
}

static void test_claim_descending(struct kunit *test)
{
	struct espsimd_nonce_guard *guard = test_guard(test, 0);
	u64 seq;

	for (seq = W; seq > 0; seq--)
		test_takes_once(test, guard, seq);
	test_refuses(test, guard, 0);
}

static void test_claim_at_lower_edge(struct kunit *test)
{
	struct espsimd_nonce_guard *guard = test_guard(test, 0);

	test_takes_once(test, guard, W);
	/* The lowest of the window, and the first one below. */
	test_takes_once(test, guard, 1);
	test_refuses(test, guard, 0);

	test_takes_once(test, guard, W + 3);
	test_refuses(test, guard, 3);
	test_takes_once(test, guard, 4);
}

/* Skipping leaves numbers behind that are new when they come late. */
static void test_slide_by_two_leaves_gap(struct kunit *test)
{
	struct espsimd_nonce_guard *guard = test_guard(test, 0);
	u64 seq;

	for (seq = 2; seq <= 2 * W; seq += 2)
		test_takes_once(test, guard, seq);
	for (seq = W + 1; seq < 2 * W; seq += 2)
		test_takes_once(test, guard, seq);
	test_refuses(test, guard, W - 1);
}

/* One step at a time through the places that the window before had used. */
static void test_slide_by_one_forgets_only_one(struct kunit *test)
{
	struct espsimd_nonce_guard *guard = test_guard(test, 0);
	u64 seq;

	for (seq = 1; seq <= W; seq++)
		test_takes(test, guard, seq);
	for (seq = W + 1; seq <= 2 * W; seq++) {
		test_takes(test, guard, seq);
		test_refuses(test, guard, seq - 1);
		test_refuses(test, guard, seq - W + 1);
		test_refuses(test, guard, seq - W);
	}
}

/* Slide by @steps after @top numbers were used up; all gaps count as new. */
static void test_slide(struct kunit *test, u64 top, u64 steps)
{
	struct espsimd_nonce_guard *guard = test_guard(test, 0);
	u64 seq, low = top + steps > W ? top + steps - W : 0;

	for (seq = 1; seq <= top; seq++)
		test_takes(test, guard, seq);
	test_takes_once(test, guard, top + steps);
	for (seq = low > 2 ? low - 2 : 0; seq <= top; seq++)
		test_refuses(test, guard, seq);
	for (seq = max(top, low) + 1; seq < top + steps; seq++)
		test_takes_once(test, guard, seq);
	test_refuses(test, guard, low);
	kunit_kfree(test, guard);
}

static void test_slide_by_part(struct kunit *test)
{
	test_slide(test, 5, 100);
	test_slide(test, W - 1, W / 2);
	test_slide(test, W + 63, 65);
}

/* The cleared bits wrap around the end of the bitmap. */
static void test_slide_over_index_wrap(struct kunit *test)
{
	test_slide(test, W - 5, 4);
	test_slide(test, W - 5, 5);
	test_slide(test, W - 5, 6);
	test_slide(test, W - 5, 300);
	test_slide(test, 2 * W - 1, 2);
	test_slide(test, 2 * W - 70, W - 2);
}

static void test_slide_by_whole_window(struct kunit *test)
{
	test_slide(test, 10, W - 1);
	test_slide(test, 10, W);
	test_slide(test, 10, W + 1);
	test_slide(test, W, W);
	test_slide(test, W + 10, 2 * W);
	test_slide(test, 10, 7 * W + 3);
}

/* n and n + W share a bit. */
static void test_slide_reuses_bit(struct kunit *test)
{
	struct espsimd_nonce_guard *guard = test_guard(test, 0);

	test_takes_once(test, guard, 77);
	test_takes_once(test, guard, W + 76);
	test_refuses(test, guard, 77);
	test_takes_once(test, guard, W + 77);
	test_refuses(test, guard, 77);
	test_takes_once(test, guard, 3 * W + 77);
	test_refuses(test, guard, W + 77);
	test_refuses(test, guard, 2 * W + 77);
	test_takes_once(test, guard, 2 * W + 78);
}

static void test_claim_around_32_bits(struct kunit *test)
{
	const u64 wrap = 1ULL << 32;
	struct espsimd_nonce_guard *guard = test_guard(test, wrap - 4);
	u64 seq;

	for (seq = wrap - 3; seq < wrap + 4; seq++)
		test_takes_once(test, guard, seq);
	/* The same low halves are other numbers. */
	for (seq = 1; seq < 4; seq++)
		test_refuses(test, guard, seq);
	for (seq = 2 * wrap; seq < 2 * wrap + 4; seq++)
		test_takes_once(test, guard, seq);
	for (seq = wrap - 3; seq < wrap + 4; seq++)
		test_refuses(test, guard, seq);
}

static void test_claim_last_of_all(struct kunit *test)
{
	struct espsimd_nonce_guard *guard = test_guard(test, U64_MAX - 3);

	test_takes_once(test, guard, U64_MAX);
	test_takes_once(test, guard, U64_MAX - 1);
	test_takes_once(test, guard, U64_MAX - 2);
	test_refuses(test, guard, U64_MAX - 3);
	/* Nothing starts over. */
	test_refuses(test, guard, 0);
	test_refuses(test, guard, 1);
	test_refuses(test, guard, U64_MAX);
}

static void test_claim_largest_jump(struct kunit *test)
{
	struct espsimd_nonce_guard *guard = test_guard(test, 0);

	test_takes_once(test, guard, 1);
	test_takes_once(test, guard, U64_MAX);
	test_refuses(test, guard, 1);
	test_refuses(test, guard, 2);
	test_refuses(test, guard, U64_MAX - W);
	test_takes_once(test, guard, U64_MAX - W + 1);
}

#define TEST_MODEL_MAX	(6 * W)

/* A number that is near the top, or anywhere. */
static u64 test_model_pick(struct rnd_state *rnd, u64 top)
{
	u32 r = prandom_u32_state(rnd);
	u64 seq;

	switch (r >> 28) {
	case 0:
		seq = r % TEST_MODEL_MAX;
		break;
	case 1:
		seq = top + r % (W / 2);
		break;
	case 2:
	case 3:
		seq = top - min_t(u64, top, r % (W + 100));
		break;
	default:
		seq = top + r % 5;
		break;
	}

	return min_t(u64, seq, TEST_MODEL_MAX - 1);
}

/* Against a memory of everything. */
static void test_claim_like_model(struct kunit *test)
{
	struct espsimd_nonce_guard *guard;
	struct rnd_state rnd;
	unsigned int run, i, taken = 0;
	bool *seen;

	seen = kunit_kmalloc(test, TEST_MODEL_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, seen);
	guard = test_guard(test, 0);
	prandom_seed_state(&rnd, 6479);

	for (run = 0; run < 16; run++) {
		u64 top = 0;

		cond_resched();
		memset(seen, 0, TEST_MODEL_MAX);
		seen[0] = true;
		espsimd_nonce_guard_init(guard, 0);
		for (i = 0; i < 20000; i++) {
			u64 seq = test_model_pick(&rnd, top);
			bool fresh = !seen[seq] && seq + W > top;

			KUNIT_ASSERT_EQ_MSG(test, fresh,
					    espsimd_nonce_guard_claim(guard,
								      seq),
					    "number %llu, top %llu", seq, top);
			if (!fresh)
				continue;
			seen[seq] = true;
			top = max(top, seq);
			taken++;
		}
	}
	/* It was no test if nearly all of them were taken, or none. */
	KUNIT_EXPECT_GT(test, taken, 1000);
	KUNIT_EXPECT_LT(test, taken, 16 * 20000 - 1000);
}

static struct kunit_case espsimd_nonce_cases[] = {
	KUNIT_CASE(test_claim_first_of_new_sa),
	KUNIT_CASE(test_claim_below_start_value),
	KUNIT_CASE(test_claim_below_start_value_after_slide),
	KUNIT_CASE(test_claim_ascending),
	KUNIT_CASE(test_claim_descending),
	KUNIT_CASE(test_claim_at_lower_edge),
	KUNIT_CASE(test_slide_by_two_leaves_gap),
	KUNIT_CASE(test_slide_by_one_forgets_only_one),
	KUNIT_CASE(test_slide_by_part),
	KUNIT_CASE(test_slide_over_index_wrap),
	KUNIT_CASE(test_slide_by_whole_window),
	KUNIT_CASE(test_slide_reuses_bit),
	KUNIT_CASE(test_claim_around_32_bits),
	KUNIT_CASE(test_claim_last_of_all),
	KUNIT_CASE(test_claim_largest_jump),
	KUNIT_CASE(test_claim_like_model),
	{}
};

static struct kunit_suite espsimd_nonce_suite = {
	.name = "espsimd_nonce",
	.test_cases = espsimd_nonce_cases,
};

kunit_test_suite(espsimd_nonce_suite);
