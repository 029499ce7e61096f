// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of taking an adapter over and releasing it, with a kernel that keeps
 * devices, addresses, routes and neighbours as it is told, and refuses one of
 * the changes if the test wants that.
 */
#include <errno.h>
#include <ftw.h>
#include <linux/espsimd.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../netconf.h"
#include "../rtmsg.h"
#include "../sysctl.h"
#include "../takeover.h"
#include "unit.h"

#define ETH0	2
#define LAN0	3
#define ESP	10

struct device {
	int ifindex;
	char name[IF_NAMESIZE];
	const char *kind;
	int below, master;
	unsigned short type;
	unsigned int flags;
	char alias[32];
	uint8_t gen_mode;
};

/* What is kept of a message, without its header. */
struct kept {
	uint16_t kind;
	size_t size;
	char bytes[256];
};

static struct {
	struct device devices[8];
	struct kept objects[32];
	size_t nr_devices, nr_objects;
	uint32_t sas;
	int changes, refuse;
} model;

static char sysctls[64];

/* ---- settings ---- */

static void sysctl_path(char path[256], const char *dir, const char *name,
			const char *file)
{
	snprintf(path, 256, "%s/%s/%s/%s", sysctls, dir, name, file);
}

static void put_file(const char *dir, const char *name, const char *file,
		     const char *value)
{
	char path[256];
	FILE *stream;

	sysctl_path(path, dir, name, file);
	stream = fopen(path, "we");
	if (!stream)
		abort();
	fprintf(stream, "%s\n", value);
	fclose(stream);
}

static void add_settings(const char *name)
{
	char path[256];

	sysctl_path(path, "ipv4/conf", name, "");
	mkdir(path, 0700);
	sysctl_path(path, "ipv6/conf", name, "");
	mkdir(path, 0700);
	put_file("ipv4/conf", name, "rp_filter", "0");
	put_file("ipv6/conf", name, "hop_limit", "64");
	put_file("ipv6/conf", name, "disable_ipv6", "0");
}

static void rename_settings(const char *from, const char *to)
{
	static const char *const dirs[] = { "ipv4/conf", "ipv6/conf" };
	char old[256], new[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		sysctl_path(old, dirs[i], from, "");
		sysctl_path(new, dirs[i], to, "");
		if (rename(old, new))
			abort();
	}
}

static int remove_one(const char *path, const struct stat *info, int type,
		      struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	return remove(path);
}

static void remove_settings(const char *name)
{
	char path[256];

	sysctl_path(path, "ipv4/conf", name, "");
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	sysctl_path(path, "ipv6/conf", name, "");
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- the model ---- */

static struct device *device_of(int ifindex)
{
	size_t i;

	for (i = 0; i < model.nr_devices; i++)
		if (model.devices[i].ifindex == ifindex)
			return &model.devices[i];
	return NULL;
}

static struct device *add_device(int ifindex, const char *name,
				 const char *kind)
{
	struct device *device = &model.devices[model.nr_devices++];

	*device = (struct device){
		.ifindex = ifindex, .kind = kind, .type = ARPHRD_ETHER,
	};
	snprintf(device->name, sizeof(device->name), "%s", name);
	add_settings(name);
	return device;
}

static const struct nlattr *attr_of(const struct nlmsghdr *nlh, size_t header,
				    uint16_t id)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, header)
		if (mnl_attr_get_type(attr) == id)
			return attr;
	return NULL;
}

