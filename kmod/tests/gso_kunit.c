// SPDX-License-Identifier: GPL-2.0
/*
 * Large packets of ESP in UDP, cut into packets to seal.
 */
#include <kunit/test.h>
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>
#include <net/xfrm.h>

#include "../esp.h"
#include "../gso.h"
#include "../stats.h"
#include "test_skb.h"

#define TEST_SPI	0xc0ffee02
#define TEST_SEQ	0xfffffff0
#define TEST_ID		0xfffe
#define TEST_TCP_SEQ	0x01020304

/* UDP in front of ESP. */
#define TEST_UDP_LEN	sizeof(struct udphdr)

/**
 * struct test_kind - a kind of packet
 * @name: for messages
 * @transport: transport mode, otherwise tunnel mode
 * @inner6: IPv6 is inside of the tunnel, otherwise IPv4
 * @udp: UDP is segmented, otherwise TCP
 * @options: bytes of options of the outer IP header
 * @vlan: bytes of VLAN tags
 */
struct test_kind {
	const char *name;
	bool transport;
	bool inner6;
	bool udp;
	unsigned int options;
	unsigned int vlan;
};

static const struct test_kind test_kinds[] = {
	{ .name = "tunnel, TCP in IPv4" },
	{ .name = "tunnel, TCP in IPv6", .inner6 = true },
	{ .name = "tunnel, UDP in IPv4", .udp = true },
	{ .name = "tunnel, UDP in IPv6", .inner6 = true, .udp = true },
	{ .name = "transport, TCP", .transport = true },
	{ .name = "transport, UDP", .transport = true, .udp = true },
	{ .name = "tunnel, options, VLAN", .options = 40, .vlan = 8 },
	{ .name = "transport, options, VLAN", .transport = true,
	  .options = 24, .vlan = 4 },
};

/**
 * struct test_packet - a large packet and where things are in it
 * @kind: what kind it is
 * @sa: its SA
 * @x: the stack's SA
 * @encap: its encapsulation
 * @data: bytes from the Ethernet header on
 * @network: offset of the outer IP header
 * @udp: offset of the outer UDP header
 * @payload: offset of what is inside ESP
 * @l4: offset of the inner TCP or UDP header
 * @body: offset of what is cut
 * @end: end of what is inside ESP
 * @len: number of bytes
 * @mss: how large the pieces are
 * @nr: how many there are
 */
struct test_packet {
	const struct test_kind *kind;
	struct espsimd_sa sa;
	struct xfrm_state x;
	struct xfrm_encap_tmpl encap;
	u8 data[4096];
	unsigned int network;
	unsigned int udp;
	unsigned int payload;
	unsigned int l4;
	unsigned int body;
	unsigned int end;
	unsigned int len;
	unsigned int mss;
	unsigned int nr;
};

static u8 test_l4_proto(const struct test_packet *p)
{
	return p->kind->udp ? IPPROTO_UDP : IPPROTO_TCP;
}

static u8 test_next_header(const struct test_packet *p)
{
	if (p->kind->transport)
		return test_l4_proto(p);

	return p->kind->inner6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
}

/* ---- making packets ---- */

static void test_put_outer(struct test_packet *p)
{
	struct iphdr *iph = (void *)(p->data + p->network);
	struct udphdr *uh = (void *)(p->data + p->udp);
	struct ip_esp_hdr *esph = (void *)(uh + 1);

	iph->version = 4;
	iph->ihl = 5 + p->kind->options / 4;
	iph->id = htons(TEST_ID);
	iph->frag_off = htons(IP_DF);
	iph->protocol = IPPROTO_UDP;
	esph->spi = htonl(TEST_SPI);
	esph->seq_no = htonl(TEST_SEQ);
}

static void test_put_inner_ip(struct test_packet *p)
{
	struct ipv6hdr *ip6h = (void *)(p->data + p->payload);
	struct iphdr *iph = (void *)(p->data + p->payload);

	if (p->kind->transport)
		return;
	if (p->kind->inner6) {
		ip6h->version = 6;
		ip6h->nexthdr = test_l4_proto(p);
		ip6h->payload_len = htons(p->end - p->l4);
		return;
	}
	iph->version = 4;
	iph->ihl = 5;
	iph->id = htons(500);
	iph->frag_off = 0;
	iph->protocol = test_l4_proto(p);
	iph->tot_len = htons(p->end - p->payload);
	ip_send_check(iph);
}

