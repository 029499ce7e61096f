// SPDX-License-Identifier: GPL-2.0
/*
 * The packets of the benchmark: UDP to the discard service, with the number of
 * the run in the first bytes. Flows differ in the source port.
 */
#include "packets.h"

#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <net/checksum.h>
#include <net/ip.h>

/* The discard service. */
#define BENCH_PORT		9
/* Source port of the first flow. */
#define BENCH_FLOW_PORT		1024
#define BENCH_HEADERS		(sizeof(struct iphdr) + sizeof(struct udphdr))
/* Room for the number of the run. */
#define BENCH_BYTES_MIN		(BENCH_HEADERS + sizeof(u32))
#define BENCH_TTL		64

static bool bench_parse_sizes(struct bench_spec *spec, char *list)
{
	char *word;

	while ((word = strsep(&list, ","))) {
		unsigned int bytes;

		if (spec->sizes == BENCH_SIZES_MAX ||
		    kstrtouint(word, 10, &bytes) ||
		    bytes < BENCH_BYTES_MIN || bytes > BENCH_BYTES_MAX)
			return false;
		spec->bytes[spec->sizes++] = bytes;
	}
	return true;
}

bool bench_parse(struct bench_spec *spec, const char *buf)
{
	char sizes[80], src[16], dst[16];

	*spec = (struct bench_spec) { .destinations = 1, .flows = 1 };
	return sscanf(buf, "%u %79s %15s %15s %u %u", &spec->count, sizes, src,
		      dst, &spec->destinations, &spec->flows) >= 4 &&
	       spec->count && spec->destinations && spec->flows &&
	       spec->flows <= U16_MAX - BENCH_FLOW_PORT &&
	       bench_parse_sizes(spec, sizes) &&
	       in4_pton(src, -1, (u8 *)&spec->saddr, -1, NULL) &&
	       in4_pton(dst, -1, (u8 *)&spec->daddr, -1, NULL);
}

static void bench_fill_head(struct bench_packets *packets, unsigned int size,
			    const u8 *mac)
{
	const struct bench_spec *spec = &packets->spec;
	struct bench_head *head = &packets->heads[size];
	unsigned int bytes = spec->bytes[size];
	unsigned int ulen = bytes - sizeof(struct iphdr);
	struct udphdr udp = {
		.source = htons(BENCH_FLOW_PORT),
		.dest = htons(BENCH_PORT),
		.len = htons(ulen),
	};
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(bytes),
		.frag_off = htons(IP_DF),
		.ttl = BENCH_TTL,
		.protocol = IPPROTO_UDP,
		.saddr = spec->saddr,
		.daddr = spec->daddr,
	};
	__wsum sum;

	ether_addr_copy(head->eth.h_dest, mac);
	eth_zero_addr(head->eth.h_source);
	head->eth.h_source[0] = 0x02;
	head->eth.h_proto = htons(ETH_P_IP);

	ip.check = ip_fast_csum(&ip, ip.ihl);
	head->ip = ip;

	sum = csum_partial(&udp, sizeof(udp), 0);
	sum = csum_partial(packets->payload, bytes - BENCH_HEADERS, sum);
	udp.check = csum_tcpudp_magic(spec->saddr, spec->daddr, ulen,
				      IPPROTO_UDP, sum) ?: CSUM_MANGLED_0;
	head->udp = udp;
}

void bench_packets_init(struct bench_packets *packets,
			const struct bench_spec *spec, u32 number,
			const u8 *mac)
{
	unsigned int i;

	packets->spec = *spec;
	for (i = 0; i < sizeof(packets->payload); i++)
		packets->payload[i] = i;
	put_unaligned(number, (u32 *)packets->payload);
	for (i = 0; i < spec->sizes; i++)
		bench_fill_head(packets, i, mac);
	packets->size = 0;
	packets->destination = 0;
	packets->flow = 0;
	packets->octets = 0;
}

/* For the destination and of the flow whose turn it is. */
static void bench_address(struct bench_packets *packets, struct iphdr *iph)
{
	const struct bench_spec *spec = &packets->spec;
	struct udphdr *uh = (void *)(iph + 1);
	__be32 daddr = htonl(ntohl(spec->daddr) + packets->destination);
	__be16 source = htons(BENCH_FLOW_PORT + packets->flow);

	csum_replace4(&iph->check, iph->daddr, daddr);
	csum_replace4(&uh->check, iph->daddr, daddr);
	csum_replace2(&uh->check, uh->source, source);
	uh->check = uh->check ?: CSUM_MANGLED_0;
	iph->daddr = daddr;
	uh->source = source;
	if (++packets->destination < spec->destinations)
		return;

	packets->destination = 0;
	if (++packets->flow == spec->flows)
		packets->flow = 0;
}

void bench_packets_next(struct bench_packets *packets, struct sk_buff *skb)
{
	const struct bench_spec *spec = &packets->spec;
	u8 *start = skb_put_data(skb, &packets->heads[packets->size],
				 sizeof(struct bench_head));

	skb_put_data(skb, packets->payload,
		     spec->bytes[packets->size] - BENCH_HEADERS);
	if (spec->destinations > 1 || spec->flows > 1)
		bench_address(packets, (void *)(start + ETH_HLEN));
	packets->octets += skb->len;
	if (++packets->size == spec->sizes)
		packets->size = 0;
}

bool bench_is_packet(const struct sk_buff *skb, u32 number)
{
	const struct iphdr *iph = (void *)(skb->data + ETH_HLEN);
	const struct udphdr *uh = (void *)(iph + 1);

	return skb_headlen(skb) >= ETH_HLEN + BENCH_BYTES_MIN &&
	       skb->protocol == htons(ETH_P_IP) &&
	       skb->len == ETH_HLEN + ntohs(iph->tot_len) &&
	       iph->protocol == IPPROTO_UDP && iph->ihl == 5 &&
	       get_unaligned((u32 *)(uh + 1)) == number;
}

bool bench_is_answer(const struct sk_buff *skb)
{
	const struct bench_head *head = (void *)skb->data;

	return head->udp.dest != htons(BENCH_PORT);
}

void bench_answer(struct sk_buff *skb, const u8 *mac)
{
	struct bench_head *head = (void *)skb->data;

	ether_addr_copy(head->eth.h_source, head->eth.h_dest);
	ether_addr_copy(head->eth.h_dest, mac);
	swap(head->ip.saddr, head->ip.daddr);
	swap(head->udp.source, head->udp.dest);
}
