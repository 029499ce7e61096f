// SPDX-License-Identifier: GPL-2.0
/*
 * What selectors look at in a packet: the stack must see the same.
 */
#include <kunit/test.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <net/ip.h>
#include <net/net_namespace.h>
#include <net/xfrm.h>

#include "../flow.h"
#include "test_skb.h"

/* What lies in front of the IP header. */
#define TEST_FRONT	ETH_HLEN

#define TEST_ROUNDS	4000

/**
 * struct test_packet - a packet to be
 * @data: bytes, the IP header at TEST_FRONT
 * @len: number of bytes
 * @protocol: ETH_P_IP or ETH_P_IPV6
 */
struct test_packet {
	u8 data[512];
	unsigned int len;
	u16 protocol;
};

/* ---- making packets ---- */

static void test_add(struct test_packet *p, const void *data, unsigned int len)
{
	memcpy(p->data + p->len, data, len);
	p->len += len;
}

static void test_add_noise(struct test_packet *p, unsigned int len, u32 seed)
{
	espsimd_test_fill(p->data + p->len, len, seed);
	p->len += len;
}

/* The length of the packet is filled in by test_finish(). */
static void test_start_ipv4(struct test_packet *p, u8 proto, u16 frag_off,
			    unsigned int options)
{
	struct iphdr *iph = (void *)(p->data + TEST_FRONT);

	memset(p, 0, sizeof(*p));
	p->protocol = ETH_P_IP;
	iph->version = 4;
	iph->ihl = 5 + options / 4;
	iph->protocol = proto;
	iph->frag_off = htons(frag_off);
	iph->saddr = htonl(0xc0000201);
	iph->daddr = htonl(0xc6336402);
	p->len = TEST_FRONT + sizeof(*iph);
	test_add_noise(p, options, 4);
}

static void test_start_ipv6(struct test_packet *p, u8 proto)
{
	struct ipv6hdr *ip6h = (void *)(p->data + TEST_FRONT);

	memset(p, 0, sizeof(*p));
	p->protocol = ETH_P_IPV6;
	ip6h->version = 6;
	ip6h->nexthdr = proto;
	espsimd_test_fill((u8 *)&ip6h->saddr, 2 * sizeof(ip6h->saddr), 6);
	p->len = TEST_FRONT + sizeof(*ip6h);
}

/* Options of 8 * (@len + 1) bytes. */
static void test_add_options(struct test_packet *p, u8 proto, u8 len)
{
	const u8 head[] = { proto, len };

	test_add(p, head, sizeof(head));
	test_add_noise(p, 8 * (len + 1) - sizeof(head), proto);
}

static void test_add_fragment(struct test_packet *p, u8 proto, u16 frag_off)
{
	const struct frag_hdr fh = {
		.nexthdr = proto,
		.frag_off = htons(frag_off),
		.identification = htonl(77),
	};

	test_add(p, &fh, sizeof(fh));
}

static void test_add_ports(struct test_packet *p)
{
	const __be16 ports[] = { htons(40001), htons(443) };

	test_add(p, ports, sizeof(ports));
	test_add_noise(p, 16, 44);
}

static void test_finish(struct test_packet *p)
{
	struct ipv6hdr *ip6h = (void *)(p->data + TEST_FRONT);
	struct iphdr *iph = (void *)(p->data + TEST_FRONT);

	if (p->protocol == ETH_P_IP)
		iph->tot_len = htons(p->len - TEST_FRONT);
	else
		ip6h->payload_len = htons(p->len - TEST_FRONT - sizeof(*ip6h));
}

/* With all from @linear bytes on in a fragment. */
static struct sk_buff *test_skb(struct kunit *test, const struct test_packet *p,
				unsigned int linear)
{
	const unsigned int sizes[] = { linear, p->len - linear };
	struct sk_buff *skb;

	skb = espsimd_test_skb(test, p->data, sizes, linear < p->len ? 2 : 1);
	skb->protocol = htons(p->protocol);
	skb_set_network_header(skb, TEST_FRONT);

	return skb;
}

/* ---- the stack's view ---- */

