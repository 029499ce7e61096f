// SPDX-License-Identifier: GPL-2.0
/*
 * Policies that protect less than they seem to, or that lose packets.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"
#include "names.h"

#define IKE_PORT	500
#define NATT_PORT	4500

/* Types of ICMPv6 by which neighbours find each other, RFC 4861. */
#define ND_FIRST	133
#define ND_LAST		137

static bool protects(const struct gw_policy *policy)
{
	return policy->info.action == XFRM_POLICY_ALLOW && policy->nr_tmpls;
}

static bool bypasses(const struct gw_policy *policy)
{
	return policy->info.action == XFRM_POLICY_ALLOW && !policy->nr_tmpls;
}

static bool is_ike_port(uint16_t port)
{
	return ntohs(port) == IKE_PORT || ntohs(port) == NATT_PORT;
}

/* What has to pass for SAs to come up: IKE, and the neighbours of IPv6. */
static bool is_needed(const struct gw_policy *policy)
{
	const struct xfrm_selector *sel = &policy->info.sel;

	if (sel->proto == IPPROTO_ICMPV6)
		return sel->sport_mask && ntohs(sel->sport) >= ND_FIRST &&
		       ntohs(sel->sport) <= ND_LAST;
	return sel->proto == IPPROTO_UDP &&
	       (is_ike_port(sel->sport) || is_ike_port(sel->dport));
}

/* --- what selectors have in common --------------------------------------- */

static bool prefixes_meet(uint16_t family, const xfrm_address_t *one,
			  unsigned int one_bits, const xfrm_address_t *other,
			  unsigned int other_bits)
{
	return gw_in_prefix(family, one, other,
			    one_bits < other_bits ? one_bits : other_bits);
}

static bool numbers_meet(uint32_t one, uint32_t other)
{
	return !one || !other || one == other;
}

/* Ports with a mask of 0 are any port. */
static bool ports_meet(const struct xfrm_selector *one,
		       const struct xfrm_selector *other)
{
	return !((one->sport ^ other->sport) &
		 (one->sport_mask & other->sport_mask)) &&
	       !((one->dport ^ other->dport) &
		 (one->dport_mask & other->dport_mask));
}

static bool meet(const struct xfrm_selector *one,
		 const struct xfrm_selector *other)
{
	return one->family == other->family &&
	       prefixes_meet(one->family, &one->saddr, one->prefixlen_s,
			     &other->saddr, other->prefixlen_s) &&
	       prefixes_meet(one->family, &one->daddr, one->prefixlen_d,
			     &other->daddr, other->prefixlen_d) &&
	       numbers_meet(one->proto, other->proto) &&
	       numbers_meet(one->ifindex, other->ifindex) &&
	       ports_meet(one, other);
}

/* Given that they meet: is all of the other in the one? */
static bool covers(const struct xfrm_selector *one,
		   const struct xfrm_selector *other)
{
	return one->prefixlen_s <= other->prefixlen_s &&
	       one->prefixlen_d <= other->prefixlen_d &&
	       (!one->proto || one->proto == other->proto) &&
	       (!one->ifindex || one->ifindex == other->ifindex) &&
	       !(one->sport_mask & ~other->sport_mask) &&
	       !(one->dport_mask & ~other->dport_mask);
}

/* --- commands ------------------------------------------------------------ */

/* What the kernel wants to find a policy by, beside its selector or index. */
static void more_words(const struct gw_policy *policy, char text[64])
{
	size_t length = 0;

	text[0] = '\0';
	if (policy->mark_mask)
		length = snprintf(text, 64, " mark %#x mask %#x",
				  policy->mark, policy->mark_mask);
	if (policy->if_id)
		snprintf(text + length, 64 - length, " if_id %u",
			 policy->if_id);
}

