// SPDX-License-Identifier: GPL-2.0
/*
 * The show commands against a stand-in for the module: text and JSON.
 */
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "../command.h"
#include "unit.h"

/* Interfaces of these numbers do not exist, so that names are predictable. */
#define IFINDEX	2147483646
#define LOWER	2147483647

static const struct options text = { .json = false };
static const struct options json = { .json = true };
static const struct options pretty = { .json = true, .pretty = true };

static uint8_t last_command;
static bool last_was_dump;

static void put_dev(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = fake_message(request, NLM_F_MULTI);

	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_IFINDEX, IFINDEX);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_LOWER_IFINDEX, LOWER);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE, ESPSIMD_ENGINE_AUTO);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE_ACTIVE,
			 ESPSIMD_ENGINE_AVX2);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_SA_IN, 3);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_SA_OUT, 4);
	mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE_USABLE,
			 1 << ESPSIMD_ENGINE_AESNI | 1 << ESPSIMD_ENGINE_AVX2 |
			 1 << ESPSIMD_ENGINE_GENERIC);
}

static void put_sa_in(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = fake_message(request, NLM_F_MULTI);
	uint64_t bytes = UINT64_C(5000000000);

	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_IFINDEX, IFINDEX);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_DIRECTION, ESPSIMD_DIRECTION_IN);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_OFFLOAD, ESPSIMD_OFFLOAD_CRYPTO);
	mnl_attr_put_u16(nlh, ESPSIMD_A_SA_FAMILY, AF_INET);
	mnl_attr_put_u8(nlh, ESPSIMD_A_SA_MODE, XFRM_MODE_TUNNEL);
	mnl_attr_put_u8(nlh, ESPSIMD_A_SA_PROTO, IPPROTO_ESP);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_SPI, htonl(0x1000));
	mnl_attr_put(nlh, ESPSIMD_A_SA_SADDR, 4, "\xc0\0\2\1");
	mnl_attr_put(nlh, ESPSIMD_A_SA_DADDR, 4, "\xc0\0\2\2");
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_REQID, 1);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_MARK, 0x10);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_MARK_MASK, 0xff);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_IF_ID, 0x2a);
	mnl_attr_put(nlh, ESPSIMD_A_SA_ESN, 0, NULL);
	mnl_attr_put_u16(nlh, ESPSIMD_A_SA_ENCAP, UDP_ENCAP_ESPINUDP);
	mnl_attr_put_u16(nlh, ESPSIMD_A_SA_ENCAP_SPORT, htons(4500));
	mnl_attr_put_u16(nlh, ESPSIMD_A_SA_ENCAP_DPORT, htons(4501));
	mnl_attr_put_strz(nlh, ESPSIMD_A_SA_ALG, "rfc4106(gcm(aes))");
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_KEY_BITS, 256);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_ICV_BITS, 128);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_ENGINE_ACTIVE, ESPSIMD_ENGINE_AVX2);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_PACKETS, 10);
	mnl_attr_put(nlh, ESPSIMD_A_SA_BYTES, sizeof(bytes), &bytes);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_FALLBACK, 1);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_ERRORS, 0);
}

/* Without anything that an SA may lack. */
static void put_sa_out(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = fake_message(request, NLM_F_MULTI);

	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_IFINDEX, IFINDEX);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_DIRECTION, ESPSIMD_DIRECTION_OUT);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_OFFLOAD, ESPSIMD_OFFLOAD_CRYPTO);
	mnl_attr_put_u16(nlh, ESPSIMD_A_SA_FAMILY, AF_INET6);
	mnl_attr_put_u8(nlh, ESPSIMD_A_SA_MODE, XFRM_MODE_TRANSPORT);
	mnl_attr_put_u8(nlh, ESPSIMD_A_SA_PROTO, IPPROTO_ESP);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_SPI, htonl(0xc0000001));
	mnl_attr_put(nlh, ESPSIMD_A_SA_SADDR, 16,
		     "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
	mnl_attr_put(nlh, ESPSIMD_A_SA_DADDR, 16,
		     "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2");
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_REQID, 0);
	mnl_attr_put_strz(nlh, ESPSIMD_A_SA_ALG, "rfc4106(gcm(aes))");
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_KEY_BITS, 128);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_ICV_BITS, 64);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_ENGINE_ACTIVE,
			 ESPSIMD_ENGINE_GENERIC);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_PACKETS, 0);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_BYTES, 0);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_FALLBACK, 0);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_ERRORS, 0);
}

