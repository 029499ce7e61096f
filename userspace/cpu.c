// SPDX-License-Identifier: GPL-2.0
/*
 * What this CPU has of the instruction sets that the engine's tiers need. The
 * module decides for itself; this is to tell people why.
 */
#include <linux/espsimd.h>
#include <stdio.h>

#include "command.h"
#include "cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* Register states of XCR0: SSE and AVX; and opmask, ZMM0-15, ZMM16-31. */
#define XCR0_YMM	UINT64_C(0x06)
#define XCR0_ZMM	UINT64_C(0xe6)

/* The tiers are ordered: each needs what the ones before it need. */
#define ALL_TIERS	ESPSIMD_ENGINE_AESNI
#define WIDE_TIERS	ESPSIMD_ENGINE_AVX2
#define AVX512_TIER	ESPSIMD_ENGINE_AVX512

/* A feature: its answer in struct cpu, its bit there, and who needs it. */
struct feature {
	const char *name;
	size_t where;
	unsigned int bit;
	uint32_t needed_from;
};

#define FEATURE(name, leaf, bit, tiers) \
	{ name, offsetof(struct cpu, leaf), bit, tiers }

static const struct feature features[] = {
	FEATURE("ssse3", leaf1_ecx, 9, ALL_TIERS),
	FEATURE("sse4_1", leaf1_ecx, 19, ALL_TIERS),
	FEATURE("aes", leaf1_ecx, 25, ALL_TIERS),
	FEATURE("pclmulqdq", leaf1_ecx, 1, ALL_TIERS),
	FEATURE("avx", leaf1_ecx, 28, WIDE_TIERS),
	FEATURE("avx2", leaf7_ebx, 5, WIDE_TIERS),
	FEATURE("vaes", leaf7_ecx, 9, WIDE_TIERS),
	FEATURE("vpclmulqdq", leaf7_ecx, 10, WIDE_TIERS),
	FEATURE("bmi2", leaf7_ebx, 8, AVX512_TIER),
	FEATURE("avx512f", leaf7_ebx, 16, AVX512_TIER),
	FEATURE("avx512bw", leaf7_ebx, 30, AVX512_TIER),
	FEATURE("avx512vl", leaf7_ebx, 31, AVX512_TIER),
};

#if defined(__x86_64__)

#define LEAF1_OSXSAVE	UINT32_C(0x08000000)

static uint64_t read_xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

void cpu_read(struct cpu *cpu)
{
	uint32_t eax, ebx, ecx, edx;

	*cpu = (struct cpu){ .xcr0 = 0 };
	if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
		cpu->leaf1_ecx = ecx;
		if (ecx & LEAF1_OSXSAVE)
			cpu->xcr0 = read_xcr0();
	}
	if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
		cpu->leaf7_ebx = ebx;
		cpu->leaf7_ecx = ecx;
	}
}

#else

void cpu_read(struct cpu *cpu)
{
	*cpu = (struct cpu){ .xcr0 = 0 };
}

#endif

static bool has(const struct cpu *cpu, const struct feature *feature)
{
	const char *answers = (const char *)cpu;

	return *(const uint32_t *)(answers + feature->where) >>
	       feature->bit & 1;
}

/* Appends a word; what has no room is cut off. */
static void add_word(char *text, size_t size, size_t *length, const char *word)
{
	if (*length < size)
		*length += snprintf(text + *length, size - *length, "%s%s",
				    *length ? " " : "", word);
}

void cpu_features(const struct cpu *cpu, char *text, size_t size)
{
	size_t length = 0, i;

	text[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (has(cpu, &features[i]))
			add_word(text, size, &length, features[i].name);
}

/* Registers that the operating system does not save may not be used. */
static const char *lacks_state(const struct cpu *cpu, uint32_t engine)
{
	if (engine == ESPSIMD_ENGINE_AVX512 &&
	    (cpu->xcr0 & XCR0_ZMM) != XCR0_ZMM)
		return "xcr0:zmm";
	if (engine == ESPSIMD_ENGINE_AVX2 &&
	    (cpu->xcr0 & XCR0_YMM) != XCR0_YMM)
		return "xcr0:ymm";
	return NULL;
}

bool cpu_lacks(const struct cpu *cpu, uint32_t engine, char *text, size_t size)
{
	const char *state = lacks_state(cpu, engine);
	size_t length = 0, i;

	text[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (features[i].needed_from <= engine &&
		    !has(cpu, &features[i]))
			add_word(text, size, &length, features[i].name);
	if (state)
		add_word(text, size, &length, state);
	return length;
}
