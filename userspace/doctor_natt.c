// SPDX-License-Identifier: GPL-2.0
/*
 * SAs with UDP encapsulation: what of a NAT's state can be seen from here.
 */
#include <linux/udp.h>
#include <netinet/in.h>

#include "doctor.h"

/* Seconds that a peer may be silent; NATs forget UDP after 30 and more. */
#define SILENCE	60

static bool has_socket(const struct gateway *gw, uint16_t family,
		       uint16_t port)
{
	size_t i;

	for (i = 0; i < gw->nr_ports; i++)
		if (gw->ports[i].port == port &&
		    (gw->ports[i].family == family || family == AF_INET))
			return true;
	return false;
}

/* A device of the module takes ESP out of UDP itself, but for fragments. */
static void judge_socket(const struct gateway *gw, const struct gw_sa *sa,
			 struct findings *findings)
{
	const struct gw_link *link = gw_link(gw, sa->ifindex);

	if (sa->dir != GW_DIR_IN ||
	    has_socket(gw, sa->info.family, sa->dport))
		return;
	if (link && link->espsimd)
		find(findings, RESULT_NOTE, "natt-no-socket",
		     "no socket has UDP port %u: %s takes ESP out of UDP, but what comes in fragments is lost",
		     sa->dport, link->name);
	else
		find(findings, RESULT_FAIL, "natt-no-socket",
		     "no socket has UDP port %u, and without one the kernel takes no ESP out of UDP",
		     sa->dport);
	find_sa(findings, sa);
	if (gw->daemon)
		find_mend(findings, "systemctl restart %s",
			  setting(gw, "strongswan", "ipsec", ""));
}

/* Those that come back, of any age, since old ones may still be in use. */
struct answers {
	size_t nr;
	size_t nr_same_port;
	uint16_t other_port;
	uint64_t packets;
};

static struct answers answers_to(const struct gateway *gw,
				 const struct gw_sa *sa)
{
	struct answers answers = { .nr = 0 };
	size_t i;

	for (i = 0; i < gw->nr_sas; i++) {
		const struct gw_sa *other = &gw->sas[i];

		if (other->dir != GW_DIR_IN || !other->encap ||
		    !gw_peers(sa, other))
			continue;
		answers.nr++;
		answers.packets += other->info.curlft.packets;
		if (other->sport == sa->dport)
			answers.nr_same_port++;
		else
			answers.other_port = other->sport;
	}
	return answers;
}

static void judge_answers(const struct gateway *gw, const struct gw_sa *sa,
			  struct findings *findings)
{
	const struct xfrm_lifetime_cur *cur = &sa->info.curlft;
	struct answers answers = answers_to(gw, sa);

	if (!answers.nr)
		return;
	if (!answers.nr_same_port) {
		find(findings, RESULT_WARN, "natt-port-mismatch",
		     "it sends to UDP port %u, and the way back comes from %u: the NAT has another mapping now",
		     sa->dport, answers.other_port);
		find_sa(findings, sa);
		mend_rekey(findings, gw, sa);
		return;
	}
	if (answers.packets || !cur->packets || !cur->use_time ||
	    gw->now < cur->use_time + SILENCE)
		return;
	find(findings, RESULT_WARN, "natt-no-answer",
	     "%llu packets went to UDP port %u, the first %llu s ago, and none came back: the NAT may have no mapping for it; set %s",
	     (unsigned long long)cur->packets, sa->dport,
	     (unsigned long long)(gw->now - cur->use_time),
	     setting(gw, "keep_alive = 20s in strongswan.conf",
		     "nat-keepalive=yes in ipsec.conf",
		     "keepalives at the host behind the NAT"));
	find_sa(findings, sa);
	mend_rekey(findings, gw, sa);
}

void judge_natt(const struct gateway *gw, struct findings *findings)
{
	size_t i;

	for (i = 0; i < gw->nr_sas; i++) {
		const struct gw_sa *sa = &gw->sas[i];

		if (sa->encap != UDP_ENCAP_ESPINUDP)
			continue;
		judge_socket(gw, sa, findings);
		if (sa->dir == GW_DIR_OUT)
			judge_answers(gw, sa, findings);
	}
}
