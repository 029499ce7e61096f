// SPDX-License-Identifier: GPL-2.0
/*
 * Bursts made of a fuzzer's bytes: lengths, segments, what is in place, where
 * memory is aligned, keys, tags, and what is spoilt. Each tier must give what
 * OpenSSL gives, and nothing of a spoilt message. The same bytes are always the
 * same burst.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "oracle.h"

#define FUZZ_MSGS	6
#define FUZZ_SAS	9
/* Further than the powers of a key, and than counters with the same base. */
#define FUZZ_LEN	4700
#define FUZZ_SEGS	24
#define FUZZ_CANARY	0xc5

/* What of a message is spoilt before it is opened. */
enum fuzz_spoilt {
	FUZZ_NOTHING,
	FUZZ_TAG,
	FUZZ_PAYLOAD,
	FUZZ_AAD,
	FUZZ_IV,
	FUZZ_NR
};

struct fuzz_input {
	const u8 *data;
	size_t left;
};

/**
 * struct fuzz_msg - a message and what belongs to it
 * @seg: segments of the source
 * @plain: plaintext
 * @sealed: ciphertext, as it must be
 * @want_tag: tag, as it must be
 * @src: segments that are not in place, with gaps of a byte
 * @out: the destination is somewhere in it
 * @tag: the tag
 * @in_place: a bit for each segment, modulo their number
 * @cut: lengths of segments, if so much is left
 * @flip: number of the bit that is spoilt, modulo their number
 * @spoilt: where that bit is
 * @dst: the destination
 */
struct fuzz_msg {
	struct espsimd_aead_seg seg[FUZZ_SEGS];
	u8 plain[FUZZ_LEN], sealed[FUZZ_LEN], want_tag[ORACLE_TAG];
	u8 src[FUZZ_LEN + FUZZ_SEGS], out[FUZZ_LEN + 128], tag[ORACLE_TAG];
	unsigned int in_place, cut[FUZZ_SEGS], flip;
	enum fuzz_spoilt spoilt;
	u8 *dst;
};

static struct engine_sa fuzz_sas[FUZZ_SAS];
static struct fuzz_msg fuzz_msgs[FUZZ_MSGS];
static struct espsimd_aead_msg fuzz_burst[FUZZ_MSGS] __aligned(64);

static unsigned int fuzz_take(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->data++;
}

static unsigned int fuzz_take2(struct fuzz_input *in)
{
	unsigned int high = fuzz_take(in);

	return high << 8 | fuzz_take(in);
}

static void fuzz_need(bool ok, enum espsimd_tier tier, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s\n", espsimd_aead_tier_name(tier), what);
	abort();
}

/* Bytes without a pattern that depend on nothing but @seed. */
static void fuzz_fill(u8 *p, unsigned int len, u32 seed)
{
	while (len--) {
		seed = seed * 1664525 + 1013904223;
		*p++ = seed >> 24;
	}
}

/* Shape and plaintext of a message, and what it is when sealed. */
static void fuzz_make(struct fuzz_input *in, struct fuzz_msg *m,
		      struct espsimd_aead_msg *msg)
{
	const struct engine_sa *sa = &fuzz_sas[fuzz_take(in) % FUZZ_SAS];
	u8 nonce[ORACLE_NONCE];
	struct oracle_job job = {
		.key = sa->raw, .key_len = sa->raw_len, .nonce = nonce,
		.aad = msg->aad, .plain = m->plain,
	};
	unsigned int i;

	memset(msg, 0, sizeof(*msg));
	msg->key = &sa->key;
	msg->aad_len = fuzz_take(in) & 1 ? 8 : 12;
	msg->len = fuzz_take2(in) % (FUZZ_LEN + 1);
	msg->nr_segs = 1 + fuzz_take(in) % FUZZ_SEGS;
	m->in_place = fuzz_take(in);
	m->spoilt = fuzz_take(in) % FUZZ_NR;
	m->flip = fuzz_take2(in);
	m->dst = m->out + fuzz_take(in) % 64;
	for (i = 0; i + 1 < msg->nr_segs; i++)
		m->cut[i] = fuzz_take2(in) % 1024;
	/* Nothing to spoil. */
	if (m->spoilt == FUZZ_PAYLOAD && !msg->len)
		m->spoilt = FUZZ_TAG;
	fuzz_fill(m->plain, msg->len, msg->len);
	fuzz_fill(msg->iv, sizeof(msg->iv), m->flip);
	fuzz_fill(msg->aad, msg->aad_len, m->flip + 1);
	msg->dst = m->dst;
	msg->tag = m->tag;
	msg->src = m->seg;

