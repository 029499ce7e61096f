/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What packet mode puts around a packet: the outer headers of RFC 4303 and, in
 * tunnel mode, what they take over from the packet inside (RFC 4301 section
 * 5.1.2, RFC 6040). The rules are those of the stack, so that an SA looks the
 * same on the wire in all modes. Nothing here knows of SAs beyond what
 * espsimd_encap_init() has read, or of devices.
 */
#ifndef ESPSIMD_ENCAP_H
#define ESPSIMD_ENCAP_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/esp.h>

struct xfrm_state;

/* Outer IP header, UDP header and ESP header with SPI and sequence number. */
#define ESPSIMD_ENCAP_MAX						\
	(sizeof(struct ipv6hdr) + sizeof(struct udphdr) +		\
	 sizeof(struct ip_esp_hdr))

/**
 * struct espsimd_encap - what is the same around all packets of an SA
 * @hdr: outer IP header in tunnel mode, UDP header if there is one, ESP header
 * @ip_sum: sum of the 16-bit words in network order of an IPv4 header in @hdr,
 *	folded once; what each packet has for itself is 0 in it (RFC 1071)
 * @len: length of @hdr in bytes
 * @ip_len: length of the outer IP header in @hdr in bytes; 0 in transport mode
 * @udp_len: length of the UDP header in @hdr in bytes, 0 without one
 * @family: AF_INET or AF_INET6, of the outer IP header
 * @copy_dscp: the outer DSCP is the inner one; otherwise it is 0
 * @copy_ecn: the outer ECN field follows the inner one
 * @copy_df: the outer DF bit is the inner one; otherwise it is clear
 */
struct espsimd_encap {
	u8 hdr[ESPSIMD_ENCAP_MAX];
	u16 ip_sum;
	u8 len;
	u8 ip_len;
	u8 udp_len;
	u8 family;
	bool copy_dscp;
	bool copy_ecn;
	bool copy_df;
};

/**
 * struct espsimd_encap_inner - what the outer header takes from the inner one
 * @dsfield: DSCP and ECN
 * @df: the packet must not be fragmented
 * @flow_lbl: IPv6 flow label; zero for IPv4
 * @ipproto: protocol number that says what it is: IPPROTO_IPIP or IPPROTO_IPV6
 */
struct espsimd_encap_inner {
	u8 dsfield;
	bool df;
	u8 flow_lbl[3];
	u8 ipproto;
};

/**
 * espsimd_encap_init() - prepare the headers of an SA
 * @encap: (output) the headers
 * @x: an outbound SA in tunnel or transport mode
 *
 * Context: Any context.
 */
void espsimd_encap_init(struct espsimd_encap *encap,
			const struct xfrm_state *x);

/**
 * espsimd_encap_read_inner() - what matters in a packet's IP header
 * @skb: the packet, its IP header linear at the network header
 * @inner: (output) what was read
 *
 * Context: Any context.
 * Return: false if it is neither IPv4 nor IPv6.
 */
bool __must_check espsimd_encap_read_inner(const struct sk_buff *skb,
					   struct espsimd_encap_inner *inner);

/**
 * espsimd_encap_tunnel() - put the headers of tunnel mode
 * @encap: the SA's headers
 * @hdr: (output) @encap->len bytes in front of the IV
 * @inner: of the packet inside
 * @ttl: TTL or hop limit
 * @id: identification for IPv4
 * @len: length of the packet in bytes, from @hdr to the end of the ICV
 *
 * The sequence number is left out; so is the UDP checksum.
 *
 * Context: Any context.
 */
void espsimd_encap_tunnel(const struct espsimd_encap *encap, u8 *hdr,
			  const struct espsimd_encap_inner *inner, u8 ttl,
			  u16 id, unsigned int len);

/**
 * espsimd_encap_transport() - put the headers of transport mode
 * @encap: the SA's headers
 * @hdr: the packet's own IP header of @ip_len bytes, and behind it @encap->len
 *	bytes of room for the other headers
 * @ip_len: length of the IP header in bytes, without IPv6 extensions
 * @len: length of the packet in bytes, from @hdr to the end of the ICV
 *
 * The sequence number is left out; so is the UDP checksum.
 *
 * Context: Any context.
 */
void espsimd_encap_transport(const struct espsimd_encap *encap, u8 *hdr,
			     unsigned int ip_len, unsigned int len);

/**
 * espsimd_encap_df() - may the packet be fragmented on its way?
 * @encap: the SA's headers
 * @inner: of the packet inside
 *
 * Context: Any context.
 * Return: true if the outer DF bit is set; RFC 6864 wants no unique
 * identification then.
 */
static inline bool espsimd_encap_df(const struct espsimd_encap *encap,
				    const struct espsimd_encap_inner *inner)
{
	return encap->copy_df && inner->df;
}

/**
 * espsimd_encap_udp6_csum() - the UDP checksum that IPv6 wants
 * @skb: a sealed packet, linear, its network and transport headers set
 *
 * Context: Any context.
 */
void espsimd_encap_udp6_csum(struct sk_buff *skb);

#endif /* ESPSIMD_ENCAP_H */
