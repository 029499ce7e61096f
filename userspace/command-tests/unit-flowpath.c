// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd flowpath: names in the languages of nft and of the shell, and what is
 * found from answers of stand-ins for netfilter and for rtnetlink.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../flowpath.h"
#include "../netfilter.h"
#include "unit.h"

static void test_names(void)
{
	char table[FLOWPATH_TABLE_SIZE], word[SHELL_WORD_SIZE];

	ok_text(flowpath_table("eth0_1", table), "espsimd_flowpath_eth0_1",
		"flowpath: table of a plain name");
	ok_text(flowpath_table("a-b.7", table), "espsimd_flowpath_a/2db/2e7",
		"flowpath: table of another name");
	ok_text(flowpath_table("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
			       table),
		"espsimd_flowpath_/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff",
		"flowpath: table of the longest name");

	ok(flowpath_name_fits("eth0") && flowpath_name_fits("{a;b}$#'-@") &&
	   flowpath_name_fits("\xc3\xbc"), "flowpath: names that nft takes");
	ok(!flowpath_name_fits("a\"b") && !flowpath_name_fits("a*") &&
	   !flowpath_name_fits("a\\b") && !flowpath_name_fits("a\nb") &&
	   !flowpath_name_fits("a\x7f"), "flowpath: names that it does not");

	ok_text(shell_word("eth0.1-x", word), "eth0.1-x",
		"flowpath: word of a plain name");
	ok_text(shell_word("$(a) b", word), "'$(a) b'",
		"flowpath: word of another name");
	ok_text(shell_word("'''''''''''''''", word),
		"''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''\\'''",
		"flowpath: word of the worst name");
}

/* A device, its kind, what is below it, and its bridge. */
static void put_link(const struct nlmsghdr *request, int ifindex,
		     const char *name, const char *kind, uint32_t below,
		     uint32_t bridge)
{
	struct ifinfomsg *message;
	struct nlattr *nest;
	struct nlmsghdr *nlh;
	void *header;

	nlh = fake_message_of(request, &header, sizeof(*message));
	message = header;
	message->ifi_index = ifindex;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (below)
		mnl_attr_put_u32(nlh, IFLA_LINK, below);
	if (bridge)
		mnl_attr_put_u32(nlh, IFLA_MASTER, bridge);
	nest = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(nlh, nest);
}

/* A bridge of a VLAN and a NIC; a VLAN on the bridge, and one on itself. */
static void devices(const struct nlmsghdr *request)
{
	put_link(request, 2, "nic0", "", 0, 0);
	put_link(request, 3, "nic1", "", 0, 5);
	put_link(request, 4, "nic0.7", "vlan", 2, 5);
	put_link(request, 5, "br0", "bridge", 0, 0);
	put_link(request, 6, "br0.9", "vlan", 5, 0);
	put_link(request, 7, "loop", "vlan", 7, 0);
	put_link(request, 8, "macsec0", "macsec", 2, 0);
	fake_done(request, 0, NULL);
}

static void test_below(unsigned int ifindex, const char *expected)
{
	struct links links = { .nr = 0 };
	char text[256] = "";
	size_t i;
	int err;

	fake_set_rest(devices);
	err = links_add_below(&links, ifindex);
	if (!err)
		err = links_add_below(&links, ifindex);
	for (i = 0; i < links.nr; i++) {
		strcat(text, i ? " " : "");
		strcat(text, links.list[i].name);
	}
	links_free(&links);
	ok_text(err ? strerror(-err) : text, expected,
		"flowpath: devices below");
}

/* What the stand-ins answer. */
static uint32_t offload, uses;
static const char *const *hook_devices;
static int netfilter_error;
static bool other_policy;

static void put_flowtable(const struct nlmsghdr *request)
{
	struct nlattr *hook, *devs;
	struct nfgenmsg *message;
	struct nlmsghdr *nlh;
	void *header;
	size_t i;

	nlh = fake_message_of(request, &header, sizeof(*message));
	message = header;
	message->nfgen_family = NFPROTO_INET;
	mnl_attr_put_strz(nlh, NFTA_FLOWTABLE_TABLE, "t");
	mnl_attr_put_strz(nlh, NFTA_FLOWTABLE_NAME, "f");
	mnl_attr_put_u32(nlh, NFTA_FLOWTABLE_USE, htonl(uses));
	hook = mnl_attr_nest_start(nlh, NFTA_FLOWTABLE_HOOK);
	devs = mnl_attr_nest_start(nlh, NFTA_FLOWTABLE_HOOK_DEVS);
	for (i = 0; hook_devices[i]; i++)
		mnl_attr_put_strz(nlh, NFTA_DEVICE_NAME, hook_devices[i]);
	mnl_attr_nest_end(nlh, devs);
	mnl_attr_nest_end(nlh, hook);
}

