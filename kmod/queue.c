// SPDX-License-Identifier: GPL-2.0
#include <linux/netdevice.h>
#include <linux/prefetch.h>

#include "espsimd.h"
#include "queue.h"

bool espsimd_queue_add(struct sk_buff_head *queue, struct napi_struct *napi,
		       struct sk_buff *skb)
{
	unsigned int len;

	spin_lock(&queue->lock);
	len = skb_queue_len(queue);
	if (likely(len < ESPSIMD_QUEUE_MAX))
		__skb_queue_tail(queue, skb);
	spin_unlock(&queue->lock);

	/*
	 * Who finds frames need not wake the poll up: it either has not taken
	 * them yet, or looks again when it ends.
	 */
	if (!len)
		napi_schedule(napi);

	return len < ESPSIMD_QUEUE_MAX;
}

int espsimd_queue_take(struct sk_buff_head *queue, struct sk_buff_head *frames,
		       int max)
{
	struct sk_buff *skb;
	int nr = 0;

	__skb_queue_head_init(frames);
	spin_lock(&queue->lock);
	while (nr < max && (skb = __skb_dequeue(queue))) {
		prefetch(skb->data);
		prefetch(&skb->users);
		__skb_queue_tail(frames, skb);
		nr++;
	}
	spin_unlock(&queue->lock);

	return nr;
}

int espsimd_queue_done(struct sk_buff_head *queue, struct napi_struct *napi,
		       int nr, int budget)
{
	if (nr >= budget)
		return budget;

	/*
	 * A frame that comes in between finds the queue empty, or is seen here.
	 * Either way the poll runs again.
	 */
	if (napi_complete_done(napi, nr) &&
	    unlikely(!skb_queue_empty_lockless(queue)))
		napi_schedule(napi);

	return nr;
}
