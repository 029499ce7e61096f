/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counting what a burst has done: once for its device, and once for each run
 * of packets of the same SA.
 */
#ifndef ESPSIMD_TALLY_H
#define ESPSIMD_TALLY_H

#include "burst.h"
#include "sa.h"

/**
 * espsimd_tally_burst() - count the messages that succeeded
 * @burst: the burst, after espsimd_burst_crypt()
 * @seal: they were sealed; otherwise only authentic ones count
 * @total: (output) all of them; each one's SA has been counted on
 *
 * Context: BH off, RCU read side of the jobs' SAs.
 */
void espsimd_tally_burst(const struct espsimd_burst *burst, bool seal,
			 struct espsimd_tally *total);

#endif /* ESPSIMD_TALLY_H */
