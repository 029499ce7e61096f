// SPDX-License-Identifier: GPL-2.0
/*
 * Does the time that the engine takes depend on secrets? Inputs of two classes
 * that differ in a secret, one of which has the same each time, take turns at
 * random, and their times are compared by Welch's t-test: of all times, and of
 * those below several limits, since what disturbs makes them longer only.
 *
 * A leak is there if one and the same class is the slower one by far, for the
 * same limit, in each of several repetitions. A single one would be wrong now
 * and then. Which class an input belongs to is drawn by lot, so that a machine
 * which is busy makes leaks harder to see, but not up.
 *
 * To tell that leaks would be seen, code that leaks is tested in the same way.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_clock.h"
#include "engine.h"
#include "tap.h"

/* Groups and a tail in each tier. */
#define TIMING_LEN	300

/* Times in a repetition, repetitions, and inputs that are made at once. */
#define TIMING_SAMPLES	50000
#define TIMING_REPEATS	5
#define TIMING_INPUTS	50

/*
 * By chance one t in a million is more, and five of them in a row with the same
 * sign never.
 */
#define TIMING_T	5.0

/* The parts of all times that are looked at: the least ones. */
static const double timing_parts[] = { 1, 0.95, 0.8, 0.5, 0.25 };

/**
 * struct timing_input - what is sealed, opened or prepared
 * @key: prepared key
 * @raw: the AES key
 * @iv: IV
 * @data: plaintext or ciphertext
 * @tag: tag to be checked
 * @right: what the tag should be, for code that leaks
 * @second: is it in the second class?
 */
struct timing_input {
	struct espsimd_aead_key key;
	u8 raw[ESPSIMD_AEAD_KEY_MAX];
	u8 iv[ESPSIMD_AEAD_IV_LEN];
	u8 data[TIMING_LEN];
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
	u8 right[ESPSIMD_AEAD_TAG_MAX];
	bool second;
};

/**
 * struct timing_test - two classes, and what is measured
 * @name: what it is about
 * @fill: makes an input of a class out of one with random contents
 * @run: what is measured; uses the message and its key
 * @leaks: is it code that leaks?
 */
struct timing_test {
	const char *name;
	void (*fill)(struct timing_input *in);
	void (*run)(void);
	bool leaks;
};

static enum espsimd_tier timing_tier;
static unsigned int timing_samples = TIMING_SAMPLES;
static struct timing_input timing_inputs[TIMING_INPUTS];

/* All inputs are measured in the same place. */
static struct timing_input timing_now;
static u8 timing_out[TIMING_LEN], timing_out_tag[ESPSIMD_AEAD_TAG_MAX];
static struct espsimd_aead_seg timing_seg = { timing_now.data, TIMING_LEN };
static struct espsimd_aead_msg timing_msg;

static double *timing_times, *timing_sorted;
static bool *timing_second;

static void timing_prepare(struct espsimd_aead_key *key, const u8 *raw)
{
	static const u8 salt[ESPSIMD_AEAD_SALT_LEN];

	if (espsimd_aead_key_prepare(key, raw, ESPSIMD_AEAD_KEY_MAX, salt,
				     ESPSIMD_AEAD_TAG_MAX)) {
		puts("Bail out! key not accepted");
		exit(1);
	}
}

/* The key is the same each time, or in the second class another one. */
static void timing_fill_key(struct timing_input *in)
{
	static const u8 same[ESPSIMD_AEAD_KEY_MAX];

	if (!in->second)
		memcpy(in->raw, same, sizeof(same));
	timing_prepare(&in->key, in->raw);
}

/* The same for plaintext, with one key. */
static void timing_fill_plain(struct timing_input *in)
{
	static const u8 raw[ESPSIMD_AEAD_KEY_MAX] = { 1 };

	if (!in->second)
		memset(in->data, 0, sizeof(in->data));
	timing_prepare(&in->key, raw);
}

/* Makes of what could be sealed what can be opened. */
static void timing_sealed(struct timing_input *in)
{
	struct espsimd_aead_seg seg = { in->data, TIMING_LEN };
	struct espsimd_aead_msg msg = timing_msg;

	msg.key = &in->key;
	msg.src = &seg;
	msg.dst = in->data;
	msg.tag = in->tag;
	memcpy(msg.iv, in->iv, sizeof(msg.iv));
	espsimd_aead_seal(timing_tier, &msg, 1);
	memcpy(in->right, in->tag, sizeof(in->tag));
}

