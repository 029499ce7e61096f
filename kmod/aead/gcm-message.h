/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A message from its first vector to its tag: the same in all tiers, each of
 * which includes this after gcm-flow.h and after defining
 *
 *	GCM_TAIL	vectors of the longest tail that it does at once
 *	gcm_base()	the base of a message's counter blocks
 *	gcm_groups()	does all groups of a message, of which there are some
 *	gcm_half()	if groups have more than GCM_TAIL vectors: does GCM_TAIL
 *			of them, which the head is among or not
 *	gcm_tail()	does the last vectors, and gives what gcm_message() does
 */
#ifndef ESPSIMD_AEAD_GCM_MESSAGE_H
#define ESPSIMD_AEAD_GCM_MESSAGE_H

static __always_inline __m128i gcm_tail_any(struct gcm_flow *f,
					    unsigned int left, unsigned int n,
					    const bool whole, const bool seal)
{
	switch (n) {
	case 1:
		return gcm_tail(f, left, 1, whole, seal);
	case 2:
		return gcm_tail(f, left, 2, whole, seal);
	case 3:
		return gcm_tail(f, left, 3, whole, seal);
	default:
		return gcm_tail(f, left, GCM_TAIL, whole, seal);
	}
}

static __always_inline __m128i gcm_message(const struct espsimd_aead_msg *msg,
					   const u8 *head, const bool seal)
{
	unsigned int left = msg->len + GCM_LEAD;
	unsigned int vecs = (left - 1) / GCM_VEC_BYTES + 1;
	const unsigned int groups = (vecs - 1) / GCM_VECS;
	struct gcm_run run[GCM_RUNS];
	struct gcm_flow f = {
		.key = msg->key,
		.msg = msg,
		.head = head,
		.dst = msg->dst - GCM_LEAD,
		.row = (const u8 *)gcm_rows,
		.run = run,
		.blocks = (msg->len + GCM_BLOCK - 1) / GCM_BLOCK + 2,
	};

	f.base = gcm_base(msg);
	if (espsimd_likely(msg->nr_segs == 1)) {
		f.src = msg->src->data - GCM_LEAD;
	} else if (msg->len) {
		espsimd_gcm_plan(run, msg, groups);
		f.src = run->src;
		f.units = run->units;
	} else {
		/* There is nothing to read, but an address to be calculated. */
		f.src = f.row;
	}
	if (espsimd_likely(groups)) {
		gcm_groups(&f, groups, seal);
		vecs -= groups * GCM_VECS;
		left -= groups * GCM_GROUP_BYTES;
	} else if (vecs <= GCM_TAIL) {
		return gcm_tail_any(&f, left, vecs, true, seal);
	}
#if GCM_VECS > GCM_TAIL
	if (vecs > GCM_TAIL) {
		if (groups)
			gcm_half(&f, false, seal);
		else
			gcm_half(&f, true, seal);
		vecs -= GCM_TAIL;
		left -= GCM_TAIL * GCM_VEC_BYTES;
	}
#endif
	return gcm_tail_any(&f, left, vecs, false, seal);
}

#endif /* ESPSIMD_AEAD_GCM_MESSAGE_H */
