// SPDX-License-Identifier: GPL-2.0
#include <linux/skbuff.h>
#include <linux/unaligned.h>
#include <net/sock.h>

#include "esp.h"
#include "tx_fill.h"

bool espsimd_tx_csum(struct sk_buff *skb, unsigned int start, unsigned int end,
		     struct espsimd_tx_csum *csum)
{
	int from;

	csum->field = 0;
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return true;

	from = skb_checksum_start_offset(skb);
	if (from < (int)start ||
	    from + skb->csum_offset + sizeof(csum->value) > end ||
	    skb_csum_is_sctp(skb))
		return false;

	csum->field = from + skb->csum_offset;
	csum->value = csum_fold(skb_checksum(skb, from, end - from, 0)) ?:
			      CSUM_MANGLED_0;
	return true;
}

void espsimd_tx_start_msg(struct espsimd_job *job, struct espsimd_aead_msg *msg,
			  unsigned int len, u64 seq)
{
	const struct espsimd_sa *sa = job->sa;
	struct ip_esp_hdr *esph = (void *)(job->skb->data + job->offset);

	espsimd_esp_set_aad(msg, sa->x->id.spi, seq, sa->esn);
	put_unaligned_be64(seq, msg->iv);
	esph->seq_no = htonl(seq);
	memcpy(esph->enc_data, msg->iv, sizeof(msg->iv));
	msg->key = sa->aead;
	msg->src = job->segs;
	msg->dst = job->skb->data + job->offset + ESPSIMD_ESP_HLEN;
	msg->len = len;
	msg->tag = msg->dst + len;
}

void espsimd_tx_fill_in_place(struct espsimd_job *job,
			      struct espsimd_aead_msg *msg,
			      const struct espsimd_tx_csum *csum)
{
	if (csum->field)
		put_unaligned(csum->value,
			      (__sum16 *)(job->skb->data + csum->field));

	job->segs[0].data = msg->dst;
	job->segs[0].len = msg->len;
	msg->nr_segs = 1;
}

/* Bytes from @from on, gathered into the destination. */
static void espsimd_tx_gather(struct espsimd_job *job,
			      struct espsimd_aead_msg *msg,
			      unsigned int payload, unsigned int len,
			      const struct espsimd_tx_csum *csum)
{
	skb_copy_bits(job->orig, payload, msg->dst, len);
	if (csum->field)
		put_unaligned(csum->value, (__sum16 *)(msg->dst + csum->field -
						       payload));
	job->segs[0].data = msg->dst;
	job->segs[0].len = len;
	msg->nr_segs = 1;
}

void espsimd_tx_fill_copy(struct espsimd_job *job,
			  struct espsimd_aead_msg *msg, unsigned int payload,
			  unsigned int len, const struct espsimd_tx_csum *csum)
{
	unsigned int head = 0;

	if (csum->field)
		head = csum->field + sizeof(csum->value) - payload;
	if (skb_has_frag_list(job->orig) || head > sizeof(job->prefix)) {
		/* Rare: gather it first, then seal it in place. */
		espsimd_tx_gather(job, msg, payload, len, csum);
		return;
	}

	if (head) {
		skb_copy_bits(job->orig, payload, job->prefix, head);
		put_unaligned(csum->value,
			      (__sum16 *)(job->prefix + head) - 1);
		job->segs[0].data = job->prefix;
		job->segs[0].len = head;
		msg->nr_segs = 1;
	}
	msg->nr_segs += espsimd_buffer_segs(job->orig, payload + head,
					    len - head,
					    job->segs + msg->nr_segs);
}

/*
 * The stack itself relies on packets in this place being charged to full
 * sockets (see esp_output_head()).
 */
bool espsimd_tx_is_charged(const struct sk_buff *skb)
{
	return skb->sk && sk_fullsock(skb->sk) && skb->destructor &&
	       skb->destructor != sock_efree &&
	       skb->destructor != sock_edemux;
}

void espsimd_tx_move_owner(struct sk_buff *to, struct sk_buff *from)
{
	struct sock *sk = from->sk;
	int delta = to->truesize - from->truesize;

	if (!espsimd_tx_is_charged(from))
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
