// SPDX-License-Identifier: GPL-2.0
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/sock.h>

#include "esp.h"
#include "tx_fill.h"
#include "tx_gso.h"
#include "tx_packet.h"

/* What is cut here; other kinds are left to the stack's code. */
#define ESPSIMD_TX_GSO_TYPES						\
	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN |		\
	 SKB_GSO_TCP_FIXEDID | SKB_GSO_ESP)

/* The least that ESP puts in front of what has to fit into a job's prefix. */
#define ESPSIMD_TX_GSO_OUTER_MIN (sizeof(struct iphdr) + ESPSIMD_ESP_HLEN)

/* Only what is the same before and after the stack has put it into ESP. */
bool espsimd_tx_gso_fits(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	unsigned int room = ESPSIMD_PREFIX_MAX;
	const struct tcphdr *th;
	int start;

	if (!skb_is_gso(skb) || !skb_is_gso_tcp(skb) ||
	    shinfo->gso_type & ~ESPSIMD_TX_GSO_TYPES ||
	    shinfo->tx_flags & SKBTX_ANY_TSTAMP ||
	    skb->ip_summed != CHECKSUM_PARTIAL || skb_has_frag_list(skb) ||
	    !skb_frags_readable(skb))
		return false;

	start = skb_checksum_start_offset(skb);
	if (start < 0 || skb_headlen(skb) < start + sizeof(*th))
		return false;

	if (shinfo->gso_type & SKB_GSO_ESP)
		room += ESPSIMD_TX_GSO_OUTER_MIN;
	th = (void *)(skb->data + start);
	return th->doff * 4 >= sizeof(*th) &&
	       skb_headlen(skb) >= start + th->doff * 4 &&
	       start + th->doff * 4 - skb_network_offset(skb) <= room;
}

/* What both modes have in common, once the shape is known. */
static bool espsimd_tx_gso_start(struct espsimd_tx_gso *gso, unsigned int end)
{
	unsigned int start = skb_checksum_start_offset(gso->skb);
	const struct tcphdr *th = (void *)(gso->skb->data + start);
	unsigned int first = start + th->doff * 4;

	if (start < gso->shape.payload || first >= end ||
	    first - gso->shape.payload > ESPSIMD_PREFIX_MAX)
		return false;

	gso->tcp_len = th->doff * 4;
	gso->hdr_len = first - gso->shape.payload;
	gso->left = end - first;
	gso->mss = skb_shinfo(gso->skb)->gso_size;
	gso->frag = -1;
	gso->offset = first;
	/* TCP has left the pseudo header's sum there, for all of its bytes. */
	gso->pseudo = csum_sub(csum_unfold(th->check),
			       (__force __wsum)htonl(gso->tcp_len + gso->left));
	return true;
}

int espsimd_tx_gso_start_packet(struct espsimd_dev *priv,
				struct espsimd_tx_gso *gso, struct sk_buff *skb,
				struct espsimd_sa *sa, unsigned int *stat)
{
	*gso = (struct espsimd_tx_gso) {
		.skb = skb,
		.sa = sa,
	};

	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	if (!espsimd_tx_get_shape(skb, &sa->encap, &gso->inner, &gso->shape) ||
	    !espsimd_tx_gso_start(gso, skb->len))
		return -1;

	skb->mark = xfrm_smark_get(skb->mark, sa->x);
	*stat = ESPSIMD_STAT(TX_DROP_ROUTE);
	if (!espsimd_tx_find_path(priv, sa, skb, &gso->path))
		return -1;

	gso->id = espsimd_tx_ident(dev_net(priv->dev), &sa->encap, &gso->inner,
				   espsimd_tx_gso_segs(gso));
	return 0;
}

/*
 * The stack adds a trailer only to ESP in UDP. Returns the end of what is
 * inside, 0 if there is something wrong.
 */
