// SPDX-License-Identifier: GPL-2.0
/*
 * The facts of a gateway: finding one by another, and naming them.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "gateway.h"
#include "names.h"

void *gw_more(void *list, size_t nr, size_t size)
{
	char *more = reallocarray(list, nr + 1, size);

	if (!more)
		no_memory();
	memset(more + nr * size, 0, size);
	return more;
}

void gw_free(struct gateway *gw)
{
	free(gw->sas);
	free(gw->policies);
	free(gw->links);
	free(gw->addrs);
	free(gw->ports);
	*gw = (struct gateway){ .sas = NULL };
}

struct gw_link *gw_link(const struct gateway *gw, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < gw->nr_links; i++)
		if (gw->links[i].ifindex == ifindex)
			return &gw->links[i];
	return NULL;
}

const char *gw_link_name(const struct gateway *gw, uint32_t ifindex)
{
	const struct gw_link *link = gw_link(gw, ifindex);

	return link ? link->name : "another device";
}

const struct gw_link *gw_espsimd(const struct gateway *gw, uint32_t lower)
{
	size_t i;

	for (i = 0; i < gw->nr_links; i++)
		if (gw->links[i].espsimd &&
		    (!lower || gw->links[i].lower == lower))
			return &gw->links[i];
	return NULL;
}

static unsigned int addr_bits(uint16_t family)
{
	return family == AF_INET6 ? 128 : 32;
}

bool gw_in_prefix(uint16_t family, const xfrm_address_t *addr,
		  const xfrm_address_t *prefix, unsigned int bits)
{
	const unsigned char *one = (const unsigned char *)addr;
	const unsigned char *other = (const unsigned char *)prefix;
	unsigned int rest = bits % 8;

	if (bits > addr_bits(family) || memcmp(one, other, bits / 8))
		return false;
	return !rest || !((one[bits / 8] ^ other[bits / 8]) >> (8 - rest));
}

bool gw_same_addr(uint16_t family, const xfrm_address_t *one,
		  const xfrm_address_t *other)
{
	return gw_in_prefix(family, one, other, addr_bits(family));
}

const struct gw_addr *gw_addr(const struct gateway *gw, uint16_t family,
			      const xfrm_address_t *addr)
{
	size_t i;

	for (i = 0; i < gw->nr_addrs; i++)
		if (gw->addrs[i].family == family &&
		    gw_same_addr(family, &gw->addrs[i].addr, addr))
			return &gw->addrs[i];
	return NULL;
}

const xfrm_address_t *gw_sa_local(const struct gw_sa *sa)
{
	switch (sa->dir) {
	case GW_DIR_IN:
		return &sa->info.id.daddr;
	case GW_DIR_OUT:
		return &sa->info.saddr;
	default:
		return NULL;
	}
}

bool gw_peers(const struct gw_sa *sa, const struct gw_sa *other)
{
	uint16_t family = sa->info.family;

	return other->info.family == family &&
	       other->info.id.proto == sa->info.id.proto &&
	       other->info.reqid == sa->info.reqid &&
	       other->info.mode == sa->info.mode &&
	       gw_same_addr(family, &sa->info.saddr, &other->info.id.daddr) &&
	       gw_same_addr(family, &sa->info.id.daddr, &other->info.saddr);
}

bool gw_old_ip(const struct gateway *gw)
{
	return gw->ip_major && (gw->ip_major < GW_IP_MAJOR ||
				(gw->ip_major == GW_IP_MAJOR &&
				 gw->ip_minor < GW_IP_MINOR));
}

bool gw_is_tunnel(uint8_t mode)
{
	return mode != XFRM_MODE_TRANSPORT;
}

static bool is_any(const xfrm_address_t *addr)
{
	static const xfrm_address_t any;

	return !memcmp(addr, &any, sizeof(any));
}

/* As the kernel looks for an SA for a packet to send. */
bool gw_uses(const struct gw_policy *policy, const struct xfrm_user_tmpl *tmpl,
	     const struct gw_sa *sa)
{
	const struct xfrm_selector *sel = &policy->info.sel;
	uint16_t family = sa->info.family;

	if (sa->info.id.proto != tmpl->id.proto ||
	    sa->info.mode != tmpl->mode || sa->info.reqid != tmpl->reqid ||
	    sa->if_id != policy->if_id ||
	    (tmpl->id.spi && tmpl->id.spi != sa->info.id.spi))
		return false;
	if (!gw_is_tunnel(tmpl->mode))
		return family == sel->family &&
		       gw_in_prefix(family, &sa->info.id.daddr, &sel->daddr,
				    sel->prefixlen_d) &&
		       gw_in_prefix(family, &sa->info.saddr, &sel->saddr,
				    sel->prefixlen_s);
	return family == tmpl->family &&
	       (is_any(&tmpl->id.daddr) ||
		gw_same_addr(family, &sa->info.id.daddr, &tmpl->id.daddr)) &&
	       (is_any(&tmpl->saddr) ||
		gw_same_addr(family, &sa->info.saddr, &tmpl->saddr));
}

