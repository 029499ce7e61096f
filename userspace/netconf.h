/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a network device is configured: reading it, giving it to another device,
 * and taking it away from one.
 */
#ifndef ESPSIMD_NETCONF_H
#define ESPSIMD_NETCONF_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"
#include "sysctl.h"

#define NETCONF_ALIAS_SIZE	256
#define NETCONF_KIND_SIZE	32

/**
 * struct netconf_link - a device as the list of all devices has it
 * @ifindex: interface index
 * @name: name
 * @kind: kind of virtual device, empty for an adapter
 * @type: hardware type, ARPHRD_ETHER and so on
 * @flags: IFF_UP and so on, as far as somebody has set them
 * @below: interface index of the device that it is on, or 0
 * @master: interface index of its master, or 0
 * @txqlen: length of its queue
 * @group: group of devices
 * @alias: description
 * @has_ip6: IPv6 knows the device
 * @gen_mode: how IPv6 makes addresses for it
 * @token: the half of IPv6 addresses that was set for it, or zero
 * @nlh: the message, which has the other names
 */
struct netconf_link {
	unsigned int ifindex;
	char name[IF_NAMESIZE];
	char kind[NETCONF_KIND_SIZE];
	uint16_t type;
	uint32_t flags;
	uint32_t below;
	uint32_t master;
	uint32_t txqlen;
	uint32_t group;
	char alias[NETCONF_ALIAS_SIZE];
	bool has_ip6;
	uint8_t gen_mode;
	struct in6_addr token;
	const struct nlmsghdr *nlh;
};

/**
 * struct netconf - how a device is configured
 * @link: the device itself
 * @links: the message that @link was made from
 * @addresses: its addresses
 * @routes: routes that lead by it
 * @nexthops: next hops with an id
 * @neighbours: neighbours, and those that it is a proxy for
 * @sysctls: its settings
 * @ip6_disabled: setting disable_ipv6, empty if there is none
 */
struct netconf {
	struct netconf_link link;
	struct nl_list links;
	struct nl_list addresses;
	struct nl_list routes;
	struct nl_list nexthops;
	struct nl_list neighbours;
	struct sysctls sysctls;
	char ip6_disabled[SYSCTL_VALUE_SIZE];
};

/**
 * struct netconf_task - work on devices
 * @nl: socket of NETLINK_ROUTE
 * @step: what is being done, for an error
 */
struct netconf_task {
	struct nl nl;
	const char *step;
};

/**
 * netconf_links() - list all devices
 * @task: the work
 * @list: (output) messages, for netconf_link_parse()
 *
 * Return: 0 or a negative errno.
 */
int netconf_links(struct netconf_task *task, struct nl_list *list);

/**
 * netconf_link_parse() - read a message of the list of devices
 * @nlh: the message, which has to stay
 * @link: (output) the device
 *
 * Return: false if it is malformed.
 */
bool netconf_link_parse(const struct nlmsghdr *nlh, struct netconf_link *link);

/**
 * netconf_link_called() - does a device have a name?
 * @link: the device
 * @name: the name, which may be one of its other names
 *
 * Return: true if it has.
 */
bool netconf_link_called(const struct netconf_link *link, const char *name);

/**
 * netconf_read() - read how a device is configured
 * @task: the work
 * @ifindex: the device
 * @conf: (output) its configuration; to be freed even after an error
 *
 * Return: 0 or a negative errno.
 */
int netconf_read(struct netconf_task *task, unsigned int ifindex,
		 struct netconf *conf);

/**
 * netconf_free() - free a configuration
 * @conf: the configuration
 */
void netconf_free(struct netconf *conf);

/**
 * netconf_prepare() - the part of netconf_apply() that comes before addresses
 * @task: the work
 * @conf: the configuration
 * @ifindex: the device
 *
 * From here on until netconf_complete() IPv6 makes no addresses for the device.
 *
 * Return: 0 or a negative errno; @task->step says what went wrong.
 */
int netconf_prepare(struct netconf_task *task, const struct netconf *conf,
		    unsigned int ifindex);

/**
 * netconf_complete() - the other part: flags, addresses, routes, neighbours
 * @task: the work
 * @conf: the configuration
 * @ifindex: the device
 *
 * Return: 0 or a negative errno; @task->step says what went wrong.
 */
int netconf_complete(struct netconf_task *task, const struct netconf *conf,
		     unsigned int ifindex);

/**
 * netconf_apply() - configure a device like another one, or as it was before
 * @task: the work
 * @conf: the configuration
 * @ifindex: the device
 *
 * Only what differs is changed. Names, other names and the MAC address are not
 * part of it. Addresses and routes of the device that the configuration was
 * read from are left alone, so that there is no moment without them.
 *
 * Return: 0 or a negative errno; @task->step says what went wrong.
 */
int netconf_apply(struct netconf_task *task, const struct netconf *conf,
		  unsigned int ifindex);

/**
 * netconf_apply_routes() - give a device routes
 * @task: the work
 * @conf: the configuration that they are from
 * @ifindex: the device; what it has already is left as it is
 *
 * Return: 0 or a negative errno; @task->step says what went wrong.
 */
int netconf_apply_routes(struct netconf_task *task, const struct netconf *conf,
			 unsigned int ifindex);

/**
 * netconf_strip_routes() - take all routes away that do not go with addresses
 * @task: the work
 * @ifindex: the device
 *
 * Return: 0 or a negative errno; @task->step says what went wrong.
 */
int netconf_strip_routes(struct netconf_task *task, unsigned int ifindex);

/**
 * netconf_strip() - take addresses, routes and neighbours away from a device
 * @task: the work
 * @ifindex: the device, which stays up
 *
 * IPv6 is disabled on it.
 *
 * Return: 0 or a negative errno; @task->step says what went wrong.
 */
int netconf_strip(struct netconf_task *task, unsigned int ifindex);

/**
 * netconf_rename() - give a device a name
 * @task: the work
 * @ifindex: the device, which may be up
 * @name: the name
 *
 * Return: 0 or a negative errno; @task->step says what went wrong.
 */
int netconf_rename(struct netconf_task *task, unsigned int ifindex,
		   const char *name);

/**
 * netconf_move_altnames() - move all other names of a device to another one
 * @task: the work
 * @from: the device that has them
 * @to: the device that gets them
 *
 * Return: 0 or a negative errno; @task->step says what went wrong.
 */
int netconf_move_altnames(struct netconf_task *task, unsigned int from,
			  unsigned int to);

#endif /* ESPSIMD_NETCONF_H */
