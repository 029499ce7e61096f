/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A burst: frames in their order, and the cryptography that some of them need.
 */
#ifndef ESPSIMD_BURST_H
#define ESPSIMD_BURST_H

#include <linux/skbuff.h>

#include "aead/aead.h"
#include "buffer.h"
#include "espsimd.h"

/*
 * Room to copy the head of a payload up to its checksum field. Inner headers
 * that are longer than this make the payload be copied whole.
 */
#define ESPSIMD_PREFIX_MAX	128

/* Padding to 4 bytes, pad length and next header (RFC 4303 section 2). */
#define ESPSIMD_TRAILER_MAX	5

/**
 * enum espsimd_done - how the cryptography of a frame ended
 * @ESPSIMD_DONE_SIMD: done by the engine
 * @ESPSIMD_DONE_FALLBACK: done by the kernel's AEAD
 * @ESPSIMD_DONE_ERROR: not done; there is nothing in the destination that may
 *	leave
 */
enum espsimd_done {
	ESPSIMD_DONE_SIMD,
	ESPSIMD_DONE_FALLBACK,
	ESPSIMD_DONE_ERROR,
};

/**
 * struct espsimd_job - a frame that needs cryptography
 * @skb: the frame, and the memory that the result is written to
 * @orig: the frame as it came when @skb is a new one: the source of the
 *	message. Freed when the burst is done.
 * @sa: its SA; valid within the RCU read side of the burst
 * @offset: of the ESP header in bytes from skb->data
 * @seq: sequence number of a received packet, all 64 bits
 * @inner_len: bytes inside of ESP, without padding and trailer; valid with
 *	@next_header in packet mode, from the commit of a received packet on
 * @next_header: protocol of what is inside of ESP
 * @drop: why a received packet of packet mode is to be dropped: an
 *	ESPSIMD_STAT(), or -1 if it is not
 * @encap: ESP is in UDP
 * @done: how it ended
 * @segs: source of the message
 * @trailer: end of the payload, behind what the original has of it
 * @prefix: first part of the payload when it is not the original one
 * @tag: received tag when it is not in @skb
 */
struct espsimd_job {
	struct sk_buff *skb;
	struct sk_buff *orig;
	struct espsimd_sa *sa;
	unsigned int offset;
	u64 seq;
	unsigned int inner_len;
	u8 next_header;
	int drop;
	bool encap;
	enum espsimd_done done;
	struct espsimd_aead_seg segs[ESPSIMD_BUFFER_SEGS + 2];
	u8 trailer[ESPSIMD_TRAILER_MAX];
	u8 prefix[ESPSIMD_PREFIX_MAX];
	u8 tag[ESPSIMD_AEAD_TAG_MAX];
};

/**
 * struct espsimd_frame - one frame of a burst
 * @skb: the frame if it needs no cryptography, otherwise NULL
 * @job: index of its job, valid if @skb is NULL
 */
struct espsimd_frame {
	struct sk_buff *skb;
	unsigned int job;
};

/**
 * struct espsimd_burst - working memory for a burst
 * @nr_pending: number of entries in @pending
 * @nr_frames: number of entries in @frames
 * @nr_jobs: number of entries in @jobs and @msgs
 * @pending: frames that wait for the burst to become complete
 * @frames: frames in their order
 * @msgs: the messages of the jobs
 * @jobs: the jobs
 *
 * It is several pages large and from kmalloc: the fallback needs memory that
 * has struct pages.
 */
struct espsimd_burst {
	unsigned int nr_pending;
	unsigned int nr_frames;
	unsigned int nr_jobs;
	struct sk_buff *pending[ESPSIMD_BURST];
	struct espsimd_frame frames[ESPSIMD_BURST];
	struct espsimd_aead_msg msgs[ESPSIMD_BURST] __aligned(64);
	struct espsimd_job jobs[ESPSIMD_BURST];
};

/**
 * espsimd_burst_start() - start with an empty burst
 * @burst: the burst
 *
 * Context: Any context.
 */
static inline void espsimd_burst_start(struct espsimd_burst *burst)
{
	burst->nr_frames = 0;
	burst->nr_jobs = 0;
}

/**
 * espsimd_burst_pass() - add a frame that needs no cryptography
 * @burst: the burst; has room
 * @skb: the frame
 *
 * Context: Any context.
 */
static inline void espsimd_burst_pass(struct espsimd_burst *burst,
				      struct sk_buff *skb)
{
	burst->frames[burst->nr_frames++].skb = skb;
}

/**
 * espsimd_burst_next_job() - the job that espsimd_burst_add_job() would add
 * @burst: the burst; has room
 * @msg: (output) its message, zeroed
 *
 * Context: Any context.
 * Return: the job, to be filled in.
 */
struct espsimd_job *espsimd_burst_next_job(struct espsimd_burst *burst,
					   struct espsimd_aead_msg **msg);

/**
 * espsimd_burst_add_job() - add the job that was filled in
 * @burst: the burst
 *
 * Context: Any context.
 */
void espsimd_burst_add_job(struct espsimd_burst *burst);

/**
 * espsimd_burst_crypt() - seal or open all messages of a burst
 * @burst: the burst
 * @tier: engine tier, or ESPSIMD_TIER_NONE for the kernel's AEAD
 * @seal: seal, otherwise open
 *
 * Afterwards all jobs have their @done, and their originals are freed.
 *
 * Context: BH off, RCU read side of the jobs' SAs.
 */
void espsimd_burst_crypt(struct espsimd_burst *burst, enum espsimd_tier tier,
			 bool seal);

#endif /* ESPSIMD_BURST_H */
