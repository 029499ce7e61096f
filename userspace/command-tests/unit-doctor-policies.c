// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check gateway: policies.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "unit-doctor.h"

static struct gw_policy *bypass(void)
{
	struct gw_policy *policy = &policies[3];

	doctor_policy(policy, XFRM_POLICY_OUT);
	policy->nr_tmpls = 0;
	policy->info.index = 33;
	gw.nr_policies = 4;
	return policy;
}

static void bypass_all(void)
{
	bypass()->info.sel.prefixlen_s = 8;
}

static void bypass_part(void)
{
	bypass()->info.sel.prefixlen_d = 24;
}

static void bypass_below(void)
{
	bypass()->info.priority = 11;
}

static void bypass_elsewhere(void)
{
	doctor_addr(AF_INET, &bypass()->info.sel.daddr, "10.3.0.0");
}

static void bypass_marked(void)
{
	bypass()->mark_mask = 1;
}

static void bypass_ike(void)
{
	struct gw_policy *policy = bypass();

	policy->info.sel.proto = IPPROTO_UDP;
	policy->info.sel.dport = htons(500);
	policy->info.sel.dport_mask = 0xffff;
}

static void bypass_icmp6(uint16_t type)
{
	struct gw_policy *policy = bypass();

	policy->info.sel.family = AF_INET6;
	policy->info.sel.proto = IPPROTO_ICMPV6;
	policy->info.sel.sport = htons(type);
	policy->info.sel.sport_mask = 0xffff;
	policies[4] = policies[OUT];
	policies[4].info.sel.family = AF_INET6;
	policy->info.sel.saddr = policies[4].info.sel.saddr;
	gw.nr_policies = 5;
}

static void bypass_neighbours(void)
{
	bypass_icmp6(135);
}

static void bypass_ping(void)
{
	bypass_icmp6(128);
}

static void bypass_groups(void)
{
	bypass_icmp6(143);
}

static void bypass_port(void)
{
	bypass_ike();
	policies[3].info.sel.dport = htons(53);
}

static void bypass_udp(void)
{
	bypass()->info.sel.proto = IPPROTO_UDP;
}

static void bypass_port_of_udp(void)
{
	bypass_port();
	policies[OUT].info.sel.proto = IPPROTO_UDP;
}

static void bypass_in(void)
{
	bypass()->info.dir = XFRM_POLICY_IN;
}

static void bypass_block(void)
{
	bypass()->info.action = XFRM_POLICY_BLOCK;
}

static void bypass_before_offloaded(void)
{
	bypass();
	policies[OUT].ifindex = ESP0;
	sas[OUT].packet = true;
}

static void no_out_sa(void)
{
	sas[OUT] = sas[IN];
	gw.nr_sas = 1;
}

static void other_reqid(void)
{
	sas[OUT].info.reqid = 2;
}

static void other_if_id(void)
{
	sas[OUT].if_id = 5;
}

/* A template for any peer. */
static void any_peer(void)
{
	memset(&policies[OUT].tmpls[0].id.daddr, 0, sizeof(xfrm_address_t));
}

static void no_out_sa_charon(void)
{
	no_out_sa();
	gw.daemon = GW_CHARON;
}

static void missed(void)
{
	no_out_sa();
	gw.no_states = 4;
}

static void missed_charon(void)
{
	missed();
	gw.daemon = GW_CHARON;
}

static void missed_elsewhere(void)
{
	missed();
	addrs[0].ifindex = ETH0;
}

static void missed_before(void)
{
	gw.no_states = 4;
}

static void packet_sa(void)
{
	sas[OUT].packet = true;
}

static void packet_policy(void)
{
	policies[OUT].ifindex = ESP0;
}

static void optional(void)
{
	policies[IN].tmpls[0].optional = 1;
}

static void optional_out(void)
{
	doctor_packet();
	policies[OUT].tmpls[0].optional = 1;
}

static void optional_comp(void)
{
	policies[OUT].tmpls[1] = policies[OUT].tmpls[0];
	policies[OUT].tmpls[0].id.proto = IPPROTO_COMP;
	policies[OUT].tmpls[0].optional = 1;
	policies[OUT].nr_tmpls = 2;
}

static void no_fwd(void)
{
	gw.nr_policies = 2;
}

static void no_fwd_host(void)
{
	no_fwd();
	gw.forwards4 = false;
}

static void no_fwd_own(void)
{
	no_fwd();
	policies[IN].info.sel.prefixlen_d = 32;
	doctor_addr(AF_INET, &policies[IN].info.sel.daddr, "10.1.0.1");
}

static void no_fwd_transport(void)
{
	no_fwd();
	policies[IN].tmpls[0].mode = XFRM_MODE_TRANSPORT;
}

