// SPDX-License-Identifier: GPL-2.0
/*
 * What is counted of a burst, and for whom.
 */
#include <kunit/test.h>
#include <linux/prandom.h>

#include "../tally.h"

#define TEST_SAS	3

/**
 * struct test_calls - what the SAs were told
 * @nr: how many calls there were
 * @sum: what they were told in all, by SA
 * @order: the SA of each call
 */
struct test_calls {
	unsigned int nr;
	struct espsimd_tally sum[TEST_SAS];
	unsigned int order[ESPSIMD_BURST];
};

static struct espsimd_sa test_sas[TEST_SAS];
static struct test_calls test_calls;

/* In place of the one that counts per CPU: remember the calls. */
void espsimd_sa_count(struct espsimd_sa *sa, const struct espsimd_tally *tally)
{
	struct espsimd_tally *sum = &test_calls.sum[sa - test_sas];

	test_calls.order[test_calls.nr++] = sa - test_sas;
	sum->packets += tally->packets;
	sum->bytes += tally->bytes;
	sum->fallback += tally->fallback;
}

static struct espsimd_burst *test_burst(struct kunit *test)
{
	struct espsimd_burst *burst = kunit_kzalloc(test, sizeof(*burst),
						    GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, burst);
	memset(&test_calls, 0, sizeof(test_calls));
	return burst;
}

static void test_add(struct espsimd_burst *burst, unsigned int sa,
		     unsigned int len, enum espsimd_done done, bool authentic)
{
	unsigned int i = burst->nr_jobs++;

	burst->jobs[i].sa = &test_sas[sa];
	burst->jobs[i].done = done;
	burst->msgs[i].len = len;
	burst->msgs[i].authentic = authentic;
}

static void test_expect_tally(struct kunit *test,
			      const struct espsimd_tally *tally,
			      unsigned int packets, unsigned int bytes,
			      unsigned int fallback)
{
	KUNIT_EXPECT_EQ(test, tally->packets, packets);
	KUNIT_EXPECT_EQ(test, tally->bytes, bytes);
	KUNIT_EXPECT_EQ(test, tally->fallback, fallback);
}

static void test_empty_burst(struct kunit *test)
{
	struct espsimd_burst *burst = test_burst(test);
	struct espsimd_tally total = { 1, 2, 3 };

	espsimd_tally_burst(burst, true, &total);
	test_expect_tally(test, &total, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, test_calls.nr, 0);
}

/* Whether a message that was sealed is authentic says nothing. */
static void test_seal_counts_done(struct kunit *test)
{
	struct espsimd_burst *burst = test_burst(test);
	struct espsimd_tally total;

	test_add(burst, 0, 100, ESPSIMD_DONE_SIMD, false);
	test_add(burst, 0, 1000, ESPSIMD_DONE_ERROR, true);
	test_add(burst, 0, 30, ESPSIMD_DONE_FALLBACK, false);
	espsimd_tally_burst(burst, true, &total);
	test_expect_tally(test, &total, 2, 130, 1);
	test_expect_tally(test, &test_calls.sum[0], 2, 130, 1);
	KUNIT_EXPECT_EQ(test, test_calls.nr, 1);
}

static void test_open_counts_authentic(struct kunit *test)
{
	struct espsimd_burst *burst = test_burst(test);
	struct espsimd_tally total;

	test_add(burst, 0, 1, ESPSIMD_DONE_SIMD, true);
	test_add(burst, 0, 10, ESPSIMD_DONE_SIMD, false);
	test_add(burst, 0, 100, ESPSIMD_DONE_FALLBACK, true);
	test_add(burst, 0, 1000, ESPSIMD_DONE_FALLBACK, false);
	test_add(burst, 0, 10000, ESPSIMD_DONE_ERROR, true);
	espsimd_tally_burst(burst, false, &total);
	test_expect_tally(test, &total, 2, 101, 1);
	test_expect_tally(test, &test_calls.sum[0], 2, 101, 1);
}

/* In packet mode an authentic packet may be dropped, as it came again. */
static void test_open_packet_mode(struct kunit *test)
{
	struct espsimd_burst *burst = test_burst(test);
	struct espsimd_tally total;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		test_add(burst, 1 + i % 2, 5, ESPSIMD_DONE_SIMD, true);
		burst->jobs[i].drop = i / 2 - 1;
	}
	test_sas[1].packet = true;
	espsimd_tally_burst(burst, false, &total);
	test_expect_tally(test, &total, 3, 15, 0);
	test_expect_tally(test, &test_calls.sum[1], 1, 5, 0);
	test_expect_tally(test, &test_calls.sum[2], 2, 10, 0);
	/* What is sent has no such thing. */
	espsimd_tally_burst(burst, true, &total);
	test_expect_tally(test, &total, 4, 20, 0);
	test_sas[1].packet = false;
}

