// SPDX-License-Identifier: GPL-2.0
/*
 * How a network device is configured, by rtnetlink and /proc/sys.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "netconf.h"
#include "rtmsg.h"

/* What users set of a device's flags. */
#define LINK_FLAGS	(IFF_UP | IFF_NOARP | IFF_PROMISC | IFF_ALLMULTI | \
			 IFF_MULTICAST)

/* IN6_ADDR_GEN_MODE_NONE: IPv6 makes no address by itself. */
#define GEN_NONE	1

#define IP6_DIR		"ipv6/conf"
#define IP6_FILE	"disable_ipv6"

/* A route may need another one that comes later to be there first. */
#define ROUTE_TRIES	16

/* ---- reading ---- */

static void copy_text(char *text, size_t size, const struct nlattr *attr)
{
	if (!mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		snprintf(text, size, "%s", mnl_attr_get_str(attr));
}

static void copy_u32(uint32_t *number, const struct nlattr *attr)
{
	if (!mnl_attr_validate(attr, MNL_TYPE_U32))
		*number = mnl_attr_get_u32(attr);
}

/* VXLAN says what it sends by in its own way. */
static int on_info_data(const struct nlattr *attr, void *data)
{
	struct netconf_link *link = data;

	if (!strcmp(link->kind, "vxlan") &&
	    mnl_attr_get_type(attr) == IFLA_VXLAN_LINK)
		copy_u32(&link->below, attr);
	return MNL_CB_OK;
}

/* The kind comes first. */
static int on_info(const struct nlattr *attr, void *data)
{
	struct netconf_link *link = data;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		copy_text(link->kind, sizeof(link->kind), attr);
	else if (mnl_attr_get_type(attr) == IFLA_INFO_DATA)
		mnl_attr_parse_nested(attr, on_info_data, link);
	return MNL_CB_OK;
}

static int on_ip6(const struct nlattr *attr, void *data)
{
	struct netconf_link *link = data;

	link->has_ip6 = true;
	if (mnl_attr_get_type(attr) == IFLA_INET6_ADDR_GEN_MODE &&
	    !mnl_attr_validate(attr, MNL_TYPE_U8))
		link->gen_mode = mnl_attr_get_u8(attr);
	else if (mnl_attr_get_type(attr) == IFLA_INET6_TOKEN &&
		 mnl_attr_get_payload_len(attr) == sizeof(link->token))
		memcpy(&link->token, mnl_attr_get_payload(attr),
		       sizeof(link->token));
	return MNL_CB_OK;
}

static int on_family(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == AF_INET6)
		mnl_attr_parse_nested(attr, on_ip6, data);
	return MNL_CB_OK;
}

static int on_link(const struct nlattr *attr, void *data)
{
	struct netconf_link *link = data;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		copy_text(link->name, sizeof(link->name), attr);
		break;
	case IFLA_LINK:
		copy_u32(&link->below, attr);
		break;
	case IFLA_MASTER:
		copy_u32(&link->master, attr);
		break;
	case IFLA_TXQLEN:
		copy_u32(&link->txqlen, attr);
		break;
	case IFLA_GROUP:
		copy_u32(&link->group, attr);
		break;
	case IFLA_IFALIAS:
		copy_text(link->alias, sizeof(link->alias), attr);
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attr, on_info, link);
		break;
	case IFLA_AF_SPEC:
		mnl_attr_parse_nested(attr, on_family, link);
		break;
	}
	return MNL_CB_OK;
}

/* A device below that is in another namespace has a number of that one. */
static int on_elsewhere(const struct nlattr *attr, void *data)
{
	struct netconf_link *link = data;

	if (mnl_attr_get_type(attr) == IFLA_LINK_NETNSID)
		link->below = 0;
	return MNL_CB_OK;
}

bool netconf_link_parse(const struct nlmsghdr *nlh, struct netconf_link *link)
{
	const struct ifinfomsg *message = mnl_nlmsg_get_payload(nlh);

	*link = (struct netconf_link){ .nlh = nlh };
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*message))
		return false;
	link->ifindex = message->ifi_index;
	link->type = message->ifi_type;
	link->flags = message->ifi_flags & LINK_FLAGS;
	mnl_attr_parse(nlh, sizeof(*message), on_link, link);
	mnl_attr_parse(nlh, sizeof(*message), on_elsewhere, link);
	return link->name[0];
}

/* A name that is looked for among the other names of a device. */
struct sought {
	const char *name;
	bool found;
};

