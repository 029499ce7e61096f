// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd flowpath: short ways for packets of tunnels in packet mode.
 */
#include <errno.h>
#include <linux/espsimd.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "flowpath.h"
#include "noxfrm.h"
#include "policy.h"

int flowpath_count_sas(struct nl *nl, uint32_t ifindex,
		       struct sa_count *count)
{
	struct nl_list list = { .nr = 0 };
	size_t i;
	int err;

	*count = (struct sa_count){ .crypto = 0 };
	err = nl_dump(nl, ESPSIMD_CMD_SA_GET, ifindex, &list);
	for (i = 0; !err && i < list.nr; i++) {
		const struct nlattr *attrs[ESPSIMD_A_SA_MAX + 1];

		err = attr_parse(list.messages[i], sa_attrs, ESPSIMD_A_SA_MAX,
				 attrs);
		if (err)
			break;
		if (attr_number(attrs[ESPSIMD_A_SA_OFFLOAD], ATTR_U32) !=
		    ESPSIMD_OFFLOAD_PACKET)
			count->crypto++;
		else if (attr_number(attrs[ESPSIMD_A_SA_DIRECTION], ATTR_U32) ==
			 ESPSIMD_DIRECTION_IN)
			count->packet_in++;
		else
			count->packet_out++;
	}
	nl_list_free(&list);
	return err;
}

/* Is the device one of the module's? Returns -ENOENT if not. */
static int find_dev(const struct nl_list *list, uint32_t ifindex,
		    struct dev *dev)
{
	size_t i;
	int err;

	for (i = 0; i < list->nr; i++) {
		err = dev_parse(list->messages[i], dev);
		if (err)
			return err;
		if (dev->ifindex == ifindex)
			return 0;
	}
	return -ENOENT;
}

/* Reports what speaks against a device on the side of the LAN. */
static bool fits_lan(const struct nl_list *list, const struct dev *dev,
		     unsigned int ifindex, const char *name)
{
	struct dev other;
	size_t i;

	if (ifindex == dev->ifindex) {
		error("\"%s\" cannot be on both sides", name);
		return false;
	}
	for (i = 0; i < list->nr; i++) {
		if (dev_parse(list->messages[i], &other))
			continue;
		if (other.ifindex == ifindex) {
			error("\"%s\" is an espsimd device: what comes out of its tunnels may not add flows",
			      name);
			return false;
		}
		if (other.lower_ifindex == ifindex) {
			error("\"%s\" is the lower device of \"%s\", by which its frames come in",
			      name, other.name);
			return false;
		}
	}
	return true;
}

static bool fit_nft(const struct links *links)
{
	size_t i;

	for (i = 0; i < links->nr; i++)
		if (!flowpath_name_fits(links->list[i].name)) {
			error("the name of the device with index %u cannot be written in nft's language; \"ip link set\" can change it",
			      links->list[i].ifindex);
			return false;
		}
	return true;
}

static bool add_links(struct links *links, unsigned int ifindex,
		      const char *name)
{
	int err = links_add_below(links, ifindex);

	if (err)
		error("what is below \"%s\" cannot be found out: %s", name,
		      strerror(-err));
	return !err;
}

static void add_one(struct links *links, unsigned int ifindex)
{
	links->list = reallocarray(links->list, links->nr + 1,
				   sizeof(links->list[0]));
	if (!links->list)
		no_memory();
	links->list[links->nr].ifindex = ifindex;
	if (if_indextoname(ifindex, links->list[links->nr].name))
		links->nr++;
}

static bool collect_lan(const struct nl_list *list, const struct dev *dev,
			char **words, struct links *lan, struct links *hooks)
{
	size_t i;

	if (!add_links(hooks, dev->ifindex, dev->name))
		return false;
	for (; *words; words++) {
		unsigned int ifindex = device_index(*words);

		if (!ifindex || !fits_lan(list, dev, ifindex, *words))
			return false;
		if (!links_have(lan, ifindex))
			add_one(lan, ifindex);
		if (!add_links(hooks, ifindex, *words))
			return false;
	}
	for (i = 1; i < hooks->nr; i++)
		if (!fits_lan(list, dev, hooks->list[i].ifindex,
			      hooks->list[i].name))
			return false;
	return fit_nft(hooks);
}

static int print_lan(struct nl *nl, const struct nl_list *list,
		     const struct dev *dev, char **lan_words)
{
	struct links lan = { .nr = 0 }, hooks = { .nr = 0 };
	struct noxfrm set = noxfrm_read("", dev->name);
	struct sa_count sas;
	int code = EXIT_FAILURE;
	int err;

	err = flowpath_count_sas(nl, dev->ifindex, &sas);
	if (err) {
		nl_error(nl, err);
	} else if (sas.crypto) {
		error("\"%s\" has SAs in crypto mode: the device does not keep clear text out of their flows",
		      dev->name);
	} else if (collect_lan(list, dev, lan_words, &lan, &hooks)) {
		flowpath_print(dev->name, &lan, &hooks, set.dev || set.all);
		code = EXIT_SUCCESS;
	}
	links_free(&lan);
	links_free(&hooks);
	return code;
}