static void tell_device(const struct nlmsghdr *request,
			const struct device *device, bool dumped)
{
	struct nlattr *outer, *inner;
	struct ifinfomsg *message;
	struct nlmsghdr *nlh;

	nlh = fake_message_of(request, (void **)&message, sizeof(*message));
	if (!dumped)
		nlh->nlmsg_flags = 0;
	message->ifi_index = device->ifindex;
	message->ifi_type = device->type;
	message->ifi_flags = device->flags;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, device->name);
	mnl_attr_put_u32(nlh, IFLA_TXQLEN, 1000);
	if (device->below)
		mnl_attr_put_u32(nlh, IFLA_LINK, device->below);
	if (device->master)
		mnl_attr_put_u32(nlh, IFLA_MASTER, device->master);
	if (device->alias[0])
		mnl_attr_put_strz(nlh, IFLA_IFALIAS, device->alias);
	if (device->kind) {
		outer = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
		mnl_attr_put_strz(nlh, IFLA_INFO_KIND, device->kind);
		mnl_attr_nest_end(nlh, outer);
	}
	outer = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inner = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, device->gen_mode);
	mnl_attr_nest_end(nlh, inner);
	mnl_attr_nest_end(nlh, outer);
}

static void get_link(const struct nlmsghdr *request)
{
	const struct ifinfomsg *asked = mnl_nlmsg_get_payload(request);
	size_t i;

	if (request->nlmsg_flags & NLM_F_DUMP) {
		for (i = 0; i < model.nr_devices; i++)
			tell_device(request, &model.devices[i], true);
		fake_done(request, 0, NULL);
	} else {
		tell_device(request, device_of(asked->ifi_index), false);
		fake_ack(request, 0, NULL, true);
	}
}

static void set_gen_mode(struct device *device, const struct nlattr *families)
{
	const struct nlattr *family, *attr;

	mnl_attr_for_each_nested(family, families)
		mnl_attr_for_each_nested(attr, family)
			if (mnl_attr_get_type(attr) == IFLA_INET6_ADDR_GEN_MODE)
				device->gen_mode = mnl_attr_get_u8(attr);
}

static void set_link(const struct nlmsghdr *request)
{
	const struct ifinfomsg *asked = mnl_nlmsg_get_payload(request);
	struct device *device = device_of(asked->ifi_index);
	size_t header = sizeof(*asked);
	const struct nlattr *attr;

	attr = attr_of(request, header, IFLA_IFNAME);
	if (request->nlmsg_flags & NLM_F_CREATE) {
		device = add_device(ESP, mnl_attr_get_str(attr), "espsimd");
		attr = attr_of(request, header, IFLA_LINK);
		device->below = mnl_attr_get_u32(attr);
		device_of(device->below)->master = ESP;
		return;
	}
	if (attr && strcmp(device->name, mnl_attr_get_str(attr))) {
		rename_settings(device->name, mnl_attr_get_str(attr));
		snprintf(device->name, sizeof(device->name), "%s",
			 mnl_attr_get_str(attr));
	}
	attr = attr_of(request, header, IFLA_IFALIAS);
	if (attr)
		snprintf(device->alias, sizeof(device->alias), "%.*s",
			 (int)mnl_attr_get_payload_len(attr),
			 (const char *)mnl_attr_get_payload(attr));
	attr = attr_of(request, header, IFLA_AF_SPEC);
	if (attr)
		set_gen_mode(device, attr);
	device->flags = (device->flags & ~asked->ifi_change) |
			(asked->ifi_flags & asked->ifi_change);
}

/* Which device is it of? Numbers are where the family's header has them. */
static int ifindex_of(const struct kept *object)
{
	const struct rtmsg *route;
	struct nlmsghdr *nlh;
	char bytes[512] = "";
	int ifindex;

	switch (object->kind) {
	case RTM_NEWADDR:
	case RTM_NEWNEIGH:
		memcpy(&ifindex, object->bytes + 4, sizeof(ifindex));
		return ifindex;
	}
	nlh = mnl_nlmsg_put_header(bytes);
	memcpy(mnl_nlmsg_put_extra_header(nlh, object->size), object->bytes,
	       object->size);
	if (object->kind == RTM_NEWNEXTHOP)
		return mnl_attr_get_u32(attr_of(nlh, sizeof(struct nhmsg),
						NHA_OIF));
	if (!attr_of(nlh, sizeof(*route), RTA_OIF))
		return 0;
	return mnl_attr_get_u32(attr_of(nlh, sizeof(*route), RTA_OIF));
}