static int on_altname(const struct nlattr *attr, void *data)
{
	struct sought *sought = data;

	if (mnl_attr_get_type(attr) == IFLA_ALT_IFNAME &&
	    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) &&
	    !strcmp(mnl_attr_get_str(attr), sought->name))
		sought->found = true;
	return MNL_CB_OK;
}

static int on_names(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == IFLA_PROP_LIST)
		mnl_attr_parse_nested(attr, on_altname, data);
	return MNL_CB_OK;
}

bool netconf_link_called(const struct netconf_link *link, const char *name)
{
	struct sought sought = { .name = name };

	if (!strcmp(link->name, name))
		return true;
	mnl_attr_parse(link->nlh, sizeof(struct ifinfomsg), on_names, &sought);
	return sought.found;
}

int netconf_links(struct netconf_task *task, struct nl_list *list)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };

	task->step = "reading the devices";
	return rtmsg_dump(&task->nl, RTM_GETLINK, &header, sizeof(header),
			  list);
}

/* Is a message about the device? */
typedef bool is_of_fn(const struct nlmsghdr *nlh, unsigned int ifindex);

/* Moves messages that are about the device from one list to the other. */
static void keep(struct nl_list *all, struct nl_list *kept, is_of_fn *is_of,
		 unsigned int ifindex)
{
	size_t i;

	for (i = 0; i < all->nr; i++)
		if (is_of(all->messages[i], ifindex))
			nl_list_add(kept, all->messages[i]);
	nl_list_free(all);
}

static bool is_address_of(const struct nlmsghdr *nlh, unsigned int ifindex)
{
	const struct ifaddrmsg *address = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) >= sizeof(*address) &&
	       address->ifa_index == ifindex &&
	       (address->ifa_family == AF_INET ||
		address->ifa_family == AF_INET6);
}

static bool is_route_of(const struct nlmsghdr *nlh, unsigned int ifindex)
{
	struct nl_list requests = { .nr = 0 };
	bool is = false;

	rtmsg_route(nlh, ifindex, ifindex, RTMSG_COMPARE, &requests);
	is = requests.nr;
	nl_list_free(&requests);
	return is;
}

static bool is_neighbour_of(const struct nlmsghdr *nlh, unsigned int ifindex)
{
	const struct ndmsg *neighbour = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) >= sizeof(*neighbour) &&
	       (unsigned int)neighbour->ndm_ifindex == ifindex &&
	       (neighbour->ndm_family == AF_INET ||
		neighbour->ndm_family == AF_INET6);
}

static bool is_nexthop_of(const struct nlmsghdr *nlh, unsigned int ifindex)
{
	struct nl_list requests = { .nr = 0 };
	bool is;

	rtmsg_nexthop(nlh, ifindex, ifindex, &requests);
	is = requests.nr;
	nl_list_free(&requests);
	return is;
}

static int read_link(struct netconf_task *task, unsigned int ifindex,
		     struct netconf *conf)
{
	union nl_request buffer;
	int err;

	task->step = "reading the device";
	err = nl_do(&task->nl, rtmsg_start(&buffer, RTM_GETLINK, 0, ifindex),
		    &conf->links);
	if (err)
		return err;
	if (!conf->links.nr ||
	    !netconf_link_parse(conf->links.messages[0], &conf->link))
		return -EBADMSG;
	return 0;
}

static int read_addresses(struct netconf_task *task, unsigned int ifindex,
			  struct nl_list *addresses)
{
	struct ifaddrmsg header = { .ifa_family = AF_UNSPEC };
	struct nl_list all = { .nr = 0 };
	int err;

	task->step = "reading the addresses";
	err = rtmsg_dump(&task->nl, RTM_GETADDR, &header, sizeof(header),
			 &all);
	keep(&all, addresses, is_address_of, ifindex);
	return err;
}

static int read_routes(struct netconf_task *task, unsigned int ifindex,
		       struct nl_list *routes)
{
	static const unsigned char families[] = { AF_INET, AF_INET6 };
	struct rtmsg header = { .rtm_family = AF_UNSPEC };
	struct nl_list all = { .nr = 0 };
	int err = 0;
	size_t i;

	task->step = "reading the routes";
	for (i = 0; !err && i < ARRAY_SIZE(families); i++) {
		header.rtm_family = families[i];
		err = rtmsg_dump(&task->nl, RTM_GETROUTE, &header,
				 sizeof(header), &all);
		keep(&all, routes, is_route_of, ifindex);
	}
	return err;
}

static int read_nexthops(struct netconf_task *task, unsigned int ifindex,
			 struct nl_list *nexthops)
{
	struct nhmsg header = { .nh_family = AF_UNSPEC };
	struct nl_list all = { .nr = 0 };
	int err;

