// SPDX-License-Identifier: GPL-2.0
/*
 * disable_xfrm: files of a kernel made for it, policies of a stand-in for XFRM,
 * and what is found from both.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <string.h>

#include "../noxfrm.h"
#include "../policy.h"
#include "unit.h"

#define ESP0	7

static const struct dev dev = { .name = "esp0", .ifindex = ESP0 };
static const char *root;

/* What the stand-in answers. */
static const struct policy {
	uint8_t dir;
	uint16_t family;
	const char *dst;
	uint32_t ifindex;
} *policies;
static int xfrm_error;

static void put_policy(const struct nlmsghdr *request,
		       const struct policy *policy)
{
	struct xfrm_userpolicy_info info = { .dir = policy->dir };
	struct xfrm_user_offload offload = { .ifindex = policy->ifindex };
	struct nlmsghdr *nlh;
	void *header;

	info.sel.family = policy->family;
	info.sel.prefixlen_d = 16;
	inet_pton(policy->family, policy->dst, &info.sel.daddr);
	nlh = fake_message_of(request, &header, sizeof(info));
	nlh->nlmsg_type = XFRM_MSG_NEWPOLICY;
	memcpy(header, &info, sizeof(info));
	mnl_attr_put_u32(nlh, XFRMA_IF_ID, ESP0);
	if (policy->ifindex)
		mnl_attr_put(nlh, XFRMA_OFFLOAD_DEV, sizeof(offload), &offload);
}

static void xfrm(const struct nlmsghdr *request)
{
	size_t i;

	if (xfrm_error) {
		fake_ack(request, xfrm_error, NULL, true);
		return;
	}
	for (i = 0; policies[i].family; i++)
		put_policy(request, &policies[i]);
	fake_done(request, 0, NULL);
}

/* Only outbound ones matter; those of sockets have directions above. */
static const struct policy none[] = {
	{ XFRM_POLICY_IN, AF_INET, "10.1.0.0" },
	{ XFRM_POLICY_FWD, AF_INET, "10.1.0.0", ESP0 },
	{ XFRM_POLICY_MAX + XFRM_POLICY_OUT, AF_INET, "10.1.0.0" },
	{ 0 }
};

static const struct policy all[] = {
	{ XFRM_POLICY_OUT, AF_INET, "10.2.0.0", ESP0 },
	{ XFRM_POLICY_IN, AF_INET, "10.1.0.0" },
	{ XFRM_POLICY_OUT, AF_INET6, "2001:db8:2::", ESP0 },
	{ 0 }
};

static const struct policy some[] = {
	{ XFRM_POLICY_OUT, AF_INET6, "2001:db8:3::" },
	{ XFRM_POLICY_OUT, AF_INET, "10.2.0.0", ESP0 },
	{ XFRM_POLICY_OUT, AF_INET, "10.3.0.0", ESP0 + 1 },
	{ XFRM_POLICY_OUT, AF_INET, "10.4.0.0" },
	{ 0 }
};

static const struct policy others[] = {
	{ XFRM_POLICY_OUT, AF_INET6, "2001:db8:3::" },
	{ XFRM_POLICY_OUT, AF_INET, "10.3.0.0" },
	{ 0 }
};

static const struct policy ip6_only[] = {
	{ XFRM_POLICY_OUT, AF_INET6, "2001:db8:3::" },
	{ 0 }
};

static bool counts(const struct policy *list, size_t own, size_t nr_others,
		   size_t others_ip4, const char *example)
{
	struct policy_count count;

	policies = list;
	return !policy_count_out(ESP0, &count) && count.own == own &&
	       count.others == nr_others && count.others_ip4 == others_ip4 &&
	       !strcmp(count.example, example);
}

static void malformed(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh;
	void *header;

	nlh = fake_message_of(request, &header,
			      sizeof(struct xfrm_userpolicy_info) - 8);
	nlh->nlmsg_type = XFRM_MSG_NEWPOLICY;
	fake_done(request, 0, NULL);
}

static void test_policies(void)
{
	struct policy_count count;

	fake_set_rest(xfrm);
	ok(counts(none, 0, 0, 0, ""), "noxfrm: no outbound policy");
	ok(counts(all, 2, 0, 0, ""), "noxfrm: all policies of the device");
	ok(counts(some, 1, 3, 2, "src 0.0.0.0/0 dst 10.3.0.0/16"),
	   "noxfrm: policies of several devices");
	ok(counts(ip6_only, 0, 1, 0, "src ::/0 dst 2001:db8:3::/16"),
	   "noxfrm: policies of IPv6");
	fake_set_rest(malformed);
	ok(policy_count_out(ESP0, &count) == -EBADMSG,
	   "noxfrm: policy that is cut off");
}