static void put_stats(const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = fake_message(request, NLM_F_MULTI);
	uint64_t packets = UINT64_C(6000000000);

	mnl_attr_put_u32(nlh, ESPSIMD_A_STATS_IFINDEX, IFINDEX);
	mnl_attr_put(nlh, ESPSIMD_A_STATS_TX_IPSEC, sizeof(packets), &packets);
	mnl_attr_put_u32(nlh, ESPSIMD_A_STATS_RX_AUTH_FAIL, 2);
}

static void module(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);

	last_command = genl->cmd;
	last_was_dump = request->nlmsg_flags & NLM_F_DUMP;
	switch (genl->cmd) {
	case ESPSIMD_CMD_DEV_GET:
		put_dev(request);
		break;
	case ESPSIMD_CMD_SA_GET:
		put_sa_in(request);
		put_sa_out(request);
		break;
	case ESPSIMD_CMD_STATS_GET:
		put_stats(request);
		break;
	}
	fake_done(request, 0, NULL);
}

static void malformed(const struct nlmsghdr *request)
{
	put_dev(request);
	mnl_attr_put_u16(fake_message(request, NLM_F_MULTI),
			 ESPSIMD_A_DEV_IFINDEX, 1);
	fake_done(request, 0, NULL);
}

static void empty(const struct nlmsghdr *request)
{
	fake_done(request, 0, NULL);
}

static void show(const struct object *object, const struct options *options,
		 const char *expected, const char *name)
{
	int code;

	ok_text(run(object->commands, options, "", &code), expected, name);
	ok(code == EXIT_SUCCESS, "%s: exit code", name);
}

static void test_texts(void)
{
	show(&dev_object, &text,
	     "2147483646: if2147483646@if2147483647: engine auto active avx2 usable avx2,aesni,generic\n"
	     "    sa in 3 out 4\n", "show: devices as text");
	ok(last_command == ESPSIMD_CMD_DEV_GET && last_was_dump,
	   "show: all devices are a dump");

	show(&sa_object, &text,
	     "src 192.0.2.1 dst 192.0.2.2\n"
	     "    proto esp spi 0x00001000 reqid 1 mode tunnel dir in dev if2147483646\n"
	     "    alg rfc4106(gcm(aes)) key-bits 256 icv-bits 128 esn offload crypto engine avx2\n"
	     "    mark 0x10/0xff\n"
	     "    if-id 0x2a\n"
	     "    encap espinudp sport 4500 dport 4501\n"
	     "    packets 10 bytes 5000000000 fallback 1 errors 0\n"
	     "src 2001:db8::1 dst 2001:db8::2\n"
	     "    proto esp spi 0xc0000001 reqid 0 mode transport dir out dev if2147483646\n"
	     "    alg rfc4106(gcm(aes)) key-bits 128 icv-bits 64 offload crypto engine generic\n"
	     "    packets 0 bytes 0 fallback 0 errors 0\n",
	     "show: SAs as text");
	ok(last_command == ESPSIMD_CMD_SA_GET && last_was_dump,
	   "show: SAs are a dump");

	show(&stats_object, &text,
	     "if2147483646:\n"
	     "    tx-ipsec               6000000000  Packets sealed and handed to the lower device.\n"
	     "    rx-auth-fail                    2  Packets that are not authentic; the stack drops them.\n",
	     "show: counters as text");
}

