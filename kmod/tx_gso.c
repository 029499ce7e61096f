// SPDX-License-Identifier: GPL-2.0
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/sock.h>

#include "buffer.h"
#include "tx_fill.h"
#include "tx_gso.h"

/* What is cut here; other kinds are left to the stack's code. */
#define ESPSIMD_TX_GSO_TYPES						\
	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN |		\
	 SKB_GSO_TCP_FIXEDID)

/* Is there a plain IP header right in front of TCP? */
static bool espsimd_tx_gso_is_plain(const struct sk_buff *skb)
{
	unsigned int offset = skb_network_offset(skb);
	unsigned int ip_len = skb_transport_offset(skb) - offset;
	const struct iphdr *iph = ip_hdr(skb);

	if (skb_headlen(skb) < offset + sizeof(*iph))
		return false;
	if (skb->protocol == htons(ETH_P_IP))
		return iph->protocol == IPPROTO_TCP && ip_len == iph->ihl * 4 &&
		       !ip_is_fragment(iph);

	return skb->protocol == htons(ETH_P_IPV6) &&
	       ip_len == sizeof(struct ipv6hdr) &&
	       skb_headlen(skb) >= offset + ip_len &&
	       ipv6_hdr(skb)->nexthdr == IPPROTO_TCP;
}

bool espsimd_tx_gso_fits(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	int offset = skb_transport_offset(skb);

	return skb_is_gso(skb) && skb->ip_summed == CHECKSUM_PARTIAL &&
	       skb_is_gso_tcp(skb) &&
	       !(shinfo->gso_type & ~ESPSIMD_TX_GSO_TYPES) &&
	       !(shinfo->tx_flags & SKBTX_ANY_TSTAMP) &&
	       !skb->encapsulation && !skb_has_frag_list(skb) &&
	       skb_frags_readable(skb) &&
	       skb_transport_header_was_set(skb) && offset > 0 &&
	       skb_checksum_start_offset(skb) == offset &&
	       skb_headlen(skb) >= offset + sizeof(struct tcphdr) &&
	       skb_headlen(skb) >= offset + tcp_hdrlen(skb) &&
	       tcp_hdrlen(skb) >= sizeof(struct tcphdr) &&
	       skb->len > offset + tcp_hdrlen(skb) &&
	       skb_network_offset(skb) >= 0 && espsimd_tx_gso_is_plain(skb);
}

int espsimd_tx_gso_start(struct espsimd_dev *priv, struct espsimd_tx_gso *gso,
			 struct sk_buff *skb, struct espsimd_sa *sa,
			 unsigned int *stat)
{
	unsigned int offset = skb_transport_offset(skb);

	*gso = (struct espsimd_tx_gso) {
		.skb = skb,
		.sa = sa,
		.tcp_len = tcp_hdrlen(skb),
		.left = skb->len - offset - tcp_hdrlen(skb),
		.mss = skb_shinfo(skb)->gso_size,
		.frag = -1,
		.offset = offset + tcp_hdrlen(skb),
	};

	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	if (!espsimd_tx_get_shape(skb, &sa->encap, &gso->inner, &gso->shape))
		return -1;
	gso->hdr_len = offset + gso->tcp_len - gso->shape.payload;
	/* IP and TCP with all options. */
	if (gso->hdr_len > ESPSIMD_PREFIX_MAX)
		return -1;

	skb->mark = xfrm_smark_get(skb->mark, sa->x);
	*stat = ESPSIMD_STAT(TX_DROP_ROUTE);
	if (!espsimd_tx_find_path(priv, sa, skb, &gso->path))
		return -1;

	gso->id = espsimd_tx_ident(dev_net(priv->dev), &sa->encap, &gso->inner,
				   espsimd_tx_gso_segs(gso));
	return 0;
}

/* The next bytes of TCP, at most @max, as one piece. Returns its length. */
static unsigned int espsimd_tx_gso_piece(struct espsimd_tx_gso *gso,
					 unsigned int max, const u8 **data)
{
	const struct sk_buff *skb = gso->skb;
	const skb_frag_t *frag;
	unsigned int len;

	for (;;) {
		if (gso->frag < 0) {
			len = skb_headlen(skb) - gso->offset;
			*data = skb->data + gso->offset;
		} else {
			frag = &skb_shinfo(skb)->frags[gso->frag];
			len = skb_frag_size(frag) - gso->offset;
			*data = (u8 *)skb_frag_address(frag) + gso->offset;
		}
		if (len)
			break;
		gso->frag++;
		gso->offset = 0;
	}

	len = min(len, max);
	gso->offset += len;
	return len;
}

/* Source segments for @len bytes of TCP. Returns their checksum. */
static __wsum espsimd_tx_gso_fill(struct espsimd_tx_gso *gso,
				  struct espsimd_job *job,
				  struct espsimd_aead_msg *msg,
				  unsigned int len)
{
	unsigned int size, done;
	__wsum sum = 0;
	const u8 *data;

	for (done = 0; done < len; done += size) {
		size = espsimd_tx_gso_piece(gso, len - done, &data);
		job->segs[msg->nr_segs].data = data;
		job->segs[msg->nr_segs].len = size;
		msg->nr_segs++;
		sum = csum_block_add(sum, csum_partial(data, size, 0), done);
	}

	return sum;
}