static void test_command(const char *name, const char *expected)
{
	char command[NOXFRM_COMMAND_SIZE];

	ok_text(noxfrm_command(name, true, command), expected,
		"noxfrm: command");
}

static void test_commands(void)
{
	test_command("esp-0_a", "sysctl -w net.ipv4.conf.esp-0_a.disable_xfrm=1");
	test_command("esp0.7",
		     "echo 1 > /proc/sys/net/ipv4/conf/esp0.7/disable_xfrm");
	test_command("a=*$(b)",
		     "echo 1 > /proc/sys/net/ipv4/conf/'a=*$(b)'/disable_xfrm");
	test_command("'''''''''''''''",
		     "echo 1 > /proc/sys/net/ipv4/conf/''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''/disable_xfrm");
}

static void test_found(const char *name, const char *expected)
{
	static const struct options text = { .json = false };
	struct findings findings = { .nr = 0 };

	capture_begin();
	noxfrm_check(&findings, root, &dev);
	findings_print(&findings, &text, "good", "bad");
	findings_free(&findings);
	ok_text(capture_end(), expected, name);
}

#define OFF \
	"ok    device        esp0 leaves outbound policies to the kernel: disable_xfrm is not set\n"
#define ON \
	"ok    device        esp0 applies outbound policies to IPv4 itself: disable_xfrm is set\n"
#define MEND \
	"                    mend: sysctl -w net.ipv4.conf.esp0.disable_xfrm=0\n"

static void test_findings(void)
{
	fake_set_rest(NULL);
	test_found("noxfrm: kernel without the setting", OFF "good.\n");
	root_file("proc/sys/net/ipv4/conf/all/disable_xfrm", "0\n");
	root_file("proc/sys/net/ipv4/conf/esp0/disable_xfrm", "0\n");
	test_found("noxfrm: not set", OFF "good.\n");

	fake_set_rest(xfrm);
	root_file("proc/sys/net/ipv4/conf/esp0/disable_xfrm", "1\n");
	policies = all;
	test_found("noxfrm: all is well", ON
		   "ok    policy        all outbound policies, 2, are offloaded to esp0\n"
		   "good.\n");
	policies = some;
	test_found("noxfrm: policies that are not offloaded", ON
		   "warn  policy        3 of 4 outbound policies are not offloaded to esp0, such as src 0.0.0.0/0 dst 10.3.0.0/16: it asks the kernel about each packet, and drops what they protect\n"
		   MEND "good.\n");
	policies = others;
	test_found("noxfrm: policies of which none is offloaded", ON
		   "fail  policy        none of 1 outbound policies for IPv4 is offloaded to esp0, such as src 0.0.0.0/0 dst 10.3.0.0/16: it drops what they protect\n"
		   MEND "bad: 1 of 2 checks failed.\n");
	policies = ip6_only;
	test_found("noxfrm: policies of IPv6 only", ON
		   "warn  policy        no outbound policy is offloaded to esp0: it has none to apply\n"
		   MEND "good.\n");
	xfrm_error = -EPERM;
	test_found("noxfrm: policies that cannot be listed", ON
		   "warn  policy        outbound policies cannot be listed: Operation not permitted\n"
		   "good.\n");
	xfrm_error = 0;
}

static void test_all(void)
{
	root_file("proc/sys/net/ipv4/conf/all/disable_xfrm", "1\n");
	policies = others;
	test_found("noxfrm: set for all, and the device",
		   "warn  device        disable_xfrm is set for all devices, not only esp0: others apply no policies\n"
		   "                    mend: sysctl -w net.ipv4.conf.esp0.disable_xfrm=1 && sysctl -w net.ipv4.conf.all.disable_xfrm=0\n"
		   "fail  policy        none of 1 outbound policies for IPv4 is offloaded to esp0, such as src 0.0.0.0/0 dst 10.3.0.0/16: it drops what they protect\n"
		   "                    mend: sysctl -w net.ipv4.conf.all.disable_xfrm=0 && sysctl -w net.ipv4.conf.esp0.disable_xfrm=0\n"
		   "bad: 1 of 2 checks failed.\n");
	root_file("proc/sys/net/ipv4/conf/esp0/disable_xfrm", "0\n");
	policies = all;
	test_found("noxfrm: set for all only",
		   "warn  device        disable_xfrm is set for all devices, not only esp0: others apply no policies\n"
		   "                    mend: sysctl -w net.ipv4.conf.esp0.disable_xfrm=1 && sysctl -w net.ipv4.conf.all.disable_xfrm=0\n"
		   "ok    policy        all outbound policies, 2, are offloaded to esp0\n"
		   "good.\n");
}

void test_noxfrm(void)
{
	root = root_begin();
	test_policies();
	test_commands();
	test_findings();
	test_all();
	ok(root_end(), "noxfrm: all files were of this test");
}