	task->step = "reading the next hops";
	err = rtmsg_dump(&task->nl, RTM_GETNEXTHOP, &header, sizeof(header),
			 &all);
	keep(&all, nexthops, is_nexthop_of, ifindex);
	return err;
}

static int read_neighbours(struct netconf_task *task, unsigned int ifindex,
			   struct nl_list *neighbours)
{
	struct ndmsg header = { .ndm_family = AF_UNSPEC };
	struct nl_list all = { .nr = 0 };
	int err;

	task->step = "reading the neighbours";
	err = rtmsg_dump(&task->nl, RTM_GETNEIGH, &header, sizeof(header),
			 &all);
	keep(&all, neighbours, is_neighbour_of, ifindex);
	if (err)
		return err;
	header.ndm_flags = NTF_PROXY;
	err = rtmsg_dump(&task->nl, RTM_GETNEIGH, &header, sizeof(header),
			 &all);
	keep(&all, neighbours, is_neighbour_of, ifindex);
	return err;
}

/* A system without IPv6 has no such setting. */
static int read_ip6_disabled(struct netconf_task *task, struct netconf *conf)
{
	int err;

	task->step = "reading the settings";
	err = sysctl_read(IP6_DIR, conf->link.name, IP6_FILE,
			  conf->ip6_disabled);
	return err == -ENOENT ? 0 : err;
}

static int read_settings(struct netconf_task *task, struct netconf *conf)
{
	return read_ip6_disabled(task, conf) ?:
	       sysctls_read(conf->link.name, &conf->sysctls);
}

int netconf_read(struct netconf_task *task, unsigned int ifindex,
		 struct netconf *conf)
{
	*conf = (struct netconf){ .links.nr = 0 };
	return read_link(task, ifindex, conf) ?:
	       read_addresses(task, ifindex, &conf->addresses) ?:
	       read_routes(task, ifindex, &conf->routes) ?:
	       read_nexthops(task, ifindex, &conf->nexthops) ?:
	       read_neighbours(task, ifindex, &conf->neighbours) ?:
	       read_settings(task, conf);
}

void netconf_free(struct netconf *conf)
{
	nl_list_free(&conf->links);
	nl_list_free(&conf->addresses);
	nl_list_free(&conf->routes);
	nl_list_free(&conf->nexthops);
	nl_list_free(&conf->neighbours);
	sysctls_free(&conf->sysctls);
}

/* ---- changing ---- */

/* Sends all requests. An error that is @harmless is none. */
static int send_all(struct netconf_task *task, const char *step,
		    const struct nl_list *requests, int harmless)
{
	int *errs = calloc(requests->nr + 1, sizeof(*errs));
	int err;
	size_t i;

	if (!errs)
		no_memory();
	task->step = step;
	err = nl_all(&task->nl, requests, errs);
	if (err == harmless) {
		err = 0;
		for (i = 0; !err && i < requests->nr; i++)
			if (errs[i] != harmless)
				err = errs[i];
	}
	free(errs);
	return err;
}

static int change_link(struct netconf_task *task, const char *step,
		       struct nlmsghdr *request)
{
	task->step = step;
	return nl_do(&task->nl, request, NULL);
}

int netconf_rename(struct netconf_task *task, unsigned int ifindex,
		   const char *name)
{
	struct nlmsghdr *request;
	union nl_request buffer;

	request = rtmsg_start(&buffer, RTM_NEWLINK, 0, ifindex);
	mnl_attr_put_strz(request, IFLA_IFNAME, name);
	return change_link(task, "renaming a device", request);
}

/* The request about all other names of a device, of that type. */
static int change_altnames(struct netconf_task *task, unsigned int ifindex,
			   uint16_t type, const struct nlattr *names)
{
	struct nlmsghdr *request;
	union nl_request buffer;
	uint16_t flags = type == RTM_NEWLINKPROP ? NLM_F_CREATE | NLM_F_EXCL |
						   NLM_F_APPEND : 0;

	request = rtmsg_start(&buffer, type, flags, ifindex);
	if (!mnl_attr_put_check(request, sizeof(buffer),
				IFLA_PROP_LIST | NLA_F_NESTED,
				mnl_attr_get_payload_len(names),
				mnl_attr_get_payload(names)))
		return -EMSGSIZE;
	return change_link(task, "moving the other names", request);
}

