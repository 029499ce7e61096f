// SPDX-License-Identifier: GPL-2.0
#include "bench_peers.h"

#include <intel-ipsec-mb.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_kernel.h"
#include "engine.h"

/*
 * Where payload lies in a packet: behind Ethernet and two bytes that align what
 * follows, and, sealed, behind IPv4, ESP and IV too. Each buffer begins at a
 * cache line of its own of a page, since what lies at the same place of two
 * pages shares a set of the cache, and loads are mistaken for loads of what has
 * just been stored.
 */
#define PEERS_SRC	16
#define PEERS_DST	52
#define PEERS_PAGE	4096
#define PEERS_LINE	64
#define PEERS_BUFFER	(BENCH_MAX + PEERS_PAGE)

struct peers_sa {
	struct engine_sa own;
	struct gcm_key_data mb __aligned(64);
	struct kernel_key kernel[ESPSIMD_TIER_NR];
};

static const char *const peers_names[BENCH_NR] = {
	[BENCH_AESNI] = "aesni",
	[BENCH_AVX2] = "avx2",
	[BENCH_AVX512] = "avx512",
	[BENCH_MB_DIRECT] = "mb-direct",
	[BENCH_MB_JOB] = "mb-job",
	[BENCH_MB_BURST] = "mb-burst",
	[BENCH_OPENSSL] = "openssl",
	[BENCH_KERNEL_AESNI] = "kernel-aesni",
	[BENCH_KERNEL_AVX2] = "kernel-avx2",
	[BENCH_KERNEL_AVX512] = "kernel-avx512",
};

static unsigned int peers_key_len, peers_nr_sas, peers_next_sa;
static struct peers_sa *peers_sas;
static u8 peers_area[2 * BENCH_MSGS][PEERS_BUFFER] __aligned(4096);
static u8 *peers_src[BENCH_MSGS], *peers_dst[BENCH_MSGS];
static u8 *peers_tag[BENCH_MSGS];
static u8 peers_nonce[BENCH_MSGS][12];
static struct espsimd_aead_msg peers_msgs[BENCH_MSGS] __aligned(64);
static struct espsimd_aead_seg peers_segs[BENCH_MSGS];
static const struct peers_sa *peers_sa_of[BENCH_MSGS];

static IMB_MGR *peers_mb;
static EVP_CIPHER_CTX *peers_evp[2];

const char *bench_name(enum bench_who who)
{
	return peers_names[who];
}

/* Payload of message @i, in an order that is not one of the lengths. */
static unsigned int peers_len(const struct bench_shape *shape, unsigned int i)
{
	const unsigned int turn = i * 5 % 12;

	if (shape->len != BENCH_IMIX)
		return shape->len;
	if (turn < 7)
		return 64;
	return turn < 11 ? 576 : 1424;
}

unsigned int bench_bytes(const struct bench_shape *shape)
{
	unsigned int i, sum = 0;

	for (i = 0; i < BENCH_MSGS; i++)
		sum += peers_len(shape, i);
	return sum;
}

static enum espsimd_tier peers_tier(enum bench_who who)
{
	return ESPSIMD_TIER_AESNI + (who - BENCH_AESNI);
}

/* Kinds of the kernel's code are those of the engine. */
static enum espsimd_tier peers_kind(enum bench_who who)
{
	return ESPSIMD_TIER_AESNI + (who - BENCH_KERNEL_AESNI);
}

bool bench_usable(enum bench_who who)
{
	/* It keeps a key in its context, and sets one up much slower. */
	if (who == BENCH_OPENSSL)
		return peers_nr_sas == 1;
	if (who >= BENCH_KERNEL_AESNI)
		return kernel_has(peers_kind(who));
	return who > BENCH_AVX512 || espsimd_aead_tier_usable(peers_tier(who));
}

static void peers_own(enum espsimd_tier tier, const struct bench_shape *shape,
		      unsigned int first)
{
	struct espsimd_aead_msg *msgs = &peers_msgs[first];

	if (shape->seal) {
		espsimd_aead_seal(tier, msgs, shape->burst);
	} else if (!espsimd_aead_open(tier, msgs, shape->burst)) {
		fputs("not authentic\n", stderr);
		exit(1);
	}
}

static void peers_mb_direct(const struct bench_shape *shape, unsigned int first)
{
	struct gcm_context_data ctx;
	aes_gcm_enc_dec_t run;
	unsigned int i;

	if (peers_key_len == 16)
		run = shape->seal ? peers_mb->gcm128_enc : peers_mb->gcm128_dec;
	else
		run = shape->seal ? peers_mb->gcm256_enc : peers_mb->gcm256_dec;
	for (i = first; i < first + shape->burst; i++)
		run(&peers_sa_of[i]->mb, &ctx, peers_dst[i],
		    peers_src[i], peers_segs[i].len, peers_nonce[i],
		    peers_msgs[i].aad, 8, peers_tag[i], 16);
}

