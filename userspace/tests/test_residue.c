// SPDX-License-Identifier: GPL-2.0
/*
 * What the engine leaves behind in vector registers and on the stack: nothing
 * that depends on a key or is plaintext. Each call runs in a thread whose stack
 * is memory that can be searched afterwards.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "oracle.h"
#include "tap.h"

#define RESIDUE_STACK	(256 * 1024)
#define RESIDUE_LEN	1400
#define RESIDUE_REGS	32
#define RESIDUE_REG	64

static struct engine_sa residue_sa;
static struct espsimd_aead_msg residue_msg;
static u8 *residue_stack;
static u8 residue_regs[RESIDUE_REGS][RESIDUE_REG];
static u8 residue_plain[RESIDUE_LEN], residue_sealed[RESIDUE_LEN];
static u8 residue_in[RESIDUE_LEN], residue_out[RESIDUE_LEN];
static u8 residue_tag[ESPSIMD_AEAD_TAG_MAX];

enum residue_call {
	RESIDUE_SEAL,
	RESIDUE_SEAL_SEGMENTS,
	RESIDUE_OPEN,
	RESIDUE_OPEN_SEGMENTS,
	RESIDUE_OPEN_FORGED,
	RESIDUE_KEY,
};

struct residue_run {
	enum espsimd_tier tier;
	enum residue_call call;
};

#define FIRST_16	"0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
#define ALL_32		FIRST_16 ",16,17,18,19,20,21,22,23,24,25,26,27,28," \
			"29,30,31"

/*
 * In one piece with the call before it, so that nothing else has used the
 * registers in between: key expansion and the AES-NI tier know 128 bits only,
 * and registers may have other bits of the program's own there.
 */
static __always_inline void residue_save(const struct residue_run *run)
{
	if (run->call == RESIDUE_KEY || run->tier == ESPSIMD_TIER_AESNI)
		__asm__ __volatile__(".irp n," FIRST_16 "\n\t"
				     "movdqu %%xmm\\n, \\n*64(%0)\n\t"
				     ".endr"
				     : : "r"(residue_regs) : "memory");
	else if (run->tier == ESPSIMD_TIER_AVX2)
		__asm__ __volatile__(".irp n," FIRST_16 "\n\t"
				     "vmovdqu %%ymm\\n, \\n*64(%0)\n\t"
				     ".endr"
				     : : "r"(residue_regs) : "memory");
	else
		__asm__ __volatile__(".irp n," ALL_32 "\n\t"
				     "vmovdqu64 %%zmm\\n, \\n*64(%0)\n\t"
				     ".endr"
				     : : "r"(residue_regs) : "memory");
}

static void *residue_thread(void *arg)
{
	const struct residue_run *run = arg;
	bool result = false;

	switch (run->call) {
	case RESIDUE_KEY:
		result = espsimd_aead_key_prepare(&residue_sa.key,
						  residue_sa.raw,
						  residue_sa.raw_len,
						  residue_sa.salt, 16);
		break;
	case RESIDUE_SEAL:
	case RESIDUE_SEAL_SEGMENTS:
		espsimd_aead_seal(run->tier, &residue_msg, 1);
		break;
	default:
		result = espsimd_aead_open(run->tier, &residue_msg, 1);
		break;
	}
	residue_save(run);
	/* What the call gave is judged by what it wrote. */
	return result ? arg : NULL;
}

/* Is any 8 bytes of @secret in @area, at any place? */
static bool residue_found(const u8 *area, unsigned int size, const u8 *secret,
			  unsigned int len, const char *what)
{
	unsigned int i;

	for (i = 0; i + 8 <= len; i += 8) {
		if (memmem(area, size, secret + i, 8)) {
			tap_note("found bytes %u to %u of %s", i, i + 7, what);
			return true;
		}
	}
	return false;
}

/* A block whose bytes are reversed, as the hash has it in registers. */
static void residue_reverse(u8 out[16], const u8 *in)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		out[i] = in[15 - i];
}

