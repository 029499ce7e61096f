// SPDX-License-Identifier: GPL-2.0
#include <linux/unaligned.h>
#include <net/sock.h>
#include <net/xfrm.h>

#include "burst.h"
#include "dev.h"
#include "esp.h"
#include "gso.h"
#include "rxtx.h"
#include "tally.h"

/* Of struct xfrm_offload, what a frame is to this device. */
enum espsimd_tx_kind {
	ESPSIMD_TX_PASS,
	ESPSIMD_TX_SEAL,
	ESPSIMD_TX_DROP,
};

static void espsimd_tx_drop(struct espsimd_dev *priv, struct sk_buff *skb,
			    unsigned int stat)
{
	espsimd_stats_inc(priv->stats, stat);
	kfree_skb(skb);
}

/* Does the stack ask us to seal this frame? *stat gets the drop's reason. */
static enum espsimd_tx_kind espsimd_tx_kind(struct sk_buff *skb,
					    unsigned int *stat)
{
	const struct xfrm_offload *xo = xfrm_offload(skb);
	const struct sec_path *sp;

	if (likely(!xo))
		return ESPSIMD_TX_PASS;

	sp = skb_sec_path(skb);
	/* The path of a received packet; validate_xmit_xfrm() skips it too. */
	if (xo->flags & XFRM_GRO ||
	    sp->xvec[sp->len - 1]->xso.dir == XFRM_DEV_OFFLOAD_IN)
		return ESPSIMD_TX_PASS;

	if (sp->len != 1) {
		*stat = ESPSIMD_STAT(TX_DROP_SECPATH);
		return ESPSIMD_TX_DROP;
	}
	/*
	 * Without XFRM_XMIT the stack has not finished the packet, with GSO it
	 * has not cut it, and what it cuts of ESP in UDP is garbage. None of
	 * them may leave.
	 */
	if (!(xo->flags & XFRM_XMIT) || skb_is_gso(skb) ||
	    espsimd_gso_miscut(skb)) {
		*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
		return ESPSIMD_TX_DROP;
	}

	return ESPSIMD_TX_SEAL;
}

/*
 * With HW_ESP_TX_CSUM the inner checksum is still to be done, over what is
 * inside ESP, without padding and trailer. *field gets the place of its 16
 * bits from skb->data and *csum the value. False if it cannot be right.
 */
static bool espsimd_tx_csum(struct sk_buff *skb,
			    const struct espsimd_esp_layout *l,
			    unsigned int *field, __sum16 *csum)
{
	int start = skb_checksum_start_offset(skb);
	__wsum sum;

	if (start < (int)(l->offset + ESPSIMD_ESP_HLEN) ||
	    start + skb->csum_offset + sizeof(*csum) > l->inner_end ||
	    skb_csum_is_sctp(skb))
		return false;

	sum = skb_checksum(skb, start, l->inner_end - start, 0);
	*field = start + skb->csum_offset;
	*csum = csum_fold(sum) ?: CSUM_MANGLED_0;
	return true;
}

/*
 * Move the socket's charge from the packet to its replacement, so that the
 * socket keeps feeling the queues below. The stack itself relies on packets
 * in this place being charged to full sockets (see esp_output_head()).
 */
static void espsimd_tx_move_owner(struct sk_buff *to, struct sk_buff *from)
{
	struct sock *sk = from->sk;
	int delta = to->truesize - from->truesize;

	if (!sk || !sk_fullsock(sk) || !from->destructor ||
	    from->destructor == sock_efree || from->destructor == sock_edemux)
		return;

	to->sk = sk;
	to->destructor = from->destructor;
	from->sk = NULL;
	from->destructor = NULL;
	if (delta >= 0)
		refcount_add(delta, &sk->sk_wmem_alloc);
	else
		WARN_ON_ONCE(refcount_sub_and_test(-delta,
						   &sk->sk_wmem_alloc));
}

/* Source and destination are the packet itself. */
static void espsimd_tx_fill_in_place(struct espsimd_job *job,
				     struct espsimd_aead_msg *msg,
				     unsigned int field, __sum16 csum)
{
	if (field)
		put_unaligned(csum, (__sum16 *)(job->skb->data + field));

	job->segs[0].data = msg->dst;
	job->segs[0].len = msg->len;
	msg->nr_segs = 1;
}

/* The source is the original packet, which is only read. */
static void espsimd_tx_fill_copy(struct espsimd_job *job,
				 struct espsimd_aead_msg *msg,
				 unsigned int payload, unsigned int field,
				 __sum16 csum)
{
	unsigned int head = field ? field + sizeof(csum) - payload : 0;

	if (skb_has_frag_list(job->orig) || head > sizeof(job->prefix)) {
		/* Rare: gather it first, then seal it in place. */
		skb_copy_bits(job->orig, payload, msg->dst, msg->len);
		espsimd_tx_fill_in_place(job, msg, field, csum);
		return;
	}

	if (head) {
		skb_copy_bits(job->orig, payload, job->prefix, head);
		put_unaligned(csum, (__sum16 *)(job->prefix + head) - 1);
		job->segs[0].data = job->prefix;
		job->segs[0].len = head;
		msg->nr_segs = 1;
	}
	msg->nr_segs += espsimd_buffer_segs(job->orig, payload + head,
					    msg->len - head,
					    job->segs + msg->nr_segs);
}

