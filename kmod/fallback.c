// SPDX-License-Identifier: GPL-2.0
#include <crypto/aead.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "buffer.h"
#include "fallback.h"

/**
 * struct espsimd_fallback - working memory of one call
 * @src: AAD, source segments, and the tag when opening
 * @dst: AAD, destination, and the tag when sealing
 * @nonce: salt and explicit IV (RFC 4106 section 4)
 * @req: request of the AEAD, with its context behind it
 */
struct espsimd_fallback {
	struct scatterlist src[ESPSIMD_BUFFER_SEGS + 3];
	struct scatterlist dst[3];
	u8 nonce[ESPSIMD_AEAD_SALT_LEN + ESPSIMD_AEAD_IV_LEN];
	struct aead_request req CRYPTO_MINALIGN_ATTR;
};

static void espsimd_fallback_map(struct espsimd_fallback *f,
				 struct espsimd_aead_msg *msg,
				 unsigned int tag_len, bool seal)
{
	unsigned int i, n = 0;

	sg_init_table(f->src, ARRAY_SIZE(f->src));
	sg_set_buf(&f->src[n++], msg->aad, msg->aad_len);
	for (i = 0; i < msg->nr_segs; i++)
		if (msg->src[i].len)
			sg_set_buf(&f->src[n++], msg->src[i].data,
				   msg->src[i].len);
	if (!seal)
		sg_set_buf(&f->src[n++], msg->tag, tag_len);
	sg_mark_end(&f->src[n - 1]);

	n = 0;
	sg_init_table(f->dst, ARRAY_SIZE(f->dst));
	sg_set_buf(&f->dst[n++], msg->aad, msg->aad_len);
	sg_set_buf(&f->dst[n++], msg->dst, msg->len);
	if (seal)
		sg_set_buf(&f->dst[n++], msg->tag, tag_len);
	sg_mark_end(&f->dst[n - 1]);
}

int espsimd_fallback_crypt(const struct espsimd_sa *sa,
			   struct espsimd_aead_msg *msg, bool seal)
{
	struct espsimd_fallback *f;
	int err;

	f = kmalloc(sizeof(*f) + crypto_aead_reqsize(sa->generic),
		    GFP_ATOMIC | __GFP_NOWARN);
	if (!f)
		return -ENOMEM;

	memcpy(f->nonce, sa->salt, ESPSIMD_AEAD_SALT_LEN);
	memcpy(f->nonce + ESPSIMD_AEAD_SALT_LEN, msg->iv, ESPSIMD_AEAD_IV_LEN);
	espsimd_fallback_map(f, msg, sa->icv_len, seal);

	aead_request_set_tfm(&f->req, sa->generic);
	aead_request_set_callback(&f->req, 0, NULL, NULL);
	aead_request_set_ad(&f->req, msg->aad_len);
	aead_request_set_crypt(&f->req, f->src, f->dst,
			       msg->len + (seal ? 0 : sa->icv_len), f->nonce);

	/* The AEAD is a synchronous one, so the request is done on return. */
	if (seal) {
		err = crypto_aead_encrypt(&f->req);
	} else {
		err = crypto_aead_decrypt(&f->req);
		msg->authentic = !err;
		if (err)
			memzero_explicit(msg->dst, msg->len);
	}

	kfree_sensitive(f);
	return err;
}
