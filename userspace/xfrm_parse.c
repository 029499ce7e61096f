// SPDX-License-Identifier: GPL-2.0
/*
 * SAs and policies of XFRM: what their messages say.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "xfrm.h"

const struct name xfrm_way_names[] = {
	{ "generic", XFRM_GENERIC },
	{ "crypto", XFRM_CRYPTO },
	{ "packet", XFRM_PACKET },
	{ NULL }
};

/* ---- attributes ---- */

/* Copies a value; one that is too short is malformed. */
static bool take(const struct nlattr *attr, void *value, size_t size)
{
	if (mnl_attr_get_payload_len(attr) < size)
		return false;
	memcpy(value, mnl_attr_get_payload(attr), size);
	return true;
}

static bool take_name(const struct nlattr *attr, char name[XFRM_NAME_SIZE])
{
	if (!take(attr, name, XFRM_NAME_SIZE))
		return false;
	name[XFRM_NAME_SIZE - 1] = '\0';
	return true;
}

static void set_way(const struct xfrm_user_offload *offload,
		    struct xfrm_sa *sa)
{
	sa->ifindex = offload->ifindex;
	sa->way = offload->flags & XFRM_OFFLOAD_PACKET ? XFRM_PACKET :
							 XFRM_CRYPTO;
	sa->dir = offload->flags & XFRM_OFFLOAD_INBOUND ? XFRM_DIR_IN :
							  XFRM_DIR_OUT;
}

static bool take_replay(const struct nlattr *attr, struct xfrm_sa *sa)
{
	struct xfrm_replay_state_esn esn;
	struct xfrm_replay_state replay;

	if (mnl_attr_get_type(attr) == XFRMA_REPLAY_VAL) {
		if (!take(attr, &replay, sizeof(replay)))
			return false;
		sa->oseq = replay.oseq;
		return true;
	}
	if (!take(attr, &esn, sizeof(esn)))
		return false;
	sa->oseq = esn.oseq;
	if (sa->info.flags & XFRM_STATE_ESN)
		sa->oseq |= (uint64_t)esn.oseq_hi << 32;
	return true;
}

static bool take_aead(const struct nlattr *attr, struct xfrm_sa *sa)
{
	struct xfrm_algo_aead aead;

	if (!take(attr, &aead, sizeof(aead)))
		return false;
	sa->key_bits = aead.alg_key_len;
	sa->icv_bits = aead.alg_icv_len;
	return take_name(attr, sa->aead);
}

/* Returns false if the attribute is malformed. */
static bool take_sa_attr(const struct nlattr *attr, struct xfrm_sa *sa)
{
	struct xfrm_user_offload offload;
	struct xfrm_encap_tmpl encap;
	uint8_t dir;

	switch (mnl_attr_get_type(attr)) {
	case XFRMA_MARK:
		return take(attr, &sa->mark, sizeof(sa->mark));
	case XFRMA_IF_ID:
		return take(attr, &sa->if_id, sizeof(sa->if_id));
	case XFRMA_TFCPAD:
		return take(attr, &sa->tfcpad, sizeof(sa->tfcpad));
	case XFRMA_ENCAP:
		if (!take(attr, &encap, sizeof(encap)))
			return false;
		sa->encap = encap.encap_type;
		return true;
	case XFRMA_OFFLOAD_DEV:
		if (!take(attr, &offload, sizeof(offload)))
			return false;
		set_way(&offload, sa);
		return true;
	case XFRM_ATTR_SA_DIR:
		if (!take(attr, &dir, sizeof(dir)))
			return false;
		sa->dir = dir;
		return true;
	case XFRMA_REPLAY_VAL:
	case XFRMA_REPLAY_ESN_VAL:
		return take_replay(attr, sa);
	case XFRMA_ALG_AEAD:
		return take_aead(attr, sa);
	case XFRMA_ALG_AUTH_TRUNC:
		return take_name(attr, sa->auth);
	case XFRMA_ALG_CRYPT:
		return take_name(attr, sa->enc);
	default:
		return true;
	}
}

size_t xfrm_sa_body(const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case XFRM_MSG_NEWSA:
		return sizeof(struct xfrm_usersa_info);
	case XFRM_MSG_DELSA:
		return sizeof(struct xfrm_usersa_id);
	default:
		return 0;
	}
}

bool xfrm_sa_info(const struct nlmsghdr *nlh, struct xfrm_usersa_info *info)
{
	size_t body = xfrm_sa_body(nlh);
	const struct nlattr *attr;

	if (!body || mnl_nlmsg_get_payload_len(nlh) < body)
		return false;
	if (nlh->nlmsg_type == XFRM_MSG_NEWSA) {
		memcpy(info, mnl_nlmsg_get_payload(nlh), sizeof(*info));
		return true;
	}
	mnl_attr_for_each(attr, nlh, body)
		if (mnl_attr_get_type(attr) == XFRMA_SA)
			return take(attr, info, sizeof(*info));
	return false;
}

