// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to the module by generic netlink, and to others by other families.
 */
#include <assert.h>
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "nl.h"

/* The device's index is the first attribute of all sets of the family. */
#define IFINDEX	ESPSIMD_A_DEV_IFINDEX

static_assert((int)ESPSIMD_A_DEV_IFINDEX == (int)ESPSIMD_A_SA_IFINDEX &&
	      (int)ESPSIMD_A_DEV_IFINDEX == (int)ESPSIMD_A_STATS_IFINDEX,
	      "nl_get() and nl_dump() know one number of the attribute");

/* A table that changes faster than this many dumps is reported as busy. */
#define DUMP_TRIES	10

/*
 * So many requests are sent at once: an answer takes more than a thousand bytes
 * of the socket's memory, of which there are 200,000.
 */
#define BATCH_MESSAGES	64
#define BATCH_SIZE	16384

/* An answer as it is read. */
struct answer {
	struct nl *nl;
	nl_each_fn *each;
	void *data;
	int err;
};

/* libmnl's walk over attributes goes up to the aligned length. */
void nl_list_add(struct nl_list *list, const struct nlmsghdr *nlh)
{
	struct nlmsghdr *copy = calloc(1, MNL_ALIGN(nlh->nlmsg_len));

	if (list->nr == list->room) {
		size_t room = list->room ? 2 * list->room : 16;

		list->messages = reallocarray(list->messages, room,
					      sizeof(list->messages[0]));
		list->room = room;
	}
	if (!copy || !list->messages)
		no_memory();
	list->messages[list->nr++] = memcpy(copy, nlh, nlh->nlmsg_len);
}

static void list_add(const struct nlmsghdr *nlh, void *data)
{
	nl_list_add(data, nlh);
}

void nl_list_free(struct nl_list *list)
{
	while (list->nr)
		free(list->messages[--list->nr]);
	free(list->messages);
	*list = (struct nl_list){ .messages = NULL };
}

static int on_reason(const struct nlattr *attr, void *data)
{
	struct nl *nl = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		snprintf(nl->reason, sizeof(nl->reason), "%s",
			 mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

static int on_message(const struct nlmsghdr *nlh, void *data)
{
	struct answer *answer = data;

	if (answer->each)
		answer->each(nlh, answer->data);
	return MNL_CB_OK;
}

/* The end of an answer to a request that is no dump, good or bad. */
static int on_error(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);
	struct answer *answer = data;
	size_t length = sizeof(*error);

	if (mnl_nlmsg_get_payload_len(nlh) < length) {
		answer->err = -EBADMSG;
		return MNL_CB_STOP;
	}
	answer->err = error->error;
	/* Without that flag the request itself is quoted, payload and all. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		length += mnl_nlmsg_get_payload_len(&error->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS &&
	    mnl_nlmsg_get_payload_len(nlh) >= length)
		mnl_attr_parse(nlh, length, on_reason, answer->nl);
	return MNL_CB_STOP;
}

/* The end of a dump. */
static int on_done(const struct nlmsghdr *nlh, void *data)
{
	const int *code = mnl_nlmsg_get_payload(nlh);
	struct answer *answer = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*code))
		return MNL_CB_STOP;
	answer->err = *code < 0 ? *code : 0;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_parse(nlh, sizeof(*code), on_reason, answer->nl);
	return MNL_CB_STOP;
}

static int connect_socket(struct nl *nl)
{
	int on = 1;

	nl->socket = mnl_socket_open2(nl->protocol, SOCK_CLOEXEC);
	if (!nl->socket ||
	    mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;

	/*
	 * Reasons of errors, without a copy of the request. All kernels that
	 * the module runs on know both.
	 */
	if (mnl_socket_setsockopt(nl->socket, NETLINK_EXT_ACK, &on,
				  sizeof(on)) < 0 ||
	    mnl_socket_setsockopt(nl->socket, NETLINK_CAP_ACK, &on,
				  sizeof(on)) < 0)
		return -errno;
	return 0;
}

/* Reads until the answer ends. Returns 0, or why it could not be read. */
static int receive(struct nl *nl, struct answer *answer)
{
	static mnl_cb_t on_control[] = {
		[NLMSG_ERROR] = on_error,
		[NLMSG_DONE] = on_done,
	};
	unsigned int port = mnl_socket_get_portid(nl->socket);
	union {
		struct nlmsghdr header;
		char bytes[NL_ANSWER_SIZE];
	} buffer;
	int state = MNL_CB_OK, err = 0;
	ssize_t size;

	while (!err && state > MNL_CB_STOP) {
		size = mnl_socket_recvfrom(nl->socket, &buffer, sizeof(buffer));
		state = size < 0 ? MNL_CB_ERROR :
			mnl_cb_run2(&buffer, size, nl->seq, port, on_message,
				    answer, on_control,
				    ARRAY_SIZE(on_control));
		if (state < 0)
			err = -errno;
	}
	/* XFRM describes SAs with their keys. */
	explicit_bzero(&buffer, sizeof(buffer));
	return err;
}

int nl_each(struct nl *nl, struct nlmsghdr *request, nl_each_fn *each,
	    void *data)
{
	struct answer answer = { .nl = nl, .each = each, .data = data };
	int err;

	nl->reason[0] = '\0';
	if (!nl->socket)
		return -EBADF;
	request->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->socket, request, request->nlmsg_len) < 0)
		return -errno;

	err = receive(nl, &answer);
	if (!err)
		return answer.err;

	/* The rest of the answer must not meet the next request. */
	nl_close(nl);
	return connect_socket(nl) ?: err;
}

