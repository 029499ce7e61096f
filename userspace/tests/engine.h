/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the engine's tests share: inputs, keys, guarded memory, tiers.
 */
#ifndef ESPSIMD_TESTS_ENGINE_H
#define ESPSIMD_TESTS_ENGINE_H

#include "../../kmod/aead/key.h"
#include "../../kmod/aead/tiers.h"

/**
 * struct engine_check - something to be tested with each tier
 * @name: what it is
 * @run: runs it, and returns true if it passed
 * @arg: argument of @run
 */
struct engine_check {
	const char *name;
	bool (*run)(enum espsimd_tier tier, unsigned int arg);
	unsigned int arg;
};

/**
 * engine_run() - run checks with each tier, one result for each
 * @prefix: begins the name of each result
 * @checks: the checks
 * @nr: their number
 *
 * A tier that the CPU lacks is skipped; one that the CPU has but whose
 * known-answer test failed is a failure.
 *
 * Return: exit code of the program.
 */
int engine_run(const char *prefix, const struct engine_check *checks,
	       unsigned int nr);

/**
 * engine_random() - the next number of a fixed pseudo-random sequence
 * @below: bound
 *
 * Return: a number from 0 to @below - 1.
 */
unsigned int engine_random(unsigned int below);

/**
 * engine_fill() - fill memory from the same sequence
 * @p: the memory
 * @len: its length
 */
void engine_fill(u8 *p, unsigned int len);

/**
 * engine_guarded() - memory between two pages that cannot be accessed
 * @len: length in bytes
 *
 * Return: the memory, which starts right behind a page that faults; the same
 * is behind its end if @len is a multiple of the page size. Never freed.
 */
u8 *engine_guarded(unsigned int len);

/**
 * struct engine_sa - what messages under one key have in common
 * @raw: AES key
 * @raw_len: its length
 * @salt: the implicit part of the nonce
 * @tag_len: length of tags
 * @key: the prepared key
 */
struct engine_sa {
	u8 raw[ESPSIMD_AEAD_KEY_MAX];
	unsigned int raw_len;
	u8 salt[ESPSIMD_AEAD_SALT_LEN];
	unsigned int tag_len;
	struct espsimd_aead_key key;
};

/**
 * engine_sa_init() - an SA with a key from the sequence
 * @sa: (output) the SA
 * @raw_len: length of the key
 * @tag_len: length of tags
 */
void engine_sa_init(struct engine_sa *sa, unsigned int raw_len,
		    unsigned int tag_len);

/**
 * engine_sa_tag_len() - prepare the same key for another length of tags
 * @sa: the SA
 * @tag_len: length of tags
 */
void engine_sa_tag_len(struct engine_sa *sa, unsigned int tag_len);

/**
 * engine_msg() - a message with IV and associated data from the sequence
 * @msg: (output) the message, without payload
 * @sa: its SA
 * @aad_len: length of associated data
 */
void engine_msg(struct espsimd_aead_msg *msg, const struct engine_sa *sa,
		unsigned int aad_len);

/**
 * engine_expect() - what sealing a message must give
 * @sa: SA of the message
 * @msg: the message; its payload is not looked at
 * @plain: its plaintext
 * @sealed: (output) its ciphertext
 * @tag: (output) its tag, whole
 *
 * Return: true if OpenSSL and libipsec-mb agree.
 */
bool engine_expect(const struct engine_sa *sa,
		   const struct espsimd_aead_msg *msg, const u8 *plain,
		   u8 *sealed, u8 tag[ESPSIMD_AEAD_TAG_MAX]);

/**
 * engine_is_all() - does memory consist of one byte?
 * @p: the memory
 * @byte: the byte
 * @len: length
 *
 * Return: true if so.
 */
bool engine_is_all(const u8 *p, u8 byte, unsigned int len);

#endif /* ESPSIMD_TESTS_ENGINE_H */