static void put_connection(const struct nlmsghdr *request, uint32_t status)
{
	struct nlmsghdr *nlh;
	void *header;

	nlh = fake_message_of(request, &header, sizeof(struct nfgenmsg));
	mnl_attr_put_u32(nlh, CTA_STATUS, htonl(status));
}

/* A policy that is not offloaded. */
static void put_policy(const struct nlmsghdr *request)
{
	struct xfrm_userpolicy_info info = { .dir = XFRM_POLICY_OUT };
	struct nlmsghdr *nlh;
	void *header;

	info.sel.family = AF_INET;
	nlh = fake_message_of(request, &header, sizeof(info));
	nlh->nlmsg_type = XFRM_MSG_NEWPOLICY;
	memcpy(header, &info, sizeof(info));
}

/* What is not of the module. */
static void rest(const struct nlmsghdr *request)
{
	if (netfilter_error) {
		fake_ack(request, netfilter_error, NULL, true);
		return;
	}
	if (request->nlmsg_type == XFRM_MSG_GETPOLICY) {
		if (other_policy)
			put_policy(request);
	} else if (request->nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES) {
		put_flowtable(request);
	} else {
		put_connection(request, IPS_CONFIRMED);
		put_connection(request, IPS_CONFIRMED | IPS_OFFLOAD);
		put_connection(request, IPS_OFFLOAD);
	}
	fake_done(request, 0, NULL);
}

static void put_sa(const struct nlmsghdr *request, uint32_t direction)
{
	struct nlmsghdr *nlh = fake_message(request, NLM_F_MULTI);

	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_DIRECTION, direction);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_OFFLOAD, offload);
}

/* The loopback device is one of the module's, on eth0. */
static void module(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	struct nlmsghdr *nlh;

	switch (genl->cmd) {
	case ESPSIMD_CMD_DEV_GET:
		nlh = fake_message(request, NLM_F_MULTI);
		mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_IFINDEX, 1);
		mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_LOWER_IFINDEX, 2147483647);
		break;
	case ESPSIMD_CMD_SA_GET:
		put_sa(request, ESPSIMD_DIRECTION_IN);
		put_sa(request, ESPSIMD_DIRECTION_OUT);
		break;
	case ESPSIMD_CMD_STATS_GET:
		nlh = fake_message(request, 0);
		mnl_attr_put_u32(nlh, ESPSIMD_A_STATS_IFINDEX, 1);
		mnl_attr_put_u32(nlh, ESPSIMD_A_STATS_RX_DROP_CLEAR, 0);
		mnl_attr_put_u32(nlh, ESPSIMD_A_STATS_TX_DROP_CLEAR, 5);
		fake_ack(request, 0, NULL, true);
		return;
	}
	fake_done(request, 0, NULL);
}

static void has(const char *output, const char *line)
{
	const char *found = strstr(output, line);

	if (!found)
		printf("# %s\n", output);
	ok(found && (found == output || found[-1] == '\n'), "flowpath: %.*s",
	   (int)strcspn(line, "\n"), line);
}

static const char *show(void)
{
	static const struct options text = { .json = false };
	int code;

	return run(&flowpath_object.commands[0], &text, "lo", &code);
}

static void test_show_findings(void)
{
	static const char *const both[] = { "lo", "lan0", "lan1", NULL };
	static const char *const lower[] = { "if2147483647", "lan0", NULL };
	static const char *const alone[] = { "lo", NULL };
	static const char *const none[] = { NULL };

	fake_set(module);
	fake_set_rest(rest);
	offload = ESPSIMD_OFFLOAD_PACKET;
	hook_devices = both;
	uses = 1;
	has(show(), "ok    flow table    inet t f has lo and lan0 lan1\n");
	has(show(),
	    "ok    flows         2 connections are in the flow tables of this namespace\n");
	has(show(),
	    "ok    sa            lo has 1 inbound and 1 outbound SAs in packet mode\n");
	has(show(),
	    "ok    clear text    0 packets that should have been protected came to lo\n");
	has(show(),
	    "warn  clear text    5 packets that should have been sealed were kept back by lo; do packets other than the LAN's add flows?\n");

	uses = 0;
	has(show(),
	    "fail  flow table    inet t f has lo and lan0 lan1, but no rule adds flows to it\n"
	    "                    mend: espsimd flowpath print lo lan LANDEV | nft -f -\n");
	hook_devices = alone;
	has(show(),
	    "fail  flow table    inet t f has lo, but no device of the LAN\n");
	hook_devices = lower;
	has(show(),
	    "warn  flow table    inet t f has if2147483647, but frames come in by lo\n");
	has(show(), "fail  flow table    none has lo\n");
	hook_devices = none;
	has(show(), "fail  flow table    none has lo\n");

	netfilter_error = -EPERM;
	has(show(),
	    "fail  flow table    they cannot be listed: Operation not permitted\n");
	netfilter_error = -EINVAL;
	has(show(), "fail  flow table    none has lo\n");
	netfilter_error = 0;

	offload = ESPSIMD_OFFLOAD_CRYPTO;
	has(show(),
	    "fail  sa            2 SAs of lo are in crypto mode: clear text can get into their flows\n");
}

