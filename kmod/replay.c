// SPDX-License-Identifier: GPL-2.0
#include <linux/bits.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/wordpart.h>
#include <net/xfrm.h>

#include "replay.h"

static bool espsimd_replay_is_esn(const struct xfrm_state *x)
{
	return x->replay_esn && x->props.flags & XFRM_STATE_ESN;
}

/* User space may change the width of a ring, even to 0, at any time. */
static u32 espsimd_replay_window(const struct xfrm_state *x)
{
	if (!x->replay_esn)
		return x->props.replay_window;

	return READ_ONCE(x->replay_esn->replay_window);
}

/* The highest number that was received. */
static u64 espsimd_replay_top(const struct xfrm_state *x)
{
	const struct xfrm_replay_state_esn *r = x->replay_esn;

	if (!r)
		return READ_ONCE(x->replay.seq);
	if (!espsimd_replay_is_esn(x))
		return READ_ONCE(r->seq);

	return (u64)READ_ONCE(r->seq_hi) << 32 | READ_ONCE(r->seq);
}

u64 espsimd_replay_seq(const struct xfrm_state *x, u32 wire)
{
	u64 bottom;

	if (!espsimd_replay_is_esn(x))
		return wire;

	/* Modulo 2^64: the first window of an SA begins below zero. */
	bottom = espsimd_replay_top(x) + 1 - max(espsimd_replay_window(x), 1U);

	return bottom + (u32)(wire - lower_32_bits(bottom));
}

/* ---- the ring ---- */

static u32 espsimd_replay_mod(u32 n, u32 window)
{
	/* Nearly all windows are powers of two, and divisions are slow. */
	return is_power_of_2(window) ? n & (window - 1) : n % window;
}

/* The place of a number if it is the highest. */
static u32 espsimd_replay_place(u64 top, u32 window)
{
	return espsimd_replay_mod(lower_32_bits(top) - 1, window);
}

/* The place @back places before another one, @back < @window. */
static u32 espsimd_replay_before(u32 place, u32 back, u32 window)
{
	return place >= back ? place - back : place + window - back;
}

static bool espsimd_replay_test(const struct xfrm_replay_state_esn *r,
				u32 place)
{
	return READ_ONCE(r->bmp[place / 32]) & BIT(place % 32);
}

static void espsimd_replay_set(struct xfrm_replay_state_esn *r, u32 place)
{
	u32 *word = &r->bmp[place / 32];

	WRITE_ONCE(*word, *word | BIT(place % 32));
}

/* Clear @n bits; they do not go beyond the end of the ring. */
static void espsimd_replay_clear(struct xfrm_replay_state_esn *r, u32 place,
				 u32 n)
{
	u32 *word = &r->bmp[place / 32];
	u32 part, mask;

	while (n) {
		part = min(n, 32 - place % 32);
		mask = GENMASK(place % 32 + part - 1, place % 32);
		WRITE_ONCE(*word, *word & ~mask);
		word++;
		place += part;
		n -= part;
	}
}

/* Exchange first and last, and so on, of the bits @from up to before @to. */
static void espsimd_replay_reverse(struct xfrm_replay_state_esn *r, u32 from,
				   u32 to)
{
	bool low, high;

	for (; from + 1 < to; from++) {
		to--;
		low = espsimd_replay_test(r, from);
		high = espsimd_replay_test(r, to);
		if (low == high)
			continue;
		WRITE_ONCE(r->bmp[from / 32],
			   r->bmp[from / 32] ^ BIT(from % 32));
		WRITE_ONCE(r->bmp[to / 32], r->bmp[to / 32] ^ BIT(to % 32));
	}
}

/* Move all bits of the ring on, so that @from comes to lie at @to. */
static void espsimd_replay_rotate(struct xfrm_replay_state_esn *r, u32 window,
				  u32 from, u32 to)
{
	u32 n = to >= from ? to - from : to + window - from;

	if (!n)
		return;

	espsimd_replay_reverse(r, 0, window);
	espsimd_replay_reverse(r, 0, n);
	espsimd_replay_reverse(r, n, window);
}

/* Let @seq, above the highest number @top, take its place. */
static void espsimd_replay_advance(struct xfrm_replay_state_esn *r, u32 window,
				   u64 top, u64 seq)
{
	u32 place = espsimd_replay_place(seq, window);
	u64 steps = seq - top;
	u32 first, n, head;

	if (steps >= window) {
		memset(r->bmp, 0, DIV_ROUND_UP(window, 32) * sizeof(u32));
	} else {
		n = steps - 1;
		first = espsimd_replay_before(place, n, window);
		/*
		 * Places go on from those of the numbers below, unless the
		 * low half goes from 0 to 1 and the width is no divisor of
		 * 2^32. That is once in 2^32 packets, so it may be slow.
		 */
		if (!is_power_of_2(window))
			espsimd_replay_rotate(r, window,
					      espsimd_replay_place(top, window),
					      espsimd_replay_before(first, 1,
								    window));
		/* The numbers that are skipped can still come. */
		head = min(n, window - first);
		espsimd_replay_clear(r, first, head);
		espsimd_replay_clear(r, 0, n - head);
	}
	espsimd_replay_set(r, place);
}