static void drop_object(size_t i)
{
	memmove(&model.objects[i], &model.objects[i + 1],
		(--model.nr_objects - i) * sizeof(model.objects[0]));
}

static void remove_link(const struct nlmsghdr *request)
{
	const struct ifinfomsg *asked = mnl_nlmsg_get_payload(request);
	struct device *device = device_of(asked->ifi_index);
	size_t i;

	for (i = model.nr_objects; i; i--)
		if (ifindex_of(&model.objects[i - 1]) == device->ifindex)
			drop_object(i - 1);
	device_of(device->below)->master = 0;
	remove_settings(device->name);
	*device = model.devices[--model.nr_devices];
}

/* So many bytes tell objects of a kind from each other, more or less. */
static bool is_same(const struct kept *a, const struct kept *b)
{
	static const size_t address = sizeof(struct ifaddrmsg) +
				      sizeof(struct nlattr) + 4;
	size_t size;

	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case RTM_NEWADDR:
		size = address;
		break;
	case RTM_NEWNEXTHOP:
		size = sizeof(struct nhmsg) + sizeof(struct nlattr) + 4;
		break;
	default:
		size = a->size > b->size ? a->size : b->size;
	}
	return !memcmp(a->bytes, b->bytes, size);
}

static int change_object(const struct nlmsghdr *request, uint16_t kind,
			 bool add)
{
	struct kept object = { .kind = kind };
	size_t i;

	object.size = mnl_nlmsg_get_payload_len(request);
	memcpy(object.bytes, mnl_nlmsg_get_payload(request), object.size);
	for (i = 0; i < model.nr_objects; i++)
		if (is_same(&model.objects[i], &object))
			break;
	if (!add && i == model.nr_objects)
		return -ENOENT;
	if (add && i < model.nr_objects &&
	    !(request->nlmsg_flags & NLM_F_REPLACE))
		return -EEXIST;
	if (i < model.nr_objects && !add)
		drop_object(i);
	else if (add)
		model.objects[i < model.nr_objects ? i : model.nr_objects++] =
			object;
	return 0;
}

static void get_objects(const struct nlmsghdr *request, uint16_t kind)
{
	const char *asked = mnl_nlmsg_get_payload(request);
	struct nlmsghdr *nlh;
	void *bytes;
	size_t i;

	for (i = 0; i < model.nr_objects; i++) {
		const struct kept *object = &model.objects[i];

		if (object->kind != kind || (*asked &&
					     *asked != object->bytes[0]))
			continue;
		/* Proxies are listed by themselves. */
		if (kind == RTM_NEWNEIGH &&
		    ((const struct ndmsg *)asked)->ndm_flags !=
		    ((const struct ndmsg *)object->bytes)->ndm_flags)
			continue;
		nlh = fake_message_of(request, &bytes, object->size);
		nlh->nlmsg_type = kind;
		memcpy(bytes, object->bytes, object->size);
	}
	fake_done(request, 0, NULL);
}

static int change(const struct nlmsghdr *request)
{
	uint16_t kind = request->nlmsg_type & ~3;

	switch (request->nlmsg_type) {
	case RTM_NEWLINK:
		set_link(request);
		return 0;
	case RTM_DELLINK:
		remove_link(request);
		return 0;
	}
	return change_object(request, kind, request->nlmsg_type == kind);
}

/* IPv6 addresses go when that setting says so. */
static void obey_settings(void)
{
	char value[SYSCTL_VALUE_SIZE];
	struct device *device;
	size_t i;

	for (i = model.nr_objects; i; i--) {
		if (model.objects[i - 1].kind != RTM_NEWADDR ||
		    model.objects[i - 1].bytes[0] != AF_INET6)
			continue;
		device = device_of(ifindex_of(&model.objects[i - 1]));
		if (!sysctl_read("ipv6/conf", device->name, "disable_ipv6",
				 value) && !strcmp(value, "1"))
			drop_object(i - 1);
	}
}

