// SPDX-License-Identifier: GPL-2.0
/*
 * SAs and policies of XFRM: getting, deleting and adding them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "xfrm.h"

/* All that can be told meanwhile has room, or XFRM would lose it. */
#define EVENTS_SIZE	(4 << 20)

/*
 * More packets than any machine can number in a nanosecond, those of large
 * packets that are cut included.
 */
#define NUMBERS_PER_NS	16

/* SPIs below are reserved, RFC 4303 section 2.1. */
#define SPI_MIN		0x100

/* ---- the connection ---- */

static int listen_to_sas(struct nl *nl)
{
	int fd, group = XFRMNLGRP_SA, size = EVENTS_SIZE;
	int err = nl_connect(nl, NETLINK_XFRM);

	if (err)
		return err;
	fd = mnl_socket_get_fd(nl->socket);
	/* What has no room is noticed, so it does not matter if this fails. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (fcntl(fd, F_SETFL, O_NONBLOCK) ||
	    mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)) < 0)
		return -errno;
	return 0;
}

int xfrm_open(struct xfrm *xfrm)
{
	int err;

	xfrm->events.socket = NULL;
	err = nl_connect(&xfrm->nl, NETLINK_XFRM);
	return err ?: listen_to_sas(&xfrm->events);
}

void xfrm_close(struct xfrm *xfrm)
{
	explicit_bzero(&xfrm->sa, sizeof(xfrm->sa));
	explicit_bzero(&xfrm->request, sizeof(xfrm->request));
	nl_close(&xfrm->events);
	nl_close(&xfrm->nl);
}

void xfrm_list_free(struct nl_list *list)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		explicit_bzero(list->messages[i],
			       list->messages[i]->nlmsg_len);
	nl_list_free(list);
}

static struct nlmsghdr *start(struct xfrm *xfrm, uint16_t type, void **body,
			      size_t size)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(&xfrm->request);

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	*body = mnl_nlmsg_put_extra_header(request, size);
	return request;
}

int xfrm_sas(struct xfrm *xfrm, struct nl_list *list)
{
	struct nlmsghdr *request;
	void *body;

	request = start(xfrm, XFRM_MSG_GETSA, &body,
			sizeof(struct xfrm_usersa_id));
	return nl_repeat(&xfrm->nl, request, list);
}

int xfrm_policies(struct xfrm *xfrm, struct nl_list *list)
{
	struct nlmsghdr *request;
	void *body;

	request = start(xfrm, XFRM_MSG_GETPOLICY, &body,
			sizeof(struct xfrm_userpolicy_id));
	return nl_repeat(&xfrm->nl, request, list);
}

/* ---- taking an SA ---- */

static void put_mark(struct nlmsghdr *request, const struct xfrm_mark *mark)
{
	if (mark->v || mark->m)
		mnl_attr_put(request, XFRMA_MARK, sizeof(*mark), mark);
}

static struct nlmsghdr *start_id(struct xfrm *xfrm, uint16_t type,
				 const struct xfrm_sa *sa, uint32_t spi)
{
	struct nlmsghdr *request;
	struct xfrm_usersa_id *id;
	void *body;

	request = start(xfrm, type, &body, sizeof(*id));
	id = body;
	id->daddr = sa->info.id.daddr;
	id->spi = spi;
	id->family = sa->info.family;
	id->proto = sa->info.id.proto;
	put_mark(request, &sa->mark);
	return request;
}

/* What fits into a message at all fits into this one. */
static void keep(const struct nlmsghdr *nlh, void *data)
{
	union xfrm_message *message = data;

	if (nlh->nlmsg_len <= sizeof(*message))
		memcpy(message, nlh, nlh->nlmsg_len);
}

/* Gets the SA as it is. There may be one of another mark in front of it. */
static int get_sa(struct xfrm *xfrm, const struct xfrm_sa *sa)
{
	struct xfrm_sa now;
	int err;

	xfrm->sa.header.nlmsg_len = 0;
	err = nl_each(&xfrm->nl, start_id(xfrm, XFRM_MSG_GETSA, sa,
					  sa->info.id.spi), keep, &xfrm->sa);
	if (err)
		return err;
	if (!xfrm->sa.header.nlmsg_len || xfrm_sa_parse(&xfrm->sa.header, &now))
		return -EBADMSG;
	return xfrm_sa_same(sa, &now) ? 0 : -ENOTUNIQ;
}

/* Returns false if there is nothing, or if something was lost. */
static bool next_event(struct xfrm *xfrm, ssize_t *size)
{
	*size = mnl_socket_recvfrom(xfrm->events.socket, &xfrm->request,
				    sizeof(xfrm->request));
	return *size > 0;
}

static void forget_events(struct xfrm *xfrm)
{
	ssize_t size;

	/* That some were lost before does not matter, and is said once. */
	while (next_event(xfrm, &size) || errno == ENOBUFS)
		;
}

/*
 * What XFRM told everybody about the deletion. It did before it answered the
 * request, by the number of which it is found.
 */
static bool keep_event(struct xfrm *xfrm, const struct xfrm_sa *sa)
{
	const struct nlmsghdr *nlh = &xfrm->request.header;
	struct xfrm_sa dead;
	ssize_t size;

	while (next_event(xfrm, &size)) {
		if (!mnl_nlmsg_ok(nlh, size) ||
		    nlh->nlmsg_type != XFRM_MSG_DELSA ||
		    nlh->nlmsg_seq != xfrm->nl.seq ||
		    nlh->nlmsg_pid != mnl_socket_get_portid(xfrm->nl.socket) ||
		    xfrm_sa_parse(nlh, &dead) || !xfrm_sa_same(sa, &dead))
			continue;
		memcpy(&xfrm->sa, nlh, nlh->nlmsg_len);
		return true;
	}
	return false;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static struct nlattr *find_attr(const struct nlmsghdr *nlh, uint16_t type)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, xfrm_sa_body(nlh))
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static void set_oseq(const struct nlmsghdr *nlh, uint64_t oseq, bool esn)
{
	struct nlattr *attr = find_attr(nlh, XFRMA_REPLAY_ESN_VAL);
	struct xfrm_replay_state_esn wide;
	struct xfrm_replay_state narrow;

	if (attr) {
		memcpy(&wide, mnl_attr_get_payload(attr), sizeof(wide));
		wide.oseq = oseq;
		if (esn)
			wide.oseq_hi = oseq >> 32;
		memcpy(mnl_attr_get_payload(attr), &wide, sizeof(wide));
	} else {
		attr = find_attr(nlh, XFRMA_REPLAY_VAL);
		if (!attr)
			return;
		memcpy(&narrow, mnl_attr_get_payload(attr), sizeof(narrow));
		narrow.oseq = oseq;
		memcpy(mnl_attr_get_payload(attr), &narrow, sizeof(narrow));
	}
}

/* Leaves out all numbers that can have been sent in that time. */
static int skip_numbers(struct xfrm *xfrm, uint64_t ns)
{
	uint64_t skip = NUMBERS_PER_NS * ns, last;
	struct xfrm_sa sa;
	bool esn;

	xfrm_sa_parse(&xfrm->sa.header, &sa);
	esn = sa.info.flags & XFRM_STATE_ESN;
	last = esn ? UINT64_MAX : UINT32_MAX;
	if (skip >= last - sa.oseq)
		return -EOVERFLOW;
	set_oseq(&xfrm->sa.header, sa.oseq + skip, esn);
	return 0;
}

int xfrm_take_sa(struct xfrm *xfrm, const struct xfrm_sa *sa,
		 enum xfrm_dir dir, bool *guessed)
{
	uint64_t since = now_ns();
	struct nlmsghdr *request;
	int err;

	*guessed = false;
	forget_events(xfrm);
	err = get_sa(xfrm, sa);
	if (err)
		return err;
	request = start_id(xfrm, XFRM_MSG_DELSA, sa, sa->info.id.spi);
	request->nlmsg_pid = mnl_socket_get_portid(xfrm->nl.socket);
	err = nl_do(&xfrm->nl, request, NULL);
	if (err)
		return err;
	if (keep_event(xfrm, sa))
		return 0;
	*guessed = true;
	return dir == XFRM_DIR_OUT ? skip_numbers(xfrm, now_ns() - since) : 0;
}

/* ---- putting things ---- */

/* What XFRM says of an SA, but does not take. */
static bool is_kept(uint16_t type)
{
	return type != XFRMA_SA && type != XFRMA_PAD &&
	       type != XFRMA_LASTUSED && type != XFRMA_OFFLOAD_DEV;
}

static bool copy_attrs(struct nlmsghdr *request, const struct nlmsghdr *from,
		       size_t body)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, from, body)
		if (is_kept(mnl_attr_get_type(attr)) &&
		    !mnl_attr_put_check(request, sizeof(union xfrm_message),
					mnl_attr_get_type(attr),
					mnl_attr_get_payload_len(attr),
					mnl_attr_get_payload(attr)))
			return false;
	return true;
}

