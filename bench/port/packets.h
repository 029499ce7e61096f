/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_PACKETS_H
#define BENCH_PACKETS_H

#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/udp.h>

#define BENCH_BYTES_MAX		ETH_DATA_LEN
#define BENCH_SIZES_MAX		16

/**
 * struct bench_spec - what packets to make
 * @count: how many
 * @sizes: how many lengths take turns
 * @bytes: the lengths, header of IP included
 * @saddr: source
 * @daddr: first destination
 * @destinations: how many destinations take turns
 * @flows: how many flows to each destination take turns
 */
struct bench_spec {
	unsigned int count;
	unsigned int sizes;
	unsigned int bytes[BENCH_SIZES_MAX];
	__be32 saddr;
	__be32 daddr;
	unsigned int destinations;
	unsigned int flows;
};

/**
 * struct bench_head - headers of the packets of one size
 * @eth: Ethernet
 * @ip: of the first destination
 * @udp: of the first flow to the first destination
 */
struct bench_head {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __packed;

/**
 * struct bench_packets - packets that are being made
 * @spec: what they are like
 * @size: whose turn it is: the size
 * @destination: the destination
 * @flow: the flow
 * @octets: length of all frames made so far
 * @heads: headers for each size
 * @payload: contents of all packets
 */
struct bench_packets {
	struct bench_spec spec;
	unsigned int size;
	unsigned int destination;
	unsigned int flow;
	u64 octets;
	struct bench_head heads[BENCH_SIZES_MAX];
	u8 payload[BENCH_BYTES_MAX];
};

/**
 * bench_parse() - reads "COUNT BYTES[,BYTES...] SADDR DADDR [DESTS [FLOWS]]"
 * @spec: what it says
 * @buf: the text
 *
 * Context: any.
 * Return: whether it makes sense.
 */
bool bench_parse(struct bench_spec *spec, const char *buf);

/**
 * bench_packets_init() - prepares for making packets
 * @packets: all of it is set
 * @spec: what they are to be like
 * @number: by it these packets are known
 * @mac: address of the device that is to receive them
 *
 * Context: any.
 */
void bench_packets_init(struct bench_packets *packets,
			const struct bench_spec *spec, u32 number,
			const u8 *mac);

/**
 * bench_packets_next() - makes a packet
 * @packets: where it comes from
 * @skb: empty, and with room for it in its linear part
 *
 * Context: not two at a time.
 */
void bench_packets_next(struct bench_packets *packets, struct sk_buff *skb);

/**
 * bench_is_packet() - is it as it was made, but for what routers change?
 * @skb: a frame
 * @number: the number that packets have to have
 *
 * Context: any.
 * Return: whether it is a packet of that number, or an answer to one.
 */
bool bench_is_packet(const struct sk_buff *skb, u32 number);

/**
 * bench_is_answer() - was it made by bench_answer()?
 * @skb: a frame that bench_is_packet() accepts
 *
 * Context: any.
 * Return: whether it is an answer.
 */
bool bench_is_answer(const struct sk_buff *skb);

/**
 * bench_answer() - exchanges the ends of a packet, which no checksum notices
 * @skb: a copy of a frame that bench_is_packet() accepts
 * @mac: address of the device that is to receive it
 *
 * Context: any.
 */
void bench_answer(struct sk_buff *skb, const u8 *mac);

#endif /* BENCH_PACKETS_H */
