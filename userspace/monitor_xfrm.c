// SPDX-License-Identifier: GPL-2.0
/*
 * Events of SAs and policies that are offloaded to espsimd devices. Messages on
 * SAs have their keys; of these nothing is looked at here, let alone kept.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "command.h"
#include "monitor.h"
#include "nl.h"

/* All protocols of IPsec, in a message that SAs are flushed. */
#define ANY_PROTO	255

enum kind {
	KIND_SA,
	KIND_POLICY,
};

static const char *const kind_names[] = {
	[KIND_SA] = "sa",
	[KIND_POLICY] = "policy",
};

static const struct name policy_directions[] = {
	{ "in", XFRM_POLICY_IN },
	{ "out", XFRM_POLICY_OUT },
	{ "fwd", XFRM_POLICY_FWD },
	{ NULL }
};

/*
 * What tells objects apart: of an SA all but the number of a policy, of a
 * policy only that. It is compared as a whole, so that nothing may be between
 * members.
 */
struct key {
	uint8_t daddr[16];
	uint32_t spi;
	uint32_t mark;
	uint32_t mask;
	uint32_t index;
	uint16_t family;
	uint8_t proto;
	uint8_t kind;
};

_Static_assert(sizeof(struct key) == 36, "there is nothing between members");

struct monitor_object {
	TAILQ_ENTRY(monitor_object) list;
	struct key key;
	uint32_t ifindex;
	bool seen;
	/* Of an SA. */
	uint8_t saddr[16];
	uint32_t reqid;
	uint8_t mode;
	uint32_t direction;
	uint32_t offload;
	/* Of a policy. */
	struct xfrm_selector sel;
	uint8_t dir;
	uint32_t priority;
};

static int compare(const void *a, const void *b)
{
	const struct monitor_object *one = a, *other = b;

	return memcmp(&one->key, &other->key, sizeof(one->key));
}

/* ---- events ---- */

static void say_address(struct event *event, const char *keyword,
			const char *member, uint16_t family,
			const uint8_t *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(family, address, text, sizeof(text));
	event_word(event, keyword, member, text);
}

static void say_name(struct event *event, const char *keyword,
		     const char *member, const struct name *names,
		     uint32_t value)
{
	const char *name = name_of(names, value);
	char number[16];

	snprintf(number, sizeof(number), "%u", value);
	event_word(event, keyword, member, name ?: number);
}

static void say_sa(struct event *event, const struct monitor_object *sa)
{
	const struct key *key = &sa->key;
	char spi[16];

	say_address(event, "src", "saddr", key->family, sa->saddr);
	say_address(event, "dst", "daddr", key->family, key->daddr);
	say_name(event, "proto", "proto", proto_names, key->proto);
	snprintf(spi, sizeof(spi), "0x%08x", ntohl(key->spi));
	event_word(event, "spi", "spi", spi);
	event_number(event, "reqid", "reqid", sa->reqid);
	say_name(event, "mode", "mode", mode_names, sa->mode);
	say_name(event, "dir", "direction", direction_names, sa->direction);
	say_name(event, "offload", "offload", offload_names, sa->offload);
	if (key->mark || key->mask) {
		event_number(event, "mark", "mark", key->mark);
		event_number(event, "mask", "mark-mask", key->mask);
	}
}

static void say_prefix(struct event *event, const char *keyword,
		       const char *member, uint16_t family,
		       const xfrm_address_t *address, uint8_t length)
{
	char text[INET6_ADDRSTRLEN] = "", prefix[INET6_ADDRSTRLEN + 4];

	/* One that is for both families selects all addresses. */
	if (!inet_ntop(family, address, text, sizeof(text)))
		snprintf(text, sizeof(text), "any");
	snprintf(prefix, sizeof(prefix), "%s/%u", text, length);
	event_word(event, keyword, member, prefix);
}

