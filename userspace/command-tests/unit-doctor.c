// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check gateway: a gateway of which nothing is to be said, and what is
 * said when one thing about it is another. Each finding has a case in which it
 * shows, and one, as near as there is, in which it does not.
 */
#include <arpa/inet.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "unit-doctor.h"

struct gw_sa sas[4];
struct gw_policy policies[5];
struct gw_link links[5];
struct gw_addr addrs[3];
struct gw_port ports[2];
struct gateway gw;

void doctor_text(char to[GW_ALG_SIZE], const char *text)
{
	snprintf(to, GW_ALG_SIZE, "%s", text);
}

void doctor_addr(uint16_t family, xfrm_address_t *addr, const char *text)
{
	if (inet_pton(family, text, addr) != 1)
		abort();
}

void doctor_sa(struct gw_sa *sa, enum gw_dir dir, uint32_t spi)
{
	bool in = dir == GW_DIR_IN;

	*sa = (struct gw_sa){ .aead = "rfc4106(gcm(aes))", .key_bits = 160 };
	sa->icv_bits = 128;
	sa->dir = dir;
	sa->ifindex = ESP0;
	sa->window = in ? 1024 : 0;
	sa->info.family = AF_INET;
	sa->info.id.proto = IPPROTO_ESP;
	sa->info.id.spi = htonl(spi);
	sa->info.mode = XFRM_MODE_TUNNEL;
	sa->info.reqid = 1;
	doctor_addr(AF_INET, &sa->info.saddr, in ? "203.0.113.1" : "192.0.2.1");
	doctor_addr(AF_INET, &sa->info.id.daddr,
		    in ? "192.0.2.1" : "203.0.113.1");
	sa->info.lft = (struct xfrm_lifetime_cfg){
		.soft_byte_limit = XFRM_INF, .hard_byte_limit = XFRM_INF,
		.soft_packet_limit = XFRM_INF, .hard_packet_limit = XFRM_INF,
		.soft_add_expires_seconds = 3240,
		.hard_add_expires_seconds = 3600,
	};
	sa->info.curlft.add_time = NOW - 100;
	sa->info.curlft.use_time = NOW - 100;
	sa->info.curlft.packets = 1000;
	sa->seq = in ? 1000 : 0;
	sa->oseq = in ? 0 : 1000;
	if (!in)
		sa->route = (struct gw_route){ ESP0, 1500, "192.0.2.254" };
}

void doctor_policy(struct gw_policy *policy, uint8_t dir)
{
	bool out = dir == XFRM_POLICY_OUT;
	struct xfrm_user_tmpl *tmpl = &policy->tmpls[0];

	*policy = (struct gw_policy){ .nr_tmpls = 1 };
	policy->info.dir = dir;
	policy->info.index = 8 * (dir + 1);
	policy->info.priority = 10;
	policy->info.sel.family = AF_INET;
	policy->info.sel.prefixlen_s = 16;
	policy->info.sel.prefixlen_d = 16;
	doctor_addr(AF_INET, &policy->info.sel.saddr,
		    out ? "10.1.0.0" : "10.2.0.0");
	doctor_addr(AF_INET, &policy->info.sel.daddr,
		    out ? "10.2.0.0" : "10.1.0.0");
	tmpl->family = AF_INET;
	tmpl->id.proto = IPPROTO_ESP;
	tmpl->mode = XFRM_MODE_TUNNEL;
	tmpl->reqid = 1;
	doctor_addr(AF_INET, &tmpl->saddr, out ? "192.0.2.1" : "203.0.113.1");
	doctor_addr(AF_INET, &tmpl->id.daddr, out ? "203.0.113.1" : "192.0.2.1");
}

static void set_link(size_t i, uint32_t ifindex, const char *name)
{
	links[i] = (struct gw_link){ .ifindex = ifindex, .mtu = 1500 };
	links[i].up = true;
	links[i].loopback = ifindex == LO;
	snprintf(links[i].name, sizeof(links[i].name), "%s", name);
}

