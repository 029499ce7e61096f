// SPDX-License-Identifier: GPL-2.0
/*
 * Bursts of messages that have nothing in common, and messages that are not
 * authentic: each bit that is changed must be noticed, and nothing of such a
 * message may be left.
 */
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "tap.h"

#define BURSTS_SAS	9
#define BURSTS_MSGS	64
#define BURSTS_LEN	2048

struct bursts_msg {
	u8 plain[BURSTS_LEN], sealed[BURSTS_LEN], out[BURSTS_LEN];
	u8 tag[ESPSIMD_AEAD_TAG_MAX], want_tag[ESPSIMD_AEAD_TAG_MAX];
	struct espsimd_aead_seg seg[2];
	const struct engine_sa *sa;
	bool bad;
};

/* Stands for the messages in bursts_choice[]. */
#define BURSTS_CHOSEN	~0U

static bool bursts_choice[BURSTS_MSGS];
static struct engine_sa bursts_sas[BURSTS_SAS];
static struct bursts_msg bursts_msgs[BURSTS_MSGS];

/* Every second message has two segments, every fourth is done in place. */
static void bursts_source(struct espsimd_aead_msg *msg, struct bursts_msg *b,
			  unsigned int i, u8 *data)
{
	unsigned int cut = i & 1 ? engine_random(msg->len + 1) : msg->len;

	b->seg[0].data = data;
	b->seg[0].len = cut;
	b->seg[1].data = data + cut;
	b->seg[1].len = msg->len - cut;
	msg->src = b->seg;
	msg->nr_segs = i & 1 ? 2 : 1;
	msg->dst = i % 4 == 2 ? data : b->out;
	msg->tag = b->tag;
}

static bool bursts_seal(enum espsimd_tier tier, struct espsimd_aead_msg *msgs,
			unsigned int nr)
{
	static u8 data[BURSTS_MSGS][BURSTS_LEN];
	struct bursts_msg *b;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		b = &bursts_msgs[i];
		b->sa = &bursts_sas[engine_random(BURSTS_SAS)];
		engine_msg(&msgs[i], b->sa, engine_random(2) ? 8 : 12);
		msgs[i].len = engine_random(1U << engine_random(12));
		engine_fill(b->plain, msgs[i].len);
		if (!engine_expect(b->sa, &msgs[i], b->plain, b->sealed,
				   b->want_tag))
			return false;
		memcpy(data[i], b->plain, msgs[i].len);
		bursts_source(&msgs[i], b, i, data[i]);
	}
	espsimd_aead_seal(tier, msgs, nr);
	for (i = 0; i < nr; i++) {
		b = &bursts_msgs[i];
		if (memcmp(msgs[i].dst, b->sealed, msgs[i].len) ||
		    memcmp(b->tag, b->want_tag, b->sa->tag_len))
			return false;
	}
	return true;
}

static bool bursts_result(const struct espsimd_aead_msg *msg,
			  const struct bursts_msg *b)
{
	if (msg->authentic == b->bad)
		return false;
	return b->bad ? engine_is_all(msg->dst, 0, msg->len) :
			!memcmp(msg->dst, b->plain, msg->len);
}

/*
 * Opens what was sealed, with about one message in @one_bad spoilt, or those
 * that were chosen.
 */
static bool bursts_open(enum espsimd_tier tier, struct espsimd_aead_msg *msgs,
			unsigned int nr, unsigned int one_bad)
{
	static u8 data[BURSTS_MSGS][BURSTS_LEN];
	struct bursts_msg *b;
	bool all = true;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		b = &bursts_msgs[i];
		memcpy(data[i], b->sealed, msgs[i].len);
		memset(b->out, 0xee, sizeof(b->out));
		bursts_source(&msgs[i], b, i, data[i]);
		msgs[i].authentic = engine_random(2);
		if (one_bad == BURSTS_CHOSEN)
			b->bad = bursts_choice[i];
		else
			b->bad = one_bad && !engine_random(one_bad);
		all &= !b->bad;
		if (b->bad)
			b->tag[engine_random(b->sa->tag_len)] ^=
				1 << engine_random(8);
	}
	if (espsimd_aead_open(tier, msgs, nr) != all)
		return false;
	for (i = 0; i < nr; i++)
		if (!bursts_result(&msgs[i], &bursts_msgs[i]))
			return false;
	return true;
}

static bool bursts_mixed(enum espsimd_tier tier, unsigned int one_bad)
{
	static struct espsimd_aead_msg msgs[BURSTS_MSGS];
	unsigned int round, nr;

	for (round = 0; round < 200; round++) {
		nr = engine_random(BURSTS_MSGS + 1);
		if (!bursts_seal(tier, msgs, nr) ||
		    !bursts_open(tier, msgs, nr, one_bad)) {
			tap_note("round %u, %u messages", round, nr);
			return false;
		}
	}
	return true;
}

/*
 * Bursts of @nr messages of all kinds of length, with each choice of bad ones.
 */
static bool bursts_each_bad(enum espsimd_tier tier, unsigned int nr)
{
	static struct espsimd_aead_msg msgs[BURSTS_MSGS];
	unsigned int bad, i;

	for (bad = 0; bad < 1U << nr; bad++) {
		if (!bursts_seal(tier, msgs, nr))
			return false;
		for (i = 0; i < nr; i++)
			bursts_choice[i] = bad >> i & 1;
		if (!bursts_open(tier, msgs, nr, BURSTS_CHOSEN)) {
			tap_note("bad ones %#x", bad);
			return false;
		}
	}
	return true;
}

