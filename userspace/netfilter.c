// SPDX-License-Identifier: GPL-2.0
/*
 * What netfilter says of flow tables and of tracked connections, by nfnetlink.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "netfilter.h"

/*
 * Devices by the beginning of their names, NFTA_DEVICE_PREFIX, which headers
 * of older kernels lack.
 */
#define DEVICE_PREFIX	2

/* Dumps of rules that are tried until one is not disturbed. */
#define RULE_TRIES	10

static struct nlmsghdr *start(union nl_request *request, uint16_t subsystem,
			      uint16_t command)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct nfgenmsg *message;

	nlh->nlmsg_type = subsystem << 8 | command;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	message = mnl_nlmsg_put_extra_header(nlh, sizeof(*message));
	message->nfgen_family = NFPROTO_UNSPEC;
	message->version = NFNETLINK_V0;
	return nlh;
}

int netfilter_flowtables(struct nl *nl, struct nl_list *list)
{
	union nl_request buffer;

	return nl_repeat(nl, start(&buffer, NFNL_SUBSYS_NFTABLES,
				   NFT_MSG_GETFLOWTABLE), list);
}

/* The kernel sends only those that were asked for, but need not. */
static void count_flow(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	uint64_t *count = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == CTA_STATUS &&
		    !mnl_attr_validate(attr, MNL_TYPE_U32) &&
		    ntohl(mnl_attr_get_u32(attr)) & IPS_OFFLOAD)
			++*count;
}

int netfilter_count_flows(struct nl *nl, uint64_t *count)
{
	struct nlmsghdr *request;
	union nl_request buffer;

	request = start(&buffer, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET);
	request->nlmsg_flags |= NLM_F_DUMP;
	mnl_attr_put_u32(request, CTA_STATUS, htonl(IPS_OFFLOAD));
	mnl_attr_put_u32(request, CTA_STATUS_MASK, htonl(IPS_OFFLOAD));
	*count = 0;
	return nl_each(nl, request, count_flow, count);
}

/* Says whether an expression of nft or a target of iptables writes the MSS. */
struct clamp {
	const char *name;
	const struct nlattr *data;
	uint32_t op;
	uint32_t type;
	bool writes;
	bool target;
};

static int on_clamp_data(const struct nlattr *attr, void *data)
{
	struct clamp *clamp = data;
	unsigned int type = mnl_attr_get_type(attr);

	if (clamp->target) {
		if (type == NFTA_TARGET_NAME &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) &&
		    !strcmp(mnl_attr_get_str(attr), "TCPMSS"))
			clamp->writes = true;
		return MNL_CB_OK;
	}
	if (type == NFTA_EXTHDR_OP && !mnl_attr_validate(attr, MNL_TYPE_U32))
		clamp->op = ntohl(mnl_attr_get_u32(attr));
	else if (type == NFTA_EXTHDR_TYPE &&
		 !mnl_attr_validate(attr, MNL_TYPE_U8))
		clamp->type = mnl_attr_get_u8(attr);
	else if (type == NFTA_EXTHDR_SREG)
		clamp->writes = true;
	return MNL_CB_OK;
}

static int on_expression(const struct nlattr *attr, void *data)
{
	struct clamp *clamp = data;

	if (mnl_attr_get_type(attr) == NFTA_EXPR_NAME &&
	    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		clamp->name = mnl_attr_get_str(attr);
	else if (mnl_attr_get_type(attr) == NFTA_EXPR_DATA &&
		 !mnl_attr_validate(attr, MNL_TYPE_NESTED))
		clamp->data = attr;
	return MNL_CB_OK;
}

static bool is_clamp(const struct nlattr *expression)
{
	struct clamp clamp = { .name = NULL };

	if (mnl_attr_validate(expression, MNL_TYPE_NESTED))
		return false;
	mnl_attr_parse_nested(expression, on_expression, &clamp);
	if (!clamp.name || !clamp.data)
		return false;
	clamp.target = !strcmp(clamp.name, "target");
	if (!clamp.target && strcmp(clamp.name, "exthdr"))
		return false;
	mnl_attr_parse_nested(clamp.data, on_clamp_data, &clamp);
	return clamp.writes && (clamp.target ||
				(clamp.op == NFT_EXTHDR_OP_TCPOPT &&
				 clamp.type == TCPOPT_MAXSEG));
}

static void on_rule(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *expression;
	bool *clamps = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != NFTA_RULE_EXPRESSIONS ||
		    mnl_attr_validate(attr, MNL_TYPE_NESTED))
			continue;
		mnl_attr_for_each_nested(expression, attr)
			if (is_clamp(expression))
				*clamps = true;
	}
}

