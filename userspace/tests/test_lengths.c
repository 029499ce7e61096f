// SPDX-License-Identifier: GPL-2.0
/*
 * Every length with every tag length, at all alignments, and against pages that
 * fault in front of and behind each buffer; compared with two oracles.
 */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "tap.h"

/* All lengths in all ways up to this one, and in one way up to the other. */
#define LENGTHS_ALL	2100
#define LENGTHS_JUMBO	9216

#define LENGTHS_ALIGN	64
#define LENGTHS_AREA	(3 * 4096)
/* What a byte that must not be touched holds. */
#define LENGTHS_CANARY	0xc5

struct lengths_area {
	u8 *plain, *sealed, *dst, *tag;
};

static struct lengths_area lengths_area;
static u8 lengths_plain[LENGTHS_JUMBO], lengths_sealed[LENGTHS_JUMBO];

/* Where in an area a buffer of @len bytes lies for a kind of placement. */
static u8 *lengths_place(u8 *area, unsigned int len, unsigned int align,
			 unsigned int kind)
{
	switch (kind) {
	case 0: /* behind the faulting page */
		return area;
	case 1: /* in front of one */
		return area + LENGTHS_AREA - len;
	default:
		return area + 2 * LENGTHS_ALIGN + align;
	}
}

/* Nothing but @len bytes at @p was written. */
static bool lengths_untouched(const u8 *area, const u8 *p, unsigned int len)
{
	return engine_is_all(area, LENGTHS_CANARY, p - area) &&
	       engine_is_all(p + len, LENGTHS_CANARY,
			     area + LENGTHS_AREA - (p + len));
}

/*
 * Only a stretch around the buffer can be reached by mistake, so that not all
 * of an area needs to be looked at each time.
 */
static bool lengths_around(const u8 *area, const u8 *p, unsigned int len,
			   unsigned int kind)
{
	if (kind < 2)
		return lengths_untouched(area, p, len);
	return engine_is_all(p - LENGTHS_ALIGN, LENGTHS_CANARY,
			     LENGTHS_ALIGN) &&
	       engine_is_all(p + len, LENGTHS_CANARY, LENGTHS_ALIGN);
}

static bool lengths_seal_open(enum espsimd_tier tier,
			      struct espsimd_aead_msg *msg, const u8 *want_tag,
			      unsigned int tag_len, unsigned int src_align,
			      unsigned int dst_align, unsigned int kind)
{
	const struct lengths_area *a = &lengths_area;
	struct espsimd_aead_seg seg = { .len = msg->len };
	u8 *plain = lengths_place(a->plain, msg->len, src_align, kind);
	u8 *sealed = lengths_place(a->sealed, msg->len, src_align, kind);
	u8 *dst = lengths_place(a->dst, msg->len, dst_align, kind);
	u8 *tag = lengths_place(a->tag, tag_len, dst_align, kind);
	bool ok;

	memcpy(plain, lengths_plain, msg->len);
	memset(dst, 0, msg->len);
	seg.data = plain;
	msg->src = &seg;
	msg->nr_segs = 1;
	msg->dst = dst;
	msg->tag = tag;
	espsimd_aead_seal(tier, msg, 1);
	ok = !memcmp(dst, lengths_sealed, msg->len) &&
	     !memcmp(tag, want_tag, tag_len) &&
	     lengths_around(a->dst, dst, msg->len, kind) &&
	     lengths_around(a->tag, tag, tag_len, kind);
	memset(dst, LENGTHS_CANARY, msg->len);
	memset(tag, LENGTHS_CANARY, tag_len);

	memcpy(sealed, lengths_sealed, msg->len);
	memcpy(tag, want_tag, tag_len);
	seg.data = sealed;
	msg->authentic = false;
	ok = ok && espsimd_aead_open(tier, msg, 1) && msg->authentic &&
	     !memcmp(dst, lengths_plain, msg->len) &&
	     !memcmp(sealed, lengths_sealed, msg->len) &&
	     !memcmp(tag, want_tag, tag_len) &&
	     lengths_around(a->dst, dst, msg->len, kind);
	memset(dst, LENGTHS_CANARY, msg->len);

	/* In place, and back. */
	msg->dst = sealed;
	ok = ok && espsimd_aead_open(tier, msg, 1) &&
	     !memcmp(sealed, lengths_plain, msg->len);
	memset(tag, LENGTHS_CANARY, tag_len);
	espsimd_aead_seal(tier, msg, 1);
	ok = ok && !memcmp(sealed, lengths_sealed, msg->len) &&
	     !memcmp(tag, want_tag, tag_len);
	memset(tag, LENGTHS_CANARY, tag_len);
	return ok;
}

/* Keys for all lengths of tags, which must not change anything else. */
static void lengths_keys(struct engine_sa sa[3], unsigned int raw_len)
{
	unsigned int i;

	engine_sa_init(&sa[0], raw_len, 16);
	for (i = 1; i < 3; i++) {
		sa[i] = sa[0];
		engine_sa_tag_len(&sa[i], 16 - 4 * i);
	}
}