static void timing_fill_sealed_key(struct timing_input *in)
{
	timing_fill_key(in);
	timing_sealed(in);
}

static void timing_fill_sealed_plain(struct timing_input *in)
{
	timing_fill_plain(in);
	timing_sealed(in);
}

/* The tag is wrong in its first byte, or in the second class in its last. */
static void timing_fill_forged(struct timing_input *in)
{
	static const u8 raw[ESPSIMD_AEAD_KEY_MAX] = { 1 };

	timing_prepare(&in->key, raw);
	timing_sealed(in);
	in->tag[in->second ? ESPSIMD_AEAD_TAG_MAX - 1 : 0] ^= 1;
}

/* No difference. */
static void timing_fill_alike(struct timing_input *in)
{
	timing_prepare(&in->key, in->raw);
}

static void timing_seal(void)
{
	timing_msg.tag = timing_out_tag;
	espsimd_aead_seal(timing_tier, &timing_msg, 1);
}

static void timing_open(void)
{
	timing_msg.tag = timing_now.tag;
	(void)!espsimd_aead_open(timing_tier, &timing_msg, 1);
}

static void timing_expand(void)
{
	timing_prepare(&timing_now.key, timing_now.raw);
}

/* Ends where the first difference is. */
static void timing_leaky_open(void)
{
	unsigned int i;

	timing_open();
	for (i = 0; i < ESPSIMD_AEAD_TAG_MAX; i++) {
		if (timing_now.tag[i] != timing_now.right[i])
			return;
		__asm__ __volatile__("" : : : "memory");
	}
}

/*
 * Some multiplications more for half of all bytes. They wait for what was done
 * before, in whose shadow they would vanish.
 */
static void timing_leak_bit(const u8 *p)
{
	u64 x = 3;

	__asm__ __volatile__("lfence" : : : "memory");
	if (*p & 1)
		__asm__ __volatile__(".rept 8\n\timul %0, %0\n\t.endr"
				     : "+r"(x));
}

static void timing_leaky_seal(void)
{
	timing_seal();
	timing_leak_bit(timing_now.key.round_keys[1]);
}

static void timing_leaky_plain(void)
{
	timing_seal();
	timing_leak_bit(timing_now.data);
}

static const struct timing_test timing_tests[] = {
	{ "control: a comparison that ends early is seen",
	  timing_fill_forged, timing_leaky_open, true },
	{ "control: a branch on the key is seen",
	  timing_fill_key, timing_leaky_seal, true },
	{ "control: a branch on plaintext is seen",
	  timing_fill_plain, timing_leaky_plain, true },
	{ "control: nothing is seen where there is nothing",
	  timing_fill_alike, timing_seal, false },
	{ "seal: any key takes the same time",
	  timing_fill_key, timing_seal, false },
	{ "seal: any plaintext takes the same time",
	  timing_fill_plain, timing_seal, false },
	{ "open: any key takes the same time",
	  timing_fill_sealed_key, timing_open, false },
	{ "open: any plaintext takes the same time",
	  timing_fill_sealed_plain, timing_open, false },
	{ "open: it takes the same time wherever the tag is wrong",
	  timing_fill_forged, timing_open, false },
	{ "prepare: any key takes the same time",
	  timing_fill_key, timing_expand, false },
};

static void timing_make(const struct timing_test *test,
			struct timing_input *in)
{
	engine_fill(in->raw, sizeof(in->raw));
	engine_fill(in->iv, sizeof(in->iv));
	engine_fill(in->data, sizeof(in->data));
	in->second = engine_random(2);
	test->fill(in);
}

/* Nothing between here and there may depend on the class. */
static double timing_measure(const struct timing_test *test,
			     const struct timing_input *in)
{
	u64 start;

	timing_now = *in;
	memcpy(timing_msg.iv, timing_now.iv, sizeof(timing_msg.iv));
	start = bench_clock_now();
	test->run();
	return bench_clock_now() - start;
}

static void timing_repeat(const struct timing_test *test)
{
	unsigned int i, j;

	for (i = 0; i < timing_samples; i += TIMING_INPUTS) {
		for (j = 0; j < TIMING_INPUTS; j++)
			timing_make(test, &timing_inputs[j]);
		for (j = 0; j < TIMING_INPUTS; j++) {
			timing_times[i + j] = timing_measure(test,
							     &timing_inputs[j]);
			timing_second[i + j] = timing_inputs[j].second;
		}
	}
}

