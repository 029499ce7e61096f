// SPDX-License-Identifier: GPL-2.0
/*
 * Putting an espsimd device in the place of an adapter, and taking it away.
 *
 * The order of things is such that addresses and routes are there twice for a
 * moment, and never not at all. Frames that come in are lost while the new
 * device exists and is not up yet; so nothing but its settings comes between.
 * Its name comes before its addresses, since the kernel changes the labels of
 * addresses when a device is renamed.
 */
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "command.h"
#include "netconf.h"
#include "policy.h"
#include "rtmsg.h"
#include "takeover.h"

#define KIND	"espsimd"

/* A takeover or a release as it is done. */
struct takeover {
	struct netconf_task task;
	struct nl family;
	struct nl_list links;
	struct netconf conf;
	struct netconf below;
	char name[IF_NAMESIZE];
	char low[IF_NAMESIZE];
	char temporary[IF_NAMESIZE];
	unsigned int lower;
	unsigned int upper;
};

void takeover_name(const char *name, const char *prefix,
		   char derived[IF_NAMESIZE])
{
	size_t room = IF_NAMESIZE - 1 - strlen(prefix);
	uint32_t hash = 2166136261;
	char number[8] = "";
	const char *c;

	if (strlen(name) > room) {
		/* FNV-1a. What matters is that it is always the same. */
		for (c = name; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 16777619;
		snprintf(number, sizeof(number), "%04x",
			 (hash >> 16 ^ hash) & 0xffff);
		room -= strlen(number);
	}
	snprintf(derived, IF_NAMESIZE, "%.4s%.*s%s", prefix, (int)room, name,
		 number);
}

/* ---- beginning and end ---- */

static int begin(struct takeover *t)
{
	int err;

	*t = (struct takeover){ .lower = 0 };
	err = nl_open(&t->family);
	if (err) {
		nl_error(&t->family, err);
		return err;
	}
	err = nl_connect(&t->task.nl, NETLINK_ROUTE) ?:
	      netconf_links(&t->task, &t->links);
	if (err)
		error("devices cannot be listed: %s", strerror(-err));
	return err;
}

static void end(struct takeover *t)
{
	netconf_free(&t->conf);
	netconf_free(&t->below);
	nl_list_free(&t->links);
	nl_close(&t->task.nl);
	nl_close(&t->family);
}

static const char *reason_of(const struct takeover *t, int err)
{
	if (err == -EPERM)
		return "not permitted, CAP_NET_ADMIN is needed";
	return t->task.nl.reason[0] ? t->task.nl.reason : strerror(-err);
}

/*
 * Half of it is no state to stay in: what would end the command has to wait.
 */
static void hold_signals(sigset_t *before)
{
	static const int signals[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGTSTP,
	};
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, before);
}

