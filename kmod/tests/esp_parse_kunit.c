// SPDX-License-Identifier: GPL-2.0
/*
 * Finding ESP in frames of every kind, whole, cut off and in pieces.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/sched.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "../esp.h"
#include "test_skb.h"

#define TEST_SPI	0xc0ffee01
#define TEST_SEQ	0x01020304
#define TEST_DADDR	0xc0000201	/* 192.0.2.1 */
#define TEST_DPORT	4500
#define TEST_ESP_LEN	60

/* 2001:db8::1 */
static const u8 test_daddr6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

/**
 * struct test_frame - a frame to be
 * @data: its bytes from the network header on
 * @len: their number
 * @protocol: Ethernet type
 * @udp: let UDP be looked into
 * @iph: header if it is IPv4
 * @ip6h: header if it is IPv6
 * @uh: header if there is UDP
 * @esph: header of ESP
 */
struct test_frame {
	u8 data[256];
	unsigned int len;
	u16 protocol;
	bool udp;
	struct iphdr *iph;
	struct ipv6hdr *ip6h;
	struct udphdr *uh;
	struct ip_esp_hdr *esph;
};

/* ESP, in UDP if @encap, behind a header of @hlen bytes; returns its length. */
static unsigned int test_add_esp(struct test_frame *f, unsigned int hlen,
				 bool encap)
{
	unsigned int len = TEST_ESP_LEN;

	f->udp = encap;
	if (encap) {
		len += sizeof(*f->uh);
		f->uh = (void *)(f->data + hlen);
		f->uh->source = htons(TEST_DPORT);
		f->uh->dest = htons(TEST_DPORT);
		f->uh->len = htons(len);
		f->uh->check = 0;
		hlen += sizeof(*f->uh);
	}
	f->esph = (void *)(f->data + hlen);
	f->esph->spi = htonl(TEST_SPI);
	f->esph->seq_no = htonl(TEST_SEQ);
	f->len = hlen + TEST_ESP_LEN;

	return len;
}

static void test_frame_start(struct test_frame *f)
{
	memset(f, 0, sizeof(*f));
	espsimd_test_fill(f->data, sizeof(f->data), 4303);
}

static void test_frame_ipv4(struct test_frame *f, bool encap)
{
	unsigned int len;

	test_frame_start(f);
	f->protocol = ETH_P_IP;
	f->iph = (void *)f->data;
	len = test_add_esp(f, sizeof(*f->iph), encap);
	f->iph->version = 4;
	f->iph->ihl = 5;
	f->iph->frag_off = htons(IP_DF);
	f->iph->protocol = encap ? IPPROTO_UDP : IPPROTO_ESP;
	f->iph->tot_len = htons(sizeof(*f->iph) + len);
	f->iph->daddr = htonl(TEST_DADDR);
}

static void test_frame_ipv6(struct test_frame *f, bool encap)
{
	unsigned int len;

	test_frame_start(f);
	f->protocol = ETH_P_IPV6;
	f->ip6h = (void *)f->data;
	len = test_add_esp(f, sizeof(*f->ip6h), encap);
	f->ip6h->version = 6;
	f->ip6h->nexthdr = encap ? IPPROTO_UDP : IPPROTO_ESP;
	f->ip6h->payload_len = htons(len);
	memcpy(&f->ip6h->daddr, test_daddr6, sizeof(test_daddr6));
}

/* What a packet is found to be; nothing of it may change by that. */
static enum espsimd_esp_kind test_parse_skb(struct kunit *test,
					    const struct test_frame *f,
					    struct sk_buff *skb,
					    struct espsimd_esp_info *info)
{
	static const struct espsimd_esp_info none;
	u8 *before = kunit_kmalloc(test, skb->len + 1, GFP_KERNEL);
	u8 *after = kunit_kmalloc(test, skb->len + 1, GFP_KERNEL);
	unsigned int headlen = skb_headlen(skb);
	enum espsimd_esp_kind kind;

	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, after);
	skb->protocol = htons(f->protocol);
	*info = none;
	/* Nothing of the key may stay as it was: it is compared as bytes. */
	memset(&info->key, 0xa5, sizeof(info->key));

	skb_copy_bits(skb, 0, before, skb->len);
	kind = espsimd_esp_parse(skb, f->udp, info);
	skb_copy_bits(skb, 0, after, skb->len);
	KUNIT_EXPECT_MEMEQ(test, before, after, skb->len);
	KUNIT_EXPECT_EQ(test, headlen, skb_headlen(skb));

	kunit_kfree(test, after);
	kunit_kfree(test, before);
	cond_resched();
	return kind;
}

