// SPDX-License-Identifier: GPL-2.0
/*
 * Outer headers, byte by byte, and their checksums by the kernel's own sum.
 */
#include <kunit/test.h>
#include <linux/if_ether.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/xfrm.h>

#include "../encap.h"

#define TEST_SPI	0x1234abcd
#define TEST_SPORT	4500
#define TEST_DPORT	61234

static struct xfrm_encap_tmpl test_natt = {
	.encap_type = UDP_ENCAP_ESPINUDP,
	.encap_sport = htons(TEST_SPORT),
	.encap_dport = htons(TEST_DPORT),
};

static struct xfrm_state *test_state(struct kunit *test, u8 mode, u16 family,
				     bool natt)
{
	struct xfrm_state *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, x);
	x->props.mode = mode;
	x->props.family = family;
	x->id.spi = htonl(TEST_SPI);
	x->encap = natt ? &test_natt : NULL;
	memset(&x->props.saddr, 0xff, sizeof(x->props.saddr));
	memset(&x->id.daddr, 0xfe, sizeof(x->id.daddr));
	return x;
}

/* What the stack makes of the inner ECN field in the outer one (RFC 6040). */
static u8 test_ecn(u8 inner)
{
	static const u8 outer[] = { 0, 1, 2, 2 };

	return outer[inner & 3];
}

static void check_esp(struct kunit *test, const u8 *hdr)
{
	const struct ip_esp_hdr *esph = (const void *)hdr;

	KUNIT_EXPECT_EQ(test, ntohl(esph->spi), TEST_SPI);
}

static void check_udp(struct kunit *test, const u8 *hdr, unsigned int len)
{
	const struct udphdr *uh = (const void *)hdr;

	KUNIT_EXPECT_EQ(test, ntohs(uh->source), TEST_SPORT);
	KUNIT_EXPECT_EQ(test, ntohs(uh->dest), TEST_DPORT);
	KUNIT_EXPECT_EQ(test, ntohs(uh->len), len);
	KUNIT_EXPECT_EQ(test, uh->check, 0);
	check_esp(test, hdr + sizeof(*uh));
}

static void check_tunnel_4(struct kunit *test, struct xfrm_state *x,
			   const struct espsimd_encap_inner *inner, u8 dsfield,
			   bool df)
{
	static const unsigned int lens[] = { 56, 255, 256, 1500, 9000, 65535 };
	struct espsimd_encap encap;
	u8 hdr[ESPSIMD_ENCAP_MAX];
	struct iphdr *iph = (void *)hdr;
	unsigned int i, id, ttl;

	espsimd_encap_init(&encap, x);
	KUNIT_ASSERT_EQ(test, encap.ip_len, sizeof(*iph));
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		id = 0xffff - i * 0x1111;
		ttl = 255 - i * 51;
		memset(hdr, 0xa5, sizeof(hdr));
		espsimd_encap_tunnel(&encap, hdr, inner, ttl, id, lens[i]);

		KUNIT_EXPECT_EQ(test, hdr[0], 0x45);
		KUNIT_EXPECT_EQ(test, iph->tos, dsfield);
		KUNIT_EXPECT_EQ(test, ntohs(iph->tot_len), lens[i]);
		KUNIT_EXPECT_EQ(test, ntohs(iph->id), id);
		KUNIT_EXPECT_EQ(test, ntohs(iph->frag_off), df ? IP_DF : 0);
		KUNIT_EXPECT_EQ(test, iph->ttl, ttl);
		KUNIT_EXPECT_EQ(test, iph->protocol,
				x->encap ? IPPROTO_UDP : IPPROTO_ESP);
		KUNIT_EXPECT_EQ(test, iph->saddr, x->props.saddr.a4);
		KUNIT_EXPECT_EQ(test, iph->daddr, x->id.daddr.a4);
		KUNIT_EXPECT_EQ(test, ip_fast_csum(iph, 5), 0);
		if (x->encap)
			check_udp(test, hdr + sizeof(*iph),
				  lens[i] - sizeof(*iph));
		else
			check_esp(test, hdr + sizeof(*iph));
	}
}

static void test_tunnel_4(struct kunit *test)
{
	struct espsimd_encap_inner inner = { .ipproto = IPPROTO_IPIP };
	struct xfrm_state *x, *natt;
	unsigned int dsfield;
	u8 outer;

	x = test_state(test, XFRM_MODE_TUNNEL, AF_INET, false);
	natt = test_state(test, XFRM_MODE_TUNNEL, AF_INET, true);
	for (dsfield = 0; dsfield < 256; dsfield++) {
		inner.dsfield = dsfield;
		inner.df = dsfield & 1;
		outer = (dsfield & ~3) | test_ecn(dsfield);
		check_tunnel_4(test, x, &inner, outer, inner.df);
		check_tunnel_4(test, natt, &inner, outer, inner.df);
	}
}

