// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd flowpath show: is there a flow table for a device, and does it work?
 * Who applies outbound policies, and can it?
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/espsimd.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "flowpath.h"
#include "kernel.h"
#include "netfilter.h"
#include "noxfrm.h"
#include "show.h"

/* Names of the devices of a flow table, as far as a line shows them. */
#define DEVICES_SIZE	256

static void check_module(struct findings *findings,
			 const struct kernel *kernel, const char *name,
			 const char *option)
{
	switch (kernel_module(kernel, name)) {
	case MODULE_LOADED:
		find(findings, RESULT_OK, "module", "%s is loaded", name);
		break;
	case MODULE_BUILTIN:
		find(findings, RESULT_OK, "module",
		     "%s is part of the kernel", name);
		break;
	case MODULE_LOADABLE:
		find(findings, RESULT_OK, "module",
		     "%s is not loaded; the first flow table loads it", name);
		break;
	case MODULE_MISSING:
		find(findings, RESULT_FAIL, "module",
		     "this kernel does not have %s (%s)", name, option);
		break;
	}
}

void flowpath_check_system(struct findings *findings)
{
	struct kernel kernel = { .root = "" };
	struct utsname uts;

	if (uname(&uts)) {
		find(findings, RESULT_FAIL, "module", "uname: %s",
		     strerror(errno));
		return;
	}
	kernel.release = uts.release;
	check_module(findings, &kernel, "nf_tables", "CONFIG_NF_TABLES");
	check_module(findings, &kernel, "nf_flow_table",
		     "CONFIG_NF_FLOW_TABLE");
	check_module(findings, &kernel, "nf_flow_table_inet",
		     "CONFIG_NF_FLOW_TABLE_INET");
	check_module(findings, &kernel, "nft_flow_offload",
		     "CONFIG_NFT_FLOW_OFFLOAD");
}

/* IPv4 asks the device that a packet came by, IPv6 the whole namespace. */
static void check_forwarding(struct findings *findings, const struct dev *dev)
{
	bool v4 = kernel_conf("", "ipv4", dev->name, "forwarding");
	bool v6 = kernel_conf("", "ipv6", "all", "forwarding");
	/* One of the families may be all that a gateway is for. */
	enum result off = v4 || v6 ? RESULT_WARN : RESULT_FAIL;

	find(findings, v4 ? RESULT_OK : off, "forwarding",
	     "of IPv4 from %s is %s", dev->name, v4 ? "on" : "off");
	if (!v4)
		find_mend(findings, "sysctl -w net.ipv4.ip_forward=1");
	find(findings, v6 ? RESULT_OK : off, "forwarding", "of IPv6 is %s",
	     v6 ? "on" : "off");
	if (!v6)
		find_mend(findings, "sysctl -w net.ipv6.conf.all.forwarding=1");
}

static int check_sas(struct findings *findings, struct nl *nl,
		     const struct dev *dev)
{
	struct sa_count sas;
	int err = flowpath_count_sas(nl, dev->ifindex, &sas);

	if (err)
		return err;
	if (sas.crypto)
		find(findings, RESULT_FAIL, "sa",
		     "%zu SAs of %s are in crypto mode: clear text can get into their flows",
		     sas.crypto, dev->name);
	else if (sas.packet_in && sas.packet_out)
		find(findings, RESULT_OK, "sa",
		     "%s has %zu inbound and %zu outbound SAs in packet mode",
		     dev->name, sas.packet_in, sas.packet_out);
	else
		find(findings, RESULT_WARN, "sa",
		     "%s does not have SAs in packet mode in both directions yet",
		     dev->name);
	return 0;
}

static void mend_table(struct findings *findings, const struct dev *dev)
{
	char word[SHELL_WORD_SIZE];

	find_mend(findings, "espsimd flowpath print %s lan LANDEV | nft -f -",
		  shell_word(dev->name, word));
}

/* Returns whether the flow table has the device. */
static bool check_table(struct findings *findings, const struct dev *dev,
			const struct flowtable *table)
{
	char others[DEVICES_SIZE];
	size_t nr = flowtable_others(table, dev->name, others, sizeof(others));

	if (!flowtable_has(table, dev->name)) {
		if (!flowtable_has(table, dev->lower))
			return false;
		find(findings, RESULT_WARN, "flow table",
		     "%s %s %s has %s, but frames come in by %s", table->family,
		     table->table, table->name, dev->lower, dev->name);
		return false;
	}
	if (!nr) {
		find(findings, RESULT_FAIL, "flow table",
		     "%s %s %s has %s, but no device of the LAN", table->family,
		     table->table, table->name, dev->name);
		mend_table(findings, dev);
	} else if (!table->uses) {
		find(findings, RESULT_FAIL, "flow table",
		     "%s %s %s has %s and %s, but no rule adds flows to it",
		     table->family, table->table, table->name, dev->name,
		     others);
		mend_table(findings, dev);
	} else {
		find(findings, RESULT_OK, "flow table",
		     "%s %s %s has %s and %s", table->family, table->table,
		     table->name, dev->name, others);
	}
	return true;
}

