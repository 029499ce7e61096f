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

static void print_stats(const struct nlattr **attrs)
{
	char text[ATTR_TEXT_SIZE];
	unsigned int i;

	printf("%s:\n", attr_text(attrs[ESPSIMD_A_STATS_IFINDEX],
				  &stats_attrs[ESPSIMD_A_STATS_IFINDEX],
				  text));
	for (i = 0; i <= ESPSIMD_A_STATS_MAX; i++)
		if (stats_attrs[i].meaning && attrs[i])
			printf("    %-18s %14s  %s\n", stats_attrs[i].name,
			       attr_text(attrs[i], &stats_attrs[i], text),
			       stats_attrs[i].meaning);
}

const struct show show_stats = {
	.get = nl_get,
	.command = ESPSIMD_CMD_STATS_GET,
	.descs = stats_attrs,
	.max = ESPSIMD_A_STATS_MAX,
	.print = print_stats,
};

static int stats_show(const struct options *options, char **words)
{
	return show_run(&show_stats, &stats_object, options, words);
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