/* What SAs can be told not to take over. */
static void test_flags(struct kunit *test)
{
	struct espsimd_encap_inner inner = {
		.dsfield = 0xb9,
		.df = true,
		.ipproto = IPPROTO_IPIP,
	};
	struct xfrm_state *x;

	x = test_state(test, XFRM_MODE_TUNNEL, AF_INET, false);
	x->props.extra_flags = XFRM_SA_XFLAG_DONT_ENCAP_DSCP;
	check_tunnel_4(test, x, &inner, 0x01, true);

	x = test_state(test, XFRM_MODE_TUNNEL, AF_INET, false);
	x->props.flags = XFRM_STATE_NOECN;
	check_tunnel_4(test, x, &inner, 0xb8, true);

	x = test_state(test, XFRM_MODE_TUNNEL, AF_INET, false);
	x->props.flags = XFRM_STATE_NOPMTUDISC;
	check_tunnel_4(test, x, &inner, 0xb9, false);
}

/* Whatever the addresses are, the sum is right. */
static void test_checksum(struct kunit *test)
{
	static const __be32 addresses[] = {
		0, htonl(1), htonl(0x0000ffff), htonl(0xffff0000),
		htonl(0x7fffffff), htonl(0x8000ba45), htonl(0xffffffff),
	};
	struct espsimd_encap_inner inner = { .ipproto = IPPROTO_IPIP };
	struct xfrm_state *x;
	unsigned int i, j;

	x = test_state(test, XFRM_MODE_TUNNEL, AF_INET, false);
	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		for (j = 0; j < ARRAY_SIZE(addresses); j++) {
			x->props.saddr.a4 = addresses[i];
			x->id.daddr.a4 = addresses[j];
			check_tunnel_4(test, x, &inner, 0, false);
		}
	}
}

static void check_tunnel_6(struct kunit *test, bool natt)
{
	struct espsimd_encap_inner inner = {
		.flow_lbl = { 0x0a, 0xbc, 0xde },
		.ipproto = IPPROTO_IPV6,
	};
	struct espsimd_encap encap;
	u8 hdr[ESPSIMD_ENCAP_MAX];
	struct ipv6hdr *ip6h = (void *)hdr;
	struct xfrm_state *x;
	unsigned int i;

	x = test_state(test, XFRM_MODE_TUNNEL, AF_INET6, natt);
	espsimd_encap_init(&encap, x);
	for (i = 0; i < 256; i++) {
		inner.dsfield = i;
		memset(hdr, 0xa5, sizeof(hdr));
		espsimd_encap_tunnel(&encap, hdr, &inner, i, 0, 1500);

		KUNIT_EXPECT_EQ(test, hdr[0] >> 4, 6);
		KUNIT_EXPECT_EQ(test, ipv6_get_dsfield(ip6h),
				(i & ~3) | test_ecn(i));
		KUNIT_EXPECT_EQ(test, ntohl(ip6_flowlabel(ip6h)), 0xabcde);
		KUNIT_EXPECT_EQ(test, ntohs(ip6h->payload_len),
				1500 - sizeof(*ip6h));
		KUNIT_EXPECT_EQ(test, ip6h->hop_limit, i);
		KUNIT_EXPECT_EQ(test, ip6h->nexthdr,
				natt ? IPPROTO_UDP : IPPROTO_ESP);
		KUNIT_EXPECT_MEMEQ(test, &ip6h->saddr, &x->props.saddr.in6,
				   sizeof(ip6h->saddr));
		KUNIT_EXPECT_MEMEQ(test, &ip6h->daddr, &x->id.daddr.in6,
				   sizeof(ip6h->daddr));
		if (natt)
			check_udp(test, hdr + sizeof(*ip6h),
				  1500 - sizeof(*ip6h));
		else
			check_esp(test, hdr + sizeof(*ip6h));
	}
}

static void test_tunnel_6(struct kunit *test)
{
	check_tunnel_6(test, false);
	check_tunnel_6(test, true);
}