static void test_expect_as_stack(struct kunit *test, struct sk_buff *skb,
				 const struct espsimd_flow *flow)
{
	struct flowi fl = {};

	KUNIT_ASSERT_EQ(test, 0, __xfrm_decode_session(&init_net, skb, &fl,
						       flow->family, 0));
	KUNIT_ASSERT_EQ(test, flow->proto, fl.flowi_proto);
	if (flow->family == AF_INET) {
		const struct flowi4 *fl4 = &fl.u.ip4;

		KUNIT_ASSERT_EQ(test, flow->sport,
				xfrm_flowi_sport(&fl, &fl4->uli));
		KUNIT_ASSERT_EQ(test, flow->dport,
				xfrm_flowi_dport(&fl, &fl4->uli));
		KUNIT_ASSERT_EQ(test, flow->saddr.a4, fl4->saddr);
		KUNIT_ASSERT_EQ(test, flow->daddr.a4, fl4->daddr);
		KUNIT_ASSERT_TRUE(test, !memchr_inv(&flow->saddr.a6[1], 0, 12));
		KUNIT_ASSERT_TRUE(test, !memchr_inv(&flow->daddr.a6[1], 0, 12));
	} else {
		const struct flowi6 *fl6 = &fl.u.ip6;

		KUNIT_ASSERT_EQ(test, flow->sport,
				xfrm_flowi_sport(&fl, &fl6->uli));
		KUNIT_ASSERT_EQ(test, flow->dport,
				xfrm_flowi_dport(&fl, &fl6->uli));
		KUNIT_ASSERT_MEMEQ(test, &flow->saddr, &fl6->saddr, 16);
		KUNIT_ASSERT_MEMEQ(test, &flow->daddr, &fl6->daddr, 16);
	}
}

static bool test_parse(const struct sk_buff *skb, struct espsimd_flow *flow)
{
	memset(flow, 0xa5, sizeof(*flow));
	return espsimd_flow_parse(skb, TEST_FRONT, skb->protocol, flow);
}

/* In one piece, and cut at each place. */
static void test_expect(struct kunit *test, struct test_packet *p, u8 proto,
			u16 sport, u16 dport, bool fragment)
{
	struct espsimd_flow flow;
	struct sk_buff *skb;
	unsigned int linear;

	for (linear = 1; linear <= p->len; linear++) {
		skb = test_skb(test, p, linear);
		KUNIT_ASSERT_TRUE(test, test_parse(skb, &flow));
		test_expect_as_stack(test, skb, &flow);
		KUNIT_ASSERT_EQ(test, flow.family,
				p->protocol == ETH_P_IP ? AF_INET : AF_INET6);
		KUNIT_ASSERT_EQ(test, flow.proto, proto);
		KUNIT_ASSERT_EQ(test, ntohs(flow.sport), sport);
		KUNIT_ASSERT_EQ(test, ntohs(flow.dport), dport);
		KUNIT_ASSERT_EQ(test, flow.fragment, fragment);
		espsimd_test_skb_free(test, skb);
	}
}

static void test_expect_refused(struct kunit *test, const struct test_packet *p)
{
	struct sk_buff *skb = test_skb(test, p, p->len);
	struct espsimd_flow flow;

	KUNIT_EXPECT_FALSE(test, test_parse(skb, &flow));
	espsimd_test_skb_free(test, skb);
}

/* ---- packets that are as they should be ---- */

static const u8 test_ported[] = {
	IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP
};

static void test_ports(struct kunit *test)
{
	struct test_packet p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(test_ported); i++) {
		test_start_ipv4(&p, test_ported[i], IP_DF, 0);
		test_add_ports(&p);
		test_finish(&p);
		test_expect(test, &p, test_ported[i], 40001, 443, false);

		test_start_ipv6(&p, test_ported[i]);
		test_add_ports(&p);
		test_finish(&p);
		test_expect(test, &p, test_ported[i], 40001, 443, false);
	}
}

static void test_other_protocols(struct kunit *test)
{
	static const u8 protos[] = {
		IPPROTO_ESP, IPPROTO_AH, IPPROTO_DCCP, IPPROTO_IPIP,
		IPPROTO_EGP, IPPROTO_MH, IPPROTO_L2TP, IPPROTO_PIM
	};
	struct test_packet p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		test_start_ipv4(&p, protos[i], 0, 0);
		test_add_ports(&p);
		test_finish(&p);
		test_expect(test, &p, protos[i], 0, 0, false);

		test_start_ipv6(&p, protos[i]);
		test_add_ports(&p);
		test_finish(&p);
		test_expect(test, &p, protos[i], 0, 0, false);
	}
	/* Nothing at all is inside, which is fine for them. */
	test_start_ipv6(&p, NEXTHDR_NONE);
	test_finish(&p);
	test_expect(test, &p, NEXTHDR_NONE, 0, 0, false);
}