int netconf_move_altnames(struct netconf_task *task, unsigned int from,
			  unsigned int to)
{
	struct netconf conf = { .links.nr = 0 };
	const struct nlattr *attr, *names = NULL;
	int err;

	err = read_link(task, from, &conf);
	if (!err)
		mnl_attr_for_each(attr, conf.links.messages[0],
				  sizeof(struct ifinfomsg))
			if (mnl_attr_get_type(attr) == IFLA_PROP_LIST)
				names = attr;
	if (names) {
		err = change_altnames(task, from, RTM_DELLINKPROP, names);
		if (!err)
			err = change_altnames(task, to, RTM_NEWLINKPROP,
					      names);
		/* They must not be lost in between. */
		if (err)
			change_altnames(task, from, RTM_NEWLINKPROP, names);
	}
	nl_list_free(&conf.links);
	return err;
}

static int apply_attrs(struct netconf_task *task, const struct netconf *want,
		       const struct netconf *have)
{
	struct nlmsghdr *request;
	union nl_request buffer;

	if (want->link.txqlen == have->link.txqlen &&
	    want->link.group == have->link.group &&
	    !strcmp(want->link.alias, have->link.alias))
		return 0;
	request = rtmsg_start(&buffer, RTM_NEWLINK, 0, have->link.ifindex);
	mnl_attr_put_u32(request, IFLA_TXQLEN, want->link.txqlen);
	mnl_attr_put_u32(request, IFLA_GROUP, want->link.group);
	/* An empty one has no terminating byte. */
	mnl_attr_put(request, IFLA_IFALIAS, strlen(want->link.alias),
		     want->link.alias);
	return change_link(task, "setting queue length, group and alias",
			   request);
}

static int set_ip6(struct netconf_task *task, unsigned int ifindex,
		   uint8_t gen_mode, const struct in6_addr *token)
{
	struct nlattr *families, *ip6;
	struct nlmsghdr *request;
	union nl_request buffer;

	request = rtmsg_start(&buffer, RTM_NEWLINK, 0, ifindex);
	families = mnl_attr_nest_start(request, IFLA_AF_SPEC);
	ip6 = mnl_attr_nest_start(request, AF_INET6);
	mnl_attr_put_u8(request, IFLA_INET6_ADDR_GEN_MODE, gen_mode);
	if (token)
		mnl_attr_put(request, IFLA_INET6_TOKEN, sizeof(*token), token);
	mnl_attr_nest_end(request, ip6);
	mnl_attr_nest_end(request, families);
	return change_link(task, "setting how IPv6 makes addresses", request);
}

/*
 * IPv6 makes no addresses of its own while it gets those that it should have.
 * Not before the settings, since the secret of stable addresses sets the mode.
 */
static int hush_ip6(struct netconf_task *task, const struct netconf *have)
{
	if (!have->link.has_ip6)
		return 0;
	return set_ip6(task, have->link.ifindex, GEN_NONE, NULL);
}

static int wake_ip6(struct netconf_task *task, const struct netconf *want,
		    const struct netconf *have)
{
	static const struct in6_addr none;
	const struct in6_addr *token = NULL;

	if (!have->link.has_ip6 || !want->link.has_ip6)
		return 0;
	if (memcmp(&want->link.token, &none, sizeof(none)) &&
	    memcmp(&want->link.token, &have->link.token, sizeof(none)))
		token = &want->link.token;
	return set_ip6(task, have->link.ifindex, want->link.gen_mode, token);
}

static int apply_settings(struct netconf_task *task, const struct netconf *want,
			  const struct netconf *have)
{
	int err;

	task->step = "writing the settings";
	err = sysctls_write(have->link.name, &want->sysctls) ?:
	      hush_ip6(task, have);
	if (err || !want->ip6_disabled[0] || !have->ip6_disabled[0] ||
	    !strcmp(want->ip6_disabled, have->ip6_disabled))
		return err;
	task->step = "enabling or disabling IPv6";
	return sysctl_write(IP6_DIR, have->link.name, IP6_FILE,
			    want->ip6_disabled);
}

static int apply_flags(struct netconf_task *task, const struct netconf *want,
		       const struct netconf *have)
{
	struct ifinfomsg *message;
	struct nlmsghdr *request;
	union nl_request buffer;

	if (want->link.flags == have->link.flags)
		return 0;
	request = rtmsg_start(&buffer, RTM_NEWLINK, 0, have->link.ifindex);
	message = mnl_nlmsg_get_payload(request);
	message->ifi_flags = want->link.flags;
	message->ifi_change = LINK_FLAGS;
	return change_link(task, "setting the flags", request);
}

/* ---- addresses ---- */

static bool is_of_family(const struct nlmsghdr *nlh, unsigned char family)
{
	const struct ifaddrmsg *address = mnl_nlmsg_get_payload(nlh);

	return address->ifa_family == family;
}