static bool residue_in_stack(void)
{
	const u8 *s = residue_stack;
	const struct espsimd_aead_key *key = &residue_sa.key;
	u8 stream[RESIDUE_LEN], reversed[16], mask[16];
	struct engine_sa zero = residue_sa;
	struct espsimd_aead_msg none = residue_msg;
	unsigned int i;

	for (i = 0; i < RESIDUE_LEN; i++)
		stream[i] = residue_plain[i] ^ residue_sealed[i];
	if (residue_found(s, RESIDUE_STACK, residue_sa.raw, residue_sa.raw_len,
			  "the key") ||
	    residue_found(s, RESIDUE_STACK, key->round_keys[0],
			  16 * (key->rounds + 1), "the round keys") ||
	    residue_found(s, RESIDUE_STACK, key->powers[0],
			  16 * ESPSIMD_AEAD_POWERS, "the powers of H") ||
	    residue_found(s, RESIDUE_STACK, stream, RESIDUE_LEN,
			  "the key stream") ||
	    residue_found(s, RESIDUE_STACK, residue_plain, RESIDUE_LEN,
			  "the plaintext"))
		return true;
	for (i = 0; i + 16 <= RESIDUE_LEN; i += 16) {
		residue_reverse(reversed, residue_plain + i);
		if (residue_found(s, RESIDUE_STACK, reversed, 16,
				  "a reversed block"))
			return true;
	}

	/* The block that the tag is encrypted with: that of no blocks. */
	none.len = 0;
	none.aad_len = 0;
	if (!engine_expect(&zero, &none, stream, stream, mask))
		return true;
	return residue_found(s, RESIDUE_STACK, mask, 16,
			     "the block that encrypts the tag");
}

static void residue_message(enum residue_call call)
{
	static struct espsimd_aead_seg seg[3];
	bool seal = call == RESIDUE_SEAL || call == RESIDUE_SEAL_SEGMENTS;
	bool cut = call == RESIDUE_SEAL_SEGMENTS ||
		   call == RESIDUE_OPEN_SEGMENTS;

	memcpy(residue_in, seal ? residue_plain : residue_sealed, RESIDUE_LEN);
	seg[0].data = residue_in;
	seg[0].len = cut ? 300 : RESIDUE_LEN;
	seg[1].data = residue_in + 300;
	seg[1].len = 900;
	seg[2].data = residue_in + 1200;
	seg[2].len = RESIDUE_LEN - 1200;
	residue_msg.src = seg;
	residue_msg.nr_segs = cut ? 3 : 1;
	residue_msg.dst = residue_out;
	residue_msg.tag = residue_tag;
}

static bool residue_call(enum espsimd_tier tier, unsigned int call)
{
	struct residue_run run = { tier, call };
	pthread_attr_t attr;
	pthread_t thread;
	bool authentic;

	engine_sa_init(&residue_sa, 32, 16);
	engine_msg(&residue_msg, &residue_sa, 12);
	residue_msg.len = RESIDUE_LEN;
	engine_fill(residue_plain, RESIDUE_LEN);
	if (!engine_expect(&residue_sa, &residue_msg, residue_plain,
			   residue_sealed, residue_tag))
		return false;
	if (call == RESIDUE_OPEN_FORGED)
		residue_tag[7] ^= 1;
	residue_message(call);

	memset(residue_stack, 0, RESIDUE_STACK);
	memset(residue_regs, 0, sizeof(residue_regs));
	if (pthread_attr_init(&attr) ||
	    pthread_attr_setstack(&attr, residue_stack, RESIDUE_STACK) ||
	    pthread_create(&thread, &attr, residue_thread, &run) ||
	    pthread_join(thread, NULL)) {
		puts("Bail out! no thread");
		exit(1);
	}
	pthread_attr_destroy(&attr);

	/* That it did what it should proves that there was a residue. */
	authentic = call == RESIDUE_OPEN || call == RESIDUE_OPEN_SEGMENTS;
	if (authentic && memcmp(residue_out, residue_plain, RESIDUE_LEN))
		return false;
	if (!engine_is_all(residue_regs[0], 0, sizeof(residue_regs))) {
		tap_note("vector registers were not cleared");
		return false;
	}
	return !residue_in_stack();
}

/* The search itself must find what is there. */
static bool residue_search(enum espsimd_tier tier, unsigned int arg)
{
	(void)arg;
	if (!residue_call(tier, RESIDUE_SEAL))
		return false;
	memcpy(residue_stack + 4321, residue_sa.key.powers[7] + 8, 8);
	return residue_in_stack();
}

static const struct engine_check residue_checks[] = {
	{ "the search finds a part of a power", residue_search, 0 },
	{ "nothing left by key expansion", residue_call, RESIDUE_KEY },
	{ "nothing left by seal", residue_call, RESIDUE_SEAL },
	{ "nothing left by seal of segments", residue_call,
	  RESIDUE_SEAL_SEGMENTS },
	{ "nothing left by open", residue_call, RESIDUE_OPEN },
	{ "nothing left by open of segments", residue_call,
	  RESIDUE_OPEN_SEGMENTS },
	{ "nothing left by open of a forgery", residue_call,
	  RESIDUE_OPEN_FORGED },
};

int main(void)
{
#ifdef __SANITIZE_ADDRESS__
	tap_plan("residue", 1);
	tap_skip("the sanitizer has stack frames of its own", "all");
	return tap_finish();
#endif
	residue_stack = engine_guarded(RESIDUE_STACK);
	return engine_run("residue", residue_checks,
			  ARRAY_SIZE(residue_checks));
}
