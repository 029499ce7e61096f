/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guard against sealing two packets under one nonce.
 *
 * The nonce of a packet is salt | 64-bit sequence number (RFC 4106 section
 * 3.1), so it repeats exactly when a sequence number does. The stack hands
 * out each number once, but what stands between it and the driver (tc mirred,
 * netem duplicate) can present it again with other plaintext. A sliding
 * window as in RFC 6479 finds out in constant time.
 */
#ifndef ESPSIMD_NONCE_H
#define ESPSIMD_NONCE_H

#include <linux/bitmap.h>
#include <linux/types.h>

/*
 * How far packets of an SA may overtake each other between the stack and the
 * driver. One bit each; a queueing discipline holds 1000 to 10000 packets.
 */
#define ESPSIMD_NONCE_WINDOW	8192

/**
 * struct espsimd_nonce_guard - sequence numbers that an SA has sealed
 * @top: highest sequence number sealed so far
 * @seen: bit (n % ESPSIMD_NONCE_WINDOW) is set if @n was sealed, for n in
 *	(@top - ESPSIMD_NONCE_WINDOW, @top]
 */
struct espsimd_nonce_guard {
	u64 top;
	DECLARE_BITMAP(seen, ESPSIMD_NONCE_WINDOW);
};

/**
 * espsimd_nonce_guard_init() - start to guard
 * @guard: (output) the guard
 * @last: last sequence number that may have been used; it and all smaller
 *	ones are refused
 *
 * Context: Any context.
 */
void espsimd_nonce_guard_init(struct espsimd_nonce_guard *guard, u64 last);

/**
 * espsimd_nonce_guard_claim() - claim a sequence number for sealing
 * @guard: the guard; the caller serialises all claims
 * @seq: the sequence number
 *
 * Context: Any context.
 * Return: true if @seq was never claimed before. False if it was, or if it is
 * so old that this cannot be known.
 */
bool __must_check espsimd_nonce_guard_claim(struct espsimd_nonce_guard *guard,
					    u64 seq);

#endif /* ESPSIMD_NONCE_H */
