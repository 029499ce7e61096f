// SPDX-License-Identifier: GPL-2.0
#include <net/neighbour.h>
#include <net/xfrm.h>

#include "burst.h"
#include "dev.h"
#include "esp.h"
#include "encap.h"
#include "gso.h"
#include "queue.h"
#include "rxtx.h"
#include "tally.h"
#include "tx_fill.h"
#include "tx_gso.h"
#include "tx_packet.h"
#include "tx_policy.h"

/* Of struct xfrm_offload, what a frame is to this device. */
enum espsimd_tx_kind {
	ESPSIMD_TX_PASS,
	ESPSIMD_TX_SEAL,
	ESPSIMD_TX_DROP,
};

/* Does the stack want nothing done to the frame? */
static bool espsimd_tx_is_clear(struct sk_buff *skb)
{
	const struct xfrm_offload *xo = xfrm_offload(skb);
	const struct sec_path *sp;

	if (likely(!xo))
		return true;

	sp = skb_sec_path(skb);
	/* The path of a received packet; validate_xmit_xfrm() skips it too. */
	return xo->flags & XFRM_GRO ||
	       sp->xvec[sp->len - 1]->xso.dir == XFRM_DEV_OFFLOAD_IN;
}

/* Does the stack ask us to seal this frame? *stat gets the drop's reason. */
static enum espsimd_tx_kind espsimd_tx_kind(struct sk_buff *skb,
					    unsigned int *stat)
{
	const struct xfrm_offload *xo = xfrm_offload(skb);

	if (espsimd_tx_is_clear(skb))
		return ESPSIMD_TX_PASS;

	if (skb_sec_path(skb)->len != 1) {
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
	struct espsimd_tx_csum csum;
	unsigned int payload;
	u64 seq;

	*stat = ESPSIMD_STAT(TX_DROP_MALFORMED);
	if (!espsimd_esp_parse_tx(skb, sa, &l))
		return -1;
	payload = l.offset + ESPSIMD_ESP_HLEN;

	*stat = ESPSIMD_STAT(TX_DROP_UNREADABLE);
	if (!skb_frags_readable(skb))
		return -1;

	*stat = ESPSIMD_STAT(TX_DROP_CSUM);
	if (!espsimd_tx_csum(skb, payload, l.inner_end, &csum))
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

	espsimd_tx_start_msg(job, msg, l.len, seq);
	if (job->orig)
		espsimd_tx_fill_copy(job, msg, payload, l.len, &csum);
	else
		espsimd_tx_fill_in_place(job, msg, &csum);
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

/* A packet of packet mode. If it has a number, the SA has said yes. */
static void espsimd_tx_classify_packet(struct espsimd_dev *priv,
				       struct espsimd_burst *burst,
				       struct sk_buff *skb)
{
	struct espsimd_sa *sa = espsimd_tx_cb(skb)->sa;
	unsigned int stat = ESPSIMD_STAT(TX_DROP_STATE);

	if (likely(espsimd_tx_cb(skb)->seq &&
		   !espsimd_tx_packet_add_job(priv, burst, skb, &stat)))
		return;

	espsimd_sa_count_error(sa);
	espsimd_stats_drop(priv->stats, skb, stat);
}

/* Sort a frame into the burst: a job, or passed on, or dropped. */
static void espsimd_tx_classify(struct espsimd_dev *priv,
				struct espsimd_burst *burst,
				struct sk_buff *skb)
{
	unsigned int stat = 0;
	struct espsimd_sa *sa;

	if (espsimd_tx_cb(skb)->sa) {
		espsimd_tx_classify_packet(priv, burst, skb);
		return;
	}

	switch (espsimd_tx_kind(skb, &stat)) {
	case ESPSIMD_TX_PASS:
		espsimd_stats_inc(priv->stats, ESPSIMD_STAT(TX_PASSED));
		espsimd_burst_pass(burst, skb);
		return;
	case ESPSIMD_TX_DROP:
		break;
	case ESPSIMD_TX_SEAL:
		sa = espsimd_tx_find_sa(priv, burst, xfrm_input_state(skb));
		if (unlikely(!sa || sa->packet)) {
			stat = ESPSIMD_STAT(TX_DROP_NO_SA);
			break;
		}
		if (likely(!espsimd_tx_add_job(priv, burst, skb, sa, &stat)))
			return;
		espsimd_sa_count_error(sa);
		break;
	}

	espsimd_stats_drop(priv->stats, skb, stat);
}

/* From here on it is an ordinary frame. NULL if it had to be dropped. */
static struct sk_buff *espsimd_tx_finish(struct espsimd_dev *priv,
					 struct espsimd_job *job)
{
	struct sk_buff *skb = job->skb;

	if (unlikely(job->done == ESPSIMD_DONE_ERROR)) {
		espsimd_sa_count_error(job->sa);
		espsimd_stats_drop(priv->stats, skb,
				   ESPSIMD_STAT(TX_DROP_CRYPTO));
		return NULL;
	}

	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	if (job->sa->packet && job->sa->encap.udp_len &&
	    job->sa->encap.family == AF_INET6)
		espsimd_encap_udp6_csum(skb);
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
	struct neighbour *neigh = espsimd_tx_cb(skb)->neigh;
	unsigned int len = skb->len;
	int err;

	if (unlikely(!netif_running(priv->lower))) {
		espsimd_stats_drop(priv->stats, skb,
				   ESPSIMD_STAT(TX_DROP_LOWER));
		return;
	}

	/*
	 * A packet that has to wait for the address of its next hop must not
	 * come back to us, who would take ESP in UDP for clear text. The
	 * neighbour is one of our device and makes the header for it, but sends
	 * to the device of the packet, which outlives what waits: ours goes
	 * before the lower one, and its neighbours with it.
	 */
	skb->dev = priv->lower;
	err = neigh ? neigh_output(neigh, skb, false) : dev_queue_xmit(skb);
	if (likely(!net_xmit_eval(err)))
		dev_sw_netstats_tx_add(priv->dev, 1, len);
	else
		espsimd_stats_inc(priv->stats, ESPSIMD_STAT(TX_DROP_LOWER));
}

/*
 * Seal and send a burst. Sending can come back here on the same CPU (a tc rule
 * may redirect from the lower device to this one), so the working memory is
 * done with before the first frame is sent.
 */
static void espsimd_tx_send_burst(struct espsimd_dev *priv,
				  struct espsimd_burst *burst)
{
	struct sk_buff *skb, *next;

	espsimd_burst_crypt(burst, READ_ONCE(priv->tier), true);
	espsimd_tx_count(priv, burst);

	for (skb = espsimd_tx_collect(priv, burst); skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		espsimd_tx_send(priv, skb);
	}
}

/* Seal and send what is pending. */
static void espsimd_tx_flush(struct espsimd_dev *priv,
			     struct espsimd_burst *burst)
{
	unsigned int i;

	espsimd_tx_packet_number(burst->pending, burst->nr_pending);
	espsimd_burst_start(burst);
	for (i = 0; i < burst->nr_pending; i++)
		espsimd_tx_classify(priv, burst, burst->pending[i]);
	burst->nr_pending = 0;

	espsimd_tx_send_burst(priv, burst);
}

/* Returns the SA, or NULL if the packet had to be dropped. */
static struct espsimd_sa *espsimd_tx_get_sa(struct espsimd_dev *priv,
					    struct sk_buff *skb)
{
	struct espsimd_sa *sa;

	sa = espsimd_sa_find_out(xfrm_input_state(skb), priv->dev);
	if (unlikely(!sa))
		espsimd_stats_drop(priv->stats, skb,
				   ESPSIMD_STAT(TX_DROP_NO_SA));

	return sa;
}

static bool espsimd_tx_start_gso(struct espsimd_dev *priv, struct sk_buff *skb,
				 struct espsimd_sa *sa,
				 struct espsimd_tx_gso *gso)
{
	unsigned int stat;
	int err;

	err = sa->packet ?
	      espsimd_tx_packet_start_gso(priv, gso, skb, sa, &stat) :
	      espsimd_tx_gso_start_crypto(gso, skb, sa, &stat);
	if (likely(!err))
		return true;

	espsimd_sa_count_error(sa);
	espsimd_stats_drop(priv->stats, skb, stat);
	return false;
}

/* A large packet of TCP: cut, seal and send it, burst by burst. */
static void espsimd_tx_gso(struct espsimd_dev *priv,
			   struct espsimd_burst *burst, struct sk_buff *skb,
			   struct espsimd_sa *sa)
{
	struct espsimd_tx_gso gso;

	/* What came before goes before. */
	if (burst->nr_pending)
		espsimd_tx_flush(priv, burst);

	if (unlikely(!espsimd_tx_start_gso(priv, skb, sa, &gso)))
		return;

	while (gso.left) {
		espsimd_burst_start(burst);
		while (gso.left && burst->nr_jobs < ESPSIMD_BURST)
			espsimd_tx_gso_next(priv, &gso, burst);
		espsimd_tx_send_burst(priv, burst);
	}
	napi_consume_skb(skb, 1);
}

/* Crypto mode. Returns the packets that a whole one became, or NULL. */
static struct sk_buff *espsimd_tx_cut(struct espsimd_dev *priv,
				      struct sk_buff *skb,
				      struct espsimd_sa *sa)
{
	struct sk_buff *segs, *seg;
	unsigned int stat;

	segs = espsimd_gso_cut(skb, sa, &stat);
	if (unlikely(!segs)) {
		espsimd_sa_count_error(sa);
		espsimd_stats_drop(priv->stats, skb, stat);
		return NULL;
	}
	for (seg = segs; seg; seg = seg->next)
		*espsimd_tx_cb(seg) = (struct espsimd_tx_cb) {};

	return segs;
}

/* Put a list of packets into the burst. Returns how many they were. */
static unsigned int espsimd_tx_queue(struct espsimd_dev *priv,
				     struct espsimd_burst *burst,
				     struct sk_buff *skb)
{
	struct sk_buff *next;
	unsigned int nr = 0;

	for (; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		burst->pending[burst->nr_pending++] = skb;
		if (burst->nr_pending == ESPSIMD_BURST)
			espsimd_tx_flush(priv, burst);
		nr++;
	}

	return nr;
}

/* Returns how much work it was, in packets. So do the functions below. */
static unsigned int espsimd_tx_pass(struct espsimd_dev *priv,
				    struct espsimd_burst *burst,
				    struct sk_buff *skb)
{
	*espsimd_tx_cb(skb) = (struct espsimd_tx_cb) {};
	return espsimd_tx_queue(priv, burst, skb);
}

/* Send a packet in clear text through an SA of packet mode. */
static unsigned int espsimd_tx_packet(struct espsimd_dev *priv,
				      struct espsimd_burst *burst,
				      struct sk_buff *skb,
				      struct espsimd_sa *sa)
{
	unsigned int nr;

	if (espsimd_tx_gso_fits(skb)) {
		nr = skb_shinfo(skb)->gso_segs;
		espsimd_tx_gso(priv, burst, skb, sa);
		return nr;
	}

	return espsimd_tx_queue(priv, burst,
				espsimd_tx_packet_take(priv, skb, sa));
}

/* The stack has not told an SA. */
static unsigned int espsimd_tx_clear(struct espsimd_dev *priv,
				     struct espsimd_burst *burst,
				     struct sk_buff *skb,
				     struct espsimd_tx_last *last)
{
	unsigned int stat;

	switch (espsimd_tx_policy_judge(priv, skb, last)) {
	case ESPSIMD_TX_CLEAR:
		return espsimd_tx_pass(priv, burst, skb);
	case ESPSIMD_TX_THROUGH_SA:
		if (likely(!espsimd_tx_packet_adopt(priv, skb, last->sa,
						    &stat)))
			return espsimd_tx_packet(priv, burst, skb, last->sa);
		espsimd_sa_count_error(last->sa);
		break;
	case ESPSIMD_TX_KEEP_BACK:
		XFRM_INC_STATS(dev_net(priv->dev), LINUX_MIB_XFRMOUTPOLBLOCK);
		stat = ESPSIMD_STAT(TX_DROP_CLEAR);
		break;
	}

	espsimd_stats_drop(priv->stats, skb, stat);
	return 1;
}

/* Crypto mode: the stack has put the packet into ESP. */
static unsigned int espsimd_tx_crypto(struct espsimd_dev *priv,
				      struct espsimd_burst *burst,
				      struct sk_buff *skb)
{
	bool gso = espsimd_gso_is_esp(skb, priv->dev) &&
		   espsimd_tx_gso_fits(skb);
	struct espsimd_sa *sa;
	unsigned int nr;

	/* What the stack has not completed is dropped with single packets. */
	if ((!gso && !espsimd_gso_is_whole(skb, priv->dev)) ||
	    !(xfrm_offload(skb)->flags & XFRM_XMIT))
		return espsimd_tx_pass(priv, burst, skb);

	sa = espsimd_tx_get_sa(priv, skb);
	if (unlikely(!sa))
		return 1;
	if (!gso)
		return espsimd_tx_queue(priv, burst,
					espsimd_tx_cut(priv, skb, sa));

	nr = skb_shinfo(skb)->gso_segs;
	espsimd_tx_gso(priv, burst, skb, sa);
	return nr;
}

static unsigned int espsimd_tx_frame(struct espsimd_dev *priv,
				     struct espsimd_burst *burst,
				     struct sk_buff *skb,
				     struct espsimd_tx_last *last)
{
	struct espsimd_sa *sa;

	if (espsimd_tx_is_clear(skb))
		return espsimd_tx_clear(priv, burst, skb, last);
	if (!espsimd_tx_packet_is(skb))
		return espsimd_tx_crypto(priv, burst, skb);

	sa = espsimd_tx_get_sa(priv, skb);
	return sa ? espsimd_tx_packet(priv, burst, skb, sa) : 1;
}

int espsimd_tx_poll(struct napi_struct *napi, int budget)
{
	struct espsimd_cpu *cpu = container_of(napi, struct espsimd_cpu,
					       tx_napi);
	struct espsimd_dev *priv = espsimd_dev_priv(napi->dev);
	struct espsimd_burst *burst = cpu->tx;
	struct espsimd_tx_last last = {};
	struct sk_buff_head frames;
	struct sk_buff *skb;
	int nr, work = 0;

	nr = espsimd_queue_take(&cpu->tx_queue, &frames,
				min(budget, ESPSIMD_BURST));

	rcu_read_lock();
	while ((skb = __skb_dequeue(&frames)))
		work += espsimd_tx_frame(priv, burst, skb, &last);
	if (burst->nr_pending)
		espsimd_tx_flush(priv, burst);
	rcu_read_unlock();

	return espsimd_queue_done(&cpu->tx_queue, napi, max(nr, work), budget);
}

netdev_tx_t espsimd_tx_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct espsimd_dev *priv = espsimd_dev_priv(dev);
	struct espsimd_cpu *cpu = this_cpu_ptr(priv->cpus);

	if (unlikely(!espsimd_queue_add(&cpu->tx_queue, &cpu->tx_napi, skb)))
		espsimd_stats_drop(priv->stats, skb,
				   ESPSIMD_STAT(TX_DROP_BACKLOG));

	return NETDEV_TX_OK;
}
