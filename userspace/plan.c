// SPDX-License-Identifier: GPL-2.0
/*
 * Which SAs and policies have to be moved together.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plan.h"

/* ---- what belongs together ---- */

static bool is_any(const xfrm_address_t *addr, uint16_t family)
{
	static const xfrm_address_t any;

	return !memcmp(addr, &any, family == AF_INET ? sizeof(addr->a4) :
						       sizeof(*addr));
}

/* Do two addresses have that many bits in common? */
static bool share_prefix(const xfrm_address_t *a, const xfrm_address_t *b,
			 unsigned int bits)
{
	const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;
	uint8_t mask = 0xff00 >> bits % 8;

	if (memcmp(x, y, bits / 8))
		return false;
	return !(bits % 8) || !((x[bits / 8] ^ y[bits / 8]) & mask);
}

static unsigned int all_bits(uint16_t family)
{
	return family == AF_INET ? 32 : 128;
}

static bool fits_addrs(const struct xfrm_pol *pol,
		       const struct xfrm_user_tmpl *tmpl,
		       const struct xfrm_usersa_info *info)
{
	const struct xfrm_selector *sel = &pol->info.sel;
	unsigned int bits = all_bits(info->family);

	/* In transport mode the addresses are those of the packet. */
	if (tmpl->mode == XFRM_MODE_TRANSPORT)
		return sel->family == info->family &&
		       share_prefix(&sel->daddr, &info->id.daddr,
				    sel->prefixlen_d) &&
		       share_prefix(&sel->saddr, &info->saddr,
				    sel->prefixlen_s);
	return tmpl->family == info->family &&
	       (is_any(&tmpl->id.daddr, tmpl->family) ||
		share_prefix(&tmpl->id.daddr, &info->id.daddr, bits)) &&
	       (is_any(&tmpl->saddr, tmpl->family) ||
		share_prefix(&tmpl->saddr, &info->saddr, bits));
}

static bool fits_tmpl(const struct xfrm_pol *pol,
		      const struct xfrm_user_tmpl *tmpl,
		      const struct xfrm_usersa_info *info)
{
	return tmpl->id.proto == info->id.proto && tmpl->mode == info->mode &&
	       (!tmpl->reqid || tmpl->reqid == info->reqid) &&
	       (!tmpl->id.spi || tmpl->id.spi == info->id.spi) &&
	       fits_addrs(pol, tmpl, info);
}

bool plan_fits(const struct xfrm_pol *pol, const struct move_sa *sa)
{
	bool out = pol->info.dir == XFRM_POLICY_OUT;
	uint32_t mark = pol->mark.v & pol->mark.m;
	size_t i;

	if (sa->dir != (out ? XFRM_DIR_OUT : XFRM_DIR_IN) ||
	    pol->if_id != sa->sa.if_id)
		return false;
	/* For what comes in, the packet's mark counts. */
	if (out && (mark & sa->sa.mark.m) != sa->sa.mark.v)
		return false;
	for (i = 0; i < pol->nr_tmpls; i++)
		if (fits_tmpl(pol, &pol->tmpls[i], &sa->sa.info))
			return true;
	return false;
}

/* ---- the order of policies ---- */

static bool ports_overlap(uint16_t a, uint16_t mask_a, uint16_t b,
			  uint16_t mask_b)
{
	return !((a ^ b) & mask_a & mask_b);
}

