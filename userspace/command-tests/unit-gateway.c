// SPDX-License-Identifier: GPL-2.0
/*
 * The facts of a gateway that a stand-in for the kernel tells, and how they are
 * judged as a whole.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "../gateway.h"
#include "unit.h"

#define ESP0	7
#define SA_DIR	33

static const char *root;
static int xfrm_error;

/* Attributes with algorithms: name, lengths, and the key itself. */
struct alg {
	char name[64];
	uint32_t key_bits;
	uint32_t icv_bits;
	char key[20];
};

static struct nlmsghdr *new_sa(const struct nlmsghdr *request, const char *src,
			       const char *dst)
{
	struct xfrm_usersa_info info = { .family = AF_INET, .reqid = 5 };
	struct nlmsghdr *nlh;
	void *header;

	inet_pton(AF_INET, src, &info.saddr);
	inet_pton(AF_INET, dst, &info.id.daddr);
	info.id.proto = IPPROTO_ESP;
	info.id.spi = htonl(0x1001);
	info.mode = XFRM_MODE_TUNNEL;
	info.flags = XFRM_STATE_ESN;
	info.replay_window = 32;
	nlh = fake_message_of(request, &header, sizeof(info));
	nlh->nlmsg_type = XFRM_MSG_NEWSA;
	memcpy(header, &info, sizeof(info));
	return nlh;
}

static void put_aead(struct nlmsghdr *nlh)
{
	struct alg alg = { "rfc4106(gcm(aes))", 160, 128, "secret" };

	mnl_attr_put(nlh, XFRMA_ALG_AEAD, sizeof(alg), &alg);
}

static void put_all(struct nlmsghdr *nlh)
{
	struct xfrm_encap_tmpl encap = { UDP_ENCAP_ESPINUDP, htons(4500),
					 htons(40000) };
	struct xfrm_user_offload offload = { ESP0, 2 | 4 };
	struct xfrm_replay_state_esn esn = {
		.seq = 3, .seq_hi = 1, .oseq = 4, .oseq_hi = 2,
		.replay_window = 1024,
	};

	put_aead(nlh);
	mnl_attr_put(nlh, XFRMA_ENCAP, sizeof(encap), &encap);
	mnl_attr_put(nlh, XFRMA_OFFLOAD_DEV, sizeof(offload), &offload);
	mnl_attr_put(nlh, XFRMA_REPLAY_ESN_VAL, sizeof(esn), &esn);
	mnl_attr_put_u32(nlh, XFRMA_IF_ID, 9);
	mnl_attr_put_u32(nlh, XFRMA_TFCPAD, 11);
}

static void put_pair(struct nlmsghdr *nlh)
{
	struct alg enc = { "cbc(aes)", 128, 0, "secret" };
	struct alg auth = { "hmac(sha256)", 256, 96, "secret" };
	struct xfrm_replay_state replay = { .seq = 6, .oseq = 5 };

	mnl_attr_put(nlh, XFRMA_ALG_CRYPT, sizeof(enc), &enc);
	mnl_attr_put(nlh, XFRMA_ALG_AUTH_TRUNC, sizeof(auth), &auth);
	mnl_attr_put(nlh, XFRMA_REPLAY_VAL, sizeof(replay), &replay);
	mnl_attr_put_u8(nlh, SA_DIR, 2);
}

static void put_policy(const struct nlmsghdr *request, uint8_t dir,
		       uint8_t type)
{
	struct xfrm_userpolicy_info info = { .dir = dir, .priority = 77 };
	struct xfrm_user_tmpl tmpls[2] = { { .reqid = 5 }, { .reqid = 6 } };
	struct xfrm_userpolicy_type attr = { .type = type };
	struct xfrm_user_offload offload = { ESP0, 0 };
	struct xfrm_mark mark = { 1, 3 };
	struct nlmsghdr *nlh;
	void *header;

	nlh = fake_message_of(request, &header, sizeof(info));
	nlh->nlmsg_type = XFRM_MSG_NEWPOLICY;
	memcpy(header, &info, sizeof(info));
	mnl_attr_put(nlh, XFRMA_TMPL, sizeof(tmpls), tmpls);
	mnl_attr_put(nlh, XFRMA_POLICY_TYPE, sizeof(attr), &attr);
	mnl_attr_put(nlh, XFRMA_OFFLOAD_DEV, sizeof(offload), &offload);
	mnl_attr_put(nlh, XFRMA_MARK, sizeof(mark), &mark);
	mnl_attr_put_u32(nlh, XFRMA_IF_ID, 9);
}

