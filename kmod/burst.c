// SPDX-License-Identifier: GPL-2.0
#include "burst.h"
#include "fallback.h"
#include "simd.h"

struct espsimd_job *espsimd_burst_next_job(struct espsimd_burst *burst,
					   struct espsimd_aead_msg **msg)
{
	struct espsimd_job *job = &burst->jobs[burst->nr_jobs];

	*msg = &burst->msgs[burst->nr_jobs];
	memset(*msg, 0, sizeof(**msg));
	job->orig = NULL;
	job->encap = false;

	return job;
}

void espsimd_burst_add_job(struct espsimd_burst *burst)
{
	burst->frames[burst->nr_frames++] = (struct espsimd_frame) {
		.job = burst->nr_jobs++,
	};
}

/* Messages from @first on that fit into one section; at least one. */
static unsigned int espsimd_burst_section(const struct espsimd_burst *burst,
					  unsigned int first)
{
	unsigned int bytes = burst->msgs[first].len;
	unsigned int i;

	for (i = first + 1; i < burst->nr_jobs; i++) {
		bytes += burst->msgs[i].len;
		if (bytes > ESPSIMD_SECTION_BYTES)
			break;
	}

	return i - first;
}

/* One section of the engine. False if SIMD may not be used now. */
static bool espsimd_burst_simd(struct espsimd_aead_msg *msgs, unsigned int nr,
			       enum espsimd_tier tier, bool seal)
{
	if (!espsimd_simd_begin())
		return false;

	if (seal)
		espsimd_aead_seal(tier, msgs, nr);
	else
		espsimd_aead_open(tier, msgs, nr);
	espsimd_simd_end();

	return true;
}

static enum espsimd_done espsimd_burst_fallback(struct espsimd_job *job,
						struct espsimd_aead_msg *msg,
						bool seal)
{
	int err = espsimd_fallback_crypt(job->sa, msg, seal);

	if (err && (seal || err != -EBADMSG))
		return ESPSIMD_DONE_ERROR;

	return ESPSIMD_DONE_FALLBACK;
}

void espsimd_burst_crypt(struct espsimd_burst *burst, enum espsimd_tier tier,
			 bool seal)
{
	unsigned int first, nr, i;

	for (first = 0; first < burst->nr_jobs; first += nr) {
		nr = espsimd_burst_section(burst, first);

		if (tier != ESPSIMD_TIER_NONE &&
		    espsimd_burst_simd(&burst->msgs[first], nr, tier, seal)) {
			for (i = first; i < first + nr; i++)
				burst->jobs[i].done = ESPSIMD_DONE_SIMD;
			continue;
		}

		for (i = first; i < first + nr; i++)
			burst->jobs[i].done =
				espsimd_burst_fallback(&burst->jobs[i],
						       &burst->msgs[i], seal);
	}

	/* With BH off the NAPI caches may be used, whatever the context. */
	for (i = 0; i < burst->nr_jobs; i++)
		if (burst->jobs[i].orig)
			napi_consume_skb(burst->jobs[i].orig, 1);
}
