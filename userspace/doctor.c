// SPDX-License-Identifier: GPL-2.0
/*
 * What all judgements of `espsimd check gateway` share: naming objects, and the
 * commands that mend.
 */
#include <linux/udp.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "names.h"

void find_sa(struct findings *findings, const struct gw_sa *sa)
{
	char name[GW_NAME_SIZE];

	find_object(findings, gw_sa_name(sa, name));
}

void find_policy(struct findings *findings, const struct gw_policy *policy)
{
	char name[GW_NAME_SIZE];

	find_object(findings, gw_policy_name(policy, name));
}

const char *setting(const struct gateway *gw, const char *charon,
		    const char *pluto, const char *ip)
{
	switch (gw->daemon) {
	case GW_CHARON:
		return charon;
	case GW_PLUTO:
		return pluto;
	default:
		return ip;
	}
}

/* The device that an SA should be on: that of its address, or any. */
static const struct gw_link *device_for(const struct gateway *gw,
					const struct gw_sa *sa)
{
	const xfrm_address_t *local = gw_sa_local(sa);
	const struct gw_addr *addr = NULL;
	const struct gw_link *link = NULL;

	if (local)
		addr = gw_addr(gw, sa->info.family, local);
	if (addr)
		link = gw_link(gw, addr->ifindex);
	if (link && !link->espsimd)
		link = gw_espsimd(gw, link->ifindex);
	return link ?: gw_espsimd(gw, 0);
}

/* iproute2 before 6.2 knows the mode without the word for it. */
static void offload_words(const struct gateway *gw, const struct gw_sa *sa,
			  char *text, size_t size)
{
	const struct gw_link *link = device_for(gw, sa);
	char word[SHELL_WORD_SIZE];

	snprintf(text, size, " offload %sdev %s dir %s",
		 sa->packet ? "packet " : gw_old_ip(gw) ? "" : "crypto ",
		 link ? shell_word(link->name, word) : "esp0",
		 sa->dir == GW_DIR_IN ? "in" : "out");
}

/*
 * Never the same SA again: its numbers would begin at 1 under a key that has
 * sealed packets with them.
 */
static void mend_by_hand(struct findings *findings, const struct gateway *gw,
			 const struct gw_sa *sa)
{
	char src[GW_ADDR_SIZE], dst[GW_ADDR_SIZE], encap[64] = "";
	char offload[SHELL_WORD_SIZE + 32];
	uint16_t family = sa->info.family;

	if (sa->encap == UDP_ENCAP_ESPINUDP)
		snprintf(encap, sizeof(encap), " encap espinudp %u %u %s",
			 sa->sport, sa->dport,
			 family == AF_INET6 ? "::" : "0.0.0.0");
	offload_words(gw, sa, offload, sizeof(offload));
	find_mend(findings,
		  "ip xfrm state add src %s dst %s proto esp spi NEWSPI reqid %u mode %s aead 'rfc4106(gcm(aes))' \"$(cat NEWKEY)\" 128%s%s limit time-soft 3240 limit time-hard 3600%s",
		  gw_addr_text(family, &sa->info.saddr, src),
		  gw_addr_text(family, &sa->info.id.daddr, dst),
		  sa->info.reqid,
		  name_of(mode_names, sa->info.mode) ?: "tunnel",
		  sa->dir == GW_DIR_IN ? " replay-window 1024" : "", encap,
		  offload);
}

void mend_anew(struct findings *findings, const struct gateway *gw,
	       const struct gw_sa *sa)
{
	switch (gw->daemon) {
	case GW_CHARON:
		find_mend(findings,
			  "swanctl --load-conns && swanctl --terminate --child CHILD && swanctl --initiate --child CHILD");
		break;
	case GW_PLUTO:
		find_mend(findings,
			  "ipsec auto --replace CONN && ipsec auto --up CONN");
		break;
	default:
		mend_by_hand(findings, gw, sa);
		break;
	}
}

void mend_rekey(struct findings *findings, const struct gateway *gw,
		const struct gw_sa *sa)
{
	switch (gw->daemon) {
	case GW_CHARON:
		find_mend(findings, "swanctl --rekey --child CHILD");
		break;
	case GW_PLUTO:
		find_mend(findings, "ipsec auto --up CONN");
		break;
	default:
		mend_by_hand(findings, gw, sa);
		break;
	}
}

void judge_gateway(const struct gateway *gw, struct findings *findings)
{
	judge_offload(gw, findings);
	judge_algorithms(gw, findings);
	judge_numbers(gw, findings);
	judge_policies(gw, findings);
	judge_mtu(gw, findings);
	judge_natt(gw, findings);
}
