// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd fallback: everything that devices do is left to the stack, and put
 * back.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/espsimd.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "names.h"
#include "out.h"
#include "plan.h"
#include "remember.h"

/* The devices that are meant, and what has to do with them. */
struct fallback {
	struct move move;
	struct memory memory;
	struct nl_list devices;
	uint32_t ifindex;
	const char *name;
};

/* ---- devices ---- */

static bool is_device(const struct fallback *fallback, uint32_t ifindex)
{
	struct dev dev;
	size_t i;

	for (i = 0; ifindex && i < fallback->devices.nr; i++)
		if (!dev_parse(fallback->devices.messages[i], &dev) &&
		    dev.ifindex == ifindex)
			return true;
	return false;
}

static int begin(struct fallback *fallback)
{
	struct nl *module = &fallback->move.module;
	int err;

	err = move_begin(&fallback->move);
	if (err)
		return err;
	err = nl_get(module, ESPSIMD_CMD_DEV_GET, fallback->ifindex,
		     &fallback->devices);
	if (err)
		nl_error(module, err);
	return err ?: memory_open(&fallback->memory, "");
}

/* ---- on ---- */

static void remember_all(struct fallback *fallback)
{
	static const struct place stack = { XFRM_GENERIC, 0 };
	struct move *move = &fallback->move;
	size_t i;

	for (i = 0; i < move->nr_sas; i++) {
		if (!is_device(fallback, move->sas[i].now.ifindex))
			continue;
		memory_add_sa(&fallback->memory, &move->sas[i]);
		move_want(&move->sas[i], stack);
	}
	for (i = 0; i < move->nr_pols; i++)
		if (is_device(fallback, move->pols[i].now))
			memory_add_policy(&fallback->memory, &move->pols[i]);
}

/* Is there an SA for a policy that is where the policy is not to be? */
static bool needs_sa(const struct move *move, const struct move_pol *pol,
		     bool on_device)
{
	size_t i;

	for (i = 0; i < move->nr_sas; i++) {
		const struct move_sa *sa = &move->sas[i];
		bool packet = sa->now.way == XFRM_PACKET;

		if (packet == on_device && sa->result != MOVE_GONE &&
		    sa->result != MOVE_LOST && plan_fits(&pol->pol, sa))
			return true;
	}
	return false;
}

/* Policies that no SA took along follow, but for those of SAs that stay. */
static bool move_other_policies(struct fallback *fallback)
{
	struct move *move = &fallback->move;
	bool well = true;
	size_t i;

	for (i = 0; i < move->nr_pols; i++)
		if (is_device(fallback, move->pols[i].now) &&
		    !needs_sa(move, &move->pols[i], true))
			well &= move_policy(move, &move->pols[i], 0);
	return well;
}

/* What has not moved after all is not to be put back. */
static void forget_unmoved(struct fallback *fallback)
{
	struct move *move = &fallback->move;
	size_t i, k;

	for (i = 0; i < fallback->memory.nr; i++) {
		struct memo *memo = &fallback->memory.memos[i];

		for (k = 0; k < move->nr_sas; k++)
			if (memo_is_sa(memo, &move->sas[k]) &&
			    move->sas[k].now.ifindex)
				memo->done = true;
		for (k = 0; k < move->nr_pols; k++)
			if (memo_is_policy(memo, &move->pols[k]) &&
			    move->pols[k].now)
				memo->done = true;
	}
}

static int turn_on(struct fallback *fallback, const struct options *options)
{
	bool well;
	int code;

	remember_all(fallback);
	/* First, so that nothing is forgotten whatever happens. */
	if (memory_save(&fallback->memory))
		return EXIT_FAILURE;
	move_run(&fallback->move);
	well = move_other_policies(fallback);
	forget_unmoved(fallback);
	well &= !memory_save(&fallback->memory);
	code = move_show(&fallback->move, options);
	return well ? code : EXIT_FAILURE;
}

/* ---- off ---- */

/* The device of a memo if it is one that is meant, or 0. */
static uint32_t device_of(const struct fallback *fallback,
			  const struct memo *memo)
{
	uint32_t ifindex = if_nametoindex(memo->dev);

	return is_device(fallback, ifindex) ? ifindex : 0;
}

static void want_back(struct fallback *fallback)
{
	struct move *move = &fallback->move;
	size_t i, k;

	for (i = 0; i < fallback->memory.nr; i++) {
		const struct memo *memo = &fallback->memory.memos[i];
		struct place to = { memo->way, device_of(fallback, memo) };

		for (k = 0; to.ifindex && k < move->nr_sas; k++)
			if (memo_is_sa(memo, &move->sas[k]) &&
			    move->sas[k].now.way == XFRM_GENERIC)
				move_want(&move->sas[k], to);
	}
}