/* The sum of the pseudo header of the innermost packet. */
static __sum16 test_pseudo_sum(const struct test_packet *p, const u8 *data,
			       unsigned int len)
{
	unsigned int at = p->kind->transport ? p->network : p->payload;
	const struct ipv6hdr *ip6h = (const void *)(data + at);
	const struct iphdr *iph = (const void *)(data + at);

	if (p->kind->inner6)
		return ~csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len,
					test_l4_proto(p), 0);

	return ~csum_tcpudp_magic(iph->saddr, iph->daddr, len,
				  test_l4_proto(p), 0);
}

static void test_put_l4(struct test_packet *p)
{
	__sum16 sum = test_pseudo_sum(p, p->data, p->end - p->l4);
	struct tcphdr *th = (void *)(p->data + p->l4);
	struct udphdr *uh = (void *)(p->data + p->l4);

	if (p->kind->udp) {
		uh->len = htons(p->end - p->l4);
		uh->check = sum;
		return;
	}
	th->seq = htonl(TEST_TCP_SEQ);
	th->doff = 5;
	th->fin = 1;
	th->psh = 1;
	th->check = sum;
}

/* @body bytes that are to be cut into pieces of @mss bytes. */
static struct test_packet *test_packet(struct kunit *test,
				       const struct test_kind *kind,
				       unsigned int body, unsigned int mss)
{
	struct test_packet *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	unsigned int inner, padlen;

	KUNIT_ASSERT_NOT_NULL(test, p);
	espsimd_test_fill(p->data, sizeof(p->data), body + mss);
	p->kind = kind;
	p->mss = mss;
	p->nr = DIV_ROUND_UP(body, mss);
	p->sa.x = &p->x;
	p->sa.icv_len = 16;
	refcount_set(&p->x.refcnt, 1000);
	p->encap.encap_type = UDP_ENCAP_ESPINUDP;
	p->x.encap = &p->encap;
	p->x.id.spi = htonl(TEST_SPI);
	p->x.props.mode = kind->transport ? XFRM_MODE_TRANSPORT :
					    XFRM_MODE_TUNNEL;
	p->x.xso.dir = XFRM_DEV_OFFLOAD_OUT;

	p->network = ETH_HLEN + kind->vlan;
	p->udp = p->network + sizeof(struct iphdr) + kind->options;
	p->payload = p->udp + TEST_UDP_LEN + 16;
	p->l4 = p->payload;
	if (!kind->transport)
		p->l4 += kind->inner6 ? sizeof(struct ipv6hdr) :
					sizeof(struct iphdr);
	p->body = p->l4 + (kind->udp ? sizeof(struct udphdr) :
				       sizeof(struct tcphdr));
	p->end = p->body + body;
	inner = p->end - p->payload;
	padlen = ALIGN(inner + 2, 4) - inner - 2;
	p->len = p->end + padlen + 2 + p->sa.icv_len;
	KUNIT_ASSERT_LE(test, p->len, sizeof(p->data));
	p->data[p->end + padlen] = padlen;
	p->data[p->end + padlen + 1] = test_next_header(p);

	memset(p->data + p->l4, 0, p->body - p->l4);
	memset(p->data + p->network, 0, 12);
	test_put_outer(p);
	test_put_inner_ip(p);
	test_put_l4(p);
	return p;
}

static void test_add_path(struct kunit *test, struct sk_buff *skb,
			  struct test_packet *p)
{
	struct sec_path *sp = secpath_set(skb);

	KUNIT_ASSERT_NOT_NULL(test, sp);
	xfrm_state_hold(&p->x);
	sp->xvec[sp->len++] = &p->x;
	sp->olen++;
	xfrm_offload(skb)->seq.low = TEST_SEQ;
	xfrm_offload(skb)->flags = XFRM_XMIT;
}

