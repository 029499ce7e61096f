// SPDX-License-Identifier: GPL-2.0
/*
 * Events: messages made by hand, and listings of a stand-in for the kernel.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../monitor.h"
#include "unit.h"

/* Interfaces of these numbers do not exist, so that names are predictable. */
#define ESP0	2147483646
#define LOWER	2147483647

/* An event of an SA of ESP0, which all are alike but for their SPIs. */
#define SA(event, spi) \
	"sa " event " dev esp0 src 192.0.2.1 dst 192.0.2.2 proto esp spi " spi \
	" reqid 1 mode tunnel dir out offload packet\n"
#define POLICY(event, index) \
	"policy " event " dev esp0 src 10.1.0.0/16 dst 10.2.0.0/16 dir out" \
	" priority 7 index " index "\n"

static const struct options text = { .json = false };
static struct monitor monitor;

static union {
	struct nlmsghdr header;
	char bytes[4096];
} message;

static struct nlmsghdr *start(uint16_t type, const void *header, size_t size)
{
	struct nlmsghdr *nlh;

	memset(&message, 0, sizeof(message));
	nlh = mnl_nlmsg_put_header(&message);
	nlh->nlmsg_type = type;
	if (size)
		memcpy(mnl_nlmsg_put_extra_header(nlh, size), header, size);
	return nlh;
}

/* ---- messages ---- */

struct link_state {
	const char *name;
	unsigned int flags;
	uint32_t mtu;
	bool carrier;
};

static void fill_link(struct nlmsghdr *nlh, const struct link_state *link,
		      const char *kind)
{
	struct nlattr *info;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, link->name);
	mnl_attr_put_u32(nlh, IFLA_MTU, link->mtu);
	mnl_attr_put_u32(nlh, IFLA_LINK, LOWER);
	mnl_attr_put_u8(nlh, IFLA_CARRIER, link->carrier);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(nlh, info);
}

static struct nlmsghdr *link_message(uint16_t type,
				     const struct link_state *link,
				     const char *kind, uint8_t family)
{
	struct ifinfomsg info = {
		.ifi_family = family, .ifi_index = ESP0,
		.ifi_flags = link->flags,
	};
	struct nlmsghdr *nlh = start(type, &info, sizeof(info));

	fill_link(nlh, link, kind);
	return nlh;
}

static void link_now(const char *name, unsigned int flags, uint32_t mtu,
		     bool carrier)
{
	const struct link_state link = { name, flags, mtu, carrier };

	monitor_link(link_message(RTM_NEWLINK, &link, "espsimd", AF_UNSPEC),
		     &monitor);
}

static void link_gone(void)
{
	static const struct link_state link = { "esp0" };

	monitor_link(link_message(RTM_DELLINK, &link, "espsimd", AF_UNSPEC),
		     &monitor);
}

static struct xfrm_usersa_info sa_info(uint32_t spi)
{
	struct xfrm_usersa_info info = {
		.family = AF_INET, .reqid = 1, .mode = XFRM_MODE_TUNNEL,
	};

	info.id.spi = htonl(spi);
	info.id.proto = IPPROTO_ESP;
	inet_pton(AF_INET, "192.0.2.1", &info.saddr);
	inet_pton(AF_INET, "192.0.2.2", &info.id.daddr);
	return info;
}

static struct nlmsghdr *sa_message(uint16_t type, uint32_t spi)
{
	struct xfrm_usersa_info info = sa_info(spi);

	return start(type, &info, sizeof(info));
}

/* As the kernel sends it, with its key. */
static void put_secrets(struct nlmsghdr *nlh)
{
	struct {
		struct xfrm_algo_aead algorithm;
		char key[20];
	} aead = { .algorithm = { "rfc4106(gcm(aes))", 160, 128 } };

	memcpy(aead.key, "a secret of 20 bytes", sizeof(aead.key));
	mnl_attr_put(nlh, XFRMA_ALG_AEAD, sizeof(aead), &aead);
}

static void put_offload(struct nlmsghdr *nlh, uint32_t ifindex)
{
	struct xfrm_user_offload offload = {
		.ifindex = ifindex, .flags = XFRM_OFFLOAD_PACKET
	};

	mnl_attr_put(nlh, XFRMA_OFFLOAD_DEV, sizeof(offload), &offload);
}