static bool put_offload(struct nlmsghdr *request, uint32_t ifindex,
			uint8_t flags)
{
	struct xfrm_user_offload offload = { .flags = flags };

	offload.ifindex = ifindex;
	return mnl_attr_put_check(request, sizeof(union xfrm_message),
				  XFRMA_OFFLOAD_DEV, sizeof(offload), &offload);
}

int xfrm_put_sa(struct xfrm *xfrm, enum xfrm_dir dir, enum xfrm_way way,
		uint32_t ifindex)
{
	const struct nlmsghdr *from = &xfrm->sa.header;
	struct xfrm_usersa_info info;
	struct nlmsghdr *request;
	uint8_t flags = 0;
	void *body;
	int err;

	if (!xfrm_sa_info(from, &info))
		return -EBADMSG;
	request = start(xfrm, XFRM_MSG_NEWSA, &body, sizeof(info));
	memcpy(body, &info, sizeof(info));
	if (dir == XFRM_DIR_IN)
		flags |= XFRM_OFFLOAD_INBOUND;
	if (way == XFRM_PACKET)
		flags |= XFRM_OFFLOAD_PACKET;
	/* What was used of its lifetimes is taken from an attribute only. */
	if (!copy_attrs(request, from, xfrm_sa_body(from)) ||
	    !mnl_attr_put_check(request, sizeof(xfrm->request),
				XFRMA_LTIME_VAL, sizeof(info.curlft),
				&info.curlft) ||
	    (way != XFRM_GENERIC && !put_offload(request, ifindex, flags)))
		err = -EMSGSIZE;
	else
		err = nl_do(&xfrm->nl, request, NULL);
	explicit_bzero(&xfrm->request, sizeof(xfrm->request));
	return err;
}