void doctor_healthy(void)
{
	gw = (struct gateway){
		.sas = sas, .nr_sas = 2, .policies = policies,
		.nr_policies = 3, .links = links, .nr_links = 4,
		.addrs = addrs, .nr_addrs = 2, .ports = ports, .nr_ports = 0,
		.module = true, .module_start = 100, .forwards4 = true,
		.clamps = true, .ip_major = 6, .ip_minor = 2, .now = NOW,
	};
	doctor_sa(&sas[OUT], GW_DIR_OUT, 0x1001);
	doctor_sa(&sas[IN], GW_DIR_IN, 0x1002);
	doctor_policy(&policies[OUT], XFRM_POLICY_OUT);
	doctor_policy(&policies[IN], XFRM_POLICY_IN);
	doctor_policy(&policies[FWD], XFRM_POLICY_FWD);
	set_link(0, LO, "lo");
	set_link(1, ETH0, "eth0");
	set_link(2, LAN0, "lan0");
	set_link(3, ESP0, "esp0");
	links[3].espsimd = true;
	links[3].feature = true;
	links[3].lower = ETH0;
	addrs[0] = (struct gw_addr){ AF_INET, 24, ESP0 };
	doctor_addr(AF_INET, &addrs[0].addr, "192.0.2.1");
	addrs[1] = (struct gw_addr){ AF_INET, 16, LAN0 };
	doctor_addr(AF_INET, &addrs[1].addr, "10.1.0.1");
}

struct gw_sa *doctor_soft(enum gw_dir dir)
{
	struct gw_sa *sa = &sas[dir == GW_DIR_IN ? IN : OUT];

	sas[IN].ifindex = 0;
	sas[OUT].ifindex = 0;
	return sa;
}

void doctor_nothing(void)
{
}

void doctor_packet(void)
{
	sas[OUT].packet = true;
	policies[OUT].ifindex = ESP0;
}

void doctor_cipher(const char *enc, const char *auth, uint32_t icv)
{
	struct gw_sa *sa = &sas[OUT];

	sa->aead[0] = '\0';
	doctor_text(sa->enc, enc);
	doctor_text(sa->auth, auth);
	sa->icv_bits = icv;
}

void doctor_cbc(void)
{
	doctor_cipher("cbc(aes)", "hmac(sha256)", 128);
}

void doctor_natt(void)
{
	sas[OUT].encap = UDP_ENCAP_ESPINUDP;
	sas[OUT].sport = 4500;
	sas[OUT].dport = 40000;
	sas[IN].encap = UDP_ENCAP_ESPINUDP;
	sas[IN].sport = 40000;
	sas[IN].dport = 4500;
	ports[0] = (struct gw_port){ AF_INET, 4500 };
	gw.nr_ports = 1;
}

const struct finding *doctor_first(const struct findings *findings,
				   const char *id)
{
	size_t i;

	for (i = 0; i < findings->nr; i++)
		if (!strcmp(findings->list[i].subject, id))
			return &findings->list[i];
	return NULL;
}

static bool as_expected(const struct finding *finding, const struct rule *rule)
{
	if (!finding || rule->result == SILENT)
		return !finding && rule->result == SILENT;
	return finding->result == rule->result && finding->object &&
	       strstr(finding->what, rule->words) &&
	       !finding->mend == !rule->mend &&
	       (!rule->mend || !strcmp(finding->mend, rule->mend));
}

static void test_rule(const struct rule *rule)
{
	struct findings findings = { .nr = 0 };
	const struct finding *finding;
	bool passed;

	doctor_healthy();
	rule->change();
	judge_gateway(&gw, &findings);
	finding = doctor_first(&findings, rule->id);
	passed = as_expected(finding, rule);
	if (!passed && finding)
		printf("# %s\n# %s\n", finding->what,
		       finding->mend ?: "no command");
	ok(passed, "doctor: %s: %s %s", rule->name, rule->id,
	   rule->result == SILENT ? "is not said" : "is said");
	findings_free(&findings);
}

/* Nothing is to be said of these at all. */
static void test_healthy(const char *name, void (*change)(void))
{
	struct findings findings = { .nr = 0 };

	doctor_healthy();
	change();
	judge_gateway(&gw, &findings);
	if (findings.nr)
		printf("# %s: %s\n", findings.list[0].subject,
		       findings.list[0].what);
	ok(!findings.nr, "doctor: nothing is to be said: %s", name);
	findings_free(&findings);
}

void doctor_rules(const struct rule *rules, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		test_rule(&rules[i]);
}

void test_doctor(void)
{
	test_healthy("a tunnel in crypto mode", doctor_nothing);
	test_healthy("packet mode", doctor_packet);
	test_healthy("behind a NAT", doctor_natt);
	test_doctor_offload();
	test_doctor_sas();
	test_doctor_policies();
	test_doctor_sizes();
}
