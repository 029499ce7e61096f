// SPDX-License-Identifier: GPL-2.0
/*
 * What became of SAs that were to be moved.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "move.h"
#include "names.h"
#include "out.h"

/* Indexed by enum move_result. */
static const char *const result_names[] = {
	"left", "same", "moved", "kept", "gone", "lost"
};

static const char *const dir_names[] = { "?", "in", "out" };

static const char *name_of_dir(const struct move_sa *sa)
{
	return dir_names[sa->dir <= XFRM_DIR_OUT ? sa->dir : XFRM_DIR_UNKNOWN];
}

/* "generic", or the mode and the device. */
static const char *name_of_place(struct place place, char text[64])
{
	char name[IF_NAMESIZE] = "?";

	if (place.way == XFRM_GENERIC)
		return "generic";
	if_indextoname(place.ifindex, name);
	snprintf(text, 64, "%s dev %s", name_of(xfrm_way_names, place.way),
		 name);
	return text;
}

static bool is_well(const struct move_sa *sa)
{
	return sa->result == MOVE_SAME || sa->result == MOVE_DONE;
}

static void print_sa(const struct move_sa *sa)
{
	char text[XFRM_TEXT_SIZE], was[64], now[64];

	printf("%s dir %s: ", xfrm_sa_text(&sa->sa, text), name_of_dir(sa));
	switch (sa->result) {
	case MOVE_DONE:
		printf("moved from %s to %s", name_of_place(sa->was, was),
		       name_of_place(sa->now, now));
		break;
	case MOVE_GONE:
	case MOVE_LOST:
		fputs(result_names[sa->result], stdout);
		break;
	default:
		printf("is %s", name_of_place(sa->now, now));
		break;
	}
	if (sa->reason[0])
		printf(": %s", sa->reason);
	putchar('\n');
	if (sa->guessed && sa->result != MOVE_LOST)
		printf("    the kernel did not tell how it ended: %s\n",
		       sa->dir == XFRM_DIR_OUT ?
		       "numbers that may have been sent were left out" :
		       "packets of that moment could be replayed");
}

static void put_place(struct json_object *map, const char *key,
		      struct place place)
{
	struct json_object *value = out_map();
	char name[IF_NAMESIZE];

	out_put(value, "offload",
		out_string(name_of(xfrm_way_names, place.way)));
	if (place.ifindex && if_indextoname(place.ifindex, name))
		out_put(value, "ifname", out_string(name));
	out_put(map, key, value);
}

static struct json_object *sa_object_of(const struct move_sa *sa)
{
	const struct xfrm_usersa_info *info = &sa->sa.info;
	struct json_object *map = out_map();
	char addr[INET6_ADDRSTRLEN] = "?";

	inet_ntop(info->family, &info->saddr, addr, sizeof(addr));
	out_put(map, "saddr", out_string(addr));
	inet_ntop(info->family, &info->id.daddr, addr, sizeof(addr));
	out_put(map, "daddr", out_string(addr));
	out_put(map, "spi", out_number(ntohl(info->id.spi)));
	out_put(map, "direction", out_string(name_of_dir(sa)));
	out_put(map, "result", out_string(result_names[sa->result]));
	put_place(map, "from", sa->was);
	put_place(map, "to", sa->to);
	if (sa->result != MOVE_GONE && sa->result != MOVE_LOST)
		put_place(map, "now", sa->now);
	if (sa->guessed)
		out_put(map, "guessed", out_bool(true));
	if (sa->reason[0])
		out_put(map, "reason", out_string(sa->reason));
	return map;
}

int move_show(const struct move *move, const struct options *options)
{
	struct json_object *array = out_array();
	int code = EXIT_SUCCESS;
	size_t i;

	for (i = 0; i < move->nr_sas; i++) {
		const struct move_sa *sa = &move->sas[i];

		if (!sa->wanted)
			continue;
		if (options->json)
			out_append(array, sa_object_of(sa));
		else
			print_sa(sa);
		if (!is_well(sa))
			code = EXIT_FAILURE;
	}
	if (options->json)
		out_print(array, options);
	else
		json_object_put(array);
	return code;
}
