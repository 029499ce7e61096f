// SPDX-License-Identifier: GPL-2.0
/*
 * The anti-replay window, against a model that remembers every number, and
 * against the stack's layout of the state.
 */
#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/xarray.h>
#include <net/xfrm.h>

#include "../replay.h"

/* Wide enough for every window. */
#define TEST_BMP_LEN	(4096 / 32)

#define TEST_STEPS	3000

#define TEST_WRAP	BIT_ULL(32)

/**
 * enum test_layout - where the stack keeps the window
 * @TEST_SMALL: struct xfrm_replay_state
 * @TEST_RING: struct xfrm_replay_state_esn
 * @TEST_ESN: the same, with extended numbers
 */
enum test_layout {
	TEST_SMALL,
	TEST_RING,
	TEST_ESN,
};

/**
 * struct test_window - an SA and what a model knows of it
 * @x: the SA
 * @layout: where its window is
 * @window: width of the window
 * @top: the highest number received
 * @seen: all numbers received
 * @old: how many were refused as too old
 * @again: how many were refused since they came again
 */
struct test_window {
	struct xfrm_state x;
	enum test_layout layout;
	u32 window;
	u64 top;
	struct xarray seen;
	u32 old;
	u32 again;
};

static void test_window_free(void *data)
{
	struct test_window *w = data;

	xa_destroy(&w->seen);
}

static struct test_window *test_window(struct kunit *test,
				       enum test_layout layout, u32 window,
				       u64 top)
{
	struct test_window *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	struct xfrm_state *x;

	KUNIT_ASSERT_NOT_NULL(test, w);
	xa_init(&w->seen);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, test_window_free, w));
	w->layout = layout;
	w->window = window;
	w->top = top;

	x = &w->x;
	spin_lock_init(&x->lock);
	if (layout == TEST_SMALL) {
		x->props.replay_window = window;
		x->replay.seq = top;
		return w;
	}

	x->replay_esn = kunit_kzalloc(test, struct_size(x->replay_esn, bmp,
							TEST_BMP_LEN),
				      GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, x->replay_esn);
	x->replay_esn->bmp_len = TEST_BMP_LEN;
	x->replay_esn->replay_window = window;
	x->replay_esn->seq = lower_32_bits(top);
	if (layout == TEST_ESN) {
		x->props.flags |= XFRM_STATE_ESN;
		x->replay_esn->seq_hi = upper_32_bits(top);
	}

	return w;
}

static enum espsimd_replay test_commit(struct test_window *w, u64 seq)
{
	enum espsimd_replay ret;

	spin_lock_bh(&w->x.lock);
	ret = espsimd_replay_commit(&w->x, seq);
	spin_unlock_bh(&w->x.lock);

	return ret;
}

/* ---- the model ---- */

static bool test_was_seen(struct test_window *w, u64 seq)
{
	return xa_load(&w->seen, seq);
}

static enum espsimd_replay test_model_check(struct test_window *w, u64 seq)
{
	if (!w->window)
		return ESPSIMD_REPLAY_OK;
	if (!seq)
		return ESPSIMD_REPLAY_ZERO;
	if (seq > w->top)
		return ESPSIMD_REPLAY_OK;
	if (w->top - seq >= w->window)
		return ESPSIMD_REPLAY_OLD;

	return test_was_seen(w, seq) ? ESPSIMD_REPLAY_SEEN : ESPSIMD_REPLAY_OK;
}

static enum espsimd_replay test_model_commit(struct kunit *test,
					     struct test_window *w, u64 seq)
{
	enum espsimd_replay ret = test_model_check(w, seq);

	if (ret == ESPSIMD_REPLAY_OLD)
		w->old++;
	if (ret == ESPSIMD_REPLAY_SEEN)
		w->again++;
	if (ret == ESPSIMD_REPLAY_OK && w->window) {
		KUNIT_ASSERT_FALSE(test,
				   xa_err(xa_store(&w->seen, seq,
						   xa_mk_value(1),
						   GFP_KERNEL)));
		w->top = max(w->top, seq);
	}

