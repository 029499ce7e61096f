// SPDX-License-Identifier: GPL-2.0
#include "tally.h"

static bool espsimd_tally_succeeded(const struct espsimd_burst *burst,
				    unsigned int job, bool seal)
{
	const struct espsimd_job *j = &burst->jobs[job];

	if (j->done == ESPSIMD_DONE_ERROR)
		return false;
	if (seal)
		return true;

	return burst->msgs[job].authentic && !(j->sa->packet && j->drop >= 0);
}

void espsimd_tally_burst(const struct espsimd_burst *burst, bool seal,
			 struct espsimd_tally *total)
{
	struct espsimd_sa *sa = NULL;
	struct espsimd_tally run = {};
	unsigned int i;

	*total = run;
	for (i = 0; i < burst->nr_jobs; i++) {
		if (!espsimd_tally_succeeded(burst, i, seal))
			continue;

		if (burst->jobs[i].sa != sa) {
			if (sa)
				espsimd_sa_count(sa, &run);
			sa = burst->jobs[i].sa;
			run = (struct espsimd_tally) {};
		}

		run.packets++;
		run.bytes += burst->msgs[i].len;
		run.fallback += burst->jobs[i].done == ESPSIMD_DONE_FALLBACK;

		total->packets++;
		total->bytes += burst->msgs[i].len;
		total->fallback += burst->jobs[i].done == ESPSIMD_DONE_FALLBACK;
	}

	if (sa)
		espsimd_sa_count(sa, &run);
}
