// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd stats: the counters of devices, with what they mean.
 */
#include <linux/espsimd.h>
#include <stdio.h>

#include "attr.h"
#include "command.h"
#include "nl.h"
#include "show.h"
#include "stats-gen.h"

static struct attr_desc stats_attrs[ESPSIMD_A_STATS_MAX + 1] = {
	[ESPSIMD_A_STATS_IFINDEX] = {
		"ifindex", ATTR_LINK, .link_name = "ifname"
	},
};

/* All counters are alike, so the spec's table of their names is enough. */
static void describe_counters(void)
{
	unsigned int i;

	for (i = 0; i <= ESPSIMD_A_STATS_MAX; i++)
		if (stat_descs[i].name)
			stats_attrs[i] = (struct attr_desc){
				stat_descs[i].name, ATTR_UINT
			};
}

static void print_stats(const struct nlattr **attrs)
{
	char text[ATTR_TEXT_SIZE];
	unsigned int i;

	printf("%s:\n", attr_text(attrs[ESPSIMD_A_STATS_IFINDEX],
				  &stats_attrs[ESPSIMD_A_STATS_IFINDEX],
				  text));
	for (i = 0; i <= ESPSIMD_A_STATS_MAX; i++)
		if (stat_descs[i].name && attrs[i])
			printf("    %-18s %14s  %s\n", stat_descs[i].name,
			       attr_text(attrs[i], &stats_attrs[i], text),
			       stat_descs[i].meaning);
}

static int stats_show(const struct options *options, char **words)
{
	static const struct show show = {
		.get = nl_get,
		.command = ESPSIMD_CMD_STATS_GET,
		.descs = stats_attrs,
		.max = ESPSIMD_A_STATS_MAX,
		.print = print_stats,
	};

	describe_counters();
	return show_run(&show, &stats_object, options, words);
}

static const struct command commands[] = {
	{ "show", stats_show },
	{ NULL }
};

const struct object stats_object = {
	.name = "stats",
	.usage = "Usage: espsimd stats [ show ] [ [ dev ] DEV ]\n",
	.commands = commands,
	.bare = true,
};
