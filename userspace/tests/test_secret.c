// SPDX-License-Identifier: GPL-2.0
/*
 * No branch and no address depends on a secret. Keys and plaintext are marked
 * as not initialised, and Valgrind follows that through all that is computed of
 * them; it reports where a jump or an address depends on such a value.
 *
 * With an argument, the opposite: that it reports what must be reported. To be
 * run by secret.sh.
 */
#include "secret.h"

#include <string.h>

#include "engine.h"
#include "tap.h"

#define SECRET_MAX	4100
#define SECRET_BURST	3
#define SECRET_SEGS	8

bool secret_verdict_public = true;

static struct engine_sa secret_sa;
static u8 secret_plain[SECRET_BURST][SECRET_MAX];
static u8 secret_sealed[SECRET_BURST][SECRET_MAX];
static u8 secret_out[SECRET_BURST][SECRET_MAX];
static u8 secret_tags[SECRET_BURST][ESPSIMD_AEAD_TAG_MAX];
static u8 secret_out_tags[SECRET_BURST][ESPSIMD_AEAD_TAG_MAX];
static struct espsimd_aead_seg secret_segs[SECRET_BURST][SECRET_SEGS];
static struct espsimd_aead_msg secret_msgs[SECRET_BURST];

/* Each kind of group, tail and part of a block. */
static const unsigned int secret_lens[] = {
	0, 1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 48, 60, 64, 65, 96,
	100, 127, 128, 129, 200, 256, 257, 500, 1000, 1424, 1536, 1552, 4100
};

static void secret_hide(const void *p, unsigned int len)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

static void secret_show(const void *p, unsigned int len)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(p, len);
}

/* Expands a secret key. What is public of the result must be known then. */
static void secret_expand(void)
{
	secret_hide(secret_sa.raw, sizeof(secret_sa.raw));
	secret_hide(secret_sa.salt, sizeof(secret_sa.salt));
	engine_sa_tag_len(&secret_sa, secret_sa.tag_len);
	secret_show(secret_sa.raw, sizeof(secret_sa.raw));
	secret_show(secret_sa.salt, sizeof(secret_sa.salt));
}

/* All of it, in case that Valgrind should lose sight of something. */
static void secret_hide_key(void)
{
	struct espsimd_aead_key *key = &secret_sa.key;

	secret_hide(key->round_keys, sizeof(key->round_keys));
	secret_hide(key->base, sizeof(key->base));
	secret_hide(key->powers, sizeof(key->powers));
	secret_hide(key->lengths, sizeof(key->lengths));
	secret_hide(&key->salt, sizeof(key->salt));
}

/* Cuts a source into @nr pieces, of which some may be empty. */
static void secret_cut(struct espsimd_aead_msg *msg,
		       struct espsimd_aead_seg *seg, const u8 *data,
		       unsigned int nr)
{
	unsigned int i, at = 0;

	for (i = 0; i < nr; i++) {
		seg[i].data = data + at;
		seg[i].len = i + 1 < nr ? engine_random(msg->len - at + 1) :
					  msg->len - at;
		at += seg[i].len;
	}
	msg->src = seg;
	msg->nr_segs = msg->len ? nr : 0;
}

/* A burst with what sealing it must give; the first is @len bytes long. */
static bool secret_burst(unsigned int len)
{
	unsigned int i;

	for (i = 0; i < SECRET_BURST; i++) {
		struct espsimd_aead_msg *msg = &secret_msgs[i];

		engine_msg(msg, &secret_sa, i & 1 ? 8 : 12);
		msg->len = i ? engine_random(len + 1) : len;
		engine_fill(secret_plain[i], msg->len);
		if (!engine_expect(&secret_sa, msg, secret_plain[i],
				   secret_sealed[i], secret_tags[i]))
			return false;
		msg->dst = secret_out[i];
	}
	return true;
}