static void say_policy(struct event *event, const struct monitor_object *policy)
{
	const struct xfrm_selector *sel = &policy->sel;

	say_prefix(event, "src", "src", sel->family, &sel->saddr,
		   sel->prefixlen_s);
	say_prefix(event, "dst", "dst", sel->family, &sel->daddr,
		   sel->prefixlen_d);
	say_name(event, "dir", "direction", policy_directions, policy->dir);
	event_number(event, "priority", "priority", policy->priority);
	event_number(event, "index", "index", policy->key.index);
}

static void tell(const struct monitor *monitor, const char *name,
		 const struct monitor_object *object)
{
	const struct monitor_dev *dev = monitor_find_dev(monitor,
							 object->ifindex);
	struct event event;

	if (!dev || !monitor_shows(monitor, dev->name))
		return;
	event_begin(&event, monitor->options, kind_names[object->key.kind],
		    name);
	event_word(&event, "dev", "ifname", dev->name);
	event_number(&event, NULL, "ifindex", dev->ifindex);
	if (object->key.kind == KIND_SA)
		say_sa(&event, object);
	else
		say_policy(&event, object);
	event_end(&event);
}

/* ---- what there is ---- */

static struct monitor_object *find(const struct monitor *monitor,
				   const struct key *key)
{
	const struct monitor_object wanted = { .key = *key };
	void *node = tfind(&wanted, &monitor->tree, compare);

	/* Each node begins with a pointer to what it is for. */
	return node ? *(struct monitor_object **)node : NULL;
}

static void forget(struct monitor *monitor, struct monitor_object *object)
{
	tdelete(object, &monitor->tree, compare);
	TAILQ_REMOVE(&monitor->objects, object, list);
	free(object);
}

static void insert(struct monitor *monitor, const struct monitor_object *object)
{
	struct monitor_object *copy = malloc(sizeof(*copy));

	if (!copy)
		no_memory();
	*copy = *object;
	copy->seen = true;
	if (!tsearch(copy, &monitor->tree, compare))
		no_memory();
	TAILQ_INSERT_TAIL(&monitor->objects, copy, list);
	tell(monitor, "added", copy);
}

/*
 * A message that an object is new may come after a listing that has it
 * already, and is no news then.
 */
static void put(struct monitor *monitor, const struct monitor_object *object,
		bool updated)
{
	struct monitor_object *known = find(monitor, &object->key);

	if (!known) {
		if (monitor_find_dev(monitor, object->ifindex))
			insert(monitor, object);
		return;
	}
	known->seen = true;
	if (updated) {
		known->reqid = object->reqid;
		known->priority = object->priority;
		tell(monitor, "updated", known);
	}
}

static void delete(struct monitor *monitor, struct monitor_object *object)
{
	tell(monitor, "deleted", object);
	forget(monitor, object);
}

static void delete_key(struct monitor *monitor, const struct key *key)
{
	struct monitor_object *known = find(monitor, key);

	if (known)
		delete(monitor, known);
}

static void expire(struct monitor *monitor, const struct key *key, bool hard)
{
	struct monitor_object *known = find(monitor, key);

	if (!known)
		return;
	tell(monitor, hard ? "expired-hard" : "expired-soft", known);
	/* The kernel does not say that it deletes what has expired. */
	if (hard)
		forget(monitor, known);
}

static void delete_kind(struct monitor *monitor, enum kind kind)
{
	struct monitor_object *object, *next;

	for (object = TAILQ_FIRST(&monitor->objects); object; object = next) {
		next = TAILQ_NEXT(object, list);
		if (object->key.kind == kind)
			delete(monitor, object);
	}
}

void monitor_drop_objects(struct monitor *monitor, uint32_t ifindex)
{
	struct monitor_object *object, *next;

	for (object = TAILQ_FIRST(&monitor->objects); object; object = next) {
		next = TAILQ_NEXT(object, list);
		if (object->ifindex == ifindex)
			delete(monitor, object);
	}
}