	return ret;
}

/* The high half as RFC 4303 appendix A2.2 words it. */
static u64 test_model_seq(const struct test_window *w, u32 wire)
{
	u32 high = upper_32_bits(w->top), top = lower_32_bits(w->top);
	u32 bottom = top - w->window + 1;

	if (w->layout != TEST_ESN)
		return wire;
	if (top >= w->window - 1)
		high += wire < bottom;
	else
		high -= wire >= bottom;

	return (u64)high << 32 | wire;
}

/* ---- the layout ---- */

/* The bit of the number that is @back below the highest one. */
static bool test_bit_of(const struct test_window *w, u32 back)
{
	const struct xfrm_replay_state_esn *r = w->x.replay_esn;
	u32 bit;

	if (w->layout == TEST_SMALL)
		return w->x.replay.bitmap >> back & 1;

	bit = ((r->seq - 1) % w->window + w->window - back) % w->window;
	return r->bmp[bit / 32] >> bit % 32 & 1;
}

/* Numbers below zero have bits, too, which are never set. */
static void test_expect_bits(struct kunit *test, struct test_window *w)
{
	u32 back;

	for (back = 0; back < w->window; back++) {
		bool seen = back < w->top && test_was_seen(w, w->top - back);

		KUNIT_ASSERT_EQ_MSG(test, test_bit_of(w, back), seen,
				    "%#llx of %#llx", w->top - back, w->top);
	}
	cond_resched();
}

/* A ring never writes behind its end. (Small windows shift bits out.) */
static void test_expect_no_other_bits(struct kunit *test,
				      const struct test_window *w)
{
	u32 bit;

	if (w->layout == TEST_SMALL)
		return;
	for (bit = w->window; bit < 32 * TEST_BMP_LEN; bit++)
		KUNIT_ASSERT_FALSE(test, w->x.replay_esn->bmp[bit / 32] >>
				   bit % 32 & 1);
}

static void test_expect_top(struct kunit *test, const struct test_window *w)
{
	const struct xfrm_replay_state_esn *r = w->x.replay_esn;

	if (w->layout == TEST_SMALL) {
		KUNIT_ASSERT_EQ(test, w->x.replay.seq, w->top);
		return;
	}
	KUNIT_ASSERT_EQ(test, r->seq, lower_32_bits(w->top));
	KUNIT_ASSERT_EQ(test, r->seq_hi, upper_32_bits(w->top));
}

static void test_expect_stats(struct kunit *test, const struct test_window *w)
{
	KUNIT_EXPECT_EQ(test, w->x.stats.replay_window, w->old);
	KUNIT_EXPECT_EQ(test, w->x.stats.replay, w->again);
}

/* One packet: both must say the same, before and when it is marked. */
static void test_receive(struct kunit *test, struct test_window *w, u64 seq)
{
	enum espsimd_replay want = test_model_check(w, seq);
	u64 top = w->top;

	KUNIT_ASSERT_EQ_MSG(test, espsimd_replay_check(&w->x, seq), want,
			    "%#llx of %#llx", seq, top);
	test_model_commit(test, w, seq);
	KUNIT_ASSERT_EQ_MSG(test, test_commit(w, seq), want,
			    "%#llx of %#llx", seq, top);
	test_expect_top(test, w);
}

/* ---- random walks ---- */

/* What may come: mostly in order, but anything is possible. */
static u64 test_next(const struct test_window *w, struct rnd_state *rnd)
{
	u32 random = prandom_u32_state(rnd), window = max(w->window, 1U);
	u64 top = w->top;

	switch (prandom_u32_state(rnd) % 16) {
	case 0:
		return top;
	case 1:
		return top + 2 + random % 5;
	case 2:
		return top + random % window;
	case 3:
		return top + window + random % 5 - 2;
	case 4:
		/* Now and then far, but not out of reach of 32 bits. */
		return top + (random % 64 ? random % (4 * window) :
					   random % 100000000);
	case 5:
	case 6:
	case 7:
	case 8:
		return top - random % window;
	case 9:
		return top - window + random % 5 - 2;
	case 10:
		return top - random % (3 * window);
	default:
		return top + 1;
	}
}