static bool secret_seal_burst(enum espsimd_tier tier, unsigned int segs)
{
	unsigned int i;

	for (i = 0; i < SECRET_BURST; i++) {
		secret_cut(&secret_msgs[i], secret_segs[i], secret_plain[i],
			   segs);
		secret_msgs[i].tag = secret_out_tags[i];
		secret_hide(secret_plain[i], SECRET_MAX);
	}
	espsimd_aead_seal(tier, secret_msgs, SECRET_BURST);
	for (i = 0; i < SECRET_BURST; i++) {
		const struct espsimd_aead_msg *msg = &secret_msgs[i];

		/* They are sent. */
		secret_show(msg->dst, msg->len);
		secret_show(msg->tag, secret_sa.tag_len);
		secret_show(secret_plain[i], SECRET_MAX);
		if (memcmp(msg->dst, secret_sealed[i], msg->len) ||
		    memcmp(msg->tag, secret_tags[i], secret_sa.tag_len))
			return false;
	}
	return true;
}

/* All but the first are authentic if @forge is true, else all. */
static bool secret_open_burst(enum espsimd_tier tier, unsigned int segs,
			      bool forge)
{
	bool right = true;
	unsigned int i;

	secret_tags[0][5] ^= forge;
	for (i = 0; i < SECRET_BURST; i++) {
		secret_cut(&secret_msgs[i], secret_segs[i], secret_sealed[i],
			   segs);
		secret_msgs[i].tag = secret_tags[i];
	}
	if (espsimd_aead_open(tier, secret_msgs, SECRET_BURST) == forge)
		right = false;
	for (i = 0; i < SECRET_BURST; i++) {
		const struct espsimd_aead_msg *msg = &secret_msgs[i];

		/* To be looked at here. */
		secret_show(msg->dst, msg->len);
		if (forge && !i)
			right &= !msg->authentic &&
				 engine_is_all(msg->dst, 0, msg->len);
		else
			right &= msg->authentic &&
				 !memcmp(msg->dst, secret_plain[i], msg->len);
	}
	secret_tags[0][5] ^= forge;
	return right;
}

/* Both ways, in one piece and in several, and a forgery. */
static bool secret_both(enum espsimd_tier tier, unsigned int len)
{
	return secret_burst(len) &&
	       secret_seal_burst(tier, 1) &&
	       secret_seal_burst(tier, SECRET_SEGS) &&
	       secret_open_burst(tier, 1, false) &&
	       secret_open_burst(tier, SECRET_SEGS, false) &&
	       secret_open_burst(tier, 1, true);
}

static void secret_new_key(unsigned int key_len, unsigned int tag_len)
{
	engine_sa_init(&secret_sa, key_len, tag_len);
	secret_expand();
	secret_hide_key();
}

static bool secret_run(enum espsimd_tier tier, unsigned int key_len,
		       unsigned int tag_len)
{
	unsigned int i, before = VALGRIND_COUNT_ERRORS;

	secret_new_key(key_len, tag_len);
	for (i = 0; i < ARRAY_SIZE(secret_lens); i++) {
		if (!secret_both(tier, secret_lens[i])) {
			tap_note("wrong result at length %u", secret_lens[i]);
			return false;
		}
	}
	return before == VALGRIND_COUNT_ERRORS;
}

static const unsigned int secret_keys[] = { 16, 24, 32 };
static const unsigned int secret_tag_lens[] = { 8, 12, 16 };

static int secret_all(void)
{
	const unsigned int tags = ARRAY_SIZE(secret_tag_lens);
	const unsigned int nr = ARRAY_SIZE(secret_keys) * tags;
	unsigned int i;

	tap_plan("secret", nr + ESPSIMD_TIER_NR - ESPSIMD_TIER_AVX2);
	for (i = 0; i < nr; i++) {
		unsigned int key_len = secret_keys[i / tags];
		unsigned int tag_len = secret_tag_lens[i % tags];

		if (!espsimd_aead_cpu_has(ESPSIMD_TIER_AESNI))
			tap_skip("the CPU lacks it",
				 "aesni: key of %u, tag of %u bytes", key_len,
				 tag_len);
		else
			tap_result(secret_run(ESPSIMD_TIER_AESNI, key_len,
					      tag_len),
				   "aesni: key of %u, tag of %u bytes", key_len,
				   tag_len);
	}
	/* Their objects here are not the ones that are built with secret.h. */
	for (i = ESPSIMD_TIER_AVX2; i < ESPSIMD_TIER_NR; i++)
		tap_skip("Valgrind does not know its instructions", "%s: all",
			 espsimd_aead_tier_name(i));
	return tap_finish();
}

static noinline void secret_branch(const u8 *p)
{
	if (*p & 4)
		__asm__ __volatile__("nop");
}

