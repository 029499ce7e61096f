// SPDX-License-Identifier: GPL-2.0
/*
 * The facts of a gateway that files made for it tell, and rules of a packet
 * filter.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

#include "../gateway.h"
#include "../netfilter.h"
#include "unit.h"

static const char *root;

/* A kernel without netfilter. */
static void nobody(const struct nlmsghdr *request)
{
	fake_ack(request, -EOPNOTSUPP, NULL, true);
}

static void place_link(const char *name, const char *target)
{
	if (symlink(target, root_place(name)))
		abort();
}

static void process(const char *number, const char *name, const char *ns)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "proc/%s/stat", number);
	snprintf(text, sizeof(text),
		 "%s (%s) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 %ld 9 9\n",
		 number, name, 60 * sysconf(_SC_CLK_TCK));
	root_file(path, text);
	snprintf(path, sizeof(path), "proc/%s/ns/net", number);
	place_link(path, ns);
}

static struct gateway host(void)
{
	struct gateway gw = { .nr_sas = 0 };

	fake_set_rest(nobody);
	gw_host_read(&gw, root, "1.2.3");
	free(gw.ports);
	gw.ports = NULL;
	return gw;
}

static void test_daemons(void)
{
	place_link("proc/self/ns/net", "net:[1]");
	process("10", "bash", "net:[1]");
	process("11", "pluto", "net:[2]");
	ok(host().daemon == GW_NO_DAEMON,
	   "gateway: no daemon in this namespace");
	process("12", "charon-systemd", "net:[1]");
	ok(host().daemon == GW_CHARON && host().daemon_start == 60,
	   "gateway: charon");
	root_remove_last();
	root_remove_last();
	process("13", "pluto", "net:[1]");
	ok(host().daemon == GW_PLUTO, "gateway: pluto");
}

static void test_esp_modules(void)
{
	ok(host().esp4 == GW_ESP_MISSING && host().esp6 == GW_ESP_MISSING,
	   "gateway: modules that are missing");
	root_file("lib/modules/1.2.3/modules.dep",
		  "kernel/net/esp4_offload.ko:\nkernel/net/esp6_offload.ko:\n");
	ok(host().esp4 == GW_ESP_READY, "gateway: a module that is found");
	root_file("etc/modprobe.d/local.conf",
		  "# blacklist esp4_offload\nblacklist esp6_offload\n");
	ok(host().esp4 == GW_ESP_READY && host().esp6 == GW_ESP_BLACKLISTED,
	   "gateway: a module that is blacklisted");
	root_file("etc/modprobe.d/local.conf",
		  "install esp4_offload /bin/false\ninstall esp6_offload /sbin/modprobe -i esp6_offload\n");
	ok(host().esp4 == GW_ESP_BLACKLISTED && host().esp6 == GW_ESP_READY,
	   "gateway: a module that is not to be installed");
	root_file("etc/modprobe.d/local.bak", "blacklist esp6_offload\n");
	ok(host().esp6 == GW_ESP_READY, "gateway: a file that does not count");
	root_file("sys/module/esp4_offload/initstate", "live\n");
	ok(host().esp4 == GW_ESP_READY, "gateway: a module that is loaded");
}

static void test_other_files(void)
{
	struct gateway gw = { .nr_sas = 0 };

	/* The device gives one record to each read. */
	root_file("dev/kmsg",
		  "6,2,77000000,-;espsimd: version 0.1.0, engine avx2\n");
	root_file("proc/net/xfrm_stat",
		  "XfrmInError             \t1\nXfrmOutNoStates         \t12\n");
	root_file("proc/net/udp",
		  "  sl  local_address rem_address\n   10: 00000000:1194 00000000:0000 07\n");
	root_file("proc/net/udp6",
		  "  sl  local_address\n   10: 00000000000000000000000000000000:01F4 0\n");
	gw_host_read(&gw, root, "1.2.3");
	ok(gw.module_start == 77, "gateway: when the module was loaded");
	ok(gw.no_states == 12, "gateway: packets without SA");
	ok(gw.nr_ports == 2 && gw.ports[0].port == 4500 &&
	   gw.ports[0].family == AF_INET && gw.ports[1].port == 500 &&
	   gw.ports[1].family == AF_INET6, "gateway: sockets");
	ok(gw.now > 1700000000, "gateway: the time");
	ok(!gw.clamps, "gateway: nothing clamps");
	gw_free(&gw);
	root_file("proc/net/ip_tables_targets", "REJECT\nTCPMSS\n");
	ok(host().clamps, "gateway: iptables may clamp");
	root_remove_last();
}

