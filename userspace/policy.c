// SPDX-License-Identifier: GPL-2.0
/*
 * What XFRM says of outbound policies, by its netlink family.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "nl.h"
#include "policy.h"

/* A count as it is made. */
struct counting {
	uint32_t ifindex;
	struct policy_count *count;
	bool malformed;
};

static void describe(const struct xfrm_selector *sel,
		     char text[POLICY_TEXT_SIZE])
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];

	if (!inet_ntop(sel->family, &sel->saddr, src, sizeof(src)) ||
	    !inet_ntop(sel->family, &sel->daddr, dst, sizeof(dst)))
		return;
	snprintf(text, POLICY_TEXT_SIZE, "src %s/%u dst %s/%u", src,
		 sel->prefixlen_s, dst, sel->prefixlen_d);
}

/* Returns the device that a policy is offloaded to, 0 for none. */
static uint32_t device_of(const struct nlmsghdr *nlh)
{
	struct xfrm_user_offload offload = { .ifindex = 0 };
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct xfrm_userpolicy_info))
		if (mnl_attr_get_type(attr) == XFRMA_OFFLOAD_DEV &&
		    mnl_attr_get_payload_len(attr) >= sizeof(offload))
			memcpy(&offload, mnl_attr_get_payload(attr),
			       sizeof(offload));
	return offload.ifindex;
}

static void count_policy(const struct nlmsghdr *nlh, void *data)
{
	struct counting *counting = data;
	struct policy_count *count = counting->count;
	struct xfrm_userpolicy_info info;

	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(info)) {
		counting->malformed = true;
		return;
	}
	/* Messages are aligned to less than its numbers of 8 bytes. */
	memcpy(&info, mnl_nlmsg_get_payload(nlh), sizeof(info));
	if (info.dir != XFRM_POLICY_OUT)
		return;
	if (device_of(nlh) == counting->ifindex) {
		count->own++;
		return;
	}
	if (!count->others++ ||
	    (info.sel.family == AF_INET && !count->others_ip4))
		describe(&info.sel, count->example);
	count->others_ip4 += info.sel.family == AF_INET;
}

static int each_policy(nl_each_fn *each, void *data)
{
	struct nlmsghdr *request;
	union nl_request buffer;
	struct nl nl;
	int err;

	request = mnl_nlmsg_put_header(&buffer);
	request->nlmsg_type = XFRM_MSG_GETPOLICY;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(request, sizeof(struct xfrm_userpolicy_id));

	err = nl_connect(&nl, NETLINK_XFRM);
	if (!err)
		err = nl_each(&nl, request, each, data);
	nl_close(&nl);
	return err;
}

int policy_count_out(uint32_t ifindex, struct policy_count *count)
{
	struct counting counting = { .ifindex = ifindex, .count = count };
	int err;

	*count = (struct policy_count){ .own = 0 };
	err = each_policy(count_policy, &counting);
	return err ?: counting.malformed ? -EBADMSG : 0;
}

/* Policies that are offloaded to a device, as they are counted. */
struct counting_on {
	uint32_t ifindex;
	size_t nr;
};

static void count_on(const struct nlmsghdr *nlh, void *data)
{
	struct counting_on *counting = data;

	if (mnl_nlmsg_get_payload_len(nlh) >=
	    sizeof(struct xfrm_userpolicy_info))
		counting->nr += device_of(nlh) == counting->ifindex;
}

int policy_count_on(uint32_t ifindex, size_t *nr)
{
	struct counting_on counting = { .ifindex = ifindex };
	int err = each_policy(count_on, &counting);

	*nr = counting.nr;
	return err;
}
