// SPDX-License-Identifier: GPL-2.0
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/udp.h>
#include <net/xfrm.h>

#include "burst.h"
#include "dev.h"
#include "esp.h"
#include "queue.h"
#include "rx_packet.h"
#include "rx_policy.h"
#include "rxtx.h"
#include "tally.h"

rx_handler_result_t espsimd_rx_handler(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct espsimd_dev *priv;
	struct espsimd_cpu *cpu;

	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;

	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb))
		return RX_HANDLER_CONSUMED;
	*pskb = skb;

	priv = rcu_dereference(skb->dev->rx_handler_data);
	skb->dev = priv->dev;
	if (unlikely(!netif_running(priv->dev))) {
		dev_core_stats_rx_dropped_inc(priv->dev);
		kfree_skb_reason(skb, SKB_DROP_REASON_DEV_READY);
		return RX_HANDLER_CONSUMED;
	}

	cpu = this_cpu_ptr(priv->cpus);
	if (unlikely(!espsimd_queue_add(&cpu->rx_queue, &cpu->rx_napi, skb)))
		espsimd_stats_drop(priv->stats, skb,
				   ESPSIMD_STAT(RX_DROP_BACKLOG));

	return RX_HANDLER_CONSUMED;
}

/* Is this a frame that the device could have an SA for at all? */
static bool espsimd_rx_eligible(const struct espsimd_dev *priv,
				const struct sk_buff *skb)
{
	/*
	 * Tagged frames belong to a VLAN device on top, frames for other hosts
	 * to nobody here.
	 */
	return priv->dev->features & NETIF_F_HW_ESP &&
	       skb->pkt_type == PACKET_HOST && !skb_vlan_tag_present(skb);
}

/* Describe the message; the packet is skb or, if that is a copy, orig. */
static void espsimd_rx_fill_msg(struct espsimd_job *job,
				struct espsimd_aead_msg *msg,
				const struct espsimd_esp_info *info,
				unsigned int len)
{
	const struct sk_buff *src = job->orig ?: job->skb;
	unsigned int payload = info->offset + ESPSIMD_ESP_HLEN;
	struct espsimd_sa *sa = job->sa;

	espsimd_esp_set_aad(msg, info->key.spi, job->seq, sa->esn);
	/* The header up to the IV is linear in both. */
	memcpy(msg->iv, job->skb->data + payload - sizeof(msg->iv),
	       sizeof(msg->iv));

	msg->key = sa->aead;
	msg->src = job->segs;
	msg->dst = job->skb->data + payload;
	msg->len = len;
	if (!job->orig) {
		job->segs[0].data = msg->dst;
		job->segs[0].len = len;
		msg->nr_segs = 1;
		msg->tag = msg->dst + len;
		return;
	}

	if (skb_has_frag_list(src)) {
		/* Rare: gather it first, then open it in place. */
		skb_copy_bits(src, payload, msg->dst, len);
		job->segs[0].data = msg->dst;
		job->segs[0].len = len;
		msg->nr_segs = 1;
	} else {
		msg->nr_segs = espsimd_buffer_segs(src, payload, len,
						   job->segs);
	}
	/* The stack expects an ICV behind the payload; it is no secret. */
	msg->tag = msg->dst + len;
	skb_copy_bits(src, payload + len, msg->tag, sa->icv_len);
}

/*
 * The security path that tells the stack which SA the packet came through, and
 * with @offload also that the device has done it all. Takes over a reference,
 * which it drops if there is no memory.
 */
static bool espsimd_rx_set_secpath(struct sk_buff *skb,
				   const struct espsimd_sa *sa, bool offload)
{
	struct sec_path *sp = secpath_set(skb);

	if (!sp) {
		xfrm_state_put(sa->x);
		return false;
	}

	sp->xvec[sp->len++] = sa->x;
	if (offload)
		sp->olen++;
	return true;
}

/*
 * Make the packet writable for us: job->skb, with job->orig set if it had to
 * be a new one. Returns false, with the packet still job->skb, without memory.
 */
