// SPDX-License-Identifier: GPL-2.0
/*
 * Devices by which the frames of a device come in, by rtnetlink.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "lower.h"
#include "nl.h"

/* What matters here of a device as the kernel describes it. */
struct link_info {
	unsigned int ifindex;
	const char *name;
	const char *kind;
	uint32_t below;
	uint32_t bridge;
};

static int on_linkinfo(const struct nlattr *attr, void *data)
{
	struct link_info *info = data;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND &&
	    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		info->kind = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

static int on_link(const struct nlattr *attr, void *data)
{
	struct link_info *info = data;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		if (!mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			info->name = mnl_attr_get_str(attr);
		break;
	case IFLA_LINK:
		if (!mnl_attr_validate(attr, MNL_TYPE_U32))
			info->below = mnl_attr_get_u32(attr);
		break;
	case IFLA_MASTER:
		if (!mnl_attr_validate(attr, MNL_TYPE_U32))
			info->bridge = mnl_attr_get_u32(attr);
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attr, on_linkinfo, info);
		break;
	}
	return MNL_CB_OK;
}

/* A device below that is in another namespace has a number of that one. */
static int on_elsewhere(const struct nlattr *attr, void *data)
{
	struct link_info *info = data;

	if (mnl_attr_get_type(attr) == IFLA_LINK_NETNSID)
		info->below = 0;
	return MNL_CB_OK;
}

static bool parse(const struct nlmsghdr *nlh, struct link_info *info)
{
	const struct ifinfomsg *message = mnl_nlmsg_get_payload(nlh);

	*info = (struct link_info){ .kind = "" };
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*message))
		return false;
	info->ifindex = message->ifi_index;
	mnl_attr_parse(nlh, sizeof(*message), on_link, info);
	mnl_attr_parse(nlh, sizeof(*message), on_elsewhere, info);
	return info->name && strlen(info->name) < IF_NAMESIZE;
}

bool links_have(const struct links *links, unsigned int ifindex)
{
	size_t i;

	for (i = 0; i < links->nr; i++)
		if (links->list[i].ifindex == ifindex)
			return true;
	return false;
}

static void add(struct links *links, const struct link_info *info)
{
	links->list = reallocarray(links->list, links->nr + 1,
				   sizeof(links->list[0]));
	if (!links->list)
		no_memory();
	links->list[links->nr].ifindex = info->ifindex;
	memcpy(links->list[links->nr].name, info->name,
	       strlen(info->name) + 1);
	links->nr++;
}

/* The set itself ends the recursion, whatever the kernel says. */
static void add_below(struct links *links, const struct nl_list *all,
		      unsigned int ifindex)
{
	struct link_info info, port;
	size_t i, j;

	for (i = 0; i < all->nr; i++) {
		if (!parse(all->messages[i], &info) ||
		    info.ifindex != ifindex || links_have(links, ifindex))
			continue;
		add(links, &info);
		if (!strcmp(info.kind, "vlan") && info.below)
			add_below(links, all, info.below);
		if (strcmp(info.kind, "bridge"))
			continue;
		for (j = 0; j < all->nr; j++)
			if (parse(all->messages[j], &port) &&
			    port.bridge == ifindex)
				add_below(links, all, port.ifindex);
	}
}

int links_add_below(struct links *links, unsigned int ifindex)
{
	struct nl_list all = { .nr = 0 };
	struct nlmsghdr *request;
	union nl_request buffer;
	struct nl nl;
	int err;

	request = mnl_nlmsg_put_header(&buffer);
	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST;
	mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));

	err = nl_connect(&nl, NETLINK_ROUTE);
	if (!err)
		err = nl_repeat(&nl, request, &all);
	if (!err)
		add_below(links, &all, ifindex);
	if (!err && !links_have(links, ifindex))
		err = -ENODEV;
	nl_list_free(&all);
	nl_close(&nl);
	return err;
}

void links_free(struct links *links)
{
	free(links->list);
	*links = (struct links){ .list = NULL };
}
