// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/udp.h>
#include <net/xfrm.h>

#include "aead/aead.h"
#include "sa_validate.h"

#define ESPSIMD_AEAD_NAME	"rfc4106(gcm(aes))"
#define ESPSIMD_GENIV_NAME	"seqiv"

void espsimd_sa_describe(struct espsimd_sa_desc *desc,
			 const struct xfrm_state *x)
{
	*desc = (struct espsimd_sa_desc) {
		.geniv = x->geniv,
		.auth = x->aalg ? x->aalg->alg_name : NULL,
		.enc = x->ealg ? x->ealg->alg_name : NULL,
		.comp = x->calg ? x->calg->alg_name : NULL,
		.tfcpad = x->tfcpad,
		.if_id = x->if_id,
		.encap = x->encap ? x->encap->encap_type : 0,
		.family = x->props.family,
		.mode = x->props.mode,
		.proto = x->id.proto,
		.outbound = x->xso.dir == XFRM_DEV_OFFLOAD_OUT,
		.packet_offload = x->xso.type != XFRM_DEV_OFFLOAD_CRYPTO,
	};

	if (x->aead) {
		desc->aead = x->aead->alg_name;
		/* The salt follows the key, RFC 4106 section 8.1. */
		desc->key_bits = x->aead->alg_key_len -
				 ESPSIMD_AEAD_SALT_LEN * 8;
		desc->icv_bits = x->aead->alg_icv_len;
	}
}

/* Refusals that have nothing to do with the algorithm. */
static const char *espsimd_sa_refuse_shape(const struct espsimd_sa_desc *desc)
{
	if (desc->proto != IPPROTO_ESP)
		return "Only ESP can be offloaded";
	if (desc->mode != XFRM_MODE_TRANSPORT && desc->mode != XFRM_MODE_TUNNEL)
		return "Only transport and tunnel mode can be offloaded";
	if (desc->family != AF_INET && desc->family != AF_INET6)
		return "Only IPv4 and IPv6 can be offloaded";
	if (desc->encap && desc->encap != UDP_ENCAP_ESPINUDP)
		return "Of all encapsulations only ESP in UDP can be offloaded";
	/*
	 * With offload esp6_xmit() leaves the next header at ESP, and
	 * esp6_output_udp_encap() stores the protocol number in the Ethernet
	 * header. Such a packet cannot be put right any more.
	 */
	if (desc->encap && desc->outbound && desc->family == AF_INET6 &&
	    !desc->packet_offload)
		return "Linux cannot offload outbound ESP in UDP over IPv6";
	/* From 6.13 on the stack itself refuses this, as an error. */
	if (desc->if_id && !desc->outbound)
		return "Inbound SAs with an interface id cannot be offloaded";
	if (desc->tfcpad)
		return "Traffic flow padding (TFC) cannot be offloaded";

	return NULL;
}

static const char *espsimd_sa_refuse_alg(const struct espsimd_sa_desc *desc)
{
	if (desc->comp)
		return "Compression cannot be offloaded";
	if (desc->auth)
		return "A separate integrity algorithm cannot be offloaded";
	if (desc->enc)
		return "A cipher that is not an AEAD cannot be offloaded";
	if (!desc->aead)
		return "An SA without an AEAD algorithm cannot be offloaded";
	if (strcmp(desc->aead, ESPSIMD_AEAD_NAME))
		return "Of all AEADs only " ESPSIMD_AEAD_NAME
		       " can be offloaded";
	if (desc->geniv && strcmp(desc->geniv, ESPSIMD_GENIV_NAME))
		return "Only the IV generator " ESPSIMD_GENIV_NAME
		       " can be offloaded";
	if (desc->key_bits != 128 && desc->key_bits != 192 &&
	    desc->key_bits != 256)
		return "Only AES keys of 128, 192 or 256 bits can be offloaded";
	/* RFC 4106 section 6 allows these and no others. */
	if (desc->icv_bits != 64 && desc->icv_bits != 96 &&
	    desc->icv_bits != 128)
		return "Only ICVs of 64, 96 or 128 bits can be offloaded";
	if (espsimd_aead_best_tier() == ESPSIMD_TIER_NONE)
		return "This CPU lacks AES-NI and PCLMULQDQ";

	return NULL;
}

int espsimd_sa_validate(const struct espsimd_sa_desc *desc, const char **reason)
{
	*reason = espsimd_sa_refuse_shape(desc);
	if (!*reason)
		*reason = espsimd_sa_refuse_alg(desc);

	return *reason ? -EOPNOTSUPP : 0;
}
