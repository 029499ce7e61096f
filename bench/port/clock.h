/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <linux/types.h>

/**
 * struct bench_time - a point in time
 * @tsc: the time stamp counter
 * @wall: the host's clock in ns
 * @cpu: how long this program, the user-mode kernel, has been running, in ns
 */
struct bench_time {
	u64 tsc;
	u64 wall;
	u64 cpu;
};

/**
 * bench_now() - what time is it
 *
 * Context: any.
 * Return: the time; the counter is read before the host is asked, and the
 * others are 0 if it does not answer.
 */
struct bench_time bench_now(void);

/**
 * bench_cycles() - how long did the program run
 * @start: from then
 * @end: to then
 *
 * Context: any.
 * Return: the share of the counter's cycles in which the program was running,
 * as the host counts it.
 */
u64 bench_cycles(const struct bench_time *start, const struct bench_time *end);

#endif /* BENCH_CLOCK_H */
