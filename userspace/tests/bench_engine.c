// SPDX-License-Identifier: GPL-2.0
/*
 * Cycles per packet of each tier, next to libipsec-mb's direct interface and
 * OpenSSL's EVP: bench_engine [KEY-BITS [ROUNDS]]
 *
 * Cycles are those of the time stamp counter, which is not the clock of the
 * core: only ratios within one run count. The candidates take turns, and the
 * median of all turns is printed.
 */
#include <intel-ipsec-mb.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define BENCH_BURST	32
#define BENCH_MAX	9216
#define BENCH_ROUNDS	1000
#define BENCH_CANDIDATES 5

static struct engine_sa bench_sa;
static u8 bench_src[BENCH_BURST][BENCH_MAX] __aligned(64);
static u8 bench_dst[BENCH_BURST][BENCH_MAX] __aligned(64);
static u8 bench_tag[BENCH_BURST][16];
static struct espsimd_aead_msg bench_msgs[BENCH_BURST];
static struct espsimd_aead_seg bench_segs[BENCH_BURST];
static u8 bench_nonce[12];

static IMB_MGR *bench_mb;
static struct gcm_key_data bench_mb_key __aligned(64);
static EVP_CIPHER_CTX *bench_evp[2];

static u64 bench_now(void)
{
	unsigned int aux;
	u32 low, high;

	__asm__ __volatile__("rdtscp" : "=a"(low), "=d"(high), "=c"(aux)
			     : : "memory");
	return (u64)high << 32 | low;
}

static void bench_tier(enum espsimd_tier tier, unsigned int len, bool seal)
{
	unsigned int i;

	for (i = 0; i < BENCH_BURST; i++) {
		bench_segs[i].len = len;
		bench_msgs[i].len = len;
	}
	if (seal)
		espsimd_aead_seal(tier, bench_msgs, BENCH_BURST);
	else if (!espsimd_aead_open(tier, bench_msgs, BENCH_BURST))
		exit(1);
}

static void bench_ipsec_mb(unsigned int len, bool seal)
{
	struct gcm_context_data ctx;
	unsigned int i;

	for (i = 0; i < BENCH_BURST; i++) {
		aes_gcm_enc_dec_t run = seal ? bench_mb->gcm128_enc :
					       bench_mb->gcm128_dec;

		if (bench_sa.raw_len == 32)
			run = seal ? bench_mb->gcm256_enc :
				     bench_mb->gcm256_dec;
		run(&bench_mb_key, &ctx, bench_dst[i], bench_src[i], len,
		    bench_nonce, bench_msgs[i].aad, 8, bench_tag[i], 16);
	}
}

static void bench_openssl(unsigned int len, bool seal)
{
	EVP_CIPHER_CTX *ctx = bench_evp[seal];
	unsigned int i;
	u8 none[16];
	int n;

	for (i = 0; i < BENCH_BURST; i++) {
		EVP_CipherInit_ex(ctx, NULL, NULL, NULL, bench_nonce, seal);
		EVP_CipherUpdate(ctx, NULL, &n, bench_msgs[i].aad, 8);
		EVP_CipherUpdate(ctx, bench_dst[i], &n, bench_src[i], len);
		if (!seal)
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16,
					    bench_tag[i]);
		EVP_CipherFinal_ex(ctx, none, &n);
		if (seal)
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16,
					    bench_tag[i]);
	}
}

static const char *const bench_names[BENCH_CANDIDATES] = {
	"aesni", "avx2", "avx512", "ipsec-mb", "openssl",
};

static bool bench_has(unsigned int candidate)
{
	return candidate >= 3 ||
	       espsimd_aead_tier_usable(ESPSIMD_TIER_AESNI + candidate);
}

static void bench_run(unsigned int candidate, unsigned int len, bool seal)
{
	switch (candidate) {
	case 3:
		bench_ipsec_mb(len, seal);
		break;
	case 4:
		bench_openssl(len, seal);
		break;
	default:
		bench_tier(ESPSIMD_TIER_AESNI + candidate, len, seal);
		break;
	}
}