	memcpy(nonce, sa->salt, 4);
	memcpy(nonce + 4, msg->iv, 8);
	job.len = msg->len;
	job.aad_len = msg->aad_len;
	oracle_openssl(&job, m->sealed, m->want_tag);
}

/* Lays the source out: each segment elsewhere, or where it goes. */
static void fuzz_lay(struct fuzz_msg *m, struct espsimd_aead_msg *msg,
		     const u8 *data)
{
	unsigned int i, at = 0, n;
	u8 *p;

	memset(m->out, FUZZ_CANARY, sizeof(m->out));
	for (i = 0; i < msg->nr_segs; i++) {
		n = m->cut[i];
		if (n > msg->len - at || i == msg->nr_segs - 1U)
			n = msg->len - at;
		p = m->in_place >> i % 8 & 1 ? m->dst + at : m->src + at + i;
		memcpy(p, data + at, n);
		m->seg[i].data = p;
		m->seg[i].len = n;
		at += n;
	}
}

/* Spoils a message, or makes it whole again. */
static void fuzz_spoil(struct fuzz_msg *m, struct espsimd_aead_msg *msg)
{
	u8 bit = 1 << (m->flip & 7);
	unsigned int at = m->flip >> 3;

	switch (m->spoilt) {
	case FUZZ_TAG:
		m->tag[at % msg->key->tag_len] ^= bit;
		break;
	case FUZZ_PAYLOAD:
		m->sealed[at % msg->len] ^= bit;
		break;
	case FUZZ_AAD:
		msg->aad[at % msg->aad_len] ^= bit;
		break;
	case FUZZ_IV:
		msg->iv[at % sizeof(msg->iv)] ^= bit;
		break;
	default:
		break;
	}
}

static bool fuzz_around(const struct fuzz_msg *m, unsigned int len)
{
	return engine_is_all(m->out, FUZZ_CANARY, m->dst - m->out) &&
	       engine_is_all(m->dst + len, FUZZ_CANARY,
			     m->out + sizeof(m->out) - (m->dst + len));
}

static void fuzz_seal(enum espsimd_tier tier, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		fuzz_lay(&fuzz_msgs[i], &fuzz_burst[i], fuzz_msgs[i].plain);
	espsimd_aead_seal(tier, fuzz_burst, nr);
	for (i = 0; i < nr; i++) {
		const struct espsimd_aead_msg *msg = &fuzz_burst[i];
		const struct fuzz_msg *m = &fuzz_msgs[i];

		fuzz_need(!memcmp(m->dst, m->sealed, msg->len) &&
			  !memcmp(m->tag, m->want_tag, msg->key->tag_len),
			  tier, "sealed wrongly");
		fuzz_need(fuzz_around(m, msg->len), tier, "wrote elsewhere");
	}
}

static void fuzz_open(enum espsimd_tier tier, unsigned int nr)
{
	unsigned int i;
	bool all = true;

	for (i = 0; i < nr; i++) {
		struct fuzz_msg *m = &fuzz_msgs[i];

		fuzz_spoil(m, &fuzz_burst[i]);
		fuzz_lay(m, &fuzz_burst[i], m->sealed);
		all &= m->spoilt == FUZZ_NOTHING;
	}
	fuzz_need(espsimd_aead_open(tier, fuzz_burst, nr) == all, tier,
		  "wrong verdict on the burst");
	for (i = 0; i < nr; i++) {
		struct espsimd_aead_msg *msg = &fuzz_burst[i];
		struct fuzz_msg *m = &fuzz_msgs[i];
		const bool bad = m->spoilt != FUZZ_NOTHING;

		fuzz_need(msg->authentic != bad, tier, "wrong verdict");
		fuzz_need(bad ? engine_is_all(m->dst, 0, msg->len) :
				!memcmp(m->dst, m->plain, msg->len),
			  tier, "opened wrongly");
		fuzz_need(fuzz_around(m, msg->len), tier, "wrote elsewhere");
		fuzz_spoil(m, msg);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	enum espsimd_tier tier;
	unsigned int i, nr;

	if (!fuzz_sas[0].raw_len) {
		espsimd_aead_init();
		for (i = 0; i < FUZZ_SAS; i++)
			engine_sa_init(&fuzz_sas[i], 16 + i / 3 * 8,
				       8 + i % 3 * 4);
	}
	nr = 1 + fuzz_take(&in) % FUZZ_MSGS;
	for (i = 0; i < nr; i++)
		fuzz_make(&in, &fuzz_msgs[i], &fuzz_burst[i]);
	for (tier = ESPSIMD_TIER_AESNI; tier < ESPSIMD_TIER_NR; tier++) {
		if (!espsimd_aead_tier_usable(tier))
			continue;
		fuzz_seal(tier, nr);
		fuzz_open(tier, nr);
	}
	return 0;
}