/* The frame as a linear packet of which only @len bytes have come. */
static enum espsimd_esp_kind test_parse_len(struct kunit *test,
					    const struct test_frame *f,
					    unsigned int len)
{
	struct espsimd_esp_info info;
	enum espsimd_esp_kind kind;
	struct sk_buff *skb;

	skb = espsimd_test_skb_linear(test, f->data, len);
	kind = test_parse_skb(test, f, skb, &info);
	espsimd_test_skb_free(test, skb);

	return kind;
}

static enum espsimd_esp_kind test_parse(struct kunit *test,
					const struct test_frame *f)
{
	return test_parse_len(test, f, f->len);
}

static void test_expect(struct kunit *test, const struct test_frame *f,
			enum espsimd_esp_kind kind)
{
	KUNIT_EXPECT_EQ(test, (int)kind, (int)test_parse(test, f));
}

/* Is @info what the frame holds? */
static void test_expect_info(struct kunit *test, const struct test_frame *f,
			     const struct espsimd_esp_info *info)
{
	struct espsimd_sa_key key = {};

	key.spi = htonl(TEST_SPI);
	key.family = f->iph ? AF_INET : AF_INET6;
	if (f->iph)
		key.daddr.a4 = htonl(TEST_DADDR);
	else
		memcpy(&key.daddr, test_daddr6, sizeof(test_daddr6));

	KUNIT_EXPECT_MEMEQ(test, &info->key, &key, sizeof(key));
	KUNIT_EXPECT_EQ(test, info->seq, TEST_SEQ);
	KUNIT_EXPECT_EQ(test, info->offset, (u8 *)f->esph - f->data);
	KUNIT_EXPECT_EQ(test, info->end - info->offset, TEST_ESP_LEN);
	KUNIT_EXPECT_EQ(test, ntohs(info->encap_dport),
			f->uh ? TEST_DPORT : 0);
}

/* The frame with @padding bytes behind it is ESP. */
static void test_expect_packet(struct kunit *test, const struct test_frame *f,
			       unsigned int padding)
{
	struct espsimd_esp_info info;
	struct sk_buff *skb;

	skb = espsimd_test_skb_linear(test, f->data, f->len + padding);
	KUNIT_EXPECT_EQ(test, (int)ESPSIMD_ESP_PACKET,
			(int)test_parse_skb(test, f, skb, &info));
	test_expect_info(test, f, &info);
	espsimd_test_skb_free(test, skb);
}

static void test_parse_ipv4(struct kunit *test)
{
	struct test_frame f;

	test_frame_ipv4(&f, false);
	test_expect_packet(test, &f, 0);
	f.udp = true;
	test_expect_packet(test, &f, 0);
}

static void test_parse_ipv6(struct kunit *test)
{
	struct test_frame f;

	test_frame_ipv6(&f, false);
	test_expect_packet(test, &f, 0);
	f.udp = true;
	test_expect_packet(test, &f, 0);
}

static void test_parse_ipv4_udp(struct kunit *test)
{
	struct test_frame f;

	test_frame_ipv4(&f, true);
	test_expect_packet(test, &f, 0);
}

static void test_parse_ipv6_udp(struct kunit *test)
{
	struct test_frame f;

	test_frame_ipv6(&f, true);
	test_expect_packet(test, &f, 0);
}

/* Short frames are padded to 60 bytes on Ethernet. */
static void test_parse_ethernet_padding(struct kunit *test)
{
	struct test_frame f;

	test_frame_ipv4(&f, false);
	test_expect_packet(test, &f, 1);
	test_expect_packet(test, &f, 18);
	test_frame_ipv6(&f, false);
	test_expect_packet(test, &f, 18);
	test_frame_ipv4(&f, true);
	test_expect_packet(test, &f, 18);
	test_frame_ipv6(&f, true);
	test_expect_packet(test, &f, 18);
}

