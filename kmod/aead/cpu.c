// SPDX-License-Identifier: GPL-2.0
/*
 * Which tiers the CPU and the operating system can run.
 *
 * CPUID says what the CPU has, and XCR0 which registers the operating system
 * keeps for a task; both can be asked in userspace and in a user-mode kernel
 * too. A kernel on the bare CPU (or in a virtual machine) has its own view,
 * from which features can be missing that CPUID has (clearcpuid=, errata,
 * mitigations): there both must agree.
 */
#include "tiers.h"

#if defined(__KERNEL__) && !defined(CONFIG_UML)
#define ESPSIMD_CPU_ASK_KERNEL
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>
#endif

/* CPUID leaf 1, register ECX. */
#define CPU_1C_PCLMULQDQ	0x00000002
#define CPU_1C_SSSE3		0x00000200
#define CPU_1C_SSE4_1		0x00080000
#define CPU_1C_AES		0x02000000
#define CPU_1C_OSXSAVE		0x08000000
#define CPU_1C_AVX		0x10000000
/* CPUID leaf 7, register EBX. */
#define CPU_7B_AVX2		0x00000020
#define CPU_7B_BMI2		0x00000100
#define CPU_7B_AVX512F		0x00010000
#define CPU_7B_AVX512BW		0x40000000
#define CPU_7B_AVX512VL		0x80000000
/* CPUID leaf 7, register ECX. */
#define CPU_7C_VAES		0x00000200
#define CPU_7C_VPCLMULQDQ	0x00000400
/* XCR0: registers that the operating system saves and restores. */
#define CPU_XCR0_YMM		0x06	/* XMM and upper halves of YMM */
#define CPU_XCR0_ZMM		0xe6	/* and masks, ZMM, ZMM16 to ZMM31 */

struct cpu_needs {
	u32 leaf1c, leaf7b, leaf7c, xcr0;
};

#define CPU_NEEDS_AESNI_1C	(CPU_1C_AES | CPU_1C_PCLMULQDQ | \
				 CPU_1C_SSSE3 | CPU_1C_SSE4_1)
#define CPU_NEEDS_AVX_1C	(CPU_NEEDS_AESNI_1C | CPU_1C_OSXSAVE | \
				 CPU_1C_AVX)

/* Keys are expanded with AES-NI, so every tier needs that too. */
static const struct cpu_needs cpu_needs[ESPSIMD_TIER_NR] = {
	[ESPSIMD_TIER_AESNI] = {
		.leaf1c = CPU_NEEDS_AESNI_1C,
	},
	[ESPSIMD_TIER_AVX2] = {
		.leaf1c = CPU_NEEDS_AVX_1C,
		.leaf7b = CPU_7B_AVX2,
		.leaf7c = CPU_7C_VAES | CPU_7C_VPCLMULQDQ,
		.xcr0 = CPU_XCR0_YMM,
	},
	[ESPSIMD_TIER_AVX512] = {
		.leaf1c = CPU_NEEDS_AVX_1C,
		.leaf7b = CPU_7B_AVX2 | CPU_7B_BMI2 | CPU_7B_AVX512F |
			  CPU_7B_AVX512BW | CPU_7B_AVX512VL,
		.leaf7c = CPU_7C_VAES | CPU_7C_VPCLMULQDQ,
		.xcr0 = CPU_XCR0_ZMM,
	},
};

struct cpu_regs {
	u32 a, b, c, d;
};

static struct cpu_regs cpu_id(u32 leaf, u32 subleaf)
{
	struct cpu_regs r;

	__asm__ __volatile__("cpuid"
			     : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
			     : "a"(leaf), "c"(subleaf));
	return r;
}

/* Only if CPU_1C_OSXSAVE is set; else the instruction does not exist. */
static u32 cpu_xcr0(void)
{
	u32 low, high;

	__asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

#ifdef ESPSIMD_CPU_ASK_KERNEL
static bool cpu_kernel_agrees(enum espsimd_tier tier)
{
	u64 xfeatures = XFEATURE_MASK_SSE | XFEATURE_MASK_YMM;

	if (!boot_cpu_has(X86_FEATURE_AES) ||
	    !boot_cpu_has(X86_FEATURE_PCLMULQDQ) ||
	    !boot_cpu_has(X86_FEATURE_SSSE3) ||
	    !boot_cpu_has(X86_FEATURE_XMM4_1))
		return false;
	if (tier == ESPSIMD_TIER_AESNI)
		return true;

	if (!boot_cpu_has(X86_FEATURE_AVX) || !boot_cpu_has(X86_FEATURE_AVX2) ||
	    !boot_cpu_has(X86_FEATURE_VAES) ||
	    !boot_cpu_has(X86_FEATURE_VPCLMULQDQ) ||
	    !boot_cpu_has(X86_FEATURE_OSXSAVE))
		return false;
	if (tier == ESPSIMD_TIER_AVX2)
		return cpu_has_xfeatures(xfeatures, NULL);

	return boot_cpu_has(X86_FEATURE_AVX512F) &&
	       boot_cpu_has(X86_FEATURE_AVX512BW) &&
	       boot_cpu_has(X86_FEATURE_AVX512VL) &&
	       boot_cpu_has(X86_FEATURE_BMI2) &&
	       cpu_has_xfeatures(xfeatures | XFEATURE_MASK_AVX512, NULL);
}
#else
static bool cpu_kernel_agrees(enum espsimd_tier tier)
{
	(void)tier;
	return true;
}
#endif

bool espsimd_aead_cpu_has(enum espsimd_tier tier)
{
	struct cpu_regs leaf1, leaf7 = { 0 };
	const struct cpu_needs *needs;
	u32 xcr0 = 0;

	if (tier <= ESPSIMD_TIER_NONE || tier >= ESPSIMD_TIER_NR)
		return false;
	needs = &cpu_needs[tier];

	leaf1 = cpu_id(1, 0);
	if (cpu_id(0, 0).a >= 7)
		leaf7 = cpu_id(7, 0);
	if (leaf1.c & CPU_1C_OSXSAVE)
		xcr0 = cpu_xcr0();

	return (leaf1.c & needs->leaf1c) == needs->leaf1c &&
	       (leaf7.b & needs->leaf7b) == needs->leaf7b &&
	       (leaf7.c & needs->leaf7c) == needs->leaf7c &&
	       (xcr0 & needs->xcr0) == needs->xcr0 && cpu_kernel_agrees(tier);
}

bool espsimd_aead_cpu_slow_zmm(void)
{
	struct cpu_regs id = cpu_id(0, 0), sig = cpu_id(1, 0);
	u32 family = sig.a >> 8 & 0xf;
	u32 model = (sig.a >> 4 & 0xf) | (sig.a >> 12 & 0xf0);

	/* "Genu" of "GenuineIntel", and the family of all models below. */
	if (id.b != 0x756e6547 || family != 6)
		return false;

	switch (model) {
	case 0x55: /* Skylake-X, Cascade Lake, Cooper Lake */
	case 0x6a: /* Ice Lake-SP */
	case 0x6c: /* Ice Lake-D */
	case 0x7d: /* Ice Lake */
	case 0x7e: /* Ice Lake mobile */
	case 0x8c: /* Tiger Lake mobile */
	case 0x8d: /* Tiger Lake */
		return true;
	default:
		return false;
	}
}