static void sa_new(uint16_t type, uint32_t spi, uint32_t ifindex)
{
	struct nlmsghdr *nlh = sa_message(type, spi);

	put_secrets(nlh);
	put_offload(nlh, ifindex);
	monitor_xfrm(nlh, &monitor);
}

static void sa_del(uint32_t spi, uint32_t mark)
{
	struct xfrm_mark mark_mask = { mark, 0xff };
	struct xfrm_usersa_info info = sa_info(spi);
	struct xfrm_usersa_id id = {
		.daddr = info.id.daddr, .spi = info.id.spi,
		.family = info.family, .proto = info.id.proto,
	};
	struct nlmsghdr *nlh = start(XFRM_MSG_DELSA, &id, sizeof(id));

	mnl_attr_put(nlh, XFRMA_SA, sizeof(info), &info);
	put_secrets(nlh);
	if (mark)
		mnl_attr_put(nlh, XFRMA_MARK, sizeof(mark_mask), &mark_mask);
	monitor_xfrm(nlh, &monitor);
}

static void sa_expire(uint32_t spi, bool hard)
{
	struct xfrm_user_expire expire = {
		.state = sa_info(spi), .hard = hard
	};

	monitor_xfrm(start(XFRM_MSG_EXPIRE, &expire, sizeof(expire)),
		     &monitor);
}

static void sa_flush(uint8_t proto)
{
	struct xfrm_usersa_flush flush = { .proto = proto };

	monitor_xfrm(start(XFRM_MSG_FLUSHSA, &flush, sizeof(flush)), &monitor);
}

static struct xfrm_userpolicy_info policy_info(uint32_t index)
{
	struct xfrm_userpolicy_info info = {
		.index = index, .dir = XFRM_POLICY_OUT, .priority = 7,
	};

	info.sel.family = AF_INET;
	info.sel.prefixlen_s = 16;
	info.sel.prefixlen_d = 16;
	inet_pton(AF_INET, "10.1.0.0", &info.sel.saddr);
	inet_pton(AF_INET, "10.2.0.0", &info.sel.daddr);
	return info;
}

static void policy_new(uint16_t type, uint32_t index)
{
	struct xfrm_userpolicy_info info = policy_info(index);
	struct nlmsghdr *nlh = start(type, &info, sizeof(info));

	put_offload(nlh, ESP0);
	monitor_xfrm(nlh, &monitor);
}

static void policy_del(uint32_t index)
{
	struct xfrm_userpolicy_info info = policy_info(index);
	struct xfrm_userpolicy_id id = { .index = 0 };
	struct nlmsghdr *nlh = start(XFRM_MSG_DELPOLICY, &id, sizeof(id));

	mnl_attr_put(nlh, XFRMA_POLICY, sizeof(info), &info);
	monitor_xfrm(nlh, &monitor);
}

static void policy_expire(uint32_t index, bool hard)
{
	struct xfrm_user_polexpire expire = {
		.pol = policy_info(index), .hard = hard
	};

	monitor_xfrm(start(XFRM_MSG_POLEXPIRE, &expire, sizeof(expire)),
		     &monitor);
}

static void policy_flush(uint8_t type)
{
	struct xfrm_userpolicy_type attr = { .type = type };
	struct nlmsghdr *nlh = start(XFRM_MSG_FLUSHPOLICY, NULL, 0);

	mnl_attr_put(nlh, XFRMA_POLICY_TYPE, sizeof(attr), &attr);
	monitor_xfrm(nlh, &monitor);
}

static void engine_now(uint32_t ifindex)
{
	static const struct genlmsghdr genl = {
		.cmd = ESPSIMD_CMD_DEV_CHANGE_NTF
	};
	struct nlmsghdr *nlh = start(FAKE_FAMILY, &genl, sizeof(genl));

	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_IFINDEX, ifindex);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE, ESPSIMD_ENGINE_AUTO);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE_ACTIVE,
			 ESPSIMD_ENGINE_AVX2);
	monitor_engine(&monitor, nlh);
}

/* ---- tests ---- */

static void begin(const struct options *options, const char *dev)
{
	monitor_init(&monitor, options, dev);
	capture_begin();
}

static void end(const char *expected, const char *name)
{
	char title[128];

	snprintf(title, sizeof(title), "monitor: %s", name);
	ok_text(capture_end(), expected, title);
	monitor_free(&monitor);
}