static bool espsimd_rx_own(struct espsimd_dev *priv, struct espsimd_job *job,
			   unsigned int end)
{
	unsigned int hlen = job->offset + ESPSIMD_ESP_HLEN;
	struct sk_buff *skb = job->skb, *nskb;

	/* Ethernet padding would otherwise end up behind the ICV. */
	if (unlikely(pskb_trim_rcsum(skb, end)))
		return false;
	if (likely(espsimd_buffer_owned(skb)))
		return true;
	if (!pskb_may_pull(skb, hlen))
		return false;

	nskb = espsimd_buffer_alloc(skb, hlen);
	if (!nskb)
		return false;

	espsimd_stats_inc(priv->stats, ESPSIMD_STAT(RX_COPIED));
	job->orig = skb;
	job->skb = nskb;
	return true;
}

/*
 * What has to be done before a packet of packet mode is opened. Returns the
 * counter of the drop, or -1.
 */
static int espsimd_rx_prepare_packet(struct espsimd_dev *priv,
				     struct espsimd_job *job,
				     const struct espsimd_esp_info *info)
{
	/* The audit log reads the IP header of a replay. */
	if (!pskb_may_pull(job->skb, info->offset))
		return ESPSIMD_STAT(RX_DROP_NOMEM);
	/* Replays are not even worth a copy. */
	if (!espsimd_rx_packet_number(job->sa, job->skb, info, &job->seq))
		return ESPSIMD_STAT(RX_DROP_REPLAY);
	if (!espsimd_rx_own(priv, job, info->end))
		return ESPSIMD_STAT(RX_DROP_NOMEM);

	return -1;
}

/* The same in crypto mode, where it also consumes the reference. */
static int espsimd_rx_prepare_crypto(struct espsimd_dev *priv,
				     struct espsimd_job *job,
				     const struct espsimd_esp_info *info)
{
	struct xfrm_state *x = job->sa->x;

	if (!espsimd_rx_own(priv, job, info->end)) {
		xfrm_state_put(x);
		return ESPSIMD_STAT(RX_DROP_NOMEM);
	}
	if (!espsimd_rx_set_secpath(job->skb, job->sa, true))
		return ESPSIMD_STAT(RX_DROP_NOMEM);

	job->seq = (u64)xfrm_replay_seqhi(x, htonl(info->seq)) << 32 |
		   info->seq;
	return -1;
}

/*
 * Add a job for an ESP packet whose SA was found. Consumes the packet, and in
 * crypto mode the reference.
 */
static void espsimd_rx_add_job(struct espsimd_dev *priv,
			       struct espsimd_burst *burst,
			       struct sk_buff *skb, struct espsimd_sa *sa,
			       const struct espsimd_esp_info *info,
			       unsigned int len)
{
	struct espsimd_aead_msg *msg;
	struct espsimd_job *job;
	int drop;

	job = espsimd_burst_next_job(burst, &msg);
	job->skb = skb;
	job->sa = sa;
	job->offset = info->offset;
	job->encap = info->encap_dport;

	drop = sa->packet ? espsimd_rx_prepare_packet(priv, job, info) :
			    espsimd_rx_prepare_crypto(priv, job, info);
	if (unlikely(drop >= 0)) {
		consume_skb(job->orig);
		espsimd_sa_count_error(sa);
		espsimd_stats_drop(priv->stats, job->skb, drop);
		return;
	}

	/*
	 * esp4_gro_receive() would do this for packets that it looks up
	 * itself; for ours it trusts the driver.
	 */
	job->skb->mark = xfrm_smark_get(job->skb->mark, sa->x);

	espsimd_rx_fill_msg(job, msg, info, len);
	espsimd_burst_add_job(burst);
}

/* Why an ESP packet is passed on as it is, or -1 if it is ours. */
static int espsimd_rx_refuse(const struct sk_buff *skb,
			     const struct espsimd_sa *sa,
			     const struct espsimd_esp_info *info,
			     unsigned int *len)
{
	if (!sa)
		/* A foreign UDP port is no miss, it may not be ESP at all. */
		return info->encap_dport ? ESPSIMD_STAT(RX_PASSED) :
					   ESPSIMD_STAT(RX_NO_SA);
	if (!espsimd_esp_payload_len(info->end - info->offset, sa->icv_len,
				     len))
		return ESPSIMD_STAT(RX_MALFORMED);
	if (skb_sec_path(skb))
		return ESPSIMD_STAT(RX_SECPATH);
	if (!sa->packet && !espsimd_sa_hold_state(sa))
		return ESPSIMD_STAT(RX_NO_SA);

	return -1;
}