static void test_version(void)
{
	struct gateway gw = { .ip_major = 0 };

	gw_parse_version(&gw, "ip utility, iproute2-ss200127\n");
	ok(!gw.ip_major && !gw_old_ip(&gw), "gateway: version that is a date");
	gw_parse_version(&gw, "ip utility, iproute2-6.1.0, libbpf 1.1.2\n");
	ok(gw.ip_major == 6 && gw.ip_minor == 1 && gw_old_ip(&gw),
	   "gateway: iproute2 that is old");
	gw_parse_version(&gw, "ip utility, iproute2-6.2.0\n");
	ok(!gw_old_ip(&gw), "gateway: iproute2 that is new enough");
}

/* --- rules that clamp ---------------------------------------------------- */

struct expression {
	const char *name;
	const char *target;
	uint32_t op;
	uint8_t type;
	bool writes;
};

static const struct expression *expression;

static void rules(const struct nlmsghdr *request)
{
	struct nlattr *list, *element, *data;
	struct nlmsghdr *nlh;
	void *header;

	nlh = fake_message_of(request, &header, sizeof(struct nfgenmsg));
	list = mnl_attr_nest_start(nlh, NFTA_RULE_EXPRESSIONS);
	element = mnl_attr_nest_start(nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(nlh, NFTA_EXPR_NAME, expression->name);
	data = mnl_attr_nest_start(nlh, NFTA_EXPR_DATA);
	if (expression->target) {
		mnl_attr_put_strz(nlh, NFTA_TARGET_NAME, expression->target);
	} else {
		mnl_attr_put_u32(nlh, NFTA_EXTHDR_OP, htonl(expression->op));
		mnl_attr_put_u8(nlh, NFTA_EXTHDR_TYPE, expression->type);
		mnl_attr_put_u32(nlh, expression->writes ? NFTA_EXTHDR_SREG :
							   NFTA_EXTHDR_DREG,
				 htonl(1));
	}
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, element);
	mnl_attr_nest_end(nlh, list);
	fake_done(request, 0, NULL);
}

static void test_clamp(const char *name, bool expected,
		       struct expression is)
{
	struct nl nl;

	expression = &is;
	fake_set_rest(rules);
	if (nl_connect(&nl, NETLINK_NETFILTER))
		abort();
	ok(netfilter_clamps(&nl) == expected, "gateway: %s", name);
	nl_close(&nl);
}

static void test_clamps(void)
{
	test_clamp("a rule that sets the MSS", true, (struct expression){
		"exthdr", NULL, NFT_EXTHDR_OP_TCPOPT, TCPOPT_MAXSEG, true });
	test_clamp("a rule that reads the MSS", false, (struct expression){
		"exthdr", NULL, NFT_EXTHDR_OP_TCPOPT, TCPOPT_MAXSEG, false });
	test_clamp("a rule that sets another option", false,
		   (struct expression){ "exthdr", NULL, NFT_EXTHDR_OP_TCPOPT,
					TCPOPT_WINDOW, true });
	test_clamp("a rule about IPv6's headers", false, (struct expression){
		"exthdr", NULL, NFT_EXTHDR_OP_IPV6, TCPOPT_MAXSEG, true });
	test_clamp("a rule of iptables that clamps", true, (struct expression){
		"target", "TCPMSS" });
	test_clamp("a rule of iptables that does not", false,
		   (struct expression){ "target", "TCPOPTSTRIP" });
	test_clamp("a rule of another kind", false, (struct expression){
		"match", "TCPMSS" });
}

void test_gateway_host(void)
{
	root = root_begin();
	test_daemons();
	test_esp_modules();
	test_other_files();
	test_version();
	test_clamps();
	ok(root_end(), "gateway: all files were of this test of files");
}