/* With all behind the first @linear bytes in a fragment. */
static struct sk_buff *test_skb(struct kunit *test, struct test_packet *p,
				unsigned int linear)
{
	const unsigned int sizes[] = { linear, p->len - linear };
	struct skb_shared_info *shinfo;
	struct sk_buff *skb;

	skb = espsimd_test_skb(test, p->data, sizes, linear < p->len ? 2 : 1);
	skb->protocol = htons(ETH_P_IP);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, p->network);
	skb_set_transport_header(skb, p->udp);
	skb->encapsulation = 1;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + p->l4;
	skb->csum_offset = p->kind->udp ? offsetof(struct udphdr, check) :
					  offsetof(struct tcphdr, check);
	shinfo = skb_shinfo(skb);
	shinfo->gso_size = p->mss;
	shinfo->gso_segs = p->nr;
	shinfo->gso_type = SKB_GSO_ESP;
	if (p->kind->udp)
		shinfo->gso_type |= SKB_GSO_UDP_L4;
	else
		shinfo->gso_type |= p->kind->inner6 ? SKB_GSO_TCPV6 :
						      SKB_GSO_TCPV4;
	test_add_path(test, skb, p);
	return skb;
}

/* Cut a packet of which @keep says whether somebody else has it too. */
static struct sk_buff *test_cut(struct kunit *test, struct test_packet *p,
				struct sk_buff *skb, bool keep,
				unsigned int *stat)
{
	struct sk_buff *clone = skb_clone(skb, GFP_KERNEL), *segs;

	KUNIT_ASSERT_NOT_NULL(test, clone);
	if (!keep)
		espsimd_test_skb_free(test, skb);
	local_bh_disable();
	rcu_read_lock();
	segs = espsimd_gso_cut(clone, &p->sa, stat);
	kfree_skb(segs ? NULL : clone);
	rcu_read_unlock();
	local_bh_enable();

	return segs;
}

/* ---- looking at the pieces ---- */

static void test_expect_outer(struct kunit *test, const struct test_packet *p,
			      struct sk_buff *seg, unsigned int i)
{
	const struct iphdr *iph = ip_hdr(seg);
	const struct udphdr *uh = udp_hdr(seg);
	u8 want[128];

	KUNIT_EXPECT_EQ(test, skb_mac_offset(seg), 0);
	KUNIT_EXPECT_EQ(test, skb_network_offset(seg), p->network);
	KUNIT_EXPECT_EQ(test, skb_transport_offset(seg), p->udp);
	KUNIT_EXPECT_EQ(test, seg->mac_len, p->network);
	KUNIT_EXPECT_EQ(test, seg->protocol, htons(ETH_P_IP));
	KUNIT_EXPECT_EQ(test, 0, ip_fast_csum(iph, iph->ihl));
	KUNIT_EXPECT_EQ(test, ntohs(iph->tot_len), seg->len - p->network);
	KUNIT_EXPECT_EQ(test, ntohs(iph->id), (u16)(TEST_ID + i));
	KUNIT_EXPECT_EQ(test, ntohs(uh->len), seg->len - p->udp);

	/* All the rest, the room for the IV included, is as it was. */
	memcpy(want, p->data, p->payload);
	((struct iphdr *)(want + p->network))->tot_len = iph->tot_len;
	((struct iphdr *)(want + p->network))->id = iph->id;
	((struct iphdr *)(want + p->network))->check = iph->check;
	((struct udphdr *)(want + p->udp))->len = uh->len;
	((struct ip_esp_hdr *)(want + p->udp + TEST_UDP_LEN))->seq_no =
		htonl(TEST_SEQ + i);
	KUNIT_EXPECT_MEMEQ(test, seg->data, want, p->payload);
}

static void test_expect_trailer(struct kunit *test, const struct test_packet *p,
				const struct sk_buff *seg,
				const struct espsimd_esp_layout *l)
{
	const u8 *pad = seg->data + l->inner_end;
	unsigned int i, end = seg->len - p->sa.icv_len;

	/* RFC 4303 section 2.4, and no more than is needed. */
	KUNIT_EXPECT_EQ(test, l->len % 4, 0);
	KUNIT_EXPECT_LT(test, end - l->inner_end - 2, 4);
	for (i = 0; l->inner_end + i < end - 2; i++)
		KUNIT_EXPECT_EQ(test, pad[i], i + 1);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(seg->data + end, 0,
					    p->sa.icv_len));
}

