// SPDX-License-Identifier: GPL-2.0
/*
 * What CPUs lack for the engine's tiers.
 */
#include <linux/espsimd.h>

#include "../cpu.h"
#include "unit.h"

/* All features that matter; and what the operating system has to save. */
static const struct cpu complete = {
	.leaf1_ecx = 1U << 1 | 1U << 9 | 1U << 19 | 1U << 25 | 1U << 28,
	.leaf7_ebx = 1U << 5 | 1U << 8 | 1U << 16 | 1U << 30 | 1U << 31,
	.leaf7_ecx = 1U << 9 | 1U << 10,
	.xcr0 = 0xe7,
};

static void lacks(const struct cpu *cpu, uint32_t engine, const char *expected,
		  const char *name)
{
	bool missing;
	char text[256];

	missing = cpu_lacks(cpu, engine, text, sizeof(text));
	ok_text(text, expected, name);
	ok(missing == (expected[0] != '\0'), "%s: verdict", name);
}

void test_cpu(void)
{
	static const struct cpu none;
	struct cpu cpu = complete;

	lacks(&cpu, ESPSIMD_ENGINE_AVX512, "", "cpu: complete, avx512");
	lacks(&cpu, ESPSIMD_ENGINE_AVX2, "", "cpu: complete, avx2");
	lacks(&cpu, ESPSIMD_ENGINE_AESNI, "", "cpu: complete, aesni");

	cpu.xcr0 = 0x7;
	lacks(&cpu, ESPSIMD_ENGINE_AVX512, "xcr0:zmm",
	      "cpu: without ZMM state, avx512");
	lacks(&cpu, ESPSIMD_ENGINE_AVX2, "", "cpu: without ZMM state, avx2");
	cpu.xcr0 = 0x3;
	lacks(&cpu, ESPSIMD_ENGINE_AVX2, "xcr0:ymm",
	      "cpu: without YMM state, avx2");
	lacks(&cpu, ESPSIMD_ENGINE_AESNI, "", "cpu: without YMM state, aesni");

	cpu = complete;
	cpu.leaf7_ecx &= ~(1U << 10);
	lacks(&cpu, ESPSIMD_ENGINE_AVX512, "vpclmulqdq",
	      "cpu: without VPCLMULQDQ, avx512");
	lacks(&cpu, ESPSIMD_ENGINE_AVX2, "vpclmulqdq",
	      "cpu: without VPCLMULQDQ, avx2");
	lacks(&cpu, ESPSIMD_ENGINE_AESNI, "", "cpu: without VPCLMULQDQ, aesni");

	lacks(&none, ESPSIMD_ENGINE_AESNI, "ssse3 sse4_1 aes pclmulqdq",
	      "cpu: without anything, aesni");
	lacks(&none, ESPSIMD_ENGINE_AVX512,
	      "ssse3 sse4_1 aes pclmulqdq avx avx2 vaes vpclmulqdq bmi2 avx512f avx512bw avx512vl xcr0:zmm",
	      "cpu: without anything, avx512");
}
