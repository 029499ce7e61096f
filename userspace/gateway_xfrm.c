// SPDX-License-Identifier: GPL-2.0
/*
 * The SAs and policies of a gateway, by the netlink family of XFRM.
 *
 * The kernel has no way to list SAs without their keys. Of the attributes with
 * algorithms only what stands before the key is read, and nl.c wipes the
 * messages.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "gateway.h"
#include "names.h"

/* Of the kernel's headers, for older ones that lack them. */
#define SA_DIR	33	/* XFRMA_SA_DIR */
#define SA_DIR_IN	1
#define SA_DIR_OUT	2

/* A list as it is made. */
struct reading {
	struct gateway *gw;
	bool malformed;
};

/*
 * Copies the beginning of an attribute. Messages are aligned to less than its
 * numbers may need.
 */
static bool take(const struct nlattr *attr, void *to, size_t size)
{
	if (mnl_attr_get_payload_len(attr) < size)
		return false;
	memcpy(to, mnl_attr_get_payload(attr), size);
	return true;
}

static bool take_name(const struct nlattr *attr, char name[GW_ALG_SIZE])
{
	if (!take(attr, name, GW_ALG_SIZE))
		return false;
	name[GW_ALG_SIZE - 1] = '\0';
	return true;
}

/* Lengths follow the name, and the key follows them. */
static bool take_lengths(const struct nlattr *attr, uint32_t *key,
			 uint32_t *icv)
{
	struct {
		char name[GW_ALG_SIZE];
		uint32_t key;
		uint32_t icv;
	} head;

	if (!take(attr, &head, sizeof(head)))
		return false;
	if (key)
		*key = head.key;
	*icv = head.icv;
	return true;
}

static bool take_replay(const struct nlattr *attr, struct gw_sa *sa)
{
	struct xfrm_replay_state_esn state;

	if (!take(attr, &state, sizeof(state)))
		return false;
	sa->seq = state.seq;
	sa->oseq = state.oseq;
	sa->window = state.replay_window;
	if (sa->info.flags & XFRM_STATE_ESN) {
		sa->seq |= (uint64_t)state.seq_hi << 32;
		sa->oseq |= (uint64_t)state.oseq_hi << 32;
	}
	return true;
}

static bool take_old_replay(const struct nlattr *attr, struct gw_sa *sa)
{
	struct xfrm_replay_state state;

	if (!take(attr, &state, sizeof(state)))
		return false;
	sa->seq = state.seq;
	sa->oseq = state.oseq;
	return true;
}

static bool take_encap(const struct nlattr *attr, struct gw_sa *sa)
{
	struct xfrm_encap_tmpl encap;

	if (!take(attr, &encap, sizeof(encap)))
		return false;
	sa->encap = encap.encap_type;
	sa->sport = ntohs(encap.encap_sport);
	sa->dport = ntohs(encap.encap_dport);
	return true;
}

static bool take_offload(const struct nlattr *attr, struct gw_sa *sa)
{
	struct xfrm_user_offload offload;

	if (!take(attr, &offload, sizeof(offload)))
		return false;
	sa->ifindex = offload.ifindex;
	sa->packet = offload.flags & XFRM_OFFLOAD_PACKET;
	sa->dir = offload.flags & XFRM_OFFLOAD_INBOUND ? GW_DIR_IN :
							 GW_DIR_OUT;
	return true;
}

static bool take_dir(const struct nlattr *attr, struct gw_sa *sa)
{
	uint8_t dir;

	if (!take(attr, &dir, sizeof(dir)))
		return false;
	if (dir == SA_DIR_IN)
		sa->dir = GW_DIR_IN;
	else if (dir == SA_DIR_OUT)
		sa->dir = GW_DIR_OUT;
	return true;
}

static bool on_sa_attr(const struct nlattr *attr, struct gw_sa *sa)
{
	switch (mnl_attr_get_type(attr)) {
	case XFRMA_ALG_AEAD:
		return take_name(attr, sa->aead) &&
		       take_lengths(attr, &sa->key_bits, &sa->icv_bits);
	case XFRMA_ALG_CRYPT:
		return take_name(attr, sa->enc);
	case XFRMA_ALG_COMP:
		return take_name(attr, sa->comp);
	case XFRMA_ALG_AUTH:
		return take_name(attr, sa->auth);
	case XFRMA_ALG_AUTH_TRUNC:
		return take_name(attr, sa->auth) &&
		       take_lengths(attr, NULL, &sa->icv_bits);
	case XFRMA_REPLAY_ESN_VAL:
		return take_replay(attr, sa);
	case XFRMA_REPLAY_VAL:
		return take_old_replay(attr, sa);
	case XFRMA_ENCAP:
		return take_encap(attr, sa);
	case XFRMA_OFFLOAD_DEV:
		return take_offload(attr, sa);
	case SA_DIR:
		return take_dir(attr, sa);
	case XFRMA_IF_ID:
		return take(attr, &sa->if_id, sizeof(sa->if_id));
	case XFRMA_TFCPAD:
		return take(attr, &sa->tfcpad, sizeof(sa->tfcpad));
	default:
		return true;
	}
}