static void espsimd_replay_mark_ring(struct xfrm_state *x, u32 window, u64 top,
				     u64 seq)
{
	struct xfrm_replay_state_esn *r = x->replay_esn;
	u32 place;

	if (seq <= top) {
		place = espsimd_replay_before(espsimd_replay_place(top, window),
					      top - seq, window);
		espsimd_replay_set(r, place);
		return;
	}

	espsimd_replay_advance(r, window, top, seq);
	if (espsimd_replay_is_esn(x))
		WRITE_ONCE(r->seq_hi, upper_32_bits(seq));
	WRITE_ONCE(r->seq, lower_32_bits(seq));
}

/* ---- the small window ---- */

static void espsimd_replay_mark_small(struct xfrm_state *x, u32 window, u64 top,
				      u64 seq)
{
	u32 bitmap = x->replay.bitmap;

	if (seq <= top) {
		WRITE_ONCE(x->replay.bitmap, bitmap | BIT(top - seq));
		return;
	}

	/* Less than 32 then, so the shift is defined. */
	bitmap = seq - top < window ? bitmap << (seq - top) : 0;
	WRITE_ONCE(x->replay.bitmap, bitmap | 1);
	WRITE_ONCE(x->replay.seq, seq);
}

/* ---- both ---- */

/* @back is less than @window. */
static bool espsimd_replay_is_seen(const struct xfrm_state *x, u32 window,
				   u64 top, u32 back)
{
	u32 place;

	if (!x->replay_esn)
		return READ_ONCE(x->replay.bitmap) & BIT(back);

	place = espsimd_replay_before(espsimd_replay_place(top, window), back,
				      window);
	return espsimd_replay_test(x->replay_esn, place);
}

static enum espsimd_replay espsimd_replay_judge(const struct xfrm_state *x,
						u32 window, u64 top, u64 seq)
{
	if (!window)
		return ESPSIMD_REPLAY_OK;
	if (unlikely(!seq))
		return ESPSIMD_REPLAY_ZERO;
	/*
	 * Further above than a low half can reach: that is below zero, in the
	 * first window of an SA.
	 */
	if (likely(seq > top))
		return likely(seq - top <= U32_MAX) ? ESPSIMD_REPLAY_OK :
						      ESPSIMD_REPLAY_OLD;
	if (top - seq >= window)
		return ESPSIMD_REPLAY_OLD;

	return espsimd_replay_is_seen(x, window, top, top - seq) ?
		ESPSIMD_REPLAY_SEEN : ESPSIMD_REPLAY_OK;
}

enum espsimd_replay espsimd_replay_check(const struct xfrm_state *x, u64 seq)
{
	return espsimd_replay_judge(x, espsimd_replay_window(x),
				    espsimd_replay_top(x), seq);
}

void espsimd_replay_count(struct xfrm_state *x, enum espsimd_replay why)
{
	lockdep_assert_held(&x->lock);

	if (why == ESPSIMD_REPLAY_OLD)
		x->stats.replay_window++;
	else if (why == ESPSIMD_REPLAY_SEEN)
		x->stats.replay++;
}

enum espsimd_replay espsimd_replay_commit(struct xfrm_state *x, u64 seq)
{
	u32 window = espsimd_replay_window(x);
	u64 top = espsimd_replay_top(x);
	enum espsimd_replay ret;

	lockdep_assert_held(&x->lock);

	ret = espsimd_replay_judge(x, window, top, seq);
	if (unlikely(ret != ESPSIMD_REPLAY_OK)) {
		espsimd_replay_count(x, ret);
		return ret;
	}

	/* Without a window the stack does not even keep the highest number. */
	if (window && x->replay_esn)
		espsimd_replay_mark_ring(x, window, top, seq);
	else if (window)
		espsimd_replay_mark_small(x, window, top, seq);

	return ESPSIMD_REPLAY_OK;
}

/* ---- numbers to send ---- */

bool espsimd_replay_reserve(struct xfrm_state *x, unsigned int n, u64 *first)
{
	struct xfrm_replay_state_esn *r = x->replay_esn;
	bool esn = espsimd_replay_is_esn(x);
	u64 last;

	lockdep_assert_held(&x->lock);

	last = r ? r->oseq : x->replay.oseq;
	if (esn)
		last |= (u64)r->oseq_hi << 32;
	if (n > (esn ? U64_MAX : U32_MAX) - last)
		return false;

	*first = last + 1;
	last += n;
	if (r)
		WRITE_ONCE(r->oseq, lower_32_bits(last));
	else
		WRITE_ONCE(x->replay.oseq, lower_32_bits(last));
	if (esn)
		WRITE_ONCE(r->oseq_hi, upper_32_bits(last));

	return true;
}