/* Make job->skb writable for us. */
static bool espsimd_tx_own(struct espsimd_dev *priv, struct espsimd_job *job,
			   struct sk_buff *skb, unsigned int hlen)
{
	struct sk_buff *nskb;

	job->skb = skb;
	if (espsimd_buffer_owned(skb))
		return true;

	nskb = espsimd_buffer_alloc(skb, hlen);
	if (!nskb)
		return false;

	espsimd_stats_inc(priv->stats, ESPSIMD_STAT(TX_COPIED));
	espsimd_tx_move_owner(nskb, skb);
	job->orig = skb;
	job->skb = nskb;
	return true;
}

/* Add a job for a packet of @sa. Returns 0 or -1 and the drop's reason. */
static int espsimd_tx_add_job(struct espsimd_dev *priv,
			      struct espsimd_burst *burst, struct sk_buff *skb,
			      struct espsimd_sa *sa, unsigned int *stat)
{
	const struct xfrm_offload *xo = xfrm_offload(skb);
	struct espsimd_esp_layout l;
	struct espsimd_aead_msg *msg;
	struct espsimd_job *job;
	unsigned int payload, field = 0;
	__sum16 csum = 0;
	u64 seq;

	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	if (!espsimd_esp_parse_tx(skb, sa, &l))
		return -1;
	payload = l.offset + ESPSIMD_ESP_HLEN;

	*stat = ESPSIMD_STAT(TX_DROP_UNREADABLE);
	if (!skb_frags_readable(skb))
		return -1;

	*stat = ESPSIMD_STAT(TX_DROP_CSUM);
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    !espsimd_tx_csum(skb, &l, &field, &csum))
		return -1;

	*stat = ESPSIMD_STAT(TX_DROP_SEQ_REUSE);
	seq = espsimd_esp_tx_seq(l.seq, xo->seq.low, xo->seq.hi, sa->esn);
	if (!espsimd_sa_claim_seq(sa, seq))
		return -1;

	/*
	 * The security path has told what it had to. Without it a copy need
	 * not have one, and the frame is an ordinary one when it leaves.
	 */
	secpath_reset(skb);

	*stat = ESPSIMD_STAT(TX_DROP_NOMEM);
	job = espsimd_burst_next_job(burst, &msg);
	if (!espsimd_tx_own(priv, job, skb, payload))
		return -1;
	job->sa = sa;
	job->offset = l.offset;

	espsimd_esp_set_aad(msg, sa->x->id.spi, seq, sa->esn);
	put_unaligned_be64(seq, msg->iv);
	memcpy(job->skb->data + payload - sizeof(msg->iv), msg->iv,
	       sizeof(msg->iv));
	msg->key = sa->aead;
	msg->src = job->segs;
	msg->dst = job->skb->data + payload;
	msg->tag = msg->dst + l.len;
	msg->len = l.len;
	if (job->orig)
		espsimd_tx_fill_copy(job, msg, payload, field, csum);
	else
		espsimd_tx_fill_in_place(job, msg, field, csum);
	espsimd_burst_add_job(burst);
	return 0;
}

/* Packets come in runs: look at the SA of the one before first. */
static struct espsimd_sa *espsimd_tx_find_sa(struct espsimd_dev *priv,
					     const struct espsimd_burst *burst,
					     const struct xfrm_state *x)
{
	struct espsimd_sa *last;

	if (burst->nr_jobs) {
		last = burst->jobs[burst->nr_jobs - 1].sa;
		if (last->x == x)
			return last;
	}

	return espsimd_sa_find_out(x, priv->dev);
}

/* Sort a frame into the burst: a job, or passed on, or dropped. */
static void espsimd_tx_classify(struct espsimd_dev *priv,
				struct espsimd_burst *burst,
				struct sk_buff *skb)
{
	unsigned int stat = 0;
	struct espsimd_sa *sa;

	switch (espsimd_tx_kind(skb, &stat)) {
	case ESPSIMD_TX_PASS:
		espsimd_stats_inc(priv->stats, ESPSIMD_STAT(TX_PASSED));
		espsimd_burst_pass(burst, skb);
		return;
	case ESPSIMD_TX_DROP:
		break;
	case ESPSIMD_TX_SEAL:
		sa = espsimd_tx_find_sa(priv, burst, xfrm_input_state(skb));
		if (unlikely(!sa)) {
			stat = ESPSIMD_STAT(TX_DROP_NO_SA);
			break;
		}
		if (likely(!espsimd_tx_add_job(priv, burst, skb, sa, &stat)))
			return;
		espsimd_sa_count_error(sa);
		break;
	}

	espsimd_tx_drop(priv, skb, stat);
}