static void on_sa(const struct nlmsghdr *nlh, void *data)
{
	struct reading *reading = data;
	struct gateway *gw = reading->gw;
	const struct nlattr *attr;
	struct gw_sa *sa;

	if (nlh->nlmsg_type != XFRM_MSG_NEWSA ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(sa->info)) {
		reading->malformed = true;
		return;
	}
	gw->sas = gw_more(gw->sas, gw->nr_sas, sizeof(*sa));
	sa = &gw->sas[gw->nr_sas++];
	memcpy(&sa->info, mnl_nlmsg_get_payload(nlh), sizeof(sa->info));
	sa->window = sa->info.replay_window;
	sa->esn = sa->info.flags & XFRM_STATE_ESN;
	mnl_attr_for_each(attr, nlh, sizeof(sa->info))
		if (!on_sa_attr(attr, sa))
			reading->malformed = true;
	/* Larval ones are waiting for an IKE daemon, and have nothing yet. */
	if (!sa->aead[0] && !sa->enc[0] && !sa->auth[0] && !sa->comp[0])
		gw->nr_sas--;
}

static bool on_policy_attr(const struct nlattr *attr, struct gw_policy *policy)
{
	struct xfrm_user_offload offload;
	struct xfrm_mark mark;
	size_t length;

	switch (mnl_attr_get_type(attr)) {
	case XFRMA_TMPL:
		length = mnl_attr_get_payload_len(attr);
		if (length > sizeof(policy->tmpls))
			return false;
		policy->nr_tmpls = length / sizeof(policy->tmpls[0]);
		return take(attr, policy->tmpls, length);
	case XFRMA_IF_ID:
		return take(attr, &policy->if_id, sizeof(policy->if_id));
	case XFRMA_MARK:
		if (!take(attr, &mark, sizeof(mark)))
			return false;
		policy->mark = mark.v;
		policy->mark_mask = mark.m;
		return true;
	case XFRMA_OFFLOAD_DEV:
		if (!take(attr, &offload, sizeof(offload)))
			return false;
		policy->ifindex = offload.ifindex;
		return true;
	default:
		return true;
	}
}

/* Policies may be for something else than for XFRM to apply them. */
static bool is_main(const struct nlmsghdr *nlh)
{
	struct xfrm_userpolicy_type type = { .type = XFRM_POLICY_TYPE_MAIN };
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct xfrm_userpolicy_info))
		if (mnl_attr_get_type(attr) == XFRMA_POLICY_TYPE)
			take(attr, &type, sizeof(type));
	return type.type == XFRM_POLICY_TYPE_MAIN;
}

static void on_policy(const struct nlmsghdr *nlh, void *data)
{
	struct reading *reading = data;
	struct gateway *gw = reading->gw;
	struct xfrm_userpolicy_info info;
	struct gw_policy *policy;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(info)) {
		reading->malformed = true;
		return;
	}
	memcpy(&info, mnl_nlmsg_get_payload(nlh), sizeof(info));
	if (info.dir >= XFRM_POLICY_MAX || !is_main(nlh))
		return;
	gw->policies = gw_more(gw->policies, gw->nr_policies, sizeof(*policy));
	policy = &gw->policies[gw->nr_policies++];
	policy->info = info;
	mnl_attr_for_each(attr, nlh, sizeof(info))
		if (!on_policy_attr(attr, policy))
			reading->malformed = true;
}

static int dump(struct gateway *gw, uint16_t type, size_t header,
		nl_each_fn *each)
{
	struct reading reading = { .gw = gw };
	struct nlmsghdr *request;
	union nl_request buffer;
	struct nl nl;
	int err;

	request = mnl_nlmsg_put_header(&buffer);
	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(request, header);

	err = nl_connect(&nl, NETLINK_XFRM);
	if (!err)
		err = nl_each(&nl, request, each, &reading);
	nl_close(&nl);
	return err ?: reading.malformed ? -EBADMSG : 0;
}

int gw_xfrm_sas(struct gateway *gw)
{
	return dump(gw, XFRM_MSG_GETSA, sizeof(struct xfrm_usersa_id), on_sa);
}

int gw_xfrm_policies(struct gateway *gw)
{
	return dump(gw, XFRM_MSG_GETPOLICY, sizeof(struct xfrm_userpolicy_id),
		    on_policy);
}
