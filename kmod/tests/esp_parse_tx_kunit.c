// SPDX-License-Identifier: GPL-2.0
/*
 * Finding ESP in packets that the stack has laid out to be sealed.
 */
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/xfrm.h>

#include "../esp.h"
#include "test_skb.h"

#define TEST_SPI	0xc0ffee02
#define TEST_SEQ	0x0a0b0c0d
#define TEST_NEXT	41

/* Ethernet and IPv4: where ESP, or UDP with ESP in it, begins. */
#define TEST_OUTER	(ETH_HLEN + sizeof(struct iphdr))

/**
 * struct test_packet - a packet to be, and its SA
 * @sa: the SA
 * @x: the stack's SA
 * @encap: its encapsulation
 * @data: bytes of the packet from the MAC header on
 * @offset: of the ESP header
 * @payload: of what will be encrypted
 * @inner_end: behind what is inside ESP
 * @len: of all
 */
struct test_packet {
	struct espsimd_sa sa;
	struct xfrm_state x;
	struct xfrm_encap_tmpl encap;
	u8 data[1024];
	unsigned int offset;
	unsigned int payload;
	unsigned int inner_end;
	unsigned int len;
};

/* @inner bytes inside ESP, then @padlen bytes of padding and the trailer. */
static struct test_packet *test_packet(struct kunit *test, unsigned int inner,
				       u8 padlen, unsigned int icv_len,
				       bool udp)
{
	struct test_packet *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	struct ip_esp_hdr *esph;

	KUNIT_ASSERT_NOT_NULL(test, p);
	espsimd_test_fill(p->data, sizeof(p->data), 4303);
	p->sa.x = &p->x;
	p->sa.icv_len = icv_len;
	p->x.id.spi = htonl(TEST_SPI);
	p->x.encap = udp ? &p->encap : NULL;

	p->offset = TEST_OUTER + (udp ? sizeof(struct udphdr) : 0);
	p->payload = p->offset + 16;
	p->inner_end = p->payload + inner;
	p->len = p->inner_end + padlen + 2 + icv_len;
	KUNIT_ASSERT_LE(test, p->len, sizeof(p->data));

	esph = (void *)(p->data + p->offset);
	esph->spi = htonl(TEST_SPI);
	esph->seq_no = htonl(TEST_SEQ);
	p->data[p->inner_end + padlen] = padlen;
	p->data[p->inner_end + padlen + 1] = TEST_NEXT;

	return p;
}

/* The packet with its first @first and @second bytes in pieces of their own. */
static struct sk_buff *test_skb(struct kunit *test, const struct test_packet *p,
				unsigned int first, unsigned int second)
{
	const unsigned int sizes[] = { first, second - first, p->len - second };
	struct sk_buff *skb;

	skb = espsimd_test_skb(test, p->data, sizes,
			       second < p->len ? 3 : first < p->len ? 2 : 1);
	skb_set_transport_header(skb, TEST_OUTER);

	return skb;
}

static void test_expect_layout(struct kunit *test, const struct test_packet *p,
			       const struct sk_buff *skb)
{
	struct espsimd_esp_layout l;

	memset(&l, 0xa5, sizeof(l));
	KUNIT_ASSERT_TRUE(test, espsimd_esp_parse_tx(skb, &p->sa, &l));
	KUNIT_EXPECT_EQ(test, l.offset, p->offset);
	KUNIT_EXPECT_EQ(test, l.len, p->len - p->payload - p->sa.icv_len);
	KUNIT_EXPECT_EQ(test, l.inner_end, p->inner_end);
	KUNIT_EXPECT_EQ(test, l.seq, TEST_SEQ);
	KUNIT_EXPECT_EQ(test, l.next_header, TEST_NEXT);
}

static void test_expect_refused(struct kunit *test, const struct test_packet *p,
				const struct sk_buff *skb)
{
	struct espsimd_esp_layout l;

	KUNIT_EXPECT_FALSE(test, espsimd_esp_parse_tx(skb, &p->sa, &l));
}

static void test_layout_every_icv(struct kunit *test)
{
	static const unsigned int icvs[] = { 8, 12, 16 };
	struct test_packet *p;
	unsigned int i, udp;

	for (i = 0; i < ARRAY_SIZE(icvs); i++)
		for (udp = 0; udp < 2; udp++) {
			p = test_packet(test, 60, 2, icvs[i], udp);
			test_expect_layout(test, p, test_skb(test, p, p->len,
							     p->len));
		}
}