/* With ESP0 there and up. */
static void begin_with_dev(void)
{
	begin(&text, NULL);
	monitor.quiet = true;
	link_now("esp0", IFF_UP, 1500, true);
	monitor.quiet = false;
}

static void test_links(void)
{
	static const struct link_state link = { "esp0", IFF_UP, 1500, true };

	begin(&text, NULL);
	link_now("esp0", 0, 1500, false);
	link_now("esp0", 0, 1500, false);
	link_now("esp0", IFF_UP, 1500, false);
	link_now("esp0", IFF_UP, 1500, true);
	link_now("esp0", IFF_UP, 1400, true);
	link_now("esp1", IFF_UP, 1400, true);
	link_now("esp1", IFF_UP, 1400, false);
	link_now("esp0", 0, 1400, false);
	link_gone();
	link_gone();
	end("link added dev esp0 lower if2147483647 mtu 1500\n"
	    "link up dev esp0\n"
	    "link carrier-on dev esp0\n"
	    "link mtu dev esp0 mtu 1400\n"
	    "link renamed dev esp1 from esp0\n"
	    "link carrier-off dev esp1\n"
	    "link renamed dev esp0 from esp1\n"
	    "link down dev esp0\n"
	    "link deleted dev esp0\n", "life of a device");

	begin(&text, NULL);
	monitor_link(link_message(RTM_NEWLINK, &link, "dummy", AF_UNSPEC),
		     &monitor);
	monitor_link(link_message(RTM_NEWLINK, &link, "espsimd", AF_BRIDGE),
		     &monitor);
	monitor_link(link_message(RTM_NEWNEIGH, &link, "espsimd", AF_UNSPEC),
		     &monitor);
	end("", "messages that are not on espsimd devices");

	begin_with_dev();
	link_gone();
	link_now("esp0", IFF_UP, 1500, false);
	end("link deleted dev esp0\n"
	    "link added dev esp0 lower if2147483647 mtu 1500\n"
	    "link up dev esp0\n", "another device of the same number");
}

static void test_filter(void)
{
	begin(&text, "esp1");
	link_now("esp0", IFF_UP, 1500, true);
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	link_now("esp1", IFF_UP, 1400, true);
	sa_expire(0x1000, false);
	engine_now(ESP0);
	link_now("esp2", IFF_UP, 1300, true);
	sa_del(0x1000, 0);
	engine_now(ESP0);
	end("link renamed dev esp1 from esp0\n"
	    "link mtu dev esp1 mtu 1400\n"
	    "sa expired-soft dev esp1 src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x00001000 reqid 1 mode tunnel dir out offload packet\n"
	    "engine changed dev esp1 engine auto active avx2\n"
	    "link renamed dev esp2 from esp1\n", "one device, by its name");
}

static void test_engine(void)
{
	begin_with_dev();
	engine_now(ESP0);
	engine_now(LOWER);
	end("engine changed dev esp0 engine auto active avx2\n", "engine");
}

static void test_sas(void)
{
	struct nlmsghdr *nlh;

	begin_with_dev();
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	sa_new(XFRM_MSG_UPDSA, 0x1000, ESP0);
	sa_expire(0x1000, false);
	sa_del(0x1000, 0x10);
	sa_del(0x1000, 0);
	sa_del(0x1000, 0);
	sa_expire(0x1000, true);
	sa_new(XFRM_MSG_UPDSA, 0x1001, ESP0);
	sa_expire(0x1001, true);
	sa_del(0x1001, 0);
	end(SA("added", "0x00001000")
	    SA("updated", "0x00001000")
	    SA("expired-soft", "0x00001000")
	    SA("deleted", "0x00001000")
	    SA("added", "0x00001001")
	    SA("expired-hard", "0x00001001"), "life of SAs");

	begin_with_dev();
	sa_new(XFRM_MSG_NEWSA, 0x1000, LOWER);
	monitor_xfrm(sa_message(XFRM_MSG_NEWSA, 0x1001), &monitor);
	nlh = sa_message(XFRM_MSG_NEWSA + 100, 0x1002);
	put_offload(nlh, ESP0);
	monitor_xfrm(nlh, &monitor);
	sa_expire(0x1001, true);
	sa_del(0x1001, 0);
	end("", "SAs that are not offloaded to espsimd devices");
}

