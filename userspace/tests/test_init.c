// SPDX-License-Identifier: GPL-2.0
/*
 * Choice of a tier, and what the known-answer test notices. Linked with stand-
 * ins for the CPU's features and for the AVX-512 tier, which is the AES-NI tier
 * with one fault at a time.
 */
#include <string.h>

#include "engine.h"
#include "tap.h"

enum init_fault {
	FAULT_NONE,
	FAULT_TAG,
	FAULT_CIPHERTEXT,
	FAULT_LONG_ONLY,
	FAULT_PLAINTEXT,
	FAULT_ACCEPTS_FORGERY,
	FAULT_REJECTS_ALL,
	FAULT_LEAVES_PLAINTEXT,
	FAULT_SAYS_NOT_WHICH,
};

static enum init_fault init_fault;
static bool init_has[ESPSIMD_TIER_NR], init_slow_zmm;

bool espsimd_aead_cpu_has(enum espsimd_tier tier)
{
	return init_has[tier];
}

bool espsimd_aead_cpu_slow_zmm(void)
{
	return init_slow_zmm;
}

void espsimd_aead_seal_avx512(struct espsimd_aead_msg *msgs, unsigned int nr)
{
	espsimd_aead_seal_aesni(msgs, nr);
	if (init_fault == FAULT_TAG)
		msgs->tag[15] ^= 1;
	if (init_fault == FAULT_CIPHERTEXT && msgs->len)
		msgs->dst[msgs->len - 1] ^= 1;
	if (init_fault == FAULT_LONG_ONLY && msgs->len > 2000)
		msgs->tag[0] ^= 0x80;
}

bool espsimd_aead_open_avx512(struct espsimd_aead_msg *msgs, unsigned int nr)
{
	bool ok = espsimd_aead_open_aesni(msgs, nr);

	if (init_fault == FAULT_PLAINTEXT && ok && msgs->len)
		msgs->dst[0] ^= 1;
	if (init_fault == FAULT_LEAVES_PLAINTEXT && !ok && msgs->len)
		msgs->dst[msgs->len - 1] = 0x55;
	if (init_fault == FAULT_ACCEPTS_FORGERY)
		ok = true;
	if (init_fault == FAULT_REJECTS_ALL)
		ok = false;
	msgs->authentic = ok;
	if (init_fault == FAULT_SAYS_NOT_WHICH && !ok)
		msgs->authentic = true;
	return ok;
}

/* A CPU whose tiers are the bits of @tiers. */
static enum espsimd_tier init_cpu(unsigned int tiers, bool slow_zmm,
				  enum init_fault fault)
{
	enum espsimd_tier tier;

	for (tier = ESPSIMD_TIER_NONE; tier < ESPSIMD_TIER_NR; tier++)
		init_has[tier] = tiers >> tier & 1;
	init_slow_zmm = slow_zmm;
	init_fault = fault;
	return espsimd_aead_init();
}

enum {
	AESNI = 1 << ESPSIMD_TIER_AESNI,
	AVX2 = 1 << ESPSIMD_TIER_AVX2,
	AVX512 = 1 << ESPSIMD_TIER_AVX512,
};

static void init_choice(void)
{
	tap_result(init_cpu(0, false, FAULT_NONE) == ESPSIMD_TIER_NONE &&
		   espsimd_aead_best_tier() == ESPSIMD_TIER_NONE &&
		   !espsimd_aead_tier_usable(ESPSIMD_TIER_AESNI),
		   "a CPU without any tier has none");
	tap_result(init_cpu(AESNI, false, FAULT_NONE) == ESPSIMD_TIER_AESNI &&
		   espsimd_aead_best_tier() == ESPSIMD_TIER_AESNI &&
		   espsimd_aead_tier_usable(ESPSIMD_TIER_AESNI) &&
		   !espsimd_aead_tier_usable(ESPSIMD_TIER_AVX512),
		   "the only tier is the best");
	tap_result(init_cpu(AESNI | AVX512, false, FAULT_NONE) ==
		   ESPSIMD_TIER_AVX512, "the widest tier is the best");
	tap_result(init_cpu(AESNI | AVX512, true, FAULT_NONE) ==
		   ESPSIMD_TIER_AVX512,
		   "slow 512 bits are better than 128 bits");
	tap_result(!espsimd_aead_tier_usable(ESPSIMD_TIER_NONE) &&
		   !espsimd_aead_tier_usable(ESPSIMD_TIER_NR),
		   "what is no tier is not usable");
}