/*
 * The SA of a packet. Packets come in runs, so the one of the packet before
 * is looked at first; it is as good as found anew, within one RCU read side.
 */
static struct espsimd_sa *espsimd_rx_find_sa(struct espsimd_dev *priv,
					     const struct espsimd_burst *burst,
					     const struct espsimd_esp_info *i,
					     u32 mark)
{
	const struct espsimd_job *last;

	if (burst->nr_jobs) {
		last = &burst->jobs[burst->nr_jobs - 1];
		if (last->sa->key.spi == i->key.spi &&
		    espsimd_sa_fits(last->sa, &i->key, mark, i->encap_dport))
			return last->sa;
	}

	return espsimd_sa_find_in(priv, &i->key, mark, i->encap_dport);
}

/* Sort a frame into the burst: a job, or passed on, or dropped. */
static void espsimd_rx_classify(struct espsimd_dev *priv,
				struct espsimd_burst *burst,
				struct sk_buff *skb)
{
	enum espsimd_esp_kind kind = ESPSIMD_ESP_NONE;
	struct espsimd_esp_info info;
	struct espsimd_sa *sa;
	unsigned int len;
	int stat;

	if (espsimd_rx_eligible(priv, skb))
		kind = espsimd_esp_parse(skb, atomic_read(&priv->nr_encap),
					 &info);

	switch (kind) {
	case ESPSIMD_ESP_NONE:
		stat = ESPSIMD_STAT(RX_PASSED);
		break;
	case ESPSIMD_ESP_FRAGMENT:
		stat = ESPSIMD_STAT(RX_FRAGMENT);
		break;
	case ESPSIMD_ESP_MALFORMED:
		stat = ESPSIMD_STAT(RX_MALFORMED);
		break;
	case ESPSIMD_ESP_PACKET:
		sa = espsimd_rx_find_sa(priv, burst, &info, skb->mark);
		stat = espsimd_rx_refuse(skb, sa, &info, &len);
		if (stat >= 0)
			break;
		if (likely(skb_frags_readable(skb))) {
			espsimd_rx_add_job(priv, burst, skb, sa, &info, len);
		} else {
			if (!sa->packet)
				xfrm_state_put(sa->x);
			espsimd_stats_drop(priv->stats, skb,
					   ESPSIMD_STAT(RX_DROP_UNREADABLE));
		}
		return;
	}

	if (unlikely(!espsimd_rx_policy_clear_ok(priv, skb))) {
		XFRM_INC_STATS(dev_net(priv->dev),
			       LINUX_MIB_XFRMINTMPLMISMATCH);
		espsimd_stats_drop(priv->stats, skb,
				   ESPSIMD_STAT(RX_DROP_CLEAR));
		return;
	}

	espsimd_stats_inc(priv->stats, stat);
	espsimd_burst_pass(burst, skb);
}

/*
 * Tell the stack what to make of a packet that was taken out of ESP. Returns
 * the counter of the drop, or -1.
 */
static int espsimd_rx_vouch(struct espsimd_dev *priv, struct espsimd_job *job,
			    struct espsimd_rx_last *last)
{
	enum espsimd_rx_verdict verdict;
	struct espsimd_sa *sa = job->sa;
	struct net *net = dev_net(priv->dev);
	struct xfrm_offload *xo;

	verdict = espsimd_rx_policy_judge(priv, sa, job->skb, last);
	if (unlikely(verdict == ESPSIMD_RX_BLOCK)) {
		XFRM_INC_STATS(net, LINUX_MIB_XFRMINPOLBLOCK);
		return ESPSIMD_STAT(RX_DROP_POLICY);
	}
	if (unlikely(verdict == ESPSIMD_RX_REFUSE)) {
		XFRM_INC_STATS(net, LINUX_MIB_XFRMINTMPLMISMATCH);
		return ESPSIMD_STAT(RX_DROP_POLICY);
	}

