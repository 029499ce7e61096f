// SPDX-License-Identifier: GPL-2.0
/*
 * Requests by rtnetlink that give one device what another one has.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "rtmsg.h"

/* No set of attributes that is looked at has more. */
#define MAX_ATTRS	64

/* Of the kernel's headers, for older ones that lack them. */
#define ADDR_PROTO	11	/* IFA_PROTO */
#define NEIGH_FLAGS_EXT	15	/* NDA_FLAGS_EXT */
#define NEIGH_MANAGED	1u	/* NTF_EXT_MANAGED */

/* Flags that users give; the others tell of a state. */
#define ADDR_FLAGS	(IFA_F_NODAD | IFA_F_HOMEADDRESS |		\
			 IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |	\
			 IFA_F_MCAUTOJOIN)
#define ROUTE_FLAGS	(RTNH_F_PERVASIVE | RTNH_F_ONLINK)
#define NEIGH_FLAGS	(NTF_PROXY | NTF_EXT_LEARNED | NTF_ROUTER)

int rtmsg_dump(struct nl *nl, uint16_t type, const void *header, size_t size,
	       struct nl_list *list)
{
	struct nlmsghdr *request;
	union nl_request buffer;
	int err;

	request = mnl_nlmsg_put_header(&buffer);
	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST;
	memcpy(mnl_nlmsg_put_extra_header(request, size), header, size);
	err = nl_repeat(nl, request, list);
	return err == -EOPNOTSUPP ? 0 : err;
}

struct nlmsghdr *rtmsg_start(union nl_request *request, uint16_t type,
			     uint16_t flags, unsigned int ifindex)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct ifinfomsg *link;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	link->ifi_index = ifindex;
	return nlh;
}

/* Attributes by their numbers. */
static void index_attrs(const struct nlmsghdr *nlh, size_t header,
			const struct nlattr *attrs[MAX_ATTRS])
{
	const struct nlattr *attr;

	memset(attrs, 0, MAX_ATTRS * sizeof(attrs[0]));
	mnl_attr_for_each(attr, nlh, header)
		if (mnl_attr_get_type(attr) < MAX_ATTRS)
			attrs[mnl_attr_get_type(attr)] = attr;
}

static uint32_t u32_of(const struct nlattr *attr)
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_U32))
		return 0;
	return mnl_attr_get_u32(attr);
}

/* A request with room for all attributes of a message, and some more. */
static struct nlmsghdr *request_like(const struct nlmsghdr *seen, uint16_t type,
				     uint16_t flags, size_t header)
{
	struct nlmsghdr *nlh = calloc(1, MNL_ALIGN(seen->nlmsg_len) + 128);

	if (!nlh)
		no_memory();
	mnl_nlmsg_put_header(nlh);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	memcpy(mnl_nlmsg_put_extra_header(nlh, header),
	       mnl_nlmsg_get_payload(seen), header);
	return nlh;
}

static void put_copy(struct nlmsghdr *nlh, const struct nlattr *attr)
{
	if (attr)
		mnl_attr_put(nlh, attr->nla_type,
			     mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
}

static void put_copies(struct nlmsghdr *nlh,
		       const struct nlattr *attrs[MAX_ATTRS],
		       const uint16_t *ids, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		put_copy(nlh, attrs[ids[i]]);
}

static void take(struct nl_list *list, struct nlmsghdr *nlh)
{
	nl_list_add(list, nlh);
	free(nlh);
}

static bool is_long_enough(const struct nlmsghdr *nlh, size_t header)
{
	return mnl_nlmsg_get_payload_len(nlh) >= header;
}

/* ---- addresses ---- */

static void put_lifetimes(struct nlmsghdr *nlh, const struct nlattr *attr)
{
	struct ifa_cacheinfo info;

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(info))
		return;
	memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
	/* One that has come to its end is removed soon, but not refused. */
	if (!info.ifa_valid)
		info.ifa_valid = 1;
	mnl_attr_put(nlh, IFA_CACHEINFO, sizeof(info), &info);
}

void rtmsg_address(const struct nlmsghdr *seen, unsigned int ifindex,
		   enum rtmsg_use use, struct nl_list *list)
{
	static const uint16_t copied[] = {
		IFA_ADDRESS, IFA_LOCAL, IFA_LABEL, IFA_BROADCAST, IFA_ANYCAST,
		IFA_RT_PRIORITY, ADDR_PROTO,
	};
	const struct nlattr *attrs[MAX_ATTRS];
	struct ifaddrmsg *address;
	struct nlmsghdr *nlh;
	uint32_t flags;

