// SPDX-License-Identifier: GPL-2.0
/*
 * The devices, addresses and routes of a gateway, by rtnetlink.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "gateway.h"
#include "kernel.h"

/* A list that changes faster than this many dumps is reported as busy. */
#define TRIES	10

static struct nlmsghdr *start(union nl_request *request, uint16_t type,
			      size_t size, void **header)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	*header = mnl_nlmsg_put_extra_header(nlh, size);
	return nlh;
}

static void on_link(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct gateway *gw = data;
	const struct nlattr *attr;
	struct gw_link *link;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*info))
		return;
	gw->links = gw_more(gw->links, gw->nr_links, sizeof(*link));
	link = &gw->links[gw->nr_links++];
	link->ifindex = info->ifi_index;
	link->up = info->ifi_flags & IFF_UP;
	link->loopback = info->ifi_flags & IFF_LOOPBACK;
	mnl_attr_for_each(attr, nlh, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == IFLA_IFNAME &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			snprintf(link->name, sizeof(link->name), "%s",
				 mnl_attr_get_str(attr));
		else if (mnl_attr_get_type(attr) == IFLA_MTU &&
			 !mnl_attr_validate(attr, MNL_TYPE_U32))
			link->mtu = mnl_attr_get_u32(attr);
	}
}

static size_t addr_size(uint16_t family)
{
	return family == AF_INET6 ? sizeof(struct in6_addr) :
				    sizeof(struct in_addr);
}

/* On links between two the address is the other end's, and local the own. */
static void on_addr(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *own = NULL;
	struct gateway *gw = data;
	struct gw_addr *addr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*info) ||
	    (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
		return;
	mnl_attr_for_each(attr, nlh, sizeof(*info)) {
		if (mnl_attr_get_payload_len(attr) !=
		    addr_size(info->ifa_family))
			continue;
		if (mnl_attr_get_type(attr) == IFA_LOCAL ||
		    (mnl_attr_get_type(attr) == IFA_ADDRESS && !own))
			own = attr;
	}
	if (!own)
		return;
	gw->addrs = gw_more(gw->addrs, gw->nr_addrs, sizeof(*addr));
	addr = &gw->addrs[gw->nr_addrs++];
	addr->family = info->ifa_family;
	addr->prefixlen = info->ifa_prefixlen;
	addr->ifindex = info->ifa_index;
	memcpy(&addr->addr, mnl_attr_get_payload(own),
	       addr_size(info->ifa_family));
}

static int list_links(struct gateway *gw, struct nl *nl)
{
	union nl_request buffer;
	struct nlmsghdr *request;
	int try, err = -EINTR;
	void *header;

	for (try = 0; try < TRIES && err == -EINTR; try++) {
		gw->nr_links = 0;
		request = start(&buffer, RTM_GETLINK, sizeof(struct ifinfomsg),
				&header);
		request->nlmsg_flags |= NLM_F_DUMP;
		err = nl_each(nl, request, on_link, gw);
	}
	return err;
}

static int list_addrs(struct gateway *gw, struct nl *nl)
{
	union nl_request buffer;
	struct nlmsghdr *request;
	int try, err = -EINTR;
	void *header;

	for (try = 0; try < TRIES && err == -EINTR; try++) {
		gw->nr_addrs = 0;
		request = start(&buffer, RTM_GETADDR, sizeof(struct ifaddrmsg),
				&header);
		request->nlmsg_flags |= NLM_F_DUMP;
		err = nl_each(nl, request, on_addr, gw);
	}
	return err;
}

static void on_metric(const struct nlattr *metrics, struct gw_route *route)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, metrics)
		if (mnl_attr_get_type(attr) == RTAX_MTU &&
		    !mnl_attr_validate(attr, MNL_TYPE_U32))
			route->mtu = mnl_attr_get_u32(attr);
}

static void on_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *info = mnl_nlmsg_get_payload(nlh);
	struct gw_route *route = data;
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*info) ||
	    (info->rtm_type != RTN_UNICAST && info->rtm_type != RTN_LOCAL))
		return;
	mnl_attr_for_each(attr, nlh, sizeof(*info)) {
		switch (mnl_attr_get_type(attr)) {
		case RTA_OIF:
			if (!mnl_attr_validate(attr, MNL_TYPE_U32))
				route->ifindex = mnl_attr_get_u32(attr);
			break;
		case RTA_METRICS:
			if (!mnl_attr_validate(attr, MNL_TYPE_NESTED))
				on_metric(attr, route);
			break;
		case RTA_GATEWAY:
			if (mnl_attr_get_payload_len(attr) ==
			    addr_size(info->rtm_family))
				gw_addr_text(info->rtm_family,
					     mnl_attr_get_payload(attr),
					     route->via);
			break;
		}
	}
}

/* A route that cannot be looked up is one that is not known. */
static void look_up(const struct gateway *gw, struct nl *nl, uint16_t family,
		    const xfrm_address_t *src, const xfrm_address_t *dst,
		    struct gw_route *route)
{
	size_t size = addr_size(family);
	const struct gw_link *link;
	union nl_request buffer;
	struct nlmsghdr *request;
	struct rtmsg *info;
	void *header;

	request = start(&buffer, RTM_GETROUTE, sizeof(*info), &header);
	request->nlmsg_flags |= NLM_F_ACK;
	info = header;
	info->rtm_family = family;
	info->rtm_dst_len = 8 * size;
	mnl_attr_put(request, RTA_DST, size, dst);
	if (src) {
		info->rtm_src_len = 8 * size;
		mnl_attr_put(request, RTA_SRC, size, src);
	}
	if (nl_each(nl, request, on_route, route)) {
		*route = (struct gw_route){ .ifindex = 0 };
		return;
	}
	link = gw_link(gw, route->ifindex);
	if (!route->mtu && link)
		route->mtu = link->mtu;
}

static void look_up_all(struct gateway *gw, struct nl *nl)
{
	size_t i;

	for (i = 0; i < gw->nr_sas; i++) {
		struct gw_sa *sa = &gw->sas[i];

		if (sa->dir == GW_DIR_OUT)
			look_up(gw, nl, sa->info.family, &sa->info.saddr,
				&sa->info.id.daddr, &sa->route);
	}
	for (i = 0; i < gw->nr_policies; i++) {
		struct gw_policy *policy = &gw->policies[i];
		const struct xfrm_selector *sel = &policy->info.sel;

		if (policy->info.dir == XFRM_POLICY_OUT && policy->ifindex &&
		    sel->prefixlen_d)
			look_up(gw, nl, sel->family, NULL, &sel->daddr,
				&policy->route);
	}
}

int gw_net_read(struct gateway *gw, const char *root)
{
	bool all = kernel_conf(root, "ipv4", "all", "disable_xfrm");
	struct nl nl;
	size_t i;
	int err;

	err = nl_connect(&nl, NETLINK_ROUTE);
	if (!err)
		err = list_links(gw, &nl);
	if (!err)
		err = list_addrs(gw, &nl);
	for (i = 0; !err && i < gw->nr_links; i++)
		gw->links[i].noxfrm = all ||
			kernel_conf(root, "ipv4", gw->links[i].name,
				    "disable_xfrm");
	gw->forwards4 = kernel_conf(root, "ipv4", "all", "forwarding");
	gw->forwards6 = kernel_conf(root, "ipv6", "all", "forwarding");
	gw_settle(gw);
	if (!err)
		look_up_all(gw, &nl);
	nl_close(&nl);
	return err;
}
