/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this CPU has of the instruction sets that the engine's tiers need.
 */
#ifndef ESPSIMD_CPU_H
#define ESPSIMD_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct cpu - answers of CPUID and XGETBV
 * @leaf1_ecx: leaf 1
 * @leaf7_ebx: leaf 7, subleaf 0
 * @leaf7_ecx: leaf 7, subleaf 0
 * @xcr0: register states that the operating system saves, 0 if it does not
 *	use XSAVE
 */
struct cpu {
	uint32_t leaf1_ecx;
	uint32_t leaf7_ebx;
	uint32_t leaf7_ecx;
	uint64_t xcr0;
};

/**
 * cpu_read() - ask this CPU
 * @cpu: (output) its answers, all 0 where it is no x86-64
 */
void cpu_read(struct cpu *cpu);

/**
 * cpu_features() - features of interest that a CPU has
 * @cpu: its answers
 * @text: (output) their names, with spaces between them
 * @size: size of @text
 */
void cpu_features(const struct cpu *cpu, char *text, size_t size);

/**
 * cpu_lacks() - what an engine needs and a CPU does not have
 * @cpu: its answers
 * @engine: one of enum espsimd_engine
 * @text: (output) names of what is missing, with spaces between them
 * @size: size of @text
 *
 * Return: false, and an empty text, if nothing is missing.
 */
bool cpu_lacks(const struct cpu *cpu, uint32_t engine, char *text,
	       size_t size);

#endif /* ESPSIMD_CPU_H */
