// SPDX-License-Identifier: GPL-2.0
/*
 * What the engine's tests share.
 */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "oracle.h"
#include "tap.h"

#define ENGINE_MAX	16384

static void engine_one(const struct engine_check *check,
		       enum espsimd_tier tier)
{
	const char *tier_name = espsimd_aead_tier_name(tier);

	if (!espsimd_aead_cpu_has(tier)) {
		tap_skip("the CPU or the operating system lacks it", "%s: %s",
			 tier_name, check->name);
	} else if (!espsimd_aead_tier_usable(tier)) {
		tap_note("its known-answer test failed");
		tap_result(false, "%s: %s", tier_name, check->name);
	} else {
		tap_result(check->run(tier, check->arg), "%s: %s", tier_name,
			   check->name);
	}
}

int engine_run(const char *prefix, const struct engine_check *checks,
	       unsigned int nr)
{
	enum espsimd_tier tier;
	unsigned int i;

	espsimd_aead_init();
	tap_plan(prefix, nr * (ESPSIMD_TIER_NR - ESPSIMD_TIER_AESNI));
	for (tier = ESPSIMD_TIER_AESNI; tier < ESPSIMD_TIER_NR; tier++)
		for (i = 0; i < nr; i++)
			engine_one(&checks[i], tier);
	return tap_finish();
}

unsigned int engine_random(unsigned int below)
{
	static u64 state = 0x9e3779b97f4a7c15ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % below;
}

void engine_fill(u8 *p, unsigned int len)
{
	while (len--)
		*p++ = engine_random(256);
}

u8 *engine_guarded(unsigned int len)
{
	unsigned int page = sysconf(_SC_PAGESIZE);
	unsigned int size = (len + page - 1) / page * page;
	u8 *p = mmap(NULL, size + 2 * page, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED ||
	    mprotect(p + page, size, PROT_READ | PROT_WRITE)) {
		puts("Bail out! no memory with guard pages");
		exit(1);
	}
	return p + page;
}

void engine_sa_tag_len(struct engine_sa *sa, unsigned int tag_len)
{
	sa->tag_len = tag_len;
	if (espsimd_aead_key_prepare(&sa->key, sa->raw, sa->raw_len, sa->salt,
				     tag_len)) {
		puts("Bail out! key not accepted");
		exit(1);
	}
}

void engine_sa_init(struct engine_sa *sa, unsigned int raw_len,
		    unsigned int tag_len)
{
	engine_fill(sa->raw, raw_len);
	sa->raw_len = raw_len;
	engine_fill(sa->salt, sizeof(sa->salt));
	engine_sa_tag_len(sa, tag_len);
}

void engine_msg(struct espsimd_aead_msg *msg, const struct engine_sa *sa,
		unsigned int aad_len)
{
	memset(msg, 0, sizeof(*msg));
	msg->key = &sa->key;
	/* What lies behind short associated data must not matter. */
	engine_fill(msg->aad, sizeof(msg->aad));
	msg->aad_len = aad_len;
	engine_fill(msg->iv, sizeof(msg->iv));
}

bool engine_expect(const struct engine_sa *sa,
		   const struct espsimd_aead_msg *msg, const u8 *plain,
		   u8 *sealed, u8 tag[ESPSIMD_AEAD_TAG_MAX])
{
	static u8 other[ENGINE_MAX];
	u8 nonce[ORACLE_NONCE], other_tag[ORACLE_TAG];
	struct oracle_job job = {
		.key = sa->raw,
		.key_len = sa->raw_len,
		.nonce = nonce,
		.aad = msg->aad,
		.aad_len = msg->aad_len,
		.plain = plain,
		.len = msg->len,
	};

	memcpy(nonce, sa->salt, sizeof(sa->salt));
	memcpy(nonce + sizeof(sa->salt), msg->iv, sizeof(msg->iv));
	if (msg->len > sizeof(other))
		return false;
	oracle_openssl(&job, sealed, tag);
	oracle_ipsec_mb(&job, other, other_tag);
	if (memcmp(sealed, other, msg->len) ||
	    memcmp(tag, other_tag, ORACLE_TAG)) {
		tap_note("the oracles disagree at length %u", msg->len);
		return false;
	}
	return true;
}

bool engine_is_all(const u8 *p, u8 byte, unsigned int len)
{
	while (len--)
		if (*p++ != byte)
			return false;
	return true;
}