static void mend_bypass(struct findings *findings,
			const struct gw_policy *bypass)
{
	char more[64];

	more_words(bypass, more);
	find_mend(findings, "ip xfrm policy delete dir %s index %u%s",
		  bypass->info.dir == XFRM_POLICY_OUT ? "out" :
		  bypass->info.dir == XFRM_POLICY_IN ? "in" : "fwd",
		  bypass->info.index, more);
}

/* Room for what one template needs in a command. */
#define TMPL_SIZE	(2 * GW_ADDR_SIZE + 96)

static size_t tmpl_words(const struct xfrm_user_tmpl *tmpl, char *text,
			 size_t size)
{
	char src[GW_ADDR_SIZE], dst[GW_ADDR_SIZE];

	if (!gw_is_tunnel(tmpl->mode))
		return snprintf(text, size,
				" tmpl proto %s reqid %u mode transport",
				name_of(proto_names, tmpl->id.proto) ?: "esp",
				tmpl->reqid);
	return snprintf(text, size,
			" tmpl src %s dst %s proto %s reqid %u mode %s%s",
			gw_addr_text(tmpl->family, &tmpl->saddr, src),
			gw_addr_text(tmpl->family, &tmpl->id.daddr, dst),
			name_of(proto_names, tmpl->id.proto) ?: "esp",
			tmpl->reqid,
			name_of(mode_names, tmpl->mode) ?: "tunnel",
			tmpl->id.proto == IPPROTO_COMP ? " level use" : "");
}

/* The policy as it should be: all that it wants required, for a direction. */
static void mend_policy(struct findings *findings, const struct gateway *gw,
			const struct gw_policy *policy, uint8_t dir,
			bool offloaded)
{
	const struct gw_link *link = gw_link(gw, policy->ifindex) ?:
				     gw_espsimd(gw, 0);
	char name[GW_NAME_SIZE], more[64], tmpls[GW_TMPLS * TMPL_SIZE] = "";
	char offload[SHELL_WORD_SIZE + 32] = "", word[SHELL_WORD_SIZE];
	struct gw_policy one = *policy;
	size_t i, length = 0;

	one.info.dir = dir;
	more_words(policy, more);
	if (offloaded)
		snprintf(offload, sizeof(offload), " offload packet dev %s",
			 link ? shell_word(link->name, word) : "esp0");
	for (i = 0; i < policy->nr_tmpls; i++)
		length += tmpl_words(&policy->tmpls[i], tmpls + length,
				     sizeof(tmpls) - length);
	find_mend(findings, "ip xfrm policy update %s priority %u%s%s%s",
		  gw_policy_name(&one, name), policy->info.priority, more,
		  offload, tmpls);
}

/* --- policies that bypass ------------------------------------------------ */

/* The kernel prefers policies that are offloaded, then by priority. */
static bool wins(const struct gw_policy *one, const struct gw_policy *other)
{
	if (!one->ifindex != !other->ifindex)
		return one->ifindex;
	return one->info.priority <= other->info.priority;
}

static void judge_bypass(const struct gateway *gw,
			 const struct gw_policy *bypass,
			 struct findings *findings)
{
	char name[GW_NAME_SIZE];
	size_t i;

	for (i = 0; i < gw->nr_policies; i++) {
		const struct gw_policy *policy = &gw->policies[i];
		bool all;

		if (!protects(policy) ||
		    policy->info.dir != bypass->info.dir ||
		    policy->if_id != bypass->if_id ||
		    policy->mark != bypass->mark ||
		    policy->mark_mask != bypass->mark_mask ||
		    !meet(&bypass->info.sel, &policy->info.sel) ||
		    !wins(bypass, policy))
			continue;
		all = covers(&bypass->info.sel, &policy->info.sel);
		find(findings, all ? RESULT_FAIL : RESULT_NOTE,
		     "bypass-overlap",
		     "in clear it lets %s %s of %s, by priority %u over %u",
		     bypass->info.dir == XFRM_POLICY_OUT ? "out" : "in",
		     all ? "all" : "a part",
		     gw_policy_name(policy, name),
		     bypass->info.priority, policy->info.priority);
		find_policy(findings, bypass);
		mend_bypass(findings, bypass);
		return;
	}
}