/* One message that must not open as it is, and leave nothing. */
static bool bursts_rejected(enum espsimd_tier tier,
			    struct espsimd_aead_msg *msg)
{
	memset(msg->dst, 0xee, msg->len);
	msg->authentic = true;
	return !espsimd_aead_open(tier, msg, 1) && !msg->authentic &&
	       engine_is_all(msg->dst, 0, msg->len);
}

/* Changes each bit at @p in turn. */
static bool bursts_flip(enum espsimd_tier tier, struct espsimd_aead_msg *msg,
			u8 *p, unsigned int len, const char *what)
{
	unsigned int bit;
	bool ok;

	for (bit = 0; bit < len * 8; bit++) {
		p[bit / 8] ^= 1 << bit % 8;
		ok = bursts_rejected(tier, msg);
		p[bit / 8] ^= 1 << bit % 8;
		if (!ok) {
			tap_note("bit %u of %s", bit, what);
			return false;
		}
	}
	return true;
}

static bool bursts_flips_one(enum espsimd_tier tier, const struct engine_sa *sa,
			     unsigned int aad_len, unsigned int len)
{
	struct bursts_msg *b = &bursts_msgs[0];
	struct espsimd_aead_msg msg;
	struct engine_sa other = *sa;

	engine_msg(&msg, sa, aad_len);
	msg.len = len;
	engine_fill(b->plain, len);
	if (!engine_expect(sa, &msg, b->plain, b->sealed, b->tag))
		return false;
	b->seg[0].data = b->sealed;
	b->seg[0].len = len;
	msg.src = b->seg;
	msg.nr_segs = 1;
	msg.dst = b->out;
	msg.tag = b->tag;
	if (!espsimd_aead_open(tier, &msg, 1) ||
	    memcmp(b->out, b->plain, len))
		return false;
	if (!bursts_flip(tier, &msg, b->sealed, len, "the ciphertext") ||
	    !bursts_flip(tier, &msg, b->tag, sa->tag_len, "the tag") ||
	    !bursts_flip(tier, &msg, msg.aad, aad_len, "the AAD") ||
	    !bursts_flip(tier, &msg, msg.iv, sizeof(msg.iv), "the IV"))
		return false;

	/* The length is authenticated, and so is that of the AAD. */
	msg.aad_len = aad_len == 8 ? 12 : 8;
	if (!bursts_rejected(tier, &msg))
		return false;
	msg.aad_len = aad_len;
	if (len) {
		msg.len = --b->seg[0].len;
		if (!bursts_rejected(tier, &msg))
			return false;
	}

	/* Another key or salt is no better than another message. */
	msg.key = &other.key;
	other.salt[3] ^= 0x80;
	engine_sa_tag_len(&other, sa->tag_len);
	msg.len = len;
	b->seg[0].len = len;
	if (!bursts_rejected(tier, &msg))
		return false;
	other.salt[3] ^= 0x80;
	other.raw[sa->raw_len - 1] ^= 1;
	engine_sa_tag_len(&other, sa->tag_len);
	return bursts_rejected(tier, &msg);
}

static bool bursts_flips(enum espsimd_tier tier, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < BURSTS_SAS; i++)
		if (!bursts_flips_one(tier, &bursts_sas[i], i & 1 ? 8 : 12,
				      len)) {
			tap_note("key of %u bytes, tag of %u",
				 bursts_sas[i].raw_len, bursts_sas[i].tag_len);
			return false;
		}
	return true;
}

/* The same key serves all tiers: each opens what another one sealed. */
static bool bursts_crossed(enum espsimd_tier tier, unsigned int nr)
{
	static struct espsimd_aead_msg msgs[BURSTS_MSGS];
	enum espsimd_tier other;

	for (other = ESPSIMD_TIER_AESNI; other <= ESPSIMD_TIER_NR; other++) {
		if (other != ESPSIMD_TIER_NR &&
		    !espsimd_aead_tier_usable(other))
			continue;
		if (!bursts_seal(tier, msgs, nr) ||
		    !bursts_open(other, msgs, nr, 8)) {
			tap_note("opened by tier %d", other);
			return false;
		}
	}
	return true;
}

static const struct engine_check bursts_checks[] = {
	{ "bursts of good messages", bursts_mixed, 0 },
	{ "bursts with some bad messages", bursts_mixed, 6 },
	{ "bursts of bad messages", bursts_mixed, 1 },
	{ "each choice of bad ones of 1", bursts_each_bad, 1 },
	{ "each choice of bad ones of 4", bursts_each_bad, 4 },
	{ "each choice of bad ones of 9", bursts_each_bad, 9 },
	{ "each tier opens what it sealed", bursts_crossed, BURSTS_MSGS },
	{ "each bit counts, 0 bytes", bursts_flips, 0 },
	{ "each bit counts, 1 byte", bursts_flips, 1 },
	{ "each bit counts, 77 bytes", bursts_flips, 77 },
	{ "each bit counts, 250 bytes", bursts_flips, 250 },
	{ "each bit counts, 544 bytes", bursts_flips, 544 },
};

int main(void)
{
	unsigned int i;

	for (i = 0; i < BURSTS_SAS; i++)
		engine_sa_init(&bursts_sas[i], 16 + i / 3 * 8, 8 + i % 3 * 4);
	return engine_run("bursts", bursts_checks, ARRAY_SIZE(bursts_checks));
}