static void address_requests(const struct netconf *conf, unsigned char family,
			     unsigned int ifindex, enum rtmsg_use use,
			     struct nl_list *list)
{
	size_t i;

	for (i = 0; i < conf->addresses.nr; i++)
		if (is_of_family(conf->addresses.messages[i], family))
			rtmsg_address(conf->addresses.messages[i], ifindex,
				      use, list);
}

/* The messages of a list from @first on, the last one first if @reverse. */
static void add_rest(struct nl_list *list, const struct nl_list *from,
		     size_t first, bool reverse)
{
	size_t i, nr = from->nr;

	for (i = first; i < nr; i++)
		nl_list_add(list, from->messages[reverse ?
						 nr - 1 - (i - first) : i]);
}

/*
 * In IPv4 the order tells primary addresses from secondary ones, which go with
 * the primary one.
 */
static int apply_ip4_addresses(struct netconf_task *task,
			       const struct netconf *want,
			       const struct netconf *have)
{
	struct nl_list wanted = { .nr = 0 }, present = { .nr = 0 };
	struct nl_list requests = { .nr = 0 }, changes = { .nr = 0 };
	unsigned int ifindex = have->link.ifindex;
	size_t same = 0;
	int err;

	address_requests(want, AF_INET, ifindex, RTMSG_COMPARE, &wanted);
	address_requests(have, AF_INET, ifindex, RTMSG_COMPARE, &present);
	address_requests(want, AF_INET, ifindex, RTMSG_ADD, &requests);
	while (same < wanted.nr && same < present.nr &&
	       !rtmsg_same(wanted.messages[same], present.messages[same]))
		same++;

	add_rest(&changes, &present, same, true);
	rtmsg_delete(&changes);
	err = send_all(task, "removing IPv4 addresses", &changes,
		       -EADDRNOTAVAIL);
	nl_list_free(&changes);
	add_rest(&changes, &requests, same, false);
	if (!err)
		err = send_all(task, "adding IPv4 addresses", &changes, 0);

	nl_list_free(&changes);
	nl_list_free(&requests);
	nl_list_free(&present);
	nl_list_free(&wanted);
	return err;
}

static bool has(const struct nl_list *list, const struct nlmsghdr *nlh)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (!rtmsg_same(list->messages[i], nlh))
			return true;
	return false;
}

/* The kernel lists first what was added last. */
static int apply_ip6_addresses(struct netconf_task *task,
			       const struct netconf *want,
			       const struct netconf *have)
{
	struct nl_list wanted = { .nr = 0 }, present = { .nr = 0 };
	struct nl_list adds = { .nr = 0 }, settles = { .nr = 0 };
	struct nl_list changes = { .nr = 0 };
	unsigned int ifindex = have->link.ifindex;
	size_t i;
	int err;

	address_requests(want, AF_INET6, ifindex, RTMSG_COMPARE, &wanted);
	address_requests(have, AF_INET6, ifindex, RTMSG_COMPARE, &present);
	address_requests(want, AF_INET6, ifindex, RTMSG_ADD, &adds);
	address_requests(want, AF_INET6, ifindex, RTMSG_SETTLE, &settles);

	for (i = 0; i < present.nr; i++)
		if (!has(&wanted, present.messages[i]))
			nl_list_add(&changes, present.messages[i]);
	rtmsg_delete(&changes);
	err = send_all(task, "removing IPv6 addresses", &changes,
		       -EADDRNOTAVAIL);
	nl_list_free(&changes);
	for (i = wanted.nr; i; i--) {
		if (has(&present, wanted.messages[i - 1]))
			continue;
		nl_list_add(&changes, adds.messages[i - 1]);
		nl_list_add(&changes, settles.messages[i - 1]);
	}
	if (!err)
		err = send_all(task, "adding IPv6 addresses", &changes, 0);

	nl_list_free(&changes);
	nl_list_free(&settles);
	nl_list_free(&adds);
	nl_list_free(&present);
	nl_list_free(&wanted);
	return err;
}

/* ---- routes ---- */

static int compare(const void *a, const void *b)
{
	return rtmsg_same(*(struct nlmsghdr *const *)a,
			  *(struct nlmsghdr *const *)b);
}

static void sort(struct nl_list *list)
{
	if (list->nr)
		qsort(list->messages, list->nr, sizeof(list->messages[0]),
		      compare);
}

static bool sorted_has(const struct nl_list *list, const struct nlmsghdr *nlh)
{
	return list->nr && bsearch(&nlh, list->messages, list->nr,
				   sizeof(list->messages[0]), compare);
}