/* Lengths and identification of the packet inside. */
static void espsimd_tx_gso_set_ip(const struct espsimd_tx_gso *gso, void *hdr,
				  unsigned int len)
{
	struct ipv6hdr *ip6h = hdr;
	struct iphdr *iph = hdr;

	if (gso->inner.ipproto == IPPROTO_IPV6) {
		ip6h->payload_len = htons(len - sizeof(*ip6h));
		return;
	}

	iph->tot_len = htons(len);
	if (!(skb_shinfo(gso->skb)->gso_type & SKB_GSO_TCP_FIXEDID))
		iph->id = htons(ntohs(iph->id) + gso->index);
	ip_send_check(iph);
}

/* The TCP header of the next segment, with @len bytes behind it. */
static void espsimd_tx_gso_set_tcp(const struct espsimd_tx_gso *gso,
				   struct tcphdr *th, unsigned int len,
				   __wsum sum)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(gso->skb);
	const struct iphdr *iph = ip_hdr(gso->skb);

	th->seq = htonl(ntohl(th->seq) + gso->index * gso->mss);
	/* Congestion is answered once; the end comes at the end. */
	if (gso->index)
		th->cwr = 0;
	if (len < gso->left) {
		th->fin = 0;
		th->psh = 0;
	}

	th->check = 0;
	sum = csum_partial(th, gso->tcp_len, sum);
	len += gso->tcp_len;
	if (gso->inner.ipproto == IPPROTO_IPV6)
		th->check = csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len,
					    IPPROTO_TCP, sum);
	else
		th->check = csum_tcpudp_magic(iph->saddr, iph->daddr, len,
					      IPPROTO_TCP, sum);
}

/* A segment is charged by itself, and the packet's own charge ends with it. */
static void espsimd_tx_gso_charge(const struct sk_buff *from,
				  struct sk_buff *skb)
{
	if (!espsimd_tx_is_charged(from))
		return;

	skb->sk = from->sk;
	skb->destructor = from->destructor;
	refcount_add(skb->truesize, &skb->sk->sk_wmem_alloc);
}

/* What queues and devices below may want to know. */
static void espsimd_tx_gso_copy_meta(const struct sk_buff *from,
				     struct sk_buff *skb)
{
	skb->priority = from->priority;
	skb->mark = from->mark;
	skb->tstamp = from->tstamp;
	skb->tstamp_type = from->tstamp_type;
	skb_copy_hash(skb, from);
	skb_copy_queue_mapping(skb, from);
	espsimd_tx_gso_charge(from, skb);
}

/* The bytes are passed over, as if they had been sent. */
static void espsimd_tx_gso_skip(struct espsimd_tx_gso *gso, unsigned int len)
{
	const u8 *data;

	while (len)
		len -= espsimd_tx_gso_piece(gso, len, &data);
}

static void espsimd_tx_gso_advance(struct espsimd_tx_gso *gso, unsigned int len)
{
	gso->left -= len;
	gso->index++;
	gso->seq++;
}

bool espsimd_tx_gso_next(struct espsimd_dev *priv, struct espsimd_tx_gso *gso,
			 struct espsimd_burst *burst)
{
	unsigned int len = min(gso->left, gso->mss);
	const struct sk_buff *skb = gso->skb;
	bool tunnel = gso->sa->encap.ip_len;
	struct espsimd_aead_msg *msg;
	struct espsimd_job *job;
	__wsum sum;

	job = espsimd_burst_next_job(burst, &msg);
	job->sa = gso->sa;
	espsimd_tx_set_len(&gso->shape, gso->hdr_len + len);
	job->skb = espsimd_tx_new_packet(priv, gso->sa, &gso->shape);
	if (!job->skb) {
		espsimd_tx_gso_skip(gso, len);
		espsimd_tx_gso_advance(gso, len);
		return false;
	}

	espsimd_tx_gso_copy_meta(skb, job->skb);
	memcpy(job->prefix, skb->data + gso->shape.payload, gso->hdr_len);
	if (tunnel) {
		espsimd_tx_gso_set_ip(gso, job->prefix, gso->hdr_len + len);
	} else {
		memcpy(job->skb->data, skb_network_header(skb),
		       gso->shape.ip_len);
		/* Encapsulation corrects the length, and sums up once more. */
		espsimd_tx_gso_set_ip(gso, job->skb->data,
				      gso->shape.ip_len + gso->hdr_len + len);
	}
	espsimd_tx_start_job(job, msg, &gso->inner, &gso->shape, &gso->path,
			     gso->id ? gso->id + gso->index : 0, gso->seq);

	job->segs[0].data = job->prefix;
	job->segs[0].len = gso->hdr_len;
	msg->nr_segs = 1;
	sum = espsimd_tx_gso_fill(gso, job, msg, len);
	espsimd_tx_gso_set_tcp(gso, (void *)(job->prefix + gso->hdr_len -
					     gso->tcp_len), len, sum);
	espsimd_tx_put_trailer(job->trailer, &gso->shape);
	job->segs[msg->nr_segs].data = job->trailer;
	job->segs[msg->nr_segs].len = gso->shape.pad_len + 2;
	msg->nr_segs++;

	espsimd_burst_add_job(burst);
	espsimd_tx_gso_advance(gso, len);
	return true;
}
