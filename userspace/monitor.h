/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `espsimd monitor` knows of the kernel's state, and how messages change
 * it. Messages tell less than events need: which SAs a device has lost when it
 * went down, or that are flushed, or to which device one belongs that expires.
 */
#ifndef ESPSIMD_MONITOR_H
#define ESPSIMD_MONITOR_H

#include <libmnl/libmnl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "event.h"

/**
 * struct monitor_dev - an espsimd device
 * @list: in struct monitor
 * @ifindex: its interface index
 * @name: its name
 * @lower: interface index of its lower device
 * @mtu: its MTU
 * @up: it is set up
 * @carrier: it has a carrier
 * @gone: it was removed; messages of before may still come
 * @seen: a listing has it
 */
struct monitor_dev {
	TAILQ_ENTRY(monitor_dev) list;
	uint32_t ifindex;
	char name[IF_NAMESIZE];
	uint32_t lower;
	uint32_t mtu;
	bool up;
	bool carrier;
	bool gone;
	bool seen;
};

struct monitor_object;

TAILQ_HEAD(monitor_devs, monitor_dev);
TAILQ_HEAD(monitor_objects, monitor_object);

/**
 * struct monitor - what is known
 * @options: text or JSON, with or without time
 * @dev: name of the device that matters, NULL for all
 * @quiet: what happens is no news
 * @stale_devs: messages on devices were lost: list them
 * @stale_objects: messages on SAs or policies were lost, or never sent: list
 *	them
 * @family: id of the module's family, 0 if it is not loaded
 * @devs: the devices
 * @objects: SAs and policies that are offloaded to them, in their order
 * @tree: the same for tfind()
 */
struct monitor {
	const struct options *options;
	const char *dev;
	bool quiet;
	bool stale_devs;
	bool stale_objects;
	uint16_t family;
	struct monitor_devs devs;
	struct monitor_objects objects;
	void *tree;
};

/**
 * monitor_init() - begin to know nothing
 * @monitor: (output) the state
 * @options: text or JSON, with or without time
 * @dev: name of the device that matters, NULL for all
 */
void monitor_init(struct monitor *monitor, const struct options *options,
		  const char *dev);

/**
 * monitor_free() - free what is known
 * @monitor: the state
 */
void monitor_free(struct monitor *monitor);

/**
 * monitor_resync() - list what may be other than what is known
 * @monitor: the state
 *
 * What differs becomes events. Devices that are gone are forgotten, so that
 * all messages that were sent before have to be read before.
 *
 * Return: 0 or a negative errno, such as -EINTR if what is listed changed all
 * the time; it has to be done again then.
 */
int monitor_resync(struct monitor *monitor);

/**
 * monitor_lost() - messages were lost
 * @monitor: the state
 * @from: where they came from
 */
void monitor_lost(struct monitor *monitor, const char *from);

/**
 * monitor_find_dev() - find a device
 * @monitor: the state
 * @ifindex: its interface index
 *
 * Return: the device, one that is gone too, or NULL.
 */
struct monitor_dev *monitor_find_dev(const struct monitor *monitor,
				     uint32_t ifindex);

/**
 * monitor_shows() - do events of a device matter?
 * @monitor: the state
 * @name: name of the device
 *
 * Return: true if they do.
 */
bool monitor_shows(const struct monitor *monitor, const char *name);

/**
 * monitor_link() - a message on network devices
 * @nlh: the message, of NETLINK_ROUTE
 * @data: struct monitor
 *
 * Return: MNL_CB_OK.
 */
int monitor_link(const struct nlmsghdr *nlh, void *data);

/**
 * monitor_list_devs() - list the devices
 * @monitor: the state
 *
 * Return: 0 or a negative errno.
 */
int monitor_list_devs(struct monitor *monitor);

/**
 * monitor_engine() - a message of the module on one of its devices
 * @monitor: the state
 * @nlh: the message, of the module's family
 */
void monitor_engine(const struct monitor *monitor, const struct nlmsghdr *nlh);

/**
 * monitor_module() - the module was loaded or unloaded
 * @monitor: the state
 * @loaded: which of them
 */
void monitor_module(const struct monitor *monitor, bool loaded);

/**
 * monitor_xfrm() - a message on SAs or policies
 * @nlh: the message, of NETLINK_XFRM
 * @data: struct monitor
 *
 * Return: MNL_CB_OK.
 */
int monitor_xfrm(const struct nlmsghdr *nlh, void *data);

/**
 * monitor_drop_objects() - a device has lost its SAs and policies
 * @monitor: the state
 * @ifindex: the device
 */
void monitor_drop_objects(struct monitor *monitor, uint32_t ifindex);

/**
 * monitor_list_objects() - list the SAs and policies
 * @monitor: the state
 *
 * Return: 0 or a negative errno.
 */
int monitor_list_objects(struct monitor *monitor);

/**
 * monitor_forget_objects() - free what is known of SAs and policies
 * @monitor: the state
 */
void monitor_forget_objects(struct monitor *monitor);

#endif /* ESPSIMD_MONITOR_H */