static bool lengths_one(enum espsimd_tier tier, const struct engine_sa sa[3],
			unsigned int aad_len, unsigned int len)
{
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
	struct espsimd_aead_msg msg;
	unsigned int i, kind;

	engine_msg(&msg, &sa[0], aad_len);
	msg.len = len;
	if (!engine_expect(&sa[0], &msg, lengths_plain, lengths_sealed, tag))
		return false;

	for (i = 0; i < 3; i++) {
		msg.key = &sa[i].key;
		/* Each length meets both guards and three more alignments. */
		for (kind = 0; kind < 5; kind++)
			if (!lengths_seal_open(tier, &msg, tag, sa[i].tag_len,
					       (len * 5 + kind * 21 + i) % 64,
					       (len * 11 + kind * 37 + i) % 64,
					       kind)) {
				tap_note("length %u, placement %u, tag %u", len,
					 kind, sa[i].tag_len);
				return false;
			}
	}
	return true;
}

/* @arg: length of the key, and of associated data in the upper half. */
static bool lengths_all(enum espsimd_tier tier, unsigned int arg)
{
	static struct engine_sa sa[3];
	unsigned int len;

	lengths_keys(sa, arg & 0xff);
	for (len = 0; len <= LENGTHS_ALL; len++)
		if (!lengths_one(tier, sa, arg >> 8, len))
			return false;
	return lengths_one(tier, sa, arg >> 8, LENGTHS_JUMBO);
}

/*
 * Each with another key and placement: what is special with long messages are
 * sums that are reduced more than once, and counters of more than a byte.
 */
static bool lengths_long(enum espsimd_tier tier, unsigned int from)
{
	static struct engine_sa sa[3][3];
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
	struct espsimd_aead_msg msg;
	unsigned int len, i;

	for (i = 0; i < 3; i++)
		lengths_keys(sa[i], 16 + 8 * i);
	for (len = from; len <= LENGTHS_JUMBO; len++) {
		const struct engine_sa *one = &sa[len % 3][len / 3 % 3];

		engine_msg(&msg, one, len & 1 ? 8 : 12);
		msg.len = len;
		if (!engine_expect(one, &msg, lengths_plain, lengths_sealed,
				   tag))
			return false;
		if (!lengths_seal_open(tier, &msg, tag, one->tag_len, len % 61,
				       len % 59, len % 5)) {
			tap_note("length %u", len);
			return false;
		}
	}
	return true;
}

/* All pairs of alignments, with lengths that use all parts of the code. */
static bool lengths_aligned(enum espsimd_tier tier, unsigned int arg)
{
	static const unsigned int some[] = { 1, 15, 63, 64, 65, 100, 255, 256,
					     300, 511, 1424 };
	static struct engine_sa sa[3];
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
	struct espsimd_aead_msg msg;
	unsigned int i, n;

	lengths_keys(sa, arg);
	for (n = 0; n < ARRAY_SIZE(some); n++) {
		engine_msg(&msg, &sa[0], n & 1 ? 8 : 12);
		msg.len = some[n];
		if (!engine_expect(&sa[0], &msg, lengths_plain, lengths_sealed,
				   tag))
			return false;
		for (i = 0; i < LENGTHS_ALIGN * LENGTHS_ALIGN; i++)
			if (!lengths_seal_open(tier, &msg, tag, 16,
					       i % LENGTHS_ALIGN,
					       i / LENGTHS_ALIGN, 2)) {
				tap_note("length %u, alignments %u and %u",
					 some[n], i % LENGTHS_ALIGN,
					 i / LENGTHS_ALIGN);
				return false;
			}
	}
	return true;
}

static const struct engine_check lengths_checks[] = {
	{ "all lengths, AES-128, AAD 8", lengths_all, 16 | 8 << 8 },
	{ "all lengths, AES-128, AAD 12", lengths_all, 16 | 12 << 8 },
	{ "all lengths, AES-192, AAD 8", lengths_all, 24 | 8 << 8 },
	{ "all lengths, AES-192, AAD 12", lengths_all, 24 | 12 << 8 },
	{ "all lengths, AES-256, AAD 8", lengths_all, 32 | 8 << 8 },
	{ "all lengths, AES-256, AAD 12", lengths_all, 32 | 12 << 8 },
	{ "all long lengths", lengths_long, LENGTHS_ALL + 1 },
	{ "all pairs of alignments, AES-128", lengths_aligned, 16 },
	{ "all pairs of alignments, AES-256", lengths_aligned, 32 },
};

static u8 *lengths_new_area(void)
{
	u8 *p = engine_guarded(LENGTHS_AREA);

	memset(p, LENGTHS_CANARY, LENGTHS_AREA);
	return p;
}

int main(void)
{
	lengths_area.plain = lengths_new_area();
	lengths_area.sealed = lengths_new_area();
	lengths_area.dst = lengths_new_area();
	lengths_area.tag = lengths_new_area();
	engine_fill(lengths_plain, sizeof(lengths_plain));
	return engine_run("lengths", lengths_checks,
			  ARRAY_SIZE(lengths_checks));
}