	if (!espsimd_sa_hold_state(sa))
		return ESPSIMD_STAT(RX_DROP_STATE);
	if (!espsimd_rx_set_secpath(job->skb, sa, verdict == ESPSIMD_RX_ACCEPT))
		return ESPSIMD_STAT(RX_DROP_NOMEM);

	xo = xfrm_offload(job->skb);
	if (likely(xo)) {
		xo->flags = CRYPTO_DONE;
		xo->status = CRYPTO_SUCCESS;
	} else {
		espsimd_stats_inc(priv->stats, ESPSIMD_STAT(RX_POLICY_STACK));
	}
	return -1;
}

/* Packet mode. Returns NULL if the packet was dropped. */
static struct sk_buff *espsimd_rx_finish_packet(struct espsimd_dev *priv,
						struct espsimd_job *job,
						struct espsimd_rx_last *last)
{
	struct net *net = dev_net(priv->dev);
	int drop = job->drop;

	if (unlikely(drop >= 0))
		goto drop;

	/* RFC 4303 section 2.6: there to hide when there is nothing to send. */
	drop = ESPSIMD_STAT(RX_DROP_DUMMY);
	if (unlikely(job->next_header == IPPROTO_NONE))
		goto drop;

	drop = ESPSIMD_STAT(RX_DROP_INNER);
	if (unlikely(!espsimd_rx_packet_strip(job))) {
		XFRM_INC_STATS(net, LINUX_MIB_XFRMINSTATEMODEERROR);
		goto drop;
	}

	drop = espsimd_rx_vouch(priv, job, last);
	if (likely(drop < 0))
		return job->skb;

drop:
	espsimd_sa_count_error(job->sa);
	espsimd_stats_drop(priv->stats, job->skb, drop);
	return NULL;
}

/* Tell the stack how it went. Returns NULL if the packet was dropped. */
static struct sk_buff *espsimd_rx_finish(struct espsimd_dev *priv,
					 struct espsimd_job *job,
					 const struct espsimd_aead_msg *msg)
{
	struct sk_buff *skb = job->skb;
	struct espsimd_sa *sa = job->sa;
	struct xfrm_offload *xo;

	if (unlikely(job->done == ESPSIMD_DONE_ERROR)) {
		espsimd_sa_count_error(sa);
		espsimd_stats_drop(priv->stats, skb,
				   ESPSIMD_STAT(RX_DROP_CRYPTO));
		return NULL;
	}

	/* Whatever was known about checksums was about the ciphertext. */
	skb->ip_summed = CHECKSUM_NONE;

	xo = xfrm_offload(skb);
	xo->flags = CRYPTO_DONE;
	if (likely(msg->authentic)) {
		xo->status = CRYPTO_SUCCESS;
	} else {
		xo->status = sa->x->props.mode == XFRM_MODE_TUNNEL ?
				     CRYPTO_TUNNEL_ESP_AUTH_FAILED :
				     CRYPTO_TRANSPORT_ESP_AUTH_FAILED;
		espsimd_sa_count_error(sa);
		espsimd_stats_inc(priv->stats, ESPSIMD_STAT(RX_AUTH_FAIL));
	}

	return skb;
}

/*
 * ESP in UDP must not go up through the UDP socket now that it has a security
 * path: the socket's own policy check would hold the tunnel's SA against the
 * outer packet. It enters the stack where UDP GRO would have brought it.
 */