/* Requests that were sent together, and their answers. */
struct batch {
	struct nl *nl;
	unsigned int first_seq;
	size_t nr;
	size_t answered;
	int *errs;
	int first_err;
};

static int on_batch_error(const struct nlmsghdr *nlh, void *data)
{
	struct batch *batch = data;
	struct answer answer = { .nl = batch->nl };
	unsigned int number = nlh->nlmsg_seq - batch->first_seq;
	char reason[sizeof(batch->nl->reason)];

	if (number >= batch->nr)
		return MNL_CB_OK;
	/* The first error's sentence is the one that is kept. */
	memcpy(reason, batch->nl->reason, sizeof(reason));
	on_error(nlh, &answer);
	if (batch->first_err || !answer.err)
		memcpy(batch->nl->reason, reason, sizeof(reason));
	else
		batch->first_err = answer.err;
	batch->errs[number] = answer.err;
	batch->answered++;
	return MNL_CB_OK;
}

static int receive_batch(struct batch *batch)
{
	static mnl_cb_t on_control[] = { [NLMSG_ERROR] = on_batch_error };
	struct mnl_socket *socket = batch->nl->socket;
	union {
		struct nlmsghdr header;
		char bytes[NL_ANSWER_SIZE];
	} buffer;
	ssize_t size;

	while (batch->answered < batch->nr) {
		size = mnl_socket_recvfrom(socket, &buffer, sizeof(buffer));
		if (size < 0)
			return -errno;
		if (mnl_cb_run2(&buffer, size, 0,
				mnl_socket_get_portid(socket), NULL, batch,
				on_control, ARRAY_SIZE(on_control)) < 0)
			return -errno;
	}
	return 0;
}

/* Sends as many of the requests as fit. Returns how many, or an error. */
static ssize_t send_some(struct nl *nl, struct nlmsghdr **requests, size_t nr)
{
	size_t size = 0, sent = 0, length;
	char *bytes;

	while (sent < nr && sent < BATCH_MESSAGES) {
		length = MNL_ALIGN(requests[sent]->nlmsg_len);
		if (sent && size + length > BATCH_SIZE)
			break;
		requests[sent++]->nlmsg_seq = ++nl->seq;
		size += length;
	}

	bytes = calloc(1, size);
	if (!bytes)
		no_memory();
	for (size = 0, nr = 0; nr < sent; nr++) {
		memcpy(bytes + size, requests[nr], requests[nr]->nlmsg_len);
		size += MNL_ALIGN(requests[nr]->nlmsg_len);
	}
	length = mnl_socket_sendto(nl->socket, bytes, size);
	free(bytes);
	return length == size ? (ssize_t)sent : -errno;
}

int nl_all(struct nl *nl, const struct nl_list *requests, int *errs)
{
	struct batch batch = { .nl = nl };
	ssize_t sent;
	size_t done, i;
	int err;

	nl->reason[0] = '\0';
	for (i = 0; i < requests->nr; i++)
		errs[i] = -EIO;
	if (!nl->socket)
		return -EBADF;

	for (done = 0; done < requests->nr; done += sent) {
		batch.first_seq = nl->seq + 1;
		sent = send_some(nl, requests->messages + done,
				 requests->nr - done);
		if (sent < 0)
			return sent;
		batch.nr = sent;
		batch.answered = 0;
		batch.errs = errs + done;
		err = receive_batch(&batch);
		if (err) {
			nl_close(nl);
			return connect_socket(nl) ?: err;
		}
	}
	return batch.first_err;
}

int nl_do(struct nl *nl, struct nlmsghdr *request, struct nl_list *list)
{
	return nl_each(nl, request, list ? list_add : NULL, list);
}

static struct nlmsghdr *start(union nl_request *request, uint16_t family,
			      uint8_t command, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = version;
	return nlh;
}