static unsigned int shorter(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Are there packets that both policies select? */
static bool overlap(const struct xfrm_pol *p, const struct xfrm_pol *q)
{
	const struct xfrm_selector *a = &p->info.sel, *b = &q->info.sel;

	return p->info.dir == q->info.dir && p->type == q->type &&
	       p->if_id == q->if_id && a->family == b->family &&
	       (!a->proto || !b->proto || a->proto == b->proto) &&
	       share_prefix(&a->daddr, &b->daddr,
			    shorter(a->prefixlen_d, b->prefixlen_d)) &&
	       share_prefix(&a->saddr, &b->saddr,
			    shorter(a->prefixlen_s, b->prefixlen_s)) &&
	       ports_overlap(a->sport, a->sport_mask, b->sport,
			     b->sport_mask) &&
	       ports_overlap(a->dport, a->dport_mask, b->dport, b->dport_mask);
}

/* Would an offloaded policy get in front of one that is to precede it? */
static bool disorders(const struct move_pol *offloaded,
		      const struct move_pol *other)
{
	return offloaded->pol.info.priority >= other->pol.info.priority &&
	       overlap(&offloaded->pol, &other->pol);
}

/* Would moving @member and leaving @other change which of them is asked? */
static bool changes_order(const struct move_pol *member,
			  const struct move_pol *other)
{
	if (member->to && !other->now)
		return disorders(member, other);
	if (!member->to && other->now)
		return disorders(other, member);
	return false;
}

/* ---- units ---- */

__attribute__((format(printf, 2, 3)))
static void forbid(const struct unit *unit, const char *format, ...)
{
	va_list args;
	size_t i;

	for (i = 0; i < unit->nr_sas; i++) {
		unit->sas[i]->result = MOVE_KEPT;
		va_start(args, format);
		vsnprintf(unit->sas[i]->reason, MOVE_REASON_SIZE, format, args);
		va_end(args);
	}
}

static bool has_policy_for(const struct unit *unit, const struct move_sa *sa)
{
	size_t i;

	for (i = 0; i < unit->nr_pols; i++)
		if (plan_fits(&unit->pols[i]->pol, sa))
			return true;
	return false;
}

static bool has_sa_for(const struct unit *unit, const struct move_pol *pol)
{
	size_t i;

	for (i = 0; i < unit->nr_sas; i++)
		if (plan_fits(&pol->pol, unit->sas[i]))
			return true;
	return false;
}

static void add_sa(struct unit *unit, struct move_sa *sa)
{
	sa->unit = unit->number;
	unit->sas[unit->nr_sas++] = sa;
}

static void add_pol(struct unit *unit, struct move_pol *pol)
{
	pol->unit = unit->number;
	pol->to = unit->to.way == XFRM_PACKET ? unit->to.ifindex : 0;
	unit->pols[unit->nr_pols++] = pol;
}

/* Returns 1 if any was added, 0 if not. */
static int add_pols(struct move *move)
{
	int any = 0;
	size_t i;

	for (i = 0; i < move->nr_pols; i++) {
		if (move->pols[i].unit ||
		    !has_sa_for(&move->unit, &move->pols[i]))
			continue;
		add_pol(&move->unit, &move->pols[i]);
		any = 1;
	}
	return any;
}

/* Is it where it has to be already, as far as policies care? */
static bool agrees(const struct move_sa *sa, struct place to)
{
	return place_same(sa->now, to) ||
	       (sa->now.way != XFRM_PACKET && to.way != XFRM_PACKET);
}

/* Returns as add_pols() does, or -1 if one is not to be moved. */
static int add_sas(struct move *move)
{
	struct unit *unit = &move->unit;
	char text[XFRM_TEXT_SIZE];
	int any = 0;
	size_t i;

	for (i = 0; i < move->nr_sas; i++) {
		struct move_sa *sa = &move->sas[i];

		if (sa->unit == unit->number || !has_policy_for(unit, sa))
			continue;
		if (sa->wanted && !sa->unit && !sa->result &&
		    place_same(sa->to, unit->to)) {
			add_sa(unit, sa);
			any = 1;
		} else if (!agrees(sa, unit->to)) {
			forbid(unit,
			       "it shares a policy with %s, which is not moved",
			       xfrm_sa_text(&sa->sa, text));
			return -1;
		}
	}
	return any;
}

/*
 * Does a policy without SAs have no other use where it is? What goes to the
 * device with others comes back with them.
 */
static bool is_companion(const struct move *move, const struct move_pol *pol,
			 const struct move_pol *other)
{
	size_t i;

	if (pol->to || !other->now || other->pol.nr_tmpls || other->unit ||
	    !overlap(&pol->pol, &other->pol))
		return false;
	for (i = 0; i < move->nr_pols; i++)
		if (move->pols[i].unit != move->unit.number &&
		    move->pols[i].now && move->pols[i].pol.nr_tmpls &&
		    overlap(&move->pols[i].pol, &other->pol))
			return false;
	return true;
}

/* The same for what is asked before or after @pol. */
static int add_order_of(struct move *move, const struct move_pol *pol)
{
	char text[XFRM_TEXT_SIZE];
	int any = 0;
	size_t i;

	for (i = 0; i < move->nr_pols; i++) {
		struct move_pol *other = &move->pols[i];

		if (other->unit == move->unit.number ||
		    (!changes_order(pol, other) &&
		     !is_companion(move, pol, other)))
			continue;
		if (other->pol.nr_tmpls || other->unit) {
			forbid(&move->unit,
			       "the kernel asks offloaded policies first, and so would not ask %s in its turn",
			       xfrm_pol_text(&other->pol, text));
			return -1;
		}
		add_pol(&move->unit, other);
		any = 1;
	}
	return any;
}

static int add_order(struct move *move)
{
	int added, any = 0;
	size_t i;

	for (i = 0; i < move->unit.nr_pols; i++) {
		added = add_order_of(move, move->unit.pols[i]);
		if (added < 0)
			return added;
		any |= added;
	}
	return any;
}

bool plan_unit(struct move *move, struct move_sa *first)
{
	struct unit *unit = &move->unit;
	int any, added;

	unit->number++;
	unit->to = first->to;
	unit->nr_sas = 0;
	unit->nr_pols = 0;
	add_sa(unit, first);
	if (first->to.way != XFRM_PACKET && first->was.way != XFRM_PACKET)
		return true;
	do {
		any = add_pols(move);
		added = add_sas(move);
		if (added >= 0) {
			any |= added;
			added = add_order(move);
		}
		if (added < 0)
			return false;
		any |= added;
	} while (any);
	return true;
}