/* Gets the policy as it is now, if it is still there. */
static int get_policy(struct xfrm *xfrm, const struct xfrm_pol *pol)
{
	struct xfrm_userpolicy_type type = { .type = pol->type };
	struct xfrm_userpolicy_id *id;
	struct nlmsghdr *request;
	struct xfrm_pol now;
	void *body;
	int err;

	request = start(xfrm, XFRM_MSG_GETPOLICY, &body, sizeof(*id));
	id = body;
	id->index = pol->info.index;
	id->dir = pol->info.dir;
	put_mark(request, &pol->mark);
	if (pol->if_id)
		mnl_attr_put_u32(request, XFRMA_IF_ID, pol->if_id);
	if (pol->type != XFRM_POLICY_TYPE_MAIN)
		mnl_attr_put(request, XFRMA_POLICY_TYPE, sizeof(type), &type);
	xfrm->sa.header.nlmsg_len = 0;
	err = nl_each(&xfrm->nl, request, keep, &xfrm->sa);
	if (err)
		return err;
	if (!xfrm->sa.header.nlmsg_len ||
	    xfrm_pol_parse(&xfrm->sa.header, &now))
		return -EBADMSG;
	return memcmp(&now.info.sel, &pol->info.sel, sizeof(now.info.sel)) ?
	       -ENOENT : 0;
}

int xfrm_put_policy(struct xfrm *xfrm, const struct xfrm_pol *pol,
		    uint32_t ifindex)
{
	struct nlmsghdr *request;
	void *body;
	int err;

	err = get_policy(xfrm, pol);
	if (err)
		return err;
	request = start(xfrm, XFRM_MSG_UPDPOLICY, &body, sizeof(pol->info));
	memcpy(body, mnl_nlmsg_get_payload(&xfrm->sa.header),
	       sizeof(pol->info));
	if (!copy_attrs(request, &xfrm->sa.header, sizeof(pol->info)) ||
	    (ifindex && !put_offload(request, ifindex, XFRM_OFFLOAD_PACKET)))
		return -EMSGSIZE;
	return nl_do(&xfrm->nl, request, NULL);
}

/* ---- larval SAs ---- */

static void keep_spi(const struct nlmsghdr *nlh, void *data)
{
	struct xfrm_sa sa;
	uint32_t *spi = data;

	if (!xfrm_sa_parse(nlh, &sa))
		*spi = sa.info.id.spi;
}

int xfrm_hold(struct xfrm *xfrm, const struct xfrm_sa *sa, uint32_t *spi)
{
	struct xfrm_userspi_info *range;
	struct nlmsghdr *request;
	void *body;
	int err;

	request = start(xfrm, XFRM_MSG_ALLOCSPI, &body, sizeof(*range));
	range = body;
	range->info.id.daddr = sa->info.id.daddr;
	range->info.id.proto = sa->info.id.proto;
	range->info.saddr = sa->info.saddr;
	range->info.family = sa->info.family;
	range->info.mode = sa->info.mode;
	range->info.reqid = sa->info.reqid;
	range->min = SPI_MIN;
	range->max = UINT32_MAX;
	put_mark(request, &sa->mark);
	if (sa->if_id)
		mnl_attr_put_u32(request, XFRMA_IF_ID, sa->if_id);
	*spi = 0;
	err = nl_each(&xfrm->nl, request, keep_spi, spi);
	if (err)
		return err;
	return *spi ? 0 : -EBADMSG;
}

void xfrm_unhold(struct xfrm *xfrm, const struct xfrm_sa *sa, uint32_t spi)
{
	/* If it is gone already, all the better. */
	nl_do(&xfrm->nl, start_id(xfrm, XFRM_MSG_DELSA, sa, spi), NULL);
}