/* --- policies and their SAs ---------------------------------------------- */

enum match {
	MATCH_NONE,
	MATCH_OTHER_MODE,
	MATCH_FULL,
};

/* Policies in packet mode use only SAs in packet mode, and others never do. */
static enum match best_match(const struct gateway *gw,
			     const struct gw_policy *policy,
			     const struct xfrm_user_tmpl *tmpl)
{
	enum match match = MATCH_NONE;
	size_t i;

	for (i = 0; i < gw->nr_sas && match != MATCH_FULL; i++) {
		const struct gw_sa *sa = &gw->sas[i];
		uint32_t packet = sa->packet ? sa->ifindex : 0;

		if (sa->dir == GW_DIR_IN || !gw_uses(policy, tmpl, sa))
			continue;
		match = packet == policy->ifindex ? MATCH_FULL :
						    MATCH_OTHER_MODE;
	}
	return match;
}

static void other_mode(const struct gateway *gw,
		       const struct gw_policy *policy,
		       struct findings *findings)
{
	if (policy->ifindex)
		find(findings, RESULT_FAIL, "policy-sa-mode",
		     "it is offloaded to %s, its SAs are not in packet mode there, and its packets are lost",
		     gw_link_name(gw, policy->ifindex));
	else
		find(findings, RESULT_FAIL, "policy-sa-mode",
		     "its SAs are in packet mode, it is not offloaded itself, and its packets are lost");
	find_policy(findings, policy);
	mend_policy(findings, gw, policy, policy->info.dir, !policy->ifindex);
}

/* The device that would have had the SAs of a template. */
static const struct gw_link *device_of(const struct gateway *gw,
				       const struct gw_policy *policy,
				       const struct xfrm_user_tmpl *tmpl)
{
	const struct gw_link *link = gw_link(gw, policy->ifindex);
	const struct gw_addr *addr;

	if (!link && gw_is_tunnel(tmpl->mode)) {
		addr = gw_addr(gw, tmpl->family, &tmpl->saddr);
		link = addr ? gw_link(gw, addr->ifindex) : NULL;
	}
	return link && link->espsimd ? link : NULL;
}

/* An SA as the template wants it, for the command that adds one. */
static struct gw_sa wanted(const struct gw_policy *policy,
			   const struct xfrm_user_tmpl *tmpl)
{
	struct gw_sa sa = { .dir = GW_DIR_OUT, .packet = policy->ifindex };

	sa.info.id.proto = tmpl->id.proto;
	sa.info.mode = tmpl->mode;
	sa.info.reqid = tmpl->reqid;
	sa.info.family = tmpl->family;
	sa.info.saddr = tmpl->saddr;
	sa.info.id.daddr = tmpl->id.daddr;
	if (!gw_is_tunnel(tmpl->mode)) {
		sa.info.family = policy->info.sel.family;
		sa.info.saddr = policy->info.sel.saddr;
		sa.info.id.daddr = policy->info.sel.daddr;
	}
	return sa;
}

/*
 * The kernel deletes SAs of a device that is set down, and does not tell the
 * daemon. Daemons have policies without SAs too, as traps for first packets.
 */