static void test_print(void)
{
	static const struct options text = { .json = false };
	const struct command *print = &flowpath_object.commands[1];
	int code;

	fake_set(module);
	offload = ESPSIMD_OFFLOAD_CRYPTO;
	ok_text(run(print, &text, "lo lan lo", &code),
		"Error: \"lo\" has SAs in crypto mode: the device does not keep clear text out of their flows.\n",
		"flowpath: print for crypto mode");
	offload = ESPSIMD_OFFLOAD_PACKET;
	fake_set_rest(devices);
	ok_text(run(print, &text, "lo lan lo", &code),
		"Error: what is below \"lo\" cannot be found out: No such device.\n",
		"flowpath: print for a device that vanishes");
	ok(code == EXIT_FAILURE, "flowpath: exit code of print");
}

static const char *rules(bool noxfrm)
{
	struct links lan = { .nr = 0 };
	const char *output;

	fake_set_rest(devices);
	if (links_add_below(&lan, 3))
		abort();
	capture_begin();
	flowpath_print("esp0", &lan, &lan, noxfrm);
	output = capture_end();
	links_free(&lan);
	return output;
}

/* The kernel knows only of its own policies what is about to be sealed. */
static void test_rules(void)
{
	has(rules(false),
	    "\t\tiifname { \"nic1\" } oifname \"esp0\" rt ipsec exists ct id @answered flow add @fast counter name flows\n");
	ok(!strstr(rules(false), "nfproto"),
	   "flowpath: one rule for both families");
	has(rules(true),
	    "\t\tiifname { \"nic1\" } oifname \"esp0\" meta nfproto ipv4 ct id @answered flow add @fast counter name flows\n");
	has(rules(true),
	    "\t\tiifname { \"nic1\" } oifname \"esp0\" meta nfproto ipv6 rt ipsec exists ct id @answered flow add @fast counter name flows\n");
}

static void test_print_sysctl(void)
{
	static const struct options text = { .json = false };
	const struct command *print = &flowpath_object.commands[1];
	const char *output;
	int code;

	fake_set(module);
	fake_set_rest(rest);
	output = run(print, &text, "lo sysctl", &code);
	has(output,
	    "# Run: sh FILE    Undo: sysctl -w net.ipv4.conf.lo.disable_xfrm=0\n");
	has(output, "sysctl -w net.ipv4.conf.lo.disable_xfrm=1\n");
	ok(code == EXIT_SUCCESS, "flowpath: exit code of the setting");

	other_policy = true;
	ok_text(run(print, &text, "dev lo sysctl", &code),
		"Error: outbound policies that are not offloaded to \"lo\" are in the way: 1, such as src 0.0.0.0/0 dst 0.0.0.0/0.\n",
		"flowpath: the setting with other policies");
	ok(code == EXIT_FAILURE, "flowpath: exit code with other policies");
	netfilter_error = -EPERM;
	ok_text(run(print, &text, "dev lo sysctl", &code),
		"Error: outbound policies cannot be listed: Operation not permitted.\n",
		"flowpath: the setting without knowing the policies");
	netfilter_error = 0;
}

/* Answers that are cut off, or not what they should be. */
static void test_malformed(void)
{
	union nl_request buffer;
	struct flowtable table;
	struct nlmsghdr *nlh;

	nlh = mnl_nlmsg_put_header(&buffer);
	ok(flowtable_parse(nlh, &table) == -EBADMSG,
	   "flowpath: flow table without a header");
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	ok(flowtable_parse(nlh, &table) == -EBADMSG,
	   "flowpath: flow table without a name");
	mnl_attr_put_strz(nlh, NFTA_FLOWTABLE_TABLE, "t");
	mnl_attr_put_strz(nlh, NFTA_FLOWTABLE_NAME, "f");
	ok(!flowtable_parse(nlh, &table) && !flowtable_has(&table, "lo"),
	   "flowpath: flow table without devices");
	mnl_attr_put(nlh, NFTA_FLOWTABLE_NAME, 3, "abc");
	ok(flowtable_parse(nlh, &table) == -EBADMSG,
	   "flowpath: flow table with a name that does not end");
}

void test_flowpath(void)
{
	test_names();
	test_below(2, "nic0");
	test_below(4, "nic0.7 nic0");
	test_below(5, "br0 nic1 nic0.7 nic0");
	test_below(6, "br0.9 br0 nic1 nic0.7 nic0");
	test_below(7, "loop");
	test_below(8, "macsec0");
	test_below(9, "No such device");
	test_show_findings();
	test_print();
	test_rules();
	test_print_sysctl();
	test_malformed();
}
