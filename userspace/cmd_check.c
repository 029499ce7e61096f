// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check: would offload work here, and if not, why? And what is wrong
 * with the SAs and policies that there are?
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

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

static void print_sum(const struct findings *findings)
{
	size_t count[RESULT_NOTE + 1] = { 0 }, i;

	for (i = 0; i < findings->nr; i++)
		count[findings->list[i].result]++;
	if (!findings->nr)
		puts("Nothing to mend.");
	else
		printf("%zu failures, %zu warnings, %zu notes.\n",
		       count[RESULT_FAIL], count[RESULT_WARN],
		       count[RESULT_NOTE]);
}

static int run_gateway(const struct options *options)
{
	struct check check = { .nl_err = 0 };
	struct utsname uts;
	bool failed;

	if (uname(&uts)) {
		error("uname: %m");
		return EXIT_FAILURE;
	}
	check.nl_err = nl_open(&check.nl);
	check_gateway(&check, "", uts.release);
	nl_close(&check.nl);

	failed = check.findings.failed;
	findings_list(&check.findings, options);
	if (!options->json)
		print_sum(&check.findings);
	findings_free(&check.findings);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int gateway_run(const struct options *options, char **words)
{
	if (*words)
		return usage_error(&check_object, "\"%s\" is not expected",
				   *words);
	return run_gateway(options);
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
	{ "gateway", gateway_run },
	{ NULL }
};

const struct object check_object = {
	.name = "check",
	.usage =
	"Usage: espsimd check [ [ dev ] DEV ] [ { sa | --sa } SA ]\n"
	"       espsimd check gateway\n"
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