int xfrm_sa_parse(const struct nlmsghdr *nlh, struct xfrm_sa *sa)
{
	const struct nlattr *attr;

	memset(sa, 0, sizeof(*sa));
	if (!xfrm_sa_info(nlh, &sa->info))
		return -EBADMSG;
	mnl_attr_for_each(attr, nlh, xfrm_sa_body(nlh))
		if (!take_sa_attr(attr, sa))
			return -EBADMSG;
	return 0;
}

static bool take_tmpls(const struct nlattr *attr, struct xfrm_pol *pol)
{
	size_t size = mnl_attr_get_payload_len(attr);

	if (size % sizeof(pol->tmpls[0]) || size > sizeof(pol->tmpls))
		return false;
	memcpy(pol->tmpls, mnl_attr_get_payload(attr), size);
	pol->nr_tmpls = size / sizeof(pol->tmpls[0]);
	return true;
}

static bool take_pol_attr(const struct nlattr *attr, struct xfrm_pol *pol)
{
	struct xfrm_user_offload offload;
	struct xfrm_userpolicy_type type;

	switch (mnl_attr_get_type(attr)) {
	case XFRMA_MARK:
		return take(attr, &pol->mark, sizeof(pol->mark));
	case XFRMA_IF_ID:
		return take(attr, &pol->if_id, sizeof(pol->if_id));
	case XFRMA_POLICY_TYPE:
		if (!take(attr, &type, sizeof(type)))
			return false;
		pol->type = type.type;
		return true;
	case XFRMA_OFFLOAD_DEV:
		if (!take(attr, &offload, sizeof(offload)))
			return false;
		pol->ifindex = offload.ifindex;
		return true;
	case XFRMA_TMPL:
		return take_tmpls(attr, pol);
	default:
		return true;
	}
}

int xfrm_pol_parse(const struct nlmsghdr *nlh, struct xfrm_pol *pol)
{
	const struct nlattr *attr;

	memset(pol, 0, sizeof(*pol));
	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(pol->info))
		return -EBADMSG;
	memcpy(&pol->info, mnl_nlmsg_get_payload(nlh), sizeof(pol->info));
	mnl_attr_for_each(attr, nlh, sizeof(pol->info))
		if (!take_pol_attr(attr, pol))
			return -EBADMSG;
	return 0;
}

/* ---- descriptions ---- */

bool xfrm_sa_same(const struct xfrm_sa *a, const struct xfrm_sa *b)
{
	return a->info.family == b->info.family &&
	       a->info.id.spi == b->info.id.spi &&
	       a->info.id.proto == b->info.id.proto &&
	       !memcmp(&a->info.id.daddr, &b->info.id.daddr,
		       a->info.family == AF_INET ? sizeof(uint32_t) :
						   sizeof(xfrm_address_t)) &&
	       a->mark.v == b->mark.v && a->mark.m == b->mark.m;
}

bool xfrm_sa_used_up(const struct xfrm_sa *sa)
{
	return sa->oseq == (sa->info.flags & XFRM_STATE_ESN ? UINT64_MAX :
							       UINT32_MAX);
}

const char *xfrm_sa_text(const struct xfrm_sa *sa, char text[XFRM_TEXT_SIZE])
{
	char src[INET6_ADDRSTRLEN] = "?", dst[INET6_ADDRSTRLEN] = "?";
	const char *proto = name_of(proto_names, sa->info.id.proto);

	inet_ntop(sa->info.family, &sa->info.saddr, src, sizeof(src));
	inet_ntop(sa->info.family, &sa->info.id.daddr, dst, sizeof(dst));
	snprintf(text, XFRM_TEXT_SIZE,
		 "src %s dst %s proto %s spi 0x%08" PRIx32, src, dst,
		 proto ?: "?", ntohl(sa->info.id.spi));
	return text;
}

const char *xfrm_pol_text(const struct xfrm_pol *pol,
			  char text[XFRM_TEXT_SIZE])
{
	static const char *const dirs[] = { "in", "out", "fwd" };
	char src[INET6_ADDRSTRLEN] = "?", dst[INET6_ADDRSTRLEN] = "?";
	const struct xfrm_selector *sel = &pol->info.sel;

	inet_ntop(sel->family, &sel->saddr, src, sizeof(src));
	inet_ntop(sel->family, &sel->daddr, dst, sizeof(dst));
	snprintf(text, XFRM_TEXT_SIZE, "src %s/%u dst %s/%u dir %s", src,
		 sel->prefixlen_s, dst, sel->prefixlen_d,
		 pol->info.dir < XFRM_POLICY_MAX ? dirs[pol->info.dir] : "?");
	return text;
}