bool netfilter_clamps(struct nl *nl)
{
	int try, err = -EINTR;
	union nl_request buffer;
	bool clamps = false;

	/* Rules that change meanwhile may be left out. */
	for (try = 0; try < RULE_TRIES && err == -EINTR; try++) {
		struct nlmsghdr *request = start(&buffer, NFNL_SUBSYS_NFTABLES,
						 NFT_MSG_GETRULE);

		request->nlmsg_flags |= NLM_F_DUMP;
		err = nl_each(nl, request, on_rule, &clamps);
	}
	return clamps;
}

static const char *family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	default:
		return "unknown";
	}
}

static int on_hook(const struct nlattr *attr, void *data)
{
	struct flowtable *flowtable = data;

	if (mnl_attr_get_type(attr) != NFTA_FLOWTABLE_HOOK_DEVS)
		return MNL_CB_OK;
	if (mnl_attr_validate(attr, MNL_TYPE_NESTED))
		return MNL_CB_ERROR;
	flowtable->devices = attr;
	return MNL_CB_OK;
}

static int on_flowtable(const struct nlattr *attr, void *data)
{
	struct flowtable *flowtable = data;

	switch (mnl_attr_get_type(attr)) {
	case NFTA_FLOWTABLE_TABLE:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			return MNL_CB_ERROR;
		flowtable->table = mnl_attr_get_str(attr);
		return MNL_CB_OK;
	case NFTA_FLOWTABLE_NAME:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			return MNL_CB_ERROR;
		flowtable->name = mnl_attr_get_str(attr);
		return MNL_CB_OK;
	case NFTA_FLOWTABLE_USE:
		if (mnl_attr_validate(attr, MNL_TYPE_U32))
			return MNL_CB_ERROR;
		flowtable->uses = ntohl(mnl_attr_get_u32(attr));
		return MNL_CB_OK;
	case NFTA_FLOWTABLE_HOOK:
		if (mnl_attr_validate(attr, MNL_TYPE_NESTED))
			return MNL_CB_ERROR;
		return mnl_attr_parse_nested(attr, on_hook, flowtable);
	default:
		return MNL_CB_OK;
	}
}

int flowtable_parse(const struct nlmsghdr *nlh, struct flowtable *flowtable)
{
	const struct nfgenmsg *message = mnl_nlmsg_get_payload(nlh);

	*flowtable = (struct flowtable){ .name = NULL };
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*message) ||
	    mnl_attr_parse(nlh, sizeof(*message), on_flowtable, flowtable) < 0)
		return -EBADMSG;
	if (!flowtable->table || !flowtable->name)
		return -EBADMSG;
	flowtable->family = family_name(message->nfgen_family);
	return 0;
}

/* Names that are not strings are of no device. */
static bool is_device(const struct nlattr *attr)
{
	unsigned int type = mnl_attr_get_type(attr);

	return (type == NFTA_DEVICE_NAME || type == DEVICE_PREFIX) &&
	       !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING);
}

static bool is_of_device(const struct nlattr *attr, const char *name)
{
	const char *pattern = mnl_attr_get_str(attr);

	if (mnl_attr_get_type(attr) == DEVICE_PREFIX)
		return !strncmp(name, pattern, strlen(pattern));
	return !strcmp(name, pattern);
}

bool flowtable_has(const struct flowtable *flowtable, const char *name)
{
	const struct nlattr *attr;

	if (!flowtable->devices)
		return false;
	mnl_attr_for_each_nested(attr, flowtable->devices)
		if (is_device(attr) && is_of_device(attr, name))
			return true;
	return false;
}

size_t flowtable_others(const struct flowtable *flowtable, const char *name,
			char *text, size_t size)
{
	const struct nlattr *attr;
	size_t length = 0, nr = 0;

	text[0] = '\0';
	if (!flowtable->devices)
		return 0;
	mnl_attr_for_each_nested(attr, flowtable->devices) {
		bool prefix = mnl_attr_get_type(attr) == DEVICE_PREFIX;

		if (!is_device(attr) || (!prefix && is_of_device(attr, name)))
			continue;
		if (length < size)
			length += snprintf(text + length, size - length,
					   "%s%s%s", nr ? " " : "",
					   mnl_attr_get_str(attr),
					   prefix ? "*" : "");
		nr++;
	}
	return nr;
}
