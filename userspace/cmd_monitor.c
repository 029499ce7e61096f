// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd monitor: events of devices and of what is offloaded to them, as they
 * happen.
 */
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "monitor.h"
#include "nl.h"
#include "signals.h"
#include "stream.h"

/* Milliseconds until a listing that was disturbed is tried again. */
#define RETRY	100

/*
 * Where messages come from, in the order in which they are read: a device has
 * to be known before its SAs are.
 */
enum source {
	SOURCE_LINK,
	SOURCE_MODULE,
	SOURCE_XFRM,
	SOURCE_NR,
};

static const char *const source_names[] = {
	[SOURCE_LINK] = "link",
	[SOURCE_MODULE] = "module",
	[SOURCE_XFRM] = "xfrm",
};

struct watch {
	struct monitor monitor;
	struct mnl_socket *sockets[SOURCE_NR];
};

/* A module that is loaded anew has other numbers. */
static void join(struct watch *watch, uint16_t family, uint32_t group)
{
	watch->monitor.family = family;
	if (group)
		mnl_socket_setsockopt(watch->sockets[SOURCE_MODULE],
				      NETLINK_ADD_MEMBERSHIP, &group,
				      sizeof(group));
}

static void on_family(struct watch *watch, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct nl_family family = nl_family(nlh);

	if (!family.name || strcmp(family.name, ESPSIMD_FAMILY_NAME))
		return;
	if (genl->cmd == CTRL_CMD_NEWFAMILY) {
		join(watch, family.id, family.group);
		monitor_module(&watch->monitor, true);
	} else if (genl->cmd == CTRL_CMD_DELFAMILY) {
		watch->monitor.family = 0;
		monitor_module(&watch->monitor, false);
	}
}

static int on_module(const struct nlmsghdr *nlh, void *data)
{
	struct watch *watch = data;

	if (nlh->nlmsg_type == GENL_ID_CTRL)
		on_family(watch, nlh);
	else if (nlh->nlmsg_type == watch->monitor.family)
		monitor_engine(&watch->monitor, nlh);
	return MNL_CB_OK;
}

static bool is_over(void)
{
	return signals_ended() || stream_failed();
}

/*
 * Reads one packet of messages. Those of XFRM have keys, which must not outlive
 * it. Returns whether there may be more.
 */
static bool receive(struct watch *watch, enum source source)
{
	union {
		struct nlmsghdr header;
		char bytes[NL_ANSWER_SIZE];
	} buffer;
	static const mnl_cb_t takers[] = {
		[SOURCE_LINK] = monitor_link,
		[SOURCE_MODULE] = on_module,
		[SOURCE_XFRM] = monitor_xfrm,
	};
	void *data = source == SOURCE_MODULE ? (void *)watch : &watch->monitor;
	ssize_t size;

	size = mnl_socket_recvfrom(watch->sockets[source], &buffer,
				   sizeof(buffer));
	if (size > 0)
		mnl_cb_run(&buffer, size, 0, 0, takers[source], data);
	else if (size < 0 && (errno == ENOBUFS || errno == ENOSPC))
		monitor_lost(&watch->monitor, source_names[source]);
	if (size > 0 || errno == ENOSPC)
		explicit_bzero(&buffer, sizeof(buffer));
	return size > 0 || errno == ENOBUFS || errno == ENOSPC ||
	       errno == EINTR;
}

static void receive_all(struct watch *watch)
{
	int source;

	for (source = 0; source < SOURCE_NR; source++)
		while (!is_over() && receive(watch, source))
			;
}

/* Waits for messages. Returns whether there is still somebody to tell. */
static bool wait_for_more(struct watch *watch, int signals, int timeout)
{
	struct pollfd files[SOURCE_NR + 2];
	int i;

	for (i = 0; i < SOURCE_NR; i++)
		files[i] = (struct pollfd){
			.fd = mnl_socket_get_fd(watch->sockets[i]),
			.events = POLLIN,
		};
	files[SOURCE_NR] = (struct pollfd){ .fd = signals, .events = POLLIN };
	/* A pipe that nobody reads any more is in error. */
	files[SOURCE_NR + 1] = (struct pollfd){ .fd = STDOUT_FILENO };
	if (poll(files, SOURCE_NR + 2, timeout) <= 0)
		return true;
	return !(files[SOURCE_NR + 1].revents & (POLLERR | POLLHUP));
}

/*
 * Messages that were sent while a listing was made are read afterwards. There
 * is no news before the first one is complete.
 */
static int watch_all(struct watch *watch, int signals)
{
	int err;

	do {
		receive_all(watch);
		if (is_over())
			return 0;
		err = monitor_resync(&watch->monitor);
		if (err && err != -EINTR)
			return err;
		if (!err)
			watch->monitor.quiet = false;
	} while (!is_over() && wait_for_more(watch, signals, err ? RETRY : -1));
	return 0;
}

static int open_sockets(struct watch *watch, struct nl *nl)
{
	static const uint32_t link[] = { RTNLGRP_LINK, 0 };
	/* The group that tells of families has their family's number. */
	static const uint32_t module[] = { GENL_ID_CTRL, 0 };
	static const uint32_t xfrm[] = {
		XFRMNLGRP_SA, XFRMNLGRP_EXPIRE, XFRMNLGRP_POLICY, 0
	};
	int err = nl_open(nl);

	if (!err)
		err = nl_listen(NETLINK_ROUTE, link,
				&watch->sockets[SOURCE_LINK]);
	if (!err)
		err = nl_listen(NETLINK_GENERIC, module,
				&watch->sockets[SOURCE_MODULE]);
	if (!err)
		err = nl_listen(NETLINK_XFRM, xfrm,
				&watch->sockets[SOURCE_XFRM]);
	if (!err)
		join(watch, nl->family, nl->group);
	return err;
}

static int run(const struct options *options, const char *dev)
{
	struct watch watch = { .sockets = { NULL } };
	struct nl nl;
	int signals, err, i;

	signals = signals_begin(false);
	if (signals < 0) {
		error("signals cannot be waited for: %s", strerror(-signals));
		return EXIT_FAILURE;
	}
	monitor_init(&watch.monitor, options, dev);
	watch.monitor.quiet = true;
	watch.monitor.stale_devs = true;
	watch.monitor.stale_objects = true;

	err = open_sockets(&watch, &nl);
	if (!err)
		err = watch_all(&watch, signals);
	if (err)
		nl_error(&nl, err);

	for (i = 0; i < SOURCE_NR; i++)
		if (watch.sockets[i])
			mnl_socket_close(watch.sockets[i]);
	nl_close(&nl);
	monitor_free(&watch.monitor);
	stream_end();
	signals_end();
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int monitor_run(const struct options *options, char **words)
{
	const char *dev = NULL;

	if (*words && !strcmp(*words, "dev")) {
		dev = *++words;
		if (!dev)
			return usage_error(&monitor_object,
					   "\"dev\" needs a device");
		if (!*dev || strlen(dev) >= IF_NAMESIZE)
			return usage_error(&monitor_object,
					   "\"%s\" is no name of a device",
					   dev);
		words++;
	}
	if (*words)
		return usage_error(&monitor_object, "\"%s\" is not expected",
				   *words);
	return run(options, dev);
}

static const struct command commands[] = {
	{ NULL, monitor_run },
	{ NULL }
};

const struct object monitor_object = {
	.name = "monitor",
	.usage = "Usage: espsimd [ -j ] [ -t ] monitor [ dev DEV ]\n",
	.commands = commands,
	.bare = true,
};