static void test_icmp(struct kunit *test)
{
	static const u8 unreachable[8] = { 3, 4, 1, 2, 3, 4, 5, 6 };
	struct test_packet p;

	test_start_ipv4(&p, IPPROTO_ICMP, 0, 0);
	test_add(&p, unreachable, sizeof(unreachable));
	test_finish(&p);
	test_expect(test, &p, IPPROTO_ICMP, 3, 4, false);

	test_start_ipv6(&p, IPPROTO_ICMPV6);
	test_add(&p, unreachable, sizeof(unreachable));
	test_finish(&p);
	test_expect(test, &p, IPPROTO_ICMPV6, 3, 4, false);

	/* The one of the other family is a protocol like any other. */
	test_start_ipv4(&p, IPPROTO_ICMPV6, 0, 0);
	test_add(&p, unreachable, sizeof(unreachable));
	test_finish(&p);
	test_expect(test, &p, IPPROTO_ICMPV6, 0, 0, false);

	test_start_ipv6(&p, IPPROTO_ICMP);
	test_add(&p, unreachable, sizeof(unreachable));
	test_finish(&p);
	test_expect(test, &p, IPPROTO_ICMP, 0, 0, false);
}

/* Flags, protocol, and words whose halves are their numbers. */
static void test_gre_with(struct kunit *test, u16 flags, u16 protocol,
			  u16 sport, u16 dport)
{
	const __be16 words[] = {
		htons(flags), htons(protocol), htons(0x11), htons(0x12),
		htons(0x21), htons(0x22), htons(0x31), htons(0x32),
		htons(0x41), htons(0x42), htons(0x51), htons(0x52),
	};
	struct test_packet p;

	test_start_ipv4(&p, IPPROTO_GRE, 0, 0);
	test_add(&p, words, sizeof(words));
	test_finish(&p);
	test_expect(test, &p, IPPROTO_GRE, sport, dport, false);

	test_start_ipv6(&p, IPPROTO_GRE);
	test_add(&p, words, sizeof(words));
	test_finish(&p);
	test_expect(test, &p, IPPROTO_GRE, sport, dport, false);
}

static void test_gre(struct kunit *test)
{
	test_gre_with(test, 0x0000, ETH_P_IP, 0, 0);
	test_gre_with(test, 0x2000, ETH_P_IP, 0x11, 0x12);
	test_gre_with(test, 0xa000, ETH_P_IP, 0x21, 0x22);
	test_gre_with(test, 0x3000, ETH_P_IPV6, 0x11, 0x12);
	test_gre_with(test, 0x8000, ETH_P_IP, 0, 0);
	test_gre_with(test, 0x6000, ETH_P_IP, 0, 0);
	/* PPTP, and versions that are something else. */
	test_gre_with(test, 0x3001, 0x880b, 0, 0x12);
	test_gre_with(test, 0x2001, ETH_P_IP, 0, 0);
	test_gre_with(test, 0x2002, ETH_P_IP, 0, 0);
	test_gre_with(test, 0x2002, 0x880b, 0, 0);
}

static void test_ipv4_options(struct kunit *test)
{
	struct test_packet p;
	unsigned int len;

	for (len = 4; len <= 40; len += 4) {
		test_start_ipv4(&p, IPPROTO_UDP, 0, len);
		test_add_ports(&p);
		test_finish(&p);
		test_expect(test, &p, IPPROTO_UDP, 40001, 443, false);
	}
}

static void test_fragments(struct kunit *test)
{
	static const u16 frags[] = { IP_MF, IP_MF | 100, 100 };
	struct test_packet p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(frags); i++) {
		test_start_ipv4(&p, IPPROTO_UDP, frags[i], 0);
		test_add_ports(&p);
		test_finish(&p);
		test_expect(test, &p, IPPROTO_UDP, 0, 0, true);

		test_start_ipv4(&p, IPPROTO_ICMP, frags[i], 8);
		test_add_ports(&p);
		test_finish(&p);
		test_expect(test, &p, IPPROTO_ICMP, 0, 0, true);
	}
	/* IPv6: more to come, a part of the middle, and an atomic fragment. */
	for (i = 0; i < 3; i++) {
		test_start_ipv6(&p, NEXTHDR_FRAGMENT);
		test_add_fragment(&p, IPPROTO_TCP, i < 2 ? 800 * i + 1 : 0);
		test_add_ports(&p);
		test_finish(&p);
		test_expect(test, &p, IPPROTO_TCP, 0, 0, true);
	}
	/* What follows the header stays unseen, even further options. */
	test_start_ipv6(&p, NEXTHDR_HOP);
	test_add_options(&p, NEXTHDR_FRAGMENT, 0);
	test_add_fragment(&p, NEXTHDR_DEST, 1);
	test_add_options(&p, IPPROTO_TCP, 0);
	test_add_ports(&p);
	test_finish(&p);
	test_expect(test, &p, NEXTHDR_DEST, 0, 0, true);
}

