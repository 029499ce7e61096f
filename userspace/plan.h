/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which SAs and policies have to be moved together.
 */
#ifndef ESPSIMD_PLAN_H
#define ESPSIMD_PLAN_H

#include "move.h"

/**
 * plan_fits() - could XFRM choose this SA for that policy?
 * @pol: the policy
 * @sa: the SA
 *
 * Return: true if it could.
 */
bool plan_fits(const struct xfrm_pol *pol, const struct move_sa *sa);

/**
 * plan_unit() - find all that has to be moved with an SA
 * @move: what there is
 * @first: the SA, which is wanted and in no unit
 *
 * XFRM uses an SA in packet mode only for a policy that is offloaded to the
 * same device, and the other way round. So all SAs that a policy may choose
 * from, and all policies that may choose them, are moved as one unit. XFRM also
 * prefers offloaded policies to others, whatever their priorities. What would
 * change the choice is moved too if it has no SAs, or else forbids the move.
 *
 * Outside of packet mode an SA is a unit of its own.
 *
 * Return: true with @move->unit filled in, or false after saying why not at all
 * SAs of the unit.
 */
bool plan_unit(struct move *move, struct move_sa *first);

#endif /* ESPSIMD_PLAN_H */
