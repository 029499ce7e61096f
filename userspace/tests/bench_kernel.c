// SPDX-License-Identifier: GPL-2.0
/*
 * Calls the kernel's assembly as the kernel does: a message takes one call for
 * the associated data, one for the payload and one for the tag, which is copied
 * to its place then. What the kernel has around that, requests, scatterlists
 * and the FPU section, is left out.
 */
#include "bench_kernel.h"

#include <string.h>

/*
 * Not there if the program was linked without them. Counters are in the byte
 * order of the CPU, their last word first.
 */
#define KERNEL_WEAK	__attribute__((__weak__))

#define KERNEL_DECLARE(kind)						\
	KERNEL_WEAK void						\
	aes_gcm_precompute_##kind(struct kernel_key *key);		\
	KERNEL_WEAK void						\
	aes_gcm_aad_update_##kind(const struct kernel_key *key, u8 acc[16], \
				  const u8 *aad, int aad_len);		\
	KERNEL_WEAK void						\
	aes_gcm_enc_update_##kind(const struct kernel_key *key,		\
				  const u32 ctr[4], u8 acc[16],		\
				  const u8 *src, u8 *dst, int len);	\
	KERNEL_WEAK void						\
	aes_gcm_dec_update_##kind(const struct kernel_key *key,		\
				  const u32 ctr[4], u8 acc[16],		\
				  const u8 *src, u8 *dst, int len);	\
	KERNEL_WEAK void						\
	aes_gcm_enc_final_##kind(const struct kernel_key *key,		\
				 const u32 ctr[4], u8 acc[16],		\
				 u64 aad_len, u64 len);			\
	KERNEL_WEAK bool						\
	aes_gcm_dec_final_##kind(const struct kernel_key *key,		\
				 const u32 ctr[4], const u8 acc[16],	\
				 u64 aad_len, u64 len, const u8 tag[16], \
				 int tag_len)

KERNEL_DECLARE(aesni_avx);
KERNEL_DECLARE(vaes_avx2);
KERNEL_DECLARE(vaes_avx512);

/* As the kernel reads them: the bytes of the nonce are of the network. */
static __always_inline u32 kernel_word(const u8 *p)
{
	u32 word;

	memcpy(&word, p, sizeof(word));
	return __builtin_bswap32(word);
}

static __always_inline void kernel_counter(u32 ctr[4],
					   const struct kernel_key *key,
					   const struct espsimd_aead_msg *msg)
{
	ctr[0] = 2;
	ctr[1] = kernel_word(msg->iv + 4);
	ctr[2] = kernel_word(msg->iv);
	ctr[3] = key->salt;
}

/* No indirect calls, as the kernel has none. */
#define KERNEL_DEFINE(kind)						\
static void seal_##kind(const struct kernel_key *key,			\
			const struct espsimd_aead_msg *msg)		\
{									\
	u8 acc[16] = { 0 };						\
	u32 ctr[4];							\
									\
	kernel_counter(ctr, key, msg);					\
	aes_gcm_aad_update_##kind(key, acc, msg->aad, msg->aad_len);	\
	aes_gcm_enc_update_##kind(key, ctr, acc, msg->src->data,	\
				  msg->dst, msg->len);			\
	aes_gcm_enc_final_##kind(key, ctr, acc, msg->aad_len, msg->len); \
	memcpy(msg->tag, acc, sizeof(acc));				\
}									\
									\
static bool open_##kind(const struct kernel_key *key,			\
			const struct espsimd_aead_msg *msg)		\
{									\
	u8 acc[16] = { 0 }, tag[16];					\
	u32 ctr[4];							\
									\
	kernel_counter(ctr, key, msg);					\
	aes_gcm_aad_update_##kind(key, acc, msg->aad, msg->aad_len);	\
	aes_gcm_dec_update_##kind(key, ctr, acc, msg->src->data,	\
				  msg->dst, msg->len);			\
	memcpy(tag, msg->tag, sizeof(tag));				\
	return aes_gcm_dec_final_##kind(key, ctr, acc, msg->aad_len,	\
					msg->len, tag, sizeof(tag));	\
}

KERNEL_DEFINE(aesni_avx)
KERNEL_DEFINE(vaes_avx2)
KERNEL_DEFINE(vaes_avx512)

bool kernel_has(enum espsimd_tier tier)
{
	switch (tier) {
	case ESPSIMD_TIER_AVX512:
		return aes_gcm_precompute_vaes_avx512 &&
		       espsimd_aead_cpu_has(tier);
	case ESPSIMD_TIER_AVX2:
		return aes_gcm_precompute_vaes_avx2 &&
		       espsimd_aead_cpu_has(tier);
	default:
		return aes_gcm_precompute_aesni_avx &&
		       espsimd_aead_cpu_has(ESPSIMD_TIER_AESNI) &&
		       __builtin_cpu_supports("avx");
	}
}

void kernel_key_prepare(enum espsimd_tier tier, struct kernel_key *key,
			const struct engine_sa *sa)
{
	memset(key, 0, sizeof(*key));
	key->len = sa->raw_len;
	memcpy(key->round_keys, sa->key.round_keys, sizeof(key->round_keys));
	key->salt = kernel_word(sa->salt);
	switch (tier) {
	case ESPSIMD_TIER_AVX512:
		aes_gcm_precompute_vaes_avx512(key);
		break;
	case ESPSIMD_TIER_AVX2:
		aes_gcm_precompute_vaes_avx2(key);
		break;
	default:
		aes_gcm_precompute_aesni_avx(key);
		break;
	}
}

void kernel_seal(enum espsimd_tier tier, const struct kernel_key *key,
		 const struct espsimd_aead_msg *msg)
{
	switch (tier) {
	case ESPSIMD_TIER_AVX512:
		seal_vaes_avx512(key, msg);
		break;
	case ESPSIMD_TIER_AVX2:
		seal_vaes_avx2(key, msg);
		break;
	default:
		seal_aesni_avx(key, msg);
		break;
	}
}

bool kernel_open(enum espsimd_tier tier, const struct kernel_key *key,
		 const struct espsimd_aead_msg *msg)
{
	switch (tier) {
	case ESPSIMD_TIER_AVX512:
		return open_vaes_avx512(key, msg);
	case ESPSIMD_TIER_AVX2:
		return open_vaes_avx2(key, msg);
	default:
		return open_aesni_avx(key, msg);
	}
}
