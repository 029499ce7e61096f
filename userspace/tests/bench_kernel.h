/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stock kernel's own AES-GCM for x86, which the benchmark can be linked
 * with. Nothing of it is in this tree: it is assembled from the source of a
 * kernel, and without that source there are no such candidates.
 */
#ifndef ESPSIMD_TESTS_BENCH_KERNEL_H
#define ESPSIMD_TESTS_BENCH_KERNEL_H

#include "engine.h"

/* More than any of its keys takes behind the round keys. */
#define KERNEL_POWERS_BYTES	380

/**
 * struct kernel_key - a key as the kernel's assembly has it
 * @len: length of the AES key in bytes
 * @pad: not used
 * @round_keys: AES encryption round keys
 * @salt: first word of the nonce, as a number
 * @powers: what the assembly makes of the round keys, in a layout of its own
 */
struct kernel_key {
	u32 len;
	u32 pad[3];
	u8 round_keys[ESPSIMD_AEAD_ROUND_KEYS][16];
	u32 salt;
	u8 powers[KERNEL_POWERS_BYTES];
} __aligned(64);

/**
 * kernel_has() - is the kernel's code of that kind there, and can it run?
 * @tier: the kind
 *
 * Return: true if so.
 */
bool kernel_has(enum espsimd_tier tier);

/**
 * kernel_key_prepare() - prepare a key for code of one kind
 * @tier: the kind, which must be there
 * @key: (output) the key
 * @sa: what is to be prepared
 */
void kernel_key_prepare(enum espsimd_tier tier, struct kernel_key *key,
			const struct engine_sa *sa);

/**
 * kernel_seal() - seal a message in one segment with a tag of 16 bytes
 * @tier: the kind of code, which must be there
 * @key: a key that was prepared for it
 * @msg: the message; its own key is not looked at
 */
void kernel_seal(enum espsimd_tier tier, const struct kernel_key *key,
		 const struct espsimd_aead_msg *msg);

/**
 * kernel_open() - open a message in one segment with a tag of 16 bytes
 * @tier: the kind of code, which must be there
 * @key: a key that was prepared for it
 * @msg: the message; its own key is not looked at
 *
 * Return: true if it is authentic.
 */
bool kernel_open(enum espsimd_tier tier, const struct kernel_key *key,
		 const struct espsimd_aead_msg *msg);

#endif /* ESPSIMD_TESTS_BENCH_KERNEL_H */