static void bench_setup(unsigned int key_len)
{
	const EVP_CIPHER *cipher = key_len == 32 ? EVP_aes_256_gcm() :
						   EVP_aes_128_gcm();
	unsigned int i;

	espsimd_aead_init();
	engine_sa_init(&bench_sa, key_len, 16);
	bench_mb = alloc_mb_mgr(0);
	init_mb_mgr_auto(bench_mb, NULL);
	if (key_len == 32)
		IMB_AES256_GCM_PRE(bench_mb, bench_sa.raw, &bench_mb_key);
	else
		IMB_AES128_GCM_PRE(bench_mb, bench_sa.raw, &bench_mb_key);
	for (i = 0; i < 2; i++) {
		bench_evp[i] = EVP_CIPHER_CTX_new();
		EVP_CipherInit_ex(bench_evp[i], cipher, NULL, bench_sa.raw,
				  bench_nonce, i);
	}
	for (i = 0; i < BENCH_BURST; i++) {
		engine_msg(&bench_msgs[i], &bench_sa, 8);
		memcpy(bench_nonce, bench_sa.salt, 4);
		memcpy(bench_msgs[i].iv, bench_nonce + 4, 8);
		engine_fill(bench_src[i], BENCH_MAX);
		bench_segs[i].data = bench_src[i];
		bench_msgs[i].src = &bench_segs[i];
		bench_msgs[i].nr_segs = 1;
		bench_msgs[i].dst = bench_dst[i];
		bench_msgs[i].tag = bench_tag[i];
	}
}

static int bench_order(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Makes all sources ciphertext: one that is not authentic takes longer. */
static void bench_make_authentic(unsigned int len)
{
	bench_tier(ESPSIMD_TIER_NR, len, true);
	memcpy(bench_src, bench_dst, sizeof(bench_src));
}

static void bench_row(unsigned int len, bool seal, unsigned int rounds)
{
	static u64 *times[BENCH_CANDIDATES];
	unsigned int c, i;
	u64 start;

	for (c = 0; c < BENCH_CANDIDATES; c++)
		times[c] = realloc(times[c], rounds * sizeof(u64));
	if (!seal)
		bench_make_authentic(len);
	for (i = 0; i < rounds; i++) {
		for (c = 0; c < BENCH_CANDIDATES; c++) {
			if (!bench_has(c))
				continue;
			bench_run(c, len, seal);
			start = bench_now();
			bench_run(c, len, seal);
			times[c][i] = bench_now() - start;
		}
	}
	printf("%5u %-5s", len, seal ? "seal" : "open");
	for (c = 0; c < BENCH_CANDIDATES; c++) {
		qsort(times[c], rounds, sizeof(u64), bench_order);
		if (bench_has(c))
			printf(" %9.1f",
			       (double)times[c][rounds / 2] / BENCH_BURST);
		else
			printf(" %9s", "-");
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	static const unsigned int lens[] = { 64, 256, 576, 1424, 9000 };
	unsigned int bits = argc > 1 ? atoi(argv[1]) : 128;
	unsigned int rounds = argc > 2 ? atoi(argv[2]) : BENCH_ROUNDS;
	unsigned int i, c;

	if ((bits != 128 && bits != 256) || !rounds) {
		fputs("usage: bench_engine [128|256 [ROUNDS]]\n", stderr);
		return 2;
	}
	bench_setup(bits / 8);
	printf("AES-%u-GCM, cycles per packet, bursts of %u\n%5s %-5s", bits,
	       BENCH_BURST, "bytes", "");
	for (c = 0; c < BENCH_CANDIDATES; c++)
		printf(" %9s", bench_names[c]);
	putchar('\n');
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		bench_row(lens[i], true, rounds);
		bench_row(lens[i], false, rounds);
	}
	return 0;
}