struct nlmsghdr *nl_start(struct nl *nl, union nl_request *request,
			  uint8_t command)
{
	return start(request, nl->family, command, ESPSIMD_FAMILY_VERSION);
}

static uint32_t group_id(const struct nlattr *groups)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups)
		mnl_attr_for_each_nested(attr, group)
			if (mnl_attr_get_type(attr) ==
			    CTRL_ATTR_MCAST_GRP_ID &&
			    !mnl_attr_validate(attr, MNL_TYPE_U32))
				return mnl_attr_get_u32(attr);
	return 0;
}

struct nl_family nl_family(const struct nlmsghdr *nlh)
{
	struct nl_family family = { .name = NULL };
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
		return family;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_FAMILY_NAME:
			if (!mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
				family.name = mnl_attr_get_str(attr);
			break;
		case CTRL_ATTR_FAMILY_ID:
			if (!mnl_attr_validate(attr, MNL_TYPE_U16))
				family.id = mnl_attr_get_u16(attr);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			family.group = group_id(attr);
			break;
		}
	}
	return family;
}

static int find_family(struct nl *nl)
{
	struct nl_list list = { .nr = 0 };
	struct nlmsghdr *request;
	union nl_request buffer;
	struct nl_family family;
	int err;

	request = start(&buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, ESPSIMD_FAMILY_NAME);
	err = nl_do(nl, request, &list);
	if (!err && list.nr) {
		family = nl_family(list.messages[0]);
		nl->family = family.id;
		nl->group = family.group;
	}
	nl_list_free(&list);
	if (err)
		return err;
	return nl->family ? 0 : -EBADMSG;
}

int nl_listen(int protocol, const uint32_t *groups, struct mnl_socket **socket)
{
	/* A rekeying of many tunnels at once has to have room. */
	int size = 4 << 20, err = 0;

	*socket = mnl_socket_open2(protocol, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!*socket)
		return -errno;
	if (setsockopt(mnl_socket_get_fd(*socket), SOL_SOCKET, SO_RCVBUFFORCE,
		       &size, sizeof(size)) &&
	    setsockopt(mnl_socket_get_fd(*socket), SOL_SOCKET, SO_RCVBUF,
		       &size, sizeof(size)))
		err = -errno;
	if (!err && mnl_socket_bind(*socket, 0, MNL_SOCKET_AUTOPID) < 0)
		err = -errno;
	for (; !err && *groups; groups++)
		if (mnl_socket_setsockopt(*socket, NETLINK_ADD_MEMBERSHIP,
					  (void *)groups, sizeof(*groups)) < 0)
			err = -errno;
	if (err) {
		mnl_socket_close(*socket);
		*socket = NULL;
	}
	return err;
}

int nl_connect(struct nl *nl, int protocol)
{
	*nl = (struct nl){ .protocol = protocol };
	return connect_socket(nl);
}

int nl_open(struct nl *nl)
{
	int err = nl_connect(nl, NETLINK_GENERIC);

	return err ?: find_family(nl);
}

void nl_close(struct nl *nl)
{
	if (nl->socket)
		mnl_socket_close(nl->socket);
	nl->socket = NULL;
}

int nl_get(struct nl *nl, uint8_t command, uint32_t ifindex,
	   struct nl_list *list)
{
	struct nlmsghdr *request;
	union nl_request buffer;

	if (!ifindex)
		return nl_dump(nl, command, 0, list);

	request = nl_start(nl, &buffer, command);
	mnl_attr_put_u32(request, IFINDEX, ifindex);
	return nl_do(nl, request, list);
}

int nl_repeat(struct nl *nl, struct nlmsghdr *request, struct nl_list *list)
{
	int try, err = 0;

	request->nlmsg_flags |= NLM_F_DUMP;
	for (try = 0; try < DUMP_TRIES; try++) {
		err = nl_do(nl, request, list);
		if (err != -EINTR)
			break;
		nl_list_free(list);
	}
	return err;
}

int nl_dump(struct nl *nl, uint8_t command, uint32_t ifindex,
	    struct nl_list *list)
{
	struct nlmsghdr *request;
	union nl_request buffer;

	request = nl_start(nl, &buffer, command);
	if (ifindex)
		mnl_attr_put_u32(request, IFINDEX, ifindex);
	return nl_repeat(nl, request, list);
}

void nl_error(const struct nl *nl, int err)
{
	if (nl->reason[0])
		error("%s", nl->reason);
	else if (err == -ENOENT && !nl->family)
		error("the module espsimd is not loaded, try \"%s\"",
		      "modprobe espsimd");
	else
		error("%s", strerror(-err));
}