static void xfrm(const struct nlmsghdr *request)
{
	if (xfrm_error) {
		fake_ack(request, xfrm_error, NULL, true);
		return;
	}
	if (request->nlmsg_type == XFRM_MSG_GETSA) {
		put_all(new_sa(request, "192.0.2.2", "192.0.2.1"));
		put_pair(new_sa(request, "198.51.100.1", "198.51.100.2"));
		/* A larval one. */
		new_sa(request, "192.0.2.2", "192.0.2.1");
		put_aead(new_sa(request, "192.0.2.1", "192.0.2.2"));
		put_aead(new_sa(request, "192.0.2.3", "192.0.2.2"));
	} else {
		put_policy(request, XFRM_POLICY_OUT, XFRM_POLICY_TYPE_MAIN);
		put_policy(request, XFRM_POLICY_OUT, XFRM_POLICY_TYPE_SUB);
		put_policy(request, XFRM_POLICY_MAX, XFRM_POLICY_TYPE_MAIN);
	}
	fake_done(request, 0, NULL);
}

static void test_sas(void)
{
	struct gateway gw = { .nr_sas = 0 };
	const struct gw_sa *sa;
	int err;

	fake_set_rest(xfrm);
	err = gw_xfrm_sas(&gw);
	ok(!err && gw.nr_sas == 4, "gateway: SAs that are not larval");
	ok(fake_wiped(), "gateway: messages with keys are wiped");
	if (err || gw.nr_sas != 4)
		abort();
	sa = &gw.sas[0];
	ok(!strcmp(sa->aead, "rfc4106(gcm(aes))") && sa->key_bits == 160 &&
	   sa->icv_bits == 128, "gateway: AEAD");
	ok(sa->encap == UDP_ENCAP_ESPINUDP && sa->sport == 4500 &&
	   sa->dport == 40000, "gateway: encapsulation");
	ok(sa->ifindex == ESP0 && sa->packet && sa->dir == GW_DIR_IN,
	   "gateway: offload");
	ok(sa->seq == 0x100000003 && sa->oseq == 0x200000004 && sa->esn &&
	   sa->window == 1024, "gateway: numbers");
	ok(sa->if_id == 9 && sa->tfcpad == 11, "gateway: interface id, TFC");
	sa = &gw.sas[1];
	ok(!strcmp(sa->enc, "cbc(aes)") && !strcmp(sa->auth, "hmac(sha256)") &&
	   sa->icv_bits == 96, "gateway: cipher and hash");
	ok(sa->seq == 6 && sa->oseq == 5 && sa->window == 32 &&
	   sa->dir == GW_DIR_OUT && !sa->ifindex,
	   "gateway: SA of another kind");
	gw_free(&gw);
}

static void test_policies(void)
{
	struct gateway gw = { .nr_sas = 0 };
	const struct gw_policy *policy;
	int err;

	err = gw_xfrm_policies(&gw);
	ok(!err && gw.nr_policies == 1,
	   "gateway: policies of the main kind, of no socket");
	if (err || gw.nr_policies != 1)
		abort();
	policy = &gw.policies[0];
	ok(policy->info.priority == 77 && policy->nr_tmpls == 2 &&
	   policy->tmpls[1].reqid == 6 && policy->mark == 1 &&
	   policy->mark_mask == 3 && policy->if_id == 9 &&
	   policy->ifindex == ESP0, "gateway: policy");
	gw_free(&gw);
}

static void cut_sa(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh;
	void *header;

	nlh = fake_message_of(request, &header,
			      sizeof(struct xfrm_usersa_info) - 8);
	nlh->nlmsg_type = XFRM_MSG_NEWSA;
	fake_done(request, 0, NULL);
}