static void test_ipv6_options(struct kunit *test)
{
	static const u8 options[] = { NEXTHDR_HOP, NEXTHDR_ROUTING,
				      NEXTHDR_DEST };
	struct test_packet p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		test_start_ipv6(&p, options[i]);
		test_add_options(&p, IPPROTO_UDP, i);
		test_add_ports(&p);
		test_finish(&p);
		test_expect(test, &p, IPPROTO_UDP, 40001, 443, false);
	}

	test_start_ipv6(&p, NEXTHDR_HOP);
	test_add_options(&p, NEXTHDR_DEST, 0);
	test_add_options(&p, NEXTHDR_ROUTING, 2);
	test_add_options(&p, NEXTHDR_DEST, 1);
	test_add_options(&p, IPPROTO_TCP, 0);
	test_add_ports(&p);
	test_finish(&p);
	test_expect(test, &p, IPPROTO_TCP, 40001, 443, false);

	/* In IPv4 these numbers are no options. */
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		test_start_ipv4(&p, options[i], 0, 0);
		test_add_options(&p, IPPROTO_UDP, 0);
		test_add_ports(&p);
		test_finish(&p);
		test_expect(test, &p, options[i], 0, 0, false);
	}
}

static void test_many_options(struct kunit *test)
{
	struct espsimd_flow flow;
	struct test_packet p;
	struct sk_buff *skb;
	unsigned int i, nr;

	for (nr = 1; nr < 40; nr++) {
		test_start_ipv6(&p, NEXTHDR_DEST);
		for (i = 1; i < nr; i++)
			test_add_options(&p, NEXTHDR_DEST, 0);
		test_add_options(&p, IPPROTO_UDP, 0);
		test_add_ports(&p);
		test_finish(&p);
		skb = test_skb(test, &p, p.len);
		KUNIT_EXPECT_EQ(test, test_parse(skb, &flow), nr < 15);
		if (nr < 15)
			test_expect_as_stack(test, skb, &flow);
	}
}

/* ---- packets that are not ---- */

static void test_cut_off(struct kunit *test, struct test_packet *p,
			 unsigned int needed)
{
	struct espsimd_flow flow;
	unsigned int len = p->len;
	struct sk_buff *skb;

	test_finish(p);
	for (p->len = TEST_FRONT + 1; p->len <= len; p->len++) {
		skb = test_skb(test, p, p->len);
		KUNIT_EXPECT_EQ_MSG(test, test_parse(skb, &flow),
				    p->len >= TEST_FRONT + needed,
				    "%u bytes", p->len - TEST_FRONT);
		espsimd_test_skb_free(test, skb);
	}
	/* Padding of the frame is no part of the packet. */
	for (p->len = TEST_FRONT + 40; p->len <= len; p->len++) {
		test_finish(p);
		swap(p->len, len);
		skb = test_skb(test, p, p->len);
		swap(p->len, len);
		KUNIT_EXPECT_EQ_MSG(test, test_parse(skb, &flow),
				    p->len >= TEST_FRONT + needed,
				    "length %u", p->len - TEST_FRONT);
		espsimd_test_skb_free(test, skb);
	}
}

static void test_too_short(struct kunit *test)
{
	struct test_packet p;

	test_start_ipv4(&p, IPPROTO_UDP, 0, 24);
	test_add_ports(&p);
	test_cut_off(test, &p, 20 + 24 + 4);

	test_start_ipv4(&p, IPPROTO_ICMP, 0, 24);
	test_add_ports(&p);
	test_cut_off(test, &p, 20 + 24 + 8);

	test_start_ipv4(&p, IPPROTO_GRE, 0, 24);
	test_add(&p, "\x20\x00\x08\x00", 4);
	test_add_ports(&p);
	test_cut_off(test, &p, 20 + 24 + 8);

	test_start_ipv6(&p, NEXTHDR_HOP);
	test_add_options(&p, NEXTHDR_DEST, 1);
	test_add_options(&p, IPPROTO_TCP, 0);
	test_add_ports(&p);
	test_cut_off(test, &p, 40 + 16 + 8 + 4);

	test_start_ipv6(&p, NEXTHDR_FRAGMENT);
	test_add_fragment(&p, IPPROTO_TCP, 1);
	test_add_ports(&p);
	test_cut_off(test, &p, 40 + 8);
}