void monitor_forget_objects(struct monitor *monitor)
{
	while (!TAILQ_EMPTY(&monitor->objects))
		forget(monitor, TAILQ_FIRST(&monitor->objects));
}

/* ---- messages of XFRM ---- */

/*
 * Messages are aligned to less than their numbers of 8 bytes, so that they are
 * copied. Returns whether there is as much as is wanted.
 */
static bool copy(const void *from, size_t length, void *to, size_t size)
{
	if (length < size)
		return false;
	memcpy(to, from, size);
	return true;
}

static bool copy_payload(const struct nlmsghdr *nlh, void *to, size_t size)
{
	return copy(mnl_nlmsg_get_payload(nlh), mnl_nlmsg_get_payload_len(nlh),
		    to, size);
}

/* Reads an attribute behind a header; without it nothing is written. */
static bool copy_attr(const struct nlmsghdr *nlh, size_t header, uint16_t type,
		      void *to, size_t size)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, header)
		if (mnl_attr_get_type(attr) == type)
			return copy(mnl_attr_get_payload(attr),
				    mnl_attr_get_payload_len(attr), to, size);
	return false;
}

static void sa_key(const struct nlmsghdr *nlh, size_t header,
		   const xfrm_address_t *daddr, uint32_t spi, uint16_t family,
		   uint8_t proto, struct key *key)
{
	struct xfrm_mark mark = { .v = 0 };

	copy_attr(nlh, header, XFRMA_MARK, &mark, sizeof(mark));
	*key = (struct key){
		.spi = spi, .family = family, .proto = proto, .kind = KIND_SA,
		.mark = mark.v, .mask = mark.m,
	};
	memcpy(key->daddr, daddr, family == AF_INET6 ? 16 : 4);
}

static void new_sa(struct monitor *monitor, const struct nlmsghdr *nlh)
{
	struct xfrm_user_offload offload;
	struct monitor_object sa = { 0 };
	struct xfrm_usersa_info info;

	if (!copy_payload(nlh, &info, sizeof(info)) ||
	    !copy_attr(nlh, sizeof(info), XFRMA_OFFLOAD_DEV, &offload,
		       sizeof(offload)))
		return;
	sa_key(nlh, sizeof(info), &info.id.daddr, info.id.spi, info.family,
	       info.id.proto, &sa.key);
	sa.ifindex = offload.ifindex;
	memcpy(sa.saddr, &info.saddr, info.family == AF_INET6 ? 16 : 4);
	sa.reqid = info.reqid;
	sa.mode = info.mode;
	sa.direction = offload.flags & XFRM_OFFLOAD_INBOUND ?
		       ESPSIMD_DIRECTION_IN : ESPSIMD_DIRECTION_OUT;
	sa.offload = offload.flags & XFRM_OFFLOAD_PACKET ?
		     ESPSIMD_OFFLOAD_PACKET : ESPSIMD_OFFLOAD_CRYPTO;
	put(monitor, &sa, nlh->nlmsg_type == XFRM_MSG_UPDSA);
}

static void del_sa(struct monitor *monitor, const struct nlmsghdr *nlh)
{
	struct xfrm_usersa_id id;
	struct key key;

	if (!copy_payload(nlh, &id, sizeof(id)))
		return;
	sa_key(nlh, sizeof(id), &id.daddr, id.spi, id.family, id.proto, &key);
	delete_key(monitor, &key);
}

static void sa_expired(struct monitor *monitor, const struct nlmsghdr *nlh)
{
	struct xfrm_user_expire message;
	struct key key;

	if (!copy_payload(nlh, &message, sizeof(message)))
		return;
	sa_key(nlh, sizeof(message), &message.state.id.daddr,
	       message.state.id.spi, message.state.family,
	       message.state.id.proto, &key);
	expire(monitor, &key, message.hard);
}