/* Returns whether there is a flow table that flows could be in. */
static bool check_tables(struct findings *findings, const struct dev *dev,
			 const struct nl_list *list)
{
	struct flowtable table;
	bool any = false;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (flowtable_parse(list->messages[i], &table)) {
			find(findings, RESULT_FAIL, "flow table",
			     "netfilter's answer is malformed");
			return false;
		}
		any |= check_table(findings, dev, &table);
	}
	if (any)
		return true;
	find(findings, RESULT_FAIL, "flow table", "none has %s", dev->name);
	mend_table(findings, dev);
	return false;
}

/* A connection does not say which devices it goes by. */
static void check_flows(struct findings *findings, struct nl *netfilter)
{
	uint64_t count = 0;
	int err = netfilter_count_flows(netfilter, &count);

	if (err)
		find(findings, RESULT_WARN, "flows",
		     "connections cannot be counted: %s", strerror(-err));
	else
		find(findings, count ? RESULT_OK : RESULT_WARN, "flows",
		     "%" PRIu64 " connections are in the flow tables of this namespace",
		     count);
	if (!err)
		find_number(findings, count);
}

static void check_netfilter(struct findings *findings, const struct dev *dev)
{
	struct nl_list list = { .nr = 0 };
	struct nl netfilter;
	int err;

	err = nl_connect(&netfilter, NETLINK_NETFILTER);
	if (!err)
		err = netfilter_flowtables(&netfilter, &list);
	/* The kernel says so if it has no tables of nft at all. */
	if (err && err != -EINVAL && err != -EPROTONOSUPPORT)
		find(findings, RESULT_FAIL, "flow table",
		     "they cannot be listed: %s", strerror(-err));
	else if (check_tables(findings, dev, &list))
		check_flows(findings, &netfilter);
	nl_list_free(&list);
	nl_close(&netfilter);
}

static int check_clear(struct findings *findings, struct nl *nl,
		       const struct dev *dev)
{
	const struct nlattr *attrs[SHOW_MAX_ATTRS];
	struct nl_list list = { .nr = 0 };
	uint64_t rx, tx;
	int err;

	err = nl_get(nl, ESPSIMD_CMD_STATS_GET, dev->ifindex, &list);
	if (!err && list.nr)
		err = attr_parse(list.messages[0], show_stats.descs,
				 show_stats.max, attrs);
	if (err || !list.nr) {
		nl_list_free(&list);
		return err ?: -EBADMSG;
	}
	rx = attr_number(attrs[ESPSIMD_A_STATS_RX_DROP_CLEAR], ATTR_UINT);
	tx = attr_number(attrs[ESPSIMD_A_STATS_TX_DROP_CLEAR], ATTR_UINT);
	nl_list_free(&list);

	find(findings, rx ? RESULT_WARN : RESULT_OK, "clear text",
	     "%" PRIu64 " packets that should have been protected came to %s",
	     rx, dev->name);
	find_number(findings, rx);
	find(findings, tx ? RESULT_WARN : RESULT_OK, "clear text",
	     "%" PRIu64 " packets that should have been sealed were kept back by %s%s",
	     tx, dev->name,
	     tx ? "; do packets other than the LAN's add flows?" : "");
	find_number(findings, tx);
	if (tx)
		mend_table(findings, dev);
	return 0;
}

void flowpath_check(struct findings *findings, struct nl *nl,
		    const struct dev *dev)
{
	int err;

	find(findings, RESULT_OK, "device", "%s is an espsimd device on %s",
	     dev->name, dev->lower);
	noxfrm_check(findings, "", dev);
	err = check_sas(findings, nl, dev);
	if (!err)
		err = check_clear(findings, nl, dev);
	if (err)
		find(findings, RESULT_FAIL, "device", "%s: %s", dev->name,
		     nl->reason[0] ? nl->reason : strerror(-err));
	check_forwarding(findings, dev);
	check_netfilter(findings, dev);
}
