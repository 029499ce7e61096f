// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that do not fit into their tunnel.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"

/* SPI and sequence number, RFC 4303 section 2; pad length and next header. */
#define ESP_HEADER	8
#define ESP_TRAILER	2

#define IP4_HEADER	20
#define IP6_HEADER	40
#define UDP_HEADER	8
#define TCP_HEADER	20

/* What every host has to be able to take, RFC 791 and RFC 8200 section 5. */
#define IP4_MINIMUM	576
#define IP6_MINIMUM	1280

/* Bytes that ciphers add before what they seal, and round it up to. */
static const struct {
	const char *name;
	unsigned int iv;
	unsigned int block;
} ciphers[] = {
	{ "ecb(cipher_null)", 0, 1 },
	{ "cipher_null", 0, 1 },
	{ "rfc3686(ctr(aes))", 8, 1 },
	{ "cbc(des)", 8, 8 },
	{ "cbc(des3_ede)", 8, 8 },
	{ "cbc(blowfish)", 8, 8 },
	{ "cbc(cast5)", 8, 8 },
	{ "cbc(cast128)", 8, 8 },
};

/* The IV of all AEADs of ESP has 8 bytes, and that of block ciphers a block. */
static void cipher_of(const struct gw_sa *sa, unsigned int *iv,
		      unsigned int *block)
{
	size_t i;

	*iv = sa->aead[0] ? 8 : 16;
	*block = sa->aead[0] ? 1 : 16;
	for (i = 0; i < ARRAY_SIZE(ciphers); i++) {
		if (strcmp(ciphers[i].name, sa->enc))
			continue;
		*iv = ciphers[i].iv;
		*block = ciphers[i].block;
	}
	/* RFC 4303 section 2.4: the trailer ends on a multiple of four. */
	if (*block < 4)
		*block = 4;
}

uint32_t sa_inner_mtu(const struct gw_sa *sa, uint32_t mtu)
{
	unsigned int outer = sa->info.family == AF_INET6 ? IP6_HEADER :
							   IP4_HEADER;
	unsigned int iv, block, around, sealed, inside = 0;

	cipher_of(sa, &iv, &block);
	around = outer + (sa->encap ? UDP_HEADER : 0) + ESP_HEADER + iv +
		 sa->icv_bits / 8;
	if (mtu < around + block)
		return 0;
	sealed = (mtu - around) / block * block;
	/* In transport mode the packet keeps its header, outside. */
	if (!gw_is_tunnel(sa->info.mode))
		inside = outer;
	return sealed - ESP_TRAILER + inside;
}

/* Does a policy for IPv6 use the SA? */
static bool carries_ip6(const struct gateway *gw, const struct gw_sa *sa)
{
	size_t i, j;

	for (i = 0; i < gw->nr_policies; i++) {
		const struct gw_policy *policy = &gw->policies[i];

		if (policy->info.dir != XFRM_POLICY_OUT ||
		    policy->info.sel.family != AF_INET6)
			continue;
		for (j = 0; j < policy->nr_tmpls; j++)
			if (gw_uses(policy, &policy->tmpls[j], sa))
				return true;
	}
	return false;
}

static void judge_size(const struct gateway *gw, const struct gw_sa *sa,
		       uint32_t inner, struct findings *findings)
{
	uint32_t least = carries_ip6(gw, sa) ? IP6_MINIMUM : IP4_MINIMUM;
	char word[SHELL_WORD_SIZE];

	if (inner >= least)
		return;
	find(findings, RESULT_FAIL, "mtu-too-small",
	     "packets of %u bytes fit on the way to its other end, and so of %u bytes into it: %s needs %u",
	     sa->route.mtu, inner, least == IP6_MINIMUM ? "IPv6" : "IPv4",
	     least);
	find_number(findings, inner);
	find_sa(findings, sa);
	find_mend(findings, "ip link set %s mtu %u",
		  shell_word(gw_link_name(gw, sa->route.ifindex), word),
		  sa->route.mtu + least - inner + 16);
}

/* Without DF in the outer header routers cut what is sealed into pieces. */
static void judge_df(const struct gateway *gw, const struct gw_sa *sa,
		     uint32_t inner, struct findings *findings)
{
	if (!(sa->info.flags & XFRM_STATE_NOPMTUDISC) ||
	    sa->info.family != AF_INET || !gw_is_tunnel(sa->info.mode))
		return;
	find(findings, RESULT_WARN, "mtu-fragments",
	     "packets of more than %u bytes are sealed and then fragmented, since it has \"flag nopmtudisc\"; fragments are not offloaded",
	     inner);
	find_number(findings, inner);
	find_sa(findings, sa);
	if (gw->daemon)
		find_mend(findings, "sysctl -w net.ipv4.ip_no_pmtu_disc=0");
	else
		mend_anew(findings, gw, sa);
}