/* The checksum may be left to whoever seals the packet. */
static void test_expect_sum(struct kunit *test, const struct test_packet *p,
			    struct sk_buff *seg,
			    const struct espsimd_esp_layout *l)
{
	unsigned int len = l->inner_end - p->l4;
	__wsum sum;

	if (seg->ip_summed == CHECKSUM_PARTIAL) {
		unsigned int start = skb_checksum_start_offset(seg);
		__sum16 *check = (void *)(seg->data + start +
					  seg->csum_offset);

		KUNIT_ASSERT_EQ(test, start, p->l4);
		sum = csum_partial(seg->data + start, len, 0);
		*check = csum_fold(sum);
	}
	sum = csum_partial(seg->data + p->l4, len, 0);
	sum = csum_add(sum, csum_unfold(test_pseudo_sum(p, seg->data, len)));
	KUNIT_EXPECT_EQ(test, 0, csum_fold(sum));
}

static void test_expect_inner(struct kunit *test, const struct test_packet *p,
			      struct sk_buff *seg, unsigned int i,
			      const struct espsimd_esp_layout *l)
{
	unsigned int body = min(p->mss, p->end - p->body - i * p->mss);
	const struct ipv6hdr *ip6h = (void *)(seg->data + p->payload);
	const struct tcphdr *th = (void *)(seg->data + p->l4);
	const struct iphdr *iph = (void *)(seg->data + p->payload);
	const struct udphdr *uh = (void *)(seg->data + p->l4);
	unsigned int len = p->body + body - p->l4;

	KUNIT_ASSERT_EQ(test, l->inner_end, p->body + body);
	if (!p->kind->transport && p->kind->inner6) {
		KUNIT_EXPECT_EQ(test, ntohs(ip6h->payload_len), len);
	} else if (!p->kind->transport) {
		KUNIT_EXPECT_EQ(test, ntohs(iph->tot_len), len + 20);
		KUNIT_EXPECT_EQ(test, ntohs(iph->id), 500 + i);
		KUNIT_EXPECT_EQ(test, 0, ip_fast_csum(iph, iph->ihl));
	}
	if (p->kind->udp) {
		KUNIT_EXPECT_EQ(test, ntohs(uh->len), len);
	} else {
		KUNIT_EXPECT_EQ(test, ntohl(th->seq), TEST_TCP_SEQ +
				i * p->mss);
		KUNIT_EXPECT_EQ(test, (bool)th->fin, i == p->nr - 1);
	}
	KUNIT_EXPECT_MEMEQ(test, seg->data + p->body,
			   p->data + p->body + i * p->mss, body);
	test_expect_sum(test, p, seg, l);
}

static void test_expect_seg(struct kunit *test, const struct test_packet *p,
			    struct sk_buff *seg, unsigned int i)
{
	struct espsimd_esp_layout l;

	KUNIT_EXPECT_FALSE(test, skb_is_nonlinear(seg));
	KUNIT_EXPECT_FALSE(test, skb_cloned(seg) || skb_is_gso(seg));
	KUNIT_EXPECT_FALSE(test, seg->encapsulation);
	KUNIT_ASSERT_TRUE(test, espsimd_esp_parse_tx(seg, &p->sa, &l));
	KUNIT_EXPECT_EQ(test, l.offset, p->udp + TEST_UDP_LEN);
	KUNIT_EXPECT_EQ(test, l.seq, TEST_SEQ + i);
	KUNIT_EXPECT_EQ(test, l.next_header, test_next_header(p));
	/* What the number of each packet is derived from. */
	KUNIT_ASSERT_NOT_NULL(test, xfrm_offload(seg));
	KUNIT_EXPECT_EQ(test, xfrm_offload(seg)->seq.low, TEST_SEQ + p->nr);
	test_expect_outer(test, p, seg, i);
	test_expect_trailer(test, p, seg, &l);
	test_expect_inner(test, p, seg, i, &l);
}

