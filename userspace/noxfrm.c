// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's setting disable_xfrm, by which a device has to apply its
 * outbound policies to IPv4 itself.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "kernel.h"
#include "noxfrm.h"
#include "policy.h"

struct noxfrm noxfrm_read(const char *root, const char *name)
{
	return (struct noxfrm){
		.dev = kernel_conf(root, "ipv4", name, "disable_xfrm"),
		.all = kernel_conf(root, "ipv4", "all", "disable_xfrm"),
	};
}

/* To sysctl(8) dots are what slashes are, and some others mean something. */
static bool fits_sysctl(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_' &&
		    *name != '-')
			return false;
	return true;
}

const char *noxfrm_command(const char *name, bool on,
			   char command[NOXFRM_COMMAND_SIZE])
{
	char word[SHELL_WORD_SIZE];

	if (fits_sysctl(name))
		snprintf(command, NOXFRM_COMMAND_SIZE,
			 "sysctl -w net.ipv4.conf.%s.disable_xfrm=%d", name,
			 on);
	else
		snprintf(command, NOXFRM_COMMAND_SIZE,
			 "echo %d > /proc/sys/net/ipv4/conf/%s/disable_xfrm",
			 on, shell_word(name, word));
	return command;
}

/* What is set for all has to be taken back there, for all. */
static void mend_off(struct findings *findings, const struct dev *dev,
		     const struct noxfrm *set)
{
	char all[NOXFRM_COMMAND_SIZE], own[NOXFRM_COMMAND_SIZE];

	noxfrm_command("all", false, all);
	noxfrm_command(dev->name, false, own);
	if (set->all && set->dev)
		find_mend(findings, "%s && %s", all, own);
	else
		find_mend(findings, "%s", set->all ? all : own);
}

static void check_setting(struct findings *findings, const struct dev *dev,
			  const struct noxfrm *set)
{
	char all[NOXFRM_COMMAND_SIZE], own[NOXFRM_COMMAND_SIZE];

	if (set->all) {
		find(findings, RESULT_WARN, "device",
		     "disable_xfrm is set for all devices, not only %s: others apply no policies",
		     dev->name);
		find_mend(findings, "%s && %s",
			  noxfrm_command(dev->name, true, own),
			  noxfrm_command("all", false, all));
	} else if (set->dev) {
		find(findings, RESULT_OK, "device",
		     "%s applies outbound policies to IPv4 itself: disable_xfrm is set",
		     dev->name);
	} else {
		find(findings, RESULT_OK, "device",
		     "%s leaves outbound policies to the kernel: disable_xfrm is not set",
		     dev->name);
	}
}

/* Returns whether it is as it has to be. */
static bool check_policies(struct findings *findings, const struct dev *dev)
{
	struct policy_count count;
	int err = policy_count_out(dev->ifindex, &count);

	if (err) {
		find(findings, RESULT_WARN, "policy",
		     "outbound policies cannot be listed: %s", strerror(-err));
		return true;
	}
	if (!count.own && count.others_ip4) {
		find(findings, RESULT_FAIL, "policy",
		     "none of %zu outbound policies for IPv4 is offloaded to %s, such as %s: it drops what they protect",
		     count.others_ip4, dev->name, count.example);
	} else if (!count.own) {
		find(findings, RESULT_WARN, "policy",
		     "no outbound policy is offloaded to %s: it has none to apply",
		     dev->name);
	} else if (count.others) {
		find(findings, RESULT_WARN, "policy",
		     "%zu of %zu outbound policies are not offloaded to %s, such as %s: it asks the kernel about each packet, and drops what they protect",
		     count.others, count.own + count.others, dev->name,
		     count.example);
	} else {
		find(findings, RESULT_OK, "policy",
		     "all outbound policies, %zu, are offloaded to %s",
		     count.own, dev->name);
		find_number(findings, 0);
		return true;
	}
	find_number(findings, count.others);
	return false;
}

void noxfrm_check(struct findings *findings, const char *root,
		  const struct dev *dev)
{
	struct noxfrm set = noxfrm_read(root, dev->name);

	check_setting(findings, dev, &set);
	if ((set.dev || set.all) && !check_policies(findings, dev))
		mend_off(findings, dev, &set);
}