/* The device on the LAN's side with the largest packets. */
static const struct gw_link *widest(const struct gateway *gw,
				    uint32_t outside)
{
	const struct gw_link *found = NULL;
	size_t i;

	for (i = 0; i < gw->nr_links; i++) {
		const struct gw_link *link = &gw->links[i];

		if (!link->up || link->loopback || link->espsimd ||
		    link->ifindex == outside || gw_espsimd(gw, link->ifindex))
			continue;
		if (!found || link->mtu > found->mtu)
			found = link;
	}
	return found;
}

/* One rule is for all tunnels, so only the narrowest is told of. */
static void judge_mss(const struct gateway *gw, const struct gw_sa *narrowest,
		      uint32_t inner, struct findings *findings)
{
	const struct gw_link *link = widest(gw, narrowest->route.ifindex);
	uint32_t headers = TCP_HEADER + (gw->forwards4 ? IP4_HEADER :
							 IP6_HEADER);

	if (gw->clamps || (!gw->forwards4 && !gw->forwards6) || !link ||
	    link->mtu <= inner)
		return;
	find(findings, RESULT_NOTE, "mss-clamp-missing",
	     "hosts behind %s send packets of %u bytes, %u fit into it, and no rule of nft or iptables makes TCP take an MSS of %u: connections hang where ICMP does not get through",
	     link->name, link->mtu, inner, inner - headers);
	find_number(findings, inner);
	find_sa(findings, narrowest);
	find_mend(findings,
		  "nft 'table inet espsimd_mss { chain forward { type filter hook forward priority mangle; tcp flags syn tcp option maxseg size set rt mtu; }; }'");
}

static const struct gw_sa *sa_of(const struct gateway *gw,
				 const struct gw_policy *policy)
{
	size_t i;

	for (i = 0; i < gw->nr_sas; i++)
		if (policy->nr_tmpls && gw->sas[i].dir == GW_DIR_OUT &&
		    gw->sas[i].route.mtu &&
		    gw_uses(policy, &policy->tmpls[0], &gw->sas[i]))
			return &gw->sas[i];
	return NULL;
}

/*
 * Where the device applies policies the kernel does not know of the tunnel's
 * headers: only the route can say what fits.
 */
static void judge_route(const struct gateway *gw,
			const struct gw_policy *policy,
			struct findings *findings)
{
	const struct gw_link *link = gw_link(gw, policy->ifindex);
	const struct xfrm_selector *sel = &policy->info.sel;
	const struct gw_sa *sa = sa_of(gw, policy);
	char dst[GW_ADDR_SIZE], word[SHELL_WORD_SIZE];
	uint32_t inner;

	if (!link || !link->noxfrm || sel->family != AF_INET || !sa ||
	    policy->info.dir != XFRM_POLICY_OUT || !policy->route.mtu)
		return;
	inner = sa_inner_mtu(sa, sa->route.mtu);
	if (policy->route.mtu <= inner)
		return;
	find(findings, RESULT_WARN, "route-mtu",
	     "with disable_xfrm the kernel takes packets of %u bytes for its route, and %s drops those of more than %u",
	     policy->route.mtu, link->name, inner);
	find_number(findings, inner);
	find_policy(findings, policy);
	find_mend(findings, "ip route replace %s/%u%s%s dev %s mtu %u",
		  gw_addr_text(sel->family, &sel->daddr, dst),
		  sel->prefixlen_d, policy->route.via[0] ? " via " : "",
		  policy->route.via, shell_word(link->name, word), inner);
}

void judge_mtu(const struct gateway *gw, struct findings *findings)
{
	const struct gw_sa *narrowest = NULL;
	uint32_t inner, least = 0;
	size_t i;

	for (i = 0; i < gw->nr_sas; i++) {
		const struct gw_sa *sa = &gw->sas[i];

		if (sa->dir != GW_DIR_OUT || !sa->route.mtu ||
		    sa->info.id.proto != IPPROTO_ESP)
			continue;
		inner = sa_inner_mtu(sa, sa->route.mtu);
		judge_size(gw, sa, inner, findings);
		judge_df(gw, sa, inner, findings);
		if (gw_is_tunnel(sa->info.mode) &&
		    (!narrowest || inner < least)) {
			narrowest = sa;
			least = inner;
		}
	}
	if (narrowest && least >= IP4_MINIMUM)
		judge_mss(gw, narrowest, least, findings);
	for (i = 0; i < gw->nr_policies; i++)
		judge_route(gw, &gw->policies[i], findings);
}
