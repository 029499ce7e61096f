// SPDX-License-Identifier: GPL-2.0
/*
 * Chooses a tier: at start the best one that works, per call the one asked for.
 */
#include "key.h"
#include "tiers.h"

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/kasan-checks.h>
#include <linux/static_call.h>
#endif

/* The AVX-512 tier takes the nonce and the lengths from there in one load. */
static_assert(offsetof(struct espsimd_aead_msg, iv) == 32 &&
	      offsetof(struct espsimd_aead_msg, len) == 40 &&
	      offsetof(struct espsimd_aead_msg, aad_len) == 44 &&
	      offsetof(struct espsimd_aead_msg, aad) == 48 &&
	      sizeof(struct espsimd_aead_msg) == 64);

static const char *const tier_names[ESPSIMD_TIER_NR] = {
	[ESPSIMD_TIER_NONE] = "none",
	[ESPSIMD_TIER_AESNI] = "aesni",
	[ESPSIMD_TIER_AVX2] = "avx2",
	[ESPSIMD_TIER_AVX512] = "avx512",
};

static bool tier_usable[ESPSIMD_TIER_NR] __ro_after_init;
static enum espsimd_tier tier_best __ro_after_init;

/*
 * Direct calls: there are few tiers, the branches are predicted, and no
 * indirect call needs a mitigation.
 */
static void tier_seal(enum espsimd_tier tier, struct espsimd_aead_msg *msgs,
		      unsigned int nr)
{
	switch (tier) {
	case ESPSIMD_TIER_AVX512:
		espsimd_aead_seal_avx512(msgs, nr);
		break;
	case ESPSIMD_TIER_AVX2:
		espsimd_aead_seal_avx2(msgs, nr);
		break;
	case ESPSIMD_TIER_AESNI:
	default:
		espsimd_aead_seal_aesni(msgs, nr);
		break;
	}
}

static bool tier_open(enum espsimd_tier tier, struct espsimd_aead_msg *msgs,
		      unsigned int nr)
{
	switch (tier) {
	case ESPSIMD_TIER_AVX512:
		return espsimd_aead_open_avx512(msgs, nr);
	case ESPSIMD_TIER_AVX2:
		return espsimd_aead_open_avx2(msgs, nr);
	case ESPSIMD_TIER_AESNI:
	default:
		return espsimd_aead_open_aesni(msgs, nr);
	}
}

static void seal_best(struct espsimd_aead_msg *msgs, unsigned int nr)
{
	tier_seal(tier_best, msgs, nr);
}

static bool open_best(struct espsimd_aead_msg *msgs, unsigned int nr)
{
	return tier_open(tier_best, msgs, nr);
}

#ifdef __KERNEL__
DEFINE_STATIC_CALL(espsimd_aead_seal_best, seal_best);
DEFINE_STATIC_CALL(espsimd_aead_open_best, open_best);

void espsimd_aead_bind(void)
{
	switch (tier_best) {
	case ESPSIMD_TIER_AVX512:
		static_call_update(espsimd_aead_seal_best,
				   espsimd_aead_seal_avx512);
		static_call_update(espsimd_aead_open_best,
				   espsimd_aead_open_avx512);
		break;
	case ESPSIMD_TIER_AVX2:
		static_call_update(espsimd_aead_seal_best,
				   espsimd_aead_seal_avx2);
		static_call_update(espsimd_aead_open_best,
				   espsimd_aead_open_avx2);
		break;
	case ESPSIMD_TIER_AESNI:
		static_call_update(espsimd_aead_seal_best,
				   espsimd_aead_seal_aesni);
		static_call_update(espsimd_aead_open_best,
				   espsimd_aead_open_aesni);
		break;
	default:
		break;
	}
}
#else
#define static_call(name)	name##_direct
#define espsimd_aead_seal_best_direct	seal_best
#define espsimd_aead_open_best_direct	open_best

void espsimd_aead_bind(void)
{
}
#endif

enum espsimd_tier espsimd_aead_init(void)
{
	enum espsimd_tier tier;

	tier_best = ESPSIMD_TIER_NONE;
	for (tier = ESPSIMD_TIER_AESNI; tier < ESPSIMD_TIER_NR; tier++) {
		tier_usable[tier] = espsimd_aead_cpu_has(tier) &&
				    espsimd_aead_selftest(tier);
		if (!tier_usable[tier])
			continue;
		if (tier == ESPSIMD_TIER_AVX512 &&
		    tier_best == ESPSIMD_TIER_AVX2 &&
		    espsimd_aead_cpu_slow_zmm())
			continue;
		tier_best = tier;
	}
	return tier_best;
}

bool espsimd_aead_tier_usable(enum espsimd_tier tier)
{
	return tier > ESPSIMD_TIER_NONE && tier < ESPSIMD_TIER_NR &&
	       tier_usable[tier];
}

enum espsimd_tier espsimd_aead_best_tier(void)
{
	return tier_best;
}

const char *espsimd_aead_tier_name(enum espsimd_tier tier)
{
	if (tier < ESPSIMD_TIER_NONE || tier >= ESPSIMD_TIER_NR)
		return tier_names[ESPSIMD_TIER_NONE];
	return tier_names[tier];
}

#if defined(__KERNEL__) && defined(CONFIG_KASAN)
/* The tiers are not instrumented, so that their buffers are checked here. */
static void check_memory(const struct espsimd_aead_msg *msg, bool seal)
{
	unsigned int i;

	kasan_check_read(msg->key, sizeof(*msg->key));
	for (i = 0; i < msg->nr_segs; i++)
		kasan_check_read(msg->src[i].data, msg->src[i].len);
	kasan_check_write(msg->dst, msg->len);
	if (seal)
		kasan_check_write(msg->tag, msg->key->tag_len);
	else
		kasan_check_read(msg->tag, msg->key->tag_len);
}

static void check_burst(const struct espsimd_aead_msg *msgs, unsigned int nr,
			bool seal)
{
	while (nr--)
		check_memory(msgs++, seal);
}
#else
static void check_burst(const struct espsimd_aead_msg *msgs, unsigned int nr,
			bool seal)
{
	(void)msgs;
	(void)nr;
	(void)seal;
}
#endif

void espsimd_aead_seal(enum espsimd_tier tier, struct espsimd_aead_msg *msgs,
		       unsigned int nr)
{
	check_burst(msgs, nr, true);
	if (tier == ESPSIMD_TIER_NR)
		static_call(espsimd_aead_seal_best)(msgs, nr);
	else
		tier_seal(tier, msgs, nr);
}

bool espsimd_aead_open(enum espsimd_tier tier, struct espsimd_aead_msg *msgs,
		       unsigned int nr)
{
	check_burst(msgs, nr, false);
	if (tier == ESPSIMD_TIER_NR)
		return static_call(espsimd_aead_open_best)(msgs, nr);
	return tier_open(tier, msgs, nr);
}
