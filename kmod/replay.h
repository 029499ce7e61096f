/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sequence numbers of SAs in packet mode: the anti-replay window of received
 * packets (RFC 4303 section 3.4.3, extended numbers as in appendix A2) and the
 * numbers of packets to send.
 *
 * Both stay in the stack's own SA and in the stack's own layout. So the stack's
 * software path and the driver can take turns on one SA, and what user space
 * reads and writes is the truth. There are three layouts:
 *
 * - struct xfrm_replay_state, up to 32 numbers: bit n of the bitmap stands for
 *   the n-th number below the highest.
 * - struct xfrm_replay_state_esn, with or without extended numbers: a ring of
 *   as many bits as the window is wide. Bit (low half - 1) modulo width stands
 *   for the highest number, the bits before it, cyclically, for those below.
 *
 * If the width of a ring is no power of two, then all places change when the
 * low half of the highest number goes from 0 to 1, which includes the very
 * first packet of an SA. The stack forgets to move the bits then; here they are
 * moved, and nothing that was received passes a second time. A packet that the
 * stack itself takes over this point can be replayed as on any Linux.
 */
#ifndef ESPSIMD_REPLAY_H
#define ESPSIMD_REPLAY_H

#include <linux/types.h>

struct xfrm_state;

/**
 * enum espsimd_replay - what the window says of a number
 * @ESPSIMD_REPLAY_OK: it has not been received yet
 * @ESPSIMD_REPLAY_ZERO: it is zero, which is never sent
 * @ESPSIMD_REPLAY_OLD: it is below the window
 * @ESPSIMD_REPLAY_SEEN: it was received before
 */
enum espsimd_replay {
	ESPSIMD_REPLAY_OK,
	ESPSIMD_REPLAY_ZERO,
	ESPSIMD_REPLAY_OLD,
	ESPSIMD_REPLAY_SEEN,
};

/**
 * espsimd_replay_seq() - whole sequence number of a received packet
 * @x: the inbound SA
 * @wire: the low half, as in the ESP header
 *
 * With extended numbers this is the only one that has this low half and lies
 * less than 2^32 above the lower edge of the window (RFC 4303 appendix A2.2).
 *
 * Without x->lock the two halves of the highest number can be read from either
 * side of an update that another CPU makes at a wrap of the low half. The
 * result then is off by 2^32, and so is the nonce: the packet is found not
 * authentic and dropped. Nothing is accepted by mistake, since
 * espsimd_replay_commit() decides, under the lock, on the very number that the
 * packet was authenticated with. Who holds the lock anyway should ask then.
 *
 * Context: Any context.
 * Return: the number; without extended numbers, @wire.
 */
u64 espsimd_replay_seq(const struct xfrm_state *x, u32 wire);

/**
 * espsimd_replay_check() - look a number up in the window
 * @x: the inbound SA
 * @seq: the number, from espsimd_replay_seq()
 *
 * Nothing is counted, see espsimd_replay_count(). Without x->lock the answer is
 * a hint that spares a hopeless packet its decryption. A race with another CPU
 * can make it wrong for a packet near the lower edge of the window, or near a
 * wrap of the low half: if it says no, the packet counts as lost; if it says
 * yes, espsimd_replay_commit() has the last word.
 *
 * Context: Any context.
 * Return: what the window says; always ESPSIMD_REPLAY_OK if the SA has none.
 */
enum espsimd_replay espsimd_replay_check(const struct xfrm_state *x, u64 seq);

/**
 * espsimd_replay_count() - count a packet that was refused
 * @x: the inbound SA
 * @why: what espsimd_replay_check() said
 *
 * Counts in x->stats as the stack does: SEEN as replay, OLD as replay_window,
 * ZERO not at all. espsimd_replay_commit() counts by itself.
 *
 * Context: x->lock held.
 */
void espsimd_replay_count(struct xfrm_state *x, enum espsimd_replay why);

/**
 * espsimd_replay_commit() - check a number and mark it as received
 * @x: the inbound SA
 * @seq: the number that the packet was found authentic with
 *
 * A refused number is counted and changes nothing else.
 *
 * Context: x->lock held.
 * Return: what the window said.
 */
enum espsimd_replay __must_check
espsimd_replay_commit(struct xfrm_state *x, u64 seq);

/**
 * espsimd_replay_reserve() - take numbers for packets to send
 * @x: the outbound SA
 * @n: how many, at least 1
 * @first: (output) the first of them; valid if true is returned
 *
 * The last number is 2^32 - 1, or 2^64 - 1 with extended numbers. Also an SA
 * with XFRM_SA_XFLAG_OSEQ_MAY_WRAP ends there: a number that comes again would
 * be a nonce that comes again (RFC 4106 section 2).
 *
 * Context: x->lock held.
 * Return: false if there are less than @n left; nothing has changed then.
 */
bool __must_check espsimd_replay_reserve(struct xfrm_state *x, unsigned int n,
					 u64 *first);

#endif /* ESPSIMD_REPLAY_H */
