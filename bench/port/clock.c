// SPDX-License-Identifier: GPL-2.0
/*
 * Time as the host has it. Kernel code is an ordinary program in a user-mode
 * kernel, and can ask.
 */
#include "clock.h"

#include <linux/math64.h>
#include <linux/time64.h>

/* Of the host, x86-64: number of the system call, and of its clocks. */
#define BENCH_HOST_CLOCK_GETTIME	228
#define BENCH_HOST_MONOTONIC		1
#define BENCH_HOST_PROCESS_CPUTIME	2

static u64 bench_host_clock(long clock)
{
	long ret = BENCH_HOST_CLOCK_GETTIME;
	long time[2];

	asm volatile("syscall"
		     : "+a" (ret)
		     : "D" (clock), "S" (time)
		     : "rcx", "r11", "memory");
	return ret ? 0 : time[0] * NSEC_PER_SEC + time[1];
}

struct bench_time bench_now(void)
{
	struct bench_time now = { .tsc = __builtin_ia32_rdtsc() };

	now.wall = bench_host_clock(BENCH_HOST_MONOTONIC);
	now.cpu = bench_host_clock(BENCH_HOST_PROCESS_CPUTIME);
	return now;
}

u64 bench_cycles(const struct bench_time *start, const struct bench_time *end)
{
	return mul_u64_u64_div_u64(end->tsc - start->tsc,
				   end->cpu - start->cpu,
				   end->wall - start->wall ?: 1);
}
