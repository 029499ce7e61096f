// SPDX-License-Identifier: GPL-2.0
/*
 * Independent implementations of AES-GCM to compare with.
 */
#include "oracle.h"

#include <intel-ipsec-mb.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

/* An oracle that does not work is no reason to fail a test, but to stop. */
static void oracle_need(bool ok, const char *what)
{
	if (ok)
		return;
	printf("Bail out! %s failed\n", what);
	exit(1);
}

static const EVP_CIPHER *oracle_cipher(unsigned int key_len)
{
	switch (key_len) {
	case 16:
		return EVP_aes_128_gcm();
	case 24:
		return EVP_aes_192_gcm();
	default:
		return EVP_aes_256_gcm();
	}
}

void oracle_openssl(const struct oracle_job *job, u8 *sealed,
		    u8 tag[ORACLE_TAG])
{
	static EVP_CIPHER_CTX *ctx;
	u8 none[1];
	int n;

	if (!ctx)
		ctx = EVP_CIPHER_CTX_new();
	oracle_need(ctx && EVP_EncryptInit_ex(ctx, oracle_cipher(job->key_len),
					      NULL, job->key, job->nonce) == 1,
		    "EVP_EncryptInit_ex");
	oracle_need(EVP_EncryptUpdate(ctx, NULL, &n, job->aad,
				      job->aad_len) == 1 &&
		    EVP_EncryptUpdate(ctx, job->len ? sealed : none, &n,
				      job->len ? job->plain : none,
				      job->len) == 1,
		    "EVP_EncryptUpdate");
	oracle_need(EVP_EncryptFinal_ex(ctx, none, &n) == 1,
		    "EVP_EncryptFinal_ex");
	oracle_need(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, ORACLE_TAG,
					tag) == 1, "EVP_CTRL_AEAD_GET_TAG");
}

static struct IMB_MGR *mb;
static struct gcm_key_data mb_key __aligned(64);

void oracle_ipsec_mb(const struct oracle_job *job, u8 *sealed,
		     u8 tag[ORACLE_TAG])
{
	static struct gcm_context_data ctx;
	u8 none[1];
	const u8 *plain = job->len ? job->plain : none;

	if (!mb) {
		mb = alloc_mb_mgr(0);
		oracle_need(mb, "alloc_mb_mgr");
		init_mb_mgr_auto(mb, NULL);
	}
	if (!job->len)
		sealed = none;

	switch (job->key_len) {
	case 16:
		IMB_AES128_GCM_PRE(mb, job->key, &mb_key);
		IMB_AES128_GCM_ENC(mb, &mb_key, &ctx, sealed, plain, job->len,
				   job->nonce, job->aad, job->aad_len, tag,
				   ORACLE_TAG);
		break;
	case 24:
		IMB_AES192_GCM_PRE(mb, job->key, &mb_key);
		IMB_AES192_GCM_ENC(mb, &mb_key, &ctx, sealed, plain, job->len,
				   job->nonce, job->aad, job->aad_len, tag,
				   ORACLE_TAG);
		break;
	default:
		IMB_AES256_GCM_PRE(mb, job->key, &mb_key);
		IMB_AES256_GCM_ENC(mb, &mb_key, &ctx, sealed, plain, job->len,
				   job->nonce, job->aad, job->aad_len, tag,
				   ORACLE_TAG);
		break;
	}
	oracle_need(imb_get_errno(mb) == 0, "libipsec-mb");
}