static void let_signals(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

/* ---- what is in the way ---- */

/* Says no, and why. */
__attribute__((format(printf, 2, 3)))
static int refuse(int err, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	error("%s", text);
	return err;
}

static bool find_called(const struct takeover *t, const char *name,
			struct netconf_link *link)
{
	size_t i;

	for (i = 0; i < t->links.nr; i++)
		if (netconf_link_parse(t->links.messages[i], link) &&
		    netconf_link_called(link, name))
			return true;
	return false;
}

static bool find_index(const struct takeover *t, unsigned int ifindex,
		       struct netconf_link *link)
{
	size_t i;

	for (i = 0; i < t->links.nr; i++)
		if (netconf_link_parse(t->links.messages[i], link) &&
		    link->ifindex == ifindex)
			return true;
	return false;
}

static int check_master(const struct takeover *t,
			const struct netconf_link *link)
{
	struct netconf_link master;

	if (!link->master)
		return 0;
	if (!find_index(t, link->master, &master))
		return refuse(-EBUSY, "%s has a master", link->name);
	if (!strcmp(master.kind, KIND))
		return refuse(-EBUSY, "%s is below the espsimd device %s already",
			      link->name, master.name);
	return refuse(-EBUSY,
		      "%s is a port of %s (%s), and can have one master only",
		      link->name, master.name, master.kind);
}

/* Is the other end of a pair said to be below it? */
static bool is_pair(const struct netconf_link *link)
{
	return !strcmp(link->kind, "veth") || !strcmp(link->kind, "netkit");
}

/*
 * Other devices know the one below them by its number and stay on the adapter.
 * A VLAN works there as it did. Others look for routes by it, and find none.
 */
static int check_uppers(const struct takeover *t,
			const struct netconf_link *lower)
{
	struct netconf_link link;
	size_t i;

	for (i = 0; i < t->links.nr; i++) {
		if (!netconf_link_parse(t->links.messages[i], &link) ||
		    link.below != lower->ifindex || is_pair(&link) ||
		    !strcmp(link.kind, "vlan"))
			continue;
		return refuse(-EBUSY,
			      "%s (%s) is on %s, and would not work any more: remove it, and make it again afterwards",
			      link.name, link.kind, lower->name);
	}
	return 0;
}

static int check_free(const struct takeover *t, const char *name)
{
	struct netconf_link link;

	if (find_called(t, name, &link))
		return refuse(-EEXIST, "the name %s is needed, and taken",
			      name);
	return 0;
}

static int check_adapter(struct takeover *t, const char *name)
{
	struct netconf_link link;
	int err;

	if (!find_called(t, name, &link))
		return refuse(-ENODEV, "there is no device \"%s\"", name);
	if (!strcmp(link.kind, KIND))
		return refuse(-EEXIST, "%s is an espsimd device already",
			      link.name);
	if (link.type != ARPHRD_ETHER)
		return refuse(-EINVAL, "%s is not an Ethernet device",
			      link.name);
	snprintf(t->name, sizeof(t->name), "%s", link.name);
	takeover_name(link.name, "low-", t->low);
	takeover_name(link.name, "tmp-", t->temporary);
	t->lower = link.ifindex;
	err = check_master(t, &link) ?: check_uppers(t, &link);
	return err ?: check_free(t, t->low) ?: check_free(t, t->temporary);
}

/* ---- steps ---- */

static int create(struct takeover *t)
{
	struct nl_list list = { .nr = 0 };
	struct netconf_link link;
	struct nlmsghdr *request;
	union nl_request buffer;
	struct nlattr *info;
	int err;

	t->task.step = "making the espsimd device";
	request = rtmsg_start(&buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
			      0);
	mnl_attr_put_strz(request, IFLA_IFNAME, t->temporary);
	mnl_attr_put_u32(request, IFLA_LINK, t->lower);
	info = mnl_attr_nest_start(request, IFLA_LINKINFO);
	mnl_attr_put_strz(request, IFLA_INFO_KIND, KIND);
	mnl_attr_nest_end(request, info);
	err = nl_do(&t->task.nl, request, NULL);
	if (err)
		return err;

	/* Not even its number may be lost now. */
	err = netconf_links(&t->task, &list);
	nl_list_free(&t->links);
	t->links = list;
	if (err || !find_called(t, t->temporary, &link))
		return err ?: -ENODEV;
	t->upper = link.ifindex;
	return 0;
}

static int destroy(struct takeover *t)
{
	union nl_request buffer;

	t->task.step = "removing the espsimd device";
	return nl_do(&t->task.nl,
		     rtmsg_start(&buffer, RTM_DELLINK, 0, t->upper), NULL);
}

/*
 * Gives the name, and all other names, of one device to another one, which is
 * called by its own name in @aside afterwards.
 */
static int swap_names(struct takeover *t, unsigned int from, const char *aside,
		      unsigned int to)
{
	return netconf_rename(&t->task, from, aside) ?:
	       netconf_rename(&t->task, to, t->name) ?:
	       netconf_move_altnames(&t->task, from, to);
}

static int take(struct takeover *t)
{
	return create(t) ?:
	       netconf_prepare(&t->task, &t->conf, t->upper) ?:
	       swap_names(t, t->lower, t->low, t->upper) ?:
	       netconf_complete(&t->task, &t->conf, t->upper) ?:
	       netconf_strip(&t->task, t->lower);
}

static int give_back(struct takeover *t)
{
	return netconf_prepare(&t->task, &t->conf, t->lower) ?:
	       swap_names(t, t->upper, t->temporary, t->lower) ?:
	       netconf_complete(&t->task, &t->conf, t->lower) ?:
	       netconf_strip_routes(&t->task, t->upper) ?:
	       destroy(t);
}

/* ---- putting all back ---- */

/* Goes on whatever happens: as much as possible is to be as it was. */
static void put_back(struct takeover *t, int err)
{
	if (err)
		error("of what was to be put back, this failed: %s: %s",
		      t->task.step, reason_of(t, err));
}

/* Whatever the devices are called now. */
static void put_names_back(struct takeover *t, unsigned int from,
			   const char *aside, unsigned int to)
{
	put_back(t, netconf_rename(&t->task, from, aside));
	put_back(t, netconf_rename(&t->task, to, t->name));
	put_back(t, netconf_move_altnames(&t->task, from, to));
}

static void untake(struct takeover *t)
{
	struct netconf_link link;

	/* It may have been made even if its number could not be found out. */
	if (!t->upper) {
		nl_list_free(&t->links);
		if (!netconf_links(&t->task, &t->links) &&
		    find_called(t, t->temporary, &link))
			t->upper = link.ifindex;
	}
	if (!t->upper)
		return;
	put_names_back(t, t->upper, t->temporary, t->lower);
	put_back(t, netconf_apply(&t->task, &t->conf, t->lower));
	put_back(t, destroy(t));
	/* With the device go routes that have an address of it as a source. */
	put_back(t, netconf_apply_routes(&t->task, &t->conf, t->lower));
}

static void unrelease(struct takeover *t)
{
	put_names_back(t, t->lower, t->low, t->upper);
	put_back(t, netconf_apply(&t->task, &t->conf, t->upper));
	put_back(t, netconf_strip(&t->task, t->lower));
	/* Settings and flags, too. */
	put_back(t, netconf_apply(&t->task, &t->below, t->lower));
}

/* ---- taking over ---- */

static void tell_of_vlans(const struct takeover *t)
{
	struct netconf_link link;
	size_t i;

	for (i = 0; i < t->links.nr; i++)
		if (netconf_link_parse(t->links.messages[i], &link) &&
		    link.below == t->lower && !strcmp(link.kind, "vlan"))
			fprintf(stderr, "Note: %s stays on %s.\n", link.name,
				t->low);
}

/* Reports the reason before what else may go wrong says its own. */
static void report(const struct takeover *t, const char *what, int err)
{
	error("%s was not %s: %s: %s", t->name, what, t->task.step,
	      reason_of(t, err));
}

static int take_or_undo(struct takeover *t)
{
	sigset_t before;
	int err;

	hold_signals(&before);
	err = take(t);
	if (err) {
		report(t, "taken over", err);
		untake(t);
	} else {
		tell_of_vlans(t);
	}
	let_signals(&before);
	return err;
}

int takeover(const char *name)
{
	struct takeover t;
	int err;

	err = begin(&t) ?: check_adapter(&t, name);
	if (!err) {
		err = netconf_read(&t.task, t.lower, &t.conf);
		if (err)
			report(&t, "taken over", err);
		else
			err = take_or_undo(&t);
	}
	end(&t);
	return err;
}

/* ---- releasing ---- */

static int check_gone_with(const struct takeover *t,
			   const struct netconf_link *upper)
{
	struct netconf_link link;
	size_t i;

	for (i = 0; i < t->links.nr; i++) {
		if (!netconf_link_parse(t->links.messages[i], &link) ||
		    link.below != upper->ifindex)
			continue;
		return refuse(-EBUSY, "%s (%s) is on %s, and would go with it: remove it, and make it again afterwards",
			      link.name, link.kind, upper->name);
	}
	return 0;
}

static int count_sas(struct takeover *t, uint64_t *nr)
{
	const struct nlattr *attrs[ESPSIMD_A_DEV_MAX + 1];
	struct nl_list list = { .nr = 0 };
	int err;

	err = nl_get(&t->family, ESPSIMD_CMD_DEV_GET, t->upper, &list);
	if (!err && (!list.nr || attr_parse(list.messages[0], dev_attrs,
					    ESPSIMD_A_DEV_MAX, attrs)))
		err = -EBADMSG;
	if (!err)
		*nr = attr_number(attrs[ESPSIMD_A_DEV_SA_IN], ATTR_U32) +
		      attr_number(attrs[ESPSIMD_A_DEV_SA_OUT], ATTR_U32);
	nl_list_free(&list);
	return err;
}

/* The kernel deletes both with the device. */
static int check_ipsec(struct takeover *t)
{
	size_t policies = 0;
	uint64_t sas = 0;
	int err;

	err = count_sas(t, &sas);
	if (err) {
		nl_error(&t->family, err);
		return err;
	}
	err = policy_count_on(t->upper, &policies);
	if (err)
		return refuse(err, "policies cannot be listed: %s",
			      strerror(-err));
	if (sas)
		return refuse(-EBUSY, "%s carries live SAs, %llu, which would be deleted with it: move them to the stack first (\"espsimd sa generic dev %s all\"), or say \"force\"",
			      t->name, (unsigned long long)sas, t->name);
	if (policies)
		return refuse(-EBUSY, "%s carries policies, %zu, which would be deleted with it, and what they protect sent in clear: say \"force\" if that is meant",
			      t->name, policies);
	return 0;
}

static int check_device(struct takeover *t, const char *name, bool force)
{
	struct netconf_link link, lower;
	int err;

	if (!find_called(t, name, &link))
		return refuse(-ENODEV, "there is no device \"%s\"", name);
	if (strcmp(link.kind, KIND))
		return refuse(-EINVAL, "%s is not an espsimd device",
			      link.name);
	if (!find_index(t, link.below, &lower))
		return refuse(-EINVAL, "%s has no lower device", link.name);
	snprintf(t->name, sizeof(t->name), "%s", link.name);
	takeover_name(link.name, "low-", t->low);
	takeover_name(link.name, "tmp-", t->temporary);
	if (strcmp(lower.name, t->low))
		return refuse(-EINVAL,
			      "%s was not made by takeover: it is on %s, and not on %s",
			      link.name, lower.name, t->low);
	t->upper = link.ifindex;
	t->lower = lower.ifindex;
	err = check_free(t, t->temporary) ?: check_master(t, &link) ?:
	      check_gone_with(t, &link);
	return err || force ? err : check_ipsec(t);
}

static int release_or_undo(struct takeover *t)
{
	sigset_t before;
	int err;

	hold_signals(&before);
	err = give_back(t);
	if (err) {
		report(t, "released", err);
		unrelease(t);
	} else {
		/* Those that have had a source address of the device. */
		err = netconf_apply_routes(&t->task, &t->conf, t->lower);
		if (err)
			error("%s was released, but lacks routes: %s: %s",
			      t->name, t->task.step, reason_of(t, err));
	}
	let_signals(&before);
	return err;
}

int takeover_release(const char *name, bool force)
{
	struct takeover t;
	int err;

	err = begin(&t) ?: check_device(&t, name, force);
	if (!err) {
		err = netconf_read(&t.task, t.upper, &t.conf) ?:
		      netconf_read(&t.task, t.lower, &t.below);
		if (err)
			report(&t, "released", err);
		else
			err = release_or_undo(&t);
	}
	end(&t);
	return err;
}