static unsigned int espsimd_tx_gso_crypto_end(struct espsimd_tx_gso *gso)
{
	const struct xfrm_offload *xo = xfrm_offload(gso->skb);
	const struct sk_buff *skb = gso->skb;
	struct espsimd_esp_layout l;
	const struct ip_esp_hdr *esph;
	int offset;

	if (gso->sa->x->encap) {
		if (!espsimd_esp_parse_tx(skb, gso->sa, &l) ||
		    l.seq != xo->seq.low)
			return 0;
		gso->shape.payload = l.offset + ESPSIMD_ESP_HLEN;
		gso->shape.next_header = l.next_header;
		return l.inner_end;
	}

	offset = skb_transport_offset(skb);
	if (offset < 0 || offset + ESPSIMD_ESP_HLEN > skb_headlen(skb))
		return 0;
	esph = (void *)(skb->data + offset);
	if (esph->spi != gso->sa->x->id.spi)
		return 0;

	gso->shape.payload = offset + ESPSIMD_ESP_HLEN;
	gso->shape.next_header = xo->proto;
	return skb->len;
}

int espsimd_tx_gso_start_crypto(struct espsimd_tx_gso *gso,
				struct sk_buff *skb, struct espsimd_sa *sa,
				unsigned int *stat)
{
	const struct xfrm_offload *xo = xfrm_offload(skb);
	unsigned int end;

	*gso = (struct espsimd_tx_gso) {
		.skb = skb,
		.sa = sa,
	};

	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	end = espsimd_tx_gso_crypto_end(gso);
	if (!end || skb_network_offset(skb) < 0 ||
	    skb_network_offset(skb) > skb_transport_offset(skb) ||
	    !espsimd_tx_gso_start(gso, end))
		return -1;

	gso->shape.hdr_len = gso->shape.payload;
	gso->seq = espsimd_esp_tx_seq(xo->seq.low, xo->seq.low, xo->seq.hi,
				      sa->esn);
	/* More numbers than these the stack has not reserved. */
	if (espsimd_tx_gso_segs(gso) > skb_shinfo(skb)->gso_segs ||
	    xo->seq.low + espsimd_tx_gso_segs(gso) - 1 < xo->seq.low)
		return -1;

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

/* The identification that the segment has by the packet's own header. */
static void espsimd_tx_gso_set_id(const struct espsimd_tx_gso *gso,
				  struct iphdr *iph, bool fixed_id)
{
	if (!fixed_id)
		iph->id = htons(ntohs(iph->id) + gso->index);
}

/* Length and identification in an IP header, with @len bytes from it on. */
static void espsimd_tx_gso_set_ip(const struct espsimd_tx_gso *gso, void *hdr,
				  unsigned int len, bool fixed_id)
{
	struct ipv6hdr *ip6h = hdr;
	struct iphdr *iph = hdr;

	if (iph->version == 6) {
		ip6h->payload_len = htons(len - sizeof(*ip6h));
		return;
	}

	iph->tot_len = htons(len);
	espsimd_tx_gso_set_id(gso, iph, fixed_id);
	ip_send_check(iph);
}

/* The headers that each segment has inside of ESP, with @len bytes of TCP. */
static void espsimd_tx_gso_set_inner(const struct espsimd_tx_gso *gso,
				     u8 *hdr, unsigned int len, __wsum sum)
{
	bool fixed_id = skb_shinfo(gso->skb)->gso_type & SKB_GSO_TCP_FIXEDID;
	struct tcphdr *th = (void *)(hdr + gso->hdr_len - gso->tcp_len);

	if (gso->sa->x->props.mode == XFRM_MODE_TUNNEL)
		espsimd_tx_gso_set_ip(gso, hdr, gso->hdr_len + len, fixed_id);

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
	sum = csum_add(sum, gso->pseudo);
	sum = csum_add(sum, (__force __wsum)htonl(gso->tcp_len + len));
	th->check = csum_fold(sum);
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

/* Packet mode: new headers. */
static void espsimd_tx_gso_encap(struct espsimd_tx_gso *gso,
				 struct espsimd_job *job,
				 struct espsimd_aead_msg *msg)
{
	bool fixed_id = skb_shinfo(gso->skb)->gso_type & SKB_GSO_TCP_FIXEDID;
	const struct espsimd_encap *encap = &gso->sa->encap;

	if (!encap->ip_len) {
		memcpy(job->skb->data, skb_network_header(gso->skb),
		       gso->shape.ip_len);
		/* Encapsulation sets the length, and sums up. */
		if (encap->family == AF_INET)
			espsimd_tx_gso_set_id(gso, (void *)job->skb->data,
					      fixed_id);
	}
	espsimd_tx_start_job(job, msg, &gso->inner, &gso->shape, &gso->path,
			     gso->id ? gso->id + gso->index : 0, gso->seq);
}

/* Crypto mode: the headers that the stack has made. */
static void espsimd_tx_gso_copy_outer(struct espsimd_tx_gso *gso,
				      struct espsimd_job *job,
				      struct espsimd_aead_msg *msg)
{
	struct sk_buff *skb = job->skb;
	struct udphdr *uh;

	memcpy(skb->data, gso->skb->data, gso->shape.hdr_len);
	skb->protocol = gso->skb->protocol;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, skb_network_offset(gso->skb));
	skb_set_transport_header(skb, skb_transport_offset(gso->skb));
	skb_reset_mac_len(skb);
	*espsimd_tx_cb(skb) = (struct espsimd_tx_cb) {};

	espsimd_tx_gso_set_ip(gso, skb_network_header(skb),
			      skb->len - skb_network_offset(skb), false);
	if (gso->sa->x->encap) {
		uh = udp_hdr(skb);
		uh->len = htons(skb->len - skb_transport_offset(skb));
	}
	job->offset = gso->shape.hdr_len - ESPSIMD_ESP_HLEN;
	espsimd_tx_start_msg(job, msg, gso->shape.len + gso->shape.pad_len + 2,
			     gso->seq);
}

/* Returns the counter of the drop, or -1. */
static int espsimd_tx_gso_cut(struct espsimd_dev *priv,
			      struct espsimd_tx_gso *gso,
			      struct espsimd_burst *burst, unsigned int len)
{
	struct espsimd_aead_msg *msg;
	struct espsimd_job *job;
	__wsum sum;

	if (!gso->sa->packet && !espsimd_sa_claim_seq(gso->sa, gso->seq))
		return ESPSIMD_STAT(TX_DROP_SEQ_REUSE);

	job = espsimd_burst_next_job(burst, &msg);
	job->sa = gso->sa;
	espsimd_tx_set_len(&gso->shape, gso->hdr_len + len);
	job->skb = espsimd_tx_new_packet(priv, gso->sa, &gso->shape);
	if (!job->skb)
		return ESPSIMD_STAT(TX_DROP_NOMEM);

	espsimd_tx_gso_copy_meta(gso->skb, job->skb);
	if (gso->sa->packet)
		espsimd_tx_gso_encap(gso, job, msg);
	else
		espsimd_tx_gso_copy_outer(gso, job, msg);

	memcpy(job->prefix, gso->skb->data + gso->shape.payload, gso->hdr_len);
	job->segs[0].data = job->prefix;
	job->segs[0].len = gso->hdr_len;
	msg->nr_segs = 1;
	sum = espsimd_tx_gso_fill(gso, job, msg, len);
	espsimd_tx_gso_set_inner(gso, job->prefix, len, sum);
	espsimd_esp_put_trailer(job->trailer, gso->shape.pad_len,
				gso->shape.next_header);
	job->segs[msg->nr_segs].data = job->trailer;
	job->segs[msg->nr_segs].len = gso->shape.pad_len + 2;
	msg->nr_segs++;

	espsimd_burst_add_job(burst);
	return -1;
}

void espsimd_tx_gso_next(struct espsimd_dev *priv, struct espsimd_tx_gso *gso,
			 struct espsimd_burst *burst)
{
	unsigned int len = min(gso->left, gso->mss);
	int drop;

	drop = espsimd_tx_gso_cut(priv, gso, burst, len);
	if (unlikely(drop >= 0)) {
		espsimd_tx_gso_skip(gso, len);
		espsimd_sa_count_error(gso->sa);
		espsimd_stats_inc(priv->stats, drop);
	}

	gso->left -= len;
	gso->index++;
	gso->seq++;
}
