// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check: would offload work here, and if not, why?
 */
#include <string.h>

#include "check.h"
#include "command.h"

static bool is_sa(const char *word)
{
	return !strcmp(word, "sa") || !strcmp(word, "--sa");
}

static int run(const struct options *options, const char *name,
	       const struct sa_query *query)
{
	struct check check = { .nl_err = 0 };
	bool works;

	check.nl_err = nl_open(&check.nl);
	check_system(&check);
	check_devices(&check, name);
	if (query)
		check_sa(&check, query);
	nl_close(&check.nl);

	works = !check.findings.failed;
	findings_print(&check.findings, options, "Offload would work",
		       "Offload would not work");
	findings_free(&check.findings);
	return works ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int check_run(const struct options *options, char **words)
{
	const char *name = NULL;
	struct sa_query query;

	if (*words && !is_sa(*words) && !take_device(&words, &name))
		return usage_error(&check_object, "\"dev\" needs a device");
	if (name && !device_index(name))
		return EXIT_FAILURE;
	if (!*words)
		return run(options, name, NULL);
	if (!is_sa(*words))
		return usage_error(&check_object, "\"%s\" is not expected",
				   *words);
	if (parse_sa(words + 1, &query))
		return EXIT_USAGE;
	return run(options, name, &query);
}

static const struct command commands[] = {
	{ NULL, check_run },
	{ NULL }
};

const struct object check_object = {
	.name = "check",
	.usage =
	"Usage: espsimd check [ [ dev ] DEV ] [ { sa | --sa } SA ]\n"
	"where  SA := [ dir { in | out } ] [ offload { crypto | packet } ]\n"
	"             [ family { inet | inet6 } ] [ mode MODE ] [ proto PROTO ]\n"
	"             [ alg ALG ] [ key-bits BITS ] [ icv-bits BITS ] [ esn ]\n"
	"             [ encap ENCAP ] [ if-id ID ] [ tfcpad LENGTH ]\n"
	"             [ auth ALG ] [ enc ALG ] [ comp ALG ]\n"
	"       MODE := { transport | tunnel | beet | ro | in_trigger | iptfs }\n"
	"       PROTO := { esp | ah | comp }\n"
	"       ENCAP := { espinudp | espinudp-nonike | espintcp }\n",
	.commands = commands,
	.bare = true,
};