static void test_expect_cut(struct kunit *test, struct test_packet *p,
			    unsigned int linear, bool keep)
{
	struct sk_buff *skb = test_skb(test, p, linear), *segs, *seg;
	u8 *after = espsimd_test_bytes(test, p->len, 1);
	unsigned int i = 0, stat = ~0U;

	segs = test_cut(test, p, skb, keep, &stat);
	KUNIT_ASSERT_NOT_NULL_MSG(test, segs, "%s: %u", p->kind->name, stat);
	for (seg = segs; seg; seg = seg->next)
		test_expect_seg(test, p, seg, i++);
	KUNIT_EXPECT_EQ(test, i, p->nr);
	kfree_skb_list(segs);
	if (!keep)
		return;

	/* Who else has the packet sees nothing of all that. */
	KUNIT_EXPECT_EQ(test, skb->len, p->len);
	KUNIT_EXPECT_EQ(test, 0, skb_copy_bits(skb, 0, after, p->len));
	KUNIT_EXPECT_MEMEQ(test, after, p->data, p->len);
	KUNIT_EXPECT_EQ(test, xfrm_offload(skb)->seq.low, TEST_SEQ);
	espsimd_test_skb_free(test, skb);
}

static void test_every_kind(struct kunit *test)
{
	struct test_packet *p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(test_kinds); i++) {
		p = test_packet(test, &test_kinds[i], 700, 100);
		test_expect_cut(test, p, p->len, false);
		test_expect_cut(test, p, p->body, false);
		test_expect_cut(test, p, p->body + 150, false);
		/* The last piece is short, of each length there is padding. */
		p = test_packet(test, &test_kinds[i], 731, 103);
		test_expect_cut(test, p, p->len, false);
		p = test_packet(test, &test_kinds[i], 3001, 1490);
		test_expect_cut(test, p, p->body, false);
		p = test_packet(test, &test_kinds[i], 302, 301);
		p->len -= 8;
		p->sa.icv_len = 8;
		test_expect_cut(test, p, p->len, false);
	}
}

static void test_shared_data(struct kunit *test)
{
	struct test_packet *p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(test_kinds); i++) {
		p = test_packet(test, &test_kinds[i], 700, 99);
		test_expect_cut(test, p, p->len, true);
		test_expect_cut(test, p, p->body, true);
	}
}

/* ---- what is refused ---- */

static void test_expect_dropped(struct kunit *test, struct test_packet *p,
				struct sk_buff *skb)
{
	unsigned int stat = ~0U;

	KUNIT_EXPECT_NULL(test, test_cut(test, p, skb, false, &stat));
	KUNIT_EXPECT_EQ(test, stat, ESPSIMD_STAT(TX_DROP_MALFORMED));
	/* Nobody holds it any more but who made it. */
	KUNIT_EXPECT_EQ(test, 1000, refcount_read(&p->x.refcnt));
}

/* There must be numbers for all pieces, and of one high half. */
static void test_numbers(struct kunit *test)
{
	struct test_packet *p = test_packet(test, &test_kinds[0], 700, 100);
	struct sk_buff *skb;

	skb = test_skb(test, p, p->len);
	xfrm_offload(skb)->seq.low++;
	test_expect_dropped(test, p, skb);

	skb = test_skb(test, p, p->len);
	skb_shinfo(skb)->gso_segs = p->nr - 1;
	test_expect_dropped(test, p, skb);

	/* The number behind the last one must have the same high half. */
	p = test_packet(test, &test_kinds[0], U32_MAX - TEST_SEQ, 1);
	test_expect_cut(test, p, p->len, false);
	p = test_packet(test, &test_kinds[0], U32_MAX - TEST_SEQ + 1, 1);
	test_expect_dropped(test, p, test_skb(test, p, p->len));
}

