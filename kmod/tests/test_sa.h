/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SAs and messages for tests of cryptography.
 */
#ifndef ESPSIMD_TEST_SA_H
#define ESPSIMD_TEST_SA_H

#include <kunit/test.h>

#include "../aead/aead.h"
#include "../buffer.h"
#include "../sa.h"

/* Most segments of a job: struct espsimd_job.segs. */
#define ESPSIMD_TEST_SEGS	(ESPSIMD_BUFFER_SEGS + 1)

/* Longest message: a jumbo frame. */
#define ESPSIMD_TEST_LEN_MAX	9216

/**
 * struct espsimd_test_sa - an SA and its raw key
 * @sa: the SA; what it takes to seal and open is set
 * @key: AES key, and the salt behind it
 * @key_len: length of the AES key in bytes
 */
struct espsimd_test_sa {
	struct espsimd_sa sa;
	u8 key[ESPSIMD_AEAD_KEY_MAX + ESPSIMD_AEAD_SALT_LEN];
	unsigned int key_len;
};

/**
 * espsimd_test_sa() - make an SA, which is freed after the test case
 * @test: the test; it is aborted if that fails
 * @key_len: length of the AES key in bytes
 * @tag_len: length of the tag in bytes
 *
 * Context: Process context.
 * Return: the SA.
 */
struct espsimd_test_sa *espsimd_test_sa(struct kunit *test,
					unsigned int key_len,
					unsigned int tag_len);

/**
 * espsimd_test_aead() - an AEAD of the kernel, freed after the test case
 * @test: the test; it is skipped if the kernel lacks the AEAD
 * @name: its name
 * @tag_len: length of the tag in bytes
 *
 * Context: Process context.
 * Return: the AEAD, without a key.
 */
struct crypto_aead *espsimd_test_aead(struct kunit *test, const char *name,
				      unsigned int tag_len);

/**
 * enum espsimd_test_cut - how the source of a message is cut into segments
 * @ESPSIMD_TEST_CUT_WHOLE: not at all
 * @ESPSIMD_TEST_CUT_FIRST: the first byte alone
 * @ESPSIMD_TEST_CUT_LAST: the last byte alone
 * @ESPSIMD_TEST_CUT_EMPTY: empty segments in front, between and behind
 * @ESPSIMD_TEST_CUT_MANY: into ESPSIMD_TEST_SEGS pieces of odd lengths
 * @ESPSIMD_TEST_CUT_NR: number of values
 */
enum espsimd_test_cut {
	ESPSIMD_TEST_CUT_WHOLE,
	ESPSIMD_TEST_CUT_FIRST,
	ESPSIMD_TEST_CUT_LAST,
	ESPSIMD_TEST_CUT_EMPTY,
	ESPSIMD_TEST_CUT_MANY,
	ESPSIMD_TEST_CUT_NR
};

/**
 * espsimd_test_cut() - cut the source of a message
 * @segs: (output) ESPSIMD_TEST_SEGS segments
 * @data: the source
 * @len: its length in bytes, at least 4
 * @cut: how to cut it
 *
 * Context: Any context.
 * Return: number of segments.
 */
unsigned int espsimd_test_cut(struct espsimd_aead_seg *segs, const u8 *data,
			      unsigned int len, enum espsimd_test_cut cut);

/**
 * espsimd_test_is() - are all bytes the same?
 * @data: the bytes
 * @len: number of bytes
 * @byte: what they should be
 *
 * Context: Any context.
 * Return: true if they are.
 */
bool espsimd_test_is(const u8 *data, unsigned int len, u8 byte);

#endif /* ESPSIMD_TEST_SA_H */