static void peers_mb_fill(IMB_JOB *job, const struct bench_shape *shape,
			  unsigned int i)
{
	job->cipher_mode = IMB_CIPHER_GCM;
	job->hash_alg = IMB_AUTH_AES_GMAC;
	job->cipher_direction = shape->seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	job->chain_order = shape->seal ? IMB_ORDER_CIPHER_HASH :
					 IMB_ORDER_HASH_CIPHER;
	job->enc_keys = &peers_sa_of[i]->mb;
	job->dec_keys = &peers_sa_of[i]->mb;
	job->key_len_in_bytes = peers_key_len;
	job->src = peers_src[i];
	job->dst = peers_dst[i];
	job->cipher_start_src_offset_in_bytes = 0;
	job->msg_len_to_cipher_in_bytes = peers_segs[i].len;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_hash_in_bytes = peers_segs[i].len;
	job->iv = peers_nonce[i];
	job->iv_len_in_bytes = 12;
	job->u.GCM.aad = peers_msgs[i].aad;
	job->u.GCM.aad_len_in_bytes = 8;
	job->auth_tag_output = peers_tag[i];
	job->auth_tag_output_len_in_bytes = 16;
}

static void peers_mb_job(const struct bench_shape *shape, unsigned int first)
{
	unsigned int i;

	for (i = first; i < first + shape->burst; i++) {
		peers_mb_fill(IMB_GET_NEXT_JOB(peers_mb), shape, i);
		IMB_SUBMIT_JOB_NOCHECK(peers_mb);
	}
}

static void peers_mb_burst(const struct bench_shape *shape, unsigned int first)
{
	IMB_JOB *jobs[BENCH_MSGS];
	unsigned int i;

	IMB_GET_NEXT_BURST(peers_mb, shape->burst, jobs);
	for (i = 0; i < shape->burst; i++)
		peers_mb_fill(jobs[i], shape, first + i);
	IMB_SUBMIT_BURST_NOCHECK(peers_mb, shape->burst, jobs);
}

static void peers_openssl(const struct bench_shape *shape, unsigned int first)
{
	EVP_CIPHER_CTX *ctx = peers_evp[shape->seal];
	unsigned int i;
	u8 none[16];
	int n;

	for (i = first; i < first + shape->burst; i++) {
		EVP_CipherInit_ex(ctx, NULL, NULL, NULL, peers_nonce[i],
				  shape->seal);
		EVP_CipherUpdate(ctx, NULL, &n, peers_msgs[i].aad, 8);
		EVP_CipherUpdate(ctx, peers_dst[i], &n,
				 peers_src[i], peers_segs[i].len);
		if (!shape->seal)
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16,
					    peers_tag[i]);
		EVP_CipherFinal_ex(ctx, none, &n);
		if (shape->seal)
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16,
					    peers_tag[i]);
	}
}

static void peers_kernel(enum espsimd_tier kind,
			 const struct bench_shape *shape, unsigned int first)
{
	unsigned int i;

	for (i = first; i < first + shape->burst; i++) {
		const struct kernel_key *key = &peers_sa_of[i]->kernel[kind];

		if (shape->seal) {
			kernel_seal(kind, key, &peers_msgs[i]);
		} else if (!kernel_open(kind, key, &peers_msgs[i])) {
			fputs("not authentic to the kernel's code\n", stderr);
			exit(1);
		}
	}
}

static void peers_call(enum bench_who who, const struct bench_shape *shape,
		       unsigned int first)
{
	switch (who) {
	case BENCH_MB_DIRECT:
		peers_mb_direct(shape, first);
		break;
	case BENCH_MB_JOB:
		peers_mb_job(shape, first);
		break;
	case BENCH_MB_BURST:
		peers_mb_burst(shape, first);
		break;
	case BENCH_OPENSSL:
		peers_openssl(shape, first);
		break;
	case BENCH_KERNEL_AESNI:
	case BENCH_KERNEL_AVX2:
	case BENCH_KERNEL_AVX512:
		peers_kernel(peers_kind(who), shape, first);
		break;
	default:
		peers_own(peers_tier(who), shape, first);
		break;
	}
}

/* The next of the keys for each message. */
static void peers_turn(void)
{
	unsigned int i;

	for (i = 0; i < BENCH_MSGS; i++) {
		/* Prime, and far from any number of keys. */
		peers_next_sa = (peers_next_sa + 7919) % peers_nr_sas;
		peers_sa_of[i] = &peers_sas[peers_next_sa];
		peers_msgs[i].key = &peers_sa_of[i]->own.key;
	}
}

void bench_run(enum bench_who who, const struct bench_shape *shape)
{
	unsigned int round, i;

	for (round = 0; round < shape->rounds; round++) {
		/* What was sealed can be opened with its own key only. */
		if (peers_nr_sas > 1 && shape->seal)
			peers_turn();
		for (i = 0; i < BENCH_MSGS; i += shape->burst)
			peers_call(who, shape, i);
	}
}

/* The place of a line in a page, less the room for what is in front of data. */
static unsigned int peers_line(void)
{
	return engine_random(PEERS_PAGE / PEERS_LINE - 1) * PEERS_LINE;
}