static noinline void secret_lookup(const u8 *p)
{
	const u8 found = secret_plain[0][*p];

	__asm__ __volatile__("" : : "r"(found));
}

enum secret_leak {
	LEAK_NONE,
	LEAK_KEY_BRANCH,
	LEAK_KEY_LOOKUP,
	LEAK_ROUND_KEY,
	LEAK_POWER,
	LEAK_SEALED,
	LEAK_TAG,
	LEAK_OPENED,
	LEAK_VERDICT,
};

static const char *const secret_leaks[] = {
	[LEAK_NONE] = "nothing is reported without a leak",
	[LEAK_KEY_BRANCH] = "a branch on the key is reported",
	[LEAK_KEY_LOOKUP] = "a table looked up by the key is reported",
	[LEAK_ROUND_KEY] = "a branch on the last round key is reported",
	[LEAK_POWER] = "a table looked up by the highest power is reported",
	[LEAK_SEALED] = "a branch on what was sealed is reported",
	[LEAK_TAG] = "a table looked up by the tag is reported",
	[LEAK_OPENED] = "a branch on what was opened is reported",
	[LEAK_VERDICT] = "the engine's own branch on the verdict is reported",
};

/* Seals and opens one message, whose plaintext is known if it is sealed. */
static void secret_one(bool seal)
{
	struct espsimd_aead_msg *msg = &secret_msgs[0];

	secret_cut(msg, secret_segs[0],
		   seal ? secret_plain[0] : secret_sealed[0], 1);
	msg->tag = seal ? secret_out_tags[0] : secret_tags[0];
	if (seal)
		espsimd_aead_seal(ESPSIMD_TIER_AESNI, msg, 1);
	else
		(void)!espsimd_aead_open(ESPSIMD_TIER_AESNI, msg, 1);
}

/*
 * What is behind the key is not marked here: Valgrind must find out by itself,
 * by what the engine computes.
 */
static unsigned int secret_leaked(enum secret_leak leak)
{
	unsigned int before;

	engine_sa_init(&secret_sa, 16, 16);
	if (!secret_burst(100))
		return 0;
	before = VALGRIND_COUNT_ERRORS;
	secret_expand();
	secret_hide(secret_sa.raw, sizeof(secret_sa.raw));
	secret_verdict_public = leak != LEAK_VERDICT;
	secret_one(leak != LEAK_OPENED && leak != LEAK_VERDICT);
	secret_verdict_public = true;

	switch (leak) {
	case LEAK_NONE:
	case LEAK_VERDICT:
		break;
	case LEAK_KEY_BRANCH:
		secret_branch(secret_sa.raw);
		break;
	case LEAK_KEY_LOOKUP:
		secret_lookup(secret_sa.raw);
		break;
	case LEAK_ROUND_KEY:
		secret_branch(secret_sa.key.round_keys[10]);
		break;
	case LEAK_POWER:
		secret_lookup(secret_sa.key.powers[0]);
		break;
	case LEAK_TAG:
		secret_lookup(secret_out_tags[0]);
		break;
	case LEAK_SEALED:
	case LEAK_OPENED:
		secret_branch(secret_out[0] + 97);
		break;
	}
	secret_show(secret_out[0], SECRET_MAX);
	secret_show(secret_out_tags[0], ESPSIMD_AEAD_TAG_MAX);
	return VALGRIND_COUNT_ERRORS - before;
}

static int secret_controls(void)
{
	unsigned int i, found;

	tap_plan("secret", ARRAY_SIZE(secret_leaks));
	for (i = 0; i < ARRAY_SIZE(secret_leaks); i++) {
		if (!espsimd_aead_cpu_has(ESPSIMD_TIER_AESNI)) {
			tap_skip("the CPU lacks AES-NI", "control: %s",
				 secret_leaks[i]);
			continue;
		}
		found = secret_leaked(i);
		tap_result(i == LEAK_NONE ? !found : found == 1,
			   "control: %s", secret_leaks[i]);
	}
	return tap_finish();
}

int main(int argc, char **argv)
{
	(void)argv;
	if (!RUNNING_ON_VALGRIND) {
		tap_plan("secret", 1);
		tap_skip("Valgrind runs this, by secret.sh", "all");
		return tap_finish();
	}
	espsimd_aead_init();
	return argc > 1 ? secret_controls() : secret_all();
}