static void espsimd_rx_input_encap(struct sk_buff *skb, unsigned int offset)
{
	struct xfrm_spi_skb_cb *cb = XFRM_SPI_SKB_CB(skb);
	const struct ip_esp_hdr *esph;

	skb_reset_network_header(skb);
	skb_reset_mac_len(skb);
	__skb_pull(skb, offset);
	skb_reset_transport_header(skb);
	esph = ip_esp_hdr(skb);

	/* The tunnel pointers of both families are one word. */
	XFRM_TUNNEL_SKB_CB(skb)->tunnel.ip4 = NULL;
	cb->seq = esph->seq_no;
	if (skb->protocol == htons(ETH_P_IP)) {
		cb->family = AF_INET;
		cb->daddroff = offsetof(struct iphdr, daddr);
	} else {
		cb->family = AF_INET6;
		cb->daddroff = offsetof(struct ipv6hdr, daddr);
	}
	xfrm_offload(skb)->flags |= XFRM_GRO;

	/* Consumes the packet whatever it answers. */
	xfrm_input(skb, IPPROTO_ESP, esph->spi, UDP_ENCAP_ESPINUDP);
}

static void espsimd_rx_count(struct espsimd_dev *priv,
			     const struct espsimd_burst *burst)
{
	struct espsimd_tally total;

	if (!burst->nr_jobs)
		return;

	espsimd_tally_burst(burst, false, &total);
	espsimd_stats_add(priv->stats, ESPSIMD_STAT(RX_IPSEC), total.packets);
	espsimd_stats_add(priv->stats, ESPSIMD_STAT(RX_IPSEC_BYTES),
			  total.bytes);
	espsimd_stats_add(priv->stats, ESPSIMD_STAT(RX_SIMD),
			  total.packets - total.fallback);
	espsimd_stats_add(priv->stats, ESPSIMD_STAT(RX_FALLBACK),
			  total.fallback);
}

/*
 * GRO takes the fragments out of what it merges, and a clone has them together
 * with others: a capture on the lower device, or TCP's queue for sending again
 * if the sender is at the other end of a veth.
 */
static void espsimd_rx_gro(struct espsimd_dev *priv, struct espsimd_cpu *cpu,
			   struct sk_buff *skb)
{
	if (unlikely(skb_unclone(skb, GFP_ATOMIC))) {
		espsimd_stats_drop(priv->stats, skb,
				   ESPSIMD_STAT(RX_DROP_NOMEM));
		return;
	}

	napi_gro_receive(&cpu->rx_napi, skb);
}

static void espsimd_rx_deliver(struct espsimd_dev *priv,
			       struct espsimd_cpu *cpu)
{
	struct espsimd_burst *burst = cpu->rx;
	struct espsimd_rx_last last = {};
	struct espsimd_frame *frame;
	struct espsimd_job *job;
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < burst->nr_frames; i++) {
		frame = &burst->frames[i];
		job = frame->skb ? NULL : &burst->jobs[frame->job];
		skb = frame->skb;
		if (job && job->sa->packet)
			skb = espsimd_rx_finish_packet(priv, job, &last);
		else if (job)
			skb = espsimd_rx_finish(priv, job,
						&burst->msgs[frame->job]);
		if (!skb)
			continue;

		dev_sw_netstats_rx_add(priv->dev, skb->len + ETH_HLEN);
		if (job && job->encap && !job->sa->packet)
			espsimd_rx_input_encap(skb, job->offset);
		else
			espsimd_rx_gro(priv, cpu, skb);
	}
}

int espsimd_rx_poll(struct napi_struct *napi, int budget)
{
	struct espsimd_cpu *cpu = container_of(napi, struct espsimd_cpu,
					       rx_napi);
	struct espsimd_dev *priv = espsimd_dev_priv(napi->dev);
	struct espsimd_burst *burst = cpu->rx;
	struct sk_buff_head frames;
	struct sk_buff *skb;
	int nr;

	nr = espsimd_queue_take(&cpu->rx_queue, &frames,
				min(budget, ESPSIMD_BURST));

	rcu_read_lock();
	espsimd_burst_start(burst);
	while ((skb = __skb_dequeue(&frames)))
		espsimd_rx_classify(priv, burst, skb);
	espsimd_burst_crypt(burst, READ_ONCE(priv->tier), false);
	espsimd_rx_packet_commit(burst);
	espsimd_rx_count(priv, burst);
	espsimd_rx_deliver(priv, cpu);
	rcu_read_unlock();

	return espsimd_queue_done(&cpu->rx_queue, napi, nr, budget);
}
