/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which SAs the driver takes, as one pure function.
 */
#ifndef ESPSIMD_SA_VALIDATE_H
#define ESPSIMD_SA_VALIDATE_H

#include <linux/types.h>

struct xfrm_state;

/**
 * struct espsimd_sa_desc - the properties of an SA that decide
 * @aead: name of the AEAD algorithm, NULL without one
 * @geniv: name of its IV generator, NULL if not known
 * @auth: name of a separate integrity algorithm, NULL without one
 * @enc: name of a cipher that is not an AEAD, NULL without one
 * @comp: name of a compression algorithm, NULL without one
 * @key_bits: length of the AES key in bits, without the salt
 * @icv_bits: length of the ICV in bits
 * @tfcpad: traffic flow confidentiality padding in bytes (RFC 4303 2.7)
 * @if_id: XFRM interface id, 0 for none
 * @encap: UDP_ENCAP_* or TCP_ENCAP_* number, 0 for none
 * @family: AF_INET or AF_INET6, of the outer addresses
 * @mode: XFRM_MODE_*
 * @proto: IPPROTO_ESP, IPPROTO_AH or IPPROTO_COMP
 * @outbound: the SA is for sending
 * @packet_offload: packet offload is asked for, not crypto offload
 */
struct espsimd_sa_desc {
	const char *aead;
	const char *geniv;
	const char *auth;
	const char *enc;
	const char *comp;
	u32 key_bits;
	u32 icv_bits;
	u32 tfcpad;
	u32 if_id;
	u16 encap;
	u16 family;
	u8 mode;
	u8 proto;
	bool outbound;
	bool packet_offload;
};

/**
 * espsimd_sa_describe() - extract what decides from an SA
 * @desc: (output) its properties; the strings belong to @x
 * @x: the SA
 *
 * Context: Any context.
 */
void espsimd_sa_describe(struct espsimd_sa_desc *desc,
			 const struct xfrm_state *x);

/**
 * espsimd_sa_validate() - would an SA with these properties be taken?
 * @desc: the properties
 * @reason: (output) when refused, why, as one sentence
 *
 * Context: Any context.
 * Return: 0, or -EOPNOTSUPP, which makes the stack process a crypto-offload
 * SA in software. No other errors are possible.
 */
int __must_check espsimd_sa_validate(const struct espsimd_sa_desc *desc,
				     const char **reason);

#endif /* ESPSIMD_SA_VALIDATE_H */