static void route_requests(const struct nl_list *routes, unsigned int from,
			   unsigned int to, enum rtmsg_use use,
			   struct nl_list *list)
{
	size_t i;

	for (i = 0; i < routes->nr; i++)
		rtmsg_route(routes->messages[i], from, to, use, list);
}

/*
 * Does the kernel itself make routes of what routers tell? Each time it hears
 * from one it looks for the route that it has made, and would be confused by
 * another one in its place.
 */
static bool kernel_hears_routers(const struct netconf *conf)
{
	const char *accepts = sysctls_get(&conf->sysctls, IP6_DIR, "accept_ra");
	const char *forwards = sysctls_get(&conf->sysctls, IP6_DIR,
					   "forwarding");

	if (!accepts || !forwards)
		return false;
	return atoi(accepts) > (atoi(forwards) ? 1 : 0);
}

static bool is_proto(const struct nlmsghdr *nlh, uint8_t proto)
{
	return rtmsg_route_proto(nlh) == proto;
}

/* Is it made by the kernel, which may have been quicker, or made another? */
static bool may_exist(const struct nlmsghdr *nlh)
{
	return is_proto(nlh, RTPROT_KERNEL) || is_proto(nlh, RTPROT_RA);
}

/* Does the kernel not know how to get to the router? */
static bool is_unreachable(int err)
{
	return err == -ENETUNREACH || err == -EHOSTUNREACH || err == -EINVAL;
}

/*
 * Sends what is in the list, and leaves in it what may succeed when the rest
 * is there: a router's own route can come later than those by way of it.
 * Returns an error if there is one that will not go away.
 */
static int add_routes_once(struct netconf_task *task, struct nl_list *list,
			   int *later)
{
	int *errs = calloc(list->nr + 1, sizeof(*errs));
	struct nl_list rest = { .nr = 0 };
	int err = 0;
	size_t i;

	if (!errs)
		no_memory();
	*later = nl_all(&task->nl, list, errs);
	for (i = 0; i < list->nr; i++) {
		if (is_unreachable(errs[i]))
			nl_list_add(&rest, list->messages[i]);
		else if (errs[i] != -EEXIST || !may_exist(list->messages[i]))
			err = err ?: errs[i];
	}
	free(errs);
	nl_list_free(list);
	*list = rest;
	return err;
}

static int add_routes(struct netconf_task *task, struct nl_list *list)
{
	int try, err = 0, later = 0;
	size_t before;

	task->step = "adding the routes";
	for (try = 0; !err && list->nr && try < ROUTE_TRIES; try++) {
		before = list->nr;
		err = add_routes_once(task, list, &later);
		if (list->nr == before)
			break;
	}
	return err ?: list->nr ? later : 0;
}

/* A set of routes that are wanted, and what is there of it. */
struct wanted {
	const struct nl_list *routes;
	const struct nl_list *requests;
	const struct nl_list *present;
};

/* Is one there that has to come after it? The kernel lists rivals together. */
static bool has_successor(const struct wanted *wanted, size_t i)
{
	const struct nl_list *routes = wanted->routes;
	size_t j;

	for (j = i + 1; j < routes->nr; j++) {
		if (!rtmsg_route_rivals(routes->messages[i],
					routes->messages[j]))
			break;
		if (sorted_has(wanted->present, routes->messages[j]))
			return true;
	}
	return false;
}

/*
 * Adds the request for a route that is missing. Which of several routes to a
 * destination comes first is not to change, also if only some are missing: the
 * last that comes before one that is there is added first.
 */
static void add_if_missing(const struct wanted *wanted, size_t i, bool first,
			   bool hears, struct nl_list *list)
{
	const struct nlmsghdr *route = wanted->routes->messages[i];
	struct nlmsghdr *request;

	if (sorted_has(wanted->present, route) ||
	    has_successor(wanted, i) != first)
		return;
	nl_list_add(list, wanted->requests->messages[i]);
	request = list->messages[list->nr - 1];
	if (first)
		rtmsg_route_first(request);
	if (hears && is_proto(route, RTPROT_RA))
		rtmsg_route_later(request);
}

/* Those that lead to a router come after those by which it is found. */
static void add_missing(const struct wanted *wanted, bool hears,
			struct nl_list *list)
{
	struct nlmsghdr *const *routes = wanted->routes->messages;
	size_t i, nr = wanted->routes->nr;
	int pass;

	for (pass = 0; pass < 2; pass++) {
		for (i = nr; i; i--)
			if (rtmsg_route_by_gateway(routes[i - 1]) == pass)
				add_if_missing(wanted, i - 1, true, hears,
					       list);
		for (i = 0; i < nr; i++)
			if (rtmsg_route_by_gateway(routes[i]) == pass)
				add_if_missing(wanted, i, false, hears, list);
	}
}