/* Nothing is counted for an SA of which nothing succeeded. */
static void test_all_failed(struct kunit *test)
{
	struct espsimd_burst *burst = test_burst(test);
	struct espsimd_tally total;

	test_add(burst, 0, 5, ESPSIMD_DONE_ERROR, true);
	test_add(burst, 1, 5, ESPSIMD_DONE_SIMD, false);
	espsimd_tally_burst(burst, false, &total);
	test_expect_tally(test, &total, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, test_calls.nr, 0);
}

/* One call for each run; what failed does not interrupt a run. */
static void test_runs(struct kunit *test)
{
	static const unsigned int order[] = { 0, 1, 2, 0 };
	struct espsimd_burst *burst = test_burst(test);
	struct espsimd_tally total;

	test_add(burst, 2, 4, ESPSIMD_DONE_ERROR, true);
	test_add(burst, 0, 10, ESPSIMD_DONE_SIMD, true);
	test_add(burst, 0, 20, ESPSIMD_DONE_FALLBACK, true);
	test_add(burst, 1, 7, ESPSIMD_DONE_ERROR, true);
	test_add(burst, 0, 30, ESPSIMD_DONE_SIMD, true);
	test_add(burst, 1, 100, ESPSIMD_DONE_SIMD, true);
	test_add(burst, 2, 1000, ESPSIMD_DONE_FALLBACK, true);
	test_add(burst, 0, 40, ESPSIMD_DONE_SIMD, true);
	espsimd_tally_burst(burst, true, &total);
	test_expect_tally(test, &total, 6, 1200, 2);
	test_expect_tally(test, &test_calls.sum[0], 4, 100, 1);
	test_expect_tally(test, &test_calls.sum[1], 1, 100, 0);
	test_expect_tally(test, &test_calls.sum[2], 1, 1000, 1);
	KUNIT_ASSERT_EQ(test, test_calls.nr, ARRAY_SIZE(order));
	KUNIT_EXPECT_MEMEQ(test, test_calls.order, order, sizeof(order));
}

/* Full bursts of anything: the sums are right, and calls are few. */
static void test_random(struct kunit *test)
{
	static const enum espsimd_done dones[] = {
		ESPSIMD_DONE_SIMD, ESPSIMD_DONE_SIMD, ESPSIMD_DONE_FALLBACK,
		ESPSIMD_DONE_ERROR
	};
	struct espsimd_tally total, want, sum[TEST_SAS];
	struct rnd_state rnd;
	unsigned int i, j;

	prandom_seed_state(&rnd, 64);
	for (i = 0; i < 200; i++) {
		struct espsimd_burst *burst = test_burst(test);
		bool seal = i & 1;

		memset(&want, 0, sizeof(want));
		memset(sum, 0, sizeof(sum));
		for (j = 0; j < ESPSIMD_BURST; j++) {
			u32 random = prandom_u32_state(&rnd);
			enum espsimd_done done = dones[random & 3];
			unsigned int sa = random / 4 % TEST_SAS;
			bool authentic = random >> 31;

			test_add(burst, sa, random >> 16 & 0x3fff, done,
				 authentic);
			if (done == ESPSIMD_DONE_ERROR || !(seal || authentic))
				continue;
			want.packets++;
			want.bytes += random >> 16 & 0x3fff;
			want.fallback += done == ESPSIMD_DONE_FALLBACK;
			sum[sa].packets++;
			sum[sa].bytes += random >> 16 & 0x3fff;
			sum[sa].fallback += done == ESPSIMD_DONE_FALLBACK;
		}
		espsimd_tally_burst(burst, seal, &total);
		KUNIT_EXPECT_MEMEQ(test, &total, &want, sizeof(want));
		KUNIT_EXPECT_MEMEQ(test, test_calls.sum, sum, sizeof(sum));
		for (j = 1; j < test_calls.nr; j++)
			KUNIT_EXPECT_NE(test, test_calls.order[j],
					test_calls.order[j - 1]);
		kunit_kfree(test, burst);
	}
}

static struct kunit_case espsimd_tally_cases[] = {
	KUNIT_CASE(test_empty_burst),
	KUNIT_CASE(test_seal_counts_done),
	KUNIT_CASE(test_open_counts_authentic),
	KUNIT_CASE(test_open_packet_mode),
	KUNIT_CASE(test_all_failed),
	KUNIT_CASE(test_runs),
	KUNIT_CASE(test_random),
	{}
};

static struct kunit_suite espsimd_tally_suite = {
	.name = "espsimd_tally",
	.test_cases = espsimd_tally_cases,
};

kunit_test_suite(espsimd_tally_suite);