void gw_settle(struct gateway *gw)
{
	size_t i;

	for (i = 0; i < gw->nr_sas; i++) {
		struct gw_sa *sa = &gw->sas[i];
		uint16_t family = sa->info.family;

		if (sa->dir != GW_DIR_UNKNOWN)
			continue;
		if (gw_addr(gw, family, &sa->info.id.daddr))
			sa->dir = GW_DIR_IN;
		else if (gw_addr(gw, family, &sa->info.saddr))
			sa->dir = GW_DIR_OUT;
	}
}

const char *gw_addr_text(uint16_t family, const xfrm_address_t *addr,
			 char text[GW_ADDR_SIZE])
{
	if (!inet_ntop(family, addr, text, GW_ADDR_SIZE))
		snprintf(text, GW_ADDR_SIZE, "any");
	return text;
}

const char *gw_sa_name(const struct gw_sa *sa, char text[GW_NAME_SIZE])
{
	const char *proto = name_of(proto_names, sa->info.id.proto);
	char src[GW_ADDR_SIZE], dst[GW_ADDR_SIZE];
	uint16_t family = sa->info.family;

	snprintf(text, GW_NAME_SIZE, "src %s dst %s proto %s spi 0x%08x",
		 gw_addr_text(family, &sa->info.saddr, src),
		 gw_addr_text(family, &sa->info.id.daddr, dst),
		 proto ?: "unknown", ntohl(sa->info.id.spi));
	return text;
}

/* What of a selector is not addresses, with a space before each word. */
static void upper_words(const struct xfrm_selector *sel, char text[64])
{
	bool icmp = sel->proto == IPPROTO_ICMP || sel->proto == IPPROTO_ICMPV6;
	size_t length;

	text[0] = '\0';
	if (!sel->proto)
		return;
	length = snprintf(text, 64, " proto %u", sel->proto);
	if (sel->sport_mask)
		length += snprintf(text + length, 64 - length, " %s %u",
				   icmp ? "type" : "sport", ntohs(sel->sport));
	if (sel->dport_mask)
		snprintf(text + length, 64 - length, " %s %u",
			 icmp ? "code" : "dport", ntohs(sel->dport));
}

const char *gw_policy_name(const struct gw_policy *policy,
			   char text[GW_NAME_SIZE])
{
	static const char *const dirs[] = {
		[XFRM_POLICY_IN] = "in",
		[XFRM_POLICY_OUT] = "out",
		[XFRM_POLICY_FWD] = "fwd",
	};
	const struct xfrm_selector *sel = &policy->info.sel;
	char src[GW_ADDR_SIZE], dst[GW_ADDR_SIZE], upper[64];

	upper_words(sel, upper);
	snprintf(text, GW_NAME_SIZE, "src %s/%u dst %s/%u%s dir %s",
		 gw_addr_text(sel->family, &sel->saddr, src), sel->prefixlen_s,
		 gw_addr_text(sel->family, &sel->daddr, dst), sel->prefixlen_d,
		 upper, dirs[policy->info.dir % ARRAY_SIZE(dirs)]);
	return text;
}