static bool policies_back(struct fallback *fallback)
{
	struct move *move = &fallback->move;
	bool well = true;
	size_t i, k;

	for (i = 0; i < fallback->memory.nr; i++) {
		const struct memo *memo = &fallback->memory.memos[i];
		uint32_t ifindex = device_of(fallback, memo);

		for (k = 0; ifindex && k < move->nr_pols; k++)
			if (memo_is_policy(memo, &move->pols[k]) &&
			    !move->pols[k].now &&
			    !needs_sa(move, &move->pols[k], false))
				well &= move_policy(move, &move->pols[k],
						    ifindex);
	}
	return well;
}

/* What could not be put back is tried again the next time. */
static bool is_waiting(const struct move *move, const struct memo *memo)
{
	size_t i;

	for (i = 0; i < move->nr_sas; i++)
		if (memo_is_sa(memo, &move->sas[i]) &&
		    move->sas[i].now.way == XFRM_GENERIC &&
		    move->sas[i].result == MOVE_KEPT)
			return true;
	for (i = 0; i < move->nr_pols; i++)
		if (memo_is_policy(memo, &move->pols[i]) && !move->pols[i].now)
			return true;
	return false;
}

static int turn_off(struct fallback *fallback, const struct options *options)
{
	bool well;
	size_t i;
	int code;

	want_back(fallback);
	move_run(&fallback->move);
	well = policies_back(fallback);
	for (i = 0; i < fallback->memory.nr; i++) {
		struct memo *memo = &fallback->memory.memos[i];

		/* Those of other devices, and of ones that are not there. */
		if (device_of(fallback, memo))
			memo->done = !is_waiting(&fallback->move, memo);
	}
	well &= !memory_save(&fallback->memory);
	code = move_show(&fallback->move, options);
	return well ? code : EXIT_FAILURE;
}

/* ---- the commands ---- */

static int run(const struct options *options, char **words, bool on)
{
	struct fallback fallback = { .memory.lock = -1 };
	unsigned int ifindex;
	int code;

	code = only_device(&fallback_object, words, &fallback.name, &ifindex);
	if (code)
		return code;
	fallback.ifindex = ifindex;
	if (begin(&fallback))
		code = EXIT_FAILURE;
	else if (on)
		code = turn_on(&fallback, options);
	else
		code = turn_off(&fallback, options);
	/* Before a signal that waits ends the command. */
	fflush(stdout);
	memory_close(&fallback.memory);
	nl_list_free(&fallback.devices);
	move_end(&fallback.move);
	return code;
}

static int fallback_on(const struct options *options, char **words)
{
	return run(options, words, true);
}

static int fallback_off(const struct options *options, char **words)
{
	return run(options, words, false);
}

static void print_memo(const struct memo *memo)
{
	char addr[INET6_ADDRSTRLEN] = "?";

	if (memo->policy) {
		printf("policy index %" PRIu32 ": was packet dev %s\n",
		       memo->index, memo->dev);
		return;
	}
	inet_ntop(memo->family, &memo->daddr, addr, sizeof(addr));
	printf("sa dst %s spi 0x%08" PRIx32 ": was %s dev %s\n", addr,
	       ntohl(memo->spi), name_of(xfrm_way_names, memo->way), memo->dev);
}

static struct json_object *memo_object(const struct memo *memo)
{
	struct json_object *map = out_map();
	char addr[INET6_ADDRSTRLEN] = "?";

	out_put(map, "ifname", out_string(memo->dev));
	if (memo->policy) {
		out_put(map, "policy-index", out_number(memo->index));
		return map;
	}
	inet_ntop(memo->family, &memo->daddr, addr, sizeof(addr));
	out_put(map, "daddr", out_string(addr));
	out_put(map, "spi", out_number(ntohl(memo->spi)));
	out_put(map, "offload", out_string(name_of(xfrm_way_names, memo->way)));
	return map;
}

static int fallback_show(const struct options *options, char **words)
{
	struct json_object *array;
	struct memory memory;
	int code;
	size_t i;

	if (*words)
		return usage_error(&fallback_object, "\"%s\" is not expected",
				   *words);
	code = memory_open(&memory, "") ? EXIT_FAILURE : EXIT_SUCCESS;
	array = out_array();
	for (i = 0; i < memory.nr; i++)
		if (options->json)
			out_append(array, memo_object(&memory.memos[i]));
		else
			print_memo(&memory.memos[i]);
	if (options->json && !code)
		out_print(array, options);
	else
		json_object_put(array);
	memory_close(&memory);
	return code;
}

static const struct command commands[] = {
	{ "show", fallback_show },
	{ "on", fallback_on },
	{ "off", fallback_off },
	{ NULL }
};

const struct object fallback_object = {
	.name = "fallback",
	.usage = "Usage: espsimd fallback [ show ]\n"
		 "       espsimd fallback { on | off } [ [ dev ] DEV ]\n",
	.commands = commands,
};