	if (!is_long_enough(seen, sizeof(*address)))
		return;
	index_attrs(seen, sizeof(*address), attrs);
	nlh = request_like(seen, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
			   sizeof(*address));
	address = mnl_nlmsg_get_payload(nlh);
	address->ifa_index = ifindex;
	flags = attrs[IFA_FLAGS] ? u32_of(attrs[IFA_FLAGS]) :
		address->ifa_flags;
	address->ifa_flags = 0;
	/* What was found to be a duplicate, or not yet, is looked for again. */
	if (use == RTMSG_ADD && address->ifa_family == AF_INET6 &&
	    !(flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
		flags |= IFA_F_NODAD;
	if (use == RTMSG_SETTLE)
		nlh->nlmsg_flags ^= NLM_F_EXCL | NLM_F_REPLACE;
	put_copies(nlh, attrs, copied, ARRAY_SIZE(copied));
	mnl_attr_put_u32(nlh, IFA_FLAGS, flags & ADDR_FLAGS);
	if (use != RTMSG_COMPARE)
		put_lifetimes(nlh, attrs[IFA_CACHEINFO]);
	take(list, nlh);
}

/* ---- routes ---- */

/* Is there a whole next hop in what is left of an attribute? */
static bool is_hop(const struct rtnexthop *hop, int rest)
{
	return rest >= (int)sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) &&
	       hop->rtnh_len <= rest;
}

/* Goes on to the next one. */
static struct rtnexthop *next_hop(const struct rtnexthop *hop, int *rest)
{
	*rest -= RTNH_ALIGN(hop->rtnh_len);
	return RTNH_NEXT((struct rtnexthop *)hop);
}

static bool leads_by(const struct nlattr *attrs[MAX_ATTRS],
		     unsigned int ifindex)
{
	const struct rtnexthop *hop;
	int rest;

	if (!attrs[RTA_MULTIPATH])
		return u32_of(attrs[RTA_OIF]) == ifindex;
	rest = mnl_attr_get_payload_len(attrs[RTA_MULTIPATH]);
	hop = mnl_attr_get_payload(attrs[RTA_MULTIPATH]);
	for (; is_hop(hop, rest); hop = next_hop(hop, &rest))
		if ((unsigned int)hop->rtnh_ifindex == ifindex)
			return true;
	return false;
}

/* All hops in one attribute, those by the device by the other one. */
static void put_hops(struct nlmsghdr *nlh, const struct nlattr *attr,
		     unsigned int from, unsigned int to)
{
	int rest = mnl_attr_get_payload_len(attr);
	struct rtnexthop *hop, *copy;

	copy = malloc(rest);
	if (!copy)
		no_memory();
	memcpy(copy, mnl_attr_get_payload(attr), rest);
	for (hop = copy; is_hop(hop, rest); hop = next_hop(hop, &rest)) {
		if ((unsigned int)hop->rtnh_ifindex == from)
			hop->rtnh_ifindex = to;
		hop->rtnh_flags &= ROUTE_FLAGS;
	}
	mnl_attr_put(nlh, RTA_MULTIPATH, mnl_attr_get_payload_len(attr), copy);
	free(copy);
}

/*
 * One hop as a route of its own. Its weight can be told of hops in an attribute
 * only, and is told only if it has one.
 */
static void put_hop(struct nlmsghdr *nlh, const struct rtnexthop *hop,
		    unsigned int to)
{
	size_t length = hop->rtnh_len - sizeof(*hop);
	struct rtnexthop *copy;

	if (!hop->rtnh_hops) {
		mnl_attr_put_u32(nlh, RTA_OIF, to);
		memcpy(mnl_nlmsg_put_extra_header(nlh, length), hop + 1,
		       length);
		return;
	}
	copy = malloc(hop->rtnh_len);
	if (!copy)
		no_memory();
	memcpy(copy, hop, hop->rtnh_len);
	copy->rtnh_ifindex = to;
	copy->rtnh_flags &= ROUTE_FLAGS;
	mnl_attr_put(nlh, RTA_MULTIPATH, hop->rtnh_len, copy);
	free(copy);
}

static void put_expiry(struct nlmsghdr *nlh, const struct nlattr *attr)
{
	struct rta_cacheinfo info;
	long ticks = sysconf(_SC_CLK_TCK);

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(info))
		return;
	memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
	if (info.rta_expires > 0)
		mnl_attr_put_u32(nlh, RTA_EXPIRES,
				 info.rta_expires / ticks + 1);
}