static void cut_attr(const struct nlmsghdr *request)
{
	struct alg alg = { "rfc4106(gcm(aes))" };

	/* It ends within the lengths. */
	mnl_attr_put(new_sa(request, "192.0.2.1", "192.0.2.2"),
		     XFRMA_ALG_AEAD, sizeof(alg.name) + 2, &alg);
	fake_done(request, 0, NULL);
}

static void many_tmpls(const struct nlmsghdr *request)
{
	struct xfrm_user_tmpl tmpls[GW_TMPLS + 1] = { { .reqid = 5 } };
	struct nlmsghdr *nlh;
	void *header;

	nlh = fake_message_of(request, &header,
			      sizeof(struct xfrm_userpolicy_info));
	nlh->nlmsg_type = XFRM_MSG_NEWPOLICY;
	mnl_attr_put(nlh, XFRMA_TMPL, sizeof(tmpls), tmpls);
	fake_done(request, 0, NULL);
}

static void test_malformed(void)
{
	struct gateway gw = { .nr_sas = 0 };

	fake_set_rest(cut_sa);
	ok(gw_xfrm_sas(&gw) == -EBADMSG, "gateway: SA that is cut off");
	fake_set_rest(cut_attr);
	ok(gw_xfrm_sas(&gw) == -EBADMSG,
	   "gateway: algorithm that is cut off");
	fake_set_rest(many_tmpls);
	ok(gw_xfrm_policies(&gw) == -EBADMSG,
	   "gateway: policy with too many templates");
	fake_set_rest(xfrm);
	xfrm_error = -EPERM;
	ok(gw_xfrm_sas(&gw) == -EPERM, "gateway: SAs that are kept secret");
	xfrm_error = 0;
	gw_free(&gw);
}

/* --- devices, addresses, routes ------------------------------------------ */

static void put_link(const struct nlmsghdr *request, int ifindex,
		     const char *name, uint32_t mtu, unsigned int flags)
{
	struct nlmsghdr *nlh;
	struct ifinfomsg *info;
	void *header;

	nlh = fake_message_of(request, &header, sizeof(*info));
	nlh->nlmsg_type = RTM_NEWLINK;
	info = header;
	info->ifi_index = ifindex;
	info->ifi_flags = flags;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
}

/* On a point-to-point link, where the address is the other end's. */
static void put_addr(const struct nlmsghdr *request)
{
	struct in_addr own = { inet_addr("192.0.2.1") };
	struct in_addr other = { inet_addr("192.0.2.99") };
	struct nlmsghdr *nlh;
	struct ifaddrmsg *info;
	void *header;

	nlh = fake_message_of(request, &header, sizeof(*info));
	nlh->nlmsg_type = RTM_NEWADDR;
	info = header;
	info->ifa_family = AF_INET;
	info->ifa_prefixlen = 24;
	info->ifa_index = ESP0;
	mnl_attr_put(nlh, IFA_ADDRESS, sizeof(other), &other);
	mnl_attr_put(nlh, IFA_LOCAL, sizeof(own), &own);
}

/* One destination has an MTU of its own, and one cannot be reached. */
static void put_route(const struct nlmsghdr *request)
{
	const struct rtmsg *asked = mnl_nlmsg_get_payload(request);
	struct in_addr via = { inet_addr("192.0.2.254") };
	struct nlattr *metrics;
	const struct nlattr *attr;
	struct in_addr dst = { 0 };
	struct nlmsghdr *nlh;
	struct rtmsg *info;
	void *header;

	mnl_attr_for_each(attr, request, sizeof(*asked))
		if (mnl_attr_get_type(attr) == RTA_DST)
			memcpy(&dst, mnl_attr_get_payload(attr), sizeof(dst));
	if (dst.s_addr == inet_addr("198.51.100.2")) {
		fake_ack(request, -ENETUNREACH, NULL, true);
		return;
	}
	nlh = fake_message_of(request, &header, sizeof(*info));
	nlh->nlmsg_type = RTM_NEWROUTE;
	nlh->nlmsg_flags = 0;
	info = header;
	info->rtm_family = AF_INET;
	info->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(nlh, RTA_OIF, ESP0);
	mnl_attr_put(nlh, RTA_GATEWAY, sizeof(via), &via);
	if (dst.s_addr == inet_addr("10.2.0.0")) {
		metrics = mnl_attr_nest_start(nlh, RTA_METRICS);
		mnl_attr_put_u32(nlh, RTAX_MTU, 1400);
		mnl_attr_nest_end(nlh, metrics);
	}
	fake_ack(request, 0, NULL, true);
}