static void test_parse_udp_not_wanted(struct kunit *test)
{
	struct test_frame f;

	test_frame_ipv4(&f, true);
	f.udp = false;
	test_expect(test, &f, ESPSIMD_ESP_NONE);
	test_frame_ipv6(&f, true);
	f.udp = false;
	test_expect(test, &f, ESPSIMD_ESP_NONE);
}

/* RFC 3948 section 2.2: an SPI of zero says that it is IKE. */
static void test_parse_ike(struct kunit *test)
{
	struct test_frame f;

	test_frame_ipv4(&f, true);
	f.esph->spi = 0;
	test_expect(test, &f, ESPSIMD_ESP_NONE);
	test_frame_ipv6(&f, true);
	f.esph->spi = 0;
	test_expect(test, &f, ESPSIMD_ESP_NONE);
}

/* RFC 3948 section 2.3: one byte 0xff. */
static void test_parse_keepalive(struct kunit *test)
{
	struct test_frame f;

	test_frame_ipv4(&f, true);
	*(u8 *)f.esph = 0xff;
	f.uh->len = htons(sizeof(*f.uh) + 1);
	f.iph->tot_len = htons(sizeof(*f.iph) + sizeof(*f.uh) + 1);
	f.len = ntohs(f.iph->tot_len);
	test_expect(test, &f, ESPSIMD_ESP_NONE);
	/* With Ethernet padding. */
	f.len = 60 - ETH_HLEN;
	test_expect(test, &f, ESPSIMD_ESP_NONE);
}

static void test_parse_udp_len_wrong(struct kunit *test)
{
	static const u16 lens[] = {
		0, 1, 7, 8, TEST_ESP_LEN + 7, TEST_ESP_LEN + 9, 0xffff,
	};
	struct test_frame f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		test_frame_ipv4(&f, true);
		f.uh->len = htons(lens[i]);
		test_expect(test, &f, ESPSIMD_ESP_NONE);
		test_frame_ipv6(&f, true);
		f.uh->len = htons(lens[i]);
		test_expect(test, &f, ESPSIMD_ESP_NONE);
	}
}

static void test_parse_fragment_ipv4(struct kunit *test)
{
	static const u16 offsets[] = {
		IP_MF, IP_MF | 1, 1, 0x1fff, IP_DF | IP_MF,
	};
	struct test_frame f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		test_frame_ipv4(&f, false);
		f.iph->frag_off = htons(offsets[i]);
		test_expect(test, &f, ESPSIMD_ESP_FRAGMENT);
		/* In UDP it cannot be known, for only the first has ports. */
		test_frame_ipv4(&f, true);
		f.iph->frag_off = htons(offsets[i]);
		test_expect(test, &f, ESPSIMD_ESP_NONE);
	}

	test_frame_ipv4(&f, false);
	f.iph->frag_off = 0;
	test_expect_packet(test, &f, 0);
}

static void test_parse_fragment_ipv6(struct kunit *test)
{
	struct frag_hdr *fh;
	struct test_frame f;

	test_frame_ipv6(&f, false);
	fh = (void *)(f.ip6h + 1);
	f.ip6h->nexthdr = NEXTHDR_FRAGMENT;
	fh->nexthdr = IPPROTO_ESP;
	test_expect(test, &f, ESPSIMD_ESP_FRAGMENT);
	fh->nexthdr = IPPROTO_UDP;
	test_expect(test, &f, ESPSIMD_ESP_NONE);

	/* The fragment header itself is cut off. */
	fh->nexthdr = IPPROTO_ESP;
	KUNIT_EXPECT_EQ(test, (int)ESPSIMD_ESP_NONE,
			(int)test_parse_len(test, &f, sizeof(*f.ip6h) +
						      sizeof(*fh) - 1));
}

static void test_parse_header_length(struct kunit *test)
{
	struct test_frame f;
	unsigned int ihl;

	for (ihl = 0; ihl < 16; ihl++) {
		if (ihl == 5)
			continue;
		test_frame_ipv4(&f, false);
		f.iph->ihl = ihl;
		test_expect(test, &f, ESPSIMD_ESP_NONE);
	}
}

