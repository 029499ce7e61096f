// SPDX-License-Identifier: GPL-2.0
/*
 * Events of the devices themselves: messages have their whole state, events are
 * what has changed in it.
 */
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "attr.h"
#include "command.h"
#include "monitor.h"
#include "nl.h"

static void begin(struct event *event, const struct monitor *monitor,
		  const char *object, const char *name,
		  const struct monitor_dev *dev)
{
	event_begin(event, monitor->options, object, name);
	event_word(event, "dev", "ifname", dev->name);
	event_number(event, NULL, "ifindex", dev->ifindex);
}

static void tell(const struct monitor *monitor, const char *name,
		 const struct monitor_dev *dev)
{
	struct event event;

	if (!monitor_shows(monitor, dev->name))
		return;
	begin(&event, monitor, "link", name, dev);
	event_end(&event);
}

static void tell_added(const struct monitor *monitor,
		       const struct monitor_dev *dev)
{
	char lower[IF_NAMESIZE];
	struct event event;

	if (!monitor_shows(monitor, dev->name))
		return;
	if (!if_indextoname(dev->lower, lower))
		snprintf(lower, sizeof(lower), "if%u", dev->lower);
	begin(&event, monitor, "link", "added", dev);
	event_word(&event, "lower", "lower-ifname", lower);
	event_number(&event, "mtu", "mtu", dev->mtu);
	event_end(&event);
}

static void tell_mtu(const struct monitor *monitor,
		     const struct monitor_dev *dev)
{
	struct event event;

	if (!monitor_shows(monitor, dev->name))
		return;
	begin(&event, monitor, "link", "mtu", dev);
	event_number(&event, "mtu", "mtu", dev->mtu);
	event_end(&event);
}

static void tell_renamed(const struct monitor *monitor, const char *old,
			 const struct monitor_dev *dev)
{
	struct event event;

	if (!monitor_shows(monitor, dev->name) && !monitor_shows(monitor, old))
		return;
	begin(&event, monitor, "link", "renamed", dev);
	event_word(&event, "from", "old-ifname", old);
	event_end(&event);
}

static bool is_ours(const struct nlattr *linkinfo)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, linkinfo)
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			return !strcmp(mnl_attr_get_str(attr), "espsimd");
	return false;
}

/* Returns whether the message is on an espsimd device. */
static bool parse(const struct nlmsghdr *nlh, struct monitor_dev *dev)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	bool ours = false;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*info) ||
	    info->ifi_family != AF_UNSPEC)
		return false;
	*dev = (struct monitor_dev){ .ifindex = info->ifi_index };
	dev->up = info->ifi_flags & IFF_UP;

	mnl_attr_for_each(attr, nlh, sizeof(*info)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			if (!mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
				snprintf(dev->name, sizeof(dev->name), "%s",
					 mnl_attr_get_str(attr));
			break;
		case IFLA_MTU:
			dev->mtu = attr_number(attr, ATTR_U32);
			break;
		case IFLA_LINK:
			dev->lower = attr_number(attr, ATTR_U32);
			break;
		case IFLA_CARRIER:
			dev->carrier = attr_number(attr, ATTR_U8);
			break;
		case IFLA_LINKINFO:
			ours = is_ours(attr);
			break;
		}
	}
	return ours;
}

/* The kernel takes SAs and policies from a device that goes down. */
static void lose_objects(struct monitor *monitor, uint32_t ifindex)
{
	monitor_drop_objects(monitor, ifindex);
	monitor->stale_objects = true;
}

static void change(struct monitor *monitor, struct monitor_dev *dev,
		   const struct monitor_dev *now)
{
	char old[IF_NAMESIZE];

	if (strcmp(dev->name, now->name)) {
		memcpy(old, dev->name, sizeof(old));
		memcpy(dev->name, now->name, sizeof(dev->name));
		tell_renamed(monitor, old, dev);
	}
	if (dev->mtu != now->mtu) {
		dev->mtu = now->mtu;
		tell_mtu(monitor, dev);
	}
	if (dev->up != now->up) {
		dev->up = now->up;
		tell(monitor, dev->up ? "up" : "down", dev);
		if (!dev->up)
			lose_objects(monitor, dev->ifindex);
	}
	if (dev->carrier != now->carrier) {
		dev->carrier = now->carrier;
		tell(monitor, dev->carrier ? "carrier-on" : "carrier-off", dev);
	}
}