static void rest(const struct nlmsghdr *request)
{
	uint16_t kind = request->nlmsg_type & ~3;

	obey_settings();

	if (request->nlmsg_type == XFRM_MSG_GETPOLICY &&
	    !(request->nlmsg_flags & NLM_F_ACK))
		fake_done(request, 0, NULL);
	else if (request->nlmsg_type == RTM_GETLINK)
		get_link(request);
	else if ((request->nlmsg_type & 3) == 2)
		get_objects(request, kind);
	else if (++model.changes == model.refuse)
		fake_ack(request, -EPERM, "Not this one", true);
	else
		fake_ack(request, change(request), NULL, true);
}

static void family(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = fake_message(request, 0);

	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_IFINDEX, ESP);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_SA_IN, model.sas);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_SA_OUT, 0);
	fake_ack(request, 0, NULL, true);
}

/* ---- what there is at first ---- */

static struct nlmsghdr *object_begin(char bytes[512], uint16_t kind,
				     const void *header, size_t size)
{
	struct nlmsghdr *nlh;

	memset(bytes, 0, 512);
	nlh = mnl_nlmsg_put_header(bytes);
	nlh->nlmsg_type = kind;
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), header, size);
	return nlh;
}

static void add_address(uint32_t address, const char *label)
{
	struct ifaddrmsg header = {
		.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = ETH0,
	};
	struct nlmsghdr *nlh;
	char bytes[512];

	nlh = object_begin(bytes, RTM_NEWADDR, &header, sizeof(header));
	mnl_attr_put_u32(nlh, IFA_ADDRESS, htonl(address));
	mnl_attr_put_u32(nlh, IFA_LOCAL, htonl(address));
	mnl_attr_put_strz(nlh, IFA_LABEL, label);
	mnl_attr_put_u32(nlh, IFA_FLAGS, 0);
	change_object(nlh, RTM_NEWADDR, true);
}

static void add_address6(uint8_t last)
{
	struct ifaddrmsg header = {
		.ifa_family = AF_INET6, .ifa_prefixlen = 64, .ifa_index = ETH0,
	};
	uint8_t address[16] = { last, 1, 13, 184 };
	struct nlmsghdr *nlh;
	char bytes[512];

	nlh = object_begin(bytes, RTM_NEWADDR, &header, sizeof(header));
	mnl_attr_put(nlh, IFA_ADDRESS, sizeof(address), address);
	mnl_attr_put_u32(nlh, IFA_FLAGS, 0);
	change_object(nlh, RTM_NEWADDR, true);
}

static void add_route(uint32_t destination, uint32_t gateway)
{
	struct rtmsg header = {
		.rtm_family = AF_INET, .rtm_dst_len = 16,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
		.rtm_type = RTN_UNICAST,
	};
	struct nlmsghdr *nlh;
	char bytes[512];

	nlh = object_begin(bytes, RTM_NEWROUTE, &header, sizeof(header));
	mnl_attr_put_u32(nlh, RTA_DST, htonl(destination));
	mnl_attr_put_u32(nlh, RTA_TABLE, RT_TABLE_MAIN);
	mnl_attr_put_u32(nlh, RTA_OIF, ETH0);
	mnl_attr_put_u32(nlh, RTA_GATEWAY, htonl(gateway));
	change_object(nlh, RTM_NEWROUTE, true);
}

static void add_neighbour(uint32_t address, uint8_t flags)
{
	struct ndmsg header = {
		.ndm_family = AF_INET, .ndm_ifindex = ETH0,
		.ndm_state = NUD_PERMANENT, .ndm_flags = flags,
	};
	struct nlmsghdr *nlh;
	char bytes[512];

	nlh = object_begin(bytes, RTM_NEWNEIGH, &header, sizeof(header));
	mnl_attr_put_u32(nlh, NDA_DST, htonl(address));
	change_object(nlh, RTM_NEWNEIGH, true);
}