static int timing_order(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Welch's t of the times up to a limit; above 0 if the second class is slow. */
static double timing_t(double limit)
{
	double n[2] = { 0 }, mean[2] = { 0 }, m2[2] = { 0 }, error = 0;
	unsigned int i;

	for (i = 0; i < timing_samples; i++) {
		const bool c = timing_second[i];
		const double d = timing_times[i] - mean[c];

		if (timing_times[i] > limit)
			continue;
		mean[c] += d / ++n[c];
		m2[c] += d * (timing_times[i] - mean[c]);
	}
	for (i = 0; i < 2; i++) {
		if (n[i] < 2)
			return 0;
		error += m2[i] / (n[i] - 1) / n[i];
	}
	/* Clocks that tick seldom give the same time again and again. */
	if (error == 0)
		error = 0.000001;
	return (mean[1] - mean[0]) / sqrt(error);
}

static void timing_ts(double t[ARRAY_SIZE(timing_parts)])
{
	const unsigned int bytes = timing_samples * sizeof(double);
	unsigned int i, last;

	memcpy(timing_sorted, timing_times, bytes);
	qsort(timing_sorted, timing_samples, sizeof(double), timing_order);
	for (i = 0; i < ARRAY_SIZE(timing_parts); i++) {
		last = timing_parts[i] * (timing_samples - 1);
		t[i] = timing_t(timing_sorted[last]);
	}
}

/* The least that all repetitions say, whatever the sign; 0 if that differs. */
static double timing_agreed(double t[TIMING_REPEATS][ARRAY_SIZE(timing_parts)],
			    unsigned int part)
{
	double least = INFINITY, most = -INFINITY;
	unsigned int i;

	for (i = 0; i < TIMING_REPEATS; i++) {
		least = fmin(least, t[i][part]);
		most = fmax(most, t[i][part]);
	}
	return fmax(0, fmax(least, -most));
}

/* Is there a limit for which all repetitions say the same? */
static bool timing_found(double t[TIMING_REPEATS][ARRAY_SIZE(timing_parts)])
{
	unsigned int part, best = 0;

	for (part = 1; part < ARRAY_SIZE(timing_parts); part++)
		if (timing_agreed(t, part) > timing_agreed(t, best))
			best = part;
	tap_note("|t| is %.1f or more each time, of the fastest %.0f %%",
		 timing_agreed(t, best), 100 * timing_parts[best]);
	return timing_agreed(t, best) > TIMING_T;
}

static bool timing_check(enum espsimd_tier tier, unsigned int number)
{
	const struct timing_test *test = &timing_tests[number];
	double t[TIMING_REPEATS][ARRAY_SIZE(timing_parts)];
	unsigned int i;

	timing_tier = tier;
	timing_msg.src = &timing_seg;
	timing_msg.nr_segs = 1;
	timing_msg.len = TIMING_LEN;
	timing_msg.aad_len = ESPSIMD_AEAD_AAD_LEN;
	timing_msg.key = &timing_now.key;
	timing_msg.dst = timing_out;
	for (i = 0; i < TIMING_REPEATS; i++) {
		timing_repeat(test);
		timing_ts(t[i]);
	}
	return timing_found(t) == test->leaks;
}

/* With an argument: so many times the samples. */
int main(int argc, char **argv)
{
	struct engine_check checks[ARRAY_SIZE(timing_tests)];
	unsigned int i;

	if (argc > 1)
		timing_samples *= atoi(argv[1]);
	timing_times = calloc(timing_samples, sizeof(*timing_times));
	timing_sorted = calloc(timing_samples, sizeof(*timing_sorted));
	timing_second = calloc(timing_samples, sizeof(*timing_second));
	if (!timing_samples || !timing_times || !timing_sorted ||
	    !timing_second) {
		fputs("usage: test_timing [TIMES]\n", stderr);
		return 2;
	}
	for (i = 0; i < ARRAY_SIZE(timing_tests); i++) {
		checks[i].name = timing_tests[i].name;
		checks[i].run = timing_check;
		checks[i].arg = i;
	}
	return engine_run("timing", checks, ARRAY_SIZE(checks));
}