static void no_sa(const struct gateway *gw, const struct gw_policy *policy,
		  const struct xfrm_user_tmpl *tmpl, struct findings *findings)
{
	const struct gw_link *link = device_of(gw, policy, tmpl);
	struct gw_sa sa = wanted(policy, tmpl);

	if (link && gw->no_states)
		find(findings, gw->daemon ? RESULT_WARN : RESULT_FAIL,
		     "offload-flushed",
		     "it has no SA, and %llu packets have missed one: if %s was down, the kernel has deleted the SAs on it, and has told nobody",
		     (unsigned long long)gw->no_states, link->name);
	else
		find(findings, gw->daemon ? RESULT_NOTE : RESULT_WARN,
		     "policy-no-sa",
		     "it has no SA, and its packets are lost until there is one");
	find_policy(findings, policy);
	if (gw->daemon == GW_CHARON)
		find_mend(findings,
			  "swanctl --terminate --child CHILD; swanctl --initiate --child CHILD");
	else
		mend_anew(findings, gw, &sa);
}

static void judge_tmpl(const struct gateway *gw,
		       const struct gw_policy *policy,
		       const struct xfrm_user_tmpl *tmpl,
		       struct findings *findings)
{
	/* Small packets are not compressed, so that template is optional. */
	if (tmpl->id.proto == IPPROTO_COMP)
		return;
	if (tmpl->optional) {
		find(findings, RESULT_WARN, "policy-optional",
		     "its template has \"level use\": without an SA packets %s in clear",
		     policy->info.dir == XFRM_POLICY_OUT ? "leave" :
							   "are taken");
		find_policy(findings, policy);
		mend_policy(findings, gw, policy, policy->info.dir,
			    policy->ifindex);
		return;
	}
	if (policy->info.dir != XFRM_POLICY_OUT)
		return;
	switch (best_match(gw, policy, tmpl)) {
	case MATCH_NONE:
		no_sa(gw, policy, tmpl, findings);
		break;
	case MATCH_OTHER_MODE:
		other_mode(gw, policy, findings);
		break;
	case MATCH_FULL:
		break;
	}
}

/* --- packets out of tunnels ---------------------------------------------- */

/* The kernel asks for other policies about packets that it passes on. */
static bool is_forwarded(const struct gateway *gw,
			 const struct gw_policy *policy)
{
	const struct xfrm_selector *sel = &policy->info.sel;
	unsigned int all = sel->family == AF_INET6 ? 128 : 32;

	if (sel->family == AF_INET6 ? !gw->forwards6 : !gw->forwards4)
		return false;
	return sel->prefixlen_d != all ||
	       !gw_addr(gw, sel->family, &sel->daddr);
}

static bool has_forward(const struct gateway *gw, const struct gw_policy *in)
{
	size_t i;

	for (i = 0; i < gw->nr_policies; i++)
		if (gw->policies[i].info.dir == XFRM_POLICY_FWD &&
		    gw->policies[i].if_id == in->if_id &&
		    meet(&gw->policies[i].info.sel, &in->info.sel))
			return true;
	return false;
}

static void judge_forward(const struct gateway *gw,
			  const struct gw_policy *policy,
			  struct findings *findings)
{
	const struct xfrm_user_tmpl *tmpl = &policy->tmpls[0];

	if (policy->info.dir != XFRM_POLICY_IN || !gw_is_tunnel(tmpl->mode) ||
	    !is_forwarded(gw, policy) || has_forward(gw, policy))
		return;
	find(findings, RESULT_FAIL, "fwd-missing",
	     "there is no policy with \"dir fwd\" for it: what comes out of the tunnel is not passed on or, from SAs in crypto mode, passed on without a check");
	find_policy(findings, policy);
	mend_policy(findings, gw, policy, XFRM_POLICY_FWD, policy->ifindex);
}

void judge_policies(const struct gateway *gw, struct findings *findings)
{
	size_t i, j;

	for (i = 0; i < gw->nr_policies; i++) {
		const struct gw_policy *policy = &gw->policies[i];

		if (bypasses(policy) && !is_needed(policy))
			judge_bypass(gw, policy, findings);
		if (!protects(policy))
			continue;
		for (j = 0; j < policy->nr_tmpls; j++)
			judge_tmpl(gw, policy, &policy->tmpls[j], findings);
		judge_forward(gw, policy, findings);
	}
}