static void rest(const struct nlmsghdr *request)
{
	if (fake_protocol() == NETLINK_XFRM) {
		xfrm(request);
		return;
	}
	if (fake_protocol() != NETLINK_ROUTE) {
		fake_ack(request, -EOPNOTSUPP, NULL, true);
		return;
	}
	switch (request->nlmsg_type) {
	case RTM_GETLINK:
		put_link(request, 1, "lo", 65536, IFF_UP | IFF_LOOPBACK);
		put_link(request, ESP0, "esp0", 1500, 0);
		fake_done(request, 0, NULL);
		break;
	case RTM_GETADDR:
		put_addr(request);
		fake_done(request, 0, NULL);
		break;
	default:
		put_route(request);
		break;
	}
}

static void test_net(void)
{
	struct gateway gw = { .nr_sas = 0 };
	struct gw_policy *policy;
	const struct gw_link *link;
	int err;

	root_file("proc/sys/net/ipv4/conf/all/forwarding", "1\n");
	root_file("proc/sys/net/ipv4/conf/esp0/disable_xfrm", "1\n");
	fake_set_rest(rest);
	if (gw_xfrm_sas(&gw) || gw_xfrm_policies(&gw))
		abort();
	policy = &gw.policies[0];
	policy->info.sel.family = AF_INET;
	policy->info.sel.prefixlen_d = 16;
	inet_pton(AF_INET, "10.2.0.0", &policy->info.sel.daddr);
	err = gw_net_read(&gw, root);
	link = gw_link(&gw, ESP0);
	ok(!err && gw.nr_links == 2 && link && !strcmp(link->name, "esp0") &&
	   link->mtu == 1500 && !link->up && !link->loopback && link->noxfrm,
	   "gateway: devices");
	link = gw_link(&gw, 1);
	ok(link && link->up && link->loopback && !link->noxfrm,
	   "gateway: the loopback device");
	ok(gw.nr_addrs == 1 && gw.addrs[0].ifindex == ESP0 &&
	   gw.addrs[0].prefixlen == 24 &&
	   gw_addr(&gw, AF_INET, &gw.sas[0].info.id.daddr),
	   "gateway: the own address, not the other end's");
	ok(gw.forwards4 && !gw.forwards6, "gateway: forwarding");
	ok(gw.sas[2].dir == GW_DIR_OUT && gw.sas[3].dir == GW_DIR_UNKNOWN,
	   "gateway: directions by addresses");
	gw.sas[2].dir = GW_DIR_IN;
	gw_settle(&gw);
	ok(gw.sas[2].dir == GW_DIR_IN, "gateway: a direction that is known");
	ok(gw.sas[2].route.ifindex == ESP0 && gw.sas[2].route.mtu == 1500 &&
	   !strcmp(gw.sas[2].route.via, "192.0.2.254"),
	   "gateway: route with the device's MTU");
	ok(!gw.sas[1].route.ifindex && !gw.sas[1].route.mtu &&
	   !gw.sas[0].route.ifindex, "gateway: no route");
	ok(policy->route.mtu == 1400, "gateway: route with an MTU");
	gw_free(&gw);
}

/* --- the module ---------------------------------------------------------- */

static unsigned int asked;
static char asked_alg[64];
static uint32_t asked_bits;