static void add_nexthop(uint32_t id)
{
	struct nhmsg header = { .nh_family = AF_INET };
	struct nlmsghdr *nlh;
	char bytes[512];

	nlh = object_begin(bytes, RTM_NEWNEXTHOP, &header, sizeof(header));
	mnl_attr_put_u32(nlh, NHA_ID, id);
	mnl_attr_put_u32(nlh, NHA_OIF, ETH0);
	change_object(nlh, RTM_NEWNEXTHOP, true);
}

static void model_begin(void)
{
	static const char *const dirs[] = {
		"ipv4", "ipv4/conf", "ipv6", "ipv6/conf",
	};
	struct device *device;
	char path[256];
	size_t i;

	memset(&model, 0, sizeof(model));
	snprintf(sysctls, sizeof(sysctls), "/tmp/espsimd-unit-XXXXXX");
	if (!mkdtemp(sysctls))
		abort();
	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", sysctls, dirs[i]);
		mkdir(path, 0700);
	}
	sysctl_root = sysctls;
	device = add_device(ETH0, "eth0", NULL);
	device->flags = IFF_UP | IFF_MULTICAST | IFF_PROMISC;
	snprintf(device->alias, sizeof(device->alias), "out");
	add_device(LAN0, "lan0", NULL);
	put_file("ipv4/conf", "eth0", "rp_filter", "2");
	put_file("ipv6/conf", "eth0", "hop_limit", "70");
	add_address(0xc0000201, "eth0");
	add_address(0xc0000202, "eth0:two");
	add_address6(1);
	add_address6(2);
	add_route(0x0a010000, 0xc00002fe);
	add_route(0x0a020000, 0xc00002fe);
	add_neighbour(0xc0000250, 0);
	add_neighbour(0xc0000260, NTF_PROXY);
	add_nexthop(7);
	fake_set(family);
	fake_set_rest(rest);
}

static void model_end(void)
{
	nftw(sysctls, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	sysctl_root = "/proc/sys/net";
	fake_set_rest(NULL);
	fake_set(NULL);
}

/* ---- what there is ---- */

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct kept));
}

static void print_setting(FILE *out, const char *dir, const char *name,
			  const char *file)
{
	char value[SYSCTL_VALUE_SIZE] = "";

	sysctl_read(dir, name, file, value);
	fprintf(out, " %s=%s", file, value);
}