static void test_marked(void)
{
	struct xfrm_mark mark = { 0x10, 0xff };
	struct xfrm_usersa_info info = sa_info(0x1000);
	struct xfrm_user_offload offload = {
		.ifindex = ESP0, .flags = XFRM_OFFLOAD_INBOUND
	};
	struct nlmsghdr *nlh;

	info.family = AF_INET6;
	info.mode = XFRM_MODE_TRANSPORT;
	inet_pton(AF_INET6, "2001:db8::1", &info.saddr);
	inet_pton(AF_INET6, "2001:db8::2", &info.id.daddr);
	begin_with_dev();
	nlh = start(XFRM_MSG_NEWSA, &info, sizeof(info));
	mnl_attr_put(nlh, XFRMA_OFFLOAD_DEV, sizeof(offload), &offload);
	mnl_attr_put(nlh, XFRMA_MARK, sizeof(mark), &mark);
	monitor_xfrm(nlh, &monitor);
	end("sa added dev esp0 src 2001:db8::1 dst 2001:db8::2 proto esp spi 0x00001000 reqid 1 mode transport dir in offload crypto mark 16 mask 255\n",
	    "an SA of IPv6 with a mark");
}

static void test_policies(void)
{
	struct xfrm_userpolicy_info info = policy_info(9);

	begin_with_dev();
	policy_new(XFRM_MSG_NEWPOLICY, 9);
	policy_new(XFRM_MSG_UPDPOLICY, 9);
	policy_expire(9, false);
	policy_del(17);
	policy_del(9);
	policy_new(XFRM_MSG_NEWPOLICY, 17);
	policy_expire(17, true);
	policy_del(17);
	monitor_xfrm(start(XFRM_MSG_NEWPOLICY, &info, sizeof(info)), &monitor);
	end(POLICY("added", "9")
	    POLICY("updated", "9")
	    POLICY("expired-soft", "9")
	    POLICY("deleted", "9")
	    POLICY("added", "17")
	    POLICY("expired-hard", "17"), "life of policies");
}

static void test_flushed(void)
{
	begin_with_dev();
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	sa_new(XFRM_MSG_NEWSA, 0x1001, ESP0);
	policy_new(XFRM_MSG_NEWPOLICY, 9);
	sa_flush(IPPROTO_AH);
	sa_flush(0);
	policy_flush(XFRM_POLICY_TYPE_SUB);
	policy_flush(XFRM_POLICY_TYPE_MAIN);
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	end(SA("added", "0x00001000")
	    SA("added", "0x00001001")
	    POLICY("added", "9")
	    SA("deleted", "0x00001000")
	    SA("deleted", "0x00001001")
	    POLICY("deleted", "9")
	    SA("added", "0x00001000"), "flushed");
}

/* The kernel does not tell of SAs and policies that a device loses. */
static void test_down(void)
{
	begin_with_dev();
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	policy_new(XFRM_MSG_NEWPOLICY, 9);
	link_now("esp0", 0, 1500, false);
	sa_del(0x1000, 0);
	ok(monitor.stale_objects, "monitor: what a device has lost is checked");
	end(SA("added", "0x00001000")
	    POLICY("added", "9")
	    "link down dev esp0\n"
	    SA("deleted", "0x00001000")
	    POLICY("deleted", "9")
	    "link carrier-off dev esp0\n", "a device that goes down");

	begin_with_dev();
	link_gone();
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	sa_del(0x1000, 0);
	end("link deleted dev esp0\n"
	    SA("added", "0x00001000")
	    SA("deleted", "0x00001000"),
	    "messages of before a device was removed");
}

/* What the listings have: SAs from 0x1000 on, one policy, the device. */
static unsigned int nr_sas, nr_policies, nr_links, requests;
static int sa_error;