/* Routes that come with an address, and were removed from the other device. */
static int remove_surplus(struct netconf_task *task, struct nl_list *wanted,
			  const struct nl_list *present)
{
	struct nl_list changes = { .nr = 0 };
	size_t i;
	int err;

	sort(wanted);
	for (i = 0; i < present->nr; i++)
		if (is_proto(present->messages[i], RTPROT_KERNEL) &&
		    !sorted_has(wanted, present->messages[i]))
			nl_list_add(&changes, present->messages[i]);
	rtmsg_delete(&changes);
	err = send_all(task, "removing routes", &changes, -ESRCH);
	nl_list_free(&changes);
	return err;
}

int netconf_apply_routes(struct netconf_task *task, const struct netconf *conf,
			 unsigned int ifindex)
{
	struct nl_list wanted = { .nr = 0 }, present = { .nr = 0 };
	struct nl_list requests = { .nr = 0 }, changes = { .nr = 0 };
	struct nl_list routes = { .nr = 0 };
	int err;

	if (!(conf->link.flags & IFF_UP))
		return 0;
	err = read_routes(task, ifindex, &routes);
	if (!err) {
		route_requests(&conf->routes, conf->link.ifindex, ifindex,
			       RTMSG_COMPARE, &wanted);
		route_requests(&conf->routes, conf->link.ifindex, ifindex,
			       RTMSG_ADD, &requests);
		route_requests(&routes, ifindex, ifindex, RTMSG_COMPARE,
			       &present);
		sort(&present);
		add_missing(&(struct wanted){ &wanted, &requests, &present },
			    kernel_hears_routers(conf), &changes);
		err = add_routes(task, &changes) ?:
		      remove_surplus(task, &wanted, &present);
	}
	nl_list_free(&routes);
	nl_list_free(&changes);
	nl_list_free(&requests);
	nl_list_free(&present);
	nl_list_free(&wanted);
	return err;
}

/* ---- the rest ---- */

static int apply_nexthops(struct netconf_task *task, const struct netconf *want,
			  unsigned int ifindex)
{
	struct nl_list wanted = { .nr = 0 }, present = { .nr = 0 };
	struct nl_list nexthops = { .nr = 0 }, changes = { .nr = 0 };
	size_t i;
	int err;

	if (!want->nexthops.nr)
		return 0;
	err = read_nexthops(task, ifindex, &nexthops);
	for (i = 0; i < want->nexthops.nr; i++)
		rtmsg_nexthop(want->nexthops.messages[i], want->link.ifindex,
			      ifindex, &wanted);
	for (i = 0; i < nexthops.nr; i++)
		rtmsg_nexthop(nexthops.messages[i], ifindex, ifindex, &present);
	for (i = 0; i < wanted.nr; i++)
		if (!has(&present, wanted.messages[i]))
			nl_list_add(&changes, wanted.messages[i]);
	if (!err)
		err = send_all(task, "moving the next hops", &changes, 0);
	nl_list_free(&changes);
	nl_list_free(&nexthops);
	nl_list_free(&present);
	nl_list_free(&wanted);
	return err;
}

static int apply_neighbours(struct netconf_task *task,
			    const struct netconf *want, unsigned int ifindex)
{
	struct nl_list lasting = { .nr = 0 }, learnt = { .nr = 0 };
	size_t i;
	int *errs, err;

	for (i = 0; i < want->neighbours.nr; i++)
		rtmsg_neighbour(want->neighbours.messages[i],
				want->link.ifindex, ifindex, &lasting, &learnt);
	err = send_all(task, "adding the neighbours", &lasting, 0);
	errs = calloc(learnt.nr + 1, sizeof(*errs));
	if (!errs)
		no_memory();
	/* The kernel finds out what it is not told. */
	if (!err)
		nl_all(&task->nl, &learnt, errs);
	free(errs);
	nl_list_free(&learnt);
	nl_list_free(&lasting);
	return err;
}

static bool is_ip6_on(const struct netconf *want)
{
	return want->ip6_disabled[0] && !atoi(want->ip6_disabled);
}

int netconf_prepare(struct netconf_task *task, const struct netconf *conf,
		    unsigned int ifindex)
{
	struct netconf have = { .links.nr = 0 };
	int err;

	err = read_link(task, ifindex, &have) ?:
	      read_ip6_disabled(task, &have) ?:
	      apply_attrs(task, conf, &have) ?:
	      apply_settings(task, conf, &have);
	netconf_free(&have);
	return err;
}

