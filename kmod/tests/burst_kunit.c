// SPDX-License-Identifier: GPL-2.0
/*
 * Bursts: order, sections of bounded length, and what becomes of messages when
 * SIMD may not be used, when they are forged and when the AEAD fails.
 */
#include <linux/bottom_half.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "../burst.h"
#include "../esp.h"
#include "test_sa.h"
#include "test_simd.h"
#include "test_skb.h"

#define TEST_SAS	4

/* All bytes that a burst of these tests has room for, and around each. */
#define TEST_ROOM	(ESPSIMD_BURST * 2048)
#define TEST_GAP	32

/**
 * struct test_burst - a burst and its surroundings
 * @burst: the burst
 * @sas: SAs of all kinds, which the jobs use in turn
 * @plain: plaintext of all messages
 * @out: where they are sealed to
 * @used: bytes of @plain and @out in use
 */
struct test_burst {
	struct espsimd_burst *burst;
	struct espsimd_test_sa *sas[TEST_SAS];
	u8 *plain;
	u8 *out;
	unsigned int used;
};

static struct test_burst *test_burst(struct kunit *test)
{
	struct test_burst *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	/* Poison: a burst is not cleared before it is used again. */
	t->burst = (void *)espsimd_test_bytes(test, sizeof(*t->burst), 64);
	t->sas[0] = espsimd_test_sa(test, 16, 16);
	t->sas[1] = espsimd_test_sa(test, 32, 16);
	t->sas[2] = espsimd_test_sa(test, 24, 12);
	t->sas[3] = espsimd_test_sa(test, 32, 8);
	t->plain = espsimd_test_bytes(test, TEST_ROOM, 1);
	t->out = espsimd_test_bytes(test, TEST_ROOM, 2);
	espsimd_burst_start(t->burst);
	espsimd_test_simd_refuse(0);

	return t;
}

static struct espsimd_job *test_add_job(struct kunit *test,
					struct test_burst *t, unsigned int len)
{
	unsigned int nr = t->burst->nr_jobs;
	struct espsimd_sa *sa = &t->sas[nr % TEST_SAS]->sa;
	struct espsimd_aead_msg *msg;
	struct espsimd_job *job;

	KUNIT_ASSERT_LE(test, t->used + len + TEST_GAP, TEST_ROOM);
	job = espsimd_burst_next_job(t->burst, &msg);
	job->skb = NULL;
	job->sa = sa;
	espsimd_esp_set_aad(msg, htonl(nr + 1), 1000 + nr, nr & 1);
	espsimd_test_fill(msg->iv, sizeof(msg->iv), nr);
	msg->key = sa->aead;
	msg->len = len;
	msg->src = job->segs;
	msg->nr_segs = espsimd_test_cut(job->segs, t->plain + t->used, len,
					nr % ESPSIMD_TEST_CUT_NR);
	msg->dst = t->out + t->used;
	msg->tag = msg->dst + len;
	t->used += len + TEST_GAP;
	espsimd_burst_add_job(t->burst);

	return job;
}

/* A new burst with jobs of these lengths. */
static void test_add_jobs(struct kunit *test, struct test_burst *t,
			  const unsigned int *lens, unsigned int nr)
{
	unsigned int i;

	espsimd_burst_start(t->burst);
	t->used = 0;
	for (i = 0; i < nr; i++)
		test_add_job(test, t, lens[i]);
}

static void test_crypt(struct test_burst *t, enum espsimd_tier tier, bool seal)
{
	local_bh_disable();
	rcu_read_lock();
	espsimd_burst_crypt(t->burst, tier, seal);
	rcu_read_unlock();
	local_bh_enable();
	cond_resched();
}

/* Let the sealed messages be what is opened, in place. */
static void test_turn_around(struct test_burst *t)
{
	struct espsimd_burst *burst = t->burst;
	unsigned int i;

	for (i = 0; i < burst->nr_jobs; i++) {
		struct espsimd_aead_msg *msg = &burst->msgs[i];

		msg->nr_segs = espsimd_test_cut(burst->jobs[i].segs, msg->dst,
						msg->len,
						ESPSIMD_TEST_CUT_WHOLE);
	}
}

