/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The AEAD engine: AES-GCM as ESP uses it (RFC 4106), for bursts of messages.
 *
 * The engine knows nothing of packets, XFRM or the kernel's FPU rules. It gets
 * messages whose payload lies in a list of source segments, and writes the
 * result to one contiguous destination. The same sources compile for the
 * kernel module and for userspace, where they are tested and measured.
 */
#ifndef ESPSIMD_AEAD_H
#define ESPSIMD_AEAD_H

#include "platform.h"

/* Lengths in bytes, RFC 4106 sections 3, 4, 5, 6 and 8.1. */
#define ESPSIMD_AEAD_SALT_LEN		4
#define ESPSIMD_AEAD_IV_LEN		8
#define ESPSIMD_AEAD_AAD_LEN		8
#define ESPSIMD_AEAD_AAD_ESN_LEN	12
#define ESPSIMD_AEAD_TAG_MAX		16
#define ESPSIMD_AEAD_KEY_MAX		32

/**
 * enum espsimd_tier - instruction-set tiers of the engine, slowest first
 * @ESPSIMD_TIER_NONE: the CPU has no tier that the engine can use
 * @ESPSIMD_TIER_AESNI: AES-NI and PCLMULQDQ on 128-bit registers
 * @ESPSIMD_TIER_AVX2: VAES and VPCLMULQDQ on 256-bit registers
 * @ESPSIMD_TIER_AVX512: VAES and VPCLMULQDQ on 512-bit registers
 * @ESPSIMD_TIER_NR: number of values, for tables
 */
enum espsimd_tier {
	ESPSIMD_TIER_NONE,
	ESPSIMD_TIER_AESNI,
	ESPSIMD_TIER_AVX2,
	ESPSIMD_TIER_AVX512,
	ESPSIMD_TIER_NR
};

/* Defined in key.h. One layout serves every tier, so a live SA can change. */
struct espsimd_aead_key;

/**
 * struct espsimd_aead_seg - a contiguous piece of a message's source
 * @data: first byte; any alignment
 * @len: length in bytes; 0 is allowed
 */
struct espsimd_aead_seg {
	const u8 *data;
	unsigned int len;
};

/**
 * struct espsimd_aead_msg - one message of a burst
 * @key: prepared key; must outlive the call
 * @src: @nr_segs source segments: plaintext to seal, ciphertext to open; the
 *	tag is not part of them
 * @dst: @len bytes of output. Each segment of the source is either the very
 *	memory that its own bytes of the output go to, or has nothing in common
 *	with the output; any other overlap is forbidden.
 * @tag: seal: the tag is written here; open: the received tag is read here.
 *	The length is the one the key was prepared with. Must not lie within
 *	@dst[0..@len).
 * @iv: the 8 explicit bytes of the nonce (RFC 4106 section 3.1)
 * @len: payload length in bytes, the sum of the segments' lengths
 * @aad_len: bytes of @aad in use: 8, or 12 with extended sequence numbers
 * @aad: SPI and sequence number as RFC 4106 section 5 lays them out
 * @nr_segs: number of entries in @src; 0 if @len is 0
 * @authentic: result of open. When false, all of @dst has been zeroed.
 *
 * A cache line, in which @iv, @len, @aad_len and @aad stand where they can be
 * loaded as one vector.
 */
struct espsimd_aead_msg {
	const struct espsimd_aead_key *key;
	const struct espsimd_aead_seg *src;
	u8 *dst;
	u8 *tag;
	u8 iv[ESPSIMD_AEAD_IV_LEN];
	u32 len;
	u32 aad_len;
	u8 aad[ESPSIMD_AEAD_AAD_ESN_LEN];
	u16 nr_segs;
	bool authentic;
};

