/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Time in cycles of the core. The time stamp counter runs at a constant rate,
 * the core does not, so that each sample lies between two measurements of the
 * core's clock: a chain of multiplications whose latency is known. Another
 * thread of the same core takes away up to half of its throughput, which no
 * clock shows: a run of instructions without any latency does.
 */
#ifndef ESPSIMD_TESTS_BENCH_CLOCK_H
#define ESPSIMD_TESTS_BENCH_CLOCK_H

#include "../../kmod/aead/platform.h"

/**
 * bench_clock_now() - the time stamp counter
 *
 * Nothing before it is still running when it is read, and nothing behind it has
 * begun.
 *
 * Return: ticks.
 */
u64 bench_clock_now(void);

/**
 * bench_clock_init() - find out what measuring itself takes
 */
void bench_clock_init(void);

/**
 * bench_clock_sample() - core cycles that something takes
 * @run: what to measure
 * @arg: its argument
 *
 * Return: cycles, or a negative number if the clock changed meanwhile, or the
 * core was shared.
 */
double bench_clock_sample(void (*run)(void *arg), void *arg);

#endif /* ESPSIMD_TESTS_BENCH_CLOCK_H */
