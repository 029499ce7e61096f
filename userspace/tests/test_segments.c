// SPDX-License-Identifier: GPL-2.0
/*
 * Messages whose source is cut into segments, in all ways.
 */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "tap.h"

#define SEGMENTS_MAX	4096
/* Bytes between segments, which are not part of the message. */
#define SEGMENTS_GAP	3

static struct engine_sa segments_sa;
static u8 segments_plain[SEGMENTS_MAX], segments_sealed[SEGMENTS_MAX];
static struct espsimd_aead_seg segments_list[2 * SEGMENTS_MAX + 2];

/* Spreads a message over memory, last segment first, with gaps between. */
static void segments_spread(u8 *area, unsigned int nr, const u8 *data,
			    unsigned int len)
{
	unsigned int i, at = len;
	u8 *p = area;

	for (i = nr; i--;) {
		at -= segments_list[i].len;
		memcpy(p, data + at, segments_list[i].len);
		segments_list[i].data = p;
		p += segments_list[i].len + SEGMENTS_GAP;
	}
}

/* Seals and opens a message of the segments whose lengths are in the list. */
static bool segments_try(enum espsimd_tier tier, struct espsimd_aead_msg *msg,
			 unsigned int nr, const u8 *want_tag)
{
	static u8 area[(1 + SEGMENTS_GAP) * 2 * SEGMENTS_MAX + SEGMENTS_MAX];
	static u8 out[SEGMENTS_MAX + 1];
	u8 tag[ESPSIMD_AEAD_TAG_MAX];

	memset(area, 0xee, sizeof(area));
	segments_spread(area, nr, segments_plain, msg->len);
	out[msg->len] = 0xc5;
	msg->src = segments_list;
	msg->nr_segs = nr;
	msg->dst = out;
	msg->tag = tag;
	espsimd_aead_seal(tier, msg, 1);
	if (memcmp(out, segments_sealed, msg->len) || out[msg->len] != 0xc5 ||
	    memcmp(tag, want_tag, sizeof(tag)))
		return false;

	segments_spread(area, nr, segments_sealed, msg->len);
	memset(out, 0xee, msg->len);
	return espsimd_aead_open(tier, msg, 1) &&
	       !memcmp(out, segments_plain, msg->len) &&
	       out[msg->len] == 0xc5;
}

static bool segments_begin(struct espsimd_aead_msg *msg, unsigned int len,
			   u8 *tag)
{
	engine_msg(msg, &segments_sa, len & 1 ? 8 : 12);
	msg->len = len;
	return engine_expect(&segments_sa, msg, segments_plain,
			     segments_sealed, tag);
}

/* Two segments, cut at every place. */
static bool segments_two(enum espsimd_tier tier, unsigned int len)
{
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
	struct espsimd_aead_msg msg;
	unsigned int cut;

	if (!segments_begin(&msg, len, tag))
		return false;
	for (cut = 0; cut <= len; cut++) {
		segments_list[0].len = cut;
		segments_list[1].len = len - cut;
		if (!segments_try(tier, &msg, 2, tag)) {
			tap_note("cut at %u", cut);
			return false;
		}
	}
	return true;
}

/* Segments of one size, and empty ones everywhere if @empty. */
static bool segments_equal(enum espsimd_tier tier, unsigned int len,
			   unsigned int size, bool empty)
{
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
	struct espsimd_aead_msg msg;
	unsigned int nr = 0, left, n;

	if (!segments_begin(&msg, len, tag))
		return false;
	for (left = len; left; left -= n) {
		n = left < size ? left : size;
		if (empty)
			segments_list[nr++].len = 0;
		segments_list[nr++].len = n;
	}
	if (empty)
		segments_list[nr++].len = 0;
	return segments_try(tier, &msg, nr, tag);
}

/* Sizes around those of blocks, vectors and groups, with all lengths. */
static bool segments_sizes(enum espsimd_tier tier, unsigned int empty)
{
	static const unsigned int sizes[] = { 1, 2, 3, 15, 16, 17, 64, 127, 128,
					      129, 255, 256, 257, 400 };
	unsigned int len, i;

	for (len = 0; len <= 1500; len += 1 + len % 7) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			if (!segments_equal(tier, len, sizes[i], empty)) {
				tap_note("length %u, segments of %u", len,
					 sizes[i]);
				return false;
			}
		}
	}
	return true;
}