static void module(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh;
	unsigned int i;

	requests++;
	for (i = 0; i < nr_sas; i++) {
		nlh = fake_message(request, NLM_F_MULTI);
		mnl_attr_put_u32(nlh, ESPSIMD_A_SA_IFINDEX, ESP0);
		mnl_attr_put_u32(nlh, ESPSIMD_A_SA_DIRECTION,
				 ESPSIMD_DIRECTION_OUT);
		mnl_attr_put_u32(nlh, ESPSIMD_A_SA_OFFLOAD,
				 ESPSIMD_OFFLOAD_PACKET);
		mnl_attr_put_u16(nlh, ESPSIMD_A_SA_FAMILY, AF_INET);
		mnl_attr_put_u8(nlh, ESPSIMD_A_SA_MODE, XFRM_MODE_TUNNEL);
		mnl_attr_put_u8(nlh, ESPSIMD_A_SA_PROTO, IPPROTO_ESP);
		mnl_attr_put_u32(nlh, ESPSIMD_A_SA_SPI, htonl(0x1000 + i));
		mnl_attr_put(nlh, ESPSIMD_A_SA_SADDR, 4, "\xc0\0\2\1");
		mnl_attr_put(nlh, ESPSIMD_A_SA_DADDR, 4, "\xc0\0\2\2");
		mnl_attr_put_u32(nlh, ESPSIMD_A_SA_REQID, 1);
		mnl_attr_put_u32(nlh, ESPSIMD_A_SA_MARK, 0);
		mnl_attr_put_u32(nlh, ESPSIMD_A_SA_MARK_MASK, 0);
	}
	fake_done(request, sa_error, NULL);
}

static void rest(const struct nlmsghdr *request)
{
	static const struct link_state link = { "esp0", IFF_UP, 1500, true };
	struct xfrm_userpolicy_info *policy;
	struct ifinfomsg *info;
	struct nlmsghdr *nlh;
	void *header;

	if (request->nlmsg_type == RTM_GETLINK && nr_links) {
		nlh = fake_message_of(request, &header, sizeof(*info));
		nlh->nlmsg_type = RTM_NEWLINK;
		info = header;
		info->ifi_index = ESP0;
		info->ifi_flags = link.flags;
		fill_link(nlh, &link, "espsimd");
	} else if (request->nlmsg_type == XFRM_MSG_GETPOLICY && nr_policies) {
		nlh = fake_message_of(request, &header, sizeof(*policy));
		nlh->nlmsg_type = XFRM_MSG_NEWPOLICY;
		policy = header;
		*policy = policy_info(9);
		put_offload(nlh, ESP0);
	}
	fake_done(request, 0, NULL);
}

static void there_are(unsigned int links, unsigned int sas,
		      unsigned int policies)
{
	nr_links = links;
	nr_sas = sas;
	nr_policies = policies;
}

static void test_resync(void)
{
	int err;

	fake_set(module);
	fake_set_rest(rest);
	begin(&text, NULL);
	there_are(1, 2, 1);
	monitor.quiet = true;
	monitor_lost(&monitor, "link");
	err = monitor_resync(&monitor);
	monitor.quiet = false;
	/* Messages that are older than the listing. */
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	policy_new(XFRM_MSG_NEWPOLICY, 9);
	link_now("esp0", IFF_UP, 1500, true);
	ok(!err && !monitor.stale_devs && !monitor.stale_objects,
	   "monitor: a listing is made");
	there_are(1, 1, 0);
	monitor.stale_objects = true;
	monitor_resync(&monitor);
	there_are(1, 3, 1);
	monitor_lost(&monitor, "xfrm");
	monitor_resync(&monitor);
	there_are(0, 0, 0);
	monitor_lost(&monitor, "link");
	monitor_resync(&monitor);
	ok(!monitor_find_dev(&monitor, ESP0),
	   "monitor: a device that is gone is forgotten");
	end("events lost from link\n"
	    SA("deleted", "0x00001001")
	    POLICY("deleted", "9")
	    "events lost from xfrm\n"
	    SA("added", "0x00001001")
	    SA("added", "0x00001002")
	    POLICY("added", "9")
	    "events lost from link\n"
	    "link deleted dev esp0\n"
	    SA("deleted", "0x00001000")
	    SA("deleted", "0x00001001")
	    SA("deleted", "0x00001002")
	    POLICY("deleted", "9"), "listings");
}

