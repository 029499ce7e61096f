// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of a device: of one CPU, of all, and of drops.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/string.h>

#include "../stats.h"

static void test_free(void *stats)
{
	free_percpu((void __percpu *)(unsigned long)stats);
}

static struct espsimd_stats __percpu *test_stats(struct kunit *test)
{
	struct espsimd_stats __percpu *stats = espsimd_stats_alloc();
	void *plain = (void *)(unsigned long)stats;

	KUNIT_ASSERT_NOT_NULL(test, plain);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, test_free, plain),
			0);
	return stats;
}

/* What a CPU would have counted itself. */
static void test_put(struct espsimd_stats __percpu *stats, int cpu,
		     unsigned int stat, u64 n)
{
	u64_stats_set(&per_cpu_ptr(stats, cpu)->counter[stat], n);
}

static void test_read_nothing(struct kunit *test)
{
	struct espsimd_stats __percpu *stats = test_stats(test);
	u64 counters[ESPSIMD_STAT_NR];
	int cpu;

	for_each_possible_cpu(cpu) {
		memset(counters, 0xff, sizeof(counters));
		espsimd_stats_read_cpu(stats, cpu, counters);
		KUNIT_EXPECT_NULL(test,
				  memchr_inv(counters, 0, sizeof(counters)));
	}
}

/* Each counter has a place of its own, on each CPU, and sums are right. */
static void test_read_all(struct kunit *test)
{
	struct espsimd_stats __percpu *stats = test_stats(test);
	u64 counters[ESPSIMD_STAT_NR], want[ESPSIMD_STAT_NR] = {};
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu) {
		for (i = 0; i < ESPSIMD_STAT_NR; i++) {
			test_put(stats, cpu, i, ((u64)cpu << 40) + i + 1);
			want[i] += ((u64)cpu << 40) + i + 1;
		}
	}
	for_each_possible_cpu(cpu) {
		espsimd_stats_read_cpu(stats, cpu, counters);
		for (i = 0; i < ESPSIMD_STAT_NR; i++)
			KUNIT_EXPECT_EQ(test, counters[i],
					((u64)cpu << 40) + i + 1);
	}
	espsimd_stats_read(stats, counters);
	KUNIT_EXPECT_MEMEQ(test, counters, want, sizeof(want));
}

/* Whichever CPUs the test runs on. */
static void test_add(struct kunit *test)
{
	struct espsimd_stats __percpu *stats = test_stats(test);
	u64 counters[ESPSIMD_STAT_NR], want[ESPSIMD_STAT_NR] = {};

	espsimd_stats_add(stats, ESPSIMD_STAT(TX_IPSEC_BYTES), 1ULL << 33);
	espsimd_stats_add(stats, ESPSIMD_STAT(TX_IPSEC_BYTES), 5);
	espsimd_stats_inc(stats, ESPSIMD_STAT(RX_POLICY_STACK));
	want[ESPSIMD_STAT(TX_IPSEC_BYTES)] = (1ULL << 33) + 5;
	want[ESPSIMD_STAT(RX_POLICY_STACK)] = 1;
	espsimd_stats_read(stats, counters);
	KUNIT_EXPECT_MEMEQ(test, counters, want, sizeof(want));
}

static void test_drops(struct kunit *test)
{
	u64 sum[ESPSIMD_STAT_NR] = {};

	sum[ESPSIMD_STAT(TX_DROP_NO_SA)] = 1;
	sum[ESPSIMD_STAT(TX_DROP_MTU)] = 10;
	sum[ESPSIMD_STAT(RX_DROP_BACKLOG)] = 100;
	sum[ESPSIMD_STAT(RX_DROP_CLEAR)] = 1000;
	/* None of these has been dropped by the device. */
	sum[ESPSIMD_STAT(TX_IPSEC)] = 10000;
	sum[ESPSIMD_STAT(RX_AUTH_FAIL)] = 100000;
	KUNIT_EXPECT_EQ(test, espsimd_stats_drops(sum, true), 11);
	KUNIT_EXPECT_EQ(test, espsimd_stats_drops(sum, false), 1100);
}

static void test_names(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ESPSIMD_STAT_NR; i++)
		KUNIT_EXPECT_NE(test, espsimd_stat_names[i][0], '\0');
}

static struct kunit_case espsimd_stats_cases[] = {
	KUNIT_CASE(test_read_nothing),
	KUNIT_CASE(test_read_all),
	KUNIT_CASE(test_add),
	KUNIT_CASE(test_drops),
	KUNIT_CASE(test_names),
	{}
};

static struct kunit_suite espsimd_stats_suite = {
	.name = "espsimd_stats",
	.test_cases = espsimd_stats_cases,
};

kunit_test_suite(espsimd_stats_suite);