/**
 * espsimd_aead_init() - detect the CPU's tiers and test each of them
 *
 * A tier is usable when the CPU and the operating system support it (CPUID and
 * XCR0) and a known-answer test passes. Must be called before all others.
 *
 * Context: Process context, inside a SIMD section.
 * Return: the best usable tier, which is also the one that
 * espsimd_aead_seal() and espsimd_aead_open() use for ESPSIMD_TIER_NR.
 */
enum espsimd_tier espsimd_aead_init(void);

/**
 * espsimd_aead_bind() - call the best tier directly from now on
 *
 * Patches the calls for ESPSIMD_TIER_NR, which works without it too. To be
 * called once, after espsimd_aead_init().
 *
 * Context: Process context, outside of SIMD sections; may sleep.
 */
void espsimd_aead_bind(void);

/**
 * espsimd_aead_tier_usable() - may this tier be used on this machine?
 * @tier: the tier
 *
 * Context: Any context.
 * Return: true if espsimd_aead_init() found it supported and correct.
 */
bool espsimd_aead_tier_usable(enum espsimd_tier tier);

/**
 * espsimd_aead_best_tier() - the fastest usable tier
 *
 * Context: Any context.
 * Return: the tier, ESPSIMD_TIER_NONE if there is none.
 */
enum espsimd_tier espsimd_aead_best_tier(void);

/**
 * espsimd_aead_tier_name() - name of a tier as users write it
 * @tier: the tier
 *
 * Context: Any context.
 * Return: "none", "aesni", "avx2" or "avx512".
 */
const char *espsimd_aead_tier_name(enum espsimd_tier tier);

/**
 * espsimd_aead_key_size() - memory that a prepared key takes
 *
 * Context: Any context.
 * Return: bytes; the memory must be aligned to 64 bytes.
 */
unsigned int espsimd_aead_key_size(void);

/**
 * espsimd_aead_key_prepare() - expand a key for all tiers
 * @key: (output) espsimd_aead_key_size() bytes, aligned to 64 bytes. The
 *	caller wipes it when it is no longer needed.
 * @raw: AES key
 * @raw_len: its length in bytes: 16, 24 or 32
 * @salt: the 4 implicit bytes of the nonce (RFC 4106 section 4)
 * @tag_len: length of the tag in bytes: 8, 12 or 16
 *
 * Context: Inside a SIMD section.
 * Return: 0, or -EINVAL for a length that is not listed. No other errors are
 * possible.
 */
int __must_check espsimd_aead_key_prepare(struct espsimd_aead_key *key,
					  const u8 *raw, unsigned int raw_len,
					  const u8 salt[ESPSIMD_AEAD_SALT_LEN],
					  unsigned int tag_len);

/**
 * espsimd_aead_seal() - encrypt and authenticate a burst of messages
 * @tier: tier to use: a usable one, or ESPSIMD_TIER_NR for the best
 * @msgs: the messages; keys and shapes may differ from one to the next
 * @nr: number of messages
 *
 * Cannot fail. Vector registers that held key material are cleared before it
 * returns.
 *
 * Context: Inside a SIMD section. Does not sleep, allocate or call out.
 */
void espsimd_aead_seal(enum espsimd_tier tier, struct espsimd_aead_msg *msgs,
		       unsigned int nr);

/**
 * espsimd_aead_open() - verify and decrypt a burst of messages
 * @tier: tier to use: a usable one, or ESPSIMD_TIER_NR for the best
 * @msgs: the messages; the result is in each one's @authentic
 * @nr: number of messages
 *
 * No byte of plaintext of a message that is not authentic survives in its
 * destination. Tags are compared in constant time. Vector registers that held
 * key material are cleared before it returns.
 *
 * Context: Inside a SIMD section. Does not sleep, allocate or call out.
 * Return: true if all messages are authentic. Each message says it for itself
 * too, so a caller that looks at every one may ignore this.
 */
bool espsimd_aead_open(enum espsimd_tier tier, struct espsimd_aead_msg *msgs,
		       unsigned int nr);

#endif /* ESPSIMD_AEAD_H */