/*
 * Lays all messages out anew. What shares a set of the cache with what, and
 * what is mistaken for what, takes up to a fifth of the time.
 */
static void peers_lay(void)
{
	unsigned int i;

	for (i = 0; i < BENCH_MSGS; i++) {
		peers_src[i] = peers_area[i] + PEERS_SRC + peers_line();
		peers_dst[i] = peers_area[BENCH_MSGS + i] + PEERS_DST +
			       peers_line();
		peers_segs[i].data = peers_src[i];
		peers_msgs[i].dst = peers_dst[i];
	}
}

void bench_prepare(const struct bench_shape *shape)
{
	struct bench_shape seal = *shape;
	unsigned int i;

	peers_lay();
	for (i = 0; i < BENCH_MSGS; i++) {
		const unsigned int len = peers_len(shape, i);

		peers_segs[i].len = len;
		peers_msgs[i].len = len;
		peers_tag[i] = peers_dst[i] + len;
		peers_msgs[i].tag = peers_tag[i];
	}
	if (shape->seal)
		return;
	seal.seal = true;
	seal.rounds = 1;
	bench_run(BENCH_AESNI, &seal);
	for (i = 0; i < BENCH_MSGS; i++) {
		memcpy(peers_src[i], peers_dst[i],
		       peers_segs[i].len + ESPSIMD_AEAD_TAG_MAX);
		peers_tag[i] = peers_src[i] + peers_segs[i].len;
		peers_msgs[i].tag = peers_tag[i];
	}
}

/* Has all messages done once, where nothing is left of those before. */
static void peers_once(enum bench_who who, const struct bench_shape *shape)
{
	struct bench_shape once = *shape;
	unsigned int i;

	for (i = 0; i < BENCH_MSGS; i++)
		memset(peers_dst[i], 0, peers_segs[i].len + 16);
	once.rounds = 1;
	peers_next_sa = 0;
	bench_run(who, &once);
}

bool bench_agree(const struct bench_shape *shape)
{
	static u8 want[sizeof(peers_area)];
	enum bench_who who;

	peers_once(BENCH_AESNI, shape);
	memcpy(want, peers_area, sizeof(want));
	for (who = BENCH_AVX2; who < BENCH_NR; who++) {
		if (!bench_usable(who))
			continue;
		peers_once(who, shape);
		if (memcmp(want, peers_area, sizeof(want))) {
			fprintf(stderr, "%s gives something else\n",
				bench_name(who));
			return false;
		}
	}
	return true;
}

static void peers_setup_sa(struct peers_sa *sa, unsigned int key_len)
{
	enum espsimd_tier kind;

	engine_sa_init(&sa->own, key_len, 16);
	memcpy(sa->own.salt, peers_sas[0].own.salt, sizeof(sa->own.salt));
	engine_sa_tag_len(&sa->own, 16);
	if (key_len == 32)
		IMB_AES256_GCM_PRE(peers_mb, sa->own.raw, &sa->mb);
	else
		IMB_AES128_GCM_PRE(peers_mb, sa->own.raw, &sa->mb);
	for (kind = ESPSIMD_TIER_AESNI; kind < ESPSIMD_TIER_NR; kind++)
		if (kernel_has(kind))
			kernel_key_prepare(kind, &sa->kernel[kind], &sa->own);
}

void bench_setup(unsigned int key_len, unsigned int sas)
{
	const EVP_CIPHER *cipher = key_len == 32 ? EVP_aes_256_gcm() :
						   EVP_aes_128_gcm();
	unsigned int i;

	peers_key_len = key_len;
	peers_nr_sas = sas;
	free(peers_sas);
	peers_sas = aligned_alloc(64, sas * sizeof(*peers_sas));
	if (!peers_mb)
		peers_mb = alloc_mb_mgr(0);
	if (!peers_sas || !peers_mb) {
		fputs("no memory\n", stderr);
		exit(1);
	}
	init_mb_mgr_auto(peers_mb, NULL);
	for (i = 0; i < sas; i++)
		peers_setup_sa(&peers_sas[i], key_len);
	for (i = 0; i < 2; i++) {
		EVP_CIPHER_CTX_free(peers_evp[i]);
		peers_evp[i] = EVP_CIPHER_CTX_new();
		EVP_CipherInit_ex(peers_evp[i], cipher, NULL,
				  peers_sas[0].own.raw, peers_nonce[0], i);
	}
	for (i = 0; i < BENCH_MSGS; i++) {
		struct espsimd_aead_msg *msg = &peers_msgs[i];

		engine_msg(msg, &peers_sas[0].own, 8);
		memcpy(peers_nonce[i], peers_sas[0].own.salt, 4);
		memcpy(peers_nonce[i] + 4, msg->iv, 8);
		engine_fill(peers_area[i], sizeof(peers_area[i]));
		peers_sa_of[i] = &peers_sas[0];
		msg->src = &peers_segs[i];
		msg->nr_segs = 1;
	}
}
