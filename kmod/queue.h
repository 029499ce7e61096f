/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames that wait for a poll: a queue of each CPU for each direction.
 */
#ifndef ESPSIMD_QUEUE_H
#define ESPSIMD_QUEUE_H

#include <linux/skbuff.h>

struct napi_struct;

/**
 * espsimd_queue_add() - let a frame wait for a poll
 * @queue: the queue
 * @napi: polls it
 * @skb: the frame
 *
 * Context: BH off; on the CPU of @queue.
 * Return: false if there is no room, and the frame still is the caller's.
 */
bool __must_check espsimd_queue_add(struct sk_buff_head *queue,
				    struct napi_struct *napi,
				    struct sk_buff *skb);

/**
 * espsimd_queue_take() - take frames out of a queue, the oldest first
 * @queue: the queue
 * @frames: (output) the frames; need not be initialised
 * @max: most frames to take, at least 1
 *
 * Context: Softirq, in the poll of the queue.
 * Return: number of frames taken.
 */
int espsimd_queue_take(struct sk_buff_head *queue, struct sk_buff_head *frames,
		       int max);

/**
 * espsimd_queue_done() - end a poll
 * @queue: the queue
 * @napi: polls it
 * @nr: how much was done
 * @budget: most that was to be done
 *
 * Context: Softirq, in the poll of the queue.
 * Return: what the poll has to return.
 */
int espsimd_queue_done(struct sk_buff_head *queue, struct napi_struct *napi,
		       int nr, int budget);

#endif /* ESPSIMD_QUEUE_H */