static struct monitor_dev *new_dev(struct monitor *monitor,
				   const struct monitor_dev *now)
{
	struct monitor_dev *dev = malloc(sizeof(*dev));

	if (!dev)
		no_memory();
	/* Up and carrier are events of their own. */
	*dev = *now;
	dev->up = false;
	dev->carrier = false;
	TAILQ_INSERT_TAIL(&monitor->devs, dev, list);
	tell_added(monitor, dev);
	return dev;
}

static void update(struct monitor *monitor, struct monitor_dev *dev,
		   const struct monitor_dev *now)
{
	/* The number of one that is gone can be that of another one. */
	if (dev && dev->gone) {
		TAILQ_REMOVE(&monitor->devs, dev, list);
		free(dev);
		dev = NULL;
	}
	if (!dev)
		dev = new_dev(monitor, now);
	change(monitor, dev, now);
	dev->seen = true;
}

static void delete(struct monitor *monitor, struct monitor_dev *dev)
{
	tell(monitor, "deleted", dev);
	dev->gone = true;
	lose_objects(monitor, dev->ifindex);
}

int monitor_link(const struct nlmsghdr *nlh, void *data)
{
	struct monitor *monitor = data;
	struct monitor_dev now, *dev;

	if ((nlh->nlmsg_type != RTM_NEWLINK &&
	     nlh->nlmsg_type != RTM_DELLINK) || !parse(nlh, &now))
		return MNL_CB_OK;

	dev = monitor_find_dev(monitor, now.ifindex);
	if (nlh->nlmsg_type == RTM_NEWLINK)
		update(monitor, dev, &now);
	else if (dev && !dev->gone)
		delete(monitor, dev);
	return MNL_CB_OK;
}

int monitor_list_devs(struct monitor *monitor)
{
	struct nl_list list = { .nr = 0 };
	struct monitor_dev *dev;
	struct nlmsghdr *request;
	union nl_request buffer;
	struct nl nl;
	size_t i;
	int err;

	request = mnl_nlmsg_put_header(&buffer);
	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST;
	mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));

	TAILQ_FOREACH(dev, &monitor->devs, list)
		dev->seen = false;
	err = nl_connect(&nl, NETLINK_ROUTE);
	if (!err)
		err = nl_repeat(&nl, request, &list);
	for (i = 0; !err && i < list.nr; i++)
		monitor_link(list.messages[i], monitor);
	TAILQ_FOREACH(dev, &monitor->devs, list)
		if (!err && !dev->seen && !dev->gone)
			delete(monitor, dev);
	nl_list_free(&list);
	nl_close(&nl);
	return err;
}

void monitor_engine(const struct monitor *monitor, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attrs[ESPSIMD_A_DEV_MAX + 1];
	const struct monitor_dev *dev;
	char text[ATTR_TEXT_SIZE];
	struct event event;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) ||
	    genl->cmd != ESPSIMD_CMD_DEV_CHANGE_NTF ||
	    attr_parse(nlh, dev_attrs, ESPSIMD_A_DEV_MAX, attrs))
		return;
	dev = monitor_find_dev(monitor,
			       attr_number(attrs[ESPSIMD_A_DEV_IFINDEX],
					   ATTR_LINK));
	if (!dev || !monitor_shows(monitor, dev->name))
		return;

	begin(&event, monitor, "engine", "changed", dev);
	event_word(&event, "engine", "engine",
		   attr_text(attrs[ESPSIMD_A_DEV_ENGINE],
			     &dev_attrs[ESPSIMD_A_DEV_ENGINE], text));
	event_word(&event, "active", "engine-active",
		   attr_text(attrs[ESPSIMD_A_DEV_ENGINE_ACTIVE],
			     &dev_attrs[ESPSIMD_A_DEV_ENGINE_ACTIVE], text));
	event_end(&event);
}