static const struct rule rules[] = {
	FIRES("bypass-overlap", bypass_all, FAIL,
	      "ip xfrm policy delete dir out index 33",
	      "lets out all of src 10.1.0.0/16 dst 10.2.0.0/16"),
	FIRES("bypass-overlap", bypass_part, NOTE,
	      "ip xfrm policy delete dir out index 33", "lets out a part of"),
	FIRES("bypass-overlap", bypass_port, NOTE,
	      "ip xfrm policy delete dir out index 33", "a part of"),
	FIRES("bypass-overlap", bypass_ping, NOTE,
	      "ip xfrm policy delete dir out index 33", "a part of"),
	FIRES("bypass-overlap", bypass_groups, NOTE,
	      "ip xfrm policy delete dir out index 33", "a part of"),
	QUIET("bypass-overlap", bypass_neighbours),
	FIRES("bypass-overlap", bypass_udp, NOTE,
	      "ip xfrm policy delete dir out index 33", "a part of"),
	FIRES("bypass-overlap", bypass_port_of_udp, NOTE,
	      "ip xfrm policy delete dir out index 33", "a part of"),
	QUIET("bypass-overlap", bypass_in),
	QUIET("bypass-overlap", bypass_below),
	QUIET("bypass-overlap", bypass_elsewhere),
	QUIET("bypass-overlap", bypass_marked),
	QUIET("bypass-overlap", bypass_ike),
	QUIET("bypass-overlap", bypass_block),
	QUIET("bypass-overlap", bypass_before_offloaded),
	FIRES("policy-no-sa", no_out_sa, WARN, NEW_OUT, "it has no SA"),
	FIRES("policy-no-sa", no_out_sa_charon, NOTE,
	      "swanctl --terminate --child CHILD; swanctl --initiate --child CHILD",
	      "it has no SA"),
	FIRES("policy-no-sa", missed_elsewhere, WARN, NEW_OUT, "it has no SA"),
	FIRES("policy-no-sa", other_reqid, WARN, NEW_OUT, "it has no SA"),
	FIRES("policy-no-sa", other_if_id, WARN, NEW_OUT, "it has no SA"),
	QUIET("policy-no-sa", missed),
	QUIET("policy-no-sa", any_peer),
	FIRES("offload-flushed", missed, FAIL, NEW_OUT,
	      "4 packets have missed one: if esp0 was down"),
	FIRES("offload-flushed", missed_charon, WARN,
	      "swanctl --terminate --child CHILD; swanctl --initiate --child CHILD",
	      "esp0"),
	QUIET("offload-flushed", no_out_sa),
	QUIET("offload-flushed", missed_before),
	FIRES("policy-sa-mode", packet_sa, FAIL,
	      OUT_POLICY(" offload packet dev esp0"),
	      "its SAs are in packet mode"),
	FIRES("policy-sa-mode", packet_policy, FAIL, OUT_POLICY(""),
	      "it is offloaded to esp0"),
	QUIET("policy-sa-mode", doctor_packet),
	FIRES("policy-optional", optional, WARN,
	      "ip xfrm policy update src 10.2.0.0/16 dst 10.1.0.0/16 dir in priority 10 tmpl "
	      IN_ENDS " proto esp reqid 1 mode tunnel", "are taken in clear"),
	FIRES("policy-optional", optional_out, WARN,
	      OUT_POLICY(" offload packet dev esp0"), "leave in clear"),
	QUIET("policy-optional", optional_comp),
	FIRES("fwd-missing", no_fwd, FAIL,
	      "ip xfrm policy update src 10.2.0.0/16 dst 10.1.0.0/16 dir fwd priority 10 tmpl "
	      IN_ENDS " proto esp reqid 1 mode tunnel", "not passed on"),
	QUIET("fwd-missing", no_fwd_host),
	QUIET("fwd-missing", no_fwd_own),
	QUIET("fwd-missing", no_fwd_transport),
};

/* A policy that is added again keeps all that it has. */
static void test_whole_policy(void)
{
	struct findings findings = { .nr = 0 };
	const struct finding *finding;

	doctor_healthy();
	optional_comp();
	policies[OUT].tmpls[1].optional = 1;
	policies[OUT].mark = 3;
	policies[OUT].mark_mask = 15;
	policies[OUT].info.sel.proto = IPPROTO_TCP;
	policies[OUT].info.sel.dport = htons(80);
	policies[OUT].info.sel.dport_mask = 0xffff;
	judge_policies(&gw, &findings);
	finding = doctor_first(&findings, "policy-optional");
	ok_text(finding ? finding->mend : "",
		"ip xfrm policy update src 10.1.0.0/16 dst 10.2.0.0/16 proto 6 dport 80 dir out priority 10 mark 0x3 mask 0xf tmpl "
		OUT_ENDS " proto comp reqid 1 mode tunnel level use tmpl "
		OUT_ENDS " proto esp reqid 1 mode tunnel",
		"doctor: a policy with all its words");
	findings_free(&findings);
}

void test_doctor_policies(void)
{
	doctor_rules(rules, ARRAY_SIZE(rules));
	test_whole_policy();
}