/* The device would ask the kernel, which it is to do without. */
static int print_sysctl(const struct dev *dev)
{
	struct policy_count count;
	int err;

	err = policy_count_out(dev->ifindex, &count);
	if (err) {
		error("outbound policies cannot be listed: %s",
		      strerror(-err));
		return EXIT_FAILURE;
	}
	if (count.others) {
		error("outbound policies that are not offloaded to \"%s\" are in the way: %zu, such as %s",
		      dev->name, count.others, count.example);
		return EXIT_FAILURE;
	}
	flowpath_print_sysctl(dev->name);
	return EXIT_SUCCESS;
}

static int print_for(struct nl *nl, uint32_t ifindex, const char *name,
		     char **words)
{
	struct nl_list list = { .nr = 0 };
	int code = EXIT_FAILURE;
	struct dev dev;
	int err;

	err = nl_get(nl, ESPSIMD_CMD_DEV_GET, 0, &list);
	if (!err)
		err = find_dev(&list, ifindex, &dev);

	if (err == -ENOENT && !nl->reason[0])
		error("\"%s\" is not an espsimd device", name);
	else if (err)
		nl_error(nl, err);
	else if (!strcmp(*words, "lan"))
		code = print_lan(nl, &list, &dev, words + 1);
	else
		code = print_sysctl(&dev);
	nl_list_free(&list);
	return code;
}

/* Checks what is to be printed. Returns an exit code. */
static int check_words(char **words)
{
	if (!*words)
		return usage_error(&flowpath_object,
				   "\"lan\" is missing, or \"sysctl\"");
	if (!strcmp(*words, "lan"))
		return words[1] ? 0 : usage_error(&flowpath_object,
						  "\"lan\" needs a device");
	if (!strcmp(*words, "sysctl") && !*++words)
		return 0;
	return usage_error(&flowpath_object, "\"%s\" is not expected", *words);
}

static int flowpath_print_run(const struct options *options, char **words)
{
	unsigned int ifindex;
	const char *name;
	struct nl nl;
	int code, err;

	(void)options;
	if (!take_device(&words, &name) || !name)
		return usage_error(&flowpath_object,
				   "the espsimd device is missing");
	code = check_words(words);
	if (code)
		return code;

	ifindex = device_index(name);
	if (!ifindex)
		return EXIT_FAILURE;
	err = nl_open(&nl);
	if (err) {
		nl_error(&nl, err);
		code = EXIT_FAILURE;
	} else {
		code = print_for(&nl, ifindex, name, words);
	}
	nl_close(&nl);
	return code;
}

static int check_all(struct findings *findings, struct nl *nl,
		     uint32_t ifindex, const char *name)
{
	struct nl_list list = { .nr = 0 };
	bool any = false;
	struct dev dev;
	size_t i;
	int err;

	err = nl_get(nl, ESPSIMD_CMD_DEV_GET, 0, &list);
	for (i = 0; !err && i < list.nr; i++) {
		err = dev_parse(list.messages[i], &dev);
		if (err || (ifindex && dev.ifindex != ifindex))
			continue;
		any = true;
		flowpath_check(findings, nl, &dev);
	}
	nl_list_free(&list);
	if (err || any)
		return err;
	if (name)
		find(findings, RESULT_FAIL, "device",
		     "%s is not an espsimd device", name);
	else
		find(findings, RESULT_FAIL, "device",
		     "there is no espsimd device yet");
	return 0;
}

static int flowpath_show(const struct options *options, char **words)
{
	struct findings findings = { .nr = 0 };
	unsigned int ifindex;
	const char *name;
	struct nl nl;
	int code, err;

	code = only_device(&flowpath_object, words, &name, &ifindex);
	if (code)
		return code;

	err = nl_open(&nl);
	if (!err)
		flowpath_check_system(&findings);
	if (!err)
		err = check_all(&findings, &nl, ifindex, name);
	if (err) {
		nl_error(&nl, err);
		code = EXIT_FAILURE;
	} else {
		code = findings.failed ? EXIT_FAILURE : EXIT_SUCCESS;
		findings_print(&findings, options,
			       "Flows can take a flow table",
			       "Flows do not take a flow table");
	}
	findings_free(&findings);
	nl_close(&nl);
	return code;
}

static const struct command commands[] = {
	{ "show", flowpath_show },
	{ "print", flowpath_print_run },
	{ NULL }
};

const struct object flowpath_object = {
	.name = "flowpath",
	.usage = "Usage: espsimd flowpath [ show ] [ [ dev ] DEV ]\n"
		 "       espsimd flowpath print [ dev ] DEV lan LANDEV ...\n"
		 "       espsimd flowpath print [ dev ] DEV sysctl\n",
	.commands = commands,
	.bare = true,
};
