// SPDX-License-Identifier: GPL-2.0
#include <linux/audit.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/xfrm.h>

#include "esp.h"
#include "replay.h"
#include "rx_packet.h"
#include "stats.h"

/* ---- the SA's decision ---- */

bool espsimd_rx_packet_number(struct espsimd_sa *sa, struct sk_buff *skb,
			      const struct espsimd_esp_info *info, u64 *seq)
{
	struct xfrm_state *x = sa->x;
	enum espsimd_replay why;

	*seq = espsimd_replay_seq(x, info->seq);
	if (likely(espsimd_replay_check(x, *seq) == ESPSIMD_REPLAY_OK))
		return true;

	/* That was a hint. Counting wants the lock, and the truth. */
	spin_lock(&x->lock);
	*seq = espsimd_replay_seq(x, info->seq);
	why = espsimd_replay_check(x, *seq);
	espsimd_replay_count(x, why);
	spin_unlock(&x->lock);
	if (why == ESPSIMD_REPLAY_OK)
		return true;

	skb_set_transport_header(skb, info->offset);
	xfrm_audit_state_replay(x, skb, htonl(info->seq));
	XFRM_INC_STATS(xs_net(x), LINUX_MIB_XFRMINSTATESEQERROR);
	return false;
}

/* Read the trailer, RFC 4303 section 2. Returns false if it is none. */
static bool espsimd_rx_packet_read_trailer(struct espsimd_job *job,
					   const struct espsimd_aead_msg *msg)
{
	const u8 *trailer = msg->dst + msg->len - 2;

	if (trailer[0] + 2 > msg->len)
		return false;

	job->inner_len = msg->len - 2 - trailer[0];
	job->next_header = trailer[1];
	return true;
}

/* Under x->lock. Returns the counter of the drop, or -1. */
static int espsimd_rx_packet_decide(struct espsimd_job *job,
				    const struct espsimd_aead_msg *msg)
{
	struct xfrm_state *x = job->sa->x;
	struct net *net = xs_net(x);

	if (unlikely(job->done == ESPSIMD_DONE_ERROR)) {
		XFRM_INC_STATS(net, LINUX_MIB_XFRMINSTATEPROTOERROR);
		return ESPSIMD_STAT(RX_DROP_CRYPTO);
	}
	if (unlikely(!msg->authentic)) {
		skb_set_transport_header(job->skb, job->offset);
		xfrm_audit_state_icvfail(x, job->skb, IPPROTO_ESP);
		x->stats.integrity_failed++;
		XFRM_INC_STATS(net, LINUX_MIB_XFRMINSTATEPROTOERROR);
		return ESPSIMD_STAT(RX_DROP_AUTH);
	}
	if (unlikely(x->km.state != XFRM_STATE_VALID)) {
		XFRM_INC_STATS(net, LINUX_MIB_XFRMINSTATEINVALID);
		return ESPSIMD_STAT(RX_DROP_STATE);
	}
	if (unlikely(xfrm_state_check_expire(x))) {
		XFRM_INC_STATS(net, LINUX_MIB_XFRMINSTATEEXPIRED);
		return ESPSIMD_STAT(RX_DROP_STATE);
	}
	if (unlikely(!espsimd_rx_packet_read_trailer(job, msg))) {
		XFRM_INC_STATS(net, LINUX_MIB_XFRMINSTATEPROTOERROR);
		return ESPSIMD_STAT(RX_DROP_INNER);
	}
	if (unlikely(espsimd_replay_commit(x, job->seq) !=
		     ESPSIMD_REPLAY_OK)) {
		XFRM_INC_STATS(net, LINUX_MIB_XFRMINSTATESEQERROR);
		return ESPSIMD_STAT(RX_DROP_REPLAY);
	}

	x->curlft.bytes += job->inner_len;
	x->curlft.packets++;
	return -1;
}

void espsimd_rx_packet_commit(struct espsimd_burst *burst)
{
	struct espsimd_sa *sa = NULL;
	struct espsimd_job *job;
	unsigned int i;

	for (i = 0; i < burst->nr_jobs; i++) {
		job = &burst->jobs[i];
		if (!job->sa->packet)
			continue;

		if (job->sa != sa) {
			if (sa)
				spin_unlock(&sa->x->lock);
			sa = job->sa;
			spin_lock(&sa->x->lock);
			sa->x->lastused = ktime_get_real_seconds();
		}
		job->drop = espsimd_rx_packet_decide(job, &burst->msgs[i]);
	}
	if (sa)
		spin_unlock(&sa->x->lock);
}

/* ---- what is inside ---- */

/*
 * The peer's address is known only now that the packet is authentic: a NAT on
 * the way may have given it a new one. The key manager decides.
 */