/* All of it as text; of several objects the order does not matter. */
static char *model_text(void)
{
	struct kept objects[ARRAY_SIZE(model.objects)];
	char *text = NULL;
	size_t size, i, j;
	FILE *out;

	out = open_memstream(&text, &size);
	if (!out)
		abort();
	for (i = 0; i < model.nr_devices; i++) {
		const struct device *device = &model.devices[i];

		fprintf(out, "%d %s master %d flags %x alias %s mode %u",
			device->ifindex, device->name, device->master,
			device->flags, device->alias, device->gen_mode);
		print_setting(out, "ipv4/conf", device->name, "rp_filter");
		print_setting(out, "ipv6/conf", device->name, "hop_limit");
		print_setting(out, "ipv6/conf", device->name, "disable_ipv6");
		fputc('\n', out);
	}
	memcpy(objects, model.objects, sizeof(objects));
	qsort(objects, model.nr_objects, sizeof(objects[0]), by_bytes);
	for (i = 0; i < model.nr_objects; i++) {
		fprintf(out, "%u dev %d ", objects[i].kind,
			ifindex_of(&objects[i]));
		for (j = 0; j < objects[i].size; j++)
			fprintf(out, "%02x", (uint8_t)objects[i].bytes[j]);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

static size_t objects_of(int ifindex)
{
	size_t i, nr = 0;

	obey_settings();
	for (i = 0; i < model.nr_objects; i++)
		nr += ifindex_of(&model.objects[i]) == ifindex;
	return nr;
}

static const struct command *command_called(const char *name)
{
	const struct command *command = dev_object.commands;

	while (strcmp(command->name, name))
		command++;
	return command;
}

static const char *dev(const char *name, const char *line, int *code)
{
	static const struct options options;

	return run(command_called(name), &options, line, code);
}

/* ---- tests ---- */

static void test_names(void)
{
	char one[IF_NAMESIZE], other[IF_NAMESIZE];

	takeover_name("eth0", "low-", one);
	ok_text(one, "low-eth0", "name of the adapter");
	takeover_name("eleven-char", "low-", one);
	ok_text(one, "low-eleven-char", "name that fits just so");
	takeover_name("enp129s0f0np0v1", "low-", one);
	takeover_name("enp129s0f0np0v2", "low-", other);
	ok(strlen(one) == 15 && !strncmp(one, "low-enp129s", 11),
	   "long name: %s", one);
	ok(strcmp(one, other), "other long name: %s", other);
}

static void test_there_and_back(void)
{
	char *before, *after;
	struct device *esp;
	int code;

	model_begin();
	before = model_text();
	ok_text(dev("takeover", "eth0", &code), "", "takeover says nothing");
	ok(!code, "takeover succeeds");
	esp = device_of(ESP);
	ok(esp && !strcmp(esp->name, "eth0"), "the device has the name");
	ok(!strcmp(device_of(ETH0)->name, "low-eth0"), "the adapter's name");
	ok(objects_of(ESP) == 9, "the device has everything");
	ok(!objects_of(ETH0), "the adapter has nothing");
	ok(esp && esp->flags == (IFF_UP | IFF_MULTICAST | IFF_PROMISC) &&
	   !strcmp(esp->alias, "out") && !esp->gen_mode, "flags and alias");
	ok_text(dev("release", "eth0", &code), "", "release says nothing");
	ok(!code, "release succeeds");
	after = model_text();
	ok_text(after, before, "all is as before");
	free(before);
	free(after);
	model_end();
}

/* Has each change be refused in turn, until there are no more. */
static void refuse_each(const char *command, int least)
{
	int code = EXIT_FAILURE, refuse, wrong = 0;
	char *before, *after;
	const char *answer;

	before = model_text();
	for (refuse = 1; refuse < 100; refuse++) {
		model.changes = 0;
		model.refuse = refuse;
		answer = dev(command, "eth0", &code);
		if (!code)
			break;
		after = model_text();
		if (strcmp(after, before) || strncmp(answer, "Error: ", 7) ||
		    strstr(answer, "put back")) {
			printf("# refused %d: %s", refuse, answer);
			wrong++;
		}
		free(after);
	}
	model.refuse = 0;
	ok(!wrong, "%s: all is put back after each failure", command);
	ok(refuse > least, "%s: it has %d changes", command, refuse - 1);
	free(before);
}

static void test_refused(void)
{
	model_begin();
	refuse_each("takeover", 20);
	refuse_each("release", 15);
	model_end();
}

static void test_answer_of_refused(void)
{
	int code;

	model_begin();
	model.refuse = 1;
	ok_text(dev("takeover", "eth0", &code),
		"Error: eth0 was not taken over: making the espsimd device: not permitted, CAP_NET_ADMIN is needed.\n",
		"takeover without permission");
	model_end();
}

static void answers(const char *command, const char *line,
		    const char *expected, const char *name)
{
	int code;

	ok_text(dev(command, line, &code), expected, name);
}

static void test_in_the_way(void)
{
	struct device *device;
	int code;

	model_begin();
	answers("takeover", "nothere",
		"Error: there is no device \"nothere\".\n",
		"no such device");
	answers("release", "eth0",
		"Error: eth0 is not an espsimd device.\n",
		"release of an adapter");
	device_of(LAN0)->type = ARPHRD_LOOPBACK;
	answers("takeover", "lan0",
		"Error: lan0 is not an Ethernet device.\n",
		"not Ethernet");
	device = add_device(5, "up0", "bridge");
	device_of(ETH0)->master = 5;
	answers("takeover", "eth0",
		"Error: eth0 is a port of up0 (bridge), and can have one master only.\n",
		"port of a bridge");
	device_of(ETH0)->master = 0;
	device->kind = "xfrm";
	device->below = ETH0;
	answers("takeover", "eth0",
		"Error: up0 (xfrm) is on eth0, and would not work any more: remove it, and make it again afterwards.\n",
		"device above that looks for routes");
	device->kind = "veth";
	device->below = 0;
	rename_settings("lan0", "low-eth0");
	snprintf(device_of(LAN0)->name, IF_NAMESIZE, "low-eth0");
	answers("takeover", "eth0",
		"Error: the name low-eth0 is needed, and taken.\n",
		"name that is taken");
	rename_settings("low-eth0", "lan0");
	snprintf(device_of(LAN0)->name, IF_NAMESIZE, "lan0");
	device->kind = "vlan";
	device->below = ETH0;
	ok_text(dev("takeover", "eth0", &code), "Note: up0 stays on low-eth0.\n",
		"VLAN");
	answers("takeover", "eth0",
		"Error: eth0 is an espsimd device already.\n",
		"taken over twice");
	answers("takeover", "low-eth0",
		"Error: low-eth0 is below the espsimd device eth0 already.\n",
		"the adapter of one taken over");
	model.sas = 3;
	answers("release", "eth0",
		"Error: eth0 carries live SAs, 3, which would be deleted with it: move them to the stack first (\"espsimd sa generic dev eth0 all\"), or say \"force\".\n",
		"release with SAs");
	device->below = ESP;
	answers("release", "eth0",
		"Error: up0 (vlan) is on eth0, and would go with it: remove it, and make it again afterwards.\n",
		"release with a VLAN above");
	device->below = 0;
	answers("release", "eth0 force", "", "release with SAs by force");
	model_end();
}

/* ---- single messages ---- */

static struct nlmsghdr *multipath(char bytes[512], unsigned char af)
{
	struct rtmsg header = {
		.rtm_family = af, .rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST,
		.rtm_flags = RTNH_F_LINKDOWN,
	};
	struct rtnexthop hops[] = {
		{ .rtnh_len = 8, .rtnh_ifindex = ETH0, .rtnh_hops = 2,
		  .rtnh_flags = RTNH_F_DEAD },
		{ .rtnh_len = 8, .rtnh_ifindex = LAN0 },
		{ .rtnh_len = 8, .rtnh_ifindex = ETH0 },
	};
	struct nlmsghdr *nlh;

	nlh = object_begin(bytes, RTM_NEWROUTE, &header, sizeof(header));
	mnl_attr_put_u32(nlh, RTA_PRIORITY, 1024);
	mnl_attr_put(nlh, RTA_MULTIPATH, sizeof(hops), hops);
	return nlh;
}

static void test_multipath(void)
{
	struct nl_list list = { .nr = 0 };
	const struct rtnexthop *hops;
	const struct rtmsg *route;
	const struct nlattr *attr;
	char bytes[512];

	rtmsg_route(multipath(bytes, AF_INET), ETH0, ESP, RTMSG_ADD, &list);
	ok(list.nr == 1, "IPv4: one route for all hops");
	attr = attr_of(list.messages[0], sizeof(struct rtmsg), RTA_MULTIPATH);
	hops = mnl_attr_get_payload(attr);
	route = mnl_nlmsg_get_payload(list.messages[0]);
	ok(hops[0].rtnh_ifindex == ESP && hops[1].rtnh_ifindex == LAN0 &&
	   hops[2].rtnh_ifindex == ESP, "IPv4: only hops by the device");
	ok(!hops[0].rtnh_flags && hops[0].rtnh_hops == 2 &&
	   !route->rtm_flags, "IPv4: weights, but no states");
	nl_list_free(&list);

	rtmsg_route(multipath(bytes, AF_INET6), ETH0, ESP, RTMSG_ADD, &list);
	ok(list.nr == 2, "IPv6: a route for each hop by the device");
	attr = attr_of(list.messages[0], sizeof(struct rtmsg), RTA_MULTIPATH);
	hops = attr ? mnl_attr_get_payload(attr) : NULL;
	ok(hops && hops->rtnh_ifindex == ESP && hops->rtnh_hops == 2,
	   "IPv6: with its weight");
	attr = attr_of(list.messages[1], sizeof(struct rtmsg), RTA_OIF);
	ok(attr && mnl_attr_get_u32(attr) == ESP, "IPv6: without one");
	rtmsg_route_later(list.messages[1]);
	attr = attr_of(list.messages[1], sizeof(struct rtmsg), RTA_PRIORITY);
	ok(attr && mnl_attr_get_u32(attr) == 1025, "a metric worse by one");
	nl_list_free(&list);

	rtmsg_route(multipath(bytes, AF_INET6), ESP, ETH0, RTMSG_ADD, &list);
	ok(!list.nr, "no route by another device");
}

static struct nlmsghdr *simple_route(char bytes[512], unsigned char af,
				     uint32_t metric)
{
	struct rtmsg header = { .rtm_family = af, .rtm_dst_len = 16 };
	struct nlmsghdr *nlh;

	nlh = object_begin(bytes, RTM_NEWROUTE, &header, sizeof(header));
	mnl_attr_put_u32(nlh, RTA_DST, htonl(0x0a010000));
	mnl_attr_put_u32(nlh, RTA_PRIORITY, metric);
	return nlh;
}

static void test_rivals(void)
{
	char one[512], other[512];

	ok(rtmsg_route_rivals(simple_route(one, AF_INET, 5),
			      simple_route(other, AF_INET, 5)),
	   "routes whose order matters");
	ok(!rtmsg_route_rivals(simple_route(one, AF_INET, 5),
			       simple_route(other, AF_INET, 6)),
	   "routes of different metrics");
	ok(!rtmsg_route_rivals(simple_route(one, AF_INET6, 5),
			       simple_route(other, AF_INET6, 5)),
	   "routes of IPv6");
}

static void test_lifetimes(void)
{
	struct ifaddrmsg header = { .ifa_family = AF_INET6, .ifa_index = ETH0 };
	struct ifa_cacheinfo info = { .ifa_valid = 0 };
	struct nl_list list = { .nr = 0 };
	const struct nlattr *attr;
	struct nlmsghdr *nlh;
	char bytes[512];
	uint32_t flags[2];

	nlh = object_begin(bytes, RTM_NEWADDR, &header, sizeof(header));
	mnl_attr_put(nlh, IFA_CACHEINFO, sizeof(info), &info);
	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE);
	rtmsg_address(nlh, ESP, RTMSG_ADD, &list);
	rtmsg_address(nlh, ESP, RTMSG_SETTLE, &list);
	attr = attr_of(list.messages[0], sizeof(header), IFA_CACHEINFO);
	memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
	ok(info.ifa_valid == 1, "an address at its end is not refused");
	flags[0] = mnl_attr_get_u32(attr_of(list.messages[0], sizeof(header),
					    IFA_FLAGS));
	flags[1] = mnl_attr_get_u32(attr_of(list.messages[1], sizeof(header),
					    IFA_FLAGS));
	ok(flags[0] == (IFA_F_NODAD | IFA_F_NOPREFIXROUTE),
	   "it is not looked for on the link");
	ok(flags[1] == IFA_F_NOPREFIXROUTE &&
	   list.messages[1]->nlmsg_flags & NLM_F_REPLACE,
	   "and does not stay so");
	nl_list_free(&list);
}

void test_takeover(void)
{
	test_names();
	test_there_and_back();
	test_refused();
	test_answer_of_refused();
	test_in_the_way();
	test_multipath();
	test_rivals();
	test_lifetimes();
}