/* All messages are plaintext again; but not the one with number @except. */
static void test_expect_opened(struct kunit *test, const struct test_burst *t,
			       unsigned int except)
{
	unsigned int i;

	for (i = 0; i < t->burst->nr_jobs; i++) {
		const struct espsimd_aead_msg *msg = &t->burst->msgs[i];
		const u8 *plain = t->plain + (msg->dst - t->out);

		KUNIT_ASSERT_EQ_MSG(test, i != except, msg->authentic,
				    "message %u", i);
		if (i == except)
			KUNIT_ASSERT_TRUE(test, espsimd_test_is(msg->dst,
								msg->len, 0));
		else
			KUNIT_ASSERT_MEMEQ(test, msg->dst, plain, msg->len);
	}
}

static void test_expect_all_done(struct kunit *test, const struct test_burst *t,
				 enum espsimd_done done)
{
	unsigned int i;

	for (i = 0; i < t->burst->nr_jobs; i++)
		KUNIT_ASSERT_EQ_MSG(test, (int)done,
				    (int)t->burst->jobs[i].done, "job %u", i);
}

static enum espsimd_tier test_need_tier(struct kunit *test)
{
	if (espsimd_aead_best_tier() == ESPSIMD_TIER_NONE)
		kunit_skip(test, "this CPU has no engine tier");

	return espsimd_aead_best_tier();
}

static void test_frames_keep_order(struct kunit *test)
{
	struct test_burst *t = test_burst(test);
	struct espsimd_burst *burst = t->burst;
	struct sk_buff *skb[ESPSIMD_BURST];
	unsigned int i, jobs = 0;

	for (i = 0; i < ESPSIMD_BURST; i++) {
		skb[i] = NULL;
		if (i * 5 % 7 < 3) {
			skb[i] = espsimd_test_skb_linear(test, t->plain, 64);
			espsimd_burst_pass(burst, skb[i]);
		} else {
			test_add_job(test, t, 20 + i);
		}
	}
	test_crypt(t, espsimd_aead_best_tier(), true);

	KUNIT_EXPECT_EQ(test, burst->nr_frames, ESPSIMD_BURST);
	for (i = 0; i < ESPSIMD_BURST; i++) {
		KUNIT_EXPECT_PTR_EQ(test, burst->frames[i].skb, skb[i]);
		if (!skb[i])
			KUNIT_EXPECT_EQ(test, burst->frames[i].job, jobs++);
	}
	KUNIT_EXPECT_EQ(test, burst->nr_jobs, jobs);
}

static void test_next_job_is_clean(struct kunit *test)
{
	struct test_burst *t = test_burst(test);
	struct espsimd_aead_msg *msg, none;
	struct espsimd_job *job;

	memset(&none, 0, sizeof(none));
	job = espsimd_burst_next_job(t->burst, &msg);
	KUNIT_EXPECT_PTR_EQ(test, job, &t->burst->jobs[0]);
	KUNIT_EXPECT_PTR_EQ(test, msg, &t->burst->msgs[0]);
	KUNIT_EXPECT_MEMEQ(test, msg, &none, sizeof(none));
	KUNIT_EXPECT_NULL(test, job->orig);
	KUNIT_EXPECT_FALSE(test, job->encap);
	/* It was not added yet, as for a frame that has to be dropped. */
	KUNIT_EXPECT_EQ(test, t->burst->nr_jobs, 0);
	KUNIT_EXPECT_EQ(test, t->burst->nr_frames, 0);
	KUNIT_EXPECT_PTR_EQ(test, espsimd_burst_next_job(t->burst, &msg), job);
}

static void test_empty_burst(struct kunit *test)
{
	struct test_burst *t = test_burst(test);

	test_crypt(t, test_need_tier(test), true);
	KUNIT_EXPECT_EQ(test, espsimd_test_simd.asked, 0);
}

/**
 * struct test_split - how a burst is cut into sections
 * @name: how the test is called
 * @lens: lengths of its messages, up to the first 0
 * @sections: number of messages in each section
 */
struct test_split {
	const char *name;
	unsigned int lens[8];
	unsigned int sections[8];
};