/* From here on it is an ordinary frame. NULL if it had to be dropped. */
static struct sk_buff *espsimd_tx_finish(struct espsimd_dev *priv,
					 struct espsimd_job *job)
{
	struct sk_buff *skb = job->skb;

	if (unlikely(job->done == ESPSIMD_DONE_ERROR)) {
		espsimd_sa_count_error(job->sa);
		espsimd_tx_drop(priv, skb, ESPSIMD_STAT(TX_DROP_CRYPTO));
		return NULL;
	}

	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	return skb;
}

static void espsimd_tx_count(struct espsimd_dev *priv,
			     const struct espsimd_burst *burst)
{
	struct espsimd_tally total;

	if (!burst->nr_jobs)
		return;

	espsimd_tally_burst(burst, true, &total);
	espsimd_stats_add(priv->stats, ESPSIMD_STAT(TX_IPSEC), total.packets);
	espsimd_stats_add(priv->stats, ESPSIMD_STAT(TX_IPSEC_BYTES),
			  total.bytes);
	espsimd_stats_add(priv->stats, ESPSIMD_STAT(TX_SIMD),
			  total.packets - total.fallback);
	espsimd_stats_add(priv->stats, ESPSIMD_STAT(TX_FALLBACK),
			  total.fallback);
}

/* Chain what is left of the burst in its order; frees the burst for others. */
static struct sk_buff *espsimd_tx_collect(struct espsimd_dev *priv,
					  struct espsimd_burst *burst)
{
	struct sk_buff *head = NULL, **tail = &head;
	struct espsimd_frame *frame;
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < burst->nr_frames; i++) {
		frame = &burst->frames[i];
		skb = frame->skb;
		if (!skb)
			skb = espsimd_tx_finish(priv, &burst->jobs[frame->job]);
		if (!skb)
			continue;

		*tail = skb;
		tail = &skb->next;
	}
	*tail = NULL;

	return head;
}

static void espsimd_tx_send(struct espsimd_dev *priv, struct sk_buff *skb)
{
	unsigned int len = skb->len;
	int err;

	if (unlikely(!netif_running(priv->lower))) {
		espsimd_tx_drop(priv, skb, ESPSIMD_STAT(TX_DROP_LOWER));
		return;
	}

	skb->dev = priv->lower;
	err = dev_queue_xmit(skb);
	if (likely(!net_xmit_eval(err)))
		dev_sw_netstats_tx_add(priv->dev, 1, len);
	else
		espsimd_stats_inc(priv->stats, ESPSIMD_STAT(TX_DROP_LOWER));
}

/*
 * Seal and send what is pending. Sending can come back here on the same CPU
 * (a tc rule may redirect from the lower device to this one), so the working
 * memory is done with before the first frame is sent.
 */
static void espsimd_tx_flush(struct espsimd_dev *priv,
			     struct espsimd_burst *burst)
{
	struct sk_buff *skb, *next;
	unsigned int i;

	espsimd_burst_start(burst);
	for (i = 0; i < burst->nr_pending; i++)
		espsimd_tx_classify(priv, burst, burst->pending[i]);
	burst->nr_pending = 0;

	espsimd_burst_crypt(burst, READ_ONCE(priv->tier), true);
	espsimd_tx_count(priv, burst);

	for (skb = espsimd_tx_collect(priv, burst); skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		espsimd_tx_send(priv, skb);
	}
}

/*
 * Have a GSO packet that the stack has left whole for us cut. Returns a list:
 * the packets that it became, none if that failed, or the frame as it came.
 */
static struct sk_buff *espsimd_tx_cut(struct espsimd_dev *priv,
				      struct sk_buff *skb)
{
	unsigned int stat = ESPSIMD_STAT(TX_DROP_NO_SA);
	struct sk_buff *segs = NULL;
	struct espsimd_sa *sa;

	/* What the stack has not completed is dropped with single packets. */
	if (!espsimd_gso_is_whole(skb, priv->dev) ||
	    !(xfrm_offload(skb)->flags & XFRM_XMIT))
		return skb;

	sa = espsimd_sa_find_out(xfrm_input_state(skb), priv->dev);
	if (likely(sa)) {
		segs = espsimd_gso_cut(skb, sa, &stat);
		if (segs)
			return segs;
		espsimd_sa_count_error(sa);
	} else {
		kfree_skb(skb);
	}
	espsimd_stats_inc(priv->stats, stat);

	return NULL;
}

netdev_tx_t espsimd_tx_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	struct espsimd_burst *burst = this_cpu_ptr(priv->cpus)->tx;
	/* Sending below changes what netdev_xmit_more() says. */
	bool more = netdev_xmit_more();
	struct sk_buff *next;

	for (skb = espsimd_tx_cut(priv, skb); skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		burst->pending[burst->nr_pending++] = skb;
		if (burst->nr_pending == ESPSIMD_BURST)
			espsimd_tx_flush(priv, burst);
	}
	if (!more && burst->nr_pending)
		espsimd_tx_flush(priv, burst);

	return NETDEV_TX_OK;
}