static void module(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	const struct nlattr *attr;
	struct nlmsghdr *nlh;

	if (genl->cmd == ESPSIMD_CMD_DEV_GET) {
		nlh = fake_message(request, NLM_F_MULTI);
		mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_IFINDEX, ESP0);
		mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_LOWER_IFINDEX, 1);
		mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE_ACTIVE, 1);
		mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE_USABLE, 2);
		fake_done(request, 0, NULL);
		return;
	}
	asked++;
	asked_alg[0] = '\0';
	mnl_attr_for_each(attr, request, sizeof(*genl)) {
		if (mnl_attr_get_type(attr) == ESPSIMD_A_SA_ALG)
			snprintf(asked_alg, sizeof(asked_alg), "%s",
				 mnl_attr_get_str(attr));
		else if (mnl_attr_get_type(attr) == ESPSIMD_A_SA_KEY_BITS)
			asked_bits = mnl_attr_get_u32(attr);
	}
	if (asked_alg[0])
		fake_ack(request, 0, NULL, true);
	else
		fake_ack(request, -EOPNOTSUPP, "espsimd: no AEAD", true);
}

static void test_module(void)
{
	struct gateway gw = { .nr_sas = 0 };
	const struct gw_link *link;
	struct nl nl;
	int err;

	fake_set(module);
	if (gw_xfrm_sas(&gw) || gw_net_read(&gw, root) || nl_open(&nl))
		abort();
	err = gw_module_read(&gw, &nl);
	nl_close(&nl);
	link = gw_link(&gw, ESP0);
	ok(!err && gw.module && link && link->espsimd && link->lower == 1 &&
	   gw_espsimd(&gw, 1) == link && !gw_espsimd(&gw, ESP0),
	   "gateway: the module's device");
	ok(asked == 3 && !gw.sas[0].asked && gw.sas[1].asked,
	   "gateway: the module is asked about SAs that it has not got");
	ok(!strcmp(gw.sas[1].refusal, "espsimd: no AEAD") &&
	   !gw.sas[2].refusal[0], "gateway: the module's answers");
	ok(!strcmp(asked_alg, "rfc4106(gcm(aes))") && asked_bits == 128,
	   "gateway: keys are asked about without their salts");
	gw_free(&gw);
}

/* --- all of it ----------------------------------------------------------- */

static void test_whole(void)
{
	static const struct options text = { .json = false };
	const struct command *command = check_object.commands + 1;
	struct check check = { .nl_err = -ENOENT };
	const char *output;
	size_t i, nr = 0;
	int code;

	fake_set_rest(rest);
	fake_set(NULL);
	check_gateway(&check, root, "1.2.3");
	for (i = 0; i < check.findings.nr; i++)
		nr += !strcmp(check.findings.list[i].subject,
			      "module-missing");
	ok(nr == 3, "gateway: without the module it is judged as well");
	findings_free(&check.findings);

	check.nl_err = -EPERM;
	check_gateway(&check, root, "1.2.3");
	ok(check.findings.nr == 1 && check.findings.failed == 1 &&
	   strstr(check.findings.list[0].what, "the module's devices cannot"),
	   "gateway: nothing is judged by half of the facts");
	findings_free(&check.findings);

	xfrm_error = -EPERM;
	output = run(command, &text, "", &code);
	ok_text(output,
		"fail  facts         SAs cannot be read: Operation not permitted\n"
		"1 failures, 0 warnings, 0 notes.\n",
		"gateway: output");
	ok(code == EXIT_FAILURE, "gateway: exit code");
	xfrm_error = 0;
}

/* A finding about one thing says which. */
static void test_output(void)
{
	static const struct options text = { .json = false };
	static const struct options json = { .json = true };
	struct findings findings = { .nr = 0 };

	find(&findings, RESULT_NOTE, "icv-short", "it is");
	find_object(&findings, "src A dst B");
	find_mend(&findings, "mend it");
	capture_begin();
	findings_list(&findings, &text);
	ok_text(capture_end(),
		"note  icv-short     src A dst B: it is\n"
		"                    mend: mend it\n", "gateway: finding");
	capture_begin();
	findings_list(&findings, &json);
	ok_text(capture_end(),
		"[{\"check\":\"icv-short\",\"result\":\"note\",\"object\":\"src A dst B\",\"what\":\"it is\",\"mend\":\"mend it\"}]\n",
		"gateway: finding in JSON");
	findings_free(&findings);
}

void test_gateway(void)
{
	root = root_begin();
	test_sas();
	test_policies();
	test_malformed();
	test_net();
	test_module();
	test_whole();
	test_output();
	ok(root_end(), "gateway: all files were of this test");
}
