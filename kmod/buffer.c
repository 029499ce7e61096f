// SPDX-License-Identifier: GPL-2.0
#include "buffer.h"

bool espsimd_buffer_owned(const struct sk_buff *skb)
{
	return !skb_shared(skb) && !skb_cloned(skb) && !skb_is_nonlinear(skb);
}

/* A page fragment where one is enough: they are several times cheaper. */
struct sk_buff *espsimd_buffer_new(unsigned int len)
{
	unsigned int size = SKB_DATA_ALIGN(len) +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *skb;
	void *data;

	if (size > PAGE_SIZE)
		return alloc_skb(len, GFP_ATOMIC | __GFP_NOWARN);

	data = napi_alloc_frag(size);
	if (!data)
		return NULL;

	skb = napi_build_skb(data, size);
	if (!skb)
		skb_free_frag(data);

	return skb;
}

struct sk_buff *espsimd_buffer_alloc(const struct sk_buff *skb,
				     unsigned int hlen)
{
	unsigned int headroom = skb_headroom(skb);
	unsigned int start = headroom;
	struct sk_buff *nskb;

	nskb = espsimd_buffer_new(headroom + skb->len);
	if (!nskb)
		return NULL;

	/* What is in front of the MAC header is room, not data. */
	if (skb_mac_header_was_set(skb))
		start = min_t(unsigned int, start, skb->mac_header);

	/* The same headroom, so that all header offsets stay true. */
	skb_reserve(nskb, headroom);
	skb_put(nskb, skb->len);
	memcpy(nskb->head + start, skb->head + start, headroom - start + hlen);
	skb_copy_header(nskb, skb);
	nskb->mac_len = skb->mac_len;

	return nskb;
}

unsigned int espsimd_buffer_segs(const struct sk_buff *skb,
				 unsigned int offset, unsigned int len,
				 struct espsimd_aead_seg *segs)
{
	unsigned int headlen = skb_headlen(skb);
	unsigned int i, size, nr = 0;

	if (offset < headlen && len) {
		size = min(len, headlen - offset);
		segs[nr++] = (struct espsimd_aead_seg) {
			.data = skb->data + offset,
			.len = size,
		};
		offset += size;
		len -= size;
	}
	offset -= headlen;

	for (i = 0; len && i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		size = skb_frag_size(frag);
		if (offset >= size) {
			offset -= size;
			continue;
		}

		size = min(len, size - offset);
		segs[nr++] = (struct espsimd_aead_seg) {
			.data = (u8 *)skb_frag_address(frag) + offset,
			.len = size,
		};
		offset = 0;
		len -= size;
	}

	return nr;
}