static struct nlmsghdr *route_like(const struct nlmsghdr *seen,
				   const struct nlattr *attrs[MAX_ATTRS])
{
	static const uint16_t copied[] = {
		RTA_DST, RTA_SRC, RTA_PRIORITY, RTA_PREFSRC, RTA_METRICS,
		RTA_FLOW, RTA_TABLE, RTA_PREF,
	};
	struct nlmsghdr *nlh;
	struct rtmsg *route;

	nlh = request_like(seen, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND,
			   sizeof(*route));
	route = mnl_nlmsg_get_payload(nlh);
	route->rtm_flags &= ROUTE_FLAGS;
	put_copies(nlh, attrs, copied, ARRAY_SIZE(copied));
	return nlh;
}

/* IPv6 has a route for each hop, which can be added and deleted by itself. */
static void add_route_by_hop(const struct nlmsghdr *seen,
			     const struct nlattr *attrs[MAX_ATTRS],
			     unsigned int from, unsigned int to,
			     enum rtmsg_use use, struct nl_list *list)
{
	const struct nlattr *attr = attrs[RTA_MULTIPATH];
	int rest = mnl_attr_get_payload_len(attr);
	const struct rtnexthop *hop = mnl_attr_get_payload(attr);
	struct nlmsghdr *nlh;

	for (; is_hop(hop, rest); hop = next_hop(hop, &rest)) {
		if ((unsigned int)hop->rtnh_ifindex != from)
			continue;
		nlh = route_like(seen, attrs);
		put_hop(nlh, hop, to);
		if (use != RTMSG_COMPARE)
			put_expiry(nlh, attrs[RTA_CACHEINFO]);
		take(list, nlh);
	}
}

void rtmsg_route(const struct nlmsghdr *seen, unsigned int from,
		 unsigned int to, enum rtmsg_use use, struct nl_list *list)
{
	static const uint16_t hop[] = {
		RTA_GATEWAY, RTA_VIA, RTA_ENCAP_TYPE, RTA_ENCAP,
		RTA_TTL_PROPAGATE,
	};
	const struct rtmsg *route = mnl_nlmsg_get_payload(seen);
	const struct nlattr *attrs[MAX_ATTRS];
	struct nlmsghdr *nlh;

	if (!is_long_enough(seen, sizeof(*route)) ||
	    route->rtm_flags & RTM_F_CLONED)
		return;
	index_attrs(seen, sizeof(*route), attrs);
	/* Those of addresses come and go with them. */
	if ((route->rtm_table == RT_TABLE_LOCAL &&
	     route->rtm_protocol == RTPROT_KERNEL) ||
	    attrs[RTA_NH_ID] || !leads_by(attrs, from))
		return;
	if (attrs[RTA_MULTIPATH] && route->rtm_family == AF_INET6) {
		add_route_by_hop(seen, attrs, from, to, use, list);
		return;
	}

	nlh = route_like(seen, attrs);
	if (attrs[RTA_MULTIPATH]) {
		put_hops(nlh, attrs[RTA_MULTIPATH], from, to);
	} else {
		mnl_attr_put_u32(nlh, RTA_OIF, to);
		put_copies(nlh, attrs, hop, ARRAY_SIZE(hop));
	}
	if (use != RTMSG_COMPARE)
		put_expiry(nlh, attrs[RTA_CACHEINFO]);
	take(list, nlh);
}

uint8_t rtmsg_route_proto(const struct nlmsghdr *nlh)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(nlh);

	return route->rtm_protocol;
}

bool rtmsg_route_rivals(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	static const uint16_t keys[] = { RTA_DST, RTA_PRIORITY, RTA_TABLE };
	const struct rtmsg *one = mnl_nlmsg_get_payload(a);
	const struct rtmsg *other = mnl_nlmsg_get_payload(b);
	const struct nlattr *ones[MAX_ATTRS], *others[MAX_ATTRS];
	size_t i;

	if (one->rtm_family != AF_INET || other->rtm_family != AF_INET ||
	    one->rtm_dst_len != other->rtm_dst_len ||
	    one->rtm_tos != other->rtm_tos)
		return false;
	index_attrs(a, sizeof(*one), ones);
	index_attrs(b, sizeof(*other), others);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (u32_of(ones[keys[i]]) != u32_of(others[keys[i]]))
			return false;
	return true;
}