static void sas_flushed(struct monitor *monitor, const struct nlmsghdr *nlh)
{
	struct xfrm_usersa_flush flush;

	if (copy_payload(nlh, &flush, sizeof(flush)) &&
	    (!flush.proto || flush.proto == ANY_PROTO ||
	     flush.proto == IPPROTO_ESP))
		delete_kind(monitor, KIND_SA);
}

static void policy_key(const struct xfrm_userpolicy_info *info, struct key *key)
{
	*key = (struct key){ .index = info->index, .kind = KIND_POLICY };
}

static void new_policy(struct monitor *monitor, const struct nlmsghdr *nlh)
{
	struct xfrm_user_offload offload;
	struct xfrm_userpolicy_info info;
	struct monitor_object policy = { 0 };

	if (!copy_payload(nlh, &info, sizeof(info)) ||
	    !copy_attr(nlh, sizeof(info), XFRMA_OFFLOAD_DEV, &offload,
		       sizeof(offload)))
		return;
	policy_key(&info, &policy.key);
	policy.ifindex = offload.ifindex;
	policy.sel = info.sel;
	policy.dir = info.dir;
	policy.priority = info.priority;
	put(monitor, &policy, nlh->nlmsg_type == XFRM_MSG_UPDPOLICY);
}

static void del_policy(struct monitor *monitor, const struct nlmsghdr *nlh)
{
	struct xfrm_userpolicy_info info;
	struct key key;

	if (!copy_attr(nlh, sizeof(struct xfrm_userpolicy_id), XFRMA_POLICY,
		       &info, sizeof(info)))
		return;
	policy_key(&info, &key);
	delete_key(monitor, &key);
}

static void policy_expired(struct monitor *monitor, const struct nlmsghdr *nlh)
{
	struct xfrm_user_polexpire message;
	struct key key;

	if (!copy_payload(nlh, &message, sizeof(message)))
		return;
	policy_key(&message.pol, &key);
	expire(monitor, &key, message.hard);
}

/* Those of the other type, which hardly anybody has, stay. */
static void policies_flushed(struct monitor *monitor,
			     const struct nlmsghdr *nlh)
{
	struct xfrm_userpolicy_type type = { .type = XFRM_POLICY_TYPE_MAIN };

	copy_attr(nlh, 0, XFRMA_POLICY_TYPE, &type, sizeof(type));
	if (type.type == XFRM_POLICY_TYPE_MAIN)
		delete_kind(monitor, KIND_POLICY);
}

int monitor_xfrm(const struct nlmsghdr *nlh, void *data)
{
	static const struct {
		uint16_t type;
		void (*take)(struct monitor *monitor,
			     const struct nlmsghdr *nlh);
	} takers[] = {
		{ XFRM_MSG_NEWSA, new_sa },
		{ XFRM_MSG_UPDSA, new_sa },
		{ XFRM_MSG_DELSA, del_sa },
		{ XFRM_MSG_EXPIRE, sa_expired },
		{ XFRM_MSG_FLUSHSA, sas_flushed },
		{ XFRM_MSG_NEWPOLICY, new_policy },
		{ XFRM_MSG_UPDPOLICY, new_policy },
		{ XFRM_MSG_DELPOLICY, del_policy },
		{ XFRM_MSG_POLEXPIRE, policy_expired },
		{ XFRM_MSG_FLUSHPOLICY, policies_flushed },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(takers); i++)
		if (takers[i].type == nlh->nlmsg_type)
			takers[i].take(data, nlh);
	return MNL_CB_OK;
}

/* ---- listings ---- */

static void copy_address(const struct nlattr *attr, uint8_t address[16])
{
	if (attr)
		memcpy(address, mnl_attr_get_payload(attr),
		       mnl_attr_get_payload_len(attr));
}

static uint32_t number_of(const struct nlattr **attrs, unsigned int id)
{
	return attr_number(attrs[id], sa_attrs[id].kind);
}