static bool segments_random(enum espsimd_tier tier, unsigned int max)
{
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
	struct espsimd_aead_msg msg;
	unsigned int round, nr, left, n;

	for (round = 0; round < 4000; round++) {
		if (!segments_begin(&msg, engine_random(max + 1), tag))
			return false;
		for (nr = 0, left = msg.len; left; left -= n) {
			n = engine_random(1U << engine_random(11));
			if (n > left)
				n = left;
			/* The list has room for that many at least. */
			if (nr == SEGMENTS_MAX)
				n = left;
			segments_list[nr++].len = n;
		}
		if (!segments_try(tier, &msg, nr, tag)) {
			tap_note("round %u: length %u, %u segments", round,
				 msg.len, nr);
			return false;
		}
	}
	return true;
}

/*
 * Cuts a message at random, and puts every segment that @in_place has a bit for
 * where its bytes go, the others elsewhere.
 */
static unsigned int segments_mixed_source(u8 *dst, u8 *area, const u8 *data,
					  unsigned int len, u64 in_place)
{
	unsigned int nr = 0, at, n;

	for (at = 0; at < len; at += n) {
		n = engine_random(2) ? engine_random(40) : engine_random(900);
		if (n > len - at || nr == 62)
			n = len - at;
		segments_list[nr].len = n;
		segments_list[nr].data = in_place >> nr & 1 ? dst + at : area;
		memcpy((u8 *)segments_list[nr].data, data + at, n);
		area += n + SEGMENTS_GAP;
		nr++;
	}
	return nr;
}

static bool segments_mixed_one(enum espsimd_tier tier, unsigned int len,
			       u64 in_place)
{
	static u8 area[SEGMENTS_MAX + 64 * SEGMENTS_GAP];
	static u8 out[SEGMENTS_MAX + 1];
	u8 tag[ESPSIMD_AEAD_TAG_MAX], want[ESPSIMD_AEAD_TAG_MAX];
	struct espsimd_aead_msg msg;
	unsigned int i;

	if (!segments_begin(&msg, len, want))
		return false;
	msg.src = segments_list;
	msg.dst = out;
	msg.tag = tag;
	memset(out, 0xee, len);
	out[len] = 0xc5;
	msg.nr_segs = segments_mixed_source(out, area, segments_plain, len,
					    in_place);
	espsimd_aead_seal(tier, &msg, 1);
	if (memcmp(out, segments_sealed, len) || out[len] != 0xc5 ||
	    memcmp(tag, want, sizeof(tag)))
		return false;

	for (i = 0; i < 2; i++) {
		memset(out, 0xee, len);
		msg.nr_segs = segments_mixed_source(out, area, segments_sealed,
						    len, in_place);
		tag[5] ^= i << 3;
		if (espsimd_aead_open(tier, &msg, 1) == i ||
		    out[len] != 0xc5 ||
		    (i ? !engine_is_all(out, 0, len) :
			 memcmp(out, segments_plain, len)))
			return false;
	}
	return true;
}

/*
 * @in_place: the segments that are, as bits; the highest stands for all those
 * behind it. 0 for a choice at random.
 */
static bool segments_mixed(enum espsimd_tier tier, unsigned int in_place)
{
	unsigned int round, len;
	u64 mask;

	for (round = 0; round < 4000; round++) {
		len = engine_random(1U << (4 + engine_random(9)));
		mask = (u64)(int)in_place;
		if (!in_place)
			mask = (u64)engine_random(~0U) << 32 |
			       engine_random(~0U);
		if (!segments_mixed_one(tier, len, mask)) {
			tap_note("round %u: length %u, in place %llx", round,
				 len, (unsigned long long)mask);
			return false;
		}
	}
	return true;
}

static const struct engine_check segments_checks[] = {
	{ "100 bytes cut everywhere", segments_two, 100 },
	{ "256 bytes cut everywhere", segments_two, 256 },
	{ "1431 bytes cut everywhere", segments_two, 1431 },
	{ "segments of one size", segments_sizes, false },
	{ "segments of one size among empty ones", segments_sizes, true },
	{ "random segments, short messages", segments_random, 300 },
	{ "random segments, long messages", segments_random, SEGMENTS_MAX },
	{ "the first segment in place", segments_mixed, 1 },
	{ "all but the second segment in place", segments_mixed, ~2U },
	{ "all segments in place", segments_mixed, ~0U },
	{ "any segments in place", segments_mixed, 0 },
};

int main(void)
{
	engine_sa_init(&segments_sa, 16, 16);
	engine_fill(segments_plain, sizeof(segments_plain));
	return engine_run("segments", segments_checks,
			  ARRAY_SIZE(segments_checks));
}
