/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What arch/x86 has and its user-mode variant has not, as far as the glue of
 * AES-NI needs it: questions about the CPU, answered by the CPU.
 */
#ifndef BENCH_STOCK_AEAD_SHIM_H
#define BENCH_STOCK_AEAD_SHIM_H

#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/cpu_device_id.h>
#include <asm/fpu/api.h>

/* Intel SDM vol. 1 section 13.1, bits of XCR0. */
#ifndef XFEATURE_MASK_SSE
#define XFEATURE_MASK_SSE	0x02
#define XFEATURE_MASK_YMM	0x04
#define XFEATURE_MASK_AVX512	0xe0
#endif

static inline int bench_cpu_has_xfeatures(u64 mask, const char **name)
{
	u32 low, high;

	asm volatile("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
	return (((u64)high << 32 | low) & mask) == mask;
}

/* Good for tables with one entry that names a feature. */
static inline const struct x86_cpu_id *
bench_match_cpu(const struct x86_cpu_id *id)
{
	return boot_cpu_has(id->feature) ? id : NULL;
}

#define cpu_has_xfeatures	bench_cpu_has_xfeatures
#define x86_match_cpu		bench_match_cpu

#endif /* BENCH_STOCK_AEAD_SHIM_H */