/* As the module describes it, without a key. */
static int list_sa(struct monitor *monitor, const struct nlmsghdr *nlh)
{
	const struct nlattr *attrs[ESPSIMD_A_SA_MAX + 1];
	struct monitor_object sa = { 0 };
	struct key *key = &sa.key;

	if (attr_parse(nlh, sa_attrs, ESPSIMD_A_SA_MAX, attrs))
		return -EBADMSG;
	copy_address(attrs[ESPSIMD_A_SA_DADDR], key->daddr);
	copy_address(attrs[ESPSIMD_A_SA_SADDR], sa.saddr);
	key->kind = KIND_SA;
	key->spi = htonl(number_of(attrs, ESPSIMD_A_SA_SPI));
	key->family = number_of(attrs, ESPSIMD_A_SA_FAMILY);
	key->proto = number_of(attrs, ESPSIMD_A_SA_PROTO);
	key->mark = number_of(attrs, ESPSIMD_A_SA_MARK);
	key->mask = number_of(attrs, ESPSIMD_A_SA_MARK_MASK);
	sa.ifindex = number_of(attrs, ESPSIMD_A_SA_IFINDEX);
	sa.reqid = number_of(attrs, ESPSIMD_A_SA_REQID);
	sa.mode = number_of(attrs, ESPSIMD_A_SA_MODE);
	sa.direction = number_of(attrs, ESPSIMD_A_SA_DIRECTION);
	sa.offload = number_of(attrs, ESPSIMD_A_SA_OFFLOAD);
	put(monitor, &sa, false);
	return 0;
}

static bool is_any_dev(const struct monitor *monitor)
{
	const struct monitor_dev *dev;

	TAILQ_FOREACH(dev, &monitor->devs, list)
		if (!dev->gone)
			return true;
	return false;
}

/*
 * Without devices there are no SAs; and asking for a module that was just
 * unloaded would have it loaded again. While it is being unloaded, it does not
 * answer.
 */
static int list_sas(struct monitor *monitor)
{
	struct nl_list list = { .nr = 0 };
	struct nl nl;
	size_t i;
	int err;

	if (!is_any_dev(monitor))
		return 0;
	err = nl_open(&nl);
	if (!err)
		err = nl_dump(&nl, ESPSIMD_CMD_SA_GET, 0, &list);
	if (err == -ENOENT || err == -EOPNOTSUPP || err == -EPROTONOSUPPORT)
		err = 0;
	for (i = 0; !err && i < list.nr; i++)
		err = list_sa(monitor, list.messages[i]);
	nl_list_free(&list);
	nl_close(&nl);
	return err;
}

static int list_policies(struct monitor *monitor)
{
	struct nl_list list = { .nr = 0 };
	struct nlmsghdr *request;
	union nl_request buffer;
	struct nl nl;
	size_t i;
	int err;

	request = mnl_nlmsg_put_header(&buffer);
	request->nlmsg_type = XFRM_MSG_GETPOLICY;
	request->nlmsg_flags = NLM_F_REQUEST;
	mnl_nlmsg_put_extra_header(request, sizeof(struct xfrm_userpolicy_id));

	err = nl_connect(&nl, NETLINK_XFRM);
	if (!err)
		err = nl_repeat(&nl, request, &list);
	for (i = 0; !err && i < list.nr; i++)
		new_policy(monitor, list.messages[i]);
	nl_list_free(&list);
	nl_close(&nl);
	return err;
}

int monitor_list_objects(struct monitor *monitor)
{
	struct monitor_object *object, *next;
	int err;

	TAILQ_FOREACH(object, &monitor->objects, list)
		object->seen = false;
	err = list_sas(monitor);
	if (!err)
		err = list_policies(monitor);
	if (err)
		return err;
	for (object = TAILQ_FIRST(&monitor->objects); object; object = next) {
		next = TAILQ_NEXT(object, list);
		if (!object->seen)
			delete(monitor, object);
	}
	return 0;
}
