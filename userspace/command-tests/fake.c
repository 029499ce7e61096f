// SPDX-License-Identifier: GPL-2.0
/*
 * A stand-in for the kernel's side of netlink: the linker puts these in place
 * of libmnl's functions that send and receive.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "unit.h"

/* Messages of an answer are received one by one. */
#define MAX_MESSAGES	256
#define MESSAGE_SIZE	4096

static union {
	struct nlmsghdr header;
	char bytes[MESSAGE_SIZE];
} messages[MAX_MESSAGES];

/* What is told to everybody, one at a time. */
static union {
	struct nlmsghdr header;
	char bytes[MESSAGE_SIZE];
} event;
static bool has_event, lost_events;

static unsigned int nr_messages, next_message;
static fake_kernel *current_kernel, *current_rest;
static unsigned int port;
static int protocol;

/* Where the last message was read to, and how much of that was wiped since. */
static const void *read_to;
static size_t read_size, wiped_size;

void fake_set(fake_kernel *kernel)
{
	current_kernel = kernel;
}

void fake_set_rest(fake_kernel *kernel)
{
	current_rest = kernel;
}

int fake_protocol(void)
{
	return protocol;
}

bool fake_wiped(void)
{
	return read_size && wiped_size >= read_size;
}

void __wrap_explicit_bzero(void *memory, size_t size)
{
	if (memory == read_to)
		wiped_size = size;
	__real_explicit_bzero(memory, size);
}

struct nlmsghdr *fake_event(const struct nlmsghdr *request, void **header,
			    size_t size)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(&event);

	nlh->nlmsg_type = request->nlmsg_type;
	nlh->nlmsg_seq = request->nlmsg_seq;
	nlh->nlmsg_pid = request->nlmsg_pid;
	*header = mnl_nlmsg_put_extra_header(nlh, size);
	has_event = true;
	return nlh;
}

void fake_lose_events(bool lose)
{
	lost_events = lose;
}

static struct nlmsghdr *new_message(const struct nlmsghdr *request,
				    uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh;

	if (nr_messages == MAX_MESSAGES)
		abort();
	nlh = mnl_nlmsg_put_header(&messages[nr_messages++]);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	nlh->nlmsg_seq = request->nlmsg_seq;
	nlh->nlmsg_pid = port;
	return nlh;
}

struct nlmsghdr *fake_message_of(const struct nlmsghdr *request, void **header,
				 size_t size)
{
	struct nlmsghdr *nlh = new_message(request, request->nlmsg_type,
					   NLM_F_MULTI);

	*header = mnl_nlmsg_put_extra_header(nlh, size);
	return nlh;
}

struct nlmsghdr *fake_message(const struct nlmsghdr *request, uint16_t flags)
{
	struct nlmsghdr *nlh = new_message(request, request->nlmsg_type, flags);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	return nlh;
}

void fake_ack(const struct nlmsghdr *request, int err, const char *reason,
	      bool capped)
{
	uint16_t flags = (capped || !err ? NLM_F_CAPPED : 0) |
			 (reason ? NLM_F_ACK_TLVS : 0);
	struct nlmsghdr *nlh = new_message(request, NLMSG_ERROR, flags);
	struct nlmsgerr *error;
	size_t quoted;

	error = mnl_nlmsg_put_extra_header(nlh, sizeof(*error));
	error->error = err;
	error->msg = *request;
	if (!(flags & NLM_F_CAPPED)) {
		quoted = mnl_nlmsg_get_payload_len(request);
		memcpy(mnl_nlmsg_put_extra_header(nlh, quoted),
		       mnl_nlmsg_get_payload(request), quoted);
	}
	if (reason)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, reason);
}

void fake_done(const struct nlmsghdr *request, int err, const char *reason)
{
	struct nlmsghdr *nlh = new_message(request, NLMSG_DONE, NLM_F_MULTI |
					   (reason ? NLM_F_ACK_TLVS : 0));
	int *code = mnl_nlmsg_put_extra_header(nlh, sizeof(*code));

	*code = err;
	if (reason)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, reason);
}

static void answer_controller(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh;

	if (!current_kernel) {
		fake_ack(request, -ENOENT, NULL, false);
		return;
	}
	nlh = fake_message(request, 0);
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAKE_FAMILY);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ESPSIMD_FAMILY_NAME);
	fake_ack(request, 0, NULL, true);
}

/* Families have numbers of messages in common. */
static void answer(const struct nlmsghdr *request)
{
	bool generic = protocol == NETLINK_GENERIC;

	if (generic && request->nlmsg_type == GENL_ID_CTRL)
		answer_controller(request);
	else if (generic && request->nlmsg_type == FAKE_FAMILY)
		current_kernel(request);
	else if (current_rest)
		current_rest(request);
	else
		abort();
}

/* Several requests can be sent at once. */
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *buf,
				 size_t len)
{
	const struct nlmsghdr *request = buf;
	socklen_t length = sizeof(protocol);
	int rest = len;

	if (getsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_PROTOCOL,
		       &protocol, &length))
		abort();
	port = mnl_socket_get_portid(nl);
	nr_messages = 0;
	next_message = 0;
	for (; mnl_nlmsg_ok(request, rest);
	     request = mnl_nlmsg_next(request, &rest))
		answer(request);
	if (rest)
		abort();
	return len;
}

/* Sockets that do not wait are those that hear what everybody is told. */
static ssize_t receive_event(void *buf, size_t size)
{
	if (!has_event) {
		errno = EAGAIN;
		return -1;
	}
	has_event = false;
	if (lost_events || event.header.nlmsg_len > size) {
		errno = ENOBUFS;
		return -1;
	}
	memcpy(buf, &event, event.header.nlmsg_len);
	return event.header.nlmsg_len;
}

/* Only root may listen to XFRM. */
int __wrap_mnl_socket_setsockopt(const struct mnl_socket *nl, int type,
				 void *buf, socklen_t len)
{
	return type == NETLINK_ADD_MEMBERSHIP ? 0 :
	       __real_mnl_socket_setsockopt(nl, type, buf, len);
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf,
				   size_t size)
{
	const struct nlmsghdr *nlh;

	if (fcntl(mnl_socket_get_fd(nl), F_GETFL) & O_NONBLOCK)
		return receive_event(buf, size);
	/* The kernel would leave the caller waiting for ever. */
	if (next_message == nr_messages)
		abort();
	nlh = &messages[next_message++].header;
	if (nlh->nlmsg_len > size)
		abort();
	memcpy(buf, nlh, nlh->nlmsg_len);
	read_to = buf;
	read_size = size;
	wiped_size = 0;
	return nlh->nlmsg_len;
}