int netconf_complete(struct netconf_task *task, const struct netconf *conf,
		     unsigned int ifindex)
{
	struct netconf have = { .links.nr = 0 };
	int err;

	err = read_link(task, ifindex, &have) ?:
	      read_addresses(task, ifindex, &have.addresses) ?:
	      apply_ip4_addresses(task, conf, &have) ?:
	      apply_flags(task, conf, &have);
	if (!err && is_ip6_on(conf))
		err = apply_ip6_addresses(task, conf, &have);
	if (!err && conf->link.flags & IFF_UP)
		err = apply_nexthops(task, conf, ifindex) ?:
		      netconf_apply_routes(task, conf, ifindex) ?:
		      apply_neighbours(task, conf, ifindex);
	if (!err)
		err = wake_ip6(task, conf, &have);
	netconf_free(&have);
	return err;
}

int netconf_apply(struct netconf_task *task, const struct netconf *conf,
		  unsigned int ifindex)
{
	return netconf_prepare(task, conf, ifindex) ?:
	       netconf_complete(task, conf, ifindex);
}

/* ---- stripping ---- */

static int strip_routes(struct netconf_task *task, const struct netconf *have)
{
	struct nl_list all = { .nr = 0 }, changes = { .nr = 0 };
	size_t i;
	int err;

	route_requests(&have->routes, have->link.ifindex, have->link.ifindex,
		       RTMSG_COMPARE, &all);
	/* Those of addresses go with them. */
	for (i = 0; i < all.nr; i++)
		if (!is_proto(all.messages[i], RTPROT_KERNEL))
			nl_list_add(&changes, all.messages[i]);
	rtmsg_delete(&changes);
	err = send_all(task, "removing the routes", &changes, -ESRCH);
	nl_list_free(&changes);
	nl_list_free(&all);
	return err;
}

static int strip_addresses(struct netconf_task *task,
			   const struct netconf *have)
{
	struct nl_list all = { .nr = 0 }, changes = { .nr = 0 };
	int err;

	address_requests(have, AF_INET, have->link.ifindex, RTMSG_COMPARE,
			 &all);
	add_rest(&changes, &all, 0, true);
	rtmsg_delete(&changes);
	err = send_all(task, "removing the addresses", &changes,
		       -EADDRNOTAVAIL);
	nl_list_free(&changes);
	nl_list_free(&all);
	return err;
}

static int strip_neighbours(struct netconf_task *task,
			    const struct netconf *have)
{
	struct nl_list lasting = { .nr = 0 }, learnt = { .nr = 0 };
	size_t i;
	int err;

	for (i = 0; i < have->neighbours.nr; i++)
		rtmsg_neighbour(have->neighbours.messages[i],
				have->link.ifindex, have->link.ifindex,
				&lasting, &learnt);
	rtmsg_delete(&lasting);
	err = send_all(task, "removing the neighbours", &lasting, -ENOENT);
	nl_list_free(&learnt);
	nl_list_free(&lasting);
	return err;
}

static int strip_ip6(struct netconf_task *task, const struct netconf *have)
{
	task->step = "disabling IPv6 below";
	if (!is_ip6_on(have))
		return 0;
	return sysctl_write(IP6_DIR, have->link.name, IP6_FILE, "1");
}

static int strip_flags(struct netconf_task *task, const struct netconf *have)
{
	struct ifinfomsg *message;
	struct nlmsghdr *request;
	union nl_request buffer;

	if (!(have->link.flags & (IFF_PROMISC | IFF_ALLMULTI)))
		return 0;
	request = rtmsg_start(&buffer, RTM_NEWLINK, 0, have->link.ifindex);
	message = mnl_nlmsg_get_payload(request);
	message->ifi_change = IFF_PROMISC | IFF_ALLMULTI;
	return change_link(task, "setting the flags below", request);
}

int netconf_strip_routes(struct netconf_task *task, unsigned int ifindex)
{
	struct netconf have = { .links.nr = 0 };
	int err;

	err = read_link(task, ifindex, &have) ?:
	      read_routes(task, ifindex, &have.routes) ?:
	      strip_routes(task, &have);
	netconf_free(&have);
	return err;
}

int netconf_strip(struct netconf_task *task, unsigned int ifindex)
{
	struct netconf have;
	int err;

	err = netconf_read(task, ifindex, &have) ?:
	      strip_routes(task, &have) ?:
	      strip_neighbours(task, &have) ?:
	      strip_addresses(task, &have) ?:
	      strip_ip6(task, &have) ?:
	      strip_flags(task, &have);
	netconf_free(&have);
	return err;
}