static void test_malformed(struct kunit *test)
{
	struct espsimd_flow flow;
	struct test_packet p;
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		test_start_ipv4(&p, IPPROTO_EGP, 0, 0);
		test_add_ports(&p);
		test_finish(&p);
		p.data[TEST_FRONT] = 0x40 | i;
		if (i < 5)
			test_expect_refused(test, &p);
		p.data[TEST_FRONT] = i << 4 | 5;
		if (i != 4)
			test_expect_refused(test, &p);

		test_start_ipv6(&p, IPPROTO_EGP);
		test_add_ports(&p);
		test_finish(&p);
		p.data[TEST_FRONT] = i << 4;
		if (i != 6)
			test_expect_refused(test, &p);
	}

	test_start_ipv4(&p, IPPROTO_EGP, 0, 0);
	test_finish(&p);
	skb = test_skb(test, &p, p.len);
	KUNIT_EXPECT_FALSE(test, espsimd_flow_parse(skb, TEST_FRONT,
						    htons(ETH_P_ARP), &flow));
	KUNIT_EXPECT_FALSE(test, espsimd_flow_parse(skb, p.len,
						    htons(ETH_P_IP), &flow));
}

/* ---- anything ---- */

static u8 test_random_proto(struct rnd_state *rnd)
{
	static const u8 protos[] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP,
		IPPROTO_ICMPV6, IPPROTO_GRE, NEXTHDR_HOP, NEXTHDR_ROUTING,
		NEXTHDR_DEST, NEXTHDR_FRAGMENT
	};
	u32 random = prandom_u32_state(rnd);

	return random % 8 ? protos[random / 8 % ARRAY_SIZE(protos)] :
			    random >> 8;
}

static void test_random_packet(struct test_packet *p, struct rnd_state *rnd)
{
	u32 random = prandom_u32_state(rnd);
	u8 next = test_random_proto(rnd);
	unsigned int i;

	if (random & 1) {
		test_start_ipv4(p, next, random & 0x70 ? 0 : random >> 16,
				random >> 8 & 0x1c);
	} else {
		test_start_ipv6(p, next);
		for (i = random >> 8 & 7; i; i--) {
			next = test_random_proto(rnd);
			test_add_options(p, next, random >> 28);
			random = prandom_u32_state(rnd) & 0x1fffffff;
		}
	}
	test_add_noise(p, 4 + prandom_u32_state(rnd) % 40,
		       prandom_u32_state(rnd));
	test_finish(p);
}

static void test_random(struct kunit *test)
{
	struct espsimd_flow flow;
	unsigned int i, parsed = 0;
	struct test_packet p;
	struct rnd_state rnd;
	struct sk_buff *skb;

	prandom_seed_state(&rnd, 2307);
	for (i = 0; i < TEST_ROUNDS; i++) {
		test_random_packet(&p, &rnd);
		skb = test_skb(test, &p,
			       1 + prandom_u32_state(&rnd) % p.len);
		if (test_parse(skb, &flow)) {
			test_expect_as_stack(test, skb, &flow);
			parsed++;
		}
		espsimd_test_skb_free(test, skb);
		cond_resched();
	}
	/* Most have room for all that they should have. */
	KUNIT_EXPECT_GT(test, parsed, TEST_ROUNDS / 2);
}

static struct kunit_case espsimd_flow_cases[] = {
	KUNIT_CASE(test_ports),
	KUNIT_CASE(test_other_protocols),
	KUNIT_CASE(test_icmp),
	KUNIT_CASE(test_gre),
	KUNIT_CASE(test_ipv4_options),
	KUNIT_CASE(test_fragments),
	KUNIT_CASE(test_ipv6_options),
	KUNIT_CASE(test_many_options),
	KUNIT_CASE(test_too_short),
	KUNIT_CASE(test_malformed),
	KUNIT_CASE(test_random),
	{}
};

static struct kunit_suite espsimd_flow_suite = {
	.name = "espsimd_flow",
	.test_cases = espsimd_flow_cases,
};

kunit_test_suite(espsimd_flow_suite);