static void espsimd_rx_packet_check_mapping(const struct espsimd_job *job)
{
	const struct sk_buff *skb = job->skb;
	struct xfrm_state *x = job->sa->x;
	const struct udphdr *uh;
	xfrm_address_t saddr = {};
	bool moved;

	uh = (void *)(skb->data + job->offset - sizeof(*uh));
	if (x->props.family == AF_INET) {
		saddr.a4 = ip_hdr(skb)->saddr;
		moved = saddr.a4 != x->props.saddr.a4;
	} else {
		saddr.in6 = ipv6_hdr(skb)->saddr;
		moved = !ipv6_addr_equal(&saddr.in6, &x->props.saddr.in6);
	}

	if (moved || uh->source != x->encap->encap_sport)
		km_new_mapping(x, &saddr, uh->source);
}

/* DSCP and ECN of the packet inside, RFC 4301 section 5.1.2 and RFC 6040. */
static void espsimd_rx_packet_set_ds4(const struct xfrm_state *x,
				      struct iphdr *iph, u8 outer)
{
	if (x->props.flags & XFRM_STATE_DECAP_DSCP)
		ipv4_copy_dscp(outer, iph);
	if (!(x->props.flags & XFRM_STATE_NOECN) && INET_ECN_is_ce(outer))
		IP_ECN_set_ce(iph);
}

static void espsimd_rx_packet_set_ds6(const struct xfrm_state *x,
				      struct sk_buff *skb,
				      struct ipv6hdr *ip6h, u8 outer)
{
	if (x->props.flags & XFRM_STATE_DECAP_DSCP)
		ipv6_copy_dscp(outer, ip6h);
	if (!(x->props.flags & XFRM_STATE_NOECN) && INET_ECN_is_ce(outer))
		IP6_ECN_set_ce(skb, ip6h);
}

/* Make what begins at skb->data the packet. */
static void espsimd_rx_packet_set_headers(struct sk_buff *skb, __be16 protocol)
{
	skb->protocol = protocol;
	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
	skb_mac_header_rebuild(skb);
	eth_hdr(skb)->h_proto = protocol;
	/* It was one of the packet around. */
	skb_clear_hash(skb);
}

static bool espsimd_rx_packet_strip_tunnel(struct espsimd_job *job)
{
	unsigned int hlen = job->offset + ESPSIMD_ESP_HLEN;
	const struct xfrm_state *x = job->sa->x;
	struct sk_buff *skb = job->skb;
	void *inner = skb->data + hlen;
	u8 outer;

	outer = x->props.family == AF_INET ? ip_hdr(skb)->tos :
					     ipv6_get_dsfield(ipv6_hdr(skb));
	switch (job->next_header) {
	case IPPROTO_IPIP:
		if (job->inner_len < sizeof(struct iphdr) ||
		    ((struct iphdr *)inner)->version != 4)
			return false;
		skb_pull(skb, hlen);
		espsimd_rx_packet_set_headers(skb, htons(ETH_P_IP));
		espsimd_rx_packet_set_ds4(x, inner, outer);
		return true;
	case IPPROTO_IPV6:
		if (job->inner_len < sizeof(struct ipv6hdr) ||
		    ((struct ipv6hdr *)inner)->version != 6)
			return false;
		skb_pull(skb, hlen);
		espsimd_rx_packet_set_headers(skb, htons(ETH_P_IPV6));
		espsimd_rx_packet_set_ds6(x, skb, inner, outer);
		return true;
	default:
		return false;
	}
}

static bool espsimd_rx_packet_strip_transport(struct espsimd_job *job)
{
	struct sk_buff *skb = job->skb;
	unsigned int ip_len = job->sa->x->props.family == AF_INET ?
				      sizeof(struct iphdr) :
				      sizeof(struct ipv6hdr);
	struct ipv6hdr *ip6h;
	struct iphdr *iph;
	void *hdr;

	/* Bring the IP header and what was in ESP together. */
	hdr = skb->data + job->offset + ESPSIMD_ESP_HLEN - ip_len;
	memmove(hdr, skb->data, ip_len);
	skb_pull(skb, job->offset + ESPSIMD_ESP_HLEN - ip_len);
	espsimd_rx_packet_set_headers(skb, skb->protocol);

	if (job->sa->x->props.family == AF_INET) {
		iph = hdr;
		iph->protocol = job->next_header;
		iph->tot_len = htons(skb->len);
		ip_send_check(iph);
	} else {
		ip6h = hdr;
		ip6h->nexthdr = job->next_header;
		ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
	}

	/* A NAT has made the inner checksum wrong (RFC 3948 section 3.1.2). */
	if (job->encap)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	return true;
}

bool espsimd_rx_packet_strip(struct espsimd_job *job)
{
	unsigned int hlen = job->offset + ESPSIMD_ESP_HLEN;
	struct sk_buff *skb = job->skb;

	/* Whatever was known about checksums was about the ciphertext. */
	skb->ip_summed = CHECKSUM_NONE;
	if (job->encap)
		espsimd_rx_packet_check_mapping(job);
	/* The packet is linear and ours. */
	__skb_trim(skb, hlen + job->inner_len);

	if (job->sa->x->props.mode == XFRM_MODE_TUNNEL)
		return espsimd_rx_packet_strip_tunnel(job);

	return espsimd_rx_packet_strip_transport(job);
}