static void test_parse_extension_header(struct kunit *test)
{
	static const u8 headers[] = {
		NEXTHDR_HOP, NEXTHDR_DEST, NEXTHDR_ROUTING, NEXTHDR_AUTH,
		NEXTHDR_NONE, NEXTHDR_MOBILITY,
	};
	struct test_frame f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(headers); i++) {
		test_frame_ipv6(&f, false);
		f.ip6h->nexthdr = headers[i];
		test_expect(test, &f, ESPSIMD_ESP_NONE);
	}
}

static void test_parse_version(struct kunit *test)
{
	struct test_frame f;
	unsigned int version;

	for (version = 0; version < 16; version++) {
		test_frame_ipv4(&f, false);
		f.iph->version = version;
		test_expect(test, &f, version == 4 ? ESPSIMD_ESP_PACKET :
						     ESPSIMD_ESP_NONE);
		test_frame_ipv6(&f, false);
		f.ip6h->version = version;
		test_expect(test, &f, version == 6 ? ESPSIMD_ESP_PACKET :
						     ESPSIMD_ESP_NONE);
	}
}

static void test_parse_other_protocols(struct kunit *test)
{
	struct test_frame f;
	unsigned int proto;

	for (proto = 0; proto < 256; proto++) {
		if (proto == IPPROTO_ESP)
			continue;
		test_frame_ipv4(&f, false);
		f.iph->protocol = proto;
		test_expect(test, &f, ESPSIMD_ESP_NONE);
	}

	test_frame_ipv4(&f, false);
	f.protocol = ETH_P_ARP;
	test_expect(test, &f, ESPSIMD_ESP_NONE);
	f.protocol = ETH_P_8021Q;
	test_expect(test, &f, ESPSIMD_ESP_NONE);
	f.protocol = ETH_P_IPV6;
	test_expect(test, &f, ESPSIMD_ESP_NONE);
	test_frame_ipv6(&f, false);
	f.protocol = ETH_P_IP;
	test_expect(test, &f, ESPSIMD_ESP_NONE);
}

/* Less has come than the headers say: without an IP header it is nothing. */
static void test_cut_off(struct kunit *test, const struct test_frame *f,
			 unsigned int ip_hlen)
{
	enum espsimd_esp_kind wanted;
	unsigned int len;

	for (len = 0; len < f->len; len++) {
		wanted = len < ip_hlen || f->uh ? ESPSIMD_ESP_NONE :
						  ESPSIMD_ESP_MALFORMED;
		KUNIT_EXPECT_EQ_MSG(test, (int)wanted,
				    (int)test_parse_len(test, f, len),
				    "%u of %u bytes", len, f->len);
	}
}

static void test_parse_truncated(struct kunit *test)
{
	struct test_frame f;

	test_frame_ipv4(&f, false);
	test_cut_off(test, &f, sizeof(*f.iph));
	test_frame_ipv6(&f, false);
	test_cut_off(test, &f, sizeof(*f.ip6h));
	test_frame_ipv4(&f, true);
	test_cut_off(test, &f, sizeof(*f.iph));
	test_frame_ipv6(&f, true);
	test_cut_off(test, &f, sizeof(*f.ip6h));
}

static void test_parse_len_beyond_frame(struct kunit *test)
{
	static const u16 more[] = { 1, 2, 100, 0xffff - 2 * TEST_ESP_LEN };
	struct test_frame f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(more); i++) {
		test_frame_ipv4(&f, false);
		f.iph->tot_len = htons(f.len + more[i]);
		test_expect(test, &f, ESPSIMD_ESP_MALFORMED);
		test_frame_ipv6(&f, false);
		f.ip6h->payload_len = htons(TEST_ESP_LEN + more[i]);
		test_expect(test, &f, ESPSIMD_ESP_MALFORMED);
	}
}

/* The IP length leaves no room for ESP header and IV, or for IP itself. */
static void test_parse_len_below_headers(struct kunit *test)
{
	struct test_frame f;
	unsigned int len;

	for (len = 0; len < sizeof(*f.iph) + 16; len++) {
		test_frame_ipv4(&f, false);
		f.iph->tot_len = htons(len);
		test_expect(test, &f, ESPSIMD_ESP_MALFORMED);
	}
	test_frame_ipv4(&f, false);
	f.iph->tot_len = htons(sizeof(*f.iph) + 16);
	test_expect(test, &f, ESPSIMD_ESP_PACKET);

	for (len = 0; len < 16; len++) {
		test_frame_ipv6(&f, false);
		f.ip6h->payload_len = htons(len);
		test_expect(test, &f, ESPSIMD_ESP_MALFORMED);
	}
	test_frame_ipv6(&f, false);
	f.ip6h->payload_len = htons(16);
	test_expect(test, &f, ESPSIMD_ESP_PACKET);
}

