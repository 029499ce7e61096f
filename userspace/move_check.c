// SPDX-License-Identifier: GPL-2.0
/*
 * SAs that are not to be moved, before anything is.
 */
#include <linux/espsimd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "move.h"
#include "netfilter.h"
#include "noxfrm.h"

/* The salt that follows an AEAD's key, RFC 4106 section 8.1, in bits. */
#define SALT_BITS	32

/* ---- what the files of the move share ---- */

bool place_same(struct place a, struct place b)
{
	return a.way == b.way && a.ifindex == b.ifindex;
}

const char *move_why(const struct nl *nl, int err)
{
	return nl->reason[0] ? nl->reason : strerror(-err);
}

void move_say(struct move_sa *sa, const char *format, ...)
{
	va_list args;

	/* The first reason is the one of all that follows. */
	if (sa->reason[0])
		return;
	va_start(args, format);
	vsnprintf(sa->reason, sizeof(sa->reason), format, args);
	va_end(args);
}

void move_keep(struct move_sa *sa, const char *reason)
{
	sa->result = MOVE_KEPT;
	move_say(sa, "%s", reason);
}

/* ---- what must not be moved ---- */

static void give(struct sa_query *query, unsigned int attr, uint32_t number)
{
	query->given[attr] = true;
	query->numbers[attr] = number;
}

static void give_name(struct sa_query *query, unsigned int attr,
		      const char *name)
{
	query->given[attr] = name[0];
	query->strings[attr] = name;
}

/* The module is asked first, so that what it refuses is not even touched. */
static int ask_module(struct move *move, const struct move_sa *sa)
{
	struct sa_query query = { .given = { false } };

	give(&query, ESPSIMD_A_SA_OFFLOAD, sa->to.way == XFRM_PACKET ?
	     ESPSIMD_OFFLOAD_PACKET : ESPSIMD_OFFLOAD_CRYPTO);
	give(&query, ESPSIMD_A_SA_DIRECTION, sa->dir == XFRM_DIR_IN ?
	     ESPSIMD_DIRECTION_IN : ESPSIMD_DIRECTION_OUT);
	give(&query, ESPSIMD_A_SA_FAMILY, sa->sa.info.family);
	give(&query, ESPSIMD_A_SA_PROTO, sa->sa.info.id.proto);
	give(&query, ESPSIMD_A_SA_MODE, sa->sa.info.mode);
	give_name(&query, ESPSIMD_A_SA_ALG, sa->sa.aead);
	give_name(&query, ESPSIMD_A_SA_AUTH_ALG, sa->sa.auth);
	give_name(&query, ESPSIMD_A_SA_ENC_ALG, sa->sa.enc);
	if (sa->sa.aead[0]) {
		give(&query, ESPSIMD_A_SA_KEY_BITS,
		     sa->sa.key_bits - SALT_BITS);
		give(&query, ESPSIMD_A_SA_ICV_BITS, sa->sa.icv_bits);
	}
	if (sa->sa.info.flags & XFRM_STATE_ESN)
		give(&query, ESPSIMD_A_SA_ESN, 1);
	if (sa->sa.encap)
		give(&query, ESPSIMD_A_SA_ENCAP, sa->sa.encap);
	if (sa->sa.if_id)
		give(&query, ESPSIMD_A_SA_IF_ID, sa->sa.if_id);
	if (sa->sa.tfcpad)
		give(&query, ESPSIMD_A_SA_TFCPAD, sa->sa.tfcpad);
	return sa_ask(&move->module, &query);
}

static void check_sa_to_move(struct move *move, struct move_sa *sa)
{
	int err;

	if (place_same(sa->now, sa->to)) {
		sa->result = MOVE_SAME;
	} else if (!sa->dir) {
		move_keep(sa, "its direction is not known");
	} else if (sa->dir == XFRM_DIR_OUT && xfrm_sa_used_up(&sa->sa)) {
		move_keep(sa, "it has no numbers left to send");
	} else if (sa->to.way != XFRM_GENERIC) {
		err = ask_module(move, sa);
		if (err)
			move_keep(sa, move_why(&move->module, err));
	}
}

/* ---- leaving packet mode ---- */

static bool is_in_flow_table(const char *name, char *text, size_t size)
{
	struct nl_list list = { .nr = 0 };
	struct flowtable table;
	bool found = false;
	struct nl netfilter;
	size_t i;
	int err;

	err = nl_connect(&netfilter, NETLINK_NETFILTER);
	if (!err)
		err = netfilter_flowtables(&netfilter, &list);
	for (i = 0; !err && i < list.nr && !found; i++) {
		if (flowtable_parse(list.messages[i], &table) ||
		    !flowtable_has(&table, name))
			continue;
		snprintf(text, size, "%s %s %s", table.family, table.table,
			 table.name);
		found = true;
	}
	nl_list_free(&list);
	nl_close(&netfilter);
	return found;
}

/*
 * Outside of packet mode nobody asks policies for flows of a flow table, nor
 * where the stack was told not to: packets would leave in clear text, or not at
 * all. Returns an empty text if SAs may leave a device.
 */
static void why_not_leave(uint32_t ifindex, char reason[MOVE_REASON_SIZE])
{
	char name[IF_NAMESIZE], text[NOXFRM_COMMAND_SIZE];
	struct noxfrm noxfrm;

	reason[0] = '\0';
	if (!if_indextoname(ifindex, name))
		return;
	noxfrm = noxfrm_read("", name);
	if (noxfrm.dev || noxfrm.all)
		snprintf(reason, MOVE_REASON_SIZE,
			 "the stack applies no policies to what %s sends, try \"%s\" first",
			 name, noxfrm_command(noxfrm.dev ? name : "all", false,
					      text));
	else if (is_in_flow_table(name, text, sizeof(text)))
		snprintf(reason, MOVE_REASON_SIZE,
			 "the flow table %s would let packets leave %s in clear text",
			 text, name);
}

static void check_leaving(struct move *move)
{
	char reason[MOVE_REASON_SIZE] = "";
	uint32_t ifindex = 0;
	size_t i;

	for (i = 0; i < move->nr_sas; i++) {
		struct move_sa *sa = &move->sas[i];

		if (!sa->wanted || sa->result || sa->was.way != XFRM_PACKET ||
		    sa->to.way == XFRM_PACKET)
			continue;
		if (sa->was.ifindex != ifindex) {
			ifindex = sa->was.ifindex;
			why_not_leave(ifindex, reason);
		}
		if (reason[0])
			move_keep(sa, reason);
	}
}

void move_check(struct move *move)
{
	size_t i;

	for (i = 0; i < move->nr_sas; i++)
		if (move->sas[i].wanted)
			check_sa_to_move(move, &move->sas[i]);
	check_leaving(move);
}
