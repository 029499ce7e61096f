/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arithmetic of ESP (RFC 4303, 4106, 3948): where things are in a packet,
 * sequence numbers, nonces, and what stands behind the payload.
 */
#ifndef ESPSIMD_ESP_H
#define ESPSIMD_ESP_H

#include <linux/skbuff.h>
#include <net/esp.h>

#include "aead/aead.h"
#include "sa.h"

/* ESP header and explicit IV, RFC 4303 section 2 and RFC 4106 section 3. */
#define ESPSIMD_ESP_HLEN \
	(sizeof(struct ip_esp_hdr) + ESPSIMD_AEAD_IV_LEN)

/*
 * Shortest ESP payload: pad length and next header, padded to 4 bytes
 * (RFC 4303 section 2.4).
 */
#define ESPSIMD_ESP_PAYLOAD_MIN	4

/**
 * enum espsimd_esp_kind - what a received frame is to the driver
 * @ESPSIMD_ESP_NONE: not ESP, or in a form that is left to the stack (IPv4
 *	options, IPv6 extension headers, IKE, NAT keepalives)
 * @ESPSIMD_ESP_FRAGMENT: a fragment of an ESP packet
 * @ESPSIMD_ESP_MALFORMED: ESP with lengths that contradict each other
 * @ESPSIMD_ESP_PACKET: a whole ESP packet
 */
enum espsimd_esp_kind {
	ESPSIMD_ESP_NONE,
	ESPSIMD_ESP_FRAGMENT,
	ESPSIMD_ESP_MALFORMED,
	ESPSIMD_ESP_PACKET,
};

/**
 * struct espsimd_esp_info - where ESP is in a received frame
 * @key: what to look its SA up by
 * @seq: sequence number on the wire
 * @offset: of the ESP header in bytes from skb->data
 * @end: of the ESP packet in bytes from skb->data, behind the ICV
 * @encap_dport: UDP destination port, 0 for plain ESP
 */
struct espsimd_esp_info {
	struct espsimd_sa_key key;
	u32 seq;
	unsigned int offset;
	unsigned int end;
	__be16 encap_dport;
};

/**
 * espsimd_esp_parse() - find ESP in a received frame
 * @skb: the frame, skb->data at the network header
 * @udp: look into UDP as well (RFC 3948)
 * @info: (output) valid if ESPSIMD_ESP_PACKET is returned
 *
 * Context: Any context.
 * Return: what the frame is.
 */
enum espsimd_esp_kind espsimd_esp_parse(const struct sk_buff *skb, bool udp,
					struct espsimd_esp_info *info);

/**
 * struct espsimd_esp_layout - where things are in a packet to seal
 * @offset: of the ESP header in bytes from skb->data
 * @len: length of the payload to encrypt in bytes
 * @inner_end: end of what is inside ESP, before padding, from skb->data
 * @seq: sequence number on the wire
 * @next_header: protocol of what is inside ESP
 */
struct espsimd_esp_layout {
	unsigned int offset;
	unsigned int len;
	unsigned int inner_end;
	u32 seq;
	u8 next_header;
};

/**
 * espsimd_esp_parse_tx() - find ESP in a packet to seal
 * @skb: the packet, laid out by the stack: header, room for the IV, payload,
 *	ESP trailer, room for the ICV. The transport header is where ESP, or
 *	UDP with ESP in it, begins.
 * @sa: its SA
 * @l: (output) valid if true is returned
 *
 * Context: Any context.
 * Return: true if everything that can be checked is right; headers up to and
 * including the IV are in the linear area then.
 */
bool __must_check espsimd_esp_parse_tx(const struct sk_buff *skb,
				       const struct espsimd_sa *sa,
				       struct espsimd_esp_layout *l);

/**
 * espsimd_esp_payload_len() - length of the encrypted payload
 * @len: bytes from the ESP header up to and including the ICV
 * @icv_len: length of the ICV in bytes
 * @payload: (output) length in bytes
 *
 * Context: Any context.
 * Return: false if @len is too short to be ESP.
 */
bool __must_check espsimd_esp_payload_len(unsigned int len,
					  unsigned int icv_len,
					  unsigned int *payload);

/**
 * espsimd_esp_pad_len() - length of the padding, RFC 4303 section 2.4
 * @len: bytes that go into ESP
 *
 * Context: Any context.
 * Return: number of bytes between them and the pad length field.
 */
static inline unsigned int espsimd_esp_pad_len(unsigned int len)
{
	/* Pad length and next header end the payload, aligned to 4 bytes. */
	return -(len + 2) & 3;
}

/**
 * espsimd_esp_put_trailer() - write padding, pad length and next header
 * @p: (output) where: @pad_len + 2 bytes
 * @pad_len: length of the padding in bytes
 * @next_header: protocol of what is inside ESP
 *
 * Context: Any context.
 */
static inline void espsimd_esp_put_trailer(u8 *p, u8 pad_len, u8 next_header)
{
	unsigned int i;

	/* RFC 4303 section 2.4: padding counts up from 1. */
	for (i = 1; i <= pad_len; i++)
		*p++ = i;
	*p++ = pad_len;
	*p = next_header;
}

/**
 * espsimd_esp_tx_seq() - 64-bit sequence number of a packet to send
 * @wire: low half, as in the ESP header
 * @low: low half in the packet's struct xfrm_offload
 * @high: high half there
 * @esn: extended sequence numbers are in use
 *
 * The stack counts struct xfrm_offload on by one when it has cut the packet
 * out of a GSO packet, so it may already have passed a wrap of the low half
 * that the packet itself is before.
 *
 * Context: Any context.
 * Return: the sequence number; the high half is 0 without @esn.
 */
u64 espsimd_esp_tx_seq(u32 wire, u32 low, u32 high, bool esn);

/**
 * espsimd_esp_set_aad() - additional authenticated data, RFC 4106 section 5
 * @msg: the message; its aad and aad_len are set
 * @spi: security parameters index
 * @seq: 64-bit sequence number
 * @esn: extended sequence numbers are in use
 *
 * Context: Any context.
 */
void espsimd_esp_set_aad(struct espsimd_aead_msg *msg, __be32 spi, u64 seq,
			 bool esn);

#endif /* ESPSIMD_ESP_H */