/* The packet's own header, of which nothing else changes. */
static void check_transport_4(struct kunit *test, bool natt,
			      unsigned int options)
{
	u8 hdr[60 + ESPSIMD_ENCAP_MAX] = {};
	unsigned int ip_len = sizeof(struct iphdr) + options;
	struct iphdr *iph = (void *)hdr, was;
	struct espsimd_encap encap;

	*iph = (struct iphdr) {
		.version = 4,
		.ihl = ip_len / 4,
		.tos = 0xb9,
		.tot_len = htons(100),
		.id = htons(0xbeef),
		.frag_off = htons(IP_DF),
		.ttl = 63,
		.protocol = IPPROTO_TCP,
		.saddr = htonl(0xc6336401),
		.daddr = htonl(0xc6336402),
	};
	memset(iph + 1, 1, options);
	was = *iph;
	espsimd_encap_init(&encap, test_state(test, XFRM_MODE_TRANSPORT,
					      AF_INET, natt));
	KUNIT_EXPECT_EQ(test, encap.ip_len, 0);
	espsimd_encap_transport(&encap, hdr, ip_len, 1400);

	was.tot_len = htons(1400);
	was.protocol = natt ? IPPROTO_UDP : IPPROTO_ESP;
	was.check = iph->check;
	KUNIT_EXPECT_MEMEQ(test, iph, &was, sizeof(was));
	KUNIT_EXPECT_EQ(test, ip_fast_csum(iph, iph->ihl), 0);
	if (natt)
		check_udp(test, hdr + ip_len, 1400 - ip_len);
	else
		check_esp(test, hdr + ip_len);
}

static void test_transport_4(struct kunit *test)
{
	check_transport_4(test, false, 0);
	check_transport_4(test, true, 0);
	check_transport_4(test, false, 40);
}

static void test_transport_6(struct kunit *test)
{
	u8 hdr[sizeof(struct ipv6hdr) + ESPSIMD_ENCAP_MAX] = {};
	struct ipv6hdr *ip6h = (void *)hdr, was;
	struct espsimd_encap encap;

	*ip6h = (struct ipv6hdr) {
		.version = 6,
		.payload_len = htons(100),
		.nexthdr = IPPROTO_TCP,
		.hop_limit = 63,
	};
	was = *ip6h;
	espsimd_encap_init(&encap, test_state(test, XFRM_MODE_TRANSPORT,
					      AF_INET6, true));
	espsimd_encap_transport(&encap, hdr, sizeof(*ip6h), 1400);

	was.payload_len = htons(1400 - sizeof(*ip6h));
	was.nexthdr = IPPROTO_UDP;
	KUNIT_EXPECT_MEMEQ(test, ip6h, &was, sizeof(was));
	check_udp(test, hdr + sizeof(*ip6h), 1400 - sizeof(*ip6h));
}

/* A packet's fields as they are read, from both families. */
static void test_read_inner(struct kunit *test)
{
	struct sk_buff *skb = alloc_skb(128, GFP_KERNEL);
	struct espsimd_encap_inner inner;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_put_zero(skb, sizeof(*ip6h));
	skb_reset_network_header(skb);
	iph = ip_hdr(skb);
	iph->version = 4;
	iph->tos = 0xb9;
	iph->frag_off = htons(IP_DF);
	skb->protocol = htons(ETH_P_IP);
	KUNIT_EXPECT_TRUE(test, espsimd_encap_read_inner(skb, &inner));
	KUNIT_EXPECT_EQ(test, inner.dsfield, 0xb9);
	KUNIT_EXPECT_TRUE(test, inner.df);
	KUNIT_EXPECT_EQ(test, inner.ipproto, IPPROTO_IPIP);

	ip6h = ipv6_hdr(skb);
	ip6_flow_hdr(ip6h, 0xb9, htonl(0xabcde));
	skb->protocol = htons(ETH_P_IPV6);
	KUNIT_EXPECT_TRUE(test, espsimd_encap_read_inner(skb, &inner));
	KUNIT_EXPECT_EQ(test, inner.dsfield, 0xb9);
	KUNIT_EXPECT_EQ(test, inner.flow_lbl[0], 0x0a);
	KUNIT_EXPECT_EQ(test, inner.flow_lbl[1], 0xbc);
	KUNIT_EXPECT_EQ(test, inner.flow_lbl[2], 0xde);
	/* Small enough for any link (RFC 2473 section 7.2). */
	KUNIT_EXPECT_FALSE(test, inner.df);
	KUNIT_EXPECT_EQ(test, inner.ipproto, IPPROTO_IPV6);

	skb->protocol = htons(ETH_P_ARP);
	KUNIT_EXPECT_FALSE(test, espsimd_encap_read_inner(skb, &inner));
	kfree_skb(skb);
}

static struct kunit_case espsimd_encap_cases[] = {
	KUNIT_CASE(test_tunnel_4),
	KUNIT_CASE(test_flags),
	KUNIT_CASE(test_checksum),
	KUNIT_CASE(test_tunnel_6),
	KUNIT_CASE(test_transport_4),
	KUNIT_CASE(test_transport_6),
	KUNIT_CASE(test_read_inner),
	{}
};

static struct kunit_suite espsimd_encap_suite = {
	.name = "espsimd_encap",
	.test_cases = espsimd_encap_cases,
};

kunit_test_suite(espsimd_encap_suite);