/* TFC aside, padding can be 255 bytes long: RFC 4303 section 2.4. */
static void test_layout_every_padding(struct kunit *test)
{
	struct test_packet *p;
	unsigned int padlen;

	for (padlen = 0; padlen < 256; padlen++) {
		p = test_packet(test, 60, padlen, 16, padlen & 1);
		test_expect_layout(test, p, test_skb(test, p, p->len, p->len));
	}
}

/* Nothing is inside but padding. */
static void test_layout_empty_payload(struct kunit *test)
{
	struct test_packet *p = test_packet(test, 0, 2, 16, false);

	test_expect_layout(test, p, test_skb(test, p, p->len, p->len));
}

/* The trailer, too, can be in fragments, and cut in two. */
static void test_layout_in_fragments(struct kunit *test)
{
	struct test_packet *p = test_packet(test, 60, 2, 16, true);
	unsigned int second;

	for (second = p->payload + 1; second <= p->len; second++)
		test_expect_layout(test, p, test_skb(test, p, p->payload,
						     second));
}

/* The IV is written to the linear area, so that must have room for it. */
static void test_headers_in_fragments(struct kunit *test)
{
	struct test_packet *p = test_packet(test, 60, 2, 16, true);
	unsigned int first;

	for (first = TEST_OUTER; first < p->payload; first++)
		test_expect_refused(test, p, test_skb(test, p, first, p->len));
}

static void test_padding_beyond_payload(struct kunit *test)
{
	struct test_packet *p = test_packet(test, 60, 2, 16, false);
	u8 *padlen = p->data + p->inner_end + 2;
	unsigned int i;

	for (i = 63; i < 256; i++) {
		*padlen = i;
		test_expect_refused(test, p, test_skb(test, p, p->len, p->len));
	}
	/* All of it is padding: that is just possible. */
	*padlen = 62;
	p->inner_end = p->payload;
	test_expect_layout(test, p, test_skb(test, p, p->len, p->len));
}

/* Whatever is taken for the trailer, everything stays within the packet. */
static void test_cut_off(struct kunit *test)
{
	struct test_packet *p = test_packet(test, 60, 2, 16, true);
	unsigned int shortest = p->payload + 4 + 16;
	struct espsimd_esp_layout l;
	struct sk_buff *skb;
	bool found;

	for (p->len--; p->len >= TEST_OUTER; p->len--) {
		skb = test_skb(test, p, p->len, p->len);
		found = espsimd_esp_parse_tx(skb, &p->sa, &l);
		if (p->len < shortest)
			KUNIT_EXPECT_FALSE_MSG(test, found, "%u bytes", p->len);
		if (!found)
			continue;
		KUNIT_EXPECT_EQ(test, p->payload + l.len + 16, p->len);
		KUNIT_EXPECT_LE(test, l.inner_end, p->payload + l.len - 2);
		KUNIT_EXPECT_GE(test, l.inner_end, p->payload);
	}
}

static void test_other_spi(struct kunit *test)
{
	struct test_packet *p = test_packet(test, 60, 2, 16, false);

	p->x.id.spi ^= htonl(1);
	test_expect_refused(test, p, test_skb(test, p, p->len, p->len));
}

static void test_transport_header_missing(struct kunit *test)
{
	struct test_packet *p = test_packet(test, 60, 2, 16, false);
	struct sk_buff *skb = test_skb(test, p, p->len, p->len);

	skb->transport_header = (typeof(skb->transport_header))~0U;
	test_expect_refused(test, p, skb);
	/* In front of what is sent. */
	skb_set_transport_header(skb, -8);
	test_expect_refused(test, p, skb);
	skb_set_transport_header(skb, p->len);
	test_expect_refused(test, p, skb);
}

static struct kunit_case espsimd_esp_tx_cases[] = {
	KUNIT_CASE(test_layout_every_icv),
	KUNIT_CASE(test_layout_every_padding),
	KUNIT_CASE(test_layout_empty_payload),
	KUNIT_CASE(test_layout_in_fragments),
	KUNIT_CASE(test_headers_in_fragments),
	KUNIT_CASE(test_padding_beyond_payload),
	KUNIT_CASE(test_cut_off),
	KUNIT_CASE(test_other_spi),
	KUNIT_CASE(test_transport_header_missing),
	{}
};

static struct kunit_suite espsimd_esp_tx_suite = {
	.name = "espsimd_esp_tx",
	.test_cases = espsimd_esp_tx_cases,
};

kunit_test_suite(espsimd_esp_tx_suite);