static void test_malformed(struct kunit *test)
{
	const struct test_kind long_kind = { .options = 40, .vlan = 10 };
	struct test_packet *p;
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < 6 * ARRAY_SIZE(test_kinds); i++) {
		p = test_packet(test, &test_kinds[i / 6], 700, 100);
		p->x.id.spi ^= htonl(i % 6 == 0);
		/* Length of the header, then version. */
		p->data[p->network] += i % 6 == 1;
		p->data[p->network] += i % 6 == 2 ? 0x10 : 0;
		/* One that is too short, and says so. */
		p->data[p->udp - 16] = 0x44;
		skb = test_skb(test, p, p->len);
		if (i % 6 > 2)
			skb_set_network_header(skb, i % 6 == 3 ? p->udp :
						    i % 6 == 4 ? p->len :
								 p->udp - 16);
		test_expect_dropped(test, p, skb);
	}

	/* What is in the tunnel must be IP. */
	p = test_packet(test, &test_kinds[0], 700, 100);
	p->data[p->len - p->sa.icv_len - 1] = IPPROTO_TCP;
	test_expect_dropped(test, p, test_skb(test, p, p->len));

	/* There are at most two VLAN tags. */
	p = test_packet(test, &long_kind, 700, 100);
	test_expect_dropped(test, p, test_skb(test, p, p->len));
}

/* ---- which packets are cut ---- */

static void test_is_whole(struct kunit *test)
{
	struct net_device *dev = alloc_etherdev(0);
	struct net_device *other = alloc_etherdev(0);
	struct test_packet *p = test_packet(test, &test_kinds[0], 700, 100);
	struct sk_buff *skb = test_skb(test, p, p->len);
	struct xfrm_offload *xo = xfrm_offload(skb);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_NOT_NULL(test, other);
	p->x.xso.dev = dev;
	KUNIT_EXPECT_TRUE(test, espsimd_gso_is_whole(skb, dev));
	KUNIT_EXPECT_FALSE(test, espsimd_gso_is_whole(skb, other));

	xo->flags |= XFRM_GRO;
	KUNIT_EXPECT_FALSE(test, espsimd_gso_is_whole(skb, dev));
	xo->flags = XFRM_XMIT | XFRM_GSO_SEGMENT;
	KUNIT_EXPECT_FALSE(test, espsimd_gso_is_whole(skb, dev));
	xo->flags = XFRM_XMIT;

	p->x.xso.dir = XFRM_DEV_OFFLOAD_IN;
	KUNIT_EXPECT_FALSE(test, espsimd_gso_is_whole(skb, dev));
	p->x.xso.dir = XFRM_DEV_OFFLOAD_OUT;
	p->x.encap = NULL;
	KUNIT_EXPECT_FALSE(test, espsimd_gso_is_whole(skb, dev));
	p->x.encap = &p->encap;
	skb_shinfo(skb)->gso_type &= ~SKB_GSO_ESP;
	KUNIT_EXPECT_FALSE(test, espsimd_gso_is_whole(skb, dev));
	skb_shinfo(skb)->gso_type |= SKB_GSO_ESP;
	skb_shinfo(skb)->gso_size = 0;
	KUNIT_EXPECT_FALSE(test, espsimd_gso_is_whole(skb, dev));
	skb_shinfo(skb)->gso_size = 100;
	secpath_reset(skb);
	KUNIT_EXPECT_FALSE(test, espsimd_gso_is_whole(skb, dev));
	free_netdev(other);
	free_netdev(dev);
}

static void test_miscut(struct kunit *test)
{
	struct test_packet *p = test_packet(test, &test_kinds[0], 700, 100);
	struct sk_buff *skb = test_skb(test, p, p->len);

	KUNIT_EXPECT_FALSE(test, espsimd_gso_miscut(skb));
	xfrm_offload(skb)->flags |= XFRM_GSO_SEGMENT;
	KUNIT_EXPECT_TRUE(test, espsimd_gso_miscut(skb));
	p->x.encap = NULL;
	KUNIT_EXPECT_FALSE(test, espsimd_gso_miscut(skb));
}

static struct kunit_case espsimd_gso_cases[] = {
	KUNIT_CASE(test_every_kind),
	KUNIT_CASE(test_shared_data),
	KUNIT_CASE(test_numbers),
	KUNIT_CASE(test_malformed),
	KUNIT_CASE(test_is_whole),
	KUNIT_CASE(test_miscut),
	{}
};

static struct kunit_suite espsimd_gso_suite = {
	.name = "espsimd_gso",
	.test_cases = espsimd_gso_cases,
};

kunit_test_suite(espsimd_gso_suite);
