/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the module by generic netlink, and to others by other families.
 */
#ifndef ESPSIMD_NL_H
#define ESPSIMD_NL_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

/* More than all attributes of a request take, and what the kernel sends. */
#define NL_REQUEST_SIZE	4096
#define NL_ANSWER_SIZE	32768

/**
 * union nl_request - a request and room for its attributes
 * @header: the request
 * @bytes: the room
 */
union nl_request {
	struct nlmsghdr header;
	char bytes[NL_REQUEST_SIZE];
};

/**
 * struct nl - a netlink socket
 * @protocol: the netlink family, NETLINK_GENERIC for the module
 * @socket: the socket, NULL if closed
 * @seq: sequence number of the last request
 * @family: id of the espsimd family
 * @group: id of its multicast group, 0 if it has none
 * @reason: sentence of the kernel on the last request's error, or empty
 */
struct nl {
	int protocol;
	struct mnl_socket *socket;
	unsigned int seq;
	uint16_t family;
	uint32_t group;
	char reason[512];
};

/**
 * struct nl_family - a family of generic netlink
 * @name: its name, in the message
 * @id: its id
 * @group: id of its first multicast group, 0 if it has none
 */
struct nl_family {
	const char *name;
	uint16_t id;
	uint32_t group;
};

/**
 * struct nl_list - messages of an answer
 * @messages: each allocated by itself
 * @nr: how many
 * @room: how many the array has room for
 */
struct nl_list {
	struct nlmsghdr **messages;
	size_t nr;
	size_t room;
};

/**
 * typedef nl_each_fn - what to do with a message of an answer
 * @nlh: the message
 * @data: what was given to nl_each()
 */
typedef void nl_each_fn(const struct nlmsghdr *nlh, void *data);

/**
 * nl_connect() - open a socket to another part of the kernel than the module
 * @nl: (output) the socket; to be closed even after an error
 * @protocol: the netlink family
 *
 * Return: 0 or a negative errno.
 */
int nl_connect(struct nl *nl, int protocol);

/**
 * nl_open() - open a socket and look up the family
 * @nl: (output) the socket; to be closed even after an error
 *
 * Return: 0, -ENOENT if the module is not loaded, or another negative errno.
 */
int nl_open(struct nl *nl);

/**
 * nl_family() - read what the kernel says of a family
 * @nlh: a message of the family that describes families
 *
 * Return: the family; what was not said is 0 or NULL.
 */
struct nl_family nl_family(const struct nlmsghdr *nlh);

/**
 * nl_listen() - open a socket that gets messages without asking for them
 * @protocol: the netlink family
 * @groups: ids of its multicast groups, ended by 0
 * @socket: (output) the socket, or NULL; it is read without waiting
 *
 * Return: 0 or a negative errno.
 */
int nl_listen(int protocol, const uint32_t *groups,
	      struct mnl_socket **socket);

/**
 * nl_close() - close a socket
 * @nl: the socket
 */
void nl_close(struct nl *nl);

/**
 * nl_start() - begin a request to the family
 * @nl: the socket
 * @request: (output) the request
 * @command: command of the family
 *
 * Return: the message, to which attributes can be added.
 */
struct nlmsghdr *nl_start(struct nl *nl, union nl_request *request,
			  uint8_t command);

/**
 * nl_do() - send a request and collect the answer
 * @nl: the socket
 * @request: the request
 * @list: (output) messages of the answer; NULL if none is of interest
 *
 * Return: 0 or a negative errno; @nl->reason says why if the kernel did.
 */
int nl_do(struct nl *nl, struct nlmsghdr *request, struct nl_list *list);

/**
 * nl_each() - send a request and look at each message of the answer
 * @nl: the socket
 * @request: the request
 * @each: called for each message; NULL if none is of interest
 * @data: handed to @each
 *
 * For answers that may be too long to keep.
 *
 * Return: as nl_do().
 */
int nl_each(struct nl *nl, struct nlmsghdr *request, nl_each_fn *each,
	    void *data);

/**
 * nl_repeat() - send a request for a dump and collect the answer
 * @nl: the socket
 * @request: the request, which is made one for a dump
 * @list: (output) messages of the answer
 *
 * A dump during which something changed is repeated, since it may have left
 * things out.
 *
 * Return: as nl_do(); -EINTR if it never stopped changing.
 */
int nl_repeat(struct nl *nl, struct nlmsghdr *request, struct nl_list *list);

/**
 * nl_get() - ask for one object, or for all
 * @nl: the socket
 * @command: command of the family
 * @ifindex: the device to ask for, 0 for all
 * @list: (output) messages of the answer
 *
 * Return: as nl_do().
 */
int nl_get(struct nl *nl, uint8_t command, uint32_t ifindex,
	   struct nl_list *list);

/**
 * nl_dump() - ask for all objects, or for all of a device
 * @nl: the socket
 * @command: command of the family
 * @ifindex: the device to ask for, 0 for all
 * @list: (output) messages of the answer
 *
 * Return: as nl_repeat().
 */
int nl_dump(struct nl *nl, uint8_t command, uint32_t ifindex,
	    struct nl_list *list);

/**
 * nl_all() - send requests that answer with nothing but success or an error
 * @nl: the socket
 * @requests: the requests
 * @errs: (output) for each 0 or a negative errno
 *
 * All are sent, also after one has failed, and as many at a time as the answers
 * have room for in the socket.
 *
 * Return: 0, or the error of the first that failed; @nl->reason says why if
 * the kernel did. The others' errors are not known if the answers cannot be
 * read; that of each is -EIO then.
 */
int nl_all(struct nl *nl, const struct nl_list *requests, int *errs);

/**
 * nl_list_add() - add a copy of a message
 * @list: the list
 * @nlh: the message
 */
void nl_list_add(struct nl_list *list, const struct nlmsghdr *nlh);

/**
 * nl_list_free() - free the messages
 * @list: the list, empty afterwards
 */
void nl_list_free(struct nl_list *list);

/**
 * nl_error() - report an error of one of these functions to stderr
 * @nl: the socket
 * @err: what the function returned
 */
void nl_error(const struct nl *nl, int err);

#endif /* ESPSIMD_NL_H */