/* Needs the instructions, since the stand-in is only for the tier above. */
static void init_choice_avx2(bool has_avx2)
{
	static const char name[] = "slow 512 bits are worse than 256 bits";

	if (!has_avx2) {
		tap_skip("the CPU lacks the avx2 tier", "%s", name);
		return;
	}
	tap_result(init_cpu(AESNI | AVX2 | AVX512, true, FAULT_NONE) ==
		   ESPSIMD_TIER_AVX2 &&
		   espsimd_aead_tier_usable(ESPSIMD_TIER_AVX512), "%s", name);
}

static void init_faults(void)
{
	static const struct {
		enum init_fault fault;
		const char *name;
	} faults[] = {
		{ FAULT_TAG, "a wrong tag" },
		{ FAULT_CIPHERTEXT, "wrong ciphertext" },
		{ FAULT_LONG_ONLY, "a fault in long messages only" },
		{ FAULT_PLAINTEXT, "wrong plaintext" },
		{ FAULT_ACCEPTS_FORGERY, "a forgery that is accepted" },
		{ FAULT_REJECTS_ALL, "an authentic message that is rejected" },
		{ FAULT_LEAVES_PLAINTEXT, "plaintext of a forgery" },
		{ FAULT_SAYS_NOT_WHICH, "a forgery that is not marked" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		tap_result(init_cpu(AESNI | AVX512, false, faults[i].fault) ==
			   ESPSIMD_TIER_AESNI &&
			   !espsimd_aead_tier_usable(ESPSIMD_TIER_AVX512),
			   "the known-answer test notices %s", faults[i].name);
}

static void init_keys(void)
{
	static struct espsimd_aead_key key, before;
	u8 raw[64] = { 1 }, salt[ESPSIMD_AEAD_SALT_LEN] = { 2 };
	unsigned int raw_len, tag_len, wrong = 0;
	bool valid;
	int err;

	memset(&before, 0x5a, sizeof(before));
	for (raw_len = 0; raw_len <= sizeof(raw); raw_len++) {
		for (tag_len = 0; tag_len <= 20; tag_len++) {
			key = before;
			err = espsimd_aead_key_prepare(&key, raw, raw_len,
						       salt, tag_len);
			valid = (raw_len == 16 || raw_len == 24 ||
				 raw_len == 32) &&
				(tag_len == 8 || tag_len == 12 ||
				 tag_len == 16);
			if (err != (valid ? 0 : -EINVAL))
				wrong++;
			if (!valid && memcmp(&key, &before, sizeof(key)))
				wrong++;
		}
	}
	tap_result(!wrong, "lengths of keys and tags are checked");
	tap_result(espsimd_aead_key_size() == sizeof(key),
		   "the size of a key is told");
}

static void init_names(void)
{
	tap_result(!strcmp(espsimd_aead_tier_name(0), "none") &&
		   !strcmp(espsimd_aead_tier_name(1), "aesni") &&
		   !strcmp(espsimd_aead_tier_name(2), "avx2") &&
		   !strcmp(espsimd_aead_tier_name(3), "avx512") &&
		   !strcmp(espsimd_aead_tier_name(ESPSIMD_TIER_NR), "none"),
		   "tiers have names");
}

int main(void)
{
	__builtin_cpu_init();
	tap_plan("init", 17);
	init_choice();
	init_choice_avx2(__builtin_cpu_supports("avx2") &&
			 __builtin_cpu_supports("vpclmulqdq"));
	init_faults();
	init_keys();
	init_names();
	return tap_finish();
}
