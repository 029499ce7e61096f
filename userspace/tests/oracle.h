/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Independent implementations of AES-GCM to compare with.
 */
#ifndef ESPSIMD_TESTS_ORACLE_H
#define ESPSIMD_TESTS_ORACLE_H

#include "../../kmod/aead/platform.h"

#define ORACLE_TAG	16
#define ORACLE_NONCE	12

/**
 * struct oracle_job - a message to seal
 * @key: AES key
 * @key_len: its length in bytes
 * @nonce: 12 bytes
 * @aad: associated data
 * @aad_len: its length
 * @plain: plaintext
 * @len: its length
 */
struct oracle_job {
	const u8 *key;
	unsigned int key_len;
	const u8 *nonce;
	const u8 *aad;
	unsigned int aad_len;
	const u8 *plain;
	unsigned int len;
};

/**
 * oracle_openssl() - seal by OpenSSL's EVP interface
 * @job: the message
 * @sealed: @job->len bytes of ciphertext
 * @tag: the tag, whole
 */
void oracle_openssl(const struct oracle_job *job, u8 *sealed,
		    u8 tag[ORACLE_TAG]);

/**
 * oracle_ipsec_mb() - seal by libipsec-mb's direct interface
 * @job: the message
 * @sealed: @job->len bytes of ciphertext
 * @tag: the tag, whole
 */
void oracle_ipsec_mb(const struct oracle_job *job, u8 *sealed,
		     u8 tag[ORACLE_TAG]);

#endif /* ESPSIMD_TESTS_ORACLE_H */