/* The frame with its bytes in pieces, cut at @first and @second. */
static void test_in_pieces(struct kunit *test, const struct test_frame *f,
			   unsigned int first, unsigned int second)
{
	const unsigned int sizes[] = { first, second - first, f->len - second };
	struct espsimd_esp_info info;
	struct sk_buff *skb;

	skb = espsimd_test_skb(test, f->data, sizes,
			       second < f->len ? 3 : 2);
	KUNIT_ASSERT_EQ_MSG(test, (int)ESPSIMD_ESP_PACKET,
			    (int)test_parse_skb(test, f, skb, &info),
			    "cut at %u and %u", first, second);
	test_expect_info(test, f, &info);
	espsimd_test_skb_free(test, skb);
}

static void test_cut_everywhere(struct kunit *test, const struct test_frame *f)
{
	unsigned int first;

	for (first = 0; first < f->len; first++) {
		test_in_pieces(test, f, first, f->len);
		test_in_pieces(test, f, first, min(first + 3, f->len));
	}
}

static void test_parse_headers_in_fragments(struct kunit *test)
{
	struct test_frame f;

	test_frame_ipv4(&f, false);
	test_cut_everywhere(test, &f);
	test_frame_ipv6(&f, false);
	test_cut_everywhere(test, &f);
	test_frame_ipv4(&f, true);
	test_cut_everywhere(test, &f);
	test_frame_ipv6(&f, true);
	test_cut_everywhere(test, &f);
}

/* The second half is a packet in the fragment list of the first. */
static void test_parse_headers_in_fragment_list(struct kunit *test)
{
	struct espsimd_esp_info info;
	struct sk_buff *skb, *rest;
	struct test_frame f;
	unsigned int cut;

	for (cut = 0; cut < 40; cut++) {
		test_frame_ipv4(&f, true);
		skb = espsimd_test_skb_linear(test, f.data, cut);
		rest = alloc_skb(f.len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, rest);
		skb_put_data(rest, f.data + cut, f.len - cut);
		skb_shinfo(skb)->frag_list = rest;
		skb->len += rest->len;
		skb->data_len += rest->len;
		skb->truesize += rest->truesize;

		KUNIT_EXPECT_EQ(test, (int)ESPSIMD_ESP_PACKET,
				(int)test_parse_skb(test, &f, skb, &info));
		test_expect_info(test, &f, &info);
		espsimd_test_skb_free(test, skb);
	}
}

static struct kunit_case espsimd_esp_parse_cases[] = {
	KUNIT_CASE(test_parse_ipv4),
	KUNIT_CASE(test_parse_ipv6),
	KUNIT_CASE(test_parse_ipv4_udp),
	KUNIT_CASE(test_parse_ipv6_udp),
	KUNIT_CASE(test_parse_ethernet_padding),
	KUNIT_CASE(test_parse_udp_not_wanted),
	KUNIT_CASE(test_parse_ike),
	KUNIT_CASE(test_parse_keepalive),
	KUNIT_CASE(test_parse_udp_len_wrong),
	KUNIT_CASE(test_parse_fragment_ipv4),
	KUNIT_CASE(test_parse_fragment_ipv6),
	KUNIT_CASE(test_parse_header_length),
	KUNIT_CASE(test_parse_extension_header),
	KUNIT_CASE(test_parse_version),
	KUNIT_CASE(test_parse_other_protocols),
	KUNIT_CASE(test_parse_truncated),
	KUNIT_CASE(test_parse_len_beyond_frame),
	KUNIT_CASE(test_parse_len_below_headers),
	KUNIT_CASE(test_parse_headers_in_fragments),
	KUNIT_CASE(test_parse_headers_in_fragment_list),
	{}
};

static struct kunit_suite espsimd_esp_parse_suite = {
	.name = "espsimd_esp_parse",
	.test_cases = espsimd_esp_parse_cases,
};

kunit_test_suite(espsimd_esp_parse_suite);
