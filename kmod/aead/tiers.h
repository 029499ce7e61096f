/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The entry points of the tiers. Only aead.c calls them, and the tests.
 */
#ifndef ESPSIMD_AEAD_TIERS_H
#define ESPSIMD_AEAD_TIERS_H

#include "aead.h"

/**
 * espsimd_aead_cpu_has() - can CPU and operating system run a tier?
 * @tier: the tier
 *
 * Context: Any context.
 * Return: true if all of its instructions work and the operating system keeps
 * the registers that it uses.
 */
bool espsimd_aead_cpu_has(enum espsimd_tier tier);

/**
 * espsimd_aead_cpu_slow_zmm() - do 512-bit registers slow this CPU down?
 *
 * Context: Any context.
 * Return: true if it lowers its clock so far that 256 bits are the better
 * choice.
 */
bool espsimd_aead_cpu_slow_zmm(void);

/**
 * espsimd_aead_selftest() - known-answer test of a tier
 * @tier: a tier that the CPU has
 *
 * Context: Inside a SIMD section. Not reentrant.
 * Return: true if all answers are right.
 */
bool __must_check espsimd_aead_selftest(enum espsimd_tier tier);

/*
 * Seal and open of each tier, as espsimd_aead_seal() and espsimd_aead_open()
 * describe them.
 */
void espsimd_aead_seal_aesni(struct espsimd_aead_msg *msgs, unsigned int nr);
void espsimd_aead_seal_avx2(struct espsimd_aead_msg *msgs, unsigned int nr);
void espsimd_aead_seal_avx512(struct espsimd_aead_msg *msgs, unsigned int nr);
bool espsimd_aead_open_aesni(struct espsimd_aead_msg *msgs, unsigned int nr);
bool espsimd_aead_open_avx2(struct espsimd_aead_msg *msgs, unsigned int nr);
bool espsimd_aead_open_avx512(struct espsimd_aead_msg *msgs, unsigned int nr);

#ifndef __KERNEL__
/*
 * For tests with public vectors only: one message with associated data of any
 * length, which takes the place of the message's own. Seals, or opens and
 * returns the result. Registers and stack are not cleared.
 */
bool espsimd_aead_raw_aesni(struct espsimd_aead_msg *msg, const u8 *aad,
			    unsigned int aad_len, bool seal);
bool espsimd_aead_raw_avx2(struct espsimd_aead_msg *msg, const u8 *aad,
			   unsigned int aad_len, bool seal);
bool espsimd_aead_raw_avx512(struct espsimd_aead_msg *msg, const u8 *aad,
			     unsigned int aad_len, bool seal);
#endif

#endif /* ESPSIMD_AEAD_TIERS_H */
