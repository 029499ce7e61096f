// SPDX-License-Identifier: GPL-2.0
#include "bench_clock.h"

#include <stdlib.h>

/* On every CPU with AVX2 a multiplication of 64 bits takes 3 cycles. */
#define CLOCK_MULS	1000
#define CLOCK_CYCLES	(CLOCK_MULS * 3.0)

/* The clock before and after a sample may differ by this part. */
#define CLOCK_TOLERANCE	0.015

/*
 * How much longer than at best a run may take on a core that is not shared. It
 * is long for clocks that tick every 26 of their units only, as some do.
 */
#define CLOCK_NOPS	12000
#define CLOCK_SHARED	1.2
#define CLOCK_TRIES	20000

static double clock_overhead, clock_nops_best;

u64 bench_clock_now(void)
{
	u32 low, high;

	/* Nothing before is still running, nothing after has begun. */
	__asm__ __volatile__("lfence\n\trdtsc\n\tlfence"
			     : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

/*
 * Ticks of the time stamp counter that the chain takes. There is one copy of
 * it, and of the next one, since what they take may depend on where they are.
 */
static noinline double clock_chain(void)
{
	u64 start = bench_clock_now(), x = 3;
	unsigned int i;

	for (i = 0; i < CLOCK_MULS / 10; i++)
		__asm__ __volatile__(".rept 10\n\timul %0, %0\n\t.endr"
				     : "+r"(x));
	return bench_clock_now() - start - clock_overhead;
}

/*
 * The same for instructions of which the core does as many as it can. They have
 * 8 bytes each, because cores cannot keep many short ones of a line decoded.
 */
static noinline double clock_nops(void)
{
	u64 start = bench_clock_now();
	unsigned int i;

	for (i = 0; i < CLOCK_NOPS / 100; i++)
		__asm__ __volatile__(".rept 100\n\t"
				     ".byte 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n\t"
				     ".endr");
	return bench_clock_now() - start - clock_overhead;
}

/* Relative to the chain, so that the core's clock does not matter. */
static double clock_pressure(void)
{
	double chain = clock_chain();

	return clock_nops() / chain;
}

static int clock_order(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void bench_clock_init(void)
{
	static double tries[CLOCK_TRIES];
	double best = 1e9, d;
	unsigned int i;
	u64 start;

	for (i = 0; i < 100000; i++) {
		start = bench_clock_now();
		d = bench_clock_now() - start;
		if (d < best)
			best = d;
	}
	clock_overhead = best;
	for (i = 0; i < CLOCK_TRIES; i++)
		tries[i] = clock_pressure();
	/* The least are those whose chain was interrupted. */
	qsort(tries, CLOCK_TRIES, sizeof(tries[0]), clock_order);
	clock_nops_best = tries[CLOCK_TRIES / 20];
}

double bench_clock_sample(void (*run)(void *arg), void *arg)
{
	double before, after, d;
	u64 start;

	if (clock_pressure() > clock_nops_best * CLOCK_SHARED)
		return -1;
	before = clock_chain();
	start = bench_clock_now();
	run(arg);
	d = bench_clock_now() - start - clock_overhead;
	after = clock_chain();
	if (clock_nops() > after * clock_nops_best * CLOCK_SHARED)
		return -1;
	if (before > after * (1 + CLOCK_TOLERANCE) ||
	    after > before * (1 + CLOCK_TOLERANCE))
		return -1;
	return d * 2 * CLOCK_CYCLES / (before + after);
}