static bool test_is_possible(const struct test_window *w, u64 seq)
{
	u64 distance = seq > w->top ? seq - w->top : w->top - seq;

	/* Not below zero, and not behind the last number. */
	return distance < TEST_WRAP &&
	       (w->layout == TEST_ESN || seq <= U32_MAX);
}

/* Only where the window can be told from the numbers to come. */
static void test_expect_seq(struct kunit *test, struct test_window *w, u64 seq)
{
	u32 wire = lower_32_bits(seq);
	u64 got = espsimd_replay_seq(&w->x, wire);

	KUNIT_ASSERT_EQ(test, got, test_model_seq(w, wire));
	KUNIT_ASSERT_EQ(test, upper_32_bits(got),
			xfrm_replay_seqhi(&w->x, htonl(wire)));
	if (seq > w->top || w->top - seq < w->window)
		KUNIT_ASSERT_EQ(test, got, seq);
}

static void test_walk(struct kunit *test, enum test_layout layout, u32 window,
		      u64 top, u64 seed)
{
	struct test_window *w = test_window(test, layout, window, top);
	unsigned int i, often = window > 100 ? 50 : 1;
	struct rnd_state rnd;
	u64 seq;

	prandom_seed_state(&rnd, seed);
	for (i = 0; i < TEST_STEPS; i++) {
		seq = test_next(w, &rnd);
		if (!test_is_possible(w, seq))
			continue;
		if (window)
			test_expect_seq(test, w, seq);
		test_receive(test, w, seq);
		if (!(i % often))
			test_expect_bits(test, w);
	}
	test_expect_bits(test, w);
	test_expect_no_other_bits(test, w);
	test_expect_stats(test, w);
	kunit_release_action(test, test_window_free, w);
}

static void test_walk_small(struct kunit *test)
{
	static const u32 windows[] = { 0, 1, 2, 7, 31, 32 };
	static const u64 tops[] = { 0, 1, 1000000, U32_MAX - 1000 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(windows); i++)
		for (j = 0; j < ARRAY_SIZE(tops); j++)
			test_walk(test, TEST_SMALL, windows[i], tops[j],
				  10 * i + j);
}

static const u32 test_ring_windows[] = {
	1, 3, 31, 32, 33, 64, 100, 1000, 1024, 4095, 4096
};

static void test_walk_ring(struct kunit *test)
{
	static const u64 tops[] = { 0, 1, 1000000, U32_MAX - 5000 };
	unsigned int i, j;

	test_walk(test, TEST_RING, 0, 5, 99);
	for (i = 0; i < ARRAY_SIZE(test_ring_windows); i++)
		for (j = 0; j < ARRAY_SIZE(tops); j++)
			test_walk(test, TEST_RING, test_ring_windows[i],
				  tops[j], 100 * i + j);
}

static void test_walk_esn(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(test_ring_windows); i++) {
		u32 w = test_ring_windows[i];

		test_walk(test, TEST_ESN, w, 0, i);
		test_walk(test, TEST_ESN, w, TEST_WRAP - 1 - w, 100 + i);
		test_walk(test, TEST_ESN, w, 7 * TEST_WRAP - 2 * w, 200 + i);
		test_walk(test, TEST_ESN, w, 3 * TEST_WRAP + 5, 300 + i);
		test_walk(test, TEST_ESN, w, U64_MAX - 2 * w, 400 + i);
	}
}

/* ---- edges ---- */

/* All of a window around a wrap of the low half: late ones, then all again. */
static void test_wrap(struct kunit *test, enum test_layout layout, u32 window,
		      u64 before, u64 ahead)
{
	struct test_window *w = test_window(test, layout, window, before);
	u64 seq, first = before + 1, last = before + ahead;

	/* Every third one, and the last one early. */
	for (seq = first; seq < last; seq += 3)
		test_receive(test, w, seq);
	test_receive(test, w, last);
	test_expect_bits(test, w);
	for (seq = last; seq >= first; seq--)
		test_receive(test, w, seq);
	test_expect_bits(test, w);
	for (seq = first; seq <= last; seq++)
		KUNIT_ASSERT_NE(test, test_commit(w, seq), ESPSIMD_REPLAY_OK);
	kunit_release_action(test, test_window_free, w);
}

