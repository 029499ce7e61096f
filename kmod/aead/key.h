/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A prepared key, in one layout for all tiers.
 *
 * GHASH (NIST SP 800-38D section 6.4) sums up X_1*H^n + X_2*H^(n-1) + ... +
 * X_n*H in GF(2^128). Summing the products of up to ESPSIMD_AEAD_POWERS blocks
 * before reducing the sum once needs that many powers of H.
 *
 * GCM numbers bits backwards: the coefficient of x^0 is the most significant
 * bit of the first byte. When a block is loaded with its bytes reversed, the
 * 128-bit number v(A) is the element A with its coefficients in reverse, i.e.
 * v(A)(y) = y^127 * A(1/y). A carry-less product of two such numbers therefore
 * is y^254 * (A*B)(1/y), and no bits need to be reversed; but to become
 * v(A*B) it has to be multiplied by y^-127, in the field that is made by the
 * reversed polynomial
 *
 *	g(y) = y^128 + y^127 + y^126 + y^121 + 1.
 *
 * With the key stored as y * v(H) the missing factor is y^-128, which is just
 * what a Montgomery reduction by 128 bits does: since g = 1 modulo y^64,
 * adding low64 * g to a product clears its lowest 64 bits, so that it can be
 * divided by y^64; two such steps take 256 bits to 128, each at the cost of
 * one carry-less multiplication by (g - 1 - y^128) / y^64 =
 * y^63 + y^62 + y^57. Powers of the stored form multiply in the same way, so
 * each is the reduced product of the one before it and the first.
 */
#ifndef ESPSIMD_AEAD_KEY_H
#define ESPSIMD_AEAD_KEY_H

#include "platform.h"

/* AES-256 has 14 rounds and one key more than rounds. */
#define ESPSIMD_AEAD_ROUND_KEYS	15

/*
 * Blocks between two reductions, a multiple of what any tier's main loop does
 * at once. With 96 the hash of a packet of 1500 bytes is reduced once. Four of
 * them cost one cache line of each SA, which only long messages read.
 *
 * Two powers more let the first chunk have the block of associated data too,
 * and the last one the block of lengths, without a chunk of its own for a
 * message that just fits.
 */
#define ESPSIMD_AEAD_CHUNK	96
#define ESPSIMD_AEAD_POWERS	(ESPSIMD_AEAD_CHUNK + 2)

/*
 * A vector of up to 4 powers is loaded wherever it starts; lanes behind the
 * last power are multiplied by blocks of zeros.
 */
#define ESPSIMD_AEAD_POWERS_PAD	3

/**
 * struct espsimd_aead_key - a key expanded for all tiers
 * @round_keys: AES encryption round keys; those behind @rounds are zero
 * @base: counter block without IV and counter, the first round key added
 * @powers: y * v(H^n), n from ESPSIMD_AEAD_POWERS down to 1, then zeros
 * @lengths: y^3 times the last of the powers: what the block of the lengths is
 *	multiplied by when they are in bytes instead of bits
 * @salt: first 4 bytes of the nonce, as they go into the counter block
 * @rounds: AES rounds: 10, 12 or 14
 * @key_len: length of the AES key in bytes
 * @tag_len: length of the tag in bytes: 8, 12 or 16
 */
struct espsimd_aead_key {
	u8 round_keys[ESPSIMD_AEAD_ROUND_KEYS][16];
	u8 base[16];
	u8 powers[ESPSIMD_AEAD_POWERS + ESPSIMD_AEAD_POWERS_PAD][16];
	u8 lengths[16];
	u32 salt;
	u8 rounds;
	u8 key_len;
	u8 tag_len;
} __aligned(64);

#endif /* ESPSIMD_AEAD_KEY_H */
