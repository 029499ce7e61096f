/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the benchmark compares: the engine's tiers, other libraries by each of
 * the interfaces that they have for this, and the stock kernel.
 */
#ifndef ESPSIMD_TESTS_BENCH_PEERS_H
#define ESPSIMD_TESTS_BENCH_PEERS_H

#include "../../kmod/aead/platform.h"

/* Messages in memory, which are used one after the other. */
#define BENCH_MSGS	32
#define BENCH_MAX	9216

/* Stands for lengths of 64, 576 and 1424 bytes, mixed as 7 : 4 : 1. */
#define BENCH_IMIX	0

/**
 * enum bench_who - who does the work
 * @BENCH_AESNI: the engine's AES-NI tier
 * @BENCH_AVX2: the engine's AVX2 tier
 * @BENCH_AVX512: the engine's AVX-512 tier
 * @BENCH_MB_DIRECT: libipsec-mb, a call of its own for each message
 * @BENCH_MB_JOB: libipsec-mb, a job for each message, without checks
 * @BENCH_MB_BURST: libipsec-mb, bursts of jobs, without checks
 * @BENCH_OPENSSL: OpenSSL's EVP interface
 * @BENCH_KERNEL_AESNI: the stock kernel's code for AES-NI and AVX
 * @BENCH_KERNEL_AVX2: the stock kernel's code for VAES and AVX2
 * @BENCH_KERNEL_AVX512: the stock kernel's code for VAES and AVX-512
 * @BENCH_NR: number of values, for tables
 */
enum bench_who {
	BENCH_AESNI,
	BENCH_AVX2,
	BENCH_AVX512,
	BENCH_MB_DIRECT,
	BENCH_MB_JOB,
	BENCH_MB_BURST,
	BENCH_OPENSSL,
	BENCH_KERNEL_AESNI,
	BENCH_KERNEL_AVX2,
	BENCH_KERNEL_AVX512,
	BENCH_NR
};

/**
 * struct bench_shape - what is to be done to the messages
 * @len: payload of each, in bytes, or BENCH_IMIX
 * @burst: messages in a call, at most BENCH_MSGS
 * @rounds: how often all of the messages are done
 * @seal: to be sealed, else opened
 */
struct bench_shape {
	unsigned int len, burst, rounds;
	bool seal;
};

/**
 * bench_name() - name of a candidate as it is printed
 * @who: the candidate
 *
 * Return: a short word.
 */
const char *bench_name(enum bench_who who);

/**
 * bench_usable() - can this candidate run here?
 * @who: the candidate
 *
 * Return: true if so.
 */
bool bench_usable(enum bench_who who);

/**
 * bench_bytes() - payload of all messages
 * @shape: their shape
 *
 * Return: bytes.
 */
unsigned int bench_bytes(const struct bench_shape *shape);

/**
 * bench_setup() - prepare keys and messages
 * @key_len: length of the AES keys in bytes: 16 or 32
 * @sas: number of keys; messages take them in turn, in an order without a
 *	pattern
 */
void bench_setup(unsigned int key_len, unsigned int sas);

/**
 * bench_prepare() - make all messages ready for a shape
 * @shape: the shape; sources are sealed messages if it opens
 *
 * To be called before the first bench_run() with another shape. Each time they
 * are at other places in memory.
 */
void bench_prepare(const struct bench_shape *shape);

/**
 * bench_run() - let a candidate do all of the messages
 * @who: the candidate
 * @shape: what to do
 *
 * Ends the program if a message that is opened is not authentic to the engine
 * or to the kernel's code.
 */
void bench_run(enum bench_who who, const struct bench_shape *shape);

/**
 * bench_agree() - do all candidates give the same?
 * @shape: a shape, for which all is prepared
 *
 * Return: true if so.
 */
bool bench_agree(const struct bench_shape *shape);

#endif /* ESPSIMD_TESTS_BENCH_PEERS_H */