static const struct test_split test_splits[] = {
	{ "one", { 100 }, { 1 } },
	{ "small ones", { 4, 4, 4, 4, 4, 4, 4 }, { 7 } },
	{ "just 4096", { 2048, 2048 }, { 2 } },
	{ "one byte more", { 2048, 2049 }, { 1, 1 } },
	{ "the last byte", { 2000, 2000, 96, 4 }, { 3, 1 } },
	{ "a whole one", { 4096, 4 }, { 1, 1 } },
	{ "a whole one behind", { 4, 4096 }, { 1, 1 } },
	{ "a large one", { 9000 }, { 1 } },
	{ "large ones", { 9000, 9000 }, { 1, 1 } },
	{ "a large one between", { 60, 9000, 60, 60 }, { 1, 1, 2 } },
	{ "1400", { 1400, 1400, 1400, 1400, 1400 }, { 2, 2, 1 } },
	{ "mixed", { 60, 1400, 1400, 1400, 60, 1400, 60 }, { 3, 4 } },
};

static void test_split_name(const struct test_split *split, char *name)
{
	strscpy(name, split->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(test_splits, test_splits, test_split_name);

static unsigned int test_count(const unsigned int *list)
{
	unsigned int nr = 0;

	while (nr < 8 && list[nr])
		nr++;

	return nr;
}

static void test_sections(struct kunit *test)
{
	const struct test_split *split = test->param_value;
	unsigned int nr = test_count(split->lens);
	enum espsimd_tier tier = test_need_tier(test);
	struct test_burst *t = test_burst(test);
	unsigned int section, i, job = 0;

	test_add_jobs(test, t, split->lens, nr);
	test_crypt(t, tier, true);
	KUNIT_EXPECT_EQ(test, espsimd_test_simd.asked,
			test_count(split->sections));
	KUNIT_EXPECT_EQ(test, espsimd_test_simd.begun, espsimd_test_simd.asked);
	KUNIT_EXPECT_EQ(test, espsimd_test_simd.ended, espsimd_test_simd.begun);
	test_expect_all_done(test, t, ESPSIMD_DONE_SIMD);

	/* Refusing a section shows which messages are in it. */
	for (section = 0; section < test_count(split->sections); section++) {
		unsigned int end = job + split->sections[section];

		espsimd_test_simd_refuse(BIT_ULL(section));
		test_add_jobs(test, t, split->lens, nr);
		test_crypt(t, tier, true);
		for (i = 0; i < nr; i++)
			KUNIT_EXPECT_EQ_MSG(test,
					    i >= job && i < end ?
						    ESPSIMD_DONE_FALLBACK :
						    ESPSIMD_DONE_SIMD,
					    t->burst->jobs[i].done,
					    "message %u, section %u refused",
					    i, section);
		job = end;
	}
	KUNIT_EXPECT_EQ(test, job, nr);
	espsimd_test_simd_refuse(0);
}

/* Bytes in the section that was refused; 0 if there was none. */
static unsigned int test_refused_bytes(const struct test_burst *t,
				       unsigned int *messages)
{
	unsigned int i, bytes = 0;

	*messages = 0;
	for (i = 0; i < t->burst->nr_jobs; i++)
		if (t->burst->jobs[i].done == ESPSIMD_DONE_FALLBACK) {
			bytes += t->burst->msgs[i].len;
			++*messages;
		}

	return bytes;
}

/* Full bursts of all lengths: no section is longer than it may be. */
static void test_sections_are_bounded(struct kunit *test)
{
	enum espsimd_tier tier = test_need_tier(test);
	struct test_burst *t = test_burst(test);
	unsigned int lens[ESPSIMD_BURST];
	unsigned int i, section, bytes, messages, sum, total = 0;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 4096);
	for (i = 0; i < ESPSIMD_BURST; i++) {
		lens[i] = 4 + prandom_u32_state(&rnd) % 1500;
		total += lens[i];
	}
	sum = 0;
	for (section = 0; sum < total && section < ESPSIMD_BURST; section++) {
		espsimd_test_simd_refuse(BIT_ULL(section));
		test_add_jobs(test, t, lens, ESPSIMD_BURST);
		test_crypt(t, tier, true);
		bytes = test_refused_bytes(t, &messages);
		KUNIT_EXPECT_GT(test, messages, 0);
		if (messages > 1)
			KUNIT_EXPECT_LE(test, bytes, ESPSIMD_SECTION_BYTES);
		sum += bytes;
	}
	KUNIT_EXPECT_EQ(test, sum, total);
	KUNIT_EXPECT_EQ(test, section, espsimd_test_simd.asked);
	espsimd_test_simd_refuse(0);
}

/* Lengths of a full burst of all sorts of packets. */
static void test_fill_burst(struct kunit *test, struct test_burst *t)
{
	unsigned int lens[ESPSIMD_BURST];
	unsigned int i;

	for (i = 0; i < ESPSIMD_BURST; i++)
		lens[i] = 4 + i * 389 % 1500;
	test_add_jobs(test, t, lens, ESPSIMD_BURST);
}

/* What a full burst is sealed to, by a tier or by none. */
static u8 *test_sealed_burst(struct kunit *test, struct test_burst *t,
			     enum espsimd_tier tier, enum espsimd_done done)
{
	u8 *sealed = espsimd_test_bytes(test, TEST_ROOM, 0);

	espsimd_test_fill(t->out, TEST_ROOM, 2);
	test_fill_burst(test, t);
	test_crypt(t, tier, true);
	test_expect_all_done(test, t, done);
	memcpy(sealed, t->out, TEST_ROOM);

	return sealed;
}

/* The whole memory is compared: nothing is written between messages. */
static void test_same_bytes_with_and_without_simd(struct kunit *test)
{
	struct test_burst *t = test_burst(test);
	enum espsimd_tier tier;
	u8 *wanted, *sealed;

	wanted = test_sealed_burst(test, t, ESPSIMD_TIER_NONE,
				   ESPSIMD_DONE_FALLBACK);
	KUNIT_EXPECT_EQ(test, espsimd_test_simd.asked, 0);

	for (tier = ESPSIMD_TIER_AESNI; tier < ESPSIMD_TIER_NR; tier++) {
		if (!espsimd_aead_tier_usable(tier))
			continue;
		sealed = test_sealed_burst(test, t, tier, ESPSIMD_DONE_SIMD);
		KUNIT_EXPECT_EQ_MSG(test, 0, memcmp(sealed, wanted, TEST_ROOM),
				    "tier %s", espsimd_aead_tier_name(tier));
	}
}

static void test_same_bytes_when_simd_is_refused(struct kunit *test)
{
	enum espsimd_tier tier = test_need_tier(test);
	struct test_burst *t = test_burst(test);
	u8 *wanted, *sealed;

	wanted = test_sealed_burst(test, t, tier, ESPSIMD_DONE_SIMD);
	espsimd_test_simd_refuse(ESPSIMD_TEST_REFUSE_ALL);
	sealed = test_sealed_burst(test, t, tier, ESPSIMD_DONE_FALLBACK);
	KUNIT_EXPECT_EQ(test, 0, memcmp(sealed, wanted, TEST_ROOM));
	KUNIT_EXPECT_GT(test, espsimd_test_simd.asked, 1);
	KUNIT_EXPECT_EQ(test, espsimd_test_simd.begun, 0);
	KUNIT_EXPECT_EQ(test, espsimd_test_simd.ended, 0);
	espsimd_test_simd_refuse(0);
}

/* Seal with one, open with the other. */
static void test_round_trip(struct kunit *test, enum espsimd_tier seal,
			    enum espsimd_tier open, enum espsimd_done done)
{
	struct test_burst *t = test_burst(test);

	test_fill_burst(test, t);
	test_crypt(t, seal, true);
	test_turn_around(t);
	test_crypt(t, open, false);
	test_expect_opened(test, t, ESPSIMD_BURST);
	test_expect_all_done(test, t, done);
}

static void test_open_what_simd_sealed(struct kunit *test)
{
	enum espsimd_tier tier = test_need_tier(test);

	test_round_trip(test, tier, tier, ESPSIMD_DONE_SIMD);
	test_round_trip(test, tier, ESPSIMD_TIER_NONE, ESPSIMD_DONE_FALLBACK);
}

static void test_open_what_fallback_sealed(struct kunit *test)
{
	test_round_trip(test, ESPSIMD_TIER_NONE, test_need_tier(test),
			ESPSIMD_DONE_SIMD);
	test_round_trip(test, ESPSIMD_TIER_NONE, ESPSIMD_TIER_NONE,
			ESPSIMD_DONE_FALLBACK);
}

/* Of a full burst only the forged message is refused, wherever it is. */
static void test_forge_each(struct kunit *test, enum espsimd_tier tier,
			    enum espsimd_done done)
{
	struct test_burst *t = test_burst(test);
	unsigned int forged;

	for (forged = 0; forged < ESPSIMD_BURST; forged++) {
		struct espsimd_aead_msg *msg = &t->burst->msgs[forged];

		test_fill_burst(test, t);
		test_crypt(t, ESPSIMD_TIER_NONE, true);
		test_turn_around(t);
		if (forged & 1)
			msg->dst[msg->len / 2] ^= 1;
		else
			msg->tag[forged % 8] ^= 0x40;
		test_crypt(t, tier, false);
		test_expect_opened(test, t, forged);
		test_expect_all_done(test, t, done);
	}
}

static void test_forged_message_simd(struct kunit *test)
{
	test_forge_each(test, test_need_tier(test), ESPSIMD_DONE_SIMD);
}

/* Not authentic is an answer, not an error. */
static void test_forged_message_fallback(struct kunit *test)
{
	test_forge_each(test, ESPSIMD_TIER_NONE, ESPSIMD_DONE_FALLBACK);
}

/* The kernel's AEAD of one SA does not work: its messages must not leave. */
static void test_aead_fails(struct kunit *test)
{
	struct test_burst *t = test_burst(test);
	bool seal = true;
	unsigned int i;

	t->sas[1]->sa.generic = espsimd_test_aead(test, "gcm(aes)", 16);
	do {
		test_fill_burst(test, t);
		test_crypt(t, ESPSIMD_TIER_NONE, seal);
		for (i = 0; i < ESPSIMD_BURST; i++)
			KUNIT_EXPECT_EQ_MSG(test,
					    i % TEST_SAS == 1 ?
						    ESPSIMD_DONE_ERROR :
						    ESPSIMD_DONE_FALLBACK,
					    t->burst->jobs[i].done,
					    "message %u, seal %d", i, seal);
		seal = !seal;
	} while (!seal);
}

/* Originals are freed once, also of messages that were not authentic. */
static void test_originals_are_freed(struct kunit *test)
{
	static const enum espsimd_tier tiers[] = {
		ESPSIMD_TIER_NONE, ESPSIMD_TIER_NR,
	};
	struct test_burst *t = test_burst(test);
	struct sk_buff *orig[8];
	unsigned int run, i;

	test_need_tier(test);
	for (i = 0; i < ARRAY_SIZE(orig); i++)
		orig[i] = espsimd_test_skb_linear(test, t->plain, 100);

	for (run = 0; run < ARRAY_SIZE(tiers); run++) {
		espsimd_burst_start(t->burst);
		t->used = 0;
		for (i = 0; i < ARRAY_SIZE(orig); i++) {
			struct espsimd_job *job = test_add_job(test, t, 50);

			job->orig = i & 1 ? skb_get(orig[i]) : NULL;
		}
		test_crypt(t, tiers[run], false);
		for (i = 0; i < ARRAY_SIZE(orig); i++)
			KUNIT_EXPECT_EQ(test, refcount_read(&orig[i]->users),
					1);
	}
}

static struct kunit_case espsimd_burst_cases[] = {
	KUNIT_CASE(test_frames_keep_order),
	KUNIT_CASE(test_next_job_is_clean),
	KUNIT_CASE(test_empty_burst),
	KUNIT_CASE_PARAM(test_sections, test_splits_gen_params),
	KUNIT_CASE(test_sections_are_bounded),
	KUNIT_CASE(test_same_bytes_with_and_without_simd),
	KUNIT_CASE(test_same_bytes_when_simd_is_refused),
	KUNIT_CASE(test_open_what_simd_sealed),
	KUNIT_CASE(test_open_what_fallback_sealed),
	KUNIT_CASE(test_forged_message_simd),
	KUNIT_CASE(test_forged_message_fallback),
	KUNIT_CASE(test_aead_fails),
	KUNIT_CASE(test_originals_are_freed),
	{}
};

static struct kunit_suite espsimd_burst_suite = {
	.name = "espsimd_burst",
	.test_cases = espsimd_burst_cases,
};

kunit_test_suite(espsimd_burst_suite);