static void test_json(void)
{
	show(&dev_object, &json,
	     "[{\"ifname\":\"if2147483646\",\"ifindex\":2147483646,\"lower-ifname\":\"if2147483647\",\"lower-ifindex\":2147483647,\"engine\":\"auto\",\"engine-active\":\"avx2\",\"sa-in\":3,\"sa-out\":4,\"engine-usable\":[\"avx2\",\"aesni\",\"generic\"]}]\n",
	     "show: devices as JSON");
	show(&sa_object, &json,
	     "[{\"ifname\":\"if2147483646\",\"ifindex\":2147483646,\"direction\":\"in\",\"offload\":\"crypto\",\"family\":\"inet\",\"mode\":\"tunnel\",\"proto\":\"esp\",\"spi\":\"0x00001000\",\"saddr\":\"192.0.2.1\",\"daddr\":\"192.0.2.2\",\"reqid\":1,\"mark\":16,\"mark-mask\":255,\"if-id\":42,\"esn\":true,\"encap\":\"espinudp\",\"encap-sport\":4500,\"encap-dport\":4501,\"alg\":\"rfc4106(gcm(aes))\",\"key-bits\":256,\"icv-bits\":128,\"engine-active\":\"avx2\",\"packets\":10,\"bytes\":5000000000,\"fallback\":1,\"errors\":0},{"
	     "\"ifname\":\"if2147483646\",\"ifindex\":2147483646,\"direction\":\"out\",\"offload\":\"crypto\",\"family\":\"inet6\",\"mode\":\"transport\",\"proto\":\"esp\",\"spi\":\"0xc0000001\",\"saddr\":\"2001:db8::1\",\"daddr\":\"2001:db8::2\",\"reqid\":0,\"esn\":false,\"alg\":\"rfc4106(gcm(aes))\",\"key-bits\":128,\"icv-bits\":64,\"engine-active\":\"generic\",\"packets\":0,\"bytes\":0,\"fallback\":0,\"errors\":0}]\n",
	     "show: SAs as JSON");
	show(&stats_object, &json,
	     "[{\"ifname\":\"if2147483646\",\"ifindex\":2147483646,\"tx-ipsec\":6000000000,\"rx-auth-fail\":2}]\n",
	     "show: counters as JSON");
	show(&stats_object, &pretty,
	     "[\n"
	     "  {\n"
	     "    \"ifname\": \"if2147483646\",\n"
	     "    \"ifindex\": 2147483646,\n"
	     "    \"tx-ipsec\": 6000000000,\n"
	     "    \"rx-auth-fail\": 2\n"
	     "  }\n"
	     "]\n", "show: counters as pretty JSON");
}

/* The module's devices do not include the loopback device. */
static void refuse_lo(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);

	if (genl->cmd == ESPSIMD_CMD_DEV_GET)
		fake_ack(request, -EINVAL, "espsimd: none of mine", true);
	else
		fake_done(request, 0, NULL);
}

static void test_other_device(void)
{
	int code;

	fake_set(refuse_lo);
	ok_text(run(sa_object.commands, &text, "lo", &code),
		"Error: espsimd: none of mine.\n",
		"show: SAs of a device of another kind");
	ok(code == EXIT_FAILURE, "show: the same, exit code");
	ok_text(run(sa_object.commands, &text, "", &code), "",
		"show: SAs of all devices");
	ok(code == EXIT_SUCCESS, "show: the same, exit code");
}

static void test_malformed(void)
{
	int code;

	fake_set(malformed);
	ok_text(run(dev_object.commands, &json, "", &code),
		"Error: Bad message.\n",
		"show: nothing of a malformed answer is written");
	ok(code == EXIT_FAILURE, "show: exit code of a malformed answer");
}

void test_show(void)
{
	fake_set(module);
	test_texts();
	test_json();
	fake_set(empty);
	show(&sa_object, &text, "", "show: no SAs as text");
	show(&sa_object, &json, "[]\n", "show: no SAs as JSON");
	test_other_device();
	test_malformed();
}
