/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What netfilter says of flow tables and of tracked connections, by nfnetlink.
 */
#ifndef ESPSIMD_NETFILTER_H
#define ESPSIMD_NETFILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"

/**
 * struct flowtable - a flow table, as long as its message is there
 * @family: family of its table, as nft writes it
 * @table: name of its table
 * @name: its own name
 * @uses: number of rules that bring flows in
 * @devices: attribute with the devices that it has, NULL for none
 */
struct flowtable {
	const char *family;
	const char *table;
	const char *name;
	uint32_t uses;
	const struct nlattr *devices;
};

/**
 * netfilter_flowtables() - get all flow tables of this network namespace
 * @nl: socket of NETLINK_NETFILTER
 * @list: (output) messages for flowtable_parse()
 *
 * Return: as nl_do().
 */
int netfilter_flowtables(struct nl *nl, struct nl_list *list);

/**
 * netfilter_count_flows() - count the connections that are in a flow table
 * @nl: socket of NETLINK_NETFILTER
 * @count: (output) how many
 *
 * Return: as nl_do().
 */
int netfilter_count_flows(struct nl *nl, uint64_t *count);

/**
 * netfilter_clamps() - does a rule set the MSS of TCP connections?
 * @nl: socket of NETLINK_NETFILTER
 *
 * Return: true if there is one in this network namespace; false as well if
 * rules cannot be listed.
 */
bool netfilter_clamps(struct nl *nl);

/**
 * flowtable_parse() - read the description of a flow table
 * @nlh: a message of the answer
 * @flowtable: (output) the flow table
 *
 * Return: 0, or -EBADMSG if the message is malformed.
 */
int flowtable_parse(const struct nlmsghdr *nlh, struct flowtable *flowtable);

/**
 * flowtable_has() - does a flow table have a device?
 * @flowtable: the flow table
 * @name: the device's name
 *
 * Return: true if it has, by the name or by a pattern.
 */
bool flowtable_has(const struct flowtable *flowtable, const char *name);

/**
 * flowtable_others() - the devices of a flow table but one
 * @flowtable: the flow table
 * @name: the one
 * @text: (output) their names, with spaces between them; cut off if need be
 * @size: size of @text
 *
 * Return: how many there are.
 */
size_t flowtable_others(const struct flowtable *flowtable, const char *name,
			char *text, size_t size);

#endif /* ESPSIMD_NETFILTER_H */
