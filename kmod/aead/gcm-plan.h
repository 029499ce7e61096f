/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the units of a message are read from, if its source is in segments. A
 * unit is a group, or the tail behind the last group. Units inside of a segment
 * are read there; one that crosses a border between segments is put together in
 * the destination first, and read from there.
 *
 * Each tier includes this, after defining
 *
 *	GCM_GROUP_BYTES	bytes of a group
 *	GCM_LEAD	bytes by which the first group is shorter, because its
 *			vectors begin with blocks that are not of the payload
 */
#ifndef ESPSIMD_AEAD_GCM_PLAN_H
#define ESPSIMD_AEAD_GCM_PLAN_H

/*
 * More than packets need. What is left of a message that would take more is put
 * together in the destination.
 */
#define GCM_RUNS	16

/**
 * struct gcm_run - units that are read one behind the other
 * @src: the first of them; the first of a message begins GCM_LEAD bytes before
 *	its data
 * @units: their number
 */
struct gcm_run {
	const u8 *src;
	unsigned int units;
};

/* A place in a message's list of segments. */
struct gcm_cursor {
	const struct espsimd_aead_seg *seg;
	const u8 *data;
	unsigned int len;
};

/* Makes sure that the next byte is in the current segment. */
static __always_inline void gcm_skip_empty(struct gcm_cursor *at)
{
	while (!at->len) {
		at->seg++;
		at->data = at->seg->data;
		at->len = at->seg->len;
	}
}

/* Puts the next @len bytes of a message where they go in the destination. */
static __always_inline void gcm_gather(struct gcm_cursor *at, u8 *dst,
				       unsigned int len)
{
	unsigned int n;

	while (len) {
		gcm_skip_empty(at);
		n = at->len < len ? at->len : len;
		if (at->data != dst)
			espsimd_copy(dst, at->data, n);
		dst += n;
		len -= n;
		at->data += n;
		at->len -= n;
	}
}

/* Plans a message of @groups groups and a tail, which is not empty. */
static noinline void espsimd_gcm_plan(struct gcm_run run[GCM_RUNS],
				      const struct espsimd_aead_msg *msg,
				      unsigned int groups)
{
	struct gcm_cursor at = { msg->src, msg->src->data, msg->src->len };
	unsigned int size = GCM_GROUP_BYTES - GCM_LEAD, left = msg->len;
	unsigned int units = groups + 1, nr = 0, n;
	const u8 *src, *next = NULL;
	u8 *dst = msg->dst;

	while (units) {
		gcm_skip_empty(&at);
		if (units == 1 || nr == GCM_RUNS - 1)
			size = left;
		src = at.data;
		if (at.len >= left) {
			n = units;
			size = left;
		} else if (at.len >= size) {
			n = (at.len - size) / GCM_GROUP_BYTES;
			size += n++ * GCM_GROUP_BYTES;
		} else {
			n = size == left ? units : 1;
			src = dst;
			gcm_gather(&at, dst, size);
			goto planned;
		}
		at.data += size;
		at.len -= size;
planned:
		if (src != next) {
			run[nr].src = units > groups ? src - GCM_LEAD : src;
			run[nr++].units = 0;
		}
		run[nr - 1].units += n;
		next = src + size;
		units -= n;
		left -= size;
		dst += size;
		size = GCM_GROUP_BYTES;
	}
}

#endif /* ESPSIMD_AEAD_GCM_PLAN_H */
