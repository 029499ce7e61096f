/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests by rtnetlink that give one device what another one has: made from
 * the messages by which the kernel describes it, attribute by attribute, so
 * that what this command does not know is lost in neither.
 */
#ifndef ESPSIMD_RTMSG_H
#define ESPSIMD_RTMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"

/**
 * enum rtmsg_use - what a request is made for
 * @RTMSG_COMPARE: to be compared with another one: without what changes by
 *	itself, such as the time for which an address is valid
 * @RTMSG_ADD: to be sent. An address that another device has already is not
 *	looked for on the link again
 * @RTMSG_SETTLE: to be sent then, for an address to have the flags that it had
 */
enum rtmsg_use {
	RTMSG_COMPARE,
	RTMSG_ADD,
	RTMSG_SETTLE,
};

/**
 * rtmsg_dump() - ask the kernel for all objects of a kind
 * @nl: socket of NETLINK_ROUTE
 * @type: type of the request, such as RTM_GETADDR
 * @header: header of the family, zero where nothing is to be filtered
 * @size: size of @header
 * @list: (output) the messages
 *
 * Return: as nl_repeat(); 0 and nothing if the kernel does not know the kind.
 */
int rtmsg_dump(struct nl *nl, uint16_t type, const void *header, size_t size,
	       struct nl_list *list);

/**
 * rtmsg_start() - begin a request about a device
 * @request: (output) the request
 * @type: its type, RTM_NEWLINK or the like
 * @flags: further flags than those that all have
 * @ifindex: the device
 *
 * Return: the message, to which attributes can be added.
 */
struct nlmsghdr *rtmsg_start(union nl_request *request, uint16_t type,
			     uint16_t flags, unsigned int ifindex);

/**
 * rtmsg_address() - a request for an address like another one
 * @seen: the address as the kernel describes it
 * @ifindex: device that is to have it
 * @use: what for
 * @list: (output) the request is added to it
 */
void rtmsg_address(const struct nlmsghdr *seen, unsigned int ifindex,
		   enum rtmsg_use use, struct nl_list *list);

/**
 * rtmsg_route() - requests for a route like another one
 * @seen: the route as the kernel describes it
 * @from: its device; the next hops by others are left as they are
 * @to: device that is to have it
 * @use: what for
 * @list: (output) the requests are added to it: one for each next hop by @from
 *	in IPv6, one in IPv4, none if the route does not lead by @from, or if
 *	the kernel makes it for an address or knows its next hops by an id
 */
void rtmsg_route(const struct nlmsghdr *seen, unsigned int from,
		 unsigned int to, enum rtmsg_use use, struct nl_list *list);

/**
 * rtmsg_route_proto() - who has made a route
 * @nlh: the route
 *
 * Return: RTPROT_KERNEL and so on.
 */
uint8_t rtmsg_route_proto(const struct nlmsghdr *nlh);

/**
 * rtmsg_route_rivals() - does the order of two routes matter?
 * @a: a request for one
 * @b: a request for the other one
 *
 * Return: true if they differ in neither destination, TOS, metric nor table, so
 * that the kernel takes the first. Not in IPv6, where it spreads packets.
 */
bool rtmsg_route_rivals(const struct nlmsghdr *a, const struct nlmsghdr *b);

/**
 * rtmsg_route_first() - have a route come before those that are there
 * @nlh: (input, output) a request for it
 */
void rtmsg_route_first(struct nlmsghdr *nlh);

/**
 * rtmsg_route_later() - give a route a metric that is worse by one
 * @nlh: (input, output) a request for it
 */
void rtmsg_route_later(struct nlmsghdr *nlh);

/**
 * rtmsg_route_by_gateway() - does a route lead by way of a router?
 * @nlh: a request for it
 *
 * Return: true if the kernel has to know how to get to a router first.
 */
bool rtmsg_route_by_gateway(const struct nlmsghdr *nlh);

/**
 * rtmsg_neighbour() - a request for a neighbour like another one
 * @seen: the neighbour as the kernel describes it
 * @from: its device
 * @to: device that is to have it
 * @lasting: (output) added to it if somebody has set it, or a proxy for it
 * @learnt: (output) added to it if the kernel has found it out itself, for it
 *	to be found out anew at its first use; neither for those of others
 */
void rtmsg_neighbour(const struct nlmsghdr *seen, unsigned int from,
		     unsigned int to, struct nl_list *lasting,
		     struct nl_list *learnt);

/**
 * rtmsg_nexthop() - a request for a next hop of the same id by another device
 * @seen: the next hop as the kernel describes it
 * @from: its device
 * @to: device that is to have it
 * @list: (output) the request is added to it, unless the device is not @from
 */
void rtmsg_nexthop(const struct nlmsghdr *seen, unsigned int from,
		   unsigned int to, struct nl_list *list);

/**
 * rtmsg_same() - do two requests ask for the same thing?
 * @a: one
 * @b: the other one, made in the same way
 *
 * Return: less than, equal to or greater than 0: an order of requests.
 */
int rtmsg_same(const struct nlmsghdr *a, const struct nlmsghdr *b);

/**
 * rtmsg_delete() - turn requests for things into ones to delete them
 * @list: (input, output) the requests
 */
void rtmsg_delete(struct nl_list *list);

#endif /* ESPSIMD_RTMSG_H */