static void test_wrap_every_window(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(test_ring_windows); i++) {
		u32 w = test_ring_windows[i];

		test_wrap(test, TEST_RING, w, 0, 2 * w + 1);
		test_wrap(test, TEST_ESN, w, 0, 2 * w + 1);
		test_wrap(test, TEST_ESN, w, TEST_WRAP - w, 2 * w);
		test_wrap(test, TEST_ESN, w, 5 * TEST_WRAP - 2, w + 2);
	}
}

/* One step over the wrap of each width of step, from a full window. */
static void test_step_over_wrap(struct kunit *test)
{
	static const u32 windows[] = { 33, 64, 100 };
	unsigned int i, step, low;

	for (i = 0; i < ARRAY_SIZE(windows); i++)
		for (step = 1; step <= windows[i] + 2; step++)
			for (low = 0; low < 3; low++) {
				struct test_window *w;
				u64 top = TEST_WRAP + low - step, seq;

				w = test_window(test, TEST_ESN, windows[i],
						top - windows[i]);
				for (seq = top - windows[i] + 1; seq <= top;
				     seq++)
					test_receive(test, w, seq);
				test_receive(test, w, top + step);
				test_expect_bits(test, w);
				kunit_release_action(test, test_window_free, w);
			}
}

/* What the stack forgets if the window is no power of two. */
static void test_first_packet_again(struct kunit *test)
{
	struct test_window *w = test_window(test, TEST_RING, 100, 0);

	KUNIT_EXPECT_EQ(test, test_commit(w, 1), ESPSIMD_REPLAY_OK);
	KUNIT_EXPECT_EQ(test, test_commit(w, 1), ESPSIMD_REPLAY_SEEN);
	w = test_window(test, TEST_ESN, 100, 0);
	KUNIT_EXPECT_EQ(test, test_commit(w, 1), ESPSIMD_REPLAY_OK);
	KUNIT_EXPECT_EQ(test, test_commit(w, 1), ESPSIMD_REPLAY_SEEN);
}

static void test_zero(struct kunit *test)
{
	enum test_layout layout;
	struct test_window *w;

	for (layout = TEST_SMALL; layout <= TEST_ESN; layout++) {
		w = test_window(test, layout, 32, 5);
		KUNIT_EXPECT_EQ(test, espsimd_replay_check(&w->x, 0),
				ESPSIMD_REPLAY_ZERO);
		KUNIT_EXPECT_EQ(test, test_commit(w, 0), ESPSIMD_REPLAY_ZERO);
		test_expect_stats(test, w);
	}
	/* This is a zero on the wire only. */
	w = test_window(test, TEST_ESN, 32, 3 * TEST_WRAP - 1);
	KUNIT_EXPECT_EQ(test, espsimd_replay_seq(&w->x, 0), 3 * TEST_WRAP);
	test_receive(test, w, 3 * TEST_WRAP);
	test_receive(test, w, 3 * TEST_WRAP);
}

static void test_no_window(struct kunit *test)
{
	enum test_layout layout;
	struct test_window *w;
	unsigned int i;

	for (layout = TEST_SMALL; layout <= TEST_ESN; layout++) {
		w = test_window(test, layout, 0, 7);
		for (i = 0; i < 20; i++)
			KUNIT_EXPECT_EQ(test, test_commit(w, i % 10),
					ESPSIMD_REPLAY_OK);
		test_expect_top(test, w);
		test_expect_stats(test, w);
	}
}

