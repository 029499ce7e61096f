// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd stats: the counters of devices, with what they mean.
 */
#include <linux/espsimd.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "command.h"
#include "nl.h"
#include "prometheus.h"
#include "replace.h"
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

/* What to write in the text format of Prometheus, and where to. */
struct prometheus {
	const char *dev;
	const char *path;
	bool sas;
};

static int parse_prometheus(char **words, struct prometheus *what)
{
	for (; *words; words++) {
		if (!strcmp(*words, "sa")) {
			what->sas = true;
		} else if (!strcmp(*words, "dev")) {
			what->dev = *++words;
			if (!what->dev)
				return usage_error(&stats_object,
						   "\"dev\" needs a device");
		} else if (!strcmp(*words, "file")) {
			what->path = *++words;
			if (!what->path)
				return usage_error(&stats_object,
						   "\"file\" needs a path");
		} else {
			return usage_error(&stats_object,
					   "\"%s\" is not expected", *words);
		}
	}
	return EXIT_SUCCESS;
}

/* Gets all before anything is written: an answer is whole or missing. */
static int collect(const struct prometheus *what, uint32_t ifindex,
		   char **text, size_t *size)
{
	FILE *file = open_memstream(text, size);
	struct nl nl;
	int err;

	if (!file)
		no_memory();
	err = nl_open(&nl);
	if (!err)
		err = prometheus_write(&nl, ifindex, what->sas, file);
	if (err)
		nl_error(&nl, err);
	nl_close(&nl);
	if (ferror(file) || fclose(file))
		no_memory();
	return err;
}

static int stats_prometheus(const struct options *options, char **words)
{
	struct prometheus what = { .sas = false };
	unsigned int ifindex = 0;
	char *text;
	size_t size;
	int code, err;

	code = parse_prometheus(words, &what);
	if (code)
		return code;
	if (options->json)
		return usage_error(&stats_object,
				   "there is no JSON for Prometheus");
	if (what.dev) {
		ifindex = device_index(what.dev);
		if (!ifindex)
			return EXIT_FAILURE;
	}

	err = collect(&what, ifindex, &text, &size);
	if (!err && what.path) {
		err = replace_file(what.path, text, size);
		if (err)
			error("%s cannot be written: %s", what.path,
			      strerror(-err));
	} else if (!err) {
		fwrite(text, 1, size, stdout);
	}
	free(text);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static const struct command commands[] = {
	{ "show", stats_show },
	{ "--prometheus", stats_prometheus },
	{ "prometheus", stats_prometheus },
	{ NULL }
};

const struct object stats_object = {
	.name = "stats",
	.usage =
	"Usage: espsimd stats [ show ] [ [ dev ] DEV ]\n"
	"       espsimd stats --prometheus [ sa ] [ dev DEV ] [ file PATH ]\n",
	.commands = commands,
	.bare = true,
};