/* A listing that fails deletes nothing, and is made again. */
static void test_resync_fails(void)
{
	begin_with_dev();
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	there_are(1, 0, 0);
	monitor.stale_objects = true;
	sa_error = -EPERM;
	ok(monitor_resync(&monitor) == -EPERM && monitor.stale_objects,
	   "monitor: a listing that fails is due again");
	sa_error = 0;
	end(SA("added", "0x00001000"), "a listing that fails");

	begin(&text, NULL);
	requests = 0;
	monitor.stale_objects = true;
	ok(!monitor_resync(&monitor) && !requests,
	   "monitor: without devices the module is not asked");
	end("", "without devices");

	begin_with_dev();
	fake_set(NULL);
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	monitor.stale_objects = true;
	ok(!monitor_resync(&monitor),
	   "monitor: without the module there are no SAs");
	end(SA("added", "0x00001000")
	    SA("deleted", "0x00001000"), "without the module");
	fake_set_rest(NULL);
}

/* Messages that end too early say nothing, and nothing is read behind them. */
static void test_short(void)
{
	static const uint16_t types[] = {
		XFRM_MSG_NEWSA, XFRM_MSG_UPDSA, XFRM_MSG_DELSA,
		XFRM_MSG_EXPIRE, XFRM_MSG_FLUSHSA, XFRM_MSG_NEWPOLICY,
		XFRM_MSG_UPDPOLICY, XFRM_MSG_DELPOLICY, XFRM_MSG_POLEXPIRE,
	};
	struct nlmsghdr *nlh;
	size_t i, size;

	begin_with_dev();
	monitor.quiet = true;
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	policy_new(XFRM_MSG_NEWPOLICY, 9);
	monitor.quiet = false;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		nlh = calloc(1, NLMSG_HDRLEN);
		nlh->nlmsg_len = NLMSG_HDRLEN;
		nlh->nlmsg_type = types[i];
		monitor_xfrm(nlh, &monitor);
		free(nlh);
	}
	for (size = NLMSG_HDRLEN; size < NLMSG_HDRLEN +
	     sizeof(struct ifinfomsg); size += 4) {
		nlh = calloc(1, size);
		nlh->nlmsg_len = size;
		nlh->nlmsg_type = RTM_NEWLINK;
		monitor_link(nlh, &monitor);
		nlh->nlmsg_type = FAKE_FAMILY;
		if (size < NLMSG_HDRLEN + sizeof(struct genlmsghdr))
			monitor_engine(&monitor, nlh);
		free(nlh);
	}
	end("", "messages that end too early");
}

static void test_json(void)
{
	static const struct options json = { .json = true, .pretty = true };

	begin(&json, NULL);
	link_now("esp0", 0, 1500, false);
	sa_new(XFRM_MSG_NEWSA, 0x1000, ESP0);
	end("{\"object\":\"link\",\"event\":\"added\",\"ifname\":\"esp0\",\"ifindex\":2147483646,\"lower-ifname\":\"if2147483647\",\"mtu\":1500}\n"
	    "{\"object\":\"sa\",\"event\":\"added\",\"ifname\":\"esp0\",\"ifindex\":2147483646,\"saddr\":\"192.0.2.1\",\"daddr\":\"192.0.2.2\",\"proto\":\"esp\",\"spi\":\"0x00001000\",\"reqid\":1,\"mode\":\"tunnel\",\"direction\":\"out\",\"offload\":\"packet\"}\n",
	    "JSON is one object on each line");
}

static void test_time(void)
{
	static const struct options timed = { .timestamp = true };
	static const char zeroes[] =
		"[0000-00-00T00:00:00.000000+00:00] link added";
	const char *output;
	size_t i;

	begin(&timed, NULL);
	link_now("esp0", 0, 1500, false);
	output = capture_end();
	for (i = 0; zeroes[i]; i++)
		if (zeroes[i] == '0' ? output[i] < '0' || output[i] > '9' :
		    zeroes[i] == '+' ? output[i] != '+' && output[i] != '-' :
		    output[i] != zeroes[i])
			break;
	ok(!zeroes[i], "monitor: time");
	monitor_free(&monitor);
}

static void test_module(void)
{
	begin(&text, NULL);
	monitor_module(&monitor, false);
	monitor_module(&monitor, true);
	end("module unloaded\nmodule loaded\n", "module");
}

void test_monitor(void)
{
	test_links();
	test_filter();
	test_engine();
	test_sas();
	test_marked();
	test_policies();
	test_flushed();
	test_down();
	test_resync();
	test_resync_fails();
	test_short();
	test_json();
	test_time();
	test_module();
}