/* The first window reaches below zero, where nothing is ever sent. */
static void test_below_zero(struct kunit *test)
{
	struct test_window *w = test_window(test, TEST_ESN, 32, 3);
	u64 seq;

	seq = espsimd_replay_seq(&w->x, U32_MAX - 5);
	KUNIT_EXPECT_EQ(test, seq, U64_MAX - 5);
	KUNIT_EXPECT_EQ(test, espsimd_replay_check(&w->x, seq),
			ESPSIMD_REPLAY_OLD);
	KUNIT_EXPECT_EQ(test, test_commit(w, seq), ESPSIMD_REPLAY_OLD);
	KUNIT_EXPECT_EQ(test, w->x.stats.replay_window, 1);
	test_expect_top(test, w);
}

static void test_behind_last(struct kunit *test)
{
	struct test_window *w = test_window(test, TEST_ESN, 32, U64_MAX);
	u32 wire;

	for (wire = 0; wire < 100; wire++)
		KUNIT_EXPECT_NE(test,
				test_commit(w, espsimd_replay_seq(&w->x, wire)),
				ESPSIMD_REPLAY_OK);
	test_expect_top(test, w);
}

/* Far ahead, up to where the next half would begin to be meant. */
static void test_far_ahead(struct kunit *test)
{
	struct test_window *w = test_window(test, TEST_ESN, 64, 1000);

	test_receive(test, w, 1000);
	test_expect_seq(test, w, 1000 - 64 + TEST_WRAP);
	test_expect_seq(test, w, 1000 - 64 + 1);
	test_receive(test, w, 1000 - 64 + TEST_WRAP);
	test_expect_bits(test, w);
}

static void test_check_changes_nothing(struct kunit *test)
{
	struct test_window *w = test_window(test, TEST_ESN, 64, 1000);
	struct xfrm_state *before;
	u32 bmp[2];
	u64 seq;

	test_receive(test, w, 1001);
	before = kunit_kmalloc(test, sizeof(*before), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	memcpy(before, &w->x, sizeof(*before));
	memcpy(bmp, w->x.replay_esn->bmp, sizeof(bmp));
	for (seq = 900; seq < 1100; seq++)
		espsimd_replay_check(&w->x, seq);
	KUNIT_EXPECT_MEMEQ(test, before, &w->x, sizeof(*before));
	KUNIT_EXPECT_MEMEQ(test, bmp, w->x.replay_esn->bmp, sizeof(bmp));
	test_expect_top(test, w);
}

static void test_count(struct kunit *test)
{
	struct test_window *w = test_window(test, TEST_SMALL, 32, 0);

	spin_lock_bh(&w->x.lock);
	espsimd_replay_count(&w->x, ESPSIMD_REPLAY_OK);
	espsimd_replay_count(&w->x, ESPSIMD_REPLAY_ZERO);
	espsimd_replay_count(&w->x, ESPSIMD_REPLAY_OLD);
	espsimd_replay_count(&w->x, ESPSIMD_REPLAY_SEEN);
	espsimd_replay_count(&w->x, ESPSIMD_REPLAY_SEEN);
	spin_unlock_bh(&w->x.lock);
	KUNIT_EXPECT_EQ(test, w->x.stats.replay_window, 1);
	KUNIT_EXPECT_EQ(test, w->x.stats.replay, 2);
}

static struct kunit_case espsimd_replay_cases[] = {
	KUNIT_CASE(test_walk_small),
	KUNIT_CASE(test_walk_ring),
	KUNIT_CASE(test_walk_esn),
	KUNIT_CASE(test_wrap_every_window),
	KUNIT_CASE(test_step_over_wrap),
	KUNIT_CASE(test_first_packet_again),
	KUNIT_CASE(test_zero),
	KUNIT_CASE(test_no_window),
	KUNIT_CASE(test_below_zero),
	KUNIT_CASE(test_behind_last),
	KUNIT_CASE(test_far_ahead),
	KUNIT_CASE(test_check_changes_nothing),
	KUNIT_CASE(test_count),
	{}
};

static struct kunit_suite espsimd_replay_suite = {
	.name = "espsimd_replay",
	.test_cases = espsimd_replay_cases,
};

kunit_test_suite(espsimd_replay_suite);