void rtmsg_route_first(struct nlmsghdr *nlh)
{
	nlh->nlmsg_flags &= ~NLM_F_APPEND;
}

void rtmsg_route_later(struct nlmsghdr *nlh)
{
	struct nlattr *attr;
	uint32_t metric;

	mnl_attr_for_each(attr, nlh, sizeof(struct rtmsg)) {
		if (mnl_attr_get_type(attr) != RTA_PRIORITY)
			continue;
		metric = u32_of(attr) + 1;
		memcpy(mnl_attr_get_payload(attr), &metric, sizeof(metric));
	}
}

bool rtmsg_route_by_gateway(const struct nlmsghdr *nlh)
{
	const struct nlattr *attrs[MAX_ATTRS];

	index_attrs(nlh, sizeof(struct rtmsg), attrs);
	return attrs[RTA_GATEWAY] || attrs[RTA_VIA] || attrs[RTA_MULTIPATH];
}

/* ---- neighbours and next hops ---- */

void rtmsg_neighbour(const struct nlmsghdr *seen, unsigned int from,
		     unsigned int to, struct nl_list *lasting,
		     struct nl_list *learnt)
{
	static const uint16_t copied[] = {
		NDA_DST, NDA_LLADDR, NDA_PROTOCOL, NEIGH_FLAGS_EXT,
	};
	const uint16_t known = NUD_REACHABLE | NUD_STALE | NUD_DELAY |
			       NUD_PROBE;
	const struct nlattr *attrs[MAX_ATTRS];
	struct ndmsg *neighbour;
	bool lasts, managed;
	struct nlmsghdr *nlh;

	neighbour = mnl_nlmsg_get_payload(seen);
	if (!is_long_enough(seen, sizeof(*neighbour)) ||
	    (unsigned int)neighbour->ndm_ifindex != from)
		return;
	index_attrs(seen, sizeof(*neighbour), attrs);
	managed = u32_of(attrs[NEIGH_FLAGS_EXT]) & NEIGH_MANAGED;
	lasts = neighbour->ndm_flags & (NTF_PROXY | NTF_EXT_LEARNED) ||
		neighbour->ndm_state & NUD_PERMANENT || managed;
	if (!lasts && !(neighbour->ndm_state & known))
		return;

	nlh = request_like(seen, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE,
			   sizeof(*neighbour));
	neighbour = mnl_nlmsg_get_payload(nlh);
	neighbour->ndm_ifindex = to;
	neighbour->ndm_flags &= NEIGH_FLAGS;
	if (managed)
		neighbour->ndm_state = NUD_NONE;
	else if (neighbour->ndm_state & known)
		neighbour->ndm_state = NUD_STALE;
	put_copies(nlh, attrs, copied, ARRAY_SIZE(copied));
	take(lasts ? lasting : learnt, nlh);
}

void rtmsg_nexthop(const struct nlmsghdr *seen, unsigned int from,
		   unsigned int to, struct nl_list *list)
{
	static const uint16_t copied[] = {
		NHA_ID, NHA_GATEWAY, NHA_ENCAP_TYPE, NHA_ENCAP,
	};
	const struct nlattr *attrs[MAX_ATTRS];
	struct nlmsghdr *nlh;
	struct nhmsg *hop;

	if (!is_long_enough(seen, sizeof(*hop)))
		return;
	index_attrs(seen, sizeof(*hop), attrs);
	if (u32_of(attrs[NHA_OIF]) != from)
		return;
	nlh = request_like(seen, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE,
			   sizeof(*hop));
	hop = mnl_nlmsg_get_payload(nlh);
	hop->nh_scope = 0;
	hop->nh_flags &= RTNH_F_ONLINK;
	put_copies(nlh, attrs, copied, ARRAY_SIZE(copied));
	mnl_attr_put_u32(nlh, NHA_OIF, to);
	take(list, nlh);
}

/* ---- requests ---- */

int rtmsg_same(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	if (a->nlmsg_len != b->nlmsg_len)
		return a->nlmsg_len < b->nlmsg_len ? -1 : 1;
	return memcmp(mnl_nlmsg_get_payload(a), mnl_nlmsg_get_payload(b),
		      mnl_nlmsg_get_payload_len(a));
}

void rtmsg_delete(struct nl_list *list)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		/* NEW, DEL and GET of a kind follow each other. */
		list->messages[i]->nlmsg_type++;
		list->messages[i]->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	}
}
